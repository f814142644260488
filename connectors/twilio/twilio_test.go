package twilio_test

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Twilio's
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/fake"
	"seax/connectors/twilio"
	"seax/connectors/twilio/twiliofake"
	"seax/internal/conversation"
)

// signed is a request as it arrives, with the address that Twilio called.
func signed(t *testing.T, address, contentType, signature string, body string) *connectors.Request {
	t.Helper()
	at, err := url.Parse(address)
	require.NoError(t, err)
	return &connectors.Request{
		Method: http.MethodPost, URL: &url.URL{Path: at.Path, RawQuery: at.RawQuery}, Body: []byte(body),
		Header: http.Header{"Content-Type": {contentType}, "X-Twilio-Signature": {signature}},
	}
}

// newSMS returns a connector that is reached at publicURL.
func newSMS() *twilio.SMS {
	return twilio.NewSMS(connectors.Deps{PublicURL: publicURL})
}

const form = "application/x-www-form-urlencoded"

// Signatures that Twilio's own libraries make.
func TestKnownSignatures(t *testing.T) {
	t.Parallel()
	a := connectors.Account{ID: "x", Kind: "y", Secrets: connectors.Secrets{"auth_token": "12345"}}
	verify := func(address, contentType, signature, body string) error {
		// The vectors' addresses are not ours: the part in front is the public address.
		base, _, _ := strings.Cut(address, "?")
		connector := twilio.NewSMS(connectors.Deps{PublicURL: strings.TrimSuffix(base, "/webhooks/y/x")})
		_, err := connector.Authenticate(t.Context(), a, signed(t, address, contentType, signature, body))
		return err
	}
	values := url.Values{"Body": {"hi"}, "From": {"+15005550006"}, "MessageSid": {"SM1"}, "To": {"+15005550001"}}
	for _, address := range []string{"https://ex.test/webhooks/y/x", "https://ex.test:443/webhooks/y/x", "http://ex.test:8080/webhooks/y/x?a=b&c=d"} {
		require.NoError(t, verify(address, form, twiliofake.Sign("12345", address, values), values.Encode()), address)
		require.Error(t, verify(address, form, twiliofake.Sign("12346", address, values), values.Encode()), address)
	}
	// The published vectors, by the function that signs for the fake: it and the library agree.
	require.Equal(t, "z86T34GJiZNhOtgi8kkw9tDUTio=", twiliofake.Sign("12345", "https://ex.test/sms", values))
	require.Equal(t, "N9WiT0xKNo/je1YaVPPukeTzoXI=", twiliofake.Sign("12345",
		"https://ex.test/t?x=1&bodySHA256=db4a7ecb114bc66c623a06c4ff6fe8daa2f49cc270ebbf7a1f81e22ab061c837", nil))
	require.Equal(t, "vOEb5UThFn24KEfnOFLQY2AE5FY=", twiliofake.Sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", url.Values{
		"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675309"}, "Digits": {"1234"}, "From": {"+14158675309"}, "Reason": {"Participant"},
		"ReasonConferenceEnded": {"test"}, "To": {"+18005551212"},
	}))
}

// JSON is signed by its hash, which is in the address.
func TestJSONIsSignedByItsHash(t *testing.T) {
	t.Parallel()
	connector := newSMS()
	body := `{"a":"b"}`
	sum := sha256.Sum256([]byte(body))
	address := publicURL + "/webhooks/sms/sms-1?x=1&bodySHA256=" + hex.EncodeToString(sum[:])
	good := signed(t, address, "application/json", twiliofake.Sign(sms.Secrets["auth_token"], address, nil), body)
	_, err := connector.Authenticate(t.Context(), sms, good)
	require.NoError(t, err)
	for name, change := range map[string]func(r *connectors.Request){
		"another body": func(r *connectors.Request) { r.Body = []byte(`{"a":"c"}`) },
		"a space more": func(r *connectors.Request) { r.Body = append(r.Body, ' ') },
		"no body":      func(r *connectors.Request) { r.Body = nil },
		"another hash": func(r *connectors.Request) {
			r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "bodySHA256=", "bodySHA256=0", 1)
		},
		"no hash":         func(r *connectors.Request) { r.URL.RawQuery = "x=1" },
		"a parameter off": func(r *connectors.Request) { r.URL.RawQuery = strings.TrimPrefix(r.URL.RawQuery, "x=1&") },
		"GET":             func(r *connectors.Request) { r.Method = http.MethodGet },
	} {
		r := *good
		u := *good.URL
		r.URL, r.Body = &u, append([]byte(nil), good.Body...)
		change(&r)
		_, err := connector.Authenticate(t.Context(), sms, &r)
		require.ErrorIs(t, err, connectors.ErrUnauthenticated, name)
	}
}

// Proxies change host, scheme and port on the way: what counts is the public address.
func TestTheSignedAddressIsThePublicOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.Raw(sms, []byte(w.act(sms, fake.Act{Type: "message", From: "+14155550120", Text: "hi"}).Encode()))
	r.URL = &url.URL{Scheme: "http", Host: "10.0.0.7:8080", Path: "/internal/route"}
	r.Header.Set("Host", "internal")
	r.Header.Set("X-Forwarded-Host", "evil.example")
	_, err := twilio.NewSMS(w.deps).Authenticate(t.Context(), sms, r)
	require.NoError(t, err)
	w.deps.PublicURL = "https://other.example"
	_, err = twilio.NewSMS(w.deps).Authenticate(t.Context(), sms, r)
	require.ErrorIs(t, err, connectors.ErrUnauthenticated)
}

// A form may name a field twice: all that it says is signed, and nothing can be added to it.
func TestRepeatedParameters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := twilio.NewSMS(w.deps)
	values := w.act(sms, fake.Act{Type: "message", From: "+14155550120", Text: "pay 10"})
	r := w.Raw(sms, []byte(values.Encode()))
	r.Body = append(r.Body, "&Body=pay+99&From=%2B19998887777"...)
	_, err := connector.Authenticate(t.Context(), sms, r)
	require.ErrorIs(t, err, connectors.ErrUnauthenticated)

	values["Tag"] = []string{"b", "a", "b", "A", "한"}
	r = w.Raw(sms, []byte(values.Encode()))
	hash := hmac.New(sha1.New, []byte(sms.Secrets["auth_token"]))
	hash.Write([]byte(w.deps.WebhookURL(sms)))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if name == "Tag" {
			hash.Write([]byte("TagA" + "Taga" + "Tagb" + "Tag한"))
			continue
		}
		hash.Write([]byte(name + values.Get(name)))
	}
	require.Equal(t, base64.StdEncoding.EncodeToString(hash.Sum(nil)), r.Header.Get("X-Twilio-Signature"))
	_, err = connector.Authenticate(t.Context(), sms, r)
	require.NoError(t, err)
	for _, changed := range [][]string{{"b", "a", "A"}, {"a"}, {"b", "a", "A", "한", "x"}, {"aTagbTag한"}, nil} {
		values["Tag"] = changed
		r.Body = []byte(values.Encode())
		_, err := connector.Authenticate(t.Context(), sms, r)
		require.ErrorIs(t, err, connectors.ErrUnauthenticated, "%q", changed)
	}
}

// Values are signed as they read, whatever they hold; addresses with and without the port that goes without saying.
func TestWhatIsSignedIsWhatIsRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.deps.PublicURL = "https://desk.example:8443"
	connector := twilio.NewSMS(w.deps)
	for _, text := range []string{"", " kept ", "a+b&c=d", "안녕 👋", "line\r\nline", "\x00", "%2B", "é e\u0301", strings.Repeat("x", 100_000)} {
		values := url.Values{"Body": {text}, "From": {"+14155550120"}, "MessageSid": {"SM1"}, "": {"nameless"}, "a b": {"1"}}
		for _, address := range []string{w.deps.WebhookURL(sms), w.deps.WebhookURL(sms) + "?a=b&c=%2F+d", w.deps.WebhookURL(sms) + "#rc=5&rp=5xx,ct,rt"} {
			r := signed(t, address, form, twiliofake.Sign(sms.Secrets["auth_token"], address, values), values.Encode())
			r.URL.Fragment = ""
			_, err := connector.Authenticate(t.Context(), sms, r)
			require.NoError(t, err, "%q at %s", text, address)
		}
	}
	// A place that is none is no place.
	values := url.Values{"From": {"+14155550120"}, "MessageSid": {"SM1"}, "Latitude": {"NaN"}, "Longitude": {"NaN"}}
	batch, err := connector.Parse(t.Context(), sms, connectors.Caller{}, w.Raw(sms, []byte(values.Encode())))
	require.NoError(t, err)
	require.Nil(t, batch.Events[0].Message.Location)
}

func TestEveryStatusTwilioHas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := twilio.NewWhatsApp(w.deps)
	sent := fake.Sent{ID: "SM1", From: "whatsapp:+14155238886", To: "+14155550120"}
	for status, want := range map[string]conversation.Status{
		"accepted": "sent", "scheduled": "sent", "queued": "sent", "sending": "sent", "sent": "sent", "partially_delivered": "sent", "delivered": "delivered", "read": "read",
		"failed": "failed", "undelivered": "failed", "canceled": "failed",
	} {
		r, err := w.Status(whatsApp, sent, w.deps.WebhookURL(whatsApp)+"?message=our-id", status, "")
		require.NoError(t, err)
		caller, err := connector.Authenticate(t.Context(), whatsApp, r)
		require.NoError(t, err)
		batch, err := connector.Parse(t.Context(), whatsApp, caller, r)
		require.NoError(t, err)
		got := batch.Events[0]
		require.Equal(t, want, got.Status.Status, status)
		require.Equal(t, "our-id", got.Status.MessageID)
		require.Equal(t, "SM1", got.Status.ProviderID)
		require.Equal(t, "+14155550120", got.Address)
	}
	for code, want := range map[string]connectors.ErrorCode{
		"63016": connectors.CodeWindowClosed, "21610": connectors.CodeOptedOut, "30005": connectors.CodeUnreachable, "30034": connectors.CodeConfig, "99999": connectors.CodeRejected, "x": connectors.CodeRejected,
	} {
		r, err := w.Status(whatsApp, sent, w.deps.WebhookURL(whatsApp), "undelivered", code)
		require.NoError(t, err)
		batch, err := connector.Parse(t.Context(), whatsApp, connectors.Caller{}, r)
		require.NoError(t, err)
		require.Equal(t, want, batch.Events[0].Status.Code, code)
		require.NotEmpty(t, batch.Events[0].Status.Error)
	}
	r, err := w.Status(whatsApp, sent, w.deps.WebhookURL(whatsApp), "teleported", "")
	require.NoError(t, err)
	_, err = connector.Parse(t.Context(), whatsApp, connectors.Caller{}, r)
	require.Error(t, err)
}

// An answer that was lost is resolved by the callback, whose address carries our id.
func TestCallbacksCarryOurID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := twilio.NewSMS(w.deps)
	w.Misbehave(fake.Fault{Drop: "after"})
	_, err := connector.Send(t.Context(), sms, connectors.Outgoing{ID: "0198-our-id", Address: "+14155550120", Message: conversation.Message{Text: "hi"}})
	require.Error(t, err)
	callbacks := w.Callbacks()
	require.Len(t, callbacks, 2)
	for i, want := range []conversation.Status{conversation.StatusSent, conversation.StatusDelivered} {
		r := callbacks[i]
		caller, err := connector.Authenticate(t.Context(), sms, r)
		require.NoError(t, err)
		batch, err := connector.Parse(t.Context(), sms, caller, r)
		require.NoError(t, err)
		require.Equal(t, "0198-our-id", batch.Events[0].Status.MessageID)
		require.Equal(t, want, batch.Events[0].Status.Status)
	}
}

func TestWordsByWhichCustomersOptOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	parse := func(connector connectors.Connector, account connectors.Account, values url.Values) connectors.Consent {
		batch, err := connector.Parse(t.Context(), account, connectors.Caller{}, w.Raw(account, []byte(values.Encode())))
		require.NoError(t, err)
		return batch.Events[0].Consent
	}
	for word, want := range map[string]connectors.Consent{
		"STOP": connectors.OptedOut, " stop ": connectors.OptedOut, "Unsubscribe": connectors.OptedOut, "START": connectors.OptedIn, "yes": connectors.OptedIn,
		"HELP": "", "please stop it": "", "STOP.": "", "": "",
	} {
		values := w.act(sms, fake.Act{Type: "message", From: "+14155550120", Text: word})
		require.Equal(t, want, parse(twilio.NewSMS(w.deps), sms, values), "%q", word)
		require.Empty(t, parse(twilio.NewWhatsApp(w.deps), whatsApp, w.act(whatsApp, fake.Act{Type: "message", From: "+14155550120", Text: word})), "WhatsApp has no such words")
		values.Set("OptOutType", "START")
		require.Equal(t, connectors.OptedIn, parse(twilio.NewSMS(w.deps), sms, values), "what Twilio says counts")
		values.Set("OptOutType", "HELP")
		require.Empty(t, parse(twilio.NewSMS(w.deps), sms, values))
	}
}

// One webhook may serve all numbers of an account; each message goes to the channel of the number it was sent to.
func TestMessagesNameTheNumberTheyWereSentTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := twilio.NewSMS(w.deps)
	key := func(account connectors.Account, to, service string) string {
		values := w.act(sms, fake.Act{Type: "message", From: "+14155550120", Text: "hi"})
		values.Set("To", to)
		values.Set("MessagingServiceSid", service)
		batch, err := connector.Parse(t.Context(), account, connectors.Caller{}, w.Raw(sms, []byte(values.Encode())))
		require.NoError(t, err)
		return batch.Events[0].AccountKey
	}
	byService := sms
	service := "MG" + strings.Repeat("1", 32)
	byService.Settings = map[string]string{"messaging_service_sid": service}
	require.Equal(t, "+14155550100", connector.Key(sms))
	require.Equal(t, service, connector.Key(byService))
	require.Equal(t, "+14155550100", key(sms, "+14155550100", ""))
	require.Equal(t, "+14155550100", key(sms, "+14155550100", service), "a number in a service's pool")
	require.Equal(t, "+14155550199", key(sms, "+14155550199", ""))
	require.Equal(t, service, key(sms, "+14155550199", service))
	require.Equal(t, service, key(byService, "+14155550199", service))
}

// The file is behind a redirect to where Twilio keeps it, which must not see Twilio's credentials; the fake refuses them there.
func TestCredentialsStayWithTwilio(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := twilio.NewSMS(w.deps)
	for _, address := range []string{"https://twilio.com.evil.example/x", "https://eviltwilio.com/x", "http://api.twilio.com/x", "https://media.twiliocdn.com/x", "://", ""} {
		_, err := connector.FetchMedia(t.Context(), sms, connectors.MediaRef{URL: address})
		var e *connectors.SendError
		require.ErrorAs(t, err, &e, address)
		require.True(t, e.Permanent(), address)
	}
}

// Contents for choices are made once for the same choices, whatever is asked above them.
func TestChoicesAreMadeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := twilio.NewWhatsApp(w.deps)
	ask := func(text string, options ...conversation.Option) fake.Sent {
		_, err := connector.Send(t.Context(), whatsApp, connectors.Outgoing{ID: "id", Address: "+14155550120", Message: conversation.Message{Text: text, Options: options}})
		require.NoError(t, err)
		all := w.Sent("+14155550120")
		return all[len(all)-1]
	}
	yes, no := conversation.Option{ID: "y", Label: "Yes"}, conversation.Option{ID: "n", Label: "No"}
	require.Equal(t, "One?", ask("One?", yes, no).Text)
	require.Equal(t, []conversation.Option{yes, no}, ask("Two?", yes, no).Options)
	require.Equal(t, "Line one\nline two?", ask("Line one\nline two?", yes, no).Text, "more than a variable can hold")
	var many []conversation.Option
	for _, l := range "abcdefghij" {
		many = append(many, conversation.Option{ID: string(l), Label: strings.ToUpper(string(l))})
	}
	require.Equal(t, many, ask("Which?", many...).Options, "more than three are a list")
	templates, err := connector.Templates(t.Context(), whatsApp)
	require.NoError(t, err)
	require.Empty(t, templates, "they are no templates")

	// A content that could not be made has sent nothing, so it is tried again.
	w.Misbehave(fake.Fault{Status: 500, Only: "POST /v1/Content"})
	_, err = connector.Send(t.Context(), whatsApp, connectors.Outgoing{ID: "id", Address: "+14155550121", Message: conversation.Message{Text: "?", Options: []conversation.Option{{ID: "x", Label: "X"}}}})
	var e *connectors.SendError
	require.ErrorAs(t, err, &e)
	require.Equal(t, connectors.CodeProvider, e.Code)
	require.Empty(t, w.Sent("+14155550121"))
}

func TestCallsAreMadeWithTheAPIKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := twilio.NewSMS(w.deps)
	keyed := account(twilio.KindSMS, "+14155550177")
	keyed.ID = "keyed"
	keyed.Settings["api_key_sid"], keyed.Secrets["api_key_secret"] = "SK"+strings.Repeat("2", 32), "key-secret"
	w.Know(keyed, w.deps.WebhookURL(keyed))
	found, err := connector.Check(t.Context(), keyed)
	require.NoError(t, err)
	require.Equal(t, "Twilio account Acme, active.", found)
	keyed.Secrets = connectors.Secrets{"auth_token": keyed.Secrets["auth_token"], "api_key_secret": "wrong"}
	_, err = connector.Check(t.Context(), keyed)
	var e *connectors.SendError
	require.ErrorAs(t, err, &e)
	require.Equal(t, connectors.CodeConfig, e.Code)
}

func TestACheckFindsWhatIsWrongWithTheNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := twilio.NewSMS(w.deps)
	stranger := sms
	stranger.Settings = map[string]string{"account_sid": accountSID, "from": "+14155559999"}
	_, err := connector.Check(t.Context(), stranger)
	var e *connectors.SendError
	require.ErrorAs(t, err, &e)
	require.Contains(t, e.Words, "+14155559999")
	w.Know(sms, "https://elsewhere.example/")
	found, err := connector.Check(t.Context(), sms)
	require.NoError(t, err)
	require.Contains(t, found, "enter the webhook's address")
}

func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		connector   connectors.Connector
		field       string
		good, wrong []string
	}{
		{newSMS(), "account_sid", []string{accountSID}, []string{"AC1", "SM" + accountSID[2:], "<script>"}},
		{newSMS(), "from", []string{"+14155550100", "12345", "ACME Inc"}, []string{"4155550100x", "+0123", "a name that is too long"}},
		{newSMS(), "messaging_service_sid", []string{"MG" + accountSID[2:]}, []string{accountSID}},
		{newSMS(), "rate", []string{"1", "0.5", "100"}, []string{"0", "-1", "fast", "1e9"}},
		{newSMS(), "region", []string{"ie1"}, []string{"ie1.evil.example/", "IE1"}},
		{twilio.NewWhatsApp(connectors.Deps{}), "from", []string{"+14155238886"}, []string{"12345", "whatsapp:+1"}},
		{twilio.NewMessenger(connectors.Deps{}), "from", []string{"104738472839"}, []string{"page", "1"}},
	} {
		for _, f := range c.connector.Describe().Fields {
			if f.Name != c.field {
				continue
			}
			for _, v := range c.good {
				require.NoError(t, f.Check(v), "%s: %s", f.Name, v)
			}
			for _, v := range c.wrong {
				require.Error(t, f.Check(v), "%s: %s", f.Name, v)
			}
		}
	}
}

// A message outside of the window fails at Twilio later; the callback says why.
func TestOutsideOfTheWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := twilio.NewWhatsApp(w.deps)
	send := func() conversation.Status {
		_, err := connector.Send(t.Context(), whatsApp, connectors.Outgoing{ID: "id", Address: "+14155550120", Message: conversation.Message{Text: "hi"}})
		require.NoError(t, err)
		callbacks := w.Callbacks()
		batch, err := connector.Parse(t.Context(), whatsApp, connectors.Caller{}, callbacks[len(callbacks)-1])
		require.NoError(t, err)
		if batch.Events[0].Status.Status == conversation.StatusFailed {
			require.Equal(t, connectors.CodeWindowClosed, batch.Events[0].Status.Code)
		}
		return batch.Events[0].Status.Status
	}
	require.Equal(t, conversation.StatusFailed, send(), "they never wrote")
	w.act(whatsApp, fake.Act{Type: "message", From: "+14155550120", Text: "hi"})
	require.Equal(t, conversation.StatusRead, send())
	w.clock.Pass(24 * time.Hour)
	require.Equal(t, conversation.StatusFailed, send())
}
