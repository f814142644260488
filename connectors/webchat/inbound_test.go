package webchat_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"seax/connectors"
	"seax/connectors/webchat"
)

func TestMessagesThatAreRefused(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newID()
	for name, e := range map[string]event{
		"no cid":          {"type": "message", "text": "hi"},
		"a wrong cid":     {"type": "message", "cid": "1", "text": "hi"},
		"nothing said":    {"type": "message", "cid": newID(), "text": " \n\t "},
		"control only":    {"type": "message", "cid": newID(), "text": "\x00\x01"},
		"too long":        say(newID(), strings.Repeat("x", 4001)),
		"a wrong choice":  {"type": "message", "cid": newID(), "choice": "a\x00b"},
		"a long choice":   {"type": "message", "cid": newID(), "choice": strings.Repeat("x", 201)},
		"too many files":  {"type": "message", "cid": newID(), "attachments": []uuid.UUID{{1}, {2}, {3}, {4}, {5}, {6}}},
		"an unknown file": {"type": "message", "cid": newID(), "attachments": []uuid.UUID{{1}}},
		"an unknown type": {"type": "dance"},
		"no type":         {"cid": newID()},
	} {
		_, err := w.parse(w.request(v, say(newID(), "fine"), e))
		require.ErrorContains(t, err, "malformed", name)
	}
	many := make([]event, 51)
	for i := range many {
		many[i] = event{"type": "typing"}
	}
	_, err := w.parse(w.request(v, many...))
	require.ErrorContains(t, err, "malformed")
	_, err = w.parse(w.request(v, many[:50]...))
	require.NoError(t, err)
}

func TestMessageIsCleaned(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newID()
	w.send(v, say(newID(), "a\x00b\r\nc\td\x1b[31m"), event{"type": "message", "cid": newID(), "choice": "yes", "text": "Yes"})
	p := w.feed(v, "")
	require.Equal(t, "ab\nc\td[31m", p.Items[0].Text)
	require.Equal(t, "yes", p.Items[1].Choice)
}

func TestOnlyOnesOwnFiles(t *testing.T) {
	t.Parallel()
	w, mine, theirs := newWorld(t), newID(), newID()
	a, err := w.files.Put(t.Context(), "cup.png", "visitor:chat:"+mine, 100, nil, strings.NewReader("PNG"))
	require.NoError(t, err)
	e := event{"type": "message", "cid": newID(), "attachments": []uuid.UUID{a.ID}}
	_, err = w.parse(w.request(theirs, e))
	require.ErrorContains(t, err, "no file")
	w.send(mine, e)
	p := w.feed(mine, "")
	require.Equal(t, "cup.png", p.Items[0].Attachments[0].Name)
	require.Equal(t, "/files/"+a.ID.String()+"/signed", p.Items[0].Attachments[0].URL)
	require.Contains(t, w.pushed.to(mine, "item")[0], "/signed")
}

// What we cannot look up is our fault, not the widget's: it keeps the messages and sends again.
func TestOurFaultsAreNotTheVisitors(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newID()
	w.files.fails = errDown
	batch, err := w.parse(w.request(v, say(newID(), "hi"), event{"type": "message", "cid": newID(), "attachments": []uuid.UUID{{1}}}))
	require.NoError(t, err)
	require.Empty(t, batch.Events)
	status, a := w.commit(batch, false)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, "unavailable", a.Code)

	batch, err = w.parse(w.request(v, say(newID(), "hi")))
	require.NoError(t, err)
	r := w.request(v, event{"type": "read", "n": 4})
	w.pool.Close()
	require.Equal(t, http.StatusServiceUnavailable, batch.Respond([]connectors.Result{{Status: connectors.ResultAccepted}}).Status)
	batch, err = w.parse(r)
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, batch.Respond(nil).Status)
}

func TestFloodsAreHeldBack(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newID()
	for range 30 {
		_, err := w.parse(w.request(v, say(newID(), "hi")))
		require.NoError(t, err)
	}
	_, err := w.parse(w.request(v, say(newID(), "hi")))
	var limited *connectors.LimitError
	require.ErrorAs(t, err, &limited)
	require.Equal(t, time.Second, limited.RetryAfter)
	_, err = w.parse(w.request(v, event{"type": "typing"}))
	require.NoError(t, err, "only messages are many")
	_, err = w.parse(w.request(newID(), say(newID(), "hi")))
	require.NoError(t, err, "another visitor is not")
	w.pass(time.Second)
	_, err = w.parse(w.request(v, say(newID(), "hi")))
	require.NoError(t, err)
	for range 100 {
		_, err = w.parse(w.request(v, event{"type": "typing"}))
	}
	require.ErrorAs(t, err, &limited, "requests are counted, too")
}

func TestALongOutboxGetsThrough(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newID()
	var events []event
	for range 50 {
		events = append(events, say(newID(), "typed offline"))
	}
	w.send(v, events...)
	require.Len(t, w.feed(v, "").Items, 50)
}

// Whatever is taken, the allowance never exceeds the burst plus what came back since, and a refusal costs nothing.
func TestLimiter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		now := start
		burst := rapid.IntRange(1, 20).Draw(r, "burst")
		take, _ := webchat.TakeFrom(webchat.Limit{Burst: burst, Every: time.Second}, func() time.Time { return now })
		left := float64(burst)
		for range rapid.IntRange(1, 50).Draw(r, "steps") {
			passed := rapid.IntRange(0, 3000).Draw(r, "ms")
			now = now.Add(time.Duration(passed) * time.Millisecond)
			left = min(left+float64(passed)/1000, float64(burst))
			n := rapid.IntRange(0, burst).Draw(r, "n")
			err := take("k", n)
			if err == nil {
				left -= float64(n)
				require.Greater(r, left, -0.001)
				continue
			}
			require.Less(r, left, float64(n)+0.001)
			var limited *connectors.LimitError
			require.ErrorAs(r, err, &limited)
			require.InDelta(r, float64(n)-left, limited.RetryAfter.Seconds(), 0.01)
		}
	})
}

func TestLimiterForgetsTheOldest(t *testing.T) {
	t.Parallel()
	take, remembered := webchat.TakeFrom(webchat.Limit{Burst: 1, Every: time.Hour}, func() time.Time { return start })
	require.NoError(t, take("regular", 1))
	for i := range 3 * webchat.LimitKeys {
		_ = take(uuid.UUID{byte(i), byte(i >> 8), byte(i >> 16)}.String(), 1)
		if i%1000 == 0 {
			require.Error(t, take("regular", 1), "who keeps coming is not forgotten")
		}
	}
	require.LessOrEqual(t, remembered(), 2*webchat.LimitKeys)
}
