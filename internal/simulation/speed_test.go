package simulation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/internal/simulation"
)

// BenchmarkRun simulates 100,000 customers at 200 agents and a load of 0.95.
func BenchmarkRun(b *testing.B) {
	s := simulation.Scenario{
		Customers: 100_000,
		Arrivals:  []simulation.Arrivals{{Queue: "support", PerHour: 0.95 * 200 * float64(time.Hour/handle), Handle: simulation.Distribution{Mean: simulation.Duration(handle)}}},
		Agents:    []simulation.Agents{{Count: 200, Queues: map[string]int{"support": 1}}},
	}
	require.NoError(b, s.Complete())
	for b.Loop() {
		_, err := simulation.Run(b.Context(), s, 1)
		require.NoError(b, err)
	}
}
