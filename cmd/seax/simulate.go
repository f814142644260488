package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"seax/internal/simulation"
	"seax/internal/simulation/report"
	"seax/internal/simulation/scenario"
)

const simulateUsage = "seax simulate SCENARIO.yaml [--compare OTHER.yaml] [--seed N] [--json FILE] [--csv FILE] [--html FILE]"

// simulate runs a scenario, or two that meet the same customers, and says what came of it.
func simulate(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("simulate", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	compare := flags.String("compare", "", "")
	seed := flags.Uint64("seed", 1, "")
	files := map[string]*string{"json": flags.String("json", "", ""), "csv": flags.String("csv", "", ""), "html": flags.String("html", "", "")}
	// The file may stand before the flags.
	var names []string
	for rest := args; ; {
		if err := flags.Parse(rest); err != nil {
			return fmt.Errorf("%w; use it as: %s", err, simulateUsage)
		}
		if rest = flags.Args(); len(rest) == 0 {
			break
		}
		names, rest = append(names, rest[0]), rest[1:]
	}
	if len(names) != 1 {
		return errors.New("give one scenario: " + simulateUsage)
	}
	begun := time.Now()
	r, err := simulated(ctx, names[0], *compare, *seed)
	if err != nil {
		return err
	}
	took := time.Since(begun)
	for kind, write := range map[string]func(io.Writer) error{"json": r.JSON, "csv": r.CSV, "html": r.HTML} {
		if name := *files[kind]; name != "" {
			if err := toFile(name, write); err != nil {
				return err
			}
		}
	}
	if err := r.Table(out); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Seed %d, %s.\n", *seed, took.Round(time.Millisecond))
	return err
}

func simulated(ctx context.Context, first, second string, seed uint64) (report.Report, error) {
	before, err := scenario.Open(first)
	if err != nil {
		return report.Report{}, err
	}
	if second == "" {
		result, err := simulation.Run(ctx, before, seed)
		return report.Of(result), err
	}
	after, err := scenario.Open(second)
	if err != nil {
		return report.Report{}, err
	}
	compared, err := simulation.Compare(ctx, before, after, seed)
	return report.OfBoth(compared), err
}

func toFile(name string, write func(io.Writer) error) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return write(f)
}
