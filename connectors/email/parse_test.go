package email

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestQuotationsAreFolded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, fresh, quoted string }{
		"nothing":       {"Hello\n\nBye", "Hello\n\nBye", ""},
		"marked lines":  {"Yes.\n\n> Do you?\n> Really?", "Yes.", "> Do you?\n> Really?"},
		"Gmail":         {"Yes.\n\nOn Sun, Mar 1, 2026 at 12:00 PM Shop <support@shop.example> wrote:\n\n> Hi\n", "Yes.", "On Sun, Mar 1, 2026 at 12:00 PM Shop <support@shop.example> wrote:\n\n> Hi\n"},
		"two lines":     {"Yes.\n\nOn Sun, Mar 1, 2026 at 12:00 PM Shop\n<support@shop.example> wrote:\n> Hi", "Yes.", "On Sun, Mar 1, 2026 at 12:00 PM Shop\n<support@shop.example> wrote:\n> Hi"},
		"Korean Gmail":  {"네\n\n2026년 3월 1일 (일) 오후 3:04, 상점 <support@shop.example>님이 작성:\n> 안녕", "네", "2026년 3월 1일 (일) 오후 3:04, 상점 <support@shop.example>님이 작성:\n> 안녕"},
		"Outlook":       {"Yes.\n\nFrom: Shop <support@shop.example>\nSent: Sunday\nTo: Ana\nSubject: Order\n\nHi", "Yes.", "From: Shop <support@shop.example>\nSent: Sunday\nTo: Ana\nSubject: Order\n\nHi"},
		"Korean":        {"네\n\n보낸 사람: 상점\n보낸 날짜: 일요일\n받는 사람: 아나\n제목: 주문\n\n안녕", "네", "보낸 사람: 상점\n보낸 날짜: 일요일\n받는 사람: 아나\n제목: 주문\n\n안녕"},
		"separator":     {"네\n-----원본 메시지-----\n안녕", "네", "-----원본 메시지-----\n안녕"},
		"answers below": {"On Sun, Mar 1, 2026 Shop wrote:\n> Do you?\nYes.\n> Really?\nYes!", "On Sun, Mar 1, 2026 Shop wrote:\n> Do you?\nYes.\n> Really?\nYes!", ""},
		"only quoted":   {"> Hi", "> Hi", ""},
		"a sentence":    {"From: the kiln\nto my table. On 1 March he wrote: nothing.", "From: the kiln\nto my table. On 1 March he wrote: nothing.", ""},
		"space stays":   {"  kept  ", "  kept  ", ""},
	} {
		fresh, quoted := fold(c.text)
		require.Equal(t, c.fresh, fresh, name)
		require.Equal(t, c.quoted, quoted, name)
	}
	fold(strings.Repeat("> a\nOn Sun, Mar 1, 2026 Shop wrote:\n", 400_000) + "end") // ends, even so
}

func TestFlowedText(t *testing.T) {
	t.Parallel()
	require.Equal(t, "one two\nthree", unflowed("one \ntwo\nthree", false))
	require.Equal(t, "onetwo", unflowed("one \ntwo", true))
	require.Equal(t, "> a b\nc", unflowed("> a \n> b\nc", false))
	require.Equal(t, "-- \nAna", unflowed("-- \nAna", false))
}

// Whatever comes, reading it ends, and what is read can be stored.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"From: a@b.example\r\nSubject: =?euc-kr?B?wda5rg==?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=iso-2022-kr\r\n\r\n\x1b$)C\x0eAV\x0f<b>x\r\n--b\r\nContent-Disposition: attachment; filename*0*=utf-8''%41; filename*1=b\r\n\r\nx\r\n--b--\r\n",
		"From: mailer-daemon@b.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <x@y>\r\n\r\n--b--\r\n",
		"From: \"a\" <a@b.example>, c@d.example\r\nContent-Type: text/plain; format=flowed; delsp=yes\r\n\r\na \r\n> b \r\n> c\r\n", "\xff\xfe\x00", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		l := read(raw)
		fresh, quoted := fold(l.text)
		for _, s := range []string{l.subject, l.text, l.id, l.lastingID(), fresh, quoted, sanitise(l.html), textOf(sanitise(l.html))} {
			if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
				t.Fatalf("%q cannot be stored", s)
			}
		}
		clean := strings.ToLower(sanitise(l.html))
		for _, bad := range []string{"<script", "<img", "<iframe", "<style", "javascript:"} {
			if strings.Contains(clean, bad) && !strings.Contains(clean, "href=\"http") {
				t.Fatalf("%q in %q", bad, clean)
			}
		}
		for _, f := range l.files {
			if !utf8.ValidString(f.name) || strings.ContainsAny(f.name, "/\x00\r\n") {
				t.Fatalf("a file called %q", f.name)
			}
		}
		if l.report != nil {
			for _, o := range l.report.outcomes {
				_, _ = o.update()
			}
		}
	})
}
