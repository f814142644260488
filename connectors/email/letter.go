package email

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"net/textproto"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/jhillyerd/enmime/v2"
	"github.com/jhillyerd/enmime/v2/mediatype"
)

// letter is an email that has been read, whichever way it came.
type letter struct {
	header textproto.MIMEHeader
	// from is nil if the email does not say who wrote it.
	from, replyTo *mail.Address
	to, cc        []*mail.Address
	// recipients are the addresses it was really delivered to, as far as that is known.
	recipients []string
	subject    string
	// id, inReplyTo and references are without brackets.
	id         string
	inReplyTo  []string
	references []string
	date       time.Time
	text, html string
	files      []file
	report     *report
	// odd says why the email cannot be shown: it is encrypted, broken, or made to exhaust its reader.
	odd string
	// believed: the provider has checked that the sender is who they say.
	believed bool
	raw      []byte
}

// file is something attached.
type file struct {
	name, mediaType string
	content         []byte
	// size is the content's; with left out content only that is known.
	size    int64
	leftOut bool
}

// Bounds of what is read as an email. Real ones have a few levels and a few dozens of parts.
const (
	maxDepth = 16
	maxParts = 500
	maxFiles = 50
	// maxBody is how much of a text is looked at, in bytes.
	maxBody = 2 << 20
	// maxMarkup is how much of a text in HTML is looked at, which costs far more.
	maxMarkup = 1 << 20
	// maxHeader is how much of a header is looked at, maxField how much of one of its fields, in bytes. Servers allow less.
	maxHeader = 512 << 10
	maxField  = 64 << 10
)

var errNoSender = errors.New("the email does not say who wrote it")

// foreign marks charsets so that the MIME parser leaves text as it is: decodeText knows more of them, and guesses better.
const foreign = "seax-"

var parser = enmime.NewParser(
	enmime.SkipMalformedParts(true), enmime.MultipartWOBoundaryAsSinglePart(true), enmime.DisableTextConversion(true), enmime.DisableCharacterDetection(true), enmime.MaxStoredPartErrors(10),
	enmime.SetReadPartErrorPolicy(enmime.AllowCorruptTextPartErrorPolicy),
	enmime.SetCustomParseMediaType(func(value string) (string, map[string]string, []string, error) {
		mtype, params, invalid, err := mediatype.Parse(value)
		if err == nil && strings.HasPrefix(mtype, "text/") {
			if params == nil {
				params = map[string]string{}
			}
			params["charset"] = foreign + params["charset"]
		}
		return mtype, params, invalid, err
	}),
)

// read reads a raw email. It always returns a letter: of one that cannot be read, what its header says.
func read(raw []byte) *letter {
	l := &letter{raw: raw}
	l.address(rawHeader(raw))
	if err := bounded(raw); err != nil {
		l.odd = err.Error()
		return l
	}
	l.parts(raw)
	return l
}

// parts reads what an email consists of. One that its parser stumbles over must not stop the mailbox it is in.
func (l *letter) parts(raw []byte) {
	defer func() {
		if recover() != nil {
			l.odd, l.files, l.text, l.html = "broken email", nil, "", ""
		}
	}()
	root, err := parser.ReadParts(bytes.NewReader(raw))
	if err != nil {
		l.odd = "broken email"
		return
	}
	w := walk{letter: l}
	w.part(root)
	if w.parts > maxParts {
		l.odd, l.files, l.text, l.html = tooComplex, nil, "", ""
	}
}

// rawHeader reads the header of an email as far as it can be read.
func rawHeader(raw []byte) textproto.MIMEHeader {
	header := textproto.MIMEHeader{}
	name := ""
	scanner := bufio.NewScanner(bytes.NewReader(raw[:min(len(raw), maxHeader)]))
	scanner.Buffer(nil, maxHeader+1)
	for lines := 0; scanner.Scan() && lines < 5000; lines++ {
		line := scanner.Text()
		if line == "" {
			break
		}
		if (line[0] == ' ' || line[0] == '\t') && name != "" {
			all := header[name]
			if last := &all[len(all)-1]; len(*last)+len(line) < maxField {
				*last += " " + strings.TrimLeft(line, " \t")
			}
			continue
		}
		before, value, ok := strings.Cut(line, ":")
		if !ok || strings.ContainsAny(before, " \t") {
			name = ""
			continue
		}
		name = textproto.CanonicalMIMEHeaderKey(before)
		header[name] = append(header[name], strings.TrimLeft(head(value, maxField), " \t"))
	}
	return header
}

// address reads from the header who wrote to whom, about what.
func (l *letter) address(header textproto.MIMEHeader) {
	l.header = header
	for _, values := range header {
		for i := range values {
			values[i] = head(values[i], maxField)
		}
	}
	if all := addresses(header["From"]); len(all) > 0 {
		l.from = all[0]
	}
	if all := addresses(header["Reply-To"]); len(all) > 0 {
		l.replyTo = all[0]
	}
	l.to, l.cc = addresses(header["To"]), addresses(header["Cc"])
	for _, name := range []string{"Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc"} {
		for _, a := range addresses(header[name]) {
			l.recipients = append(l.recipients, a.Address)
		}
	}
	l.subject = plain(decodeHeader(header.Get("Subject")), 500)
	if ids := messageIDs(header.Get("Message-Id")); len(ids) > 0 {
		l.id = ids[0]
	}
	l.inReplyTo, l.references = messageIDs(header.Get("In-Reply-To")), messageIDs(header.Get("References"))
	if at, err := mail.ParseDate(header.Get("Date")); err == nil {
		l.date = at
	}
}

// head is the beginning of a text that is too long.
func head(text string, most int) string { return text[:min(len(text), most)] }

var addressParser = mail.AddressParser{WordDecoder: &words}

// bareAddress finds an address in what is written wrongly around it.
var bareAddress = regexp.MustCompile(`[^\s<>"(),:;@]+@[^\s<>"(),:;@]+`)

// addresses reads lists of addresses, also such as are not written by the rules.
func addresses(values []string) (all []*mail.Address) {
	for _, value := range values {
		value = joined(guess([]byte(value)))
		list, err := addressParser.ParseList(value)
		if err != nil {
			for _, found := range bareAddress.FindAllString(value, 100) {
				list = append(list, &mail.Address{Address: found})
			}
		}
		for _, a := range list {
			if a.Address = normal(a.Address); a.Address != "" {
				a.Name = plain(decodeHeader(a.Name), 200)
				all = append(all, a)
			}
		}
		if len(all) > 200 {
			return all[:200]
		}
	}
	return all
}

var bracketed = regexp.MustCompile(`<([^<>\s]{1,500})>`)

// messageIDs reads Message-IDs, which are in brackets if they are written by the rules.
func messageIDs(value string) (ids []string) {
	for _, m := range bracketed.FindAllStringSubmatch(value, 200) {
		ids = append(ids, legible(m[1]))
	}
	if bare := strings.TrimSpace(value); len(ids) == 0 && bare != "" && len(bare) <= 500 && !strings.ContainsAny(bare, " \t<>") {
		ids = []string{legible(bare)}
	}
	return ids
}

const tooComplex = "email with too many parts"

// bounded reports what is nested too deep, or has too many parts, by one look at its lines.
func bounded(raw []byte) error {
	var stack []string
	parts, inHeader := 0, true
	var header strings.Builder
	for len(raw) > 0 {
		var line []byte
		if end := bytes.IndexByte(raw, '\n'); end >= 0 {
			line, raw = raw[:end], raw[end+1:]
		} else {
			line, raw = raw, nil
		}
		line = bytes.TrimRight(line, "\r \t")
		if bytes.HasPrefix(line, []byte("--")) {
			for i := len(stack) - 1; i >= 0; i-- {
				rest, ok := bytes.CutPrefix(line[2:], []byte(stack[i]))
				if !ok || len(rest) > 0 && string(rest) != "--" {
					continue
				}
				parts++
				stack, inHeader = stack[:i+1], len(rest) == 0
				header.Reset()
				break
			}
		}
		switch {
		case parts > maxParts, inHeader && header.Len() > maxField:
			return errors.New(tooComplex)
		case inHeader && len(line) == 0:
			inHeader = false
			if boundary := boundaryOf(header.String()); boundary != "" {
				stack = append(stack, boundary)
			}
			if len(stack) > maxDepth {
				return errors.New(tooComplex)
			}
		case inHeader:
			header.Write(line)
			header.WriteByte('\n')
		}
	}
	return nil
}

var contentType = regexp.MustCompile(`(?im)^content-type:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)`)

func boundaryOf(header string) string {
	m := contentType.FindStringSubmatch(header)
	if m == nil {
		return ""
	}
	_, params, _, err := mediatype.Parse(strings.ReplaceAll(m[1], "\n", " "))
	if err != nil {
		return ""
	}
	return params["boundary"]
}

// walk goes through an email's parts.
type walk struct {
	*letter
	parts int
}

func (w *walk) part(p *enmime.Part) {
	if w.parts++; w.parts > maxParts {
		return
	}
	switch {
	case p.ContentType == "multipart/encrypted", p.ContentType == "application/pkcs7-mime" && p.ContentTypeParams["smime-type"] != "signed-data", p.ContentType == "application/x-pkcs7-mime":
		w.odd = "encrypted email"
		return
	case p.ContentType == "multipart/report":
		w.reported(p)
		return
	case p.FirstChild != nil:
		for child := p.FirstChild; child != nil; child = child.NextSibling {
			w.part(child)
		}
		return
	case strings.HasPrefix(p.ContentType, "multipart/"):
		return
	}
	kind, name := p.ContentType, nameOf(p)
	attached := p.Disposition == "attachment" || name != ""
	switch {
	case !attached && (kind == "text/plain" || kind == ""):
		w.write(p)
	case !attached && kind == "text/html":
		w.html = head(w.html+textIn(p), maxMarkup)
	default:
		w.attach(p, name)
	}
}

// textIn is a part's text; of one that is too long, what its first lines say.
func textIn(p *enmime.Part) string {
	content := p.Content
	if len(content) > maxBody {
		content = content[:maxBody]
		if end := bytes.LastIndexByte(content, '\n'); end > 0 {
			content = content[:end]
		}
	}
	return legible(decodeText(content, strings.TrimPrefix(p.Charset, foreign)))
}

// write adds what is said as text. Parts that follow each other are one text.
func (w *walk) write(p *enmime.Part) {
	text := textIn(p)
	if strings.EqualFold(param(p, "format"), "flowed") {
		text = unflowed(text, strings.EqualFold(param(p, "delsp"), "yes"))
	}
	if w.text != "" && text != "" {
		w.text = strings.TrimRight(w.text, "\n") + "\n\n"
	}
	w.text = head(w.text+text, maxBody)
}

func param(p *enmime.Part, name string) string {
	if v := p.ContentTypeParams[name]; v != "" {
		return v
	}
	_, params, _, err := mediatype.Parse(p.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return params[name]
}

func (w *walk) attach(p *enmime.Part, name string) {
	if len(w.files) >= maxFiles {
		return
	}
	if name == "" {
		name = "file"
		if p.ContentType == "message/rfc822" {
			name = "message.eml"
		}
	}
	w.files = append(w.files, newFile(name, p.ContentType, p.Content))
}

func newFile(name, mediaType string, content []byte) file {
	f := file{name: fileName(name), mediaType: plain(mediaType, 100), content: content, size: int64(len(content))}
	if f.size > maxFile {
		f.content, f.leftOut = nil, true
	}
	return f
}

func fileName(name string) string {
	name = plain(strings.ReplaceAll(name, `\`, "/"), 200)
	if name = path.Base(name); name == "." || name == ".." || name == "/" {
		return "file"
	}
	return name
}

// nameOf is what an attached file is called, by either of two headers and either of two ways to write it.
func nameOf(p *enmime.Part) string {
	for _, header := range []string{"Content-Disposition", "Content-Type"} {
		if name := extendedName(guess([]byte(p.Header.Get(header)))); name != "" {
			return name
		}
	}
	return decodeHeader(p.FileName)
}

// lastingID is what an email is known by for ever: its Message-ID, or what else tells it from others.
func (l *letter) lastingID() string {
	if l.id != "" {
		return l.id
	}
	from := ""
	if l.from != nil {
		from = l.from.Address
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s\n%s\n%s", l.header.Get("Date"), from, l.subject, l.text, l.html))
	return "sha256:" + hex.EncodeToString(sum[:])
}
