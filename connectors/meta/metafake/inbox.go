package metafake

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"seax/connectors"
	"seax/connectors/fake"
	"seax/internal/conversation"
)

// appID is the app's that the fake's accounts belong to.
const appID = "1517776481860111"

// Item is something in an account's inbox, from a customer.
func (f *Fake) Item(account connectors.Account, from string, what map[string]any) Event {
	item := map[string]any{"sender": map[string]any{"id": from}, "recipient": map[string]any{"id": key(account)}, "timestamp": f.Clock().UnixMilli()}
	for name, v := range what {
		item[name] = v
	}
	return Event{Entry: key(account), Inbox: item}
}

// Echo is what somebody of the business has written to a customer, or we have.
func (f *Fake) Echo(account connectors.Account, to string, message map[string]any) Event {
	e := f.Item(account, key(account), map[string]any{"message": message, "recipient": map[string]any{"id": to}})
	message["is_echo"] = true
	return e
}

// inbox tells what a customer did.
func (f *Fake) inbox(account connectors.Account, act fake.Act) (Event, error) {
	message := map[string]any{"mid": act.ID}
	if act.ReplyTo != "" {
		message["reply_to"] = map[string]any{"mid": act.ReplyTo}
	}
	instagram := account.Kind == "instagram"
	var what map[string]any
	switch act.Type {
	case "message":
		f.write(message, act)
		what = map[string]any{"message": message}
	case "echo":
		message["text"], message["app_id"] = act.Text, 263902037430900
		return f.Echo(account, act.From, message), nil
	case "unknown":
		message["attachments"] = []any{map[string]any{"type": "hologram", "payload": map[string]any{"title": act.Text}}}
		what = map[string]any{"message": message}
	case "edit":
		what = map[string]any{"message_edit": map[string]any{"mid": act.Target, "text": act.Text, "num_edit": 1}}
	case "delete":
		if !instagram {
			return Event{}, fmt.Errorf("customers cannot do %q on this channel", act.Type)
		}
		what = map[string]any{"message": map[string]any{"mid": act.Target, "is_deleted": true}}
	case "reaction":
		reaction := map[string]any{"mid": act.Target, "action": "unreact"}
		if act.Emoji != "" {
			reaction["action"], reaction["emoji"], reaction["reaction"] = "react", act.Emoji, "other"
		}
		what = map[string]any{"reaction": reaction}
	case "read":
		what = map[string]any{"read": map[string]any{"watermark": f.Clock().UnixMilli()}}
		if instagram {
			what = map[string]any{"read": map[string]any{"mid": act.Target}}
		}
	default:
		return Event{}, fmt.Errorf("customers cannot do %q on this channel", act.Type)
	}
	f.Meet(account, act.From, act.Name)
	return f.Item(account, act.From, what), nil
}

// Meet notes that a customer has just written to an account, and what they are called.
func (f *Fake) Meet(account connectors.Account, customer, name string) {
	f.Hear(account, customer)
	f.mu.Lock()
	defer f.mu.Unlock()
	if name != "" || f.names[customer] == "" {
		f.names[customer] = name
	}
}

func (f *Fake) write(message map[string]any, act fake.Act) {
	if act.Text != "" || len(act.Files) == 0 {
		message["text"] = act.Text
	}
	if act.Choice != "" {
		message["quick_reply"] = map[string]any{"payload": act.Choice}
	}
	var attachments []any
	for _, file := range act.Files {
		attachments = append(attachments, map[string]any{"type": attachmentType(file.MediaType), "payload": map[string]any{"url": "https://" + contentHost + "/v/" + f.keep(file)}})
	}
	if attachments != nil {
		message["attachments"] = attachments
	}
}

func attachmentType(mediaType string) string {
	family, _, _ := strings.Cut(mediaType, "/")
	if !slices.Contains([]string{"image", "audio", "video"}, family) {
		return "file"
	}
	return family
}

// serveInbox answers calls about a page or an Instagram account.
func (f *Fake) serveInbox(w http.ResponseWriter, r *http.Request, account fake.Known, edge string) {
	if by := account.Settings["login"] == "instagram"; by != (r.Host == instagramHost) {
		fail(w, http.StatusUnauthorized, 190, 0, "Invalid OAuth access token - Cannot parse access token")
		return
	}
	switch r.Method + " " + edge {
	case "GET ":
		if account.Kind == "instagram" {
			write(w, http.StatusOK, map[string]any{"id": key(account.Account), "name": "Acme", "username": "acme"})
			return
		}
		write(w, http.StatusOK, map[string]any{"id": key(account.Account), "name": "Acme"})
	case "GET subscribed_apps":
		apps := []any{}
		if account.Webhook != "" {
			apps = append(apps, map[string]any{"id": appID, "name": "SeaX", "subscribed_fields": []string{"messages", "messaging_postbacks", "message_deliveries", "message_reads", "message_echoes", "message_reactions", "message_edits", "messaging_referrals"}})
		}
		write(w, http.StatusOK, map[string]any{"data": apps})
	case "POST message_attachments":
		f.takeAttachment(w, r)
	case "POST messages":
		f.takeInbox(w, r, account)
	default:
		unknown(w, r)
	}
}

func (f *Fake) profile(w http.ResponseWriter, r *http.Request, id, name string) {
	if name == "" {
		// Customers who do not want to be known.
		fail(w, http.StatusForbidden, 230, 0, "User consent is required to access user profile")
		return
	}
	given, family, _ := strings.Cut(name, " ")
	all := map[string]any{"first_name": given, "last_name": family, "name": name, "username": strings.ToLower(given), "profile_pic": "https://" + contentHost + "/v/1"}
	answer := map[string]any{"id": id}
	for _, field := range strings.Split(r.URL.Query().Get("fields"), ",") {
		if v, ok := all[field]; ok {
			answer[field] = v
		}
	}
	write(w, http.StatusOK, answer)
}

func (f *Fake) takeAttachment(w http.ResponseWriter, r *http.Request) {
	file, ok := uploaded(w, r, "filedata")
	if !ok {
		return
	}
	var message struct {
		Attachment struct {
			Type    string `json:"type"`
			Payload struct {
				Reusable bool `json:"is_reusable"`
			} `json:"payload"`
		} `json:"attachment"`
	}
	if json.Unmarshal([]byte(r.FormValue("message")), &message) != nil || message.Attachment.Type != attachmentType(file.MediaType) {
		fail(w, http.StatusBadRequest, 100, 2018047, "Upload attachment failure: the type does not fit")
		return
	}
	if len(file.Content) > 25<<20 {
		fail(w, http.StatusBadRequest, 100, 2018109, "Attachment size exceeds allowable limit")
		return
	}
	write(w, http.StatusOK, map[string]string{"attachment_id": f.keep(file)})
}

// inboxOut is what is sent.
type inboxOut struct {
	Recipient struct {
		ID string `json:"id"`
	} `json:"recipient"`
	MessagingType string `json:"messaging_type"`
	Tag           string `json:"tag"`
	ReplyTo       struct {
		MID string `json:"mid"`
	} `json:"reply_to"`
	Action  string `json:"sender_action"`
	Payload struct {
		MessageID string `json:"message_id"`
		Reaction  string `json:"reaction"`
	} `json:"payload"`
	Message *struct {
		Text       string `json:"text"`
		Metadata   string `json:"metadata"`
		Attachment *struct {
			Type    string `json:"type"`
			Payload struct {
				ID  string `json:"attachment_id"`
				URL string `json:"url"`
			} `json:"payload"`
		} `json:"attachment"`
		QuickReplies []struct {
			ContentType string `json:"content_type"`
			Title       string `json:"title"`
			Payload     string `json:"payload"`
		} `json:"quick_replies"`
	} `json:"message"`
}

// takeInbox takes a message, or says what is wrong with it.
func (f *Fake) takeInbox(w http.ResponseWriter, r *http.Request, account fake.Known) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	var in inboxOut
	if err != nil || !utf8.Valid(body) || r.Header.Get("Content-Type") != "application/json" || json.Unmarshal(body, &in) != nil || in.Recipient.ID == "" {
		fail(w, http.StatusBadRequest, 100, 0, "Invalid parameter")
		return
	}
	silent, wrote := f.silence(account.Account, in.Recipient.ID)
	human := in.MessagingType == "MESSAGE_TAG" && in.Tag == "HUMAN_AGENT"
	switch {
	case !wrote && account.Kind == "instagram":
		fail(w, http.StatusBadRequest, 100, 2534014, "The requested user cannot be found.")
		return
	case !wrote:
		fail(w, http.StatusBadRequest, 100, 2018001, "No matching user found")
		return
	case in.Action != "":
		f.act(w, in)
		return
	case in.MessagingType == "MESSAGE_TAG" && !human:
		fail(w, http.StatusBadRequest, 100, 0, "The tag is not supported any more")
		return
	case silent >= 7*24*time.Hour || silent >= 24*time.Hour && !human:
		fail(w, http.StatusBadRequest, 10, map[string]int{"messenger": 2018278, "instagram": 2534022}[account.Kind], "This message is sent outside of allowed window.")
		return
	}
	s := fake.Sent{ID: f.id("m_"), Account: account.ID, From: key(account.Account), To: in.Recipient.ID, ReplyTo: in.ReplyTo.MID, At: f.Clock(), Status: "sent"}
	if code, subcode, details := f.readInbox(&s, account, in); code != 0 {
		fail(w, http.StatusBadRequest, code, subcode, details)
		return
	}
	s.Key = in.Message.Metadata
	if human {
		f.mu.Lock()
		f.tagged[s.ID] = in.Tag
		f.mu.Unlock()
	}
	f.Take(s)
	f.tell(account, s)
	write(w, http.StatusOK, map[string]string{"recipient_id": s.To, "message_id": s.ID})
}

func (f *Fake) act(w http.ResponseWriter, in inboxOut) {
	f.mu.Lock()
	switch {
	case in.Message != nil || in.MessagingType != "":
		f.mu.Unlock()
		fail(w, http.StatusBadRequest, 100, 0, "sender_action stands alone")
		return
	case in.Action == "react" && in.Payload.MessageID != "" && in.Payload.Reaction != "":
		f.reactions[in.Payload.MessageID] = in.Payload.Reaction
	case in.Action == "unreact" && in.Payload.MessageID != "" && in.Payload.Reaction == "":
		f.reactions[in.Payload.MessageID] = ""
	case in.Action == "mark_seen":
		f.read[in.Recipient.ID] = true
	case in.Action == "typing_on" || in.Action == "typing_off":
	default:
		f.mu.Unlock()
		fail(w, http.StatusBadRequest, 100, 0, "Param sender_action is not valid")
		return
	}
	f.mu.Unlock()
	if in.Action == "typing_on" {
		f.Types(in.Recipient.ID)
	}
	write(w, http.StatusOK, map[string]string{"recipient_id": in.Recipient.ID})
}

// readInbox reads what a message says; code and subcode are what is wrong with it.
func (f *Fake) readInbox(s *fake.Sent, account fake.Known, in inboxOut) (code, subcode int, details string) {
	m := in.Message
	switch {
	case m == nil || (m.Text == "") == (m.Attachment == nil):
		return 100, 0, "A message is a text or an attachment"
	case account.Kind == "messenger" && utf8.RuneCountInString(m.Text) > 2000, account.Kind == "instagram" && len(m.Text) > 1000:
		return 100, 0, "Length of param message[text] must be less than or equal to the limit"
	case len(m.QuickReplies) > 13 || len(m.Metadata) > 1000:
		return 100, 0, "Too many quick replies, or too long metadata"
	}
	s.Text = m.Text
	for _, q := range m.QuickReplies {
		if q.ContentType != "text" || q.Title == "" || utf8.RuneCountInString(q.Title) > 20 || q.Payload == "" || len(q.Payload) > 1000 {
			return 100, 0, "Param message[quick_replies] is not valid"
		}
		s.Options = append(s.Options, conversation.Option{ID: q.Payload, Label: q.Title})
	}
	if m.Attachment == nil {
		return 0, 0, ""
	}
	return f.encloseInbox(s, m.Attachment.Type, m.Attachment.Payload.ID, m.Attachment.Payload.URL)
}

func (f *Fake) encloseInbox(s *fake.Sent, kind, id, address string) (code, subcode int, details string) {
	f.mu.Lock()
	file, known := f.media[id]
	f.mu.Unlock()
	switch {
	case (id == "") == (address == ""):
		return 100, 0, "An attachment has an id or an address"
	case id != "" && !known:
		return 100, 2018074, "Invalid attachment id"
	case address != "":
		file = fake.File{URL: address}
		if f.Load != nil {
			var err error
			if file, err = f.Load(address); err != nil {
				return 100, 2018008, "Failed to fetch the file from the url"
			}
		}
	}
	if file.MediaType != "" && attachmentType(file.MediaType) != kind {
		return 100, 2018047, "The type does not fit"
	}
	s.Files = []fake.File{file}
	return 0, 0, ""
}

// tell sends what Meta tells of a message: its echo, and that it was delivered (Messenger only) and read.
func (f *Fake) tell(account fake.Known, s fake.Sent) {
	echo := map[string]any{"mid": s.ID, "app_id": 1517776481860111, "metadata": s.Key}
	if s.Text != "" {
		echo["text"] = s.Text
	}
	events := []Event{f.Echo(account.Account, s.To, echo)}
	if account.Kind == "messenger" {
		events = append(events, f.Item(account.Account, s.To, map[string]any{"delivery": map[string]any{"mids": []any{s.ID}, "watermark": f.Clock().UnixMilli()}}),
			f.Item(account.Account, s.To, map[string]any{"read": map[string]any{"watermark": f.Clock().UnixMilli()}}))
	} else {
		events = append(events, f.Item(account.Account, s.To, map[string]any{"read": map[string]any{"mid": s.ID}}))
	}
	for _, e := range events {
		f.Callback(f.Request(account.Account, e))
	}
}
