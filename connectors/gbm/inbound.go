package gbm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
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

// Authenticate implements connectors.Connector.
func (c *Connector) Authenticate(_ context.Context, account connectors.Account, r *connectors.Request) (connectors.Caller, error) {
	if r.Method != http.MethodPost || !google.Signed(r, c.setting(account, settingPartner), r.Body) {
		return connectors.Caller{}, fmt.Errorf("method %s: %w", r.Method, connectors.ErrUnauthenticated)
	}
	return connectors.Caller{}, nil
}

// errMalformed is wrapped by everything that is wrong with a request's form.
var errMalformed = errors.New("malformed")

// received is what a request holds: one thing that happened in a conversation.
type received struct {
	Agent        string    `json:"agent"`
	Conversation string    `json:"conversationId"`
	RequestID    string    `json:"requestId"`
	At           time.Time `json:"sendTime"`
	Context      struct {
		EntryPoint string `json:"entryPoint"`
		PlaceID    string `json:"placeId"`
		Locale     string `json:"resolvedLocale"`
		User       struct {
			Name   string `json:"displayName"`
			Locale string `json:"userDeviceLocale"`
		} `json:"userInfo"`
	} `json:"context"`
	Message *struct {
		ID   string `json:"messageId"`
		Text string `json:"text"`
	} `json:"message"`
	Choice *struct {
		Postback string `json:"postbackData"`
		Text     string `json:"text"`
	} `json:"suggestionResponse"`
	Status *struct {
		Typing    *bool `json:"isTyping"`
		LiveAgent bool  `json:"requestedLiveAgent"`
	} `json:"userStatus"`
	Receipts *struct {
		Receipts []struct {
			Message string `json:"message"`
			Type    string `json:"receiptType"`
		} `json:"receipts"`
	} `json:"receipts"`
}

// Parse implements connectors.Connector.
func (c *Connector) Parse(_ context.Context, _ connectors.Account, _ connectors.Caller, r *connectors.Request) (connectors.Batch, error) {
	var e received
	if !utf8.Valid(r.Body) {
		return connectors.Batch{}, fmt.Errorf("%w: not valid UTF-8", errMalformed)
	}
	if json.Unmarshal(r.Body, &e) != nil {
		e = bare(r.Body)
	}
	if e.Conversation == "" {
		return connectors.Batch{}, fmt.Errorf("%w: not the JSON expected", errMalformed)
	}
	in := connectors.Inbound{
		Type: connectors.InMessage, AccountKey: e.Agent, ProviderID: e.RequestID, Address: e.Conversation, At: e.At, Raw: r.Body,
		Profile: connectors.Profile{Name: e.Context.User.Name, Locale: either(e.Context.User.Locale, e.Context.Locale)},
	}
	if e.Receipts != nil {
		return connectors.Batch{Events: e.receipts(in)}, nil
	}
	if !e.said(&in) {
		return connectors.Batch{}, nil
	}
	if in.Type == connectors.InMessage && in.ProviderID == "" {
		return connectors.Batch{}, fmt.Errorf("%w: it has no id", errMalformed)
	}
	return connectors.Batch{Events: []connectors.Inbound{in}}, nil
}

// bare is a request of which only the most necessary can be read. Google would repeat what is refused.
func bare(body []byte) received {
	var e struct {
		Agent        string `json:"agent"`
		Conversation string `json:"conversationId"`
		RequestID    string `json:"requestId"`
	}
	if json.Unmarshal(body, &e) != nil {
		return received{}
	}
	return received{Agent: e.Agent, Conversation: e.Conversation, RequestID: e.RequestID}
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// fileHost is where Google keeps pictures of customers.
const fileHost = "storage.googleapis.com"

// said reads what is no receipt; false if it says nothing.
func (e received) said(in *connectors.Inbound) bool {
	m := &in.Message
	switch {
	case e.Message != nil:
		in.ProviderID = either(e.Message.ID, e.RequestID)
		m.Text, m.Referral = e.Message.Text, e.referral()
		if isPicture(m.Text) {
			in.Files, m.Text = []connectors.MediaRef{{URL: m.Text}}, ""
		} else if m.Text == "" {
			m.Unsupported = &conversation.Unsupported{Type: "empty"}
		}
	case e.Choice != nil:
		if m.Choice, m.Text = e.Choice.Postback, either(e.Choice.Text, e.Choice.Postback); m.Text == "" {
			m.Unsupported = &conversation.Unsupported{Type: "suggestion"}
		}
	case e.Status != nil && e.Status.LiveAgent:
		m.Choice, m.Text = "live_agent", "(asks for a person)"
	case e.Status != nil:
		in.Type, in.ProviderID = connectors.InTyping, ""
		return e.Status.Typing != nil && *e.Status.Typing
	default:
		m.Unsupported = &conversation.Unsupported{Type: "event"}
	}
	return true
}

// isPicture reports whether a text is the address of a picture that was sent, and nothing else.
func isPicture(text string) bool {
	at, err := url.Parse(text)
	return err == nil && at.Scheme == "https" && at.Host == fileHost && !strings.ContainsAny(text, " \n")
}

// referral says where the customer found us.
func (e received) referral() map[string]string {
	r := map[string]string{}
	for name, value := range map[string]string{"entry_point": e.Context.EntryPoint, "place_id": e.Context.PlaceID} {
		if value != "" {
			r[name] = value
		}
	}
	if len(r) == 0 {
		return nil
	}
	return r
}

// receipts tell how far messages of ours got. They have no id, and name messages by ours.
func (e received) receipts(in connectors.Inbound) []connectors.Inbound {
	in.Type, in.ProviderID = connectors.InStatus, ""
	var all []connectors.Inbound
	for _, r := range e.Receipts.Receipts {
		id := r.Message[strings.LastIndexByte(r.Message, '/')+1:]
		status := map[string]conversation.Status{"DELIVERED": conversation.StatusDelivered, "READ": conversation.StatusRead}[r.Type]
		if id == "" || status == "" {
			continue
		}
		in.Status = connectors.StatusUpdate{MessageID: id, ProviderID: id, Status: status}
		all = append(all, in)
	}
	return all
}
