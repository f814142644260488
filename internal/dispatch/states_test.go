package dispatch_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/dispatch/dispatchtest"
)

// state is how an agent stood from a moment on.
type state struct {
	Presence              string
	OffersWork, Connected bool
	Handling              int
}

func states(t *testing.T, f *dispatchtest.Floor, agent uuid.UUID) []state {
	t.Helper()
	rows, err := f.Pool.Query(t.Context(), `select presence, offers_work, connected, handling from agent_states where agent_id = $1 order by n`, agent)
	require.NoError(t, err)
	defer rows.Close()
	var all []state
	for rows.Next() {
		var s state
		require.NoError(t, rows.Scan(&s.Presence, &s.OffersWork, &s.Connected, &s.Handling))
		all = append(all, s)
	}
	require.NoError(t, rows.Err())
	return all
}

func TestStatesOfAgentsAreRecordedWhenTheyChange(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 100, nil, "support")
	ctx, me := t.Context(), dispatch.Caller{Person: ana}
	one, two := f.Waiting("support"), f.Waiting("support")
	require.Empty(t, states(t, f, ana.ID), "an offer is no work yet")
	for _, id := range []uuid.UUID{one, two} {
		offer, _ := f.Offer(id)
		_, err := f.Desk.Accept(ctx, offer, ana)
		require.NoError(t, err)
	}
	require.NoError(t, f.Desk.SetPresence(ctx, ana.ID, "available", false), "nothing new")
	require.NoError(t, f.Desk.SetPresence(ctx, ana.ID, "break", true))
	_, err := f.Desk.WrapUp(ctx, one, me)
	require.NoError(t, err)
	_, err = f.Desk.Complete(ctx, one, me, dispatch.WrapUpResult{})
	require.NoError(t, err)
	f.Exec(`update agents set lease_until = '-infinity'`)
	_, err = f.Desk.ExpireLeases(ctx)
	require.NoError(t, err)
	require.NoError(t, f.Desk.Renew(ctx, []uuid.UUID{ana.ID}))
	_, err = f.Desk.Complete(ctx, two, me, dispatch.WrapUpResult{})
	require.NoError(t, err)
	require.Equal(t, []state{
		{"available", true, true, 1}, {"available", true, true, 2}, {"available", true, true, 1},
		{"available", true, false, 1}, {"available", true, true, 1},
		{"break", false, true, 0}, // put off until the last conversation ended
	}, states(t, f, ana.ID))
}

func TestAbandonedWaitsAreInTheLog(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	f.Exec(`update queues set answer_within_s = 33 where id = 'support'`)
	id := f.Waiting("support")
	var asked conversation.Requested
	f.Last(id, conversation.RoutingRequested, &asked)
	require.Equal(t, 33, asked.AnswerWithin)
	for range 2 {
		free, err := f.Desk.Abandon(t.Context(), id, "customer_left")
		require.NoError(t, err)
		require.True(t, free)
	}
	var body conversation.AbandonedBody
	f.Last(id, conversation.RoutingAbandoned, &body)
	require.Equal(t, conversation.AbandonedBody{RequestID: asked.RequestID, Queue: "support", Reason: "customer_left"}, body)
	require.Equal(t, []conversation.Kind{conversation.RoutingRequested, conversation.RoutingAbandoned}, f.Kinds(id), "once")
}

func TestWhoHasItSaysFromWhichQueue(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 100, nil, "support")
	id := f.Waiting("support")
	offer, _ := f.Offer(id)
	_, err := f.Desk.Accept(t.Context(), offer, ana)
	require.NoError(t, err)
	var body conversation.AssignedBody
	f.Last(id, conversation.Assigned, &body)
	require.Equal(t, "support", body.Queue)
	chief := f.Agent("Chief", 100, nil)
	_, err = f.Desk.TakeOver(t.Context(), f.Conversation(), chief, "")
	require.NoError(t, err)
	other := f.Conversation()
	_, err = f.Desk.TakeOver(t.Context(), other, chief, "")
	require.NoError(t, err)
	f.Last(other, conversation.Assigned, &body)
	require.Equal(t, "support", body.Queue, "that of its channel")
	require.Equal(t, 2, states(t, f, chief.ID)[1].Handling)
}
