package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"maps"
	"math"
	"slices"
	"sort"
	"strconv"
	"time"

	"seax/internal/simulation"
)

//go:embed page.html.tmpl
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// page is what the template shows.
type page struct {
	Title string
	// Facts say when, of whom and how.
	Facts   []fact
	Legend  []fact
	Paired  bool
	Compare bool
	// Changes are the differences that count most.
	Changes  []changeRow
	Sections []section
	Steps    table
	Agents   table
	Fairness chart
}

type fact struct{ Name, Value string }

type changeRow struct {
	Figure, Before, After, Change, Certainty string
	// Better is "better", "worse" or "" (neither, or perhaps chance).
	Better string
}

type table struct {
	Head []string
	Rows [][]string
}

// section is about all customers, those of a queue or of a skill.
type section struct {
	ID, Title string
	Figures   table
	Charts    []chart
	// Open sections are shown at once.
	Open bool
}

// classes are the series' looks: first and second run.
var classes = []string{"first", "second"}

// HTML writes a page that shows everything, with plots. It needs no network and no script, follows the reader's preference of
// light or dark, and prints.
func (r Report) HTML(to io.Writer) error {
	p := page{Title: r.Runs[0].Scenario, Compare: r.Comparison != nil}
	if c := r.Comparison; c != nil {
		p.Title, p.Paired = c.Before.Scenario+" → "+c.After.Scenario, c.Paired
		p.Changes = changes(c.All)
		p.Legend = []fact{{"first", "before: " + c.Before.Scenario}, {"second", "after: " + c.After.Scenario}}
	}
	p.Facts = facts(r.Runs)
	p.Sections = append(p.Sections, r.section("all", "All customers", func(run simulation.Result) simulation.Service { return run.All }, true))
	queues, skills := map[string]bool{}, map[string]bool{}
	for _, run := range r.Runs {
		for queue := range run.Queues {
			queues[queue] = true
		}
		for skill := range run.Skills {
			skills[skill] = true
		}
	}
	for _, queue := range slices.Sorted(maps.Keys(queues)) {
		if len(queues) > 1 {
			p.Sections = append(p.Sections, r.section("queue-"+queue, "Queue "+queue, func(run simulation.Result) simulation.Service { return run.Queues[queue] }, false))
		}
	}
	for _, skill := range slices.Sorted(maps.Keys(skills)) {
		p.Sections = append(p.Sections, r.section("skill-"+skill, "Skill "+skill, func(run simulation.Result) simulation.Service { return run.Skills[skill] }, false))
	}
	p.Steps, p.Agents, p.Fairness = r.steps(), r.agents(), r.fairness()
	if err := pageTemplate.Execute(to, p); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func facts(runs []simulation.Result) []fact {
	first := runs[0]
	const moment = "2006-01-02 15:04"
	all := []fact{
		{"Time", fmt.Sprintf("%s to %s (%s)", first.From.Format(moment), first.To.Format(moment), first.TimeZone)},
		{"Customers", count(float64(first.All.Customers))},
		{"Answered in time", "within " + seconds(first.AnsweredWithin)},
		{"Seed", strconv.FormatUint(first.Seed, 10)},
	}
	return all
}

// goodUp says of figures whether more is better; those not named are neither.
var goodUp = map[string]bool{"service_level": true, "left_share": false, "mean_wait_s": false, "p50_s": false, "p95_s": false, "longest_s": false, "mean_queue": false, "spread": false}

func changes(all []simulation.Difference) []changeRow {
	var rows []changeRow
	for _, f := range append(slices.Clone(figures), staffFigures...) {
		d := differenceOf(all, f.name)
		if d == nil || f.name == "customers" {
			continue
		}
		one := changeRow{f.title, f.write(d.Before), f.write(d.After), change(f, d.Change), certainty(f, d), ""}
		if up, judged := goodUp[f.name]; judged && d.Certain() {
			one.Better = map[bool]string{true: "better", false: "worse"}[(d.Change > 0) == up]
		}
		rows = append(rows, one)
	}
	return rows
}

func (r Report) section(id, title string, of func(simulation.Result) simulation.Service, open bool) section {
	s := section{ID: id, Title: title, Open: open}
	services := make([]simulation.Service, len(r.Runs))
	s.Figures.Head = append([]string{""}, r.names()...)
	for i, run := range r.Runs {
		services[i] = of(run)
	}
	for _, f := range figures {
		if len(services[0].Lengths) == 0 && (f.name == "mean_queue" || f.name == "most_queue") {
			continue
		}
		line := []string{f.title}
		for _, service := range services {
			line = append(line, f.write(f.of(service)))
		}
		s.Figures.Rows = append(s.Figures.Rows, line)
	}
	most, left := 0.0, 0.0
	for _, service := range services {
		for _, h := range service.Hours {
			most, left = max(most, float64(h.Customers)), max(left, part(h.Left, h.Customers))
		}
	}
	s.Charts = append(s.Charts, r.waits(services), r.hourly("Answered in time, by hour of arrival", "", services, shares, percent, func(_ int, h simulation.Hour) float64 { return h.Level }),
		r.hourly("Not answered, by hour of arrival", "Customers who left, were given back to the flow or were never served.", services, shareScale(left), percent, func(_ int, h simulation.Hour) float64 {
			return part(h.Left, h.Customers)
		}))
	if len(services[0].Lengths) > 0 {
		s.Charts = append(s.Charts, r.lengths(services))
	}
	if r.Comparison != nil && r.Comparison.Paired {
		services = services[:1]
	}
	s.Charts = append(s.Charts, r.hourly("Customers who came, by hour", "", services, scale(most, count), count, func(_ int, h simulation.Hour) float64 { return float64(h.Customers) }))
	if id == "all" {
		s.Charts = append(s.Charts, r.occupancy())
	}
	return s
}

// names of runs in heads of tables.
func (r Report) names() []string {
	if r.Comparison != nil {
		return []string{"before", "after"}
	}
	return []string{r.Runs[0].Scenario}
}

// waits plots how many have been answered, or have left, within a time.
func (r Report) waits(services []simulation.Service) chart {
	longest := 0.0
	for _, s := range services {
		longest = max(longest, s.P99)
	}
	x := timeScale(longest)
	c := chart{Title: "How long customers wait", Note: "The share whose wait was over within a time, up to what 99 % waited at most.", Head: append([]string{"share of customers"}, r.names()...)}
	var all []series
	for i, s := range services {
		one := series{class: classes[i]}
		for p := 0; p < len(s.Percentiles) && p < 100; p++ {
			one.points = append(one.points, point{s.Percentiles[p], float64(p) / 100})
		}
		if len(one.points) > 0 && one.points[0].y == 0 && s.Customers > 0 {
			one.points = append([]point{{0, 0}}, one.points...)
		}
		all = append(all, one)
	}
	for p := 10; p <= 100; p += 10 {
		if p == 100 {
			p = 99
		}
		line := []string{fmt.Sprintf("%d %%", p)}
		for _, s := range services {
			line = append(line, "within "+seconds(s.Percentiles[p]))
		}
		c.Rows = append(c.Rows, line)
		if p == 99 {
			break
		}
	}
	c.SVG = plot(c.Title, x, shares, all)
	return c
}

// short writes a time for an axis.
func short(s float64) string {
	switch {
	case s == 0:
		return "0"
	case s < 1:
		return fmt.Sprintf("%.2gs", s)
	case s < 60:
		return fmt.Sprintf("%.3gs", s)
	case s < 3600:
		return fmt.Sprintf("%.3gm", s/60)
	default:
		return fmt.Sprintf("%.3gh", s/3600)
	}
}

// hourly plots a figure by hour.
func (r Report) hourly(title, note string, services []simulation.Service, y axis, write func(float64) string, of func(int, simulation.Hour) float64) chart {
	c := chart{Title: title, Note: note, Head: append([]string{"hour"}, r.names()[:len(services)]...)}
	all := make([]series, len(services))
	for i, s := range services {
		all[i].class = classes[i]
		for hour, h := range s.Hours {
			v := math.NaN()
			if h.Customers > 0 {
				v = of(hour, h)
			}
			all[i].points = append(all[i].points, point{float64(hour), v})
		}
	}
	for hour := range services[0].Hours {
		line := []string{fmt.Sprintf("%02d:00", hour)}
		for i := range services {
			text := "–"
			if v := all[i].points[hour].y; !math.IsNaN(v) {
				text = write(v)
			}
			line = append(line, text)
		}
		c.Rows = append(c.Rows, line)
	}
	c.SVG = bars(title, day, y, all)
	return c
}

// lengths plots how many wait over the day.
func (r Report) lengths(services []simulation.Service) chart {
	c := chart{Title: "Customers waiting, over the day", Note: "On average over all days, in quarters of an hour.", Head: append([]string{"time"}, r.names()...)}
	most := 0.0
	all := make([]series, len(services))
	for i, s := range services {
		all[i].class = classes[i]
		for n, l := range s.Lengths {
			most = max(most, l.Mean)
			all[i].points = append(all[i].points, point{(float64(n) + 0.5) * 24 / float64(len(s.Lengths)), l.Mean})
		}
	}
	for n := range services[0].Lengths {
		at := time.Duration(n) * 24 * time.Hour / time.Duration(len(services[0].Lengths))
		line := []string{fmt.Sprintf("%02d:%02d", int(at.Hours()), int(at.Minutes())%60)}
		for _, s := range services {
			text := "–"
			if n < len(s.Lengths) {
				text = fmt.Sprintf("%.1f (at most %d)", s.Lengths[n].Mean, s.Lengths[n].Most)
			}
			line = append(line, text)
		}
		c.Rows = append(c.Rows, line)
	}
	c.SVG = plot(c.Title, day, scale(most, func(v float64) string { return fmt.Sprintf("%.3g", v) }), all)
	return c
}

// occupancy plots how much of the capacity on shift is in use.
func (r Report) occupancy() chart {
	c := chart{Title: "Occupancy, by hour", Note: "The share of the capacity on shift that is in use.", Head: []string{"hour"}}
	all := make([]series, len(r.Runs))
	for i, run := range r.Runs {
		c.Head = append(c.Head, r.names()[i], "capacity on shift")
		all[i].class = classes[i]
		for hour, s := range run.Staffing {
			v := math.NaN()
			if s.Capacity > 0 {
				v = s.Occupancy
			}
			all[i].points = append(all[i].points, point{float64(hour), v})
		}
	}
	for hour := range r.Runs[0].Staffing {
		line := []string{fmt.Sprintf("%02d:00", hour)}
		for _, run := range r.Runs {
			line = append(line, percent(run.Staffing[hour].Occupancy), decimal(run.Staffing[hour].Capacity))
		}
		c.Rows = append(c.Rows, line)
	}
	c.SVG = bars(c.Title, day, shares, all)
	return c
}

// suffixes tell columns of runs apart.
func (r Report) suffixes() []string {
	if r.Comparison != nil {
		return []string{", before", ", after"}
	}
	return []string{""}
}

func (r Report) steps() table {
	t := table{Head: []string{"plan", "rule", "step"}}
	type key struct {
		plan, rule string
		step       int
	}
	use := map[key][]*simulation.StepUse{}
	var order []key
	for i, run := range r.Runs {
		for n, s := range run.Steps {
			k := key{s.Plan, s.Rule, s.Step}
			if use[k] == nil {
				use[k] = make([]*simulation.StepUse, len(r.Runs))
				order = append(order, k)
			}
			use[k][i] = &run.Steps[n]
		}
	}
	for _, name := range r.suffixes() {
		t.Head = append(t.Head, "entered"+name, "answered"+name, "passed over"+name)
	}
	sort.SliceStable(order, func(i, j int) bool { return order[i].plan < order[j].plan })
	for _, k := range order {
		line := []string{k.plan, k.rule, strconv.Itoa(k.step + 1)}
		for _, s := range use[k] {
			if s == nil {
				line = append(line, "–", "–", "–")
				continue
			}
			line = append(line, strconv.Itoa(s.Entered), strconv.Itoa(s.Answered), strconv.Itoa(s.PassedOver))
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}

func (r Report) agents() table {
	t := table{Head: []string{"agents", "count"}}
	names := map[string]bool{}
	for i, suffix := range r.suffixes() {
		t.Head = append(t.Head, "served"+suffix, "occupancy"+suffix, "spread"+suffix, "missed"+suffix)
		for name := range r.Runs[i].Agents {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		line := []string{name, "–"}
		for _, run := range r.Runs {
			a, works := run.Agents[name]
			if !works {
				line = append(line, "–", "–", "–", "–")
				continue
			}
			line[1] = strconv.Itoa(a.Agents)
			line = append(line, strconv.Itoa(a.Served), percent(a.Occupancy), share2(a.Spread), strconv.Itoa(a.Missed))
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}

// fairness plots the occupancy of every agent, from the least to the most.
func (r Report) fairness() chart {
	c := chart{Title: "Occupancy of each agent, from the least to the most", Note: "The flatter, the more evenly work falls.", Head: []string{"", "least", "median", "most", "spread"}}
	var all []series
	for i, run := range r.Runs {
		one := series{class: classes[i]}
		var values []float64
		for _, p := range run.People {
			if p.Hours > 0 {
				values = append(values, p.Occupancy)
			}
		}
		slices.Sort(values)
		for n, v := range values {
			one.points = append(one.points, point{(float64(n) + 0.5) / float64(len(values)), v})
		}
		if len(values) > 0 {
			one.points = append([]point{{0, values[0]}}, append(one.points, point{1, values[len(values)-1]})...)
		}
		all = append(all, one)
		f := run.Fairness
		c.Rows = append(c.Rows, []string{r.names()[i], percent(f.Least), percent(f.Median), percent(f.Most), share2(f.Spread)})
	}
	x := axis{most: 1, ticks: []tick{{0, "least"}, {0.5, "median"}, {1, "most"}}}
	c.SVG = plot(c.Title, x, shares, all)
	return c
}
