package dispatch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/internal/conversation"
)

// Caller is a person who acts on a conversation.
type Caller struct {
	conversation.Person
	// Supervisor: may act on what others own.
	Supervisor bool
}

// change runs fn on a conversation and returns how it stands afterwards.
func (d *Desk) change(ctx context.Context, op string, id uuid.UUID, fn func(ctx context.Context, w *work, c *conversation.Conversation) error) (conversation.Conversation, error) {
	var row *conversation.Conversation
	err := d.do(ctx, fmt.Sprintf("%s conversation %s", op, id), func(ctx context.Context, w *work) (err error) {
		if row, err = w.Lock(ctx, id); err != nil {
			return err
		}
		return fn(ctx, w, row)
	})
	if err != nil {
		return conversation.Conversation{}, err
	}
	return *row, nil
}

// held returns the reservation of a conversation the caller owns (or, as a supervisor, that anybody does), in one of the phases.
func (w *work) held(ctx context.Context, c *conversation.Conversation, caller Caller, phases ...conversation.Phase) (*reservation, error) {
	if !slices.Contains(phases, c.Phase) {
		return nil, fmt.Errorf("%w: the conversation is %s", ErrPhase, c.Phase)
	}
	if !c.OwnedBy(caller.ID) && !caller.Supervisor {
		return nil, ErrNotOwner
	}
	owner, err := w.owning(ctx, c)
	if err != nil {
		return nil, err
	}
	if owner == nil {
		return nil, fmt.Errorf("%w: nobody owns the conversation", ErrPhase)
	}
	return owner, nil
}

// WrapUp ends the talk and starts wrap-up. Starting it again is no error.
func (d *Desk) WrapUp(ctx context.Context, id uuid.UUID, caller Caller) (conversation.Conversation, error) {
	return d.change(ctx, "wrap up", id, func(ctx context.Context, w *work, c *conversation.Conversation) error {
		owner, err := w.held(ctx, c, caller, conversation.WithAgent, conversation.InWrapUp)
		if err != nil || c.Phase == conversation.InWrapUp {
			return err
		}
		if err := w.dropTransfer(ctx, c, by(caller.Person)); err != nil {
			return err
		}
		return w.wrapUp(ctx, c, *owner, by(caller.Person))
	})
}

func (w *work) wrapUp(ctx context.Context, c *conversation.Conversation, owner reservation, actor conversation.Actor) error {
	if err := w.dropHelpers(ctx, c); err != nil {
		return err
	}
	var deadline time.Time
	err := w.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&deadline) },
		`update reservations set state = 'wrapping', deadline = $2::timestamptz + make_interval(secs => coalesce((select wrapup_s from queues where id = queue_id), 120))
		 where id = $1 returning deadline`, owner.ID, w.Now)
	if err != nil {
		return fmt.Errorf("wrap up reservation %s: %w", owner.ID, err)
	}
	w.TouchAgent(owner.AgentID)
	c.Phase, c.WaitingSince, c.ReplyBy = conversation.InWrapUp, nil, nil
	_, err = w.Append(c, conversation.Draft{Kind: conversation.Wrapping, Actor: actor, Body: conversation.WrappingBody{Deadline: deadline}})
	return err
}

// maxWrapUp bounds how long a wrap-up can be made, from now on.
const maxWrapUp = time.Hour

// ExtendWrapUp gives the owner the queue's wrap-up time once more, at most an hour from now.
func (d *Desk) ExtendWrapUp(ctx context.Context, id uuid.UUID, caller Caller) (conversation.Conversation, error) {
	return d.change(ctx, "extend the wrap-up of", id, func(ctx context.Context, w *work, c *conversation.Conversation) error {
		owner, err := w.held(ctx, c, caller, conversation.InWrapUp)
		if err != nil {
			return err
		}
		var deadline time.Time
		err = w.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&deadline) },
			`update reservations set deadline = least(greatest(deadline, $2::timestamptz) + make_interval(secs => coalesce((select wrapup_s from queues where id = queue_id), 120)), $3::timestamptz)
			 where id = $1 returning deadline`, owner.ID, w.Now, w.Now.Add(maxWrapUp))
		if err != nil {
			return fmt.Errorf("extend the wrap-up of reservation %s: %w", owner.ID, err)
		}
		_, err = w.Append(c, conversation.Draft{Kind: conversation.Wrapping, Actor: by(caller.Person), Body: conversation.WrappingBody{Deadline: deadline, Extended: true}})
		return err
	})
}

// WrapUpResult is what an agent writes at the end.
type WrapUpResult struct {
	Outcome, Note string
}

// Complete ends the person's part: capacity is free again and the flow goes on. From phase assigned it skips wrap-up.
func (d *Desk) Complete(ctx context.Context, id uuid.UUID, caller Caller, result WrapUpResult) (conversation.Conversation, error) {
	return d.change(ctx, "complete", id, func(ctx context.Context, w *work, c *conversation.Conversation) error {
		owner, err := w.held(ctx, c, caller, conversation.WithAgent, conversation.InWrapUp)
		if err != nil {
			return err
		}
		if err := w.dropTransfer(ctx, c, by(caller.Person)); err != nil {
			return err
		}
		return w.complete(ctx, c, *owner, by(caller.Person), conversation.WrappedBody{Outcome: result.Outcome, Note: result.Note})
	})
}

// CompleteDue ends a wrap-up whose deadline has passed. Called by the conversation's workflow; one that was extended beyond that
// deadline meanwhile goes on.
func (d *Desk) CompleteDue(ctx context.Context, id uuid.UUID, deadline time.Time) error {
	_, err := d.change(ctx, "complete", id, func(ctx context.Context, w *work, c *conversation.Conversation) error {
		owner, err := w.owning(ctx, c)
		if err != nil || owner == nil || c.Phase != conversation.InWrapUp || owner.Deadline.After(deadline) {
			return err
		}
		return w.complete(ctx, c, *owner, conversation.System, conversation.WrappedBody{Auto: true})
	})
	return err
}

func (w *work) complete(ctx context.Context, c *conversation.Conversation, owner reservation, actor conversation.Actor, body conversation.WrappedBody) error {
	if err := w.dropHelpers(ctx, c); err != nil {
		return err
	}
	if err := w.end(ctx, owner, "completed", body.Outcome); err != nil {
		return err
	}
	if err := w.setRequest(ctx, owner.RequestID, "done"); err != nil {
		return err
	}
	c.Phase, c.AgentID, c.Outcome, c.WaitingSince, c.ReplyBy, c.Unread = conversation.InFlow, nil, body.Outcome, nil, nil, 0
	c.Epoch++
	body.Epoch = c.Epoch
	_, err := w.Append(c, conversation.Draft{Kind: conversation.Wrapped, Actor: actor, Body: body})
	return err
}

// Transfer says where a conversation should go. Exactly one of Queue, Agent and Flow is set.
type Transfer struct {
	Queue string
	Agent uuid.UUID
	// Flow goes on with it at once, from its beginning; the caller has made sure that there is such a flow.
	Flow string
	Note string
	// LetGo: the sender's capacity is free at once and the conversation waits without an owner.
	LetGo bool
	// Warm: who accepts joins the sender as a helper. Not with LetGo or Flow.
	Warm bool
}

// Transfer hands a conversation over, with its rank. Unless LetGo, the sender stays owner until somebody accepts; a hand-over
// already under way is replaced. A helper who is named becomes the owner at once.
func (d *Desk) Transfer(ctx context.Context, id uuid.UUID, caller Caller, to Transfer) (conversation.Conversation, error) {
	return d.change(ctx, "transfer", id, func(ctx context.Context, w *work, c *conversation.Conversation) error {
		owner, err := w.held(ctx, c, caller, conversation.WithAgent)
		if err != nil {
			return err
		}
		if err := w.dropTransfer(ctx, c, by(caller.Person)); err != nil {
			return err
		}
		switch {
		case to.Flow != "":
			return w.toFlow(ctx, c, *owner, caller, to)
		case !to.Warm && c.Helps(to.Agent):
			return w.leaveTo(ctx, c, *owner, to.Agent, by(caller.Person), "completed", "transferred")
		case to.Warm && len(c.Helpers) >= maxHelpers:
			return fmt.Errorf("%w: there are %d helpers already", ErrPhase, maxHelpers)
		default:
			return w.transfer(ctx, c, *owner, caller, to)
		}
	})
}

// toFlow gives the conversation back to the bot: another flow, or the same from its beginning.
func (w *work) toFlow(ctx context.Context, c *conversation.Conversation, owner reservation, caller Caller, to Transfer) error {
	if err := w.dropHelpers(ctx, c); err != nil {
		return err
	}
	if err := w.end(ctx, owner, "completed", "transferred"); err != nil {
		return err
	}
	if err := w.setRequest(ctx, owner.RequestID, "done"); err != nil {
		return err
	}
	c.Phase, c.AgentID, c.WaitingSince, c.ReplyBy, c.Unread = conversation.InFlow, nil, nil, nil, 0
	c.Epoch++
	_, err := w.Append(c, conversation.Draft{Kind: conversation.Transferred, Actor: by(caller.Person), Body: conversation.TransferBody{
		ToFlow: to.Flow, Note: to.Note, State: "completed", Epoch: c.Epoch,
	}})
	return err
}

func (w *work) transfer(ctx context.Context, c *conversation.Conversation, owner reservation, caller Caller, to Transfer) error {
	from, err := w.request(ctx, owner.RequestID)
	if err != nil {
		return err
	}
	queue := to.Queue
	if queue == "" {
		queue = from.QueueID
	}
	r, err := w.newRequest(ctx, c, conversation.NewID(), queue, from.Priority, from.VirtualStart)
	if err != nil {
		return err
	}
	// What was needed in one queue may be unknown in another: there it only decides among those who can.
	if r.Preferred = from.Skills; queue == from.QueueID {
		r.Skills, r.Preferred = from.Skills, from.Preferred
	}
	body := conversation.TransferBody{ToQueue: to.Queue, Note: to.Note, LetGo: to.LetGo, Warm: to.Warm, State: "started"}
	if to.Agent != uuid.Nil {
		target, err := w.person(ctx, to.Agent)
		if err != nil {
			return err
		}
		if target.ID == owner.AgentID {
			return fmt.Errorf("%w: %s has the conversation already", ErrPhase, target.Name)
		}
		if c.Helps(target.ID) {
			return fmt.Errorf("%w: %s is in the conversation already", ErrPhase, target.Name)
		}
		until := w.Now.Add(w.desk.timings.Named)
		r.KnownAgent, r.KnownUntil, body.ToAgent, body.KnownUntil = &target.ID, &until, &target, &until
	}
	if !to.LetGo {
		r.TransferOf = &owner.ID
	}
	if err := w.insertRequest(ctx, r); err != nil {
		return err
	}
	if err := w.exclude(ctx, reservation{RequestID: r.ID, AgentID: owner.AgentID}, "handed over"); err != nil {
		return err
	}
	for _, h := range c.Helpers {
		if err := w.exclude(ctx, reservation{RequestID: r.ID, AgentID: h.ID}, "helps"); err != nil {
			return err
		}
	}
	w.requests = append(w.requests, r.ID)
	if _, err := w.Append(c, conversation.Draft{Kind: conversation.Transferred, Actor: by(caller.Person), Body: body}); err != nil {
		return err
	}
	c.ReplyBy = nil
	if !to.LetGo {
		c.Transfer = &conversation.Transfer{RequestID: r.ID, ToQueue: to.Queue, ToAgent: body.ToAgent, Note: to.Note, By: caller.Person, Since: w.Now, Warm: to.Warm}
		return nil
	}
	if err := w.dropHelpers(ctx, c); err != nil {
		return err
	}
	if err := w.end(ctx, owner, "completed", "transferred"); err != nil {
		return err
	}
	if err := w.setRequest(ctx, owner.RequestID, "done"); err != nil {
		return err
	}
	return w.requeued(ctx, c, r, conversation.QueuedBody{Reason: "let_go"}, by(caller.Person))
}

// requeued makes a conversation one that waits, after its owner is gone: its step begins anew. The caller says why; what waits
// and where is filled in.
func (w *work) requeued(ctx context.Context, c *conversation.Conversation, r request, body conversation.QueuedBody, actor conversation.Actor) error {
	if err := w.beginStepAgain(ctx, &r); err != nil {
		return err
	}
	if err := w.dueAgain(ctx, c, &r); err != nil {
		return err
	}
	turn, err := w.turn(ctx, &r)
	if err != nil {
		return err
	}
	c.Phase, c.AgentID, c.QueueID, c.Transfer, c.ParkedUntil, c.ReplyBy = conversation.InQueue, nil, &r.QueueID, nil, nil, nil
	c.Epoch++
	if c.WaitingSince == nil {
		c.WaitingSince = &w.Now
	}
	body.RequestID, body.Queue, body.Epoch, body.KnownUntil, body.Turn = r.ID, r.QueueID, c.Epoch, r.KnownUntil, turn
	_, err = w.Append(c, conversation.Draft{Kind: conversation.Queued, Actor: actor, Body: body})
	return err
}

func (w *work) person(ctx context.Context, id uuid.UUID) (conversation.Person, error) {
	p := conversation.Person{ID: id}
	err := w.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&p.Name) },
		`select p.name from people p join agents a on a.id = p.id where p.id = $1 and p.active`, id)
	if err != nil {
		return p, fmt.Errorf("%w: there is no such agent", ErrUnknown)
	}
	return p, nil
}

// CancelTransfer keeps the conversation with its owner after all.
func (d *Desk) CancelTransfer(ctx context.Context, id uuid.UUID, caller Caller) (conversation.Conversation, error) {
	return d.change(ctx, "cancel transfer of", id, func(ctx context.Context, w *work, c *conversation.Conversation) error {
		if _, err := w.held(ctx, c, caller, conversation.WithAgent); err != nil {
			return err
		}
		return w.dropTransfer(ctx, c, by(caller.Person))
	})
}

func (w *work) dropTransfer(ctx context.Context, c *conversation.Conversation, actor conversation.Actor) error {
	if c.Transfer == nil {
		return nil
	}
	return w.cancelTransfer(ctx, c, actor, "canceled")
}

func (w *work) cancelTransfer(ctx context.Context, c *conversation.Conversation, actor conversation.Actor, reason string) error {
	t := *c.Transfer
	c.Transfer = nil
	pending, err := w.reservations(ctx, `where r.request_id = $1 and r.state in ('pending', 'accepting')`, t.RequestID)
	if err != nil {
		return err
	}
	for _, r := range pending {
		if err := w.withdraw(ctx, c, r, "rescinded", "transfer canceled"); err != nil {
			return err
		}
	}
	if err := w.setRequest(ctx, t.RequestID, "canceled"); err != nil {
		return err
	}
	_, err = w.Append(c, conversation.Draft{Kind: conversation.Transferred, Actor: actor, Body: conversation.TransferBody{
		ToQueue: t.ToQueue, ToAgent: t.ToAgent, Warm: t.Warm, State: "canceled", Note: reason,
	}})
	return err
}

// Park frees the owner's capacity until a time, or until the customer writes when until is nil.
func (d *Desk) Park(ctx context.Context, id uuid.UUID, caller Caller, until *time.Time, note string) (conversation.Conversation, error) {
	return d.change(ctx, "park", id, func(ctx context.Context, w *work, c *conversation.Conversation) error {
		owner, err := w.held(ctx, c, caller, conversation.WithAgent)
		if err != nil {
			return err
		}
		if until != nil && !until.After(w.Now) {
			return fmt.Errorf("%w: the time to park until has passed", ErrPhase)
		}
		if err := w.dropTransfer(ctx, c, by(caller.Person)); err != nil {
			return err
		}
		if err := w.dropHelpers(ctx, c); err != nil {
			return err
		}
		if err := w.end(ctx, *owner, "completed", "parked"); err != nil {
			return err
		}
		if err := w.setRequest(ctx, owner.RequestID, "parked"); err != nil {
			return err
		}
		parker := owner.AgentID
		c.Phase, c.AgentID, c.ParkedUntil, c.WaitingSince, c.ReplyBy = conversation.OnHold, &parker, until, nil, nil
		c.Epoch++
		_, err = w.Append(c, conversation.Draft{Kind: conversation.Parked, Actor: by(caller.Person), Body: conversation.ParkedBody{Until: until, Note: note, Epoch: c.Epoch}})
		return err
	})
}

// Resume takes a parked conversation up again, with its rank; who parked it is asked first. reason: customer, time, agent.
// It changes nothing when the conversation is not parked (any more).
func (d *Desk) Resume(ctx context.Context, id uuid.UUID, actor conversation.Actor, reason string) (conversation.Conversation, error) {
	return d.change(ctx, "resume", id, func(ctx context.Context, w *work, c *conversation.Conversation) error {
		if c.Phase != conversation.OnHold {
			return nil
		}
		return w.resume(ctx, c, actor, reason, *c.AgentID, w.desk.timings.Known, "")
	})
}

func (w *work) resume(ctx context.Context, c *conversation.Conversation, actor conversation.Actor, reason string, first uuid.UUID, alone time.Duration, note string) error {
	requests, err := w.open(ctx, c)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(requests, func(r request) bool { return r.State == "parked" })
	if i < 0 {
		return fmt.Errorf("resume conversation %s: it has no parked request", c.ID)
	}
	r := requests[i]
	until := w.Now.Add(alone)
	r.KnownAgent, r.KnownUntil = &first, &until
	if _, err := w.Exec(ctx, `update requests set known_agent = $2, known_until = $3 where id = $1`, r.ID, first, until); err != nil {
		return err
	}
	if err := w.setRequest(ctx, r.ID, "waiting"); err != nil {
		return err
	}
	if _, err := w.Append(c, conversation.Draft{Kind: conversation.Resumed, Actor: actor, Body: conversation.Reasoned{Reason: reason}}); err != nil {
		return err
	}
	return w.requeued(ctx, c, r, conversation.QueuedBody{Reason: "resumed", Note: note}, actor)
}
