package dispatch_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/plan"
)

func by(name string) func(*dispatch.Enqueue) {
	return func(e *dispatch.Enqueue) { e.Plan = name }
}

func number(n int) *int { return &n }

// escalation asks for Korean speakers, then for less of it, then for anybody in billing.
func escalation() plan.Plan {
	return plan.Plan{
		ID: "care",
		Rules: []plan.Rule{{
			Name: "vip", When: `request.attributes["tier"] == "gold"`, Priority: number(5),
			Steps: []plan.Step{{Queue: "billing", Timeout: 30}, {Anyone: true}},
		}},
		Default: plan.Rule{Skills: map[string]int{"ko": 60}, Steps: []plan.Step{
			{Timeout: 30}, {Lower: map[string]int{"ko": 30}, Timeout: 30, Priority: number(3)}, {Queue: "billing", Drop: []string{"*"}, Timeout: 60},
		}},
	}
}

func TestStepsWidenTheSearch(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	f.Agent("Ana", 100, map[string]int{"ko": 30}, "support")
	f.Agent("Bill", 100, nil, "billing")
	f.Plan(escalation())
	id := f.Waiting("support", by("care"))
	first := f.Step(id)
	require.Equal(t, "default", first.Rule)
	require.Empty(t, f.Offered(id), "nobody speaks Korean well enough")
	require.WithinDuration(t, time.Now().Add(30*time.Second), first.Until, 5*time.Second)

	require.NoError(t, f.Desk.StepDue(t.Context(), id))
	require.Zero(t, f.Step(id).Step, "not before its time")
	f.Pass(id)
	second := f.Step(id)
	require.Equal(t, []string{"Ana"}, f.Offered(id))
	require.Equal(t, 1, second.Step)
	require.Equal(t, first.Rank-3*600_000_000, second.Rank, "three points of priority, ten minutes each, and the place in line kept")

	f.Pass(id)
	require.Equal(t, []string{"Ana"}, f.Offered(id), "who is being asked may answer")
	require.Equal(t, "billing", f.Step(id).Queue)
	offer, ana := f.Offer(id)
	require.NoError(t, f.Desk.Reject(t.Context(), offer, conversation.Person{ID: ana}, ""))
	require.Equal(t, []string{"Bill"}, f.Offered(id))

	f.Pass(id)
	require.Equal(t, "offered", f.Step(id).State, "the last step lasts until who is asked has answered")
	var body conversation.StepBody
	f.Last(id, conversation.RoutingStep, &body)
	require.Equal(t, "postponed", body.Reason)
	offer, bill := f.Offer(id)
	require.NoError(t, f.Desk.Reject(t.Context(), offer, conversation.Person{ID: bill}, ""))
	f.Pass(id)
	phase, _, _ := f.Row(id)
	require.Equal(t, conversation.InFlow, phase)
	var over conversation.OverflowBody
	f.Last(id, conversation.RoutingOverflowed, &over)
	require.Equal(t, dispatch.OverflowExhausted, over.Reason)
}

func TestRulesAreChosenByConditions(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	f.Agent("Sue", 100, nil, "support")
	f.Plan(escalation())
	id := f.Conversation()
	f.Exec(`update conversations set attributes = '{"tier": "gold"}' where id = $1`, id)
	require.NoError(t, f.Desk.Enqueue(t.Context(), id, dispatch.Enqueue{RequestID: conversation.NewID(), Queue: "support", Plan: "care"}))
	s := f.Step(id)
	require.Equal(t, "vip", s.Rule)
	require.Equal(t, "billing", s.Queue)
	require.Equal(t, 5, s.Priority)
	require.Empty(t, f.Offered(id))
	f.Pass(id)
	require.Equal(t, []string{"Sue"}, f.Offered(id), "anyone: whatever their queues")
	require.ErrorIs(t, f.Desk.Enqueue(t.Context(), f.Conversation(), dispatch.Enqueue{RequestID: conversation.NewID(), Queue: "support", Plan: "nope"}), dispatch.ErrUnknown)
}

func TestAnAgentWhoComesServesAnyone(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	f.Plan(plan.Plan{ID: "all", Default: plan.Rule{Steps: []plan.Step{{Anyone: true, Agents: `agent.attributes.floor == 2`}}}})
	id := f.Waiting("support", by("all"))
	up := f.Agent("Up", 100, nil)
	down := f.Agent("Down", 100, nil)
	f.Exec(`update agents set attributes = '{"floor": 2}' where id = $1`, up.ID)
	for _, who := range []conversation.Person{down, up} {
		require.NoError(t, f.Desk.SetPresence(t.Context(), who.ID, "break", false))
		require.NoError(t, f.Desk.SetPresence(t.Context(), who.ID, "available", false))
	}
	require.Equal(t, []string{"Up"}, f.Offered(id))
}

func TestBroadcastHasOneWinner(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	people := map[string]conversation.Person{}
	for _, name := range []string{"A", "B", "C", "D"} {
		people[name] = f.Agent(name, 100, nil, "support")
	}
	f.Plan(plan.Plan{ID: "wide", Default: plan.Rule{Steps: []plan.Step{{Width: 3}}}})
	id := f.Waiting("support", by("wide"))
	asked := f.Offered(id)
	require.Len(t, asked, 3)
	require.Equal(t, "offered", f.Step(id).State)
	offers := map[string]uuid.UUID{}
	for _, name := range asked {
		var offer uuid.UUID
		require.NoError(t, f.Pool.QueryRow(t.Context(), `select id from reservations where conversation_id = $1 and agent_id = $2`, id, people[name].ID).Scan(&offer))
		offers[name] = offer
	}
	require.NoError(t, f.Desk.Reject(t.Context(), offers[asked[0]], people[asked[0]], ""))
	require.Len(t, f.Offered(id), 3, "the fourth is asked in the first one's stead")
	phase, _, _ := f.Row(id)
	require.Equal(t, conversation.InOffer, phase)
	_, err := f.Desk.Accept(t.Context(), offers[asked[1]], people[asked[1]])
	require.NoError(t, err)
	require.Empty(t, f.Offered(id))
	for name, p := range people {
		load, _ := f.Load(p.ID)
		require.Equal(t, map[bool]int{true: 20}[name == asked[1]], load, name)
	}
	var gone *dispatch.GoneError
	_, err = f.Desk.Accept(t.Context(), offers[asked[2]], people[asked[2]])
	require.ErrorAs(t, err, &gone)
	require.Equal(t, asked[1], gone.TakenBy)
	var body conversation.ReservationEnd
	f.Last(id, conversation.ReservationRescinded, &body)
	require.Equal(t, asked[1], body.TakenBy)
}

func TestBroadcastWaitsForAsManyAsItAsks(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	f.Agent("A", 100, nil, "support")
	late := f.Agent("B", 100, nil, "support")
	require.NoError(t, f.Desk.SetPresence(t.Context(), late.ID, "break", false))
	f.Plan(plan.Plan{ID: "wide", Default: plan.Rule{Steps: []plan.Step{{Width: 2}}}})
	id := f.Waiting("support", by("wide"))
	require.Equal(t, []string{"A"}, f.Offered(id))
	require.Equal(t, "waiting", f.Step(id).State)
	require.NoError(t, f.Desk.SetPresence(t.Context(), late.ID, "available", false))
	require.ElementsMatch(t, []string{"A", "B"}, f.Offered(id), "who comes later is asked too")
	require.Equal(t, "offered", f.Step(id).State)
}

func TestOverflowOfAQueue(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		queue  string
		reason string
		lands  string
	}{
		"full to another queue": {`update queues set max_waiting = 0, overflow = '{"full": {"queue": "billing"}}' where id = 'support'`, "", "billing"},
		"full, to the flow":     {`update queues set max_waiting = 0 where id = 'support'`, dispatch.OverflowFull, ""},
		"closed":                {`update queues set hours = '{"mon": []}', overflow = '{"closed": {}}' where id = 'support'`, dispatch.OverflowClosed, ""},
		"closed, but waits":     {`update queues set hours = '{"mon": []}' where id = 'support'`, "", "support"},
		"unstaffed":             {`update queues set overflow = '{"unstaffed": {}}' where id = 'support'`, dispatch.OverflowUnstaffed, ""},
		"draining":              {`update queues set draining = true where id = 'support'`, dispatch.OverflowDraining, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := dispatchtest.New(t)
			f.Exec(c.queue)
			id := f.Waiting("support")
			phase, _, _ := f.Row(id)
			if c.reason == "" {
				require.Equal(t, conversation.InQueue, phase)
				require.Equal(t, c.lands, f.Step(id).Queue)
				return
			}
			require.Equal(t, conversation.InFlow, phase)
			var body conversation.OverflowBody
			f.Last(id, conversation.RoutingOverflowed, &body)
			require.Equal(t, c.reason, body.Reason)
			// The flow may insist, and keeps the place in line.
			require.NoError(t, f.Desk.Enqueue(t.Context(), id, dispatch.Enqueue{RequestID: conversation.NewID(), Queue: "support", Anyway: true, Since: body.Since}))
			phase, _, _ = f.Row(id)
			require.Equal(t, conversation.InQueue, phase)
		})
	}
}

func TestAPlanThatChangesTakesWhatWaitsAlong(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	f.Agent("Bill", 100, nil, "billing")
	p := escalation()
	f.Plan(p)
	id := f.Waiting("support", by("care"))
	before := f.Step(id)
	f.Pass(id)
	require.Equal(t, 1, f.Step(id).Step)
	p.Default.Steps[1].Priority = number(7)
	f.Plan(p)
	s := f.Step(id)
	require.Equal(t, 1, s.Step, "the step is kept")
	require.Equal(t, 7, s.Priority)
	require.Equal(t, before.Rank-7*600_000_000, s.Rank)
	p.Rules = append(p.Rules, plan.Rule{Name: "chat", When: `request.channel == "webchat"`, Steps: []plan.Step{{Queue: "billing"}}})
	f.Plan(p)
	require.Equal(t, "chat", f.Step(id).Rule)
	require.Equal(t, []string{"Bill"}, f.Offered(id))
	f.Exec(`delete from plans`)
	repaired, err := f.Desk.Sweep(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, repaired.Refreshed)
	require.Equal(t, "support", f.Step(id).Queue, "without its plan it waits where it came for")
}

func TestKnownAgentsOfAStep(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	f.Agent("Ana", 100, nil, "support")
	tom := f.Agent("Tom", 100, nil, "billing")
	f.Plan(plan.Plan{ID: "mine", Default: plan.Rule{Steps: []plan.Step{{Known: "manager", Timeout: 20}, {}}}})
	open := func(manager string) uuid.UUID {
		id := f.Conversation()
		f.Exec(`update conversations set attributes = jsonb_build_object('manager', $2::text) where id = $1`, id, manager)
		require.NoError(t, f.Desk.Enqueue(t.Context(), id, dispatch.Enqueue{RequestID: conversation.NewID(), Queue: "support", Plan: "mine"}))
		return id
	}
	require.Equal(t, []string{"Tom"}, f.Offered(open("Tom")))
	require.Equal(t, []string{"Tom"}, f.Offered(open(tom.ID.String())))
	require.Equal(t, []string{"Ana"}, f.Offered(open("Nobody")), "who is not there is passed over")
	require.Equal(t, []string{"Ana"}, f.Offered(open("")))
}

func TestAgentsWhoAreAskedLater(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	late := f.Agent("Late", 100, nil, "support")
	f.Exec(`update agent_queues set delay_s = 60 where agent_id = $1`, late.ID)
	id := f.Waiting("support")
	require.Empty(t, f.Offered(id))
	var body conversation.Requested
	f.Last(id, conversation.RoutingRequested, &body)
	require.Len(t, body.LookAgain, 1, "the workflow looks again then")
	f.Exec(`update requests set queue_since = now() - interval '61 seconds'`)
	require.NoError(t, f.Desk.Rematch(t.Context(), id))
	require.Equal(t, []string{"Late"}, f.Offered(id))
}

func TestMembersByCondition(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 100, map[string]int{"ko": 80})
	f.Agent("Tom", 100, nil, "support")
	f.Exec(`update queues set members_when = 'agent.skills.ko >= 50' where id = 'support'`)
	changed, err := f.Desk.Refresh(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, changed)
	id := f.Waiting("support", skilled(map[string]int{"ko": 50}))
	require.Equal(t, []string{"Ana"}, f.Offered(id))
	f.Exec(`delete from agent_skills where agent_id = $1`, ana.ID)
	changed, err = f.Desk.Refresh(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, changed)
	var members int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select count(*) from agent_queues where queue_id = 'support'`).Scan(&members))
	require.Equal(t, 1, members, "who is named stays")
}

func TestPausedQueuesOfferNothing(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 100, nil, "support")
	boss := conversation.Person{ID: conversation.NewID(), Name: "Grace"}
	yes, no := true, false
	require.NoError(t, f.Desk.ControlQueue(t.Context(), "support", boss, dispatch.Control{Paused: &yes, Reason: "fire drill"}))
	id := f.Waiting("support")
	require.NoError(t, f.Desk.SetPresence(t.Context(), ana.ID, "available", false))
	require.Empty(t, f.Offered(id))
	require.NoError(t, f.Desk.ControlQueue(t.Context(), "support", boss, dispatch.Control{Paused: &no, Reason: "over"}))
	require.Equal(t, []string{"Ana"}, f.Offered(id))
	var noted int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select count(*) from audit where name = 'Grace' and reason = 'fire drill'`).Scan(&noted))
	require.Equal(t, 1, noted)
	require.ErrorIs(t, f.Desk.ControlQueue(t.Context(), "nope", boss, dispatch.Control{Paused: &yes, Reason: "x"}), dispatch.ErrUnknown)
}

func TestOrdersThroughTheDatabase(t *testing.T) {
	t.Parallel()
	for order, first := range map[string]string{"longest_idle": "Idle", "least_loaded": "Light", "most_skilled": "Skilled", "attributes": "Rated"} {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			f := dispatchtest.New(t)
			f.Exec(`update queues set agent_order = $1, order_by = case when $1 = 'attributes' then '[{"attribute": "rating", "descending": true}]'::jsonb else '[]' end`, order)
			f.Agent("Light", 400, map[string]int{"en": 50}, "support")
			idle := f.Agent("Idle", 100, map[string]int{"en": 50}, "support")
			f.Agent("Skilled", 100, map[string]int{"en": 90}, "support")
			rated := f.Agent("Rated", 100, map[string]int{"en": 50}, "support")
			f.Exec(`update agents set load = 20`)
			f.Exec(`update agents set idle_since = now() - interval '2 hours' where id = $1`, idle.ID)
			f.Exec(`update agents set attributes = '{"rating": 4.5}' where id = $1`, rated.ID)
			require.Equal(t, []string{first}, f.Offered(f.Waiting("support", skilled(map[string]int{"en": 40}))))
		})
	}
}

// Who is at the limit of a channel has no room there, whatever their capacity.
func TestRoomIsByChannel(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 100, nil, "support")
	f.Agent("Bill", 100, nil, "billing")
	f.Plan(plan.Plan{ID: "skipping", Default: plan.Rule{Steps: []plan.Step{{SkipIf: "agents.with_capacity == 0", Timeout: 30}, {Queue: "billing"}}}})
	f.Exec(`insert into agent_channel_limits values ($1, 'webchat', 1), ($1, 'sms', 0)`, ana.ID)
	first, second := f.Waiting("support", by("skipping")), f.Waiting("support", by("skipping"))
	require.Equal(t, []string{"Ana"}, f.Offered(first))
	require.Equal(t, 1, f.Step(second).Step)
	require.Equal(t, []string{"Bill"}, f.Offered(second))

	p, err := plan.Compile(plan.Plan{Default: plan.Rule{Steps: []plan.Step{{SkipIf: "agents.with_capacity == 0"}}}})
	require.NoError(t, err)
	for channel, skipped := range map[string]string{"webchat": "skip_if", "sms": "skip_if", "line": ""} {
		tried, err := f.Desk.Try(t.Context(), p, dispatch.Trial{Queue: "support", Channel: channel})
		require.NoError(t, err)
		require.Equal(t, skipped, tried.Steps[0].Skipped, channel)
	}
}
