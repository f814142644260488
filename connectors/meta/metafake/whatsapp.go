package metafake

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"seax/connectors"
	"seax/connectors/fake"
	"seax/internal/conversation"
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

// serveWhatsApp answers calls about a number or a WhatsApp account.
func (f *Fake) serveWhatsApp(w http.ResponseWriter, r *http.Request, account fake.Known, id, edge string) {
	number := id == account.Settings["phone_number_id"]
	switch call := r.Method + " " + edge; {
	case number && call == "GET ":
		write(w, http.StatusOK, map[string]any{"id": id, "display_phone_number": "+1 555-078-3881", "verified_name": "Acme", "quality_rating": "GREEN"})
	case number && call == "POST media":
		f.takeMedia(w, r)
	case number && call == "POST messages":
		f.takeWhatsApp(w, r, account)
	case !number && call == "GET subscribed_apps":
		apps := []any{}
		if account.Webhook != "" {
			apps = append(apps, map[string]any{"whatsapp_business_api_data": map[string]any{"id": "1", "name": "SeaX", "link": "https://seax.example/"}})
		}
		write(w, http.StatusOK, map[string]any{"data": apps})
	case !number && call == "GET message_templates":
		f.listTemplates(w, r, account)
	default:
		unknown(w, r)
	}
}

func (f *Fake) listTemplates(w http.ResponseWriter, r *http.Request, account fake.Known) {
	f.mu.Lock()
	all := slices.Clone(f.templates[account.Settings["business_account_id"]])
	f.mu.Unlock()
	all = slices.DeleteFunc(all, func(t Template) bool { s := r.URL.Query().Get("status"); return s != "" && s != t.Status })
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	from, _ := strconv.Atoi(r.URL.Query().Get("after"))
	to := min(from+max(limit, 1), len(all))
	data := []any{}
	for i, t := range all[min(from, to):to] {
		data = append(data, map[string]any{"id": strconv.Itoa(9000 + from + i), "name": t.Name, "language": t.Language, "status": t.Status, "category": t.Category, "components": t.Components})
	}
	paging := map[string]any{"cursors": map[string]any{"before": strconv.Itoa(from), "after": strconv.Itoa(to)}}
	if to < len(all) {
		paging["next"] = "https://" + graphHost + r.URL.Path + "?after=" + strconv.Itoa(to)
	}
	write(w, http.StatusOK, map[string]any{"data": data, "paging": paging})
}

// maxUpload is the largest file that is taken.
const maxUpload = 100 << 20

func (f *Fake) takeMedia(w http.ResponseWriter, r *http.Request) {
	file, ok := uploaded(w, r, "file")
	if !ok {
		return
	}
	if r.FormValue("messaging_product") != "whatsapp" || file.MediaType == "" || r.FormValue("type") != file.MediaType {
		fail(w, http.StatusBadRequest, 100, 0, "The parameters messaging_product and type are required")
		return
	}
	write(w, http.StatusOK, map[string]string{"id": f.keep(file)})
}

// uploaded reads the file of a form.
func uploaded(w http.ResponseWriter, r *http.Request, field string) (fake.File, bool) {
	if r.ContentLength <= 0 || r.ContentLength > maxUpload {
		fail(w, http.StatusBadRequest, 100, 0, "The length of the upload is missing or too large")
		return fake.File{}, false
	}
	in, header, err := r.FormFile(field)
	if err != nil {
		fail(w, http.StatusBadRequest, 100, 0, "(#100) The parameter "+field+" is required")
		return fake.File{}, false
	}
	defer func() { _ = in.Close() }()
	content, err := io.ReadAll(in)
	if err != nil {
		return fake.File{}, false
	}
	return fake.File{Name: header.Filename, MediaType: header.Header.Get("Content-Type"), Content: content}, true
}

// whatsAppOut is what is sent, with everything the fake looks at.
type whatsAppOut struct {
	Product    string `json:"messaging_product"`
	Recipients string `json:"recipient_type"`
	To         string `json:"to"`
	Recipient  string `json:"recipient"`
	Type       string `json:"type"`
	Context    struct {
		MessageID string `json:"message_id"`
	} `json:"context"`
	OurID     string `json:"biz_opaque_callback_data"`
	Status    string `json:"status"`
	MessageID string `json:"message_id"`
	Typing    struct {
		Type string `json:"type"`
	} `json:"typing_indicator"`
	Text struct {
		Body string `json:"body"`
	} `json:"text"`
	Image, Video, Audio, Document, Sticker *outMedia
	Location                               *struct {
		Latitude, Longitude json.Number
	} `json:"location"`
	Reaction *struct {
		MessageID string  `json:"message_id"`
		Emoji     *string `json:"emoji"`
	} `json:"reaction"`
	Interactive *interactiveOut `json:"interactive"`
	Template    *templateOut    `json:"template"`
}

type outMedia struct {
	ID, Link, Caption, Filename string
}

type interactiveOut struct {
	Type string `json:"type"`
	Body struct {
		Text string `json:"text"`
	} `json:"body"`
	Action struct {
		Button  string `json:"button"`
		Buttons []struct {
			Type  string `json:"type"`
			Reply reply  `json:"reply"`
		} `json:"buttons"`
		Sections []struct {
			Title string  `json:"title"`
			Rows  []reply `json:"rows"`
		} `json:"sections"`
	} `json:"action"`
}

type reply struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

type templateOut struct {
	Name     string `json:"name"`
	Language struct {
		Code string `json:"code"`
	} `json:"language"`
	Components []struct {
		Type       string `json:"type"`
		SubType    string `json:"sub_type"`
		Index      string `json:"index"`
		Parameters []struct {
			Type                   string `json:"type"`
			Name                   string `json:"parameter_name"`
			Text                   string `json:"text"`
			Image, Video, Document *outMedia
		} `json:"parameters"`
	} `json:"components"`
}

// takeWhatsApp takes a message, or says what is wrong with it.
func (f *Fake) takeWhatsApp(w http.ResponseWriter, r *http.Request, account fake.Known) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	var in whatsAppOut
	if err != nil || !utf8.Valid(body) || r.Header.Get("Content-Type") != "application/json" || json.Unmarshal(body, &in) != nil || in.Product != "whatsapp" {
		fail(w, http.StatusBadRequest, 100, 0, "Invalid parameter")
		return
	}
	if in.Status != "" {
		f.mark(w, in)
		return
	}
	to, ok := f.recipient(in)
	if !ok {
		fail(w, http.StatusBadRequest, 131009, 0, "Parameter value is not valid: to")
		return
	}
	s := fake.Sent{
		ID: f.id("wamid."), Key: in.OurID, Account: account.ID, From: account.Settings["phone_number_id"], To: to, ReplyTo: in.Context.MessageID, At: f.Clock(), Status: "accepted",
	}
	if code, details := f.fill(&s, account, in); code != 0 {
		fail(w, http.StatusBadRequest, code, 0, details)
		return
	}
	if !f.spend(account.Account, to) {
		fail(w, http.StatusBadRequest, 131056, 0, "(Business Account, Consumer Account) pair rate limit hit")
		return
	}
	if in.Reaction == nil {
		f.Take(s)
		f.report(account, s)
	}
	contact := map[string]any{"input": either(in.To, in.Recipient), "wa_id": strings.TrimPrefix(in.To, "+")}
	if scopedPattern.MatchString(to) {
		contact["user_id"] = to
	}
	write(w, http.StatusOK, map[string]any{
		"messaging_product": "whatsapp", "contacts": []any{contact}, "messages": []any{map[string]any{"id": s.ID, "message_status": "accepted"}},
	})
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (f *Fake) recipient(in whatsAppOut) (string, bool) {
	if in.Recipients != "individual" {
		return "", false
	}
	if in.To != "" {
		return f.scoped(in.To), phonePattern.MatchString(in.To)
	}
	return in.Recipient, scopedPattern.MatchString(in.Recipient)
}

// burst is how many messages to one customer may be ahead of one in six seconds.
const burst = 45

func (f *Fake) spend(account connectors.Account, customer string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	p, now := pair{key(account), customer}, f.Clock()
	recent := slices.DeleteFunc(f.spent[p], func(at time.Time) bool { return now.Sub(at) >= burst*6*time.Second })
	if len(recent) >= burst {
		return false
	}
	f.spent[p] = append(recent, now)
	return true
}

// mark notes that a message was read, and that an answer is being written.
func (f *Fake) mark(w http.ResponseWriter, in whatsAppOut) {
	if in.Status != "read" || in.MessageID == "" || in.Typing.Type != "" && in.Typing.Type != "text" {
		fail(w, http.StatusBadRequest, 100, 0, "Invalid parameter")
		return
	}
	if in.Typing.Type != "" {
		f.Types(in.MessageID)
	}
	f.mu.Lock()
	f.read[in.MessageID] = true
	f.mu.Unlock()
	write(w, http.StatusOK, map[string]bool{"success": true})
}

// fill reads what a message says; code is what is wrong with it.
func (f *Fake) fill(s *fake.Sent, account fake.Known, in whatsAppOut) (code int, details string) {
	media := map[string]*outMedia{"image": in.Image, "video": in.Video, "audio": in.Audio, "document": in.Document, "sticker": in.Sticker}[in.Type]
	switch {
	case in.Type == "text" && in.Text.Body != "":
		s.Text = in.Text.Body
		if utf8.RuneCountInString(s.Text) > 4096 {
			return 100, "Param text['body'] must be at most 4096 characters long."
		}
	case media != nil:
		return f.enclose(s, media, in.Type)
	case in.Type == "interactive" && in.Interactive != nil:
		return offered(s, in.Interactive)
	case in.Type == "template" && in.Template != nil:
		return f.fillTemplate(s, account, in.Template)
	case in.Type == "location" && in.Location != nil:
		s.Text = in.Location.Latitude.String() + "," + in.Location.Longitude.String()
	case in.Type == "reaction" && in.Reaction != nil && in.Reaction.Emoji != nil && in.Reaction.MessageID != "":
		if s.ReplyTo != "" {
			return 100, "A reaction has no context"
		}
		f.mu.Lock()
		f.reactions[in.Reaction.MessageID] = *in.Reaction.Emoji
		f.mu.Unlock()
	default:
		return 131008, "Required parameter is missing: " + in.Type
	}
	return 0, ""
}

func (f *Fake) enclose(s *fake.Sent, media *outMedia, kind string) (code int, details string) {
	f.mu.Lock()
	file, known := f.media[media.ID]
	f.mu.Unlock()
	family, _, _ := strings.Cut(file.MediaType, "/")
	switch {
	case (media.ID == "") == (media.Link == ""):
		return 100, "Either id or link is required"
	case media.ID != "" && !known:
		return 131009, "There is no such media"
	case media.Caption != "" && (kind == "audio" || kind == "sticker"):
		return 100, "Unexpected key caption"
	case utf8.RuneCountInString(media.Caption) > 1024:
		return 100, "The caption is too long"
	case media.ID != "" && kind != "document" && kind != "sticker" && family != kind:
		return 131053, "Media upload error: the type does not fit"
	}
	if media.Link != "" {
		file = fake.File{URL: media.Link}
		if f.Load != nil {
			var err error
			if file, err = f.Load(media.Link); err != nil {
				return 131053, "Media upload error"
			}
		}
	}
	s.Text, s.Files = media.Caption, []fake.File{file}
	return 0, ""
}

func offered(s *fake.Sent, in *interactiveOut) (code int, details string) {
	var rows []reply
	longest, most := 20, 3
	switch in.Type {
	case "button":
		for _, b := range in.Action.Buttons {
			if b.Type != "reply" {
				return 100, "A button is a reply"
			}
			rows = append(rows, b.Reply)
		}
	case "list":
		longest, most = 24, 10
		for _, section := range in.Action.Sections {
			rows = append(rows, section.Rows...)
		}
		if in.Action.Button == "" || utf8.RuneCountInString(in.Action.Button) > 20 {
			return 100, "Button label is not valid"
		}
	}
	if in.Body.Text == "" || utf8.RuneCountInString(in.Body.Text) > 1024 || len(rows) == 0 || len(rows) > most {
		return 100, "Invalid body or number of replies"
	}
	seen := map[string]bool{}
	for _, row := range rows {
		if row.ID == "" || len(row.ID) > 200 || row.Title == "" || utf8.RuneCountInString(row.Title) > longest || seen[row.ID] || seen["title "+row.Title] {
			return 131009, "A reply is not valid, or there are two of it"
		}
		seen[row.ID], seen["title "+row.Title] = true, true
		s.Options = append(s.Options, conversation.Option{ID: row.ID, Label: row.Title})
	}
	s.Text = in.Body.Text
	return 0, ""
}

var variable = regexp.MustCompile(`\{\{([a-z0-9_]+)\}\}`)

// fillTemplate puts what fills a template in its place.
func (f *Fake) fillTemplate(s *fake.Sent, account fake.Known, in *templateOut) (code int, details string) {
	t, ok := f.template(account.Account, in.Name, in.Language.Code)
	if !ok {
		return 132001, "Template name does not exist in the translation"
	}
	s.Template, s.Variables = in.Name+"/"+in.Language.Code, map[string]string{}
	for _, c := range in.Components {
		for i, p := range c.Parameters {
			name := either(p.Name, strconv.Itoa(i+1))
			value := p.Text
			for kind, media := range map[string]*outMedia{"image": p.Image, "video": p.Video, "document": p.Document} {
				if media != nil {
					name, value = kind, media.Link
				}
			}
			switch c.Type {
			case "header":
				name = "header." + name
			case "button":
				name = "button." + c.Index
			}
			if value == "" || strings.ContainsAny(value, "\n\t") {
				return 132012, "Parameter format does not match format in the created template"
			}
			s.Variables[name] = value
		}
	}
	want := map[string]bool{}
	for _, c := range t.Components {
		f.wanted(want, c, s)
	}
	for name := range want {
		if s.Variables[name] == "" {
			return 132000, "Number of parameters does not match the expected number of params: " + name
		}
	}
	if len(want) != len(s.Variables) {
		return 132000, "Number of parameters does not match the expected number of params"
	}
	return 0, ""
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
