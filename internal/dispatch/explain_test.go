package dispatch_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/plan"
)

// codes lists whom an offer was not made to, with the first reason of each.
func codes(others []conversation.Other) map[string]string {
	all := map[string]string{}
	for _, o := range others {
		all[o.Agent.Name] = o.Why[0].Code
	}
	return all
}

func TestAnOfferRemembersWhoElseWasLookedAt(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 100, map[string]int{"ko": 80}, "support")
	f.Agent("Ben", 100, map[string]int{"ko": 80}, "support")
	f.Agent("Cho", 10, map[string]int{"ko": 80}, "support")
	f.Agent("Dan", 100, nil, "support")
	f.Agent("Gil", 100, nil, "support")
	f.Exec(`update agents set lease_until = '-infinity' where id = (select id from people where name = 'Gil')`)
	eve := f.Agent("Eve", 100, map[string]int{"ko": 80}, "support")
	f.Agent("Fay", 100, map[string]int{"ko": 80}, "billing")
	f.Exec(`update agents set presence = 'break' where id = $1`, eve.ID)
	f.Exec(`update agents set idle_since = now() - interval '2 hours' where id = $1`, ana.ID)
	id := f.Waiting("support", skilled(map[string]int{"ko": 60}))
	require.Equal(t, []string{"Ana"}, f.Offered(id))
	var body conversation.Reserved
	f.Last(id, conversation.ReservationCreated, &body)
	require.Equal(t, map[string]string{"Ben": "less_idle", "Cho": "capacity", "Dan": "skill", "Eve": "presence"}, codes(body.Others), "who is in other queues was not looked at")
	require.True(t, body.Others[0].Could)
	require.Equal(t, "Ben", body.Others[0].Agent.Name)

	// What was so then stays written, whatever becomes of it.
	f.Exec(`update agents set presence = 'available'`)
	offer, _ := f.Offer(id)
	require.NoError(t, f.Desk.Reject(t.Context(), offer, ana, "lunch"))
	require.Equal(t, []string{"Ben"}, f.Offered(id))
	f.Last(id, conversation.ReservationCreated, &body)
	require.Equal(t, map[string]string{"Ana": "excluded", "Cho": "capacity", "Dan": "skill", "Eve": "equal"}, coarse(codes(body.Others)))

	x, err := f.Desk.Explain(t.Context(), id)
	require.NoError(t, err)
	require.Len(t, x.Offers, 2)
	require.Equal(t, "rejected", x.Offers[0].State)
	require.Equal(t, "lunch", x.Offers[0].Reason)
	require.NotNil(t, x.Offers[0].EndedAt)
	require.Equal(t, map[string]string{"Ben": "less_idle", "Cho": "capacity", "Dan": "skill", "Eve": "presence"}, codes(x.Offers[0].Others))
	require.Equal(t, "pending", x.Offers[1].State)
	require.Nil(t, x.Owner)
	offer, ben := f.Offer(id)
	_, err = f.Desk.Accept(t.Context(), offer, conversation.Person{ID: ben})
	require.NoError(t, err)
	x, err = f.Desk.Explain(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, "accepted", x.Offers[1].State)
	require.Equal(t, "Ben", x.Owner.Agent.Name)
	require.Equal(t, "accepted", x.Owner.How)
	require.Contains(t, x.Summary, "Ben has it; they accepted it at")
}

// coarse takes ties of fractions of a second for what they are.
func coarse(codes map[string]string) map[string]string {
	for name, code := range codes {
		if code == "less_idle" || code == "not_their_turn" {
			codes[name] = "equal"
		}
	}
	return codes
}

func TestAFreedAgentsOfferRemembersTheOthersToo(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 100, nil, "support")
	f.Agent("Ben", 10, nil, "support")
	limited := f.Agent("Cho", 100, nil, "support")
	f.Exec(`insert into agent_channel_limits values ($1, 'webchat', 0)`, limited.ID)
	away := f.Agent("Dan", 100, nil, "support")
	f.Exec(`update agents set presence = 'break' where id = $1`, away.ID)
	for i := range 20 {
		p := f.Agent(fmt.Sprintf("Home %d", i), 100, nil, "support")
		f.Exec(`update agents set presence = 'offline', lease_until = '-infinity' where id = $1`, p.ID)
	}
	require.NoError(t, f.Desk.SetPresence(t.Context(), ana.ID, "break", false))
	id := f.Waiting("support")
	require.Empty(t, f.Offered(id))
	require.NoError(t, f.Desk.SetPresence(t.Context(), ana.ID, "available", false))
	var body conversation.Reserved
	f.Last(id, conversation.ReservationCreated, &body)
	require.Equal(t, "next_in_line", body.Why[0].Code)
	require.Equal(t, map[string]string{"Ben": "capacity", "Cho": "channel_limit", "Dan": "presence"}, codes(body.Others), "who was not there was not near")
}

func TestOffersToSeveralKnowOfEachOther(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	for _, name := range []string{"A", "B", "C"} {
		f.Agent(name, 100, nil)
	}
	f.Plan(plan.Plan{ID: "wide", Default: plan.Rule{Steps: []plan.Step{{Anyone: true, Width: 2}}}})
	id := f.Waiting("support", by("wide"))
	x, err := f.Desk.Explain(t.Context(), id)
	require.NoError(t, err)
	require.Len(t, x.Offers, 2)
	first, second := x.Offers[0], x.Offers[1]
	require.Equal(t, "offered", codes(second.Others)[first.Agent.Name])
	require.Len(t, second.Others, 2)
	require.Equal(t, "anyone", first.Why[0].Code, "agents of every queue are asked")
	require.Equal(t, "wide", first.Plan)
}

func TestWorkflowsAreNotToldOfTheOthers(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	f.Agent("Ana", 100, nil, "support")
	f.Agent("Ben", 100, nil, "support")
	id := f.Waiting("support")
	inputs, _, err := f.Log.Inputs(t.Context(), id, 0)
	require.NoError(t, err)
	for _, e := range inputs {
		if e.Kind == conversation.ReservationCreated {
			var raw map[string]json.RawMessage
			require.NoError(t, e.Decode(&raw))
			require.NotContains(t, raw, "others")
			require.Contains(t, raw, "why")
			return
		}
	}
	require.Fail(t, "there is no offer")
}

func TestExplainTellsThePlan(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	f.Agent("Ana", 100, map[string]int{"ko": 30}, "support")
	f.Plan(plan.Plan{ID: "care", Default: plan.Rule{Steps: []plan.Step{
		{Known: "last", Timeout: 20}, {SkipIf: "agents.available > 0", Timeout: 20},
		{Agents: `agent.skills.ko >= 60 && agent.load == 0`, Timeout: 30}, {Anyone: true, Agents: `agent.skills.ko >= 90`},
	}}})
	id := f.Waiting("support", by("care"))
	x, err := f.Desk.Explain(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, "care", x.Request.Plan.ID)
	require.Equal(t, 2, x.Request.Plan.Step)
	require.Equal(t, 4, x.Request.Plan.Steps)
	require.NotNil(t, x.Request.Plan.Until)
	require.Equal(t, `agent.skills.ko >= 60 && agent.load == 0`, x.Request.Condition)
	require.Equal(t, []plan.Skip{{Step: 0, Reason: "known_agent"}, {Step: 1, Reason: "skip_if"}}, x.Way[0].Skipped)
	require.Equal(t, "requested", x.Way[0].Reason)
	require.Equal(t, "condition", x.Agents[0].Obstacles[0].Code)
	require.Equal(t, "agent.skills.ko >= 60", x.Agents[0].Obstacles[0].Params["clause"])
	require.Contains(t, x.Summary, "1 not as the plan demands")

	f.Pass(id)
	x, err = f.Desk.Explain(t.Context(), id)
	require.NoError(t, err)
	require.True(t, x.Request.Anyone)
	require.Nil(t, x.Request.Plan.Until)
	require.Len(t, x.Way, 2)
	require.Equal(t, "timeout", x.Way[1].Reason)
	require.Equal(t, 3, x.Way[1].Step)

	yes := true
	require.NoError(t, f.Desk.ControlQueue(t.Context(), "support", conversation.Person{ID: uuid.New(), Name: "Grace"}, dispatch.Control{Paused: &yes, Reason: "drill"}))
	x, err = f.Desk.Explain(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, "Queue support is paused; nothing is offered from it.", x.Summary)
	require.Equal(t, "paused", x.Agents[0].Obstacles[0].Code)
}

func TestSupervisorsReprioritise(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	first, second := f.Waiting("support"), f.Waiting("support")
	grace := conversation.Person{ID: conversation.NewID(), Name: "Grace"}
	before := f.Step(second)
	c, err := f.Desk.Reprioritise(t.Context(), second, grace, 7, "the mayor")
	require.NoError(t, err)
	require.Equal(t, 7, c.Priority)
	require.Equal(t, before.Rank-7*600_000_000, f.Step(second).Rank)
	var body conversation.PriorityBody
	f.Last(second, conversation.Reprioritised, &body)
	require.Equal(t, conversation.PriorityBody{To: 7, Reason: "the mayor"}, body)
	var noted int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select count(*) from audit where action = 'conversation.priority' and name = 'Grace' and subject = $1 and reason = 'the mayor' and detail = '{"from": 0, "to": 7}'`, second).Scan(&noted))
	require.Equal(t, 1, noted)
	f.Agent("Ana", 20, nil, "support")
	_, err = f.Desk.Sweep(t.Context())
	require.NoError(t, err)
	require.Empty(t, f.Offered(first))
	require.Equal(t, []string{"Ana"}, f.Offered(second))

	// With the flow it counts when it comes to a queue.
	flow := f.Conversation()
	_, err = f.Desk.Reprioritise(t.Context(), flow, grace, 3, "regular")
	require.NoError(t, err)
	require.NoError(t, f.Desk.Enqueue(t.Context(), flow, dispatch.Enqueue{RequestID: conversation.NewID(), Queue: "support"}))
	require.Equal(t, 3, f.Step(flow).Priority)
}

func TestSupervisorsForceWrapUp(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 100, nil, "support")
	id := f.Waiting("support")
	offer, _ := f.Offer(id)
	grace := dispatch.Caller{Person: conversation.Person{ID: conversation.NewID(), Name: "Grace"}, Supervisor: true}
	_, err := f.Desk.ForceWrapUp(t.Context(), id, grace, "went home")
	require.ErrorIs(t, err, dispatch.ErrPhase)
	_, err = f.Desk.Accept(t.Context(), offer, ana)
	require.NoError(t, err)
	_, err = f.Desk.Transfer(t.Context(), id, dispatch.Caller{Person: ana}, dispatch.Transfer{Queue: "billing"})
	require.NoError(t, err)
	c, err := f.Desk.ForceWrapUp(t.Context(), id, grace, "went home")
	require.NoError(t, err)
	require.Equal(t, conversation.InFlow, c.Phase)
	require.Nil(t, c.Transfer)
	load, _ := f.Load(ana.ID)
	require.Zero(t, load)
	var body conversation.WrappedBody
	f.Last(id, conversation.Wrapped, &body)
	require.True(t, body.Forced)
	require.Equal(t, "went home", body.Reason)
	var actor conversation.Actor
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select actor from conversation_events where conversation_id = $1 and kind = 'conversation.wrapped'`, id).Scan(&actor))
	require.Equal(t, "Grace", actor.Name)
	var noted int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select count(*) from audit where action = 'conversation.force_wrap_up' and name = 'Grace' and subject = $1 and reason = 'went home' and detail ->> 'name' = 'Ana'`, id).Scan(&noted))
	require.Equal(t, 1, noted)

	// Also one who is wrapping up for ever.
	id = f.Waiting("support")
	offer, _ = f.Offer(id)
	_, err = f.Desk.Accept(t.Context(), offer, ana)
	require.NoError(t, err)
	_, err = f.Desk.WrapUp(t.Context(), id, dispatch.Caller{Person: ana})
	require.NoError(t, err)
	c, err = f.Desk.ForceWrapUp(t.Context(), id, grace, "too long")
	require.NoError(t, err)
	require.Equal(t, conversation.InFlow, c.Phase)
}
