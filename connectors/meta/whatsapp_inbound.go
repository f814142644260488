package meta

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"seax/connectors"
	"seax/internal/conversation"
)

// whatsAppValue is what a change says: messages with their senders, how far ours got, or what colleagues wrote in WhatsApp's own app.
type whatsAppValue struct {
	Metadata struct {
		PhoneID string `json:"phone_number_id"`
	} `json:"metadata"`
	Contacts []whatsAppContact `json:"contacts"`
	Messages []json.RawMessage `json:"messages"`
	Statuses []json.RawMessage `json:"statuses"`
	Echoes   []json.RawMessage `json:"message_echoes"`
	Errors   []failure         `json:"errors"`
}

type whatsAppContact struct {
	Profile struct {
		Name     string `json:"name"`
		Username string `json:"username"`
	} `json:"profile"`
	WaID   string `json:"wa_id"`
	UserID string `json:"user_id"`
}

// Parse implements connectors.Connector.
func (w *WhatsApp) Parse(_ context.Context, _ connectors.Account, _ connectors.Caller, r *connectors.Request) (connectors.Batch, error) {
	entries, err := decode(r.Body, "whatsapp_business_account")
	if err != nil {
		return connectors.Batch{}, err
	}
	batch := connectors.Batch{Respond: received}
	for _, e := range entries {
		for _, c := range e.Changes {
			if c.Field != "messages" && c.Field != "smb_message_echoes" {
				// Templates, quality, the account: nothing a customer did.
				continue
			}
			var value whatsAppValue
			if err := json.Unmarshal(c.Value, &value); err != nil {
				batch.Events = append(batch.Events, unreadable(e.ID, c.Value))
				continue
			}
			w.warn(value)
			key := value.Metadata.PhoneID
			if key == "" {
				// Nobody's number has the account's id: it is put aside.
				key = "account " + e.ID
			}
			for _, in := range value.events() {
				in.AccountKey = key
				batch.Events = append(batch.Events, in)
			}
		}
	}
	return batch, nil
}

// unreadable is a change of which not even the number can be told: like that of a number nobody has it is put aside. Meta would send
// what is refused again, and in the end nothing any more.
func unreadable(account string, raw json.RawMessage) connectors.Inbound {
	in := connectors.Inbound{Type: connectors.InMessage, AccountKey: "unreadable, of account " + account, ProviderID: digest(raw), Address: "unknown", Raw: raw}
	unsupported(&in, "")
	return in
}

func (w *WhatsApp) warn(value whatsAppValue) {
	if w.deps.Logger == nil {
		return
	}
	for _, f := range value.Errors {
		w.deps.Logger.Warn("WhatsApp tells of an error", "number", value.Metadata.PhoneID, "code", f.Code, "title", f.Title, "details", f.Data.Details)
	}
}

func (v whatsAppValue) events() []connectors.Inbound {
	var all []connectors.Inbound
	for _, raw := range v.Messages {
		if in, ok := v.message(raw); ok {
			all = append(all, in)
		}
	}
	for _, raw := range v.Statuses {
		if in, ok := v.status(raw); ok {
			all = append(all, in)
		}
	}
	for _, raw := range v.Echoes {
		if in, ok := v.echo(raw); ok {
			all = append(all, in)
		}
	}
	return all
}

// whatsAppIn is a message as it comes.
type whatsAppIn struct {
	ID         string `json:"id"`
	From       string `json:"from"`
	FromUserID string `json:"from_user_id"`
	To         string `json:"to"`
	ToUserID   string `json:"to_user_id"`
	Timestamp  stamp  `json:"timestamp"`
	Type       string `json:"type"`
	GroupID    string `json:"group_id"`
	Context    struct {
		ID      string `json:"id"`
		Product struct {
			Catalog string `json:"catalog_id"`
			Product string `json:"product_retailer_id"`
		} `json:"referred_product"`
	} `json:"context"`
	Referral map[string]any `json:"referral"`
	whatsAppContent
	Reaction struct {
		MessageID string `json:"message_id"`
		Emoji     string `json:"emoji"`
	} `json:"reaction"`
	System struct {
		Body   string `json:"body"`
		WaID   string `json:"wa_id"`
		UserID string `json:"user_id"`
		Type   string `json:"type"`
	} `json:"system"`
	Edit struct {
		Original string          `json:"original_message_id"`
		Message  json.RawMessage `json:"message"`
	} `json:"edit"`
	Revoke struct {
		Original string `json:"original_message_id"`
	} `json:"revoke"`
	Unsupported struct {
		Type string `json:"type"`
	} `json:"unsupported"`
}

// whatsAppContent is what a message says, by its type.
type whatsAppContent struct {
	Text struct {
		Body string `json:"body"`
	} `json:"text"`
	Image    *whatsAppMedia `json:"image"`
	Video    *whatsAppMedia `json:"video"`
	Audio    *whatsAppMedia `json:"audio"`
	Voice    *whatsAppMedia `json:"voice"`
	Document *whatsAppMedia `json:"document"`
	Sticker  *whatsAppMedia `json:"sticker"`
	Location *struct {
		Latitude  float64 `json:"latitude"`
		Longitude float64 `json:"longitude"`
		Name      string  `json:"name"`
		Address   string  `json:"address"`
	} `json:"location"`
	Contacts []whatsAppCard `json:"contacts"`
	Button   struct {
		Payload string `json:"payload"`
		Text    string `json:"text"`
	} `json:"button"`
	Interactive struct {
		Type   string `json:"type"`
		Button struct {
			ID    string `json:"id"`
			Title string `json:"title"`
		} `json:"button_reply"`
		List struct {
			ID    string `json:"id"`
			Title string `json:"title"`
		} `json:"list_reply"`
		Form struct {
			Body     string `json:"body"`
			Response string `json:"response_json"`
		} `json:"nfm_reply"`
	} `json:"interactive"`
	Order struct {
		Text  string `json:"text"`
		Items []struct {
			Product  string      `json:"product_retailer_id"`
			Quantity json.Number `json:"quantity"`
			Price    json.Number `json:"item_price"`
			Currency string      `json:"currency"`
		} `json:"product_items"`
	} `json:"order"`
}

type whatsAppMedia struct {
	ID       string `json:"id"`
	MIME     string `json:"mime_type"`
	Caption  string `json:"caption"`
	Filename string `json:"filename"`
	Voice    bool   `json:"voice"`
}

type whatsAppCard struct {
	Name struct {
		Formatted string `json:"formatted_name"`
	} `json:"name"`
	Phones []struct {
		Phone string `json:"phone"`
	} `json:"phones"`
	Emails []struct {
		Email string `json:"email"`
	} `json:"emails"`
}

// who is a customer: their address, the one they may be known under from before, and what is known of them.
type who struct {
	address, formerly, phone string
}

func customer(userID, waID string) who {
	c := who{phone: number(waID)}
	switch {
	case scopedID.MatchString(userID):
		c.address, c.formerly = userID, c.phone
	case scopedID.MatchString(waID):
		c.address = waID
	case c.phone != "":
		c.address = c.phone
	default:
		c.address = waID
	}
	return c
}

// put makes an event one of a customer.
func (c who) put(in *connectors.Inbound) {
	in.Address, in.Formerly, in.Handle = c.address, c.formerly, c.phone
	// WhatsApp has checked who has a number.
	in.Profile.Phone, in.Profile.Verified = c.phone, c.phone != ""
}

func (v whatsAppValue) message(raw json.RawMessage) (connectors.Inbound, bool) {
	in := connectors.Inbound{Type: connectors.InMessage, Raw: raw}
	var m whatsAppIn
	broken := json.Unmarshal(raw, &m) != nil
	c := customer(m.FromUserID, m.From)
	if contact, ok := v.contactOf(m); ok {
		if c.address == "" || c.formerly == "" {
			c = customer(either(m.FromUserID, contact.UserID), either(m.From, contact.WaID))
		}
		in.Profile.Name = either(contact.Profile.Name, contact.Profile.Username)
	}
	if c.address == "" {
		return in, false
	}
	c.put(&in)
	in.ProviderID, in.At, in.ReplyTo = either(m.ID, digest(raw)), m.Timestamp.Time, m.Context.ID
	switch {
	case broken:
		unsupported(&in, m.Type)
		return in, true
	case m.Type == "system":
		return m.moved(in)
	}
	m.fill(&in)
	return in, true
}

// contactOf finds the sender among a change's contacts.
func (v whatsAppValue) contactOf(m whatsAppIn) (whatsAppContact, bool) {
	for _, c := range v.Contacts {
		if c.UserID != "" && c.UserID == m.FromUserID || c.WaID != "" && c.WaID == m.From {
			return c, true
		}
	}
	if len(v.Contacts) == 1 && (m.From == "" && m.FromUserID == "") {
		return v.Contacts[0], true
	}
	return whatsAppContact{}, false
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// moved reads that a customer has another number or id now.
func (m whatsAppIn) moved(in connectors.Inbound) (connectors.Inbound, bool) {
	was := in.Address
	now := customer(m.System.UserID, m.System.WaID)
	if now.address == "" {
		return in, false
	}
	now.formerly = was
	now.put(&in)
	in.Type, in.ReplyTo = connectors.InContact, ""
	return in, true
}

// fill reads what a message says, or does to another.
func (m whatsAppIn) fill(in *connectors.Inbound) {
	switch {
	case m.GroupID != "":
		// An answer would go to the sender alone.
		in.Message.Text = m.Text.Body
		unsupported(in, "group message")
		return
	case m.Type == "reaction" && m.Reaction.MessageID != "":
		in.Type, in.Target, in.Emoji, in.ReplyTo = connectors.InReaction, m.Reaction.MessageID, m.Reaction.Emoji, ""
		return
	case m.Type == "revoke" && m.Revoke.Original != "":
		in.Type, in.Target, in.ReplyTo = connectors.InDeleted, m.Revoke.Original, ""
		return
	case m.Type == "edit" && m.Edit.Original != "":
		m.edited(in)
		return
	}
	m.content(in, m.Type)
	if u := in.Message.Unsupported; u != nil && m.Unsupported.Type != "" {
		u.Type = m.Unsupported.Type
	}
	in.Message.Referral = referral(m.Referral)
	if product := m.Context.Product; product.Product != "" {
		if in.Message.Referral == nil {
			in.Message.Referral = map[string]string{}
		}
		in.Message.Referral["product_retailer_id"], in.Message.Referral["catalog_id"] = product.Product, product.Catalog
	}
}

func (m whatsAppIn) edited(in *connectors.Inbound) {
	var now whatsAppIn
	if json.Unmarshal(m.Edit.Message, &now) != nil {
		unsupported(in, m.Type)
		return
	}
	now.content(in, now.Type)
	in.Type, in.Target, in.ReplyTo = connectors.InEdited, m.Edit.Original, ""
	// The file is the one that is there already.
	in.Files = nil
}

// content reads what is said, by its type.
func (c whatsAppContent) content(in *connectors.Inbound, kind string) {
	m := &in.Message
	switch {
	case kind == "text" && c.Text.Body != "":
		m.Text = c.Text.Body
	case kind == "image" && c.Image != nil:
		c.Image.attach(in)
	case kind == "video" && c.Video != nil:
		c.Video.attach(in)
	case kind == "audio" && c.Audio != nil:
		c.Audio.attach(in)
	case kind == "voice" && c.Voice != nil:
		c.Voice.attach(in)
		in.Files[0].Voice = true
	case kind == "document" && c.Document != nil:
		c.Document.attach(in)
	case kind == "sticker" && c.Sticker != nil:
		c.Sticker.attach(in)
		in.Files[0].Sticker = true
	case kind == "location" && c.Location != nil:
		m.Location = &conversation.Location{Latitude: c.Location.Latitude, Longitude: c.Location.Longitude, Name: c.Location.Name, Address: c.Location.Address}
	case kind == "contacts" && len(c.Contacts) > 0:
		m.Cards = cards(c.Contacts)
	case kind == "button" && c.Button.Payload+c.Button.Text != "":
		m.Choice, m.Text = c.Button.Payload, either(c.Button.Text, c.Button.Payload)
	case kind == "interactive" && c.Interactive.Button.ID != "":
		m.Choice, m.Text = c.Interactive.Button.ID, c.Interactive.Button.Title
	case kind == "interactive" && c.Interactive.List.ID != "":
		m.Choice, m.Text = c.Interactive.List.ID, c.Interactive.List.Title
	case kind == "interactive" && c.Interactive.Form.Response != "":
		m.Text = filledIn(c.Interactive.Form.Body, c.Interactive.Form.Response)
	case kind == "order":
		m.Text = c.ordered()
		unsupported(in, kind)
	default:
		m.Text = c.Text.Body
		unsupported(in, kind)
	}
}

func (f whatsAppMedia) attach(in *connectors.Inbound) {
	mediaType, _, _ := strings.Cut(f.MIME, ";")
	in.Message.Text = f.Caption
	in.Files = append(in.Files, connectors.MediaRef{ID: f.ID, Name: f.Filename, MediaType: strings.TrimSpace(mediaType), Voice: f.Voice})
}

func cards(all []whatsAppCard) []conversation.Card {
	var out []conversation.Card
	for _, c := range all {
		card := conversation.Card{Name: c.Name.Formatted}
		for _, p := range c.Phones {
			card.Phones = append(card.Phones, p.Phone)
		}
		for _, e := range c.Emails {
			card.Emails = append(card.Emails, e.Email)
		}
		out = append(out, card)
	}
	return out
}

// filledIn writes a form that was filled in as people read it.
func filledIn(title, response string) string {
	lines := []string{}
	if title != "" {
		lines = append(lines, title)
	}
	var answers map[string]any
	if json.Unmarshal([]byte(response), &answers) != nil {
		return strings.Join(append(lines, response), "\n")
	}
	for _, name := range slices.Sorted(maps.Keys(answers)) {
		if name != "flow_token" {
			lines = append(lines, name+": "+plain(answers[name]))
		}
	}
	return strings.Join(lines, "\n")
}

// plain writes a JSON value as people read it.
func plain(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	encoded, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(encoded)
}

func (c whatsAppContent) ordered() string {
	var lines []string
	if c.Order.Text != "" {
		lines = append(lines, c.Order.Text)
	}
	for _, item := range c.Order.Items {
		lines = append(lines, fmt.Sprintf("%s × %s (%s %s)", item.Quantity, item.Product, item.Price, item.Currency))
	}
	return strings.Join(lines, "\n")
}

// referral is what led a customer here, in Meta's words.
func referral(in map[string]any) map[string]string {
	out := map[string]string{}
	for name, value := range in {
		switch v := value.(type) {
		case string:
			out[name] = v
		case map[string]any:
			for inner, value := range v {
				out[name+"."+inner] = plain(value)
			}
		case float64:
			out[name] = strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	for name, value := range out {
		if value == "" {
			delete(out, name)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// whatsAppStatuses are WhatsApp's, as far as they tell something of a message of ours.
var whatsAppStatuses = map[string]conversation.Status{
	"accepted": conversation.StatusSent, "sent": conversation.StatusSent, "delivered": conversation.StatusDelivered, "read": conversation.StatusRead,
	"played": conversation.StatusRead, "failed": conversation.StatusFailed,
}

func (v whatsAppValue) status(raw json.RawMessage) (connectors.Inbound, bool) {
	var s struct {
		ID              string    `json:"id"`
		Status          string    `json:"status"`
		Timestamp       stamp     `json:"timestamp"`
		RecipientID     string    `json:"recipient_id"`
		RecipientUserID string    `json:"recipient_user_id"`
		OurID           string    `json:"biz_opaque_callback_data"`
		Errors          []failure `json:"errors"`
	}
	if json.Unmarshal(raw, &s) != nil || s.ID == "" || whatsAppStatuses[s.Status] == "" {
		return connectors.Inbound{}, false
	}
	in := connectors.Inbound{Type: connectors.InStatus, Address: customer(s.RecipientUserID, s.RecipientID).address, At: s.Timestamp.Time, Raw: raw}
	in.Status = connectors.StatusUpdate{MessageID: s.OurID, ProviderID: s.ID, Status: whatsAppStatuses[s.Status]}
	if in.Status.Status == conversation.StatusFailed {
		in.Status.Code, in.Status.Error = reported(s.Errors)
	}
	return in, true
}

// echo reads what a colleague did in WhatsApp's own app. They may change or take back what they wrote there; what is shown here stays.
func (v whatsAppValue) echo(raw json.RawMessage) (connectors.Inbound, bool) {
	in := connectors.Inbound{Type: connectors.InEcho, Raw: raw}
	var m whatsAppIn
	broken := json.Unmarshal(raw, &m) != nil
	c := customer(m.ToUserID, m.To)
	if c.address == "" || m.Type == "reaction" || m.Type == "revoke" || m.Type == "edit" {
		return in, false
	}
	in.Address, in.Formerly = c.address, c.formerly
	in.ProviderID, in.At, in.ReplyTo = either(m.ID, digest(raw)), m.Timestamp.Time, m.Context.ID
	if broken {
		unsupported(&in, m.Type)
		return in, true
	}
	m.content(&in, m.Type)
	return in, true
}
