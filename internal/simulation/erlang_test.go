package simulation_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/internal/simulation"
)

const handle = 4 * time.Minute

// theory is n agents at a load, with customers who wait for ever unless there is patience.
func theory(t *testing.T, n int, load float64, customers int, patience time.Duration) simulation.Result {
	t.Helper()
	s := simulation.Scenario{
		Customers: customers, Warmup: simulation.Duration(20 * handle),
		Arrivals: []simulation.Arrivals{{Queue: "support", PerHour: load * float64(n) * float64(time.Hour/handle), Handle: simulation.Distribution{Mean: simulation.Duration(handle)}}},
		Agents:   []simulation.Agents{{Count: n, Queues: map[string]int{"support": 1}}},
	}
	if patience > 0 {
		s.Arrivals[0].Patience = &simulation.Distribution{Mean: simulation.Duration(patience)}
	}
	require.NoError(t, s.Complete())
	result, err := simulation.Run(t.Context(), s, 7)
	require.NoError(t, err)
	return result
}

// near: within 2 %, or within the run's own confidence interval where that is wider.
func near(t *testing.T, want, got float64, within simulation.Interval, what string) {
	t.Helper()
	if !within.Contains(want) {
		require.InDelta(t, want, got, max(0.02*want, 1e-6), what)
	}
}

// around: within 2 %, or within a margin where that is wider.
func around(t *testing.T, want, got, margin float64, what string) {
	t.Helper()
	require.InDelta(t, want, got, max(0.02*want, margin), what)
}

func TestErlangC(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 5, 10, 50} {
		for _, load := range []float64{0.5, 0.8, 0.95} {
			t.Run(fmt.Sprintf("%d agents at %.2f", n, load), func(t *testing.T) {
				t.Parallel()
				waits, wait, level := simulation.ErlangC(n, load, handle, 20*time.Second)
				got := theory(t, n, load, 60_000, 0)
				near(t, waits, got.All.Waited, got.All.WaitedWithin, "share who wait")
				near(t, wait, got.All.MeanWait, got.All.MeanWaitWithin, "mean wait")
				near(t, level, got.All.Level, got.All.LevelWithin, "service level")
				around(t, load, got.Agents["agents 1"].Occupancy, 0.02, "occupancy")
				require.InDelta(t, got.All.MeanWait*load*float64(n)/handle.Seconds(), got.All.MeanQueue, 0.02*got.All.MeanQueue+0.02, "Little's law")
			})
		}
	}
}

func TestErlangA(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 10, 50} {
		for _, load := range []float64{0.8, 1.0, 1.2} {
			t.Run(fmt.Sprintf("%d agents at %.1f", n, load), func(t *testing.T) {
				t.Parallel()
				leave, wait := simulation.ErlangA(n, load, handle, 2*time.Minute)
				got := theory(t, n, load, 60_000, 2*time.Minute)
				// Three standard errors of a share of 60,000, whose neighbours depend on each other little.
				around(t, leave, float64(got.All.Abandoned)/float64(got.All.Customers), 4*math.Sqrt(leave/60_000), "share who leave")
				near(t, wait, got.All.MeanWait, got.All.MeanWaitWithin, "mean wait")
			})
		}
	}
}
