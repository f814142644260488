package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"seax/connectors"
	"seax/internal/conversation"
)

// Sent is a message the provider has taken.
type Sent struct {
	ID, Account string
	// Key is the sender's id of the message.
	Key     string
	To      string
	Text    string
	Options []conversation.Option
	At      time.Time
}

// Provider is the provider, in memory: an http.RoundTripper that answers, and the maker of what it would send. It checks what it
// is sent as strictly as a real one. Safe for concurrent use.
type Provider struct {
	// Forgetful: it does not drop messages with a key it knows.
	Forgetful bool
	// OnSent, if there, is called after each message it has taken, for example to send statuses back.
	OnSent func(Sent)
	clock  func() time.Time

	mu     sync.Mutex
	secret map[string][]byte
	faults []Fault
	sent   []Sent
	byKey  map[string]Sent
	typing map[string]string
	// streams are of accounts that are listened to.
	streams map[string]*stream
}

// NewProvider returns a provider that behaves.
func NewProvider(clock func() time.Time) *Provider {
	return &Provider{clock: clock, secret: map[string][]byte{}, byKey: map[string]Sent{}, typing: map[string]string{}, streams: map[string]*stream{}}
}

// Know makes an account known.
func (p *Provider) Know(a connectors.Account) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.secret[a.ID] = a.Secret
}

// Misbehave makes the provider treat the next messages like this, one each. Good ones are "nil".
func (p *Provider) Misbehave(faults ...Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, faults...)
}

// Sent returns what an address has received, in order.
func (p *Provider) Sent(address string) []Sent {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []Sent
	for _, s := range p.sent {
		if s.To == address {
			out = append(out, s)
		}
	}
	return out
}

// Typing returns who was last shown as typing to an address.
func (p *Provider) Typing(address string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.typing[address]
}

// Request returns the signed request with which the provider hands over events.
func (p *Provider) Request(account connectors.Account, events ...Event) *connectors.Request {
	body, err := json.Marshal(map[string]any{"events": events})
	if err != nil {
		// Events are made of strings and times.
		panic(err)
	}
	return p.Raw(account, body)
}

// Raw returns a signed request with any body.
func (p *Provider) Raw(account connectors.Account, body []byte) *connectors.Request {
	return &connectors.Request{
		Method: http.MethodPost, URL: &url.URL{Path: "/webhooks/" + Kind + "/" + account.ID},
		Header: http.Header{"Content-Type": {"application/json"}, http.CanonicalHeaderKey(signatureHeader): {sign(account.Secret, p.clock(), body)}},
		Body:   body,
	}
}

// Order says in which order callbacks come.
type Order func(callbacks []Event) []Event

// Orders of callbacks.
var (
	InOrder  Order = func(e []Event) []Event { return e }
	Reversed Order = func(e []Event) []Event { slices.Reverse(e); return e }
	Doubled  Order = func(e []Event) []Event { return append(e, e...) }
)

// Shuffled is an order that is the same for the same seed.
func Shuffled(seed uint64) Order {
	return func(e []Event) []Event {
		rand.New(rand.NewPCG(seed, seed)).Shuffle(len(e), func(i, j int) { e[i], e[j] = e[j], e[i] })
		return e
	}
}

// Statuses returns the callbacks for messages: each was delivered, then read, in this order of things.
func (p *Provider) Statuses(order Order, sent ...Sent) []Event {
	var out []Event
	for _, s := range sent {
		for _, status := range []conversation.Status{conversation.StatusDelivered, conversation.StatusRead} {
			out = append(out, Event{Type: "status", From: s.To, Of: s.ID, Status: string(status), At: p.clock()})
		}
	}
	return order(out)
}

func (p *Provider) nextFault() *fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.faults) == 0 {
		return &fault{}
	}
	next := p.faults[0]
	p.faults = p.faults[1:]
	if next == nil {
		return &fault{}
	}
	return next
}

var errCut = errors.New("simulated: connection lost")

// RoundTrip implements http.RoundTripper.
func (p *Provider) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f := p.nextFault()
	if f.before {
		return nil, f.lose(ctx)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if trace := httptrace.ContextClientTrace(ctx); trace != nil && trace.WroteRequest != nil {
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
	if f.status != 0 {
		header := http.Header{}
		if f.retryAfter > 0 {
			header.Set("Retry-After", strconv.Itoa(int(f.retryAfter/time.Second)))
		}
		return respond(r, f.status, header, taken{Error: f.name}), nil
	}
	status, answer, made := p.take(r, body)
	if made != nil && p.OnSent != nil {
		p.OnSent(*made)
	}
	if f.after {
		return nil, f.lose(ctx)
	}
	return respond(r, status, http.Header{}, answer), nil
}

func respond(r *http.Request, status int, header http.Header, body taken) *http.Response {
	encoded, _ := json.Marshal(body) //nolint:errchkjson // strings only
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header,
		Body: io.NopCloser(bytes.NewReader(encoded)), ContentLength: int64(len(encoded)), Request: r,
	}
}

// take handles one message like a careful provider.
func (p *Provider) take(r *http.Request, body []byte) (status int, answer taken, made *Sent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	account, route, _ := strings.Cut(strings.Trim(r.URL.Path, "/"), "/")
	secret, known := p.secret[account]
	if !known || verify(secret, r.Header.Get(signatureHeader), body, p.clock()) != nil {
		return http.StatusUnauthorized, taken{Error: "who are you?"}, nil
	}
	var m outgoing
	if route != "messages" || json.Unmarshal(body, &m) != nil || m.To == "" || !utf8.ValidString(m.Text) {
		return http.StatusBadRequest, taken{Error: "malformed"}, nil
	}
	if m.Typing {
		p.typing[m.To] = m.From
		return http.StatusAccepted, taken{}, nil
	}
	key := r.Header.Get(idempotencyKey)
	switch {
	case key == "":
		return http.StatusBadRequest, taken{Error: "no key"}, nil
	case utf8.RuneCountInString(m.Text) > maxText:
		return http.StatusUnprocessableEntity, taken{Error: "too long"}, nil
	}
	if before, repeated := p.byKey[account+"/"+key]; repeated && !p.Forgetful {
		return http.StatusOK, taken{ID: before.ID}, nil
	}
	s := Sent{
		ID: fmt.Sprintf("sim-%d", len(p.sent)+1), Account: account, Key: key, To: m.To, Text: m.Text, Options: m.Options, At: p.clock(),
	}
	p.sent = append(p.sent, s)
	p.byKey[account+"/"+key] = s
	return http.StatusCreated, taken{ID: s.ID}, &s
}

// Accounts lists the known accounts' ids, sorted.
func (p *Provider) Accounts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.secret))
}
