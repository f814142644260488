package simulation

import (
	"container/heap"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"seax/internal/plan"
	"seax/internal/routing"
	"seax/internal/sla"
)

// customer is one conversation on its way.
type customer struct {
	// Request is what the planner sees.
	routing.Request
	visit *visit
	// serial counts arrivals; came is when they did.
	serial   int
	came     time.Duration
	handle   time.Duration
	patience time.Duration
	contact  *contact
	earlier  int
	// waitsAnyway: given back to the flow, they wait all the same; anyway: they do.
	waitsAnyway, anyway bool

	state state
	// lined: they stand in the line of their queue; put: they are to be looked at before time goes on.
	lined, put bool
	queue      *queue
	way        way
	step       int
	use        *StepUse
	// turn counts steps, so that the end of an earlier one is known as past.
	turn int
	// priority is what the step has made of it; least what a conversation that was given back has kept of it.
	priority, least int
	offerTimeout    time.Duration
	// clocks are those of what queues have promised, due is when the customer is to be answered; zero: nothing is promised.
	clocks     sla.State
	due        time.Time
	asksKnown  bool
	knownAgent *agent
	offers     []*offer
	// asked counts offers, tally what became of them.
	asked int
	tally offerTally
	// hour of the day in which they came.
	hour uint8
}

type state int

const (
	waiting state = iota
	offered
	served
	gone
)

// forEver is the patience of those who have no limit.
const forEver = time.Duration(-1)

func (c *customer) virtualStart(r *run) time.Time { return r.timeAt(c.came) }

// run is a simulation under way.
type run struct {
	scenario *Scenario
	seed     uint64
	// now is the virtual time since the start.
	now    time.Duration
	agenda agenda
	serial int

	queues []*queue
	byName map[string]*queue
	plans  map[string]*plan.Compiled
	agents []*agent
	kinds  [][]*agent
	byID   map[[16]byte]*agent
	people map[string][]*agent
	floor  *routing.Floor
	costs  []int
	// anyone is who waits and is open to everyone.
	anyone waitingLine
	seen   seen

	sources []source
	came    int
	// inside counts customers who wait, over is set when no more come.
	inside int
	over   bool

	// requests and freed are to be matched before time goes on.
	requests []*customer
	freed    []*agent
	fates    *rand.PCG
	fateDice *rand.Rand
	results  *recorder
	// watch, if any, is told what happens to customers.
	watch watcher

	// What follows is kept so that it need not be made anew.
	cursors   []cursor
	page      []standing
	asPlanned [1]*customer
}

// watcher is told that something happened to a customer, with an agent or nil.
type watcher func(r *run, what string, c *customer, a *agent)

func (r *run) tell(what string, c *customer, a *agent) {
	if r.watch != nil {
		r.watch(r, what, c, a)
	}
}

// afterwards is how long after the last arrival it is waited for those who are still there: every shift has come once more.
const afterwards = 8 * 24 * time.Hour

// Run runs a scenario that Complete has accepted. The same scenario and seed give the same result. It ends early when ctx does.
func Run(ctx context.Context, scenario Scenario, seed uint64) (Result, error) {
	r, err := simulate(ctx, &scenario, seed, nil)
	if err != nil {
		return Result{}, err
	}
	return r.results.result(r), nil
}

func simulate(ctx context.Context, s *Scenario, seed uint64, watch watcher) (*run, error) {
	r := &run{
		scenario: s, seed: seed, byName: map[string]*queue{}, plans: map[string]*plan.Compiled{}, byID: map[[16]byte]*agent{},
		people: map[string][]*agent{}, fates: rand.NewPCG(0, 0), watch: watch,
	}
	r.fateDice = rand.New(r.fates)
	r.results = newRecorder(r)
	if err := r.open(); err != nil {
		return nil, fmt.Errorf("simulate: %w", err)
	}
	if err := r.hire(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrScenario, err)
	}
	for i := range s.Arrivals {
		r.sources = append(r.sources, r.random(&s.Arrivals[i], i))
	}
	if s.Recorded != nil {
		r.sources = append(r.sources, r.recorded(s.Recorded))
	}
	for i := range r.sources {
		r.next(i)
	}
	return r, r.toTheEnd(ctx)
}

func (r *run) toTheEnd(ctx context.Context) error {
	end := time.Duration(-1)
	for events := 0; len(r.agenda) > 0; events++ {
		if events%4096 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		e := heap.Pop(&r.agenda).(*event)
		if !r.over && r.scenario.Duration > 0 && e.at >= time.Duration(r.scenario.Duration) {
			r.pass(time.Duration(r.scenario.Duration))
			r.stop()
		}
		if r.over && end < 0 {
			end = r.now + afterwards
		}
		if r.over && (r.inside == 0 || e.at > end) {
			break
		}
		r.pass(e.at)
		r.happen(e)
		r.match()
	}
	if !r.over {
		r.pass(max(r.now, time.Duration(r.scenario.Duration)))
		r.stop()
	}
	r.strand()
	return nil
}

// pass lets time go on.
func (r *run) pass(to time.Duration) {
	for r.results.slotEnds <= to {
		r.now = r.results.slotEnds
		r.results.nextSlot(r)
	}
	r.now = to
}

// stop ends the time in which customers come. The emptying afterwards is no normal time and is not measured.
func (r *run) stop() {
	r.results.close(r)
	r.over = true
}

func (r *run) time() time.Time                      { return r.scenario.Start.Add(r.now) }
func (r *run) timeAt(since time.Duration) time.Time { return r.scenario.Start.Add(since) }

// next plans a source's next arrival.
func (r *run) next(i int) {
	at, comes := r.sources[i].next(r)
	if d := time.Duration(r.scenario.Duration); comes && (d == 0 || at < d) {
		r.plan(at-r.now, event{what: arrives, source: i})
	}
}

func (r *run) happen(e *event) {
	c, a, o := e.customer, e.agent, e.offer
	switch e.what {
	case arrives:
		if !r.over {
			r.arrive(r.sources[e.source].customer(r))
			r.next(e.source)
		}
	case leaves:
		if c.state == waiting || c.state == offered {
			r.leave(c, abandoned)
		}
	case accepts:
		if !o.ended {
			r.accept(o)
		}
	case rejects:
		if !o.ended {
			r.reject(o)
		}
	case misses:
		if !o.ended {
			r.miss(o)
		}
	case ends:
		c.state = gone
		r.tell("ended", c, a)
		a.IdleSince = r.time()
		r.release(c, a)
	case steps:
		if c.turn == e.turn && (c.state == waiting || c.state == offered) {
			r.goOn(c, c.step+1)
		}
	case rematches:
		if c.state == waiting {
			r.putUp(c)
		}
	case shifts:
		r.changeShifts(e.kind)
	case returns:
		if a.away && a.absences == e.turn {
			a.away = false
			if a.onShift {
				r.setPresence(a, available)
				r.free(a)
			}
		}
	}
}

func (r *run) arrive(c *customer) {
	r.came++
	r.inside++
	c.serial, c.came = r.came, r.now
	c.ID, c.ChannelKind, c.Cost = numbered(2, r.came), c.visit.Channel, c.visit.Cost
	r.results.came(c)
	r.tell("came", c, nil)
	if c.contact != nil {
		c.contact.visits++
	}
	if c.patience != forEver {
		r.plan(c.patience, event{what: leaves, customer: c})
	}
	r.enqueue(c, c.visit.Plan)
	if limit := r.scenario.Customers; limit > 0 && r.came == limit {
		r.match()
		r.stop()
	}
}

// enqueue finds a customer a place; there is none: the flow has them again.
func (r *run) enqueue(c *customer, planID string) {
	if r.place(c, planID, c.visit.Queue) != "" {
		r.giveBack(c)
		return
	}
	if !c.asksKnown && c.contact != nil && c.contact.last != nil {
		if _, member := c.contact.last.Queues[c.Queue]; member {
			r.waitFor(c, c.contact.last, r.time().Add(knownFor))
		}
	}
	r.stand(c)
	r.putUp(c)
}

// giveBack gives a customer for whom there is no place back to the flow. Who waits anyway keeps their place in line.
func (r *run) giveBack(c *customer) {
	c.turn++
	if c.waitsAnyway && !c.anyway {
		r.withdraw(c)
		c.anyway, c.state, c.least, c.Excluded, c.knownAgent, c.Known = true, waiting, c.priority, nil, nil, routing.Request{}.Known
		r.enqueue(c, "")
		return
	}
	r.leave(c, overflowed)
}

// withdraw takes a customer, and what was offered of them, out of the queue.
func (r *run) withdraw(c *customer) {
	for _, o := range slices.Clone(c.offers) {
		r.end(o)
	}
	r.stepAside(c)
	if c.queue != nil {
		r.results.waits(r, c.queue, -1)
		c.queue = nil
	}
}

// leave ends a customer's wait without an answer.
func (r *run) leave(c *customer, how fate) {
	r.withdraw(c)
	c.state = gone
	r.tell(how.String(), c, nil)
	r.results.left(r, c, how)
}

// strand ends the wait of those whom nobody will ever serve.
func (r *run) strand() {
	left := slices.Clone(r.anyone)
	for _, q := range r.queues {
		left = append(left, q.line...)
	}
	for _, a := range r.agents {
		for _, o := range a.offers {
			left = append(left, o.customer)
		}
	}
	for _, c := range left {
		if c.state != gone {
			r.leave(c, unserved)
		}
	}
}

// changeShifts has agents of a kind come or go, as their shifts say.
func (r *run) changeShifts(kind int) {
	works, changes := atWork(r.scenario.Agents[kind].Shifts, r.time())
	for _, a := range r.kinds[kind] {
		if a.onShift == works {
			continue
		}
		a.onShift, a.away = works, false
		if works {
			r.setPresence(a, available)
			r.free(a)
		} else {
			r.setPresence(a, offline)
			r.rejectPending(a)
		}
	}
	if !changes.IsZero() {
		r.plan(changes.Sub(r.time()), event{what: shifts, kind: kind})
	}
}
