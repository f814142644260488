package simulation

import (
	"encoding/binary"
	"hash"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"

	"seax/internal/routing"
)

// fate is how a customer's wait ended.
type fate uint8

const (
	answered fate = iota
	abandoned
	overflowed
	unserved
)

func (f fate) String() string {
	return [...]string{answered: "answered", abandoned: "abandoned", overflowed: "overflowed", unserved: "unserved"}[f]
}

// outcome is how one customer fared.
type outcome struct {
	// serial orders outcomes by arrival.
	serial int32
	wait   float32
	how    fate
	hour   uint8
	queue  uint16
	skills uint16
	offerTally
}

// offerTally counts what became of offers.
type offerTally struct{ offers, rejected, missed uint16 }

func (t *offerTally) add(more offerTally) {
	t.offers += more.offers
	t.rejected += more.rejected
	t.missed += more.missed
}

// tally is what is kept of one agent. load and capacity are integrals over time, in units and seconds.
type tally struct {
	since                            time.Duration
	served, offers, rejected, missed int
	load, capacity                   float64
}

// The day is cut into slots, over which the lengths of queues are averaged.
const (
	slots  = 96
	perDay = 24
	slot   = 24 * time.Hour / slots
)

// meter integrates a value over each slot of the day.
type meter struct {
	value float64
	since time.Duration
	sums  [slots]float64
	most  [slots]float64
}

func (m *meter) change(r *run, by float64) {
	if by == 0 {
		return
	}
	m.pass(r)
	m.value += by
	m.peak(r)
}

// pass accounts for the time since the last change.
func (m *meter) pass(r *run) {
	if seconds := r.results.measured(m.since, r.now); seconds > 0 {
		m.sums[r.results.slot] += m.value * seconds
	}
	m.since = r.now
}

func (m *meter) peak(r *run) {
	if r.results.measures(r.now) {
		m.most[r.results.slot] = max(m.most[r.results.slot], m.value)
	}
}

// recorder collects what happens.
type recorder struct {
	run      *run
	warmup   time.Duration
	outcomes []outcome
	// sets are the sets of skills that were asked for, each sorted.
	sets   [][]string
	setOf  map[string]int
	use    map[demandKey]*StepUse
	used   []*StepUse
	none   StepUse
	closed bool
	// slot is the part of the day it is, slotEnds when the next one begins, seconds how long each was measured.
	slot     int
	slotEnds time.Duration
	seconds  [slots]float64
	since    time.Duration
	// length is how many wait, load and capacity are those of all on shift.
	length, load, capacity meter
	// who sums up who came, so that two runs can be told to have met the same customers.
	who hash.Hash64
	buf [4 * 8]byte
}

func newRecorder(r *run) *recorder {
	m := &recorder{run: r, warmup: time.Duration(r.scenario.Warmup), setOf: map[string]int{}, use: map[demandKey]*StepUse{}, who: fnv.New64a()}
	m.beginSlot(r)
	return m
}

// measures reports whether what happens at a time counts; measured is how many seconds of a stretch do.
func (m *recorder) measures(at time.Duration) bool { return at >= m.warmup && !m.closed }

func (m *recorder) measured(from, to time.Duration) float64 {
	if m.closed {
		return 0
	}
	return (to - max(from, m.warmup)).Seconds()
}

func (m *recorder) beginSlot(r *run) {
	at := r.time()
	m.slot = int(timeOfDay(at) / slot)
	m.slotEnds = r.now + at.Truncate(slot).Add(slot).Sub(at)
}

func timeOfDay(t time.Time) time.Duration {
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
}

// nextSlot is called when one is over.
func (m *recorder) nextSlot(r *run) {
	m.flush(r)
	m.beginSlot(r)
	m.length.peak(r)
	for _, q := range r.queues {
		q.length.peak(r)
	}
}

// waits counts a customer who begins (1) or ends (-1) to wait in a queue.
func (m *recorder) waits(r *run, q *queue, by float64) {
	q.length.change(r, by)
	m.length.change(r, by)
}

func (m *recorder) flush(r *run) {
	if seconds := m.measured(m.since, r.now); seconds > 0 {
		m.seconds[m.slot] += seconds
	}
	m.since = r.now
	for _, q := range r.queues {
		q.length.pass(r)
	}
	m.length.pass(r)
	m.load.pass(r)
	m.capacity.pass(r)
}

// close ends measuring times; customers who came before still count.
func (m *recorder) close(r *run) {
	m.flush(r)
	for _, a := range r.agents {
		m.tick(a)
	}
	m.closed = true
}

// tick accounts for the time since something of an agent changed.
func (m *recorder) tick(a *agent) {
	if seconds := m.measured(a.tally.since, m.run.now); seconds > 0 {
		a.tally.load += seconds * a.count.load
		a.tally.capacity += seconds * a.count.capacity
	}
	a.tally.since = m.run.now
}

// skillSet is the index of a set of skills.
func (m *recorder) skillSet(skills routing.Skills) int {
	names := slices.Sorted(maps.Keys(skills))
	key := strings.Join(names, "\x00")
	index, known := m.setOf[key]
	if !known {
		index = len(m.sets)
		m.sets = append(m.sets, names)
		m.setOf[key] = index
	}
	return index
}

// step is what is counted of a step of a plan.
func (m *recorder) step(on way, step int) *StepUse {
	if on.ID == "" {
		return &m.none
	}
	key := demandKey{on.Compiled, on.rule, step}
	use := m.use[key]
	if use == nil {
		use = &StepUse{Plan: on.ID, Rule: on.RuleName(on.rule), Step: step, ruleIndex: on.rule}
		m.use[key] = use
		m.used = append(m.used, use)
	}
	return use
}

// note counts an offer, or how it was answered.
func (m *recorder) note(c *customer, a *agent, what offerTally) {
	c.tally.add(what)
	if c.came >= m.warmup {
		a.tally.offers += int(what.offers)
		a.tally.rejected += int(what.rejected)
		a.tally.missed += int(what.missed)
	}
}

// came notes that a customer has come.
func (m *recorder) came(c *customer) {
	c.hour = uint8(m.slot * perDay / slots)
	what := m.buf[:0]
	for _, v := range []uint64{uint64(c.came), uint64(c.handle), uint64(c.patience), uint64(c.visit.skills)} {
		what = binary.LittleEndian.AppendUint64(what, v)
	}
	_, _ = m.who.Write(what)
}

func (m *recorder) answered(r *run, c *customer, a *agent) {
	m.record(r, c, answered)
	if c.came >= m.warmup {
		a.tally.served++
	}
}

func (m *recorder) left(r *run, c *customer, how fate) { m.record(r, c, how) }

// record keeps how a customer fared whose wait ends now.
func (m *recorder) record(r *run, c *customer, how fate) {
	r.inside--
	if c.came < m.warmup {
		return
	}
	m.outcomes = append(m.outcomes, outcome{
		serial: int32(c.serial), wait: float32((r.now - c.came).Seconds()), how: how, hour: c.hour,
		queue: uint16(r.byName[c.visit.Queue].index), skills: uint16(c.visit.skills), offerTally: c.tally,
	})
}
