package kb

import (
	"strings"
	"unicode/utf8"
)

// maxPassage is the longest answer in characters.
const maxPassage = 900

// passage takes of an article's text what answers the question: as many paragraphs from the beginning as fit; or from the
// paragraph on that has more of the question's words than all of those, for long articles that cover several matters.
func passage(body string, words []word) string {
	paragraphs := paragraphsOf(body)
	if len(paragraphs) == 0 {
		return ""
	}
	opening, next := take(paragraphs)
	if next == len(paragraphs) {
		return opening
	}
	start, most := 0, matches(opening, words)
	for i := next; i < len(paragraphs); i++ {
		if n := matches(paragraphs[i], words); n > most {
			start, most = i, n
		}
	}
	if start > 0 {
		opening, _ = take(paragraphs[start:])
	}
	return opening
}

func paragraphsOf(body string) []string {
	var all []string
	for _, p := range strings.Split(strings.ReplaceAll(body, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			all = append(all, p)
		}
	}
	return all
}

// take joins paragraphs while they fit; the first one is cut if it must be. It returns how many it took.
func take(paragraphs []string) (text string, taken int) {
	text = cut(paragraphs[0])
	for taken = 1; taken < len(paragraphs); taken++ {
		longer := text + "\n\n" + paragraphs[taken]
		if utf8.RuneCountInString(longer) > maxPassage {
			break
		}
		text = longer
	}
	return text, taken
}

// cut shortens a text to maxPassage characters, after a sentence if there is one in its second half, else after a word.
func cut(text string) string {
	if utf8.RuneCountInString(text) <= maxPassage {
		return text
	}
	short := string([]rune(text)[:maxPassage-1])
	for _, end := range []string{". ", "? ", "! ", ".\n", "。"} {
		if at := strings.LastIndex(short, end); at > len(short)/2 {
			return strings.TrimSpace(short[:at+len(end)])
		}
	}
	if at := strings.LastIndexAny(short, " \n"); at > len(short)/2 {
		short = short[:at]
	}
	return strings.TrimSpace(short) + "…"
}

// matches counts the words a paragraph has, by their beginnings: close enough to choose a paragraph.
func matches(paragraph string, words []word) int {
	paragraph = clean(paragraph)
	n := 0
	for _, w := range words {
		if strings.Contains(paragraph, w.root()) {
			n++
		}
	}
	return n
}
