package fetch_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"seax/connectors"
	"seax/connectors/fetch"
	"seax/connectors/wire"
	"seax/internal/egress"
)

// refusal requires that an address is refused for good.
func refusal(t *testing.T, err error, address string) {
	t.Helper()
	var e *connectors.SendError
	require.ErrorAs(t, err, &e, address)
	require.Equal(t, connectors.CodeRejected, e.Code, address)
	require.True(t, e.Permanent(), address)
	require.NotEmpty(t, e.Words)
}

// names answers every question for a name with these addresses.
func names(t *testing.T, all ...[4]byte) string {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buffer[:n]) != nil {
				continue
			}
			m.Response = true
			m.Additionals = nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				for _, a := range all {
					m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}, Body: &dnsmessage.AResource{A: a}})
				}
			}
			if packed, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(packed, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

// Names of the public that lead inside, and ways to write addresses that only some understand: nobody inside is connected to.
func TestNobodyInsideIsReached(t *testing.T) {
	t.Parallel()
	inside, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = inside.Close() })
	var reached atomic.Int32
	go func() {
		for {
			conn, err := inside.Accept()
			if err != nil {
				return
			}
			reached.Add(1)
			_ = conn.Close()
		}
	}()
	_, port, err := net.SplitHostPort(inside.Addr().String())
	require.NoError(t, err)

	// All names lead here, as with a name whose owner changes its mind.
	resolver := names(t, [4]byte{203, 0, 113, 9}, [4]byte{127, 0, 0, 1}, [4]byte{169, 254, 169, 254}, [4]byte{10, 0, 0, 1})
	dialer := egress.Policy{}.Dialer()
	dialer.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, resolver)
	}}
	transport := egress.Policy{}.Transport()
	transport.DialContext = dialer.DialContext
	f := fetch.New(transport)
	for _, host := range []string{
		"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1%25lo]", "0.0.0.0", "[::]", "169.254.169.254", "10.0.0.1",
		"100.64.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.0.1.", "rebind.example", "rebind.example.", "localtest.example", "xn--e1afmkfd.example",
	} {
		address := "https://" + host + ":" + port + "/file.png"
		_, err := f.Fetch(t.Context(), address, nil, "*")
		require.Error(t, err, address)
		refusal(t, err, address)
	}
	require.Zero(t, reached.Load())
}

func TestRedirectsThatGoAstray(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch r.URL.Path {
		case "/to":
			w.Header().Set("Location", r.URL.Query().Get("where"))
			w.WriteHeader(http.StatusFound)
		case "/ring":
			n := len(r.URL.RawQuery)
			http.Redirect(w, r, fmt.Sprintf("https://%c.example/ring?%s", 'a'+n%3, strings.Repeat("x", n+1)), http.StatusSeeOther)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	require.NoError(t, err)
	public := wire.Through(http.DefaultTransport, at)
	f := fetch.New(wire.Divided([]string{"a.example", "b.example", "c.example"}, public, egress.Policy{}.Transport()))
	for _, where := range []string{
		"https://127.0.0.1/", "https://169.254.169.254/latest/meta-data", "https://[::1]/", "//127.0.0.1/x", "http://a.example/to", "file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "ftp://a.example/",
		"https://user:pw@a.example/", "https:///x", "https://[::ffff:10.0.0.1]/", "https://a.example@127.0.0.1/", "\\\\127.0.0.1\\x", "https://%31%32%37.0.0.1/", "https://[fe80::1]/", "http:a.example",
	} {
		address := "https://a.example/to?where=" + url.QueryEscape(where)
		_, err := f.Fetch(t.Context(), address, nil, "*")
		refusal(t, err, where)
	}
	asked.Store(0)
	_, err = f.Fetch(t.Context(), "https://a.example/ring", nil, "*")
	refusal(t, err, "a ring")
	require.Equal(t, int32(6), asked.Load(), "it ends soon")
}

func TestFilesAreNotUnpacked(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "identity", r.Header.Get("Accept-Encoding"))
		if r.URL.Path == "/bomb" {
			w.Header().Set("Content-Encoding", "gzip")
		}
		packer := gzip.NewWriter(w)
		_, _ = io.CopyN(packer, zeros{}, 8<<20)
		_ = packer.Close()
	}))
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	require.NoError(t, err)
	f := fetch.New(wire.Through(http.DefaultTransport, at))
	_, err = f.Fetch(t.Context(), "https://a.example/bomb", nil, "*")
	refusal(t, err, "packed for the way")
	media, err := f.Fetch(t.Context(), "https://a.example/archive.gz", nil, "*")
	require.NoError(t, err)
	n, err := io.Copy(io.Discard, media.Body)
	require.NoError(t, err)
	require.NoError(t, media.Body.Close())
	require.Less(t, n, int64(1<<20), "a packed file is a file like any other")
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// What a system wants sent along cannot be sent twice, either.
func TestHeadersThatCannotBeSent(t *testing.T) {
	t.Parallel()
	f := fetch.New(egress.Policy{}.Transport())
	for name, value := range map[string]string{"X-A": "a\r\nX-B: b", "X A": "a", "": "a", "X-C": "\x00", "X:D": "a", "한": "a"} {
		_, err := f.Fetch(t.Context(), "https://127.0.0.1/", http.Header{name: {value}}, "*")
		refusal(t, err, name)
		require.NotErrorIs(t, err, egress.ErrPrivate)
	}
}

// Names of files come from whoever has them.
func TestNamesFromAbroad(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Disposition", r.URL.Query().Get("d"))
		w.Header().Set("Content-Type", strings.Repeat("a/b;", 10_000))
	}))
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	require.NoError(t, err)
	f := fetch.New(wire.Through(http.DefaultTransport, at))
	begun := time.Now()
	for _, d := range []string{
		`attachment; filename="../../etc/passwd"`, `attachment; filename*=utf-8''%2e%2e%2fx`, `attachment; filename="/"`, `attachment; filename=".."`, `attachment; filename=""`, "attachment; " + strings.Repeat("filename=a; ", 20_000),
	} {
		media, err := f.Fetch(t.Context(), "https://a.example/%2e%2e/x.png?d="+url.QueryEscape(d), nil, "*")
		require.NoError(t, err)
		require.NoError(t, media.Body.Close())
		require.NotContains(t, media.Name, "/")
		require.NotEqual(t, "..", media.Name)
	}
	require.Less(t, time.Since(begun), time.Minute)
}
