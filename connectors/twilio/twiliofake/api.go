package twiliofake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"seax/connectors/fake"
	"seax/internal/conversation"
)

// failure is an error in Twilio's format.
type failure struct {
	Code     int    `json:"code"`
	Message  string `json:"message"`
	MoreInfo string `json:"more_info"`
	Status   int    `json:"status"`
}

func fail(w http.ResponseWriter, status, code int, message string) {
	write(w, status, failure{code, message, fmt.Sprint("https://www.twilio.com/docs/errors/", code), status})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, f fake.Fault) {
	var code int
	if _, err := fmt.Sscan(f.Code, &code); err != nil {
		code = map[int]int{http.StatusTooManyRequests: 20429, http.StatusServiceUnavailable: 20503, http.StatusUnauthorized: 20003}[f.Status]
	}
	if code == 0 {
		code = 20500
	}
	fail(w, f.Status, code, "as it was told to")
}

// ServeHTTP implements fake.Provider.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.Serve(w, r, refuse, f.serve)
}

var (
	accountPath = regexp.MustCompile(`^/2010-04-01/Accounts/(AC[0-9a-f]{32})(/Messages|/IncomingPhoneNumbers)?\.json$`)
	mediaPath   = regexp.MustCompile(`^/2010-04-01/Accounts/AC[0-9a-f]{32}/Messages/[A-Za-z0-9-]+/Media/ME[0-9a-f]{32}$`)
)

func (f *Fake) serve(w http.ResponseWriter, r *http.Request) {
	if r.Host == "media.twiliocdn.com" {
		f.serveMedia(w, r)
		return
	}
	account, ok := f.authenticated(r)
	if !ok {
		fail(w, http.StatusUnauthorized, 20003, "Authenticate")
		return
	}
	path := accountPath.FindStringSubmatch(r.URL.Path)
	switch {
	case r.Host == "api.twilio.com" && mediaPath.MatchString(r.URL.Path) && r.Method == http.MethodGet:
		http.Redirect(w, r, "https://media.twiliocdn.com"+r.URL.Path, http.StatusTemporaryRedirect)
	case r.Host == "api.twilio.com" && path != nil && path[1] != account.Settings["account_sid"]:
		fail(w, http.StatusNotFound, 20404, "The requested resource was not found")
	case r.Host == "api.twilio.com" && path != nil && path[2] == "" && r.Method == http.MethodGet:
		write(w, http.StatusOK, map[string]any{"sid": path[1], "friendly_name": "Acme", "status": "active", "type": "Full"})
	case r.Host == "api.twilio.com" && path != nil && path[2] == "/IncomingPhoneNumbers" && r.Method == http.MethodGet:
		f.numbers(w, r, account)
	case r.Host == "api.twilio.com" && path != nil && path[2] == "/Messages" && r.Method == http.MethodPost:
		f.create(w, r)
	case r.Host == "content.twilio.com" && r.URL.Path == "/v1/Content" && r.Method == http.MethodPost:
		f.createContent(w, r, account)
	case r.Host == "content.twilio.com" && r.URL.Path == "/v1/ContentAndApprovals" && r.Method == http.MethodGet:
		f.listContents(w, account)
	case r.Host == "messaging.twilio.com" && r.URL.Path == "/v2/Indicators/Typing.json" && r.Method == http.MethodPost:
		f.typing(w, r)
	default:
		fail(w, http.StatusNotFound, 20404, "The requested resource "+r.URL.Path+" was not found")
	}
}

// authenticated finds whose credentials a call has.
func (f *Fake) authenticated(r *http.Request) (fake.Known, bool) {
	user, password, _ := r.BasicAuth()
	return f.Find(func(k fake.Known) bool {
		byToken := user == k.Settings["account_sid"] && password == k.Secrets["auth_token"]
		byKey := user == k.Settings["api_key_sid"] && password == k.Secrets["api_key_secret"]
		return user != "" && password != "" && (byToken || byKey)
	})
}

func (f *Fake) numbers(w http.ResponseWriter, r *http.Request, account fake.Known) {
	all := []any{}
	f.Find(func(k fake.Known) bool {
		if k.Settings["account_sid"] == account.Settings["account_sid"] && k.Kind == "sms" && k.Settings["from"] == r.URL.Query().Get("PhoneNumber") {
			all = append(all, map[string]any{"sid": "PN" + strings.Repeat("0", 32), "phone_number": k.Settings["from"], "sms_url": k.Webhook, "sms_method": "POST"})
		}
		return false
	})
	write(w, http.StatusOK, map[string]any{"incoming_phone_numbers": all, "page": 0, "page_size": 1, "uri": r.URL.RequestURI(), "next_page_uri": nil})
}

var addressPattern = regexp.MustCompile(`^(\+[1-9][0-9]{6,14}|whatsapp:(\+[1-9][0-9]{6,14}|[A-Z]{2}\.[A-Za-z0-9.]+)|messenger:[0-9]{5,20})$`)

// create takes a message, or says what is wrong with it.
func (f *Fake) create(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		fail(w, http.StatusBadRequest, 21602, "Message body is required")
		return
	}
	form := r.PostForm
	to, body, media, contentSid := form.Get("To"), form.Get("Body"), form["MediaUrl"], form.Get("ContentSid")
	account, known := f.sendingAccount(form)
	switch {
	case !known:
		fail(w, http.StatusBadRequest, 21606, "The From number is not one of this account")
	case !addressPattern.MatchString(to) || !strings.HasPrefix(to, prefixes[account.Kind]):
		fail(w, http.StatusBadRequest, 21211, "The 'To' number is not a valid phone number")
	case body == "" && len(media) == 0 && contentSid == "":
		fail(w, http.StatusBadRequest, 21602, "Message body is required")
	case !utf8.ValidString(body):
		fail(w, http.StatusBadRequest, 21656, "The body is not valid UTF-8")
	case utf8.RuneCountInString(body) > 1600:
		fail(w, http.StatusBadRequest, 21617, "The concatenated message body exceeds the 1600 character limit")
	case len(media) > 10 || len(media) > 1 && account.Kind != "sms":
		fail(w, http.StatusBadRequest, 21623, "Number of media files exceeds allowed limit")
	case f.hasStopped(account, strings.TrimPrefix(to, prefixes[account.Kind])):
		fail(w, http.StatusBadRequest, 21610, "Attempt to send to unsubscribed recipient")
	case !validCallback(form.Get("StatusCallback")):
		fail(w, http.StatusBadRequest, 21609, "The 'StatusCallback' URL is not valid")
	default:
		f.take(w, account, form)
	}
}

func validCallback(address string) bool {
	u, err := url.Parse(address)
	return address == "" || err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

func (f *Fake) sendingAccount(form url.Values) (fake.Known, bool) {
	return f.Find(func(k fake.Known) bool {
		if service := form.Get("MessagingServiceSid"); service != "" {
			return service == k.Settings["messaging_service_sid"]
		}
		return form.Get("From") == sender(k.Account)
	})
}

func (f *Fake) hasStopped(account fake.Known, to string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stopped[[2]string{sender(account.Account), to}]
}

func (f *Fake) take(w http.ResponseWriter, account fake.Known, form url.Values) {
	callback := form.Get("StatusCallback")
	s := fake.Sent{
		ID: f.id("SM"), Account: account.ID, From: form.Get("From"), To: strings.TrimPrefix(form.Get("To"), prefixes[account.Kind]), Text: form.Get("Body"), At: f.Clock(), Status: "queued",
	}
	if u, err := url.Parse(callback); err == nil {
		s.Key = u.Query().Get("message")
	}
	if sid := form.Get("ContentSid"); sid != "" {
		if !f.fill(&s, sid, form.Get("ContentVariables")) {
			fail(w, http.StatusBadRequest, 63027, "The Content template does not exist")
			return
		}
	}
	for _, address := range form["MediaUrl"] {
		file := fake.File{URL: address}
		if f.Load != nil {
			var err error
			if file, err = f.Load(address); err != nil {
				fail(w, http.StatusBadRequest, 21620, "Invalid media URL")
				return
			}
			file.URL = address
		}
		s.Files = append(s.Files, file)
	}
	f.Take(s)
	f.report(account, s, callback)
	write(w, http.StatusCreated, map[string]any{
		"sid": s.ID, "account_sid": account.Settings["account_sid"], "status": "queued", "direction": "outbound-api", "body": s.Text, "from": form.Get("From"), "to": form.Get("To"),
		"num_segments": "1", "num_media": strconv.Itoa(len(s.Files)), "error_code": nil, "error_message": nil, "messaging_service_sid": nil,
		"date_created": f.Clock().UTC().Format(time.RFC1123Z), "date_updated": f.Clock().UTC().Format(time.RFC1123Z), "date_sent": nil, "price": nil, "price_unit": nil,
		"api_version": "2010-04-01", "uri": "/2010-04-01/Accounts/" + account.Settings["account_sid"] + "/Messages/" + s.ID + ".json",
		"subresource_uris": map[string]string{"media": "/2010-04-01/Accounts/" + account.Settings["account_sid"] + "/Messages/" + s.ID + "/Media.json"},
	})
}

// fill makes a message of a content. Templates have an id, what was made for choices shows them.
func (f *Fake) fill(s *fake.Sent, sid, variables string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	item, ok := f.contents[sid]
	if !ok {
		return false
	}
	if variables != "" && json.Unmarshal([]byte(variables), &s.Variables) != nil {
		return false
	}
	for _, value := range s.Variables {
		if strings.ContainsAny(value, "\n\r\t") {
			return false
		}
	}
	types, _ := item.body["types"].(map[string]any)
	for _, t := range types {
		one, _ := t.(map[string]any)
		body, _ := one["body"].(string)
		for name, value := range s.Variables {
			body = strings.ReplaceAll(body, "{{"+name+"}}", value)
		}
		s.Text = body
		if item.approve != "" {
			s.Template = sid
			return true
		}
		s.Options = options(one)
	}
	s.Variables = nil
	return true
}

func options(content map[string]any) []conversation.Option {
	var out []conversation.Option
	for _, list := range []struct{ name, label string }{{"actions", "title"}, {"items", "item"}} {
		entries, _ := content[list.name].([]any)
		for _, e := range entries {
			entry, _ := e.(map[string]any)
			id, _ := entry["id"].(string)
			label, _ := entry[list.label].(string)
			out = append(out, conversation.Option{ID: id, Label: label})
		}
	}
	return out
}

// report sends the callbacks of a message: it is sent and delivered, and on WhatsApp read; or it fails because the customer has not
// written for a day.
func (f *Fake) report(account fake.Known, s fake.Sent, callback string) {
	if callback == "" {
		return
	}
	steps := []string{"sent", "delivered"}
	code := ""
	switch {
	case account.Kind == "whatsapp-twilio" && s.Template == "" && f.silent(account, s.To):
		steps, code = []string{"failed"}, "63016"
	case account.Kind == "whatsapp-twilio":
		steps = append(steps, "read")
	}
	for _, step := range steps {
		if r, err := f.Status(account.Account, s, callback, step, code); err == nil {
			f.Callback(r)
		}
	}
	f.Change(s.ID, func(s *fake.Sent) { s.Status = steps[len(steps)-1] })
}

func (f *Fake) silent(account fake.Known, customer string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, wrote := f.heard[[2]string{sender(account.Account), customer}]
	return !wrote || f.Clock().Sub(at) >= 24*time.Hour
}

// Approve gives an account a template that WhatsApp has approved, and returns its id.
func (f *Fake) Approve(account, name, body string, variables map[string]string) string {
	sid := f.id("HX")
	f.mu.Lock()
	defer f.mu.Unlock()
	named := map[string]any{}
	for k, v := range variables {
		named[k] = v
	}
	f.contents[sid] = contentItem{account, map[string]any{
		"friendly_name": name, "language": "en", "variables": named, "types": map[string]any{"twilio/text": map[string]any{"body": body}},
	}, "approved"}
	return sid
}

func (f *Fake) createContent(w http.ResponseWriter, r *http.Request, account fake.Known) {
	var body map[string]any
	if r.Header.Get("Content-Type") != "application/json" || json.NewDecoder(r.Body).Decode(&body) != nil || body["types"] == nil || body["language"] == nil {
		fail(w, http.StatusBadRequest, 20001, "Invalid parameter: types")
		return
	}
	types, _ := body["types"].(map[string]any)
	for name, t := range types {
		one, _ := t.(map[string]any)
		actions, _ := one["actions"].([]any)
		items, _ := one["items"].([]any)
		if name == "twilio/quick-reply" && (len(actions) == 0 || len(actions) > 3) || name == "twilio/list-picker" && (len(items) == 0 || len(items) > 10) {
			fail(w, http.StatusBadRequest, 20001, "Invalid number of actions")
			return
		}
	}
	sid := f.id("HX")
	f.mu.Lock()
	f.contents[sid] = contentItem{account.Settings["account_sid"], body, ""}
	f.mu.Unlock()
	write(w, http.StatusCreated, f.show(sid, contentItem{account.Settings["account_sid"], body, ""}))
}

func (f *Fake) show(sid string, item contentItem) map[string]any {
	now := f.Clock().UTC().Format(time.RFC3339)
	return map[string]any{
		"sid": sid, "account_sid": item.account, "friendly_name": item.body["friendly_name"], "language": item.body["language"], "variables": item.body["variables"],
		"types": item.body["types"], "date_created": now, "date_updated": now, "url": "https://content.twilio.com/v1/Content/" + sid,
		"links": map[string]string{"approval_create": "https://content.twilio.com/v1/Content/" + sid + "/ApprovalRequests/whatsapp"},
	}
}

func (f *Fake) listContents(w http.ResponseWriter, account fake.Known) {
	f.mu.Lock()
	all := []any{}
	var ids []string
	for sid, item := range f.contents {
		if item.account == account.Settings["account_sid"] {
			ids = append(ids, sid)
		}
	}
	slices.Sort(ids)
	for _, sid := range ids {
		item := f.contents[sid]
		shown := f.show(sid, item)
		delete(shown, "url")
		delete(shown, "links")
		shown["approval_requests"] = map[string]any{"status": "unsubmitted"}
		if item.approve != "" {
			shown["approval_requests"] = map[string]any{"name": item.body["friendly_name"], "category": "UTILITY", "content_type": "twilio/text", "status": item.approve, "rejection_reason": "", "allow_category_change": true}
		}
		all = append(all, shown)
	}
	f.mu.Unlock()
	write(w, http.StatusOK, map[string]any{"contents": all, "meta": map[string]any{
		"page": 0, "page_size": 500, "first_page_url": "https://content.twilio.com/v1/ContentAndApprovals?PageSize=500&Page=0", "previous_page_url": nil,
		"url": "https://content.twilio.com/v1/ContentAndApprovals?PageSize=500&Page=0", "next_page_url": nil, "key": "contents",
	}})
}

func (f *Fake) typing(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.PostForm.Get("channel") != "whatsapp" || r.PostForm.Get("messageId") == "" {
		fail(w, http.StatusBadRequest, 20001, "Invalid parameter: messageId")
		return
	}
	f.Types(r.PostForm.Get("messageId"))
	write(w, http.StatusOK, map[string]bool{"success": true})
}

func (f *Fake) serveMedia(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	file, ok := f.media[r.URL.Path]
	f.mu.Unlock()
	if !ok || r.Header.Get("Authorization") != "" {
		// Where Twilio keeps files nobody must show Twilio's credentials.
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", file.MediaType)
	_, _ = w.Write(file.Content)
}
