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

// SetPresence changes an agent's presence: now, or (afterConversation) when the last conversation they hold ends. Leaving
// for a presence that offers no work passes every unanswered offer on at once.
func (d *Desk) SetPresence(ctx context.Context, agent uuid.UUID, presence string, afterConversation bool) error {
	return d.do(ctx, fmt.Sprintf("set presence of agent %s", agent), func(ctx context.Context, w *work) error {
		if afterConversation {
			later, err := w.presenceLater(ctx, agent, presence)
			if err != nil || later {
				return err
			}
		}
		offers, err := w.setPresence(ctx, agent, presence)
		if err != nil {
			return err
		}
		if !offers {
			return w.rejectPending(ctx, agent, "presence")
		}
		w.agents = append(w.agents, agent)
		return nil
	})
}

// presenceLater notes the presence for when the last conversation the agent holds ends; false: they hold none.
func (w *work) presenceLater(ctx context.Context, agent uuid.UUID, presence string) (bool, error) {
	noted, err := w.Exec(ctx, `update agents set next_presence = $2 where id = $1 and load > 0 and exists (select from presences where id = $2)`, agent, presence)
	if err != nil {
		return false, fmt.Errorf("note presence of agent %s: %w", agent, err)
	}
	if noted > 0 {
		w.TouchAgent(agent)
	}
	return noted > 0, nil
}

// setPresence reports whether the presence offers work.
func (w *work) setPresence(ctx context.Context, agent uuid.UUID, presence string) (offers bool, err error) {
	var changed bool
	w.TouchAgent(agent)
	batch := &pgx.Batch{}
	batch.Queue(`update agents a set presence = pr.id, next_presence = null,
			presence_since = case when presence = pr.id then presence_since else $3 end,
			idle_since = case when presence = pr.id then idle_since else $3 end,
			misses = case when pr.id = 'not_responding' then misses else 0 end
		from presences pr where a.id = $1 and pr.id = $2 returning pr.offers_work, a.presence_since = $3`, agent, presence, w.Now).QueryRow(func(row pgx.Row) error { return row.Scan(&offers, &changed) })
	w.queueAgent(batch, agent)
	err = w.Run(ctx, batch)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, fmt.Errorf("%w: there is no presence %q", ErrUnknown, presence)
	}
	if err != nil {
		return false, fmt.Errorf("set presence of agent %s: %w", agent, err)
	}
	if changed {
		w.noteState(agent)
	}
	return offers, nil
}

// Renew prolongs the leases of agents whose sockets are open. Those who were lost come back: they are told to their
// conversations and offered work again.
func (d *Desk) Renew(ctx context.Context, agents []uuid.UUID) error {
	if len(agents) == 0 {
		return nil
	}
	// Who had none may be offered work again by it: that is a decision, and they get what is next, not what happens to come.
	rows, err := d.pool().Query(ctx, `with renewed as (update agents a set lease_until = now() + $2::interval from people p
			where a.id = any($1) and p.id = a.id and p.active and not a.lost and a.lease_until > now())
		select a.id from agents a join people p on p.id = a.id where a.id = any($1) and p.active and (a.lost or a.lease_until <= now())`,
		agents, d.timings.Lease)
	if err != nil {
		return fmt.Errorf("renew leases: %w", err)
	}
	back, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("renew leases: %w", err)
	}
	var failed error
	for _, id := range back {
		failed = errors.Join(failed, d.comeBack(ctx, id))
	}
	return failed
}

func (d *Desk) comeBack(ctx context.Context, agent uuid.UUID) error {
	return d.do(ctx, fmt.Sprintf("agent %s is back", agent), func(ctx context.Context, w *work) error {
		var lost bool
		err := w.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&lost) }, `with was as (select id, lost from agents where id = $1)
			update agents a set lease_until = greatest(a.lease_until, $2::timestamptz + $3::interval), lost = false, idle_since = case when was.lost then $2 else a.idle_since end
			from was where a.id = was.id returning was.lost`, agent, w.Now, d.timings.Lease)
		if err != nil {
			return err
		}
		w.TouchAgent(agent)
		w.noteState(agent)
		w.agents = append(w.agents, agent)
		if !lost {
			return nil
		}
		return w.tellOwned(ctx, agent, conversation.AgentBack, nil)
	})
}

// tellOwned appends an event to every conversation an agent is talking in.
func (w *work) tellOwned(ctx context.Context, agent uuid.UUID, kind conversation.Kind, returnAt *time.Time) error {
	owned, err := w.reservations(ctx, `where r.agent_id = $1 and r.state = 'accepted' and r.role = 'owner'`, agent)
	if err != nil {
		return err
	}
	for _, r := range owned {
		c, err := w.Lock(ctx, r.ConversationID)
		if err != nil {
			return err
		}
		if _, err := w.Append(c, conversation.Draft{Kind: kind, Actor: conversation.System, Body: conversation.AgentGone{Agent: r.agent(), ReturnAt: returnAt}}); err != nil {
			return err
		}
	}
	return nil
}

// ExpireLeases finds agents whose lease has run out and moves their offers on. It returns how many there were.
func (d *Desk) ExpireLeases(ctx context.Context) (int, error) {
	rows, err := d.pool().Query(ctx, `select id from agents where not lost and lease_until < now()`)
	if err != nil {
		return 0, fmt.Errorf("find expired leases: %w", err)
	}
	expired, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return 0, fmt.Errorf("find expired leases: %w", err)
	}
	var failed error
	for _, agent := range expired {
		failed = errors.Join(failed, d.lose(ctx, agent))
	}
	return len(expired), failed
}

// lose moves the offers of an agent who is gone and starts the clock for the conversations they hold.
func (d *Desk) lose(ctx context.Context, agent uuid.UUID) error {
	return d.do(ctx, fmt.Sprintf("agent %s is lost", agent), func(ctx context.Context, w *work) error {
		changed, err := w.Exec(ctx, `update agents set lost = true where id = $1 and not lost and lease_until < $2`, agent, w.Now)
		if err != nil || changed == 0 {
			return err
		}
		w.TouchAgent(agent)
		w.noteState(agent)
		pending, err := w.reservations(ctx, `where r.agent_id = $1 and r.state in ('pending', 'accepting')`, agent)
		if err != nil {
			return err
		}
		for _, r := range pending {
			c, err := w.Lock(ctx, r.ConversationID)
			if err != nil {
				return err
			}
			if err := w.decline(ctx, c, r, "canceled", conversation.ReservationCanceled, "agent_lost"); err != nil {
				return err
			}
		}
		if err := w.dropHelperEverywhere(ctx, agent); err != nil {
			return err
		}
		returnAt := w.Now.Add(d.timings.ReturnGrace)
		return w.tellOwned(ctx, agent, conversation.AgentLost, &returnAt)
	})
}

// ReturnToQueue takes a conversation from an owner who is still gone. Called by the conversation's workflow when the grace is
// over; it changes nothing when the owner is back or is another.
func (d *Desk) ReturnToQueue(ctx context.Context, id, agent uuid.UUID) error {
	_, err := d.change(ctx, "return to queue", id, func(ctx context.Context, w *work, c *conversation.Conversation) error {
		owner, err := w.owning(ctx, c)
		if err != nil || owner == nil || owner.AgentID != agent || c.Phase != conversation.WithAgent {
			return err
		}
		var lost bool
		if err := w.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&lost) }, `select lost from agents where id = $1`, agent); err != nil || !lost {
			return err
		}
		if len(c.Helpers) > 0 {
			// Somebody who knows what it is about is there already.
			return w.leaveTo(ctx, c, *owner, c.Helpers[0].ID, conversation.System, "canceled", "agent_lost")
		}
		if c.Transfer != nil {
			// It is being handed over anyway: that goes on, without an owner.
			return w.letGoOfTransfer(ctx, c, *owner)
		}
		r, err := w.request(ctx, owner.RequestID)
		if err != nil {
			return err
		}
		if err := w.end(ctx, *owner, "canceled", "agent_lost"); err != nil {
			return err
		}
		if err := w.setRequest(ctx, r.ID, "waiting"); err != nil {
			return err
		}
		r.KnownUntil = nil
		return w.requeued(ctx, c, r, conversation.QueuedBody{Reason: "agent_lost"}, conversation.System)
	})
	return err
}

func (w *work) letGoOfTransfer(ctx context.Context, c *conversation.Conversation, owner reservation) error {
	r, err := w.request(ctx, c.Transfer.RequestID)
	if err != nil {
		return err
	}
	if err := w.end(ctx, owner, "canceled", "agent_lost"); err != nil {
		return err
	}
	if err := w.setRequest(ctx, owner.RequestID, "done"); err != nil {
		return err
	}
	offered := r.State == "offered"
	if err := w.requeued(ctx, c, r, conversation.QueuedBody{Reason: "agent_lost"}, conversation.System); err != nil {
		return err
	}
	if offered {
		c.Phase = conversation.InOffer
	}
	return nil
}
