package twilio_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/connectortest"
	"seax/connectors/fake"
	"seax/connectors/twilio"
	"seax/internal/conversation"
)

var features = connectortest.Features{
	SignsBody: true, Single: true, Form: true, KeepsUnknown: true, Statuses: true, OurIDs: true, Faults: true, OptOuts: true,
}

func TestSMSConforms(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Harness{Features: features, New: func(t *testing.T) *connectortest.Fixture {
		w := newWorld(t)
		f := w.fixture(twilio.NewSMS(w.deps), sms)
		f.StartWith = "+1 (415) 555-0120"
		f.OptOut = func(address, id string) any { return w.act(sms, fake.Act{Type: "stop", ID: id, From: address}) }
		return f
	}})
}

func TestWhatsAppConforms(t *testing.T) {
	t.Parallel()
	features := features
	features.Window = true
	connectortest.Run(t, connectortest.Harness{Features: features, New: func(t *testing.T) *connectortest.Fixture {
		w := newWorld(t)
		f := w.fixture(twilio.NewWhatsApp(w.deps), whatsApp)
		f.StartWith = "+1 415-555-0120"
		id := w.Approve(accountSID, "order_shipped", "Hello {{1}}, parcel {{2}} is on its way.", map[string]string{"1": "Ann", "2": "A-7"})
		f.Template = &conversation.TemplateUse{ID: id, Variables: map[string]string{"1": "지수", "2": "B-9"}}
		f.Choice = func(address, id, choice, label string) any {
			return w.act(whatsApp, fake.Act{Type: "message", ID: id, From: address, Text: label, Choice: choice})
		}
		f.Reply = func(address, id, target, text string) any {
			return w.act(whatsApp, fake.Act{Type: "message", ID: id, From: address, Text: text, ReplyTo: target})
		}
		f.Location = func(address, id string, at conversation.Location) any {
			form := w.act(whatsApp, fake.Act{Type: "message", ID: id, From: address})
			latitude, _ := json.Marshal(at.Latitude)
			longitude, _ := json.Marshal(at.Longitude)
			form.Set("Latitude", string(latitude))
			form.Set("Longitude", string(longitude))
			form.Set("Label", at.Name)
			return form
		}
		return f
	}})
}

func TestMessengerConforms(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Harness{Features: features, New: func(t *testing.T) *connectortest.Fixture {
		w := newWorld(t)
		return w.fixture(twilio.NewMessenger(w.deps), messenger)
	}})
}

func (w *world) act(account connectors.Account, act fake.Act) url.Values {
	w.t.Helper()
	form, err := w.Form(account, act)
	require.NoError(w.t, err)
	return form
}

// callback is a status report, which goes to an address of its own.
type callback struct{ *connectors.Request }

func (w *world) fixture(connector connectors.Connector, account connectors.Account) *connectortest.Fixture {
	other := account
	other.ID, other.Settings = account.ID+"-b", map[string]string{"account_sid": accountSID, "from": account.Settings["from"] + "9"}
	f := &connectortest.Fixture{
		Connector: connector, Account: account, Addresses: customers(account.Kind), AuthHeaders: []string{"X-Twilio-Signature"},
		Request: func(_ string, events ...any) *connectors.Request {
			if c, ok := events[0].(callback); ok {
				return c.Request
			}
			form, _ := events[0].(url.Values)
			return w.Raw(account, []byte(form.Encode()))
		},
		Raw:   func(_ string, body []byte) *connectors.Request { return w.Raw(account, body) },
		Other: &other,
		OtherMessage: func(address, id, text string) any {
			return w.act(other, fake.Act{Type: "message", ID: id, From: address, Text: text})
		},
		Status: func(_ string, out connectors.Outgoing, receipt connectors.Receipt, status conversation.Status) any {
			sent, ok := w.Change(receipt.ProviderID, func(*fake.Sent) {})
			require.True(w.t, ok)
			r, err := w.Status(account, sent, w.deps.WebhookURL(account)+"?message="+out.ID+"#rc=5", string(status), "")
			require.NoError(w.t, err)
			return callback{r}
		},
		Sendable: &connectortest.Sendable{Name: "photo.png", MediaType: "image/png", Content: "picture", PublicURL: fileURL},
	}
	f.Acts(func(a fake.Act) any { return w.act(account, a) }, connectortest.File)
	f.At(w, faults)
	return f
}

var faults = map[connectortest.Fault]fake.Fault{
	connectortest.Throttled: {Status: 429, RetryAfter: 7}, connectortest.Unavailable: {Status: 503}, connectortest.Broken: {Status: 500},
	connectortest.Rejected: {Status: 400, Code: "30007"}, connectortest.Blocked: {Status: 400, Code: "21211"}, connectortest.Locked: {Status: 401},
	connectortest.Closed: {Status: 400, Code: "63016"}, connectortest.OptedOut: {Status: 400, Code: "21610"},
	connectortest.CutBefore: {Drop: "before"}, connectortest.CutAfter: {Drop: "after"},
}

// What Twilio's documents say of messages is what the fake and the connector say: nothing here was made up.
func TestCallsAndCallbacksAreWhatTwiliosDocumentsSay(t *testing.T) {
	t.Parallel()
	documents := connectortest.LoadSpecs(t, specs...)
	w := newWorld(t)
	connector := twilio.NewSMS(w.deps)
	for _, m := range []conversation.Message{{Text: "안녕 👋"}, {Text: strings.Repeat("x", 1600)}} {
		_, err := connector.Send(t.Context(), sms, connectors.Outgoing{ID: "id", Address: "+14155550120", Message: m})
		require.NoError(t, err)
	}
	whats := twilio.NewWhatsApp(w.deps)
	_, err := whats.Send(t.Context(), whatsApp, connectors.Outgoing{ID: "id", Address: "+14155550120", Message: conversation.Message{
		Text: "Which?", Options: []conversation.Option{{ID: "a", Label: "A"}, {ID: "b", Label: "B"}, {ID: "c", Label: "C"}, {ID: "d", Label: "D"}},
	}})
	require.NoError(t, err)
	_, err = whats.Templates(t.Context(), whatsApp)
	require.NoError(t, err)
	_, err = connector.Check(t.Context(), sms)
	require.NoError(t, err)

	// Webhooks are in no document; the words they use for statuses are.
	words := documents.Schema(t, "message_enum_status").Enum
	require.Contains(t, words, any(w.act(sms, fake.Act{Type: "message", From: "+14155550120"}).Get("SmsStatus")))
	for _, r := range w.Callbacks() {
		form, err := url.ParseQuery(string(r.Body))
		require.NoError(t, err)
		require.Contains(t, words, any(form.Get("MessageStatus")))
	}
}
