package dispatch

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/internal/conversation"
	"seax/internal/routing"
)

// Accept makes the agent the owner. Accepting again what one has accepted is no error. What cannot be accepted any more is a
// *GoneError that says why and who has the conversation.
func (d *Desk) Accept(ctx context.Context, reservationID uuid.UUID, agent conversation.Person) (conversation.Conversation, error) {
	var result conversation.Conversation
	var gone *GoneError
	err := d.do(ctx, fmt.Sprintf("accept reservation %s", reservationID), func(ctx context.Context, w *work) error {
		gone = nil
		r, err := w.reservation(ctx, reservationID)
		if err != nil {
			return err
		}
		if r.AgentID != agent.ID {
			return ErrNoReservation
		}
		c, err := w.Lock(ctx, r.ConversationID)
		if err != nil {
			return err
		}
		switch {
		case r.State == "accepted" || r.State == "wrapping":
		case r.State != "pending":
			gone, err = w.whoHas(ctx, c, r.State)
		case !w.Now.Before(r.Deadline):
			// The deadline has passed but its workflow has not said so yet.
			gone = &GoneError{State: "timed_out"}
			err = w.miss(ctx, c, r)
		default:
			err = w.accept(ctx, c, r, "accepted")
		}
		result = *c
		return err
	})
	if err == nil && gone != nil {
		err = gone
	}
	return result, err
}

func (w *work) whoHas(ctx context.Context, c *conversation.Conversation, state string) (*GoneError, error) {
	gone := &GoneError{State: state}
	owner, err := w.owning(ctx, c)
	if owner != nil {
		gone.TakenBy = owner.AgentName
	}
	return gone, err
}

func (w *work) accept(ctx context.Context, c *conversation.Conversation, r reservation, how string) error {
	joins := c.Transfer != nil && c.Transfer.Warm && c.Transfer.RequestID == r.RequestID
	if c.Transfer != nil && !joins {
		if err := w.handOver(ctx, c); err != nil {
			return err
		}
	}
	// Of two parts in one conversation an agent keeps the one they accept.
	if err := w.dropHelper(ctx, c, r.AgentID, "passed"); err != nil {
		return err
	}
	batch := &pgx.Batch{}
	batch.Queue(`update reservations set state = 'accepted', answered_at = $2, role = $3 where id = $1`, r.ID, w.Now, roleOf(joins))
	// A greeting is said once.
	var greeting string
	batch.Queue(`update requests r set state = 'accepted', transfer_of = null, asked = r.asked - 'greeting' from (select id, coalesce(asked ->> 'greeting', '') as greeting from requests where id = $1) before
		where r.id = before.id returning before.greeting`, r.RequestID).QueryRow(func(row pgx.Row) error { return row.Scan(&greeting) })
	batch.Queue(`update agents set misses = 0 where id = $1`, r.AgentID)
	if !joins {
		batch.Queue(`update contacts set last_agent = $2 where id = $1`, c.ContactID, r.AgentID)
	}
	var firstReply *int
	batch.Queue(`select first_reply_s from queues where id = $1`, r.QueueID).QueryRow(func(row pgx.Row) error { return row.Scan(&firstReply) })
	var others []reservation
	batch.Queue(reservationSelect+`where r.request_id = $1 and r.id <> $2 and r.state in ('pending', 'accepting') order by r.created_at, r.id`, r.RequestID, r.ID).
		Query(func(rows pgx.Rows) (err error) {
			others, err = pgx.CollectRows(rows, pgx.RowToStructByPos[reservation])
			return err
		})
	if err := w.Run(ctx, batch); err != nil {
		return err
	}
	for _, other := range others {
		if err := w.end(ctx, other, "rescinded", "accepted by another"); err != nil {
			return err
		}
		body := other.ended("accepted by another")
		body.TakenBy = r.AgentName
		if _, err := w.Append(c, conversation.Draft{Kind: conversation.ReservationRescinded, Actor: conversation.System, Body: body}); err != nil {
			return err
		}
	}
	w.TouchAgent(r.AgentID)
	if _, err := w.Append(c, conversation.Draft{Kind: conversation.ReservationAccepted, Actor: by(r.agent()), Body: r.ended("")}); err != nil {
		return err
	}
	if joins {
		return w.join(c, r)
	}
	var replyBy *time.Time
	if firstReply != nil && c.WaitingSince != nil {
		at := w.Now.Add(time.Duration(*firstReply) * time.Second)
		replyBy = &at
	}
	var greeted int64
	if greeting != "" {
		e, err := w.Append(c, conversation.Draft{Kind: conversation.SystemMessage, Actor: conversation.System, Body: conversation.Message{Text: greeting, Code: "greeting"}})
		if err != nil {
			return err
		}
		greeted = e.Seq
	}
	return w.assign(c, r, conversation.AssignedBody{How: how, ReplyBy: replyBy, Greeting: greeted})
}

// assign makes the agent of a reservation the owner. The caller says how; who and by what is filled in.
func (w *work) assign(c *conversation.Conversation, r reservation, body conversation.AssignedBody) error {
	agent := r.AgentID
	w.noteState(agent)
	c.Phase, c.AgentID, c.QueueID, c.ParkedUntil, c.ReplyBy = conversation.WithAgent, &agent, &r.QueueID, nil, body.ReplyBy
	c.Epoch++
	body.Agent, body.ReservationID, body.Queue, body.Epoch = r.agent(), r.ID, r.QueueID, c.Epoch
	_, err := w.Append(c, conversation.Draft{Kind: conversation.Assigned, Actor: by(r.agent()), Body: body})
	return err
}

// handOver ends the part of the owner who was handing the conversation over.
func (w *work) handOver(ctx context.Context, c *conversation.Conversation) error {
	owner, err := w.owning(ctx, c)
	if err != nil {
		return err
	}
	transfer := *c.Transfer
	c.Transfer = nil
	if owner != nil {
		if err := w.end(ctx, *owner, "completed", "transferred"); err != nil {
			return err
		}
		if err := w.setRequest(ctx, owner.RequestID, "done"); err != nil {
			return err
		}
	}
	_, err = w.Append(c, conversation.Draft{Kind: conversation.Transferred, Actor: by(transfer.By), Body: conversation.TransferBody{
		ToQueue: transfer.ToQueue, ToAgent: transfer.ToAgent, State: "completed",
	}})
	return err
}

// Reject passes an offer on to the next best agent. Rejecting again what one has rejected is no error; what was answered
// otherwise is a *GoneError.
func (d *Desk) Reject(ctx context.Context, reservationID uuid.UUID, agent conversation.Person, reason string) error {
	var gone *GoneError
	err := d.do(ctx, fmt.Sprintf("reject reservation %s", reservationID), func(ctx context.Context, w *work) error {
		gone = nil
		r, err := w.reservation(ctx, reservationID)
		if err != nil {
			return err
		}
		if r.AgentID != agent.ID {
			return ErrNoReservation
		}
		c, err := w.Lock(ctx, r.ConversationID)
		if err != nil {
			return err
		}
		switch r.State {
		case "rejected":
			return nil
		case "pending", "accepting":
			return w.reject(ctx, c, r, reason)
		default:
			gone, err = w.whoHas(ctx, c, r.State)
			return err
		}
	})
	if err == nil && gone != nil {
		err = gone
	}
	return err
}

func (w *work) reject(ctx context.Context, c *conversation.Conversation, r reservation, reason string) error {
	return w.decline(ctx, c, r, "rejected", conversation.ReservationRejected, reason)
}

// Timeout ends an offer whose deadline has passed. An offer that was answered in time stays answered. Called by the
// conversation's workflow; early calls change nothing and say how long to wait.
func (d *Desk) Timeout(ctx context.Context, reservationID uuid.UUID) error {
	return d.do(ctx, fmt.Sprintf("time out reservation %s", reservationID), func(ctx context.Context, w *work) error {
		r, err := w.reservation(ctx, reservationID)
		if err != nil {
			return err
		}
		if r.State != "pending" && r.State != "accepting" {
			return nil
		}
		c, err := w.Lock(ctx, r.ConversationID)
		if err != nil {
			return err
		}
		return w.miss(ctx, c, r)
	})
}

// miss is an offer nobody answered; after the second in a row the agent is not asked any more until they say so.
func (w *work) miss(ctx context.Context, c *conversation.Conversation, r reservation) error {
	gone, err := w.countMiss(ctx, r.AgentID)
	if err != nil {
		return err
	}
	if err := w.decline(ctx, c, r, "timed_out", conversation.ReservationTimedOut, ""); err != nil {
		return err
	}
	if gone {
		return w.rejectPending(ctx, r.AgentID, "not_responding")
	}
	return nil
}

// countMiss notes that an agent did not answer and reports whether that makes them Not responding.
func (w *work) countMiss(ctx context.Context, agent uuid.UUID) (bool, error) {
	var misses int
	err := w.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&misses) },
		`update agents set misses = misses + 1 where id = $1 returning misses`, agent)
	if err != nil {
		return false, fmt.Errorf("count miss of agent %s: %w", agent, err)
	}
	if misses < w.desk.timings.Misses {
		return false, nil
	}
	_, err = w.setPresence(ctx, agent, PresenceNotResponding)
	return true, err
}

// decline puts the request back with its rank and keeps it from this agent for a while. A hand-over to one certain agent ends
// with their refusal; the sender keeps the conversation.
func (w *work) decline(ctx context.Context, c *conversation.Conversation, r reservation, state string, kind conversation.Kind, reason string) error {
	if err := w.end(ctx, r, state, reason); err != nil {
		return err
	}
	if err := w.exclude(ctx, r, state); err != nil {
		return err
	}
	retryAt := w.Now.Add(routing.CoolDown)
	body := r.ended(reason)
	body.RetryAt = &retryAt
	if _, err := w.Append(c, conversation.Draft{Kind: kind, Actor: actorOf(r, kind), Body: body}); err != nil {
		return err
	}
	if t := c.Transfer; t != nil && t.ToAgent != nil && t.ToAgent.ID == r.AgentID {
		return w.cancelTransfer(ctx, c, conversation.System, state)
	}
	if err := w.setRequest(ctx, r.RequestID, "waiting"); err != nil || c.Phase != conversation.InOffer {
		return err
	}
	// Others may still be asked.
	return w.QueryRow(ctx, func(row pgx.Row) error {
		var asked bool
		err := row.Scan(&asked)
		if !asked {
			c.Phase = conversation.InQueue
		}
		return err
	}, `select exists (select from reservations where request_id = $1 and state in ('pending', 'accepting'))`, r.RequestID)
}

func actorOf(r reservation, kind conversation.Kind) conversation.Actor {
	if kind == conversation.ReservationRejected {
		return by(r.agent())
	}
	return conversation.System
}

// rejectPending rejects every offer an agent has not answered.
func (w *work) rejectPending(ctx context.Context, agent uuid.UUID, reason string) error {
	pending, err := w.reservations(ctx, `where r.agent_id = $1 and r.state in ('pending', 'accepting')`, agent)
	if err != nil {
		return err
	}
	for _, r := range pending {
		c, err := w.Lock(ctx, r.ConversationID)
		if err != nil {
			return err
		}
		if err := w.reject(ctx, c, r, reason); err != nil {
			return err
		}
	}
	return nil
}

// Overdue lists offers whose deadline passed longer ago than grace: their workflow should have ended them.
func (d *Desk) Overdue(ctx context.Context, grace time.Duration) ([]uuid.UUID, error) {
	rows, err := d.pool().Query(ctx, `select id from reservations where state in ('pending', 'accepting') and deadline < now() - $1::interval limit 200`, grace)
	if err != nil {
		return nil, fmt.Errorf("find overdue reservations: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}
