// Package simulator is a channel whose provider lives in memory: for tests, for load, and for trying things out without an
// account anywhere. It speaks HTTP and signs like a real provider, and its provider can be told to misbehave like one.
package simulator

import (
	"context"
	"net/http"
	"time"

	"seax/connectors"
	"seax/connectors/wire"
	"seax/internal/conversation"
)

// Kind is this channel's kind.
const Kind = "simulator"

// Limits of a message.
const (
	maxText    = 1000
	maxOptions = 10
	maxEvents  = 100
)

// Deps are what the connector needs.
type Deps struct {
	// Transport carries requests to the provider; a Provider is one.
	Transport http.RoundTripper
	// Forgetful: the provider does not drop repeated messages, like most.
	Forgetful bool
	Clock     func() time.Time
}

// Connector implements connectors.Connector and connectors.Typist. Safe for concurrent use.
type Connector struct {
	deps   Deps
	client *http.Client
}

// New returns the connector.
func New(deps Deps) *Connector {
	return &Connector{deps: deps, client: wire.NewClient(deps.Transport)}
}

var (
	_ connectors.Connector = (*Connector)(nil)
	_ connectors.Typist    = (*Connector)(nil)
)

// Describe implements connectors.Connector.
func (c *Connector) Describe() connectors.Description {
	return connectors.Description{
		Kind: Kind, Name: "Simulator",
		Capabilities: connectors.Capabilities{
			MaxText: maxText, Options: connectors.OptionRules{Max: maxOptions}, Typing: true, ReadMarks: true, Receipts: true, Idempotent: !c.deps.Forgetful,
		},
	}
}

// outgoing is a message as the provider takes it.
type outgoing struct {
	To      string                `json:"to"`
	From    string                `json:"from,omitempty"`
	Text    string                `json:"text"`
	Options []conversation.Option `json:"options,omitempty"`
	Typing  bool                  `json:"typing,omitempty"`
}

// taken is the provider's answer.
type taken struct {
	ID    string `json:"id"`
	Error string `json:"error,omitempty"`
}

// Send implements connectors.Connector.
func (c *Connector) Send(ctx context.Context, account connectors.Account, out connectors.Outgoing) (connectors.Receipt, error) {
	answer, err := c.call(ctx, account, out.ID, outgoing{To: out.Address, From: out.From.Name, Text: out.Message.Text, Options: out.Message.Options})
	if err != nil {
		return connectors.Receipt{}, err
	}
	return connectors.Receipt{ProviderID: answer.ID, Status: conversation.StatusSent}, nil
}

// Typing implements connectors.Typist.
func (c *Connector) Typing(ctx context.Context, account connectors.Account, to connectors.Customer, name string) error {
	_, err := c.call(ctx, account, "", outgoing{To: to.Address, From: name, Typing: true})
	return err
}
