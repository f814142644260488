package routing

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Other is an agent who was looked at for a request that somebody else got.
type Other struct {
	Agent uuid.UUID
	Name  string
	// Could: they could have taken it, but somebody came before them. Else they could not.
	Could bool
	// Why they came later, or could not; the first few reasons.
	Why []Reason
}

// maxWhy is how many reasons are kept of one agent: who is not connected usually lacks other things as well.
const maxWhy = 3

// Others says what became of the agents who did not get a request that chosen got: first those who could have taken it, in the
// order in which they would have been asked next, then those who could not, the nearest to it first; at most limit. It is apart from Plan, because
// only what is written down needs it, and decisions must be fast.
func Others(agents []Agent, r Request, chosen uuid.UUID, limit int, now time.Time) []Other {
	var first *Agent
	var able, unable []*Agent
	for i := range agents {
		a := &agents[i]
		e, excluded := r.Excluded[a.ID]
		switch {
		case a.ID == chosen:
			first = a
		case available(a, &r, now) && (!excluded || !now.Before(e.Until)):
			able = append(able, a)
		default:
			unable = append(unable, a)
		}
	}
	inTurn := func(a, b *Agent) int { return before(a, b, &r, now) }
	slices.SortFunc(able, inTurn)
	all := make([]Other, 0, min(limit, len(able)+len(unable)))
	for _, a := range able[:min(limit, len(able))] {
		all = append(all, Other{Agent: a.ID, Name: a.Name, Could: true, Why: []Reason{whyLater(a, first, &r, now)}})
	}
	if len(all) == limit {
		return all
	}
	obstacles := make(map[uuid.UUID][]Reason, len(unable))
	for _, a := range unable {
		obstacles[a.ID] = Obstacles(*a, r, now)
	}
	slices.SortFunc(unable, func(a, b *Agent) int {
		if c := cmp.Compare(len(obstacles[a.ID]), len(obstacles[b.ID])); c != 0 {
			return c
		}
		return inTurn(a, b)
	})
	for _, a := range unable[:min(limit-len(all), len(unable))] {
		why := obstacles[a.ID]
		all = append(all, Other{Agent: a.ID, Name: a.Name, Why: why[:min(maxWhy, len(why))]})
	}
	return all
}

// NextInLine corrects the reasons of a decision that was made for one agent who had become free: there it was the request that was
// chosen, not the agent by the request's order.
func NextInLine(why []Reason) []Reason {
	for i, r := range why {
		switch r.Code {
		case "longest_idle", "least_loaded", "most_skilled", "first_by_attributes":
			why[i] = reason("next_in_line", "became free, and it was next in line")
		}
	}
	return why
}

// before is the order in which agents who can take a request are asked: by the queue's level, then as better has it.
func before(a, b *Agent, r *Request, now time.Time) int {
	if c := cmp.Compare(levelFor(a, r, now), levelFor(b, r, now)); c != 0 {
		return c
	}
	switch {
	case a.ID == b.ID:
		return 0
	case better(a, b, r):
		return -1
	default:
		return 1
	}
}

// levelFor is the level at which an agent serves a request.
func levelFor(a *Agent, r *Request, now time.Time) int {
	if r.Anyone || r.waitsForKnown(now) {
		return 1
	}
	return a.Queues[r.Queue]
}

// whyLater names the first thing by which an agent comes after the one who was chosen.
func whyLater(a, chosen *Agent, r *Request, now time.Time) Reason {
	if chosen == nil || before(a, chosen, r, now) < 0 {
		return reason("not_their_turn", "another agent became free just then")
	}
	if level, other := levelFor(a, r, now), levelFor(chosen, r, now); level != other {
		return reason("later_level", fmt.Sprintf("serves %s at level %d, after level %d", r.Queue, level, other),
			"queue", r.Queue, "level", strconv.Itoa(level), "first", strconv.Itoa(other))
	}
	if has, other := preferred(a, r), preferred(chosen, r); has != other {
		return reason("fewer_preferred", fmt.Sprintf("has %d of the preferred skills, not %d", has, other), "has", strconv.Itoa(has), "first", strconv.Itoa(other))
	}
	if r.Order.compare(a, chosen, r) != 0 {
		return r.Order.whyLater(a, chosen, r)
	}
	switch {
	case !a.IdleSince.Equal(chosen.IdleSince):
		idle := now.Sub(a.IdleSince).Truncate(time.Second)
		return reason("less_idle", fmt.Sprintf("idle for a shorter time (%s)", idle), "idle", idle.String())
	case a.Load != chosen.Load:
		return moreLoaded(a)
	default:
		return reason("equal", "nothing tells them apart; one had to be first")
	}
}

func moreLoaded(a *Agent) Reason {
	return reason("more_loaded", fmt.Sprintf("more loaded, %d/%d", a.Load, a.Capacity), "load", strconv.Itoa(a.Load), "capacity", strconv.Itoa(a.Capacity))
}

// whyLater says how an agent comes after another by this order.
func (o Order) whyLater(a, first *Agent, r *Request) Reason {
	switch o.By {
	case ByLoad:
		return moreLoaded(a)
	case BySkill:
		return reason("less_skilled", fmt.Sprintf("levels add up to %d, not %d", mastery(a, r), mastery(first, r)),
			"levels", strconv.Itoa(mastery(a, r)), "first", strconv.Itoa(mastery(first, r)))
	default:
		values := o.values(a)
		if values == "" {
			return reason("later_by_attributes", "has none of the attributes that agents are ordered by")
		}
		return reason("later_by_attributes", "comes later by attributes: "+values, "values", values)
	}
}

// values are what the order's keys find of an agent, as text.
func (o Order) values(a *Agent) string {
	var shown []string
	for _, key := range o.Keys {
		if value, has := key.value(a); has {
			shown = append(shown, fmt.Sprintf("%s %v", key.Attribute, value))
		}
	}
	return strings.Join(shown, ", ")
}
