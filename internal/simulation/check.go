package simulation

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"seax/internal/condition"
	"seax/internal/hours"
	"seax/internal/plan"
	"seax/internal/routing"
)

// ErrScenario says that a scenario cannot be run. What it wraps says why: plan.Problems, each with its place.
var ErrScenario = errors.New("scenario")

// Limits of scenarios.
const (
	maxAgents      = 100_000
	maxCustomers   = 50_000_000
	maxDuration    = 10 * 366 * 24 * time.Hour
	maxDelay       = 24 * time.Hour
	maxPriority    = 100
	maxCapacity    = 10_000
	maxQueueLevel  = 99
	maxSkillLevel  = 100
	maxWidth       = 50
	minOffer       = 5
	maxOffer       = 3600
	maxBoost       = 86_400
	defaultOffer   = 20
	defaultBoost   = 600
	defaultBack    = 3 * time.Minute
	defaultLevelIn = 20 * time.Second
)

func add(wrong *plan.Problems, at, format string, args ...any) {
	*wrong = append(*wrong, plan.Problem{At: at, Words: fmt.Sprintf(format, args...)})
}

// Complete fills in defaults and checks the scenario as a whole. Errors are ErrScenario and name every place.
func (s *Scenario) Complete() error {
	var wrong plan.Problems
	s.preset(&wrong)
	s.checkExtent(&wrong)
	names := s.names()
	s.checkQueues(names, &wrong)
	s.checkPlans(names, &wrong)
	for i := range s.Arrivals {
		s.Arrivals[i].check(fmt.Sprintf("arrivals[%d]", i), names, &wrong)
	}
	s.checkRecorded(names, &wrong)
	s.checkAgents(names, &wrong)
	if len(wrong) > 0 {
		return fmt.Errorf("%w:\n%w", ErrScenario, wrong)
	}
	return nil
}

// preset fills in defaults.
func (s *Scenario) preset(wrong *plan.Problems) {
	var err error
	if s.zone, err = time.LoadLocation(s.TimeZone); err != nil || s.TimeZone == "Local" {
		add(wrong, "time_zone", "there is no time zone %q; use an IANA name like Asia/Seoul", s.TimeZone)
		s.zone = time.UTC
	}
	s.Answered = or(s.Answered, Duration(defaultLevelIn))
	if r := s.Recorded; r != nil && r.Recording != nil {
		if s.Start.IsZero() {
			s.Start = r.Recording.From
		}
		if s.Duration == 0 {
			s.Duration = Duration(r.Recording.To.Sub(s.Start))
		}
	}
	if s.Start.IsZero() {
		s.Start = time.Date(2026, time.March, 2, 0, 0, 0, 0, s.zone)
	}
	s.Start = s.Start.In(s.zone)
	for i := range s.Arrivals {
		s.Arrivals[i].preset()
	}
	for i := range s.Agents {
		a := &s.Agents[i]
		a.Capacity, a.Count = or(a.Capacity, 100), or(a.Count, 1)
		a.Name = or(a.Name, or(a.Email, fmt.Sprintf("agents %d", i+1)))
		if a.Back == nil {
			a.Back = &Distribution{Mean: Duration(defaultBack)}
		}
	}
	if len(s.Queues) == 0 {
		s.Queues = s.namedQueues()
	}
	for i := range s.Queues {
		q := &s.Queues[i]
		q.OfferTimeout, q.Width, q.TimeZone, q.Order = or(q.OfferTimeout, defaultOffer), or(q.Width, 1), or(q.TimeZone, s.TimeZone), or(q.Order, routing.ByIdle)
		if q.Boost == nil {
			boost := defaultBoost
			q.Boost = &boost
		}
	}
}

func (c *Customer) preset() {
	c.Cost, c.Channel = or(c.Cost, 100), or(c.Channel, "webchat")
	c.ChannelID = or(c.ChannelID, c.Channel)
}

// namedQueues are the queues that arrivals, agents and recordings name.
func (s *Scenario) namedQueues() []Queue {
	named := map[string]bool{}
	for _, a := range s.Arrivals {
		named[a.Queue] = true
	}
	for _, a := range s.Agents {
		for queue := range a.Queues {
			named[queue] = true
		}
	}
	if s.Recorded != nil && s.Recorded.Recording != nil {
		for _, a := range s.Recorded.Recording.Arrivals {
			named[a.Queue] = true
		}
	}
	delete(named, "")
	var all []Queue
	for _, id := range slices.Sorted(maps.Keys(named)) {
		all = append(all, Queue{ID: id})
	}
	return all
}

// names are what may be referred to.
func (s *Scenario) names() plan.Names {
	n := plan.Names{Queues: map[string]bool{}, Skills: map[string]bool{}, Plans: map[string]bool{}}
	for _, q := range s.Queues {
		n.Queues[q.ID] = true
	}
	for _, p := range s.Plans {
		n.Plans[p.ID] = true
	}
	for _, skill := range s.Skills {
		n.Skills[skill] = true
	}
	if len(s.Skills) == 0 {
		for _, a := range s.Agents {
			for skill := range a.Skills {
				n.Skills[skill] = true
			}
		}
	}
	return n
}

func (s *Scenario) checkExtent(wrong *plan.Problems) {
	recorded := s.Recorded != nil && s.Recorded.Recording != nil
	if s.Duration == 0 && s.Customers == 0 && !recorded {
		add(wrong, "duration", "duration or customers is needed")
	}
	if s.Customers < 0 || s.Customers > maxCustomers {
		add(wrong, "customers", "must be from 1 to %d", maxCustomers)
	}
	if s.Duration < 0 || time.Duration(s.Duration) > maxDuration {
		add(wrong, "duration", "must be more than 0, and at most ten years")
	}
	if s.Warmup < 0 || s.Duration > 0 && s.Warmup >= s.Duration {
		add(wrong, "warmup", "must be less than the duration")
	}
	if s.Answered < 0 {
		add(wrong, "answered_within", "is negative")
	}
	if len(s.Arrivals) == 0 && !recorded {
		add(wrong, "arrivals", "there are no arrivals")
	}
	expected := 0.0
	for _, a := range s.Arrivals {
		expected += a.PerHour * mean(byHour(a.Profile)) * time.Duration(s.Duration).Hours()
	}
	if s.Customers == 0 && expected > maxCustomers {
		add(wrong, "duration", "about %.3g customers would come; at most %d can", expected, maxCustomers)
	}
}

func mean(all []float64) float64 {
	sum := 0.0
	for _, v := range all {
		sum += v
	}
	return sum / float64(len(all))
}

func (s *Scenario) checkQueues(names plan.Names, wrong *plan.Problems) {
	seen := map[string]bool{}
	for i := range s.Queues {
		q := &s.Queues[i]
		at := fmt.Sprintf("queues[%d]", i)
		if q.ID == "" {
			add(wrong, at+".id", "a queue needs an id")
		}
		if seen[q.ID] {
			add(wrong, at+".id", "there is another queue %q", q.ID)
		}
		seen[q.ID] = true
		q.check(at, names, wrong)
	}
}

func (q *Queue) check(at string, names plan.Names, wrong *plan.Problems) {
	if q.OfferTimeout < minOffer || q.OfferTimeout > maxOffer {
		add(wrong, at+".offer_timeout_s", "must be from %d to %d seconds", minOffer, maxOffer)
	}
	if *q.Boost < 0 || *q.Boost > maxBoost {
		add(wrong, at+".boost_s", "must be from 0 to %d seconds", maxBoost)
	}
	if q.Width < 1 || q.Width > maxWidth {
		add(wrong, at+".width", "must be from 1 to %d agents", maxWidth)
	}
	if q.MaxWaiting != nil && *q.MaxWaiting < 0 {
		add(wrong, at+".max_waiting", "is negative")
	}
	q.checkPromises(at, wrong)
	if err := q.schedule().Check(); err != nil {
		add(wrong, at+".hours", "%s", err)
	}
	for _, p := range plan.CheckOrder(q.Order, q.OrderBy) {
		add(wrong, at+"."+p.At, "%s", p.Words)
	}
	for _, reason := range slices.Sorted(maps.Keys(q.Overflow)) {
		if !slices.Contains([]string{full, closed, unstaffed, draining}, reason) {
			add(wrong, at+".overflow", "%q is no reason to overflow; there are full, closed, unstaffed and draining", reason)
		}
		to := q.Overflow[reason]
		*wrong = append(*wrong, to.Check(at+".overflow."+reason, names)...)
	}
	if q.MembersWhen != "" {
		if _, err := condition.Compile(q.MembersWhen, condition.OfMember); err != nil {
			add(wrong, at+".members_when", "%s", err)
		}
	}
}

func (q *Queue) checkPromises(at string, wrong *plan.Problems) {
	if q.SLA.FirstReply < 0 || q.SLA.NextReply < 0 || q.SLA.Resolution < 0 {
		add(wrong, at+".sla", "a time is negative")
	}
	switch {
	case q.RankBy != "" && q.RankBy != byArrival && q.RankBy != byDue:
		add(wrong, at+".rank_by", "%q is none of %s and %s", q.RankBy, byArrival, byDue)
	case q.RankBy == byDue && q.SLA.FirstReply == 0:
		add(wrong, at+".rank_by", "to serve by due time, the queue must promise a first reply")
	}
}

func (q *Queue) schedule() hours.Schedule {
	return hours.Schedule{Zone: q.TimeZone, Hours: q.Hours, Holidays: q.Holidays}
}

func (s *Scenario) checkPlans(names plan.Names, wrong *plan.Problems) {
	seen := map[string]bool{}
	plans, queues := map[string][]plan.Target{}, map[string][]plan.Target{}
	for i, p := range s.Plans {
		at := fmt.Sprintf("plans[%d]", i)
		if p.ID == "" {
			add(wrong, at+".id", "a plan needs an id")
		}
		if seen[p.ID] {
			add(wrong, at+".id", "there is another plan %q", p.ID)
		}
		seen[p.ID] = true
		for _, problem := range p.Check(names) {
			add(wrong, at+"."+problem.At, "%s", problem.Words)
		}
		plans[p.ID] = p.Targets()
	}
	for _, q := range s.Queues {
		queues[q.ID] = slices.Collect(maps.Values(q.Overflow))
	}
	if circle := plan.Circle(plans, queues); circle != nil {
		add(wrong, "overflow", "the overflows go in a circle: %s", strings.Join(circle, " → "))
	}
}

func (a *Arrivals) check(at string, names plan.Names, wrong *plan.Problems) {
	a.Customer.check(at, names, wrong)
	if !(a.PerHour > 0) || math.IsInf(a.PerHour, 0) {
		add(wrong, at+".per_hour", "must be more than 0")
	}
	for _, hour := range slices.Sorted(maps.Keys(a.Profile)) {
		if factor := a.Profile[hour]; hour < 0 || hour > 23 || !(factor >= 0) || math.IsInf(factor, 0) {
			add(wrong, at+".profile", "hour %d has %g; hours are 0 to 23, factors at least 0", hour, factor)
		}
	}
	if slices.Max(byHour(a.Profile)) <= 0 {
		add(wrong, at+".profile", "with it nobody comes")
	}
	a.Handle.check(at+".handle", wrong)
	if a.Patience != nil {
		a.Patience.check(at+".patience", wrong)
	}
	if a.Contacts < 0 {
		add(wrong, at+".contacts", "is negative")
	}
	if !(a.WaitsAnyway >= 0 && a.WaitsAnyway <= 1) {
		add(wrong, at+".waits_anyway", "must be from 0 to 1")
	}
}

func (c *Customer) check(at string, names plan.Names, wrong *plan.Problems) {
	switch {
	case c.Queue == "":
		add(wrong, at+".queue", "it is missing")
	case !names.Queues[c.Queue]:
		add(wrong, at+".queue", "there is no queue %q", c.Queue)
	}
	if c.Plan != "" && !names.Plans[c.Plan] {
		add(wrong, at+".plan", "there is no plan %q", c.Plan)
	}
	if c.Cost < 0 || c.Cost > maxCapacity {
		add(wrong, at+".cost", "must be from 1 to %d", maxCapacity)
	}
	if c.Priority < 0 || c.Priority > maxPriority {
		add(wrong, at+".priority", "must be from 0 to %d", maxPriority)
	}
	checkSkills(at+".skills", c.Skills, names, wrong)
	checkSkills(at+".preferred", c.Preferred, names, wrong)
}

func checkSkills(at string, skills routing.Skills, names plan.Names, wrong *plan.Problems) {
	for _, skill := range slices.Sorted(maps.Keys(skills)) {
		if !names.Skills[skill] {
			add(wrong, at, "there is no skill %q: no agent has it, and it is not listed", skill)
		}
		if level := skills[skill]; level < 1 || level > maxSkillLevel {
			add(wrong, at, "%s has level %d; levels are from 1 to %d", skill, level, maxSkillLevel)
		}
	}
}

func (s *Scenario) checkRecorded(names plan.Names, wrong *plan.Problems) {
	if s.Recorded == nil || s.Recorded.Recording == nil {
		return
	}
	answered := 0
	for i := range s.Recorded.Recording.Arrivals {
		a := &s.Recorded.Recording.Arrivals[i]
		a.preset()
		before := len(*wrong)
		at := fmt.Sprintf("recorded.arrivals[%d]", i)
		if a.check(at, names, wrong); a.Waited < 0 || a.Handle < 0 {
			add(wrong, at, "waited and handle must not be negative")
		}
		if len(*wrong) > before+10 || len(*wrong) > before && i > 1000 {
			break
		}
		if a.Answered {
			answered++
		}
	}
	if s.Recorded.Patience != nil {
		s.Recorded.Patience.check("recorded.patience", wrong)
	}
	if s.Recorded.Handle != nil {
		s.Recorded.Handle.check("recorded.handle", wrong)
	} else if answered == 0 {
		add(wrong, "recorded.handle", "nobody was answered, so it must be said how long conversations take")
	}
}

func (s *Scenario) checkAgents(names plan.Names, wrong *plan.Problems) {
	if len(s.Agents) == 0 {
		add(wrong, "agents", "there are no agents")
	}
	count := 0
	for i := range s.Agents {
		a := &s.Agents[i]
		count += max(a.Count, 0)
		a.check(fmt.Sprintf("agents[%d]", i), names, wrong)
	}
	if count > maxAgents {
		add(wrong, "agents", "there are %d; at most %d can work", count, maxAgents)
	}
	anyone := slices.ContainsFunc(s.Queues, func(q Queue) bool { return q.MembersWhen != "" }) ||
		slices.ContainsFunc(s.Plans, asksAnyone)
	if !anyone && !slices.ContainsFunc(s.Agents, func(a Agents) bool { return len(a.Queues) > 0 }) && len(s.Agents) > 0 {
		add(wrong, "agents", "none of them is in a queue, so nobody would ever be served")
	}
}

func asksAnyone(p plan.Plan) bool {
	for _, r := range append(slices.Clone(p.Rules), p.Default) {
		if slices.ContainsFunc(r.Steps, func(step plan.Step) bool { return step.Anyone || step.Known != "" }) {
			return true
		}
	}
	return false
}

func (a *Agents) check(at string, names plan.Names, wrong *plan.Problems) {
	if a.Count < 1 || a.Count > maxAgents {
		add(wrong, at+".count", "must be from 1 to %d", maxAgents)
	}
	if a.Count > 1 && (a.ID != "" || a.Email != "") {
		add(wrong, at+".count", "one person is only one")
	}
	if a.Capacity < 0 || a.Capacity > maxCapacity {
		add(wrong, at+".capacity", "must be from 1 to %d", maxCapacity)
	}
	for _, queue := range slices.Sorted(maps.Keys(a.Queues)) {
		if !names.Queues[queue] {
			add(wrong, at+".queues", "there is no queue %q", queue)
		}
		if level := a.Queues[queue]; level < 1 || level > maxQueueLevel {
			add(wrong, at+".queues", "%s has level %d; levels are from 1 to %d", queue, level, maxQueueLevel)
		}
	}
	for _, queue := range slices.Sorted(maps.Keys(a.Delays)) {
		if !names.Queues[queue] {
			add(wrong, at+".delays", "there is no queue %q", queue)
		}
		if d := a.Delays[queue]; d < 0 || time.Duration(d) > maxDelay {
			add(wrong, at+".delays", "%s must be from 0 to a day", queue)
		}
	}
	checkSkills(at+".skills", a.Skills, names, wrong)
	for _, channel := range slices.Sorted(maps.Keys(a.ChannelLimits)) {
		if a.ChannelLimits[channel] < 0 {
			add(wrong, at+".channel_limits", "%s is negative", channel)
		}
	}
	a.Habits.check(at, wrong)
}

func (h *Habits) check(at string, wrong *plan.Problems) {
	if !(h.Rejects >= 0 && h.Misses >= 0 && h.Rejects+h.Misses < 1) {
		add(wrong, at+".rejects", "rejects and misses must be at least 0, and together less than 1")
	}
	if h.Accept != nil {
		h.Accept.check(at+".accept_after", wrong)
	}
	if h.Back != nil {
		h.Back.check(at+".back_after", wrong)
	}
}

// byHour are the factors of a profile for all hours.
func byHour(profile map[int]float64) []float64 {
	all := make([]float64, 24)
	for hour := range all {
		factor, named := profile[hour]
		if !named {
			factor = 1
		}
		all[hour] = factor
	}
	return all
}
