package rcs

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"

	"seax/connectors"
	"seax/connectors/google"
	"seax/internal/conversation"
)

// Handshake implements connectors.Handshaker.
func (c *Connector) Handshake(_ context.Context, account connectors.Account, r *connectors.Request) (connectors.Response, bool, error) {
	return google.Handshake(r, c.setting(account, settingToken))
}

// errMalformed is wrapped by everything that is wrong with a request's form.
var errMalformed = errors.New("malformed")

// data is what a request is about: it comes wrapped, and written in base64.
func data(body []byte) ([]byte, error) {
	var in struct {
		Message struct {
			Data string `json:"data"`
		} `json:"message"`
	}
	if err := json.Unmarshal(body, &in); err != nil || in.Message.Data == "" {
		return nil, fmt.Errorf("%w: it has no message.data", errMalformed)
	}
	decoded, err := base64.StdEncoding.DecodeString(in.Message.Data)
	if err != nil || !utf8.Valid(decoded) {
		return nil, fmt.Errorf("%w: message.data cannot be read", errMalformed)
	}
	return decoded, nil
}

// Authenticate implements connectors.Connector. What Google signs is what is wrapped; some of its documents can be read as if it were the
// whole body, so that is taken, too. Nothing but what is wrapped is read afterwards.
func (c *Connector) Authenticate(_ context.Context, account connectors.Account, r *connectors.Request) (connectors.Caller, error) {
	key := c.setting(account, settingToken)
	if r.Method != http.MethodPost || key == "" {
		return connectors.Caller{}, fmt.Errorf("method %s: %w", r.Method, connectors.ErrUnauthenticated)
	}
	if google.Signed(r, key, r.Body) {
		return connectors.Caller{}, nil
	}
	if wrapped, err := data(r.Body); err == nil && google.Signed(r, key, wrapped) {
		return connectors.Caller{}, nil
	}
	return connectors.Caller{}, connectors.ErrUnauthenticated
}

// event is what a customer wrote, or what happened.
type event struct {
	Phone     string    `json:"senderPhoneNumber"`
	Agent     string    `json:"agentId"`
	MessageID string    `json:"messageId"`
	EventID   string    `json:"eventId"`
	Type      string    `json:"eventType"`
	At        time.Time `json:"sendTime"`
	Text      string    `json:"text"`
	Choice    *struct {
		Postback string `json:"postbackData"`
		Text     string `json:"text"`
	} `json:"suggestionResponse"`
	File *struct {
		Payload struct {
			MIME string `json:"mimeType"`
			Name string `json:"fileName"`
			Size int64  `json:"fileSizeBytes"`
			URI  string `json:"fileUri"`
		} `json:"payload"`
	} `json:"userFile"`
	Location *struct {
		Latitude  float64 `json:"latitude"`
		Longitude float64 `json:"longitude"`
	} `json:"location"`
}

// Parse implements connectors.Connector: a request is one event.
func (c *Connector) Parse(_ context.Context, _ connectors.Account, _ connectors.Caller, r *connectors.Request) (connectors.Batch, error) {
	raw, err := data(r.Body)
	if err != nil {
		return connectors.Batch{}, err
	}
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		if e = bare(raw); e.Phone == "" {
			return connectors.Batch{}, fmt.Errorf("%w: not the JSON expected", errMalformed)
		}
	}
	if !phoneNumber.MatchString(e.Phone) || e.MessageID == "" && e.EventID == "" {
		return connectors.Batch{}, fmt.Errorf("%w: it is of nobody, or has no id", errMalformed)
	}
	in := connectors.Inbound{
		Type: connectors.InMessage, AccountKey: e.Agent, Address: e.Phone, At: e.At, Raw: raw,
		// The network has checked who sends from a number.
		Profile: connectors.Profile{Phone: e.Phone, Verified: true},
	}
	if e.Type != "" {
		return connectors.Batch{Events: e.happened(in)}, nil
	}
	e.said(&in)
	return connectors.Batch{Events: []connectors.Inbound{in}}, nil
}

// bare is an event of which only the most necessary can be read. Google would repeat what is refused, and hold up what comes after.
func bare(raw []byte) event {
	var e struct {
		Phone     string `json:"senderPhoneNumber"`
		Agent     string `json:"agentId"`
		MessageID string `json:"messageId"`
		EventID   string `json:"eventId"`
	}
	if json.Unmarshal(raw, &e) != nil {
		return event{}
	}
	return event{Phone: e.Phone, Agent: e.Agent, MessageID: e.MessageID, EventID: e.EventID}
}

// said reads a message.
func (e event) said(in *connectors.Inbound) {
	in.ProviderID = e.MessageID
	if in.ProviderID == "" {
		in.ProviderID = e.EventID
	}
	switch m := &in.Message; {
	case e.Choice != nil:
		if m.Choice, m.Text = e.Choice.Postback, e.Choice.Text; m.Choice+m.Text == "" {
			m.Unsupported = &conversation.Unsupported{Type: "suggestion"}
		}
	case e.File != nil && e.File.Payload.URI != "":
		p := e.File.Payload
		in.Files = []connectors.MediaRef{{URL: p.URI, Name: p.Name, MediaType: p.MIME, Size: p.Size}}
	case e.Location != nil:
		m.Location = &conversation.Location{Latitude: e.Location.Latitude, Longitude: e.Location.Longitude}
	case e.Text != "":
		m.Text = e.Text
	default:
		m.Unsupported = &conversation.Unsupported{Type: "message"}
	}
}

// happened reads an event that is no message.
func (e event) happened(in connectors.Inbound) []connectors.Inbound {
	status := func(to conversation.Status) []connectors.Inbound {
		if e.MessageID == "" {
			return nil
		}
		in.Type, in.Status = connectors.InStatus, connectors.StatusUpdate{MessageID: e.MessageID, ProviderID: e.MessageID, Status: to}
		if to == conversation.StatusFailed {
			in.Status.Code, in.Status.Error = connectors.CodeUnreachable, "The phone could not be reached by RCS in time; try a text message."
		}
		return []connectors.Inbound{in}
	}
	in.ProviderID = ""
	switch e.Type {
	case "DELIVERED":
		return status(conversation.StatusDelivered)
	case "READ":
		return status(conversation.StatusRead)
	case "TTL_EXPIRATION_REVOKED":
		return status(conversation.StatusFailed)
	case "TTL_EXPIRATION_REVOKE_FAILED":
		// It may have been delivered, which an event of its own tells.
		return nil
	case "IS_TYPING":
		in.Type = connectors.InTyping
	case "SUBSCRIBE", "UNSUBSCRIBE":
		in.ProviderID, in.Message.Text, in.Consent = e.EventID, e.Type, connectors.OptedIn
		if e.Type == "UNSUBSCRIBE" {
			in.Consent = connectors.OptedOut
		}
	default:
		in.Type, in.ProviderID, in.Message.Unsupported = connectors.InAutomatic, e.EventID, &conversation.Unsupported{Type: e.Type}
	}
	if in.Type != connectors.InTyping && in.ProviderID == "" {
		in.ProviderID = e.MessageID
	}
	return []connectors.Inbound{in}
}
