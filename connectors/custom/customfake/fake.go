// Package customfake is a system behind a custom channel, for tests and the local stack: it verifies what it is sent, drops repetitions,
// and posts what its customers do, all by the protocol in docs/connectors.md.
package customfake

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"seax/connectors"
	"seax/connectors/fake"
	"seax/internal/conversation"
	"seax/internal/standardwebhooks"
)

// Host is the name the system is called by: an account's endpoint is https://Host/<account's id>.
const Host = "custom.fake"

// Fake implements fake.Provider.
type Fake struct {
	*fake.Base
	// Secret returns what an account's messages are signed with, as it is written.
	Secret func(account connectors.Account) string

	mu       sync.Mutex
	numbered int
	// Reactions are ours to customers' messages, by their id.
	reactions map[string]string
}

// New returns a system without accounts.
func New(clock func() time.Time, secret func(connectors.Account) string) *Fake {
	return &Fake{Base: fake.NewBase(clock), Secret: secret, reactions: map[string]string{}}
}

// Kinds implements fake.Provider.
func (*Fake) Kinds() []string { return []string{"custom"} }

// Hosts implements fake.Provider.
func (*Fake) Hosts() []string { return []string{Host} }

func (f *Fake) id(prefix string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.numbered++
	return prefix + "-" + strconv.Itoa(f.numbered)
}

// Event is an event as the system posts it.
type Event = map[string]any

// Make makes the event that tells what a customer does.
func (f *Fake) Make(act fake.Act) (Event, error) {
	e := Event{
		"event_id": f.id("k"), "occurred_at": f.Clock().UTC(), "thread": Event{"key": act.From}, "contact": Event{"key": act.From, "name": act.Name},
	}
	message := Event{"external_id": act.ID, "reply_to": act.ReplyTo, "parts": parts(act)}
	if act.ID == "" {
		message["external_id"] = f.id("m")
	}
	switch act.Type {
	case "message":
		e["type"], e["message"] = "message.received", message
	case "unknown":
		e["type"], e["message"] = "hologram", message
	case "echo":
		e["type"], e["message"], e["author"] = "message.echo", message, Event{"name": "Jo"}
	case "edit":
		e["type"], e["external_id"], e["message"] = "message.edited", act.Target, Event{"parts": parts(act)}
	case "delete":
		e["type"], e["external_id"] = "message.deleted", act.Target
	case "reaction":
		e["type"], e["external_id"], e["emoji"] = "reaction", act.Target, act.Emoji
	case "typing":
		e["type"] = "typing"
	case "read":
		e["type"], e["external_id"] = "read", act.Target
	case "left":
		e["type"] = "thread.closed"
	default:
		return nil, fmt.Errorf("customers cannot do %q on this channel", act.Type)
	}
	return e, nil
}

func parts(act fake.Act) []Event {
	var all []Event
	if act.Choice != "" {
		all = append(all, Event{"type": "choice", "id": act.Choice, "title": act.Text})
	} else if act.Text != "" || len(act.Files) == 0 {
		all = append(all, Event{"type": "text", "text": act.Text})
	}
	for _, file := range act.Files {
		kind, _, _ := strings.Cut(file.MediaType, "/")
		if !slices.Contains([]string{"image", "audio", "video"}, kind) {
			kind = "file"
		}
		all = append(all, Event{"type": kind, "url": file.URL, "mime": file.MediaType, "name": file.Name, "bytes": len(file.Content)})
	}
	return all
}

// Request makes the signed request that posts events.
func (f *Fake) Request(account connectors.Account, events ...any) *connectors.Request {
	body, err := json.Marshal(map[string]any{"events": events})
	if err != nil {
		// Events are made of strings, numbers and times.
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
	r := &connectors.Request{Method: http.MethodPost, URL: at, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}
	secret, err := standardwebhooks.ParseSecret(f.Secret(account))
	if err != nil {
		panic(err)
	}
	standardwebhooks.SetHeader(r.Header, f.id("evt"), f.Clock(), body, secret)
	return r
}

// Act implements fake.Provider.
func (f *Fake) Act(account connectors.Account, act fake.Act) ([]*connectors.Request, error) {
	e, err := f.Make(act)
	if err != nil {
		return nil, err
	}
	return []*connectors.Request{f.Request(account, e)}, nil
}

// posted is what the system is sent.
type posted struct {
	Type      string `json:"type"`
	ChannelID string `json:"channel_id"`
	Challenge string `json:"challenge"`
	Message   struct {
		ID      string         `json:"id"`
		Thread  thread         `json:"thread"`
		Parts   []receivedPart `json:"parts"`
		ReplyTo string         `json:"reply_to_external_id"`
	} `json:"message"`
	Thread thread `json:"thread"`
	Target struct {
		ExternalID string `json:"external_id"`
	} `json:"target"`
	Text  string `json:"text"`
	Emoji string `json:"emoji"`
}

type thread struct {
	Key string `json:"key"`
}

type receivedPart struct {
	Type    string                `json:"type"`
	Text    string                `json:"text"`
	URL     string                `json:"url"`
	MIME    string                `json:"mime"`
	Name    string                `json:"name"`
	Options []conversation.Option `json:"options"`
}

func refuse(w http.ResponseWriter, f fake.Fault) { fail(w, f.Status, f.Code, "as it was told to") }

func fail(w http.ResponseWriter, status int, code, detail string) {
	write(w, status, map[string]any{"error": map[string]string{"code": code, "detail": detail}})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// ServeHTTP implements fake.Provider.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.Serve(w, r, refuse, f.serve) }

func (f *Fake) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	account, known := f.Account(strings.Trim(r.URL.Path, "/"))
	if !known {
		fail(w, http.StatusNotFound, "", "nobody is here")
		return
	}
	secret, err := standardwebhooks.ParseSecret(f.Secret(account.Account))
	if err != nil || standardwebhooks.Verify(r.Header, body, f.Clock(), secret) != nil {
		fail(w, http.StatusUnauthorized, "auth", "the signature is wrong")
		return
	}
	var in posted
	if r.Method != http.MethodPost || json.Unmarshal(body, &in) != nil || in.ChannelID != account.ID {
		fail(w, http.StatusBadRequest, "invalid", "this cannot be read")
		return
	}
	switch in.Type {
	case "endpoint.verify":
		write(w, http.StatusOK, map[string]string{"challenge": in.Challenge})
	case "message.send":
		f.take(w, r.Header.Get(standardwebhooks.HeaderID), account, in)
	case "message.edit":
		f.change(w, in, func(s *fake.Sent) { s.Text, s.Edited = in.Text, true })
	case "message.delete":
		f.change(w, in, func(s *fake.Sent) { s.Deleted = true })
	case "reaction":
		f.mu.Lock()
		f.reactions[in.Target.ExternalID] = in.Emoji
		f.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	case "typing":
		f.Types(in.Thread.Key)
		w.WriteHeader(http.StatusNoContent)
	case "read":
		w.WriteHeader(http.StatusNoContent)
	default:
		fail(w, http.StatusUnprocessableEntity, "invalid", "there is no "+in.Type)
	}
}

func (f *Fake) change(w http.ResponseWriter, in posted, change func(*fake.Sent)) {
	if _, ok := f.Change(in.Target.ExternalID, change); !ok {
		fail(w, http.StatusUnprocessableEntity, "invalid", "there is no such message")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// maxText is the longest message that is taken, in characters.
const maxText = 4000

func (f *Fake) take(w http.ResponseWriter, id string, account fake.Known, in posted) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if before, known := f.ByKey(account.ID, id); known {
		write(w, http.StatusConflict, map[string]string{"external_id": before.ID})
		return
	}
	f.numbered++
	s := fake.Sent{ID: "out-" + strconv.Itoa(f.numbered), Key: id, Account: account.ID, To: in.Message.Thread.Key, ReplyTo: in.Message.ReplyTo, At: f.Clock()}
	for _, p := range in.Message.Parts {
		switch p.Type {
		case "text":
			s.Text = p.Text
		case "choices":
			s.Options = p.Options
		default:
			s.Files = append(s.Files, fake.File{Name: p.Name, MediaType: p.MIME, URL: p.URL})
		}
	}
	if in.Message.ID != id || s.To == "" || len([]rune(s.Text)) > maxText {
		fail(w, http.StatusUnprocessableEntity, "invalid", "the message is not one that can be taken")
		return
	}
	f.Take(s)
	write(w, http.StatusOK, map[string]string{"external_id": s.ID, "status": "sent"})
}
