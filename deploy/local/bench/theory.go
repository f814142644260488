package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"seax/internal/simulation"
)

// theory simulates M/M/n at a million customers and compares with Erlang C.
func (b *bench) theory(ctx context.Context) error {
	const customers, handle, within = 1_000_000, 4 * time.Minute, 20 * time.Second
	worst, outside, cases := 0.0, 0, 0
	var at string
	begun := time.Now()
	for _, n := range []int{1, 5, 10, 50, 200} {
		for _, load := range []float64{0.5, 0.7, 0.8, 0.9, 0.95} {
			s := simulation.Scenario{
				Customers: customers, Warmup: simulation.Duration(20 * handle),
				Arrivals: []simulation.Arrivals{{Queue: "q", PerHour: load * float64(n) * float64(time.Hour/handle), Handle: simulation.Distribution{Mean: simulation.Duration(handle)}}},
				Agents:   []simulation.Agents{{Count: n, Queues: map[string]int{"q": 1}}},
			}
			if err := s.Complete(); err != nil {
				return err
			}
			result, err := simulation.Run(ctx, s, 1)
			if err != nil {
				return err
			}
			waits, wait, level := simulation.ErlangC(n, load, handle, within)
			for _, c := range []struct {
				want, got float64
				within    simulation.Interval
			}{
				{waits, result.All.Waited, result.All.WaitedWithin},
				{wait, result.All.MeanWait, result.All.MeanWaitWithin},
				{level, result.All.Level, result.All.LevelWithin},
			} {
				cases++
				off := math.Abs(c.got-c.want) / c.want
				if off > 0.02 && !c.within.Contains(c.want) {
					outside++
				}
				if math.Abs(c.got-c.want) > 1e-4 && off > worst {
					worst, at = off, fmt.Sprintf("%d agents at %.2f", n, load)
				}
			}
		}
	}
	perMinute := 25 * customers / time.Since(begun).Minutes()
	b.add(row{
		What:     "simulated M/M/n against Erlang C: share who wait, mean wait, service level; 1 to 200 agents, loads 0.5 to 0.95, a million customers each",
		Measured: fmt.Sprintf("%d of %d within 2 %% or the run's 99 %% confidence interval; farthest %.1f %% (%s)", cases-outside, cases, 100*worst, at),
		Goal:     "all", Met: met(outside == 0), Values: map[string]float64{"cases": float64(cases), "outside": float64(outside), "farthest": worst},
	})
	b.add(row{
		What: "customers simulated per minute of computing", Measured: fmt.Sprintf("%.1f million", perMinute/1e6), Goal: "≥ 1 million on one core", Met: met(perMinute >= 1e6),
		Values: map[string]float64{"per_min": perMinute},
	})
	return nil
}
