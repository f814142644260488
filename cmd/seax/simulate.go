package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"seax/internal/simulation"
)

const simulateUsage = "seax simulate SCENARIO.yaml [--compare OTHER.yaml] [--seed N] [--json FILE]"

// simulate runs a scenario, or two that meet the same customers, and prints what came of it.
func simulate(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("simulate", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	compare := flags.String("compare", "", "")
	seed := flags.Uint64("seed", 1, "")
	encoded := flags.String("json", "", "")
	// The file may stand before the flags.
	var files []string
	for rest := args; ; {
		if err := flags.Parse(rest); err != nil {
			return fmt.Errorf("%w; use it as: %s", err, simulateUsage)
		}
		if rest = flags.Args(); len(rest) == 0 {
			break
		}
		files, rest = append(files, rest[0]), rest[1:]
	}
	if len(files) != 1 {
		return errors.New("give one scenario: " + simulateUsage)
	}
	if *compare != "" {
		files = append(files, *compare)
	}
	results := make([]simulation.Result, len(files))
	begun := time.Now()
	for i, file := range files {
		scenario, err := readScenario(file)
		if err != nil {
			return err
		}
		if results[i], err = simulation.Run(ctx, scenario, *seed); err != nil {
			return fmt.Errorf("simulate %s: %w", file, err)
		}
	}
	took := time.Since(begun)
	if *encoded != "" {
		if err := writeJSON(*encoded, results); err != nil {
			return err
		}
	}
	for _, r := range results {
		if err := printResult(out, r); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "Seed %d, %s.\n", *seed, took.Round(time.Millisecond))
	return err
}

func readScenario(file string) (simulation.Scenario, error) {
	from, err := os.Open(file)
	if err != nil {
		return simulation.Scenario{}, err
	}
	defer func() { _ = from.Close() }()
	scenario, err := simulation.Read(from)
	if err != nil {
		return scenario, fmt.Errorf("%s: %w", file, err)
	}
	if scenario.Name == "" {
		scenario.Name = file
	}
	return scenario, nil
}

func writeJSON(file string, results []simulation.Result) error {
	text, err := json.MarshalIndent(results, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

func printResult(out io.Writer, r simulation.Result) error {
	if _, err := fmt.Fprintf(out, "%s\n\n", r.Scenario); err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	p := func(format string, values ...any) { _, _ = fmt.Fprintf(w, format+"\t\n", values...) }
	p("queue\tcustomers\tabandoned\tin time\twaited\tmean wait\t±\tp90\tlongest\twaiting")
	row := func(name string, s simulation.Service) {
		p("%s\t%d\t%.1f %%\t%.1f %%\t%.1f %%\t%s\t%s\t%s\t%s\t%.1f", name, s.Customers, percent(s.Abandoned, s.Customers), 100*s.Level, 100*s.Waited,
			seconds(s.MeanWait), seconds(s.MeanWaitWithin.Margin()), seconds(s.P90), seconds(s.Longest), s.MeanQueue)
	}
	for _, queue := range slices.Sorted(maps.Keys(r.Queues)) {
		row(queue, r.Queues[queue])
	}
	if len(r.Queues) > 1 {
		row("all", r.All)
	}
	p("")
	p("agents\tcount\tserved\toccupancy\tspread")
	for _, name := range slices.Sorted(maps.Keys(r.Agents)) {
		a := r.Agents[name]
		p("%s\t%d\t%d\t%.1f %%\t%.2f", name, a.Agents, a.Served, 100*a.Occupancy, a.Spread)
	}
	p("")
	p("hour\tcustomers\tabandoned\tin time\tmean wait\twaiting\toccupancy")
	for i, h := range r.Hours {
		if h.Customers > 0 {
			p("%02d\t%d\t%d\t%.1f %%\t%s\t%.1f\t%.1f %%", i, h.Customers, h.Abandoned, 100*h.Level, seconds(h.MeanWait), h.MeanQueue, 100*h.Occupancy)
		}
	}
	p("")
	return w.Flush()
}

func percent(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

// seconds writes a time so that one can read it at a glance.
func seconds(s float64) string {
	d := time.Duration(s * float64(time.Second))
	if d < 10*time.Second {
		return fmt.Sprintf("%.1fs", s)
	}
	return d.Round(time.Second).String()
}
