package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"seax/internal/simulation"
	"seax/internal/simulation/scenario"
)

// theory simulates M/M/n at a million customers each and compares with Erlang C, with patience with Erlang A; then it takes the
// time of a contact center that goes by a plan.
func (b *bench) theory(ctx context.Context) error {
	cases := []simulation.Theory{}
	for _, n := range []int{1, 5, 10, 50, 200} {
		one := simulation.Theory{Agents: n, Handle: 4 * time.Minute, Within: 20 * time.Second}
		for _, one.Load = range []float64{0.5, 0.7, 0.8, 0.9, 0.95} {
			cases = append(cases, one)
		}
		one.Patience = 2 * time.Minute
		for _, one.Load = range []float64{0.8, 1, 1.2} {
			cases = append(cases, one)
		}
	}
	begun := computing()
	if err := b.compare(ctx, cases); err != nil {
		return err
	}
	perMinute := float64(len(cases)*theoryCustomers) / (computing() - begun).Minutes()
	planned, err := scenario.Open(filepath.Join("..", "..", "docs", "scenarios", "center.yaml"))
	if err != nil {
		return err
	}
	begun = computing()
	if _, err := simulation.Run(ctx, planned, 1); err != nil {
		return err
	}
	byPlan := float64(planned.Customers) / (computing() - begun).Minutes()
	b.add(row{
		What: "customers simulated per minute of one core's computing", Measured: fmt.Sprintf("%.1f million in one queue, %.1f million by the plan of docs/scenarios/center.yaml", perMinute/1e6, byPlan/1e6),
		Goal: "≥ 1 million", Met: met(min(perMinute, byPlan) >= 1e6), Values: map[string]float64{"per_min": perMinute, "planned_per_min": byPlan},
	})
	return nil
}

// computing is how long this process has computed, on all cores together: others who use the machine do not count.
func computing() time.Duration {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// theoryCustomers are simulated in each case.
const theoryCustomers = 1_000_000

// compare runs each case and counts figures that are not what theory says.
func (b *bench) compare(ctx context.Context, cases []simulation.Theory) error {
	figures, outside, farthest, at := 0, 0, 0.0, ""
	for i, theory := range cases {
		s := theory.Scenario(theoryCustomers)
		if err := s.Complete(); err != nil {
			return err
		}
		// Each has dice of its own, so that one bad throw is not seen everywhere.
		result, err := simulation.Run(ctx, s, uint64(i))
		if err != nil {
			return err
		}
		for _, c := range theory.Check(result) {
			figures++
			if !c.Holds {
				outside++
				_, _ = fmt.Fprintf(b.say, "\n%s of %d agents at %.2f: %.6g, theory says %.6g", c.What, theory.Agents, theory.Load, c.Got, c.Want)
			}
			// What hardly anybody meets with says nothing.
			if seen := c.Want * theoryCustomers; seen > 1000 && c.Off() > farthest {
				farthest, at = c.Off(), fmt.Sprintf("%s, %d agents at %.2f", c.What, theory.Agents, theory.Load)
			}
		}
	}
	b.add(row{
		What: fmt.Sprintf("simulation against Erlang C (share who wait, mean wait, answered in 20 s) and Erlang A (share who leave, mean wait): 1 to 200 agents, loads 0.5 to 0.95 and 0.8 to 1.2, %d cases of a million customers",
			len(cases)),
		Measured: fmt.Sprintf("%d of %d figures within 2 %% or the run's own 99 %% interval; farthest %.1f %% (%s)", figures-outside, figures, 100*farthest, at),
		Goal:     "all but the one in a hundred that a 99 % interval leaves out", Met: met(outside <= figures/50), Values: map[string]float64{"figures": float64(figures), "outside": float64(outside), "farthest": farthest},
	})
	return nil
}
