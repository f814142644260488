package custom_test

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
	"seax/connectors/custom"
	"seax/connectors/custom/customfake"
	"seax/connectors/fake"
	"seax/connectors/fetch"
	"seax/connectors/wire"
	"seax/internal/clocktest"
	"seax/internal/conversation"
)

var account = connectors.Account{
	ID: "kiosk", Kind: custom.Kind, Name: "Kiosk", Secret: bytes.Repeat([]byte("s"), 32), Settings: map[string]string{
		"endpoint_url": "https://" + customfake.Host + "/kiosk", "max_buttons": "10", "delivery_receipts": "true", "read_receipts": "true", "typing": "true", "replies": "true",
		"reactions": "true", "edits": "true", "deletes": "true", "can_start": "true",
	},
}

// world is the connector with a system behind it.
type world struct {
	*customfake.Fake
	connector *custom.Connector
	clock     *clocktest.Clock
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{clock: clocktest.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	w.Fake = customfake.New(w.clock.Now, func(a connectors.Account) string { return w.connector.Secret(a) })
	mux := http.NewServeMux()
	mux.HandleFunc("files.example/", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "image/png")
		_, _ = rw.Write([]byte("picture"))
	})
	mux.HandleFunc("evil.example/", http.NotFound)
	mux.HandleFunc("127.0.0.1/", http.NotFound)
	mux.Handle("/", w.Fake)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	require.NoError(t, err)
	through := wire.Through(http.DefaultTransport, at)
	deps := connectors.Deps{HTTP: wire.NewClient(w.Line(through)), Fetch: fetch.New(through), PublicURL: "https://desk.example", Clock: w.clock.Now}
	w.connector = custom.New(deps)
	w.Know(account, deps.WebhookURL(account))
	return w
}

func TestConforms(t *testing.T) {
	t.Parallel()
	features := connectortest.Features{SignsBody: true, Expires: true, KeepsUnknown: true, ManySenders: true, Statuses: true, OurIDs: true, Faults: true, Window: true, OptOuts: true}
	connectortest.Run(t, connectortest.Harness{Features: features, New: func(t *testing.T) *connectortest.Fixture {
		w := newWorld(t)
		act := func(a fake.Act) any {
			e, err := w.Make(a)
			require.NoError(t, err)
			return e
		}
		f := &connectortest.Fixture{
			Connector: w.connector, Account: account, AuthHeaders: []string{"Webhook-Signature", "Webhook-Id", "Webhook-Timestamp"}, StartWith: " customer-0 ",
			Request: func(_ string, events ...any) *connectors.Request { return w.Request(account, events...) },
			Raw:     func(_ string, body []byte) *connectors.Request { return w.Raw(account, body) },
			Later:   func() { w.clock.Pass(6 * time.Minute) },
			Location: func(address, id string, at conversation.Location) any {
				e, err := w.Make(fake.Act{Type: "message", ID: id, From: address})
				require.NoError(t, err)
				e["message"] = customfake.Event{"external_id": id, "parts": []any{customfake.Event{"type": "location", "latitude": at.Latitude, "longitude": at.Longitude, "name": at.Name}}}
				return e
			},
			File: func(address, id, name, mediaType, content string) any {
				return act(fake.Act{Type: "message", ID: id, From: address, Files: []fake.File{{Name: name, MediaType: mediaType, Content: []byte(content), URL: "https://files.example/1"}}})
			},
			Status: func(address string, out connectors.Outgoing, receipt connectors.Receipt, status conversation.Status) any {
				return customfake.Event{"event_id": out.ID + string(status), "type": "message.status", "thread": customfake.Event{"key": address}, "message_id": out.ID, "external_id": receipt.ProviderID, "status": status}
			},
			Sendable: &connectortest.Sendable{Name: "사진.png", MediaType: "image/png", Content: "picture", PublicURL: "https://desk.example/files/1"},
			Received: func(address string) (got []connectortest.Received) {
				for _, s := range w.Sent(address) {
					if s.Deleted {
						continue
					}
					r := connectortest.Received{Text: s.Text, Options: s.Options, ReplyTo: s.ReplyTo}
					for _, file := range s.Files {
						// The system fetches it from there.
						require.Equal(t, "https://desk.example/files/1", file.URL)
						r.Files = append(r.Files, connectortest.ReceivedFile{MediaType: file.MediaType, Content: "picture"})
					}
					got = append(got, r)
				}
				return got
			},
		}
		f.Acts(act, connectortest.Edited, connectortest.Deleted, connectortest.Reacted, connectortest.Choice, connectortest.Reply, connectortest.Echo, connectortest.Typing, connectortest.Left)
		f.At(w, faults)
		for _, digit := range "01234567" {
			f.Addresses = append(f.Addresses, "customer-"+string(digit))
		}
		return f
	}})
}

var faults = map[connectortest.Fault]fake.Fault{
	connectortest.Throttled: {Status: 429, RetryAfter: 7}, connectortest.Unavailable: {Status: 503}, connectortest.Broken: {Status: 500},
	connectortest.Rejected: {Status: 422, Code: "invalid"}, connectortest.Blocked: {Status: 422, Code: "blocked"}, connectortest.Locked: {Status: 401, Code: "auth"},
	connectortest.Closed: {Status: 422, Code: "window_closed"}, connectortest.OptedOut: {Status: 422, Code: "opted_out"},
	connectortest.CutBefore: {Drop: "before"}, connectortest.CutAfter: {Drop: "after"},
}
