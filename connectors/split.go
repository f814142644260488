package connectors

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"seax/internal/conversation"
)

// Length is how long a text is, in a unit.
func Length(text string, unit Unit) int {
	switch unit {
	case Bytes:
		return len(text)
	case UTF16:
		n := 0
		for _, r := range text {
			n += utf16Length(r)
		}
		return n
	default:
		return utf8.RuneCountInString(text)
	}
}

func utf16Length(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// Split makes of a message those that a channel can carry, in the order in which they are sent; there is at least one. Choices that
// cannot be buttons become a numbered list. Files come before text that does not go with them, and choices with the last of
// it. The parts together have everything the message has, and the same message and capabilities always make the same parts.
func Split(m conversation.Message, c Capabilities) []conversation.Message {
	m = listed(m, c)
	if m.Template != nil {
		return []conversation.Message{m}
	}
	var parts []conversation.Message
	files := m.Attachments
	together := len(files) > 0 && Length(m.Text, c.TextUnit) <= c.MaxCaption && (len(m.Options) == 0 || c.Options.WithFiles) && captioned(files[0], c)
	for chunk := range slices.Chunk(files, max(c.MaxFiles, 1)) {
		parts = append(parts, conversation.Message{Attachments: chunk})
	}
	if together {
		first := &parts[0]
		attachments := first.Attachments
		*first = m
		first.Attachments = attachments
		return parts
	}
	texts := splitText(m, c)
	if len(parts) > 0 && m.Text == "" && len(m.Options) == 0 {
		texts = nil
	}
	for i, text := range texts {
		part := conversation.Message{Text: text}
		if i == len(texts)-1 {
			part = m
			part.Text, part.Attachments, part.ReplyTo = text, nil, 0
		}
		parts = append(parts, part)
	}
	parts[0].ReplyTo = m.ReplyTo
	return parts
}

// captioned reports whether a text can go with a file.
func captioned(file conversation.Attachment, c Capabilities) bool {
	return len(c.CaptionTypes) == 0 || slices.ContainsFunc(c.CaptionTypes, func(t string) bool {
		family, all := strings.CutSuffix(t, "*")
		return t == file.MediaType || all && strings.HasPrefix(file.MediaType, family)
	})
}

// splitText splits a message's text; what goes with choices has a limit of its own.
func splitText(m conversation.Message, c Capabilities) []string {
	texts := SplitText(m.Text, c.MaxText, c.TextUnit)
	last := len(texts) - 1
	if len(m.Options) == 0 || c.Options.MaxText == 0 || Length(texts[last], c.TextUnit) <= c.Options.MaxText {
		return texts
	}
	return append(texts[:last], SplitText(texts[last], c.Options.MaxText, c.TextUnit)...)
}

// listed makes choices a numbered list if they cannot be buttons; of choices that are the numbers themselves, as in a rating, it is
// enough to say from where to where they go.
func listed(m conversation.Message, c Capabilities) conversation.Message {
	tooLong := func(o conversation.Option) bool {
		return c.Options.MaxLabel > 0 && Length(o.Label, c.TextUnit) > c.Options.MaxLabel
	}
	if len(m.Options) <= c.Options.Max && !slices.ContainsFunc(m.Options, tooLong) {
		return m
	}
	numbers := true
	var list strings.Builder
	for i, o := range m.Options {
		fmt.Fprintf(&list, "\n%d. %s", i+1, o.Label)
		numbers = numbers && o.Label == strconv.Itoa(i+1)
	}
	if numbers {
		m.Text += fmt.Sprintf("\n1 – %d", len(m.Options))
	} else {
		m.Text += list.String()
	}
	m.Options = nil
	return m
}

// SplitText splits a text into parts no longer than limit: at line breaks or between words where there are any in the second half
// of a part, otherwise between characters as people see them. Space around a break goes away.
func SplitText(text string, limit int, unit Unit) []string {
	if limit <= 0 || Length(text, unit) <= limit {
		return []string{text}
	}
	var parts []string
	for Length(text, unit) > limit {
		head, rest := cut(text, limit, unit)
		if part := strings.TrimRightFunc(head, unicode.IsSpace); part != "" {
			parts = append(parts, part)
		}
		text = strings.TrimLeftFunc(rest, unicode.IsSpace)
	}
	if text != "" || len(parts) == 0 {
		parts = append(parts, text)
	}
	return parts
}

// cut takes a first part off a text that is longer than the limit.
func cut(text string, limit int, unit Unit) (head, rest string) {
	var line, word, end, length int
	state := -1
	for left := text; left != ""; {
		cluster, after, boundaries, next := uniseg.StepString(left, state)
		size := Length(cluster, unit)
		blank := strings.TrimSpace(cluster) == ""
		if length+size > limit {
			if blank {
				// The break is right here, and goes away.
				return text[:end], text[end:]
			}
			break
		}
		length, state, left = length+size, next, after
		end = len(text) - len(left)
		if length*2 < limit {
			continue
		}
		switch boundaries & uniseg.MaskLine {
		case uniseg.LineMustBreak:
			line = end
		case uniseg.LineCanBreak:
			if blank || strings.HasSuffix(cluster, "-") || unicode.IsPunct(lastRune(cluster)) {
				word = end
			}
		}
	}
	for _, at := range []int{line, word, end} {
		if at > 0 {
			return text[:at], text[at:]
		}
	}
	// Not even one character as people see it fits.
	for i, r := range text {
		if end = i; i > 0 && Length(text[:i+utf8.RuneLen(r)], unit) > limit {
			break
		}
	}
	return text[:end], text[end:]
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}
