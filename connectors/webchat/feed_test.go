package webchat_test

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/internal/conversation"
)

func TestFeedShowsBothSidesInOrder(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newID()
	require.Equal(t, "none", w.feed(v, "").State.Phase)

	first := newID()
	got := w.send(v, say(first, "Hello"), say(newID(), "Where is my order?"))
	require.Equal(t, first, got.Results[0].CID)
	require.Equal(t, "accepted", got.Results[0].Status)
	require.Equal(t, int64(1), got.Results[0].N)
	require.Equal(t, start, got.Results[0].At)
	w.pass(time.Second)
	w.reply(v, "Let me look.")
	w.send(v, say(newID(), "Thanks"))

	p := w.feed(v, "")
	require.Equal(t, []string{"customer: Hello", "customer: Where is my order?", "agent: Let me look.", "customer: Thanks"}, texts(p))
	require.Equal(t, int64(4), p.LastN)
	require.Equal(t, first, p.Items[0].ID)
	require.Equal(t, "Mina", p.Items[2].From.Name)
	require.Equal(t, "flow", p.State.Phase)
	require.Equal(t, []string{"agent: Let me look.", "customer: Thanks"}, texts(w.feed(v, "?after=2")))
	require.Equal(t, []string{"customer: Hello", "customer: Where is my order?"}, texts(w.feed(v, "?before=3")))
	require.Len(t, w.pushed.to(v, "item"), 4)
	require.Empty(t, w.feed(newID(), "").Items, "another visitor sees nothing of it")
}

// A process that dies between the commit and the answer loses nothing: the message is in the feed, in its place, and the widget
// sends again.
func TestOwnMessageSurvivesACrash(t *testing.T) {
	t.Parallel()
	w, v, cid := newWorld(t), newID(), newID()
	batch, err := w.parse(w.request(v, say(cid, "Are you there?")))
	require.NoError(t, err)
	w.commit(batch, true)
	require.Equal(t, []string{"customer: Are you there?"}, texts(w.feed(v, "")))
	w.reply(v, "Yes")

	for range 3 {
		got := w.send(v, say(cid, "Are you there?"))
		require.Equal(t, "duplicate", got.Results[0].Status)
		require.Equal(t, int64(1), got.Results[0].N)
	}
	require.Equal(t, []string{"customer: Are you there?", "agent: Yes"}, texts(w.feed(v, "")))
	require.Len(t, w.pushed.to(v, "item"), 1, "a repetition is not pushed")
}

func TestFeedHasNoGapsUnderConcurrency(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newID()
	const senders, each = 8, 5
	var wg sync.WaitGroup
	for s := range senders {
		// Every message is sent twice, by two tabs at once.
		for range 2 {
			wg.Go(func() {
				for i := range each {
					out := connectors.Outgoing{
						ID: fmt.Sprintf("00000000-0000-4000-8000-%06d%06d", s, i), Address: v,
						From: conversation.Actor{Kind: conversation.ByBot}, Message: conversation.Message{Text: strconv.Itoa(i)},
					}
					if _, err := w.Send(t.Context(), w.account, out); err != nil {
						t.Errorf("send: %v", err)
					}
				}
			})
		}
	}
	wg.Wait()
	p := w.feed(v, "")
	require.Len(t, p.Items, senders*each)
	require.Equal(t, int64(senders*each), p.LastN)
	seen := map[string]bool{}
	for _, i := range p.Items {
		require.False(t, seen[i.ID])
		seen[i.ID] = true
	}
}

func TestSameMessageFromTwoTabs(t *testing.T) {
	t.Parallel()
	w, v, cid := newWorld(t), newID(), newID()
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() { w.send(v, say(newID(), "other"), say(cid, "same")) })
	}
	wg.Wait()
	same := 0
	for _, text := range texts(w.feed(v, "")) {
		if text == "customer: same" {
			same++
		}
	}
	require.Equal(t, 1, same)
	require.Len(t, w.feed(v, "").Items, 7)
}

func TestStateAfterTheEnd(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newID()
	w.send(v, say(newID(), "Hello"))
	mina := w.floor.Agent("Mina", 100, nil, "support")
	w.floor.Exec(`update conversations set phase = 'assigned', agent_id = $1 where address = $2`, mina.ID, v)
	require.Equal(t, "Mina", w.feed(v, "").State.Agent)
	w.floor.Exec(`update conversations set phase = 'closed', closed_at = now() where address = $1`, v)
	require.Equal(t, "closed", w.feed(v, "").State.Phase)
}

func readUntil(visitor string, at time.Time) connectors.Customer {
	return connectors.Customer{Address: visitor, Last: connectors.LastInbound{At: at}}
}

func TestReadMarkIsKept(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newID()
	require.NoError(t, w.MarkRead(t.Context(), w.account, readUntil(v, w.clock())))
	require.Empty(t, w.pushed.to(v, "read"), "nothing to mark")
	w.send(v, say(newID(), "one"))
	w.pass(time.Second)
	w.send(v, say(newID(), "two"))
	require.NoError(t, w.MarkRead(t.Context(), w.account, readUntil(v, start)))
	require.Equal(t, int64(1), w.feed(v, "").ReadN)
	require.NoError(t, w.MarkRead(t.Context(), w.account, readUntil(v, w.clock())))
	require.Equal(t, int64(2), w.feed(v, "").ReadN)
	require.NoError(t, w.MarkRead(t.Context(), w.account, readUntil(v, start)))
	require.Equal(t, int64(2), w.feed(v, "").ReadN, "it never goes back")
	require.JSONEq(t, `{"at":"2026-03-01T12:00:00.123456Z","n":1,"t":"read"}`, w.pushed.to(v, "read")[0])
	require.Equal(t, int64(2), w.session(map[string]any{"token": w.Token(w.account, v, connectors.Profile{})}).ReadN)
}

func TestWatermarks(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newID()
	w.send(v, say(newID(), "Hello"))      // 1
	first := w.reply(v, "Hi")             // 2
	w.send(v, say(newID(), "A question")) // 3
	second := w.reply(v, "An answer")     // 4
	for name, c := range map[string]struct {
		events   []event
		expected []string
	}{
		"the message itself":       {[]event{{"type": "read", "n": 4}}, []string{second.ProviderID + " read"}},
		"one's own message":        {[]event{{"type": "delivered", "n": 3}}, []string{first.ProviderID + " delivered"}},
		"beyond the end":           {[]event{{"type": "read", "n": 1 << 40}}, []string{second.ProviderID + " read"}},
		"before the first":         {[]event{{"type": "read", "n": 1}}, nil},
		"nothing":                  {[]event{{"type": "read", "n": 0}, {"type": "delivered", "n": -4}}, nil},
		"read says delivered too":  {[]event{{"type": "delivered", "n": 2}, {"type": "read", "n": 4}}, []string{second.ProviderID + " read"}},
		"delivered further":        {[]event{{"type": "read", "n": 2}, {"type": "delivered", "n": 4}}, []string{second.ProviderID + " delivered", first.ProviderID + " read"}},
		"the furthest of each":     {[]event{{"type": "read", "n": 2}, {"type": "read", "n": 4}, {"type": "read", "n": 3}}, []string{second.ProviderID + " read"}},
		"among other things":       {[]event{{"type": "typing"}, {"type": "read", "n": 2}, {"type": "left"}}, []string{first.ProviderID + " read", " ", " "}},
		"typing has no watermarks": {[]event{{"type": "typing", "n": 4}}, []string{" "}},
	} {
		batch, err := w.parse(w.request(v, c.events...))
		require.NoError(t, err, name)
		var got []string
		for _, e := range batch.Events {
			got = append(got, e.Status.ProviderID+" "+string(e.Status.Status))
			require.Equal(t, e.Type == connectors.InStatus, e.Status.Through, name)
		}
		require.Equal(t, c.expected, got, name)
		status, _ := w.commit(batch, false)
		require.Equal(t, http.StatusAccepted, status, name)
	}
}

func TestSendKnowsWhatCannotWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		account, address string
		code             connectors.ErrorCode
	}{{"chat", "nobody", connectors.CodeRejected}, {"removed", newID(), connectors.CodeConfig}} {
		account := w.account
		account.ID = c.account
		_, err := w.Send(t.Context(), account, connectors.Outgoing{ID: newID(), Address: c.address})
		var refused *connectors.SendError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, c.code, refused.Code)
	}
}
