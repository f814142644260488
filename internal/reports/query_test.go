package reports

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/api/spec"
)

func date(text string) time.Time {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return at
}

func TestSpansFollowTheCalendarWhateverTheClocksDo(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		from, to, zone string
		by             spec.ReportBy
		periods        int
		begins, ends   string
	}{
		"a day in Seoul":                     {"2026-11-03", "2026-11-03", "Asia/Seoul", spec.ReportByDay, 1, "2026-11-02T15:00:00Z", "2026-11-03T15:00:00Z"},
		"hours of one in India":              {"2026-11-03", "2026-11-03", "Asia/Kolkata", spec.ReportByHour, 24, "2026-11-02T18:30:00Z", "2026-11-03T18:30:00Z"},
		"hours of one in Nepal":              {"2026-11-03", "2026-11-03", "Asia/Kathmandu", spec.ReportByHour, 24, "2026-11-02T18:15:00Z", "2026-11-03T18:15:00Z"},
		"clocks go back in Berlin":           {"2026-10-25", "2026-10-25", "Europe/Berlin", spec.ReportByHour, 25, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		"clocks go forward in Berlin":        {"2026-03-29", "2026-03-29", "Europe/Berlin", spec.ReportByHour, 23, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		"half an hour forward on Lord Howe":  {"2026-10-04", "2026-10-04", "Australia/Lord_Howe", spec.ReportByHour, 24, "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z"},
		"a day without a midnight in Beirut": {"2026-03-29", "2026-03-29", "Asia/Beirut", spec.ReportByDay, 1, "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"},
		"the most":                           {"2025-01-01", "2026-02-04", "UTC", spec.ReportByDay, 400, "2025-01-01T00:00:00Z", "2026-02-05T00:00:00Z"},
		"queues need no periods":             {"2026-11-01", "2026-11-30", "UTC", spec.ReportByQueue, 1, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := Query{From: date(test.from), To: date(test.to), Zone: test.zone, By: test.by}.span()
			require.NoError(t, err)
			require.Len(t, s.starts, test.periods+1)
			require.Equal(t, test.begins, s.from().UTC().Format(time.RFC3339))
			require.Equal(t, test.ends, s.to().UTC().Format(time.RFC3339))
			require.Zero(t, s.find(s.from().Add(-1)))
			require.Equal(t, 1, s.find(s.from()))
			require.Equal(t, test.periods, s.find(s.to().Add(-1)))
			require.Zero(t, s.find(s.to()))
			for i, at := range s.starts {
				require.Equal(t, at, stepOf(at).In(at.Location()), "%s is no beginning of a step", at)
				require.True(t, i == 0 || s.starts[i-1].Before(at))
			}
		})
	}
}

func TestQuestionsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		q     Query
		field string
		words string
	}{
		"backwards":      {Query{From: date("2026-11-02"), To: date("2026-11-01"), By: spec.ReportByDay}, "to", "before"},
		"too long":       {Query{From: date("2025-01-01"), To: date("2026-02-05"), By: spec.ReportByQueue}, "to", "400 days; these are 401"},
		"too many hours": {Query{From: date("2026-01-01"), To: date("2026-02-01"), By: spec.ReportByHour}, "to", "31 days; these are 32"},
		"no zone":        {Query{From: date("2026-01-01"), To: date("2026-01-01"), By: spec.ReportByDay, Zone: "Mars/Olympus"}, "time_zone", "Mars/Olympus"},
		"local":          {Query{From: date("2026-01-01"), To: date("2026-01-01"), By: spec.ReportByDay, Zone: "Local"}, "time_zone", "Local"},
		"a path":         {Query{From: date("2026-01-01"), To: date("2026-01-01"), By: spec.ReportByDay, Zone: "../../etc/passwd"}, "time_zone", "no time zone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := test.q.span()
			var invalid *InvalidError
			require.ErrorAs(t, err, &invalid)
			require.Equal(t, test.field, invalid.Field)
			require.Contains(t, invalid.Words, test.words)
		})
	}
}
