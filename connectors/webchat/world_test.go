package webchat_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/webchat"
	"seax/internal/blob"
	"seax/internal/conversation"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/ingress"
)

// world is a webchat with all that is around it: a database, the log, somebody who listens to pushes.
type world struct {
	*webchat.Connector
	t       *testing.T
	floor   *dispatchtest.Floor
	pool    *pgxpool.Pool
	account connectors.Account
	ingress *ingress.Ingress
	files   *files
	pushed  *pushed
	handler http.Handler

	mu  sync.Mutex
	now time.Time
}

// start is when tests take place. Postgres keeps microseconds.
var start = time.Date(2026, 3, 1, 12, 0, 0, 123_456_000, time.UTC)

func newWorld(t *testing.T, change ...func(*webchat.Deps)) *world {
	t.Helper()
	floor := dispatchtest.New(t)
	w := &world{
		t: t, floor: floor, pool: floor.Pool, ingress: ingress.New(floor.Log), now: start,
		account: connectors.Account{ID: "chat", Kind: webchat.Kind, Name: "Chat", Secret: bytes.Repeat([]byte("s"), 32), Settings: map[string]string{}},
		files:   &files{all: map[uuid.UUID]file{}}, pushed: &pushed{},
	}
	deps := webchat.Deps{Pool: w.pool, Pusher: w.pushed, Files: w.files, FileTypes: []string{"image/png"}, Clock: w.clock}
	for _, c := range change {
		c(&deps)
	}
	w.Connector = webchat.New(deps)
	w.handler = w.Handler(w)
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// Account implements connectors.Accounts.
func (w *world) Account(_ context.Context, id string) (connectors.Account, error) {
	if id != w.account.ID {
		return connectors.Account{}, connectors.ErrNoAccount
	}
	return w.account, nil
}

type event map[string]any

func say(cid, text string) event { return event{"type": "message", "cid": cid, "text": text} }

func newID() string { return conversation.NewID().String() }

// request is what a visitor's widget sends.
func (w *world) request(visitor string, events ...event) *connectors.Request {
	body, err := json.Marshal(map[string]any{"events": events})
	require.NoError(w.t, err)
	return w.raw(visitor, body)
}

func (w *world) raw(visitor string, body []byte) *connectors.Request {
	return &connectors.Request{
		Method: http.MethodPost, URL: &url.URL{Path: "/webhooks/webchat/chat"}, Body: body,
		Header: http.Header{"Authorization": {"Bearer " + w.Token(w.account, visitor, connectors.Profile{})}},
	}
}

// parse does what the API does before the commit.
func (w *world) parse(r *connectors.Request) (connectors.Batch, error) {
	caller, err := w.Authenticate(w.t.Context(), w.account, r)
	require.NoError(w.t, err)
	return w.Parse(w.t.Context(), w.account, caller, r)
}

// commit does what the API does with a batch, and answers unless the process dies before that.
func (w *world) commit(batch connectors.Batch, dies bool) (int, answer) {
	results, err := w.ingress.Accept(w.t.Context(), ingress.Channel{Account: w.account, Flow: "assistant"}, batch.Events)
	require.NoError(w.t, err)
	if dies {
		return 0, answer{}
	}
	response := batch.Respond(results)
	var a answer
	require.NoError(w.t, json.Unmarshal(response.Body, &a))
	return response.Status, a
}

type answer struct {
	Code    string
	Results []struct {
		CID, Status string
		N           int64
		At          time.Time
	}
}

// send does all that becomes of a widget's request.
func (w *world) send(visitor string, events ...event) answer {
	w.t.Helper()
	batch, err := w.parse(w.request(visitor, events...))
	require.NoError(w.t, err)
	status, a := w.commit(batch, false)
	require.Equal(w.t, http.StatusAccepted, status)
	return a
}

// reply sends a message to a visitor.
func (w *world) reply(visitor, text string) connectors.Receipt {
	w.t.Helper()
	receipt, err := w.Send(w.t.Context(), w.account, connectors.Outgoing{
		ID: newID(), Address: visitor, From: conversation.Actor{Kind: conversation.ByAgent, Name: "Mina"}, Message: conversation.Message{Text: text},
	})
	require.NoError(w.t, err)
	return receipt
}

type feedPage struct {
	Items     []webchat.Item
	LastN     int64 `json:"last_n"`
	ReadN     int64 `json:"read_n"`
	State     webchat.State
	Token     string
	VisitorID string    `json:"visitor_id"`
	ExpiresAt time.Time `json:"expires_at"`
	Settings  map[string]any
}

// call calls the connector's own endpoints.
func (w *world) call(method, path, token string, body any, change ...func(*http.Request)) *httptest.ResponseRecorder {
	w.t.Helper()
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		require.NoError(w.t, err)
		content = bytes.NewReader(encoded)
	}
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, content)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for _, c := range change {
		c(r)
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec
}

func (w *world) session(body map[string]any) feedPage {
	w.t.Helper()
	rec := w.call(http.MethodPost, "/chat/session", "", body)
	require.Equal(w.t, http.StatusOK, rec.Code, rec.Body)
	return read(w.t, rec)
}

func (w *world) feed(visitor, query string) feedPage {
	w.t.Helper()
	rec := w.call(http.MethodGet, "/chat/feed"+query, w.Token(w.account, visitor, connectors.Profile{}), nil)
	require.Equal(w.t, http.StatusOK, rec.Code, rec.Body)
	return read(w.t, rec)
}

func read(t *testing.T, rec *httptest.ResponseRecorder) (p feedPage) {
	t.Helper()
	require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &p))
	for i, item := range p.Items {
		require.Equal(t, p.Items[0].N+int64(i), item.N, "a gap in the feed")
	}
	return p
}

func texts(p feedPage) []string {
	out := []string{}
	for _, i := range p.Items {
		out = append(out, i.From.Kind+": "+i.Text)
	}
	return out
}

// pushed remembers pushes.
type pushed struct {
	mu  sync.Mutex
	all []push
}

type push struct {
	channel string
	body    string
}

// Push implements webchat.Pusher.
func (p *pushed) Push(_ context.Context, channel string, payload any) {
	encoded, err := json.Marshal(payload)
	if err != nil {
		panic(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, push{channel, string(encoded)})
}

// to returns what was pushed to a visitor with this type.
func (p *pushed) to(visitor, kind string) (out []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range p.all {
		if one.channel == webchat.RealtimeChannel("chat", visitor) && strings.Contains(one.body, fmt.Sprintf(`"t":%q`, kind)) {
			out = append(out, one.body)
		}
	}
	return out
}

// files is a blob store in memory.
type files struct {
	mu    sync.Mutex
	all   map[uuid.UUID]file
	fails error
}

type file struct {
	conversation.Attachment
	by string
}

func (f *files) Put(_ context.Context, name, by string, maxBytes int64, _ []string, r io.Reader) (conversation.Attachment, error) {
	content, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	switch {
	case err != nil:
		return conversation.Attachment{}, err
	case int64(len(content)) > maxBytes:
		return conversation.Attachment{}, blob.ErrTooLarge
	case !bytes.HasPrefix(content, []byte("PNG")):
		return conversation.Attachment{}, blob.ErrType
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	a := conversation.Attachment{ID: uuid.New(), Name: name, MediaType: "image/png", Size: int64(len(content))}
	f.all[a.ID] = file{a, by}
	return a, f.fails
}

func (f *files) get(id uuid.UUID) (file, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fails != nil {
		return file{}, f.fails
	}
	found, ok := f.all[id]
	if !ok {
		return file{}, blob.ErrNotFound
	}
	return found, nil
}

func (f *files) Get(_ context.Context, id uuid.UUID) (conversation.Attachment, error) {
	found, err := f.get(id)
	return found.Attachment, err
}

func (f *files) Uploader(_ context.Context, id uuid.UUID) (string, error) {
	found, err := f.get(id)
	return found.by, err
}

func (f *files) Sign(a conversation.Attachment) conversation.Attachment {
	a.URL = "/files/" + a.ID.String() + "/signed"
	return a
}

var errDown = errors.New("the store is down")
