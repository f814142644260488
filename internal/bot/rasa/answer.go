package rasa

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"

	"seax/internal/bot"
	"seax/internal/conversation"
)

// item is one message of Rasa's. Only what is set is there; attachment and custom are whatever the bot's author made them.
type item struct {
	Text       string          `json:"text"`
	Image      string          `json:"image"`
	Buttons    []button        `json:"buttons"`
	Attachment json.RawMessage `json:"attachment"`
	Custom     json.RawMessage `json:"custom"`
}

type button struct {
	Title   string `json:"title"`
	Payload string `json:"payload"`
}

// custom is what the bot may say to SeaX instead of to the customer.
type custom struct {
	Handoff json.RawMessage `json:"handoff"`
	End     bool            `json:"end"`
}

// maxItems bounds what one turn may say; a bot in a loop does not flood the customer.
const maxItems = 20

var errNoList = errors.New("not a list of messages")

// read turns the REST channel's answer into a reply.
func read(answer []byte) (bot.Reply, error) {
	answer = bytes.TrimSpace(answer)
	if !utf8.Valid(answer) || len(answer) == 0 || answer[0] != '[' {
		return bot.Reply{}, &Error{Kind: Garbage, Err: errNoList}
	}
	var items []item
	if err := json.Unmarshal(answer, &items); err != nil {
		return bot.Reply{}, &Error{Kind: Garbage, Err: err}
	}
	var reply bot.Reply
	for _, it := range items {
		if reason, ok := it.handoff(); ok && reply.Handoff == "" {
			reply.Handoff = reason
		}
		reply.End = reply.End || it.ends()
		if message, ok := it.message(); ok && len(reply.Messages) < maxItems {
			reply.Messages = append(reply.Messages, message)
		}
	}
	reply.Unsure = len(reply.Messages) == 0 && reply.Handoff == "" && !reply.End
	return reply, nil
}

// message is what the item says to the customer; ok is false if nothing.
func (it item) message() (m conversation.Message, ok bool) {
	lines := []string{strings.TrimSpace(it.Text), link(it.Image), attached(it.Attachment)}
	kept := lines[:0]
	for _, l := range lines {
		if l != "" {
			kept = append(kept, l)
		}
	}
	m.Text = strings.Join(kept, "\n")
	for _, b := range it.Buttons {
		title, payload := strings.TrimSpace(b.Title), strings.TrimSpace(b.Payload)
		if title == "" {
			continue
		}
		if payload == "" {
			payload = title // what a tap would have typed
		}
		m.Options = append(m.Options, conversation.Option{ID: payload, Label: title})
	}
	return m, m.Text != "" || len(m.Options) > 0
}

// link returns the URL if it is one a customer can open.
func link(raw string) string {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return u.String()
}

// attached returns the link of an attachment: a URL, or Messenger's {"type", "payload": {"src" or "url"}}.
func attached(raw json.RawMessage) string {
	var plain string
	if json.Unmarshal(raw, &plain) == nil {
		return link(plain)
	}
	var rich struct {
		Payload struct {
			Src string `json:"src"`
			URL string `json:"url"`
		} `json:"payload"`
	}
	if json.Unmarshal(raw, &rich) != nil {
		return ""
	}
	if found := link(rich.Payload.Src); found != "" {
		return found
	}
	return link(rich.Payload.URL)
}

func (it item) custom() (c custom) {
	if json.Unmarshal(it.Custom, &c) != nil {
		return custom{} // something for another channel
	}
	return c
}

func (it item) ends() bool { return it.custom().End }

// handoff returns why a person should take over: {"handoff": {"reason": …, "skill": …}}, {"handoff": "reason"} or {"handoff": true}.
func (it item) handoff() (reason string, ok bool) {
	const unsaid = "The bot asked for a person"
	raw := it.custom().Handoff
	var detail struct {
		Reason string `json:"reason"`
		Skill  string `json:"skill"`
	}
	var plain string
	var yes bool
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return "", false
	case json.Unmarshal(raw, &yes) == nil:
		return unsaid, yes
	case json.Unmarshal(raw, &plain) == nil:
		reason = strings.TrimSpace(plain)
	case json.Unmarshal(raw, &detail) == nil:
		reason = strings.TrimSpace(detail.Reason)
		if skill := strings.TrimSpace(detail.Skill); skill != "" {
			reason = strings.TrimSpace(reason + " (" + skill + ")")
		}
	}
	if reason == "" {
		reason = unsaid
	}
	return reason, true
}
