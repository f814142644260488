package simulation

import (
	"slices"
	"time"

	"seax/internal/condition"
	"seax/internal/plan"
	"seax/internal/routing"
	"seax/internal/sla"
)

// Why a queue does not take a customer, or a plan has no place for them.
const (
	full      = "full"
	closed    = "closed"
	unstaffed = "unstaffed"
	draining  = "draining"
	exhausted = "exhausted"
)

// What who waits in a queue is served by.
const (
	byArrival = "arrival"
	byDue     = "sla"
)

// maxHops bounds how many overflows are followed at a time.
const maxHops = 10

// way is how a customer goes: their plan, the rule that was chosen, and the queue that steps without one mean.
type way struct {
	*plan.Compiled
	rule int
	home string
}

// place finds a customer's first place: by the plan (none: the queue alone), and where that has none, where it overflows to.
// reason says why there is none at all; "" there is one.
func (r *run) place(c *customer, planID, home string) (reason string) {
	for range maxHops {
		on := r.chooseWay(c, planID, home)
		var to plan.Target
		if reason, to = r.advance(c, on, 0); reason == "" || to == (plan.Target{}) {
			return reason
		}
		if planID = to.Plan; to.Queue != "" {
			home = to.Queue
		}
	}
	return reason
}

func (r *run) chooseWay(c *customer, planID, home string) way {
	p := r.plans[planID]
	if p == nil {
		return way{Compiled: r.byName[home].alone, home: home}
	}
	if c.queue == nil {
		// They have no place yet: conditions go by what the queue they come for promises.
		c.due = c.clocks.Expect(r.time(), &r.byName[home].promise, c.situation(r))
	}
	return way{Compiled: p, rule: p.Choose(r.facts(c, r.byName[home])), home: home}
}

// advance puts a customer at the first step from one on that takes them. Else it says why none does, and where customers go then.
func (r *run) advance(c *customer, on way, from int) (reason string, to plan.Target) {
	f := &floor{r: r, c: c, home: on.home}
	// This floor never fails: whatever a plan may name has been checked.
	step, skipped, _ := on.Enter(on.rule, from, f)
	for _, s := range skipped {
		r.results.step(on, s.Step).PassedOver++
	}
	c.asksKnown = on.AsksKnown(on.rule)
	if step < 0 {
		if to = on.OverflowOf(on.rule); f.refused == nil {
			return exhausted, to
		}
		if to == (plan.Target{}) {
			to = f.refused.Overflow[f.refusal]
		}
		return f.refusal, to
	}
	r.enter(c, on, step, f)
	return "", plan.Target{}
}

// enter makes a step's demands the customer's.
func (r *run) enter(c *customer, on way, step int, f *floor) {
	lined := c.lined
	r.stepAside(c)
	d := c.demand(on, step)
	q := f.queueOf(d.Queue)
	if c.queue != q {
		if c.queue != nil {
			r.results.waits(r, c.queue, -1)
		}
		r.results.waits(r, q, 1)
		c.queue, c.Queue, c.Since = q, q.ID, r.time()
	}
	c.way, c.step = on, step
	c.Skills, c.Preferred, c.Anyone, c.Paused = d.Skills, d.Preferred, d.Anyone, q.Paused
	if c.Condition = nil; d.Condition != nil {
		c.Condition = &demand{r, c, d.Condition}
	}
	if c.Order = d.Order; d.Order.By == "" {
		c.Order = q.order
	}
	c.Width, c.offerTimeout = or(d.Width, q.Width), or(d.OfferTimeout, time.Duration(q.OfferTimeout)*time.Second)
	c.promised(r, q)
	c.priority, c.Rank = d.Priority, routing.Rank(c.servedBy(r, q), d.Priority, q.boost, q.Strict)
	until := on.Deadline(d, r.time(), c.virtualStart(r))
	r.stepUntil(c, until)
	if d.Known != "" {
		r.waitFor(c, f.known[d.Known], until)
	}
	for _, delay := range q.delays {
		if at := c.Since.Add(delay); !c.Anyone && at.After(r.time()) {
			r.plan(at.Sub(r.time()), event{what: rematches, customer: c})
		}
	}
	c.use = r.results.step(on, step)
	c.use.Entered++
	r.tell("entered", c, nil)
	if lined {
		r.stand(c)
	}
}

// promised has a customer's clocks go by what a queue promises.
func (c *customer) promised(r *run, q *queue) {
	if c.due = (time.Time{}); q.promise.Targets.Any() || c.clocks.Policy.Targets.Any() {
		c.clocks.Observe(r.time(), &q.promise, c.situation(r))
		c.due = c.clocks.ReplyDue()
	}
}

// situation is that of somebody who waits for a person's first word.
func (c *customer) situation(r *run) sla.Situation {
	return sla.Situation{Needed: true, WaitingSince: c.virtualStart(r)}
}

// servedBy is what a customer's rank in a queue counts from.
func (c *customer) servedBy(r *run, q *queue) time.Time {
	if q.RankBy == byDue && !c.due.IsZero() {
		return c.due
	}
	return c.virtualStart(r)
}

// stepUntil plans when a customer's step is over; zero: never.
func (r *run) stepUntil(c *customer, until time.Time) {
	c.turn++
	if !until.IsZero() {
		r.plan(until.Sub(r.time()), event{what: steps, customer: c, turn: c.turn})
	}
}

// waitFor has a customer wait for one agent alone.
func (r *run) waitFor(c *customer, a *agent, until time.Time) {
	c.knownAgent, c.Known, c.KnownUntil = a, a.ID, until
	a.known = append(slices.DeleteFunc(a.known, func(other *customer) bool { return other == c || !other.waitsFor(r, a) }), c)
	r.plan(until.Sub(r.time()), event{what: rematches, customer: c})
}

// waitsFor reports whether a customer waits for an agent alone.
func (c *customer) waitsFor(r *run, a *agent) bool {
	return c.knownAgent == a && r.time().Before(c.KnownUntil) && (c.state == waiting || c.state == offered)
}

// goOn moves a customer to a step of their plan, or out of it.
func (r *run) goOn(c *customer, step int) {
	reason, to := r.advance(c, c.way, step)
	if reason != "" && len(c.offers) > 0 {
		r.postpone(c)
		return
	}
	if reason != "" && to != (plan.Target{}) {
		reason = r.place(c, to.Plan, or(to.Queue, c.way.home))
	}
	if reason != "" {
		r.giveBack(c)
		return
	}
	if c.state == waiting {
		r.putUp(c)
	}
}

// postpone keeps a customer in their last step for as long as somebody is being asked.
func (r *run) postpone(c *customer) {
	until := r.now + time.Second
	for _, o := range c.offers {
		if o.deadline > until {
			until = o.deadline + time.Second
		}
	}
	r.stepUntil(c, r.timeAt(until))
}

// demand is what a step asks for of a customer.
func (c *customer) demand(on way, step int) plan.Demand {
	asked := plan.Demand{Skills: c.visit.Skills, Preferred: c.visit.Preferred, Priority: max(c.visit.Priority, c.least)}
	if c.visit.demands == nil || asked.Priority > c.visit.Priority {
		return on.Demand(on.rule, step, asked)
	}
	key := demandKey{on.Compiled, on.rule, step}
	d, known := c.visit.demands[key]
	if !known {
		d = on.Demand(on.rule, step, asked)
		c.visit.demands[key] = d
	}
	return d
}

// demand is a step's condition on agents together with the customer it is asked for.
type demand struct {
	r         *run
	c         *customer
	condition *condition.Condition
}

// Unmet implements routing.Condition.
func (d *demand) Unmet(a *routing.Agent) string {
	f := &condition.Facts{Now: d.r.time()}
	if !d.condition.OnlyAgent() {
		f = d.r.facts(d.c, d.c.queue)
	}
	f.Agent = a
	return d.condition.Unmet(f)
}

// floor answers what entering a step asks about.
type floor struct {
	r    *run
	c    *customer
	home string
	// known are the agents that steps mean, as far as they are reachable.
	known map[string]*agent
	// refusal and refused are why a queue did not take the customer, and which; the last one.
	refusal string
	refused *queue
}

func (f *floor) queueOf(id string) *queue { return f.r.byName[or(id, f.home)] }

// Facts implements plan.Floor.
func (f *floor) Facts(queue string) (*condition.Facts, error) {
	return f.r.facts(f.c, f.queueOf(queue)), nil
}

// Reachable implements plan.Floor.
func (f *floor) Reachable(known string) (bool, error) {
	var a *agent
	if known != plan.KnownLast {
		a = f.r.reachable(f.c.visit.Attributes[known])
	} else if f.c.contact != nil && f.c.contact.last != nil && f.c.contact.last.OffersWork {
		a = f.c.contact.last
	}
	if a == nil {
		return false, nil
	}
	if f.known == nil {
		f.known = map[string]*agent{}
	}
	f.known[known] = a
	return true, nil
}

// Refuses implements plan.Floor.
func (f *floor) Refuses(queue string) (string, error) {
	q := f.queueOf(queue)
	if f.c.anyway {
		return "", nil
	}
	reason := f.r.refuses(q)
	if reason != "" {
		f.refusal, f.refused = reason, q
	}
	return reason, nil
}

// refuses says why a queue takes nobody more now; only limits that are set count.
func (r *run) refuses(q *queue) string {
	if q.Draining {
		return draining
	}
	if _, set := q.Overflow[closed]; set && !q.schedule.Open(r.time()) {
		return closed
	}
	if q.MaxWaiting != nil && q.waiting >= *q.MaxWaiting {
		return full
	}
	if _, set := q.Overflow[unstaffed]; set && q.available == 0 {
		return unstaffed
	}
	return ""
}
