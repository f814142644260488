package discord

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"seax/connectors"
	"seax/internal/conversation"
)

type user struct {
	ID         string `json:"id"`
	Username   string `json:"username"`
	GlobalName string `json:"global_name"`
	Bot        bool   `json:"bot"`
	Locale     string `json:"locale"`
}

func (u user) name() string {
	if u.GlobalName != "" {
		return u.GlobalName
	}
	return u.Username
}

type attachment struct {
	ID        string `json:"id"`
	Filename  string `json:"filename"`
	MediaType string `json:"content_type"`
	Size      int64  `json:"size"`
	URL       string `json:"url"`
}

type message struct {
	ID          string       `json:"id"`
	ChannelID   string       `json:"channel_id"`
	GuildID     string       `json:"guild_id"`
	WebhookID   string       `json:"webhook_id"`
	Type        int          `json:"type"`
	Flags       int          `json:"flags"`
	Author      *user        `json:"author"`
	Content     string       `json:"content"`
	Edited      *time.Time   `json:"edited_timestamp"`
	Attachments []attachment `json:"attachments"`
	Stickers    []struct {
		ID     string `json:"id"`
		Name   string `json:"name"`
		Format int    `json:"format_type"`
	} `json:"sticker_items"`
	Reference *struct {
		Type      int    `json:"type"`
		MessageID string `json:"message_id"`
	} `json:"message_reference"`
	Snapshots []struct {
		Message struct {
			Content     string       `json:"content"`
			Attachments []attachment `json:"attachments"`
		} `json:"message"`
	} `json:"message_snapshots"`
	Components []component `json:"components"`
}

// component is a part of a message that can be tapped, or a row of such.
type component struct {
	Components []component `json:"components"`
	CustomID   string      `json:"custom_id"`
	Label      string      `json:"label"`
	Options    []struct {
		Label string `json:"label"`
		Value string `json:"value"`
	} `json:"options"`
}

type reaction struct {
	UserID    string `json:"user_id"`
	ChannelID string `json:"channel_id"`
	MessageID string `json:"message_id"`
	GuildID   string `json:"guild_id"`
	Emoji     struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"emoji"`
}

// deletion is of one message or of several.
type deletion struct {
	ID        string   `json:"id"`
	IDs       []string `json:"ids"`
	ChannelID string   `json:"channel_id"`
	GuildID   string   `json:"guild_id"`
}

type typing struct {
	UserID    string `json:"user_id"`
	ChannelID string `json:"channel_id"`
	GuildID   string `json:"guild_id"`
}

// userPrefix is in front of the address of somebody who is known by their id and not by a direct message yet.
const userPrefix = "user/"

// epoch is Discord's, in milliseconds.
const epoch = 1420070400000

// at is when something was made, by its id.
func at(id string) time.Time {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(n>>22) + epoch).UTC() //nolint:gosec // 42 bits
}

// The types of messages that customers write; other known ones tell what happened.
const (
	typeDefault = 0
	typeReply   = 19
)

var happened = []int{1, 2, 3, 4, 5, 6, 7, 21, 46}

// voiceFlag marks a message that was spoken.
const voiceFlag = 1 << 13

// forwarded is the type of a reference to a message from elsewhere.
const forwarded = 1

// said is the event a message is, if it is one of a customer in a direct message.
func said(m message, raw []byte) (connectors.Inbound, bool) {
	if m.ID == "" || m.ChannelID == "" || m.GuildID != "" || m.WebhookID != "" || m.Author == nil || m.Author.ID == "" || m.Author.Bot {
		return connectors.Inbound{}, false
	}
	in := connectors.Inbound{
		Type: connectors.InMessage, ProviderID: m.ID, Address: m.ChannelID, Formerly: userPrefix + m.Author.ID, At: at(m.ID), Raw: raw,
		Profile: connectors.Profile{Name: m.Author.name(), Locale: m.Author.Locale}, Message: conversation.Message{Text: m.Content},
	}
	files := m.Attachments
	switch {
	case m.Reference != nil && m.Reference.Type == forwarded && len(m.Snapshots) > 0:
		in.Message.Text = m.Snapshots[0].Message.Content
		files = m.Snapshots[0].Message.Attachments
	case m.Reference != nil && m.Type == typeReply:
		in.ReplyTo = m.Reference.MessageID
	}
	for _, a := range files {
		in.Files = append(in.Files, connectors.MediaRef{ID: a.ID, URL: a.URL, Name: a.Filename, MediaType: a.MediaType, Size: a.Size, Voice: m.Flags&voiceFlag != 0})
	}
	for _, s := range m.Stickers {
		if ref, ok := sticker(s.ID, s.Format); ok {
			in.Files = append(in.Files, ref)
		} else if in.Message.Text == "" {
			in.Message.Text = s.Name
		}
	}
	if m.Type != typeDefault && m.Type != typeReply || in.Message.Text == "" && len(in.Files) == 0 {
		in.Message.Unsupported = &conversation.Unsupported{Type: fmt.Sprintf("message type %d", m.Type)}
		if slices.Contains(happened, m.Type) {
			in.Type = connectors.InAutomatic
		}
	}
	return in, true
}

// The formats of stickers; the remaining one is drawn by a program.
const (
	stickerPNG  = 1
	stickerAPNG = 2
	stickerGIF  = 4
)

// sticker is the picture of a sticker, if it has one.
func sticker(id string, format int) (connectors.MediaRef, bool) {
	if !snowflake.MatchString(id) {
		return connectors.MediaRef{}, false
	}
	switch format {
	case stickerPNG, stickerAPNG:
		return connectors.MediaRef{URL: "https://cdn.discordapp.com/stickers/" + id + ".png", Name: "sticker.png", MediaType: "image/png", Sticker: true}, true
	case stickerGIF:
		return connectors.MediaRef{URL: "https://media.discordapp.net/stickers/" + id + ".gif", Name: "sticker.gif", MediaType: "image/gif", Sticker: true}, true
	}
	return connectors.MediaRef{}, false
}

// events makes events of a dispatch. self is the bot's own id, ours whether a message is known to be of the bot's.
func events(kind string, d json.RawMessage, self string, ours func(id string) bool) ([]connectors.Inbound, error) {
	switch kind {
	case "MESSAGE_CREATE", "MESSAGE_UPDATE":
		var m message
		if err := json.Unmarshal(d, &m); err != nil {
			if m, err = strange(d); err != nil {
				return nil, fmt.Errorf("%s: %w", kind, err)
			}
		}
		in, ok := said(m, d)
		if !ok {
			return nil, nil
		}
		if kind == "MESSAGE_UPDATE" {
			if m.Edited == nil {
				// A picture of a link was added, or the like.
				return nil, nil
			}
			in.Type, in.Target, in.At = connectors.InEdited, m.ID, m.Edited.UTC()
			in.ProviderID = fmt.Sprintf("%s/edited/%d", m.ID, m.Edited.UnixMilli())
		}
		return []connectors.Inbound{in}, nil
	case "MESSAGE_DELETE", "MESSAGE_DELETE_BULK":
		var x deletion
		if err := json.Unmarshal(d, &x); err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		return deleted(x, ours), nil
	case "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE":
		var x reaction
		if err := json.Unmarshal(d, &x); err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		if x.UserID == self || x.GuildID != "" || x.ChannelID == "" || x.MessageID == "" {
			return nil, nil
		}
		in := connectors.Inbound{Type: connectors.InReaction, Address: x.ChannelID, Target: x.MessageID, Emoji: x.Emoji.Name, Raw: d}
		switch {
		case kind == "MESSAGE_REACTION_REMOVE":
			in.Emoji = ""
		case x.Emoji.ID != "":
			// A picture of a server's own; people know it by its name.
			in.Emoji = ":" + x.Emoji.Name + ":"
		}
		return []connectors.Inbound{in}, nil
	case "TYPING_START":
		var x typing
		if err := json.Unmarshal(d, &x); err != nil || x.UserID == self || x.GuildID != "" || x.ChannelID == "" {
			return nil, nil //nolint:nilerr // nothing is lost with it
		}
		return []connectors.Inbound{{Type: connectors.InTyping, Address: x.ChannelID}}, nil
	case "INTERACTION_CREATE":
		var i interaction
		if err := json.Unmarshal(d, &i); err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		if in, ok := done(i, d); ok {
			return []connectors.Inbound{in}, nil
		}
	}
	return nil, nil
}

// strange is a message of which only the most necessary can be read.
func strange(d json.RawMessage) (message, error) {
	var m struct {
		ID        string `json:"id"`
		ChannelID string `json:"channel_id"`
		GuildID   string `json:"guild_id"`
		Author    struct {
			ID  string `json:"id"`
			Bot bool   `json:"bot"`
		} `json:"author"`
	}
	err := json.Unmarshal(d, &m)
	return message{ID: m.ID, ChannelID: m.ChannelID, GuildID: m.GuildID, Author: &user{ID: m.Author.ID, Bot: m.Author.Bot}}, err
}

func deleted(x deletion, ours func(id string) bool) []connectors.Inbound {
	ids := x.IDs
	if x.ID != "" {
		ids = append(ids, x.ID)
	}
	var all []connectors.Inbound
	for _, id := range ids {
		if x.GuildID == "" && x.ChannelID != "" && !ours(id) {
			all = append(all, connectors.Inbound{Type: connectors.InDeleted, ProviderID: id + "/deleted", Address: x.ChannelID, Target: id})
		}
	}
	return all
}

// The types of interactions.
const (
	interactionPing         = 1
	interactionCommand      = 2
	interactionComponent    = 3
	interactionAutocomplete = 4
)

// interaction is a tap or a command.
type interaction struct {
	ID        string `json:"id"`
	Type      int    `json:"type"`
	Token     string `json:"token"`
	ChannelID string `json:"channel_id"`
	GuildID   string `json:"guild_id"`
	// Context is where it was: in a server, with the bot, or with others.
	Context *int     `json:"context"`
	User    *user    `json:"user"`
	Locale  string   `json:"locale"`
	Message *message `json:"message"`
	Member  struct {
		User *user `json:"user"`
	} `json:"member"`
	Data struct {
		Name     string    `json:"name"`
		CustomID string    `json:"custom_id"`
		Values   []string  `json:"values"`
		Options  []options `json:"options"`
	} `json:"data"`
}

// options are what was given to a command, also to a command of a command.
type options struct {
	Name    string    `json:"name"`
	Value   any       `json:"value"`
	Options []options `json:"options"`
}

// withBot is the context of a direct message to the bot.
const withBot = 1

// done is the event an interaction is, if a customer has done it.
func done(i interaction, raw []byte) (connectors.Inbound, bool) {
	who := i.User
	if who == nil {
		who = i.Member.User
	}
	if i.ID == "" || who == nil || !snowflake.MatchString(who.ID) || i.Type == interactionPing || i.Type == interactionAutocomplete {
		return connectors.Inbound{}, false
	}
	in := connectors.Inbound{
		Type: connectors.InMessage, ProviderID: "interaction/" + i.ID, Address: userPrefix + who.ID, At: at(i.ID), Raw: raw,
		Profile: connectors.Profile{Name: who.name(), Locale: i.Locale},
	}
	if i.GuildID == "" && i.ChannelID != "" && (i.Context == nil || *i.Context == withBot) {
		in.Address, in.Formerly = i.ChannelID, in.Address
		if i.Message != nil {
			in.ReplyTo = i.Message.ID
		}
	}
	switch i.Type {
	case interactionComponent:
		in.Message.Choice, in.Message.Text = i.chosen()
	case interactionCommand:
		in.Message.Text = strings.Join(append([]string{"/" + i.Data.Name}, words(i.Data.Options)...), " ")
	}
	if in.Message.Choice == "" && i.Type != interactionCommand {
		in.Message.Unsupported = &conversation.Unsupported{Type: fmt.Sprintf("interaction type %d", i.Type)}
	}
	return in, true
}

// chosen is the choice of a tap, with what stands on it.
func (i interaction) chosen() (choice, label string) {
	choice = i.Data.CustomID
	if len(i.Data.Values) > 0 {
		choice = i.Data.Values[0]
	}
	label = choice
	if i.Message == nil {
		return choice, label
	}
	for _, row := range i.Message.Components {
		for _, c := range append(row.Components, row) {
			if c.CustomID == choice && c.Label != "" {
				label = c.Label
			}
			for _, o := range c.Options {
				if o.Value == choice && o.Label != "" {
					label = o.Label
				}
			}
		}
	}
	return choice, label
}

func words(all []options) []string {
	var out []string
	for _, o := range all {
		if len(o.Options) > 0 || o.Value == nil {
			out = append(append(out, o.Name), words(o.Options)...)
			continue
		}
		out = append(out, fmt.Sprint(o.Value))
	}
	return out
}

// The types of answers to interactions.
const (
	answerPong    = 1
	answerMessage = 4
	answerNothing = 6
	answerChoices = 8
)

// ephemeral marks an answer that only the customer sees.
const ephemeral = 1 << 6

// answer is what an interaction is answered: nothing, as the real answer is a message of its own. A command must be answered something.
func answer(i interaction) map[string]any {
	switch i.Type {
	case interactionPing:
		return map[string]any{"type": answerPong}
	case interactionCommand:
		return map[string]any{"type": answerMessage, "data": map[string]any{"content": "👍", "flags": ephemeral}}
	case interactionAutocomplete:
		return map[string]any{"type": answerChoices, "data": map[string]any{"choices": []any{}}}
	default:
		return map[string]any{"type": answerNothing}
	}
}
