package twilio_test

import (
	"bytes"
	"errors"
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
	"seax/connectors/twilio"
	"seax/connectors/twilio/twiliofake"
	"seax/connectors/wire"
	"seax/internal/clocktest"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const (
	publicURL = "https://desk.example"
	fileURL   = "https://desk.example/files/photo"
)

// specs are Twilio's own documents that calls are held to.
var specs = []string{"twilio_api_v2010.json", "twilio_content_v1.json"}

// world is a Twilio with one account of each kind.
type world struct {
	*twiliofake.Fake
	deps  connectors.Deps
	clock *clocktest.Clock
	t     testing.TB
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{clock: clocktest.At(start), t: t}
	w.Fake = twiliofake.New(w.clock.Now)
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
	elsewhere := func(r *http.Request) bool {
		// Files and the typing indicator are in none of the two documents.
		return r.URL.Host != "api.twilio.com" && r.URL.Host != "content.twilio.com" || strings.Contains(r.URL.Path, "/Media/")
	}
	through := connectortest.FindSpecs(t, specs...).Checked(t, wire.Through(http.DefaultTransport, at), elsewhere)
	w.deps = connectors.Deps{HTTP: wire.NewClient(w.Line(through)), Fetch: fetch.New(through), PublicURL: publicURL, Clock: w.clock.Now}
	for _, a := range []connectors.Account{sms, whatsApp, messenger} {
		w.Know(a, w.deps.WebhookURL(a))
	}
	return w
}

const accountSID = "AC0123456789abcdef0123456789abcdef"

func account(kind, from string) connectors.Account {
	return connectors.Account{
		ID: kind + "-1", Kind: kind, Name: "Acme", Secret: bytes.Repeat([]byte("s"), 32),
		Settings: map[string]string{"account_sid": accountSID, "from": from}, Secrets: connectors.Secrets{"auth_token": "0b57ac1e0b57ac1e0b57ac1e0b57ac1e"},
	}
}

var (
	sms       = account(twilio.KindSMS, "+14155550100")
	whatsApp  = account(twilio.KindWhatsApp, "+14155238886")
	messenger = account(twilio.KindMessenger, "104738472839")
)

// customers are addresses on a kind's channel.
func customers(kind string) (all []string) {
	for _, digit := range "01234567" {
		if kind == twilio.KindMessenger {
			all = append(all, "70000000000"+string(digit))
		} else {
			all = append(all, "+1415555012"+string(digit))
		}
	}
	return all
}
