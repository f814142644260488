// Package telegramfake is a Telegram for tests and the local stack: its Bot API, checked as strictly as the real one, and its webhooks.
package telegramfake

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"seax/connectors"
	"seax/connectors/fake"
)

// Fake implements fake.Provider.
type Fake struct {
	*fake.Base
	// Secret returns what an account's webhooks carry until setWebhook says otherwise.
	Secret func(account connectors.Account) string

	mu       sync.Mutex
	numbered int64
	files    map[string]fake.File
	// hooks are webhooks that were set, by account.
	hooks map[string]hook
	// blocked are customers who have blocked a bot, by account and chat; moved are groups that have another id now.
	blocked map[[2]string]bool
	moved   map[int64]int64
	// reactions are the bot's, by message.
	reactions map[string]string
	// answered are taps whose buttons have stopped spinning.
	answered map[string]bool
}

type hook struct {
	URL     string   `json:"url"`
	Secret  string   `json:"secret_token"`
	Allowed []string `json:"allowed_updates"`
}

// New returns a Telegram without accounts.
func New(clock func() time.Time, secret func(connectors.Account) string) *Fake {
	return &Fake{
		Base: fake.NewBase(clock), Secret: secret, files: map[string]fake.File{}, hooks: map[string]hook{}, blocked: map[[2]string]bool{}, moved: map[int64]int64{},
		reactions: map[string]string{}, answered: map[string]bool{},
	}
}

// Kinds implements fake.Provider.
func (*Fake) Kinds() []string { return []string{"telegram"} }

// Hosts implements fake.Provider.
func (*Fake) Hosts() []string { return []string{"api.telegram.org"} }

func (f *Fake) next() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.numbered++
	return int64(f.First) + f.numbered
}

// Object is a JSON object as Telegram sends it.
type Object = map[string]any

// Number is the message id that stands for any other name of a message.
func Number(id string) int64 {
	if _, number, ok := strings.Cut(id, "/"); ok {
		id = number
	}
	if n, err := strconv.ParseInt(id, 10, 64); err == nil {
		return n
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	return int64(h.Sum32()&0x7fffffff) + 1
}

// Message makes a message of a customer.
func (f *Fake) Message(act fake.Act) (Object, error) {
	chatID, err := strconv.ParseInt(act.From, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("customers of Telegram are numbers, not %q", act.From)
	}
	name := act.Name
	if name == "" {
		name = "Ann"
	}
	m := Object{"date": f.Clock().Unix(), "from": Object{"id": chatID, "is_bot": false, "first_name": name, "language_code": "ko"}, "chat": Object{"id": chatID, "type": "private", "first_name": name}}
	if chatID < 0 {
		m["chat"] = Object{"id": chatID, "type": "supergroup", "title": "Family"}
		m["from"] = Object{"id": 77, "is_bot": false, "first_name": name}
	}
	if m["message_id"] = Number(act.ID); act.ID == "" {
		m["message_id"] = f.next()
	}
	if act.ReplyTo != "" {
		m["reply_to_message"] = Object{"message_id": Number(act.ReplyTo), "date": f.Clock().Unix(), "chat": m["chat"]}
	}
	if l := act.Location; l != nil {
		m["location"] = Object{"latitude": l.Latitude, "longitude": l.Longitude}
	} else if len(act.Files) > 0 {
		f.attach(m, act)
	} else if act.Text != "" {
		m["text"] = act.Text
	}
	return m, nil
}

func (f *Fake) attach(m Object, act fake.Act) {
	content := act.Files[0]
	id := fmt.Sprint("file-", f.next())
	f.mu.Lock()
	f.files[id] = content
	f.mu.Unlock()
	one := Object{"file_id": id, "file_unique_id": "u" + id, "file_size": len(content.Content)}
	if act.Text != "" {
		m["caption"] = act.Text
	}
	if strings.HasPrefix(content.MediaType, "image/") {
		thumb := Object{"file_id": id + "-small", "file_unique_id": "s" + id, "file_size": 1, "width": 90, "height": 90}
		one["width"], one["height"] = 800, 600
		m["photo"] = []any{thumb, one}
		return
	}
	one["mime_type"], one["file_name"] = content.MediaType, content.Name
	m["document"] = one
}

// Make makes the update that tells what a customer does.
func (f *Fake) Make(account connectors.Account, act fake.Act) (Object, error) {
	u := Object{"update_id": 10_000 + f.next()}
	m, err := f.Message(act)
	if err != nil {
		return nil, err
	}
	switch act.Type {
	case "message":
		u["message"] = m
		if act.Choice != "" {
			delete(u, "message")
			keyboard := []any{[]any{Object{"text": act.Text, "callback_data": act.Choice}}}
			u["callback_query"] = Object{
				"id": fmt.Sprint("tap", f.next()), "from": m["from"], "chat_instance": "1", "data": act.Choice,
				"message": Object{"message_id": 1, "date": 1, "chat": m["chat"], "text": "Which?", "reply_markup": Object{"inline_keyboard": keyboard}},
			}
		}
	case "unknown":
		delete(m, "text")
		m["hologram"] = Object{"text": act.Text}
		u["message"] = m
	case "edit":
		m["message_id"], m["edit_date"] = Number(act.Target), f.Clock().Unix()
		u["edited_message"] = m
	case "reaction":
		reacted := []any{}
		if act.Emoji != "" {
			reacted = append(reacted, Object{"type": "emoji", "emoji": act.Emoji})
		}
		u["message_reaction"] = Object{"chat": m["chat"], "message_id": Number(act.Target), "user": m["from"], "date": f.Clock().Unix(), "old_reaction": []any{}, "new_reaction": reacted}
	case "stop", "follow":
		status := map[bool]string{true: "kicked", false: "member"}[act.Type == "stop"]
		f.block(account.ID, act.From, act.Type == "stop")
		u["my_chat_member"] = Object{
			"chat": m["chat"], "from": m["from"], "date": f.Clock().Unix(), "old_chat_member": Object{"status": "member", "user": Object{"id": 1, "is_bot": true, "first_name": "Acme"}},
			"new_chat_member": Object{"status": status, "user": Object{"id": 1, "is_bot": true, "first_name": "Acme"}},
		}
	default:
		return nil, fmt.Errorf("customers cannot do %q on this channel", act.Type)
	}
	return u, nil
}

func (f *Fake) block(account, chat string, blocks bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.blocked[[2]string{account, chat}] = blocks
}

// Move gives a group another id.
func (f *Fake) Move(from, to int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.moved[from] = to
}

// Request makes the request that hands an update over.
func (f *Fake) Request(account connectors.Account, update any) *connectors.Request {
	body, err := json.Marshal(update)
	if err != nil {
		// Updates are made of strings, numbers and maps.
		panic(err)
	}
	return f.Raw(account, body)
}

// Raw makes a request with any body.
func (f *Fake) Raw(account connectors.Account, body []byte) *connectors.Request {
	known, _ := f.Account(account.ID)
	f.mu.Lock()
	set, ok := f.hooks[account.ID]
	f.mu.Unlock()
	if !ok {
		set = hook{URL: known.Webhook, Secret: f.Secret(account)}
	}
	at, err := url.Parse(set.URL)
	if err != nil {
		panic(err)
	}
	header := http.Header{"Content-Type": {"application/json"}}
	header.Set("X-Telegram-Bot-Api-Secret-Token", set.Secret)
	return &connectors.Request{Method: http.MethodPost, URL: at, Header: header, Body: body}
}

// Act implements fake.Provider.
func (f *Fake) Act(account connectors.Account, act fake.Act) ([]*connectors.Request, error) {
	known, ok := f.Account(account.ID)
	if !ok {
		return nil, fmt.Errorf("Telegram knows no account %s", account.ID) //nolint:staticcheck // a name
	}
	u, err := f.Make(known.Account, act)
	if err != nil {
		return nil, err
	}
	return []*connectors.Request{f.Request(known.Account, u)}, nil
}

// Answer is what the webhook answered: it may hold a call.
func (f *Fake) Answer(body []byte) {
	var call struct {
		Method string `json:"method"`
		ID     string `json:"callback_query_id"`
	}
	if json.Unmarshal(body, &call) == nil && call.Method == "answerCallbackQuery" {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.answered[call.ID] = true
	}
}

// Answered reports whether a tapped button has stopped spinning.
func (f *Fake) Answered(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.answered[id]
}

// Reaction is the bot's reaction to a message.
func (f *Fake) Reaction(chat, id int64) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.reactions[fmt.Sprint(chat, "/", id)]
}
