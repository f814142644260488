package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"seax/internal/plan"
	"seax/internal/simulation"
	"seax/internal/simulation/report"
)

// hostile is a name that would be markup if it were let.
const hostile = `<script>alert("x")</script> & "co"`

func scenario(agents int) simulation.Scenario {
	patience := simulation.Distribution{Mean: simulation.Duration(3 * time.Minute)}
	customer := func(queue, skill string) simulation.Customer {
		return simulation.Customer{Queue: queue, Plan: "care", Skills: map[string]int{skill: 20}}
	}
	handle := simulation.Distribution{Mean: simulation.Duration(4 * time.Minute)}
	return simulation.Scenario{
		Name: hostile, Duration: simulation.Duration(6 * time.Hour),
		Plans: []plan.Plan{{ID: "care", Default: plan.Rule{Steps: []plan.Step{{Timeout: 60}, {Drop: []string{"*"}, Anyone: true}}}}},
		Arrivals: []simulation.Arrivals{
			{Customer: customer("support", "ko"), PerHour: 30, Handle: handle, Patience: &patience},
			{Customer: customer("sales", "<b>"), PerHour: 10, Handle: handle, Patience: &patience},
		},
		Agents: []simulation.Agents{{Name: hostile, Count: agents, Queues: map[string]int{"support": 1, "sales": 2}, Skills: map[string]int{"ko": 50, "<b>": 50}}},
	}
}

func reports(t *testing.T) map[string]report.Report {
	t.Helper()
	before, after := scenario(3), scenario(4)
	require.NoError(t, before.Complete())
	require.NoError(t, after.Complete())
	one, err := simulation.Run(t.Context(), before, 1)
	require.NoError(t, err)
	two, err := simulation.Compare(t.Context(), before, after, 1)
	require.NoError(t, err)
	return map[string]report.Report{"one": report.Of(one), "two": report.OfBoth(two)}
}

func TestThePageNeedsNothingButItself(t *testing.T) {
	t.Parallel()
	for name, r := range reports(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var page bytes.Buffer
			require.NoError(t, r.HTML(&page))
			root, err := html.Parse(bytes.NewReader(page.Bytes()))
			require.NoError(t, err)
			count := map[string]int{}
			for node := range root.Descendants() {
				if node.Type != html.ElementNode {
					continue
				}
				count[node.Data]++
				for _, a := range node.Attr {
					require.NotContains(t, []string{"src", "href", "xlink:href", "onclick", "onload"}, a.Key)
					if node.Data == "svg" && a.Key == "aria-label" {
						count["labels"]++
					}
				}
			}
			for _, element := range []string{"script", "link", "img", "b", "iframe"} {
				require.Zero(t, count[element], element)
			}
			// All customers have six plots, two queues five and two skills four each; and one of agents.
			require.Equal(t, 6+2*5+2*4+1, count["svg"])
			require.Equal(t, count["svg"], count["labels"], "every plot says what it shows")
			require.Equal(t, count["svg"], count["figure"])
			require.NotContains(t, page.String(), "://")
			require.NotContains(t, page.String(), "NaN")
			require.Contains(t, page.String(), "prefers-color-scheme: dark")
			require.Contains(t, page.String(), "@media print")
		})
	}
}

func TestOneFigureALine(t *testing.T) {
	t.Parallel()
	for name, r := range reports(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var file bytes.Buffer
			require.NoError(t, r.CSV(&file))
			all, err := csv.NewReader(&file).ReadAll()
			require.NoError(t, err)
			require.Equal(t, []string{"scenario", "of", "name", "figure", "value", "low", "high"}, all[0])
			seen := map[string]bool{}
			customers := ""
			for n, line := range all[1:] {
				key := strings.Join(line[:4], "\x00")
				if name == "one" {
					require.False(t, seen[key], "%v is there twice, in line %d", line, n)
				}
				seen[key] = true
				if line[1] == "all" && line[3] == "customers" {
					customers = line[4]
				}
			}
			require.NotEmpty(t, customers)
			require.Equal(t, name == "two", seen[strings.Join([]string{hostile, "difference", "queue sales", "mean_wait_s"}, "\x00")])
		})
	}
}

func TestJSONIsTheResult(t *testing.T) {
	t.Parallel()
	all := reports(t)
	var one, two bytes.Buffer
	require.NoError(t, all["one"].JSON(&one))
	require.NoError(t, all["two"].JSON(&two))
	var result simulation.Result
	require.NoError(t, json.Unmarshal(one.Bytes(), &result))
	require.Equal(t, all["one"].Runs[0].All, result.All)
	var compared simulation.Comparison
	require.NoError(t, json.Unmarshal(two.Bytes(), &compared))
	require.True(t, compared.Paired)
	require.Equal(t, result.Fingerprint, compared.Before.Fingerprint)
}

func TestTables(t *testing.T) {
	t.Parallel()
	for name, r := range reports(t) {
		var text bytes.Buffer
		require.NoError(t, r.Table(&text))
		for _, want := range []string{"support", "sales", "skill ko", "care", hostile} {
			require.Contains(t, text.String(), want)
		}
		require.Equal(t, name == "two", strings.Contains(text.String(), "Both met the same customers."))
	}
}

// Plots of next to nothing and of very much are still plots.
func TestPlotsOfExtremes(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*simulation.Scenario){
		"nobody came":   func(s *simulation.Scenario) { s.Duration = simulation.Duration(time.Microsecond) },
		"nobody waited": func(s *simulation.Scenario) { s.Agents[0].Count = 1000 },
		"waits of days": func(s *simulation.Scenario) { s.Arrivals[0].Patience, s.Arrivals[0].PerHour = nil, 300 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scenario(1)
			change(&s)
			require.NoError(t, s.Complete())
			result, err := simulation.Run(t.Context(), s, 1)
			require.NoError(t, err)
			var page bytes.Buffer
			require.NoError(t, report.Of(result).HTML(&page))
			require.NotContains(t, page.String(), "NaN")
			require.NotContains(t, page.String(), "Inf")
		})
	}
}
