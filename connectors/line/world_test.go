package line_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/connectortest"
	"seax/connectors/fake"
	"seax/connectors/fetch"
	"seax/connectors/line"
	"seax/connectors/line/linefake"
	"seax/connectors/wire"
	"seax/internal/clocktest"
)

const fileURL = "https://desk.example/files/photo"

// specs are LINE's own documents that calls and webhooks are held to.
var specs = []string{"line_messaging_api.yml", "line_webhook.yml"}

var account = connectors.Account{
	ID: "line-1", Kind: line.Kind, Name: "Acme", Secret: bytes.Repeat([]byte("s"), 32), Settings: map[string]string{},
	Secrets: connectors.Secrets{"channel_secret": "8f1e2d3c8f1e2d3c8f1e2d3c8f1e2d3c", "channel_access_token": "access-token-of-acme"},
}

// world is the connector with a LINE behind it.
type world struct {
	*linefake.Fake
	connector *line.Connector
	deps      connectors.Deps
	clock     *clocktest.Clock
	documents *connectortest.Specs
	t         testing.TB
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{clock: clocktest.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), t: t, documents: connectortest.FindSpecs(t, specs...)}
	w.Fake = linefake.New(w.clock.Now)
	w.Load = func(address string) (fake.File, error) {
		if address != fileURL {
			return fake.File{}, errors.New("not there")
		}
		return fake.File{MediaType: "image/png", Content: []byte("picture")}, nil
	}
	server := httptest.NewServer(w.Fake)
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	require.NoError(t, err)
	// Files have another host, which the document names with their routes and the router does not look for there.
	elsewhere := func(r *http.Request) bool { return r.URL.Host != "api.line.me" }
	through := w.documents.Checked(t, wire.Through(http.DefaultTransport, at), elsewhere)
	w.deps = connectors.Deps{HTTP: wire.NewClient(w.Line(deep{w, through})), Fetch: fetch.New(through), PublicURL: "https://desk.example", Clock: w.clock.Now}
	w.connector = line.New(w.deps)
	w.Know(account, w.deps.WebhookURL(account))
	return w
}

// deep holds the parts of what is sent to the document that their types have there.
type deep struct {
	w    *world
	base http.RoundTripper
}

var bodies = map[string]string{
	"/v2/bot/message/push": "PushMessageRequest", "/v2/bot/message/reply": "ReplyMessageRequest", "/v2/bot/chat/loading/start": "ShowLoadingAnimationRequest",
	"/v2/bot/chat/markAsRead": "MarkMessagesAsReadByTokenRequest", "/v2/bot/channel/webhook/endpoint": "SetWebhookEndpointRequest",
}

// RoundTrip implements http.RoundTripper.
func (d deep) RoundTrip(r *http.Request) (*http.Response, error) {
	name, ok := bodies[r.URL.Path]
	if d.w.documents == nil || !ok || r.Method == http.MethodGet {
		return d.base.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	d.w.documents.Allow(d.w.t, name, body)
	return d.base.RoundTrip(r)
}

// make makes an event of something that a customer does.
func (w *world) make(act fake.Act) linefake.Event {
	w.t.Helper()
	e, err := w.Make(account, act)
	require.NoError(w.t, err)
	return e
}

// parse is what the connector makes of events.
func (w *world) parse(events ...any) []connectors.Inbound {
	w.t.Helper()
	r := w.Request(account, events...)
	caller, err := w.connector.Authenticate(w.t.Context(), account, r)
	require.NoError(w.t, err)
	batch, err := w.connector.Parse(w.t.Context(), account, caller, r)
	require.NoError(w.t, err)
	return batch.Events
}

// customers are users at LINE.
func customers() (all []string) {
	for _, digit := range "01234567" {
		all = append(all, linefake.UserID("customer "+string(digit)))
	}
	return all
}
