package taskrouter

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"seax/api/spec"
	"seax/internal/plan"
	"seax/internal/routing"
)

const (
	// lifetime is how long a task waits when nobody says, in seconds; longest is the most that somebody may.
	lifetime = 24 * 3600
	longest  = 14 * 24 * 3600
	// highestPriority is SeaX's; TaskRouter's is 2147483647.
	highestPriority = 100
	maxKeys         = 10
)

// makePlans makes plans of workflows.
func (m *maker) makePlans() {
	m.settleOffers()
	m.settlePriorities()
	for i, w := range m.workflows {
		budget := spec.PlanBudgetAge
		b := workflowMaker{maker: m, workflow: w, at: fmt.Sprintf("$.plans[%d]", i), where: fmt.Sprintf("workflow %q", w.name)}
		p := spec.Plan{Id: m.id("plan", w.name, ""), Name: spec.LocalText{En: m.clip(b.where, b.at, w.name)}, Budget: &budget}
		for _, f := range w.filters {
			b.whens = append(b.whens, m.expression(f.where, fmt.Sprintf("%s.rules[%d]", b.at, len(b.whens)), f.expression, inFilter))
		}
		taken := map[string]bool{"default": true}
		rules := make([]plan.Rule, len(w.filters))
		for n := range w.filters {
			rules[n] = b.rule(n, taken)
		}
		if len(rules) > 0 {
			p.Rules = &rules
		}
		p.Default = b.standard()
		m.file.Plans = append(m.file.Plans, p)
	}
	if len(m.names.taskKeys) > 0 {
		m.note(Check, "attributes of tasks", "$.plans", "plans go by these attributes of conversations, which flows and channels must set: %s", strings.Join(slices.Sorted(maps.Keys(m.names.taskKeys)), ", "))
	}
	if m.names.byChannel && len(m.workerChannels) == 0 {
		m.note(Check, "worker.channel", "$.plans", "expressions go by workers' channels, none of which were given: give people limits by channel, else all of each channel is always free")
	}
}

// settlePriorities puts priorities between 0 and 100, the order kept.
func (m *maker) settlePriorities() {
	var all []int
	for _, t := range m.targets() {
		if t.priority != nil {
			all = append(all, *t.priority)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) == 0 || all[len(all)-1] <= highestPriority {
		return
	}
	all = slices.DeleteFunc(all, func(p int) bool { return p == 0 })
	becomes := map[int]int{0: 0}
	var told []string
	for i, p := range all {
		becomes[p] = int(math.Ceil(highestPriority * float64(i+1) / float64(len(all))))
		told = append(told, fmt.Sprintf("%d → %d", p, becomes[p]))
	}
	for _, t := range m.targets() {
		if t.priority != nil {
			*t.priority = becomes[*t.priority]
		}
	}
	words := ""
	if len(all) > highestPriority {
		words = "; there are more than 100, so that neighbours become the same"
	}
	m.note(Changed, "priorities", "$.plans", "go from 0 to 100 here, so they are %s%s; what flows ask for must follow", strings.Join(told, ", "), words)
}

func (m *maker) targets() (all []target) {
	for _, w := range m.workflows {
		for _, f := range w.filters {
			all = append(all, f.targets...)
		}
	}
	return all
}

// workflowMaker makes a plan of one workflow.
type workflowMaker struct {
	*maker
	workflow
	// at is the plan in the file.
	at, where string
	// whens are the conditions of the filters.
	whens []formula
}

// standard is the default rule.
func (b workflowMaker) standard() plan.Rule {
	where := b.where + ", default filter"
	if b.workflow.queue == "" {
		b.note(Changed, b.where, b.at+".default", "has no default filter, so that TaskRouter cancels what no filter takes; here it waits in the queue that its flow or channel names")
		return plan.Rule{Steps: []plan.Step{{}}}
	}
	q := b.maker.queue(where, b.workflow.queue)
	if q == nil {
		return plan.Rule{}
	}
	return plan.Rule{Steps: []plan.Step{b.step(q)}}
}

// step is a plain one in a queue.
func (b workflowMaker) step(q *madeQueue) plan.Step {
	s := plan.Step{Queue: q.Id}
	if !q.moving.is(always) {
		s.Agents = q.moving.String()
	}
	if len(q.offerTimeouts) > 1 {
		s.OfferTimeout = b.offerTimeout
	}
	return s
}

// rule makes one of a filter.
func (b workflowMaker) rule(n int, taken map[string]bool) plan.Rule {
	f := b.filters[n]
	name := b.clip(f.where, fmt.Sprintf("%s.rules[%d]", b.at, n), f.name)
	r := plan.Rule{Name: name, When: b.whens[n].String()}
	for again := 2; taken[r.Name]; again++ {
		r.Name = fmt.Sprintf("%.90s (%d)", name, again)
	}
	taken[r.Name] = true
	age, queue := 0, ""
	for i, t := range f.targets {
		where, at := fmt.Sprintf("%s, target %d", f.where, i+1), fmt.Sprintf("%s.rules[%d].steps[%d]", b.at, n, i)
		if t.queue == "" {
			t.queue = queue
		}
		if queue = t.queue; queue == "" {
			b.problem(where, "queue is missing")
			continue
		}
		q := b.maker.queue(where, queue)
		if q == nil {
			continue
		}
		s, skips := b.target(where, at, t, q)
		var next *madeQueue
		last := i == len(f.targets)-1
		if last && skips {
			next = b.beyond(where, n)
		}
		ends := b.ends(where, at, t, &s, &age, !last || next != nil)
		if r.Steps = append(r.Steps, s); next == nil {
			continue
		}
		s = b.step(next)
		if ends {
			// Who was there until the time was up goes back to the flow.
			s.SkipIf = fmt.Sprintf("now - request.since >= duration('%ds')", age)
		}
		r.Steps = append(r.Steps, s)
	}
	return r
}

// ends sets when a step is over, and reports whether it ever is. TaskRouter counts from the task's beginning: timeouts add up to
// the age. more: something is behind it.
func (b workflowMaker) ends(where, at string, t target, s *plan.Step, age *int, more bool) bool {
	brief := s.Timeout > 0
	switch {
	case t.timeout != nil:
		*age += *t.timeout
	case more && !brief:
		*age += lifetime
		b.note(Changed, where, at, "has no timeout, and something behind it: it ends after a day, which is how long a task waits in TaskRouter")
	default:
		return false
	}
	if *age > longest {
		b.note(Changed, where, at, "the timeouts up to here are %d seconds; the most is %d", *age, longest)
		*age = longest
	}
	if !brief {
		s.Timeout = max(*age, 1)
	}
	return true
}

// beyond is the queue behind a filter's last target, which may be skipped: TaskRouter goes on as if the filter did not match.
func (b workflowMaker) beyond(where string, n int) *madeQueue {
	next, passed := b.workflow.queue, 0
	for i, f := range b.filters[n+1:] {
		when := b.whens[n+1+i]
		if when.is(always) {
			next, passed = f.targets[0].queue, passed+len(f.targets)-1
			break
		}
		if !when.is(never) {
			passed++
		}
	}
	if next == "" {
		return nil
	}
	q := b.maker.queue(where, next)
	if q != nil && passed > 0 {
		b.note(Changed, where, fmt.Sprintf("%s.rules[%d]", b.at, n), "when it is skipped, TaskRouter tries the filters behind this one; here %s is next", q.Name.En)
	}
	return q
}

// atOnce is the timeout of a step that is there only for who can take it at once, in seconds.
const atOnce = 1

// target makes a step of a target, but for its timeout, and says whether it may be skipped.
func (b workflowMaker) target(where, at string, t target, q *madeQueue) (s plan.Step, skips bool) {
	s = b.step(q)
	agents := always
	if strings.TrimSpace(t.expression) != "" {
		agents = b.expression(where+", expression", at, t.expression, inTarget)
	}
	if agents = and(q.moving, agents); !agents.is(always) {
		s.Agents = agents.String()
	}
	s.Priority, s.Known = t.priority, t.known
	b.known(where, at, t, !agents.is(always))
	s.Order, s.OrderBy = b.order(where, at, t.orderBy)
	if strings.TrimSpace(t.skipIf) == "" {
		return s, false
	}
	// TaskRouter looks at skip_if only when nobody could be asked at once.
	skip := b.expression(where+", skip_if", at, t.skipIf, inSkip)
	picky := t.known != "" || !agents.is(always)
	full := formula{text: "agents.with_capacity == 0", moves: true}
	switch {
	case skip.is(never):
		return s, false
	case skip.is(always) && picky:
		s.Timeout = atOnce
		b.note(Changed, where, at, "skip_if %s: who can take it is asked, and when nobody can at once, or who is asked does not, the next step follows within a second", t.skipIf)
	case nobodyThere(skip):
		s.SkipIf = skip.String()
	default:
		s.SkipIf = and(skip, full).String()
		if picky {
			b.note(Changed, where, at, "skip_if %s: it is skipped when nobody in %s has room; TaskRouter also skips it when nobody meets the target's own demands", t.skipIf, q.Name.En)
		}
	}
	return s, true
}

// nobodyThere reports whether a condition holds only when nobody is there, who then could not be asked either.
func nobodyThere(f formula) bool {
	if f.join == "&&" {
		return slices.ContainsFunc(f.parts, nobodyThere)
	}
	return f.text == "agents.available == 0" || f.text == "agents.available < 1" || f.text == "agents.available <= 0"
}

// known says what is to be thought of with known workers.
func (b workflowMaker) known(where, at string, t target, demands bool) {
	if t.known == "" {
		return
	}
	b.names.taskKeys[t.known] = true
	if t.known == plan.KnownLast {
		b.note(Changed, where, at, "the attribute is called %s, which here means who last served the customer", t.known)
	}
	if demands {
		b.note(Changed, where, at, "the agent whom %s names is asked whatever the target's expression says", t.known)
	}
	if t.bySid {
		b.note(Check, where, at, "the attribute %s must hold the agent's id, email address or name; a worker's sid means nothing here (known: last is who last served the customer)", t.known)
		return
	}
	for _, p := range b.file.People {
		if called, _ := (*p.Attributes)["friendly_name"].(string); called != p.Name && !strings.EqualFold(called, p.Email) {
			b.note(Check, where, at, "the attribute %s must hold the agent's name, email address or id; %s is called %s here", t.known, called, p.Name)
			return
		}
	}
}

// order makes an order of agents of order_by: worker.level DESC, worker.seniority.
func (b workflowMaker) order(where, at, text string) (string, []plan.SortKey) {
	if strings.TrimSpace(text) == "" {
		return "", nil
	}
	var keys []plan.SortKey
	for clause := range strings.SplitSeq(text, ",") {
		words := strings.Fields(clause)
		descending := len(words) == 2 && strings.EqualFold(words[1], "DESC")
		if len(words) == 0 || len(words) > 2 || len(words) == 2 && !descending && !strings.EqualFold(words[1], "ASC") {
			b.problem(where, "order_by: %q is not like worker.level DESC", strings.TrimSpace(clause))
			continue
		}
		p := parser{text: words[0]}
		err := p.next()
		var k key
		if err == nil {
			var o operand
			o, err = p.operand()
			k, _ = o.(key)
		}
		if err != nil || k == nil || p.token.kind != end {
			b.problem(where, "order_by: %q is no attribute of workers", words[0])
			continue
		}
		if k[0].name == "worker" && len(k) > 1 {
			k = k[1:]
		}
		switch {
		case slices.ContainsFunc(k, func(part segment) bool { return part.name == "" }):
			b.note(Lost, where, at, "order_by %s: agents are sorted by attributes, not by parts of lists", words[0])
		case k[0].name == "channel" || k[0].name == "activity_name" || k[0].name == "activity_sid" || k[0].name == "skills" && len(k) > 1:
			b.note(Lost, where, at, "order_by %s: agents are sorted by attributes; see order: least_loaded and most_skilled", words[0])
		case len(keys) == maxKeys:
			b.note(Lost, where, at, "order_by %s: agents are sorted by at most %d attributes", words[0], maxKeys)
		default:
			keys = append(keys, plan.SortKey{Attribute: k.String(), Descending: descending})
		}
	}
	if len(keys) == 0 {
		return "", nil
	}
	return routing.ByAttributes, keys
}
