package hours

import (
	"iter"
	"time"
)

// untilNever is how long nothing may open before it counts as never: a year, and what holidays may add to it.
const untilNever = horizon * 24 * time.Hour

// furthest is how far ahead After looks.
const furthest = 10 * 365 * 24 * time.Hour

// Elapsed is how much of the time between two instants it is open; 0 if the second is not after the first.
func (s Schedule) Elapsed(from, to time.Time) time.Duration {
	if !to.After(from) {
		return 0
	}
	if s.constant() {
		return to.Sub(from)
	}
	var open time.Duration
	for sp := range s.openings(from) {
		if !sp.from.Before(to) {
			break
		}
		if sp.to.After(to) {
			sp.to = to
		}
		open += sp.to.Sub(sp.from)
	}
	return open
}

// After is the instant at which it has been open for so long since another one, which is that one itself for d <= 0; false: not
// within ten years, or it never opens.
func (s Schedule) After(from time.Time, d time.Duration) (time.Time, bool) {
	if d <= 0 {
		return from, true
	}
	if s.constant() {
		return from.Add(d), true
	}
	last := from
	for sp := range s.openings(from) {
		if sp.from.Sub(last) > untilNever || sp.from.Sub(from) > furthest {
			break
		}
		if open := sp.to.Sub(sp.from); d > open {
			d -= open
			last = sp.to
			continue
		}
		return sp.from.Add(d), true
	}
	return time.Time{}, false
}

// constant: it never closes.
func (s Schedule) constant() bool { return s.always() && len(s.Holidays) == 0 }

// openings are the times at which it is open from an instant on, in order, none touching time that an earlier one has covered. They
// end when nothing has opened for longer than untilNever.
func (s Schedule) openings(from time.Time) iter.Seq[span] {
	return func(yield func(span) bool) {
		zone := s.Location()
		covered, last := from, from
		year, month, day := from.In(zone).Date()
		// Yesterday's may go on over midnight.
		for ahead := -1; ; ahead++ {
			for _, sp := range s.spansOf(year, month, day+ahead, zone) {
				if sp.from.Before(covered) {
					sp.from = covered
				}
				if !sp.to.After(sp.from) {
					continue
				}
				covered, last = sp.to, sp.to
				if !yield(sp) {
					return
				}
			}
			if time.Date(year, month, day+ahead, 0, 0, 0, 0, zone).Sub(last) > untilNever {
				return
			}
		}
	}
}
