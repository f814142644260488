package line

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"seax/connectors"
	"seax/connectors/wire"
	"seax/internal/conversation"
)

// The messages that are sent. What LINE shows itself has a type of its own; any other file is a card with a button.
type (
	outMessage struct {
		Type               string      `json:"type"`
		Text               string      `json:"text,omitempty"`
		QuoteToken         string      `json:"quoteToken,omitempty"`
		OriginalContentURL string      `json:"originalContentUrl,omitempty"`
		PreviewImageURL    string      `json:"previewImageUrl,omitempty"`
		AltText            string      `json:"altText,omitempty"`
		Contents           *flexBubble `json:"contents,omitempty"`
		QuickReply         *quickReply `json:"quickReply,omitempty"`
		Sender             *sender     `json:"sender,omitempty"`
	}
	quickReply struct {
		Items []quickItem `json:"items"`
	}
	quickItem struct {
		Type   string `json:"type"`
		Action action `json:"action"`
	}
	action struct {
		Type        string `json:"type"`
		Label       string `json:"label"`
		Data        string `json:"data,omitempty"`
		DisplayText string `json:"displayText,omitempty"`
		URI         string `json:"uri,omitempty"`
	}
	sender struct {
		Name string `json:"name"`
	}
	flexBubble struct {
		Type   string  `json:"type"`
		Body   flexBox `json:"body"`
		Footer flexBox `json:"footer"`
	}
	flexBox struct {
		Type     string     `json:"type"`
		Layout   string     `json:"layout"`
		Contents []flexPart `json:"contents"`
	}
	flexPart struct {
		Type   string  `json:"type"`
		Text   string  `json:"text,omitempty"`
		Wrap   bool    `json:"wrap,omitempty"`
		Action *action `json:"action,omitempty"`
	}
)

// push and reply are the two calls that send.
type push struct {
	To       string       `json:"to"`
	Messages []outMessage `json:"messages"`
}

type reply struct {
	ReplyToken string       `json:"replyToken"`
	Messages   []outMessage `json:"messages"`
}

// sent is LINE's answer to both.
type sent struct {
	SentMessages []struct {
		ID string `json:"id"`
	} `json:"sentMessages"`
}

// replyAge is how long after the customer's message its reply token is used. LINE says about a minute.
const replyAge = 30 * time.Second

// retryHeader is a UUID by which LINE drops repeated pushes.
const retryHeader = "X-Line-Retry-Key"

// Send implements connectors.Connector.
func (c *Connector) Send(ctx context.Context, account connectors.Account, out connectors.Outgoing) (connectors.Receipt, error) {
	m, err := c.message(account, out)
	if err != nil {
		return connectors.Receipt{}, err
	}
	last := handleOf(out.Last)
	if c.setting(account, settingReplies) == "true" && last.Reply != "" && c.deps.Clock().Sub(out.Last.At) < replyAge {
		receipt, err := c.send(ctx, account, "/v2/bot/message/reply", reply{last.Reply, []outMessage{m}}, nil)
		var refused *connectors.SendError
		if !errors.As(err, &refused) || refused.Code != connectors.CodeRejected {
			return receipt, err
		}
		// The token was used for another message, or is older than we think: nothing was sent.
	}
	return c.send(ctx, account, "/v2/bot/message/push", push{out.Address, []outMessage{m}}, http.Header{retryHeader: {out.ID}})
}

func (c *Connector) send(ctx context.Context, account connectors.Account, path string, body any, header http.Header) (connectors.Receipt, error) {
	var done sent
	if err := c.call(ctx, account, http.MethodPost, path, body, header, &done); err != nil {
		return connectors.Receipt{}, err
	}
	if len(done.SentMessages) == 0 || done.SentMessages[0].ID == "" {
		return connectors.Receipt{}, wire.Ambiguous(errNoID)
	}
	return connectors.Receipt{ProviderID: done.SentMessages[0].ID, Status: conversation.StatusSent}, nil
}

var errNoID = errors.New("the answer names nothing that was sent")

func rejected(words string) *connectors.SendError {
	return &connectors.SendError{Code: connectors.CodeRejected, Words: words}
}

// message makes what is sent of what is to be said: a text, or one file.
func (c *Connector) message(account connectors.Account, out connectors.Outgoing) (outMessage, error) {
	m := outMessage{Type: "text", Text: out.Message.Text}
	switch {
	case len(out.Files) > 0:
		m = attached(out.Files[0])
	case connectors.Length(m.Text, connectors.UTF16) > maxText:
		return m, rejected("The message is longer than LINE's 5,000 characters.")
	case strings.TrimSpace(m.Text) == "":
		return m, rejected("LINE sends no empty messages.")
	}
	if last := handleOf(out.Last); m.Type == "text" && out.ReplyTo != "" && out.ReplyTo == out.Last.ID {
		// Only of their newest message we have the token with which it is quoted.
		m.QuoteToken = last.Quote
	}
	if out.From.Kind == conversation.ByAgent && c.setting(account, settingNames) == "true" {
		m.Sender = named(out.From.Name)
	}
	for _, o := range out.Message.Options {
		item, err := quick(o)
		if err != nil {
			return m, err
		}
		if m.QuickReply == nil {
			m.QuickReply = &quickReply{}
		}
		m.QuickReply.Items = append(m.QuickReply.Items, item)
	}
	return m, nil
}

// ownName matches names that LINE keeps to itself.
var ownName = regexp.MustCompile(`(?i)\bline\b`)

func named(name string) *sender {
	if name == "" || ownName.MatchString(name) {
		return nil
	}
	return &sender{connectors.SplitText(name, maxName, connectors.UTF16)[0]}
}

func quick(o conversation.Option) (quickItem, error) {
	data, err := json.Marshal(option{o.ID, o.Label})
	if err == nil && connectors.Length(string(data), connectors.UTF16) > maxData {
		data, err = json.Marshal(option{ID: o.ID})
	}
	if err != nil || connectors.Length(string(data), connectors.UTF16) > maxData {
		return quickItem{}, rejected("A choice's id is longer than what LINE gives back.")
	}
	return quickItem{"action", action{Type: "postback", Label: o.Label, Data: string(data), DisplayText: o.Label}}, nil
}

// shown are the types of pictures that LINE shows.
var shown = []string{"image/jpeg", "image/png"}

func attached(f connectors.File) outMessage {
	if slices.Contains(shown, f.MediaType) && f.Size <= maxImage {
		return outMessage{Type: "image", OriginalContentURL: f.PublicURL, PreviewImageURL: f.PublicURL}
	}
	name := f.Name
	if name == "" {
		name = f.MediaType
	}
	button := action{Type: "uri", Label: "↓", URI: f.PublicURL}
	return outMessage{Type: "flex", AltText: connectors.SplitText(name, maxAlt, connectors.UTF16)[0], Contents: &flexBubble{
		Type:   "bubble",
		Body:   flexBox{"box", "vertical", []flexPart{{Type: "text", Text: name, Wrap: true}}},
		Footer: flexBox{"box", "vertical", []flexPart{{Type: "button", Action: &button}}},
	}}
}

// maxAlt is the longest text that stands for a card, in UTF-16 units.
const maxAlt = 400

// call makes one call to LINE. Its errors are *connectors.SendError, also for answers that refuse.
func (c *Connector) call(ctx context.Context, account connectors.Account, method, path string, body any, header http.Header, into any) error {
	token := c.setting(account, settingToken)
	if token == "" {
		return &connectors.SendError{Code: connectors.CodeConfig, Words: "The channel's access token is not set."}
	}
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return &connectors.SendError{Code: connectors.CodeRejected, Words: "The message cannot be written.", Cause: err}
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, apiURL+path, bytes.NewReader(payload))
	if err != nil {
		return &connectors.SendError{Code: connectors.CodeRejected, Words: "The customer's address is not one that LINE has.", Cause: err}
	}
	for name, values := range header {
		r.Header[name] = values
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := wire.Do(c.deps.HTTP, r)
	if err != nil {
		return err
	}
	// 409 answers a retry key that was used: it has been sent already.
	if !answer.OK() && (answer.Status != http.StatusConflict || header.Get(retryHeader) == "") {
		return refusal(answer, c.deps.Clock())
	}
	if into == nil {
		return nil
	}
	return answer.JSON(into)
}

// refusal says what an answer that is not OK means.
func refusal(a wire.Answer, now time.Time) *connectors.SendError {
	var body struct {
		Message string `json:"message"`
		Details []struct {
			Message  string `json:"message"`
			Property string `json:"property"`
		} `json:"details"`
	}
	// What is no JSON comes from something in between.
	_ = json.Unmarshal(a.Body, &body)
	details := []string{body.Message}
	for _, d := range body.Details {
		details = append(details, d.Property+": "+d.Message)
	}
	e := a.Refusal(now, strings.Join(details, "; "))
	says := func(words string) bool { return strings.Contains(strings.ToLower(body.Message), words) }
	switch {
	case a.Status == http.StatusTooManyRequests && says("monthly limit"):
		e = &connectors.SendError{Code: connectors.CodeConfig, Words: "The LINE account has used up its messages of this month; a larger plan is needed to send more.", Cause: e.Cause}
	case a.Status == http.StatusBadRequest && (says("failed to send messages") || says("the property, 'to'")):
		e.Code, e.Words = connectors.CodeUnreachable, "The customer cannot be written to on LINE: they are no friend of the account, or have blocked it."
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden:
		e.Words = "LINE refuses the channel access token. Issue a new one in the LINE Developers console."
	}
	return e
}

// beside makes an error of a call beside the message one that may be tried again: no message has been sent.
func beside(err error) error {
	var e *connectors.SendError
	if errors.As(err, &e) && e.Code == connectors.CodeAmbiguous {
		return &connectors.SendError{Code: connectors.CodeProvider, Words: "LINE did not answer.", Cause: err}
	}
	return err
}

// numeric is what ids of messages and stickers look like.
var numeric = regexp.MustCompile(`^[0-9]{1,40}$`)

// FetchMedia implements connectors.MediaFetcher: what customers sent by its message's id, stickers by their address. A video may be
// there only after a while.
func (c *Connector) FetchMedia(ctx context.Context, account connectors.Account, ref connectors.MediaRef) (connectors.Media, error) {
	if ref.URL != "" {
		return c.deps.Fetch.Fetch(ctx, ref.URL, nil, stickerHost)
	}
	if !messageID.MatchString(ref.ID) {
		return connectors.Media{}, rejected("The file has no id that LINE could know.")
	}
	header := http.Header{"Authorization": {"Bearer " + c.setting(account, settingToken)}}
	media, err := c.deps.Fetch.Fetch(ctx, dataURL+fmt.Sprintf("/v2/bot/message/%s/content", ref.ID), header, "api-data.line.me")
	if ref.Name != "" {
		media.Name = ref.Name
	}
	return media, err
}

// messageID keeps what is no id out of addresses.
var messageID = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)
