// Package fake has what the fakes of providers have in common: they take messages like the provider, misbehave when they are told to,
// send signed webhooks in good and in bad order, and remember what they were sent. Each fake lives beside its connector; this
// package knows none of them. Tests use a fake directly, the local stack behind one Switchboard and its control API.
package fake

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"seax/connectors"
	"seax/internal/conversation"
)

// Provider is the fake of one provider. It is embedded Base plus what is the provider's own.
type Provider interface {
	// ServeHTTP is the provider's API. It checks what it is sent as strictly as the provider.
	http.Handler
	// Kinds are the channel kinds it stands behind, Hosts the names its API is called by.
	Kinds() []string
	Hosts() []string
	// Act makes the signed requests with which the provider hands over what a customer did. Faults do not concern it.
	Act(account connectors.Account, act Act) ([]*connectors.Request, error)
	base() *Base
}

// Act is something a customer does.
type Act struct {
	// Type: message, edit, delete, reaction, typing, read, left, stop (does not want to be written to), unknown.
	Type string `json:"type"`
	// ID is the new message's at the provider; "" for one the fake makes up.
	ID   string `json:"id,omitempty"`
	From string `json:"from"`
	Name string `json:"name,omitempty"`
	Text string `json:"text,omitempty"`
	// Subject and HTML are an email's.
	Subject string `json:"subject,omitempty"`
	HTML    string `json:"html,omitempty"`
	// Choice is the id of a button that was tapped.
	Choice string `json:"choice,omitempty"`
	Files  []File `json:"files,omitempty"`
	// Target is the provider's id of the message an edit, a deletion or a reaction is about, ReplyTo of the one that is answered.
	Target  string `json:"target,omitempty"`
	ReplyTo string `json:"reply_to,omitempty"`
	Emoji   string `json:"emoji,omitempty"`
	// Location is where they are, on channels that can tell.
	Location *conversation.Location `json:"location,omitempty"`
	// Referral is what led them to write, in the provider's words; on WhatsApp.
	Referral map[string]string `json:"referral,omitempty"`
}

// File is a file that a customer sends or has received.
type File struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Content   []byte `json:"content,omitempty"`
	// URL is where a received one was to be had from.
	URL string `json:"url,omitempty"`
}

// Sent is a message the provider has taken.
type Sent struct {
	// ID is the provider's; Key the sender's id of it, where the provider is told one.
	ID      string `json:"id"`
	Key     string `json:"key,omitempty"`
	Account string `json:"account"`
	// From is the sender's address at the provider, To the customer's.
	From     string                `json:"from"`
	To       string                `json:"to"`
	Text     string                `json:"text,omitempty"`
	Options  []conversation.Option `json:"options,omitempty"`
	Files    []File                `json:"files,omitempty"`
	Template string                `json:"template,omitempty"`
	// Variables fill the template.
	Variables map[string]string `json:"variables,omitempty"`
	ReplyTo   string            `json:"reply_to,omitempty"`
	// Subject and HTML are an email's; References are the emails before it, Answers is the address it wants to be answered at.
	Subject    string    `json:"subject,omitempty"`
	HTML       string    `json:"html,omitempty"`
	References []string  `json:"references,omitempty"`
	Answers    string    `json:"answers,omitempty"`
	At         time.Time `json:"at"`
	// Status is how far the fake has reported it.
	Status string `json:"status,omitempty"`
	// Reactions are by address, "" for ours. Edited and Deleted tell what became of it.
	Reaction string `json:"reaction,omitempty"`
	Edited   bool   `json:"edited,omitempty"`
	Deleted  bool   `json:"deleted,omitempty"`
}

// Base is the part that fakes share. Safe for concurrent use; the zero value is not usable, see NewBase.
type Base struct {
	Clock func() time.Time
	// First is what ids are counted from: two runs with one database must not give the same ids.
	First int

	mu       sync.Mutex
	accounts map[string]Known
	sent     []Sent
	typing   map[string]time.Time
	faults   []Fault
	mood     Mood
	// lined: calls come over a Line.
	lined bool
	hooks callbacks
}

// Known is an account the provider has.
type Known struct {
	connectors.Account
	// Webhook is where the provider sends to.
	Webhook string
}

// NewBase returns the shared part of a fake.
func NewBase(clock func() time.Time) *Base {
	return &Base{Clock: clock, accounts: map[string]Known{}, typing: map[string]time.Time{}, hooks: newCallbacks()}
}

func (b *Base) base() *Base { return b } //nolint:unused // what embeds it is a Provider by that

// Know makes an account one that the provider has, with its credentials.
func (b *Base) Know(account connectors.Account, webhook string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.accounts[account.ID] = Known{account, webhook}
}

// Account returns an account the provider has.
func (b *Base) Account(id string) (Known, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, ok := b.accounts[id]
	return a, ok
}

// Find returns the first account for which match holds.
func (b *Base) Find(match func(Known) bool) (Known, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range b.accounts {
		if match(a) {
			return a, true
		}
	}
	return Known{}, false
}

// Take remembers a message.
func (b *Base) Take(s Sent) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent = append(b.sent, s)
}

// Change changes a message that was taken, if there is one with that id, and returns it as it is then.
func (b *Base) Change(id string, change func(*Sent)) (Sent, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.sent {
		if b.sent[i].ID == id {
			change(&b.sent[i])
			return b.sent[i], true
		}
	}
	return Sent{}, false
}

// ByKey returns the message of an account that was sent with a key.
func (b *Base) ByKey(account, key string) (Sent, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.sent {
		if s.Account == account && s.Key == key {
			return s, true
		}
	}
	return Sent{}, false
}

// Sent returns what an address has received, in order; "": everything.
func (b *Base) Sent(to string) []Sent {
	b.mu.Lock()
	defer b.mu.Unlock()
	if to == "" {
		return slices.Clone(b.sent)
	}
	var out []Sent
	for _, s := range b.sent {
		if s.To == to {
			out = append(out, s)
		}
	}
	return out
}

// Types notes that the business is shown as typing to an address.
func (b *Base) Types(to string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.typing[to] = b.Clock()
}

// Typing reports whether an address has been shown somebody typing.
func (b *Base) Typing(to string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.typing[to]
	return ok
}
