package dispatch

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/internal/conversation"
)

// TakeOver makes a supervisor the owner, whoever has the conversation now: the bot, a queue, an agent. Helpers stay. reason is for
// people who read the log.
func (d *Desk) TakeOver(ctx context.Context, id uuid.UUID, supervisor conversation.Person, reason string) (conversation.Conversation, error) {
	return d.change(ctx, "take over", id, func(ctx context.Context, w *work, c *conversation.Conversation) error {
		if c.Phase == conversation.Done {
			return fmt.Errorf("%w: the conversation is closed", ErrPhase)
		}
		if c.OwnedBy(supervisor.ID) && c.Phase == conversation.WithAgent {
			return nil
		}
		was, err := w.ownerOf(ctx, c)
		if err != nil {
			return err
		}
		// Helpers stay; who takes over is none any more.
		if err := w.dropHelper(ctx, c, supervisor.ID, "taken_over"); err != nil {
			return err
		}
		r, err := w.clear(ctx, c, "taken_over")
		if err != nil {
			return err
		}
		w.audit(supervisor, "conversation.take_over", id.String(), was, reason)
		r.ID, r.State, r.TransferOf, r.KnownAgent, r.KnownUntil = conversation.NewID(), "accepted", nil, nil, nil
		return w.own(ctx, c, r, supervisor, conversation.AssignedBody{How: "taken_over", Reason: reason})
	})
}

// ownerOf names who has a conversation, for the audit; nobody: nothing.
func (w *work) ownerOf(ctx context.Context, c *conversation.Conversation) (map[string]any, error) {
	owner, err := w.owning(ctx, c)
	if err != nil || owner == nil {
		return map[string]any{}, err
	}
	return map[string]any{"owner": owner.AgentID, "name": owner.AgentName}, nil
}

// own makes somebody the owner to whom nothing was offered, by a request that is accepted from its beginning. It takes of their capacity.
func (w *work) own(ctx context.Context, c *conversation.Conversation, r request, agent conversation.Person, body conversation.AssignedBody) error {
	if err := w.insertRequest(ctx, r); err != nil {
		return err
	}
	if err := w.take(ctx, agent.ID, r.Cost); err != nil {
		return err
	}
	won := reservation{ID: conversation.NewID(), RequestID: r.ID, ConversationID: c.ID, AgentID: agent.ID, QueueID: r.QueueID, Cost: r.Cost, AgentName: agent.Name}
	if _, err := w.Exec(ctx, `insert into reservations (id, request_id, conversation_id, agent_id, queue_id, channel_kind, cost, state, reason, created_at, deadline, answered_at)
		values ($1, $2, $3, $4, $5, $6, $7, 'accepted', $9, $8, $8, $8)`,
		won.ID, won.RequestID, won.ConversationID, won.AgentID, won.QueueID, c.ChannelKind, won.Cost, w.Now, body.How); err != nil {
		return err
	}
	w.Later(`update contacts set last_agent = $2 where id = $1`, c.ContactID, agent.ID)
	return w.assign(c, won, body)
}

// clear ends everything routing holds for a conversation and returns what a new request starts from.
func (w *work) clear(ctx context.Context, c *conversation.Conversation, reason string) (request, error) {
	requests, err := w.open(ctx, c)
	if err != nil {
		return request{}, err
	}
	c.Transfer = nil
	if err := w.cancelRequests(ctx, c, "rescinded", reason); err != nil {
		return request{}, err
	}
	owner, err := w.owning(ctx, c)
	if err != nil {
		return request{}, err
	}
	if owner != nil {
		if err := w.end(ctx, *owner, "completed", reason); err != nil {
			return request{}, err
		}
		if err := w.setRequest(ctx, owner.RequestID, "done"); err != nil {
			return request{}, err
		}
	}
	if len(requests) > 0 {
		return requests[len(requests)-1], nil
	}
	var queue string
	if c.QueueID != nil {
		queue = *c.QueueID
	} else if queue, err = w.defaultQueue(ctx, c); err != nil {
		return request{}, err
	}
	return w.newRequest(ctx, c, uuid.Nil, queue, c.Priority, w.Now)
}

// Assign has a conversation offered to a certain agent next. From an owner it is a hand-over; a waiting or parked one is kept
// for that agent for a while, then goes on by its queue. reason is for people who read the log.
func (d *Desk) Assign(ctx context.Context, id uuid.UUID, supervisor Caller, agent uuid.UUID, reason string) (conversation.Conversation, error) {
	return d.change(ctx, "assign", id, func(ctx context.Context, w *work, c *conversation.Conversation) error {
		target, err := w.person(ctx, agent)
		if err != nil {
			return err
		}
		actor := by(supervisor.Person)
		w.audit(supervisor.Person, "conversation.assign", id.String(), map[string]any{"agent": target.ID, "name": target.Name}, reason)
		switch c.Phase {
		case conversation.WithAgent:
			owner, err := w.held(ctx, c, supervisor, conversation.WithAgent)
			if err != nil {
				return err
			}
			if err := w.dropTransfer(ctx, c, actor); err != nil {
				return err
			}
			return w.transfer(ctx, c, *owner, supervisor, Transfer{Agent: target.ID, Note: reason})
		case conversation.OnHold:
			return w.resume(ctx, c, actor, "assigned", target.ID, w.desk.timings.Named, reason)
		case conversation.InQueue, conversation.InOffer:
			return w.reserveFor(ctx, c, target, actor, reason)
		default:
			return fmt.Errorf("%w: the conversation is %s; take it over instead", ErrPhase, c.Phase)
		}
	})
}

// reserveFor keeps a waiting conversation for one agent and withdraws what was offered to others.
func (w *work) reserveFor(ctx context.Context, c *conversation.Conversation, target conversation.Person, actor conversation.Actor, reason string) error {
	requests, err := w.open(ctx, c)
	if err != nil || len(requests) == 0 {
		return err
	}
	r := requests[0]
	pending, err := w.reservations(ctx, `where r.request_id = $1 and r.state in ('pending', 'accepting')`, r.ID)
	if err != nil {
		return err
	}
	for _, p := range pending {
		if p.AgentID == target.ID {
			return nil
		}
		if err := w.withdraw(ctx, c, p, "rescinded", "reassigned"); err != nil {
			return err
		}
	}
	until := w.Now.Add(w.desk.timings.Named)
	if _, err := w.Exec(ctx, `update requests set known_agent = $2, known_until = $3 where id = $1`, r.ID, target.ID, until); err != nil {
		return err
	}
	if _, err := w.Exec(ctx, `delete from exclusions where request_id = $1 and agent_id = $2`, r.ID, target.ID); err != nil {
		return err
	}
	if err := w.setRequest(ctx, r.ID, "waiting"); err != nil {
		return err
	}
	r.KnownUntil = &until
	return w.requeued(ctx, c, r, conversation.QueuedBody{Reason: "reassigned", Note: reason}, actor)
}

func (w *work) defaultQueue(ctx context.Context, c *conversation.Conversation) (string, error) {
	var queue string
	err := w.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&queue) }, `select queue_id from channels where id = $1`, c.ChannelID)
	if err != nil {
		return "", fmt.Errorf("read queue of channel %s: %w", c.ChannelID, err)
	}
	return queue, nil
}

// Reprioritise changes the priority of a conversation, and its place with it if it waits: steps of its plan no longer do. The log
// says who did it and why, and so does the audit.
func (d *Desk) Reprioritise(ctx context.Context, id uuid.UUID, supervisor conversation.Person, priority int, reason string) (conversation.Conversation, error) {
	return d.change(ctx, "reprioritise", id, func(ctx context.Context, w *work, c *conversation.Conversation) error {
		if c.Phase == conversation.Done {
			return fmt.Errorf("%w: the conversation is closed", ErrPhase)
		}
		requests, err := w.open(ctx, c)
		if err != nil {
			return err
		}
		for _, r := range requests {
			q, err := w.queue(ctx, r.QueueID)
			if err != nil {
				return err
			}
			r.Asked.Fixed, r.Priority = &priority, priority
			r.Rank = q.rank(&r)
			if err := w.moved(ctx, r); err != nil {
				return err
			}
		}
		body := conversation.PriorityBody{From: c.Priority, To: priority, Reason: reason}
		c.Priority = priority
		w.audit(supervisor, "conversation.priority", id.String(), map[string]any{"from": body.From, "to": body.To}, reason)
		_, err = w.Append(c, conversation.Draft{Kind: conversation.Reprioritised, Actor: by(supervisor), Body: body})
		return err
	})
}

// ForceWrapUp ends the owner's part, talking or wrapping up, as if they had finished it: their capacity is free and the flow goes on.
// A hand-over under way is dropped. The log says who did it and why, and so does the audit.
func (d *Desk) ForceWrapUp(ctx context.Context, id uuid.UUID, supervisor Caller, reason string) (conversation.Conversation, error) {
	return d.change(ctx, "force the wrap-up of", id, func(ctx context.Context, w *work, c *conversation.Conversation) error {
		owner, err := w.held(ctx, c, supervisor, conversation.WithAgent, conversation.InWrapUp)
		if err != nil {
			return err
		}
		if err := w.dropTransfer(ctx, c, by(supervisor.Person)); err != nil {
			return err
		}
		w.audit(supervisor.Person, "conversation.force_wrap_up", id.String(), map[string]any{"owner": owner.AgentID, "name": owner.AgentName}, reason)
		return w.complete(ctx, c, *owner, by(supervisor.Person), conversation.WrappedBody{Forced: true, Reason: reason})
	})
}

// Control is what a supervisor does to a queue; nil fields stay.
type Control struct {
	// Paused: nothing is offered from it. Draining: it takes nothing new.
	Paused, Draining *bool
	Reason           string
}

// ControlQueue pauses or drains a queue, or ends that. It is audited.
func (d *Desk) ControlQueue(ctx context.Context, queue string, supervisor conversation.Person, change Control) error {
	return d.do(ctx, "control queue "+queue, func(ctx context.Context, w *work) error {
		if _, err := w.queue(ctx, queue); err != nil {
			return err
		}
		var resumed bool
		err := w.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&resumed) }, `with was as (select id, paused from queues where id = $1)
			update queues q set paused = coalesce($2, q.paused), draining = coalesce($3, q.draining) from was where q.id = was.id returning was.paused and not q.paused`,
			queue, change.Paused, change.Draining)
		if err != nil {
			return fmt.Errorf("control queue %s: %w", queue, err)
		}
		w.audit(supervisor, "queue.control", queue, map[string]any{"paused": change.Paused, "draining": change.Draining}, change.Reason)
		w.TouchQueues()
		if !resumed {
			return nil
		}
		// What has waited meanwhile is offered in its order: agents choose.
		return w.collectIDs(ctx, &w.agents, `select agent_id from agent_queues where queue_id = $1`, queue)
	})
}

// audit notes what a person did to the machinery itself.
func (w *work) audit(by conversation.Person, action, subject string, detail map[string]any, reason string) {
	w.Later(`insert into audit (at, person, name, action, subject, detail, reason) values ($1, $2, $3, $4, $5, $6, $7)`,
		w.Now, by.ID, by.Name, action, subject, detail, reason)
}
