package fetch_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/fetch"
	"seax/connectors/wire"
	"seax/internal/egress"
)

// internet is one server for every host there is; it notes with which credentials it was asked.
type internet struct {
	mu    sync.Mutex
	asked map[string]string
}

func (i *internet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	i.asked[r.Host+r.URL.Path] = r.Header.Get("Authorization")
	i.mu.Unlock()
	switch r.URL.Path {
	case "/file.png":
		w.Header().Set("Content-Type", "image/png; x=y")
		_, _ = w.Write([]byte("picture"))
	case "/named":
		w.Header().Set("Content-Disposition", `attachment; filename="../../invoice 7.pdf"`)
		_, _ = w.Write([]byte("pdf"))
	case "/moved":
		http.Redirect(w, r, "https://cdn.provider.example/file.png", http.StatusTemporaryRedirect)
	case "/round":
		http.Redirect(w, r, "/round", http.StatusFound)
	case "/inside":
		http.Redirect(w, r, "http://cdn.provider.example/file.png", http.StatusFound)
	case "/abroad":
		http.Redirect(w, r, "https://evil.example/file.png", http.StatusFound)
	case "/limit":
		w.Header().Set("Retry-After", "9")
		w.WriteHeader(http.StatusTooManyRequests)
	case "/down":
		w.WriteHeader(http.StatusBadGateway)
	case "/empty":
		w.WriteHeader(http.StatusAccepted)
	case "/private":
		w.WriteHeader(http.StatusForbidden)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	world := &internet{asked: map[string]string{}}
	server := httptest.NewServer(world)
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	require.NoError(t, err)
	f := fetch.New(wire.Through(http.DefaultTransport, at))
	header := http.Header{"Authorization": {"Basic x"}}
	hosts := []string{"api.provider.example", ".provider.example"}

	get := func(address string) (connectors.Media, error) { return f.Fetch(t.Context(), address, header, hosts...) }
	media, err := get("https://api.provider.example/moved")
	require.NoError(t, err)
	content, err := io.ReadAll(media.Body)
	require.NoError(t, err)
	require.NoError(t, media.Body.Close())
	require.Equal(t, "picture", string(content))
	require.Equal(t, "file.png", media.Name)
	require.Equal(t, "image/png", media.MediaType)
	require.Equal(t, map[string]string{"api.provider.example/moved": "Basic x", "cdn.provider.example/file.png": ""}, world.asked, "credentials stay with the host they are for")

	media, err = get("https://api.provider.example/named")
	require.NoError(t, err)
	require.NoError(t, media.Body.Close())
	require.Equal(t, "invoice 7.pdf", media.Name)

	for address, code := range map[string]connectors.ErrorCode{
		"http://api.provider.example/file.png":        connectors.CodeRejected,
		"https://evil.example/file.png":               connectors.CodeRejected,
		"https://provider.example.evil.test/file.png": connectors.CodeRejected,
		"https://evilprovider.example/file.png":       connectors.CodeRejected,
		"https://api.provider.example@evil.example/":  connectors.CodeRejected,
		"https://user@api.provider.example/file.png":  connectors.CodeRejected,
		"https://127.0.0.1/file.png":                  connectors.CodeRejected,
		"file:///etc/passwd":                          connectors.CodeRejected,
		"gopher://api.provider.example/":              connectors.CodeRejected,
		"":                                            connectors.CodeRejected,
		"https://[::1":                                connectors.CodeRejected,
		"https://api.provider.example/round":          connectors.CodeRejected,
		"https://api.provider.example/inside":         connectors.CodeRejected,
		"https://api.provider.example/abroad":         connectors.CodeRejected,
		"https://api.provider.example/gone":           connectors.CodeRejected,
		"https://api.provider.example/private":        connectors.CodeRejected,
		"https://api.provider.example/limit":          connectors.CodeThrottled,
		"https://api.provider.example/down":           connectors.CodeProvider,
		"https://api.provider.example/empty":          connectors.CodeProvider,
	} {
		_, err := get(address)
		var e *connectors.SendError
		require.ErrorAs(t, err, &e, address)
		require.Equal(t, code, e.Code, address)
		require.NotEmpty(t, e.Words)
		if code == connectors.CodeThrottled {
			require.Equal(t, 9*time.Second, e.RetryAfter)
		}
	}
	require.NotContains(t, world.asked, "evil.example/file.png")
}

// The name is fine and leads inside: nobody there is asked.
func TestPrivateAddressesAreNotConnectedTo(t *testing.T) {
	t.Parallel()
	f := fetch.New(egress.Policy{}.Transport())
	for _, address := range []string{"https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://169.254.169.254/latest/meta-data"} {
		_, err := f.Fetch(t.Context(), address, nil, "*")
		var e *connectors.SendError
		require.ErrorAs(t, err, &e, address)
		require.Equal(t, connectors.CodeRejected, e.Code, address)
		require.ErrorIs(t, err, egress.ErrPrivate, address)
	}
}
