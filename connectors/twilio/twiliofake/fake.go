// Package twiliofake is a Twilio for tests and the local stack: its API for messages, contents and numbers, checked as strictly as the
// real one, and its webhooks, signed like the real ones.
package twiliofake

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what Twilio signs with
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
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
	// Load gets a file that is to be sent, from its address. Nil: the fake believes that it is there.
	Load func(address string) (fake.File, error)

	mu       sync.Mutex
	numbered int
	// contents are by id.
	contents map[string]contentItem
	media    map[string]fake.File
	// heard is when a customer last wrote to a sender, stopped who does not want to be written to; by sender and customer.
	heard   map[[2]string]time.Time
	stopped map[[2]string]bool
}

// contentItem is a content of an account.
type contentItem struct {
	account string
	body    map[string]any
	approve string
}

// New returns a Twilio without accounts.
func New(clock func() time.Time) *Fake {
	return &Fake{
		Base: fake.NewBase(clock), contents: map[string]contentItem{}, media: map[string]fake.File{},
		heard: map[[2]string]time.Time{}, stopped: map[[2]string]bool{},
	}
}

// The channel kinds that Twilio carries, and what addresses have in front there.
var prefixes = map[string]string{"sms": "", "whatsapp-twilio": "whatsapp:", "messenger-twilio": "messenger:"}

// Kinds implements fake.Provider.
func (*Fake) Kinds() []string { return slices.Sorted(maps.Keys(prefixes)) }

// Hosts implements fake.Provider.
func (*Fake) Hosts() []string {
	return []string{"api.twilio.com", "content.twilio.com", "messaging.twilio.com", "media.twiliocdn.com"}
}

// id makes an id like Twilio's.
func (f *Fake) id(prefix string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.numbered++
	return fmt.Sprintf("%s%032x", prefix, f.First+f.numbered)
}

// Sign signs a request as Twilio does: the address, and every parameter in order. Of one that is there several times every value is
// signed, each once and sorted, as Twilio's libraries for Python and Node.js have it.
func Sign(token, address string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, value := range slices.Compact(slices.Sorted(slices.Values(form[name]))) {
			mac.Write([]byte(name + value))
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// request makes a signed webhook.
func request(account connectors.Account, address string, form url.Values) (*connectors.Request, error) {
	at, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("webhook %q: %w", address, err)
	}
	at.Fragment = ""
	return &connectors.Request{
		Method: http.MethodPost, URL: at, Body: []byte(form.Encode()),
		Header: http.Header{
			"Content-Type": {"application/x-www-form-urlencoded; charset=UTF-8"}, "User-Agent": {"TwilioProxy/1.1"},
			"X-Twilio-Signature": {Sign(account.Secrets["auth_token"], at.String(), form)},
		},
	}, nil
}

// Raw makes a signed webhook with any body; what is no form is signed as if it had no parameters.
func (f *Fake) Raw(account connectors.Account, body []byte) *connectors.Request {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		form = nil
	}
	known, _ := f.Account(account.ID)
	r, err := request(account, known.Webhook, form)
	if err != nil {
		panic(err)
	}
	r.Body = body
	return r
}

func sender(account connectors.Account) string {
	return prefixes[account.Kind] + account.Settings["from"]
}

// Form is what Twilio sends of something that a customer does.
func (f *Fake) Form(account connectors.Account, act fake.Act) (url.Values, error) {
	prefix := prefixes[account.Kind]
	sid := act.ID
	if sid == "" {
		sid = f.id("SM")
	}
	form := url.Values{
		"MessageSid": {sid}, "SmsSid": {sid}, "SmsMessageSid": {sid}, "AccountSid": {account.Settings["account_sid"]}, "From": {prefix + act.From}, "To": {sender(account)},
		"Body": {act.Text}, "NumMedia": {"0"}, "NumSegments": {"1"}, "SmsStatus": {"received"}, "ApiVersion": {"2010-04-01"},
	}
	if service := account.Settings["messaging_service_sid"]; service != "" {
		form.Set("MessagingServiceSid", service)
	}
	if prefix == "whatsapp:" {
		form.Set("ProfileName", act.Name)
		form.Set("WaId", strings.TrimPrefix(act.From, "+"))
		form.Set("MessageType", "text")
	}
	if act.Location != nil && prefix == "whatsapp:" {
		form.Set("MessageType", "location")
		form.Set("Latitude", fmt.Sprint(act.Location.Latitude))
		form.Set("Longitude", fmt.Sprint(act.Location.Longitude))
		form.Set("Label", act.Location.Name)
		form.Set("Address", act.Location.Address)
	}
	if act.ReplyTo != "" {
		form.Set("OriginalRepliedMessageSid", act.ReplyTo)
	}
	switch act.Type {
	case "message":
		if act.Choice != "" {
			form.Set("ButtonPayload", act.Choice)
			form.Set("ButtonText", act.Text)
			form.Set("MessageType", "interactive")
		}
	case "stop":
		form.Set("Body", "STOP")
		form.Set("OptOutType", "STOP")
		f.stop(account, act.From)
	case "unknown":
		form.Set("Body", "")
		form.Set("MessageType", "hologram")
		form.Set("HologramText", act.Text)
	default:
		return nil, fmt.Errorf("customers cannot do %q on this channel", act.Type)
	}
	f.attach(account, form, sid, act.Files)
	f.Hear(account, act.From)
	return form, nil
}

func (f *Fake) attach(account connectors.Account, form url.Values, sid string, files []fake.File) {
	if len(files) == 0 {
		return
	}
	form.Set("NumMedia", strconv.Itoa(len(files)))
	form.Set("MessageType", strings.SplitN(files[0].MediaType, "/", 2)[0])
	for i, file := range files {
		path := "/2010-04-01/Accounts/" + account.Settings["account_sid"] + "/Messages/" + sid + "/Media/" + f.id("ME")
		f.mu.Lock()
		f.media[path] = file
		f.mu.Unlock()
		form.Set(fmt.Sprint("MediaUrl", i), "https://api.twilio.com"+path)
		form.Set(fmt.Sprint("MediaContentType", i), file.MediaType)
	}
}

// Hear notes that a customer has just written to an account.
func (f *Fake) Hear(account connectors.Account, from string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.heard[[2]string{sender(account), from}] = f.Clock()
}

func (f *Fake) stop(account connectors.Account, from string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stopped[[2]string{sender(account), from}] = true
}

// Act implements fake.Provider.
func (f *Fake) Act(account connectors.Account, act fake.Act) ([]*connectors.Request, error) {
	known, ok := f.Account(account.ID)
	if !ok {
		return nil, fmt.Errorf("Twilio knows no account %s", account.ID) //nolint:staticcheck // a name
	}
	form, err := f.Form(account, act)
	if err != nil {
		return nil, err
	}
	r, err := request(known.Account, known.Webhook, form)
	if err != nil {
		return nil, err
	}
	return []*connectors.Request{r}, nil
}

// Status makes the callback that tells how far a message got.
func (f *Fake) Status(account connectors.Account, sent fake.Sent, callback, status, code string) (*connectors.Request, error) {
	form := url.Values{
		"MessageSid": {sent.ID}, "SmsSid": {sent.ID}, "MessageStatus": {status}, "SmsStatus": {status}, "AccountSid": {account.Settings["account_sid"]},
		"From": {sent.From}, "To": {prefixes[account.Kind] + sent.To}, "ApiVersion": {"2010-04-01"},
	}
	if code != "" {
		form.Set("ErrorCode", code)
	}
	return request(account, callback, form)
}
