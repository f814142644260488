// Package connectors holds the contract between SeaX and the channels customers write on. A connector is one small package
// below this one: it authenticates what its provider sends, turns it into normalised events, and sends messages out. It
// knows nothing of conversations' state, routing or Temporal, and no connector knows another.
package connectors

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"seax/internal/conversation"
)

// Connector is what every channel kind implements. Methods are called concurrently, also for one account, except Send:
// messages of one conversation are sent one after the other, in order.
type Connector interface {
	// Describe says what the kind is called, which settings an account of it has, and what it can do.
	Describe() Description

	// Authenticate decides whether the raw request really comes from the account's provider (or visitor). It must not
	// parse the body before it has verified it, and compares secrets in constant time. What it returns is handed to Parse.
	// Any error means the request is answered 401 and not read further.
	Authenticate(ctx context.Context, account Account, request *Request) (Caller, error)

	// Parse turns an authenticated request into events, in the provider's order. Events it does not understand become
	// messages of an unsupported kind; nothing a customer sent is dropped. An error means the request is malformed (400).
	Parse(ctx context.Context, account Account, caller Caller, request *Request) (Batch, error)

	// Send delivers one message. It is idempotent on Outgoing.ID where the provider can be. Errors are *SendError;
	// anything else is taken for a fault of ours that may be retried.
	Send(ctx context.Context, account Account, out Outgoing) (Receipt, error)
}

// Typist is a connector that can show the customer that an agent (or the bot) is typing.
type Typist interface {
	// Typing is best effort; name may be empty.
	Typing(ctx context.Context, account Account, address, name string) error
}

// ReadMarker is a connector that can show the customer that their messages were read.
type ReadMarker interface {
	// MarkRead says that everything the customer sent until at has been read. Best effort.
	MarkRead(ctx context.Context, account Account, address string, at time.Time) error
}

// StateShower is a connector whose customers see who they are talking to.
type StateShower interface {
	// ShowState is called after the conversation's phase or owner changed; agent is empty when no person owns it. Best effort.
	ShowState(ctx context.Context, account Account, address string, phase conversation.Phase, agent string) error
}

// Public is a connector with pages or endpoints of its own (a widget, a session call), mounted at /<kind>/.
type Public interface {
	Handler(accounts Accounts) http.Handler
}

// Embedder is a connector whose accounts are put into a web page by a snippet of HTML.
type Embedder interface {
	Snippet(account Account, baseURL string) string
}

// Accounts finds the channel accounts there are.
type Accounts interface {
	// Account returns the enabled account with this id, or ErrNoAccount.
	Account(ctx context.Context, id string) (Account, error)
}

// Account is one configured channel, such as one phone number or one web page's chat.
type Account struct {
	// ID is the channel's id, part of its webhook URL.
	ID   string
	Kind string
	Name string
	// Settings are the values of Description.Fields; missing ones have their default.
	Settings map[string]string
	// Secret is random, made by SeaX for this account, at least 32 bytes; for signing what must come back unforged.
	Secret []byte
}

// Description is what admins and composers need to know of a kind.
type Description struct {
	Kind         string
	Name         string
	Fields       []Field
	Capabilities Capabilities
	// Local: sending is one quick write to our own database, and idempotent. Such messages are sent beside the workflow and not
	// through the kind's delivery queue, which costs Temporal half as much.
	Local bool
}

// Field is one setting of an account; the admin page makes its form from these.
type Field struct {
	Name    string
	Label   map[string]string
	Help    map[string]string
	Type    FieldType
	Default string
	// Check, if there, says in words what is wrong with a value.
	Check func(value string) error
}

// FieldType says how a setting is edited.
type FieldType string

// The types of settings. FieldList is one entry per line; FieldBool is "true" or "false".
const (
	FieldText     FieldType = "text"
	FieldTextArea FieldType = "textarea"
	FieldList     FieldType = "list"
	FieldColor    FieldType = "color"
	FieldBool     FieldType = "boolean"
	FieldSecret   FieldType = "secret"
)

// Capabilities say what a channel can carry; they drive the composer, splitting and early refusal.
type Capabilities struct {
	// MaxText is the longest text of one message, in characters.
	MaxText int
	// MaxFileBytes is the largest attachment; 0: none may be sent.
	MaxFileBytes int64
	// FileTypes lists the media types that may be attached.
	FileTypes []string
	// Options: buttons or quick replies; without them choices become a numbered list.
	Options bool
	Typing  bool
	// ReadMarks: the provider tells when the customer has read a message.
	ReadMarks bool
	// Idempotent: the provider drops a repeated Outgoing.ID, so an ambiguous attempt may be repeated.
	Idempotent bool
}

// Request is a provider's raw HTTP request. The body has been read within the size limit and nothing else.
type Request struct {
	Method string
	URL    *url.URL
	Header http.Header
	Body   []byte
}

// Caller is who Authenticate found behind a request; its meaning is the connector's.
type Caller struct {
	// Address is the customer's address when the request comes from the customer's own device; "" from a provider.
	Address string
	// Profile is what the authenticated request says of the customer.
	Profile Profile
}

// Profile is what a channel knows of a customer. Empty fields are unknown.
type Profile struct {
	Name   string
	Locale string
	// Email and Phone link contacts across channels only if Verified: the provider, or a signature, vouches for them.
	Email, Phone string
	Verified     bool
	// ExternalID is the customer's id in the business's own systems, if a signature vouches for it.
	ExternalID string
}

// Batch is what one request held.
type Batch struct {
	Events []Inbound
	// Respond makes the answer the provider expects, after everything was committed. Nil: 200 without a body.
	Respond func(results []Result) (status int, body any)
}

// InboundType says what an inbound event is.
type InboundType string

// The types of inbound events.
const (
	InMessage InboundType = "message"
	InStatus  InboundType = "status"
	InTyping  InboundType = "typing"
	InLeft    InboundType = "left"
)

// Inbound is one normalised event from a provider.
type Inbound struct {
	Type InboundType
	// ProviderID identifies the event at the provider for ever; a repeated one is dropped. Required for messages.
	ProviderID string
	// Address is the customer's on this account.
	Address string
	// At is the provider's time; zero if it gives none.
	At      time.Time
	Profile Profile
	// Message belongs to InMessage.
	Message conversation.Message
	// Status belongs to InStatus.
	Status StatusUpdate
	// Alongside, if there, adds statements to the transaction in which the message is accepted: for connectors whose own
	// records must stand or fall with it. It is not called for duplicates, and again when the transaction is run again.
	Alongside func(statements *pgx.Batch)
}

// StatusUpdate says how far a message we sent got.
type StatusUpdate struct {
	// ProviderIDs are Receipt.ProviderID of the messages; the newest is enough where Through is set.
	ProviderID string
	// Through: the status holds for every earlier message to this address too (a read watermark).
	Through bool
	Status  conversation.Status
	// Error is in words for the agent (failed only).
	Error string
}

// Result says what became of an inbound event.
type Result struct {
	ProviderID string
	// Status: accepted, duplicate.
	Status string
}

// Outgoing is one message to a customer.
type Outgoing struct {
	// ID is the message's id, the same at every attempt.
	ID      string
	Address string
	From    conversation.Actor
	Message conversation.Message
	At      time.Time
}

// Receipt is what the provider said when it took the message.
type Receipt struct {
	// ProviderID is how later status updates name the message.
	ProviderID string
	// Status: sent, or already delivered.
	Status conversation.Status
}

// CrossOrigin is a connector that pages of other sites call from customers' browsers.
type CrossOrigin interface {
	// AllowsOrigin decides by the account's settings whether a page of this origin may.
	AllowsOrigin(account Account, origin string) bool
}

// Vouched is a connector whose customers' identity the business can vouch for by a signature.
type Vouched interface {
	// IdentitySecret is what the business signs with; admins only.
	IdentitySecret(account Account) string
}
