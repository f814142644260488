package custom

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"seax/connectors"
	"seax/connectors/wire"
	"seax/internal/conversation"
	"seax/internal/egress"
	"seax/internal/standardwebhooks"
)

// named is something that has a key in the system.
type named struct {
	Key string `json:"key"`
}

// outgoing is what is posted to the system.
type outgoing struct {
	Type      string      `json:"type"`
	ChannelID string      `json:"channel_id"`
	Challenge string      `json:"challenge,omitempty"`
	Message   *outMessage `json:"message,omitempty"`
	Thread    *named      `json:"thread,omitempty"`
	Typing    *outTyping  `json:"typing,omitempty"`
	Target    *outTarget  `json:"target,omitempty"`
	Text      string      `json:"text,omitempty"`
	Emoji     *string     `json:"emoji,omitempty"`
}

type outMessage struct {
	ID      string    `json:"id"`
	Thread  named     `json:"thread"`
	Contact *named    `json:"contact,omitempty"`
	Author  outAuthor `json:"author"`
	Parts   []part    `json:"parts"`
	ReplyTo string    `json:"reply_to_external_id,omitempty"`
}

type outAuthor struct {
	Kind string `json:"kind"`
	Name string `json:"name,omitempty"`
}

type outTyping struct {
	Name string `json:"name,omitempty"`
}

// outTarget is the message that something is done to; Ours tells who wrote it.
type outTarget struct {
	ExternalID string `json:"external_id"`
	Ours       bool   `json:"ours"`
}

// answered is the system's answer.
type answered struct {
	ExternalID string `json:"external_id"`
	Status     string `json:"status"`
	Challenge  string `json:"challenge"`
	Error      struct {
		Code   string `json:"code"`
		Detail string `json:"detail"`
	} `json:"error"`
}

// Send implements connectors.Connector. The message's id is the webhook's, the same at every attempt, by which the system drops
// repetitions.
func (c *Connector) Send(ctx context.Context, account connectors.Account, out connectors.Outgoing) (connectors.Receipt, error) {
	m := &outMessage{ID: out.ID, Thread: named{out.Address}, Author: author(out.From), Parts: parts(out), ReplyTo: out.ReplyTo}
	if out.Last.Handle != "" {
		m.Contact = &named{out.Last.Handle}
	}
	got, err := c.post(ctx, account, out.ID, outgoing{Type: "message.send", Message: m})
	if err != nil {
		return connectors.Receipt{}, err
	}
	receipt := connectors.Receipt{ProviderID: got.ExternalID, Status: conversation.StatusSent}
	if receipt.ProviderID == "" {
		// Later events can name it by our id as well.
		receipt.ProviderID = out.ID
	}
	if got.Status == string(conversation.StatusDelivered) {
		receipt.Status = conversation.StatusDelivered
	}
	return receipt, nil
}

func author(a conversation.Actor) outAuthor {
	switch a.Kind {
	case conversation.ByAgent:
		return outAuthor{"agent", a.Name}
	case conversation.ByBot, conversation.ByFlow:
		return outAuthor{"bot", ""}
	default:
		return outAuthor{"system", ""}
	}
}

func parts(out connectors.Outgoing) []part {
	var all []part
	for _, f := range out.Files {
		family, _, _ := strings.Cut(f.MediaType, "/")
		if family != "image" && family != "audio" && family != "video" {
			family = "file"
		}
		all = append(all, part{Type: family, URL: f.PublicURL, MIME: f.MediaType, Name: f.Name, Bytes: f.Size})
	}
	if out.Message.Text != "" || len(all) == 0 {
		all = append(all, part{Type: "text", Text: out.Message.Text})
	}
	if len(out.Message.Options) > 0 {
		all = append(all, part{Type: "choices", Options: out.Message.Options})
	}
	return all
}

// post posts something to the account's system. Its errors are *connectors.SendError.
func (c *Connector) post(ctx context.Context, account connectors.Account, id string, body outgoing) (answered, error) {
	body.ChannelID = account.ID
	endpoint, secrets := c.setting(account, settingEndpoint), c.secrets(account)
	if endpoint == "" || len(secrets) == 0 {
		return answered{}, &connectors.SendError{Code: connectors.CodeConfig, Words: "The channel's address is not set."}
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return answered{}, &connectors.SendError{Code: connectors.CodeRejected, Words: "The message cannot be written.", Cause: err}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(encoded))
	if err != nil {
		return answered{}, &connectors.SendError{Code: connectors.CodeConfig, Words: "The channel's address is not one that can be called."}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "SeaX")
	standardwebhooks.SetHeader(r.Header, id, c.deps.Clock(), encoded, secrets...)
	got, err := wire.Do(c.deps.HTTP, r)
	if errors.Is(err, egress.ErrPrivate) {
		words := "The channel's address is not on the public internet, and its network is not among those that are allowed (SEAX_PRIVATE_NETWORKS)."
		return answered{}, &connectors.SendError{Code: connectors.CodeConfig, Words: words, Cause: err}
	}
	if err != nil {
		return answered{}, err
	}
	var a answered
	switch {
	case got.Status == http.StatusNoContent:
		return a, nil
	case got.OK() || got.Status == http.StatusConflict:
		// 409: it has the message already.
		if len(bytes.TrimSpace(got.Body)) == 0 {
			return a, nil
		}
		err := got.JSON(&a)
		return a, err
	}
	_ = json.Unmarshal(got.Body, &a)
	return a, c.refusal(got, a)
}

// refusal says what an answer means that is neither success nor "already done".
func (c *Connector) refusal(got wire.Answer, a answered) *connectors.SendError {
	cause := fmt.Errorf("status %d, code %.60q: %.500s", got.Status, a.Error.Code, a.Error.Detail)
	retried := got.Status >= 500 || got.Status == http.StatusRequestTimeout || got.Status == http.StatusTooEarly || got.Status == http.StatusTooManyRequests
	if code, ok := errorCodes[a.Error.Code]; ok && !retried {
		words := a.Error.Detail
		if words == "" {
			words = "The connected system refuses this message."
		}
		return &connectors.SendError{Code: code, Words: words, Cause: cause}
	}
	switch {
	case got.Status == http.StatusTooEarly:
		return &connectors.SendError{Code: connectors.CodeThrottled, Words: "The connected system wants us to wait.", RetryAfter: got.RetryAfter(c.deps.Clock()), Cause: cause}
	case got.Status == http.StatusGone, got.Status == http.StatusNotFound, got.Status >= 300 && got.Status < 400:
		return &connectors.SendError{Code: connectors.CodeConfig, Words: "There is nothing at the channel's address any more.", Cause: cause}
	}
	e := got.Refusal(c.deps.Clock(), cause.Error())
	return e
}

// beside posts something that is no message: a courtesy, or a change.
func (c *Connector) beside(ctx context.Context, account connectors.Account, body outgoing) error {
	_, err := c.post(ctx, account, uuid.NewString(), body)
	return err
}

// Typing implements connectors.Typist.
func (c *Connector) Typing(ctx context.Context, account connectors.Account, to connectors.Customer, name string) error {
	if !c.can(account, settingTyping) {
		return nil
	}
	return c.beside(ctx, account, outgoing{Type: "typing", Thread: &named{to.Address}, Typing: &outTyping{name}})
}

// MarkRead implements connectors.ReadMarker.
func (c *Connector) MarkRead(ctx context.Context, account connectors.Account, to connectors.Customer) error {
	if !c.can(account, settingReads) || to.Last.ID == "" {
		return nil
	}
	return c.beside(ctx, account, outgoing{Type: "read", Thread: &named{to.Address}, Target: &outTarget{ExternalID: to.Last.ID}})
}

// Edit implements connectors.Editor.
func (c *Connector) Edit(ctx context.Context, account connectors.Account, target connectors.Target, text string) error {
	return c.beside(ctx, account, outgoing{Type: "message.edit", Thread: &named{target.Address}, Target: &outTarget{target.ProviderID, target.Ours}, Text: text})
}

// Delete implements connectors.Deleter.
func (c *Connector) Delete(ctx context.Context, account connectors.Account, target connectors.Target) error {
	return c.beside(ctx, account, outgoing{Type: "message.delete", Thread: &named{target.Address}, Target: &outTarget{target.ProviderID, target.Ours}})
}

// React implements connectors.Reactor.
func (c *Connector) React(ctx context.Context, account connectors.Account, target connectors.Target, emoji string) error {
	return c.beside(ctx, account, outgoing{Type: "reaction", Thread: &named{target.Address}, Target: &outTarget{target.ProviderID, target.Ours}, Emoji: &emoji})
}

// Check implements connectors.Checker: the system proves that it is the one by giving a challenge back.
func (c *Connector) Check(ctx context.Context, account connectors.Account) (string, error) {
	challenge := uuid.NewString()
	got, err := c.post(ctx, account, uuid.NewString(), outgoing{Type: "endpoint.verify", Challenge: challenge})
	if err != nil {
		return "", err
	}
	if got.Challenge != challenge {
		return "", &connectors.SendError{Code: connectors.CodeConfig, Words: "The address answers, but does not give the challenge back."}
	}
	return "The connected system answers.", nil
}
