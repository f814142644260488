// Package metafake is Meta's Graph API for tests and the local stack, with WhatsApp, Messenger and Instagram behind it: it checks what it
// is sent as strictly as the real one, and its webhooks are signed and written like the real ones.
package metafake

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"seax/connectors"
	"seax/connectors/fake"
)

// Fake implements fake.Provider.
type Fake struct {
	*fake.Base
	// Load gets a file that is to be sent, from its address. Nil: the fake believes that it is there.
	Load func(address string) (fake.File, error)

	mu       sync.Mutex
	numbered int
	// media are files by id, both ways; urls are the addresses under which they can be had for a while.
	media map[string]fake.File
	urls  map[string]lent
	// templates are those of WhatsApp accounts, by the account's id.
	templates map[string][]Template
	// phones are the numbers behind business-scoped ids, as far as WhatsApp tells them.
	phones map[string]string
	// heard is when a customer last wrote to an account, spent when messages to them used up the pair's allowance.
	heard map[pair]time.Time
	spent map[pair][]time.Time
	// reactions are ours to customers' messages, by their id; read are those that were marked as read.
	reactions map[string]string
	read      map[string]bool
	// names are those of customers who have written to a page or an Instagram account, by their ids there.
	names map[string]string
	// tagged are messages that were sent behind the reply window, by their id, with their tag.
	tagged map[string]string
}

// pair is an account, by Meta's id of it, and a customer.
type pair struct{ account, customer string }

// lent is a file that can be had under an address for a while.
type lent struct {
	file  string
	until time.Time
}

// New returns a Graph API without accounts.
func New(clock func() time.Time) *Fake {
	return &Fake{
		Base: fake.NewBase(clock), media: map[string]fake.File{}, urls: map[string]lent{}, templates: map[string][]Template{}, phones: map[string]string{},
		heard: map[pair]time.Time{}, spent: map[pair][]time.Time{}, reactions: map[string]string{}, read: map[string]bool{}, tagged: map[string]string{}, names: map[string]string{},
	}
}

// The channel kinds, and the setting in which each has Meta's id of the account.
var keys = map[string]string{"whatsapp": "phone_number_id", "messenger": "page_id", "instagram": "instagram_id"}

func key(account connectors.Account) string { return account.Settings[keys[account.Kind]] }

// Kinds implements fake.Provider.
func (*Fake) Kinds() []string { return []string{"instagram", "messenger", "whatsapp"} }

// The hosts of the Graph API and of files.
const (
	graphHost     = "graph.facebook.com"
	instagramHost = "graph.instagram.com"
	lookasideHost = "lookaside.fbsbx.com"
	contentHost   = "scontent.xx.fbcdn.net"
)

// Hosts implements fake.Provider.
func (*Fake) Hosts() []string { return []string{graphHost, instagramHost, lookasideHost, contentHost} }

// id makes an id that begins like one of Meta's.
func (f *Fake) id(prefix string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.numbered++
	return fmt.Sprintf("%s%d", prefix, 700_000_000_000+f.First+f.numbered)
}

// Sign signs a webhook's body, or a token.
func Sign(secret string, what []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(what)
	return hex.EncodeToString(mac.Sum(nil))
}

// Event is something that a webhook tells: a change of an account (WhatsApp), or something in its inbox; standby if another app has the
// thread.
type Event struct {
	Entry   string
	Change  map[string]any
	Inbox   map[string]any
	Standby bool
}

// Body writes events as Meta does: those of one account after the other together, in ASCII, with slashes escaped.
func (f *Fake) Body(object string, events ...Event) []byte {
	var entries []map[string]any
	last := ""
	for _, e := range events {
		if e.Entry != last || len(entries) == 0 {
			entries = append(entries, map[string]any{"id": e.Entry, "time": f.Clock().UnixMilli()})
			last = e.Entry
		}
		entry := entries[len(entries)-1]
		list, item := "changes", e.Change
		if e.Inbox != nil {
			list, item = "messaging", e.Inbox
			if e.Standby {
				list = "standby"
			}
		}
		before, _ := entry[list].([]map[string]any)
		entry[list] = append(before, item)
	}
	if entries == nil {
		entries = []map[string]any{}
	}
	encoded, err := json.Marshal(map[string]any{"object": object, "entry": entries})
	if err != nil {
		// Events are made of strings, numbers and lists.
		panic(err)
	}
	return ascii(encoded)
}

// ascii escapes what is not ASCII, and slashes.
func ascii(encoded []byte) []byte {
	var out strings.Builder
	for _, r := range string(encoded) {
		switch {
		case r == '/':
			out.WriteString(`\/`)
		case r < utf8.RuneSelf:
			out.WriteRune(r)
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return []byte(out.String())
}

// Request makes the signed webhook that tells of events.
func (f *Fake) Request(account connectors.Account, events ...Event) *connectors.Request {
	return f.Raw(account, f.Body(objects[account.Kind], events...))
}

var objects = map[string]string{"whatsapp": "whatsapp_business_account", "messenger": "page", "instagram": "instagram"}

// Raw makes a signed webhook with any body.
func (f *Fake) Raw(account connectors.Account, body []byte) *connectors.Request {
	known, _ := f.Account(account.ID)
	at, err := url.Parse(known.Webhook)
	if err != nil {
		panic(err)
	}
	return &connectors.Request{Method: http.MethodPost, URL: at, Body: body, Header: http.Header{
		"Content-Type": {"application/json"}, "User-Agent": {"facebookexternalua"}, "X-Hub-Signature-256": {"sha256=" + Sign(account.Secrets["app_secret"], body)},
	}}
}

// Verification makes the call by which Meta verifies a webhook's address.
func (f *Fake) Verification(account connectors.Account, token, challenge string) *connectors.Request {
	known, _ := f.Account(account.ID)
	at, err := url.Parse(known.Webhook)
	if err != nil {
		panic(err)
	}
	at.RawQuery = url.Values{"hub.mode": {"subscribe"}, "hub.verify_token": {token}, "hub.challenge": {challenge}}.Encode()
	return &connectors.Request{Method: http.MethodGet, URL: at, Header: http.Header{}}
}

// Make makes the event that tells what a customer does.
func (f *Fake) Make(account connectors.Account, act fake.Act) (Event, error) {
	if act.ID == "" {
		act.ID = f.id(map[string]string{"whatsapp": "wamid.", "messenger": "m_", "instagram": "aWdf"}[account.Kind])
	}
	if account.Kind == "whatsapp" {
		return f.whatsApp(account, act)
	}
	return f.inbox(account, act)
}

// Act implements fake.Provider.
func (f *Fake) Act(account connectors.Account, act fake.Act) ([]*connectors.Request, error) {
	known, ok := f.Account(account.ID)
	if !ok {
		return nil, fmt.Errorf("Meta knows no account %s", account.ID) //nolint:staticcheck // a name
	}
	e, err := f.Make(known.Account, act)
	if err != nil {
		return nil, err
	}
	return []*connectors.Request{f.Request(known.Account, e)}, nil
}

// Hear notes that a customer has just written to an account.
func (f *Fake) Hear(account connectors.Account, customer string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.heard[pair{key(account), customer}] = f.Clock()
}

// silence is how long a customer has not written to an account; they may never have.
func (f *Fake) silence(account connectors.Account, customer string) (time.Duration, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, wrote := f.heard[pair{key(account), customer}]
	return f.Clock().Sub(at), wrote
}

// keep keeps a file, and returns its id.
func (f *Fake) keep(file fake.File) string {
	id := f.id("")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.media[id] = file
	return id
}

// Reaction is ours to a customer's message.
func (f *Fake) Reaction(id string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.reactions[id]
}

// Read reports whether a customer's message was marked as read.
func (f *Fake) Read(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.read[id]
}

// Tag is the tag a message was sent with, behind the reply window.
func (f *Fake) Tag(id string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tagged[id]
}

// failure is an error in Meta's format.
type failure struct {
	Message string         `json:"message"`
	Type    string         `json:"type"`
	Code    int            `json:"code"`
	Subcode int            `json:"error_subcode,omitempty"`
	Data    map[string]any `json:"error_data,omitempty"`
	Trace   string         `json:"fbtrace_id"`
}

func fail(w http.ResponseWriter, status, code, subcode int, details string) {
	write(w, status, map[string]failure{"error": {
		Message: fmt.Sprintf("(#%d) %s", code, details), Type: "OAuthException", Code: code, Subcode: subcode, Trace: "AbCdEf",
		Data: map[string]any{"messaging_product": "whatsapp", "details": details},
	}})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// refuse misbehaves: Code is Meta's code, or code/subcode.
func refuse(w http.ResponseWriter, f fake.Fault) {
	first, second, _ := strings.Cut(f.Code, "/")
	code, err := strconv.Atoi(first)
	if err != nil {
		code = map[int]int{http.StatusTooManyRequests: 4, http.StatusServiceUnavailable: 2, http.StatusUnauthorized: 190, http.StatusForbidden: 200}[f.Status]
	}
	if code == 0 {
		code = 1
	}
	subcode, _ := strconv.Atoi(second)
	fail(w, f.Status, code, subcode, "as it was told to")
}

// ServeHTTP implements fake.Provider.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.Serve(w, r, refuse, f.serve) }

func (f *Fake) serve(w http.ResponseWriter, r *http.Request) {
	switch r.Host {
	case lookasideHost:
		f.serveLent(w, r)
	case contentHost:
		f.serveContent(w, r)
	case graphHost, instagramHost:
		f.serveGraph(w, r)
	default:
		http.NotFound(w, r)
	}
}

// bearer finds the accounts whose token a call has, and whether it has proven to have the app's secret as well.
func bearer(r *http.Request) func(fake.Known) bool {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	proof := r.URL.Query().Get("appsecret_proof")
	return func(k fake.Known) bool {
		return token != "" && token == k.Secrets["access_token"] && (proof == "" || proof == Sign(k.Secrets["app_secret"], []byte(token)))
	}
}

// serveLent hands a file of WhatsApp's over, for five minutes and to who may have it.
func (f *Fake) serveLent(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	at, ok := f.urls[r.URL.RequestURI()]
	file, there := f.media[at.file]
	f.mu.Unlock()
	if _, may := f.Find(bearer(r)); !may {
		http.Error(w, "", http.StatusUnauthorized)
		return
	}
	if !ok || !there || !f.Clock().Before(at.until) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", file.MediaType)
	_, _ = w.Write(file.Content)
}

// serveContent hands a file of Messenger's or Instagram's over, to anybody who has its address.
func (f *Fake) serveContent(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	file, ok := f.media[strings.TrimPrefix(r.URL.Path, "/v/")]
	f.mu.Unlock()
	if !ok || r.Header.Get("Authorization") != "" {
		// Nobody must show tokens there.
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", file.MediaType)
	_, _ = w.Write(file.Content)
}

func (f *Fake) serveGraph(w http.ResponseWriter, r *http.Request) {
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(path) < 2 || len(path) > 3 || !strings.HasPrefix(path[0], "v") {
		fail(w, http.StatusNotFound, 2500, 0, "Unknown path components: "+r.URL.Path)
		return
	}
	mine := bearer(r)
	if _, ok := f.Find(mine); !ok {
		fail(w, http.StatusUnauthorized, 190, 0, "Invalid OAuth access token - Cannot parse access token")
		return
	}
	edge := ""
	if len(path) == 3 {
		edge = path[2]
	}
	// What the object is decides who answers: a number, a WhatsApp account, a page or an Instagram account, a file, or a customer.
	about := func(k fake.Known) bool {
		return mine(k) && (key(k.Account) == path[1] || k.Settings["business_account_id"] == path[1] || path[1] == "me" && k.Kind != "whatsapp")
	}
	account, ok := f.Find(about)
	switch {
	case ok && account.Kind == "whatsapp":
		f.serveWhatsApp(w, r, account, path[1], edge)
	case ok:
		f.serveInbox(w, r, account, edge)
	case edge == "" && r.Method == http.MethodGet:
		f.serveObject(w, r, path[1])
	default:
		unknown(w, r)
	}
}

func unknown(w http.ResponseWriter, r *http.Request) {
	fail(w, http.StatusBadRequest, 100, 33, "Unsupported "+strings.ToLower(r.Method)+" request. Object does not exist, or cannot be loaded due to missing permissions")
}

// serveObject tells of a file or of a customer.
func (f *Fake) serveObject(w http.ResponseWriter, r *http.Request, id string) {
	f.mu.Lock()
	file, isFile := f.media[id]
	name, isPerson := f.names[id]
	f.mu.Unlock()
	switch {
	case isFile:
		f.lend(w, r, id, file)
	case isPerson:
		f.profile(w, r, id, name)
	default:
		unknown(w, r)
	}
}

// lend makes an address under which a file can be had for five minutes.
func (f *Fake) lend(w http.ResponseWriter, r *http.Request, id string, file fake.File) {
	number := r.URL.Query().Get("phone_number_id")
	if _, ok := f.Find(func(k fake.Known) bool { return k.Settings["phone_number_id"] == number }); number != "" && !ok {
		unknown(w, r)
		return
	}
	address := "/whatsapp_business/attachments/?mid=" + id + "&hash=" + f.id("A")
	f.mu.Lock()
	f.urls[address] = lent{id, f.Clock().Add(5 * time.Minute)}
	f.mu.Unlock()
	sum := sha256.Sum256(file.Content)
	write(w, http.StatusOK, map[string]any{
		"url": "https://" + lookasideHost + address, "mime_type": file.MediaType, "sha256": hex.EncodeToString(sum[:]), "file_size": strconv.Itoa(len(file.Content)), "id": id,
		"messaging_product": "whatsapp",
	})
}
