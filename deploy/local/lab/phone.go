package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"seax/connectors"
	"seax/connectors/discord/discordfake"
	"seax/connectors/email/emailfake"
	"seax/connectors/fake"
	"seax/connectors/line/linefake"
	"seax/internal/conversation"
)

// act is something a customer has done, and what became of it.
type act struct {
	fake.Act
	channel string
	at      time.Time
	// acked is how often SeaX has taken it in; refused the last status that was no acknowledgement.
	acked, refused int
	// told: there is no webhook; it went over a connection that stays.
	told bool
	// letter is the email it was.
	letter *emailfake.Letter
}

// can is what customers of a kind can do besides writing.
var can = map[string][]string{
	"sms":              {"files", "stop"},
	"whatsapp-twilio":  {"files", "location"},
	"messenger-twilio": {"files"},
	"whatsapp":         {"files", "location", "reaction", "edit", "delete"},
	"messenger":        {"files", "reaction", "edit", "read"},
	"instagram":        {"files", "reaction", "edit", "delete"},
	"line":             {"files", "location", "delete", "stop"},
	"telegram":         {"files", "location", "reaction", "edit", "stop"},
	"discord":          {"files", "reaction", "edit", "delete", "typing"},
	"rcs":              {"files", "location", "typing", "stop"},
	"gbm":              {"files", "typing"},
	"email":            {"files", "automatic", "bounce"},
}

var phonePattern = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// Address is where the customer with a phone number is found on an account: the number itself where the network goes by numbers, and what
// the provider calls them elsewhere.
func (l *Lab) Address(a connectors.Account, phone string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(a.Kind + phone))
	n := h.Sum64()
	switch a.Kind {
	case "sms", "whatsapp", "whatsapp-twilio", "rcs":
		return phone
	case "line":
		return linefake.UserID("lab " + phone)
	case "telegram":
		return strconv.FormatUint(100_000_000+n%800_000_000, 10)
	case "discord":
		return l.Discord.Channel(a, discordfake.Snowflake("lab "+phone))
	case "email":
		return strings.TrimPrefix(phone, "+") + "@" + emailfake.CustomerDomain
	case "gbm":
		return fmt.Sprintf("lab-%016x", n)
	default:
		return strconv.FormatUint(1_000_000_000_000_000+n%9_000_000_000_000_000, 10)
	}
}

// newID makes an id for a message as a kind's are.
func newID(kind string) string {
	n := rand.Int64N(1_000_000_000_000_000) + 1_000_000_000_000_000
	switch kind {
	case "sms", "whatsapp-twilio", "messenger-twilio":
		return fmt.Sprintf("SM%032x", n)
	case "whatsapp":
		return fmt.Sprint("wamid.", n)
	case "messenger":
		return fmt.Sprint("m_", n)
	case "instagram":
		return fmt.Sprint("aWdf", n)
	default:
		return strconv.FormatInt(n, 10)
	}
}

var errUnknown = errors.New("there is no such channel in the lab; reload the page")

// Act lets the customer with a phone number do something on a channel, and returns the message's id.
func (l *Lab) Act(channel, phone string, what fake.Act) (id string, err error) {
	account, ok := l.Account(channel)
	if !ok {
		return "", errUnknown
	}
	if !phonePattern.MatchString(phone) {
		return "", errors.New("the customer needs a phone number like +821012345678")
	}
	provider := l.byKind[account.Kind]
	what.From = l.Address(account, phone)
	if what.ID == "" && (what.Type == "message" || what.Type == "unknown" || what.Type == "automatic") {
		what.ID = newID(account.Kind)
	}
	done := &act{Act: what, channel: channel, at: time.Now()}
	if account.Kind == "email" {
		return what.ID, l.actByMail(account, done)
	}
	if account.Kind == "discord" {
		return what.ID, l.actOnDiscord(account, done)
	}
	requests, err := provider.Act(account, what)
	if err != nil {
		return "", err
	}
	l.hand(provider, done, requests...)
	return what.ID, nil
}

// hand has a provider hand over what a customer has done.
func (l *Lab) hand(provider Provider, done *act, requests ...*connectors.Request) {
	l.mu.Lock()
	l.acts = append(l.acts, done)
	for _, r := range requests {
		l.byBody[digest(r.Body)] = done
	}
	l.mu.Unlock()
	for _, r := range requests {
		provider.Callback(r)
	}
	l.tell()
}

// actOnDiscord hands what a customer does to the bot over the gateway.
func (l *Lab) actOnDiscord(account connectors.Account, done *act) error {
	d, err := l.Discord.Make(account, done.Act)
	if err != nil {
		return err
	}
	done.told = true
	l.mu.Lock()
	l.acts = append(l.acts, done)
	l.mu.Unlock()
	body, err := json.Marshal(map[string]any{"op": 0, "t": d.Type, "d": d.Data})
	if err != nil {
		return err
	}
	l.tape.add(Exchange{Provider: l.names[l.Discord], At: time.Now(), Method: "DISPATCH", URL: "wss://gateway.discord.gg/", Header: []string{}, Body: shown(body)})
	l.Discord.Hand(account, d)
	l.tell()
	return nil
}

// acknowledged notes how SeaX has answered a webhook.
func (l *Lab) acknowledged(body []byte, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a := l.byBody[digest(body)]; a != nil {
		if status < 300 {
			a.acked++
		} else {
			a.refused = status
		}
	}
}

// Acked is how often SeaX has taken a message in.
func (l *Lab) Acked(channel, id string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.acts {
		if a.channel == channel && a.ID == id {
			return a.acked
		}
	}
	return 0
}

// item is something on a phone's screen.
type item struct {
	ID   string `json:"id"`
	Mine bool   `json:"mine"`
	// Note: it is no message but something done: stop, typing, read.
	Note string `json:"note,omitempty"`
	// Subject and HTML are an email's, From and To its header's.
	Subject   string                 `json:"subject,omitempty"`
	HTML      string                 `json:"html,omitempty"`
	From      string                 `json:"from,omitempty"`
	To        string                 `json:"to,omitempty"`
	Text      string                 `json:"text,omitempty"`
	Files     []shownFile            `json:"files,omitempty"`
	Location  *conversation.Location `json:"location,omitempty"`
	Options   []conversation.Option  `json:"options,omitempty"`
	Template  string                 `json:"template,omitempty"`
	Edited    bool                   `json:"edited,omitempty"`
	Deleted   bool                   `json:"deleted,omitempty"`
	Reactions []string               `json:"reactions,omitempty"`
	At        time.Time              `json:"at"`
	// Status is how far it got: of mine pending, taken, refused, told; of theirs what the provider has reported.
	Status string `json:"status"`
	// Times is how often it was taken in, if more than once.
	Times int `json:"times,omitempty"`
}

type shownFile struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	URL       string `json:"url"`
}

// screen is what the customer with a phone number sees on a channel.
func (l *Lab) screen(a connectors.Account, phone string) []item {
	address, provider := l.Address(a, phone), l.byKind[a.Kind]
	var items []item
	var later []fake.Act
	l.mu.Lock()
	for _, d := range l.acts {
		if d.channel != a.ID || d.From != address {
			continue
		}
		switch d.Type {
		case "message", "unknown", "automatic":
			items = append(items, l.mine(a, d))
		case "edit", "delete", "reaction":
			later = append(later, d.Act)
		default:
			items = append(items, item{ID: fmt.Sprint(d.Type, d.at.UnixNano()), Mine: true, Note: d.Type, At: d.at})
		}
	}
	l.mu.Unlock()
	for _, s := range provider.Sent(address) {
		// The fake of Business Messages does not know accounts.
		if s.Account == a.ID || s.Account == a.Kind {
			items = append(items, theirs(a, s))
		}
	}
	sort.SliceStable(items, func(i, j int) bool { return items[i].At.Before(items[j].At) })
	for _, c := range later {
		change(items, c)
	}
	for i := range items {
		if r := l.reaction(a, address, items[i].ID); r != "" && items[i].Mine {
			items[i].Reactions = append(items[i].Reactions, r)
		}
	}
	return items
}

func (l *Lab) mine(a connectors.Account, d *act) item {
	i := item{ID: d.ID, Mine: true, Text: d.Text, Location: d.Location, At: d.at, Status: "pending"}
	switch {
	case d.told:
		i.Status = "told"
	case d.acked > 0:
		i.Status = "taken"
	case d.refused > 0:
		i.Status = "refused"
	}
	if d.acked > 1 {
		i.Times = d.acked
	}
	i.Files = files(a.ID, d.ID, d.Files)
	if d.letter != nil {
		i.Subject, i.HTML, i.From, i.To = d.letter.Subject, d.letter.HTML, d.letter.From, d.letter.To
	}
	return i
}

func theirs(a connectors.Account, s fake.Sent) item {
	i := item{
		ID: s.ID, Text: s.Text, Options: s.Options, Template: s.Template, Edited: s.Edited, Deleted: s.Deleted, At: s.At, Status: s.Status, Files: files(a.ID, s.ID, s.Files),
	}
	if a.Kind == "email" {
		i.Subject, i.HTML, i.From, i.To = s.Subject, s.HTML, s.From, s.To
	}
	if s.Reaction != "" {
		i.Reactions = []string{s.Reaction}
	}
	return i
}

func files(channel, id string, all []fake.File) []shownFile {
	var out []shownFile
	for n, f := range all {
		out = append(out, shownFile{f.Name, f.MediaType, fmt.Sprintf("/api/files?channel=%s&id=%s&n=%d", channel, url.QueryEscape(id), n)})
	}
	return out
}

func change(items []item, c fake.Act) {
	n := slices.IndexFunc(items, func(i item) bool { return i.ID == c.Target })
	if n < 0 {
		return
	}
	switch c.Type {
	case "edit":
		items[n].Text, items[n].Edited = c.Text, true
	case "delete":
		items[n].Deleted = true
	case "reaction":
		items[n].Reactions = nil
		if c.Emoji != "" {
			items[n].Reactions = []string{c.Emoji}
		}
	}
}

// reaction is the business's to a customer's message.
func (l *Lab) reaction(a connectors.Account, address, id string) string {
	switch a.Kind {
	case "whatsapp", "messenger", "instagram":
		return l.Meta.Reaction(id)
	case "telegram":
		chat, err := strconv.ParseInt(address, 10, 64)
		if err != nil {
			return ""
		}
		return l.Telegram.Reaction(chat, telegramNumber(id))
	case "discord":
		return strings.Join(l.Discord.Reactions(id), "")
	default:
		return ""
	}
}

// file finds a file of a message.
func (l *Lab) file(channel, id string, n int) (fake.File, bool) {
	var all []fake.File
	l.mu.Lock()
	for _, a := range l.acts {
		if a.channel == channel && a.ID == id {
			all = a.Files
		}
	}
	l.mu.Unlock()
	if a, ok := l.Account(channel); ok && all == nil {
		for _, s := range l.byKind[a.Kind].Sent("") {
			if s.ID == id {
				all = s.Files
			}
		}
	}
	if n < 0 || n >= len(all) {
		return fake.File{}, false
	}
	return all[n], true
}

// serveFile shows a file. It came from somebody: it is never run as part of the page.
func (l *Lab) serveFile(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.URL.Query().Get("n"))
	f, ok := l.file(r.URL.Query().Get("channel"), r.URL.Query().Get("id"), n)
	if err != nil || !ok {
		http.NotFound(w, r)
		return
	}
	if f.Content == nil && f.URL != "" {
		http.Redirect(w, r, f.URL, http.StatusFound)
		return
	}
	w.Header().Set("Content-Type", f.MediaType)
	w.Header().Set("Content-Security-Policy", "sandbox")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(f.Content)
}
