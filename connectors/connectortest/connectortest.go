// Package connectortest is what every connector must pass. A connector's test describes how its provider speaks (a Harness) and
// what it claims to guarantee (Features); the suite holds it to that.
package connectortest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/internal/conversation"
)

// Features are what a channel guarantees beyond what all must.
type Features struct {
	// SignsBody: authentication covers the body, not only the caller.
	SignsBody bool
	// Expires: an authentic request is refused when it is too old (Fixture.Later is there).
	Expires bool
	// KeepsUnknown: events of unknown types become messages. Otherwise the request is refused, so that its sender knows.
	KeepsUnknown bool
	// ManySenders: one request can hold events of several addresses.
	ManySenders bool
	// Statuses: the provider reports how far messages got (Fixture.Status is there).
	Statuses bool
	// Faults: the provider can be made to misbehave (Fixture.Fail and Fixture.Hang are there).
	Faults bool
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
)

// RetryAfter is what a throttling provider asks for.
const RetryAfter = 7 * time.Second

// Received is a message that reached a customer.
type Received struct {
	Text    string
	Options []conversation.Option
}

// Fixture is a connector with one account and its provider, made for one test.
type Fixture struct {
	Connector connectors.Connector
	Account   connectors.Account
	// Addresses are of customers who can be written to; at least eight.
	Addresses []string

	// Request makes the authentic request in which an address (or the provider for it) hands over events, which the functions below
	// make. With Features.ManySenders the events of several such requests can be joined by Join.
	Request func(address string, events ...any) *connectors.Request
	// Raw makes an authentic request with any body.
	Raw func(address string, body []byte) *connectors.Request
	// Message is something a customer says.
	Message func(address, id, text string) any
	// Unknown is an event of a type nobody has heard of, in which the customer says text.
	Unknown func(address, id, text string) any
	// Status reports how far a message got.
	Status func(address string, out connectors.Outgoing, receipt connectors.Receipt, status conversation.Status) any
	// AuthHeaders are the headers that authenticate.
	AuthHeaders []string
	// Later lets time pass until requests made before are too old.
	Later func()

	// Received returns what reached an address, in order.
	Received func(address string) []Received
	// Fail makes the provider treat the next message like that.
	Fail func(Fault)
	// Hang makes the provider never answer the next message, after it has taken it or before; the channel is closed when it hangs.
	Hang func(taken bool) <-chan struct{}
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
	for name, test := range map[string]func(*testing.T, *suite){
		"describes itself":                      describes,
		"authenticates":                         authenticates,
		"refuses wrong credentials":             refusesWrong,
		"refuses tampered bodies":               refusesTampered,
		"refuses what is too old":               refusesOld,
		"reads nothing before it knows who":     readsNothing,
		"messages have ids for ever":            lastingIDs,
		"batches keep their order":              batches,
		"malformed requests are refused":        malformed,
		"broken UTF-8 gets nowhere":             brokenUTF8,
		"every script survives":                 scripts,
		"long texts are never cut in secret":    longTexts,
		"unknown types are not dropped":         unknownTypes,
		"sends":                                 sends,
		"sends once per id":                     sendsOnce,
		"sends options":                         sendsOptions,
		"refuses or carries long texts":         sendsLong,
		"statuses out of order":                 statuses,
		"sends to many at once":                 sendsConcurrently,
		"stops when its context ends":           stops,
		"classifies refusals":                   classifies,
		"knows lost requests from lost answers": lostAnswers,
		"time-outs before and after":            timeouts,
		"courtesies":                            courtesies,
	} {
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
}

// accept does what the API does with a request.
func (s *suite) accept(t *testing.T, r *connectors.Request) (connectors.Batch, error) {
	t.Helper()
	caller, err := s.Connector.Authenticate(t.Context(), s.Account, r)
	require.NoError(t, err)
	return s.Connector.Parse(t.Context(), s.Account, caller, r)
}

// messages returns the messages among the events a request holds.
func (s *suite) messages(t *testing.T, r *connectors.Request) []connectors.Inbound {
	t.Helper()
	batch, err := s.accept(t, r)
	require.NoError(t, err)
	var out []connectors.Inbound
	for _, e := range batch.Events {
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
