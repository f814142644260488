package dispatch_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/dispatch/dispatchtest"
)

// accepted has an agent accept a conversation's offer.
func accepted(t *testing.T, f *dispatchtest.Floor, id uuid.UUID, agent conversation.Person) conversation.Conversation {
	t.Helper()
	offer, asked := f.Offer(id)
	require.Equal(t, agent.ID, asked)
	c, err := f.Desk.Accept(t.Context(), offer, agent)
	require.NoError(t, err)
	return c
}

func TestAcceptedAndIgnoredGoesToSomebodyElse(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	f.Exec(`update queues set first_reply_s = 60`)
	ana := f.Agent("Ana", 100, nil, "support")
	id := f.Waiting("support")
	c := accepted(t, f, id, ana)
	require.NotNil(t, c.ReplyBy)

	require.NoError(t, f.Desk.ReplyDue(t.Context(), id), "too early")
	phase, _, _ := f.Row(id)
	require.Equal(t, conversation.WithAgent, phase)

	tom := f.Agent("Tom", 100, nil, "support")
	f.Exec(`update conversations set reply_by = now() - interval '1 second'`)
	require.NoError(t, f.Desk.ReplyDue(t.Context(), id))
	_, asked := f.Offer(id)
	require.Equal(t, tom.ID, asked, "Ana is not asked again at once")
	load, presence := f.Load(ana.ID)
	require.Zero(t, load)
	require.Equal(t, dispatch.PresenceAvailable, presence, "one miss is forgiven")

	require.NoError(t, f.Desk.ReplyDue(t.Context(), id), "again")
	_, asked = f.Offer(id)
	require.Equal(t, tom.ID, asked)
}

func TestWhoHasAnsweredKeepsIt(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	f.Exec(`update queues set first_reply_s = 60`)
	ana := f.Agent("Ana", 100, nil, "support")
	id := f.Waiting("support")
	accepted(t, f, id, ana)
	_, err := f.Log.Reply(t.Context(), id, conversation.NewID(), ana, conversation.Message{Text: "Hello"})
	require.NoError(t, err)
	require.NoError(t, f.Desk.ReplyDue(t.Context(), id))
	phase, owner, _ := f.Row(id)
	require.Equal(t, conversation.WithAgent, phase)
	require.Equal(t, ana.ID, *owner)
}

func TestHandingOverMeetsTheFirstReply(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	f.Exec(`update queues set first_reply_s = 60`)
	ana := f.Agent("Ana", 100, nil, "support")
	id := f.Waiting("support")
	accepted(t, f, id, ana)
	c, err := f.Desk.Transfer(t.Context(), id, dispatch.Caller{Person: ana}, dispatch.Transfer{Queue: "billing"})
	require.NoError(t, err)
	require.Nil(t, c.ReplyBy)
}

func TestTwoIgnoredMakeNotResponding(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	f.Exec(`update queues set first_reply_s = 60`)
	ana := f.Agent("Ana", 100, nil, "support")
	first, second, third := f.Waiting("support"), f.Waiting("support"), f.Waiting("support")
	accepted(t, f, first, ana)
	f.Exec(`update agents set misses = 1`)
	f.Exec(`update conversations set reply_by = now() - interval '1 second' where id = $1`, first)
	require.NoError(t, f.Desk.ReplyDue(t.Context(), first))
	load, presence := f.Load(ana.ID)
	require.Equal(t, dispatch.PresenceNotResponding, presence)
	require.Zero(t, load)
	for _, id := range []uuid.UUID{first, second, third} {
		_, asked := f.Offer(id)
		require.Equal(t, uuid.Nil, asked)
	}
}

func TestAutoAccept(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]string{
		"of a queue":  `update queues set auto_accept = true`,
		"of an agent": `update agents set auto_accept = true`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := dispatchtest.New(t)
			ana := f.Agent("Ana", 40, nil, "support")
			f.Exec(set)
			ids := []uuid.UUID{f.Waiting("support"), f.Waiting("support"), f.Waiting("support")}
			for _, id := range ids[:2] {
				phase, owner, _ := f.Row(id)
				require.Equal(t, conversation.WithAgent, phase)
				require.Equal(t, ana.ID, *owner)
				require.Equal(t, []conversation.Kind{
					conversation.RoutingRequested, conversation.ReservationCreated, conversation.ReservationAccepted, conversation.Assigned,
				}, f.Kinds(id))
			}
			phase, _, _ := f.Row(ids[2])
			require.Equal(t, conversation.InQueue, phase, "never more than the capacity")

			_, err := f.Desk.Complete(t.Context(), ids[0], dispatch.Caller{Person: ana}, dispatch.WrapUpResult{})
			require.NoError(t, err)
			phase, _, _ = f.Row(ids[2])
			require.Equal(t, conversation.WithAgent, phase, "freed capacity takes what waits, at once")
		})
	}
}

func TestAHandOverAcceptedAtOnceFreesTheSender(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	f.Exec(`update queues set auto_accept = true where id = 'billing'`)
	ana := f.Agent("Ana", 20, nil, "support")
	tom := f.Agent("Tom", 20, nil, "billing")
	handed, waits := f.Waiting("support"), f.Waiting("support")
	accepted(t, f, handed, ana)
	_, err := f.Desk.Transfer(t.Context(), handed, dispatch.Caller{Person: ana}, dispatch.Transfer{Queue: "billing"})
	require.NoError(t, err)
	_, owner, _ := f.Row(handed)
	require.Equal(t, tom.ID, *owner)
	_, asked := f.Offer(waits)
	require.Equal(t, ana.ID, asked, "who was set free by it is asked in the same breath")
}
