package hours_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"seax/internal/hours"
)

func at(t *testing.T, zone, local string) time.Time {
	t.Helper()
	location, err := time.LoadLocation(zone)
	require.NoError(t, err)
	parsed, err := time.ParseInLocation("2006-01-02 15:04:05", local, location)
	require.NoError(t, err)
	return parsed
}

type hoursOf = map[string][][]string

var week = hours.Schedule{Zone: "Asia/Seoul", Holidays: []string{"2026-12-25"}, Hours: hoursOf{
	"mon": {{"09:00", "12:00"}, {"13:00", "18:00"}}, "fri": {{"22:00", "02:00"}}, "sat": {{"00:00", "24:00"}},
}}

func TestWhenItIsOpen(t *testing.T) {
	t.Parallel()
	for local, open := range map[string]bool{
		"2026-03-02 08:59:59": false, // a Monday
		"2026-03-02 09:00:00": true,
		"2026-03-02 11:59:59": true,
		"2026-03-02 12:00:00": false,
		"2026-03-02 13:00:00": true,
		"2026-03-02 18:00:00": false,
		"2026-03-03 10:00:00": false, // Tuesday is not listed
		"2026-03-06 21:59:59": false, // Friday night goes on over midnight
		"2026-03-06 22:00:00": true,
		"2026-03-07 01:00:00": true,
		"2026-03-07 12:00:00": true, // Saturday, the whole day
		"2026-03-08 00:00:00": false,
		"2026-12-25 22:30:00": false, // a Friday, but Christmas
		"2026-12-26 00:30:00": true,  // Saturday's own hours
	} {
		require.Equal(t, open, week.Open(at(t, "Asia/Seoul", local)), local)
	}
	require.True(t, week.Open(at(t, "UTC", "2026-03-02 00:30:00")), "half past nine in Seoul")
}

func TestWhenItOpensNext(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"2026-03-02 08:00:00": "2026-03-02 09:00:00",
		"2026-03-02 12:30:00": "2026-03-02 13:00:00",
		"2026-03-02 18:00:00": "2026-03-06 22:00:00",
		"2026-12-24 12:00:00": "2026-12-26 00:00:00", // Christmas is skipped
	} {
		next, ok := week.NextOpen(at(t, "Asia/Seoul", from))
		require.True(t, ok)
		require.Equal(t, want, next.Format(time.DateTime), from)
		require.Equal(t, "Asia/Seoul", next.Location().String())
	}
	_, ok := hours.Schedule{Zone: "UTC", Hours: hoursOf{"mon": {}}}.NextOpen(time.Now())
	require.False(t, ok, "it never opens")
}

func TestWithoutHoursItIsAlwaysOpenButForHolidays(t *testing.T) {
	t.Parallel()
	require.True(t, hours.Schedule{}.Open(time.Now()))
	s := hours.Schedule{Zone: "Asia/Seoul", Holidays: []string{"2026-12-25", "2026-12-26"}}
	require.True(t, s.Open(at(t, "Asia/Seoul", "2026-12-24 23:59:59")))
	require.False(t, s.Open(at(t, "Asia/Seoul", "2026-12-25 00:00:00")))
	require.False(t, s.Open(at(t, "UTC", "2026-12-24 15:00:00")), "it is Christmas in Seoul already")
	next, ok := s.NextOpen(at(t, "Asia/Seoul", "2026-12-25 12:00:00"))
	require.True(t, ok)
	require.Equal(t, "2026-12-27 00:00:00", next.Format(time.DateTime))
}

// On the days when clocks change it opens and closes by the clock on the wall.
func TestDaysWhenClocksChange(t *testing.T) {
	t.Parallel()
	s := hours.Schedule{Zone: "America/New_York", Hours: hoursOf{"sun": {{"01:30", "09:00"}}, "sat": {{"22:00", "03:30"}}}}
	for utc, open := range map[string]bool{
		"2026-03-08 06:29:59": true,  // 01:29:59 EST, Saturday's night still
		"2026-03-08 12:59:59": true,  // 08:59:59 EDT: 09:00 comes an hour earlier than on other days
		"2026-03-08 13:00:00": false, // 09:00 EDT
		"2026-11-01 13:59:59": true,  // 08:59:59 EST
		"2026-11-01 14:00:00": false, // 09:00 EST
	} {
		require.Equal(t, open, s.Open(at(t, "UTC", utc)), utc)
	}
	// Nobody's clock shows 02:30 on this night; it opens all the same.
	gap := hours.Schedule{Zone: "America/New_York", Hours: hoursOf{"sun": {{"02:30", "04:00"}}}}
	require.True(t, gap.Open(at(t, "UTC", "2026-03-08 07:45:00")), "03:45 EDT")
	require.False(t, gap.Open(at(t, "UTC", "2026-03-08 08:00:00")), "04:00 EDT")
	// Where midnight does not exist (Beirut, 2026-03-29), the day begins at one.
	beirut := hours.Schedule{Zone: "Asia/Beirut", Hours: hoursOf{"sun": {{"00:00", "24:00"}}}}
	require.False(t, beirut.Open(at(t, "UTC", "2026-03-28 21:59:59")))
	require.True(t, beirut.Open(at(t, "UTC", "2026-03-28 22:00:00")))
	require.True(t, beirut.Open(at(t, "UTC", "2026-03-29 20:59:59")))
	require.False(t, beirut.Open(at(t, "UTC", "2026-03-29 21:00:00")))
}

// Whatever the schedule: when it is closed and opens again, it is open at that moment and closed until then.
func TestNextOpenIsTheFirstMomentThatIsOpen(t *testing.T) {
	t.Parallel()
	clock := rapid.SampledFrom([]string{"00:00", "00:30", "02:15", "08:00", "12:30", "18:45", "23:30", "24:00"})
	zones := rapid.SampledFrom([]string{"UTC", "Asia/Seoul", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"})
	rapid.Check(t, func(t *rapid.T) {
		s := hours.Schedule{Zone: zones.Draw(t, "zone"), Hours: hoursOf{}}
		for _, day := range []string{"mon", "wed", "sat", "sun"} {
			for range rapid.IntRange(0, 2).Draw(t, "spans") {
				s.Hours[day] = append(s.Hours[day], []string{clock.Draw(t, "from"), clock.Draw(t, "to")})
			}
		}
		if len(s.Hours) == 0 || s.Check() != nil {
			t.Skip("nothing, or nothing that an admin could have saved")
		}
		from := time.Unix(int64(rapid.IntRange(1_770_000_000, 1_800_000_000).Draw(t, "at")), 0)
		next, ok := s.NextOpen(from)
		if s.Open(from) || !ok {
			return
		}
		if !s.Open(next) {
			t.Fatalf("closed at %s, when it opens", next)
		}
		for moment := from; moment.Before(next); moment = moment.Add(7 * time.Minute) {
			if s.Open(moment) {
				t.Fatalf("open at %s, before %s", moment, next)
			}
		}
	})
}

func TestMistakesAreToldInWords(t *testing.T) {
	t.Parallel()
	for words, s := range map[string]hours.Schedule{
		`there is no time zone "Seoul"`:             {Zone: "Seoul"},
		`there is no time zone "Local"`:             {Zone: "Local"},
		`"monday" is no weekday`:                    {Zone: "UTC", Hours: hoursOf{"monday": {{"09:00", "18:00"}}}},
		"mon: opening times come in pairs":          {Zone: "UTC", Hours: hoursOf{"mon": {{"09:00"}}}},
		`mon: "9:00" is no time of day`:             {Zone: "UTC", Hours: hoursOf{"mon": {{"9:00", "18:00"}}}},
		`mon: "24:01" is no time of day`:            {Zone: "UTC", Hours: hoursOf{"mon": {{"09:00", "24:01"}}}},
		`mon: "09:60" is no time of day`:            {Zone: "UTC", Hours: hoursOf{"mon": {{"09:60", "18:00"}}}},
		`mon: "" is no time of day`:                 {Zone: "UTC", Hours: hoursOf{"mon": {{"", "18:00"}}}},
		`mon: "+9:00" is no time of day`:            {Zone: "UTC", Hours: hoursOf{"mon": {{"+9:00", "18:00"}}}},
		`mon: "24:00" is no time to open at`:        {Zone: "UTC", Hours: hoursOf{"mon": {{"24:00", "08:00"}}}},
		"mon: it opens and closes at 09:00":         {Zone: "UTC", Hours: hoursOf{"mon": {{"09:00", "09:00"}}}},
		`holiday "25.12.2026" is no date like 2026`: {Zone: "UTC", Holidays: []string{"25.12.2026"}},
		`holiday "2026-02-30" is no date`:           {Zone: "UTC", Holidays: []string{"2026-02-30"}},
	} {
		require.ErrorContains(t, s.Check(), words)
	}
	require.NoError(t, week.Check())
	require.NoError(t, hours.Schedule{}.Check())
}
