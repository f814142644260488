package discord_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/connectortest"
	"seax/connectors/discord"
	"seax/connectors/discord/discordfake"
	"seax/connectors/fake"
	"seax/connectors/fetch"
	"seax/connectors/wire"
	"seax/internal/clocktest"
)

// specs is Discord's own document that calls are held to.
const specs = "discord_openapi.json"

const botID = "80351110224678912"

var account = newAccount()

func newAccount() connectors.Account {
	a := connectors.Account{
		ID: "discord-1", Kind: discord.Kind, Name: "Acme", Secret: bytes.Repeat([]byte("s"), 32), Settings: map[string]string{},
		Secrets: connectors.Secrets{"bot_token": base64.RawStdEncoding.EncodeToString([]byte(botID)) + ".GexAmp.aZexampleexampleexampleexampleexample0"},
	}
	a.Settings["public_key"] = discordfake.PublicKey(a)
	return a
}

// world is the connector with a Discord behind it.
type world struct {
	*discordfake.Fake
	connector *discord.Connector
	deps      connectors.Deps
	clock     *clocktest.Clock
	documents *connectortest.Specs
	t         testing.TB
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{clock: clocktest.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), t: t, documents: connectortest.FindSpecs(t, specs)}
	w.Fake = discordfake.New(w.clock.Now)
	server := httptest.NewServer(w.Fake)
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	require.NoError(t, err)
	through := wire.Through(http.DefaultTransport, at)
	elsewhere := func(r *http.Request) bool { return r.URL.Host != "discord.com" }
	checked := forms{w, w.documents.Checked(t, through, elsewhere), through}
	w.deps = connectors.Deps{HTTP: wire.NewClient(w.Line(checked)), Fetch: fetch.New(through), PublicURL: "https://desk.example", Clock: w.clock.Now}
	w.connector = discord.New(w.deps)
	w.Know(account, w.deps.WebhookURL(account))
	return w
}

// forms holds what is sent with files to the document: it describes their fields and not the one that holds the others as JSON.
type forms struct {
	w            *world
	checked, raw http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (f forms) RoundTrip(r *http.Request) (*http.Response, error) {
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" || f.w.documents == nil {
		return f.checked.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, err := multipart.NewReader(bytes.NewReader(body), params["boundary"]).ReadForm(1 << 26)
	require.NoError(f.w.t, err)
	f.w.documents.Allow(f.w.t, "MessageCreateRequest", []byte(form.Value["payload_json"][0]))
	return f.raw.RoundTrip(r)
}

func (w *world) make(act fake.Act) discordfake.Dispatch {
	w.t.Helper()
	d, err := w.Make(account, act)
	require.NoError(w.t, err)
	return d
}

// customers are direct channels.
func (w *world) customers() (all []string) {
	for _, digit := range "01234567" {
		all = append(all, w.Channel(account, "9"+strings.Repeat("0", 15)+string(digit)))
	}
	return all
}

func TestConforms(t *testing.T) {
	t.Parallel()
	features := connectortest.Features{Listens: true, KeepsUnknown: true, Faults: true}
	connectortest.Run(t, connectortest.Harness{Features: features, New: func(t *testing.T) *connectortest.Fixture {
		w := newWorld(t)
		act := func(a fake.Act) any { return w.make(a) }
		f := &connectortest.Fixture{
			Connector: w.connector, Account: account, Addresses: w.customers(), StartWith: "9" + strings.Repeat("0", 16),
			Hand: func(_ string, events ...any) {
				for _, e := range events {
					d, _ := e.(discordfake.Dispatch)
					w.Hand(account, d)
				}
			},
			Disconnect: func() { w.Disconnect(account, 0) },
			Sendable:   &connectortest.Sendable{Name: "사진.png", MediaType: "image/png", Content: "picture", PublicURL: "https://desk.example/files/1"},
		}
		f.Acts(act, connectortest.Edited, connectortest.Deleted, connectortest.Reacted, connectortest.Choice, connectortest.Reply, connectortest.Typing, connectortest.File)
		f.At(w, faults)
		return f
	}})
}

var faults = map[connectortest.Fault]fake.Fault{
	connectortest.Throttled: {Status: 429, RetryAfter: 7}, connectortest.Unavailable: {Status: 503}, connectortest.Broken: {Status: 500},
	connectortest.Rejected: {Status: 400, Code: "50035"}, connectortest.Blocked: {Status: 403, Code: "50007"}, connectortest.Locked: {Status: 401},
	connectortest.CutBefore: {Drop: "before"}, connectortest.CutAfter: {Drop: "after"},
}
