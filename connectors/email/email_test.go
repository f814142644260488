package email_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/mail"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/korean"

	"seax/connectors"
	"seax/connectors/email/emailfake"
	"seax/connectors/fake"
	"seax/internal/conversation"
)

// The vector of the providers' documentation: what is signed is the time and the token.
func TestMailgunSigns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "mailgun", nil)
	w.account.Secrets["mailgun_key"] = "signing-key"
	w.Know(w.account, "https://desk.example/webhooks/email/mail")
	form := func(token, signature string) *connectors.Request {
		r := w.Raw(w.account, []byte("x"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Body = []byte("timestamp=1700000000&token=" + token + "&signature=" + signature + "&from=ana%40customer.example&body-plain=hi")
		return r
	}
	const right = "38428a4ed193ea50758182521afad529848f116302ee89247c4603d452c18ecd"
	w.clock.Pass(time.Unix(1700000000, 0).Sub(start))
	_, err := w.connector.Authenticate(t.Context(), w.account, form("tok", right))
	require.NoError(t, err)
	for _, wrong := range []*connectors.Request{form("tok", strings.Repeat("0", 64)), form("tok2", right), form("", right), form("tok", ""), form("tok", strings.ToUpper(right))} {
		_, err = w.connector.Authenticate(t.Context(), w.account, wrong)
		require.ErrorIs(t, err, connectors.ErrUnauthenticated)
	}
	// A token is good for one body, as often as Mailgun likes to send it.
	_, err = w.connector.Authenticate(t.Context(), w.account, form("tok", right))
	require.NoError(t, err)
	other := form("tok", right)
	other.Body = append(other.Body, "&subject=another"...)
	_, err = w.connector.Authenticate(t.Context(), w.account, other)
	require.ErrorIs(t, err, connectors.ErrUnauthenticated)
	for _, off := range []time.Duration{6 * time.Minute, -12 * time.Minute} {
		w.clock.Pass(off)
		_, err = w.connector.Authenticate(t.Context(), w.account, form("tok", right))
		require.ErrorIs(t, err, connectors.ErrUnauthenticated)
	}
}

func TestWebhooksOfAMailboxAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "postmark", nil)
	r := w.Raw(w.account, []byte("{}"))
	mailbox := w.account
	mailbox.Settings = map[string]string{"transport": "imap", "address": support}
	_, err := w.connector.Authenticate(t.Context(), mailbox, r)
	require.ErrorIs(t, err, connectors.ErrUnauthenticated)
	r.Method = http.MethodGet
	_, err = w.connector.Authenticate(t.Context(), w.account, r)
	require.ErrorIs(t, err, connectors.ErrUnauthenticated)
	require.Empty(t, w.connector.Setup(mailbox))
}

func header(t *testing.T, w *world) mail.Header {
	t.Helper()
	letters := w.Letters()
	m, err := mail.ReadMessage(bytes.NewReader(letters[len(letters)-1]))
	require.NoError(t, err)
	return m.Header
}

func TestAnswersFindTheirConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "postmark", nil)
	first := w.post(t, w.letter("Where is my order?"))[0]
	o := out("On its way.")
	o.Last = conversation.LastInbound{ID: first.ProviderID, Handle: first.Handle, At: start}
	receipt := w.send(t, o)
	h := header(t, w)
	require.Equal(t, "<"+receipt.ProviderID+">", h.Get("Message-Id"))
	require.Equal(t, "<"+first.ProviderID+">", h.Get("In-Reply-To"))
	require.Equal(t, "<"+first.ProviderID+">", h.Get("References"))
	require.Equal(t, "Re: My order", h.Get("Subject"))
	require.Empty(t, h.Get("Auto-Submitted"))
	reply, err := mail.ParseAddress(h.Get("Reply-To"))
	require.NoError(t, err)
	require.Regexp(t, `^support\+[a-z2-7]{39}@shop\.example$`, reply.Address)

	answers := func(l *emailfake.Letter) string {
		events := w.post(t, l)
		e := events[len(events)-1]
		require.Equal(t, connectors.InMessage, e.Type)
		if e.Answers != "" {
			require.Len(t, events, 2)
			require.Equal(t, connectors.StatusUpdate{MessageID: o.ID, ProviderID: receipt.ProviderID, Status: conversation.StatusDelivered}, events[0].Status)
		}
		return e.Answers
	}
	byAddress := w.letter("Thanks")
	byAddress.To = strings.ToUpper(reply.Address)
	require.Equal(t, o.ID, answers(byAddress))
	byHeader := w.letter("Thanks")
	byHeader.InReplyTo = receipt.ProviderID
	require.Equal(t, o.ID, answers(byHeader))
	byReferences := w.letter("Thanks")
	byReferences.InReplyTo, byReferences.References = "other@customer.example", []string{"older@x.example", receipt.ProviderID, "newer@x.example"}
	require.Equal(t, o.ID, answers(byReferences))

	// A colleague who was sent it answers: it is the same conversation, and they are not who they are not.
	colleague := w.letter("I take over")
	colleague.From, colleague.InReplyTo = "bo@customer.example", receipt.ProviderID
	require.Equal(t, o.ID, answers(colleague))

	// Neither a subject nor an id that somebody made up leads anywhere.
	bySubject := w.letter("Thanks")
	bySubject.Subject = "Re: My order"
	require.Empty(t, answers(bySubject))
	for i, forged := range []string{uuid.NewString() + ".0123456789abcdef@shop.example", strings.Replace(receipt.ProviderID, ".", ".0", 1), o.ID + "@shop.example", o.ID + ".@shop.example"} {
		l := w.letter(strconv.Itoa(i))
		l.InReplyTo, l.To = forged, "support+"+strings.Repeat("a", 39)+"@shop.example"
		require.Empty(t, answers(l), forged)
	}
	other := w.account
	other.Secret = bytes.Repeat([]byte("o"), 32)
	theirs, err := w.connector.Send(t.Context(), other, out("elsewhere"))
	require.NoError(t, err)
	l := w.letter("not ours")
	l.InReplyTo = theirs.ProviderID
	require.Empty(t, answers(l))
}

func TestEveryAttemptIsTheSameEmail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "postmark", nil)
	o := out("once")
	first := w.send(t, o)
	require.Equal(t, first, w.send(t, o))
	letters := w.Letters()
	require.Equal(t, string(letters[0]), string(letters[1]))
	// A copy in the mailbox says that it was sent.
	copied := w.parse(t, w.Raw(w.account, fmt.Appendf(nil, `{"RawEmail":%q}`, letters[0])))
	require.Len(t, copied, 1)
	require.Equal(t, connectors.InStatus, copied[0].Type)
	require.Equal(t, o.ID, copied[0].Status.MessageID)
	require.Equal(t, conversation.StatusSent, copied[0].Status.Status)
}

func TestWhatIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "imap", map[string]string{"plus_addressing": "false"})
	o := out("Hello")
	o.From = conversation.Actor{Kind: conversation.ByBot}
	w.send(t, o)
	h := header(t, w)
	require.Equal(t, "Shop", h.Get("Subject"), "we wrote first")
	require.Equal(t, "auto-replied", h.Get("Auto-Submitted"))
	require.Empty(t, h.Get("Reply-To"))
	require.Empty(t, h.Get("In-Reply-To"))
	require.Equal(t, `"Shop Support" <support@shop.example>`, h.Get("From"))

	// Nothing a customer or an agent writes becomes a header.
	o = out("body")
	o.Message.Email = &conversation.Email{Subject: "Hi\r\nBcc: victim@evil.example\r\n\r\nbody\x00"}
	o.ReplyTo = "x@y>\r\nBcc: <victim@evil.example"
	o.Last.Handle = `{"from":"ana@customer.example","to":"ana@customer.example","id":"a\r\nBcc: v@evil.example","references":["b\nX: y","good@id.example"],"subject":"s\r\nBcc: v@evil.example"}`
	w.send(t, o)
	h = header(t, w)
	require.Empty(t, h.Get("Bcc"))
	require.Empty(t, h.Get("X"))
	require.Equal(t, "Hi  Bcc: victim@evil.example    body", h.Get("Subject"))
	require.Equal(t, "<good@id.example>", h.Get("References"))
	for _, address := range []string{"ana@customer.example\r\nRCPT TO:<victim@evil.example>", "two@x.example, three@x.example", ""} {
		o = out("x")
		o.Address = address
		_, err := w.connector.Send(t.Context(), w.account, o)
		var e *connectors.SendError
		require.ErrorAs(t, err, &e)
		require.Equal(t, connectors.CodeRejected, e.Code)
	}
	require.Empty(t, w.Sent("victim@evil.example"))
}

func TestAnswersGoWhereTheCustomerWants(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "postmark", nil)
	for replyTo, want := range map[string]string{"orders@customer.example": "orders@customer.example", "thief@evil.example": "ana@customer.example"} {
		l := w.letter("hello")
		l.Headers = [][2]string{{"Reply-To", "<" + replyTo + ">"}}
		in := w.post(t, l)[0]
		o := out("answer to " + replyTo)
		o.Last = conversation.LastInbound{ID: in.ProviderID, Handle: in.Handle}
		w.send(t, o)
		sent := w.Sent(want)
		require.Equal(t, o.Message.Text, sent[len(sent)-1].Text)
		// Somebody else's email in the conversation does not turn it to them.
		o.ID, o.Address = uuid.NewString(), "owner@customer.example"
		w.send(t, o)
		require.NotEmpty(t, w.Sent("owner@customer.example"))
	}
}

func TestBounces(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "mailgun", nil)
	o := out("hello")
	receipt := w.send(t, o)
	for status, code := range map[string]connectors.ErrorCode{"5.1.1": connectors.CodeUnreachable, "5.2.2": connectors.CodeUnreachable, "5.3.4": connectors.CodeRejected, "5.7.1": connectors.CodeRejected, "5.0.0": connectors.CodeRejected} {
		events := w.post(t, w.Bounce(support, emailfake.Report{Original: receipt.ProviderID, Recipient: o.Address, Action: "failed", Status: status, Diagnostic: "550 " + status + " no"}))
		require.Len(t, events, 1)
		require.Equal(t, connectors.InStatus, events[0].Type)
		require.Equal(t, o.Address, events[0].Address)
		update := events[0].Status
		require.Equal(t, o.ID, update.MessageID)
		require.Equal(t, conversation.StatusFailed, update.Status)
		require.Equal(t, code, update.Code, status)
		require.NotEmpty(t, update.Error)
	}
	// One that is not about a message of ours, or only says that it takes longer, changes nothing.
	for _, r := range []emailfake.Report{
		{Original: "forged@shop.example", Recipient: o.Address, Action: "failed", Status: "5.1.1"}, {Recipient: o.Address, Action: "failed", Status: "5.1.1"},
		{Original: receipt.ProviderID, Recipient: o.Address, Action: "delayed", Status: "4.4.1"},
	} {
		events := w.post(t, w.Bounce(support, r))
		require.Len(t, events, 1)
		require.Equal(t, connectors.InAutomatic, events[0].Type)
		require.Equal(t, o.Address, events[0].Address)
	}
}

func TestMachinesAreKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sendgrid", map[string]string{"max_per_hour": "3"})
	kind := func(change func(*emailfake.Letter)) connectors.InboundType {
		l := w.letter("I am away")
		l.From = uuid.NewString() + "@customer.example"
		change(l)
		return w.post(t, l)[0].Type
	}
	for _, h := range [][2]string{
		{"Auto-Submitted", "auto-replied"}, {"Auto-Submitted", "auto-generated; x=y"}, {"Precedence", "bulk"}, {"Precedence", "LIST"}, {"Precedence", "junk"}, {"X-Autoreply", "yes"}, {"X-Autorespond", "x"},
		{"List-Id", "<news.example>"}, {"Return-Path", "<>"},
	} {
		require.Equal(t, connectors.InAutomatic, kind(func(l *emailfake.Letter) { l.Headers = [][2]string{h} }), h)
	}
	for _, from := range []string{"MAILER-DAEMON@mx.example", "postmaster@mx.example", support} {
		require.Equal(t, connectors.InAutomatic, kind(func(l *emailfake.Letter) { l.From = from }), from)
	}
	for _, h := range [][2]string{{"Auto-Submitted", "no"}, {"Precedence", "normal"}, {"Return-Path", "<ana@customer.example>"}} {
		require.Equal(t, connectors.InMessage, kind(func(l *emailfake.Letter) { l.Headers = [][2]string{h} }), h)
	}
	// Two machines that answer each other are stopped; the same email again is not another one.
	same := w.letter("again")
	for range 5 {
		require.Equal(t, connectors.InMessage, w.post(t, same)[0].Type)
	}
	var kinds []connectors.InboundType
	for range 4 {
		kinds = append(kinds, w.post(t, w.letter("ping"))[0].Type)
	}
	require.Equal(t, []connectors.InboundType{connectors.InMessage, connectors.InMessage, connectors.InAutomatic, connectors.InAutomatic}, kinds)
	w.clock.Pass(61 * time.Minute)
	require.Equal(t, connectors.InMessage, w.post(t, w.letter("ping"))[0].Type)
}

func TestWhoIsBelieved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "mailgun", map[string]string{"authserv_id": "mx.shop.example"})
	verified := func(headers ...[2]string) bool {
		l := w.letter("hello")
		l.Headers = headers
		e := w.post(t, l)[0]
		require.Equal(t, "ana@customer.example", e.Profile.Email)
		return e.Profile.Verified
	}
	results := func(value string) [2]string { return [2]string{"Authentication-Results", value} }
	for value, want := range map[string]bool{
		"mx.shop.example; dmarc=pass header.from=customer.example":                                   true,
		"mx.shop.example 1; dkim=pass header.d=customer.example; spf=fail smtp.mailfrom=a@b.example": true,
		"mx.shop.example; spf=pass smtp.mailfrom=ana@customer.example":                               true,
		"mx.shop.example; dmarc=fail header.from=customer.example":                                   false,
		"mx.shop.example; dmarc=pass header.from=evil.example":                                       false,
		"mx.shop.example; dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=a@evil.example":    false,
		"mx.shop.example; none": false,
		"mx.evil.example; dmarc=pass header.from=customer.example": false,
		"rubbish": false,
	} {
		require.Equal(t, want, verified(results(value)), value)
	}
	pass, fail := results("mx.shop.example; dmarc=pass header.from=customer.example"), results("mx.shop.example; dmarc=fail header.from=customer.example")
	require.False(t, verified(fail, pass), "the sender's own header is below the server's")
	require.False(t, verified())
	two := w.letter("hello")
	two.Headers = [][2]string{pass, {"From", "<other@customer.example>"}}
	require.False(t, w.post(t, two)[0].Profile.Verified, "two senders")
	w.account.Settings["authserv_id"] = ""
	require.False(t, verified(pass), "nobody was named who is believed")
}

func TestSendGridSaysWhoIsBelieved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sendgrid", nil)
	r, err := w.Request(w.account, w.letter("hello"))
	require.NoError(t, err)
	for _, c := range []struct {
		dkim, spf string
		want      bool
	}{{"{@customer.example : pass}", "none", true}, {"{@evil.example : pass}", "fail", false}, {"{@customer.example : fail}", "softfail", false}, {"none", "pass", true}} {
		body := bytes.Replace(r.Body, []byte("\r\nnone\r\n"), []byte("\r\n"+c.dkim+"\r\n"), 1)
		body = bytes.Replace(body, []byte("\r\npass\r\n"), []byte("\r\n"+c.spf+"\r\n"), 1)
		require.Equal(t, c.want, w.parse(t, w.Raw(w.account, body))[0].Profile.Verified, c)
	}
}

func kr(t *testing.T, text string) string {
	t.Helper()
	encoded, err := korean.EUCKR.NewEncoder().String(text)
	require.NoError(t, err)
	return encoded
}

// shiftedKR writes a text in ISO-2022-KR.
func shiftedKR(t *testing.T, text string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("\x1b$)C")
	double := false
	for _, r := range text {
		encoded := kr(t, string(r))
		if wide := len(encoded) == 2; wide != double {
			b.WriteByte(map[bool]byte{true: 0x0e, false: 0x0f}[wide])
			double = wide
		}
		for i := range len(encoded) {
			b.WriteByte(encoded[i] & 0x7f)
		}
	}
	if double {
		b.WriteByte(0x0f)
	}
	return b.String()
}

func TestEveryCharset(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "mailgun", nil)
	const text, windows = "안녕하세요, 주문 12번", "똠방각하 펲시콜라"
	for name, c := range map[string]struct{ contentType, body, want string }{
		"EUC-KR":            {"text/plain; charset=euc-kr", kr(t, text), text},
		"ks_c_5601-1987":    {"text/plain; charset=\"ks_c_5601-1987\"", kr(t, text), text},
		"Windows-949":       {"text/plain; charset=Windows-949", kr(t, windows), windows},
		"CP949":             {"text/plain; charset=CP949", kr(t, windows), windows},
		"ISO-2022-KR":       {"text/plain; charset=ISO-2022-KR", shiftedKR(t, text), text},
		"not declared":      {"text/plain", kr(t, text), text},
		"declared as ASCII": {"text/plain; charset=us-ascii", text, text},
		"declared oddly":    {"text/plain; charset=charset=utf-8", text, text},
		"unknown":           {"text/plain; charset=x-martian", text, text},
		"Latin-1":           {"text/plain; charset=iso-8859-1", "Gr\xf6\xdfe", "Größe"},
		"ISO-2022-JP":       {"text/plain; charset=iso-2022-jp", "\x1b$B$3$s\x1b(B", "こん"},
		"broken UTF-8":      {"text/plain; charset=utf-8", "a\xffb", "a\uFFFDb"},
		"no content type":   {"", text, text},
		"HTML alone":        {"text/html; charset=euc-kr", "<p>" + kr(t, text) + "</p>", text},
	} {
		raw := "From: ana@customer.example\r\nTo: " + support + "\r\nMessage-ID: <" + uuid.NewString() + "@x>\r\n"
		if c.contentType != "" {
			raw += "Content-Type: " + c.contentType + "\r\n"
		}
		require.Equal(t, c.want, w.postRaw(t, raw+"\r\n"+c.body+"\r\n").Message.Text, name)
	}
}

func TestHeadersInEveryCharset(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "mailgun", nil)
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	torn := b64("안녕하세요")
	for _, c := range []struct{ subject, want string }{
		{"=?utf-8?B?" + b64("주문 문의") + "?=", "주문 문의"},
		{"=?euc-kr?B?" + b64(kr(t, "주문 문의")) + "?=", "주문 문의"},
		{"=?ks_c_5601-1987?B?" + b64(kr(t, "주문")) + "?= and =?iso-8859-1?Q?Gr=F6=DFe?=", "주문 and Größe"},
		{"=?ISO-2022-KR?B?" + b64(shiftedKR(t, "주문")) + "?=", "주문"},
		{kr(t, "주문 문의"), "주문 문의"},
		{"주문", "주문"},
		{"=?utf-8?B?" + torn[:8] + "?=\r\n =?utf-8?B?" + torn[8:] + "?=", "안녕하세요"},
		{"=?utf-8?Q?broken", "=?utf-8?Q?broken"},
	} {
		e := w.postRaw(t, "From: =?euc-kr?B?"+b64(kr(t, "김민수"))+"?= <ana@customer.example>\r\nMessage-ID: <"+uuid.NewString()+"@x>\r\nSubject: "+c.subject+"\r\n\r\nhi\r\n")
		require.Equal(t, c.want, e.Message.Email.Subject)
		require.Equal(t, "김민수", e.Profile.Name)
	}
}

func attached(disposition, kind, content string) string {
	return "From: ana@customer.example\r\nMessage-ID: <" + uuid.NewString() + "@x>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhere\r\n--b\r\nContent-Type: " + kind +
		"\r\nContent-Disposition: " + disposition + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte(content)) + "\r\n--b--\r\n"
}

func TestNamesOfFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "mailgun", nil)
	percent := func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
		return b.String()
	}
	for _, c := range []struct{ disposition, want string }{
		{`attachment; filename="a.png"`, "a.png"},
		{"attachment; filename*=utf-8''" + percent("사진.png"), "사진.png"},
		{"attachment; filename*=euc-kr''" + percent(kr(t, "사진.png")), "사진.png"},
		{"attachment;\r\n filename*0*=utf-8'ko'" + percent("사") + ";\r\n filename*1*=" + percent("진") + ";\r\n filename*2=\".png\"", "사진.png"},
		{`attachment; filename="=?euc-kr?B?` + base64.StdEncoding.EncodeToString([]byte(kr(t, "사진.png"))) + `?="`, "사진.png"},
		{`attachment; filename="../../etc/passwd.png"`, "passwd.png"},
		{`attachment; filename="C:\\Users\\ana\\a.png"`, "a.png"},
	} {
		e := w.postRaw(t, attached(c.disposition, "image/png", "picture"))
		require.Len(t, e.Message.Attachments, 1, c.disposition)
		require.Equal(t, c.want, e.Message.Attachments[0].Name, c.disposition)
		require.Equal(t, "here", e.Message.Text)
		require.Equal(t, "picture", string(w.files.content[e.Message.Attachments[0].ID]))
	}
}

func TestFilesThatAreNotKept(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"mailgun", "sendgrid", "postmark"} {
		for _, fields := range []bool{true, false} {
			w := newWorld(t, transport, nil)
			w.Fields = fields
			l := w.letter("see")
			l.Files = []fake.File{{Name: "photo.png", MediaType: "image/png", Content: []byte("picture")}, {Name: "bomb.zip", MediaType: "application/zip", Content: []byte("PK\x03\x04")}}
			if fields && transport == "postmark" {
				l.Files = append(l.Files, fake.File{Name: "huge.png", MediaType: "image/png", Content: bytes.Repeat([]byte{1}, 18<<20+1)})
			}
			again := w.post(t, l)[0].Message.Attachments
			got := w.post(t, l)[0].Message.Attachments
			require.Equal(t, again, got, "the same email has the same files")
			require.Len(t, got, len(l.Files))
			require.Empty(t, got[0].State)
			for _, refused := range got[1:] {
				require.Equal(t, conversation.AttachmentFailed, refused.State)
				require.NotEmpty(t, refused.Error)
			}
			require.Len(t, w.files.content, 1)
		}
	}
}

func TestHTMLIsMadeHarmless(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "postmark", nil)
	l := w.letter("")
	l.HTML = `<html><head><title>t</title><style>p{background:url(https://track.example)}</style></head><body onload="x()"><p style="color:red;background-image:url(https://track.example/1)">Hello <b>Mina</b></p>
<script>alert(1)</script><img src="https://track.example/pixel.gif"><img src="cid:logo"><a href="javascript:alert(1)">bad</a><a href="https://shop.example/?a=1">good</a>
<iframe src="https://evil.example"></iframe><form action="https://evil.example"><input name="password"></form><svg onload="x()"><a href="x"></a></svg><base href="https://evil.example"><meta http-equiv="refresh" content="0"><link rel="stylesheet" href="https://track.example"></body></html>`
	e := w.post(t, l)[0]
	html := e.Message.Email.HTML
	for _, bad := range []string{"script", "track.example", "evil.example", "javascript", "onload", "<img", "<form", "<input", "<svg", "<iframe", "<meta", "<link", "<base", "cid:", "url("} {
		require.NotContains(t, html, bad)
	}
	require.Contains(t, html, `<p style="color: red">Hello <b>Mina</b></p>`)
	require.Contains(t, html, `href="https://shop.example/?a=1"`)
	require.Contains(t, html, `rel="nofollow noreferrer`)
	require.Contains(t, e.Message.Text, "Hello *Mina*")
	require.NotContains(t, e.Message.Text, "alert")
}

func TestPicturesInTheTextAreFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "mailgun", nil)
	e := w.postRaw(t, "From: ana@customer.example\r\nMessage-ID: <1@x>\r\nContent-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\nContent-Type: text/plain\r\n\r\nlook\r\n--a\r\nContent-Type: text/html\r\n\r\n<p>look <img src=\"cid:p\"></p>\r\n--a--\r\n--r\r\nContent-Type: image/png\r\nContent-ID: <p>\r\nContent-Disposition: inline; filename=p.png\r\n\r\npicture\r\n--r--\r\n")
	require.Equal(t, "look", e.Message.Text)
	require.Equal(t, "<p>look </p>", e.Message.Email.HTML)
	require.Len(t, e.Message.Attachments, 1)
	require.Equal(t, "p.png", e.Message.Attachments[0].Name)
}

func TestMIMEBombs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "mailgun", nil)
	const head = "From: ana@customer.example\r\nSubject: Boom\r\nMessage-ID: <1@x>\r\n"
	var deep, wide strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&deep, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	wide.WriteString("Content-Type: multipart/mixed; boundary=b\r\n\r\n")
	for range 10_000 {
		wide.WriteString("--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=a\r\n\r\nx\r\n")
	}
	for name, raw := range map[string]string{
		"deep": head + deep.String(), "wide": head + wide.String() + "--b--\r\n",
		"folded boundary": head + "Content-Type: multipart/mixed;\r\n boundary=\"b\"\r\n\r\n" + strings.Repeat("--b\r\n\r\nx\r\n", 10_000),
	} {
		e := w.postRaw(t, raw)
		require.Equal(t, "Boom", e.Message.Email.Subject, name)
		require.NotNil(t, e.Message.Unsupported, name)
		require.Empty(t, e.Message.Attachments, name)
	}
}

func TestEmailsWithoutAnID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "mailgun", nil)
	raw := "From: ana@customer.example\r\nDate: Sun, 1 Mar 2026 12:00:00 +0000\r\n\r\n"
	one := w.postRaw(t, raw+"one").ProviderID
	require.Equal(t, one, w.postRaw(t, raw+"one").ProviderID)
	require.NotEqual(t, w.postRaw(t, raw+"one").ProviderID, w.postRaw(t, raw+"two").ProviderID)
}
