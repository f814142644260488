package api_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/api"
	"seax/connectors"
	"seax/connectors/webchat"
	"seax/internal/auth"
	"seax/internal/blob"
	"seax/internal/clocktest"
	"seax/internal/conversation"
	"seax/internal/directory"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/identity"
	"seax/internal/ingress"
	"seax/internal/reports"
	"seax/internal/secret"
	"seax/internal/views"
	"seax/internal/wallboard"
)

// server is the API's real handler on a floor of its own; only sockets are stand-ins.
type server struct {
	*dispatchtest.Floor
	t       *testing.T
	handler http.Handler
	// clock is the time of sign-ins and visitors' tokens. Routing runs on the wall clock.
	clock  *clocktest.Clock
	pushed *pushes
	log    *bytes.Buffer
	deps   api.Deps
}

// pushes keeps what was pushed to sockets.
type pushes struct {
	mu  sync.Mutex
	all map[string][]any
}

func (p *pushes) Push(_ context.Context, channel string, payload any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all[channel] = append(p.all[channel], payload)
}

func (p *pushes) to(channel string) []any {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all[channel]
}

// client is a built agent client, as far as it matters here.
func client() fs.FS {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return fstest.MapFS{
		"index.html":            file("<!doctype html><title>SeaX</title>" + strings.Repeat("<p>client</p>", 100)),
		"favicon.svg":           file("<svg xmlns='http://www.w3.org/2000/svg'/>"),
		"assets/index-4f3a.js":  file(strings.Repeat("console.log('SeaX');\n", 200)),
		"assets/logo-77aa.png":  file("\x89PNG not compressed"),
		"widget/seax.js":        file(strings.Repeat("window.seax = {};\n", 100)),
		"demo/index.html":       file("<!doctype html><title>Shop</title>"),
		"assets/style-91bc.css": file(strings.Repeat("body { color: teal }\n", 100)),
	}
}

var box, _ = secret.New(bytes.Repeat([]byte("k"), secret.KeyBytes))

func newServer(t *testing.T, change ...func(*api.Deps)) *server {
	t.Helper()
	f := dispatchtest.New(t)
	s := &server{Floor: f, t: t, clock: clocktest.At(time.Now()), pushed: &pushes{all: map[string][]any{}}, log: &bytes.Buffer{}}
	files, err := blob.Open(t.Context(), "mem://", f.Pool, bytes.Repeat([]byte("k"), 32))
	require.NoError(t, err)
	t.Cleanup(func() { _ = files.Close() })
	chat := webchat.New(webchat.Deps{Pool: f.Pool, Pusher: s.pushed, Files: files, FileTypes: blob.DefaultTypes, Clock: s.clock.Now})
	registry := connectors.NewRegistry(chat)
	service := auth.New(f.Pool, s.clock.Now)
	socket := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	shown, people := views.New(f.Pool, registry, files), directory.New(f.Pool, registry, []string{"assistant", "frontdesk"}, directory.Hooks{Person: service.Forget}, box, s.clock.Now)
	numbers := reports.NewReader(f.Pool, s.clock.Now)
	s.deps = api.Deps{
		Pool: f.Pool, Auth: service, Tokens: auth.NewTokens(bytes.Repeat([]byte("t"), 32), s.clock.Now), Log: f.Log, Desk: f.Desk,
		Directory: people, Views: shown, Reports: numbers,
		Boards:   wallboard.New(f.Pool, wallboard.Sources{Live: shown.Live, Today: numbers.Today, Presences: people.Presences}, s.clock.Now),
		Contacts: identity.NewContacts(f.Log), Ingress: ingress.New(f.Log), Files: files,
		Registry: registry, Pusher: s.pushed, Agents: socket, Visitors: socket, Walls: socket, Web: client(), PublicURL: "https://desk.example",
		TemporalUI: "https://temporal.example/", Ready: map[string]func(context.Context) error{"postgres": f.Pool.Ping},
		Logger: slog.New(slog.NewTextHandler(&locked{w: s.log}, nil)),
	}
	for _, c := range change {
		c(&s.deps)
	}
	s.handler, err = api.New(s.deps)
	require.NoError(t, err)
	return s
}

// locked makes a writer one that many may use.
type locked struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// who is somebody with a session.
type who struct {
	conversation.Person
	cookie string
}

// person adds somebody and signs them in, without the cost of a password.
func (s *server) person(role auth.Role, queues ...string) who {
	s.t.Helper()
	p := s.Agent(string(role), 100, nil, queues...)
	s.Exec(`update people set role = $2 where id = $1`, p.ID, role)
	return who{p, s.session(p.ID)}
}

func (s *server) session(person uuid.UUID) string {
	s.t.Helper()
	token := uuid.NewString()
	sum := sha256.Sum256([]byte(token))
	now := s.clock.Now()
	s.Exec(`insert into sessions (token_hash, person_id, created_at, expires_at) values ($1, $2, $3, $4)`, sum[:], person, now, now.Add(12*time.Hour))
	return token
}

// option changes a request before it is sent.
type option func(r *http.Request)

func as(w who) option {
	return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: api.CookieName, Value: w.cookie}) }
}

func bearer(token string) option { return header("Authorization", "Bearer "+token) }

func header(name, value string) option {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// reply is an answer, read to its end.
type reply struct {
	t      *testing.T
	Status int
	Header http.Header
	Body   []byte
}

// send makes a request; a body that is no string or []byte is sent as JSON.
func (s *server) send(method, target string, body any, options ...option) reply {
	s.t.Helper()
	var content []byte
	switch b := body.(type) {
	case nil:
	case string:
		content = []byte(b)
	case []byte:
		content = b
	default:
		var err error
		content, err = json.Marshal(b)
		require.NoError(s.t, err)
	}
	r := httptest.NewRequestWithContext(s.t.Context(), method, "https://desk.example/", bytes.NewReader(content))
	parsed, err := url.Parse(target)
	require.NoError(s.t, err)
	r.URL, r.RequestURI, r.TLS = parsed, target, nil
	if content != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, o := range options {
		o(r)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return reply{s.t, w.Code, w.Header(), w.Body.Bytes()}
}

// api calls a route of the API.
func (s *server) api(method, route string, body any, options ...option) reply {
	s.t.Helper()
	return s.send(method, api.BasePath+route, body, options...)
}

func (r reply) ok(status int) reply {
	r.t.Helper()
	require.Equal(r.t, status, r.Status, "%s", r.Body)
	return r
}

func (r reply) json(into any) {
	r.t.Helper()
	require.NoError(r.t, json.Unmarshal(r.Body, into), "%s", r.Body)
}

func (r reply) field(name string) any {
	r.t.Helper()
	var all map[string]any
	r.json(&all)
	return all[name]
}

// problem is the shape of every error.
type problem struct {
	Title      string            `json:"title"`
	Status     int               `json:"status"`
	Code       string            `json:"code"`
	Detail     string            `json:"detail"`
	Fields     map[string]string `json:"fields"`
	State      string            `json:"state"`
	TakenBy    string            `json:"taken_by"`
	RetryAfter int               `json:"retry_after"`
}

// codes are the ones the document lists.
var codes = []string{
	"unauthorized", "forbidden", "not_found", "invalid", "too_large", "conflict", "stale_version", "not_owner", "offer_gone", "capacity",
	"unsupported_file", "throttled", "unavailable", "internal", "window_closed", "opted_out", "unchangeable", "already_open", "unreachable",
}

// inside are words that belong to how the server is made, and must not be told.
var inside = []string{
	"sqlstate", "pgx", "pgconn", "postgres", "select ", "insert ", "update conversations", "_fkey", "_pkey", "violates", "constraint", "goroutine", ".go:",
	"runtime error", "panic", "relation \"", "context canceled", "unmarshal", "eof", "argon2", "0x",
}

// refused requires a well-formed problem: a code of the document, a clear sentence, nothing internal.
func (r reply) refused(status int, code string) problem {
	r.t.Helper()
	require.Equal(r.t, status, r.Status, "%s", r.Body)
	require.Equal(r.t, "application/problem+json", r.Header.Get("Content-Type"), "%s", r.Body)
	require.Equal(r.t, "no-store", r.Header.Get("Cache-Control"))
	var p problem
	r.json(&p)
	require.Equal(r.t, status, p.Status)
	require.Equal(r.t, code, p.Code, "%s", p.Detail)
	if code != "visitor_token_expired" {
		require.Contains(r.t, codes, p.Code)
	}
	require.NotEmpty(r.t, p.Title)
	require.Regexp(r.t, `^[A-Z0-9/"'].*[.!?]$`, p.Detail, "the detail is a sentence")
	for _, text := range append([]string{p.Detail}, valuesOf(p.Fields)...) {
		for _, word := range inside {
			require.NotContains(r.t, strings.ToLower(text), word, "leaks how the server is made: %s", text)
		}
	}
	return p
}

func valuesOf(m map[string]string) []string {
	all := make([]string, 0, len(m))
	for v := range maps.Values(m) {
		all = append(all, v)
	}
	return all
}

// form is an upload's body and its content type.
func form(t *testing.T, field, name string, content []byte) ([]byte, option) {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile(field, name)
	require.NoError(t, err)
	_, err = part.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return body.Bytes(), header("Content-Type", w.FormDataContentType())
}

// owned is a conversation that an agent has accepted.
func (s *server) owned(agent who) uuid.UUID {
	s.t.Helper()
	id := s.Waiting("support")
	reservation, offered := s.Offer(id)
	require.Equal(s.t, agent.ID, offered, "the conversation was offered to somebody else")
	_, err := s.Desk.Accept(s.t.Context(), reservation, agent.Person)
	require.NoError(s.t, err)
	return id
}

// count counts what a query finds.
func (s *server) count(sql string, args ...any) int {
	s.t.Helper()
	var n int
	require.NoError(s.t, s.Pool.QueryRow(s.t.Context(), sql, args...).Scan(&n))
	return n
}
