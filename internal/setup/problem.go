package setup

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"seax/api/spec"
	"seax/internal/plan"
)

// Problem is something wrong with a file, at a place like plans[2].rules[0].when ("": the file as a whole). Line and Column count
// from 1; 0: it stands nowhere in the text.
type Problem struct {
	At           string
	Line, Column int
	Words        string
}

func (p Problem) String() string {
	text := p.Words
	if p.At != "" {
		text = p.At + ": " + text
	}
	if p.Line > 0 {
		text = fmt.Sprintf("%d:%d: %s", p.Line, p.Column, text)
	}
	return quiet(text)
}

// Problems are all that is wrong, as an error: one a line, each with its place.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// ForAPI are problems as the API tells them.
func (p Problems) ForAPI() []spec.RoutingProblem {
	all := make([]spec.RoutingProblem, len(p))
	for i, one := range p {
		all[i] = spec.RoutingProblem{At: one.At, Words: one.Words}
		if one.Line > 0 {
			all[i].Line, all[i].Column = &p[i].Line, &p[i].Column
		}
	}
	return all
}

// place is where something stands in a file's text, from 1.
type place struct{ line, column int }

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// field is the path of a field of what is at a path.
func field(at, name string) string {
	switch {
	case !plainKey.MatchString(name):
		return at + "[" + strconv.Quote(name) + "]"
	case at == "":
		return name
	default:
		return at + "." + name
	}
}

func item(at string, i int) string { return fmt.Sprintf("%s[%d]", at, i) }

// within reports whether a path is another one or leads further into it.
func within(at, outer string) bool {
	rest, inside := strings.CutPrefix(at, outer)
	return inside && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// entryOf is the part of a path that says which entry of which list it is in, like plans[2].
func entryOf(at string) string {
	end := strings.IndexByte(at, ']')
	return at[:end+1]
}

// behind puts the path of an entry before the places of what is wrong with it.
func behind(at string, wrong plan.Problems) Problems {
	all := make(Problems, len(wrong))
	for i, w := range wrong {
		all[i] = Problem{At: at, Words: w.Words}
		if w.At != "" {
			all[i].At = strings.TrimSuffix(at+"."+w.At, ".")
		}
	}
	return all
}
