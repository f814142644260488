package ingress

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"

	"seax/connectors"
)

// The most that is kept of what providers say of a message, in characters; of ids in bytes.
const (
	maxName   = 200
	maxHandle = 4 << 10
	maxID     = 500
)

// tidy makes an event one that every store and screen can hold, whatever the provider has sent.
func tidy(e *connectors.Inbound) {
	for _, id := range []*string{&e.ProviderID, &e.Address, &e.Formerly, &e.Target, &e.ReplyTo, &e.Status.ProviderID} {
		*id = key(*id)
	}
	for _, name := range []*string{&e.Profile.Name, &e.Profile.Locale, &e.Profile.Email, &e.Profile.Phone, &e.Profile.ExternalID, &e.Emoji, &e.Message.Choice} {
		*name = line(*name)
	}
	if len(e.Handle) > maxHandle || strings.ContainsRune(e.Handle, 0) {
		e.Handle = ""
	}
	for i := range e.Files {
		f := &e.Files[i]
		f.Name, f.MediaType, f.Size = line(f.Name), line(f.MediaType), max(f.Size, 0)
		f.ID, f.URL = withoutNUL(f.ID), withoutNUL(f.URL)
		for name, value := range f.Header {
			if strings.ContainsRune(name+value, 0) {
				delete(f.Header, name)
			}
		}
	}
	e.Message.Text = clean(e.Message.Text)
	if m := e.Message.Email; m != nil {
		m.From, m.Subject, m.HTML, m.Quoted = line(m.From), line(m.Subject), withoutNUL(m.HTML), clean(m.Quoted)
	}
	e.Status.Error = clean(e.Status.Error)
}

// key makes an id one that can be looked up: what is too long for an index stands for itself by its hash.
func key(id string) string {
	id = withoutNUL(id)
	if len(id) <= maxID {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func withoutNUL(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
}

// line is a text of one line.
func line(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if utf8.RuneCountInString(text) > maxName {
		text = string([]rune(text)[:maxName-1]) + "…"
	}
	return text
}

// clean makes a text that every store and screen can hold: valid UTF-8, no control characters but line breaks and tabs.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
	if utf8.RuneCountInString(text) > MaxText {
		text = string([]rune(text)[:MaxText-1]) + "…"
	}
	return text
}
