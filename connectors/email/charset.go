package email

import (
	"bytes"
	"io"
	"mime"
	"net/url"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/korean"
)

// koreanNames are names of Windows-949 (which EUC-KR is a part of) that are not in the list of the web.
var koreanNames = map[string]bool{
	"cp949": true, "ms949": true, "uhc": true, "x-windows-949": true, "x-cp949": true, "windows949": true, "ksc5601-1992": true, "ks_c_5601": true, "euckr": true, "x-euc-kr": true,
}

// decodeText makes text of bytes in a charset. What is declared wrongly, or not at all, is guessed.
func decodeText(content []byte, charset string) string {
	charset = strings.ToLower(strings.Trim(strings.TrimPrefix(strings.TrimSpace(strings.ToLower(charset)), "charset="), `"' `))
	switch {
	case charset == "" || charset == "us-ascii" || charset == "ascii" || charset == "unknown-8bit" || charset == "default":
		return guess(content)
	case charset == "iso-2022-kr" || charset == "csiso2022kr":
		return decodeWith(korean.EUCKR, shifted(content))
	case koreanNames[charset]:
		return decodeWith(korean.EUCKR, content)
	}
	e, err := htmlindex.Get(charset)
	if err != nil || e == encoding.Replacement {
		return guess(content)
	}
	return decodeWith(e, content)
}

func decodeWith(e encoding.Encoding, content []byte) string {
	decoded, err := e.NewDecoder().Bytes(content)
	if err != nil {
		return strings.ToValidUTF8(string(content), "\uFFFD")
	}
	return strings.TrimPrefix(strings.ToValidUTF8(string(decoded), "\uFFFD"), "\uFEFF")
}

// guess reads what does not say how it is written: as UTF-8, as Korean, or as Western text.
func guess(content []byte) string {
	if bytes.HasPrefix(content, []byte("\x1b$)C")) {
		return decodeWith(korean.EUCKR, shifted(content))
	}
	if utf8.Valid(content) {
		return strings.TrimPrefix(string(content), "\uFEFF")
	}
	if hangul := decodeWith(korean.EUCKR, content); !strings.ContainsRune(hangul, utf8.RuneError) {
		return hangul
	}
	return decodeWith(charmap.Windows1252, content)
}

// shifted makes EUC-KR of ISO-2022-KR, which is the same in seven bits: between SO and SI every two bytes are one Korean character.
func shifted(content []byte) []byte {
	content = bytes.ReplaceAll(content, []byte("\x1b$)C"), nil)
	out := make([]byte, 0, len(content))
	double := false
	for _, b := range content {
		switch {
		case b == 0x0e:
			double = true
		case b == 0x0f:
			double = false
		case b == '\n' || b == '\r':
			// Every line begins in ASCII.
			double = false
			out = append(out, b)
		case double && b > ' ':
			out = append(out, b|0x80)
		default:
			out = append(out, b)
		}
	}
	return out
}

var words = mime.WordDecoder{CharsetReader: func(charset string, input io.Reader) (io.Reader, error) {
	content, err := io.ReadAll(input)
	if err != nil {
		return nil, err
	}
	return strings.NewReader(decodeText(content, charset)), nil
}}

// tornWords are two encoded words that belong together: some programs tear them between the bytes of one character.
var tornWords = regexp.MustCompile(`(?i)(=\?([^?\s]+)\?b\?[a-z0-9+/]+)\?=[ \t]+=\?([^?\s]+)\?b\?`)

// joined joins encoded words in base64 that are torn where they have no padding.
func joined(raw string) string {
	for range 50 {
		m := tornWords.FindStringSubmatchIndex(raw)
		if m == nil || !strings.EqualFold(raw[m[4]:m[5]], raw[m[6]:m[7]]) {
			return raw
		}
		raw = raw[:m[3]] + raw[m[1]:]
	}
	return raw
}

// decodeHeader makes text of a header's raw value.
func decodeHeader(raw string) string {
	raw = joined(guess([]byte(raw)))
	decoded, err := words.DecodeHeader(raw)
	if err != nil {
		return raw
	}
	return strings.ToValidUTF8(decoded, "\uFFFD")
}

// section is one parameter of a header in pieces: name*0*=….
var section = regexp.MustCompile(`(?i)(?:^|[;\s])(?:file)?name\*(?:(\d+)\*?)?=\s*("[^"]*"|[^;\s]*)`)

// extendedName reads a file's name in the manner of RFC 2231, in any charset; "" if there is none.
func extendedName(header string) string {
	type piece struct {
		at    int
		value string
	}
	var pieces []piece
	for _, m := range section.FindAllStringSubmatch(header, 100) {
		at, _ := strconv.Atoi(m[1])
		pieces = append(pieces, piece{at, strings.Trim(m[2], `"`)})
	}
	sort.SliceStable(pieces, func(i, j int) bool { return pieces[i].at < pieces[j].at })
	var whole strings.Builder
	for _, p := range pieces {
		whole.WriteString(p.value)
	}
	parts := strings.SplitN(whole.String(), "'", 3)
	if len(parts) < 3 {
		return ""
	}
	content, err := url.PathUnescape(parts[2])
	if err != nil {
		return ""
	}
	return decodeText([]byte(content), parts[0])
}
