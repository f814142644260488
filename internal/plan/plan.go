// Package plan holds routing plans: rules that say which way a request for a person goes, and steps that widen the search as
// time passes. It is pure: definitions, their checks, and which step comes next; internal/dispatch carries them out and
// internal/simulation tries them.
package plan

import (
	"maps"
	"slices"
	"time"

	"seax/internal/condition"
	"seax/internal/routing"
)

// Plan is a definition as admins write it. docs/routing.md describes every field.
type Plan struct {
	ID   string            `json:"id"`
	Name map[string]string `json:"name"`
	// Budget says from when steps' timeouts count: "step" (default) from entering the step, "age" from the request's beginning.
	Budget string `json:"budget,omitempty"`
	// Rules are tried in order; the first whose condition holds is taken, else Default.
	Rules   []Rule `json:"rules,omitempty"`
	Default Rule   `json:"default"`
	// Overflow is where requests go that no step of their rule has brought to an agent, unless the rule says otherwise.
	Overflow *Target `json:"overflow,omitempty"`
}

// Rule is one way through a plan.
type Rule struct {
	Name string `json:"name,omitempty"`
	// When is a condition over request, contact, agents, queue, hours, local and now. The default rule has none.
	When string `json:"when,omitempty"`
	// Priority replaces the request's; Skills and Preferred are asked for in addition.
	Priority  *int           `json:"priority,omitempty"`
	Skills    map[string]int `json:"skills,omitempty"`
	Preferred map[string]int `json:"preferred,omitempty"`
	Steps     []Step         `json:"steps"`
	Overflow  *Target        `json:"overflow,omitempty"`
}

// Step is one circle of agents who are asked, for a while.
type Step struct {
	// Queue; "" is the one the request came for. Anyone: all agents, whatever their queues.
	Queue  string `json:"queue,omitempty"`
	Anyone bool   `json:"anyone,omitempty"`
	// Agents is a condition over agent (and all that When may speak of).
	Agents string `json:"agents,omitempty"`
	// Known asks one agent alone: "last" is who last served the contact; else the name of an attribute of the conversation that
	// holds an agent's id, email or name. The step is passed over when they are not there.
	Known string `json:"known,omitempty"`
	// SkipIf is a condition like When; a step whose condition holds on entering is passed over.
	SkipIf string `json:"skip_if,omitempty"`
	// Drop and Lower relax the skills that were asked for: not at all, or that many levels lower. "*" stands for every skill.
	Drop  []string       `json:"drop,omitempty"`
	Lower map[string]int `json:"lower,omitempty"`
	// Priority replaces the request's from this step on.
	Priority *int `json:"priority,omitempty"`
	// Timeout in seconds until the next step; 0: for ever. OfferTimeout is how long each agent has; 0: the queue's.
	Timeout      int `json:"timeout_s,omitempty"`
	OfferTimeout int `json:"offer_timeout_s,omitempty"`
	// Order is longest_idle, least_loaded, most_skilled or attributes (then OrderBy); "": the queue's.
	Order   string    `json:"order,omitempty"`
	OrderBy []SortKey `json:"order_by,omitempty"`
	// Width is how many agents are asked at once; 0: as many as the queue says.
	Width int `json:"width,omitempty"`
}

// SortKey is an attribute of agents to sort by; those without it come last.
type SortKey = routing.SortKey

// Target is where an overflow goes: a queue, another plan, or (neither) back to the flow, which is told why.
type Target struct {
	Queue string `json:"queue,omitempty"`
	Plan  string `json:"plan,omitempty"`
}

// The budgets.
const (
	PerStep = "step"
	ByAge   = "age"
)

// KnownLast is the Step.Known that means who last served the contact.
const KnownLast = "last"

// knownFor is how long a known agent is asked when a step does not say.
const knownFor = 30 * time.Second

// Compiled is a plan ready to be carried out. Safe for concurrent use.
type Compiled struct {
	Plan
	rules []rule
}

type rule struct {
	*Rule
	when  *condition.Condition
	steps []compiledStep
}

type compiledStep struct {
	*Step
	agents, skipIf *condition.Condition
}

// Compile prepares a plan. The error is Problems.
func Compile(p Plan) (*Compiled, error) {
	c := &Compiled{Plan: p}
	var wrong Problems
	all := make([]*Rule, 0, len(p.Rules)+1)
	for i := range c.Rules {
		all = append(all, &c.Rules[i])
	}
	all = append(all, &c.Default)
	for i, r := range all {
		at := rulePath(&p, i)
		compiled := rule{Rule: r, when: wrong.compile(at+".when", r.When, condition.OfRequest)}
		for n := range r.Steps {
			s := &r.Steps[n]
			compiled.steps = append(compiled.steps, compiledStep{
				Step:   s,
				agents: wrong.compile(stepPath(at, n)+".agents", s.Agents, condition.OfAgent),
				skipIf: wrong.compile(stepPath(at, n)+".skip_if", s.SkipIf, condition.OfRequest),
			})
		}
		c.rules = append(c.rules, compiled)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return c, nil
}

// ForQueue is the plan of a request that names a queue and no plan: one step, for ever.
func ForQueue(queue string) *Compiled {
	return &Compiled{rules: []rule{{Rule: &Rule{}, steps: []compiledStep{{Step: &Step{Queue: queue}}}}}}
}

// Choose finds the rule for a request: the first whose condition holds, else the default, which is the last.
func (c *Compiled) Choose(f *condition.Facts) int {
	for i, r := range c.rules[:len(c.rules)-1] {
		if r.when.Holds(f) {
			return i
		}
	}
	return len(c.rules) - 1
}

// RuleName names a rule for people.
func (c *Compiled) RuleName(i int) string {
	if i < 0 || i >= len(c.rules) {
		return ""
	}
	if r := c.rules[i]; r.Name != "" || i < len(c.rules)-1 {
		return r.Name
	}
	return "default"
}

// FindRule finds a rule by its name; false: there is none (any more).
func (c *Compiled) FindRule(name string) (int, bool) {
	for i := range c.rules {
		if c.RuleName(i) == name {
			return i, true
		}
	}
	return 0, false
}

// AsksKnown reports whether a step of a rule asks a known agent; then nobody else does it for the plan.
func (c *Compiled) AsksKnown(ruleIndex int) bool {
	return slices.ContainsFunc(c.rules[ruleIndex].steps, func(s compiledStep) bool { return s.Known != "" })
}

// Floor is what entering a step asks about.
type Floor interface {
	// Facts describe a queue now ("": the request's own).
	Facts(queue string) (*condition.Facts, error)
	// Reachable reports whether a step's known agent is there; named says whom the step means.
	Reachable(known string) (bool, error)
	// Full reports whether a queue takes no more; closed whether it is; unstaffed whether nobody is there. Only limits that the
	// queue has set count. reason is "" when it takes the request.
	Refuses(queue string) (reason string, err error)
}

// Skip is a step that was passed over, and why.
type Skip struct {
	Step   int    `json:"step"`
	Reason string `json:"reason"`
}

// Enter finds the first step of a rule, from a step on, that is not to be passed over. Step -1: there is none.
func (c *Compiled) Enter(ruleIndex, from int, floor Floor) (step int, skipped []Skip, err error) {
	r := c.rules[ruleIndex]
	for i := from; i < len(r.steps); i++ {
		reason, err := r.steps[i].passOver(floor)
		if err != nil {
			return 0, nil, err
		}
		if reason == "" {
			return i, skipped, nil
		}
		skipped = append(skipped, Skip{i, reason})
	}
	return -1, skipped, nil
}

func (s compiledStep) passOver(floor Floor) (string, error) {
	if s.Known != "" {
		if there, err := floor.Reachable(s.Known); err != nil || !there {
			return "known_agent", err
		}
	}
	if s.skipIf != nil {
		facts, err := floor.Facts(s.Queue)
		if err != nil {
			return "", err
		}
		if s.skipIf.Holds(facts) {
			return "skip_if", nil
		}
	}
	if s.Anyone {
		return "", nil
	}
	return floor.Refuses(s.Queue)
}

// Demand is what a request asks for in a step.
type Demand struct {
	// Queue; "": the request's own.
	Queue             string
	Anyone            bool
	Skills, Preferred routing.Skills
	Priority          int
	Known             string
	// Timeout of the step and of each offer, and the width of offers; 0: for ever, the queue's, the queue's.
	Timeout, OfferTimeout time.Duration
	Width                 int
	Order                 routing.Order
	// Condition on agents; nil: none.
	Condition *condition.Condition
}

// Demand says what a step asks for, given what the flow asked for.
func (c *Compiled) Demand(ruleIndex, step int, asked Demand) Demand {
	r, s := c.rules[ruleIndex], c.rules[ruleIndex].steps[step]
	d := Demand{
		Queue: s.Queue, Anyone: s.Anyone, Known: s.Known, Priority: asked.Priority, Width: s.Width, Condition: s.agents,
		Timeout: time.Duration(s.Timeout) * time.Second, OfferTimeout: time.Duration(s.OfferTimeout) * time.Second,
		Skills: merge(asked.Skills, r.Skills), Preferred: merge(asked.Preferred, r.Preferred), Order: routing.Order{By: s.Order, Keys: s.OrderBy},
	}
	if d.Known != "" && d.Timeout == 0 {
		d.Timeout = knownFor
	}
	if r.Priority != nil {
		d.Priority = *r.Priority
	}
	for _, earlier := range r.steps[:step+1] {
		if earlier.Priority != nil {
			d.Priority = *earlier.Priority
		}
	}
	s.relax(d.Skills)
	return d
}

// relax takes levels from skills; what falls to nothing is not asked for.
func (s compiledStep) relax(skills routing.Skills) {
	for _, skill := range slices.Collect(maps.Keys(skills)) {
		lower, named := s.Lower[skill]
		if !named {
			lower = s.Lower["*"]
		}
		if skills[skill] -= lower; skills[skill] <= 0 || slices.Contains(s.Drop, skill) || slices.Contains(s.Drop, "*") {
			delete(skills, skill)
		}
	}
}

// merge joins skills; where both ask for one the higher level counts.
func merge(a, b map[string]int) routing.Skills {
	all := make(routing.Skills, len(a)+len(b))
	maps.Copy(all, a)
	for skill, level := range b {
		all[skill] = max(all[skill], level)
	}
	return all
}

// Deadline is when a step that was entered at a moment is over; zero: never.
func (c *Compiled) Deadline(d Demand, entered, begun time.Time) time.Time {
	switch {
	case d.Timeout == 0:
		return time.Time{}
	case c.Budget == ByAge:
		return begun.Add(d.Timeout)
	default:
		return entered.Add(d.Timeout)
	}
}

// OverflowOf is where requests go that a rule could not place; the zero Target is the flow.
func (c *Compiled) OverflowOf(ruleIndex int) Target {
	for _, t := range []*Target{c.rules[ruleIndex].Overflow, c.Overflow} {
		if t != nil {
			return *t
		}
	}
	return Target{}
}

// Steps counts the steps of a rule.
func (c *Compiled) Steps(ruleIndex int) int { return len(c.rules[ruleIndex].steps) }
