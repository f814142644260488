package telegram_test

import (
	"bytes"
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
	"seax/connectors/telegram"
	"seax/connectors/telegram/telegramfake"
	"seax/connectors/wire"
	"seax/internal/clocktest"
	"seax/internal/conversation"
)

var account = connectors.Account{
	ID: "telegram-1", Kind: telegram.Kind, Name: "Acme", Secret: bytes.Repeat([]byte("s"), 32), Secrets: connectors.Secrets{"bot_token": "123456789:AAexampleexampleexampleexampleexample"},
}

// world is the connector with a Telegram behind it.
type world struct {
	*telegramfake.Fake
	connector *telegram.Connector
	deps      connectors.Deps
	clock     *clocktest.Clock
	t         testing.TB
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{clock: clocktest.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), t: t}
	w.Fake = telegramfake.New(w.clock.Now, telegram.Secret)
	server := httptest.NewServer(w.Fake)
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	require.NoError(t, err)
	through := wire.Through(http.DefaultTransport, at)
	w.deps = connectors.Deps{HTTP: wire.NewClient(w.Line(through)), Fetch: fetch.New(through), PublicURL: "https://desk.example", Clock: w.clock.Now}
	w.connector = telegram.New(w.deps)
	w.Know(account, w.deps.WebhookURL(account))
	return w
}

func (w *world) make(act fake.Act) telegramfake.Object {
	w.t.Helper()
	u, err := w.Make(account, act)
	require.NoError(w.t, err)
	return u
}

// parse is what the connector makes of an update.
func (w *world) parse(update any) []connectors.Inbound {
	w.t.Helper()
	r := w.Request(account, update)
	caller, err := w.connector.Authenticate(w.t.Context(), account, r)
	require.NoError(w.t, err)
	batch, err := w.connector.Parse(w.t.Context(), account, caller, r)
	require.NoError(w.t, err)
	return batch.Events
}

// customer is the first one's address; their ids may have more than 32 bits.
const customer = "4503599627370490"

func TestConforms(t *testing.T) {
	t.Parallel()
	features := connectortest.Features{Single: true, KeepsUnknown: true, Faults: true}
	connectortest.Run(t, connectortest.Harness{Features: features, New: func(t *testing.T) *connectortest.Fixture {
		w := newWorld(t)
		act := func(a fake.Act) any { return w.make(a) }
		f := &connectortest.Fixture{
			Connector: w.connector, Account: account, AuthHeaders: []string{"X-Telegram-Bot-Api-Secret-Token"}, StartWith: " " + customer + " ",
			Request: func(_ string, events ...any) *connectors.Request { return w.Request(account, events[0]) },
			Raw:     func(_ string, body []byte) *connectors.Request { return w.Raw(account, body) },
			Location: func(address, id string, at conversation.Location) any {
				u := w.make(fake.Act{Type: "message", ID: id, From: address})
				u["message"].(telegramfake.Object)["location"] = telegramfake.Object{"latitude": at.Latitude, "longitude": at.Longitude}
				return u
			},
			Sendable: &connectortest.Sendable{Name: "사진.png", MediaType: "image/png", Content: "picture", PublicURL: "https://desk.example/files/1"},
		}
		f.Acts(act, connectortest.Edited, connectortest.Reacted, connectortest.Choice, connectortest.Reply, connectortest.OptOut, connectortest.File)
		f.At(w, faults)
		for _, digit := range "01234567" {
			f.Addresses = append(f.Addresses, customer[:len(customer)-1]+string(digit))
		}
		return f
	}})
}

var faults = map[connectortest.Fault]fake.Fault{
	connectortest.Throttled: {Status: 429, RetryAfter: 7}, connectortest.Unavailable: {Status: 503}, connectortest.Broken: {Status: 500},
	connectortest.Rejected: {Status: 400, Code: "Bad Request: can't parse entities"}, connectortest.Blocked: {Status: 403, Code: "Forbidden: bot was blocked by the user"},
	connectortest.Locked: {Status: 401}, connectortest.CutBefore: {Drop: "before"}, connectortest.CutAfter: {Drop: "after"},
}
