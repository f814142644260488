package dispatch_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"seax/internal/clocktest"
	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/plan"
	"seax/internal/sla"
)

// office is a floor whose queues promise something: support a first word in 10 minutes, an answer in 5, the end in an hour; billing a
// first word in 20.
type office struct {
	*dispatchtest.Floor
	clock *clocktest.Clock
	begun time.Time
	t     *testing.T
}

func newOffice(t *testing.T) *office {
	t.Helper()
	begun := time.Now().UTC().Truncate(time.Second)
	clock := clocktest.At(begun)
	o := &office{dispatchtest.NewAt(t, clock.Now), clock, begun, t}
	o.Exec(`update queues set offer_timeout_s = 3600`)
	o.promise("support", `{"first_reply_s": 600, "next_reply_s": 300, "resolution_s": 3600, "warn_percent": 50}`)
	o.promise("billing", `{"first_reply_s": 1200, "next_reply_s": 300, "resolution_s": 3600, "warn_percent": 50}`)
	return o
}

func (o *office) promise(queue, targets string) {
	o.t.Helper()
	o.Exec(`update queues set sla = $2 where id = $1`, queue, targets)
	_, err := o.Desk.Refresh(o.t.Context())
	require.NoError(o.t, err)
}

// after is so many seconds after the beginning.
func (o *office) after(seconds int) *time.Time {
	at := o.begun.Add(time.Duration(seconds) * time.Second)
	return &at
}

func (o *office) pass(seconds int) { o.clock.Pass(time.Duration(seconds) * time.Second) }

// look is what the workflow does when its timer fires.
func (o *office) look(id uuid.UUID) sla.Mark {
	o.t.Helper()
	mark, err := o.Log.SLADue(o.t.Context(), id)
	require.NoError(o.t, err)
	return mark
}

// row is what lists and workflows see of the clocks.
type slaRow struct {
	State     string
	Due, Look *time.Time
}

func (o *office) row(id uuid.UUID) slaRow {
	o.t.Helper()
	var r slaRow
	require.NoError(o.t, o.Pool.QueryRow(o.t.Context(), `select sla_state, sla_due, sla_look from conversations where id = $1`, id).Scan(&r.State, &r.Due, &r.Look))
	for _, at := range []*time.Time{r.Due, r.Look} {
		if at != nil {
			*at = at.UTC()
		}
	}
	return r
}

// log lists what is said of the clocks, and what became of them.
func (o *office) log(id uuid.UUID) []string {
	o.t.Helper()
	rows, err := o.Pool.Query(o.t.Context(), `select kind || ' ' || (body->>'target') || ' of ' || (body->>'queue') from conversation_events
		where conversation_id = $1 and kind in ('sla.warned', 'sla.breached') order by seq`, id)
	require.NoError(o.t, err)
	return lines(o.t, rows)
}

func lines(t *testing.T, rows pgx.Rows) []string {
	t.Helper()
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return all
}

func (o *office) outcomes(id uuid.UUID) []string {
	o.t.Helper()
	rows, err := o.Pool.Query(o.t.Context(), `select format('%s of %s: met %s, breached %s, %s of %s s', target, queue_id, met, breached, used_s, promised_s)
		from sla_outcomes where conversation_id = $1 order by period`, id)
	require.NoError(o.t, err)
	return lines(o.t, rows)
}

// told is the last that events have told the workflow.
func (o *office) told(id uuid.UUID) sla.Mark {
	o.t.Helper()
	inputs, _, err := o.Log.Inputs(o.t.Context(), id, 0)
	require.NoError(o.t, err)
	var mark sla.Mark
	for _, e := range inputs {
		if e.SLA != nil {
			mark = *e.SLA
		}
	}
	return mark
}

func (o *office) accept(id uuid.UUID, who conversation.Person) {
	o.t.Helper()
	offer, _ := o.Offer(id)
	_, err := o.Desk.Accept(o.t.Context(), offer, who)
	require.NoError(o.t, err)
}

func (o *office) reply(id uuid.UUID, who conversation.Person) error {
	_, err := o.Log.Reply(o.t.Context(), id, conversation.NewID(), who, conversation.Message{Text: "hello"})
	return err
}

func (o *office) says(id uuid.UUID, who conversation.Person) {
	o.t.Helper()
	require.NoError(o.t, o.reply(id, who))
}

func (o *office) write(id uuid.UUID) error {
	return o.Log.Do(o.t.Context(), "write", func(ctx context.Context, tx *conversation.Tx) error {
		c, err := tx.Lock(ctx, id)
		if err != nil {
			return err
		}
		_, err = tx.Append(c, conversation.Draft{Kind: conversation.CustomerMessage, Actor: conversation.Actor{Kind: conversation.ByCustomer}, Body: conversation.Message{Text: "hi"}})
		return err
	})
}

func (o *office) customerWrites(id uuid.UUID) {
	o.t.Helper()
	require.NoError(o.t, o.write(id))
}

func TestClocksOfATalk(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ana := o.Agent("Ana", 100, nil, "support")
	id := o.Conversation()
	o.customerWrites(id)
	require.Equal(t, slaRow{}, o.row(id), "the bot's")
	o.pass(10)
	require.NoError(t, o.Desk.Enqueue(t.Context(), id, dispatch.Enqueue{RequestID: conversation.NewID(), Queue: "support"}))
	require.Equal(t, slaRow{"ok", o.after(600), o.after(300)}, o.row(id), "since the customer wrote, not since it was queued")
	require.Equal(t, sla.Mark{Look: *o.after(300), Due: *o.after(600)}, o.told(id))

	// Timers that fire early or twice change nothing.
	o.pass(280)
	require.Equal(t, *o.after(300), o.look(id).Look)
	o.pass(10)
	require.Equal(t, *o.after(600), o.look(id).Look)
	require.Equal(t, *o.after(600), o.look(id).Look)
	require.Equal(t, []string{"sla.warned first_reply of support"}, o.log(id))
	require.Equal(t, slaRow{"warned", o.after(600), o.after(600)}, o.row(id))

	o.accept(id, ana)
	o.pass(100)
	o.says(id, ana)
	require.Equal(t, slaRow{State: "paused"}, o.row(id), "the customer has the word")
	require.Equal(t, sla.Mark{}, o.told(id))
	require.Equal(t, []string{"first_reply of support: met t, breached f, 400 of 600 s"}, o.outcomes(id))

	// They are silent for a day, then write twice.
	o.pass(86_400)
	o.customerWrites(id)
	o.pass(60)
	o.customerWrites(id)
	require.Equal(t, slaRow{"ok", o.after(400 + 86_400 + 300), o.after(400 + 86_400 + 150)}, o.row(id))
	require.Equal(t, *o.after(86_800 + 150), o.told(id).Look)
	// The agent answers late, and nobody's timer has fired meanwhile: the answer itself finds the breach.
	o.pass(300)
	o.says(id, ana)
	require.Equal(t, []string{"sla.warned first_reply of support", "sla.breached next_reply of support"}, o.log(id))
	o.pass(10)
	_, err := o.Desk.WrapUp(t.Context(), id, dispatch.Caller{Person: ana})
	require.NoError(t, err)
	require.Equal(t, slaRow{}, o.row(id))
	require.Equal(t, []string{
		"first_reply of support: met t, breached f, 400 of 600 s", "resolution of support: met t, breached f, 760 of 3600 s", "next_reply of support: met t, breached t, 360 of 300 s",
	}, o.outcomes(id))
	var by uuid.UUID
	require.NoError(t, o.Pool.QueryRow(t.Context(), `select agent_id from sla_outcomes where conversation_id = $1 and target = 'next_reply'`, id).Scan(&by))
	require.Equal(t, ana.ID, by)

	// Another matter in the same conversation begins anew.
	_, err = o.Desk.Complete(t.Context(), id, dispatch.Caller{Person: ana}, dispatch.WrapUpResult{})
	require.NoError(t, err)
	require.NoError(t, o.Desk.Enqueue(t.Context(), id, dispatch.Enqueue{RequestID: conversation.NewID(), Queue: "support"}))
	require.Equal(t, "ok", o.row(id).State)
	require.Equal(t, o.clock.Now().Add(10*time.Minute), *o.row(id).Due, "a first reply again")
}

func TestParkingStopsTheClocks(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ana := o.Agent("Ana", 100, nil, "support")
	id := o.Waiting("support")
	o.accept(id, ana)
	o.pass(400)
	until := o.clock.Now().Add(20 * time.Minute)
	_, err := o.Desk.Park(t.Context(), id, dispatch.Caller{Person: ana}, &until, "")
	require.NoError(t, err)
	require.Equal(t, slaRow{State: "paused"}, o.row(id))
	require.Equal(t, []string{"sla.warned first_reply of support"}, o.log(id), "it had come to that before")
	o.pass(1200)
	require.Equal(t, sla.Mark{}, o.look(id))
	_, err = o.Desk.Resume(t.Context(), id, conversation.System, "time")
	require.NoError(t, err)
	require.Equal(t, slaRow{"warned", o.after(1800), o.after(1800)}, o.row(id), "200 seconds are left")
	require.Equal(t, *o.after(1800), o.told(id).Due)

	// Parked again; the customer's message starts them, before anybody has resumed it.
	o.accept(id, ana)
	_, err = o.Desk.Park(t.Context(), id, dispatch.Caller{Person: ana}, nil, "")
	require.NoError(t, err)
	o.pass(100)
	o.customerWrites(id)
	require.Equal(t, slaRow{"warned", o.after(1900), o.after(1900)}, o.row(id))
}

func TestTransferRecomputesWhatIsLeft(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ana := o.Agent("Ana", 100, nil, "support")
	bill := o.Agent("Bill", 100, nil, "billing")
	id := o.Waiting("support")
	o.accept(id, ana)
	o.pass(400)
	// While the sender keeps it, the sender's queue's promise holds.
	_, err := o.Desk.Transfer(t.Context(), id, dispatch.Caller{Person: ana}, dispatch.Transfer{Queue: "billing"})
	require.NoError(t, err)
	require.Equal(t, "warned", o.row(id).State)
	require.Equal(t, o.after(600), o.row(id).Due)
	o.accept(id, bill)
	require.Equal(t, slaRow{"ok", o.after(1200), o.after(600)}, o.row(id), "400 of 1200 seconds are used, it is to be warned at 600")
	require.Equal(t, *o.after(600), o.told(id).Look)
	o.pass(200)
	o.look(id)
	require.Equal(t, []string{"sla.warned first_reply of support", "sla.warned first_reply of billing"}, o.log(id))
	// Let go to a queue that promises nothing.
	o.Exec(`insert into queues (id, name) values ('sales', '{"en": "Sales"}')`)
	_, err = o.Desk.Transfer(t.Context(), id, dispatch.Caller{Person: bill}, dispatch.Transfer{Queue: "sales", LetGo: true})
	require.NoError(t, err)
	require.Equal(t, slaRow{}, o.row(id))
	require.Equal(t, sla.Mark{}, o.told(id))
	require.Equal(t, []string{"resolution of billing: met f, breached f, 600 of 3600 s", "first_reply of billing: met f, breached f, 600 of 1200 s"}, o.outcomes(id))
}

func TestNewTargetsHoldForOpenConversations(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	waits, bots := o.Waiting("support"), o.Conversation()
	other := o.Waiting("billing")
	events := len(o.Kinds(other))
	o.pass(400)
	o.promise("support", `{"first_reply_s": 300}`)
	require.Equal(t, []string{"sla.warned first_reply of support", "sla.breached first_reply of support"}, o.log(waits))
	require.Equal(t, slaRow{State: "breached", Due: o.after(400)}, o.row(waits))
	require.Equal(t, sla.Mark{Due: *o.after(400), Risk: *o.after(400)}, o.told(waits))
	require.Equal(t, slaRow{}, o.row(bots))
	require.Len(t, o.Kinds(other), events, "another queue's are left alone")

	// Switched off and on again: what waits is counted from when the customer began to wait.
	o.promise("support", `{}`)
	require.Equal(t, slaRow{}, o.row(waits))
	o.promise("support", `{"first_reply_s": 1000}`)
	require.Equal(t, slaRow{"ok", o.after(1000), o.after(800)}, o.row(waits))
	// Hours are part of it.
	o.Exec(`update queues set hours = '{"mon": []}' where id = 'support'`)
	o.promise("support", `{"first_reply_s": 1000}`)
	require.Equal(t, slaRow{State: "ok"}, o.row(waits), "it never opens")
	changed, err := o.Desk.Refresh(t.Context())
	require.NoError(t, err)
	require.Zero(t, changed)
}

func TestTheFlowHasItAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.Waiting("support")
	o.pass(100)
	free, err := o.Desk.Abandon(t.Context(), id, "customer_left")
	require.NoError(t, err)
	require.True(t, free)
	require.Equal(t, slaRow{State: "paused"}, o.row(id))
	require.Equal(t, sla.Mark{}, o.told(id), "no event says so otherwise, so one is made")
	inputs, _, err := o.Log.Inputs(t.Context(), id, 0)
	require.NoError(t, err)
	closed, _, err := o.Log.Close(t.Context(), id, inputs[len(inputs)-1].Seq, "left")
	require.NoError(t, err)
	require.True(t, closed)
	require.Equal(t, slaRow{}, o.row(id))
	require.Equal(t, []string{"first_reply of support: met f, breached f, 100 of 600 s", "resolution of support: met f, breached f, 100 of 3600 s"}, o.outcomes(id))
}

func TestQueuesMayServeByDueTime(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.Exec(`update queues set rank_by = 'sla' where id = 'support'`)
	ana := o.Agent("Ana", 20, nil, "support")
	// She owned one that was answered; its next answer is due in 5 minutes, a new one's first in 10.
	first := o.Waiting("support")
	o.accept(first, ana)
	o.says(first, ana)
	o.pass(10)
	fresh := o.Waiting("support")
	o.pass(60)
	_, err := o.Desk.Transfer(t.Context(), first, dispatch.Caller{Person: ana}, dispatch.Transfer{Queue: "support", LetGo: true})
	require.NoError(t, err)
	rank := func(id uuid.UUID) int64 { return o.Step(id).Rank }
	require.Equal(t, o.after(70+300).UnixMicro(), rank(first))
	require.Equal(t, o.after(10+600).UnixMicro(), rank(fresh))
	// Priority is a head start as ever.
	_, err = o.Desk.Reprioritise(t.Context(), fresh, ana, 1, "urgent")
	require.NoError(t, err)
	require.Equal(t, o.after(10+600-600).UnixMicro(), rank(fresh))
	// Waiting changes nothing, nor does a look or a refresh.
	o.pass(200)
	o.look(first)
	changed, err := o.Desk.Refresh(t.Context())
	require.NoError(t, err)
	require.Zero(t, changed)
	require.Equal(t, o.after(70+300).UnixMicro(), rank(first))
	// Other targets do, and so does serving by arrival again.
	o.promise("support", `{"first_reply_s": 60, "next_reply_s": 30}`)
	require.Equal(t, o.after(270).UnixMicro(), rank(first), "it had 30 seconds and has used 200: due at this moment")
	o.Exec(`update queues set rank_by = 'arrival' where id = 'support'`)
	_, err = o.Desk.Refresh(t.Context())
	require.NoError(t, err)
	require.Equal(t, o.begun.UnixMicro(), rank(first))
}

func TestPlansMayGoByDueTimes(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	bill := o.Agent("Bill", 100, nil, "billing")
	o.Plan(plan.Plan{ID: "care", Default: plan.Rule{Steps: []plan.Step{
		{Timeout: 100}, {SkipIf: `request.sla_left < duration("6m")`, Timeout: 1000}, {Queue: "billing", Agents: `request.sla_due > now`},
	}}})
	o.Plan(plan.Plan{ID: "rush", Rules: []plan.Rule{{Name: "promised", When: `has(request.sla_due)`, Steps: []plan.Step{{Queue: "billing"}}}}, Default: plan.Rule{Steps: []plan.Step{{}}}})
	early := o.Waiting("support", by("care"))
	o.pass(101)
	require.NoError(t, o.Desk.StepDue(t.Context(), early))
	require.Equal(t, 1, o.Step(early).Step, "eight minutes are left")

	id := o.Conversation()
	o.customerWrites(id)
	o.pass(200)
	require.NoError(t, o.Desk.Enqueue(t.Context(), id, dispatch.Enqueue{RequestID: conversation.NewID(), Queue: "support", Plan: "care"}))
	o.pass(101)
	require.NoError(t, o.Desk.StepDue(t.Context(), id))
	require.Equal(t, 2, o.Step(id).Step)
	require.Equal(t, []string{bill.Name}, o.Offered(id))

	require.Equal(t, "promised", o.Step(o.Waiting("support", by("rush"))).Rule)
	o.promise("support", `{}`)
	require.Equal(t, "default", o.Step(o.Waiting("support", by("rush"))).Rule, "where nothing is promised there is no due time")
}

func TestTheSweepSaysWhatTheWorkflowDidNot(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	id := o.Waiting("support")
	o.pass(700)
	o.Exec(`update conversations set sla_look = now() - interval '1 minute' where id = $1`, id)
	repaired, err := o.Desk.Sweep(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, repaired.Clocks)
	require.Equal(t, []string{"sla.breached first_reply of support"}, o.log(id))
	require.Equal(t, slaRow{"breached", o.after(600), o.after(1800)}, o.row(id))
}

func TestConversationsOfQueuesThatPromiseNothingKeepNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.promise("support", `{}`)
	ana := o.Agent("Ana", 100, nil, "support")
	id := o.Waiting("support")
	o.accept(id, ana)
	o.customerWrites(id)
	o.says(id, ana)
	require.Equal(t, slaRow{}, o.row(id))
	var kept bool
	require.NoError(t, o.Pool.QueryRow(t.Context(), `select exists (select from conversations where sla is not null) or exists (select from conversation_events where sla is not null)`).Scan(&kept))
	require.False(t, kept)
}

// Many act on one conversation at once: whatever the order, each clock warns and breaches once at most.
func TestClocksUnderConcurrency(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ana := o.Agent("Ana", 100, nil, "support")
	id := o.Waiting("support")
	o.accept(id, ana)
	act := []func() error{
		func() error { return o.write(id) },
		func() error { return o.reply(id, ana) },
		func() error { _, err := o.Log.SLADue(t.Context(), id); return err },
	}
	failed := make(chan error, 100)
	var wg sync.WaitGroup
	for i := range 9 {
		wg.Go(func() {
			for range 6 {
				o.pass(29)
				failed <- act[i%len(act)]()
			}
		})
	}
	wg.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
	rows, err := o.Pool.Query(t.Context(), `select format('%s %s %s', kind, body->>'period', count(*)) from conversation_events
		where kind in ('sla.warned', 'sla.breached') group by conversation_id, kind, body->>'period' having count(*) > 1`)
	require.NoError(t, err)
	require.Empty(t, lines(t, rows))
	require.Contains(t, o.outcomes(id)[0], "first_reply")
}
