package simulation

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"
)

// Result is what came of a run. Times are in seconds, shares between 0 and 1. What happened during the warm-up does not count,
// nor, for lengths of queues and occupancy, what happened after the last arrival.
type Result struct {
	Scenario string `json:"scenario"`
	Seed     uint64 `json:"seed"`
	// From and To bound the time in which customers came; hours of the day are those of TimeZone.
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	TimeZone string    `json:"time_zone"`
	// AnsweredWithin is the service level's time.
	AnsweredWithin float64 `json:"answered_within_s"`
	// Fingerprint sums up who came: runs of the same customers have the same.
	Fingerprint string  `json:"fingerprint"`
	All         Service `json:"all"`
	// Queues are by the queue customers came for, whatever queue they were answered in; Skills by the skills they asked for.
	Queues map[string]Service `json:"queues"`
	Skills map[string]Service `json:"skills"`
	Steps  []StepUse          `json:"steps"`
	// Agents are by name; People are they one by one.
	Agents   map[string]Work `json:"agents"`
	People   []Person        `json:"people"`
	Fairness Fairness        `json:"fairness"`
	// Staffing is by hour of the day.
	Staffing [perDay]Staffing `json:"staffing"`
}

// Service is how customers fared.
type Service struct {
	Customers int `json:"customers"`
	Answered  int `json:"answered"`
	Abandoned int `json:"abandoned"`
	// Overflowed were given back to the flow and did not wait any longer; Unserved waited to the end and nobody could serve them.
	Overflowed int `json:"overflowed"`
	Unserved   int `json:"unserved"`
	// Offers that were made, and what became of those that were not accepted or withdrawn.
	Offers   int `json:"offers"`
	Rejected int `json:"rejected_offers"`
	Missed   int `json:"missed_offers"`
	// Waited is the share of customers who were not answered at once.
	Waited float64 `json:"waited"`
	// MeanWait is the mean time from arrival to being answered or leaving; MeanAnswer that of the answered alone.
	MeanWait   float64 `json:"mean_wait_s"`
	MeanAnswer float64 `json:"mean_answer_s"`
	// Level is the share of customers answered within the scenario's time, of all. LeftShare is the share of those who left.
	Level     float64 `json:"service_level"`
	LeftShare float64 `json:"left_share"`
	// The intervals hold the true values with 99 % confidence, by batch means.
	WaitedWithin   Interval `json:"waited_within"`
	MeanWaitWithin Interval `json:"mean_wait_within_s"`
	LevelWithin    Interval `json:"service_level_within"`
	LeftWithin     Interval `json:"left_share_within"`
	P50            float64  `json:"p50_s"`
	P90            float64  `json:"p90_s"`
	P95            float64  `json:"p95_s"`
	P99            float64  `json:"p99_s"`
	Longest        float64  `json:"longest_s"`
	// Percentiles are waits from the 0th to the 100th percentile.
	Percentiles []float64 `json:"percentiles_s"`
	// MeanQueue and MostQueue are how many waited, averaged over time and at most; by Lengths over the day, in quarters of an
	// hour. Not known of skills.
	MeanQueue float64  `json:"mean_queue"`
	MostQueue int      `json:"most_queue"`
	Lengths   []Length `json:"lengths,omitempty"`
	// Hours are by hour of the day of arrival.
	Hours [perDay]Hour `json:"hours"`
}

// Hour is one hour of the day, over all days. Without customers its means are 0.
type Hour struct {
	Customers int     `json:"customers"`
	Left      int     `json:"left"`
	MeanWait  float64 `json:"mean_wait_s"`
	Level     float64 `json:"service_level"`
}

// Length is how many waited in a quarter of an hour of the day.
type Length struct {
	Mean float64 `json:"mean"`
	Most int     `json:"most"`
}

// Staffing is how many agents were on shift in an hour of the day, on average, in units of capacity, and the share of it in use.
type Staffing struct {
	Capacity  float64 `json:"capacity"`
	Occupancy float64 `json:"occupancy"`
}

// StepUse is how often customers came to a step of a plan.
type StepUse struct {
	Plan string `json:"plan"`
	Rule string `json:"rule"`
	// Step counts from 0.
	Step int `json:"step"`
	// Entered it, were answered in it, or passed it over because it did not hold for them.
	Entered    int `json:"entered"`
	Answered   int `json:"answered"`
	PassedOver int `json:"passed_over"`

	ruleIndex int
}

// Work is how agents of one name were used.
type Work struct {
	Agents int `json:"agents"`
	// Occupancy is their load by their capacity, averaged over the time on shift.
	Occupancy float64 `json:"occupancy"`
	Served    int     `json:"served"`
	Offers    int     `json:"offers"`
	Rejected  int     `json:"rejected"`
	Missed    int     `json:"missed"`
	// Spread is the standard deviation of their occupancies, by their mean: 0 is perfectly even.
	Spread float64 `json:"spread"`
}

// Person is how one agent was used.
type Person struct {
	Name      string  `json:"name"`
	Served    int     `json:"served"`
	Occupancy float64 `json:"occupancy"`
	// Hours on shift.
	Hours float64 `json:"hours"`
}

// Fairness is how evenly work fell on all who were on shift, by their occupancy: Spread is the standard deviation by the mean.
type Fairness struct {
	Least  float64 `json:"least"`
	Median float64 `json:"median"`
	Most   float64 `json:"most"`
	Spread float64 `json:"spread"`
}

// Interval is a range of values.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Contains reports whether a value is in the interval.
func (i Interval) Contains(v float64) bool { return v >= i.Low && v <= i.High }

// Margin is half the interval's width.
func (i Interval) Margin() float64 { return (i.High - i.Low) / 2 }

func (m *recorder) result(r *run) Result {
	slices.SortFunc(m.outcomes, func(a, b outcome) int { return cmp.Compare(a.serial, b.serial) })
	s := m.run.scenario
	result := Result{
		Scenario: s.Name, Seed: r.seed, From: s.Start.Add(m.warmup), To: s.Start.Add(m.since), TimeZone: s.zone.String(),
		AnsweredWithin: time.Duration(s.Answered).Seconds(), Fingerprint: strconv.FormatUint(m.who.Sum64(), 16),
		Queues: map[string]Service{}, Skills: map[string]Service{}, Agents: map[string]Work{}, Steps: []StepUse{}, People: []Person{},
	}
	for i, q := range r.queues {
		service := m.service(func(o *outcome) bool { return int(o.queue) == i })
		if service.Customers > 0 || slices.Max(q.length.most[:]) > 0 {
			m.lengths(&service, &q.length)
			result.Queues[q.ID] = service
		}
	}
	result.All = m.service(func(*outcome) bool { return true })
	m.lengths(&result.All, &m.length)
	for _, skill := range m.skills() {
		result.Skills[skill] = m.service(func(o *outcome) bool { return m.asked(o, skill) })
	}
	slices.SortFunc(m.used, func(a, b *StepUse) int {
		return cmp.Or(cmp.Compare(a.Plan, b.Plan), cmp.Compare(a.ruleIndex, b.ruleIndex), cmp.Compare(a.Step, b.Step))
	})
	for _, use := range m.used {
		result.Steps = append(result.Steps, *use)
	}
	m.work(&result)
	for hour := range perDay {
		load, capacity, seconds := 0.0, 0.0, 0.0
		for n := hour * slots / perDay; n < (hour+1)*slots/perDay; n++ {
			load, capacity, seconds = load+m.load.sums[n], capacity+m.capacity.sums[n], seconds+m.seconds[n]
		}
		result.Staffing[hour] = Staffing{Capacity: share(capacity, seconds), Occupancy: share(load, capacity)}
	}
	return result
}

// skills are those that anybody asked for.
func (m *recorder) skills() []string {
	var all []string
	for _, set := range m.sets {
		all = append(all, set...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// lengths fills in how many waited.
func (m *recorder) lengths(s *Service, length *meter) {
	sum, seconds := 0.0, 0.0
	s.Lengths = make([]Length, slots)
	for n := range slots {
		sum, seconds = sum+length.sums[n], seconds+m.seconds[n]
		s.Lengths[n] = Length{share(length.sums[n], m.seconds[n]), int(length.most[n])}
		s.MostQueue = max(s.MostQueue, int(length.most[n]))
	}
	s.MeanQueue = share(sum, seconds)
}

// work fills in how agents were used.
func (m *recorder) work(result *Result) {
	occupancies := map[string][]float64{}
	var all []float64
	sums := map[string]tally{}
	for _, a := range m.run.agents {
		t := a.tally
		w := result.Agents[a.Name]
		w.Agents++
		w.Served, w.Offers, w.Rejected, w.Missed = w.Served+t.served, w.Offers+t.offers, w.Rejected+t.rejected, w.Missed+t.missed
		result.Agents[a.Name] = w
		sum := sums[a.Name]
		sum.load, sum.capacity = sum.load+t.load, sum.capacity+t.capacity
		sums[a.Name] = sum
		p := Person{Name: a.Name, Served: t.served, Occupancy: share(t.load, t.capacity), Hours: share(t.capacity, float64(a.Capacity)) / time.Hour.Seconds()}
		result.People = append(result.People, p)
		if t.capacity > 0 {
			occupancies[a.Name] = append(occupancies[a.Name], p.Occupancy)
			all = append(all, p.Occupancy)
		}
	}
	for name, w := range result.Agents {
		w.Occupancy, w.Spread = share(sums[name].load, sums[name].capacity), spread(occupancies[name])
		result.Agents[name] = w
	}
	if slices.Sort(all); len(all) > 0 {
		result.Fairness = Fairness{Least: all[0], Median: all[len(all)/2], Most: all[len(all)-1], Spread: spread(all)}
	}
}

// spread is the standard deviation of values, by their mean.
func spread(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	squares, center := 0.0, mean(all)
	for _, v := range all {
		squares += (v - center) * (v - center)
	}
	return share(math.Sqrt(squares/float64(len(all))), center)
}

// asked reports whether a customer asked for a skill.
func (m *recorder) asked(o *outcome, skill string) bool {
	return slices.Contains(m.sets[o.skills], skill)
}

// inTime reports whether an outcome is one that counts for the service level.
func (m *recorder) inTime(o *outcome) bool {
	return o.how == answered && o.wait <= float32(time.Duration(m.run.scenario.Answered).Seconds())
}

func (m *recorder) service(of func(*outcome) bool) Service {
	var s Service
	var outcomes []outcome
	for i := range m.outcomes {
		if of(&m.outcomes[i]) {
			outcomes = append(outcomes, m.outcomes[i])
		}
	}
	s.Customers, s.Percentiles = len(outcomes), make([]float64, 101)
	if len(outcomes) == 0 {
		return s
	}
	counts := [...]*int{answered: &s.Answered, abandoned: &s.Abandoned, overflowed: &s.Overflowed, unserved: &s.Unserved}
	var inTime [perDay]int
	sum := 0.0
	waits := make([]float32, len(outcomes))
	for i := range outcomes {
		o := &outcomes[i]
		*counts[o.how]++
		s.Offers, s.Rejected, s.Missed = s.Offers+int(o.offers), s.Rejected+int(o.rejected), s.Missed+int(o.missed)
		hour := &s.Hours[o.hour]
		hour.Customers++
		hour.MeanWait += float64(o.wait)
		if o.how == answered {
			sum += float64(o.wait)
		} else {
			hour.Left++
		}
		if m.inTime(o) {
			inTime[o.hour]++
		}
		waits[i] = o.wait
	}
	for i := range s.Hours {
		hour := &s.Hours[i]
		hour.MeanWait, hour.Level = share(hour.MeanWait, float64(hour.Customers)), share(float64(inTime[i]), float64(hour.Customers))
	}
	s.MeanAnswer = share(sum, float64(s.Answered))
	s.MeanWait, s.MeanWaitWithin = batchMeans(outcomes, func(o *outcome) float64 { return float64(o.wait) })
	s.Waited, s.WaitedWithin = batchMeans(outcomes, func(o *outcome) float64 { return indicator(o.wait > 0) })
	s.Level, s.LevelWithin = batchMeans(outcomes, func(o *outcome) float64 { return indicator(m.inTime(o)) })
	s.LeftShare, s.LeftWithin = batchMeans(outcomes, func(o *outcome) float64 { return indicator(o.how != answered) })
	slices.Sort(waits)
	for p := range s.Percentiles {
		s.Percentiles[p] = float64(waits[min(p*len(waits)/100, len(waits)-1)])
	}
	s.P50, s.P90, s.P95, s.P99, s.Longest = s.Percentiles[50], s.Percentiles[90], s.Percentiles[95], s.Percentiles[99], s.Percentiles[100]
	return s
}

func indicator(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func share(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}

// The number of batches, and Student's t for 99 % with one less degree of freedom.
const (
	batches  = 30
	tBatches = 2.756
)

// batchMeans returns the mean of a value over things in order of arrival, and its 99 % confidence interval. Neighbours wait
// alike, so they are no independent samples; means of long stretches nearly are (Law and Kelton, Simulation Modeling and
// Analysis, chapter 9). Where few wait, a busy moment makes a batch an outlier: the interval is corrected for that skewness
// (Willink, A confidence interval and test for the mean of an asymmetric distribution, 2005).
func batchMeans[T any](all []T, value func(*T) float64) (mean float64, within Interval) {
	size := len(all) / batches
	if size == 0 {
		for i := range all {
			mean += value(&all[i]) / float64(len(all))
		}
		return mean, Interval{mean, mean}
	}
	var means [batches]float64
	total := 0.0
	for i := range all {
		v := value(&all[i])
		total += v
		if b := i / size; b < batches {
			means[b] += v / float64(size)
		}
	}
	mean = total / float64(len(all))
	center, squares, cubes := 0.0, 0.0, 0.0
	for _, m := range means {
		center += m / batches
	}
	for _, m := range means {
		squares += (m - center) * (m - center)
		cubes += (m - center) * (m - center) * (m - center)
	}
	deviation := math.Sqrt(squares / (batches - 1))
	if deviation == 0 {
		return mean, Interval{mean, mean}
	}
	third := cubes * batches / ((batches - 1) * (batches - 2))
	skew := third / (6 * math.Sqrt(batches) * math.Pow(deviation, 3))
	corrected := func(t float64) float64 {
		if math.Abs(skew) < 1e-9 {
			return t
		}
		return (math.Cbrt(1+6*skew*(t-skew)) - 1) / (2 * skew)
	}
	unit := deviation / math.Sqrt(batches)
	return mean, Interval{mean - corrected(tBatches)*unit, mean - corrected(-tBatches)*unit}
}
