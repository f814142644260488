package setup

import (
	"seax/api/spec"
	"seax/internal/condition"
	"seax/internal/plan"
	"seax/internal/routing"
)

// Staff are the people who could ever be asked, without how things stand with them right now; also as the members that queues'
// conditions make them.
func (now Present) Staff() []routing.Agent {
	conditions := map[string]*condition.Condition{}
	for _, q := range now.Queues {
		if when := value(q.MembersWhen, ""); when != "" {
			if compiled, err := condition.Compile(when, condition.OfMember); err == nil {
				conditions[q.Id] = compiled
			}
		}
	}
	var all []routing.Agent
	for _, p := range now.People {
		if !value(p.Active, true) {
			continue
		}
		a := routing.Agent{ID: now.IDs[personID(p)], Name: p.Name, Capacity: value(p.Capacity, 0), Skills: value(p.Skills, nil), Attributes: value(p.Attributes, nil)}
		queues := map[string]int{}
		for queue, c := range conditions {
			if c.Holds(&condition.Facts{Agent: &a}) {
				queues[queue] = 1
			}
		}
		for queue, level := range value(p.Queues, nil) {
			queues[queue] = level
		}
		a.Queues = queues
		all = append(all, a)
	}
	return all
}

// Doubts are what in a plan can never do anything as things are. They are no errors: what cannot be served today can be when
// somebody has learnt it.
func Doubts(p spec.Plan, staff []routing.Agent) []spec.PlanDoubt {
	compiled, err := plan.Compile(PlanOf(p))
	if err != nil {
		return nil
	}
	var all []spec.PlanDoubt
	for _, d := range compiled.Doubts(staff, "") {
		all = append(all, spec.PlanDoubt{At: d.At, Words: d.Words})
	}
	return all
}
