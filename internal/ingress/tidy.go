package ingress

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"seax/connectors"
	"seax/internal/blob"
	"seax/internal/conversation"
)

// The most that is kept of what providers say of a message: of texts in characters, of ids, handles and addresses of files in bytes, of
// lists in entries.
const (
	maxName     = 200
	maxWords    = 2000
	maxHTML     = 256 << 10
	maxHandle   = 4 << 10
	maxID       = 500
	maxLocation = 8 << 10
	maxList     = 100
	maxCards    = 20
	maxContacts = 10
	maxReferral = 30
	maxHeaders  = 20
)

// tidy makes an event one that every store and screen can hold, and that is not too large for its workflow, whatever the provider has
// sent.
func tidy(e *connectors.Inbound) {
	for _, id := range []*string{&e.ProviderID, &e.Address, &e.Formerly, &e.Target, &e.ReplyTo, &e.Status.ProviderID} {
		*id = key(*id)
	}
	for _, short := range []*string{&e.Profile.Locale, &e.Profile.Email, &e.Profile.Phone, &e.Profile.ExternalID, &e.Emoji, &e.Code} {
		*short = line(*short)
	}
	e.Profile.Name = name(e.Profile.Name)
	if len(e.Handle) > maxHandle || strings.ContainsRune(e.Handle, 0) {
		e.Handle = ""
	}
	for _, at := range []*time.Time{&e.At, &e.Status.Until} {
		if at.Before(earliest) || at.After(latest) {
			*at = time.Time{}
		}
	}
	tidyFiles(e)
	tidyMessage(&e.Message)
	e.Status.Error = clean(e.Status.Error)
}

// Times before and after these are none: nobody wrote then, and JSON and Postgres cannot hold all that numbers can.
var (
	earliest = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

func tidyFiles(e *connectors.Inbound) {
	if len(e.Files) > maxList {
		e.Files = e.Files[:maxList]
		unsupported(&e.Message, "too many files")
	}
	for i := range e.Files {
		f := &e.Files[i]
		f.Name, f.MediaType, f.Size = fileName(f.Name), line(f.MediaType), max(f.Size, 0)
		for _, at := range []*string{&f.ID, &f.URL} {
			if *at = withoutNUL(*at); len(*at) > maxLocation {
				*at = ""
			}
		}
		for name, value := range f.Header {
			if strings.ContainsRune(name+value, 0) || len(name)+len(value) > maxLocation {
				delete(f.Header, name)
			}
		}
		if len(f.Header) > maxHeaders {
			f.Header = nil
		}
	}
}

func tidyMessage(m *conversation.Message) {
	m.Text, m.Choice = clean(m.Text), line(m.Choice)
	if at := m.Location; at != nil {
		if math.Abs(at.Latitude) <= 90 && math.Abs(at.Longitude) <= 180 {
			m.Location = &conversation.Location{Latitude: at.Latitude, Longitude: at.Longitude, Name: name(at.Name), Address: words(at.Address)}
		} else {
			m.Location = nil
			unsupported(m, "location")
		}
	}
	if len(m.Cards) > maxCards {
		m.Cards = m.Cards[:maxCards]
		unsupported(m, "too many contacts")
	}
	for i := range m.Cards {
		c := &m.Cards[i]
		c.Name, c.Phones, c.Emails = name(c.Name), lines(c.Phones, maxContacts), lines(c.Emails, maxContacts)
	}
	for i := range m.Attachments {
		a := &m.Attachments[i]
		a.Name, a.MediaType, a.Error = fileName(a.Name), line(a.MediaType), clean(a.Error)
	}
	if len(m.Referral) > 0 {
		all := m.Referral
		m.Referral = make(map[string]string, len(all))
		for _, key := range slices.Sorted(maps.Keys(all))[:min(len(all), maxReferral)] {
			m.Referral[line(key)] = words(all[key])
		}
	}
	if u := m.Unsupported; u != nil {
		m.Unsupported = &conversation.Unsupported{Type: line(u.Type), Raw: clean(u.Raw)}
	}
	if e := m.Email; e != nil {
		e.From, e.Subject, e.HTML, e.Quoted = line(e.From), name(e.Subject), withoutNUL(e.HTML), clean(e.Quoted)
		e.To, e.CC = lines(e.To, maxList), lines(e.CC, maxList)
		if len(e.HTML) > maxHTML {
			e.HTML = ""
		}
	}
}

// unsupported marks a message of which something cannot be kept; what was sent is kept as it came.
func unsupported(m *conversation.Message, kind string) {
	if m.Unsupported == nil {
		m.Unsupported = &conversation.Unsupported{Type: kind}
	}
}

func lines(all []string, most int) []string {
	if all == nil {
		return nil
	}
	out := make([]string, min(len(all), most))
	for i := range out {
		out[i] = line(all[i])
	}
	return out
}

// name is a line that reads in the order in which it is written: nothing in it turns the direction of what stands beside it.
func name(text string) string {
	return line(strings.Map(func(r rune) rune {
		if r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return -1
		}
		return r
	}, text))
}

// fileName is what a file may be called; "" for one without a name.
func fileName(name string) string {
	if name == "" {
		return ""
	}
	return blob.CleanName(name)
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

// line is a short text of one line, words a longer one.
func line(text string) string { return shortened(text, maxName) }

func words(text string) string { return shortened(text, maxWords) }

func shortened(text string, most int) string {
	// No more is looked at than can be kept.
	if long := most * utf8.UTFMax; len(text) > long {
		text = text[:long] + "…"
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most-1]) + "…"
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
