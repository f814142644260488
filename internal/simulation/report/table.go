package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"seax/internal/simulation"
)

// Table writes tables for a terminal.
func (r Report) Table(to io.Writer) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, run := range r.Runs {
		writeRun(w, run)
	}
	if r.Comparison != nil {
		writeComparison(w, *r.Comparison)
	}
	return w.Flush()
}

func row(w io.Writer, format string, values ...any) { _, _ = fmt.Fprintf(w, format+"\t\n", values...) }

func writeRun(w io.Writer, r simulation.Result) {
	// A title is no cell: without a tab it does not widen the columns.
	_, _ = fmt.Fprintf(w, "%s\n\n", r.Scenario)
	row(w, "customers of\tcame\tabandoned\tgiven back\tin time\twaited\tmean wait\t±\tp50\tp95\tlongest\twaiting")
	one := func(name string, s simulation.Service) {
		waiting := "–"
		if len(s.Lengths) > 0 {
			waiting = decimal(s.MeanQueue)
		}
		row(w, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", name, s.Customers, percent(part(s.Abandoned, s.Customers)), percent(part(s.Overflowed+s.Unserved, s.Customers)),
			percent(s.Level), percent(s.Waited), seconds(s.MeanWait), seconds(s.MeanWaitWithin.Margin()), seconds(s.P50), seconds(s.P95), seconds(s.Longest), waiting)
	}
	for _, queue := range slices.Sorted(maps.Keys(r.Queues)) {
		one(queue, r.Queues[queue])
	}
	if len(r.Queues) > 1 {
		one("all", r.All)
	}
	for _, skill := range slices.Sorted(maps.Keys(r.Skills)) {
		one("skill "+skill, r.Skills[skill])
	}
	if len(r.Steps) > 0 {
		row(w, "")
		row(w, "plan\trule\tstep\tentered\tanswered\tpassed over")
		for _, s := range r.Steps {
			row(w, "%s\t%s\t%d\t%d\t%d\t%d", s.Plan, s.Rule, s.Step+1, s.Entered, s.Answered, s.PassedOver)
		}
	}
	row(w, "")
	row(w, "agents\tcount\tserved\toccupancy\tspread\toffers\trejected\tmissed")
	for _, name := range slices.Sorted(maps.Keys(r.Agents)) {
		a := r.Agents[name]
		row(w, "%s\t%d\t%d\t%s\t%.2f\t%d\t%d\t%d", name, a.Agents, a.Served, percent(a.Occupancy), a.Spread, a.Offers, a.Rejected, a.Missed)
	}
	row(w, "")
	row(w, "hour\tcame\tnot answered\tin time\tmean wait\twaiting\toccupancy")
	for i, h := range r.All.Hours {
		if h.Customers > 0 {
			row(w, "%02d\t%d\t%d\t%s\t%s\t%.1f\t%s", i, h.Customers, h.Left, percent(h.Level), seconds(h.MeanWait), hourly(r.All, i), percent(r.Staffing[i].Occupancy))
		}
	}
	row(w, "")
}

// hourly is how many wait in an hour of the day, on average.
func hourly(s simulation.Service, hour int) float64 {
	if len(s.Lengths) == 0 {
		return 0
	}
	each := len(s.Lengths) / len(s.Hours)
	sum := 0.0
	for _, l := range s.Lengths[hour*each : (hour+1)*each] {
		sum += l.Mean / float64(each)
	}
	return sum
}

func writeComparison(w io.Writer, c simulation.Comparison) {
	met := "Both met the same customers."
	if !c.Paired {
		met = "They did not meet the same customers, so more of a difference may be chance."
	}
	_, _ = fmt.Fprintf(w, "%s → %s\n%s\n\n", c.Before.Scenario, c.After.Scenario, met)
	row(w, "\tfigure\tbefore\tafter\tchange\twith 99 %% certainty")
	one := func(name string, all []simulation.Difference) {
		for _, f := range append(slices.Clone(figures), staffFigures...) {
			if d := differenceOf(all, f.name); d != nil {
				row(w, "%s\t%s\t%s\t%s\t%s\t%s", name, f.title, f.write(d.Before), f.write(d.After), change(f, d.Change), certainty(f, d))
				name = ""
			}
		}
		row(w, "")
	}
	one("all", c.All)
	for _, queue := range slices.Sorted(maps.Keys(c.Queues)) {
		one(queue, c.Queues[queue])
	}
	for _, skill := range slices.Sorted(maps.Keys(c.Skills)) {
		one("skill "+skill, c.Skills[skill])
	}
}

func part(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}
