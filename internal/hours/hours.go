// Package hours answers whether a business is open: weekly hours and holidays in its own time zone. It is pure.
package hours

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// Schedule is when a business is open. The zero value is always open, in UTC.
type Schedule struct {
	// Zone is an IANA name, like Asia/Seoul.
	Zone string
	// Hours lists opening times by weekday ("mon" … "sun") as pairs of HH:MM; "24:00" is the day's end. A span whose end is
	// not after its start goes on over midnight. A day without spans, or not
	// listed, is closed; with no day listed at all it is always open (but for holidays).
	Hours map[string][][]string
	// Holidays are dates (YYYY-MM-DD) on which nothing opens.
	Holidays []string
}

var weekdays = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Check says in words what is wrong with a schedule; nil: nothing.
func (s Schedule) Check() error {
	if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "Local" {
		return fmt.Errorf("there is no time zone %q; use an IANA name like Asia/Seoul", s.Zone)
	}
	for day, spans := range s.Hours {
		if !slices.Contains(weekdays[:], day) {
			return fmt.Errorf("%q is no weekday; use mon, tue, wed, thu, fri, sat, sun", day)
		}
		for _, span := range spans {
			if len(span) != 2 {
				return fmt.Errorf("%s: opening times come in pairs, like 09:00 and 18:00", day)
			}
			for _, text := range span {
				if _, err := minutes(text); err != nil {
					return fmt.Errorf("%s: %w", day, err)
				}
			}
			if span[0] == "24:00" {
				return fmt.Errorf("%s: \"24:00\" is no time to open at; use 00:00 of the next day", day)
			}
			if span[0] == span[1] {
				return fmt.Errorf("%s: it opens and closes at %s", day, span[0])
			}
		}
	}
	for _, date := range s.Holidays {
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			return fmt.Errorf("holiday %q is no date like 2026-12-25", date)
		}
	}
	return nil
}

func minutes(text string) (int, error) {
	if text == "24:00" {
		return 24 * 60, nil
	}
	at, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, fmt.Errorf("%q is no time of day like 09:00", text)
	}
	return at.Hour()*60 + at.Minute(), nil
}

// zones keeps time zones that were read, because reading one takes longer than all that is done with it.
var zones sync.Map

// Location is the schedule's time zone; UTC if there is none of that name.
func (s Schedule) Location() *time.Location {
	if known, ok := zones.Load(s.Zone); ok {
		return known.(*time.Location)
	}
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return time.UTC
	}
	zones.Store(s.Zone, zone)
	return zone
}

// Holiday reports whether a moment is on one of the holidays.
func (s Schedule) Holiday(at time.Time) bool {
	return slices.Contains(s.Holidays, at.In(s.Location()).Format(time.DateOnly))
}

func (s Schedule) always() bool { return len(s.Hours) == 0 }

// span is one opening, as instants.
type span struct{ from, to time.Time }

// spansOf lists the openings that begin on a local date.
func (s Schedule) spansOf(year int, month time.Month, day int, zone *time.Location) []span {
	at := func(minute int) time.Time { return time.Date(year, month, day, 0, minute, 0, 0, zone) }
	date := time.Date(year, month, day, 12, 0, 0, 0, zone)
	if slices.Contains(s.Holidays, date.Format(time.DateOnly)) {
		return nil
	}
	if s.always() {
		return []span{{at(0), at(24 * 60)}}
	}
	var all []span
	for _, pair := range s.Hours[weekdays[date.Weekday()]] {
		from, err1 := minutes(pair[0])
		to, err2 := minutes(pair[1])
		if err1 != nil || err2 != nil {
			continue
		}
		if to <= from {
			to += 24 * 60
		}
		all = append(all, span{at(from), at(to)})
	}
	slices.SortFunc(all, func(a, b span) int { return a.from.Compare(b.from) })
	return all
}

// Open reports whether it is open at an instant.
func (s Schedule) Open(at time.Time) bool {
	zone := s.Location()
	local := at.In(zone)
	for back := range 2 {
		year, month, day := local.AddDate(0, 0, -back).Date()
		for _, sp := range s.spansOf(year, month, day, zone) {
			if !at.Before(sp.from) && at.Before(sp.to) {
				return true
			}
		}
	}
	return false
}

// horizon is how far ahead NextOpen looks, in days.
const horizon = 400

// NextOpen returns when it opens next after an instant at which it is closed, in its own zone; false: not within a year.
func (s Schedule) NextOpen(at time.Time) (time.Time, bool) {
	zone := s.Location()
	local := at.In(zone)
	year, month, day := local.Date()
	for ahead := range horizon {
		for _, sp := range s.spansOf(year, month, day+ahead, zone) {
			if sp.from.After(at) {
				return sp.from, true
			}
		}
	}
	return time.Time{}, false
}
