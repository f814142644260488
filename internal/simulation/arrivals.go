package simulation

import (
	"math/rand/v2"
	"slices"
	"time"

	"seax/internal/condition"
	"seax/internal/plan"
)

// source brings customers.
type source interface {
	// next is when the next one comes, counted from the start; false: nobody comes any more.
	next(r *run) (time.Duration, bool)
	// customer makes the one whose time has come.
	customer(r *run) *customer
}

// visit is what a customer came for, as far as it does not change. Customers of one kind share it.
type visit struct {
	*Customer
	request condition.Request
	contact condition.Contact
	// cost is the index of what it costs, skills that of the skills asked for, among all there are.
	cost, skills int
	// demands keeps what steps of plans ask for; nil: it is worked out each time.
	demands map[demandKey]plan.Demand
}

type demandKey struct {
	plan       *plan.Compiled
	rule, step int
}

func (r *run) visit(c *Customer) visit {
	return visit{
		Customer: c, cost: slices.Index(r.costs, c.Cost), skills: r.results.skillSet(c.Skills),
		request: condition.Request{
			Queue: c.Queue, Channel: c.Channel, ChannelID: c.ChannelID, Language: c.Language, Flow: c.Flow, Reason: c.Reason,
			Priority: c.Priority, Skills: c.Skills, Attributes: c.Attributes,
		},
		contact: condition.Contact{Locale: c.Locale, Attributes: c.ContactAttributes},
	}
}

// contact is who a customer is.
type contact struct {
	// last is who served them last; visits counts how often they came.
	last   *agent
	visits int
}

// randomSource draws arrivals of one kind. Whatever is drawn has dice of its own, and is drawn when customers come: so two runs
// meet the same customers, whatever becomes of them.
type randomSource struct {
	*Arrivals
	visit                                   visit
	gaps, handle, patience, who, waitAnyway *rand.Rand
	// most is the highest rate, per hour; arrivals are thinned to the profile.
	most     float64
	factor   []float64
	contacts []contact
}

func (r *run) random(a *Arrivals, index int) *randomSource {
	factor := byHour(a.Profile)
	dice := func(n uint64) *rand.Rand { return rand.New(rand.NewPCG(r.seed, uint64(index+1)<<8|n)) }
	s := &randomSource{
		Arrivals: a, visit: r.visit(&a.Customer), gaps: dice(0), handle: dice(1), patience: dice(2), who: dice(3), waitAnyway: dice(4),
		most: a.PerHour * slices.Max(factor), factor: factor, contacts: make([]contact, a.Contacts),
	}
	s.visit.demands = map[demandKey]plan.Demand{}
	return s
}

func (s *randomSource) next(r *run) (time.Duration, bool) {
	at := r.now
	most := s.most / s.PerHour
	for {
		at += max(time.Duration(s.gaps.ExpFloat64()/s.most*float64(time.Hour)), 0)
		if at < 0 || at > maxDuration {
			return 0, false
		}
		if s.gaps.Float64()*most <= s.factor[r.timeAt(at).Hour()] {
			return at, true
		}
	}
}

func (s *randomSource) customer(*run) *customer {
	c := &customer{visit: &s.visit, handle: s.Handle.draw(s.handle), patience: forEver}
	if s.Patience != nil {
		c.patience = s.Patience.draw(s.patience)
	}
	if len(s.contacts) > 0 {
		c.contact = &s.contacts[s.who.IntN(len(s.contacts))]
		c.earlier = c.contact.visits
	}
	c.waitsAnyway = s.waitAnyway.Float64() < s.WaitsAnyway
	return c
}

// recordedSource has those come who came.
type recordedSource struct {
	*Recorded
	at                                 int
	visits                             []visit
	handleDice, patienceDice, waitDice *rand.Rand
	// handles are how long conversations took, by queue; "" those of all.
	handles     map[string][]time.Duration
	patience    Distribution
	waitsAnyway float64
	contacts    map[string]*contact
}

func (r *run) recorded(from *Recorded) *recordedSource {
	dice := func(n uint64) *rand.Rand { return rand.New(rand.NewPCG(r.seed, n)) }
	s := &recordedSource{
		Recorded: from, handleDice: dice(1), patienceDice: dice(2), waitDice: dice(3), waitsAnyway: 1,
		handles: map[string][]time.Duration{}, contacts: map[string]*contact{}, visits: make([]visit, len(from.Recording.Arrivals)),
	}
	if from.Recording.WaitsAnyway != nil {
		s.waitsAnyway = *from.Recording.WaitsAnyway
	}
	s.patience.Mean = Duration(from.Recording.patience())
	if from.Patience != nil {
		s.patience = *from.Patience
	}
	for i := range from.Recording.Arrivals {
		a := &from.Recording.Arrivals[i]
		s.visits[i] = r.visit(&a.Customer)
		if a.Answered {
			s.handles[a.Queue] = append(s.handles[a.Queue], time.Duration(a.Handle))
			s.handles[""] = append(s.handles[""], time.Duration(a.Handle))
		}
	}
	// What came before the start is not repeated.
	for s.at < len(from.Recording.Arrivals) && from.Recording.Arrivals[s.at].At.Before(r.scenario.Start) {
		s.at++
	}
	return s
}

func (s *recordedSource) next(r *run) (time.Duration, bool) {
	if s.at == len(s.Recording.Arrivals) {
		return 0, false
	}
	return s.Recording.Arrivals[s.at].At.Sub(r.scenario.Start), true
}

func (s *recordedSource) customer(r *run) *customer {
	a := &s.Recording.Arrivals[s.at]
	c := &customer{visit: &s.visits[s.at], handle: time.Duration(a.Handle), patience: forEver, earlier: a.Earlier}
	s.at++
	// All that may be drawn is drawn, so that dice do not depend on what is recorded.
	handle, patience := s.handleLike(a.Queue), forEver
	if s.patience.Mean > 0 {
		patience = s.patience.draw(s.patienceDice)
	}
	c.waitsAnyway = s.waitDice.Float64() < s.waitsAnyway
	if !a.Answered {
		c.handle = handle
	}
	switch {
	case !a.Answered && !a.GivenBack:
		c.patience = time.Duration(a.Waited)
	case patience != forEver:
		c.patience = time.Duration(a.Waited) + patience
	}
	c.contact = s.contactOf(r, a)
	return c
}

func (s *recordedSource) contactOf(r *run, a *Arrival) *contact {
	if a.Contact == "" {
		return &contact{last: r.called(a.LastAgent)}
	}
	known, came := s.contacts[a.Contact]
	if !came {
		known = &contact{last: r.called(a.LastAgent)}
		s.contacts[a.Contact] = known
	}
	return known
}

func (s *recordedSource) handleLike(queue string) time.Duration {
	if s.Handle != nil {
		return s.Handle.draw(s.handleDice)
	}
	all := s.handles[queue]
	if len(all) == 0 {
		all = s.handles[""]
	}
	return all[s.handleDice.IntN(len(all))]
}
