package scenario_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/internal/simulation"
	"seax/internal/simulation/scenario"
)

// write writes files into a folder of their own and returns it.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

func open(t *testing.T, text string) (simulation.Scenario, error) {
	t.Helper()
	return scenario.Open(filepath.Join(write(t, map[string]string{"s.yaml": text}), "s.yaml"))
}

// The scenarios that are shown can be run.
func TestScenariosOfTheDocumentation(t *testing.T) {
	t.Parallel()
	all, err := filepath.Glob("../../../docs/scenarios/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, all)
	for _, path := range all {
		if strings.HasSuffix(path, "routing.yaml") {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			s, err := scenario.Open(path)
			require.NoError(t, err)
			if s.Customers > 10_000 {
				s.Customers = 10_000
			}
			result, err := simulation.Run(t.Context(), s, 1)
			require.NoError(t, err)
			require.Positive(t, result.All.Answered)
		})
	}
}

const whole = `
name: A day
time_zone: Asia/Seoul
start: 2026-03-02T00:00:00+09:00
duration: 24h
warmup: 30m
answered_within: 30s
skills: [ko, en]
queues:
  - {id: support, offer_timeout_s: 15, boost_s: 0, width: 2, max_waiting: 50, overflow: {full: {queue: spare}, closed: {}}, time_zone: Asia/Seoul,
     hours: {mon: [["09:00", "18:00"]]}, holidays: ["2026-03-03"], order: attributes, order_by: [{attribute: rating, descending: true}], members_when: agent.skills.ko > 90}
  - {id: spare, strict: true, auto_accept: true}
plans:
  - id: care
    name: {en: Care}
    budget: age
    rules:
      - {name: vip, when: 'request.attributes["tier"] == "gold"', priority: 3, skills: {ko: 50}, steps: [{known: last, timeout_s: 20}, {anyone: true}]}
    default:
      steps:
        - {timeout_s: 30, agents: agent.attributes.rating >= 4.0, width: 3}
        - {queue: spare, lower: {"*": 20}, drop: [en], skip_if: queue.waiting > 10, order: least_loaded}
    overflow: {queue: spare}
arrivals:
  - {queue: support, plan: care, channel: sms, cost: 20, per_hour: 30, profile: {0: 0.1, 13: 2}, skills: {ko: 40}, preferred: {en: 20}, priority: 1, language: ko,
     attributes: {tier: gold}, contact_attributes: {city: Seoul}, contacts: 200, waits_anyway: 0.5, handle: {kind: lognormal, mean: 6m, cv: 0.8}, patience: {mean: 3m}}
agents:
  - {name: day, count: 3, queues: {support: 1, spare: 2}, delays: {spare: 45s}, skills: {ko: 95}, attributes: {rating: 4.5, office: {floor: 2}}, capacity: 60,
     channel_limits: {sms: 2}, shifts: [mon-fri 09:00-18:00, "sat 10:00-12:00"], accept_after: {mean: 4s}, rejects: 0.05, misses: 0.02, back_after: {mean: 2m}}
`

func TestEveryFieldIsRead(t *testing.T) {
	t.Parallel()
	s, err := open(t, whole)
	require.NoError(t, err)
	require.Equal(t, "2026-03-02 00:00:00 +0900 KST", s.Start.String())
	require.Equal(t, simulation.Duration(24*time.Hour), s.Duration)
	q := s.Queues[0]
	require.Zero(t, *q.Boost)
	require.Equal(t, 600, *s.Queues[1].Boost)
	require.Equal(t, "spare", q.Overflow["full"].Queue)
	require.Contains(t, q.Overflow, "closed")
	require.True(t, q.OrderBy[0].Descending)
	require.Equal(t, 20, s.Plans[0].Default.Steps[1].Lower["*"])
	a := s.Arrivals[0]
	require.Equal(t, []any{"care", "sms", 20, 2.0, "gold", "Seoul", 200}, []any{a.Plan, a.Channel, a.Cost, a.Profile[13], a.Attributes["tier"], a.ContactAttributes["city"], a.Contacts})
	g := s.Agents[0]
	require.Equal(t, []any{3, simulation.Duration(45 * time.Second), 4.5, 2, 0.05}, []any{g.Count, g.Delays["spare"], g.Attributes["rating"], g.ChannelLimits["sms"], g.Rejects})
	require.Len(t, g.Shifts, 2)
	result, err := simulation.Run(t.Context(), s, 1)
	require.NoError(t, err)
	require.Positive(t, result.All.Answered)
}

const routing = `
skills: [{id: ko, label: {en: Korean}}, {id: en, label: {en: English}}]
presences: [{id: lunch, label: {en: Lunch}, offers_work: false}]
queues:
  - {id: support, name: {en: Support}, offer_timeout_s: 25, wrapup_s: 60, boost_s: 300, strict: false, time_zone: UTC, hours: {}, holidays: ["2026-12-25"], outcomes: [],
     overflow: {full: {plan: care}}, max_waiting: 20, width: 2, sla: {first_reply_s: 60}, paused: true}
plans:
  - {id: care, name: {en: Care}, default: {steps: [{timeout_s: 60}, {anyone: true}]}}
people:
  - {email: ana@test, name: Ana, role: agent, capacity: 60, skills: {ko: 90}, queues: {support: 1}, delays: {support: 10}, attributes: {team: red}}
  - {email: ben@test, name: Ben, role: agent, queues: {support: 2}}
  - {email: eve@test, name: Eve, role: agent, active: false, queues: {support: 1}}
  - {email: root@test, name: Root, role: admin, capacity: 0}
`

func TestAFileOfRoutingIsAdopted(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"routing.yaml": routing, "s.yaml": `
duration: 8h
routing: routing.yaml
people: {shifts: [09:00-17:00], rejects: 0.1}
arrivals: [{queue: support, plan: care, cost: 20, per_hour: 10, handle: {mean: 5m}}]
agents: [{email: BEN@test, capacity: 40, shifts: [12:00-20:00]}]
`})
	s, err := scenario.Open(filepath.Join(dir, "s.yaml"))
	require.NoError(t, err)
	require.Equal(t, []string{"ko", "en"}, s.Skills)
	q := s.Queues[0]
	require.Equal(t, []any{25, 300, 20, 2, "care", []string{"2026-12-25"}, false}, []any{q.OfferTimeout, *q.Boost, *q.MaxWaiting, q.Width, q.Overflow["full"].Plan, q.Holidays, q.Paused})
	require.Equal(t, "care", s.Plans[0].ID)
	require.Len(t, s.Agents, 2, "neither who is not active, nor who has no capacity")
	ben, ana := s.Agents[0], s.Agents[1]
	require.Equal(t, []any{"Ben", 40, 2, 12 * time.Hour, 0.0}, []any{ben.Name, ben.Capacity, ben.Queues["support"], ben.Shifts[0].From, ben.Rejects})
	require.Equal(t, []any{"Ana", 60, simulation.Duration(10 * time.Second), 9 * time.Hour, 0.1, "red"},
		[]any{ana.Name, ana.Capacity, ana.Delays["support"], ana.Shifts[0].From, ana.Rejects, ana.Attributes["team"]})
}

func TestARecordingIsUsed(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"routing.yaml": routing, "week.jsonl": strings.Join([]string{
		`{"recorded": {"from": "2026-03-02T08:00:00Z", "to": "2026-03-02T18:00:00Z"}}`,
		`{"agent": {"name": "Ana", "email": "ana@test", "queues": {"support": 1}, "shifts": ["2026-03-02T09:00:00Z/2026-03-02T12:00:00Z"], "accept_after": {"mean": "7s"}, "misses": 0.2}}`,
		`{"arrival": {"at": "2026-03-02T09:10:00Z", "queue": "support", "plan": "care", "cost": 20, "waited": "5s", "answered": true, "handle": "4m"}}`,
		`{"arrival": {"at": "2026-03-02T09:11:00Z", "queue": "support", "cost": 20, "waited": "30s"}}`,
	}, "\n"), "with.yaml": "routing: routing.yaml\nrecorded: {file: week.jsonl, patience: {mean: 4m}}\n", "alone.yaml": "recorded: {file: week.jsonl}\n"})
	s, err := scenario.Open(filepath.Join(dir, "with.yaml"))
	require.NoError(t, err)
	require.Equal(t, "2026-03-02 08:00:00 +0000 UTC", s.Start.String())
	require.Equal(t, simulation.Duration(10*time.Hour), s.Duration)
	require.Len(t, s.Agents, 2)
	require.InDelta(t, 0.2, s.Agents[0].Misses, 1e-9)
	require.Len(t, s.Agents[0].Shifts, 1)
	require.Empty(t, s.Agents[1].Shifts, "of Ben nothing is recorded")
	result, err := simulation.Run(t.Context(), s, 1)
	require.NoError(t, err)
	require.Equal(t, 2, result.All.Customers)
	// The plan is not in the recording.
	_, err = scenario.Open(filepath.Join(dir, "alone.yaml"))
	require.ErrorContains(t, err, `recorded.arrivals[0].plan: there is no plan "care"`)
}

func TestWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	agents := "\nagents: [{queues: {a: 1}}]\n"
	for text, want := range map[string]string{
		"":                                 "it is empty",
		"name: [":                          "[1:7]",
		"speed: 3":                         `[1:1] unknown field "speed"`,
		"duration: -5m":                    "[1:11] -5m0s is negative",
		"duration: soon":                   "write it like 20s",
		"duration: 5":                      "write it like 20s",
		"customers: many":                  "[1:12]",
		"agents: [{count: 1}]":             "agents: none of them is in a queue",
		"agents: [{shifts: [9-25:00]}]":    "write it like 09:00-17:30",
		"plans: [{id: a, defualt: {}}]":    `unknown field "defualt"`,
		"queues: [{id: a, wrapup_s: 20}]":  `unknown field "wrapup_s"`,
		"customers: 5\ntime_zone: Nowhere": `time_zone: there is no time zone "Nowhere"`,
		"routing: nothing.yaml":            "nothing.yaml",
		"recorded: {file: nothing.jsonl}":  "nothing.jsonl",
		"customers: 5" + agents:            "arrivals: there are no arrivals",
		"customers: 5\narrivals: [{queue: b, per_hour: 3, handle: {mean: 1m}}]\nqueues: [{id: a}]" + agents: `arrivals[0].queue: there is no queue "b"`,
		"name: " + strings.Repeat("x", 10<<20): "it is larger than 4 MB",
	} {
		_, err := open(t, text)
		require.Error(t, err, text[:min(len(text), 60)])
		require.ErrorContains(t, err, want, text[:min(len(text), 60)])
		require.Less(t, len(err.Error()), 2000)
		if !strings.Contains(text, "nothing") {
			require.ErrorIs(t, err, simulation.ErrScenario)
		}
	}
	_, err := scenario.Open(filepath.Join(t.TempDir(), "none.yaml"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
