// Package linefake is a LINE for tests and the local stack: its Messaging API, checked as strictly as the real one, and its webhooks, signed
// like the real ones.
package linefake

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"seax/connectors"
	"seax/connectors/fake"
)

// The hosts of LINE's API, of files, and of stickers.
const (
	apiHost     = "api.line.me"
	dataHost    = "api-data.line.me"
	stickerHost = "stickershop.line-scdn.net"
)

// Fake implements fake.Provider.
type Fake struct {
	*fake.Base
	// Load gets a picture that is to be sent, from its address. Nil: the fake believes that it is there.
	Load func(address string) (fake.File, error)
	// Plain takes pictures from addresses without TLS, too: those of an installation on this machine.
	Plain bool

	mu       sync.Mutex
	numbered int
	media    map[string]medium
	// tokens are reply tokens that were not used yet, with when and for whom they were made.
	tokens map[string]token
	// blocked are users who have blocked an account, by account and user.
	blocked map[[2]string]bool
	// hooks are webhooks that were set by the API, by account.
	hooks map[string]string
	// names are those of users who have said them.
	names map[string]string
}

type medium struct {
	fake.File
	// wait is how often it is not ready yet.
	wait int
}

type token struct {
	to string
	at time.Time
}

// New returns a LINE without accounts.
func New(clock func() time.Time) *Fake {
	return &Fake{Base: fake.NewBase(clock), media: map[string]medium{}, tokens: map[string]token{}, blocked: map[[2]string]bool{}, hooks: map[string]string{}, names: map[string]string{}}
}

// Kinds implements fake.Provider.
func (*Fake) Kinds() []string { return []string{"line"} }

// Hosts implements fake.Provider.
func (*Fake) Hosts() []string { return []string{apiHost, dataHost, stickerHost} }

// next counts: ids of messages are numbers at LINE.
func (f *Fake) next() string {
	f.numbered++
	return strconv.Itoa(461230966842064000 + f.First + f.numbered)
}

func (f *Fake) id() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.next()
}

// UserID makes an id like those of LINE's users.
func UserID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "U" + hex.EncodeToString(sum[:16])
}

// Sign signs a body as LINE does.
func Sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Event is an event as LINE sends it.
type Event = map[string]any

func source(from string) Event {
	switch {
	case strings.HasPrefix(from, "C"):
		return Event{"type": "group", "groupId": from, "userId": UserID("member of " + from)}
	case strings.HasPrefix(from, "R"):
		return Event{"type": "room", "roomId": from}
	default:
		return Event{"type": "user", "userId": from}
	}
}

// ulid makes an id of an event.
func (f *Fake) ulid() string {
	return fmt.Sprintf("01H%023s", f.id())
}

// Make makes the event that tells what a customer does.
func (f *Fake) Make(account connectors.Account, act fake.Act) (Event, error) {
	e := Event{
		"type": act.Type, "mode": "active", "timestamp": f.Clock().UnixMilli(), "source": source(act.From),
		"webhookEventId": f.ulid(), "deliveryContext": Event{"isRedelivery": false},
	}
	f.call(act)
	switch act.Type {
	case "message", "unknown":
		e["type"], e["replyToken"] = "message", f.token(act.From)
		if act.Choice != "" {
			data, err := json.Marshal(map[string]string{"choice": act.Choice, "label": act.Text})
			e["type"], e["postback"] = "postback", Event{"data": string(data)}
			return e, err
		}
		e["message"] = f.message(act)
	case "delete":
		e["type"], e["unsend"] = "unsend", Event{"messageId": act.Target}
	case "stop":
		e["type"] = "unfollow"
		f.block(account, act.From, true)
	case "follow":
		e["replyToken"], e["follow"] = f.token(act.From), Event{"isUnblocked": f.block(account, act.From, false)}
	default:
		return nil, fmt.Errorf("customers cannot do %q on this channel", act.Type)
	}
	return e, nil
}

// call notes what a user is called.
func (f *Fake) call(act fake.Act) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if act.Name != "" {
		f.names[act.From] = act.Name
	}
}

func (f *Fake) block(account connectors.Account, user string, blocks bool) (before bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := [2]string{account.ID, user}
	before = f.blocked[key]
	f.blocked[key] = blocks
	return before
}

func (f *Fake) token(to string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := "reply" + f.next()
	f.tokens[t] = token{to, f.Clock()}
	return t
}

func (f *Fake) message(act fake.Act) Event {
	id := act.ID
	if id == "" {
		id = f.id()
	}
	m := Event{"id": id, "type": "text", "text": act.Text, "quoteToken": "quote" + id, "markAsReadToken": "read" + id}
	if act.ReplyTo != "" {
		m["quotedMessageId"] = act.ReplyTo
	}
	if act.Type == "unknown" {
		m["type"] = "hologram"
		return m
	}
	if l := act.Location; l != nil {
		m["type"], m["title"], m["address"], m["latitude"], m["longitude"] = "location", l.Name, l.Address, l.Latitude, l.Longitude
		delete(m, "text")
	}
	for _, file := range act.Files {
		family, _, _ := strings.Cut(file.MediaType, "/")
		kept := medium{File: file}
		delete(m, "text")
		switch family {
		case "image":
			m["type"], m["contentProvider"] = "image", Event{"type": "line"}
		case "audio", "video":
			m["type"], m["duration"], m["contentProvider"] = family, 1000, Event{"type": "line"}
			kept.wait = 1
			if family == "audio" {
				delete(m, "quoteToken")
			}
		default:
			m["type"], m["fileName"], m["fileSize"] = "file", file.Name, len(file.Content)
			delete(m, "quoteToken")
		}
		f.mu.Lock()
		f.media[id] = kept
		f.mu.Unlock()
	}
	return m
}

// Request makes the signed request that hands events over.
func (f *Fake) Request(account connectors.Account, events ...any) *connectors.Request {
	if events == nil {
		events = []any{}
	}
	body, err := json.Marshal(map[string]any{"destination": UserID(account.ID), "events": events})
	if err != nil {
		// Events are made of strings, numbers and maps.
		panic(err)
	}
	return f.Raw(account, body)
}

// Raw makes a signed request with any body.
func (f *Fake) Raw(account connectors.Account, body []byte) *connectors.Request {
	known, _ := f.Account(account.ID)
	at, err := url.Parse(known.Webhook)
	if err != nil {
		panic(err)
	}
	header := http.Header{"Content-Type": {"application/json; charset=utf-8"}, "User-Agent": {"LineBotWebhook/2.0"}}
	header.Set("X-Line-Signature", Sign(account.Secrets["channel_secret"], body))
	return &connectors.Request{Method: http.MethodPost, URL: at, Header: header, Body: body}
}

// Act implements fake.Provider.
func (f *Fake) Act(account connectors.Account, act fake.Act) ([]*connectors.Request, error) {
	known, ok := f.Account(account.ID)
	if !ok {
		return nil, fmt.Errorf("LINE knows no account %s", account.ID)
	}
	files := act.Files
	if len(files) == 0 {
		files = []fake.File{{}}
	}
	var requests []*connectors.Request
	// A message holds one file.
	for i := range files {
		one := act
		if len(act.Files) > 0 {
			one.Files = act.Files[i : i+1]
		}
		e, err := f.Make(known.Account, one)
		if err != nil {
			return nil, err
		}
		requests = append(requests, f.Request(known.Account, e))
	}
	return requests, nil
}
