package simulation

import (
	"container/heap"
	"context"
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"seax/internal/routing"
)

// customer is one conversation on its way.
type customer struct {
	request  routing.Request
	arrivals *Arrivals
	// serial counts arrivals; came is when they did.
	serial int
	came   time.Duration
	handle time.Duration
	state  state
	agent  *agent
	// offer counts offers, so that what was planned for an earlier one is known as over.
	offer int
}

type state int

const (
	waiting state = iota
	offered
	served
	gone
)

// agent is one person.
type agent struct {
	routing.Agent
	kind  *Agents
	tally tally
}

// event is something that will happen.
type event struct {
	at       time.Duration
	serial   int
	what     what
	customer *customer
	agent    *agent
	offer    int
	stream   int
}

type what int

const (
	arrives what = iota
	leaves
	accepts
	rejects
	ends
	shifts
	rematches
)

// agenda holds events in the order in which they happen.
type agenda []event

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	if a[i].at != a[j].at {
		return a[i].at < a[j].at
	}
	return a[i].serial < a[j].serial
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(e any)   { *a = append(*a, e.(event)) }
func (a *agenda) Pop() any {
	old := *a
	last := old[len(old)-1]
	*a = old[:len(old)-1]
	return last
}

// run is a simulation under way.
type run struct {
	scenario *Scenario
	// now is the virtual time since the start.
	now    time.Duration
	agenda agenda
	serial int
	agents []*agent
	// queues hold who waits, by rank.
	queues map[string][]*customer
	// members are the agents of a queue.
	members map[string][]*agent
	came    int
	// inside counts customers who are there.
	inside  int
	streams []stream
	choices *rand.Rand
	results *recorder
}

// stream draws one kind of arrivals. Each has dice of its own, so that two plans meet the same customers.
type stream struct {
	arrivals               *Arrivals
	gaps, handle, patience *rand.Rand
	// most is the highest rate, per hour; arrivals are thinned to the profile.
	most   float64
	factor []float64
}

// Run runs a scenario that Read or Complete has checked. The same seed gives the same result.
func Run(ctx context.Context, scenario Scenario, seed uint64) (Result, error) {
	r := &run{
		scenario: &scenario, queues: map[string][]*customer{}, members: map[string][]*agent{},
		choices: dice(seed, 1), results: newRecorder(&scenario),
	}
	r.hire()
	for i := range scenario.Arrivals {
		a := &scenario.Arrivals[i]
		factor := values(a.Profile)
		base := uint64(10 * (i + 1))
		r.streams = append(r.streams, stream{
			arrivals: a, gaps: dice(seed, base), handle: dice(seed, base+1), patience: dice(seed, base+2),
			most: a.PerHour * slices.Max(factor), factor: factor,
		})
		r.next(i)
	}
	for steps := 0; len(r.agenda) > 0; steps++ {
		if steps%4096 == 0 && ctx.Err() != nil {
			return Result{}, context.Cause(ctx)
		}
		e := heap.Pop(&r.agenda).(event)
		if e.what == shifts && r.inside == 0 && !r.more() {
			continue
		}
		r.results.pass(r, e.at)
		r.now = e.at
		r.happen(e)
	}
	return r.results.result(r), nil
}

func dice(seed, stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, stream)) }

func (r *run) plan(after time.Duration, e event) {
	r.serial++
	e.at, e.serial = r.now+after, r.serial
	heap.Push(&r.agenda, e)
}

// hire sets the agents up.
func (r *run) hire() {
	for i := range r.scenario.Agents {
		kind := &r.scenario.Agents[i]
		for range kind.Count {
			a := &agent{kind: kind, Agent: routing.Agent{
				ID: numbered(1, len(r.agents)), Name: kind.Name, Capacity: kind.Capacity, Presence: "available",
				LeaseUntil: r.scenario.Start.Add(100 * 365 * 24 * time.Hour), IdleSince: r.scenario.Start,
				Skills: kind.Skills, Queues: kind.Queues, ChannelLoad: map[string]int{},
			}}
			a.OffersWork = a.onShift(r.scenario.Start)
			r.agents = append(r.agents, a)
			for queue := range kind.Queues {
				r.members[queue] = append(r.members[queue], a)
			}
			r.nextShift(a)
		}
	}
}

// numbered makes an id that sorts by its number.
func numbered(kind byte, n int) uuid.UUID {
	var id uuid.UUID
	id[0] = kind
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

func (r *run) time() time.Time { return r.scenario.Start.Add(r.now) }

func timeOf(t time.Time) time.Duration {
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
}

func (a *agent) onShift(t time.Time) bool {
	return len(a.kind.Shifts) == 0 || slices.ContainsFunc(a.kind.Shifts, func(s Shift) bool { return s.covers(timeOf(t)) })
}

// nextShift plans when an agent comes or goes next.
func (r *run) nextShift(a *agent) {
	const day = 24 * time.Hour
	next := time.Duration(-1)
	for _, s := range a.kind.Shifts {
		for _, edge := range []time.Duration{s.From, s.To} {
			until := (edge - timeOf(r.time()) + 2*day) % day
			if until == 0 {
				until = day
			}
			if next < 0 || until < next {
				next = until
			}
		}
	}
	if next > 0 {
		r.plan(next, event{what: shifts, agent: a})
	}
}

// more reports whether customers still arrive.
func (r *run) more() bool {
	s := r.scenario
	return (s.Customers == 0 || r.came < s.Customers) && (s.Duration == 0 || r.now < time.Duration(s.Duration))
}

// next plans a stream's next arrival.
func (r *run) next(i int) {
	s := &r.streams[i]
	after := time.Duration(0)
	for {
		after += time.Duration(s.gaps.ExpFloat64() / s.most * float64(time.Hour))
		if s.gaps.Float64()*slices.Max(s.factor) <= s.factor[r.time().Add(after).Hour()] {
			break
		}
	}
	if d := time.Duration(r.scenario.Duration); d > 0 && r.now+after >= d {
		return
	}
	r.plan(after, event{what: arrives, stream: i})
}

func (r *run) happen(e event) {
	switch e.what {
	case arrives:
		if r.scenario.Customers > 0 && r.came >= r.scenario.Customers {
			return
		}
		r.arrive(e.stream)
		r.next(e.stream)
	case leaves:
		if c := e.customer; c.state == waiting || c.state == offered {
			r.leave(c)
		}
	case accepts:
		if e.customer.state == offered && e.customer.offer == e.offer {
			r.accept(e.customer)
		}
	case rejects:
		if e.customer.state == offered && e.customer.offer == e.offer {
			r.reject(e.customer)
		}
	case ends:
		r.end(e.customer)
	case shifts:
		e.agent.OffersWork = e.agent.onShift(r.time())
		r.nextShift(e.agent)
		r.serve(e.agent)
	case rematches:
		if e.customer.state == waiting {
			r.offerTo(e.customer)
		}
	}
}

func (r *run) arrive(i int) {
	s := &r.streams[i]
	a := s.arrivals
	r.came++
	r.inside++
	c := &customer{arrivals: a, serial: r.came, came: r.now, handle: a.Handle.draw(s.handle), request: routing.Request{
		ID: numbered(2, r.came), Queue: a.Queue, ChannelKind: a.Channel, Cost: a.Cost, Skills: a.Skills, Preferred: a.Preferred,
		Rank: routing.Rank(r.time(), a.Priority, time.Duration(r.scenario.Boost), false),
	}}
	if a.Patience != nil {
		r.plan(a.Patience.draw(s.patience), event{what: leaves, customer: c})
	}
	r.line(c)
	r.offerTo(c)
}

// line puts a customer into the queue, by rank.
func (r *run) line(c *customer) {
	c.state = waiting
	queue := r.queues[c.request.Queue]
	at, _ := slices.BinarySearchFunc(queue, c, byRank)
	r.queues[c.request.Queue] = slices.Insert(queue, at, c)
}

func byRank(a, b *customer) int {
	if a.request.Rank != b.request.Rank {
		if a.request.Rank < b.request.Rank {
			return -1
		}
		return 1
	}
	return a.serial - b.serial
}

func (r *run) unline(c *customer) {
	queue := r.queues[c.request.Queue]
	if at, found := slices.BinarySearchFunc(queue, c, byRank); found {
		r.queues[c.request.Queue] = slices.Delete(queue, at, at+1)
	}
}

// offerTo looks for an agent for one customer, as an arrival does.
func (r *run) offerTo(c *customer) {
	free := make([]routing.Agent, 0, 16)
	for _, a := range r.members[c.request.Queue] {
		if a.OffersWork && a.Load+c.request.Cost <= a.Capacity {
			free = append(free, a.Agent)
		}
	}
	if len(free) > 0 {
		r.apply(routing.Plan(routing.Snapshot{Agents: free, Requests: []routing.Request{c.request}}, r.time()), []*customer{c})
	}
}

// page is how many waiting customers of each queue an agent's next work is chosen from at a time.
const page = 32

// serve looks for work for an agent who has become free.
func (r *run) serve(a *agent) {
	for from := 0; a.OffersWork && a.Load < a.Capacity; from += page {
		var candidates []*customer
		for _, queue := range slices.Sorted(maps.Keys(a.Queues)) {
			line := r.queues[queue]
			candidates = append(candidates, line[min(from, len(line)):min(from+page, len(line))]...)
		}
		if len(candidates) == 0 {
			return
		}
		requests := make([]routing.Request, len(candidates))
		for i, c := range candidates {
			requests[i] = c.request
		}
		decisions := routing.Plan(routing.Snapshot{Agents: []routing.Agent{a.Agent}, Requests: requests}, r.time())
		if r.apply(decisions, candidates); len(decisions) > 0 {
			from = -page
		}
	}
}

func (r *run) apply(decisions []routing.Decision, among []*customer) {
	for _, d := range decisions {
		c := among[slices.IndexFunc(among, func(c *customer) bool { return c.request.ID == d.Request })]
		r.offer(c, r.agents[binary.BigEndian.Uint64(d.Agent[8:])])
	}
}

func (r *run) offer(c *customer, a *agent) {
	r.unline(c)
	c.state, c.agent = offered, a
	c.offer++
	a.Load += c.request.Cost
	a.ChannelLoad[c.request.ChannelKind]++
	after, timeout := time.Duration(0), time.Duration(r.scenario.OfferTimeout)
	if a.kind.Accept != nil {
		after = a.kind.Accept.draw(r.choices)
	}
	switch {
	case after > timeout || a.kind.Rejects > 0 && r.choices.Float64() < a.kind.Rejects:
		r.plan(min(after, timeout), event{what: rejects, customer: c, offer: c.offer})
	case after == 0:
		r.accept(c)
	default:
		r.plan(after, event{what: accepts, customer: c, offer: c.offer})
	}
}

func (r *run) accept(c *customer) {
	c.state = served
	r.results.answered(r, c)
	r.plan(c.handle, event{what: ends, customer: c})
}

// exclusion is how long a request stays away from an agent who passed it on; see docs/routing.md.
const exclusion = 5 * time.Minute

func (r *run) reject(c *customer) {
	a := c.agent
	r.release(c)
	if c.request.Excluded == nil {
		c.request.Excluded = map[uuid.UUID]routing.Exclusion{}
	}
	c.request.Excluded[a.ID] = routing.Exclusion{Reason: "rejected", Since: r.time(), Until: r.time().Add(exclusion)}
	r.results.rejected(r, c)
	r.line(c)
	r.offerTo(c)
	for _, after := range []time.Duration{routing.CoolDown, exclusion} {
		r.plan(after, event{what: rematches, customer: c})
	}
	r.serve(a)
}

// release takes a conversation from its agent.
func (r *run) release(c *customer) {
	a := c.agent
	a.Load -= c.request.Cost
	a.ChannelLoad[c.request.ChannelKind]--
	c.agent = nil
}

func (r *run) leave(c *customer) {
	r.results.abandoned(r, c)
	r.inside--
	if c.state == waiting {
		r.unline(c)
		c.state = gone
		return
	}
	a := c.agent
	r.release(c)
	c.state = gone
	r.serve(a)
}

func (r *run) end(c *customer) {
	a := c.agent
	r.release(c)
	c.state = gone
	r.inside--
	if a.Load == 0 {
		a.IdleSince = r.time()
	}
	r.serve(a)
}
