package taskrouter

import (
	"fmt"
	"strings"
	"unicode"
)

// Finding is something that did not come over as it was.
type Finding struct {
	Kind Kind
	// Where is the place in what was given, for people: workflow "Care", filter "VIP", target 2.
	Where string
	Words string
	// At is the place in the file that was made, as a YAML path like $.plans[0].rules[1]; "" the file as a whole.
	At string
}

// Kind says what became of it.
type Kind string

// The kinds.
const (
	// Lost: there is no counterpart.
	Lost Kind = "not carried over"
	// Changed: it came over, and is another than before.
	Changed Kind = "changed"
	// Check: it was made up, or something is to be done.
	Check Kind = "check"
)

// gravity sorts findings.
var gravity = map[Kind]int{Lost: 1, Changed: 2, Check: 3}

// String is the finding in one line.
func (f Finding) String() string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, fmt.Sprintf("%s: %s: %s", f.Kind, f.Where, f.Words))
}

// InputErrors are all that is wrong with what was given.
type InputErrors []string

func (p InputErrors) Error() string { return strings.Join(p, "\n") }
