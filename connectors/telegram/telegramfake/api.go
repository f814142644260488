package telegramfake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"seax/connectors/fake"
	"seax/internal/conversation"
)

func fail(w http.ResponseWriter, status int, description string, parameters Object) {
	body := Object{"ok": false, "error_code": status, "description": description}
	if parameters != nil {
		body["parameters"] = parameters
	}
	write(w, status, body)
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func result(w http.ResponseWriter, value any) {
	write(w, http.StatusOK, Object{"ok": true, "result": value})
}

func refuse(w http.ResponseWriter, f fake.Fault) {
	// Telegram says how long to wait in the body only.
	w.Header().Del("Retry-After")
	description := f.Code
	if description == "" {
		description = http.StatusText(f.Status)
	}
	if f.RetryAfter > 0 {
		fail(w, f.Status, fmt.Sprint("Too Many Requests: retry after ", f.RetryAfter), Object{"retry_after": f.RetryAfter})
		return
	}
	fail(w, f.Status, description, nil)
}

// ServeHTTP implements fake.Provider.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.Serve(w, r, refuse, f.serve) }

var callPath = regexp.MustCompile(`^/(file/)?bot([0-9]+:[A-Za-z0-9_-]+)/(.+)$`)

// call are the parameters of a call, whatever its form.
type call struct {
	ChatID    int64  `json:"chat_id"`
	MessageID int64  `json:"message_id"`
	Text      string `json:"text"`
	Caption   string `json:"caption"`
	Action    string `json:"action"`
	FileID    string `json:"file_id"`
	Reply     struct {
		MessageID int64 `json:"message_id"`
	} `json:"reply_parameters"`
	Markup struct {
		Keyboard [][]struct {
			Text string `json:"text"`
			Data string `json:"callback_data"`
		} `json:"inline_keyboard"`
	} `json:"reply_markup"`
	Reaction []struct {
		Type, Emoji string
	} `json:"reaction"`
	hook
	Business   string  `json:"business_connection_id"`
	MessageIDs []int64 `json:"message_ids"`
	file       *fake.File
}

func (f *Fake) serve(w http.ResponseWriter, r *http.Request) {
	path := callPath.FindStringSubmatch(r.URL.Path)
	if path == nil {
		fail(w, http.StatusNotFound, "Not Found", nil)
		return
	}
	account, ok := f.Find(func(k fake.Known) bool { return k.Secrets["bot_token"] == path[2] })
	if !ok {
		fail(w, http.StatusUnauthorized, "Unauthorized", nil)
		return
	}
	if path[1] != "" {
		f.serveFile(w, path[3])
		return
	}
	in, err := read(r)
	if err != nil {
		fail(w, http.StatusBadRequest, "Bad Request: can't parse the request", nil)
		return
	}
	f.answer(w, account, path[3], in)
}

func (f *Fake) answer(w http.ResponseWriter, account fake.Known, method string, in call) {
	switch method {
	case "getMe":
		result(w, Object{"id": 1, "is_bot": true, "first_name": "Acme", "username": "acme_bot"})
	case "setWebhook":
		f.setHook(w, account, in.hook)
	case "getWebhookInfo":
		f.mu.Lock()
		set := f.hooks[account.ID]
		f.mu.Unlock()
		result(w, Object{"url": set.URL, "has_custom_certificate": false, "pending_update_count": 0})
	case "getFile":
		f.getFile(w, in.FileID)
	case "sendMessage", "sendPhoto", "sendDocument", "sendVideo", "sendAudio", "sendVoice", "sendAnimation", "editMessageText", "editMessageCaption", "deleteMessage",
		"setMessageReaction", "sendChatAction", "getChat":
		if f.reachable(w, account, in.ChatID) {
			f.inChat(w, account, method, in)
		}
	case "deleteBusinessMessages":
		for _, id := range in.MessageIDs {
			f.Change(strconv.FormatInt(id, 10), func(s *fake.Sent) { s.Deleted = true })
		}
		result(w, true)
	default:
		fail(w, http.StatusNotFound, "Not Found: method not found", nil)
	}
}

// read reads a call's parameters, from JSON or a form with a file.
func read(r *http.Request) (call, error) {
	var in call
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return in, err
	}
	if kind == "application/json" {
		err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&in)
		return in, err
	}
	if params["boundary"] == "" {
		return in, errors.New("there is no boundary")
	}
	if err := r.ParseMultipartForm(64 << 20); err != nil {
		return in, err
	}
	fields := map[string]json.RawMessage{}
	for name, values := range r.MultipartForm.Value {
		fields[name] = json.RawMessage(values[0])
		if name == "caption" || name == "text" || name == "business_connection_id" {
			if fields[name], err = json.Marshal(values[0]); err != nil {
				return in, err
			}
		}
	}
	encoded, err := json.Marshal(fields)
	if err != nil {
		return in, err
	}
	if err := json.Unmarshal(encoded, &in); err != nil {
		return in, err
	}
	for _, headers := range r.MultipartForm.File {
		opened, err := headers[0].Open()
		if err != nil {
			return in, err
		}
		content, err := io.ReadAll(opened)
		_ = opened.Close()
		if err != nil {
			return in, err
		}
		in.file = &fake.File{Name: headers[0].Filename, MediaType: headers[0].Header.Get("Content-Type"), Content: content}
	}
	return in, nil
}

func (f *Fake) setHook(w http.ResponseWriter, account fake.Known, h hook) {
	if !strings.HasPrefix(h.URL, "https://") {
		fail(w, http.StatusBadRequest, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook", nil)
		return
	}
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`).MatchString(h.Secret) {
		fail(w, http.StatusBadRequest, "Bad Request: secret token contains unallowed characters", nil)
		return
	}
	f.mu.Lock()
	f.hooks[account.ID] = h
	f.mu.Unlock()
	result(w, true)
}

// Wants reports whether an account's webhook gets a kind of updates.
func (f *Fake) Wants(account, kind string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Contains(f.hooks[account].Allowed, kind)
}

func (f *Fake) getFile(w http.ResponseWriter, id string) {
	f.mu.Lock()
	_, ok := f.files[id]
	f.mu.Unlock()
	if !ok {
		fail(w, http.StatusBadRequest, "Bad Request: wrong file_id or the file is temporarily unavailable", nil)
		return
	}
	result(w, Object{"file_id": id, "file_unique_id": "u" + id, "file_path": "documents/" + id + ".bin"})
}

func (f *Fake) serveFile(w http.ResponseWriter, path string) {
	id := strings.TrimSuffix(strings.TrimPrefix(path, "documents/"), ".bin")
	f.mu.Lock()
	file, ok := f.files[id]
	f.mu.Unlock()
	if !ok {
		fail(w, http.StatusNotFound, "Not Found", nil)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(file.Content)
}

// reachable says what is wrong with a chat.
func (f *Fake) reachable(w http.ResponseWriter, account fake.Known, id int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch to := f.moved[id]; {
	case to != 0:
		fail(w, http.StatusBadRequest, "Bad Request: group chat was upgraded to a supergroup chat", Object{"migrate_to_chat_id": to})
	case id == 0 || id == 404:
		fail(w, http.StatusBadRequest, "Bad Request: chat not found", nil)
	case f.blocked[[2]string{account.ID, strconv.FormatInt(id, 10)}]:
		fail(w, http.StatusForbidden, "Forbidden: bot was blocked by the user", nil)
	default:
		return true
	}
	return false
}

func (f *Fake) inChat(w http.ResponseWriter, account fake.Known, method string, in call) {
	chat := Object{"id": in.ChatID, "type": "private", "first_name": "Ann", "last_name": "Lee"}
	switch method {
	case "getChat":
		result(w, chat)
	case "sendChatAction":
		f.Types(strconv.FormatInt(in.ChatID, 10))
		result(w, in.Action == "typing")
	case "setMessageReaction":
		f.react(w, in)
	case "editMessageText", "editMessageCaption", "deleteMessage":
		f.change(w, method, in)
	default:
		f.send(w, account, method, in, chat)
	}
}

func (f *Fake) react(w http.ResponseWriter, in call) {
	emoji := ""
	if len(in.Reaction) > 0 {
		emoji = in.Reaction[0].Emoji
	}
	if !slices.Contains([]string{"", "👍", "❤", "🔥", "😁"}, emoji) {
		fail(w, http.StatusBadRequest, "Bad Request: REACTION_INVALID", nil)
		return
	}
	f.mu.Lock()
	f.reactions[fmt.Sprint(in.ChatID, "/", in.MessageID)] = emoji
	f.mu.Unlock()
	result(w, true)
}

func (f *Fake) change(w http.ResponseWriter, method string, in call) {
	wrong := ""
	s, ok := f.Change(strconv.FormatInt(in.MessageID, 10), func(s *fake.Sent) {
		switch {
		case method == "deleteMessage":
			s.Deleted = true
		case method == "editMessageText" && len(s.Files) > 0:
			wrong = "Bad Request: there is no text in the message to edit"
		case s.Text == in.Text+in.Caption:
			wrong = "Bad Request: message is not modified"
		default:
			s.Text, s.Edited = in.Text+in.Caption, true
		}
	})
	switch {
	case !ok && method == "deleteMessage":
		fail(w, http.StatusBadRequest, "Bad Request: message to delete not found", nil)
	case !ok:
		fail(w, http.StatusBadRequest, "Bad Request: message to edit not found", nil)
	case wrong != "":
		fail(w, http.StatusBadRequest, wrong, nil)
	case method == "deleteMessage":
		result(w, true)
	default:
		result(w, Object{"message_id": in.MessageID, "date": f.Clock().Unix(), "chat": Object{"id": in.ChatID, "type": "private"}, "text": s.Text})
	}
}

func units(s string) int { return len(utf16.Encode([]rune(s))) }

func (f *Fake) send(w http.ResponseWriter, account fake.Known, method string, in call, chat Object) {
	s := fake.Sent{Account: account.ID, To: strconv.FormatInt(in.ChatID, 10), Text: in.Text + in.Caption, At: f.Clock(), Status: "sent"}
	if in.Business != "" {
		s.To += "@" + in.Business
	}
	switch {
	case method == "sendMessage" && in.Text == "":
		fail(w, http.StatusBadRequest, "Bad Request: message text is empty", nil)
		return
	case units(in.Text) > 4096:
		fail(w, http.StatusBadRequest, "Bad Request: message is too long", nil)
		return
	case units(in.Caption) > 1024:
		fail(w, http.StatusBadRequest, "Bad Request: message caption is too long", nil)
		return
	case method != "sendMessage" && in.file == nil:
		fail(w, http.StatusBadRequest, "Bad Request: there is no file in the request", nil)
		return
	case method == "sendPhoto" && string(in.file.Content) == "not a picture":
		fail(w, http.StatusBadRequest, "Bad Request: IMAGE_PROCESS_FAILED", nil)
		return
	}
	for _, row := range in.Markup.Keyboard {
		for _, b := range row {
			if b.Text == "" || len(b.Data) == 0 || len(b.Data) > 64 {
				fail(w, http.StatusBadRequest, "Bad Request: BUTTON_DATA_INVALID", nil)
				return
			}
			s.Options = append(s.Options, conversation.Option{ID: b.Data, Label: b.Text})
		}
	}
	if in.file != nil {
		s.Files = []fake.File{*in.file}
	}
	if in.Reply.MessageID != 0 {
		s.ReplyTo = fmt.Sprint(in.ChatID, "/", in.Reply.MessageID)
	}
	// The method tells how a file is shown.
	s.From = method
	id := f.next()
	s.ID = strconv.FormatInt(id, 10)
	f.Take(s)
	result(w, Object{"message_id": id, "date": f.Clock().Unix(), "chat": chat, "text": in.Text})
}
