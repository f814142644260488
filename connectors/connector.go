// Package connectors holds the contract between SeaX and the channels customers write on. A connector is one small package
// below this one: it authenticates what its provider sends, turns it into normalised events, and sends messages out. It
// knows nothing of conversations' state, routing or Temporal, and no connector knows another.
//
// Every connector implements Connector; what only some can do are small interfaces beside it (ability.go), found by type
// assertion. The fake of its provider lives beside it, and package connectortest holds it to the contract.
package connectors

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"
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
	// messages with Message.Unsupported; nothing a customer sent is dropped. An error means the request is malformed (400).
	Parse(ctx context.Context, account Account, caller Caller, request *Request) (Batch, error)

	// Send delivers one message that fits the account's capabilities: longer ones have been split before, see Split. It is
	// idempotent on Outgoing.ID where the provider can be. Errors are *SendError; anything else is taken for a fault of ours
	// that may be retried.
	Send(ctx context.Context, account Account, out Outgoing) (Receipt, error)
}

// Deps are what connectors of providers on the network are made with.
type Deps struct {
	// HTTP carries calls to providers' APIs. Tests and the local stack put providers' fakes behind it.
	HTTP *http.Client
	// Fetch gets files from addresses that providers or customers name; see package connectors/fetch.
	Fetch Fetcher
	// PublicURL is how providers reach us, without a slash at its end; see WebhookURL.
	PublicURL string
	Clock     func() time.Time
	Logger    *slog.Logger
}

// WebhookURL is the address an account's provider sends to; what an admin pastes into the provider's console.
func (d Deps) WebhookURL(account Account) string {
	return d.PublicURL + "/webhooks/" + account.Kind + "/" + account.ID
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
	// Settings are the values of Description.Fields that are no secrets; missing ones have their default, see Setting.
	Settings map[string]string
	// Secrets are the values of fields of type FieldSecret.
	Secrets Secrets
	// Secret is random, made by SeaX for this account, at least 32 bytes; for signing what must come back unforged.
	Secret []byte
	// Paused: messages to customers wait.
	Paused bool
	// Version counts changes of the account.
	Version int
}

// Setting returns the value of a setting, also of a secret one; if there is none, the field's default.
func (d Description) Setting(account Account, name string) string {
	if v, ok := account.Secrets[name]; ok {
		return v
	}
	if v, ok := account.Settings[name]; ok {
		return v
	}
	for _, f := range d.Fields {
		if f.Name == name {
			return f.Default
		}
	}
	return ""
}

// Secrets are settings nobody may read again: they print, log and marshal as what they are not.
type Secrets map[string]string

const redacted = "[secret]"

// String keeps secrets out of text.
func (Secrets) String() string { return redacted }

// GoString keeps secrets out of %#v.
func (Secrets) GoString() string { return redacted }

// LogValue keeps secrets out of logs.
func (Secrets) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON keeps secrets out of answers.
func (Secrets) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// LogValue names the account and nothing else of it.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.Kind + "/" + a.ID) }

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
