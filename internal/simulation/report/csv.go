package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"seax/internal/simulation"
)

// CSV writes one figure a line: scenario, what it is of (all, queue, skill, hour, quarter, step, agents, person, staffing,
// difference), its name, the figure, its value, and the bounds of its 99 % interval where there is one.
func (r Report) CSV(to io.Writer) error {
	w := lines{csv.NewWriter(to)}
	w.line("scenario", "of", "name", "figure", "value", "low", "high")
	for _, run := range r.Runs {
		w.run(run)
	}
	if c := r.Comparison; c != nil {
		w.differences(c, "all", "", c.All)
		for _, queue := range slices.Sorted(maps.Keys(c.Queues)) {
			w.differences(c, "queue", queue, c.Queues[queue])
		}
		for _, skill := range slices.Sorted(maps.Keys(c.Skills)) {
			w.differences(c, "skill", skill, c.Skills[skill])
		}
	}
	w.Flush()
	return w.Error()
}

type lines struct{ *csv.Writer }

// line writes a line; the writer keeps the error.
func (w lines) line(fields ...string) { _ = w.Write(fields) }

func (w lines) figure(scenario, of, name, figure string, value float64, within *simulation.Interval) {
	low, high := "", ""
	if within != nil {
		low, high = number(within.Low), number(within.High)
	}
	w.line(scenario, of, name, figure, number(value), low, high)
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 8, 64) }

func (w lines) run(r simulation.Result) {
	w.service(r.Scenario, "all", "", r.All)
	for _, queue := range slices.Sorted(maps.Keys(r.Queues)) {
		w.service(r.Scenario, "queue", queue, r.Queues[queue])
	}
	for _, skill := range slices.Sorted(maps.Keys(r.Skills)) {
		w.service(r.Scenario, "skill", skill, r.Skills[skill])
	}
	for _, s := range r.Steps {
		name := fmt.Sprintf("%s/%s/%d", s.Plan, s.Rule, s.Step+1)
		w.figure(r.Scenario, "step", name, "entered", float64(s.Entered), nil)
		w.figure(r.Scenario, "step", name, "answered", float64(s.Answered), nil)
		w.figure(r.Scenario, "step", name, "passed_over", float64(s.PassedOver), nil)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Agents)) {
		a := r.Agents[name]
		w.figure(r.Scenario, "agents", name, "agents", float64(a.Agents), nil)
		w.figure(r.Scenario, "agents", name, "served", float64(a.Served), nil)
		w.figure(r.Scenario, "agents", name, "occupancy", a.Occupancy, nil)
		w.figure(r.Scenario, "agents", name, "spread", a.Spread, nil)
	}
	for i, p := range r.People {
		name := fmt.Sprintf("%d %s", i+1, p.Name)
		w.figure(r.Scenario, "person", name, "served", float64(p.Served), nil)
		w.figure(r.Scenario, "person", name, "occupancy", p.Occupancy, nil)
		w.figure(r.Scenario, "person", name, "hours", p.Hours, nil)
	}
	for hour, s := range r.Staffing {
		w.figure(r.Scenario, "staffing", fmt.Sprintf("%02d", hour), "capacity", s.Capacity, nil)
		w.figure(r.Scenario, "staffing", fmt.Sprintf("%02d", hour), "occupancy", s.Occupancy, nil)
	}
}

func (w lines) service(scenario, of, name string, s simulation.Service) {
	within := map[string]*simulation.Interval{"waited": &s.WaitedWithin, "mean_wait_s": &s.MeanWaitWithin, "service_level": &s.LevelWithin, "left_share": &s.LeftWithin}
	for _, f := range figures {
		w.figure(scenario, of, name, f.name, f.of(s), within[f.name])
	}
	at := func(place string) string {
		if name == "" {
			return place
		}
		return name + " " + place
	}
	for i, h := range s.Hours {
		hour := at(fmt.Sprintf("%02d", i))
		w.figure(scenario, "hour", hour, "customers", float64(h.Customers), nil)
		w.figure(scenario, "hour", hour, "left", float64(h.Left), nil)
		w.figure(scenario, "hour", hour, "mean_wait_s", h.MeanWait, nil)
		w.figure(scenario, "hour", hour, "service_level", h.Level, nil)
	}
	for i, l := range s.Lengths {
		quarter := at(fmt.Sprintf("%02d:%02d", i/4, i%4*15))
		w.figure(scenario, "quarter", quarter, "mean_queue", l.Mean, nil)
		w.figure(scenario, "quarter", quarter, "most_queue", float64(l.Most), nil)
	}
}

func (w lines) differences(c *simulation.Comparison, of, name string, all []simulation.Difference) {
	if name != "" {
		name = of + " " + name
	}
	for _, d := range all {
		w.figure(c.After.Scenario, "difference", name, d.What, d.Change, d.Within)
	}
}
