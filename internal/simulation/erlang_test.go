package simulation_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/internal/simulation"
)

const handle = 4 * time.Minute

func run(t testing.TB, s simulation.Scenario, seed uint64) simulation.Result {
	t.Helper()
	require.NoError(t, s.Complete())
	result, err := simulation.Run(t.Context(), s, seed)
	require.NoError(t, err)
	return result
}

// agrees requires a run to come to what theory says.
func agrees(t *testing.T, theory simulation.Theory) simulation.Result {
	t.Helper()
	got := run(t, theory.Scenario(60_000), 7)
	for _, c := range theory.Check(got) {
		require.True(t, c.Holds, "%s: %.6g, theory says %.6g", c.What, c.Got, c.Want)
	}
	return got
}

func TestErlangC(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 5, 10, 50} {
		for _, load := range []float64{0.5, 0.8, 0.95} {
			t.Run(fmt.Sprintf("%d agents at %.2f", n, load), func(t *testing.T) {
				t.Parallel()
				got := agrees(t, simulation.Theory{Agents: n, Load: load, Handle: handle, Within: 20 * time.Second})
				require.InDelta(t, load, got.Agents["agents"].Occupancy, 0.02, "occupancy")
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
				agrees(t, simulation.Theory{Agents: n, Load: load, Handle: handle, Patience: 2 * time.Minute, Within: 20 * time.Second})
			})
		}
	}
}

// The comparison with theory notices what is not as it should be: other handle times, fewer agents, slower ones, and a load
// a little higher than the theory's.
func TestErlangNoticesWhatDiffers(t *testing.T) {
	t.Parallel()
	theory := simulation.Theory{Agents: 10, Load: 0.8, Handle: handle, Within: 20 * time.Second}
	for name, change := range map[string]func(*simulation.Scenario){
		"constant handle time": func(s *simulation.Scenario) { s.Arrivals[0].Handle.Kind = "constant" },
		"3 % more customers":   func(s *simulation.Scenario) { s.Arrivals[0].PerHour *= 1.03 },
		"one agent less":       func(s *simulation.Scenario) { s.Agents[0].Count-- },
		"time to accept": func(s *simulation.Scenario) {
			s.Agents[0].Accept = &simulation.Distribution{Kind: "constant", Mean: simulation.Duration(3 * time.Second)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := theory.Scenario(200_000)
			change(&s)
			held := true
			for _, c := range theory.Check(run(t, s, 7)) {
				held = held && c.Holds
			}
			require.False(t, held, "the comparison does not notice it")
		})
	}
}
