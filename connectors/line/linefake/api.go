package linefake

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/google/uuid"

	"seax/connectors/fake"
	"seax/internal/conversation"
)

// tokenLife is how long a reply token can be used.
const tokenLife = time.Minute

// failure is an error in LINE's format.
func fail(w http.ResponseWriter, status int, message string, details ...map[string]string) {
	body := map[string]any{"message": message}
	if len(details) > 0 {
		body["details"] = details
	}
	write(w, status, body)
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Line-Request-Id", uuid.NewString())
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, f fake.Fault) {
	message := f.Code
	if message == "" {
		message = "as it was told to"
	}
	fail(w, f.Status, message)
}

// ServeHTTP implements fake.Provider.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.Serve(w, r, refuse, f.serve) }

var (
	contentPath = regexp.MustCompile(`^/v2/bot/message/([^/]+)/content$`)
	profilePath = regexp.MustCompile(`^/v2/bot/profile/([^/]+)$`)
	groupPath   = regexp.MustCompile(`^/v2/bot/group/([^/]+)/summary$`)
	receiver    = regexp.MustCompile(`^[UCR][0-9a-f]{32}$`)
)

func (f *Fake) serve(w http.ResponseWriter, r *http.Request) {
	if r.Host == stickerHost {
		f.sticker(w, r)
		return
	}
	account, ok := f.authenticated(r)
	if !ok {
		fail(w, http.StatusUnauthorized, "Authentication failed. Confirm that the access token in the authorization header is valid.")
		return
	}
	if r.Header.Get("X-Line-Retry-Key") != "" && r.URL.Path != "/v2/bot/message/push" {
		fail(w, http.StatusBadRequest, "The retry key is not supported by this endpoint")
		return
	}
	if r.Host == dataHost {
		f.content(w, r)
		return
	}
	switch call := r.Method + " " + r.URL.Path; {
	case call == "POST /v2/bot/message/push":
		f.push(w, r, account)
	case call == "POST /v2/bot/message/reply":
		f.reply(w, r, account)
	case call == "POST /v2/bot/chat/loading/start":
		f.load(w, r)
	case call == "POST /v2/bot/chat/markAsRead":
		f.markRead(w, r)
	case call == "GET /v2/bot/info":
		write(w, http.StatusOK, map[string]any{"userId": UserID(account.ID), "basicId": "@acme", "displayName": "Acme", "chatMode": "bot", "markAsReadMode": "auto"})
	case call == "GET /v2/bot/channel/webhook/endpoint", call == "PUT /v2/bot/channel/webhook/endpoint":
		f.endpoint(w, r, account)
	case r.Method == http.MethodGet && profilePath.MatchString(r.URL.Path):
		f.profile(w, account, profilePath.FindStringSubmatch(r.URL.Path)[1])
	case r.Method == http.MethodGet && groupPath.MatchString(r.URL.Path):
		write(w, http.StatusOK, map[string]any{"groupId": groupPath.FindStringSubmatch(r.URL.Path)[1], "groupName": "Family"})
	default:
		fail(w, http.StatusNotFound, "Not found")
	}
}

func (f *Fake) authenticated(r *http.Request) (fake.Known, bool) {
	bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return f.Find(func(k fake.Known) bool { return ok && bearer != "" && k.Secrets["channel_access_token"] == bearer })
}

// message is a message as it is sent.
type message struct {
	Type               string          `json:"type"`
	Text               string          `json:"text"`
	QuoteToken         string          `json:"quoteToken"`
	OriginalContentURL string          `json:"originalContentUrl"`
	PreviewImageURL    string          `json:"previewImageUrl"`
	AltText            string          `json:"altText"`
	Contents           json.RawMessage `json:"contents"`
	Sender             struct {
		Name string `json:"name"`
	} `json:"sender"`
	QuickReply struct {
		Items []struct {
			Type   string `json:"type"`
			Action struct {
				Type, Label, Data, DisplayText string
			} `json:"action"`
		} `json:"items"`
	} `json:"quickReply"`
}

func units(s string) int { return len(utf16.Encode([]rune(s))) }

// read reads a message that is to be sent, or says what is wrong with it.
func (f *Fake) read(m message) (s fake.Sent, property, wrong string) {
	s.ReplyTo = strings.TrimPrefix(m.QuoteToken, "quote")
	switch m.Type {
	case "text":
		if s.Text = m.Text; m.Text == "" {
			return s, "text", "May not be empty"
		}
		if units(m.Text) > 5000 {
			return s, "text", "Length must be between 0 and 5000"
		}
	case "image":
		if m.PreviewImageURL == "" || !f.secure(m.OriginalContentURL) || !f.secure(m.PreviewImageURL) {
			return s, "originalContentUrl", "Must be a valid HTTPS URL"
		}
		file := fake.File{MediaType: "image/jpeg"}
		if f.Load != nil {
			var err error
			if file, err = f.Load(m.OriginalContentURL); err != nil {
				return s, "originalContentUrl", "Must be a valid HTTPS URL"
			}
		}
		file.URL = m.OriginalContentURL
		s.Files = []fake.File{file}
	case "flex":
		return f.card(s, m)
	default:
		return s, "type", "must be one of the types there are"
	}
	if m.Sender.Name != "" && (units(m.Sender.Name) > 20 || strings.Contains(m.Sender.Name, "LINE")) {
		return s, "sender.name", "Invalid name"
	}
	return f.taps(s, m)
}

func (f *Fake) secure(address string) bool {
	return strings.HasPrefix(address, "https://") || f.Plain && strings.HasPrefix(address, "http://")
}

func (f *Fake) taps(s fake.Sent, m message) (_ fake.Sent, property, wrong string) {
	if len(m.QuickReply.Items) > 13 {
		return s, "quickReply.items", "Size must be between 0 and 13"
	}
	for i, item := range m.QuickReply.Items {
		var data struct{ Choice, Label string }
		at := fmt.Sprintf("quickReply.items[%d].action", i)
		switch a := item.Action; {
		case item.Type != "action" || a.Type != "postback":
			return s, at, "invalid"
		case a.Label == "" || units(a.Label) > 20:
			return s, at + ".label", "Length must be between 1 and 20"
		case units(a.Data) > 300 || units(a.DisplayText) > 300:
			return s, at + ".data", "Length must be between 0 and 300"
		case json.Unmarshal([]byte(a.Data), &data) == nil && data.Choice != "":
			s.Options = append(s.Options, conversation.Option{ID: data.Choice, Label: a.Label})
		default:
			s.Options = append(s.Options, conversation.Option{ID: a.Data, Label: a.Label})
		}
	}
	return s, "", ""
}

// card reads a file that is sent as a card with a button.
func (f *Fake) card(s fake.Sent, m message) (_ fake.Sent, property, wrong string) {
	var bubble struct {
		Type string `json:"type"`
		Body struct {
			Contents []struct {
				Text string `json:"text"`
			} `json:"contents"`
		} `json:"body"`
		Footer struct {
			Contents []struct {
				Action struct {
					Type  string `json:"type"`
					Label string `json:"label"`
					URI   string `json:"uri"`
				} `json:"action"`
			} `json:"contents"`
		} `json:"footer"`
	}
	if m.AltText == "" || units(m.AltText) > 400 {
		return s, "altText", "Length must be between 1 and 400"
	}
	if json.Unmarshal(m.Contents, &bubble) != nil || bubble.Type != "bubble" || len(bubble.Body.Contents) != 1 || len(bubble.Footer.Contents) != 1 || bubble.Body.Contents[0].Text == "" {
		return s, "contents", "invalid"
	}
	tap := bubble.Footer.Contents[0].Action
	if tap.Type != "uri" || tap.Label == "" || !f.secure(tap.URI) || len(tap.URI) > 1000 {
		return s, "contents.footer.contents[0].action.uri", "invalid uri scheme"
	}
	s.Files = []fake.File{{Name: bubble.Body.Contents[0].Text, URL: tap.URI}}
	return s, "", ""
}

func (f *Fake) push(w http.ResponseWriter, r *http.Request, account fake.Known) {
	key := r.Header.Get("X-Line-Retry-Key")
	if _, err := uuid.Parse(key); err != nil && key != "" {
		fail(w, http.StatusBadRequest, "Invalid retry key")
		return
	}
	var in struct {
		To       string    `json:"to"`
		Messages []message `json:"messages"`
	}
	if !decode(w, r, &in) {
		return
	}
	if !receiver.MatchString(in.To) {
		fail(w, http.StatusBadRequest, "The property, 'to', in the request body is invalid (line: -, column: -)")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if before, known := f.ByKey(account.ID, key); known && key != "" {
		w.Header().Set("X-Line-Accepted-Request-Id", uuid.NewString())
		write(w, http.StatusConflict, map[string]any{"message": "The retry key is already accepted", "sentMessages": []any{map[string]string{"id": before.ID}}})
		return
	}
	f.take(w, account, in.To, key, in.Messages)
}

func (f *Fake) reply(w http.ResponseWriter, r *http.Request, account fake.Known) {
	var in struct {
		ReplyToken string    `json:"replyToken"`
		Messages   []message `json:"messages"`
	}
	if !decode(w, r, &in) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	t, ok := f.tokens[in.ReplyToken]
	if !ok || f.Clock().Sub(t.at) > tokenLife {
		fail(w, http.StatusBadRequest, "Invalid reply token")
		return
	}
	if f.take(w, account, t.to, "", in.Messages) {
		delete(f.tokens, in.ReplyToken)
	}
}

// take takes messages for a customer. Those to who has blocked the account go nowhere, and LINE does not tell.
func (f *Fake) take(w http.ResponseWriter, account fake.Known, to, key string, messages []message) bool {
	if len(messages) == 0 || len(messages) > 5 {
		fail(w, http.StatusBadRequest, "The request body has 1 error(s)", map[string]string{"message": "Size must be between 1 and 5", "property": "messages"})
		return false
	}
	var all []fake.Sent
	for i, m := range messages {
		s, property, wrong := f.read(m)
		if wrong != "" {
			fail(w, http.StatusBadRequest, "The request body has 1 error(s)", map[string]string{"message": wrong, "property": fmt.Sprintf("messages[%d].%s", i, property)})
			return false
		}
		s.ID, s.Key, s.Account, s.From, s.To, s.At, s.Status = f.next(), key, account.ID, m.Sender.Name, to, f.Clock(), "sent"
		all = append(all, s)
	}
	sent := []any{}
	for _, s := range all {
		if !f.blocked[[2]string{account.ID, to}] {
			f.Take(s)
		}
		sent = append(sent, map[string]string{"id": s.ID, "quoteToken": "quote" + s.ID})
	}
	write(w, http.StatusOK, map[string]any{"sentMessages": sent})
	return true
}

func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") || json.Unmarshal(body, into) != nil {
		fail(w, http.StatusBadRequest, "The request body could not be parsed as JSON (line: 1, column: 1)")
		return false
	}
	return true
}

func (f *Fake) load(w http.ResponseWriter, r *http.Request) {
	var in struct {
		ChatID  string `json:"chatId"`
		Seconds int    `json:"loadingSeconds"`
	}
	if !decode(w, r, &in) {
		return
	}
	if !strings.HasPrefix(in.ChatID, "U") || in.Seconds < 5 || in.Seconds > 60 || in.Seconds%5 != 0 {
		fail(w, http.StatusBadRequest, "The request body has 1 error(s)")
		return
	}
	f.Types(in.ChatID)
	write(w, http.StatusAccepted, map[string]any{})
}

func (f *Fake) markRead(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Token string `json:"markAsReadToken"`
	}
	if !decode(w, r, &in) {
		return
	}
	if !strings.HasPrefix(in.Token, "read") {
		fail(w, http.StatusBadRequest, "Invalid token")
		return
	}
	write(w, http.StatusOK, map[string]any{})
}

func (f *Fake) endpoint(w http.ResponseWriter, r *http.Request, account fake.Known) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, set := f.hooks[account.ID]
	if r.Method == http.MethodPut {
		var in struct {
			Endpoint string `json:"endpoint"`
		}
		if !decode(w, r, &in) {
			return
		}
		if !strings.HasPrefix(in.Endpoint, "https://") {
			fail(w, http.StatusBadRequest, "Invalid webhook endpoint URL")
			return
		}
		f.hooks[account.ID] = in.Endpoint
		write(w, http.StatusOK, map[string]any{})
		return
	}
	if !set {
		fail(w, http.StatusNotFound, "Not found")
		return
	}
	write(w, http.StatusOK, map[string]any{"endpoint": at, "active": true})
}

func (f *Fake) profile(w http.ResponseWriter, account fake.Known, user string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !receiver.MatchString(user) || f.blocked[[2]string{account.ID, user}] {
		fail(w, http.StatusNotFound, "Not found")
		return
	}
	name := f.names[user]
	if name == "" {
		name = "지수"
	}
	write(w, http.StatusOK, map[string]any{"displayName": name, "userId": user, "language": "ko"})
}

func (f *Fake) content(w http.ResponseWriter, r *http.Request) {
	path := contentPath.FindStringSubmatch(r.URL.Path)
	f.mu.Lock()
	defer f.mu.Unlock()
	if path == nil || r.Method != http.MethodGet {
		fail(w, http.StatusNotFound, "Not found")
		return
	}
	file, ok := f.media[path[1]]
	switch {
	case !ok:
		fail(w, http.StatusNotFound, "Not found")
	case file.wait > 0:
		file.wait--
		f.media[path[1]] = file
		w.WriteHeader(http.StatusAccepted)
	default:
		w.Header().Set("Content-Type", file.MediaType)
		_, _ = w.Write(file.Content)
	}
}

var stickerPath = regexp.MustCompile(`^/stickershop/v1/sticker/[0-9]+/android/sticker\.png$`)

func (f *Fake) sticker(w http.ResponseWriter, r *http.Request) {
	if !stickerPath.MatchString(r.URL.Path) || r.Header.Get("Authorization") != "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write([]byte("sticker"))
}
