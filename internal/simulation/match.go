package simulation

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"seax/internal/routing"
)

// exclusion is how long a request stays away from an agent who passed it on or missed it; misses in a row set an agent to Not
// responding; known is how long who served a contact last is asked alone. They are those of internal/dispatch.
const (
	exclusion = 5 * time.Minute
	tooMany   = 2
	knownFor  = 30 * time.Second
)

// The presences agents may be in.
const (
	available     = "available"
	offline       = "offline"
	notResponding = "not_responding"
)

// offer is one conversation held for one agent until they answer.
type offer struct {
	customer *customer
	agent    *agent
	queue    *queue
	deadline time.Duration
	// number counts the customer's offers.
	number int
	ended  bool
}

// putUp has a customer looked at before time goes on, free an agent.
func (r *run) putUp(c *customer) {
	if !c.put {
		c.put = true
		r.requests = append(r.requests, c)
	}
}

func (r *run) free(a *agent) {
	if !a.put {
		a.put = true
		r.freed = append(r.freed, a)
	}
}

// match offers what has been put up: requests to agents, then agents to requests. Everything else that waits has had its turn
// when it was put up itself.
func (r *run) match() {
	for {
		switch {
		case len(r.requests) > 0:
			c := r.requests[0]
			r.requests, c.put = append(r.requests[:0], r.requests[1:]...), false
			r.matchRequest(c)
		case len(r.freed) > 0:
			a := r.freed[0]
			r.freed, a.put = append(r.freed[:0], r.freed[1:]...), false
			r.matchAgent(a)
		default:
			return
		}
	}
}

func (r *run) matchRequest(c *customer) {
	if c.state != waiting || !c.Anyone && c.knownAgent == nil && c.queue.room[c.visit.cost] == 0 {
		return
	}
	r.asPlanned[0] = c
	r.apply(r.floor.Plan([]routing.Request{*r.request(c)}, r.time()), r.asPlanned[:])
}

// request brings a customer's request up to date.
func (r *run) request(c *customer) *routing.Request {
	if c.knownAgent != nil {
		c.KnownReachable = c.knownAgent.OffersWork
	}
	return &c.Request
}

// most is how many customers are looked at at a time for one agent: most agents have room for one.
const most = 16

func (r *run) matchAgent(a *agent) {
	after := standing{level: -1}
	for size := 1; a.OffersWork && a.Load < a.Capacity; size = min(2*size, most) {
		page := r.servable(a, after, size)
		if slices.ContainsFunc(page, func(s standing) bool { return len(s.customer.offers) > 0 }) {
			// Who has been offered to somebody already comes after those who have not, whatever their rank.
			size = most
			page = r.servable(a, after, size)
		}
		if len(page) == 0 {
			return
		}
		requests := make([]routing.Request, len(page))
		for i, p := range page {
			requests[i] = *r.request(p.customer)
		}
		customers := make([]*customer, len(page))
		for i, p := range page {
			customers[i] = p.customer
		}
		after = page[len(page)-1]
		r.apply(a.alone.Plan(requests, r.time()), customers)
		if len(page) < size {
			return
		}
	}
}

// standing is a customer's place in an agent's order.
type standing struct {
	level    int
	rank     int64
	serial   int
	customer *customer
}

func (s standing) before(other standing) bool {
	switch {
	case s.level != other.level:
		return s.level < other.level
	case s.rank != other.rank:
		return s.rank < other.rank
	default:
		return s.serial < other.serial
	}
}

// cursor goes through one line for an agent.
type cursor struct {
	line  waitingLine
	level int
	at    int
	// delay is how long customers must have stood in the queue; named: they wait for this agent alone.
	delay time.Duration
	named bool
}

// servable finds the next customers that an agent's queues, skills and name make possible, in the agent's order.
func (r *run) servable(a *agent, after standing, size int) []standing {
	cursors := r.cursors[:0]
	add := func(c cursor) {
		if c.level < after.level || len(c.line) == 0 {
			return
		}
		if c.level == after.level {
			c.at = c.line.behind(after.rank, after.serial)
		}
		cursors = append(cursors, c)
	}
	for _, q := range a.queues {
		if !q.Paused {
			add(cursor{line: q.line, level: a.Queues[q.ID], delay: a.Delays[q.ID]})
		}
	}
	add(cursor{line: r.anyone, level: 1})
	if len(a.known) > 0 {
		a.known = slices.DeleteFunc(a.known, func(c *customer) bool { return !c.waitsFor(r, a) })
		slices.SortFunc(a.known, byRank)
		add(cursor{line: a.known, level: 1, named: true})
	}
	r.cursors = cursors
	page := r.page[:0]
	for len(page) < size {
		next := standing{}
		for i := range cursors {
			if s, found := r.nextOf(&cursors[i], a); found && (next.customer == nil || s.before(next)) {
				next = s
			}
		}
		if next.customer == nil {
			break
		}
		page = append(page, next)
		for i := range cursors {
			if c := &cursors[i]; c.at < len(c.line) && c.line[c.at] == next.customer && c.level == next.level {
				c.at++
			}
		}
	}
	r.page = page
	return page
}

// nextOf finds the next of a line whom an agent can serve.
func (r *run) nextOf(in *cursor, a *agent) (standing, bool) {
	for ; in.at < len(in.line); in.at++ {
		c := in.line[in.at]
		if !c.lined || c.Cost > a.Capacity-a.Load || in.delay > 0 && c.Since.Add(in.delay).After(r.time()) {
			continue
		}
		if !in.named && (c.knownAgent == a && r.time().Before(c.KnownUntil) || !has(a, c.Skills)) {
			continue
		}
		return standing{in.level, c.Rank, c.serial, c}, true
	}
	return standing{}, false
}

func has(a *agent, skills routing.Skills) bool {
	for skill, level := range skills {
		if a.Skills[skill] < level {
			return false
		}
	}
	return true
}

// apply makes offers of decisions. The planner has charged the agents already.
func (r *run) apply(decisions []routing.Decision, among []*customer) {
	made := make([]*offer, len(decisions))
	for i, d := range decisions {
		c := among[slices.IndexFunc(among, func(c *customer) bool { return c.ID == d.Request })]
		made[i] = r.offer(c, r.byID[d.Agent])
	}
	for _, o := range made {
		if !o.ended {
			r.answer(o)
		}
	}
}

func (r *run) offer(c *customer, a *agent) *offer {
	c.asked++
	o := &offer{customer: c, agent: a, queue: c.queue, deadline: r.now + c.offerTimeout, number: c.asked}
	c.offers, a.offers = append(c.offers, o), append(a.offers, o)
	c.Pending = append(c.Pending, a.ID)
	r.results.note(c, a, offerTally{offers: 1})
	r.recount(a)
	r.tell("offered", c, a)
	// Who may be offered to several goes on waiting until so many have been asked.
	if len(c.offers) >= max(c.Width, 1) {
		r.stepAside(c)
		c.state = offered
	}
	return o
}

// answer has an agent answer an offer, now or later. What they do depends on the customer and on how many were asked before, so
// that it is the same in another run.
func (r *run) answer(o *offer) {
	a := o.agent
	if a.kind.AutoAccept || o.queue.AutoAccept {
		r.accept(o)
		return
	}
	switch what, after := a.kind.react(r.fate(o.customer.serial, o.number, reaction), o.deadline-r.now); {
	case what == accepts && after == 0:
		r.accept(o)
	default:
		r.plan(after, event{what: what, offer: o})
	}
}

// react says what somebody with such habits does about an offer, and after what time.
func (h *Habits) react(dice *rand.Rand, timeout time.Duration) (what, time.Duration) {
	mood, after := dice.Float64(), time.Duration(0)
	if h.Accept != nil {
		after = h.Accept.draw(dice).Truncate(tick)
	}
	switch {
	case mood < h.Misses || after >= timeout:
		return misses, timeout
	case mood < h.Misses+h.Rejects:
		return rejects, after
	default:
		return accepts, after
	}
}

// What dice are thrown for of one offer.
const (
	reaction = iota
	absence
)

// fate are the dice for one offer of a customer.
func (r *run) fate(customer, offer, about int) *rand.Rand {
	r.fates.Seed(r.seed^uint64(0xfa7e+about), uint64(customer)<<20|uint64(offer))
	return r.fateDice
}

func (r *run) accept(o *offer) {
	c, a := o.customer, o.agent
	r.stepAside(c)
	c.state = served
	r.results.waits(r, c.queue, -1)
	o.ended = true
	a.offers = slices.DeleteFunc(a.offers, func(other *offer) bool { return other == o })
	others := slices.DeleteFunc(c.offers, func(other *offer) bool { return other == o })
	c.offers, c.Pending = nil, nil
	for _, other := range others {
		r.end(other)
	}
	a.misses = 0
	if c.contact != nil {
		c.contact.last = a
	}
	o.queue.answered(r.now)
	c.use.Answered++
	r.tell("accepted", c, a)
	r.results.answered(r, c, a)
	r.plan(c.handle, event{what: ends, customer: c, agent: a})
}

// end gives an offer's units back. The agent is looked at before time goes on.
func (r *run) end(o *offer) {
	o.ended = true
	c, a := o.customer, o.agent
	is := func(other *offer) bool { return other == o }
	c.offers, a.offers = slices.DeleteFunc(c.offers, is), slices.DeleteFunc(a.offers, is)
	c.Pending = slices.DeleteFunc(c.Pending, func(id uuid.UUID) bool { return id == a.ID })
	r.release(c, a)
}

// release takes a conversation from its agent.
func (r *run) release(c *customer, a *agent) {
	a.Load -= c.Cost
	a.ChannelLoad[c.ChannelKind]--
	r.recount(a)
	r.free(a)
}

// decline puts a customer back with their rank and keeps them from this agent for a while.
func (r *run) decline(o *offer, reason string) {
	c := o.customer
	r.end(o)
	if c.Excluded == nil {
		c.Excluded = map[uuid.UUID]routing.Exclusion{}
	}
	c.Excluded[o.agent.ID] = routing.Exclusion{Reason: reason, Since: r.time(), Until: r.time().Add(exclusion)}
	r.plan(routing.CoolDown, event{what: rematches, customer: c})
	c.state = waiting
	r.stand(c)
	r.putUp(c)
}

func (r *run) reject(o *offer) {
	r.results.note(o.customer, o.agent, offerTally{rejected: 1})
	r.tell("rejected", o.customer, o.agent)
	r.decline(o, "rejected")
}

// miss is an offer nobody answered; after the second in a row the agent is not asked any more until they are back.
func (r *run) miss(o *offer) {
	a := o.agent
	r.results.note(o.customer, a, offerTally{missed: 1})
	r.tell("missed", o.customer, a)
	a.misses++
	gone := a.misses >= tooMany
	if gone {
		a.away = true
		a.absences++
		r.setPresence(a, notResponding)
		r.plan(a.kind.Back.draw(r.fate(o.customer.serial, o.number, absence)), event{what: returns, agent: a, turn: a.absences})
	}
	r.decline(o, "timed_out")
	if gone {
		r.rejectPending(a)
	}
}

// rejectPending passes every offer on that an agent has not answered.
func (r *run) rejectPending(a *agent) {
	for _, o := range slices.Clone(a.offers) {
		r.reject(o)
	}
}

// setPresence changes whether an agent may be offered work.
func (r *run) setPresence(a *agent, presence string) {
	if a.Presence == presence {
		return
	}
	a.Presence, a.OffersWork, a.IdleSince = presence, presence == available, r.time()
	if presence != notResponding {
		a.misses = 0
	}
	r.recount(a)
}
