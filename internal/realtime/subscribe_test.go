package realtime_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/realtime"
)

// A conversation is watched by who may read it, queues by supervisors, and nobody subscribes to what is another's.
func TestWhoMaySubscribeToWhat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner, offered := w.Agent("owner", 100, nil), w.Agent("offered", 100, nil, "billing")
	member, outsider, boss := w.Agent("member", 0, nil, "support"), w.Agent("outsider", 100, nil), w.Agent("boss", 100, nil)
	for _, p := range []conversation.Person{owner, offered, member, outsider} {
		w.person(p, false)
	}
	w.person(boss, true)
	owned := w.Conversation()
	_, err := w.Desk.TakeOver(t.Context(), owned, owner, "")
	require.NoError(t, err)
	w.Exec(`update conversations set queue_id = 'support' where id = $1`, owned)
	offer := w.Waiting("billing")
	_, agent := w.Offer(offer)
	require.Equal(t, offered.ID, agent)

	may := map[string]map[string]bool{
		realtime.ConversationChannel(owned): {"owner": true, "member": true, "boss": true},
		realtime.ConversationChannel(offer): {"offered": true, "boss": true},
		realtime.QueuesChannel:              {"boss": true},
		realtime.AgentChannel(owner.ID):     {},
		"visitor:chat:v1":                   {},
		"conversation:":                     {},
		"conversation:'; drop table people": {},
		"nothing":                           {},
	}
	for _, name := range []string{"owner", "offered", "member", "outsider", "boss"} {
		s := w.connect("/agent", name)
		for channel, allowed := range may {
			require.Equal(t, allowed[name], s.subscribe(channel), "%s to %s", name, channel)
		}
		require.Equal(t, name == "boss", s.subscribe(realtime.ConversationChannel(conversation.NewID())), "%s to what does not exist", name)
	}
	visitor := w.connect("/visitor", "visitor v1")
	for channel := range may {
		require.False(t, visitor.subscribe(channel), "a visitor to %s", channel)
	}
	require.False(t, visitor.subscribe("visitor:chat:v2"))
}

// Who watches a conversation because it is offered to them does so no longer than that.
func TestAnOfferThatEndedEndsTheWatching(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana := w.Agent("ana", 100, nil, "billing")
	w.person(ana, false)
	id := w.Waiting("billing")
	w.Exec(`delete from agent_queues where agent_id = $1`, ana.ID)
	s := w.connect("/agent", "ana")
	require.True(t, s.subscribe(realtime.ConversationChannel(id)))
	reservation, _ := w.Offer(id)
	desk := dispatch.New(conversation.NewLog(w.Pool, time.Now, w.teller), dispatch.Timings{})
	require.NoError(t, desk.Reject(t.Context(), reservation, ana, "busy"))
	require.Equal(t, realtime.ConversationChannel(id), s.pushedType("unsubscribe").channel)
}

// An agent who let an offer pass, and is not of the queue, may not begin to watch the conversation any more.
func TestAnOfferThatEndedGivesNoRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana := w.Agent("ana", 100, nil, "billing")
	w.person(ana, false)
	id := w.Waiting("billing")
	reservation, _ := w.Offer(id)
	require.NoError(t, w.Desk.Reject(t.Context(), reservation, ana, "busy"))
	s := w.connect("/agent", "ana")
	require.True(t, s.subscribe(realtime.ConversationChannel(id)), "as a member of its queue")
	w.Exec(`delete from agent_queues where agent_id = $1`, ana.ID)
	require.False(t, w.connect("/agent", "ana").subscribe(realtime.ConversationChannel(id)))
}

func TestWhoMayOpenASocket(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana := w.Agent("ana", 100, nil)
	w.person(ana, false)
	connect := func(path, cookie, token string) bool {
		s, ok := w.dial(path, w.server.URL, cookie)
		require.True(t, ok)
		answer, ok := s.ask("connect", map[string]any{"data": map[string]string{"token": token}})
		return ok && answer.Error == nil && answer.Connect != nil
	}
	require.True(t, connect("/agent", "ana", ""), "by cookie")
	require.True(t, connect("/agent", "", "ana"), "by token")
	require.False(t, connect("/agent", "", ""))
	require.False(t, connect("/agent", "eve", "eve"))
	require.False(t, connect("/agent", "", "visitor v1"), "a visitor is no agent")
	require.True(t, connect("/visitor", "", "visitor v1"))
	require.False(t, connect("/visitor", "ana", "ana"), "an agent is no visitor")
	require.False(t, connect("/visitor", "ana", ""))

	_, ok := w.dial("/agent", "https://evil.example", "ana")
	require.False(t, ok, "another page may not use an agent's cookie")
	_, ok = w.dial("/visitor", "https://shop.example", "")
	require.True(t, ok, "visitors come from other pages")

	s, _ := w.dial("/agent", w.server.URL, "")
	_, ok = s.ask("connect", map[string]any{"data": "not an object"})
	require.False(t, ok)
	s, _ = w.dial("/agent", w.server.URL, "")
	_, ok = s.ask("subscribe", map[string]string{"channel": realtime.QueuesChannel})
	require.False(t, ok, "nobody subscribes before they have said who they are")
}

func TestConnectingSubscribesToOnesOwnChannelAndRenewsTheLease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana := w.Agent("ana", 100, nil)
	w.person(ana, false)
	s, ok := w.dial("/agent", w.server.URL, "ana")
	require.True(t, ok)
	answer, ok := s.ask("connect", map[string]any{})
	require.True(t, ok)
	require.Contains(t, answer.Connect.Subs, realtime.AgentChannel(ana.ID))
	require.Len(t, answer.Connect.Subs, 1)
	require.Eventually(t, func() bool { return w.leases.of(ana.ID) }, patience, time.Millisecond)
}

func TestSigningOutClosesTheSockets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana, tom := w.Agent("ana", 100, nil), w.Agent("tom", 100, nil)
	w.person(ana, false)
	w.person(tom, true)
	first, second, other := w.connect("/agent", "ana"), w.connect("/agent", "ana"), w.connect("/agent", "tom")
	w.hub.SignedOut(ana.ID)
	first.closed()
	second.closed()
	require.True(t, other.subscribe(realtime.QueuesChannel))
}

// Somebody is a supervisor no longer, or has no access at all: their sockets do not go on as if nothing had happened, in whatever
// process they are and in whatever process it was decided.
func TestWhoMayDoLessConnectsAnew(t *testing.T) {
	t.Parallel()
	for name, decide := range map[string]func(w *world) *realtime.Teller{
		"in this process":    func(w *world) *realtime.Teller { return w.teller },
		"in another process": func(w *world) *realtime.Teller { return w.elsewhere() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			boss, ana := w.Agent("boss", 100, nil), w.Agent("ana", 100, nil)
			w.person(boss, true)
			w.person(ana, true)
			first, second, other := w.connect("/agent", "boss"), w.connect("/agent", "boss"), w.connect("/agent", "ana")
			require.True(t, first.subscribe(realtime.QueuesChannel))
			teller := decide(w)
			w.person(boss, false)
			teller.AccessChanged(boss.ID)
			first.closed()
			second.closed()
			require.False(t, w.connect("/agent", "boss").subscribe(realtime.QueuesChannel))
			require.True(t, other.subscribe(realtime.QueuesChannel))
		})
	}
}

// A database that is away makes nobody a stranger: clients take an invalid token for the last word and do not come back.
func TestNobodyIsAStrangerWhileThatCannotBeTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person(w.Agent("ana", 100, nil), false)
	w.mu.Lock()
	w.away = true
	w.mu.Unlock()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.server.URL+"/agent", nil)
	require.NoError(t, err)
	for name, value := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Cookie": "ana",
	} {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusServiceUnavailable, response.StatusCode)

	w.mu.Lock()
	w.away = false
	w.mu.Unlock()
	s, ok := w.dial("/agent", w.server.URL, "ana")
	require.True(t, ok)
	answer, ok := s.ask("connect", map[string]any{})
	require.True(t, ok)
	require.NotNil(t, answer.Connect)
}
