package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
	"unicode/utf8"

	"seax/connectors"
	"seax/internal/conversation"
)

// Event is one event as the provider sends it.
type Event struct {
	// Type: message, typing, left, status; anything else is a kind of message the connector does not know.
	Type string `json:"type"`
	// ID identifies a message for ever.
	ID     string    `json:"id,omitempty"`
	From   string    `json:"from"`
	Name   string    `json:"name,omitempty"`
	Locale string    `json:"locale,omitempty"`
	At     time.Time `json:"at,omitzero"`
	Text   string    `json:"text,omitempty"`
	Choice string    `json:"choice,omitempty"`
	// Of, Status, Through and Error belong to statuses; Of is the provider's id of the message they are about.
	Of      string `json:"of,omitempty"`
	Status  string `json:"status,omitempty"`
	Through bool   `json:"through,omitempty"`
	Error   string `json:"error,omitempty"`
}

// Authenticate implements connectors.Connector: the signature covers the time and the raw body.
func (c *Connector) Authenticate(_ context.Context, account connectors.Account, r *connectors.Request) (connectors.Caller, error) {
	if r.Method != http.MethodPost {
		return connectors.Caller{}, fmt.Errorf("method %s: %w", r.Method, connectors.ErrUnauthenticated)
	}
	if err := verify(account.Secret, r.Header.Get(signatureHeader), r.Body, c.deps.Clock()); err != nil {
		return connectors.Caller{}, errors.Join(connectors.ErrUnauthenticated, err)
	}
	return connectors.Caller{}, nil
}

// errMalformed is wrapped by everything that is wrong with a request's form.
var errMalformed = errors.New("malformed")

// Parse implements connectors.Connector.
func (c *Connector) Parse(_ context.Context, _ connectors.Account, _ connectors.Caller, r *connectors.Request) (connectors.Batch, error) {
	if !utf8.Valid(r.Body) {
		return connectors.Batch{}, fmt.Errorf("%w: not valid UTF-8", errMalformed)
	}
	var body struct {
		Events []Event `json:"events"`
	}
	decoder := json.NewDecoder(bytes.NewReader(r.Body))
	if err := decoder.Decode(&body); err != nil {
		return connectors.Batch{}, fmt.Errorf("%w: not the JSON expected", errMalformed)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return connectors.Batch{}, fmt.Errorf("%w: something follows the JSON", errMalformed)
	}
	if len(body.Events) == 0 || len(body.Events) > maxEvents {
		return connectors.Batch{}, fmt.Errorf("%w: between 1 and %d events at a time", errMalformed, maxEvents)
	}
	var batch connectors.Batch
	for _, e := range body.Events {
		in, err := parse(e)
		if err != nil {
			return connectors.Batch{}, err
		}
		batch.Events = append(batch.Events, in)
	}
	return batch, nil
}

func parse(e Event) (connectors.Inbound, error) {
	in := connectors.Inbound{Address: e.From, At: e.At, Profile: connectors.Profile{Name: e.Name, Locale: e.Locale}}
	if e.From == "" {
		return in, fmt.Errorf("%w: an event of type %.40q has no sender", errMalformed, e.Type)
	}
	switch e.Type {
	case "status":
		in.Type = connectors.InStatus
		in.Status = connectors.StatusUpdate{ProviderID: e.Of, Through: e.Through, Status: conversation.Status(e.Status), Error: e.Error}
		if e.Of == "" || !in.Status.Status.Known() {
			return in, fmt.Errorf("%w: a status names no message or nothing known", errMalformed)
		}
		return in, nil
	case "typing":
		in.Type = connectors.InTyping
		return in, nil
	case "left":
		in.Type = connectors.InLeft
		return in, nil
	}
	if e.ID == "" {
		return in, fmt.Errorf("%w: a message has no id", errMalformed)
	}
	in.Type, in.ProviderID = connectors.InMessage, e.ID
	in.Message = conversation.Message{Text: e.Text, Choice: e.Choice}
	if e.Type == "message" && e.Text == "" && e.Choice == "" {
		return in, fmt.Errorf("%w: the message is empty", errMalformed)
	}
	if e.Type != "message" {
		// The customer did say something: whoever reads it must know.
		in.Message.Unsupported = &conversation.Unsupported{Type: e.Type}
		in.Raw, _ = json.Marshal(e) //nolint:errchkjson // strings and times only
	}
	return in, nil
}
