package metafake

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"seax/connectors"
	"seax/connectors/fake"
)

var (
	phonePattern  = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	scopedPattern = regexp.MustCompile(`^[A-Z]{2}\.[A-Za-z0-9.]+$`)
)

// displayed is how every number of the fake is shown.
const displayed = "15550783881"

// Link tells WhatsApp the number behind a business-scoped id. Customers without one hide their number.
func (f *Fake) Link(scoped, phone string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.phones[scoped] = phone
}

func (f *Fake) phone(scoped string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.phones[scoped]
}

// scoped is the business-scoped id of who has a number; the number if they have none.
func (f *Fake) scoped(phone string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, number := range f.phones {
		if number == phone {
			return id
		}
	}
	return phone
}

// Value is the change that tells of something in WhatsApp.
func (f *Fake) Value(account connectors.Account, field string, value map[string]any) Event {
	whole := map[string]any{
		"messaging_product": "whatsapp", "metadata": map[string]any{"display_phone_number": displayed, "phone_number_id": account.Settings["phone_number_id"]},
	}
	for name, v := range value {
		whole[name] = v
	}
	return Event{Entry: account.Settings["business_account_id"], Change: map[string]any{"field": field, "value": whole}}
}

// whatsApp tells what a customer did.
func (f *Fake) whatsApp(account connectors.Account, act fake.Act) (Event, error) {
	m := map[string]any{"id": act.ID, "timestamp": strconv.FormatInt(f.Clock().Unix(), 10)}
	if act.ReplyTo != "" {
		m["context"] = map[string]any{"from": displayed, "id": act.ReplyTo}
	}
	if len(act.Referral) > 0 {
		m["referral"] = act.Referral
	}
	switch act.Type {
	case "message", "echo":
		f.say(m, act)
	case "unknown":
		m["type"], m["hologram"] = "hologram", map[string]any{"body": act.Text}
	case "reaction":
		reaction := map[string]any{"message_id": act.Target}
		if act.Emoji != "" {
			reaction["emoji"] = act.Emoji
		}
		m["type"], m["reaction"] = "reaction", reaction
	case "edit":
		m["type"], m["edit"] = "edit", map[string]any{"original_message_id": act.Target, "message": map[string]any{"type": "text", "text": map[string]any{"body": act.Text}}}
	case "delete":
		m["type"], m["revoke"] = "revoke", map[string]any{"original_message_id": act.Target}
	default:
		return Event{}, fmt.Errorf("customers cannot do %q on this channel", act.Type)
	}
	phone, scoped := act.From, ""
	if scopedPattern.MatchString(act.From) {
		phone, scoped = f.phone(act.From), act.From
	}
	set := func(in map[string]any, name, value string) {
		if value != "" {
			in[name] = value
		}
	}
	if act.Type == "echo" {
		m["from"] = displayed
		set(m, "to", strings.TrimPrefix(phone, "+"))
		set(m, "to_user_id", scoped)
		return f.Value(account, "smb_message_echoes", map[string]any{"message_echoes": []any{m}}), nil
	}
	contact := map[string]any{"profile": map[string]any{"name": act.Name}}
	set(m, "from", strings.TrimPrefix(phone, "+"))
	set(m, "from_user_id", scoped)
	set(contact, "wa_id", strings.TrimPrefix(phone, "+"))
	set(contact, "user_id", scoped)
	f.Hear(account, act.From)
	return f.Value(account, "messages", map[string]any{"contacts": []any{contact}, "messages": []any{m}}), nil
}

func (f *Fake) say(m map[string]any, act fake.Act) {
	switch {
	case act.Choice != "":
		m["type"] = "interactive"
		m["interactive"] = map[string]any{"type": "button_reply", "button_reply": map[string]any{"id": act.Choice, "title": act.Text}}
		if m["context"] == nil {
			m["context"] = map[string]any{"from": displayed, "id": "wamid.asked"}
		}
	case len(act.Files) > 0:
		file := act.Files[0]
		kind, _, _ := strings.Cut(file.MediaType, "/")
		if !slices.Contains([]string{"image", "audio", "video"}, kind) {
			kind = "document"
		}
		content := map[string]any{"id": f.keep(file), "mime_type": file.MediaType, "sha256": Sign("", file.Content)}
		if kind == "document" {
			content["filename"] = file.Name
		}
		if act.Text != "" {
			content["caption"] = act.Text
		}
		m["type"], m[kind] = kind, content
	case act.Location != nil:
		m["type"], m["location"] = "location", act.Location
	default:
		m["type"], m["text"] = "text", map[string]any{"body": act.Text}
	}
}

// Template is one that WhatsApp has approved.
type Template struct {
	Name, Language, Status, Category string
	Components                       []map[string]any
}

// Approve gives a WhatsApp account a template.
func (f *Fake) Approve(account connectors.Account, t Template) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := account.Settings["business_account_id"]
	f.templates[id] = append(f.templates[id], t)
}

func (f *Fake) template(account connectors.Account, name, language string) (Template, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range f.templates[account.Settings["business_account_id"]] {
		if t.Name == name && t.Language == language && t.Status == "APPROVED" {
			return t, true
		}
	}
	return Template{}, false
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// wanted notes the variables a component has, and fills in the text.
func (*Fake) wanted(want map[string]bool, c map[string]any, s *fake.Sent) {
	text, _ := c["text"].(string)
	kind, _ := c["type"].(string)
	format, _ := c["format"].(string)
	prefix := ""
	if kind == "HEADER" {
		prefix = "header."
		if format != "TEXT" {
			want[prefix+strings.ToLower(format)] = true
		}
	}
	for _, found := range variable.FindAllStringSubmatch(text, -1) {
		want[prefix+found[1]] = true
		text = strings.ReplaceAll(text, found[0], s.Variables[prefix+found[1]])
	}
	if kind == "BODY" {
		s.Text = text
	}
	buttons, _ := c["buttons"].([]map[string]any)
	for i, b := range buttons {
		if address, _ := b["url"].(string); variable.MatchString(address) {
			want["button."+strconv.Itoa(i)] = true
		}
	}
}

// report sends a message's statuses: it is sent, delivered and read, or it fails because the customer has not written for a day. Of what
// is read at once "delivered" is left out, as WhatsApp does.
func (f *Fake) report(account fake.Known, s fake.Sent) {
	steps, code := []string{"sent", "delivered", "read"}, 0
	silent, wrote := f.silence(account.Account, s.To)
	switch {
	case s.Template == "" && (!wrote || silent >= 24*time.Hour):
		steps, code = []string{"failed"}, 131047
	case strings.HasSuffix(s.ID, "0"):
		steps = []string{"sent", "read"}
	}
	for _, step := range steps {
		f.Callback(f.Request(account.Account, f.Status(account.Account, s, step, code)))
	}
	f.Change(s.ID, func(s *fake.Sent) { s.Status = steps[len(steps)-1] })
}

// Status makes the event that tells how far a message got.
func (f *Fake) Status(account connectors.Account, s fake.Sent, status string, code int) Event {
	tells := map[string]any{"id": s.ID, "status": status, "timestamp": strconv.FormatInt(f.Clock().Unix(), 10)}
	if s.Key != "" {
		tells["biz_opaque_callback_data"] = s.Key
	}
	phone := s.To
	if scopedPattern.MatchString(s.To) {
		tells["recipient_user_id"], phone = s.To, f.phone(s.To)
	}
	if phone != "" {
		tells["recipient_id"] = strings.TrimPrefix(phone, "+")
	}
	if code != 0 {
		tells["errors"] = []any{map[string]any{
			"code": code, "title": "as it was told to", "message": "as it was told to", "error_data": map[string]any{"details": "as it was told to"},
			"href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
		}}
	} else {
		tells["pricing"] = map[string]any{"billable": true, "pricing_model": "PMP", "type": "regular", "category": "service"}
	}
	return f.Value(account, "messages", map[string]any{"statuses": []any{tells}})
}
