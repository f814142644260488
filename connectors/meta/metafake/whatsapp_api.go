package metafake

import (
	"encoding/json"
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
