// Package googlefake is Google's token endpoint, Business Messages and RCS for Business for tests and the local stack: it checks what it
// is sent as strictly as the real ones, drops repetitions, and its webhooks are signed and wrapped like the real ones.
package googlefake

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"seax/connectors"
	"seax/connectors/fake"
	"seax/connectors/google"
	"seax/internal/conversation"
)

// Fake implements fake.Provider.
type Fake struct {
	*fake.Base
	// Load gets a file that is to be sent, from its address. Nil: the fake believes that it is there.
	Load func(address string) (fake.File, error)

	mu       sync.Mutex
	numbered int
	media    map[string]fake.File
	// strangers are phones without RCS.
	strangers map[string]bool
	// events are what was told besides messages, in order.
	events []string
}

// New returns a Google without accounts.
func New(clock func() time.Time) *Fake {
	return &Fake{Base: fake.NewBase(clock), media: map[string]fake.File{}, strangers: map[string]bool{"+12025550142": true}}
}

// The hosts.
const (
	tokenHost = "oauth2.googleapis.com"
	gbmHost   = "businessmessages.googleapis.com"
	rcsHost   = "rcsbusinessmessaging.googleapis.com"
	fileHost  = "storage.googleapis.com"
)

// Kinds implements fake.Provider.
func (*Fake) Kinds() []string { return []string{"gbm", "rcs"} }

// Hosts implements fake.Provider.
func (*Fake) Hosts() []string {
	return []string{tokenHost, gbmHost, rcsHost, "us-" + rcsHost, "europe-" + rcsHost, "asia-" + rcsHost, fileHost}
}

// key is the service account's of all accounts of the fake.
var key = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

const email = "seax@acme.iam.gserviceaccount.com"

// ServiceAccount is the JSON file of a service account's key.
func ServiceAccount() string {
	der, err := x509.MarshalPKCS8PrivateKey(key())
	if err != nil {
		panic(err)
	}
	encoded, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": email, "private_key_id": "1", "token_uri": "https://" + tokenHost + "/token",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	})
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

func (f *Fake) id(prefix string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.numbered++
	return prefix + strconv.Itoa(f.First+f.numbered)
}

// Stranger makes a phone one without RCS.
func (f *Fake) Stranger(phone string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.strangers[phone] = true
}

// Events are what was told besides messages, in order: "IS_TYPING", "REPRESENTATIVE_JOINED".
func (f *Fake) Events() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.events...)
}

// Event is what a webhook tells.
type Event = map[string]any

// agent is Google's id of an account.
func agent(account connectors.Account) string { return account.Settings[agentSettings[account.Kind]] }

var agentSettings = map[string]string{"gbm": "agent", "rcs": "agent_id"}

// signingKeys are the secrets that webhooks are signed with.
var signingKeys = map[string]string{"gbm": "partner_key", "rcs": "client_token"}

// Make makes the event that tells what a customer does.
func (f *Fake) Make(account connectors.Account, act fake.Act) (Event, error) {
	if act.ID == "" {
		act.ID = f.id("Mx")
	}
	if account.Kind == "gbm" {
		return f.makeGBM(account, act)
	}
	return f.makeRCS(account, act)
}

func (f *Fake) makeRCS(account connectors.Account, act fake.Act) (Event, error) {
	e := Event{"senderPhoneNumber": act.From, "agentId": agent(account), "sendTime": f.Clock().UTC().Format(time.RFC3339Nano)}
	switch act.Type {
	case "message":
		e["messageId"] = act.ID
		switch {
		case act.Choice != "":
			e["suggestionResponse"] = Event{"postbackData": act.Choice, "text": act.Text, "type": "REPLY"}
		case len(act.Files) > 0:
			file := act.Files[0]
			e["userFile"] = Event{"payload": Event{"mimeType": file.MediaType, "fileName": file.Name, "fileSizeBytes": len(file.Content), "fileUri": f.keep(file)}}
		case act.Location != nil:
			e["location"] = Event{"latitude": act.Location.Latitude, "longitude": act.Location.Longitude}
		default:
			e["text"] = act.Text
		}
	case "unknown":
		e["messageId"], e["hologram"] = act.ID, Event{"text": act.Text}
	case "typing":
		e["eventId"], e["eventType"] = f.id("Ev"), "IS_TYPING"
	case "read":
		e["eventId"], e["eventType"], e["messageId"] = f.id("Ev"), "READ", act.Target
	case "stop":
		e["eventId"], e["eventType"] = act.ID, "UNSUBSCRIBE"
	default:
		return nil, fmt.Errorf("customers cannot do %q on this channel", act.Type)
	}
	return e, nil
}

func (f *Fake) keep(file fake.File) string {
	path := "/" + f.id("file")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.media[path] = file
	return "https://" + fileHost + path
}

// Request makes the signed webhook that tells of an event.
func (f *Fake) Request(account connectors.Account, e Event) *connectors.Request {
	encoded, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	if account.Kind == "gbm" {
		return f.Raw(account, encoded)
	}
	return f.wrapped(account, encoded, encoded)
}

// Wrap writes an event of RCS as it is posted.
func Wrap(data []byte) []byte {
	encoded, err := json.Marshal(Event{"message": Event{
		"data": base64.StdEncoding.EncodeToString(data), "messageId": "1", "publishTime": "2026-11-01T12:00:00Z", "attributes": Event{"product": "RBM", "type": "message"},
	}, "subscription": "projects/rbm/subscriptions/1"})
	if err != nil {
		panic(err)
	}
	return encoded
}

func (f *Fake) wrapped(account connectors.Account, data, signed []byte) *connectors.Request {
	r := f.Raw(account, Wrap(data))
	r.Header.Set(google.SignatureHeader, google.Sign(account.Secrets[signingKeys[account.Kind]], signed))
	return r
}

// Raw makes a webhook with any body, which is what is signed.
func (f *Fake) Raw(account connectors.Account, body []byte) *connectors.Request {
	known, _ := f.Account(account.ID)
	at, err := url.Parse(known.Webhook)
	if err != nil {
		panic(err)
	}
	return &connectors.Request{Method: http.MethodPost, URL: at, Body: body, Header: http.Header{
		"Content-Type": {"application/json"}, google.SignatureHeader: {google.Sign(account.Secrets[signingKeys[account.Kind]], body)},
	}}
}

// Verification makes the call by which Google verifies a webhook's address.
func (f *Fake) Verification(account connectors.Account, clientToken, secret string) *connectors.Request {
	encoded, err := json.Marshal(map[string]string{"clientToken": clientToken, "secret": secret})
	if err != nil {
		panic(err)
	}
	r := f.Raw(account, encoded)
	r.Header.Del(google.SignatureHeader)
	return r
}

// Act implements fake.Provider.
func (f *Fake) Act(account connectors.Account, act fake.Act) ([]*connectors.Request, error) {
	known, ok := f.Account(account.ID)
	if !ok {
		return nil, fmt.Errorf("Google knows no account %s", account.ID) //nolint:staticcheck // a name
	}
	e, err := f.Make(known.Account, act)
	if err != nil {
		return nil, err
	}
	return []*connectors.Request{f.Request(known.Account, e)}, nil
}

func fail(w http.ResponseWriter, status int, word, message string) {
	write(w, status, Event{"error": Event{"code": status, "status": word, "message": message}})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, f fake.Fault) { fail(w, f.Status, f.Code, "as it was told to") }

// ServeHTTP implements fake.Provider.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.Serve(w, r, refuse, f.serve) }

func (f *Fake) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Host == tokenHost:
		f.grant(w, r)
	case r.Host == fileHost:
		f.serveFile(w, r)
	case r.Host == gbmHost && authorized(r, "https://www.googleapis.com/auth/businessmessages"):
		f.serveGBM(w, r)
	case strings.HasSuffix(r.Host, rcsHost) && authorized(r, "https://www.googleapis.com/auth/rcsbusinessmessaging"):
		f.serveRCS(w, r)
	default:
		fail(w, http.StatusUnauthorized, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
	}
}

// tokenPrefix begins tokens, behind which is what they are for.
const tokenPrefix = "ya29."

func authorized(r *http.Request, scope string) bool {
	return r.Header.Get("Authorization") == "Bearer "+tokenPrefix+base64.RawURLEncoding.EncodeToString([]byte(scope))
}

// keys are those of the service accounts that the fake's accounts have; they may have been made in an earlier run.
func (f *Fake) keys(*jwt.Token) (any, error) {
	set := jwt.VerificationKeySet{}
	f.Find(func(k fake.Known) bool {
		var file struct {
			Key string `json:"private_key"`
		}
		if json.Unmarshal([]byte(k.Secrets["service_account"]), &file) != nil {
			return false
		}
		if private, err := jwt.ParseRSAPrivateKeyFromPEM([]byte(file.Key)); err == nil {
			set.Keys = append(set.Keys, &private.PublicKey)
		}
		return false
	})
	return set, nil
}

// grant gives a token to who has signed for it with the service account's key.
func (f *Fake) grant(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	claims := jwt.MapClaims{}
	parsed, err := jwt.ParseWithClaims(r.PostForm.Get("assertion"), claims, f.keys,
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer(email), jwt.WithAudience("https://"+tokenHost+"/token"), jwt.WithExpirationRequired())
	scope, _ := claims["scope"].(string)
	if err != nil || !parsed.Valid || scope == "" || r.PostForm.Get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
		write(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant", "error_description": "Invalid JWT"})
		return
	}
	write(w, http.StatusOK, Event{"access_token": tokenPrefix + base64.RawURLEncoding.EncodeToString([]byte(scope)), "token_type": "Bearer", "expires_in": 3600})
}

func (f *Fake) serveFile(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	file, ok := f.media[r.URL.Path]
	f.mu.Unlock()
	if !ok || r.Header.Get("Authorization") != "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", file.MediaType)
	_, _ = w.Write(file.Content)
}

var phonePath = regexp.MustCompile(`^/v1/phones/(\+[1-9][0-9]{6,14})/(agentMessages|agentEvents|capabilities)(?:/([0-9a-f-]{36}))?$`)

func (f *Fake) serveRCS(w http.ResponseWriter, r *http.Request) {
	path := phonePath.FindStringSubmatch(r.URL.Path)
	account, known := f.Find(func(k fake.Known) bool { return k.Kind == "rcs" && agent(k.Account) == r.URL.Query().Get("agentId") })
	switch {
	case path == nil:
		fail(w, http.StatusBadRequest, "INVALID_ARGUMENT", "There is no such path")
		return
	case !known:
		fail(w, http.StatusForbidden, "PERMISSION_DENIED", "The caller does not have permission")
		return
	}
	f.mu.Lock()
	stranger := f.strangers[path[1]]
	f.mu.Unlock()
	switch call := r.Method + " " + path[2]; {
	case stranger:
		fail(w, http.StatusNotFound, "NOT_FOUND", "Requested entity was not found.")
	case call == "GET capabilities" && r.URL.Query().Get("requestId") != "":
		write(w, http.StatusOK, Event{"name": "phones/" + path[1] + "/capabilities", "features": []string{"RICHCARD_STANDALONE", "ACTION_DIAL"}})
	case call == "POST agentEvents" && r.URL.Query().Get("eventId") != "":
		f.takeEvent(w, r, path[1])
	case call == "DELETE agentMessages" && path[3] != "":
		if _, ok := f.Change(path[3], func(s *fake.Sent) { s.Deleted = true }); !ok {
			fail(w, http.StatusNotFound, "NOT_FOUND", "Requested entity was not found.")
			return
		}
		write(w, http.StatusOK, Event{})
	case call == "POST agentMessages" && path[3] == "":
		f.takeRCS(w, r, account, path[1])
	default:
		fail(w, http.StatusBadRequest, "INVALID_ARGUMENT", "There is no such call")
	}
}

func (f *Fake) takeEvent(w http.ResponseWriter, r *http.Request, to string) {
	var in struct {
		Type    string `json:"eventType"`
		Message string `json:"messageId"`
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.Type != "IS_TYPING" && (in.Type != "READ" || in.Message == "") {
		fail(w, http.StatusBadRequest, "INVALID_ARGUMENT", "eventType")
		return
	}
	f.told(in.Type)
	if in.Type == "IS_TYPING" {
		f.Types(to)
	}
	write(w, http.StatusOK, Event{})
}

func (f *Fake) told(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, what)
}

var uuidPattern = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

type suggestionOut struct {
	Reply struct {
		Text     string `json:"text"`
		Postback string `json:"postbackData"`
	} `json:"reply"`
}

// options reads suggestions; ok is false if they break the rules.
func options(suggestions []suggestionOut, most int) (all []conversation.Option, ok bool) {
	for _, s := range suggestions {
		if s.Reply.Text == "" || utf8.RuneCountInString(s.Reply.Text) > 25 || s.Reply.Postback == "" || len(s.Reply.Postback) > 2048 {
			return nil, false
		}
		all = append(all, conversation.Option{ID: s.Reply.Postback, Label: s.Reply.Text})
	}
	return all, len(all) <= most
}

// takeRCS takes a message, or says what is wrong with it.
func (f *Fake) takeRCS(w http.ResponseWriter, r *http.Request, account fake.Known, to string) {
	var in struct {
		Content struct {
			Text    string `json:"text"`
			Content *struct {
				URL string `json:"fileUrl"`
			} `json:"contentInfo"`
			Suggestions []suggestionOut `json:"suggestions"`
		} `json:"contentMessage"`
	}
	id := r.URL.Query().Get("messageId")
	if json.NewDecoder(r.Body).Decode(&in) != nil || !uuidPattern.MatchString(id) {
		fail(w, http.StatusBadRequest, "INVALID_ARGUMENT", "messageId")
		return
	}
	c := in.Content
	all, ok := options(c.Suggestions, 11)
	if !ok || (c.Text == "") == (c.Content == nil) || utf8.RuneCountInString(c.Text) > 3072 {
		fail(w, http.StatusBadRequest, "INVALID_ARGUMENT", "contentMessage")
		return
	}
	s := fake.Sent{ID: id, Key: id, Account: account.ID, From: agent(account.Account), To: to, Text: c.Text, Options: all, At: f.Clock()}
	if c.Content != nil && !f.enclose(w, &s, c.Content.URL) {
		return
	}
	if !f.takeOnce(w, account, s) {
		return
	}
	for _, step := range []string{"DELIVERED", "READ"} {
		f.Callback(f.Request(account.Account, f.Status(account.Account, s, step)))
	}
	f.Change(s.ID, func(s *fake.Sent) { s.Status = "read" })
	write(w, http.StatusOK, Event{"name": "phones/" + to + "/agentMessages/" + id, "sendTime": f.Clock().UTC().Format(time.RFC3339)})
}

func (f *Fake) enclose(w http.ResponseWriter, s *fake.Sent, address string) bool {
	file := fake.File{URL: address}
	if f.Load != nil {
		var err error
		if file, err = f.Load(address); err != nil {
			fail(w, http.StatusBadRequest, "INVALID_ARGUMENT", "fileUrl cannot be fetched")
			return false
		}
	}
	s.Files = []fake.File{file}
	return true
}

// takeOnce takes a message, unless it has been taken.
func (f *Fake) takeOnce(w http.ResponseWriter, account fake.Known, s fake.Sent) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, known := f.ByKey(account.ID, s.Key); known {
		fail(w, http.StatusConflict, "ALREADY_EXISTS", "Requested entity already exists")
		return false
	}
	f.Take(s)
	return true
}

// Status makes the event of RCS that tells how far a message got.
func (f *Fake) Status(account connectors.Account, s fake.Sent, status string) Event {
	return Event{
		"senderPhoneNumber": s.To, "agentId": agent(account), "eventId": f.id("Ev"), "eventType": status, "messageId": s.ID, "sendTime": f.Clock().UTC().Format(time.RFC3339Nano),
	}
}
