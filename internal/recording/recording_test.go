package recording_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/clocktest"
	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/plan"
	"seax/internal/recording"
	"seax/internal/simulation"
)

// office is a floor at a time of its own.
type office struct {
	*dispatchtest.Floor
	t     *testing.T
	clock *clocktest.Clock
	desk  *dispatch.Desk
	log   *conversation.Log
}

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{Floor: dispatchtest.New(t), t: t, clock: clocktest.At(monday)}
	o.log = conversation.NewLog(o.Pool, o.clock.Now)
	o.desk = dispatch.New(o.log, dispatch.Timings{})
	return o
}

// hire adds an agent who is there for ever.
func (o *office) hire(name string, queues ...string) conversation.Person {
	o.t.Helper()
	p := o.Agent(name, 60, map[string]int{"ko": 70}, queues...)
	o.Exec(`update agents set lease_until = '2100-01-01', idle_since = $2 where id = $1`, p.ID, monday)
	return p
}

// come has a conversation begin to wait.
func (o *office) come(in dispatch.Enqueue) uuid.UUID {
	o.t.Helper()
	id := o.Conversation()
	o.Exec(`update conversations set opened_at = $2, language = 'ko', attributes = '{"tier": "gold"}' where id = $1`, id, o.clock.Now())
	in.RequestID = conversation.NewID()
	if in.Queue == "" {
		in.Queue = "support"
	}
	require.NoError(o.t, o.desk.Enqueue(o.t.Context(), id, in))
	return id
}

// answer has whoever is offered a conversation accept it.
func (o *office) answer(id uuid.UUID) {
	o.t.Helper()
	offer, agent := o.Offer(id)
	_, err := o.desk.Accept(o.t.Context(), offer, conversation.Person{ID: agent})
	require.NoError(o.t, err)
}

func (o *office) complete(id uuid.UUID, agent conversation.Person) {
	o.t.Helper()
	_, err := o.desk.Complete(o.t.Context(), id, dispatch.Caller{Person: agent}, dispatch.WrapUpResult{})
	require.NoError(o.t, err)
}

func (o *office) leave(id uuid.UUID) {
	o.t.Helper()
	require.NoError(o.t, o.log.Do(o.t.Context(), "leave", func(ctx context.Context, tx *conversation.Tx) error {
		c, err := tx.Lock(ctx, id)
		if err != nil {
			return err
		}
		_, err = tx.Append(c, conversation.Draft{Kind: conversation.CustomerLeft, Actor: conversation.System, Body: conversation.Reasoned{Reason: "closed_tab"}})
		return err
	}))
	_, err := o.desk.Abandon(o.t.Context(), id, "customer_left")
	require.NoError(o.t, err)
}

func (o *office) read(change ...func(*recording.Options)) *simulation.Recording {
	o.t.Helper()
	options := recording.Options{From: monday, To: monday.Add(24 * time.Hour), Most: 100}
	for _, c := range change {
		c(&options)
	}
	r, err := recording.Read(o.t.Context(), o.Pool, options)
	require.NoError(o.t, err)
	return r
}

func seconds(n int) simulation.Duration {
	return simulation.Duration(time.Duration(n) * time.Second)
}

func TestWhatCame(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.Plan(plan.Plan{ID: "care", Default: plan.Rule{Skills: map[string]int{"ko": 60}, Steps: []plan.Step{{Timeout: 60}, {Drop: []string{"*"}}}}})
	first := o.come(dispatch.Enqueue{Plan: "care", Preferred: map[string]int{"vip": 5}, Priority: 2, Reason: "asked"})
	o.clock.Pass(10 * time.Second)
	ana := o.hire("Ana", "support")
	require.NoError(t, o.desk.SetPresence(t.Context(), ana.ID, "break", false))
	require.NoError(t, o.desk.SetPresence(t.Context(), ana.ID, "available", false))
	o.clock.Pass(5 * time.Second)
	o.answer(first)
	o.clock.Pass(100 * time.Second)
	o.complete(first, ana)
	// Nobody speaks English, so this customer leaves.
	second := o.come(dispatch.Enqueue{Skills: map[string]int{"en": 50}})
	o.clock.Pass(40 * time.Second)
	o.leave(second)
	// The queue is full: one waits anyway, one does not.
	o.Exec(`update queues set max_waiting = 0 where id = 'billing'`)
	third := o.come(dispatch.Enqueue{Queue: "billing"})
	since := o.clock.Now()
	o.clock.Pass(7 * time.Second)
	require.NoError(t, o.desk.Enqueue(t.Context(), third, dispatch.Enqueue{RequestID: conversation.NewID(), Queue: "billing", Anyway: true, Since: since}))
	o.clock.Pass(time.Second)
	ben := o.hire("Ben", "billing")
	require.NoError(t, o.desk.Rematch(t.Context(), third))
	o.clock.Pass(2 * time.Second)
	o.answer(third)
	o.clock.Pass(30 * time.Second)
	// Ben hands over to Ana: that is still the same customer.
	_, err := o.desk.Transfer(t.Context(), third, dispatch.Caller{Person: ben}, dispatch.Transfer{Queue: "support", LetGo: true})
	require.NoError(t, err)
	o.clock.Pass(3 * time.Second)
	o.answer(third)
	o.clock.Pass(20 * time.Second)
	o.complete(third, ana)
	o.come(dispatch.Enqueue{Queue: "billing"})
	// This one waits still.
	o.come(dispatch.Enqueue{Skills: map[string]int{"en": 50}})

	r := o.read()
	require.Len(t, r.Arrivals, 4)
	a := r.Arrivals
	require.Equal(t, simulation.Customer{
		Queue: "support", Plan: "care", Channel: "webchat", ChannelID: "chat", Cost: 20, Preferred: map[string]int{"vip": 5}, Priority: 2,
		Language: "ko", Flow: "assistant", Reason: "asked", Attributes: map[string]string{"tier": "gold"},
	}, a[0].Customer, "what was asked for, not what the plan made of it")
	require.Equal(t, []any{true, seconds(15), seconds(100)}, []any{a[0].Answered, a[0].Waited, a[0].Handle})
	require.Equal(t, monday, a[0].At)
	require.Equal(t, []any{false, seconds(40), map[string]int{"en": 50}}, []any{a[1].Answered, a[1].Waited, map[string]int(a[1].Skills)})
	require.Equal(t, []any{true, seconds(10), seconds(50), "billing"}, []any{a[2].Answered, a[2].Waited, a[2].Handle, a[2].Queue}, "the first queue, and all who had it")
	require.Equal(t, []any{false, true, seconds(0)}, []any{a[3].Answered, a[3].GivenBack, a[3].Waited})
	require.InDelta(t, 0.5, *r.WaitsAnyway, 1e-9)

	r = o.read(func(o *recording.Options) { o.From = monday.Add(time.Minute) })
	require.Len(t, r.Arrivals, 3)
	_, err = recording.Read(t.Context(), o.Pool, recording.Options{From: monday, To: monday.Add(time.Hour), Most: 3})
	require.ErrorIs(t, err, recording.ErrTooMany)
}

func TestWhoTheyWere(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ana := o.hire("Ana", "support")
	again := func(contact uuid.UUID) {
		id := o.Conversation()
		o.Exec(`update conversations set opened_at = $2, contact_id = $3 where id = $1`, id, o.clock.Now(), contact)
		require.NoError(t, o.desk.Enqueue(t.Context(), id, dispatch.Enqueue{RequestID: conversation.NewID(), Queue: "support"}))
		o.clock.Pass(time.Second)
		o.answer(id)
		o.clock.Pass(time.Minute)
		o.complete(id, ana)
	}
	var contact uuid.UUID
	require.NoError(t, o.Pool.QueryRow(t.Context(), `select contact_id from conversations where id = $1`, o.Conversation()).Scan(&contact))
	o.Exec(`update conversations set opened_at = $1`, monday.Add(-time.Hour))
	again(contact)
	again(contact)
	r := o.read()
	require.Len(t, r.Arrivals, 2)
	require.Equal(t, []any{1, "", contact.String()}, []any{r.Arrivals[0].Earlier, r.Arrivals[0].LastAgent, r.Arrivals[0].Contact})
	require.Equal(t, 2, r.Arrivals[1].Earlier)
	require.Equal(t, ana.ID.String()+"@test", r.Arrivals[1].LastAgent)
}

func TestHowPeopleWorked(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ana := o.hire("Ana", "support")
	o.hire("Idle", "billing")
	o.Exec(`update agents set attributes = '{"team": "red"}', auto_accept = false where id = $1`, ana.ID)
	o.Exec(`update agent_queues set delay_s = 5 where agent_id = $1`, ana.ID)
	o.Exec(`insert into agent_channel_limits values ($1, 'webchat', 3)`, ana.ID)
	for i := range 40 {
		id := o.come(dispatch.Enqueue{})
		o.clock.Pass(5 * time.Second)
		require.NoError(t, o.desk.Rematch(t.Context(), id))
		offer, _ := o.Offer(id)
		o.clock.Pass(4 * time.Second)
		switch {
		case i%10 == 3:
			require.NoError(t, o.desk.Reject(t.Context(), offer, ana, ""))
			o.leave(id)
		case i%20 == 5:
			o.clock.Pass(time.Minute)
			require.NoError(t, o.desk.Timeout(t.Context(), offer))
			o.leave(id)
		default:
			o.answer(id)
			o.clock.Pass(10 * time.Second)
			o.complete(id, ana)
		}
	}
	finished := o.clock.Now()
	// From before states were kept.
	o.Exec(`delete from agent_states`)
	r := o.read()
	require.Len(t, r.Agents, 1, "who did nothing was not there")
	a := r.Agents[0]
	require.Equal(t, []any{"Ana", ana.ID.String(), 60, 70, 1, seconds(5), 3, "red"},
		[]any{a.Name, a.ID, a.Capacity, a.Skills["ko"], a.Queues["support"], a.Delays["support"], a.ChannelLimits["webchat"], a.Attributes["team"]})
	require.InDelta(t, 0.1, a.Rejects, 1e-9)
	require.InDelta(t, 0.05, a.Misses, 1e-9)
	require.Equal(t, seconds(4), a.Accept.Mean)
	require.Equal(t, []simulation.Shift{{Begins: monday.Add(5 * time.Second), Ends: finished}}, a.Shifts, "from what they did")

	given := []simulation.Shift{{From: 9 * time.Hour, To: 17 * time.Hour}}
	r = o.read(func(o *recording.Options) { o.Shifts = given })
	require.Len(t, r.Agents, 2)
	require.Equal(t, given, r.Agents[1].Shifts)
	require.Equal(t, a.Accept, r.Agents[1].Accept, "of whom nothing is known is like the others")

	// Where a history of presences is kept, it says when people worked.
	o.Exec(`delete from agent_states`)
	for _, s := range []struct {
		after         time.Duration
		presence      string
		offers, there bool
	}{
		{-3 * time.Hour, "offline", false, false},
		{-time.Hour, "available", true, true},
		{2 * time.Hour, "break", false, true},
		{3 * time.Hour, "available", true, true},
		{4 * time.Hour, "not_responding", false, true},
		{5 * time.Hour, "available", true, false},
		{5*time.Hour + 30*time.Second, "available", true, true},
		{6 * time.Hour, "offline", false, true},
	} {
		o.Exec(`insert into agent_states (agent_id, at, presence, offers_work, connected, handling) values ($1, $2, $3, $4, $5, 0)`, ana.ID, monday.Add(s.after), s.presence, s.offers, s.there)
	}
	r = o.read()
	require.Len(t, r.Agents, 1)
	require.Equal(t, []simulation.Shift{
		{Begins: monday, Ends: monday.Add(2 * time.Hour)}, {Begins: monday.Add(3 * time.Hour), Ends: monday.Add(6 * time.Hour)},
	}, r.Agents[0].Shifts)
}

// What is recorded can be simulated, and is then much as it was.
func TestARecordingCanBeSimulated(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ana := o.hire("Ana", "support")
	for range 30 {
		id := o.come(dispatch.Enqueue{})
		o.clock.Pass(3 * time.Second)
		o.answer(id)
		o.clock.Pass(2 * time.Minute)
		o.complete(id, ana)
		o.clock.Pass(30 * time.Second)
	}
	// Ana worked until her last customer had gone.
	o.Exec(`delete from agent_states`)
	r := o.read()
	s := simulation.Scenario{Recorded: &simulation.Recorded{Recording: r}, Agents: r.Agents}
	require.NoError(t, s.Complete())
	result, err := simulation.Run(t.Context(), s, 1)
	require.NoError(t, err)
	require.Equal(t, 30, result.All.Answered)
	require.InDelta(t, 3, result.All.MeanWait, 2)
	require.InDelta(t, 120.0/153*20/60, result.Agents["Ana"].Occupancy, 0.05)
}
