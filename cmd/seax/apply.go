package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"seax/internal/config"
	"seax/internal/directory"
	"seax/internal/realtime"
	"seax/internal/setup"
	"seax/internal/store"
)

const (
	applyUsage  = "seax apply -f FILE [--dry-run] [--prune] [--reason TEXT] [--as EMAIL] [--expect HASH]"
	exportUsage = "seax export [-o FILE] [--versions]"
)

// settings opens the admins' side of the database from a process that does not route. flush tells those that do.
func settings(ctx context.Context, c config.Config) (d *directory.Directory, pool *pgxpool.Pool, flush func() error, err error) {
	if pool, err = open(ctx, c); err != nil {
		return nil, nil, nil, err
	}
	if err := store.CheckMigrated(ctx, pool); err != nil {
		pool.Close()
		return nil, nil, nil, err
	}
	logger := newLogger(c.LogLevel)
	bus := realtime.NewBus(pool, logger)
	teller := realtime.NewTeller(bus, nil, logger)
	hooks := directory.Hooks{Routing: func(context.Context) { teller.SettingsChanged() }, Access: teller.AccessChanged}
	return directory.New(pool, nil, nil, hooks, nil, time.Now), pool, func() error { return bus.Flush(ctx) }, nil
}

// parse reads a command's flags; it takes nothing else.
func parse(flags *flag.FlagSet, args []string, usage string) error {
	flags.SetOutput(io.Discard)
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w; use it as: %s", err, usage)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is more than it takes; use it as: %s", flags.Arg(0), usage)
	}
	return nil
}

// apply puts a routing file in place, after it has said what that changes.
func apply(ctx context.Context, c config.Config, args []string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("apply", flag.ContinueOnError)
	file := flags.String("f", "", "")
	as := flags.String("as", "", "")
	var how directory.Application
	flags.BoolVar(&how.DryRun, "dry-run", false, "")
	flags.BoolVar(&how.Prune, "prune", false, "")
	flags.StringVar(&how.Reason, "reason", "", "")
	flags.StringVar(&how.Expect, "expect", "", "")
	if err := parse(flags, args, applyUsage); err != nil {
		return err
	}
	if *file == "" {
		return errors.New("name the file (-f - reads what is piped in): " + applyUsage)
	}
	text, err := readFile(*file, in)
	if err != nil {
		return err
	}
	d, pool, flush, err := settings(ctx, c)
	if err != nil {
		return err
	}
	defer pool.Close()
	if how.By, how.Name, err = applicant(ctx, pool, *as); err != nil {
		return err
	}
	difference, err := d.ApplyRouting(ctx, setup.Read(text), how)
	var problems setup.Problems
	if errors.As(err, &problems) {
		if *file == "-" {
			*file = "standard input"
		}
		return refused(*file, problems)
	}
	if err != nil {
		return err
	}
	if err := setup.Describe(out, difference); err != nil {
		return err
	}
	if how.DryRun {
		_, err = fmt.Fprintf(out, "Nothing was changed (--dry-run). To change exactly this: --expect %s\n", difference.Hash)
		return err
	}
	if err := flush(); err != nil {
		return fmt.Errorf("the file is in place, but running processes could not be told and see it within 10 seconds only: %w", err)
	}
	return nil
}

// readFile reads a file, or for - what is piped in; no more than a routing file may have, and a byte.
func readFile(name string, in io.Reader) ([]byte, error) {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, setup.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return text, nil
}

// applicant is who applies a file: an admin who is named, or else the user of this machine.
func applicant(ctx context.Context, pool *pgxpool.Pool, email string) (id uuid.UUID, name string, err error) {
	if email == "" {
		who := "somebody"
		if u, err := user.Current(); err == nil {
			who = u.Username
		}
		host, err := os.Hostname()
		if err != nil {
			host = "this machine"
		}
		return uuid.Nil, who + " at " + host, nil
	}
	err = pool.QueryRow(ctx, `select id, name from people where lower(email) = $1 and active and role = 'admin'`, setup.Email(email)).Scan(&id, &name)
	if errors.Is(err, pgx.ErrNoRows) {
		return id, "", fmt.Errorf("%s is no admin here", email)
	}
	return id, name, err
}

// refused says what is wrong with a file, each line beginning with the place in it, as editors and terminals follow it.
func refused(file string, problems setup.Problems) error {
	var text strings.Builder
	fmt.Fprintf(&text, "nothing was changed; wrong with %s:\n", file)
	for _, p := range problems {
		text.WriteString(file)
		if p.Line == 0 {
			text.WriteString(": ")
		} else {
			text.WriteByte(':')
		}
		fmt.Fprintln(&text, strings.ReplaceAll(p.String(), "\n", "\n  "))
	}
	return errors.New(strings.TrimSpace(text.String()))
}

// export writes what there is as a routing file.
func export(ctx context.Context, c config.Config, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("export", flag.ContinueOnError)
	file := flags.String("o", "", "")
	versions := flags.Bool("versions", false, "")
	if err := parse(flags, args, exportUsage); err != nil {
		return err
	}
	d, pool, _, err := settings(ctx, c)
	if err != nil {
		return err
	}
	defer pool.Close()
	routing, err := d.ExportRouting(ctx, *versions)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := setup.Write(&text, routing); err != nil {
		return err
	}
	if *file == "" {
		_, err = out.Write(text.Bytes())
		return err
	}
	return os.WriteFile(*file, text.Bytes(), 0o644)
}

// schema writes the schema of routing files, for editors.
func schema(out io.Writer) error {
	_, err := out.Write(setup.Schema())
	return err
}
