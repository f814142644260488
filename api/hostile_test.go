package api_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Twilio's
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/api"
	"seax/api/spec"
	"seax/connectors"
	"seax/connectors/connectortest"
	"seax/connectors/custom"
	"seax/connectors/email"
	"seax/connectors/line"
	"seax/connectors/meta"
	"seax/connectors/telegram"
	"seax/connectors/twilio"
	"seax/internal/auth"
	"seax/internal/conversation"
	"seax/internal/directory"
	"seax/internal/standardwebhooks"
)

const (
	appSecret  = "0b57ac1e0b57ac1e0b57ac1e0b57ac1e"
	lineSecret = "8f1e2d3c8f1e2d3c8f1e2d3c8f1e2d3c"
	twilioSID  = "AC00000000000000000000000000000001"
	phoneID    = "106540352242922"
)

// switchboard is a server with a channel of every way to authenticate.
type switchboard struct {
	*server
	channels map[string]directory.Channel
	custom   *custom.Connector
}

func newSwitchboard(t *testing.T) *switchboard {
	t.Helper()
	b := &switchboard{channels: map[string]directory.Channel{}}
	b.server = newServer(t, func(d *api.Deps) {
		deps := connectors.Deps{PublicURL: d.PublicURL, Clock: time.Now, Logger: d.Logger}
		b.custom = custom.New(deps)
		d.Registry = connectors.NewRegistry(meta.NewWhatsApp(deps), line.New(deps), telegram.New(deps), twilio.NewSMS(deps), b.custom, email.New(email.Deps{Deps: deps}))
		d.Directory = directory.New(d.Pool, d.Registry, []string{"assistant"}, directory.Hooks{}, box, time.Now)
	})
	for kind, settings := range map[string]map[string]string{
		"whatsapp": {"phone_number_id": phoneID, "business_account_id": "102290129340398", "access_token": "EAAtoken", "app_secret": appSecret},
		"line":     {"channel_secret": lineSecret, "channel_access_token": "token"},
		"telegram": {"bot_token": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw4"},
		"sms":      {"account_sid": twilioSID, "auth_token": "12345", "from": "+14155550100"},
		"custom":   {"endpoint_url": "https://system.example/"},
		"email":    {"transport": "postmark", "address": "support@shop.example", "smtp_host": "smtp.shop.example"},
	} {
		c, err := b.deps.Directory.CreateChannel(t.Context(), spec.ChannelInput{Id: kind, Kind: kind, Name: kind, Flow: "assistant", Queue: "support", Settings: &settings})
		require.NoError(t, err, kind)
		b.channels[kind] = c
	}
	return b
}

func mac(key string, body []byte) []byte {
	h := hmac.New(sha256.New, []byte(key))
	h.Write(body)
	return h.Sum(nil)
}

// signed makes the headers with which a kind's provider sends a body.
func (b *switchboard) signed(kind string, body []byte) option {
	b.t.Helper()
	h := http.Header{"Content-Type": {"application/json"}}
	switch kind {
	case "whatsapp":
		h.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac(appSecret, body)))
	case "line":
		h.Set("X-Line-Signature", base64.StdEncoding.EncodeToString(mac(lineSecret, body)))
	case "telegram":
		h.Set("X-Telegram-Bot-Api-Secret-Token", telegram.Secret(b.channels[kind].Account))
	case "sms":
		form, err := url.ParseQuery(string(body))
		require.NoError(b.t, err)
		hash := hmac.New(sha1.New, []byte("12345"))
		hash.Write([]byte("https://desk.example/webhooks/sms/sms"))
		for _, name := range sortedKeys(form) {
			hash.Write([]byte(name + form.Get(name)))
		}
		h.Set("X-Twilio-Signature", base64.StdEncoding.EncodeToString(hash.Sum(nil)))
		h.Set("Content-Type", "application/x-www-form-urlencoded")
	case "custom":
		secret, err := standardwebhooks.ParseSecret(b.custom.Secret(b.channels[kind].Account))
		require.NoError(b.t, err)
		standardwebhooks.SetHeader(h, "msg_1", time.Now(), body, secret)
	}
	return func(r *http.Request) { r.Header = h }
}

func sortedKeys(form url.Values) (names []string) {
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// hook posts an authentic request.
func (b *switchboard) hook(kind string, body string) reply {
	b.t.Helper()
	return b.send(http.MethodPost, "/webhooks/"+kind+"/"+kind, body, b.signed(kind, []byte(body)))
}

func whatsApp(account string, messages ...string) string {
	return `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"phone_number_id":"` + account +
		`"},"contacts":[{"wa_id":"821012345678","profile":{"name":"` + `<img src=x onerror=alert(1)>\u202egnp.exe` + `"}}],"messages":[` + strings.Join(messages, ",") + `]}}]}]}`
}

func text(id, said string) string {
	return fmt.Sprintf(`{"id":%q,"from":"821012345678","timestamp":"1790000000","type":"text","text":{"body":%q}}`, id, said)
}

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func (b *switchboard) nothingWritten() {
	b.t.Helper()
	require.Zero(b.t, b.count(`select (select count(*) from conversations) + (select count(*) from quarantine) + (select count(*) from inbound_keys) + (select count(*) from files)`))
}

func TestForgedWebhooks(t *testing.T) {
	t.Parallel()
	b := newSwitchboard(t)
	for kind, right := range map[string]string{
		"whatsapp": whatsApp(phoneID, text("m", "hi")), "line": `{"destination":"U0","events":[{"type":"follow","source":{"type":"user","userId":"U1"}}]}`,
		"telegram": `{"update_id":1,"message":{"message_id":1,"chat":{"id":7,"type":"private"},"from":{"id":7},"text":"hi"}}`,
		"sms":      "MessageSid=SM1&From=%2B15005550006&To=%2B14155550100&Body=hi", "custom": `{"events":[{"event_id":"1","type":"typing","thread":{"key":"a"}}]}`,
		"email": `{"From":"a@b.example","MessageID":"1","TextBody":"hi"}`,
	} {
		at := "/webhooks/" + kind + "/" + kind
		for _, body := range []string{right, "", "{", "\x00\xff", strings.Repeat("[", 100_000), string(connectortest.Gzip(t, make([]byte, 8<<20)))} {
			b.send(http.MethodPost, at, body).refused(http.StatusUnauthorized, "unauthorized")
			for _, name := range []string{"X-Hub-Signature-256", "X-Line-Signature", "X-Telegram-Bot-Api-Secret-Token", "X-Twilio-Signature", "Webhook-Signature", "Authorization"} {
				for _, value := range []string{"sha256=", "AAAA", "Basic c2VheDo=", "Bearer x", "v1,AAAA", strings.Repeat("a", 10_000)} {
					if body != right && value != "AAAA" {
						continue
					}
					b.send(http.MethodPost, at, body, header(name, value), header("Content-Encoding", "gzip")).refused(http.StatusUnauthorized, "unauthorized")
				}
			}
		}
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodHead, "TRACE"} {
			require.Equal(t, http.StatusUnauthorized, b.send(method, at+"?hub.mode=subscribe&hub.verify_token=&hub.challenge=<script>", right).Status)
		}
		// Another channel's signature is none here.
		for other := range b.channels {
			if other != kind && other != "email" && kind != "sms" && other != "sms" {
				b.send(http.MethodPost, at, right, b.signed(other, []byte(right))).refused(http.StatusUnauthorized, "unauthorized")
			}
		}
		// Signed, and changed afterwards.
		if kind != "telegram" && kind != "email" {
			b.send(http.MethodPost, at, right+" ", b.signed(kind, []byte(right))).refused(http.StatusUnauthorized, "unauthorized")
		}
	}
	for _, kind := range []string{"telegram", "email"} {
		b.send(http.MethodPost, "/webhooks/"+kind+"/"+kind, nil, func(r *http.Request) { r.Body = io.NopCloser(unread{t}) }).refused(http.StatusUnauthorized, "unauthorized")
	}
	b.nothingWritten()
}

// What is signed and for an account nobody knows is answered as if it were taken: a provider that is refused for long stops sending.
func TestAccountsNobodyKnows(t *testing.T) {
	t.Parallel()
	b := newSwitchboard(t)
	for i, account := range []string{"999", "", `\u0000`, `\ud800`, `'; drop table channels; --`, strings.Repeat("9", 10_000), `<script>`} {
		b.hook("whatsapp", whatsApp(account, text("m", "hi"))).ok(http.StatusOK)
		require.Equal(t, i+1, b.count(`select count(*) from quarantine`), account)
	}
	b.hook("sms", "MessageSid=SM1&From=%2B15005550006&To=%2B19999999999&Body=hi").ok(http.StatusOK)
	b.hook("sms", "MessageSid=SM2&From=%2B15005550006&To=%00&Body=hi").ok(http.StatusOK)
	require.Equal(t, 9, b.count(`select count(*) from quarantine`))
	require.Zero(t, b.count(`select count(*) from conversations`))
	// What is ours beside it is taken in.
	mixed := strings.TrimSuffix(whatsApp("999", text("m1", "hi")), "]}") + "," + strings.TrimPrefix(whatsApp(phoneID, text("m2", "for us")), `{"object":"whatsapp_business_account","entry":[`)
	b.hook("whatsapp", mixed).ok(http.StatusOK)
	require.Equal(t, 1, b.count(`select count(*) from conversation_events where kind = 'customer.message' and body->>'text' = 'for us'`))
}

func TestAThousandEventsInOnePost(t *testing.T) {
	t.Parallel()
	b := newSwitchboard(t)
	var all []string
	for i := range 1000 {
		all = append(all, text(fmt.Sprint("wamid.", i), strconv.Itoa(i)))
	}
	begun := time.Now()
	b.hook("whatsapp", whatsApp(phoneID, all...)).ok(http.StatusOK)
	t.Logf("a thousand messages took %s", time.Since(begun))
	require.Equal(t, 1, b.count(`select count(*) from conversations`))
	var said []string
	require.NoError(t, b.Pool.QueryRow(t.Context(), `select array_agg(body->>'text' order by seq) from conversation_events where kind = 'customer.message'`).Scan(&said))
	require.Len(t, said, 1000)
	for i, text := range said {
		require.Equal(t, strconv.Itoa(i), text)
	}
	require.Equal(t, 1, b.count(`select count(distinct at) from conversation_events where kind = 'customer.message'`), "they were taken in together")
	b.hook("whatsapp", whatsApp(phoneID, all...)).ok(http.StatusOK)
	require.Equal(t, 1000, b.count(`select count(*) from conversation_events where kind = 'customer.message'`))
}

// Whatever a provider signs is answered, kept, and can be read by agents.
func TestOddEventsAreKeptAndShown(t *testing.T) {
	t.Parallel()
	b := newSwitchboard(t)
	odd := []string{
		`{"id":"1","from":"821012345678","timestamp":"99999999999999999999","type":"text","text":{"body":"a\u0000b\ud800c\u202ed"}}`,
		`{"id":"2\u0000","from":"821012345678","timestamp":"-1","type":"text","text":{"body":"<script>alert(1)</script>"},"context":{"id":"\u0000"}}`,
		`{"id":"3","from":"821012345678","timestamp":"1","type":"location","location":{"latitude":1e308,"longitude":-1e308,"name":"<b>\u0000"}}`,
		`{"id":"4","from":"821012345678","type":"contacts","contacts":[{"name":{"formatted_name":"<b>\u0000\u202e"},"phones":[{"phone":"\u0000"}],"emails":[{"email":"<x>"}]}]}`,
		`{"id":"5","from":"821012345678","type":"interactive","interactive":{"button_reply":{"id":"\u0000a","title":"<i>\u0000"}}}`,
		`{"id":"6","from":"821012345678","type":"document","document":{"id":"../../x\u0000","filename":"../../\u202egnp\r\n.exe\u0000","mime_type":"text/html\u0000","caption":"\u0000"}}`,
		`{"id":"7","from":"821012345678","type":"text","text":{"body":"hi"},"referral":{"\u0000":"\u0000","a":{"b":[` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `]},"body":"` + strings.Repeat("x", 100_000) + `"}}`,
		`{"id":"8","from":"821012345678","type":"` + strings.Repeat("z", 100_000) + `\u0000","zzz":{}}`,
		`{"id":"9","from":"821012345678","type":"text","text":7}`,
		`{"id":"` + strings.Repeat("i", 100_000) + `","id":"10","from":"x","from":"821012345678","type":"text","text":{"body":"twice"}}`,
		`{"id":"11","from":"821012345678","type":"reaction","reaction":{"message_id":"1","emoji":"\u0000<b>"}}`,
	}
	b.hook("whatsapp", whatsApp(phoneID, odd...)).ok(http.StatusOK)
	for i, at := range []string{"9223372036854775807", "-9223372036854775808", "253402300800000", "0"} {
		b.hook("line", fmt.Sprintf(`{"destination":"U0","events":[{"type":"message","timestamp":%s,"webhookEventId":"%d","source":{"type":"user","userId":"U1"},"message":{"id":"%d","type":"text","text":"hi"}}]}`, at, i, i)).ok(http.StatusOK)
		b.hook("telegram", fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%d,"date":%s,"chat":{"id":7,"type":"private"},"from":{"id":7},"text":"hi"}}`, i+1, i+1, at)).ok(http.StatusOK)
	}
	for _, at := range []string{"0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00", "2026-01-01T00:00:00+09:00"} {
		b.hook("custom", `{"events":[{"event_id":"`+at+`","type":"message.received","occurred_at":"`+at+`","thread":{"key":"a"},"message":{"parts":[{"type":"text","text":"hi"}]}}]}`).ok(http.StatusAccepted)
	}
	form := url.Values{"MessageSid": {"SM1"}, "From": {"+15005550006"}, "To": {"+14155550100"}, "Body": {"a\x00\xff"}, "Latitude": {"NaN"}, "Longitude": {"Inf"}, "ProfileName": {"\u202e\x00"}, "NumMedia": {"99"}, "MediaUrl0": {"javascript:alert(1)"}}
	b.hook("sms", form.Encode()).ok(http.StatusOK)

	supervisor := b.person(auth.Supervisor)
	var page struct{ Items []spec.Conversation }
	b.api(http.MethodGet, "/conversations?view=all", nil, as(supervisor)).ok(http.StatusOK).json(&page)
	require.Len(t, page.Items, 5)
	total := 0
	for _, c := range page.Items {
		r := b.api(http.MethodGet, "/conversations/"+c.Id.String()+"/events", nil, as(supervisor)).ok(http.StatusOK)
		require.True(t, json.Valid(r.Body))
		// What is left of it is what providers wrote, as text.
		require.NotContains(t, strings.ReplaceAll(string(r.Body), `\\u0000`, ""), `\u0000`)
		var events struct{ Items []conversation.Event }
		r.json(&events)
		total += len(events.Items)
	}
	require.GreaterOrEqual(t, total, 5+11+4+4+3+1)
	require.NotContains(t, b.log.String(), "request failed")
	require.Equal(t, 1, b.count(`select count(*) from conversation_events where body->>'text' = '<script>alert(1)</script>'`), "what was said is kept as it was said")
}

// endless is a body without an end.
type endless struct{ read *int64 }

func (e endless) Read(p []byte) (int, error) {
	*e.read += int64(len(p))
	return len(p), nil
}

func TestBodiesThatDoNotEnd(t *testing.T) {
	t.Parallel()
	b := newSwitchboard(t)
	for kind, most := range map[string]int64{"whatsapp": 4 << 20, "line": 1 << 20, "sms": 1 << 20, "custom": 1 << 20} {
		var read int64
		b.send(http.MethodPost, "/webhooks/"+kind+"/"+kind, nil, b.signed(kind, nil), func(r *http.Request) { r.Body = io.NopCloser(endless{&read}) }).refused(http.StatusRequestEntityTooLarge, "too_large")
		require.Less(t, read, 3*most, "%s: no more is read than may be", kind)
		cut := io.MultiReader(bytes.NewReader([]byte("{")), failing{})
		b.send(http.MethodPost, "/webhooks/"+kind+"/"+kind, nil, b.signed(kind, nil), func(r *http.Request) { r.Body = io.NopCloser(cut) }).refused(http.StatusBadRequest, "invalid")
	}
	// What is packed stays packed: nobody has asked for that, and it is no JSON.
	packed := string(connectortest.Gzip(t, []byte(whatsApp(phoneID, text("m", "hi")))))
	b.send(http.MethodPost, "/webhooks/whatsapp/whatsapp", packed, b.signed("whatsapp", []byte(packed)), header("Content-Encoding", "gzip")).refused(http.StatusBadRequest, "invalid")
	b.nothingWritten()
	require.NotContains(t, b.log.String(), "request failed")
}

// failing is a connection that breaks.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("connection reset by peer") }
