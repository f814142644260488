package api_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/auth"
	"seax/internal/conversation"
	"seax/internal/realtime"
)

// visitor is somebody at a web page's chat.
type visitor struct{ id, token string }

func (s *server) visitor() visitor {
	s.t.Helper()
	r := s.send(http.MethodPost, "/webchat/chat/session", "{}").ok(http.StatusOK)
	id, _ := r.field("visitor_id").(string)
	token, _ := r.field("token").(string)
	return visitor{id, token}
}

// write sends events as a visitor's widget does.
func (s *server) write(v visitor, events any) reply {
	s.t.Helper()
	return s.send(http.MethodPost, "/webhooks/webchat/chat", events, bearer(v.token))
}

func message(cid, text string) map[string]any {
	return map[string]any{"events": []any{map[string]any{"type": "message", "cid": cid, "text": text}}}
}

func TestAVisitorsMessageIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	v := s.visitor()
	cid := uuid.NewString()
	status := func(r reply) string {
		var answer struct {
			Results []struct{ CID, Status string }
		}
		r.ok(http.StatusAccepted).json(&answer)
		require.Len(t, answer.Results, 1)
		require.Equal(t, cid, answer.Results[0].CID)
		return answer.Results[0].Status
	}
	require.Equal(t, "accepted", status(s.write(v, message(cid, nasty))))
	require.Equal(t, "duplicate", status(s.write(v, message(cid, nasty))))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { s.write(v, message(cid, nasty)) })
	}
	wg.Wait()
	var body conversation.Message
	require.NoError(t, s.Pool.QueryRow(t.Context(), `select body from conversation_events where kind = 'customer.message'`).Scan(&body))
	require.Equal(t, nasty, body.Text)
	feed := s.send(http.MethodGet, "/webchat/chat/feed", nil, bearer(v.token)).ok(http.StatusOK)
	require.InEpsilon(t, 1.0, feed.field("last_n"), 0)
}

func TestForgedAndExpiredVisitors(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Exec(`insert into channels (id, kind, name, queue_id, secret) values ('other', 'webchat', 'Other', 'support', 'another secret')`)
	v := s.visitor()
	parts := strings.Split(v.token, ".")
	// alg none, with the claims as they were.
	none := "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + parts[1] + "."
	for name, forged := range map[string]string{
		"none": "", "not a token": "x", "signature cut off": parts[0] + "." + parts[1] + ".", "no algorithm": none,
		"other claims": parts[0] + "." + parts[1] + "x." + parts[2], "other signature": parts[0] + "." + parts[1] + "." + strings.Repeat("A", len(parts[2])),
	} {
		s.write(visitor{token: forged}, message(uuid.NewString(), name)).refused(http.StatusUnauthorized, "unauthorized")
		s.send(http.MethodGet, "/webchat/chat/feed", nil, bearer(forged)).ok(http.StatusUnauthorized)
		s.send(http.MethodPost, "/webchat/chat/files", nil, bearer(forged)).ok(http.StatusUnauthorized)
	}
	s.send(http.MethodPost, "/webhooks/webchat/chat", message(uuid.NewString(), "hi")).refused(http.StatusUnauthorized, "unauthorized")
	s.send(http.MethodPost, "/webhooks/webchat/other", message(uuid.NewString(), "hi"), bearer(v.token)).refused(http.StatusUnauthorized, "unauthorized")
	s.send(http.MethodGet, "/webhooks/webchat/chat", nil, bearer(v.token)).refused(http.StatusUnauthorized, "unauthorized")
	// What is not authenticated is not read: even a body that is no JSON is a 401.
	s.send(http.MethodPost, "/webhooks/webchat/chat", "\xff{{{").refused(http.StatusUnauthorized, "unauthorized")

	s.clock.Pass(24*time.Hour + time.Second)
	s.write(v, message(uuid.NewString(), "hi")).refused(http.StatusUnauthorized, "visitor_token_expired")
	require.Equal(t, "visitor_token_expired", s.send(http.MethodGet, "/webchat/chat/feed", nil, bearer(v.token)).ok(http.StatusUnauthorized).field("code"))
	again := s.send(http.MethodPost, "/webchat/chat/session", map[string]string{"token": v.token}).ok(http.StatusOK)
	require.Equal(t, v.id, again.field("visitor_id"), "an expired token resumes the visitor")
	require.Zero(t, s.count(`select count(*) from conversations`))
}

func TestUnknownChannels(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Exec(`insert into channels (id, kind, name, queue_id, secret, enabled) values ('off', 'webchat', 'Off', 'support', 'secret', false)`)
	for _, target := range []string{
		"/webhooks/webchat/nothing", "/webhooks/fax/chat", "/webhooks/webchat/off", "/webhooks/webchat/%00", "/webhooks/webchat/%ff%fe",
		"/webhooks/webchat/" + strings.Repeat("a", 3000), "/webhooks/webchat/chat'--", "/webchat/nothing/session", "/webchat/off/session", "/webchat/%00/session",
	} {
		p := s.send(http.MethodPost, target, "{}")
		require.Equal(t, http.StatusNotFound, p.Status, target)
		require.Equal(t, "not_found", p.field("code"), target)
	}
}

func TestWhatAWidgetMayNotSend(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	v := s.visitor()
	events := func(event string) string { return `{"events":[` + event + `]}` }
	cid := `"cid":"` + uuid.NewString() + `"`
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"not JSON":              {`hello`, 400},
		"cut off":               {`{"events":[`, 400},
		"two values":            {`{"events":[{"type":"typing"}]}{}`, 400},
		"no events":             {`{}`, 400},
		"an empty list":         {events(``), 400},
		"51 events":             {events(strings.Repeat(`{"type":"typing"},`, 50) + `{"type":"typing"}`), 400},
		"an unknown event":      {events(`{"type":"explode"}`), 400},
		"invalid UTF-8":         {events(`{"type":"message",` + cid + `,"text":"` + "\xff" + `"}`), 400},
		"no id":                 {events(`{"type":"message","text":"hi"}`), 400},
		"an id that is none":    {events(`{"type":"message","cid":"1","text":"hi"}`), 400},
		"nothing to say":        {events(`{"type":"message",` + cid + `,"text":" \n "}`), 400},
		"too long":              {events(`{"type":"message",` + cid + `,"text":"` + strings.Repeat("가", 4001) + `"}`), 400},
		"somebody else's file":  {events(`{"type":"message",` + cid + `,"attachments":["` + uuid.NewString() + `"]}`), 400},
		"null in a choice":      {events(`{"type":"message",` + cid + `,"choice":"a\u0000"}`), 400},
		"more than a megabyte":  {events(`{"type":"message",` + cid + `,"text":"` + strings.Repeat("a", 1<<20) + `"}`), 413},
		"a number out of range": {events(`{"type":"read","n":1e300}`), 400},
	} {
		code := map[int]string{400: "invalid", 413: "too_large"}[c.status]
		s.clock.Pass(time.Minute)
		r := s.write(v, c.body)
		require.Equal(t, c.status, r.Status, "%s: %s", name, r.Body)
		r.refused(c.status, code)
	}
	require.Zero(t, s.count(`select count(*) from conversation_events`))
	// A null character in a text is taken out, the rest is kept.
	s.write(v, events(`{"type":"message",`+cid+`,"text":"a\u0000b"}`)).ok(http.StatusAccepted)
	require.Equal(t, 1, s.count(`select count(*) from conversation_events where body->>'text' = 'ab'`))
	s.write(v, events(`{"type":"read","n":9223372036854775807}`)).ok(http.StatusAccepted)
}

func TestAVisitorWhoFloodsIsHeldBack(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	v := s.visitor()
	for i := 0; ; i++ {
		r := s.write(v, message(uuid.NewString(), "spam"))
		if r.Status == http.StatusAccepted {
			require.Less(t, i, 1000)
			continue
		}
		p := r.refused(http.StatusTooManyRequests, "throttled")
		require.Positive(t, p.RetryAfter)
		require.NotEmpty(t, r.Header.Get("Retry-After"))
		s.clock.Pass(time.Duration(p.RetryAfter) * time.Second)
		break
	}
	s.write(v, message(uuid.NewString(), "sorry")).ok(http.StatusAccepted)
}

func TestOriginsOfTheChannelsListOnly(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Exec(`update channels set settings = '{"origins": "https://shop.example\nhttps://other.example"}' where id = 'chat'`)
	for _, target := range []string{"/webhooks/webchat/chat", "/webchat/chat/session"} {
		evil := s.send(http.MethodPost, target, "{}", header("Origin", "https://evil.example"))
		require.Equal(t, http.StatusForbidden, evil.Status)
		require.Empty(t, evil.Header.Get("Access-Control-Allow-Origin"))
		preflight := s.send(http.MethodOptions, target, nil, header("Origin", "https://shop.example"), header("Access-Control-Request-Method", "POST")).ok(http.StatusNoContent)
		require.Equal(t, "https://shop.example", preflight.Header.Get("Access-Control-Allow-Origin"))
		require.Contains(t, preflight.Header.Get("Access-Control-Allow-Headers"), "Authorization")
		require.Empty(t, preflight.Header.Get("Access-Control-Allow-Credentials"), "a visitor has no cookie")
	}
}

func TestIdentitiesAreProvenOrRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, forged := range []string{"x", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIiwiZXhwIjo5OTk5OTk5OTk5fQ.", strings.Repeat("a.", 100)} {
		r := s.send(http.MethodPost, "/webchat/chat/session", map[string]string{"identity": forged})
		require.Equal(t, http.StatusUnauthorized, r.Status)
		require.Equal(t, "unauthorized", r.field("code"))
	}
	for _, bad := range []string{"", "hello", "[]", strings.Repeat(" ", 20<<10) + "{}"} {
		r := s.send(http.MethodPost, "/webchat/chat/session", bad)
		require.Equal(t, http.StatusBadRequest, r.Status, "%.20s", bad)
	}
}

func TestTypingIsShownToTheAgentAndNotStored(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	v := s.visitor()
	s.write(v, message(uuid.NewString(), "hi")).ok(http.StatusAccepted)
	s.write(v, `{"events":[{"type":"typing"}]}`).ok(http.StatusAccepted)
	var id uuid.UUID
	require.NoError(t, s.Pool.QueryRow(t.Context(), `select id from conversations`).Scan(&id))
	require.Contains(t, s.pushed.to(realtime.ConversationChannel(id)), map[string]string{"t": "typing", "from": "customer"})
	require.Equal(t, []conversation.Kind{conversation.Opened, conversation.CustomerMessage}, s.Kinds(id))
}

// Behind a proxy all visitors come from its address; one must not use up the others' sessions.
func TestSessionsAreLimitedByTheVisitorsAddress(t *testing.T) {
	t.Parallel()
	s := newServer(t, trustProxy)
	session := func(from string) int {
		return s.send(http.MethodPost, "/webchat/chat/session", "{}", header("X-Forwarded-For", from)).Status
	}
	for range 200 {
		if session("203.0.113.1") == http.StatusTooManyRequests {
			require.Equal(t, http.StatusOK, session("203.0.113.2"))
			return
		}
	}
	require.Fail(t, "never held back")
}

func TestAConversationIsFoundByWhatTheCustomerWrote(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	v := s.visitor()
	s.write(v, message(uuid.NewString(), `100%_sure\ it's "here"`)).ok(http.StatusAccepted)
	supervisor := s.person(auth.Supervisor)
	found := func(q string) int {
		r := s.api(http.MethodGet, "/conversations?view=all&q="+q, nil, as(supervisor)).ok(http.StatusOK)
		items, _ := r.field("items").([]any)
		return len(items)
	}
	for _, q := range []string{"100%25_sure%5C", "%25", "_sure", "it%27s", "%22here%22", "100%25_SURE"} {
		require.Equal(t, 1, found(q), q)
	}
	for _, q := range []string{"100_", "1%25e", "%27%3B+drop", "%5C%5C"} {
		require.Zero(t, found(q), q)
	}
}
