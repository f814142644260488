package routing

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Order says which of the agents who can take a request comes first. After it, and as the default, comes who has been idle
// longest, then who has the least load, then the smallest id.
type Order struct {
	// By is the order's name; "" is ByIdle.
	By string
	// Keys are what ByAttributes sorts by, the first counting most.
	Keys []SortKey
}

// The orders.
const (
	ByIdle       = "longest_idle"
	ByLoad       = "least_loaded"
	BySkill      = "most_skilled"
	ByAttributes = "attributes"
)

// SortKey is an attribute of agents to sort by. Agents without it come last, whichever the direction.
type SortKey struct {
	// Attribute is a path, like rating, office.floor or skills.ko.
	Attribute  string `json:"attribute"`
	Descending bool   `json:"descending,omitempty"`
}

func (o Order) compare(a, b *Agent, r *Request) int {
	switch o.By {
	case ByLoad:
		// As shares of the capacity, without dividing.
		return cmp.Compare(a.Load*b.Capacity, b.Load*a.Capacity)
	case BySkill:
		return cmp.Compare(mastery(b, r), mastery(a, r))
	case ByAttributes:
		for _, key := range o.Keys {
			if c := key.compare(a, b); c != 0 {
				return c
			}
		}
	}
	return 0
}

// mastery adds up an agent's levels in the skills a request asks for.
func mastery(a *Agent, r *Request) int {
	sum := 0
	for skill := range r.Skills {
		sum += a.Skills[skill]
	}
	for skill := range r.Preferred {
		if _, counted := r.Skills[skill]; !counted {
			sum += a.Skills[skill]
		}
	}
	return sum
}

func (k SortKey) compare(a, b *Agent) int {
	x, hasX := k.value(a)
	y, hasY := k.value(b)
	switch {
	case !hasX && !hasY:
		return 0
	case !hasX:
		return 1
	case !hasY:
		return -1
	}
	var c int
	if m, number := x.(float64); number {
		if n, both := y.(float64); both {
			c = cmp.Compare(m, n)
		} else {
			// Numbers before texts.
			c = -1
		}
	} else if _, number := y.(float64); number {
		c = 1
	} else {
		c = cmp.Compare(fmt.Sprint(x), fmt.Sprint(y))
	}
	if k.Descending {
		return -c
	}
	return c
}

// value finds an attribute: a float64, a string or a bool.
func (k SortKey) value(a *Agent) (any, bool) {
	if skill, isSkill := strings.CutPrefix(k.Attribute, "skills."); isSkill {
		level, has := a.Skills[skill]
		return float64(level), has
	}
	var at any = a.Attributes
	for part := range strings.SplitSeq(k.Attribute, ".") {
		inner, isMap := at.(map[string]any)
		if !isMap {
			return nil, false
		}
		if at = inner[part]; at == nil {
			return nil, false
		}
	}
	return at, true
}

// why says by what an agent came first.
func (o Order) why(a *Agent, r *Request, now time.Time) Reason {
	load := []string{"load", strconv.Itoa(a.Load), "capacity", strconv.Itoa(a.Capacity)}
	switch o.By {
	case ByLoad:
		return reason("least_loaded", fmt.Sprintf("least loaded, %d/%d", a.Load, a.Capacity), load...)
	case BySkill:
		return reason("most_skilled", fmt.Sprintf("most skilled, levels add up to %d", mastery(a, r)), "levels", strconv.Itoa(mastery(a, r)))
	case ByAttributes:
		values := o.values(a)
		return reason("first_by_attributes", "comes first by attributes: "+values, "values", values)
	}
	idle := now.Sub(a.IdleSince).Truncate(time.Second)
	return reason("longest_idle", fmt.Sprintf("longest idle (%s), load %d/%d", idle, a.Load, a.Capacity), append([]string{"idle", idle.String()}, load...)...)
}
