package rcs_test

import (
	"bytes"
	"encoding/base64"
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
	"seax/connectors/google"
	"seax/connectors/google/googlefake"
	"seax/connectors/rcs"
	"seax/connectors/wire"
	"seax/internal/clocktest"
	"seax/internal/conversation"
)

const fileURL = "https://desk.example/files/photo"

var account = connectors.Account{
	ID: "rcs-1", Kind: rcs.Kind, Name: "Acme", Secret: bytes.Repeat([]byte("s"), 32), Settings: map[string]string{"agent_id": "acme_8f2k1"},
	Secrets: connectors.Secrets{"client_token": "client-0b57ac1e", "service_account": googlefake.ServiceAccount()},
}

// world is the connector with RCS behind it.
type world struct {
	*googlefake.Fake
	connector *rcs.Connector
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{Fake: googlefake.New(clocktest.At(time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)).Now)}
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
	w.connector = rcs.New(connectors.Deps{HTTP: wire.NewClient(w.Line(through)), Fetch: fetch.New(through), PublicURL: "https://desk.example", Clock: w.Clock})
	w.Know(account, "https://desk.example/webhooks/rcs/rcs-1")
	return w
}

var features = connectortest.Features{Single: true, Encoded: true, KeepsUnknown: true, Statuses: true, OurIDs: true, Faults: true}

func TestConforms(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Harness{Features: features, New: func(t *testing.T) *connectortest.Fixture {
		w := newWorld(t)
		act := func(a connectors.Account, act fake.Act) any {
			e, err := w.Make(a, act)
			require.NoError(t, err)
			return e
		}
		other := account
		other.ID, other.Settings = "rcs-2", map[string]string{"agent_id": "acme_other"}
		f := &connectortest.Fixture{
			Connector: w.connector, Account: account, AuthHeaders: []string{google.SignatureHeader}, StartWith: "+1 (415) 555-0120",
			Handshake: &connectortest.Handshake{Right: w.Verification(account, "client-0b57ac1e", "s3cret"), Wrong: w.Verification(account, "guessed", "s3cret"), Want: "s3cret"},
			Request: func(_ string, events ...any) *connectors.Request {
				e, ok := events[0].(googlefake.Event)
				require.True(t, ok)
				return w.Request(account, e)
			},
			Raw: func(_ string, body []byte) *connectors.Request { return w.Raw(account, body) },
			Location: func(address, id string, at conversation.Location) any {
				return googlefake.Event{"senderPhoneNumber": address, "agentId": "acme_8f2k1", "messageId": id, "location": map[string]any{"latitude": at.Latitude, "longitude": at.Longitude}}
			},
			Other: &other,
			OtherMessage: func(address, id, text string) any {
				return act(other, fake.Act{Type: "message", ID: id, From: address, Text: text})
			},
			Status: func(address string, _ connectors.Outgoing, receipt connectors.Receipt, status conversation.Status) any {
				words := map[conversation.Status]string{conversation.StatusDelivered: "DELIVERED", conversation.StatusRead: "READ"}
				return w.Status(account, fake.Sent{ID: receipt.ProviderID, To: address}, words[status])
			},
			Sendable: &connectortest.Sendable{Name: "photo.png", MediaType: "image/png", Content: "picture", PublicURL: fileURL},
		}
		f.Acts(func(a fake.Act) any { return act(account, a) }, connectortest.Choice, connectortest.OptOut, connectortest.Typing, connectortest.File)
		f.At(w, faults)
		for _, digit := range "01234567" {
			f.Addresses = append(f.Addresses, "+1415555012"+string(digit))
		}
		return f
	}})
}

// messages are the calls that carry them: getting a token is no part of one; but it can be refused as well.
const messages = "POST /v1/"

var faults = map[connectortest.Fault]fake.Fault{
	connectortest.Throttled: {Status: 429, RetryAfter: 7, Only: messages}, connectortest.Unavailable: {Status: 503, Only: messages}, connectortest.Broken: {Status: 500, Only: messages},
	connectortest.Rejected: {Status: 400, Only: messages}, connectortest.Blocked: {Status: 404, Only: messages}, connectortest.Locked: {Status: 403},
	connectortest.CutBefore: {Drop: "before", Only: messages}, connectortest.CutAfter: {Drop: "after", Only: messages},
}

// Google's documents can be read in two ways; both signatures are taken, and neither covers what others say.
func TestBothSignaturesAreTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	said := []byte(`{"senderPhoneNumber":"+14155550120","agentId":"acme_8f2k1","messageId":"Mx1","text":"pay 10"}`)
	authentic := func(body, signed []byte) error {
		r := w.Raw(account, body)
		r.Header.Set(google.SignatureHeader, google.Sign("client-0b57ac1e", signed))
		_, err := w.connector.Authenticate(t.Context(), account, r)
		return err
	}
	body := googlefake.Wrap(said)
	require.NoError(t, authentic(body, said))
	require.NoError(t, authentic(body, body))
	changed := bytes.Replace(said, []byte("10"), []byte("99"), 1)
	require.ErrorIs(t, authentic(googlefake.Wrap(changed), said), connectors.ErrUnauthenticated)
	require.ErrorIs(t, authentic(googlefake.Wrap(changed), body), connectors.ErrUnauthenticated)
	require.ErrorIs(t, authentic(body, []byte(base64.StdEncoding.EncodeToString(said))), connectors.ErrUnauthenticated)
	// The published vector, by the function that signs for the fake.
	require.Equal(t, "Q3KJldHAOwFaqMu2Mq+LIJv14+fpMmaLGmAmfxCF5YaOSVLZop/sWoOP2FBWRkYWBjBEEZnPb926qI+oDbtcnQ==", google.Sign("partner-key", []byte(`{"requestId":"r1"}`)))
}

// What can be told of it is kept: Google would send what is refused for a week, before all that comes after.
func TestWhatCannotBeReadInFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	said := `{"senderPhoneNumber":"+14155550120","agentId":"acme_8f2k1","messageId":"1","text":7,"sendTime":"0000"}`
	batch, err := w.connector.Parse(t.Context(), account, connectors.Caller{}, w.Raw(account, googlefake.Wrap([]byte(said))))
	require.NoError(t, err)
	require.Len(t, batch.Events, 1)
	e := batch.Events[0]
	require.Equal(t, "+14155550120", e.Address)
	require.Equal(t, "1", e.ProviderID)
	require.NotNil(t, e.Message.Unsupported)
	require.Equal(t, said, string(e.Raw))
}

func TestMalformedDataIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, said := range []string{
		"{\"senderPhoneNumber\":\"+14155550120\",\"messageId\":\"1\",\"text\":\"\xff\"}", `{"senderPhoneNumber":"me","messageId":"1"}`, `{"senderPhoneNumber":"+14155550120"}`, `[]`, ``, `null`,
		`{"senderPhoneNumber":7,"messageId":"1","text":7}`,
	} {
		_, err := w.connector.Parse(t.Context(), account, connectors.Caller{}, w.Raw(account, googlefake.Wrap([]byte(said))))
		require.Error(t, err, "%q", said)
	}
	for _, body := range []string{`{"message":{"data":"%%%"}}`, `{"message":{"data":7}}`, `{"message":{}}`} {
		_, err := w.connector.Parse(t.Context(), account, connectors.Caller{}, w.Raw(account, []byte(body)))
		require.Error(t, err, body)
	}
}

func TestWhatHappensToMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	happened := func(kind string) []connectors.Inbound {
		r := w.Request(account, w.Status(account, fake.Sent{ID: "our-id", To: "+14155550120"}, kind))
		batch, err := w.connector.Parse(t.Context(), account, connectors.Caller{}, r)
		require.NoError(t, err)
		return batch.Events
	}
	expired := happened("TTL_EXPIRATION_REVOKED")[0].Status
	require.Equal(t, [3]string{"our-id", "failed", "unreachable"}, [3]string{expired.MessageID, string(expired.Status), string(expired.Code)})
	require.Empty(t, happened("TTL_EXPIRATION_REVOKE_FAILED"))
	require.Equal(t, connectors.OptedIn, happened("SUBSCRIBE")[0].Consent)
	odd := happened("HOLOGRAM")[0]
	require.Equal(t, connectors.InAutomatic, odd.Type)
	require.Equal(t, "HOLOGRAM", odd.Message.Unsupported.Type)
}

// A phone without RCS is one that cannot be reached, when it is asked for and when it is written to.
func TestPhonesWithoutRCS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Stranger("+14155550129")
	_, err := w.connector.Start(t.Context(), account, "+1 415 555 0129")
	var e *connectors.SendError
	require.ErrorAs(t, err, &e)
	require.Equal(t, connectors.CodeUnreachable, e.Code)
	require.Contains(t, e.Words, "text message")
	_, err = w.connector.Send(t.Context(), account, connectors.Outgoing{ID: conversation.NewID().String(), Address: "+14155550129", Message: conversation.Message{Text: "hi"}})
	require.ErrorAs(t, err, &e)
	require.Equal(t, connectors.CodeUnreachable, e.Code)
}

func TestKeysThatDoNotWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, key := range map[string]string{"nothing": "", "no JSON": "secret-words", "another's": `{"type":"service_account","client_email":"x@y","private_key":"secret-words","token_uri":"https://oauth2.googleapis.com/token"}`} {
		wrong := account
		wrong.Secrets = connectors.Secrets{"client_token": "client-0b57ac1e", "service_account": key}
		_, err := w.connector.Check(t.Context(), wrong)
		var e *connectors.SendError
		require.ErrorAs(t, err, &e, name)
		require.NotContains(t, err.Error(), "secret-words")
	}
}

func TestLink(t *testing.T) {
	t.Parallel()
	connector := rcs.New(connectors.Deps{})
	for agent, want := range map[string]string{
		"acme_8f2k1": "sms:acme_8f2k1%40rbm.goog?body=go%20on%20%28AB2CD-34EFG%29", "acme@bot.example": "sms:acme%40bot.example?body=go%20on%20%28AB2CD-34EFG%29", "": "", "a b": "",
	} {
		a := connectors.Account{Settings: map[string]string{"agent_id": agent}}
		require.Equal(t, want, connector.Link(a, "AB2CD-34EFG", "go on (AB2CD-34EFG)"), agent)
	}
}
