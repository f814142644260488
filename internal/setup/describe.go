package setup

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"seax/api/spec"
)

// signs are what stands before an entry, by what happens to it.
var signs = map[spec.RoutingChangeAction]string{
	spec.RoutingChangeActionAdded: "+", spec.RoutingChangeActionChanged: "~", spec.RoutingChangeActionRemoved: "-", spec.RoutingChangeActionSame: "=",
}

const (
	// shortValue is how long values may be to stand side by side, in characters.
	shortValue = 40
	// mostLeft bounds how many of the entries that are left alone are named in a list.
	mostLeft = 8
)

// Describe writes a difference for people: per list what is added (+), changed (~, field by field), removed (-) and the same (=),
// then what the file does not name, and what is odd.
func Describe(to io.Writer, d spec.RoutingDifference) error {
	var text strings.Builder
	counts := map[spec.RoutingChangeAction]int{}
	for _, l := range lists {
		var same []string
		headed := false
		head := func() {
			if !headed {
				fmt.Fprintf(&text, "%s\n", l.key)
				headed = true
			}
		}
		for _, e := range d.Entries {
			if e.Kind != l.kind {
				continue
			}
			if counts[e.Action]++; e.Action == spec.RoutingChangeActionSame {
				same = append(same, e.Id)
				continue
			}
			head()
			fmt.Fprintf(&text, "  %s %s  %s\n", signs[e.Action], e.Id, quiet(e.Name))
			if e.Action != spec.RoutingChangeActionRemoved {
				describeFields(&text, e)
			}
		}
		if len(same) > 0 {
			head()
			fmt.Fprintf(&text, "  = %s\n", some(same))
		}
	}
	for _, rest := range d.Left {
		fmt.Fprintf(&text, "%s the file does not name, left as they are: %s\n", listOf(rest.Kind).key, some(rest.Ids))
	}
	for _, w := range d.Warnings {
		fmt.Fprintf(&text, "warning: %s: %s\n", w.At, w.Words)
	}
	var unable []string
	for _, e := range d.Entries {
		if e.Kind == spec.RoutingKindPerson && e.Action == spec.RoutingChangeActionAdded {
			unable = append(unable, e.Id)
		}
	}
	if len(unable) > 0 {
		fmt.Fprintf(&text, "who is new cannot sign in before an admin has set a password: %s\n", some(unable))
	}
	fmt.Fprintf(&text, "\n%d added, %d changed, %d removed, %d the same.\n", counts[spec.RoutingChangeActionAdded], counts[spec.RoutingChangeActionChanged],
		counts[spec.RoutingChangeActionRemoved], counts[spec.RoutingChangeActionSame])
	_, err := io.WriteString(to, text.String())
	return err
}

func describeFields(text *strings.Builder, e spec.RoutingChange) {
	width := 0
	for _, f := range e.Fields {
		width = max(width, utf8.RuneCountInString(f.Path))
	}
	width = min(width, shortValue)
	for _, f := range e.Fields {
		from, to := shown(f.From), shown(f.To)
		switch {
		case e.Action == spec.RoutingChangeActionAdded && !strings.Contains(to, "\n"):
			fmt.Fprintf(text, "      %-*s  %s\n", width, f.Path, to)
		case strings.Contains(from+to, "\n") || utf8.RuneCountInString(from) > shortValue || utf8.RuneCountInString(to) > shortValue:
			fmt.Fprintf(text, "      %s\n", f.Path)
			if e.Action != spec.RoutingChangeActionAdded {
				indent(text, "was", from)
			}
			indent(text, "now", to)
		default:
			fmt.Fprintf(text, "      %-*s  %s → %s\n", width, f.Path, from, to)
		}
	}
}

func indent(text *strings.Builder, label, value string) {
	for i, line := range strings.Split(strings.TrimSuffix(value, "\n"), "\n") {
		if i > 0 {
			label = "   "
		}
		fmt.Fprintf(text, "        %s  %s\n", label, line)
	}
}

// shown is a value as people read it: JSON, but for texts of several lines, which are as they are.
func shown(value json.RawMessage) string {
	if value == nil {
		return "(not set)"
	}
	var line string
	if json.Unmarshal(value, &line) == nil && strings.Contains(line, "\n") {
		return quiet(line)
	}
	return quiet(string(value))
}

// quiet leaves out what would do something to a terminal.
func quiet(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, text)
}

func some(ids []string) string {
	if len(ids) <= mostLeft+1 {
		return strings.Join(ids, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(ids[:mostLeft], ", "), len(ids)-mostLeft)
}
