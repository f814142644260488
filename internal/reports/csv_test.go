package reports_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"seax/api/spec"
	"seax/internal/reports"
)

func TestCSVIsATableThatRunsNothing(t *testing.T) {
	t.Parallel()
	half, korean := 0.5, "지원"
	r := spec.Report{By: spec.ReportByQueue, Rows: []spec.ReportRow{
		{Key: "support", Name: &spec.LocalText{En: "Support", Ko: &korean}, Numbers: spec.Numbers{
			Entered: 3, ServiceLevel: &half, RejectedBy: &map[string]int{"=cmd|' /C calc'!A0": 1, "": 2, "lunch, late": 1}, PresenceS: &map[string]int{"available": 60},
		}},
		{Key: "=1+1", Name: &spec.LocalText{En: "@SUM(A1)"}}, {Key: "+a"}, {Key: "-a"}, {Key: "\ta"}, {Key: "\"quoted\", and more"},
	}}
	var out bytes.Buffer
	require.NoError(t, reports.WriteCSV(&out, r))
	text, marked := strings.CutPrefix(out.String(), "\ufeff")
	require.True(t, marked, "spreadsheets know the encoding by it")
	require.Contains(t, text, "\r\n")
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err, "every line has as many cells")
	require.Len(t, lines, 1+len(r.Rows))
	cell := map[string]string{}
	for i, column := range lines[0] {
		require.NotContains(t, cell, column, "columns have names of their own")
		cell[column] = lines[1][i]
	}
	require.Equal(t, "support", cell["queue"])
	require.Equal(t, "Support", cell["name"])
	require.Equal(t, "지원", cell["name_ko"])
	require.Equal(t, "3", cell["entered"])
	require.Equal(t, "0.5", cell["service_level"])
	require.Empty(t, cell["answer_s"], "what was not measured is empty, not zero")
	require.Equal(t, "60", cell["presence_available_s"])
	require.Equal(t, "': 2; =cmd|' /C calc'!A0: 1; lunch, late: 1", "'"+cell["rejected_by"])
	for _, line := range lines {
		for _, one := range line {
			require.False(t, one != "" && strings.ContainsAny(one[:1], "=+-@\t\r"), "%q is a formula", one)
		}
	}
	require.Equal(t, []string{"'=1+1", "'@SUM(A1)"}, lines[2][:2])
	require.Equal(t, "\"quoted\", and more", lines[6][0])
}
