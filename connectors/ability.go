package connectors

import (
	"context"
	"io"
	"net/http"

	"seax/internal/conversation"
)

// What only some connectors can do, each as a small interface. Methods are called concurrently.

// Handshaker is a connector whose provider verifies a webhook's address by a call that wants a certain answer.
type Handshaker interface {
	// Handshake answers such a call; ok is false if the request is none (then it is authenticated like any other). It is asked
	// for every request, before Authenticate. A wrong token is answered by ErrUnauthenticated.
	Handshake(ctx context.Context, account Account, request *Request) (answer Response, ok bool, err error)
}

// Doorkeeper is a connector whose provider shows who it is in the header alone: bodies of those who do not are not even read.
type Doorkeeper interface {
	// Admit refuses what Authenticate would refuse whatever the body is, by ErrUnauthenticated. It is asked before Handshake, and
	// decides nothing else.
	Admit(account Account, method string, header http.Header) error
}

// Keyed is a connector whose provider sends events of several accounts in one request and names the account in each.
type Keyed interface {
	// Key is the provider's id of the account (a phone number's id, a page's); "" while it is not set up. Accounts of one kind
	// have different keys. An event with the key of another account of ours is accepted only if Authenticate takes the request
	// for that account, too.
	Key(account Account) string
}

// Tailored is a connector whose accounts differ in what they can do.
type Tailored interface {
	Capabilities(account Account) Capabilities
}

// Pacer is a connector whose provider allows only so many messages at a time.
type Pacer interface {
	Pace(account Account) Pace
}

// Typist is a connector that can show the customer that an agent (or the bot) is typing.
type Typist interface {
	// Typing is best effort; name may be empty.
	Typing(ctx context.Context, account Account, to Customer, name string) error
}

// ReadMarker is a connector that can show the customer that their messages were read.
type ReadMarker interface {
	// MarkRead says that everything the customer sent up to to.Last has been read. Best effort.
	MarkRead(ctx context.Context, account Account, to Customer) error
}

// Customer is who a courtesy is for.
type Customer struct {
	Address string
	// Last is their newest message.
	Last LastInbound
}

// StateShower is a connector whose customers see who they are talking to.
type StateShower interface {
	// ShowState is called after the conversation's phase or owner changed; agent is empty when no person owns it. Best effort.
	ShowState(ctx context.Context, account Account, address string, phase conversation.Phase, agent string) error
}

// MediaFetcher is a connector whose provider hands files over by reference.
type MediaFetcher interface {
	// FetchMedia opens a file named in Inbound.Files. Only hosts of the provider are asked, by Deps.Fetch where the reference is an
	// address. Errors are *SendError: permanent ones mean that the file is gone, others are tried again.
	FetchMedia(ctx context.Context, account Account, ref MediaRef) (Media, error)
}

// Media is a file being fetched.
type Media struct {
	Body io.ReadCloser
	// Name and MediaType as far as the provider says; both may be empty. What the file really is is found out from its content.
	Name, MediaType string
}

// MediaUploader is a connector whose provider takes files apart from the messages that carry them.
type MediaUploader interface {
	// UploadMedia hands a file over before Send and returns how Send names it (File.Ref). It may be repeated. Errors are *SendError.
	UploadMedia(ctx context.Context, account Account, file File) (ref string, err error)
}

// Templater is a connector whose accounts have templates that the provider has approved.
type Templater interface {
	// Templates lists those that can be sent. Errors are *SendError.
	Templates(ctx context.Context, account Account) ([]Template, error)
}

// Template is a message the provider has approved, with holes. It is sent as conversation.Message.Template.
type Template struct {
	// ID is how Send names it; Name is for people.
	ID       string `json:"id"`
	Name     string `json:"name"`
	Language string `json:"language"`
	// Category is the provider's word: utility, marketing, authentication.
	Category string `json:"category,omitempty"`
	// Body has {{name}} where a variable stands.
	Body      string             `json:"body"`
	Header    string             `json:"header,omitempty"`
	Footer    string             `json:"footer,omitempty"`
	Variables []TemplateVariable `json:"variables,omitempty"`
	// Options are the buttons it has.
	Options []conversation.Option `json:"options,omitempty"`
}

// TemplateVariable is a hole in a template.
type TemplateVariable struct {
	Name    string `json:"name"`
	Example string `json:"example,omitempty"`
}

// ProfileLookup is a connector that can ask its provider who a customer is.
type ProfileLookup interface {
	// LookUp is asked when a customer without a name has written. A provider that does not tell is no error: the profile is empty.
	LookUp(ctx context.Context, account Account, address string) (Profile, error)
}

// Target is a message at the provider.
type Target struct {
	Address string
	// ProviderID is the message's; Ours tells whether we sent it.
	ProviderID string
	Ours       bool
}

// Editor is a connector that can change what was sent.
type Editor interface {
	// Edit replaces the text of a message of ours. Errors are *SendError.
	Edit(ctx context.Context, account Account, target Target, text string) error
}

// Deleter is a connector that can take back what was sent.
type Deleter interface {
	// Delete takes back a message of ours. Errors are *SendError.
	Delete(ctx context.Context, account Account, target Target) error
}

// Reactor is a connector that can react to messages.
type Reactor interface {
	// React sets our reaction to a message; "" takes it back. Errors are *SendError.
	React(ctx context.Context, account Account, target Target, emoji string) error
}

// Starter is a connector with which we can write first.
type Starter interface {
	// Start returns the address on this account of somebody known by to: a phone number, an email address, a user's id. It makes
	// what the provider wants made before (an open channel), and may be repeated. Errors are *SendError.
	Start(ctx context.Context, account Account, to string) (address string, err error)
}

// Linker is a connector whose customers can be sent to an account by a link.
type Linker interface {
	// Link returns the address that opens a chat with the account in the customer's app; "": the settings do not say where that is. What
	// the customer sends first holds the code, in its text or as Inbound.Code; text, which holds it too, is written for them where
	// the app can do that.
	Link(account Account, code, text string) string
}

// Checker is a connector that can try whether an account's settings work.
type Checker interface {
	// Check makes one harmless call. It returns what it found, in words for the admin ("Account Acme, number +1 555 …"). Errors are
	// *SendError, whose words say what is wrong. A provider that has been down is called this way, too, until it answers.
	Check(ctx context.Context, account Account) (found string, err error)
}

// Instructor is a connector whose accounts need more in the provider's console than the webhook's address.
type Instructor interface {
	Setup(account Account) []SetupItem
}

// Listener is a connector that does not wait for webhooks but holds a connection to its provider (a mailbox, a gateway). There is
// one listener per account among all processes.
type Listener interface {
	// Listen connects and hands events to the feed until the context ends or the connection is lost. It returns the context's error, or
	// why it had to stop; it is called again after a pause, also when it returns nil. A *SendError with CodeConfig says that an
	// admin must act. Events must be handed over in order, and be acknowledged to the provider only after Accept has returned.
	Listen(ctx context.Context, account Account, feed Feed) error
}

// Feed takes what a listener has received.
type Feed interface {
	// Accept commits events, in order; what it has returned without an error for is durable. state, if not nil, replaces what
	// State returns, after the events.
	Accept(ctx context.Context, events []Inbound, state []byte) ([]Result, error)
	// State is what was last given to Accept (a session's id, the last number seen); nil at first.
	State(ctx context.Context) ([]byte, error)
	// Connected tells that the connection works, now and whenever the provider has proven it (a heartbeat).
	Connected()
}

// Fetcher gets files from addresses on the internet that others have named.
type Fetcher interface {
	// Fetch opens a file over HTTPS. Hosts must match one of hosts (".example.com" stands for all below it; "*" for any), at every
	// redirect; addresses that are not public are refused; headers go to the first host only. Errors are *SendError.
	Fetch(ctx context.Context, address string, header http.Header, hosts ...string) (Media, error)
}

// Public is a connector with pages or endpoints of its own (a widget, a session call), mounted at /<kind>/.
type Public interface {
	Handler(accounts Accounts) http.Handler
}

// Embedder is a connector whose accounts are put into a web page by a snippet of HTML.
type Embedder interface {
	Snippet(account Account, baseURL string) string
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
