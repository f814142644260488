package simulation

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"seax/internal/condition"
	"seax/internal/hours"
	"seax/internal/plan"
	"seax/internal/routing"
	"seax/internal/sla"
)

// queue is a queue and who waits in it.
type queue struct {
	*Queue
	index    int
	schedule hours.Schedule
	promise  sla.Policy
	boost    time.Duration
	order    routing.Order
	// alone is the plan of those who name no plan.
	alone   *plan.Compiled
	members []*agent
	// delays are those of its members, without zero.
	delays []time.Duration
	// line is who waits and is open to its members, by rank; waiting counts them together with those open to anyone.
	line    waitingLine
	waiting int
	// starts finds who has waited longest.
	starts oldest
	// available counts members whose presence offers work, room those of them who have room for a conversation of each cost.
	available int
	room      []int
	// answers are the last times at which somebody accepted.
	answers []time.Duration
	length  meter
}

// agent is one person.
type agent struct {
	routing.Agent
	kind *Agents
	// names by which attributes may mean them.
	email  string
	queues []*queue
	// alone is a floor on which nobody else is.
	alone *routing.Floor
	// onShift they are, and away if they did not respond; absences counts how often.
	onShift, away    bool
	absences, misses int
	offers           []*offer
	// known are customers who wait for them alone, or did.
	known []*customer
	// put: they are to be looked at before time goes on.
	put   bool
	count counted
	tally tally
}

// counted is as what an agent is counted now.
type counted struct {
	available      bool
	room           []bool
	load, capacity float64
}

// open sets queues and plans up.
func (r *run) open() error {
	r.costs = costsOf(r.scenario)
	for i := range r.scenario.Queues {
		settings := &r.scenario.Queues[i]
		q := &queue{
			Queue: settings, index: i, schedule: settings.schedule(), boost: time.Duration(*settings.Boost) * time.Second,
			order: routing.Order{By: settings.Order, Keys: settings.OrderBy}, alone: plan.ForQueue(settings.ID), room: make([]int, len(r.costs)),
		}
		q.promise = sla.Policy{Queue: q.ID, Targets: q.SLA, Schedule: q.schedule}
		r.queues = append(r.queues, q)
		r.byName[q.ID] = q
	}
	for _, p := range r.scenario.Plans {
		compiled, err := plan.Compile(p)
		if err != nil {
			return err
		}
		r.plans[p.ID] = compiled
	}
	return nil
}

// costsOf lists what conversations take of an agent's capacity.
func costsOf(s *Scenario) []int {
	seen := map[int]bool{}
	for i := range s.Arrivals {
		seen[s.Arrivals[i].Cost] = true
	}
	if s.Recorded != nil {
		for i := range s.Recorded.Recording.Arrivals {
			seen[s.Recorded.Recording.Arrivals[i].Cost] = true
		}
	}
	var all []int
	for cost := range seen {
		all = append(all, cost)
	}
	slices.Sort(all)
	return all
}

// hire sets the agents up.
func (r *run) hire() error {
	conditions := make([]*condition.Condition, len(r.queues))
	for i, q := range r.queues {
		if q.MembersWhen != "" {
			compiled, err := condition.Compile(q.MembersWhen, condition.OfMember)
			if err != nil {
				return err
			}
			conditions[i] = compiled
		}
	}
	r.kinds = make([][]*agent, len(r.scenario.Agents))
	for i := range r.scenario.Agents {
		kind := &r.scenario.Agents[i]
		for range kind.Count {
			a, err := r.newAgent(kind)
			if err != nil {
				return err
			}
			r.join(a, conditions)
			r.agents = append(r.agents, a)
			r.kinds[i] = append(r.kinds[i], a)
			r.byID[a.ID] = a
			for _, name := range []string{strings.ToLower(a.email), a.Name, a.ID.String()} {
				if name != "" {
					r.people[name] = append(r.people[name], a)
				}
			}
		}
	}
	all := make([]*routing.Agent, len(r.agents))
	for i, a := range r.agents {
		all[i] = &a.Agent
	}
	r.floor = routing.Survey(all)
	for i := range r.kinds {
		r.changeShifts(i)
	}
	return nil
}

// farAhead is longer than any run.
const farAhead = 100 * 365 * 24 * time.Hour

func (r *run) newAgent(kind *Agents) (*agent, error) {
	a := &agent{kind: kind, email: kind.Email, Agent: routing.Agent{
		ID: numbered(1, len(r.agents)), Name: kind.Name, Capacity: kind.Capacity, Presence: offline,
		LeaseUntil: r.scenario.Start.Add(farAhead), IdleSince: r.scenario.Start, Skills: kind.Skills, Attributes: kind.Attributes,
		Queues: map[string]int{}, ChannelLimits: kind.ChannelLimits, ChannelLoad: map[string]int{},
	}, count: counted{room: make([]bool, len(r.costs))}}
	for queue, d := range kind.Delays {
		if d > 0 {
			if a.Delays == nil {
				a.Delays = map[string]time.Duration{}
			}
			a.Delays[queue] = time.Duration(d)
		}
	}
	if kind.ID == "" {
		return a, nil
	}
	id, err := uuid.Parse(kind.ID)
	if err != nil || r.byID[id] != nil {
		return nil, errors.New("the agent's id " + kind.ID + " is no UUID, or another's")
	}
	a.ID = id
	return a, nil
}

// join makes an agent a member of queues: those they are named for, and those whose condition they meet.
func (r *run) join(a *agent, conditions []*condition.Condition) {
	levels := map[string]int{}
	for i, q := range r.queues {
		if level, named := a.kind.Queues[q.ID]; named {
			levels[q.ID] = level
		} else if c := conditions[i]; c != nil && c.Holds(&condition.Facts{Agent: &a.Agent}) {
			levels[q.ID] = 1
		} else {
			continue
		}
		a.queues = append(a.queues, q)
		q.members = append(q.members, a)
		if d := a.Delays[q.ID]; d > 0 && !slices.Contains(q.delays, d) {
			q.delays = append(q.delays, d)
		}
	}
	a.Queues = levels
	a.alone = routing.Survey([]*routing.Agent{&a.Agent})
}

// numbered makes an id that sorts by its number.
func numbered(kind byte, n int) uuid.UUID {
	var id uuid.UUID
	id[0] = kind
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

// called finds who goes by an email, a name or an id; the first if there are several, nil if nobody does.
func (r *run) called(name string) *agent {
	for _, key := range []string{strings.ToLower(name), name} {
		if all := r.people[key]; len(all) > 0 {
			return all[0]
		}
	}
	return nil
}

// reachable finds who goes by an email, a name or an id and is there.
func (r *run) reachable(name string) *agent {
	for _, key := range []string{strings.ToLower(name), name} {
		for _, a := range r.people[key] {
			if a.OffersWork {
				return a
			}
		}
	}
	return nil
}

// recount brings all that is counted of an agent in line with how they are now.
func (r *run) recount(a *agent) {
	r.results.tick(a)
	was := &a.count
	if was.available != a.OffersWork {
		was.available = a.OffersWork
		for _, q := range a.queues {
			q.available += sign(a.OffersWork)
		}
	}
	for i, cost := range r.costs {
		if has := a.OffersWork && a.Load+cost <= a.Capacity; has != was.room[i] {
			was.room[i] = has
			for _, q := range a.queues {
				q.room[i] += sign(has)
			}
		}
	}
	load, capacity := 0.0, 0.0
	if a.onShift {
		capacity = float64(a.Capacity)
		load = min(float64(a.Load), capacity)
	}
	r.results.load.change(r, load-was.load)
	r.results.capacity.change(r, capacity-was.capacity)
	was.load, was.capacity = load, capacity
}

func sign(yes bool) int {
	if yes {
		return 1
	}
	return -1
}

// facts describe a customer and a queue as conditions see them. They hold until they are asked for again.
func (r *run) facts(c *customer, q *queue) *condition.Facts {
	f := &r.seen
	f.request, f.contact = c.visit.request, c.visit.contact
	f.request.Since, f.request.Priority, f.contact.Earlier = c.virtualStart(r), max(c.visit.Priority, c.least), c.earlier
	f.request.SLADue, f.request.SLALeft = c.due, 0
	if !c.due.IsZero() {
		f.request.SLALeft = q.schedule.Elapsed(r.time(), c.due) - q.schedule.Elapsed(c.due, r.time())
	}
	f.queue = condition.Queue{ID: q.ID, Waiting: q.waiting, LongestWait: q.longestWait(r), Estimate: time.Duration(q.waiting+1) * q.interval(r.now)}
	f.agents.Available = q.available
	f.agents.WithCapacity = q.room[c.visit.cost]
	f.Facts = condition.Facts{Request: &f.request, Contact: &f.contact, Queue: &f.queue, Agents: &f.agents, Now: r.time(), Schedule: q.schedule}
	return &f.Facts
}

// seen is what conditions are shown.
type seen struct {
	condition.Facts
	request condition.Request
	contact condition.Contact
	queue   condition.Queue
	agents  condition.Agents
}

func (q *queue) longestWait(r *run) time.Duration {
	first := q.starts.first(q)
	if first == nil {
		return 0
	}
	return r.now - first.came
}

// The estimate of waits looks at so many answers, of so long.
const (
	estimateOver   = 20
	estimateWithin = time.Hour
)

func (q *queue) answered(at time.Duration) {
	if len(q.answers) == estimateOver {
		q.answers = append(q.answers[:0], q.answers[1:]...)
	}
	q.answers = append(q.answers, at)
}

// interval is the mean time between the last answers, but no less than has passed since the last one; as queue_pace in Postgres.
func (q *queue) interval(now time.Duration) time.Duration {
	recent := q.answers
	for len(recent) > 0 && recent[0] <= now-estimateWithin {
		recent = recent[1:]
	}
	if len(recent) < 2 {
		return 0
	}
	last := recent[len(recent)-1]
	return max((last-recent[0])/time.Duration(len(recent)-1), now-last)
}
