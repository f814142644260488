package discordfake

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"seax/connectors/fake"
	"seax/internal/conversation"
)

func fail(w http.ResponseWriter, status, code int, message string) {
	write(w, status, Object{"code": code, "message": message})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, f fake.Fault) {
	code, _ := strconv.Atoi(f.Code)
	if f.RetryAfter > 0 {
		write(w, f.Status, Object{"message": "You are being rate limited.", "retry_after": float64(f.RetryAfter), "global": false})
		return
	}
	fail(w, f.Status, code, "as it was told to")
}

// ServeHTTP implements fake.Provider.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case isGateway(r.Host):
		f.serveGateway(w, r)
	case r.Host != apiHost:
		f.serveFile(w, r)
	default:
		f.Serve(w, r, refuse, f.serve)
	}
}

func (f *Fake) serveFile(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	file, ok := f.files[r.URL.EscapedPath()]
	f.mu.Unlock()
	if !ok || r.Header.Get("Authorization") != "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", file.MediaType)
	_, _ = w.Write(file.Content)
}

var agent = regexp.MustCompile(`^DiscordBot \(https?://[^ ]+, [^)]+\)$`)

// route is one of the API's: its parts are where {} stands.
type route struct {
	method, path string
	handle       func(f *Fake, w http.ResponseWriter, r *http.Request, account fake.Known, parts []string)
}

var routes = []route{
	{"GET", "/gateway/bot", (*Fake).gateway},
	{"GET", "/applications/@me", (*Fake).application},
	{"POST", "/users/@me/channels", (*Fake).open},
	{"GET", "/users/{}", (*Fake).user},
	{"GET", "/channels/{}", (*Fake).showChannel},
	{"POST", "/channels/{}/typing", (*Fake).typing},
	{"POST", "/channels/{}/messages", (*Fake).create},
	{"GET", "/channels/{}/messages/{}", (*Fake).show},
	{"PATCH", "/channels/{}/messages/{}", (*Fake).edit},
	{"DELETE", "/channels/{}/messages/{}", (*Fake).remove},
	{"PUT", "/channels/{}/messages/{}/reactions/{}/@me", (*Fake).react},
	{"DELETE", "/channels/{}/messages/{}/reactions/{}/@me", (*Fake).react},
	{"POST", "/interactions/{}/{}/callback", (*Fake).callback},
}

// match returns the parts of a path.
func (t route) match(r *http.Request) ([]string, bool) {
	if r.Method != t.method {
		return nil, false
	}
	want := strings.Split("/api/v10"+t.path, "/")
	got := strings.Split(r.URL.Path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	var parts []string
	for i := range want {
		switch {
		case want[i] == "{}":
			parts = append(parts, got[i])
		case want[i] != got[i]:
			return nil, false
		}
	}
	return parts, true
}

func (f *Fake) serve(w http.ResponseWriter, r *http.Request) {
	if !agent.MatchString(r.Header.Get("User-Agent")) {
		fail(w, http.StatusForbidden, 40333, "internal network error")
		return
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bot ")
	account, ok := f.byToken(token)
	if !ok {
		fail(w, http.StatusUnauthorized, 0, "401: Unauthorized")
		return
	}
	for _, t := range routes {
		if parts, ok := t.match(r); ok {
			f.mu.Lock()
			defer f.mu.Unlock()
			t.handle(f, w, r, account, parts)
			return
		}
	}
	fail(w, http.StatusNotFound, 0, "404: Not Found")
}

func (f *Fake) gateway(w http.ResponseWriter, _ *http.Request, _ fake.Known, _ []string) {
	write(w, http.StatusOK, Object{"url": "wss://" + gatewayHost, "shards": 1, "session_start_limit": Object{"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}})
}

func (f *Fake) application(w http.ResponseWriter, _ *http.Request, account fake.Known, _ []string) {
	var endpoint any
	if at := account.Settings["fake_endpoint"]; at != "" {
		endpoint = at
	}
	write(w, http.StatusOK, Object{
		"id": bot(account.Account), "name": "Acme", "icon": nil, "description": "", "type": nil, "verify_key": PublicKey(account.Account), "flags": 0, "flags_new": "0", "redirect_uris": []any{},
		"interactions_endpoint_url": endpoint, "role_connections_verification_url": nil, "owner": user("1", "Owner", false), "approximate_guild_count": 1, "approximate_user_install_count": 0,
		"approximate_user_authorization_count": 0, "explicit_content_filter": 0, "team": nil, "eligible_oauth2_scopes": []any{},
	})
}

func read(w http.ResponseWriter, r *http.Request, into any) bool {
	if r.Header.Get("Content-Type") != "application/json" || json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(into) != nil {
		fail(w, http.StatusBadRequest, 50109, "The request body contains invalid JSON.")
		return false
	}
	return true
}

func (f *Fake) open(w http.ResponseWriter, r *http.Request, account fake.Known, _ []string) {
	var in struct {
		RecipientID string `json:"recipient_id"`
	}
	if !read(w, r, &in) {
		return
	}
	if in.RecipientID == "404" {
		fail(w, http.StatusBadRequest, 50033, "Invalid Recipient(s)")
		return
	}
	f.channelOf(w, f.channel(account.ID, in.RecipientID))
}

func (f *Fake) showChannel(w http.ResponseWriter, _ *http.Request, _ fake.Known, parts []string) {
	if f.known(w, parts[0]) {
		f.channelOf(w, parts[0])
	}
}

func (f *Fake) channelOf(w http.ResponseWriter, id string) {
	write(w, http.StatusOK, Object{"id": id, "type": 1, "flags": 0, "last_message_id": nil, "recipients": []any{user(f.users[id], "Nelly", false)}})
}

func (f *Fake) known(w http.ResponseWriter, channel string) bool {
	if _, ok := f.users[channel]; ok {
		return true
	}
	fail(w, http.StatusNotFound, 10003, "Unknown Channel")
	return false
}

func (f *Fake) user(w http.ResponseWriter, _ *http.Request, _ fake.Known, parts []string) {
	if parts[0] == "404" {
		fail(w, http.StatusNotFound, 10013, "Unknown User")
		return
	}
	write(w, http.StatusOK, user(parts[0], "Nelly", false))
}

func (f *Fake) typing(w http.ResponseWriter, _ *http.Request, _ fake.Known, parts []string) {
	if f.known(w, parts[0]) {
		f.Types(parts[0])
		w.WriteHeader(http.StatusNoContent)
	}
}

// posted is a message as it is sent.
type posted struct {
	Content      string `json:"content"`
	Nonce        string `json:"nonce"`
	EnforceNonce bool   `json:"enforce_nonce"`
	Mentions     struct {
		Parse []string `json:"parse"`
	} `json:"allowed_mentions"`
	Reference struct {
		MessageID string `json:"message_id"`
	} `json:"message_reference"`
	Components []struct {
		Type       int `json:"type"`
		Components []struct {
			Type, Style int
			Label       string `json:"label"`
			CustomID    string `json:"custom_id"`
		} `json:"components"`
	} `json:"components"`
	Attachments []struct {
		ID       string `json:"id"`
		Filename string `json:"filename"`
	} `json:"attachments"`
	files []fake.File
}

// readPosted reads a message from JSON or from a form with files.
func readPosted(w http.ResponseWriter, r *http.Request) (posted, bool) {
	var in posted
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		return in, read(w, r, &in)
	}
	if r.ParseMultipartForm(64<<20) != nil || len(r.MultipartForm.Value["payload_json"]) != 1 || json.Unmarshal([]byte(r.MultipartForm.Value["payload_json"][0]), &in) != nil {
		fail(w, http.StatusBadRequest, 50035, "Invalid Form Body")
		return in, false
	}
	var names []string
	for name := range r.MultipartForm.File {
		names = append(names, name)
	}
	sort.Strings(names)
	for i, name := range names {
		header := r.MultipartForm.File[name][0]
		opened, err := header.Open()
		if err != nil || name != "files["+strconv.Itoa(i)+"]" || len(in.Attachments) <= i || in.Attachments[i].ID != strconv.Itoa(i) {
			fail(w, http.StatusBadRequest, 50035, "Invalid Form Body")
			return in, false
		}
		content, err := io.ReadAll(opened)
		_ = opened.Close()
		if err != nil {
			return in, false
		}
		in.files = append(in.files, fake.File{Name: in.Attachments[i].Filename, MediaType: header.Header.Get("Content-Type"), Content: content})
	}
	return in, true
}

func units(s string) int { return len(utf16.Encode([]rune(s))) }

func (f *Fake) create(w http.ResponseWriter, r *http.Request, account fake.Known, parts []string) {
	in, ok := readPosted(w, r)
	if !ok || !f.known(w, parts[0]) {
		return
	}
	s := fake.Sent{Key: in.Nonce, Account: account.ID, To: parts[0], Text: in.Content, Files: in.files, ReplyTo: in.Reference.MessageID, At: f.Clock(), Status: "sent"}
	if units(in.Content) > 2000 || in.Content == "" && len(in.files) == 0 || len(in.Nonce) > 25 || len(in.files) > 10 || len(in.Components) > 5 {
		fail(w, http.StatusBadRequest, 50035, "Invalid Form Body")
		return
	}
	ids := map[string]bool{}
	for _, row := range in.Components {
		if row.Type != 1 || len(row.Components) == 0 || len(row.Components) > 5 {
			fail(w, http.StatusBadRequest, 50035, "Invalid Form Body")
			return
		}
		for _, b := range row.Components {
			if b.Type != 2 || b.Style < 1 || b.Style > 4 || b.Label == "" || units(b.Label) > 80 || b.CustomID == "" || len(b.CustomID) > 100 || ids[b.CustomID] {
				fail(w, http.StatusBadRequest, 50035, "Invalid Form Body")
				return
			}
			ids[b.CustomID] = true
			s.Options = append(s.Options, conversation.Option{ID: b.CustomID, Label: b.Label})
		}
	}
	author := user(bot(account.Account), "Acme", true)
	if before, known := f.ByKey(account.ID, in.Nonce); known && in.Nonce != "" && in.EnforceNonce {
		write(w, http.StatusOK, f.message(parts[0], author, fake.Act{ID: before.ID, Text: before.Text}))
		return
	}
	s.ID = f.next()
	m := f.message(parts[0], author, fake.Act{ID: s.ID, Text: in.Content, ReplyTo: in.Reference.MessageID})
	f.Take(s)
	if session := f.sessions[account.ID]; session != nil && session.id != "" {
		session.dispatch("MESSAGE_CREATE", m)
	}
	write(w, http.StatusOK, m)
}

func (f *Fake) find(w http.ResponseWriter, parts []string) (Object, bool) {
	m, ok := f.messages[parts[1]]
	if !ok || m["channel_id"] != parts[0] {
		fail(w, http.StatusNotFound, 10008, "Unknown Message")
		return nil, false
	}
	return m, true
}

func (f *Fake) show(w http.ResponseWriter, _ *http.Request, _ fake.Known, parts []string) {
	m, ok := f.find(w, parts)
	if !ok {
		return
	}
	shown := Object{}
	for name, value := range m {
		shown[name] = value
	}
	delete(shown, "channel_type")
	reactions := []any{}
	for emoji := range f.reactions[parts[1]] {
		reactions = append(reactions, Object{"emoji": Object{"id": nil, "name": emoji}, "count": 1, "count_details": Object{"burst": 0, "normal": 1}, "burst_colors": []any{}, "me_burst": false, "me": true})
	}
	shown["reactions"] = reactions
	write(w, http.StatusOK, shown)
}

func (f *Fake) edit(w http.ResponseWriter, r *http.Request, account fake.Known, parts []string) {
	var in posted
	if !read(w, r, &in) {
		return
	}
	m, ok := f.find(w, parts)
	if !ok {
		return
	}
	if _, ours := f.Change(parts[1], func(s *fake.Sent) { s.Text, s.Edited = in.Content, true }); !ours {
		fail(w, http.StatusForbidden, 50005, "Cannot edit a message authored by another user")
		return
	}
	m["content"], m["edited_timestamp"] = in.Content, f.Clock().UTC().Format(time.RFC3339Nano)
	if session := f.sessions[account.ID]; session != nil && session.id != "" {
		session.dispatch("MESSAGE_UPDATE", m)
	}
	write(w, http.StatusOK, m)
}

func (f *Fake) remove(w http.ResponseWriter, _ *http.Request, account fake.Known, parts []string) {
	if _, ok := f.find(w, parts); !ok {
		return
	}
	f.Change(parts[1], func(s *fake.Sent) { s.Deleted = true })
	delete(f.messages, parts[1])
	if session := f.sessions[account.ID]; session != nil && session.id != "" {
		session.dispatch("MESSAGE_DELETE", Object{"id": parts[1], "channel_id": parts[0]})
	}
	w.WriteHeader(http.StatusNoContent)
}

func (f *Fake) react(w http.ResponseWriter, r *http.Request, _ fake.Known, parts []string) {
	if _, ok := f.find(w, parts); !ok {
		return
	}
	all := f.reactions[parts[1]]
	if all == nil {
		all = map[string]bool{}
		f.reactions[parts[1]] = all
	}
	if r.Method == http.MethodPut {
		all[parts[2]] = true
	} else {
		delete(all, parts[2])
	}
	w.WriteHeader(http.StatusNoContent)
}

// Reactions are the bot's to a message.
func (f *Fake) Reactions(id string) (all []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for emoji := range f.reactions[id] {
		all = append(all, emoji)
	}
	sort.Strings(all)
	return all
}

func (f *Fake) callback(w http.ResponseWriter, r *http.Request, _ fake.Known, parts []string) {
	var in struct {
		Type int `json:"type"`
	}
	if !read(w, r, &in) {
		return
	}
	if parts[1] != "token"+parts[0] || in.Type == 0 {
		fail(w, http.StatusNotFound, 10062, "Unknown interaction")
		return
	}
	f.callbacks[parts[0]]++
	w.WriteHeader(http.StatusNoContent)
}
