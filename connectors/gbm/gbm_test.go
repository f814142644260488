package gbm_test

import (
	"bytes"
	"errors"
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
	"seax/connectors/gbm"
	"seax/connectors/google"
	"seax/connectors/google/googlefake"
	"seax/connectors/wire"
	"seax/internal/clocktest"
	"seax/internal/conversation"
)

const fileURL = "https://desk.example/files/photo"

var account = connectors.Account{
	ID: "gbm-1", Kind: gbm.Kind, Name: "Acme", Secret: bytes.Repeat([]byte("s"), 32), Settings: map[string]string{"agent": "brands/b1/agents/a1"},
	Secrets: connectors.Secrets{"client_token": "client-0b57ac1e", "partner_key": "partner-key", "service_account": googlefake.ServiceAccount()},
}

// world is the connector with Business Messages behind it.
type world struct {
	*googlefake.Fake
	connector *gbm.Connector
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{Fake: googlefake.New(clocktest.At(time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)).Now)}
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
	through := wire.Through(http.DefaultTransport, at)
	w.connector = gbm.New(connectors.Deps{HTTP: wire.NewClient(w.Line(through)), Fetch: fetch.New(through), PublicURL: "https://desk.example", Clock: w.Clock})
	w.Know(account, "https://desk.example/webhooks/gbm/gbm-1")
	return w
}

func TestConforms(t *testing.T) {
	t.Parallel()
	features := connectortest.Features{SignsBody: true, Single: true, KeepsUnknown: true, Statuses: true, OurIDs: true, Faults: true}
	connectortest.Run(t, connectortest.Harness{Features: features, New: func(t *testing.T) *connectortest.Fixture {
		w := newWorld(t)
		act := func(a connectors.Account, act fake.Act) any {
			e, err := w.Make(a, act)
			require.NoError(t, err)
			return e
		}
		other := account
		other.ID, other.Settings = "gbm-2", map[string]string{"agent": "brands/b1/agents/a2"}
		f := &connectortest.Fixture{
			Connector: w.connector, Account: account, AuthHeaders: []string{google.SignatureHeader},
			Handshake: &connectortest.Handshake{Right: w.Verification(account, "client-0b57ac1e", "s3cret"), Wrong: w.Verification(account, "guessed", "s3cret"), Want: "s3cret"},
			Request: func(_ string, events ...any) *connectors.Request {
				e, ok := events[0].(googlefake.Event)
				require.True(t, ok)
				return w.Request(account, e)
			},
			Raw: func(_ string, body []byte) *connectors.Request { return w.Raw(account, body) },
			Message: func(address, id, text string) any {
				return act(account, fake.Act{Type: "message", ID: id, From: address, Name: "Ana", Text: text})
			},
			Other: &other,
			OtherMessage: func(address, id, text string) any {
				return act(other, fake.Act{Type: "message", ID: id, From: address, Text: text})
			},
			Status: func(address string, _ connectors.Outgoing, receipt connectors.Receipt, status conversation.Status) any {
				words := map[conversation.Status]string{conversation.StatusDelivered: "DELIVERED", conversation.StatusRead: "READ"}
				return w.Receipt(account, address, receipt.ProviderID, words[status])
			},
			Sendable: &connectortest.Sendable{Name: "photo.png", MediaType: "image/png", Content: "picture", PublicURL: fileURL},
		}
		f.Acts(func(a fake.Act) any { return act(account, a) }, connectortest.Choice, connectortest.Typing, connectortest.File)
		f.At(w, faults)
		for _, digit := range "01234567" {
			f.Addresses = append(f.Addresses, "3f5a0000-c0de-4000-8000-00000000000"+string(digit))
		}
		return f
	}})
}

// messages are the calls that carry them: getting a token is no part of one.
const messages = "POST /v1/"

var faults = map[connectortest.Fault]fake.Fault{
	connectortest.Throttled: {Status: 429, RetryAfter: 7, Only: messages}, connectortest.Unavailable: {Status: 503, Only: messages}, connectortest.Broken: {Status: 500, Only: messages},
	connectortest.Rejected: {Status: 400, Only: messages}, connectortest.Blocked: {Status: 404, Only: messages}, connectortest.Locked: {Status: 403, Only: messages},
	connectortest.CutBefore: {Drop: "before", Only: messages}, connectortest.CutAfter: {Drop: "after", Only: messages},
}

func TestItIsRetired(t *testing.T) {
	t.Parallel()
	require.Contains(t, gbm.New(connectors.Deps{}).Describe().Retired, "2024")
}

func TestTheKnownSignature(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.Raw(account, []byte(`{"requestId":"r1"}`))
	require.Equal(t, "Q3KJldHAOwFaqMu2Mq+LIJv14+fpMmaLGmAmfxCF5YaOSVLZop/sWoOP2FBWRkYWBjBEEZnPb926qI+oDbtcnQ==", r.Header.Get(google.SignatureHeader))
	_, err := w.connector.Authenticate(t.Context(), account, r)
	require.NoError(t, err)
}

// Customers see whether a machine or a person writes, and who joins.
func TestCustomersSeeWhoWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	say := func(kind conversation.ActorKind) string {
		_, err := w.connector.Send(t.Context(), account, connectors.Outgoing{ID: conversation.NewID().String(), Address: "c1", From: conversation.Actor{Kind: kind, Name: "Mina"}, Message: conversation.Message{Text: "hi"}})
		require.NoError(t, err)
		all := w.Sent("c1")
		return all[len(all)-1].From
	}
	require.Equal(t, "HUMAN", say(conversation.ByAgent))
	require.Equal(t, "BOT", say(conversation.ByBot))
	require.NoError(t, w.connector.ShowState(t.Context(), account, "c1", conversation.WithAgent, "Mina"))
	require.NoError(t, w.connector.ShowState(t.Context(), account, "c1", conversation.Done, ""))
	require.Equal(t, []string{"REPRESENTATIVE_JOINED", "REPRESENTATIVE_LEFT"}, w.Events())
}

func TestWhatCustomersDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	parse := func(what string) []connectors.Inbound {
		batch, err := w.connector.Parse(t.Context(), account, connectors.Caller{}, w.Raw(account, []byte(`{"agent":"brands/b1/agents/a1","conversationId":"c1","requestId":"r1",`+what+`}`)))
		require.NoError(t, err)
		return batch.Events
	}
	person := parse(`"userStatus":{"requestedLiveAgent":true}`)[0]
	require.Equal(t, "live_agent", person.Message.Choice)
	require.Empty(t, parse(`"userStatus":{"isTyping":false}`))
	require.Empty(t, parse(`"receipts":{"receipts":[{"message":"x","receiptType":"HOLOGRAM"}]}`))
	require.Equal(t, "event", parse(`"surveyResponse":{"rating":"5"}`)[0].Message.Unsupported.Type)
	for text, picture := range map[string]bool{
		"https://storage.googleapis.com/x?sig=1": true, "look https://storage.googleapis.com/x": false, "https://storage.googleapis.com.evil.example/x": false, "http://storage.googleapis.com/x": false,
	} {
		in := parse(`"message":{"messageId":"m1","text":"` + text + `"},"context":{"placeId":"ChIJ"}`)[0]
		require.Equal(t, picture, len(in.Files) == 1, text)
		require.Equal(t, "ChIJ", in.Message.Referral["place_id"])
	}
}
