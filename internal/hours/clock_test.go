package hours_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"seax/internal/hours"
)

var office = hours.Schedule{Zone: "America/New_York", Holidays: []string{"2026-03-09"}, Hours: hoursOf{
	"mon": {{"09:00", "12:00"}, {"13:00", "17:00"}}, "tue": {{"09:00", "17:00"}}, "fri": {{"22:00", "02:00"}}, "sun": {{"01:00", "04:00"}},
}}

func TestHowLongItWasOpen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		open     time.Duration
	}{
		{"2026-03-02 08:00:00", "2026-03-02 09:30:00", 30 * time.Minute},
		{"2026-03-02 11:30:00", "2026-03-02 13:30:00", time.Hour},
		{"2026-03-02 16:00:00", "2026-03-03 10:00:00", 2 * time.Hour},
		{"2026-03-06 23:00:00", "2026-03-07 12:00:00", 3 * time.Hour},               // Friday's night
		{"2026-03-07 12:00:00", "2026-03-08 12:00:00", 2 * time.Hour},               // clocks go from two to three
		{"2026-03-08 12:00:00", "2026-03-10 10:00:00", time.Hour},                   // Monday is a holiday
		{"2026-03-02 12:00:00", "2026-03-02 11:00:00", 0},                           // backwards
		{"2026-03-02 00:00:00", "2026-03-09 00:00:00", (7 + 8 + 4 + 2) * time.Hour}, // a week
	} {
		require.Equal(t, c.open, office.Elapsed(at(t, office.Zone, c.from), at(t, office.Zone, c.to)), c.from)
	}
}

func TestWhenItHasBeenOpenForSoLong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from string
		open time.Duration
		want string
	}{
		{"2026-03-02 08:00:00", time.Hour, "2026-03-02 10:00:00"},
		{"2026-03-02 08:00:00", 3 * time.Hour, "2026-03-02 12:00:00"}, // to the last moment, not over the break
		{"2026-03-02 08:00:00", 3*time.Hour + time.Second, "2026-03-02 13:00:01"},
		{"2026-03-02 16:59:00", 2 * time.Minute, "2026-03-03 09:01:00"},
		{"2026-03-08 00:00:00", 2*time.Hour + time.Minute, "2026-03-10 09:01:00"},
		{"2026-03-02 20:00:00", 0, "2026-03-02 20:00:00"},
	} {
		got, ok := office.After(at(t, office.Zone, c.from), c.open)
		require.True(t, ok, c.from)
		require.Equal(t, c.want, got.In(office.Location()).Format(time.DateTime), c.from)
	}
	_, ok := hours.Schedule{Zone: "UTC", Hours: hoursOf{"mon": {}}}.After(time.Now(), time.Second)
	require.False(t, ok, "it never opens")
	got, ok := hours.Schedule{}.After(time.Unix(1000, 0), time.Hour)
	require.True(t, ok)
	require.Equal(t, time.Unix(4600, 0), got)
	_, ok = hours.Schedule{Zone: "UTC", Hours: hoursOf{"mon": {{"09:00", "09:01"}}}}.After(time.Now(), 100*time.Hour)
	require.False(t, ok, "a minute a week: in more than ten years")
}

// schedules are what an admin could have saved, with clocks that change and holidays in it.
func schedules(t *rapid.T) hours.Schedule {
	clock := rapid.SampledFrom([]string{"00:00", "00:30", "01:45", "02:15", "03:00", "08:00", "12:30", "18:45", "23:30", "24:00"})
	s := hours.Schedule{Zone: rapid.SampledFrom([]string{"UTC", "Asia/Seoul", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Beirut"}).Draw(t, "zone")}
	if rapid.Bool().Draw(t, "hours") {
		s.Hours = hoursOf{}
		for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
			for range rapid.IntRange(0, 2).Draw(t, "spans") {
				s.Hours[day] = append(s.Hours[day], []string{clock.Draw(t, "from"), clock.Draw(t, "to")})
			}
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "holidays") {
		s.Holidays = append(s.Holidays, time.Unix(moments.Draw(t, "holiday"), 0).UTC().Format(time.DateOnly))
	}
	if s.Check() != nil {
		t.Skip("nothing that an admin could have saved")
	}
	return s
}

// moments are around the nights when clocks change in spring 2026, each to the minute.
var moments = rapid.Custom(func(t *rapid.T) int64 {
	days := []int64{1772928000 /* 8 March */, 1774742400 /* 29 March */, 1775260800 /* 4 April */}
	return rapid.SampledFrom(days).Draw(t, "around") + 60*int64(rapid.IntRange(-4*1440, 4*1440).Draw(t, "minute"))
})

// A clock that looks every minute whether it is open, and counts, comes to the same.
func TestElapsedIsWhatCountingMinutesSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := schedules(t)
		from := time.Unix(moments.Draw(t, "from"), 0)
		to := from.Add(time.Duration(rapid.IntRange(0, 5*1440).Draw(t, "minutes")) * time.Minute)
		var counted time.Duration
		for m := from; m.Before(to); m = m.Add(time.Minute) {
			if s.Open(m) {
				counted += time.Minute
			}
		}
		if got := s.Elapsed(from, to); got != counted {
			t.Fatalf("%+v: open for %s from %s to %s, counted %s", s, got, from.UTC(), to.UTC(), counted)
		}
	})
}

// After gives the first moment by which it has been open for so long.
func TestAfterTurnsElapsedRound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := schedules(t)
		from := time.Unix(moments.Draw(t, "from"), 0)
		want := time.Duration(rapid.IntRange(1, 40*3600).Draw(t, "seconds")) * time.Second
		at, ok := s.After(from, want)
		if !ok {
			if s.Elapsed(from, from.Add(400*24*time.Hour)) > 0 && len(s.Holidays) == 0 {
				t.Fatalf("%+v opens, and yet it never has been open for %s", s, want)
			}
			return
		}
		if got := s.Elapsed(from, at); got != want {
			t.Fatalf("%+v: %s after %s it has been open for %s, not %s", s, at.UTC(), from.UTC(), got, want)
		}
		if got := s.Elapsed(from, at.Add(-time.Second)); got >= want {
			t.Fatalf("%+v: not the first moment", s)
		}
	})
}
