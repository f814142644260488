package routing_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"seax/internal/routing"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func id(n int) uuid.UUID { return uuid.NewSHA1(uuid.Nil, fmt.Append(nil, n)) }

// drawSnapshot makes a small random floor: enough to have ties, limits, exclusions and known agents in every combination.
func drawSnapshot(t *rapid.T) routing.Snapshot {
	skills := []string{"en", "ko", "vip"}
	queues := []string{"support", "billing"}
	// One in so many has a skill, so that there are agents who can take a lot and requests that many can take.
	drawSkills := func(label string, oneIn, most int) routing.Skills {
		s := routing.Skills{}
		for _, skill := range skills {
			if rapid.IntRange(1, oneIn).Draw(t, label+skill) == 1 {
				s[skill] = rapid.IntRange(1, most).Draw(t, label+skill+"level")
			}
		}
		return s
	}
	var s routing.Snapshot
	for i := range rapid.IntRange(0, 6).Draw(t, "agents") {
		a := routing.Agent{
			ID: id(i), Name: strconv.Itoa(i), Capacity: rapid.IntRange(0, 5).Draw(t, "capacity") * 20,
			OffersWork: rapid.IntRange(0, 9).Draw(t, "offers") > 0, LeaseUntil: now.Add(time.Minute), Presence: "x",
			IdleSince: now.Add(-time.Duration(rapid.IntRange(0, 3).Draw(t, "idle")) * time.Minute),
			Skills:    drawSkills("has", 2, 100), Queues: map[string]int{}, ChannelLimits: map[string]int{}, ChannelLoad: map[string]int{},
		}
		a.Load = min(a.Capacity, rapid.IntRange(0, 3).Draw(t, "load")*20)
		if rapid.IntRange(0, 9).Draw(t, "lease") == 0 {
			a.LeaseUntil = now.Add(-time.Second)
		}
		for _, q := range queues {
			if rapid.Bool().Draw(t, "in"+q) {
				a.Queues[q] = rapid.IntRange(1, 3).Draw(t, "level")
			}
		}
		if rapid.IntRange(0, 4).Draw(t, "limited") == 0 {
			a.ChannelLimits["webchat"] = rapid.IntRange(0, 2).Draw(t, "limit")
		}
		s.Agents = append(s.Agents, a)
	}
	for i := range rapid.IntRange(0, 8).Draw(t, "requests") {
		r := routing.Request{
			ID: id(1000 + i), Queue: rapid.SampledFrom(queues).Draw(t, "queue"), ChannelKind: rapid.SampledFrom([]string{"webchat", "sms"}).Draw(t, "channel"),
			Cost: rapid.SampledFrom([]int{10, 20, 100}).Draw(t, "cost"), Skills: drawSkills("wants", 5, 60), Preferred: drawSkills("likes", 2, 60),
			Rank: int64(rapid.IntRange(0, 5).Draw(t, "rank")), Excluded: map[uuid.UUID]routing.Exclusion{},
		}
		for j := range s.Agents {
			if rapid.IntRange(0, 4).Draw(t, "excluded") == 0 {
				since := now.Add(-time.Duration(rapid.IntRange(0, 400).Draw(t, "since")) * time.Second)
				r.Excluded[id(j)] = routing.Exclusion{Reason: "rejected", Since: since, Until: since.Add(5 * time.Minute)}
			}
		}
		if len(s.Agents) > 0 && rapid.IntRange(0, 4).Draw(t, "known") == 0 {
			r.Known, r.KnownUntil = id(rapid.IntRange(0, len(s.Agents)-1).Draw(t, "who")), now.Add(30*time.Second)
			r.KnownReachable = rapid.Bool().Draw(t, "reachable")
		}
		s.Requests = append(s.Requests, r)
	}
	return s
}

// after applies decisions to a snapshot.
func after(s routing.Snapshot, decisions []routing.Decision) (agents map[uuid.UUID]routing.Agent, waiting []routing.Request, placed map[uuid.UUID]routing.Decision) {
	agents, placed = map[uuid.UUID]routing.Agent{}, map[uuid.UUID]routing.Decision{}
	for _, a := range s.Agents {
		load := map[string]int{}
		for k, v := range a.ChannelLoad {
			load[k] = v
		}
		a.ChannelLoad = load
		agents[a.ID] = a
	}
	for _, d := range decisions {
		placed[d.Request] = d
	}
	for _, r := range s.Requests {
		d, ok := placed[r.ID]
		if !ok {
			waiting = append(waiting, r)
			continue
		}
		a := agents[d.Agent]
		a.Load += r.Cost
		a.ChannelLoad[r.ChannelKind]++
		agents[d.Agent] = a
	}
	return agents, waiting, placed
}

func TestPlanProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSnapshot(t)
		decisions := routing.Plan(s, now)
		agents, waiting, placed := after(s, decisions)
		if len(placed) != len(decisions) {
			t.Fatalf("a request was given to two agents")
		}
		for _, a := range agents {
			if a.Load > a.Capacity {
				t.Fatalf("agent %s has load %d of %d", a.Name, a.Load, a.Capacity)
			}
			if limit, limited := a.ChannelLimits["webchat"]; limited && a.ChannelLoad["webchat"] > max(limit, 0) {
				t.Fatalf("agent %s is over the channel limit", a.Name)
			}
		}
		for _, r := range s.Requests {
			d, ok := placed[r.ID]
			if !ok {
				continue
			}
			if len(d.Why) == 0 {
				t.Fatalf("a decision without reasons")
			}
			if e, excluded := r.Excluded[d.Agent]; excluded && now.Before(e.Since.Add(routing.CoolDown)) {
				t.Fatalf("request went to an agent who had it %s ago", now.Sub(e.Since))
			}
			// Judged as it was before: skills, membership, presence, lease, whom it is kept for.
			for _, a := range s.Agents {
				if a.ID == d.Agent {
					for _, o := range routing.Obstacles(a, r, now) {
						if o.Code != "excluded" {
							t.Fatalf("request went to an agent who could not have it: %s", o.Text)
						}
					}
				}
			}
		}
		for _, r := range waiting {
			for _, a := range agents {
				if len(routing.Obstacles(a, r, now)) == 0 {
					t.Fatalf("request %s waits although agent %s could take it", r.ID, a.Name)
				}
			}
		}
	})
}

// Among requests that are alike, the one with the smaller rank is served first.
func TestPlanDoesNotOvertake(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSnapshot(t)
		for i := range s.Requests {
			r := &s.Requests[i]
			r.Skills, r.Preferred, r.Excluded, r.Known, r.Cost, r.ChannelKind, r.Queue = nil, nil, nil, uuid.Nil, 20, "sms", "support"
		}
		_, waiting, placed := after(s, routing.Plan(s, now))
		for _, w := range waiting {
			for _, r := range s.Requests {
				if _, ok := placed[r.ID]; ok && r.Rank > w.Rank {
					t.Fatalf("request of rank %d was served before one of rank %d", r.Rank, w.Rank)
				}
			}
		}
	})
}

func TestPlanIsDeterministic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSnapshot(t)
		first := routing.Plan(s, now)
		for i := range s.Agents {
			j := rapid.IntRange(0, len(s.Agents)-1).Draw(t, "swap")
			s.Agents[i], s.Agents[j] = s.Agents[j], s.Agents[i]
		}
		for i := range s.Requests {
			j := rapid.IntRange(0, len(s.Requests)-1).Draw(t, "swap")
			s.Requests[i], s.Requests[j] = s.Requests[j], s.Requests[i]
		}
		require.Equal(t, first, routing.Plan(s, now), "the order of the snapshot must not matter")
	})
}

func agent(n int, change ...func(*routing.Agent)) routing.Agent {
	a := routing.Agent{
		ID: id(n), Name: strconv.Itoa(n), Capacity: 100, OffersWork: true, Presence: "available", LeaseUntil: now.Add(time.Minute), IdleSince: now,
		Queues: map[string]int{"support": 1},
	}
	for _, c := range change {
		c(&a)
	}
	return a
}

func TestChoiceOfAgent(t *testing.T) {
	t.Parallel()
	idle := func(d time.Duration) func(*routing.Agent) {
		return func(a *routing.Agent) { a.IdleSince = now.Add(-d) }
	}
	has := func(skill string, level int) func(*routing.Agent) {
		return func(a *routing.Agent) { a.Skills = routing.Skills{skill: level} }
	}
	level := func(n int) func(*routing.Agent) {
		return func(a *routing.Agent) { a.Queues = map[string]int{"support": n} }
	}
	load := func(n int) func(*routing.Agent) { return func(a *routing.Agent) { a.Load = n } }
	excluded := func(agent int, ago time.Duration) map[uuid.UUID]routing.Exclusion {
		return map[uuid.UUID]routing.Exclusion{id(agent): {Reason: "rejected", Since: now.Add(-ago), Until: now.Add(-ago).Add(5 * time.Minute)}}
	}
	cases := []struct {
		name    string
		agents  []routing.Agent
		request routing.Request
		want    int // -1: nobody
	}{
		{"longest idle", []routing.Agent{agent(0, idle(time.Minute)), agent(1, idle(time.Hour))}, routing.Request{}, 1},
		{"then least loaded", []routing.Agent{agent(0, load(40)), agent(1, load(20))}, routing.Request{}, 1},
		{"preferred skill before idle", []routing.Agent{agent(0, idle(time.Hour)), agent(1, has("ko", 60))}, routing.Request{Preferred: routing.Skills{"ko": 60}}, 1},
		{"required skill", []routing.Agent{agent(0, has("ko", 59)), agent(1, has("ko", 60))}, routing.Request{Skills: routing.Skills{"ko": 60}}, 1},
		{"primary level before idle", []routing.Agent{agent(0, level(2), idle(time.Hour)), agent(1, level(1))}, routing.Request{}, 1},
		{"not a member", []routing.Agent{agent(0, func(a *routing.Agent) { a.Queues = nil })}, routing.Request{}, -1},
		{"known agent first", []routing.Agent{agent(0, idle(time.Hour)), agent(1)}, routing.Request{Known: id(1), KnownUntil: now.Add(time.Second), KnownReachable: true}, 1},
		{"known agent gone", []routing.Agent{agent(0)}, routing.Request{Known: id(1), KnownUntil: now.Add(time.Second)}, 0},
		{"known agent busy", []routing.Agent{agent(0), agent(1, load(100))}, routing.Request{Known: id(1), KnownUntil: now.Add(time.Second), KnownReachable: true}, -1},
		{"known agent's time is over", []routing.Agent{agent(0)}, routing.Request{Known: id(1), KnownUntil: now, KnownReachable: true}, 0},
		{"excluded", []routing.Agent{agent(0, idle(time.Hour)), agent(1)}, routing.Request{Excluded: excluded(0, time.Second)}, 1},
		{"excluded, nobody else, too soon", []routing.Agent{agent(0)}, routing.Request{Excluded: excluded(0, time.Second)}, -1},
		{"excluded, nobody else", []routing.Agent{agent(0)}, routing.Request{Excluded: excluded(0, time.Minute)}, 0},
		{"exclusion over", []routing.Agent{agent(0)}, routing.Request{Excluded: excluded(0, 6*time.Minute)}, 0},
		{"at capacity", []routing.Agent{agent(0, load(90))}, routing.Request{}, -1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.request.ID, c.request.Queue, c.request.Cost, c.request.ChannelKind = id(1000), "support", 20, "webchat"
			decisions := routing.Plan(routing.Snapshot{Agents: c.agents, Requests: []routing.Request{c.request}}, now)
			if c.want < 0 {
				require.Empty(t, decisions)
				return
			}
			require.Len(t, decisions, 1)
			require.Equal(t, id(c.want), decisions[0].Agent)
		})
	}
}

func TestRank(t *testing.T) {
	t.Parallel()
	boost := 10 * time.Minute
	require.Less(t, routing.Rank(now, 0, boost, false), routing.Rank(now.Add(time.Second), 0, boost, false))
	require.Less(t, routing.Rank(now.Add(9*time.Minute), 1, boost, false), routing.Rank(now, 0, boost, false), "a point of priority is ten minutes")
	require.Greater(t, routing.Rank(now.Add(11*time.Minute), 1, boost, false), routing.Rank(now, 0, boost, false), "nothing starves")
	require.Less(t, routing.Rank(now.Add(24*time.Hour), 1, boost, true), routing.Rank(now, 0, boost, true), "strict: priority always first")
}

func TestPrimaryQueueFirst(t *testing.T) {
	t.Parallel()
	a := agent(0, func(a *routing.Agent) {
		a.Capacity = 20
		a.Queues = map[string]int{"support": 2, "billing": 1}
	})
	s := routing.Snapshot{Agents: []routing.Agent{a}, Requests: []routing.Request{
		{ID: id(1), Queue: "support", Cost: 20, Rank: 1}, {ID: id(2), Queue: "billing", Cost: 20, Rank: 2},
	}}
	decisions := routing.Plan(s, now)
	require.Len(t, decisions, 1)
	require.Equal(t, id(2), decisions[0].Request)
}

func BenchmarkPlan(b *testing.B) {
	s := routing.Snapshot{Requests: []routing.Request{{ID: id(1000), Queue: "support", Cost: 20, Skills: routing.Skills{"ko": 60}}}}
	for i := range 1000 {
		s.Agents = append(s.Agents, agent(i, func(a *routing.Agent) { a.Skills = routing.Skills{"ko": i % 100, "en": 80} }))
	}
	for b.Loop() {
		routing.Plan(s, now)
	}
}

// Planning again and again for the same people comes to what planning anew each time does.
func TestAFloorIsPlannedForAgainAndAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		agents := make([]*routing.Agent, rapid.IntRange(1, 6).Draw(t, "agents"))
		for i := range agents {
			a := agent(i, func(a *routing.Agent) {
				a.IdleSince = now.Add(-time.Duration(rapid.IntRange(0, 5).Draw(t, "idle")) * time.Minute)
				a.Skills = routing.Skills{"ko": rapid.IntRange(1, 100).Draw(t, "ko")}
				a.Queues = map[string]int{"support": rapid.IntRange(1, 3).Draw(t, "level")}
			})
			agents[i] = &a
		}
		floor := routing.Survey(agents)
		for n := range rapid.IntRange(1, 12).Draw(t, "requests") {
			r := routing.Request{ID: id(1000 + n), Queue: "support", Cost: 20, ChannelKind: "webchat", Width: rapid.IntRange(0, 3).Draw(t, "width")}
			if rapid.Bool().Draw(t, "demanding") {
				r.Condition = atLeast(rapid.IntRange(1, 100).Draw(t, "least"))
			}
			var fresh routing.Snapshot
			for _, a := range agents {
				fresh.Agents = append(fresh.Agents, *a)
			}
			fresh.Requests = []routing.Request{r}
			require.Equal(t, routing.Plan(fresh, now), floor.Plan(fresh.Requests, now))
		}
		for _, a := range agents {
			require.LessOrEqual(t, a.Load, a.Capacity)
		}
	})
}

// atLeast is a condition on the level of Korean.
type atLeast int

func (n atLeast) Unmet(a *routing.Agent) string {
	if a.Skills["ko"] < int(n) {
		return "ko"
	}
	return ""
}
