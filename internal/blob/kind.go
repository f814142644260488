package blob

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Media types with long names.
const (
	docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	pptx = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
)

// DefaultTypes is what may be stored when nothing else is said. Archives are not in it: nobody can see what is inside, and they are
// the usual way programs travel.
var DefaultTypes = []string{
	"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain", "text/csv", docx, xlsx,
	"audio/mpeg", "audio/mp4", "audio/ogg", "audio/webm", "video/mp4", "video/webm",
}

// CustomerTypes is what customers may send. Programs, scripts, pages and archives get in nowhere.
var CustomerTypes = append([]string{"image/*", "audio/*", "video/*", "text/vcard"}, DefaultTypes...)

// aliases are other names for what classify returns.
var aliases = map[string]string{
	"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/heif": "image/heic", "audio/mp3": "audio/mpeg", "audio/m4a": "audio/mp4",
	"audio/x-m4a": "audio/mp4", "audio/opus": "audio/ogg", "audio/x-wav": "audio/wav", "audio/wave": "audio/wav", "application/ogg": "audio/ogg",
	"application/x-zip-compressed": "application/zip", "application/csv": "text/csv", "audio/x-aac": "audio/aac", "audio/x-flac": "audio/flac",
}

func allowed(types []string, mediaType string) bool {
	if len(types) == 0 {
		types = DefaultTypes
	}
	if mediaType == "application/octet-stream" {
		return false
	}
	family, _, _ := strings.Cut(mediaType, "/")
	for _, t := range types {
		t = strings.ToLower(strings.TrimSpace(t))
		if canonical, ok := aliases[t]; ok {
			t = canonical
		}
		if t == mediaType || t == family+"/*" {
			return true
		}
	}
	return false
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrType, fmt.Sprintf(format, args...))
}

// headSize is how much of the beginning is looked at; browsers look at 1,445 bytes at most.
const headSize = 4 << 10

// classify says by the content what a file is, and refuses what must not get in whatever was asked for. The name is only looked at
// for reasons to refuse, and to tell tables from other text.
func classify(c *spooled, name string) (string, error) {
	extension := strings.ToLower(extensionOf(name))
	if runnable[extension] {
		return "", refuse("a name with %s stands for a program, a script or a web page", extension)
	}
	head := c.bytes(0, headSize)
	if what := program(head); what != "" {
		return "", refuse("this is %s", what)
	}
	mediaType, err := magic(c, head)
	if err != nil {
		return "", err
	}
	if mediaType == "" {
		return text(c, head, extension)
	}
	return mediaType, polyglot(c, head, mediaType)
}

// program names the kind of program or script a file begins like.
func program(head []byte) string {
	for _, p := range []struct{ magic, what string }{
		{"MZ", "a Windows program"}, {"\x7fELF", "a Linux program"},
		{"\xfe\xed\xfa\xce", "a macOS program"}, {"\xfe\xed\xfa\xcf", "a macOS program"}, {"\xce\xfa\xed\xfe", "a macOS program"},
		{"\xcf\xfa\xed\xfe", "a macOS program"}, {"\xca\xfe\xba\xbe", "a program"}, {"\x00asm", "a WebAssembly program"}, {"dex\n", "an Android program"},
		{"L\x00\x00\x00\x01\x14\x02\x00", "a Windows shortcut"}, {"!<arch>\n", "a software package"}, {"\xed\xab\xee\xdb", "a software package"},
		{"MSCF", "a Windows installer"}, {"ITSF", "a Windows help file"}, {"FWS", "a Flash program"}, {"CWS", "a Flash program"}, {"\x1bLua", "a program"},
	} {
		if bytes.HasPrefix(head, []byte(p.magic)) && (p.magic != "MZ" || !printable(head)) {
			return p.what
		}
	}
	if start := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n"); bytes.HasPrefix(start, []byte("#!")) && !bytes.HasPrefix(head, []byte("#!AMR")) {
		return "a script"
	}
	return ""
}

// printable tells a text that begins with MZ from a program.
func printable(head []byte) bool { return bytes.IndexFunc(head, control) < 0 }

func control(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' || r == 0x7f
}

// marks are how web pages and what runs in them betray themselves, in lower case.
var marks = [][]byte{
	[]byte("<!doctype"), []byte("<html"), []byte("<head"), []byte("<body"), []byte("<script"), []byte("<svg"), []byte("<iframe"), []byte("<object"),
	[]byte("<embed"), []byte("<link "), []byte("<meta "), []byte("<style"), []byte("<base "), []byte("<form"), []byte("<img"), []byte("<math"),
	[]byte("<?php"), []byte("<?xml"), []byte("<?="), []byte("<%@"), []byte("<xsl:"), []byte("<hta:"), []byte("mime-version:"), []byte("{\\rtf"),
}

// surely are the marks that are looked for in the whole file, where a shorter one would be found by chance.
var surely = [][]byte{[]byte("<script"), []byte("<!doctype html"), []byte("<?php")}

func markup(b []byte, marks [][]byte) string {
	b = bytes.ToLower(b)
	for _, m := range marks {
		if bytes.Contains(b, m) {
			return string(m)
		}
	}
	return ""
}

// text accepts plain text in UTF-8, or in an 8-bit encoding (spreadsheets in Korean save tables in one), that is no web page or script.
func text(c *spooled, head []byte, extension string) (string, error) {
	valid := true
	var rest []byte
	for offset := int64(0); offset < c.size; {
		chunk := c.bytes(offset, 64<<10)
		if len(chunk) == 0 {
			return "", fmt.Errorf("read upload again at %d of %d", offset, c.size)
		}
		offset += int64(len(chunk))
		if bytes.ContainsFunc(chunk, func(r rune) bool { return r < utf8.RuneSelf && control(r) }) {
			return "", refuse("what it is cannot be told from its content")
		}
		// With the end of the chunk before, for what lies across.
		both := slices.Concat(rest, chunk)
		if markup(both, surely) != "" {
			return "", refuse("this is a web page or a script")
		}
		valid = valid && utf8.Valid(trimPartial(both, offset == c.size))
		rest = bytes.Clone(both[max(0, len(both)-32):])
		for !utf8.RuneStart(rest[0]) && len(rest) > 1 {
			rest = rest[1:]
		}
	}
	if markup(head, marks) != "" {
		return "", refuse("this is a web page or a script")
	}
	if err := polyglot(c, head, "text/plain"); err != nil {
		return "", err
	}
	if !valid && !mostlyText(head) {
		return "", refuse("what it is cannot be told from its content")
	}
	if extension == ".csv" {
		return "text/csv", nil
	}
	return "text/plain", nil
}

// trimPartial takes off a character of which the next chunk has the rest.
func trimPartial(b []byte, last bool) []byte {
	if last {
		return b
	}
	for i := 1; i <= min(utf8.UTFMax, len(b)); i++ {
		if at := len(b) - i; utf8.RuneStart(b[at]) {
			if !utf8.FullRune(b[at:]) {
				return b[:at]
			}
			break
		}
	}
	return b
}

// mostlyText: an 8-bit encoding of a text has words, numbers or line ends in ASCII between the other letters.
func mostlyText(head []byte) bool {
	plain := 0
	for _, b := range head {
		if b < utf8.RuneSelf {
			plain++
		}
	}
	return plain*10 >= len(head)
}

// polyglot refuses files that are one thing to those who look at their beginning and another to a browser, a PDF reader (which
// looks for its mark in the first 1,024 bytes) or an unpacker (which looks at the end).
func polyglot(c *spooled, head []byte, mediaType string) error {
	archive := mediaType == "application/zip" || mediaType == docx || mediaType == xlsx || mediaType == pptx
	if !archive && markup(head[:min(len(head), 1445)], marks[:12]) != "" {
		return refuse("a web page is hidden in it")
	}
	if mediaType != "application/pdf" && bytes.Contains(head[:min(len(head), 1024)], []byte("%PDF-")) {
		return refuse("a PDF is hidden in it")
	}
	if !archive {
		if _, found := directoryEnd(c); found {
			return refuse("an archive is hidden in it")
		}
	}
	if !strings.HasPrefix(mediaType, "image/") {
		return nil
	}
	const overlap = 32
	for offset := int64(0); offset < c.size; offset += 64 << 10 {
		if markup(c.bytes(offset, 64<<10+overlap), surely) != "" {
			return refuse("a web page is hidden in it")
		}
	}
	return nil
}
