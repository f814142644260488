package dispatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"seax/internal/conversation"
	"seax/internal/plan"
)

// StepDue goes on to the next step of a waiting conversation's plan when the time of the present one is up. What is offered
// stays offered until it is answered; when there is no further step, so does the request until then. Called by the conversation's
// workflow; an early call (by more than early), or one for what no longer waits, changes nothing.
func (d *Desk) StepDue(ctx context.Context, id uuid.UUID) error {
	_, err := d.change(ctx, "take the next step of", id, func(ctx context.Context, w *work, c *conversation.Conversation) error {
		requests, err := w.open(ctx, c)
		if err != nil {
			return err
		}
		for i := range requests {
			r := &requests[i]
			if r.PlanID == nil || r.StepUntil == nil || r.StepUntil.After(w.Now.Add(early)) || r.State != "waiting" && r.State != "offered" {
				continue
			}
			on, err := w.wayOf(ctx, r)
			if errors.Is(err, errPlanGone) {
				continue
			}
			if err != nil {
				return err
			}
			if err := w.goOn(ctx, c, r, on, r.Step+1, "timeout"); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// wayOf is where a request is in its plan as it stands now.
func (w *work) wayOf(ctx context.Context, r *request) (way, error) {
	home := r.Asked.Home
	if home == "" {
		home = r.Asked.Queue
	}
	p, err := w.planOf(ctx, *r.PlanID)
	if err != nil {
		return way{}, err
	}
	on := way{Compiled: p.Compiled, version: p.version, home: home}
	rule, found := on.FindRule(r.Rule)
	if !found {
		return way{}, errPlanGone
	}
	on.rule = rule
	return on, nil
}

// goOn moves a waiting request to a step of its plan, or out of it.
func (w *work) goOn(ctx context.Context, c *conversation.Conversation, r *request, on way, step int, reason string) error {
	overflow, to, err := w.advance(ctx, c, r, on, step)
	if err != nil {
		return err
	}
	if overflow != "" {
		if postponed, err := w.postpone(ctx, c, r); err != nil || postponed {
			return err
		}
	}
	if overflow != "" && to != (plan.Target{}) {
		home := to.Queue
		if home == "" {
			home = on.home
		}
		overflow, err = w.place(ctx, c, r, to.Plan, home)
	}
	if err != nil {
		return err
	}
	if overflow != "" {
		return w.overflow(ctx, c, r, overflow)
	}
	return w.stepped(ctx, c, r, reason)
}

// stepped writes where a request has moved to.
func (w *work) stepped(ctx context.Context, c *conversation.Conversation, r *request, reason string) error {
	if err := w.moved(ctx, *r); err != nil {
		return err
	}
	if r.State == "waiting" {
		w.requests = append(w.requests, r.ID)
	}
	if r.TransferOf == nil {
		c.QueueID, c.Priority = &r.QueueID, r.Priority
	}
	turn, err := w.turn(ctx, r)
	if err != nil {
		return err
	}
	_, err = w.Append(c, conversation.Draft{Kind: conversation.RoutingStep, Actor: conversation.System, Body: conversation.StepBody{
		RequestID: r.ID, Queue: r.QueueID, Skills: r.Skills, Priority: r.Priority, Reason: reason, KnownUntil: r.KnownUntil, Turn: turn,
	}})
	return err
}

// postpone keeps a request in its last step for as long as somebody is being asked, and reports whether somebody is.
func (w *work) postpone(ctx context.Context, c *conversation.Conversation, r *request) (bool, error) {
	pending, err := w.reservations(ctx, `where r.request_id = $1 and r.state in ('pending', 'accepting')`, r.ID)
	if err != nil || len(pending) == 0 {
		return false, err
	}
	until := w.Now.Add(time.Second)
	for _, p := range pending {
		if p.Deadline.After(until) {
			until = p.Deadline.Add(time.Second)
		}
	}
	r.StepUntil = &until
	return true, w.stepped(ctx, c, r, "postponed")
}

// overflow gives a waiting conversation back to its flow.
func (w *work) overflow(ctx context.Context, c *conversation.Conversation, r *request, reason string) error {
	if err := w.cancelRequests(ctx, c, "canceled", reason); err != nil {
		return err
	}
	c.Phase, c.AgentID = conversation.InFlow, nil
	c.Epoch++
	_, err := w.Append(c, conversation.Draft{Kind: conversation.RoutingOverflowed, Actor: conversation.System, Body: conversation.OverflowBody{
		RequestID: r.ID, Queue: r.QueueID, Reason: reason, Since: r.VirtualStart, Epoch: c.Epoch,
	}})
	return err
}

// beginStepAgain starts the time of a request's step anew, after somebody had the conversation.
func (w *work) beginStepAgain(ctx context.Context, r *request) error {
	if r.PlanID == nil {
		return nil
	}
	on, err := w.wayOf(ctx, r)
	if errors.Is(err, errPlanGone) || err == nil && r.Step >= on.Steps(on.rule) {
		// The next refresh finds it another way.
		return nil
	}
	if err != nil {
		return err
	}
	d := on.Demand(on.rule, r.Step, r.Asked.demand())
	r.StepSince = w.Now
	if r.StepUntil = orNull(on.Deadline(d, w.Now, r.VirtualStart)); r.StepUntil != nil && r.StepUntil.Before(w.Now) {
		r.StepUntil = &w.Now
	}
	_, err = w.Exec(ctx, `update requests set step_since = $2, step_until = $3 where id = $1`, r.ID, r.StepSince, r.StepUntil)
	return err
}

// refreshPage is how many requests one transaction takes through a changed plan.
const refreshPage = 100

// Refresh brings what waits in line with plans and queues as they are set up now, and says how much it had to change: places in
// line after a queue's head start has changed, members by condition, the clocks of service levels, and the steps of plans that have
// changed. Then whoever is free is offered what waits.
func (d *Desk) Refresh(ctx context.Context) (changed int, err error) {
	for {
		var page int
		err := d.do(ctx, "bring requests in line with the settings", func(ctx context.Context, w *work) error {
			page = 0
			stale, err := w.requestsWhere(ctx, `r where state in ('waiting', 'offered') and plan_id is not null and transfer_of is null
				and plan_version is distinct from (select version from plans p where p.id = r.plan_id) order by rank limit $1`, refreshPage)
			if err != nil {
				return fmt.Errorf("find requests of changed plans: %w", err)
			}
			page = len(stale)
			for i := range stale {
				if err := w.replan(ctx, &stale[i]); err != nil {
					return err
				}
			}
			return nil
		})
		changed += page
		if err != nil {
			return changed, err
		}
		if page < refreshPage {
			break
		}
	}
	members, err := d.refreshMembers(ctx)
	clocks, clocksErr := d.refreshClocks(ctx)
	return changed + members + clocks, errors.Join(err, clocksErr, d.rerank(ctx))
}

// replan takes a waiting request through its plan as it is now: by the rule that fits now, at the step it was at if that rule is
// still the same one.
func (w *work) replan(ctx context.Context, r *request) error {
	c, err := w.Lock(ctx, r.ConversationID)
	if err != nil {
		return err
	}
	home := r.Asked.Home
	if home == "" {
		home = r.Asked.Queue
	}
	on, err := w.chooseWay(ctx, c, r, *r.PlanID, home)
	if errors.Is(err, errPlanGone) {
		on, err = w.chooseWay(ctx, c, r, "", home)
	}
	if err != nil {
		return err
	}
	entered := r.StepSince
	if on.RuleName(on.rule) != r.Rule || r.Step >= on.Steps(on.rule) {
		return w.goOn(ctx, c, r, on, 0, "plan_changed")
	}
	f := &floor{ctx: ctx, w: w, c: c, r: r, home: on.home}
	if d := on.Demand(on.rule, r.Step, r.Asked.demand()); d.Known != "" {
		if there, err := f.Reachable(d.Known); err != nil || !there {
			return errors.Join(err, w.goOn(ctx, c, r, on, r.Step+1, "plan_changed"))
		}
	}
	if err := w.enter(ctx, r, on, r.Step, f); err != nil {
		return err
	}
	// It has been in this step for a while already.
	d := on.Demand(on.rule, r.Step, r.Asked.demand())
	r.StepSince, r.StepUntil = entered, orNull(on.Deadline(d, entered, r.VirtualStart))
	return w.stepped(ctx, c, r, "plan_changed")
}

// rerank gives what waits the places that the queues' settings say.
func (d *Desk) rerank(ctx context.Context) error {
	var wrong bool
	if err := d.pool().QueryRow(ctx, `select exists (`+misplaced+`)`).Scan(&wrong); err != nil || !wrong {
		return err
	}
	return d.do(ctx, "rank what waits", func(ctx context.Context, w *work) error {
		_, err := w.Exec(ctx, `update requests r set rank = right_one.rank from (`+misplaced+`) right_one where right_one.id = r.id`)
		return err
	})
}
