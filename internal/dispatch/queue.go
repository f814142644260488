package dispatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/internal/conversation"
)

// Enqueue is what a flow asks for when a person is needed.
type Enqueue struct {
	// RequestID makes the call idempotent; the flow chooses it.
	RequestID uuid.UUID
	// Queue is where it comes for; Plan says which way it goes, "": it waits in that queue.
	Queue, Plan string
	Skills      map[string]int
	Preferred   map[string]int
	// Priority 0–100; the conversation's own is used when it is higher.
	Priority int
	// Known is an agent to ask first; uuid.Nil: the one who last served this contact, if they are a member of the queue.
	Known uuid.UUID
	// Reason is for people who read the log.
	Reason string
	// Since is the place in line to come back with; zero: now.
	Since time.Time
	// Anyway: a queue that is full, closed, unstaffed or being drained takes it all the same.
	Anyway bool
	// Greeting is said to the customer when an agent has accepted; "": nothing.
	Greeting string
}

// Enqueue puts a conversation into a queue, by its plan, and offers it at once if an eligible agent is free. When no step of the
// plan takes it, it overflows: the flow has it again, and the log says why. Calling it again with the same RequestID changes
// nothing, nor does it when a person owns the conversation meanwhile.
func (d *Desk) Enqueue(ctx context.Context, id uuid.UUID, in Enqueue) error {
	return d.do(ctx, fmt.Sprintf("enqueue conversation %s", id), func(ctx context.Context, w *work) error {
		c, err := w.Lock(ctx, id)
		if err != nil {
			return err
		}
		if c.Phase != conversation.InFlow {
			return nil
		}
		var exists bool
		if err := w.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&exists) }, `select exists (select from requests where id = $1)`, in.RequestID); err != nil || exists {
			return err
		}
		r := request{
			ID: in.RequestID, ConversationID: c.ID, ChannelKind: c.ChannelKind, State: "waiting", VirtualStart: w.Now,
			Asked: asked{Queue: in.Queue, Plan: in.Plan, Skills: in.Skills, Preferred: in.Preferred, Priority: max(in.Priority, c.Priority), Reason: in.Reason, Anyway: in.Anyway, Greeting: in.Greeting},
		}
		if !in.Since.IsZero() && in.Since.Before(w.Now) {
			r.VirtualStart = in.Since
		}
		overflow, err := w.place(ctx, c, &r, in.Plan, in.Queue)
		if err != nil {
			return err
		}
		if overflow != "" {
			return w.refuse(ctx, c, r, overflow)
		}
		return w.enqueue(ctx, c, r, in.Known)
	})
}

// enqueue makes the conversation wait by a request that has found its place.
func (w *work) enqueue(ctx context.Context, c *conversation.Conversation, r request, known uuid.UUID) error {
	if err := w.costOf(ctx, c, &r); err != nil {
		return err
	}
	if !r.asksKnown || known != uuid.Nil {
		if err := w.nameKnown(ctx, c, &r, known); err != nil {
			return err
		}
	}
	if err := w.insertRequest(ctx, r); err != nil {
		return err
	}
	w.requests = append(w.requests, r.ID)
	c.Phase, c.QueueID, c.Priority = conversation.InQueue, &r.QueueID, r.Priority
	c.Epoch++
	if c.WaitingSince == nil {
		c.WaitingSince = &w.Now
	}
	turn, err := w.turn(ctx, &r)
	if err != nil {
		return err
	}
	_, err = w.Append(c, conversation.Draft{Kind: conversation.RoutingRequested, Actor: conversation.Actor{Kind: conversation.ByFlow, Name: c.Flow}, Body: conversation.Requested{
		RequestID: r.ID, Queue: r.QueueID, Skills: r.Skills, Preferred: r.Preferred, Priority: r.Priority, Reason: r.Asked.Reason,
		Epoch: c.Epoch, KnownUntil: r.KnownUntil, Turn: turn,
	}})
	return err
}

// refuse notes a request that nobody takes. The flow, which has the conversation, is told.
func (w *work) refuse(ctx context.Context, c *conversation.Conversation, r request, reason string) error {
	r.State, r.QueueID = "canceled", r.Asked.Queue
	if err := w.insertRequest(ctx, r); err != nil {
		return err
	}
	c.Epoch++
	_, err := w.Append(c, conversation.Draft{Kind: conversation.RoutingOverflowed, Actor: conversation.System, Body: conversation.OverflowBody{
		RequestID: r.ID, Queue: r.QueueID, Reason: reason, Since: r.VirtualStart, Epoch: c.Epoch,
	}})
	return err
}

// turn says where a request is in its plan.
func (w *work) turn(ctx context.Context, r *request) (conversation.Turn, error) {
	again, err := w.lookAgain(ctx, r)
	if err != nil {
		return conversation.Turn{}, err
	}
	queue, err := w.queue(ctx, r.QueueID)
	if err != nil {
		return conversation.Turn{}, err
	}
	t := conversation.Turn{StepUntil: r.StepUntil, LookAgain: again, AnswerWithin: queue.AnswerWithin}
	if r.PlanID != nil {
		t.Plan, t.Rule, t.Step = *r.PlanID, r.Rule, r.Step
		for _, s := range r.skipped {
			t.Skipped = append(t.Skipped, fmt.Sprintf("%d: %s", s.Step+1, s.Reason))
		}
	}
	return t, nil
}

// costOf reads what a conversation of this channel takes of an agent.
func (w *work) costOf(ctx context.Context, c *conversation.Conversation, r *request) error {
	err := w.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&r.Cost) }, `select cost from channels where id = $1`, c.ChannelID)
	if err != nil {
		return fmt.Errorf("read channel %s: %w", c.ChannelID, err)
	}
	return nil
}

// newRequest prepares a request for a queue; ErrUnknown if there is no such queue.
func (w *work) newRequest(ctx context.Context, c *conversation.Conversation, id uuid.UUID, queue string, priority int, virtualStart time.Time) (request, error) {
	r := request{
		ID: id, ConversationID: c.ID, QueueID: queue, ChannelKind: c.ChannelKind, Priority: priority, VirtualStart: virtualStart, State: "waiting",
		Asked: asked{Queue: queue, Priority: priority}, StepSince: w.Now, QueueSince: w.Now,
	}
	q, err := w.queue(ctx, queue)
	if err != nil {
		return r, err
	}
	r.SLADue = c.ReplyDue(w.Now, q.Policy)
	r.Rank = q.rank(&r)
	return r, w.costOf(ctx, c, &r)
}

func (w *work) nameKnown(ctx context.Context, c *conversation.Conversation, r *request, named uuid.UUID) error {
	if named == uuid.Nil {
		err := w.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&named) },
			`select aq.agent_id from contacts ct join agent_queues aq on aq.agent_id = ct.last_agent and aq.queue_id = $2 where ct.id = $1`,
			c.ContactID, r.QueueID)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("find known agent: %w", err)
		}
	}
	until := w.Now.Add(w.desk.timings.Known)
	r.KnownAgent, r.KnownUntil = &named, &until
	return nil
}

// Rematch looks again for an agent for a waiting conversation: the time of a known agent is over, or an exclusion.
func (d *Desk) Rematch(ctx context.Context, id uuid.UUID) error {
	return d.do(ctx, fmt.Sprintf("rematch conversation %s", id), func(ctx context.Context, w *work) error {
		return w.collectIDs(ctx, &w.requests, `select id from requests where conversation_id = $1 and state = 'waiting'`, id)
	})
}

// collectIDs appends the ids a statement returns.
func (w *work) collectIDs(ctx context.Context, ids *[]uuid.UUID, sql string, args ...any) error {
	return w.Query(ctx, func(rows pgx.Rows) error {
		found, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		*ids = append(*ids, found...)
		return err
	}, sql, args...)
}

// Callback has a waiting customer greeted when an agent accepts, because they have gone meanwhile. It reports whether they still
// wait; what a person has already is left alone.
func (d *Desk) Callback(ctx context.Context, id uuid.UUID, greeting string) (waits bool, err error) {
	_, err = d.change(ctx, "call back", id, func(ctx context.Context, w *work, c *conversation.Conversation) error {
		changed, err := w.Exec(ctx, `update requests set asked = jsonb_set(asked, '{greeting}', to_jsonb($2::text))
			where conversation_id = $1 and state in ('waiting', 'offered') and transfer_of is null`, c.ID, greeting)
		waits = changed > 0
		return err
	})
	return waits, err
}

// Abandon ends what is queued or offered because the customer left or the flow does something else; the conversation is the
// flow's again. What a person owns meanwhile stays theirs. It reports whether the flow has it.
func (d *Desk) Abandon(ctx context.Context, id uuid.UUID, reason string) (bool, error) {
	var free bool
	err := d.do(ctx, fmt.Sprintf("abandon routing of conversation %s", id), func(ctx context.Context, w *work) error {
		c, err := w.Lock(ctx, id)
		if err != nil {
			return err
		}
		switch c.Phase {
		case conversation.InQueue, conversation.InOffer:
			requests, err := w.open(ctx, c)
			if err != nil {
				return err
			}
			if err := w.cancelRequests(ctx, c, "canceled", reason); err != nil {
				return err
			}
			c.Phase, c.AgentID, c.WaitingSince = conversation.InFlow, nil, nil
			c.Epoch++
			w.Save(c)
			if len(requests) > 0 {
				_, err = w.Append(c, conversation.Draft{Kind: conversation.RoutingAbandoned, Actor: conversation.System, Body: conversation.AbandonedBody{
					RequestID: requests[0].ID, Queue: requests[0].QueueID, Reason: reason,
				}})
				if err != nil {
					return err
				}
			}
		}
		// Closed is what the flow may have done with it when the same call came before.
		free = c.Phase == conversation.InFlow || c.Phase == conversation.Done
		return nil
	})
	return free, err
}

// cancelRequests ends every open request of the conversation and the offers made for them. The owner's own reservation is
// not touched.
func (w *work) cancelRequests(ctx context.Context, c *conversation.Conversation, state, reason string) error {
	pending, err := w.reservations(ctx, `where r.conversation_id = $1 and r.state in ('pending', 'accepting')`, c.ID)
	if err != nil {
		return err
	}
	for _, r := range pending {
		if err := w.withdraw(ctx, c, r, state, reason); err != nil {
			return err
		}
	}
	if _, err := w.Exec(ctx, `update requests set state = 'canceled' where conversation_id = $1 and state in ('waiting', 'offered', 'parked')`, c.ID); err != nil {
		return fmt.Errorf("cancel requests of conversation %s: %w", c.ID, err)
	}
	return nil
}

// withdraw takes an offer back: state is rescinded or canceled.
func (w *work) withdraw(ctx context.Context, c *conversation.Conversation, r reservation, state, reason string) error {
	if err := w.end(ctx, r, state, reason); err != nil {
		return err
	}
	kind := conversation.ReservationCanceled
	if state == "rescinded" {
		kind = conversation.ReservationRescinded
	}
	_, err := w.Append(c, conversation.Draft{Kind: kind, Actor: conversation.System, Body: r.ended(reason)})
	return err
}
