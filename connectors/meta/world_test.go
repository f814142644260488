package meta_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/connectortest"
	"seax/connectors/fake"
	"seax/connectors/fetch"
	"seax/connectors/meta"
	"seax/connectors/meta/metafake"
	"seax/connectors/wire"
	"seax/internal/clocktest"
	"seax/internal/conversation"
)

var start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

const (
	publicURL = "https://desk.example"
	fileURL   = "https://desk.example/files/photo"
)

// world is Meta with one account of each kind.
type world struct {
	*metafake.Fake
	deps  connectors.Deps
	clock *clocktest.Clock
	t     testing.TB
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{clock: clocktest.At(start), t: t}
	w.Fake = metafake.New(w.clock.Now)
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
	through := held(t, wire.Through(http.DefaultTransport, at))
	w.deps = connectors.Deps{HTTP: wire.NewClient(w.Line(through)), Fetch: fetch.New(through), PublicURL: publicURL, Clock: w.clock.Now}
	for _, a := range []connectors.Account{whatsApp, messenger, instagram} {
		w.Know(a, w.deps.WebhookURL(a))
	}
	return w
}

func account(kind string, settings map[string]string) connectors.Account {
	return connectors.Account{
		ID: kind + "-1", Kind: kind, Name: "Acme", Secret: bytes.Repeat([]byte("s"), 32), Settings: settings,
		Secrets: connectors.Secrets{"access_token": "EAA" + kind + "0b57ac1e", "app_secret": "0b57ac1e0b57ac1e0b57ac1e0b57ac1e"},
	}
}

var (
	whatsApp  = account(meta.KindWhatsApp, map[string]string{"phone_number_id": "106540352242922", "business_account_id": "102290129340398"})
	messenger = account(meta.KindMessenger, map[string]string{"page_id": "104738472839999"})
	instagram = account(meta.KindInstagram, map[string]string{"instagram_id": "17841405822304914"})
)

func (w *world) make(account connectors.Account, act fake.Act) metafake.Event {
	w.t.Helper()
	e, err := w.Make(account, act)
	require.NoError(w.t, err)
	return e
}

// token is what an admin is told to paste as the verify token.
func token(t testing.TB, connector connectors.Connector, account connectors.Account) string {
	t.Helper()
	instructor, ok := connector.(connectors.Instructor)
	require.True(t, ok)
	items := instructor.Setup(account)
	return items[len(items)-1].Value
}

// fixture is what the kinds have in common.
func (w *world) fixture(connector connectors.Connector, account connectors.Account, key string, addresses []string) *connectortest.Fixture {
	other := account
	other.ID, other.Settings = account.ID+"-b", map[string]string{}
	for name, value := range account.Settings {
		other.Settings[name] = value
	}
	other.Settings[key] += "9"
	// Both are of one app, and each has a token of its own.
	other.Secrets = connectors.Secrets{"access_token": account.Secrets["access_token"] + "b", "app_secret": account.Secrets["app_secret"]}
	w.Know(other, w.deps.WebhookURL(other))
	for _, address := range addresses {
		w.Meet(account, address, "Ana Lopez")
	}
	act := func(act fake.Act) any { return w.make(account, act) }
	f := &connectortest.Fixture{
		Connector: connector, Account: account, Addresses: addresses, AuthHeaders: []string{"X-Hub-Signature-256"},
		Handshake: &connectortest.Handshake{
			Right: w.Verification(account, token(w.t, connector, account), "1158201444"), Wrong: w.Verification(account, "guessed", "1158201444"), Want: "1158201444",
		},
		Request: func(_ string, events ...any) *connectors.Request {
			all := make([]metafake.Event, len(events))
			for i, e := range events {
				var ok bool
				all[i], ok = e.(metafake.Event)
				require.True(w.t, ok)
			}
			return w.Request(account, all...)
		},
		Raw: func(_ string, body []byte) *connectors.Request { return w.Raw(account, body) },
		Message: func(address, id, text string) any {
			return act(fake.Act{Type: "message", ID: id, From: address, Name: "Ana Lopez", Text: text})
		},
		Other: &other,
		OtherMessage: func(address, id, text string) any {
			return w.make(other, fake.Act{Type: "message", ID: id, From: address, Text: text})
		},
		Sendable: &connectortest.Sendable{Name: "photo.png", MediaType: "image/png", Content: "picture", PublicURL: fileURL},
	}
	f.Acts(act, connectortest.Edited, connectortest.Reacted, connectortest.Choice, connectortest.Reply, connectortest.Echo, connectortest.File)
	f.At(w, faults[account.Kind])
	return f
}

// faults are how each kind's provider misbehaves.
var faults = map[string]map[connectortest.Fault]fake.Fault{
	meta.KindWhatsApp: {
		connectortest.Throttled: {Status: 400, Code: "130429", RetryAfter: 7}, connectortest.Unavailable: {Status: 503}, connectortest.Broken: {Status: 500},
		connectortest.Rejected: {Status: 400, Code: "131009"}, connectortest.Blocked: {Status: 400, Code: "131026"}, connectortest.Locked: {Status: 401},
		connectortest.Closed: {Status: 400, Code: "131047"}, connectortest.CutBefore: {Drop: "before"}, connectortest.CutAfter: {Drop: "after"},
	},
	meta.KindMessenger: inboxFaults, meta.KindInstagram: inboxFaults,
}

var inboxFaults = map[connectortest.Fault]fake.Fault{
	connectortest.Throttled: {Status: 400, Code: "613", RetryAfter: 7}, connectortest.Unavailable: {Status: 503}, connectortest.Broken: {Status: 500},
	connectortest.Rejected: {Status: 400, Code: "100"}, connectortest.Blocked: {Status: 400, Code: "551/1545041"}, connectortest.Locked: {Status: 401},
	connectortest.Closed: {Status: 400, Code: "10/2018278"}, connectortest.CutBefore: {Drop: "before"}, connectortest.CutAfter: {Drop: "after"},
}

// customers are addresses of customers.
func customers(prefix string) (all []string) {
	for _, digit := range "01234567" {
		all = append(all, prefix+string(digit))
	}
	return all
}

var _ = conversation.Message{}

func openPicture(context.Context) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("picture")), nil
}
