package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/auth"
)

func key(k string) option { return header("Idempotency-Key", k) }

func article(title string) map[string]string {
	return map[string]string{"locale": "en", "title": title, "body": "text"}
}

func TestARepeatedPostGetsTheSameAnswer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	first := s.api(http.MethodPost, "/articles", article("a"), as(admin), key("k1")).ok(http.StatusCreated)
	again := s.api(http.MethodPost, "/articles", article("a"), as(admin), key("k1")).ok(http.StatusCreated)
	require.Equal(t, string(first.Body), string(again.Body))
	require.Equal(t, first.Header.Get("Content-Type"), again.Header.Get("Content-Type"))
	require.Equal(t, 1, s.count(`select count(*) from articles`))
	s.api(http.MethodPost, "/articles", article("a"), as(admin), key("k2")).ok(http.StatusCreated)
	require.Equal(t, 2, s.count(`select count(*) from articles`))
}

func TestARepeatedPostGetsTheSameRefusal(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	skill := map[string]any{"id": "en", "label": map[string]string{"en": "English"}}
	first := s.api(http.MethodPost, "/skills", skill, as(admin), key("k")).refused(http.StatusConflict, "conflict")
	s.Exec(`delete from skills`)
	require.Equal(t, first, s.api(http.MethodPost, "/skills", skill, as(admin), key("k")).refused(http.StatusConflict, "conflict"))
}

// What is secret is shown once and kept nowhere: the answer is not repeated, but what was asked for is not done again either.
func TestAnAnswerWithASecretIsNotKept(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	for route, c := range map[string]struct {
		body   map[string]any
		secret string
		table  string
	}{
		"/api-keys":   {map[string]any{"name": "shop", "role": "agent"}, "key", "api_keys"},
		"/wallboards": {map[string]any{"name": "Hall", "queues": []string{"support"}, "language": "en"}, "token", "wallboards"},
	} {
		first := s.api(http.MethodPost, route, c.body, as(admin), key(route)).ok(http.StatusCreated)
		token, _ := first.field(c.secret).(string)
		require.NotEmpty(t, token)
		require.Contains(t, s.api(http.MethodPost, route, c.body, as(admin), key(route)).refused(http.StatusConflict, "conflict").Detail, "shown")
		require.Equal(t, 1, s.count(`select count(*) from `+c.table))
		require.Zero(t, s.count(`select count(*) from idempotency_keys where position(convert_to($1, 'UTF8') in response) > 0`, token))
		require.Equal(t, 1, s.count(`select count(*) from idempotency_keys where key = $1 and status = 201 and response is null`, route))
		// A refusal has no secret in it, and is repeated.
		refusal := s.api(http.MethodPost, route, `{}`, as(admin), key(route+" empty")).refused(http.StatusBadRequest, "invalid")
		require.Equal(t, refusal, s.api(http.MethodPost, route, `{}`, as(admin), key(route+" empty")).refused(http.StatusBadRequest, "invalid"))
	}
}

func TestAnEmptyAnswerIsRepeatedToo(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent := s.person(auth.Agent, "support")
	id := s.owned(agent)
	for range 2 {
		s.api(http.MethodPost, "/conversations/"+id.String()+"/typing", nil, as(agent), key("k")).ok(http.StatusNoContent)
	}
	require.Len(t, s.pushed.to("visitor:chat:"+id.String()), 1)
}

func TestAKeyIsForOneRequest(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin, other := s.person(auth.Admin), s.person(auth.Admin)
	s.api(http.MethodPost, "/articles", article("a"), as(admin), key("k")).ok(http.StatusCreated)
	s.api(http.MethodPost, "/articles", article("b"), as(admin), key("k")).refused(http.StatusConflict, "conflict")
	s.api(http.MethodPost, "/skills", article("a"), as(admin), key("k")).refused(http.StatusBadRequest, "invalid")
	s.api(http.MethodPost, "/skills", map[string]any{"id": "x", "label": map[string]string{"en": "X"}}, as(admin), key("k")).refused(http.StatusConflict, "conflict")
	s.api(http.MethodPost, "/articles", article("b"), as(other), key("k")).ok(http.StatusCreated)
	for _, bad := range []string{strings.Repeat("k", 201), "\xff\xfe", "a\x00b"} {
		s.api(http.MethodPost, "/articles", article("c"), as(admin), key(bad)).refused(http.StatusBadRequest, "invalid")
	}
}

func TestTheSamePostAtTheSameTimeIsDoneOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	answers := make([]reply, 8)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = s.api(http.MethodPost, "/articles", article("a"), as(admin), key("k")) })
	}
	wg.Wait()
	for _, r := range answers {
		if r.Status != http.StatusCreated {
			p := r.refused(http.StatusConflict, "conflict")
			require.Contains(t, p.Detail, "still being answered")
		}
	}
	require.Equal(t, 1, s.count(`select count(*) from articles`))
	s.api(http.MethodPost, "/articles", article("a"), as(admin), key("k")).ok(http.StatusCreated)
}

// leaver is a caller who goes away when the answer begins.
type leaver struct {
	*httptest.ResponseRecorder
	leave func()
}

func (l *leaver) WriteHeader(status int) {
	l.leave()
	l.ResponseRecorder.WriteHeader(status)
}

// Whoever goes away before the answer is exactly who will repeat the request.
func TestAnAnswerIsRememberedForACallerWhoHasGone(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	ctx, leave := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/api/v1/articles", strings.NewReader(`{"body":"text","locale":"en","title":"a"}`))
	for _, o := range []option{as(admin), key("k"), header("Content-Type", "application/json")} {
		o(r)
	}
	s.handler.ServeHTTP(&leaver{httptest.NewRecorder(), leave}, r)
	require.Error(t, ctx.Err(), "the caller has gone")
	require.Equal(t, 1, s.count(`select count(*) from articles`))
	s.api(http.MethodPost, "/articles", article("a"), as(admin), key("k")).ok(http.StatusCreated)
	require.Equal(t, 1, s.count(`select count(*) from articles`))
}

func TestUploadsAreRepeatableAndBounded(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent := s.person(auth.Agent)
	body, media := form(t, "file", "a.txt", []byte("hello"))
	first := s.api(http.MethodPost, "/files", body, as(agent), media, key("k")).ok(http.StatusCreated)
	again := s.api(http.MethodPost, "/files", body, as(agent), media, key("k")).ok(http.StatusCreated)
	require.Equal(t, string(first.Body), string(again.Body))
	large, media := form(t, "file", "a.txt", make([]byte, 21<<20))
	s.api(http.MethodPost, "/files", large, as(agent), media, key(uuid.NewString())).refused(http.StatusRequestEntityTooLarge, "too_large")
}
