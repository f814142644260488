package connectors_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/rivo/uniseg"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"seax/connectors"
	"seax/internal/conversation"
)

func TestLength(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text                     string
		characters, bytes, utf16 int
	}{{"", 0, 0, 0}, {"abc", 3, 3, 3}, {"안녕", 2, 6, 2}, {"👍", 1, 4, 2}, {"👨‍👩‍👧", 5, 18, 8}} {
		require.Equal(t, c.characters, connectors.Length(c.text, connectors.Characters), c.text)
		require.Equal(t, c.bytes, connectors.Length(c.text, connectors.Bytes), c.text)
		require.Equal(t, c.utf16, connectors.Length(c.text, connectors.UTF16), c.text)
	}
}

func TestTextIsSplitWherePeopleWould(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		limit int
		unit  connectors.Unit
		want  []string
	}{
		{"", 5, "", []string{""}},
		{"fits", 4, "", []string{"fits"}},
		{"one two three", 8, "", []string{"one two", "three"}},
		{"one two  three", 8, "", []string{"one two", "three"}},
		{"first line\nsecond line", 15, "", []string{"first line", "second line"}},
		{"Yes. No. Perhaps, later", 12, "", []string{"Yes. No.", "Perhaps,", "later"}},
		{"abcdefghij", 4, "", []string{"abcd", "efgh", "ij"}},
		{"안녕하세요 주문이 아직", 8, "", []string{"안녕하세요", "주문이 아직"}},
		{"안녕하세요", 7, connectors.Bytes, []string{"안녕", "하세", "요"}},
		{"가나👍다", 3, connectors.UTF16, []string{"가나", "👍다"}},
		{"👨‍👩‍👧👨‍👩‍👧", 7, "", []string{"👨‍👩‍👧", "👨‍👩‍👧"}},
		{"👨‍👩‍👧", 3, "", []string{"👨\u200d👩", "\u200d👧"}},
		{"🇰🇷🇰🇷", 3, "", []string{"🇰🇷", "🇰🇷"}},
		{"e\u0301e\u0301", 3, "", []string{"e\u0301", "e\u0301"}},
		{"   ", 2, "", []string{""}},
	} {
		require.Equal(t, c.want, connectors.SplitText(c.text, c.limit, c.unit), "%q at %d %s", c.text, c.limit, c.unit)
	}
}

// Whatever the text and the limit, nothing but space at the breaks is lost, every part fits, and nothing people see as one is torn
// unless it is longer than the limit by itself.
func TestSplittingLosesNothing(t *testing.T) {
	t.Parallel()
	words := rapid.SliceOfN(rapid.SampledFrom([]string{
		"hello", "안녕하세요", " ", "  ", "\n", "\n\n", "👩‍👩‍👧‍👦", "👍🏽", "🇰🇷", "é", "é", "ก็", "supercalifragilistic", ".", ", ", "각", "각", "\t", "a-b", "漢字",
	}), 0, 60)
	rapid.Check(t, func(r *rapid.T) {
		text := strings.Join(words.Draw(r, "words"), "")
		limit := rapid.IntRange(1, 40).Draw(r, "limit")
		unit := rapid.SampledFrom([]connectors.Unit{connectors.Characters, connectors.UTF16, connectors.Bytes}).Draw(r, "unit")
		if unit == connectors.Bytes {
			limit += 3
		}
		if unit == connectors.UTF16 {
			limit++
		}
		parts := connectors.SplitText(text, limit, unit)
		require.NotEmpty(r, parts)
		bare := func(s string) string { return strings.Join(strings.Fields(s), "") }
		require.Equal(r, bare(text), bare(strings.Join(parts, "")))
		for i, part := range parts {
			require.LessOrEqual(r, connectors.Length(part, unit), limit)
			if len(parts) > 1 {
				require.NotEmpty(r, part, "part %d of %q", i, parts)
			}
		}
		longest := 0
		for clusters := uniseg.NewGraphemes(text); clusters.Next(); {
			longest = max(longest, connectors.Length(clusters.Str(), unit))
		}
		if longest <= limit {
			count := 0
			for _, part := range parts {
				for clusters := uniseg.NewGraphemes(part); clusters.Next(); {
					if strings.TrimSpace(clusters.Str()) != "" {
						count++
					}
				}
			}
			want := 0
			for clusters := uniseg.NewGraphemes(text); clusters.Next(); {
				if strings.TrimSpace(clusters.Str()) != "" {
					want++
				}
			}
			require.Equal(r, want, count, "something people see as one was torn: %q", parts)
		}
	})
}

func files(n int) []conversation.Attachment {
	all := make([]conversation.Attachment, n)
	for i := range all {
		all[i] = conversation.Attachment{ID: uuid.NewSHA1(uuid.NameSpaceOID, []byte{byte(i)}), Name: fmt.Sprintf("%d.png", i), MediaType: "image/png"}
	}
	return all
}

func options(labels ...string) []conversation.Option {
	all := make([]conversation.Option, len(labels))
	for i, l := range labels {
		all[i] = conversation.Option{ID: strconv.Itoa(i), Label: l}
	}
	return all
}

func TestMessagesAreSplitIntoWhatChannelsCarry(t *testing.T) {
	t.Parallel()
	type message = conversation.Message
	captions := connectors.Capabilities{MaxText: 20, MaxCaption: 10, MaxFileBytes: 1}
	apart := connectors.Capabilities{MaxText: 20, MaxFileBytes: 1, MaxFiles: 2, Options: connectors.OptionRules{Max: 2, MaxLabel: 5, MaxText: 10}}
	uncaptioned := connectors.Capabilities{MaxText: 20, MaxCaption: 10, MaxFileBytes: 1, CaptionTypes: []string{"video/*", "image/jpeg"}}
	everything := connectors.Capabilities{MaxText: 100, MaxCaption: 100, MaxFiles: 5, Options: connectors.OptionRules{Max: 9, WithFiles: true}}
	for name, c := range map[string]struct {
		in    message
		can   connectors.Capabilities
		parts []message
	}{
		"text":                    {message{Text: "hi"}, captions, []message{{Text: "hi"}}},
		"nothing":                 {message{}, captions, []message{{}}},
		"file alone":              {message{Attachments: files(1)}, apart, []message{{Attachments: files(1)}}},
		"caption":                 {message{Text: "look", Attachments: files(1)}, captions, []message{{Text: "look", Attachments: files(1)}}},
		"two files, one caption":  {message{Text: "look", Attachments: files(2)}, captions, []message{{Text: "look", Attachments: files(1)}, {Attachments: files(2)[1:]}}},
		"no caption for its type": {message{Text: "look", Attachments: files(1)}, uncaptioned, []message{{Attachments: files(1)}, {Text: "look"}}},
		"too long for a caption":  {message{Text: "look at this!", Attachments: files(1)}, captions, []message{{Attachments: files(1)}, {Text: "look at this!"}}},
		"files in groups":         {message{Text: "three", Attachments: files(3)}, apart, []message{{Attachments: files(2)}, {Attachments: files(3)[2:]}, {Text: "three"}}},
		"buttons":                 {message{Text: "Which?", Options: options("a", "b")}, apart, []message{{Text: "Which?", Options: options("a", "b")}}},
		"buttons with files":      {message{Text: "Which?", Options: options("a"), Attachments: files(1)}, apart, []message{{Attachments: files(1)}, {Text: "Which?", Options: options("a")}}},
		"too many buttons":        {message{Text: "Which?", Options: options("a", "b", "c")}, apart, []message{{Text: "Which?\n1. a\n2. b"}, {Text: "3. c"}}},
		"too long a label":        {message{Text: "Which?", Options: options("orange")}, apart, []message{{Text: "Which?\n1. orange"}}},
		"long text above buttons": {message{Text: "Tell me now, which one?", Options: options("a")}, apart, []message{{Text: "Tell me now, which"}, {Text: "one?", Options: options("a")}}},
		"middling text above":     {message{Text: "Now, which one?", Options: options("a")}, apart, []message{{Text: "Now, which"}, {Text: "one?", Options: options("a")}}},
		"numbers are no list":     {message{Text: "How was it?", Options: options("1", "2", "3")}, captions, []message{{Text: "How was it?\n1 – 3"}}},
		"no buttons at all":       {message{Text: "Which?", Options: options("a")}, captions, []message{{Text: "Which?\n1. a"}}},
		"everything at once":      {message{Text: "x", Options: options("a"), Attachments: files(3), ReplyTo: 7}, everything, []message{{Text: "x", Options: options("a"), Attachments: files(3), ReplyTo: 7}}},
		"a reply is one once":     {message{Text: "a word or two, and more", ReplyTo: 7}, captions, []message{{Text: "a word or two, and", ReplyTo: 7}, {Text: "more"}}},
		"templates stay whole":    {message{Text: strings.Repeat("x", 50), Template: &conversation.TemplateUse{ID: "t"}}, captions, []message{{Text: strings.Repeat("x", 50), Template: &conversation.TemplateUse{ID: "t"}}}},
	} {
		require.Equal(t, c.parts, connectors.Split(c.in, c.can), name)
	}
}
