package views

import (
	"time"

	"seax/api/spec"
	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/routing"
)

// Explanation puts an explanation into the API's type.
func Explanation(x dispatch.Explanation) spec.Explanation {
	out := spec.Explanation{Summary: x.Summary, Phase: spec.Phase(x.Conversation.Phase), Request: waitingRequest(x.Request)}
	if x.Place.Position > 0 {
		out.Position = &x.Place.Position
	}
	if x.Place.Estimate > 0 {
		seconds := int(x.Place.Estimate.Seconds())
		out.EstimatedWaitS = &seconds
	}
	// Nothing is an empty list: clients go through it.
	out.Agents = make([]struct {
		Agent    spec.PersonRef `json:"agent"`
		Eligible bool           `json:"eligible"`
		Reasons  []spec.Reason  `json:"reasons"`
	}, len(x.Agents))
	for i, a := range x.Agents {
		view := &out.Agents[i]
		view.Agent, view.Eligible, view.Reasons = personRef(a.Agent), len(a.Obstacles) == 0, Reasons(a.Obstacles)
	}
	out.Way = make([]spec.RoutingStop, len(x.Way))
	for i, s := range x.Way {
		out.Way[i] = stop(s)
	}
	out.Offers = make([]spec.PastOffer, len(x.Offers))
	for i, o := range x.Offers {
		out.Offers[i] = pastOffer(o)
	}
	if o := x.Owner; o != nil {
		out.Owner = &struct {
			Agent spec.PersonRef `json:"agent"`
			At    time.Time      `json:"at"`
			How   string         `json:"how"`
		}{personRef(o.Agent), o.At, o.How}
	}
	return out
}

func personRef(p conversation.Person) spec.PersonRef { return spec.PersonRef{Id: p.ID, Name: p.Name} }

func waitingRequest(r *dispatch.RequestView) *spec.WaitingRequest {
	if r == nil {
		return nil
	}
	out := &spec.WaitingRequest{
		Queue: r.Queue, Priority: r.Priority, Skills: r.Skills, WaitingSince: r.WaitingSince,
		Anyone: r.Anyone, Condition: optional(r.Condition), Paused: r.Paused,
	}
	if r.Known != nil {
		known := personRef(*r.Known)
		out.Known, out.KnownUntil = &known, &r.KnownUntil
	}
	if p := r.Plan; p != nil {
		out.Plan = &struct {
			Id    string     `json:"id"`
			Rule  string     `json:"rule"`
			Since time.Time  `json:"since"`
			Step  int        `json:"step"`
			Steps int        `json:"steps"`
			Until *time.Time `json:"until,omitempty"`
		}{p.ID, p.Rule, p.Since, p.Step, p.Steps, p.Until}
	}
	return out
}

func stop(s dispatch.Stop) spec.RoutingStop {
	out := spec.RoutingStop{At: s.At, Reason: s.Reason, Queue: s.Queue, Plan: optional(s.Plan), Rule: optional(s.Rule), Step: s.Step, Until: s.Until}
	out.Skipped = make([]struct {
		Reason string `json:"reason"`
		Step   int    `json:"step"`
	}, len(s.Skipped))
	for i, skip := range s.Skipped {
		out.Skipped[i].Step, out.Skipped[i].Reason = skip.Step, skip.Reason
	}
	return out
}

func pastOffer(o dispatch.PastOffer) spec.PastOffer {
	out := spec.PastOffer{
		Agent: personRef(o.Agent), Queue: o.Queue, At: o.At, Deadline: o.Deadline, State: o.State, Reason: optional(o.Reason), TakenBy: optional(o.TakenBy),
		EndedAt: o.EndedAt, Plan: optional(o.Plan), Rule: optional(o.Rule), Step: o.Step, Reasons: said(o.Why), Others: make([]spec.Candidate, len(o.Others)),
	}
	for i, other := range o.Others {
		out.Others[i] = spec.Candidate{Agent: personRef(other.Agent), Could: other.Could, Reasons: said(other.Why)}
	}
	return out
}

// Reasons puts the planner's reasons into the API's type.
func Reasons(all []routing.Reason) []spec.Reason {
	out := make([]spec.Reason, len(all))
	for i, r := range all {
		out[i] = Reason(r.Code, r.Text, r.Params)
	}
	return out
}

// said puts reasons of the log into the API's type.
func said(all []conversation.Why) []spec.Reason {
	out := make([]spec.Reason, len(all))
	for i, w := range all {
		out[i] = Reason(w.Code, w.Text, w.Params)
	}
	return out
}
