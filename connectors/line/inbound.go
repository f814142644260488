package line

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
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
)

// signatureHeader holds base64(HMAC-SHA256(channel secret, raw body)). LINE does not promise how it is capitalised.
const signatureHeader = "X-Line-Signature"

// Authenticate implements connectors.Connector.
func (c *Connector) Authenticate(_ context.Context, account connectors.Account, r *connectors.Request) (connectors.Caller, error) {
	secret := c.setting(account, settingSecret)
	if r.Method != http.MethodPost || secret == "" {
		return connectors.Caller{}, fmt.Errorf("method %s: %w", r.Method, connectors.ErrUnauthenticated)
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(r.Body)
	want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if !hmac.Equal([]byte(signature(r.Header)), []byte(want)) {
		return connectors.Caller{}, connectors.ErrUnauthenticated
	}
	return connectors.Caller{}, nil
}

func signature(header http.Header) string {
	if value := header.Get(signatureHeader); value != "" {
		return value
	}
	for name, values := range header {
		if strings.EqualFold(name, signatureHeader) && len(values) == 1 {
			return values[0]
		}
	}
	return ""
}

// event is one event of a webhook.
type event struct {
	Type            string `json:"type"`
	Mode            string `json:"mode"`
	Timestamp       int64  `json:"timestamp"`
	WebhookEventID  string `json:"webhookEventId"`
	ReplyToken      string `json:"replyToken"`
	Source          source `json:"source"`
	DeliveryContext struct {
		IsRedelivery bool `json:"isRedelivery"`
	} `json:"deliveryContext"`
	Message json.RawMessage `json:"message"`
	Unsend  struct {
		MessageID string `json:"messageId"`
	} `json:"unsend"`
	Postback postback `json:"postback"`
}

// source is where something was said: by a user, in a group or in a room (a group without a name).
type source struct {
	Type    string `json:"type"`
	UserID  string `json:"userId"`
	GroupID string `json:"groupId"`
	RoomID  string `json:"roomId"`
}

// address is who is answered: a group as a whole, otherwise the user.
func (s source) address() string {
	switch s.Type {
	case "group":
		return s.GroupID
	case "room":
		return s.RoomID
	default:
		return s.UserID
	}
}

type postback struct {
	Data   string            `json:"data"`
	Params map[string]string `json:"params"`
}

// content is what a message holds.
type content struct {
	ID              string   `json:"id"`
	Type            string   `json:"type"`
	Text            string   `json:"text"`
	QuoteToken      string   `json:"quoteToken"`
	QuotedMessageID string   `json:"quotedMessageId"`
	ReadToken       string   `json:"markAsReadToken"`
	Title           string   `json:"title"`
	Address         string   `json:"address"`
	Latitude        *float64 `json:"latitude"`
	Longitude       *float64 `json:"longitude"`
	FileName        string   `json:"fileName"`
	FileSize        int64    `json:"fileSize"`
	StickerID       string   `json:"stickerId"`
	ContentProvider struct {
		Type        string `json:"type"`
		OriginalURL string `json:"originalContentUrl"`
	} `json:"contentProvider"`
}

// handle is what acting on a message needs later.
type handle struct {
	// Reply is a token that can be used once, for about a minute.
	Reply string `json:"reply,omitempty"`
	Quote string `json:"quote,omitempty"`
	Read  string `json:"read,omitempty"`
}

// errMalformed is wrapped by everything that is wrong with a request's form.
var errMalformed = errors.New("malformed")

// Parse implements connectors.Connector. A request without events is how LINE's console tries the address.
func (c *Connector) Parse(_ context.Context, _ connectors.Account, _ connectors.Caller, r *connectors.Request) (connectors.Batch, error) {
	events, err := decode(r.Body)
	if err != nil {
		return connectors.Batch{}, err
	}
	var batch connectors.Batch
	for i, raw := range events {
		var e event
		if err := json.Unmarshal(raw, &e); err != nil {
			e = bare(raw)
		}
		if e.Type == "" {
			return connectors.Batch{}, fmt.Errorf("%w: event %d is none of LINE's", errMalformed, i+1)
		}
		if e.Source.address() == "" {
			// It is about the account and no customer: chats were switched on or off, the account was suspended.
			c.note(e)
			continue
		}
		batch.Events = append(batch.Events, inbound(e, raw))
	}
	return batch, nil
}

// bare is an event of which only the most necessary can be read: it must not take the others of its request with it.
func bare(raw []byte) event {
	var e struct {
		Type           string `json:"type"`
		WebhookEventID string `json:"webhookEventId"`
		Source         source `json:"source"`
	}
	if json.Unmarshal(raw, &e) != nil || e.Type == "" {
		return event{}
	}
	return event{Type: "unreadable " + e.Type, WebhookEventID: e.WebhookEventID, Source: e.Source}
}

func (c *Connector) note(e event) {
	if c.deps.Logger != nil {
		c.deps.Logger.Warn("LINE tells something of the account", "type", e.Type, "event", e.WebhookEventID)
	}
}

func decode(body []byte) ([]json.RawMessage, error) {
	if !utf8.Valid(body) {
		return nil, fmt.Errorf("%w: not valid UTF-8", errMalformed)
	}
	var in struct {
		Destination string            `json:"destination"`
		Events      []json.RawMessage `json:"events"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(&in); err != nil {
		return nil, fmt.Errorf("%w: not the JSON expected", errMalformed)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows the JSON", errMalformed)
	}
	if in.Destination == "" || in.Events == nil {
		return nil, fmt.Errorf("%w: it names no destination or no events", errMalformed)
	}
	return in.Events, nil
}

func inbound(e event, raw []byte) connectors.Inbound {
	in := connectors.Inbound{ProviderID: e.WebhookEventID, Address: e.Source.address(), At: at(e.Timestamp), Raw: raw}
	switch e.Type {
	case "message":
		said(&in, e)
	case "postback":
		in.Type = connectors.InMessage
		in.Message = chosen(e.Postback)
		in.Handle = handle{Reply: e.replyToken()}.String()
	case "unsend":
		in.Type, in.Target = connectors.InDeleted, e.Unsend.MessageID
		if in.Target == "" {
			unsupported(&in, e.Type)
		}
	case "follow", "join":
		in.Type, in.Consent = connectors.InContact, connectors.OptedIn
	case "unfollow", "leave":
		// The customer has blocked the account, or it was taken out of the group.
		in.Type, in.Consent = connectors.InContact, connectors.OptedOut
	case "memberJoined", "memberLeft", "videoPlayComplete", "beacon", "accountLink", "membership":
		// Worth seeing, but nothing to answer.
		unsupported(&in, e.Type)
		in.Type = connectors.InAutomatic
	default:
		unsupported(&in, e.Type)
	}
	if e.Mode == "standby" && in.Type == connectors.InMessage {
		// Another system of the business talks to the customer now.
		in.Type = connectors.InAutomatic
	}
	if in.ProviderID == "" {
		sum := sha256.Sum256(raw)
		in.ProviderID = "event/" + base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return in
}

func at(milliseconds int64) time.Time {
	if milliseconds <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(milliseconds).UTC()
}

func unsupported(in *connectors.Inbound, kind string) {
	in.Type, in.Message.Unsupported = connectors.InMessage, &conversation.Unsupported{Type: kind}
}

// replyToken is the event's, unless it is old already.
func (e event) replyToken() string {
	if e.DeliveryContext.IsRedelivery {
		return ""
	}
	return e.ReplyToken
}

// String is how a handle is kept; "" for an empty one.
func (h handle) String() string {
	if h == (handle{}) {
		return ""
	}
	encoded, _ := json.Marshal(h) //nolint:errchkjson // strings only
	return string(encoded)
}

func handleOf(last connectors.LastInbound) (h handle) {
	// What is no handle of ours is taken for none.
	_ = json.Unmarshal([]byte(last.Handle), &h)
	return h
}

// stickerURL is where LINE shows a sticker's picture.
const (
	stickerHost = "stickershop.line-scdn.net"
	stickerURL  = "https://" + stickerHost + "/stickershop/v1/sticker/%s/android/sticker.png"
)

// said reads something the customer said.
func said(in *connectors.Inbound, e event) {
	in.Type = connectors.InMessage
	var m content
	if err := json.Unmarshal(e.Message, &m); err != nil || m.ID == "" {
		unsupported(in, "message")
		return
	}
	in.ProviderID, in.ReplyTo = m.ID, m.QuotedMessageID
	in.Handle = handle{Reply: e.replyToken(), Quote: m.QuoteToken, Read: m.ReadToken}.String()
	switch m.Type {
	case "text":
		in.Message.Text = m.Text
	case "image", "video", "audio", "file":
		if m.ContentProvider.Type == "external" {
			// It is not at LINE but somewhere on the internet, where only people should go.
			in.Message.Text = m.ContentProvider.OriginalURL
			break
		}
		in.Files = []connectors.MediaRef{{ID: m.ID, Name: m.FileName, Size: m.FileSize, Voice: m.Type == "audio"}}
	case "location":
		if m.Latitude == nil || m.Longitude == nil {
			unsupported(in, m.Type)
			break
		}
		in.Message.Location = &conversation.Location{Latitude: *m.Latitude, Longitude: *m.Longitude, Name: m.Title, Address: m.Address}
	case "sticker":
		in.Message.Text = m.Text
		if !numeric.MatchString(m.StickerID) {
			unsupported(in, m.Type)
			break
		}
		in.Files = []connectors.MediaRef{{URL: fmt.Sprintf(stickerURL, m.StickerID), Name: "sticker.png", MediaType: "image/png", Sticker: true}}
	default:
		if m.Type == "" {
			m.Type = "message"
		}
		in.Message.Text = m.Text
		unsupported(in, m.Type)
	}
	if in.Message.Text == "" && in.Message.Location == nil && len(in.Files) == 0 && in.Message.Unsupported == nil {
		unsupported(in, m.Type)
	}
}

// option is what a quick reply of ours brings back.
type option struct {
	ID    string `json:"choice"`
	Label string `json:"label,omitempty"`
}

// chosen is what a tap says. Data that is not ours is of a rich menu or a message that the business made at LINE.
func chosen(p postback) conversation.Message {
	var o option
	if json.Unmarshal([]byte(p.Data), &o) == nil && o.ID != "" {
		if o.Label == "" {
			o.Label = o.ID
		}
		return conversation.Message{Choice: o.ID, Text: o.Label}
	}
	m := conversation.Message{Choice: p.Data, Text: p.Data}
	for _, name := range []string{"datetime", "date", "time"} {
		if picked := p.Params[name]; picked != "" {
			m.Text = picked
		}
	}
	if m.Text == "" {
		m.Unsupported = &conversation.Unsupported{Type: "postback"}
	}
	return m
}
