package api

import (
	"context"

	"seax/api/spec"
	"seax/internal/condition"
	"seax/internal/conversation"
	"seax/internal/directory"
	"seax/internal/dispatch"
	"seax/internal/plan"
	"seax/internal/routing"
	"seax/internal/setup"
)

// plans answers how requests for a person are routed, and lets supervisors change and try it.
type plans struct {
	directory *directory.Directory
	desk      *dispatch.Desk
}

func (h plans) ListPlans(ctx context.Context, _ spec.ListPlansRequestObject) (spec.ListPlansResponseObject, error) {
	all, err := h.directory.Plans(ctx)
	return spec.ListPlans200JSONResponse{Items: notNil(all)}, err
}

func (h plans) CreatePlan(ctx context.Context, r spec.CreatePlanRequestObject) (spec.CreatePlanResponseObject, error) {
	created, err := h.directory.CreatePlan(ctx, *r.Body)
	return spec.CreatePlan201JSONResponse(created), err
}

func (h plans) UpdatePlan(ctx context.Context, r spec.UpdatePlanRequestObject) (spec.UpdatePlanResponseObject, error) {
	changed, err := h.directory.UpdatePlan(ctx, r.Slug, *r.Body)
	return spec.UpdatePlan200JSONResponse(changed), err
}

func (h plans) DeletePlan(ctx context.Context, r spec.DeletePlanRequestObject) (spec.DeletePlanResponseObject, error) {
	return spec.DeletePlan204Response{}, h.directory.DeletePlan(ctx, r.Slug, r.Params.Version)
}

// CheckPlan says everything that is wrong with a plan, as it is being written.
func (h plans) CheckPlan(ctx context.Context, r spec.CheckPlanRequestObject) (spec.CheckPlanResponseObject, error) {
	wrong, doubts, err := h.directory.ReviewPlan(ctx, r.Body.Plan)
	return spec.CheckPlan200JSONResponse{Problems: findings(wrong), Doubts: findings(doubts)}, err
}

// scopes are what conditions may speak of, by where they stand.
var scopes = map[spec.ConditionScope]condition.Scope{
	spec.ConditionScopeRequest: condition.OfRequest, spec.ConditionScopeAgent: condition.OfAgent, spec.ConditionScopeMember: condition.OfMember,
}

// CheckCondition says what is wrong with a condition, as it is being written.
func (h plans) CheckCondition(_ context.Context, r spec.CheckConditionRequestObject) (spec.CheckConditionResponseObject, error) {
	wrong := plan.CheckCondition("", r.Body.Condition, scopes[r.Body.Scope])
	return spec.CheckCondition200JSONResponse{Problems: findings(wrong)}, nil
}

func findings(all plan.Problems) []spec.PlanFinding {
	out := make([]spec.PlanFinding, len(all))
	for i, p := range all {
		out[i] = spec.PlanFinding{At: p.At, Words: p.Words, Code: p.Code, Args: notNil(p.Args)}
		if p.Line > 0 {
			out[i].Line, out[i].Column = &all[i].Line, &all[i].Column
		}
	}
	return out
}

// TryPlan shows what a plan would do; it need not be saved, but must be one that could be.
func (h plans) TryPlan(ctx context.Context, r spec.TryPlanRequestObject) (spec.TryPlanResponseObject, error) {
	in := *r.Body
	if err := h.directory.CheckPlan(ctx, in.Plan); err != nil {
		return nil, err
	}
	compiled, err := plan.Compile(setup.PlanOf(in.Plan))
	if err != nil {
		return nil, err
	}
	tried, err := h.desk.Try(ctx, compiled, dispatch.Trial{
		Queue: value(in.Queue), Channel: value(in.Channel), Language: value(in.Language), Priority: value(in.Priority), Skills: value(in.Skills),
		Attributes: value(in.Attributes), ContactAttributes: value(in.ContactAttributes), At: value(in.At),
	})
	return spec.TryPlan200JSONResponse(triedOut(tried)), err
}

func triedOut(t dispatch.Tried) spec.PlanOutcome {
	out := spec.PlanOutcome{Rule: t.Rule, Overflow: t.Overflow, Steps: make([]spec.TriedStep, len(t.Steps))}
	for i, s := range t.Steps {
		step := spec.TriedStep{Step: i, Queue: s.Queue, Skipped: optional(s.Skipped), Skills: s.Demand.Skills, Priority: s.Demand.Priority}
		if seconds := int(s.Demand.Timeout.Seconds()); seconds > 0 {
			step.TimeoutS = &seconds
		}
		for _, p := range s.Eligible {
			step.Eligible = append(step.Eligible, spec.PersonRef{Id: p.ID, Name: p.Name})
		}
		for _, other := range s.Others {
			step.Others = append(step.Others, spec.Candidate{Agent: spec.PersonRef{Id: other.Agent, Name: other.Name}, Could: other.Could, Reasons: reasonsOf(other.Why)})
		}
		step.Eligible, step.Reasons, step.Others = notNil(step.Eligible), reasonsOf(s.Why), notNil(step.Others)
		out.Steps[i] = step
	}
	return out
}

func reasonsOf(all []routing.Reason) []spec.Reason {
	out := make([]spec.Reason, len(all))
	for i, why := range all {
		out[i] = spec.Reason{Code: why.Code, Text: why.Text, Params: optionalMap(why.Params)}
	}
	return out
}

func optionalMap(m map[string]string) *map[string]string {
	if len(m) == 0 {
		return nil
	}
	return &m
}

// ControlQueue pauses or drains a queue.
func (h plans) ControlQueue(ctx context.Context, r spec.ControlQueueRequestObject) (spec.ControlQueueResponseObject, error) {
	me := caller(ctx)
	err := h.desk.ControlQueue(ctx, r.Slug, conversation.Person{ID: me.ID, Name: me.Name}, dispatch.Control{
		Paused: r.Body.Paused, Draining: r.Body.Draining, Reason: r.Body.Reason,
	})
	if err != nil {
		return nil, err
	}
	q, err := h.directory.Queue(ctx, r.Slug)
	return spec.ControlQueue200JSONResponse(q), err
}
