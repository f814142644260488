package custom

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"seax/connectors"
	"seax/internal/conversation"
	"seax/internal/standardwebhooks"
)

// Authenticate implements connectors.Connector: by a signature over the raw body, or by the account's token.
func (c *Connector) Authenticate(_ context.Context, account connectors.Account, r *connectors.Request) (connectors.Caller, error) {
	if r.Method != http.MethodPost || len(account.Secret) == 0 {
		return connectors.Caller{}, fmt.Errorf("method %s: %w", r.Method, connectors.ErrUnauthenticated)
	}
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		if !hmac.Equal([]byte(token), []byte(c.token(account))) {
			return connectors.Caller{}, connectors.ErrUnauthenticated
		}
		return connectors.Caller{}, nil
	}
	if err := standardwebhooks.Verify(r.Header, r.Body, c.deps.Clock(), c.secrets(account)...); err != nil {
		return connectors.Caller{}, errors.Join(connectors.ErrUnauthenticated, err)
	}
	return connectors.Caller{}, nil
}

// maxEvents is how many events one request may hold.
const maxEvents = 100

// maxParts is how many parts a message may have.
const maxParts = 100

// event is one event as the system posts it.
type event struct {
	EventID    string    `json:"event_id"`
	Type       string    `json:"type"`
	OccurredAt time.Time `json:"occurred_at"`
	Thread     struct {
		Key      string `json:"key"`
		Formerly string `json:"formerly"`
	} `json:"thread"`
	Contact contact `json:"contact"`
	Message message `json:"message"`
	// ExternalID and MessageID (ours) name the message that an event is about.
	ExternalID string `json:"external_id"`
	MessageID  string `json:"message_id"`
	Emoji      string `json:"emoji"`
	Status     string `json:"status"`
	Author     struct {
		Name string `json:"name"`
	} `json:"author"`
	Error struct {
		Code   string `json:"code"`
		Detail string `json:"detail"`
	} `json:"error"`
}

type contact struct {
	Key    string `json:"key"`
	Name   string `json:"name"`
	Phone  string `json:"phone"`
	Email  string `json:"email"`
	Locale string `json:"locale"`
	// Verified: the system vouches for phone and email.
	Verified bool `json:"verified"`
}

type message struct {
	ExternalID string `json:"external_id"`
	ReplyTo    string `json:"reply_to"`
	Parts      []part `json:"parts"`
}

// part is a piece of a message, both ways.
type part struct {
	Type string `json:"type"`
	Text string `json:"text,omitempty"`
	// URL, MIME, Name and Bytes belong to files: image, audio, video, file, sticker, voice.
	URL     string            `json:"url,omitempty"`
	MIME    string            `json:"mime,omitempty"`
	Name    string            `json:"name,omitempty"`
	Bytes   int64             `json:"bytes,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	// ID and Title are of the option that was chosen.
	ID    string `json:"id,omitempty"`
	Title string `json:"title,omitempty"`
	// Options are those that can be chosen (choices).
	Options []conversation.Option `json:"options,omitempty"`
	// Latitude, Longitude, Name and Address belong to location.
	Latitude  *float64 `json:"latitude,omitempty"`
	Longitude *float64 `json:"longitude,omitempty"`
	Address   string   `json:"address,omitempty"`
}

// errMalformed is wrapped by everything that is wrong with a request's form.
var errMalformed = errors.New("malformed")

// Parse implements connectors.Connector. An event that makes no sense is rejected by itself; the others are accepted.
func (c *Connector) Parse(_ context.Context, _ connectors.Account, _ connectors.Caller, r *connectors.Request) (connectors.Batch, error) {
	events, err := decode(r.Body)
	if err != nil {
		return connectors.Batch{}, err
	}
	answers := make([]answer, len(events))
	var batch connectors.Batch
	// places are where the accepted ones are in answers.
	var places []int
	for i, raw := range events {
		var e event
		if err := json.Unmarshal(raw, &e); err != nil {
			return connectors.Batch{}, fmt.Errorf("%w: event %d has a field of the wrong type", errMalformed, i+1)
		}
		in, wrong := inbound(e)
		if wrong != "" {
			answers[i] = rejected(e.EventID, wrong)
			continue
		}
		sum := sha256.Sum256(raw)
		in.Digest, in.Raw = sum[:], raw
		answers[i].EventID = e.EventID
		batch.Events, places = append(batch.Events, in), append(places, i)
	}
	batch.Respond = func(results []connectors.Result) connectors.Response {
		for n, result := range results {
			a := &answers[places[n]]
			a.Status = string(result.Status)
			if result.Status == connectors.ResultConflict {
				*a = rejected(a.EventID, "conflict: this id was another event's")
			}
		}
		return connectors.JSON(http.StatusAccepted, map[string]any{"results": answers})
	}
	return batch, nil
}

// answer is what became of one event.
type answer struct {
	EventID string `json:"event_id"`
	Status  string `json:"status"`
	Error   string `json:"error,omitempty"`
}

func rejected(id, why string) answer { return answer{id, "rejected", why} }

func decode(body []byte) ([]json.RawMessage, error) {
	if !utf8.Valid(body) {
		return nil, fmt.Errorf("%w: not valid UTF-8", errMalformed)
	}
	var in struct {
		Events []json.RawMessage `json:"events"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(&in); err != nil {
		return nil, fmt.Errorf("%w: not the JSON expected", errMalformed)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows the JSON", errMalformed)
	}
	if len(in.Events) == 0 || len(in.Events) > maxEvents {
		return nil, fmt.Errorf("%w: between 1 and %d events at a time", errMalformed, maxEvents)
	}
	for _, e := range in.Events {
		if len(e) == 0 || e[0] != '{' {
			return nil, fmt.Errorf("%w: an event is an object", errMalformed)
		}
	}
	return in.Events, nil
}

// inbound makes an event of ours, or says what is wrong with it.
func inbound(e event) (in connectors.Inbound, wrong string) {
	in = connectors.Inbound{
		ProviderID: "event/" + e.EventID, Address: e.Thread.Key, Formerly: e.Thread.Formerly, At: e.OccurredAt, Target: e.ExternalID, Emoji: e.Emoji,
		Profile: connectors.Profile{Name: e.Contact.Name, Locale: e.Contact.Locale, Phone: e.Contact.Phone, Email: e.Contact.Email, Verified: e.Contact.Verified},
		Handle:  e.Contact.Key,
	}
	if in.Address == "" {
		in.Address = e.Contact.Key
	}
	if in.Target == "" {
		in.Target = e.Message.ExternalID
	}
	if e.EventID == "" || strings.ContainsRune(e.EventID, 0) {
		return in, "event_id is missing"
	}
	named := e.Type == "message.status" && (e.ExternalID != "" || e.MessageID != "")
	if in.Address == "" && !named {
		return in, "thread.key or contact.key is missing"
	}
	switch e.Type {
	case "message.received", "message.echo":
		in.Type = connectors.InMessage
		if e.Type == "message.echo" {
			in.Type, in.Profile = connectors.InEcho, connectors.Profile{Name: e.Author.Name}
		}
		if e.Message.ExternalID != "" {
			in.ProviderID = e.Message.ExternalID
		}
		in.ReplyTo = e.Message.ReplyTo
		return in, content(&in, e.Message.Parts)
	case "message.edited":
		in.Type = connectors.InEdited
		if wrong = content(&in, e.Message.Parts); wrong != "" {
			return in, wrong
		}
	case "message.deleted":
		in.Type = connectors.InDeleted
	case "reaction":
		in.Type = connectors.InReaction
	case "typing":
		in.Type, in.ProviderID = connectors.InTyping, ""
	case "thread.closed":
		in.Type, in.ProviderID = connectors.InLeft, ""
	case "contact.updated":
		in.Type, in.ProviderID = connectors.InContact, ""
	case "read", "message.status":
		return in, status(&in, e)
	default:
		if len(e.Message.Parts) == 0 {
			return in, fmt.Sprintf("there are no events of type %.60q", e.Type)
		}
		// The customer did say something.
		in.Type, in.Message.Unsupported = connectors.InMessage, &conversation.Unsupported{Type: e.Type}
		_ = content(&in, e.Message.Parts)
		return in, ""
	}
	if (in.Type == connectors.InEdited || in.Type == connectors.InDeleted || in.Type == connectors.InReaction) && in.Target == "" {
		return in, "external_id is missing: which message is it about?"
	}
	return in, ""
}

// content reads a message's parts.
func content(in *connectors.Inbound, parts []part) (wrong string) {
	if len(parts) == 0 {
		return "message.parts is missing"
	}
	if len(parts) > maxParts {
		return fmt.Sprintf("a message has at most %d parts", maxParts)
	}
	var texts []string
	for _, p := range parts {
		switch p.Type {
		case "text":
			texts = append(texts, p.Text)
		case "choice":
			in.Message.Choice = p.ID
			texts = append(texts, p.Title)
		case "image", "audio", "video", "file", "sticker", "voice":
			if p.URL == "" {
				return "a file needs its url"
			}
			in.Files = append(in.Files, connectors.MediaRef{
				URL: p.URL, MediaType: p.MIME, Name: p.Name, Size: p.Bytes, Header: p.Headers, Sticker: p.Type == "sticker", Voice: p.Type == "voice",
			})
		case "location":
			if p.Latitude == nil || p.Longitude == nil {
				return "a location needs its latitude and longitude"
			}
			in.Message.Location = &conversation.Location{Latitude: *p.Latitude, Longitude: *p.Longitude, Name: p.Name, Address: p.Address}
		default:
			in.Message.Unsupported = &conversation.Unsupported{Type: p.Type}
			if p.Type == "" {
				in.Message.Unsupported.Type = "part"
			}
			if p.Text != "" {
				texts = append(texts, p.Text)
			}
		}
	}
	in.Message.Text = strings.Join(texts, "\n")
	if m := in.Message; m.Text == "" && m.Choice == "" && m.Location == nil && m.Unsupported == nil && len(in.Files) == 0 {
		return "message.parts say nothing"
	}
	return ""
}

// errorCodes are the errors that a system may name, both in statuses and in answers.
var errorCodes = map[string]connectors.ErrorCode{
	"window_closed": connectors.CodeWindowClosed, "unreachable": connectors.CodeUnreachable, "blocked": connectors.CodeUnreachable,
	"opted_out": connectors.CodeOptedOut, "invalid": connectors.CodeRejected, "auth": connectors.CodeConfig,
}

func status(in *connectors.Inbound, e event) (wrong string) {
	in.Type, in.ProviderID = connectors.InStatus, ""
	in.Status = connectors.StatusUpdate{MessageID: e.MessageID, ProviderID: e.ExternalID, Status: conversation.Status(e.Status)}
	if e.Type == "read" {
		in.Status.Status, in.Status.Through = conversation.StatusRead, true
	}
	switch in.Status.Status {
	case conversation.StatusSent, conversation.StatusDelivered, conversation.StatusRead:
	case conversation.StatusFailed:
		in.Status.Code, in.Status.Error = errorCodes[e.Error.Code], e.Error.Detail
		if in.Status.Error == "" {
			in.Status.Error = "The connected system could not deliver the message."
		}
	default:
		return "status is sent, delivered, read or failed"
	}
	if e.MessageID == "" && e.ExternalID == "" {
		return "message_id or external_id is missing: which message is it about?"
	}
	return ""
}
