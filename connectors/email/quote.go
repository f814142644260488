package email

import (
	"regexp"
	"slices"
	"strings"
)

// An email that answers another usually has that one below. What is new is shown, what is quoted is folded; where they cannot be told
// apart for certain everything is taken for new.

var (
	// attributions stand above a quotation whose lines need not be marked.
	attributions = []*regexp.Regexp{
		regexp.MustCompile(`(?i)^\s*-{2,}\s*(original message|원본 메시지|원본 메일|forwarded message|전달된 메시지|ursprüngliche nachricht|message d'origine|mensaje original)\s*-{2,}\s*$`),
		regexp.MustCompile(`^\s*On\s.{4,200}[0-9].{0,200}\swrote:\s*$`),
		regexp.MustCompile(`^\s*Am\s.{4,200}[0-9].{0,200}\sschrieb\s.{0,200}:\s*$`),
		regexp.MustCompile(`^\s*Le\s.{4,200}[0-9].{0,200}\sa écrit\s?:\s*$`),
		regexp.MustCompile(`^\s*El\s.{4,200}[0-9].{0,200}\sescribió:\s*$`),
		regexp.MustCompile(`^\s*20\d\d년.{4,300}(작성|님이 작성|씀|쓰신 글)\s*:?\s*$`),
		regexp.MustCompile(`^\s*20\d\d\. ?\d{1,2}\. ?\d{1,2}\..{2,300}(작성|씀)\s*:?\s*$`),
	}
	// One of these is in every attribution that is not between dashes.
	said = []string{"wrote:", "schrieb", "écrit", "escribió", "작성", "씀", "쓰신 글"}
	// Outlook writes a header of its own: several of these, one below the other.
	headerFrom = regexp.MustCompile(`(?i)^\s*\*?(from|보낸 ?사람|보낸이|von|de)\s?:\*?\s+\S`)
	headerRest = regexp.MustCompile(`(?i)^\s*\*?(sent|date|to|cc|subject|보낸 ?날짜|받는 ?사람|받는이|참조|제목|날짜|gesendet|an|betreff|envoyé|à|objet|enviado|para|asunto)\s?:\*?\s+\S`)
)

// maxTries is how many lines that look like attributions are looked at closely.
const maxTries = 200

// fold parts a text into what was newly written and what is quoted below.
func fold(text string) (fresh, quoted string) {
	lines := strings.Split(text, "\n")
	below := lookBelow(lines)
	tries := maxTries
	for i, line := range lines {
		if !opens(lines, i, below, &tries) && (!marked(line) || below[i].bare) {
			continue
		}
		fresh = strings.TrimRight(strings.Join(lines[:i], "\n"), " \t\n")
		if strings.TrimSpace(fresh) == "" {
			// Nothing else was said: a quotation is all there is to read.
			return text, ""
		}
		return fresh, strings.Join(lines[i:], "\n")
	}
	return text, ""
}

func marked(line string) bool { return strings.HasPrefix(strings.TrimLeft(line, " \t"), ">") }

// kinds are the kinds of lines there are from one line on.
type kinds struct{ marked, bare bool }

func lookBelow(lines []string) []kinds {
	below := make([]kinds, len(lines)+1)
	for i := len(lines) - 1; i >= 0; i-- {
		below[i] = below[i+1]
		switch {
		case marked(lines[i]):
			below[i].marked = true
		case strings.TrimSpace(lines[i]) != "":
			below[i].bare = true
		}
	}
	return below
}

// opens reports whether a quotation begins at a line with words about it.
func opens(lines []string, at int, below []kinds, tries *int) bool {
	line := lines[at]
	if strings.Contains(line, ":") && headerFrom.MatchString(line) {
		rest := 0
		for _, next := range lines[at+1 : min(at+6, len(lines))] {
			if headerRest.MatchString(next) {
				rest++
			}
		}
		return rest >= 2
	}
	// An attribution may be broken into two lines.
	for n := 1; n <= 2 && at+n <= len(lines); n++ {
		one := strings.TrimSpace(strings.Join(lines[at:at+n], " "))
		if len(one) > 500 || strings.TrimSpace(line) == "" {
			break
		}
		// Answers between marked lines are new: only what is quoted as a whole is folded.
		mixed := below[at+n].marked && below[at+n].bare
		if mixed || *tries == 0 || !strings.HasPrefix(one, "--") && !slices.ContainsFunc(said, func(word string) bool { return strings.Contains(one, word) }) {
			continue
		}
		*tries--
		if slices.ContainsFunc(attributions, func(a *regexp.Regexp) bool { return a.MatchString(one) }) {
			return true
		}
	}
	return false
}

// unflowed joins the lines of a text that was broken for old screens (RFC 3676).
func unflowed(text string, deleteSpace bool) string {
	var out strings.Builder
	lines := strings.Split(text, "\n")
	depth := func(line string) int { return len(line) - len(strings.TrimLeft(line, ">")) }
	for i, line := range lines {
		d := depth(line)
		content := strings.TrimPrefix(line[d:], " ")
		joins := i > 0 && flows(lines[i-1]) && depth(lines[i-1]) == d
		if i > 0 && !joins {
			out.WriteByte('\n')
		}
		if !joins && d > 0 {
			out.WriteString(strings.Repeat(">", d) + " ")
		}
		if flows(line) && deleteSpace {
			content = strings.TrimSuffix(content, " ")
		}
		out.WriteString(content)
	}
	return out.String()
}

// flows reports whether a line goes on in the next one. The line above a signature does not.
func flows(line string) bool {
	return strings.HasSuffix(line, " ") && strings.TrimLeft(line, "> ") != "" && line != "-- "
}
