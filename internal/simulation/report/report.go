// Package report writes what came of simulations for people and programs: tables in text, JSON, CSV, and a page of HTML that
// needs nothing but itself. One run or two side by side.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"seax/internal/simulation"
)

// Report is one run, or a comparison of two.
type Report struct {
	Runs []simulation.Result
	// Comparison is nil for one run.
	Comparison *simulation.Comparison
}

// Of is the report of one run, OfBoth that of two.
func Of(r simulation.Result) Report { return Report{Runs: []simulation.Result{r}} }

// OfBoth is the report of a comparison.
func OfBoth(c simulation.Comparison) Report {
	return Report{Runs: []simulation.Result{c.Before, c.After}, Comparison: &c}
}

// JSON writes the result, or the comparison with both.
func (r Report) JSON(to io.Writer) error {
	encoder := json.NewEncoder(to)
	encoder.SetIndent("", "  ")
	if r.Comparison != nil {
		return encoder.Encode(r.Comparison)
	}
	return encoder.Encode(r.Runs[0])
}

// figure is a number about how customers fared, or agents were used.
type figure struct {
	name, title string
	write       func(float64) string
	of          func(simulation.Service) float64
}

// figures of services, in the order in which they are shown. Those that a comparison knows have its names.
var figures = []figure{
	{"customers", "customers", count, func(s simulation.Service) float64 { return float64(s.Customers) }},
	{"answered", "answered", count, func(s simulation.Service) float64 { return float64(s.Answered) }},
	{"abandoned", "abandoned", count, func(s simulation.Service) float64 { return float64(s.Abandoned) }},
	{"overflowed", "given back", count, func(s simulation.Service) float64 { return float64(s.Overflowed) }},
	{"unserved", "never served", count, func(s simulation.Service) float64 { return float64(s.Unserved) }},
	{"service_level", "in time", percent, func(s simulation.Service) float64 { return s.Level }},
	{"left_share", "not answered", percent, func(s simulation.Service) float64 { return s.LeftShare }},
	{"waited", "had to wait", percent, func(s simulation.Service) float64 { return s.Waited }},
	{"mean_wait_s", "mean wait", seconds, func(s simulation.Service) float64 { return s.MeanWait }},
	{"mean_answer_s", "mean until answered", seconds, func(s simulation.Service) float64 { return s.MeanAnswer }},
	{"p50_s", "half wait at most", seconds, func(s simulation.Service) float64 { return s.P50 }},
	{"p90_s", "90 % at most", seconds, func(s simulation.Service) float64 { return s.P90 }},
	{"p95_s", "95 % at most", seconds, func(s simulation.Service) float64 { return s.P95 }},
	{"p99_s", "99 % at most", seconds, func(s simulation.Service) float64 { return s.P99 }},
	{"longest_s", "longest wait", seconds, func(s simulation.Service) float64 { return s.Longest }},
	{"mean_queue", "waiting on average", decimal, func(s simulation.Service) float64 { return s.MeanQueue }},
	{"most_queue", "waiting at most", count, func(s simulation.Service) float64 { return float64(s.MostQueue) }},
	{"offers", "offers", count, func(s simulation.Service) float64 { return float64(s.Offers) }},
	{"rejected_offers", "rejected offers", count, func(s simulation.Service) float64 { return float64(s.Rejected) }},
	{"missed_offers", "missed offers", count, func(s simulation.Service) float64 { return float64(s.Missed) }},
}

// staffFigures are those of a comparison that are about agents.
var staffFigures = []figure{
	{name: "occupancy", title: "occupancy", write: percent},
	{name: "spread", title: "spread of work", write: share2},
}

// differenceOf finds a figure's difference.
func differenceOf(all []simulation.Difference, name string) *simulation.Difference {
	for i := range all {
		if all[i].What == name {
			return &all[i]
		}
	}
	return nil
}

func count(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) }

func percent(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) }

func decimal(v float64) string { return fmt.Sprintf("%.1f", v) }

func share2(v float64) string { return fmt.Sprintf("%.2f", v) }

// seconds writes a time so that one can read it at a glance.
func seconds(s float64) string {
	d := time.Duration(math.Abs(s) * float64(time.Second))
	text := d.Round(time.Second).String()
	if d < 10*time.Second {
		text = fmt.Sprintf("%.1fs", math.Abs(s))
	}
	if s < 0 {
		return "-" + text
	}
	return text
}

// change writes a difference with its sign; that of shares in points of a hundred.
func change(f figure, v float64) string {
	text := f.write(v)
	if strings.HasSuffix(text, "%") {
		text = fmt.Sprintf("%.1f points", 100*v)
	}
	if v > 0 {
		return "+" + text
	}
	return text
}

// certainty says how sure a change is, in words.
func certainty(f figure, d *simulation.Difference) string {
	switch {
	case d.Within == nil:
		return ""
	case *d.Within == simulation.Interval{}:
		return "the same"
	case d.Certain():
		return fmt.Sprintf("%s to %s", change(f, d.Within.Low), change(f, d.Within.High))
	default:
		return "may be chance"
	}
}
