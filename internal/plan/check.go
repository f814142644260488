package plan

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"seax/internal/condition"
	"seax/internal/routing"
)

// Problem is something wrong with a plan, at a place like rules[0].steps[1].queue.
type Problem struct {
	At    string `json:"at"`
	Words string `json:"words"`
	// Code says for programs which kind of thing it is, Args what its words are filled with, so that they can be said in another
	// language. "": there are only the words.
	Code string   `json:"code,omitempty"`
	Args []string `json:"args,omitempty"`
	// Line and Column are where in a condition's text it is, from 1; 0: it is in none.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
}

// Problems are all that is wrong, as an error.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.At + ": " + one.Words
	}
	return strings.Join(lines, "\n")
}

func (p *Problems) add(at, code, format string, args ...any) {
	one := Problem{At: at, Words: fmt.Sprintf(format, args...), Code: code}
	for _, arg := range args {
		one.Args = append(one.Args, fmt.Sprint(arg))
	}
	*p = append(*p, one)
}

func (p *Problems) compile(at, text string, scope condition.Scope) *condition.Condition {
	if text == "" {
		return nil
	}
	c, err := condition.Compile(text, scope)
	p.wrote(at, err)
	return c
}

// wrote adds what is wrong with a condition's text. nil: nothing.
func (p *Problems) wrote(at string, err error) {
	if err == nil {
		return
	}
	wrong := Problem{At: at, Words: err.Error(), Code: condition.Other, Args: []string{err.Error()}}
	var place *condition.Error
	if errors.As(err, &place) {
		wrong.Code, wrong.Args, wrong.Line, wrong.Column = place.Code, place.Args, place.Line, place.Column
	}
	*p = append(*p, wrong)
}

// CheckCondition says what is wrong with a condition and where in its text. nil: nothing.
func CheckCondition(at, text string, scope condition.Scope) Problems {
	var wrong Problems
	if wrong.compile(at, text, scope); len(wrong) == 0 && text != "" {
		wrong.wrote(at, condition.Check(text, scope))
	}
	return wrong
}

// Limits of definitions.
const (
	maxRules, maxSteps, maxKeys = 100, 50, 10
	maxTimeout                  = 14 * 24 * 3600
	maxWidth                    = 50
)

// Names is what a plan may refer to.
type Names struct{ Queues, Skills, Plans map[string]bool }

// Check finds everything that is wrong with a plan by itself and with what it refers to. nil: nothing.
func (p Plan) Check(names Names) Problems {
	var wrong Problems
	if p.Budget != "" && p.Budget != PerStep && p.Budget != ByAge {
		wrong.add("budget", "unknown_budget", "%q is no budget; use step or age", p.Budget)
	}
	if len(p.Rules) > maxRules {
		wrong.add("rules", "too_many", "there are more than %d", maxRules)
		return wrong
	}
	seen := map[string]bool{"default": true}
	for i, r := range p.Rules {
		at := rulePath(&p, i)
		switch {
		case r.Name == "":
			wrong.add(at+".name", "name_missing", "a rule needs a name")
		case seen[r.Name]:
			wrong.add(at+".name", "name_taken", "there is another rule of the name %q", r.Name)
		}
		seen[r.Name] = true
		if strings.TrimSpace(r.When) == "" {
			wrong.add(at+".when", "when_missing", "a rule needs a condition; what always holds belongs into default")
		}
		r.check(at, names, &wrong)
	}
	if p.Default.When != "" {
		wrong.add("default.when", "default_when", "the default has no condition")
	}
	p.Default.check("default", names, &wrong)
	p.Overflow.check("overflow", names, &wrong)
	var bad Problems
	if _, err := Compile(p); errors.As(err, &bad) {
		wrong = append(wrong, bad...)
	}
	return append(wrong, p.impossible()...)
}

// impossible finds conditions that compile, but compare with what never is. A plan that was saved with one before goes on working.
func (p Plan) impossible() Problems {
	var wrong Problems
	for i, r := range append(slices.Clone(p.Rules), p.Default) {
		at := rulePath(&p, i)
		wrong.wrote(at+".when", condition.Check(r.When, condition.OfRequest))
		for n, s := range r.Steps {
			wrong.wrote(stepPath(at, n)+".agents", condition.Check(s.Agents, condition.OfAgent))
			wrong.wrote(stepPath(at, n)+".skip_if", condition.Check(s.SkipIf, condition.OfRequest))
		}
	}
	return wrong
}

func (r Rule) check(at string, names Names, wrong *Problems) {
	checkPriority(at, r.Priority, wrong)
	checkSkills(at+".skills", r.Skills, names, wrong)
	checkSkills(at+".preferred", r.Preferred, names, wrong)
	r.Overflow.check(at+".overflow", names, wrong)
	if len(r.Steps) == 0 {
		wrong.add(at+".steps", "no_steps", "there is no step")
	}
	if len(r.Steps) > maxSteps {
		wrong.add(at+".steps", "too_many", "there are more than %d", maxSteps)
		return
	}
	for n, s := range r.Steps {
		s.check(stepPath(at, n), names, wrong)
		if s.Timeout == 0 && s.Known == "" && n < len(r.Steps)-1 {
			wrong.add(stepPath(at, n)+".timeout_s", "endless", "without a timeout it waits for ever, and the steps behind it are never reached")
		}
	}
}

func (s Step) check(at string, names Names, wrong *Problems) {
	if s.Queue != "" && !names.Queues[s.Queue] {
		wrong.add(at+".queue", "unknown_queue", "there is no queue %q", s.Queue)
	}
	if s.Timeout < 0 || s.Timeout > maxTimeout {
		wrong.add(at+".timeout_s", "timeout_range", "must be from 0 (for ever) to %d seconds", maxTimeout)
	}
	if s.OfferTimeout != 0 && (s.OfferTimeout < 5 || s.OfferTimeout > 3600) {
		wrong.add(at+".offer_timeout_s", "offer_timeout_range", "must be from 5 to 3600 seconds")
	}
	if s.Width < 0 || s.Width > maxWidth {
		wrong.add(at+".width", "width_range", "must be from 1 to %d agents", maxWidth)
	}
	checkPriority(at, s.Priority, wrong)
	for _, skill := range s.Drop {
		if skill != "*" && !names.Skills[skill] {
			wrong.add(at+".drop", "unknown_skill", "there is no skill %q", skill)
		}
	}
	for _, skill := range slices.Sorted(maps.Keys(s.Lower)) {
		if skill != "*" && !names.Skills[skill] {
			wrong.add(at+".lower", "unknown_skill", "there is no skill %q", skill)
		}
		if by := s.Lower[skill]; by < 1 || by > 100 {
			wrong.add(at+".lower", "lower_range", "%s is lowered by %d; use 1 to 100", skill, by)
		}
	}
	checkOrder(at, s.Order, s.OrderBy, wrong)
}

// CheckOrder finds what is wrong with an order of agents. nil: nothing.
func CheckOrder(order string, keys []SortKey) Problems {
	var wrong Problems
	checkOrder("", order, keys, &wrong)
	for i := range wrong {
		wrong[i].At = strings.TrimPrefix(wrong[i].At, ".")
	}
	return wrong
}

// Check finds what is wrong with a target. nil: nothing.
func (t *Target) Check(at string, names Names) Problems {
	var wrong Problems
	t.check(at, names, &wrong)
	return wrong
}

func checkOrder(at, order string, keys []SortKey, wrong *Problems) {
	orders := []string{"", routing.ByIdle, routing.ByLoad, routing.BySkill, routing.ByAttributes}
	switch {
	case !slices.Contains(orders, order):
		wrong.add(at+".order", "unknown_order", "%q is no order; use %s", order, strings.Join(orders[1:], ", "))
	case order == routing.ByAttributes && len(keys) == 0:
		wrong.add(at+".order_by", "order_by_missing", "the order attributes needs to be told which")
	case order != routing.ByAttributes && len(keys) > 0:
		wrong.add(at+".order", "order_by_unused", "order_by is for the order attributes")
	case len(keys) > maxKeys:
		wrong.add(at+".order_by", "too_many", "there are more than %d", maxKeys)
	}
	for i, key := range keys {
		if strings.TrimSpace(key.Attribute) == "" {
			wrong.add(fmt.Sprintf("%s.order_by[%d].attribute", at, i), "attribute_missing", "it is empty")
		}
	}
}

func checkPriority(at string, priority *int, wrong *Problems) {
	if priority != nil && (*priority < 0 || *priority > 100) {
		wrong.add(at+".priority", "priority_range", "must be from 0 to 100")
	}
}

func checkSkills(at string, skills map[string]int, names Names, wrong *Problems) {
	for _, skill := range slices.Sorted(maps.Keys(skills)) {
		if !names.Skills[skill] {
			wrong.add(at, "unknown_skill", "there is no skill %q", skill)
		}
		if level := skills[skill]; level < 1 || level > 100 {
			wrong.add(at, "level_range", "%s has level %d; levels are from 1 to 100", skill, level)
		}
	}
}

func (t *Target) check(at string, names Names, wrong *Problems) {
	switch {
	case t == nil:
	case t.Queue != "" && t.Plan != "":
		wrong.add(at, "both", "name a queue or a plan, not both")
	case t.Queue != "" && !names.Queues[t.Queue]:
		wrong.add(at+".queue", "unknown_queue", "there is no queue %q", t.Queue)
	case t.Plan != "" && !names.Plans[t.Plan]:
		wrong.add(at+".plan", "unknown_plan", "there is no plan %q", t.Plan)
	}
}

func rulePath(p *Plan, i int) string {
	if i == len(p.Rules) {
		return "default"
	}
	return fmt.Sprintf("rules[%d]", i)
}

func stepPath(rule string, n int) string { return fmt.Sprintf("%s.steps[%d]", rule, n) }

// Targets lists where a plan's overflows lead.
func (p Plan) Targets() []Target {
	var all []Target
	for _, t := range append([]*Target{p.Overflow, p.Default.Overflow}, overflows(p.Rules)...) {
		if t != nil && *t != (Target{}) {
			all = append(all, *t)
		}
	}
	return all
}

func overflows(rules []Rule) []*Target {
	all := make([]*Target, len(rules))
	for i := range rules {
		all[i] = rules[i].Overflow
	}
	return all
}

// Circle finds overflows that lead back to where they began, given where each plan's and queue's lead; nil: there are none.
// The names are those of the circle, in order.
func Circle(plans, queues map[string][]Target) []string {
	state := map[Target]int{}
	var path []string
	var visit func(t Target) []string
	visit = func(t Target) []string {
		name := "plan " + t.Plan
		next := plans[t.Plan]
		if t.Queue != "" {
			name, next = "queue "+t.Queue, queues[t.Queue]
		}
		path = append(path, name)
		defer func() { path = path[:len(path)-1] }()
		switch state[t] {
		case 1:
			return append(slices.Clone(path[slices.Index(path, name):len(path)-1]), name)
		case 2:
			return nil
		}
		state[t] = 1
		defer func() { state[t] = 2 }()
		for _, to := range next {
			if to == (Target{}) {
				continue
			}
			if found := visit(to); found != nil {
				return found
			}
		}
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(plans)) {
		if found := visit(Target{Plan: id}); found != nil {
			return found
		}
	}
	for _, id := range slices.Sorted(maps.Keys(queues)) {
		if found := visit(Target{Queue: id}); found != nil {
			return found
		}
	}
	return nil
}

// Doubts says what in a plan can never do anything as things are: rules that are never chosen, steps no agent could ever serve.
// nil: nothing.
func (c *Compiled) Doubts(agents []routing.Agent, home string) Problems {
	doubts := c.neverChosen()
	for i, r := range c.rules {
		reached := false
		for n := range r.steps {
			d := c.Demand(i, n, Demand{})
			reached = reached || slices.ContainsFunc(agents, func(a routing.Agent) bool { return could(a, d, home) })
			if d.Condition.OnlyAgent() && !slices.ContainsFunc(agents, func(a routing.Agent) bool { return could(a, d, home) }) {
				doubts.add(stepPath(rulePath(&c.Plan, i), n), "nobody_for_step", "nobody could serve this step: no agent is in its queue, has the skills and meets its condition")
			}
		}
		if len(r.steps) > 1 && !reached {
			doubts.add(rulePath(&c.Plan, i), "nobody_for_rule", "no step of this rule has anybody who could serve it")
		}
	}
	return doubts
}

// neverChosen finds rules that nothing can lead to.
func (c *Compiled) neverChosen() Problems {
	var doubts Problems
	always, before := "", map[string]string{}
	for i, r := range c.rules {
		name, when := c.RuleName(i), strings.TrimSpace(r.when.String())
		at := rulePath(&c.Plan, i)
		switch {
		case always != "":
			doubts.add(at, "never_reached", "it is never reached: the rule %q before it always holds", always)
		case i == len(c.Rules):
		case r.when.Constant() && !r.when.Holds(&condition.Facts{}):
			doubts.add(at+".when", "never_holds", "this never holds, so the rule is never chosen")
		case r.when.Constant():
			always = name
		case before[when] != "":
			doubts.add(at+".when", "same_condition", "the rule %q before it has the same condition, so this one is never chosen", before[when])
		default:
			before[when] = name
		}
	}
	return doubts
}

// could reports whether an agent could ever serve a step, whatever their presence and load.
func could(a routing.Agent, d Demand, home string) bool {
	queue := d.Queue
	if queue == "" {
		queue = home
	}
	if _, member := a.Queues[queue]; !member && !d.Anyone && queue != "" {
		return false
	}
	for skill, level := range d.Skills {
		if a.Skills[skill] < level {
			return false
		}
	}
	return !d.Condition.OnlyAgent() || d.Condition.Holds(&condition.Facts{Agent: &a})
}
