package twilio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/twilio/twilio-go/client"

	"seax/connectors"
	"seax/internal/conversation"
)

// signatureHeader holds base64(HMAC-SHA1(auth token, address and parameters)).
const signatureHeader = "X-Twilio-Signature"

// messageParam is our id of a message, in the address of its status callback.
const messageParam = "message"

// Authenticate implements connectors.Connector. What is signed is the address that Twilio was given, whatever proxies made of it on
// the way, and all parameters; of a JSON body its hash, which is in the address.
func (b *base) Authenticate(_ context.Context, account connectors.Account, r *connectors.Request) (connectors.Caller, error) {
	token := b.setting(account, settingToken)
	if r.Method != http.MethodPost || token == "" {
		return connectors.Caller{}, fmt.Errorf("method %s: %w", r.Method, connectors.ErrUnauthenticated)
	}
	address := b.deps.WebhookURL(account)
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	// Whether the part behind # is signed, too, is not said anywhere.
	for _, address := range []string{address, address + retries} {
		if signed(token, address, r) {
			return connectors.Caller{}, nil
		}
	}
	return connectors.Caller{}, connectors.ErrUnauthenticated
}

// signed reports whether a request's signature is that of an address and what was sent to it. Of a parameter that is there several times
// all values are signed, each once and sorted; Twilio's library for Go looks at the first alone.
func signed(token, address string, r *connectors.Request) bool {
	validator, signature := client.NewRequestValidator(token), r.Header.Get(signatureHeader)
	if r.URL.Query().Has("bodySHA256") {
		return validator.ValidateBody(address, r.Body, signature)
	}
	form, err := url.ParseQuery(string(r.Body))
	if err != nil {
		return false
	}
	params := make(map[string]string, len(form))
	for name, values := range form {
		params[name] = strings.Join(slices.Compact(slices.Sorted(slices.Values(values))), name)
	}
	return validator.Validate(address, params, signature)
}

// errMalformed is wrapped by everything that is wrong with a request's form.
var errMalformed = errors.New("malformed")

// Parse implements connectors.Connector: a request is one message, or how far one of ours got.
func (b *base) Parse(_ context.Context, account connectors.Account, _ connectors.Caller, r *connectors.Request) (connectors.Batch, error) {
	form, err := url.ParseQuery(string(r.Body))
	if err != nil {
		return connectors.Batch{}, fmt.Errorf("%w: not a form", errMalformed)
	}
	for _, values := range form {
		for i := range values {
			values[i] = strings.ToValidUTF8(values[i], "\uFFFD")
		}
	}
	if first(form, "MessageSid", "SmsSid", "SmsMessageSid") == "" {
		return connectors.Batch{}, fmt.Errorf("%w: it names no message", errMalformed)
	}
	var in connectors.Inbound
	if form.Has("MessageStatus") {
		in, err = b.status(form, r.URL.Query().Get(messageParam))
	} else {
		in, err = b.message(account, form)
	}
	if err != nil {
		return connectors.Batch{}, err
	}
	return connectors.Batch{Events: []connectors.Inbound{in}, Respond: nothing}, nil
}

// nothing answers that nothing is to be sent: we answer by the API.
func nothing([]connectors.Result) connectors.Response {
	return connectors.Response{ContentType: "text/xml", Body: []byte(`<?xml version="1.0" encoding="UTF-8"?><Response/>`)}
}

func first(form url.Values, names ...string) string {
	for _, name := range names {
		if v := form.Get(name); v != "" {
			return v
		}
	}
	return ""
}

func (b *base) address(at string) string { return strings.TrimPrefix(at, b.prefix) }

// statuses are Twilio's, as far as they tell something of a message of ours. That Twilio has a message in its queue proves that it
// was sent.
var statuses = map[string]conversation.Status{
	"accepted": conversation.StatusSent, "scheduled": conversation.StatusSent, "queued": conversation.StatusSent, "sending": conversation.StatusSent,
	"sent": conversation.StatusSent, "partially_delivered": conversation.StatusSent, "delivered": conversation.StatusDelivered, "read": conversation.StatusRead,
	"failed": conversation.StatusFailed, "undelivered": conversation.StatusFailed, "canceled": conversation.StatusFailed,
}

func (b *base) status(form url.Values, messageID string) (connectors.Inbound, error) {
	in := connectors.Inbound{Type: connectors.InStatus, Address: b.address(form.Get("To"))}
	in.Status = connectors.StatusUpdate{MessageID: messageID, ProviderID: first(form, "MessageSid", "SmsSid"), Status: statuses[form.Get("MessageStatus")]}
	if in.Status.Status == "" {
		return in, fmt.Errorf("%w: there is no status %.40q", errMalformed, form.Get("MessageStatus"))
	}
	if in.Status.Status == conversation.StatusFailed {
		in.Status.Code, in.Status.Error = reported(form.Get("ErrorCode"))
	}
	return in, nil
}

func (b *base) message(account connectors.Account, form url.Values) (connectors.Inbound, error) {
	from := form.Get("From")
	if !strings.HasPrefix(from, b.prefix) || b.address(from) == "" {
		return connectors.Inbound{}, fmt.Errorf("%w: %.60q is no sender on this channel", errMalformed, from)
	}
	in := connectors.Inbound{
		Type: connectors.InMessage, AccountKey: b.keyOf(account, form), ProviderID: first(form, "MessageSid", "SmsSid", "SmsMessageSid"), Address: b.address(from), At: b.deps.Clock(),
		ReplyTo: form.Get("OriginalRepliedMessageSid"), Consent: consent(b.description.Kind, form), Raw: raw(form),
		Profile: connectors.Profile{Name: form.Get("ProfileName")},
		Message: conversation.Message{Text: form.Get("Body"), Location: location(form), Referral: referral(form)},
	}
	if b.phones && number.MatchString(in.Address) {
		// The network has checked who sends from a number.
		in.Profile.Phone, in.Profile.Verified = in.Address, true
	}
	if choice := first(form, "ButtonPayload", "ListId"); choice != "" {
		in.Message.Choice = choice
		if title := first(form, "ButtonText", "ListTitle"); title != "" {
			in.Message.Text = title
		}
	}
	count, _ := strconv.Atoi(form.Get("NumMedia"))
	for i := range min(count, maxMedia) {
		if address := form.Get("MediaUrl" + strconv.Itoa(i)); address != "" {
			in.Files = append(in.Files, connectors.MediaRef{
				URL: address, MediaType: form.Get("MediaContentType" + strconv.Itoa(i)), Sticker: form.Get("MessageType") == "sticker",
				Voice: form.Get("MessageType") == "voice",
			})
		}
	}
	if in.Message.Text == "" && in.Message.Choice == "" && in.Message.Location == nil && len(in.Files) == 0 {
		kind := form.Get("MessageType")
		if kind == "" || kind == "text" {
			kind = "empty"
		}
		in.Message.Unsupported = &conversation.Unsupported{Type: kind}
	}
	return in, nil
}

// maxMedia is how many files a message may have.
const maxMedia = 10

// keyOf is the key of the account that a message was sent to; "": the one whose webhook was called.
func (b *base) keyOf(account connectors.Account, form url.Values) string {
	service, to := form.Get("MessagingServiceSid"), b.address(form.Get("To"))
	switch key := b.Key(account); {
	case key == "" || key == service || key == to:
		return key
	case service != "":
		return service
	default:
		return to
	}
}

// raw is a form as people read it.
func raw(form url.Values) []byte {
	flat := make(map[string]string, len(form))
	for name := range form {
		flat[name] = form.Get(name)
	}
	encoded, _ := json.Marshal(flat) //nolint:errchkjson // strings only
	return encoded
}

func location(form url.Values) *conversation.Location {
	latitude, err := strconv.ParseFloat(form.Get("Latitude"), 64)
	longitude, err2 := strconv.ParseFloat(form.Get("Longitude"), 64)
	// What is no number is not within bounds either.
	if err != nil || err2 != nil || !(math.Abs(latitude) <= 90 && math.Abs(longitude) <= 180) {
		return nil
	}
	return &conversation.Location{Latitude: latitude, Longitude: longitude, Name: form.Get("Label"), Address: form.Get("Address")}
}

func referral(form url.Values) map[string]string {
	var r map[string]string
	for name := range form {
		if key, ok := strings.CutPrefix(name, "Referral"); ok && form.Get(name) != "" {
			if r == nil {
				r = map[string]string{}
			}
			r[key] = form.Get(name)
		}
	}
	return r
}

// Words by which customers say whether they want to be written to, which Twilio heeds by itself on text messages. With its advanced
// opt-out it says so in a parameter.
var (
	stopWords  = []string{"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"}
	startWords = []string{"START", "YES", "UNSTOP"}
)

func consent(kind string, form url.Values) connectors.Consent {
	switch form.Get("OptOutType") {
	case "STOP":
		return connectors.OptedOut
	case "START":
		return connectors.OptedIn
	case "HELP":
		return ""
	}
	if kind != KindSMS {
		return ""
	}
	switch word := strings.ToUpper(strings.TrimSpace(form.Get("Body"))); {
	case slices.Contains(stopWords, word):
		return connectors.OptedOut
	case slices.Contains(startWords, word):
		return connectors.OptedIn
	}
	return ""
}
