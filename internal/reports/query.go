package reports

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/google/uuid"

	"seax/api/spec"
)

// InvalidError says in words what is wrong with one field of a question.
type InvalidError struct{ Field, Words string }

func (e *InvalidError) Error() string { return e.Field + ": " + e.Words }

// Most days that one report covers.
const (
	mostDays = 400
	// mostDaysByHour is for reports by the hour.
	mostDaysByHour = 31
)

// Query asks for a report.
type Query struct {
	// From and To are the first and the last day; only their dates count.
	From, To time.Time
	By       spec.ReportBy
	// Zone is an IANA name: whose days they are; "": UTC.
	Zone string
	// Queue, Agent and Channel restrict it; zero values: all.
	Queue   string
	Agent   uuid.UUID
	Channel string
}

// span is the time a report is about, in periods that follow each other.
type span struct {
	location *time.Location
	// starts are the beginnings of the periods, and the end of the last one.
	starts []time.Time
	keys   []string
}

func (s span) from() time.Time { return s.starts[0] }
func (s span) to() time.Time   { return s.starts[len(s.starts)-1] }

// find is the period a time is in, counted from 1; 0: none.
func (s span) find(at time.Time) int {
	n := sort.Search(len(s.starts), func(i int) bool { return s.starts[i].After(at) })
	if n == len(s.starts) {
		return 0
	}
	return n
}

// span checks the question and cuts its time into periods: days, hours, or one.
func (q Query) span() (span, error) {
	location, err := time.LoadLocation(q.Zone)
	if err != nil || q.Zone == "Local" {
		return span{}, &InvalidError{"time_zone", fmt.Sprintf("There is no time zone %q; use an IANA name like Asia/Seoul.", q.Zone)}
	}
	// By the calendar, whatever the clocks did.
	days := int(dateOf(q.To).Sub(dateOf(q.From)).Hours()/24) + 1
	most := mostDays
	if q.By == spec.ReportByHour {
		most = mostDaysByHour
	}
	switch {
	case days < 1:
		return span{}, &InvalidError{"to", "The last day must not be before the first."}
	case days > most && q.By == spec.ReportByHour:
		return span{}, &InvalidError{"to", fmt.Sprintf("A report by the hour covers at most %d days; these are %d.", most, days)}
	case days > most:
		return span{}, &InvalidError{"to", fmt.Sprintf("A report covers at most %d days; these are %d.", most, days)}
	}
	s := span{location: location}
	end := midnight(q.From, days, location)
	for n := range days {
		day := midnight(q.From, n, location)
		switch q.By {
		case spec.ReportByHour:
			s.hours(day, midnight(q.From, n+1, location))
		case spec.ReportByDay:
			s.starts, s.keys = append(s.starts, day), append(s.keys, dateOf(q.From).AddDate(0, 0, n).Format(time.DateOnly))
		}
	}
	if s.starts == nil {
		s.starts = []time.Time{midnight(q.From, 0, location)}
	}
	s.starts = append(s.starts, end)
	return s, nil
}

// hours adds the hours of a day: 23 or 25 of them when the clocks change.
func (s *span) hours(from, to time.Time) {
	for at := from; at.Before(to); {
		s.starts, s.keys = append(s.starts, at), append(s.keys, at.Format(time.RFC3339))
		at = at.Add(time.Hour - time.Duration(at.Minute())*time.Minute - time.Duration(at.Second())*time.Second)
	}
}

func dateOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// midnight is when the day so many days after another begins. Where the clocks go forward at midnight it begins at one.
func midnight(day time.Time, after int, location *time.Location) time.Time {
	wanted := dateOf(day).AddDate(0, 0, after)
	at := time.Date(wanted.Year(), wanted.Month(), wanted.Day(), 0, 0, 0, 0, location)
	if at.Day() != wanted.Day() {
		at = at.Add(time.Hour)
	}
	return at
}

// timed reports whether agents' time can be told by what the question groups and restricts.
func (q Query) timed() bool {
	return !slices.Contains([]spec.ReportBy{spec.ReportByQueue, spec.ReportByChannel}, q.By) && q.Queue == "" && q.Channel == ""
}
