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
			Message: func(address, id, text string) any {
				return act(fake.Act{Type: "message", ID: id, From: address, Text: text})
			},
			Unknown: func(address, id, text string) any {
				return act(fake.Act{Type: "unknown", ID: id, From: address, Text: text})
			},
			Edited: func(address, target, text string) any {
				return act(fake.Act{Type: "edit", From: address, Target: target, Text: text})
			},
			Reacted: func(address, target, emoji string) any {
				return act(fake.Act{Type: "reaction", From: address, Target: target, Emoji: emoji})
			},
			Choice: func(address, id, choice, label string) any {
				return act(fake.Act{Type: "message", ID: id, From: address, Choice: choice, Text: label})
			},
			Reply: func(address, id, target, text string) any {
				return act(fake.Act{Type: "message", ID: id, From: address, ReplyTo: target, Text: text})
			},
			OptOut: func(address, _ string) any { return act(fake.Act{Type: "stop", From: address}) },
			Location: func(address, id string, at conversation.Location) any {
				u := w.make(fake.Act{Type: "message", ID: id, From: address})
				u["message"].(telegramfake.Object)["location"] = telegramfake.Object{"latitude": at.Latitude, "longitude": at.Longitude}
				return u
			},
			File: func(address, id, name, mediaType, content string) any {
				return act(fake.Act{Type: "message", ID: id, From: address, Files: []fake.File{{Name: name, MediaType: mediaType, Content: []byte(content)}}})
			},
			Sendable: &connectortest.Sendable{Name: "사진.png", MediaType: "image/png", Content: "picture", PublicURL: "https://desk.example/files/1"},
			Received: func(address string) (got []connectortest.Received) {
				for _, s := range w.Sent(address) {
					if s.Deleted {
						continue
					}
					r := connectortest.Received{Text: s.Text, Options: s.Options, ReplyTo: s.ReplyTo}
					for _, file := range s.Files {
						r.Files = append(r.Files, connectortest.ReceivedFile{MediaType: file.MediaType, Content: string(file.Content)})
					}
					got = append(got, r)
				}
				return got
			},
			Fail: func(f connectortest.Fault) { w.Misbehave(faults[f]) },
			Hang: func(taken bool) <-chan struct{} {
				f := fake.Fault{Drop: "before", Hang: make(chan struct{})}
				if taken {
					f.Drop = "after"
				}
				w.Misbehave(f)
				return f.Hang
			},
		}
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
