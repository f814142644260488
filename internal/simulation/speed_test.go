package simulation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/internal/simulation"
	"seax/internal/simulation/scenario"
)

// BenchmarkRun simulates 100,000 customers: 200 agents and one queue, and a contact center that goes by a plan with rules,
// conditions, skills and steps.
func BenchmarkRun(b *testing.B) {
	planned, err := scenario.Open("../../docs/scenarios/center.yaml")
	require.NoError(b, err)
	planned.Customers = 100_000
	for name, s := range map[string]simulation.Scenario{
		"queue": simulation.Theory{Agents: 200, Load: 0.95, Handle: handle, Within: 20 * time.Second}.Scenario(100_000),
		"plan":  planned,
	} {
		b.Run(name, func(b *testing.B) {
			require.NoError(b, s.Complete())
			for b.Loop() {
				_, err := simulation.Run(b.Context(), s, 1)
				require.NoError(b, err)
			}
			b.ReportMetric(100_000*60*float64(b.N)/b.Elapsed().Seconds(), "customers/min")
		})
	}
}
