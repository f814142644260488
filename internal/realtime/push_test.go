package realtime_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/realtime"
)

// elsewhere is a sink of another process: it has no sockets and tells over the bus.
func (w *world) elsewhere() *realtime.Teller {
	w.t.Helper()
	bus := realtime.NewBus(w.Pool, quiet)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { bus.Sender(ctx) })
	w.t.Cleanup(func() { stop(); running.Wait() })
	w.waitForListener()
	return realtime.NewTeller(bus, nil, quiet)
}

// waitForListener waits until this process listens to the others.
func (w *world) waitForListener() {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		var n int
		err := w.Pool.QueryRow(w.t.Context(), `select count(*) from pg_stat_activity where datname = current_database() and query = 'listen seax' and state = 'idle'`).Scan(&n)
		return err == nil && n == 1
	}, patience, 5*time.Millisecond)
}

func (w *world) boss() *socket {
	w.t.Helper()
	w.person(w.Agent("boss", 100, nil), true)
	return w.connect("/agent", "boss")
}

// Every event reaches who watches, in order and without a gap, wherever it was committed.
func TestEventsAreSeenInOrderWhereverTheyWereCommitted(t *testing.T) {
	t.Parallel()
	for name, sink := range map[string]func(w *world) conversation.Sink{
		"this process":    func(w *world) conversation.Sink { return w.teller },
		"another process": func(w *world) conversation.Sink { return w.elsewhere() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.Conversation()
			s := w.boss()
			require.True(t, s.subscribe(realtime.ConversationChannel(id)))
			told := sink(w)
			for range 30 {
				w.write(id, told)
			}
			for seq := int64(1); seq <= 30; seq++ {
				p := s.pushedType("event")
				require.Equal(t, seq, p.Event.Seq)
				require.Equal(t, id, p.Conversation.ID)
				require.GreaterOrEqual(t, p.Conversation.LastSeq, seq)
			}
		})
	}
}

// A notice that never arrived shows as a gap in seq with the next one: that is what clients look for.
func TestALostNoticeShowsAsAGap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.Conversation()
	s := w.boss()
	require.True(t, s.subscribe(realtime.ConversationChannel(id)))
	w.write(id, w.teller)
	require.EqualValues(t, 1, s.pushedType("event").Event.Seq)
	w.write(id) // committed by a process that died before it told
	w.write(id, w.teller)
	p := s.pushedType("event")
	require.EqualValues(t, 3, p.Event.Seq)
	require.EqualValues(t, 3, p.Conversation.LastSeq)
}

// While the connection to Postgres was gone notices were lost: everyone must connect anew and fetch what they missed.
func TestClientsConnectAnewAfterNoticesWereLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.boss()
	w.waitForListener()
	w.Exec(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query = 'listen seax'`)
	s.closed()
	w.waitForListener()
	id := w.Conversation()
	again := w.connect("/agent", "boss")
	require.True(t, again.subscribe(realtime.ConversationChannel(id)))
	w.write(id, w.elsewhere())
	require.EqualValues(t, 1, again.pushedType("event").Event.Seq)
}

func TestOwnersHearOfTheirConversationsWithoutWatchingThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana, tom := w.Agent("ana", 100, nil), w.Agent("tom", 100, nil)
	w.person(ana, false)
	w.person(tom, false)
	first, second := w.connect("/agent", "ana"), w.connect("/agent", "tom")
	desk := dispatch.New(conversation.NewLog(w.Pool, time.Now, w.elsewhere()), dispatch.Timings{})
	id := w.Conversation()
	_, err := desk.TakeOver(t.Context(), id, ana, "")
	require.NoError(t, err)
	require.Equal(t, id, first.pushedType("conversation").Conversation.ID)
	_, err = desk.TakeOver(t.Context(), id, tom, "")
	require.NoError(t, err)
	require.Equal(t, id, second.pushedType("conversation").Conversation.ID)
	require.Equal(t, id, first.pushedType("conversation").Conversation.ID, "who had it hears that it is gone")
}

func TestOffersReachTheAgentAndEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana := w.Agent("ana", 100, nil, "support")
	w.person(ana, false)
	s := w.connect("/agent", "ana")
	desk := dispatch.New(conversation.NewLog(w.Pool, time.Now, w.teller), dispatch.Timings{})
	id := w.Conversation()
	require.NoError(t, desk.Enqueue(t.Context(), id, dispatch.Enqueue{RequestID: conversation.NewID(), Queue: "support"}))
	require.Equal(t, realtime.AgentChannel(ana.ID), s.pushedType("offer").channel)
	s.pushedType("state") // their load; it may come before the offer
	reservation, _ := w.Offer(id)
	require.NoError(t, desk.Reject(t.Context(), reservation, ana, "busy"))
	require.JSONEq(t, `"rejected"`, string(s.pushedType("offer_ended").State))
}

func TestSupervisorsSeeNumbersChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.boss()
	require.True(t, s.subscribe(realtime.QueuesChannel))
	require.Equal(t, realtime.QueuesChannel, s.pushedType("live").channel, "at once")
	desk := dispatch.New(conversation.NewLog(w.Pool, time.Now, w.teller), dispatch.Timings{})
	require.NoError(t, desk.Enqueue(t.Context(), w.Conversation(), dispatch.Enqueue{RequestID: conversation.NewID(), Queue: "support"}))
	s.pushedType("live")
}

// Connectors push to their visitors; one too large for a notice to other processes becomes a hint to fetch.
func TestVisitorsHearTheirChannelOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kim, lee := w.connect("/visitor", "visitor kim"), w.connect("/visitor", "visitor lee")
	far := w.elsewhere()
	item := func(text string) map[string]string { return map[string]string{"t": "item", "text": text} }
	for _, teller := range []*realtime.Teller{w.teller, far} {
		teller.Push(t.Context(), "visitor:chat:kim", item("hello"))
		require.Equal(t, "visitor:chat:kim", kim.pushedType("item").channel)
	}
	far.Push(t.Context(), "visitor:chat:kim", item(strings.Repeat("x", 9000)))
	kim.pushedType("resync")
	w.teller.Push(t.Context(), "visitor:chat:kim", item(strings.Repeat("x", 9000)))
	kim.pushedType("item")
	w.teller.Push(t.Context(), "visitor:chat:lee", item("the first that lee hears"))
	require.Equal(t, "visitor:chat:lee", lee.pushed(func(push) bool { return true }).channel)
}

// More facts than one notification carries still arrive, each once.
func TestManyFactsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	far := w.elsewhere()
	kim := w.connect("/visitor", "visitor kim")
	var sent []uuid.UUID
	for range 300 {
		id := uuid.New()
		sent = append(sent, id)
		far.Push(t.Context(), "visitor:chat:kim", map[string]any{"t": "conversation", "conversation": map[string]any{"id": id, "text": strings.Repeat("x", 200)}})
	}
	for _, id := range sent {
		require.Equal(t, id, kim.pushedType("conversation").Conversation.ID)
	}
}
