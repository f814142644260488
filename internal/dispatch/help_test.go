package dispatch_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/invariants"
)

// helped is a conversation of Ana's in which Tom helps.
func helped(t *testing.T) (f *dispatchtest.Floor, id uuid.UUID, ana, tom conversation.Person) {
	t.Helper()
	f = dispatchtest.New(t)
	ana = f.Agent("Ana", 100, nil, "support")
	id = f.Waiting("support")
	accepted(t, f, id, ana)
	tom = f.Agent("Tom", 100, nil, "billing")
	_, err := f.Desk.Transfer(t.Context(), id, dispatch.Caller{Person: ana}, dispatch.Transfer{Queue: "billing", Warm: true, Note: "an invoice"})
	require.NoError(t, err)
	c := accepted(t, f, id, tom)
	require.Equal(t, conversation.WithAgent, c.Phase)
	require.Equal(t, ana.ID, *c.AgentID, "Ana stays the owner")
	require.Nil(t, c.Transfer)
	require.Equal(t, []uuid.UUID{tom.ID}, helpersOf(c))
	return f, id, ana, tom
}

func helpersOf(c conversation.Conversation) (all []uuid.UUID) {
	for _, h := range c.Helpers {
		all = append(all, h.ID)
	}
	return all
}

func sound(t *testing.T, f *dispatchtest.Floor) {
	t.Helper()
	found, err := invariants.Check(t.Context(), f.Pool)
	require.NoError(t, err)
	require.Empty(t, found)
}

func say(f *dispatchtest.Floor, t *testing.T, id uuid.UUID, by conversation.Person) error {
	t.Helper()
	_, err := f.Log.Reply(t.Context(), id, conversation.NewID(), by, conversation.Message{Text: "Hello"})
	return err
}

func TestHelpersTalkAlong(t *testing.T) {
	t.Parallel()
	f, id, ana, tom := helped(t)
	require.NoError(t, say(f, t, id, ana))
	require.NoError(t, say(f, t, id, tom))
	load, _ := f.Load(tom.ID)
	require.Equal(t, 20, load, "helping is work")
	f.Exec(`update conversations set unread = 1 where id = $1`, id)
	read, err := f.Log.MarkRead(t.Context(), id, tom.ID, 1000)
	require.NoError(t, err)
	require.Nil(t, read, "what a helper has read the owner may not have")
	read, err = f.Log.MarkRead(t.Context(), id, ana.ID, 1000)
	require.NoError(t, err)
	require.Zero(t, read.Unread)
	sound(t, f)

	_, err = f.Desk.WrapUp(t.Context(), id, dispatch.Caller{Person: tom})
	require.ErrorIs(t, err, dispatch.ErrNotOwner, "only the owner ends it")
	c, err := f.Desk.Leave(t.Context(), id, tom)
	require.NoError(t, err)
	require.Empty(t, c.Helpers)
	load, _ = f.Load(tom.ID)
	require.Zero(t, load)
	require.ErrorIs(t, say(f, t, id, tom), conversation.ErrNotOwner)
	_, err = f.Desk.Leave(t.Context(), id, ana)
	require.ErrorIs(t, err, dispatch.ErrPhase, "somebody must be there")
	sound(t, f)
}

func TestOwnershipMovesToTheHelper(t *testing.T) {
	t.Parallel()
	f, id, ana, tom := helped(t)
	c, err := f.Desk.Pass(t.Context(), id, dispatch.Caller{Person: ana}, tom.ID)
	require.NoError(t, err)
	require.Equal(t, tom.ID, *c.AgentID)
	require.Equal(t, "billing", *c.QueueID, "it is a conversation of the queue that was asked")
	require.Equal(t, []uuid.UUID{ana.ID}, helpersOf(c))
	sound(t, f)
	require.NoError(t, say(f, t, id, ana))
	require.NoError(t, say(f, t, id, tom))
	c, err = f.Desk.Leave(t.Context(), id, ana)
	require.NoError(t, err)
	require.Empty(t, c.Helpers)
	load, _ := f.Load(ana.ID)
	require.Zero(t, load)
	sound(t, f)
}

func TestTheOwnerLeavesToTheHelper(t *testing.T) {
	t.Parallel()
	f, id, ana, tom := helped(t)
	c, err := f.Desk.Leave(t.Context(), id, ana)
	require.NoError(t, err)
	require.Equal(t, tom.ID, *c.AgentID)
	require.Empty(t, c.Helpers)
	load, _ := f.Load(ana.ID)
	require.Zero(t, load)
	sound(t, f)
}

func TestTheOwnersEndIsTheHelpers(t *testing.T) {
	t.Parallel()
	ends := map[string]func(f *dispatchtest.Floor, id uuid.UUID, owner dispatch.Caller) error{
		"wrap-up": func(f *dispatchtest.Floor, id uuid.UUID, owner dispatch.Caller) error {
			_, err := f.Desk.WrapUp(t.Context(), id, owner)
			return err
		},
		"complete": func(f *dispatchtest.Floor, id uuid.UUID, owner dispatch.Caller) error {
			_, err := f.Desk.Complete(t.Context(), id, owner, dispatch.WrapUpResult{})
			return err
		},
		"park": func(f *dispatchtest.Floor, id uuid.UUID, owner dispatch.Caller) error {
			_, err := f.Desk.Park(t.Context(), id, owner, nil, "")
			return err
		},
		"let go": func(f *dispatchtest.Floor, id uuid.UUID, owner dispatch.Caller) error {
			_, err := f.Desk.Transfer(t.Context(), id, owner, dispatch.Transfer{Queue: "support", LetGo: true})
			return err
		},
		"to a flow": func(f *dispatchtest.Floor, id uuid.UUID, owner dispatch.Caller) error {
			_, err := f.Desk.Transfer(t.Context(), id, owner, dispatch.Transfer{Flow: "frontdesk"})
			return err
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, id, ana, tom := helped(t)
			require.NoError(t, end(f, id, dispatch.Caller{Person: ana}))
			c, err := f.Log.Get(t.Context(), id)
			require.NoError(t, err)
			require.Empty(t, c.Helpers)
			load, _ := f.Load(tom.ID)
			require.Zero(t, load)
			sound(t, f)
		})
	}
}

func TestALostOwnersHelperTakesTheirPlace(t *testing.T) {
	t.Parallel()
	f, id, ana, tom := helped(t)
	f.Exec(`update agents set lease_until = now() - interval '1 second' where id = $1`, ana.ID)
	_, err := f.Desk.ExpireLeases(t.Context())
	require.NoError(t, err)
	require.NoError(t, f.Desk.ReturnToQueue(t.Context(), id, ana.ID))
	phase, owner, _ := f.Row(id)
	require.Equal(t, conversation.WithAgent, phase)
	require.Equal(t, tom.ID, *owner)
	sound(t, f)
}

func TestALostHelperIsGone(t *testing.T) {
	t.Parallel()
	f, id, _, tom := helped(t)
	f.Exec(`update agents set lease_until = now() - interval '1 second' where id = $1`, tom.ID)
	_, err := f.Desk.ExpireLeases(t.Context())
	require.NoError(t, err)
	c, err := f.Log.Get(t.Context(), id)
	require.NoError(t, err)
	require.Empty(t, c.Helpers)
	require.NotContains(t, f.Kinds(id), conversation.AgentLost, "the owner is there")
	sound(t, f)
}

func TestASupervisorWhoHelpsTakesOver(t *testing.T) {
	t.Parallel()
	f, id, ana, tom := helped(t)
	c, err := f.Desk.TakeOver(t.Context(), id, tom, "")
	require.NoError(t, err)
	require.Equal(t, tom.ID, *c.AgentID)
	require.Empty(t, c.Helpers)
	load, _ := f.Load(ana.ID)
	require.Zero(t, load)
	load, _ = f.Load(tom.ID)
	require.Equal(t, 20, load)
	sound(t, f)
}

func TestHandingOverToAHelperIsAtOnce(t *testing.T) {
	t.Parallel()
	f, id, ana, tom := helped(t)
	c, err := f.Desk.Transfer(t.Context(), id, dispatch.Caller{Person: ana}, dispatch.Transfer{Agent: tom.ID})
	require.NoError(t, err)
	require.Equal(t, tom.ID, *c.AgentID)
	load, _ := f.Load(ana.ID)
	require.Zero(t, load)
	sound(t, f)
}

func TestAHandOverGoesOnWithHelpers(t *testing.T) {
	t.Parallel()
	f, id, ana, tom := helped(t)
	mina := f.Agent("Min", 100, nil, "support")
	_, err := f.Desk.Transfer(t.Context(), id, dispatch.Caller{Person: ana}, dispatch.Transfer{Queue: "support"})
	require.NoError(t, err)
	c := accepted(t, f, id, mina)
	require.Equal(t, mina.ID, *c.AgentID)
	require.Equal(t, []uuid.UUID{tom.ID}, helpersOf(c))
	sound(t, f)
}

func TestWarmTransfersKeepTheRank(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 100, nil, "support")
	id := f.Waiting("support")
	accepted(t, f, id, ana)
	f.Exec(`update requests set virtual_start = virtual_start - interval '1 hour', rank = rank - 3600000000`)
	later := f.Waiting("billing")
	_, err := f.Desk.Transfer(t.Context(), id, dispatch.Caller{Person: ana}, dispatch.Transfer{Queue: "billing", Warm: true})
	require.NoError(t, err)
	tom := f.Agent("Tom", 20, nil, "billing")
	_, err = f.Desk.Sweep(t.Context())
	require.NoError(t, err)
	_, asked := f.Offer(id)
	require.Equal(t, tom.ID, asked, "before what has waited for less long")
	_, asked = f.Offer(later)
	require.Equal(t, uuid.Nil, asked)
}

func TestToAFlow(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 100, nil, "support")
	id := f.Waiting("support")
	accepted(t, f, id, ana)
	c, err := f.Desk.Transfer(t.Context(), id, dispatch.Caller{Person: ana}, dispatch.Transfer{Flow: "frontdesk"})
	require.NoError(t, err)
	require.Equal(t, conversation.InFlow, c.Phase)
	require.Nil(t, c.AgentID)
	load, _ := f.Load(ana.ID)
	require.Zero(t, load)
	require.ErrorIs(t, say(f, t, id, ana), conversation.ErrNotOwner)
	sound(t, f)
}

func TestWrapUpIsExtended(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 100, nil, "support")
	id := f.Waiting("support")
	accepted(t, f, id, ana)
	me := dispatch.Caller{Person: ana}
	_, err := f.Desk.ExtendWrapUp(t.Context(), id, me)
	require.ErrorIs(t, err, dispatch.ErrPhase, "it has not begun")
	_, err = f.Desk.WrapUp(t.Context(), id, me)
	require.NoError(t, err)
	deadline := func() (at time.Time) {
		require.NoError(t, f.Pool.QueryRow(t.Context(), `select deadline from reservations where conversation_id = $1`, id).Scan(&at))
		return at
	}
	before := deadline()
	_, err = f.Desk.ExtendWrapUp(t.Context(), id, me)
	require.NoError(t, err)
	require.Equal(t, 2*time.Minute, deadline().Sub(before))
	require.NoError(t, f.Desk.CompleteDue(t.Context(), id, before), "the old deadline passes")
	phase, _, _ := f.Row(id)
	require.Equal(t, conversation.InWrapUp, phase)
	for range 60 {
		_, err = f.Desk.ExtendWrapUp(t.Context(), id, me)
		require.NoError(t, err)
	}
	require.LessOrEqual(t, time.Until(deadline()), time.Hour, "not for ever")
	require.NoError(t, f.Desk.CompleteDue(t.Context(), id, deadline()))
	phase, _, _ = f.Row(id)
	require.Equal(t, conversation.InFlow, phase)
}

func TestWhoAskedToBeToldIsGreeted(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	id := f.Waiting("support")
	waits, err := f.Desk.Callback(t.Context(), id, "It is your turn.")
	require.NoError(t, err)
	require.True(t, waits)
	ana := f.Agent("Ana", 100, nil, "support")
	_, err = f.Desk.Sweep(t.Context())
	require.NoError(t, err)
	accepted(t, f, id, ana)
	var greeting string
	var seq, named int64
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select body->>'text', seq, (select (a.body->>'greeting')::bigint from conversation_events a
		where a.conversation_id = e.conversation_id and a.kind = 'conversation.assigned') from conversation_events e where conversation_id = $1 and kind = 'system.message'`, id).Scan(&greeting, &seq, &named))
	require.Equal(t, "It is your turn.", greeting)
	require.Equal(t, seq, named, "the workflow is told what to deliver")
	waits, err = f.Desk.Callback(t.Context(), id, "Again.")
	require.NoError(t, err)
	require.False(t, waits, "a person has it")
	// After a hand-over nobody is greeted again.
	tom := f.Agent("Tom", 100, nil, "support")
	_, err = f.Desk.Transfer(t.Context(), id, dispatch.Caller{Person: ana}, dispatch.Transfer{Queue: "support"})
	require.NoError(t, err)
	accepted(t, f, id, tom)
	n := 0
	for _, k := range f.Kinds(id) {
		if k == conversation.SystemMessage {
			n++
		}
	}
	require.Equal(t, 1, n)
	sound(t, f)
}
