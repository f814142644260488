package routing_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"seax/internal/routing"
)

// Who could have taken a request is listed in the order in which the planner asks when those before are not there.
func TestOthersAreInThePlannersOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSnapshot(t)
		if len(s.Requests) == 0 {
			return
		}
		r := s.Requests[0]
		r.Order.By = rapid.SampledFrom([]string{"", routing.ByLoad, routing.BySkill}).Draw(t, "order")
		ask := func(agents []routing.Agent) []routing.Decision {
			return routing.Plan(routing.Snapshot{Agents: agents, Requests: []routing.Request{r}}, now)
		}
		decisions := ask(s.Agents)
		if len(decisions) == 0 {
			return
		}
		chosen := decisions[0].Agent
		others := routing.Others(s.Agents, r, chosen, len(s.Agents), now)
		require.Len(t, others, len(s.Agents)-1, "everybody else is there")
		// Who had the request before is asked again only when nobody else is left; that is no place in line.
		if _, again := r.Excluded[chosen]; again {
			return
		}
		left := without(s.Agents, chosen)
		for _, o := range others {
			if !o.Could {
				require.NotEmpty(t, o.Why)
				continue
			}
			next := ask(left)
			require.Len(t, next, 1)
			require.Equal(t, next[0].Agent, o.Agent)
			require.NotEqual(t, "not_their_turn", o.Why[0].Code)
			left = without(left, o.Agent)
		}
		require.Equal(t, others[:min(3, len(others))], routing.Others(s.Agents, r, chosen, 3, now), "the limit takes the nearest")
	})
}

func without(agents []routing.Agent, id uuid.UUID) []routing.Agent {
	return slices.DeleteFunc(slices.Clone(agents), func(a routing.Agent) bool { return a.ID == id })
}

func TestWhyOthersCameLater(t *testing.T) {
	t.Parallel()
	idle := func(d time.Duration) func(*routing.Agent) {
		return func(a *routing.Agent) { a.IdleSince = now.Add(-d) }
	}
	load := func(n int) func(*routing.Agent) { return func(a *routing.Agent) { a.Load = n } }
	skilled := func(level int) func(*routing.Agent) {
		return func(a *routing.Agent) { a.Skills = routing.Skills{"ko": level} }
	}
	rated := func(rating float64) func(*routing.Agent) {
		return func(a *routing.Agent) { a.Attributes = map[string]any{"rating": rating} }
	}
	cases := []struct {
		name    string
		other   []func(*routing.Agent)
		request routing.Request
		code    string
		text    string
		could   bool
	}{
		{"idle", []func(*routing.Agent){idle(time.Minute)}, routing.Request{}, "less_idle", "idle for a shorter time (1m0s)", true},
		{"load", []func(*routing.Agent){idle(time.Hour), load(40)}, routing.Request{}, "more_loaded", "more loaded, 40/100", true},
		{"nothing", []func(*routing.Agent){idle(time.Hour), func(a *routing.Agent) { a.ID = uuid.Max }}, routing.Request{}, "equal", "nothing tells them apart; one had to be first", true},
		{"level", []func(*routing.Agent){idle(2 * time.Hour), func(a *routing.Agent) { a.Queues = map[string]int{"support": 2} }}, routing.Request{}, "later_level", "serves support at level 2, after level 1", true},
		{"preferred", []func(*routing.Agent){idle(2 * time.Hour)}, routing.Request{Preferred: routing.Skills{"ko": 80}}, "fewer_preferred", "has 0 of the preferred skills, not 1", true},
		{"order by load", []func(*routing.Agent){idle(2 * time.Hour), load(20)}, routing.Request{Order: routing.Order{By: routing.ByLoad}}, "more_loaded", "more loaded, 20/100", true},
		{"order by skill", []func(*routing.Agent){skilled(60)}, routing.Request{Skills: routing.Skills{"ko": 50}, Order: routing.Order{By: routing.BySkill}}, "less_skilled", "levels add up to 60, not 90", true},
		{
			"order by attributes", []func(*routing.Agent){rated(3.5)},
			routing.Request{Order: routing.Order{By: routing.ByAttributes, Keys: []routing.SortKey{{Attribute: "rating", Descending: true}}}},
			"later_by_attributes", "comes later by attributes: rating 3.5", true,
		},
		{
			"without the attribute", nil,
			routing.Request{Order: routing.Order{By: routing.ByAttributes, Keys: []routing.SortKey{{Attribute: "rating"}}}},
			"later_by_attributes", "has none of the attributes that agents are ordered by", true,
		},
		{"came before", []func(*routing.Agent){idle(2 * time.Hour)}, routing.Request{}, "not_their_turn", "another agent became free just then", true},
		{"is asked too", nil, routing.Request{Pending: []uuid.UUID{id(1)}}, "offered", "is being asked", false},
		{"cannot", []func(*routing.Agent){load(100)}, routing.Request{}, "capacity", "at capacity 100/100", false},
		{"had it", nil, routing.Request{Excluded: map[uuid.UUID]routing.Exclusion{id(1): {Reason: "rejected", Since: now.Add(-time.Minute), Until: now.Add(time.Minute)}}}, "excluded", "rejected 1m0s ago", false},
		{"after the known agent", nil, routing.Request{Known: id(0), KnownUntil: now.Add(time.Minute), KnownReachable: true}, "waiting_for_known", "another agent is asked first", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			agents := []routing.Agent{agent(0, idle(time.Hour), skilled(90), rated(4.5)), agent(1, c.other...)}
			c.request.ID, c.request.Queue, c.request.Cost = id(1000), "support", 20
			others := routing.Others(agents, c.request, id(0), 10, now)
			require.Len(t, others, 1)
			require.Equal(t, c.could, others[0].Could)
			require.Equal(t, c.code, others[0].Why[0].Code)
			require.Equal(t, c.text, others[0].Why[0].Text)
		})
	}
}

func TestOthersWhoCannotComeByHowNearTheyAre(t *testing.T) {
	t.Parallel()
	agents := []routing.Agent{
		agent(0),
		agent(1, func(a *routing.Agent) {
			a.OffersWork, a.LeaseUntil, a.Load, a.Skills, a.Queues = false, time.Time{}, 100, nil, nil
		}),
		agent(2, func(a *routing.Agent) { a.Load = 100 }),
	}
	others := routing.Others(agents, routing.Request{ID: id(1000), Queue: "support", Cost: 20, Paused: true, Skills: routing.Skills{"ko": 1}}, id(0), 10, now)
	require.Equal(t, []uuid.UUID{id(2), id(1)}, []uuid.UUID{others[0].Agent, others[1].Agent})
	require.Len(t, others[1].Why, 3, "of many reasons the first few say enough")
}

func BenchmarkOthers(b *testing.B) {
	r := routing.Request{ID: id(1000), Queue: "support", Cost: 20, Skills: routing.Skills{"ko": 60}}
	var agents []routing.Agent
	for i := range 64 {
		agents = append(agents, agent(i, func(a *routing.Agent) { a.Skills = routing.Skills{"ko": i + 20, "en": 80} }))
	}
	for b.Loop() {
		routing.Others(agents, r, id(63), 10, now)
	}
}
