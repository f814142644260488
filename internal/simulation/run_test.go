package simulation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"seax/internal/simulation"
)

func minutes(n int) simulation.Distribution {
	return simulation.Distribution{Mean: simulation.Duration(time.Duration(n) * time.Minute)}
}

func read(t *testing.T, text string) simulation.Scenario {
	t.Helper()
	s, err := simulation.Read(strings.NewReader(text))
	require.NoError(t, err)
	return s
}

const small = `
name: small
duration: 8h
start: 2026-03-02T08:00:00Z
arrivals:
  - {queue: support, per_hour: 40, handle: {mean: 5m}, patience: {mean: 2m}}
  - {queue: support, per_hour: 5, skills: {ko: 50}, handle: {mean: 5m}}
agents:
  - {name: day, count: 4, queues: {support: 1}, skills: {ko: 80}, accept_after: {mean: 5s}, rejects: 0.1}
`

func TestTheSameSeedGivesTheSameResult(t *testing.T) {
	t.Parallel()
	s := read(t, small)
	run := func(seed uint64) simulation.Result {
		result, err := simulation.Run(t.Context(), s, seed)
		require.NoError(t, err)
		return result
	}
	require.Equal(t, run(1), run(1))
	require.NotEqual(t, run(1), run(2))
}

// What is compared must differ by the plan alone: the same customers come at the same times.
func TestOtherAgentsMeetTheSameCustomers(t *testing.T) {
	t.Parallel()
	few, many := read(t, small), read(t, strings.Replace(small, "count: 4", "count: 8", 1))
	a, err := simulation.Run(t.Context(), few, 3)
	require.NoError(t, err)
	b, err := simulation.Run(t.Context(), many, 3)
	require.NoError(t, err)
	require.Equal(t, a.All.Customers, b.All.Customers)
	require.Less(t, b.All.MeanWait, a.All.MeanWait)
	require.Less(t, b.All.Abandoned, a.All.Abandoned)
}

func TestNobodyIsServedOutsideShiftsOrWithoutTheSkill(t *testing.T) {
	t.Parallel()
	s := read(t, `
duration: 24h
arrivals:
  - {queue: night, per_hour: 10, profile: {9: 0, 10: 0, 11: 0, 12: 0, 13: 0, 14: 0, 15: 0, 16: 0}, handle: {mean: 1m}, patience: {kind: constant, mean: 10m}}
  - {queue: korean, per_hour: 10, skills: {ko: 50}, handle: {mean: 1m}, patience: {kind: constant, mean: 10m}}
agents:
  - {count: 3, queues: {night: 1, korean: 1}, skills: {ko: 40}, shifts: [09:00-17:00]}
`)
	result, err := simulation.Run(t.Context(), s, 1)
	require.NoError(t, err)
	require.Positive(t, result.Queues["night"].Abandoned)
	require.LessOrEqual(t, result.Queues["night"].Answered, 3, "who came in the last ten minutes before the shift")
	require.Zero(t, result.Queues["korean"].Answered)
	require.InDelta(t, 600, result.Queues["korean"].MeanWait, 1e-3)
}

// Everybody who comes is answered or leaves, nobody waits while somebody who could serve them is free, and nobody is loaded
// beyond their capacity.
func TestEverybodyIsAccountedFor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		patience := minutes(rapid.IntRange(1, 10).Draw(t, "patience"))
		accept := simulation.Distribution{Kind: "uniform", Mean: simulation.Duration(time.Duration(rapid.IntRange(1, 15).Draw(t, "accept")) * time.Second)}
		s := simulation.Scenario{
			Customers: rapid.IntRange(1, 300).Draw(t, "customers"),
			Arrivals: []simulation.Arrivals{
				{Queue: "a", PerHour: rapid.Float64Range(1, 200).Draw(t, "a"), Handle: minutes(5), Patience: &patience, Cost: rapid.SampledFrom([]int{20, 50, 100}).Draw(t, "cost")},
				{Queue: "b", PerHour: rapid.Float64Range(1, 200).Draw(t, "b"), Handle: minutes(3), Patience: &patience, Priority: 2},
			},
			Agents: []simulation.Agents{
				{Name: "both", Count: rapid.IntRange(1, 10).Draw(t, "both"), Queues: map[string]int{"a": 1, "b": 2}, Accept: &accept, Rejects: rapid.Float64Range(0, 0.5).Draw(t, "rejects")},
				{Name: "one", Count: rapid.IntRange(1, 5).Draw(t, "one"), Queues: map[string]int{"b": 1}},
			},
		}
		require.NoError(t, s.Complete())
		result, err := simulation.Run(t.Context(), s, rapid.Uint64().Draw(t, "seed"))
		require.NoError(t, err)
		require.Equal(t, s.Customers, result.All.Customers)
		require.Equal(t, result.All.Customers, result.All.Answered+result.All.Abandoned)
		served := 0
		for _, w := range result.Agents {
			served += w.Served
			require.LessOrEqual(t, w.Occupancy, 1.0)
		}
		require.Equal(t, result.All.Answered, served)
	})
}

func TestWhatIsWrongWithAScenario(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                     "duration or customers is needed; there are no arrivals; there are no agents",
		"name: [":              "[",
		"speed: 3":             "unknown field",
		"duration: -5m":        "negative",
		"duration: soon":       "write it like 20s",
		"agents: [{count: 1}]": "agents[0] are in no queue",
		"agents: [{queues: {a: 1}, shifts: [9-25:00]}]":                      "write it like 09:00-17:30",
		"agents: [{queues: {a: 1}, rejects: 1}]":                             "rejects must be",
		"arrivals: [{queue: a, per_hour: 0, handle: {mean: 1m}}]":            "per_hour must be more than 0",
		"arrivals: [{queue: a, per_hour: 1, handle: {kind: odd, mean: 1m}}]": `no kind "odd"`,
		"arrivals: [{queue: a, per_hour: 1}]":                                "arrivals[0].handle: mean must be",
		"arrivals: [{queue: a, per_hour: 1, profile: {25: 1}}]":              "hours are 0 to 23",
		"start: \"" + strings.Repeat("x", 1<<20) + "\"":                      "larger than",
	} {
		_, err := simulation.Read(strings.NewReader(text))
		require.ErrorIs(t, err, simulation.ErrScenario, text[:min(len(text), 40)])
		require.ErrorContains(t, err, want)
	}
}
