package simulation

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Duration is a time.Duration that is written like 20s or 8h30m. It is never negative.
type Duration time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is no length of time; write it like 20s, 5m or 8h", text)
	}
	if parsed < 0 {
		return fmt.Errorf("%s is negative", parsed)
	}
	*d = Duration(parsed)
	return nil
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// Shift is a time at which people work: on weekdays, from and to a time of day, or once, from and to an instant.
type Shift struct {
	// Days are the weekdays on which it begins; none: on all.
	Days []time.Weekday
	// From and To count from midnight, on the clock of the scenario's time zone. It goes over midnight when To is not after From.
	From, To time.Duration
	// Begins and Ends are set for one that is once.
	Begins, Ends time.Time
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// UnmarshalText implements encoding.TextUnmarshaler. It reads 09:00-17:30, mon-fri 09:00-17:30, mon,wed 22:00-06:00, and
// 2026-03-02T09:00:00Z/2026-03-02T17:30:00Z.
func (s *Shift) UnmarshalText(text []byte) error {
	var parsed Shift
	var err error
	if begins, ends, once := strings.Cut(string(text), "/"); once {
		parsed, err = readOnce(begins, ends)
	} else {
		parsed, err = readWeekly(string(text))
	}
	if err != nil {
		return fmt.Errorf("%q is no shift (%w); write it like 09:00-17:30 or mon-fri 09:00-17:30", text, err)
	}
	*s = parsed
	return nil
}

func readOnce(begins, ends string) (s Shift, err error) {
	if s.Begins, err = time.Parse(time.RFC3339, begins); err != nil {
		return s, fmt.Errorf("there is no time %s", begins)
	}
	if s.Ends, err = time.Parse(time.RFC3339, ends); err != nil {
		return s, fmt.Errorf("there is no time %s", ends)
	}
	if !s.Ends.After(s.Begins) {
		return s, errors.New("it ends before it begins")
	}
	return s, nil
}

func readWeekly(text string) (s Shift, err error) {
	days, times, found := strings.Cut(text, " ")
	if !found {
		days, times = "", text
	}
	if s.Days, err = readDays(days); err != nil {
		return s, err
	}
	from, to, found := strings.Cut(strings.TrimSpace(times), "-")
	if !found {
		return s, errors.New("from when to when")
	}
	if s.From, err = readTimeOfDay(from); err != nil {
		return s, err
	}
	if s.To, err = readTimeOfDay(to); err != nil {
		return s, err
	}
	if s.From == s.To {
		return s, errors.New("it ends when it begins")
	}
	return s, nil
}

func readDays(text string) ([]time.Weekday, error) {
	var all []time.Weekday
	for part := range strings.SplitSeq(text, ",") {
		if part == "" {
			continue
		}
		first, last, span := strings.Cut(part, "-")
		from, to := slices.Index(weekdays, first), slices.Index(weekdays, last)
		if !span {
			to = from
		}
		if from < 0 || to < 0 {
			return nil, fmt.Errorf("there is no day %s", part)
		}
		for day := from; ; day = (day + 1) % len(weekdays) {
			all = append(all, time.Weekday(day))
			if day == to {
				break
			}
		}
	}
	return all, nil
}

func readTimeOfDay(text string) (time.Duration, error) {
	hours, minutes, found := strings.Cut(text, ":")
	h, err1 := strconv.Atoi(hours)
	m, err2 := strconv.Atoi(minutes)
	if !found || err1 != nil || err2 != nil || len(minutes) != 2 || h < 0 || h > 24 || m < 0 || m > 59 || h == 24 && m > 0 {
		return 0, fmt.Errorf("there is no time of day %s", text)
	}
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute, nil
}

// MarshalText implements encoding.TextMarshaler.
func (s Shift) MarshalText() ([]byte, error) {
	if !s.Begins.IsZero() {
		return fmt.Appendf(nil, "%s/%s", s.Begins.UTC().Format(time.RFC3339), s.Ends.UTC().Format(time.RFC3339)), nil
	}
	days := make([]string, len(s.Days))
	for i, d := range s.Days {
		days[i] = weekdays[d]
	}
	text := strings.Join(days, ",")
	if text != "" {
		text += " "
	}
	clock := func(d time.Duration) string { return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60) }
	return fmt.Append(nil, text, clock(s.From), "-", clock(s.To)), nil
}

// span is a stretch of time, its end not included.
type span struct{ from, to time.Time }

// near lists when the shift is from the day before a moment on, for more than a week.
func (s Shift) near(at time.Time) []span {
	if !s.Begins.IsZero() {
		return []span{{s.Begins, s.Ends}}
	}
	const week = 7
	var all []span
	year, month, day := at.Date()
	for ahead := -1; ahead <= week; ahead++ {
		moment := func(clock time.Duration) time.Time {
			return time.Date(year, month, day+ahead, 0, int(clock.Minutes()), 0, 0, at.Location())
		}
		if len(s.Days) > 0 && !slices.Contains(s.Days, moment(12*time.Hour).Weekday()) {
			continue
		}
		to := s.To
		if to <= s.From {
			to += 24 * time.Hour
		}
		all = append(all, span{moment(s.From), moment(to)})
	}
	return all
}

// atWork reports whether one of the shifts is at a moment (none: always), and when that changes next; zero: never.
func atWork(shifts []Shift, at time.Time) (works bool, changes time.Time) {
	if len(shifts) == 0 {
		return true, time.Time{}
	}
	for _, s := range shifts {
		for _, n := range s.near(at) {
			works = works || !at.Before(n.from) && at.Before(n.to)
			for _, edge := range []time.Time{n.from, n.to} {
				if edge.After(at) && (changes.IsZero() || edge.Before(changes)) {
					changes = edge
				}
			}
		}
	}
	return works, changes
}
