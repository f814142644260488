package telegram

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"seax/connectors"
	"seax/internal/conversation"
)

// secretHeader holds what setWebhook was given. It proves who calls; the body is not signed.
const secretHeader = "X-Telegram-Bot-Api-Secret-Token" //nolint:gosec // a header's name

// Admit implements connectors.Doorkeeper.
func (*Connector) Admit(account connectors.Account, method string, header http.Header) error {
	if method != http.MethodPost || len(account.Secret) == 0 {
		return fmt.Errorf("method %s: %w", method, connectors.ErrUnauthenticated)
	}
	if !hmac.Equal([]byte(header.Get(secretHeader)), []byte(Secret(account))) {
		return connectors.ErrUnauthenticated
	}
	return nil
}

// Authenticate implements connectors.Connector.
func (c *Connector) Authenticate(_ context.Context, account connectors.Account, r *connectors.Request) (connectors.Caller, error) {
	return connectors.Caller{}, c.Admit(account, r.Method, r.Header)
}

// update is one webhook: it has one of the kinds.
type update struct {
	ID              *int64          `json:"update_id"`
	Message         json.RawMessage `json:"message"`
	Edited          json.RawMessage `json:"edited_message"`
	Business        json.RawMessage `json:"business_message"`
	BusinessEdited  json.RawMessage `json:"edited_business_message"`
	BusinessDeleted *deletion       `json:"deleted_business_messages"`
	Callback        *callback       `json:"callback_query"`
	Reaction        *reaction       `json:"message_reaction"`
	Member          *membership     `json:"my_chat_member"`
}

type user struct {
	ID        int64  `json:"id"`
	IsBot     bool   `json:"is_bot"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Language  string `json:"language_code"`
}

func (u user) name() string { return strings.TrimSpace(u.FirstName + " " + u.LastName) }

type chat struct {
	ID        int64  `json:"id"`
	Type      string `json:"type"`
	Title     string `json:"title"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
}

func (c chat) name() string {
	if c.Title != "" {
		return c.Title
	}
	return strings.TrimSpace(c.FirstName + " " + c.LastName)
}

type file struct {
	ID        string `json:"file_id"`
	Name      string `json:"file_name"`
	MediaType string `json:"mime_type"`
	Size      int64  `json:"file_size"`
	// The following belong to stickers.
	Emoji     string `json:"emoji"`
	Animated  bool   `json:"is_animated"`
	Video     bool   `json:"is_video"`
	Thumbnail *file  `json:"thumbnail"`
}

type place struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

type message struct {
	ID                 int64  `json:"message_id"`
	Date               int64  `json:"date"`
	EditDate           int64  `json:"edit_date"`
	Chat               chat   `json:"chat"`
	From               user   `json:"from"`
	BusinessConnection string `json:"business_connection_id"`
	Text               string `json:"text"`
	Caption            string `json:"caption"`
	Photo              []file `json:"photo"`
	Video              *file  `json:"video"`
	VideoNote          *file  `json:"video_note"`
	Voice              *file  `json:"voice"`
	Audio              *file  `json:"audio"`
	Document           *file  `json:"document"`
	Animation          *file  `json:"animation"`
	Sticker            *file  `json:"sticker"`
	Location           *place `json:"location"`
	Venue              *struct {
		Location place  `json:"location"`
		Title    string `json:"title"`
		Address  string `json:"address"`
	} `json:"venue"`
	Contact *struct {
		Phone     string `json:"phone_number"`
		FirstName string `json:"first_name"`
		LastName  string `json:"last_name"`
	} `json:"contact"`
	Dice *struct {
		Emoji string `json:"emoji"`
		Value int    `json:"value"`
	} `json:"dice"`
	ReplyTo *struct {
		ID int64 `json:"message_id"`
	} `json:"reply_to_message"`
	MigratedTo   int64 `json:"migrate_to_chat_id"`
	MigratedFrom int64 `json:"migrate_from_chat_id"`
	Markup       struct {
		Keyboard [][]struct {
			Text string `json:"text"`
			Data string `json:"callback_data"`
		} `json:"inline_keyboard"`
	} `json:"reply_markup"`
}

type callback struct {
	ID      string   `json:"id"`
	From    user     `json:"from"`
	Message *message `json:"message"`
	Data    string   `json:"data"`
}

type reaction struct {
	Chat chat  `json:"chat"`
	ID   int64 `json:"message_id"`
	Date int64 `json:"date"`
	New  []struct {
		Type  string `json:"type"`
		Emoji string `json:"emoji"`
	} `json:"new_reaction"`
}

type membership struct {
	Chat chat  `json:"chat"`
	From user  `json:"from"`
	Date int64 `json:"date"`
	New  struct {
		Status string `json:"status"`
	} `json:"new_chat_member"`
}

type deletion struct {
	BusinessConnection string  `json:"business_connection_id"`
	Chat               chat    `json:"chat"`
	IDs                []int64 `json:"message_ids"`
}

// peer is a chat as it is written to: through a business's own account if there is a connection to one.
type peer struct {
	chat     int64
	business string
}

// String is the peer's address.
func (p peer) String() string {
	if p.business != "" {
		return strconv.FormatInt(p.chat, 10) + "@" + p.business
	}
	return strconv.FormatInt(p.chat, 10)
}

func peerOf(address string) (peer, bool) {
	number, business, _ := strings.Cut(address, "@")
	id, err := strconv.ParseInt(number, 10, 64)
	return peer{id, business}, err == nil && id != 0
}

// messageID is a message's id here: at Telegram it is one in its chat only.
func messageID(chat, id int64) string {
	return strconv.FormatInt(chat, 10) + "/" + strconv.FormatInt(id, 10)
}

func numberOf(id string) (int64, bool) {
	_, number, _ := strings.Cut(id, "/")
	n, err := strconv.ParseInt(number, 10, 64)
	return n, err == nil && n > 0
}

// errMalformed is wrapped by everything that is wrong with a request's form.
var errMalformed = errors.New("malformed")

// Parse implements connectors.Connector.
func (c *Connector) Parse(_ context.Context, _ connectors.Account, _ connectors.Caller, r *connectors.Request) (connectors.Batch, error) {
	if !utf8.Valid(r.Body) {
		return connectors.Batch{}, fmt.Errorf("%w: not valid UTF-8", errMalformed)
	}
	var bare struct {
		ID *int64 `json:"update_id"`
	}
	if err := json.Unmarshal(r.Body, &bare); err != nil {
		return connectors.Batch{}, fmt.Errorf("%w: not the JSON expected", errMalformed)
	}
	if bare.ID == nil {
		return connectors.Batch{}, fmt.Errorf("%w: it is no update", errMalformed)
	}
	var u update
	if err := json.Unmarshal(r.Body, &u); err != nil {
		// Telegram repeats what is refused, and with it holds up what comes after.
		return connectors.Batch{Events: strange(updateID(*bare.ID), r.Body)}, nil //nolint:nilerr // what can be told is kept
	}
	batch := connectors.Batch{Events: inbound(u, r.Body)}
	if u.Callback != nil && u.Callback.ID != "" {
		// Without it the customer's button goes on spinning. Whether it works makes no difference to us.
		batch.Respond = func([]connectors.Result) connectors.Response {
			return connectors.JSON(http.StatusOK, map[string]string{"method": "answerCallbackQuery", "callback_query_id": u.Callback.ID})
		}
	}
	return batch, nil
}

func inbound(u update, raw []byte) []connectors.Inbound {
	id := updateID(*u.ID)
	switch {
	case u.Message != nil:
		return said(u.Message, id, raw, false)
	case u.Edited != nil:
		return said(u.Edited, id, raw, true)
	case u.Business != nil:
		return said(u.Business, id, raw, false)
	case u.BusinessEdited != nil:
		return said(u.BusinessEdited, id, raw, true)
	case u.BusinessDeleted != nil:
		return deleted(*u.BusinessDeleted, id, raw)
	case u.Callback != nil:
		return tapped(*u.Callback, id, raw)
	case u.Reaction != nil:
		return reacted(*u.Reaction, id, raw)
	case u.Member != nil:
		return joined(*u.Member, id, raw)
	default:
		return strange(id, raw)
	}
}

func updateID(id int64) string { return "update/" + strconv.FormatInt(id, 10) }

// strange is an update of a kind that we have not heard of, or that cannot be read in full. What names no chat concerns no customer.
func strange(id string, raw []byte) []connectors.Inbound {
	var kinds map[string]json.RawMessage
	// It was read as an object before.
	_ = json.Unmarshal(raw, &kinds)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		var at struct {
			Chat struct {
				ID int64 `json:"id"`
			} `json:"chat"`
			Date json.RawMessage `json:"date"`
		}
		if json.Unmarshal(kinds[kind], &at) != nil || at.Chat.ID == 0 {
			continue
		}
		// A date that cannot be read is none.
		date, _ := strconv.ParseInt(string(at.Date), 10, 64)
		in := connectors.Inbound{Type: connectors.InMessage, ProviderID: id, Address: peer{chat: at.Chat.ID}.String(), At: when(date), Raw: raw}
		in.Message.Unsupported = &conversation.Unsupported{Type: kind}
		return []connectors.Inbound{in}
	}
	return nil
}

func when(seconds int64) time.Time {
	if seconds <= 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

func said(body json.RawMessage, id string, raw []byte, edited bool) []connectors.Inbound {
	var m message
	if err := json.Unmarshal(body, &m); err != nil || m.Chat.ID == 0 || m.ID == 0 {
		return strange(id, raw)
	}
	if m.MigratedTo != 0 || m.MigratedFrom != 0 {
		return moved(m, id, raw)
	}
	in := connectors.Inbound{
		Type: connectors.InMessage, ProviderID: messageID(m.Chat.ID, m.ID), Address: peer{m.Chat.ID, m.BusinessConnection}.String(), At: when(m.Date), Raw: raw,
	}
	if m.ReplyTo != nil {
		in.ReplyTo = messageID(m.Chat.ID, m.ReplyTo.ID)
	}
	group := m.Chat.Type != "private" && m.Chat.Type != ""
	content(&in, m, body)
	switch {
	case m.BusinessConnection != "" && m.From.ID != m.Chat.ID:
		// The business wrote it itself, in its own app.
		in.Type, in.Profile = connectors.InEcho, connectors.Profile{Name: m.From.name()}
	case group:
		in.Profile.Name = m.Chat.name()
		if name := m.From.name(); name != "" && in.Message.Text != "" {
			// A group is one customer to us; who of it speaks is part of what is said.
			in.Message.Text = name + ": " + in.Message.Text
		}
		if m.From.IsBot {
			in.Type = connectors.InAutomatic
		}
	default:
		in.Profile = connectors.Profile{Name: m.From.name(), Locale: m.From.Language}
	}
	if edited {
		in.Type, in.Target, in.ProviderID, in.At = connectors.InEdited, in.ProviderID, id, when(m.EditDate)
	}
	return []connectors.Inbound{in}
}

// moved tells that a group has become a larger one, with another id. Both groups are told.
func moved(m message, id string, raw []byte) []connectors.Inbound {
	from, to := m.MigratedFrom, m.Chat.ID
	if m.MigratedTo != 0 {
		from, to = m.Chat.ID, m.MigratedTo
	}
	return []connectors.Inbound{{
		Type: connectors.InContact, ProviderID: id, Address: peer{chat: to}.String(), Formerly: peer{chat: from}.String(), At: when(m.Date),
		Profile: connectors.Profile{Name: m.Chat.name()}, Raw: raw,
	}}
}

// content reads what a message holds.
func content(in *connectors.Inbound, m message, body []byte) {
	in.Message.Text = m.Text
	if in.Message.Text == "" {
		in.Message.Text = m.Caption
	}
	if payload, ok := strings.CutPrefix(m.Text, "/start "); ok && strings.TrimSpace(payload) != "" {
		// They came by a link of the bot's with something behind it, and have only pressed Start.
		in.Message.Text, in.Code = "", strings.TrimSpace(payload)
		in.Message.Referral = map[string]string{"start": in.Code}
		return
	}
	attached(in, m)
	switch {
	case m.Venue != nil:
		in.Message.Location = &conversation.Location{Latitude: m.Venue.Location.Latitude, Longitude: m.Venue.Location.Longitude, Name: m.Venue.Title, Address: m.Venue.Address}
	case m.Location != nil:
		in.Message.Location = &conversation.Location{Latitude: m.Location.Latitude, Longitude: m.Location.Longitude}
	case m.Contact != nil:
		in.Message.Cards = []conversation.Card{{Name: strings.TrimSpace(m.Contact.FirstName + " " + m.Contact.LastName), Phones: []string{m.Contact.Phone}}}
	case m.Dice != nil:
		in.Message.Text = fmt.Sprintf("%s %d", m.Dice.Emoji, m.Dice.Value)
	}
	if in.Message.Text != "" || len(in.Files) > 0 || in.Message.Location != nil || in.Message.Cards != nil {
		return
	}
	kind := kindOf(body)
	in.Message.Unsupported = &conversation.Unsupported{Type: kind}
	if slices.Contains(services, kind) {
		// Something happened to the chat; nobody said anything.
		in.Type = connectors.InAutomatic
	}
}

// services are messages by which Telegram tells what happened to a chat.
var services = []string{
	"new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo", "delete_chat_photo", "group_chat_created", "supergroup_chat_created", "channel_chat_created",
	"message_auto_delete_timer_changed", "pinned_message", "proximity_alert_triggered", "boost_added", "chat_background_set", "forum_topic_created", "forum_topic_edited",
	"forum_topic_closed", "forum_topic_reopened", "general_forum_topic_hidden", "general_forum_topic_unhidden", "video_chat_scheduled", "video_chat_started", "video_chat_ended",
	"video_chat_participants_invited", "write_access_allowed", "users_shared", "chat_shared", "connected_website",
}

// frame are the parts of a message that are no content.
var frame = []string{
	"message_id", "message_thread_id", "date", "edit_date", "chat", "from", "sender_chat", "sender_boost_count", "sender_business_bot", "business_connection_id", "forward_origin",
	"is_topic_message", "is_automatic_forward", "reply_to_message", "external_reply", "quote", "reply_to_story", "via_bot", "has_protected_content", "is_from_offline",
	"media_group_id", "author_signature", "entities", "caption_entities", "link_preview_options", "effect_id", "show_caption_above_media", "has_media_spoiler", "reply_markup", "text", "caption",
}

// kindOf is Telegram's word for what a message is.
func kindOf(body []byte) string {
	var parts map[string]json.RawMessage
	// It was read as an object before.
	_ = json.Unmarshal(body, &parts)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if !slices.Contains(frame, name) {
			return name
		}
	}
	return "empty"
}

// attached reads the file of a message; albums are messages of their own.
func attached(in *connectors.Inbound, m message) {
	add := func(f file, ref connectors.MediaRef) {
		ref.ID, ref.Size = f.ID, f.Size
		if f.MediaType != "" {
			ref.MediaType = f.MediaType
		}
		if f.Name != "" {
			ref.Name = f.Name
		}
		if f.ID != "" {
			in.Files = append(in.Files, ref)
		}
	}
	switch {
	case len(m.Photo) > 0:
		largest := slices.MaxFunc(m.Photo, func(a, b file) int { return int(a.Size - b.Size) })
		add(largest, connectors.MediaRef{MediaType: "image/jpeg"})
	case m.Animation != nil:
		add(*m.Animation, connectors.MediaRef{MediaType: "video/mp4"})
	case m.Video != nil:
		add(*m.Video, connectors.MediaRef{MediaType: "video/mp4"})
	case m.VideoNote != nil:
		add(*m.VideoNote, connectors.MediaRef{MediaType: "video/mp4"})
	case m.Voice != nil:
		add(*m.Voice, connectors.MediaRef{MediaType: "audio/ogg", Voice: true})
	case m.Audio != nil:
		add(*m.Audio, connectors.MediaRef{MediaType: "audio/mpeg"})
	case m.Document != nil:
		add(*m.Document, connectors.MediaRef{})
	case m.Sticker != nil:
		sticker(in, *m.Sticker, add)
	}
}

// sticker reads a sticker. Those that move are in a format that no browser shows; they have a still picture.
func sticker(in *connectors.Inbound, s file, add func(file, connectors.MediaRef)) {
	ref := connectors.MediaRef{MediaType: "image/webp", Sticker: true}
	switch {
	case s.Animated && s.Thumbnail != nil:
		add(*s.Thumbnail, ref)
	case s.Animated:
		in.Message.Text = s.Emoji
	case s.Video:
		ref.MediaType = "video/webm"
		add(s, ref)
	default:
		add(s, ref)
	}
}

// tapped is the tap on a button.
func tapped(q callback, id string, raw []byte) []connectors.Inbound {
	in := connectors.Inbound{
		Type: connectors.InMessage, ProviderID: id, Address: peer{chat: q.From.ID}.String(), Raw: raw, Profile: connectors.Profile{Name: q.From.name(), Locale: q.From.Language},
		Message: conversation.Message{Choice: q.Data, Text: q.Data},
	}
	if m := q.Message; m != nil && m.Chat.ID != 0 {
		in.Address, in.ReplyTo = peer{m.Chat.ID, m.BusinessConnection}.String(), messageID(m.Chat.ID, m.ID)
		if m.Chat.ID != q.From.ID {
			in.Profile = connectors.Profile{Name: m.Chat.name()}
		}
		for _, row := range m.Markup.Keyboard {
			for _, button := range row {
				if button.Data == q.Data && button.Text != "" {
					in.Message.Text = button.Text
				}
			}
		}
	}
	if in.Address == "0" {
		return nil
	}
	if q.Data == "" {
		in.Message.Unsupported = &conversation.Unsupported{Type: "callback_query"}
	}
	return []connectors.Inbound{in}
}

// otherEmoji stands for reactions that are no emoji: pictures of paying users.
const otherEmoji = "❔"

func reacted(r reaction, id string, raw []byte) []connectors.Inbound {
	if r.Chat.ID == 0 || r.ID == 0 {
		return strange(id, raw)
	}
	in := connectors.Inbound{
		Type: connectors.InReaction, ProviderID: id, Address: peer{chat: r.Chat.ID}.String(), At: when(r.Date), Target: messageID(r.Chat.ID, r.ID), Raw: raw,
	}
	if len(r.New) > 0 {
		if in.Emoji = r.New[0].Emoji; in.Emoji == "" {
			in.Emoji = otherEmoji
		}
	}
	return []connectors.Inbound{in}
}

// joined tells that a customer blocked the bot or does not any more, or that it was taken into a group or out of it.
func joined(m membership, id string, raw []byte) []connectors.Inbound {
	if m.Chat.ID == 0 {
		return nil
	}
	in := connectors.Inbound{Type: connectors.InContact, ProviderID: id, Address: peer{chat: m.Chat.ID}.String(), At: when(m.Date), Raw: raw, Consent: connectors.OptedIn}
	in.Profile.Name = m.Chat.name()
	if m.New.Status == "kicked" || m.New.Status == "left" {
		in.Consent = connectors.OptedOut
	}
	return []connectors.Inbound{in}
}

// deleted is about a business's own account: only there Telegram tells of deletions.
func deleted(d deletion, id string, raw []byte) []connectors.Inbound {
	if d.Chat.ID == 0 {
		return nil
	}
	var all []connectors.Inbound
	for i, message := range d.IDs {
		all = append(all, connectors.Inbound{
			Type: connectors.InDeleted, ProviderID: id + "/" + strconv.Itoa(i), Address: peer{d.Chat.ID, d.BusinessConnection}.String(), Target: messageID(d.Chat.ID, message), Raw: raw,
		})
	}
	return all
}
