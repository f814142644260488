package wire_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/wire"
)

func post(t *testing.T, ctx context.Context, address string) (wire.Answer, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader("hello"))
	require.NoError(t, err)
	return wire.Do(wire.NewClient(http.DefaultTransport), r)
}

func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func requireCode(t *testing.T, err error, code connectors.ErrorCode) *connectors.SendError {
	t.Helper()
	var e *connectors.SendError
	require.ErrorAs(t, err, &e)
	require.Equal(t, code, e.Code)
	require.NotEmpty(t, e.Words)
	return e
}

func TestAnswersOfAnyStatusAreRead(t *testing.T) {
	t.Parallel()
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte(`{"code":1}`))
	})
	a, err := post(t, t.Context(), address)
	require.NoError(t, err)
	require.False(t, a.OK())
	require.Equal(t, 7*time.Second, a.RetryAfter(time.Now()))
	var body struct{ Code int }
	require.NoError(t, a.JSON(&body))
	require.Equal(t, 1, body.Code)
	requireCode(t, wire.Answer{Body: []byte("<html>")}.JSON(&body), connectors.CodeAmbiguous)
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	a, err := post(t, t.Context(), address)
	require.NoError(t, err)
	require.Equal(t, http.StatusTemporaryRedirect, a.Status)
}

func TestWhetherACallCanHaveBeenProcessed(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	nobody := "http://" + listener.Addr().String()
	require.NoError(t, listener.Close())
	_, err = post(t, t.Context(), nobody)
	requireCode(t, err, connectors.CodeConnection)
	_, err = post(t, t.Context(), "http://name.invalid/secret-token")
	e := requireCode(t, err, connectors.CodeConnection)
	require.NotContains(t, e.Error(), "secret-token")

	hangsUp := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = r.Body.Read(make([]byte, 10))
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	})
	_, err = post(t, t.Context(), hangsUp)
	requireCode(t, err, connectors.CodeAmbiguous)

	halfAnAnswer := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("half"))
	})
	_, err = post(t, t.Context(), halfAnAnswer)
	requireCode(t, err, connectors.CodeAmbiguous)

	arrived := make(chan struct{})
	silent := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		close(arrived)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	_, err = post(t, ctx, silent)
	requireCode(t, err, connectors.CodeAmbiguous)
	require.ErrorIs(t, err, context.Canceled)

	endless := serve(t, func(w http.ResponseWriter, r *http.Request) {
		chunk := make([]byte, 1<<20)
		for r.Context().Err() == nil {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	_, err = post(t, t.Context(), endless)
	requireCode(t, err, connectors.CodeAmbiguous)
}

func TestStatusesAreClassified(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for status, code := range map[int]connectors.ErrorCode{
		400: connectors.CodeRejected, 401: connectors.CodeConfig, 403: connectors.CodeConfig, 404: connectors.CodeUnreachable, 408: connectors.CodeAmbiguous,
		410: connectors.CodeUnreachable, 413: connectors.CodeRejected, 429: connectors.CodeThrottled, 500: connectors.CodeAmbiguous, 502: connectors.CodeAmbiguous,
		503: connectors.CodeProvider, 504: connectors.CodeAmbiguous, 302: connectors.CodeRejected,
	} {
		requireCode(t, wire.Answer{Status: status}.Refusal(now, "detail"), code)
	}
	for header, want := range map[string]time.Duration{
		"": 0, "3": 3 * time.Second, "0.5": 500 * time.Millisecond, "-1": 0, "soon": 0, "Sun, 01 Mar 2026 12:01:00 GMT": time.Minute, "Sun, 01 Mar 2026 11:00:00 GMT": 0, "1e300": 0, "NaN": 0,
	} {
		a := wire.Answer{Status: 429, Header: http.Header{"Retry-After": {header}}}
		require.Equal(t, want, a.Refusal(now, "").RetryAfter, header)
	}
}

func TestDividedByHost(t *testing.T) {
	t.Parallel()
	named := func(name string) http.RoundTripper {
		server, err := url.Parse(serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Name", name) }))
		require.NoError(t, err)
		return wire.Through(http.DefaultTransport, server)
	}
	client := wire.NewClient(wire.Divided([]string{"api.provider.example"}, named("provider"), named("others")))
	for address, want := range map[string]string{
		"https://api.provider.example/v1": "provider", "http://api.provider.example:8080/": "provider", "https://provider.example/": "others", "http://127.0.0.1:1/": "others",
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		require.NoError(t, err)
		answer, err := wire.Do(client, r)
		require.NoError(t, err)
		require.Equal(t, want, answer.Header.Get("X-Name"), address)
	}
}

func TestThroughKeepsTheHost(t *testing.T) {
	t.Parallel()
	hosts := make(chan string, 1)
	server, err := url.Parse(serve(t, func(_ http.ResponseWriter, r *http.Request) { hosts <- r.Host + r.URL.String() }))
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.provider.example/v1?x=1", nil)
	require.NoError(t, err)
	_, err = wire.Do(wire.NewClient(wire.Through(http.DefaultTransport, server)), r)
	require.NoError(t, err)
	require.Equal(t, "api.provider.example/v1?x=1", <-hosts)
	require.Equal(t, "https://api.provider.example/v1?x=1", r.URL.String(), "the request is as it was")
}
