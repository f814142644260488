package api_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"seax/api"
	"seax/internal/auth"
)

func trustProxy(d *api.Deps) { d.TrustProxy = true }

func TestSecurityHeadersAreEverywhere(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	for _, target := range []string{
		"/", "/inbox/some/page", "/assets/index-4f3a.js", "/assets/nothing.js", "/docs", "/healthz", "/api/v1/session", "/api/v1/nothing", "/webhooks/webchat/nothing",
		"/api/v1/openapi.yaml", "/demo/", "/widget/seax.js",
	} {
		h := s.send(http.MethodGet, target, nil, as(admin)).Header
		policy := h.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'self'", "script-src 'self';", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'"} {
			require.Contains(t, policy, part, target)
		}
		require.NotContains(t, policy, "unsafe-eval")
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), target)
		require.Equal(t, "same-origin", h.Get("Referrer-Policy"), target)
		require.NotEmpty(t, h.Get("X-Request-Id"), target)
		require.Empty(t, h.Get("Server"))
	}
	require.Equal(t, "no-store", s.api(http.MethodGet, "/session", nil, as(admin)).Header.Get("Cache-Control"))
}

func TestFilesOfTheClient(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for target, c := range map[string]struct {
		media, cache string
		packed       bool
	}{
		"/":                      {"text/html", "no-cache", true},
		"/favicon.svg":           {"image/svg+xml", "no-cache", false},
		"/assets/index-4f3a.js":  {"javascript", "public, max-age=31536000, immutable", true},
		"/assets/style-91bc.css": {"text/css", "public, max-age=31536000, immutable", true},
		"/assets/logo-77aa.png":  {"image/png", "public, max-age=31536000, immutable", false},
		"/widget/seax.js":        {"javascript", "no-cache", true},
		"/demo/":                 {"text/html", "no-cache", false},
		"/demo/index.html":       {"text/html", "no-cache", false},
		"/docs":                  {"text/html", "no-cache", true},
		"/docs/":                 {"text/html", "no-cache", true},
		"/docs/docs.js":          {"javascript", "no-cache", true},
		"/docs/docs.css":         {"text/css", "no-cache", true},
	} {
		plain := s.send(http.MethodGet, target, nil).ok(http.StatusOK)
		require.Contains(t, plain.Header.Get("Content-Type"), c.media, target)
		require.Equal(t, c.cache, plain.Header.Get("Cache-Control"), target)
		require.Contains(t, plain.Header.Values("Vary"), "Accept-Encoding", target)
		require.Empty(t, plain.Header.Get("Content-Encoding"), target)
		packed := s.send(http.MethodGet, target, nil, header("Accept-Encoding", "br, gzip")).ok(http.StatusOK)
		if !c.packed {
			require.Equal(t, plain.Body, packed.Body, target)
			continue
		}
		require.Equal(t, "gzip", packed.Header.Get("Content-Encoding"), target)
		require.Less(t, len(packed.Body), len(plain.Body), target)
		reader, err := gzip.NewReader(strings.NewReader(string(packed.Body)))
		require.NoError(t, err)
		unpacked, err := io.ReadAll(reader)
		require.NoError(t, err)
		require.Equal(t, plain.Body, unpacked, target)
	}
	require.Equal(t, "*", s.send(http.MethodGet, "/widget/seax.js", nil).Header.Get("Access-Control-Allow-Origin"))
}

func TestPagesOfTheClientAreItsIndex(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	index := s.send(http.MethodGet, "/", nil).ok(http.StatusOK).Body
	for _, target := range []string{"/inbox", "/inbox/0190/", "/admin/queues?x=1", "/%ff", "/a%00b", "/../../etc/passwd", "/assets", "/...", "/index.html"} {
		require.Equal(t, string(index), string(s.send(http.MethodGet, target, nil).ok(http.StatusOK).Body), target)
	}
	require.Empty(t, s.send(http.MethodHead, "/inbox", nil).ok(http.StatusOK).Body)
	s.send(http.MethodGet, "/assets/old-build.js", nil).refused(http.StatusNotFound, "not_found")
	s.send(http.MethodGet, "/docs/nothing.js", nil).ok(http.StatusNotFound)
	s.send(http.MethodGet, "/widget/../index.html", nil).ok(http.StatusOK)
	s.send(http.MethodGet, "/widget/nothing.js", nil).ok(http.StatusNotFound)
	require.NotEqual(t, http.StatusOK, s.send(http.MethodPost, "/inbox", "x").Status)
}

func TestAClientThatIsNotBuiltSaysSo(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(d *api.Deps) { d.Web = fstest.MapFS{} })
	require.Contains(t, string(s.send(http.MethodGet, "/", nil).ok(http.StatusServiceUnavailable).Body), "not built")
	s.send(http.MethodGet, "/healthz", nil).ok(http.StatusOK)
}

func TestHealthAndReadiness(t *testing.T) {
	t.Parallel()
	failing := false
	s := newServer(t, func(d *api.Deps) {
		d.Ready["temporal"] = func(context.Context) error {
			if failing {
				return errors.New("dial tcp 10.0.0.1:7233: connection refused")
			}
			return nil
		}
	})
	require.Equal(t, "ready", string(s.send(http.MethodGet, "/readyz", nil).ok(http.StatusOK).Body))
	failing = true
	r := s.send(http.MethodGet, "/readyz", nil)
	p := r.refused(http.StatusServiceUnavailable, "unavailable")
	require.Equal(t, map[string]string{"temporal": "failing"}, p.Fields)
	require.NotContains(t, string(r.Body), "10.0.0.1")
	require.Equal(t, "ok", string(s.send(http.MethodGet, "/healthz", nil).ok(http.StatusOK).Body))
}

func TestWithoutADatabaseTheAPISaysSoAndLeaksNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent := s.person(auth.Agent)
	v := s.visitor()
	s.Pool.Close()
	for _, r := range []reply{
		s.api(http.MethodGet, "/conversations?view=mine", nil, as(agent)),
		s.api(http.MethodPost, "/session", map[string]string{"email": "a@b.example", "password": "x"}),
		s.send(http.MethodPost, "/webhooks/webchat/chat", message("8f14e45f-ceea-467f-a0e6-5e5c4f2d0b6a", "hi"), bearer(v.token)),
	} {
		require.GreaterOrEqual(t, r.Status, 500, "%s", r.Body)
		code, _ := r.field("code").(string)
		r.refused(r.Status, code)
	}
	s.send(http.MethodGet, "/readyz", nil).refused(http.StatusServiceUnavailable, "unavailable")
	s.send(http.MethodGet, "/", nil).ok(http.StatusOK)
}

func TestACallerWhoHasGoneIsNoFailureOfOurs(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent := s.person(auth.Agent)
	gone := func(r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		cancel()
		*r = *r.WithContext(ctx)
	}
	s.api(http.MethodGet, "/conversations?view=mine", nil, as(agent), gone).refused(http.StatusServiceUnavailable, "unavailable")
	require.NotContains(t, s.log.String(), "level=ERROR")
}

func TestTheDocumentIsServed(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	require.Contains(t, string(s.api(http.MethodGet, "/openapi.yaml", nil).ok(http.StatusOK).Body), "openapi: 3.0.3")
	var doc struct {
		Paths map[string]any `json:"paths"`
	}
	s.api(http.MethodGet, "/openapi.json", nil).ok(http.StatusOK).json(&doc)
	require.Contains(t, doc.Paths, "/conversations/{id}/messages")
	require.Contains(t, string(s.send(http.MethodGet, "/docs", nil).ok(http.StatusOK).Body), "/docs/docs.js")
}

func TestSocketsAreMounted(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.send(http.MethodGet, "/realtime/agent", nil).ok(http.StatusTeapot)
	s.send(http.MethodGet, "/realtime/visitor", nil).ok(http.StatusTeapot)
}
