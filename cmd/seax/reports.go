package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"seax/internal/config"
	"seax/internal/reports"
	"seax/internal/store"
)

// rebuildReports makes the numbers of reports anew.
func rebuildReports(ctx context.Context, c config.Config, out io.Writer, logger *slog.Logger) error {
	pool, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := store.CheckMigrated(ctx, pool); err != nil {
		return err
	}
	begun := time.Now()
	done, err := reports.Rebuild(ctx, pool, logger)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "The numbers were made anew from %d conversations and %d changes of agents' states in %s.\n",
		done.Conversations, done.States, time.Since(begun).Round(time.Millisecond))
	return err
}
