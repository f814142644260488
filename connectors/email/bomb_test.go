package email

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// nested is an email of so many multiparts in each other; boundary writes the one of a level.
func nested(levels int, header string) []byte {
	var b bytes.Buffer
	b.WriteString("From: a@b.example\r\n")
	for i := range levels {
		fmt.Fprintf(&b, "%sContent-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", header, i, i)
	}
	b.WriteString("Content-Type: text/plain\r\n\r\nhello\r\n")
	return b.Bytes()
}

func letterOf(header, body string) []byte {
	return []byte("From: Ana <a@b.example>\r\nSubject: bomb\r\n" + header + "\r\n\r\n" + body)
}

// What is made to exhaust its reader is read in no time, says who sent it, and takes no more memory than its size lets expect.
func TestBombs(t *testing.T) {
	many := strings.Repeat
	html := func(body string) []byte { return letterOf("Content-Type: text/html; charset=utf-8", body) }
	for name, raw := range map[string][]byte{
		"nested deep":              nested(10_000, ""),
		"nested, headers too long": nested(300, "X-Pad: "+many("x", 70<<10)+"\r\n"),
		"ten thousand parts":       letterOf("Content-Type: multipart/mixed; boundary=b", many("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n", 10_000)),
		"parts without an end":     letterOf("Content-Type: multipart/mixed; boundary=b", many("--b\r\n", 200_000)),
		"an endless header":        letterOf("X-Long: "+many("x", 4<<20), "hello"),
		"a folded header":          letterOf("To: a@b.example,"+many("\r\n "+many("a", 4<<10)+"@b.example,", 5_000), "hello"),
		"many headers":             letterOf(many("X-A: b\r\n", 200_000)+"X-B: c", "hello"),
		"many addresses":           letterOf("To: "+many("a@b.example, ", 100_000)+"c@d.example", "hello"),
		"brackets in an address":   letterOf("To: "+many("<", 200_000), "hello"),
		"comments in an address":   letterOf("To: "+many("(", 200_000)+many(")", 200_000)+" a@b.example", "hello"),
		"encoded words":            letterOf("X-Y: z\r\nTo: "+many("=?utf-8?b?aGVsbG8=?= ", 50_000)+"<a@b.example>", "hello"),
		"torn words":               letterOf("Cc: "+many("=?utf-8?B?7JWI?=\r\n =?utf-8?B?64WV?=", 20_000), "hello"),
		"message ids":              letterOf("References: "+many("<a@b> ", 300_000), "hello"),
		"boundaries of a name":     letterOf("Content-Type: multipart/mixed; "+many("boundary=b; ", 5_000), "--b\r\n\r\nhello"),
		"continued parameters":     letterOf("Content-Type: multipart/mixed; boundary=b", "--b\r\nContent-Disposition: attachment; "+many("filename*0*=utf-8''a; ", 3_000)+"\r\n\r\nx\r\n--b--"),
		"endless base64":           letterOf("Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64", many(base64.StdEncoding.EncodeToString(make([]byte, 57))+"\r\n", 100_000)),
		"broken base64":            letterOf("Content-Type: text/plain\r\nContent-Transfer-Encoding: base64", many("=", 2<<20)),
		"broken quoted-printable":  letterOf("Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable", many("=\r\n=zz", 1<<18)),
		"a charset nobody has":     letterOf("Content-Type: text/plain; charset=\""+many("x", 30_000)+"\"", many("\xff\xfe", 1<<19)),
		"UTF-16 that is none":      letterOf("Content-Type: text/plain; charset=utf-16", many("\xd8\x00", 1<<20)),
		"ISO-2022-KR":              letterOf("Content-Type: text/plain; charset=iso-2022-kr", "\x1b$)C"+many("\x0e\x0f", 1<<20)),
		"ISO-2022-JP":              letterOf("Content-Type: text/plain; charset=iso-2022-jp", many("\x1b$B\x1b(B", 1<<18)),
		"one line":                 letterOf("Content-Type: text/plain", many("x", 8<<20)),
		"empty lines":              letterOf("Content-Type: text/plain; format=flowed", many(" \n", 2<<20)),
		"quotes":                   letterOf("Content-Type: text/plain", many("> \n", 1<<18)+"On Sun, Mar 1, 2026 Shop wrote:"),
		"quotes in quotes":         letterOf("Content-Type: text/plain; format=flowed", many(many(">", 1000)+" a \r\n", 1000)),
		"nested tags":              html(many("<div>", 100_000)),
		"nested formatting":        html(many("<b><i><u><font>", 40_000) + "x"),
		"nested tables":            html(many("<table><tr><td>", 40_000)),
		"nested lists":             html(many("<ul><li>", 60_000)),
		"a million attributes":     html("<div " + many("a=b ", 150_000) + ">x</div>"),
		"a million styles":         html("<div style=\"" + many("color:red;", 40_000) + "\">x</div>"),
		"a style in no quotes":     html("<div style=" + many("color:red;'\"", 30_000) + ">x</div>"),
		"a style without an end":   html("<p style=\"" + many("a:b(", 100_000)),
		"a million tags":           html(many("<a href=https://a.example>x</a>", 20_000)),
		"a tag without an end":     html("<a href=\"" + many("x", 1<<20)),
		"a comment without an end": html("<!--" + many("-", 1<<20)),
		"entities":                 html(many("&lt;", 150_000)),
		"half open tags":           html(many("<", 1<<19)),
		"closing tags":             html(many("</p>", 150_000)),
		"misnested":                html(many("<a><table></a></table>", 20_000)),
		"delivery reports":         letterOf("Content-Type: multipart/report; report-type=delivery-status; boundary=b", "--b\r\nContent-Type: message/delivery-status\r\n\r\n"+many("Action: failed\r\n\r\n", 100_000)),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begun := time.Now()
			l := read(raw)
			fresh, quoted := fold(l.text)
			clean := sanitise(l.html)
			text := textOf(clean)
			took := time.Since(begun)
			runtime.ReadMemStats(&after)
			t.Logf("%d kB took %s and %d MB", len(raw)>>10, took.Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20)
			require.Less(t, took, time.Minute)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(40*len(raw)+600<<20))
			require.NotNil(t, l.from)
			require.Equal(t, "a@b.example", l.from.Address)
			require.LessOrEqual(t, len(l.files), maxFiles)
			require.LessOrEqual(t, len(kept(clean)), maxHTML)
			require.LessOrEqual(t, len(fresh)+len(quoted), 4*maxBody)
			require.LessOrEqual(t, len(text), 8*maxBody)
		})
	}
}
