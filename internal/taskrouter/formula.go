package taskrouter

import (
	"slices"
	"strings"
)

// formula is a condition in CEL while it is put together: comparisons, joined by "and" and "or", with everything that is always
// or never so worked out.
type formula struct {
	// join is "&&" or "||" for parts; "" for a comparison.
	join  string
	parts []formula
	// text is the comparison.
	text string
	// moves: it may change while the agent's and the queue's settings stay as they are.
	moves bool
}

var (
	always = formula{join: "&&"}
	never  = formula{join: "||"}
)

func either(yes bool) formula {
	if yes {
		return always
	}
	return never
}

func (f formula) is(other formula) bool {
	return f.join == other.join && f.join != "" && len(f.parts) == 0
}

// and joins formulas of which all must hold.
func and(parts ...formula) formula { return joined(always, never, parts) }

// or joins formulas of which one must hold.
func or(parts ...formula) formula { return joined(never, always, parts) }

// joined leaves out what changes nothing, and stops at what decides everything.
func joined(neutral, decisive formula, parts []formula) formula {
	all := formula{join: neutral.join}
	for _, part := range parts {
		switch {
		case part.is(decisive):
			return decisive
		case part.join == all.join:
			all.parts = append(all.parts, part.parts...)
		default:
			all.parts = append(all.parts, part)
		}
		all.moves = all.moves || part.moves
	}
	if len(all.parts) == 1 {
		return all.parts[0]
	}
	return all
}

// still is the formula without what moves: it holds whenever the formula may.
func (f formula) still() formula {
	if !f.moves {
		return f
	}
	if f.join == "" {
		return always
	}
	parts := make([]formula, len(f.parts))
	for i, part := range f.parts {
		parts[i] = part.still()
	}
	if f.join == "||" {
		return or(parts...)
	}
	return and(parts...)
}

// moving are the parts of a conjunction that move.
func (f formula) moving() formula {
	if f.join != "&&" {
		f = formula{join: "&&", parts: []formula{f}}
	}
	return and(slices.DeleteFunc(slices.Clone(f.parts), func(part formula) bool { return !part.moves })...)
}

// String is the formula in CEL.
func (f formula) String() string {
	switch {
	case f.is(always):
		return "true"
	case f.is(never):
		return "false"
	case f.join == "":
		return f.text
	}
	texts := make([]string, len(f.parts))
	for i, part := range f.parts {
		if texts[i] = part.String(); part.join == "||" {
			texts[i] = "(" + texts[i] + ")"
		}
	}
	return strings.Join(texts, " "+f.join+" ")
}
