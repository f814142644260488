package simulation

import (
	"math"
	"slices"
	"time"
)

// Result is what came of a run. Times are in seconds, shares between 0 and 1. What happened during the warm-up does not count.
type Result struct {
	Scenario string             `json:"scenario"`
	All      Service            `json:"all"`
	Queues   map[string]Service `json:"queues"`
	Agents   map[string]Work    `json:"agents"`
	Hours    [24]Hour           `json:"hours"`
}

// Service is how customers fared.
type Service struct {
	Customers int `json:"customers"`
	Answered  int `json:"answered"`
	Abandoned int `json:"abandoned"`
	Rejected  int `json:"rejected_offers"`
	// Waited is the share of customers who were not answered at once.
	Waited float64 `json:"waited"`
	// MeanWait is the mean time from arrival to being answered or leaving.
	MeanWait float64 `json:"mean_wait_s"`
	// The intervals hold the true values of Waited, MeanWait and Level with 99 % confidence, by batch means.
	WaitedWithin   Interval `json:"waited_within"`
	MeanWaitWithin Interval `json:"mean_wait_within_s"`
	LevelWithin    Interval `json:"service_level_within"`
	P50            float64  `json:"p50_s"`
	P90            float64  `json:"p90_s"`
	P99            float64  `json:"p99_s"`
	Longest        float64  `json:"longest_s"`
	// Level is the share of customers answered within the scenario's time, of all who were answered or left.
	Level float64 `json:"service_level"`
	// MeanQueue is how many waited, averaged over time.
	MeanQueue float64 `json:"mean_queue"`
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

// Work is how agents of one kind were used.
type Work struct {
	Agents int `json:"agents"`
	// Occupancy is their load by their capacity, averaged over the time on shift.
	Occupancy float64 `json:"occupancy"`
	Served    int     `json:"served"`
	// Spread is the standard deviation of conversations served per agent, by their mean: 0 is perfectly even.
	Spread float64 `json:"spread"`
}

// Hour is one hour of the day, over all days.
type Hour struct {
	Customers int     `json:"customers"`
	Abandoned int     `json:"abandoned"`
	MeanWait  float64 `json:"mean_wait_s"`
	Level     float64 `json:"service_level"`
	MeanQueue float64 `json:"mean_queue"`
	Occupancy float64 `json:"occupancy"`
}

// outcome is how one customer fared.
type outcome struct {
	// came orders outcomes by arrival, for batch means.
	came     int
	wait     float32
	answered bool
}

// recorder collects what happens.
type recorder struct {
	scenario *Scenario
	outcomes map[string][]outcome
	rejects  map[string]int
	hours    [24]hourTally
	// waiting is the integral of queue lengths over measured time, in customer seconds; measured is that time.
	waiting  map[string]float64
	measured float64
}

type hourTally struct {
	customers, abandoned, within int
	wait, waiting, seconds       float64
	load, capacity               float64
}

// tally is what is kept of one agent.
type tally struct {
	served         int
	load, capacity float64
}

func newRecorder(s *Scenario) *recorder {
	return &recorder{scenario: s, outcomes: map[string][]outcome{}, rejects: map[string]int{}, waiting: map[string]float64{}}
}

// pass accounts for the time until the next event, in which nothing changes.
func (m *recorder) pass(r *run, until time.Duration) {
	from := max(r.now, time.Duration(m.scenario.Warmup))
	if until <= from || m.over(r) {
		return
	}
	seconds := (until - from).Seconds()
	m.measured += seconds
	hour := &m.hours[m.scenario.Start.Add(from).Hour()]
	hour.seconds += seconds
	for queue, line := range r.queues {
		m.waiting[queue] += seconds * float64(len(line))
		hour.waiting += seconds * float64(len(line))
	}
	for _, a := range r.agents {
		capacity := float64(a.Capacity)
		if !a.OffersWork {
			capacity = 0
		}
		load := min(float64(a.Load), capacity)
		a.tally.load += seconds * load
		a.tally.capacity += seconds * capacity
		hour.load += seconds * load
		hour.capacity += seconds * capacity
	}
}

// over reports whether customers have stopped coming: the emptying afterwards is no normal time.
func (m *recorder) over(r *run) bool { return !r.more() }

// record keeps how a customer fared whose wait ends now.
func (m *recorder) record(r *run, c *customer, answered bool) {
	if c.came < time.Duration(m.scenario.Warmup) {
		return
	}
	wait := (r.now - c.came).Seconds()
	m.outcomes[c.request.Queue] = append(m.outcomes[c.request.Queue], outcome{came: c.serial, wait: float32(wait), answered: answered})
	hour := &m.hours[m.scenario.Start.Add(c.came).Hour()]
	hour.customers++
	hour.wait += wait
	switch {
	case !answered:
		hour.abandoned++
	case wait <= time.Duration(m.scenario.Answered).Seconds():
		hour.within++
	}
}

func (m *recorder) answered(r *run, c *customer) {
	m.record(r, c, true)
	if c.came >= time.Duration(m.scenario.Warmup) {
		c.agent.tally.served++
	}
}

func (m *recorder) abandoned(r *run, c *customer) { m.record(r, c, false) }

func (m *recorder) rejected(_ *run, c *customer) {
	if c.came >= time.Duration(m.scenario.Warmup) {
		m.rejects[c.request.Queue]++
	}
}

func (m *recorder) result(r *run) Result {
	result := Result{Scenario: m.scenario.Name, Queues: map[string]Service{}, Agents: map[string]Work{}}
	var all []outcome
	waiting, rejects := 0.0, 0
	for queue, outcomes := range m.outcomes {
		result.Queues[queue] = m.service(outcomes, m.waiting[queue], m.rejects[queue])
		all = append(all, outcomes...)
		waiting += m.waiting[queue]
		rejects += m.rejects[queue]
	}
	result.All = m.service(all, waiting, rejects)
	for _, a := range r.agents {
		w := result.Agents[a.Name]
		w.Agents++
		w.Served += a.tally.served
		result.Agents[a.Name] = w
	}
	for name, w := range result.Agents {
		result.Agents[name] = m.work(r, name, w)
	}
	for i, h := range m.hours {
		result.Hours[i] = Hour{
			Customers: h.customers, Abandoned: h.abandoned, MeanWait: share(h.wait, float64(h.customers)),
			Level: share(float64(h.within), float64(h.customers)), MeanQueue: share(h.waiting, h.seconds), Occupancy: share(h.load, h.capacity),
		}
	}
	return result
}

func (m *recorder) work(r *run, name string, w Work) Work {
	var load, capacity, squares float64
	mean := float64(w.Served) / float64(w.Agents)
	for _, a := range r.agents {
		if a.Name != name {
			continue
		}
		load += a.tally.load
		capacity += a.tally.capacity
		squares += math.Pow(float64(a.tally.served)-mean, 2)
	}
	w.Occupancy = share(load, capacity)
	w.Spread = share(math.Sqrt(squares/float64(w.Agents)), mean)
	return w
}

func (m *recorder) service(outcomes []outcome, waiting float64, rejects int) Service {
	s := Service{Customers: len(outcomes), Rejected: rejects, MeanQueue: share(waiting, m.measured)}
	if len(outcomes) == 0 {
		return s
	}
	slices.SortFunc(outcomes, func(a, b outcome) int { return a.came - b.came })
	within := float32(time.Duration(m.scenario.Answered).Seconds())
	for _, o := range outcomes {
		if o.answered {
			s.Answered++
		} else {
			s.Abandoned++
		}
	}
	s.MeanWait, s.MeanWaitWithin = batchMeans(outcomes, func(o outcome) float64 { return float64(o.wait) })
	s.Waited, s.WaitedWithin = batchMeans(outcomes, func(o outcome) float64 { return indicator(o.wait > 0) })
	s.Level, s.LevelWithin = batchMeans(outcomes, func(o outcome) float64 { return indicator(o.answered && o.wait <= within) })
	waits := make([]float32, len(outcomes))
	for i, o := range outcomes {
		waits[i] = o.wait
	}
	slices.Sort(waits)
	at := func(q float64) float64 { return float64(waits[min(int(q*float64(len(waits))), len(waits)-1)]) }
	s.P50, s.P90, s.P99, s.Longest = at(0.5), at(0.9), at(0.99), float64(waits[len(waits)-1])
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

// batchMeans returns the mean of a value over outcomes in order of arrival, and its 99 % confidence interval. Neighbours wait
// alike, so they are no independent samples; means of long stretches nearly are (Law and Kelton, Simulation Modeling and
// Analysis, chapter 9). Where few wait, a busy moment makes a batch an outlier: the interval is corrected for that skewness
// (Willink, A confidence interval and test for the mean of an asymmetric distribution, 2005).
func batchMeans(outcomes []outcome, value func(outcome) float64) (mean float64, within Interval) {
	size := len(outcomes) / batches
	if size == 0 {
		for _, o := range outcomes {
			mean += value(o) / float64(len(outcomes))
		}
		return mean, Interval{mean, mean}
	}
	var means [batches]float64
	total := 0.0
	for i, o := range outcomes {
		v := value(o)
		total += v
		if b := i / size; b < batches {
			means[b] += v / float64(size)
		}
	}
	mean = total / float64(len(outcomes))
	center, squares, cubes := 0.0, 0.0, 0.0
	for _, m := range means {
		center += m / batches
	}
	for _, m := range means {
		squares += math.Pow(m-center, 2)
		cubes += math.Pow(m-center, 3)
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
