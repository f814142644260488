package email_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/connectortest"
	"seax/connectors/email"
	"seax/connectors/fake"
	"seax/internal/conversation"
)

// What a provider has taken apart can be as large as what comes whole.
func TestBombsInPieces(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "postmark", nil)
	many := strings.Repeat
	whole := map[string]any{"From": "ana@customer.example", "MessageID": "1", "TextBody": "hello"}
	for name, part := range map[string]map[string]any{
		"HTML":      {"HtmlBody": many("<div a=b>", 1<<18), "TextBody": ""},
		"text":      {"TextBody": many("> x\n", 1<<20)},
		"addresses": {"Cc": many("a@b.example, ", 1<<17), "Headers": []any{map[string]any{"Name": "Delivered-To", "Value": many("<a@b.example> ", 1<<17)}}},
		"headers":   {"Headers": []any{map[string]any{"Name": "References", "Value": many("<a@b> ", 1<<18)}, map[string]any{"Name": "In-Reply-To", "Value": many("<", 1<<20)}}},
		"subject":   {"Subject": many("=?utf-8?b?aGVsbG8=?= ", 1<<17)},
	} {
		all := map[string]any{}
		for _, from := range []map[string]any{whole, part} {
			for key, value := range from {
				all[key] = value
			}
		}
		body, err := json.Marshal(all)
		require.NoError(t, err)
		begun := time.Now()
		events := w.parse(t, w.Raw(w.account, body))
		require.Less(t, time.Since(begun), time.Minute, name)
		require.Len(t, events, 1)
		require.Equal(t, "ana@customer.example", events[0].Address, name)
		require.LessOrEqual(t, len(events[0].Message.Text)+len(events[0].Message.Email.HTML)+len(events[0].Message.Email.Quoted), 8<<20, name)
		require.LessOrEqual(t, len(events[0].Message.Email.Subject), 2000, name)
	}
}

// A file is what it says it is called, and no path.
func TestNamesThatLeadElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "mailgun", nil)
	for _, header := range []string{
		`attachment; filename="../../etc/cron.d/x"`, `attachment; filename="C:\\Windows\\x.txt"`, "attachment; filename*=utf-8''..%2F..%2Fx%0d%0aSet-Cookie%3A%20a%00", `attachment; filename="=?utf-8?q?=2E=2E=2Fa=0d=0ab=00?="`,
		`attachment; filename=".."`, `attachment; filename="/"`, `attachment; filename*0*=utf-8''%2e%2e; filename*1=/x`, `attachment; filename="<script>alert(1)</script>.txt"`, "attachment; filename=\"a\xff\xfe.txt\"",
	} {
		e := w.postRaw(t, "From: ana@customer.example\r\nMessage-ID: <"+uuid.NewString()+"@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b\r\nContent-Type: text/plain\r\nContent-Disposition: "+header+"\r\n\r\nx\r\n--b--\r\n")
		require.Len(t, e.Message.Attachments, 1, header)
		name := e.Message.Attachments[0].Name
		require.NotEmpty(t, name)
		require.NotContains(t, name, "\\", header)
		require.NotRegexp(t, `[\x00-\x1f]|/|^\.+$`, name, header)
	}
}

// broken is a store that cannot keep anything now.
type broken struct{}

// PutAs implements email.Files.
func (broken) PutAs(context.Context, uuid.UUID, string, string, int64, []string, io.Reader) (conversation.Attachment, error) {
	return conversation.Attachment{}, errors.New("open /var/lib/seax/files/tmp: no space left on device")
}

// SendGrid throws away what is answered 4xx: what is our own fault must not be.
func TestAFaultOfOursIsNotTheEmails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sendgrid", nil)
	l := w.letter("with a file")
	l.Files = append(l.Files, fake.File{Name: "a.txt", MediaType: "text/plain", Content: []byte("x")})
	r, err := w.Request(w.account, l)
	require.NoError(t, err)
	c := email.New(email.Deps{Deps: connectors.Deps{Clock: w.clock.Now}, Files: broken{}})
	caller, err := c.Authenticate(t.Context(), w.account, r)
	require.NoError(t, err)
	batch, err := c.Parse(t.Context(), w.account, caller, r)
	require.NoError(t, err)
	require.Empty(t, batch.Events)
	answer := batch.Respond(nil)
	require.Equal(t, http.StatusServiceUnavailable, answer.Status)
	require.NotContains(t, string(answer.Body), "/var/lib")
}

func FuzzParse(f *testing.F) {
	for _, transport := range []string{"postmark", "mailgun", "sendgrid"} {
		w := newWorld(f, transport, nil)
		w.Fields = true
		r, err := w.Request(w.account, w.letter("hello"))
		require.NoError(f, err)
		f.Add(transport, r.Header.Get("Content-Type"), r.Body)
	}
	f.Add("mailgun", "application/x-www-form-urlencoded", []byte("from=a%40b.example&body-plain=hi&Message-Id=%3Cx%3E&message-headers=%5B%5B%22To%22%2C%22a%40b%22%5D%5D"))
	f.Add("postmark", "application/json", []byte(`{"RawEmail":"From: a@b.example\r\n\r\nhi","OriginalRecipient":"support@shop.example"}`))
	f.Add("sendgrid", "multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"charsets\"\r\n\r\n{\"text\":\"utf-7\"}\r\n--b\r\nContent-Disposition: form-data; name=\"attachment1\"; filename=\"../x\"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name=\"from\"\r\n\r\na@b.example\r\n--b--"))
	w := newWorld(f, "postmark", nil)
	f.Fuzz(func(t *testing.T, transport, contentType string, body []byte) {
		account := w.account
		account.Settings = map[string]string{"transport": transport, "address": support, "max_per_hour": "1000"}
		r := &connectors.Request{Method: http.MethodPost, Header: http.Header{"Content-Type": {contentType}}, Body: body}
		batch, err := w.connector.Parse(t.Context(), account, connectors.Caller{}, r)
		if err == nil {
			connectortest.Sound(t, batch)
		}
	})
}
