// Package connectortest is what every connector must pass. A connector's test describes how its provider speaks (a Harness) and
// what it claims to guarantee (Features); the suite holds it to that.
package connectortest

import (
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/internal/conversation"
)

// Features are what a channel guarantees beyond what all must.
type Features struct {
	// Listens: events come over a connection (connectors.Listener), not as requests. Fixture.Hand is there instead of Request, Raw,
	// AuthHeaders and Later.
	Listens bool
	// SignsBody: authentication covers the body, not only the caller.
	SignsBody bool
	// Expires: an authentic request is refused when it is too old (Fixture.Later is there).
	Expires bool
	// Single: one request holds one event.
	Single bool
	// Form: requests are forms, of which one that was cut off can still be read.
	Form bool
	// Encoded: what events say is not in the request as it reads (base64); broken UTF-8 in it is for the connector's own tests.
	Encoded bool
	// KeepsUnknown: events of unknown types become messages. Otherwise the request is refused, so that its sender knows.
	KeepsUnknown bool
	// ManySenders: one request can hold events of several addresses.
	ManySenders bool
	// Statuses: the provider reports how far messages got (Fixture.Status is there).
	Statuses bool
	// OurIDs: the reports name messages by our own ids, too.
	OurIDs bool
	// Faults: the provider can be made to misbehave (Fixture.Fail and Fixture.Hang are there).
	Faults bool
	// Window: the provider refuses messages when the reply window is over. OptOuts: and to customers who do not want them.
	Window, OptOuts bool
}

// Fault is a way in which a provider can misbehave for one message.
type Fault string

// The faults. Throttled asks to wait for RetryAfter.
const (
	Throttled   Fault = "throttled"
	Unavailable Fault = "unavailable" // nothing was processed
	Broken      Fault = "broken"      // nobody knows
	Rejected    Fault = "rejected"
	Blocked     Fault = "blocked"
	Locked      Fault = "locked"
	CutBefore   Fault = "cut before"
	CutAfter    Fault = "cut after"
	Closed      Fault = "window closed"
	OptedOut    Fault = "opted out"
)

// RetryAfter is what a throttling provider asks for.
const RetryAfter = 7 * time.Second

// Received is a message that reached a customer.
type Received struct {
	Text    string
	Options []conversation.Option
	Files   []ReceivedFile
	// Template is the id of the template it was made of, Variables what fills it.
	Template  string
	Variables map[string]string
	ReplyTo   string
}

// ReceivedFile is a file that reached a customer.
type ReceivedFile struct {
	MediaType, Content string
}

// Fixture is a connector with one account and its provider, made for one test.
type Fixture struct {
	Connector connectors.Connector
	Account   connectors.Account
	// Addresses are of customers who can be written to; at least eight.
	Addresses []string

	// Request makes the authentic request in which an address (or the provider for it) hands over events, which the functions below
	// make; with Features.ManySenders events of several.
	Request func(address string, events ...any) *connectors.Request
	// Raw makes an authentic request with any body.
	Raw func(address string, body []byte) *connectors.Request
	// Hand has the provider send events over the connection.
	Hand func(address string, events ...any)
	// Disconnect has the provider drop the connection.
	Disconnect func()
	// AuthHeaders are the headers that authenticate.
	AuthHeaders []string
	// Later lets time pass until requests made before are too old.
	Later func()

	// Message is something a customer says.
	Message func(address, id, text string) any
	// Unknown is an event of a type nobody has heard of, in which the customer says text.
	Unknown func(address, id, text string) any
	// Status reports how far a message got.
	Status func(address string, out connectors.Outgoing, receipt connectors.Receipt, status conversation.Status) any
	// The following are nil where the channel has no such thing. target is the ProviderID of a message.
	Edited   func(address, target, text string) any
	Deleted  func(address, target string) any
	Reacted  func(address, target, emoji string) any
	Choice   func(address, id, choice, label string) any
	Reply    func(address, id, target, text string) any
	OptOut   func(address, id string) any
	Echo     func(address, id, text string) any
	Typing   func(address string) any
	Left     func(address string) any
	Location func(address, id string, at conversation.Location) any
	// File is a message with a file, which FetchMedia then finds at the provider.
	File func(address, id, name, mediaType, content string) any

	// Handshake is how the provider verifies the webhook's address: Right is answered with Want, Wrong is refused. Nil: it does not.
	Handshake *Handshake
	// Other is another account behind the same webhook (connectors.Keyed), OtherMessage what a customer says to it.
	Other        *connectors.Account
	OtherMessage func(address, id, text string) any
	// Template is one the account has, with its variables filled in.
	Template *conversation.TemplateUse
	// Sendable is a file the channel carries.
	Sendable *Sendable
	// StartWith is what connectors.Starter finds Addresses[0] by.
	StartWith string

	// Received returns what reached an address, in order.
	Received func(address string) []Received
	// Fail makes the provider treat the next call like that.
	Fail func(Fault)
	// Hang makes the provider never answer the next call, after it has taken it or before; the channel is closed when it hangs.
	Hang func(taken bool) <-chan struct{}
}

// Handshake is a provider's verification of a webhook.
type Handshake struct {
	Right, Wrong *connectors.Request
	Want         string
}

// Sendable is a file as an agent attaches it.
type Sendable struct {
	Name, MediaType, Content string
	// PublicURL is where the provider can fetch it.
	PublicURL string
}

// Harness makes fixtures.
type Harness struct {
	Features Features
	// New returns a fresh fixture; whatever it needs goes away with the test.
	New func(t *testing.T) *Fixture
}

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	t.Helper()
	tests := map[string]func(*testing.T, *suite){
		"describes itself":                      describes,
		"messages have ids for ever":            lastingIDs,
		"every script survives":                 scripts,
		"what is said stays what it is":         harmless,
		"long texts are never cut in secret":    longTexts,
		"unknown types are not dropped":         unknownTypes,
		"what customers do":                     deeds,
		"files customers send":                  files,
		"sends":                                 sends,
		"sends once per id":                     sendsOnce,
		"sends options":                         sendsOptions,
		"sends files":                           sendsFiles,
		"sends answers":                         sendsAnswers,
		"sends templates":                       sendsTemplates,
		"refuses or carries long texts":         sendsLong,
		"carries what was split":                sendsSplit,
		"statuses out of order":                 statuses,
		"sends to many at once":                 sendsConcurrently,
		"stops when its context ends":           stops,
		"classifies refusals":                   classifies,
		"knows lost requests from lost answers": lostAnswers,
		"time-outs before and after":            timeouts,
		"keeps its secrets":                     keepsSecrets,
		"courtesies":                            courtesies,
		"changes what was sent":                 changes,
		"starts conversations":                  starts,
		"checks its settings":                   checks,
		"sends customers to it by a link":       links,
	}
	requests := map[string]func(*testing.T, *suite){
		"authenticates":                     authenticates,
		"refuses wrong credentials":         refusesWrong,
		"refuses tampered bodies":           refusesTampered,
		"refuses what is too old":           refusesOld,
		"reads nothing before it knows who": readsNothing,
		"batches keep their order":          batches,
		"malformed requests are refused":    malformed,
		"broken UTF-8 gets nowhere":         brokenUTF8,
		"answers what the provider wants":   answers,
		"verifies its address":              handshakes,
		"tells accounts apart":              tellsAccountsApart,
		"takes a thousand events in one go": thousands,
		"odd values in every field":         oddValues,
		"bombs do not go off":               bombs,
	}
	listens := map[string]func(*testing.T, *suite){
		"hears in order":            hears,
		"hears again what was lost": hearsAgain,
		"goes on where it was":      goesOn,
		"stops listening when told": stopsListening,
		"comes back after a cut":    comesBack,
	}
	if h.Features.Listens {
		maps.Copy(tests, listens)
	} else {
		maps.Copy(tests, requests)
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &suite{Fixture: h.New(t), features: h.Features}
			require.GreaterOrEqual(t, len(s.Addresses), 8, "the fixture needs eight addresses")
			test(t, s)
		})
	}
}

type suite struct {
	*Fixture
	features Features
	// ears is the listener that receive uses.
	ears *listening
}

// accept does what the API does with a request.
func (s *suite) accept(t *testing.T, r *connectors.Request) (connectors.Batch, error) {
	t.Helper()
	caller, err := s.Connector.Authenticate(t.Context(), s.Account, r)
	require.NoError(t, err)
	return s.Connector.Parse(t.Context(), s.Account, caller, r)
}

// receive hands events over, by a request or the connection, and returns what the connector makes of them.
func (s *suite) receive(t *testing.T, address string, events ...any) []connectors.Inbound {
	t.Helper()
	if s.features.Listens {
		return s.hear(t, len(events), func() { s.Hand(address, events...) })
	}
	var out []connectors.Inbound
	for _, group := range s.requests(address, events) {
		batch, err := s.accept(t, group)
		require.NoError(t, err)
		out = append(out, batch.Events...)
	}
	return out
}

// requests puts events into as few requests as the provider would.
func (s *suite) requests(address string, events []any) []*connectors.Request {
	if !s.features.Single {
		return []*connectors.Request{s.Request(address, events...)}
	}
	var all []*connectors.Request
	for _, e := range events {
		all = append(all, s.Request(address, e))
	}
	return all
}

// messages returns the messages among what the connector makes of events.
func (s *suite) messages(t *testing.T, address string, events ...any) []connectors.Inbound {
	t.Helper()
	var out []connectors.Inbound
	for _, e := range s.receive(t, address, events...) {
		if e.Type == connectors.InMessage {
			out = append(out, e)
		}
	}
	return out
}

// clone returns an equal request that shares nothing.
func clone(r *connectors.Request) *connectors.Request {
	u := *r.URL
	return &connectors.Request{Method: r.Method, URL: &u, Header: r.Header.Clone(), Body: append([]byte(nil), r.Body...)}
}

// newID makes a message id that every channel takes: a UUID.
func newID() string { return conversation.NewID().String() }

func (s *suite) out(address, text string) connectors.Outgoing {
	return connectors.Outgoing{
		ID: newID(), Address: address, From: conversation.Actor{Kind: conversation.ByAgent, ID: newID(), Name: "Mina Park"},
		Message: conversation.Message{Text: text}, At: time.Now(),
	}
}
