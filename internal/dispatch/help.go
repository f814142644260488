package dispatch

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/internal/conversation"
)

// maxHelpers is how many may talk along with an owner.
const maxHelpers = 5

func roleOf(helps bool) string {
	if helps {
		return "helper"
	}
	return "owner"
}

// join makes who has accepted a helper.
func (w *work) join(c *conversation.Conversation, r reservation) error {
	w.noteState(r.AgentID)
	c.Transfer = nil
	c.Helpers = append(c.Helpers, conversation.Helper{Person: r.agent(), Since: w.Now})
	_, err := w.Append(c, conversation.Draft{Kind: conversation.HelperJoined, Actor: by(r.agent()), Body: conversation.HelperBody{Agent: r.agent(), ReservationID: r.ID}})
	return err
}

// Leave ends an agent's part in a conversation that others go on with: a helper's, or the owner's, whose place the helper who has
// been there longest takes.
func (d *Desk) Leave(ctx context.Context, id uuid.UUID, agent conversation.Person) (conversation.Conversation, error) {
	return d.change(ctx, "leave", id, func(ctx context.Context, w *work, c *conversation.Conversation) error {
		if c.Helps(agent.ID) {
			return w.dropHelper(ctx, c, agent.ID, "left")
		}
		owner, err := w.held(ctx, c, Caller{Person: agent}, conversation.WithAgent)
		if err != nil {
			return err
		}
		if len(c.Helpers) == 0 {
			return fmt.Errorf("%w: nobody else is in the conversation; hand it over, park it or wrap it up", ErrPhase)
		}
		if err := w.dropTransfer(ctx, c, by(agent)); err != nil {
			return err
		}
		return w.leaveTo(ctx, c, *owner, c.Helpers[0].ID, by(agent), "completed", "left")
	})
}

// Pass makes a helper the owner and the owner a helper.
func (d *Desk) Pass(ctx context.Context, id uuid.UUID, caller Caller, helper uuid.UUID) (conversation.Conversation, error) {
	return d.change(ctx, "pass", id, func(ctx context.Context, w *work, c *conversation.Conversation) error {
		owner, err := w.held(ctx, c, caller, conversation.WithAgent)
		if err != nil || owner.AgentID == helper {
			return err
		}
		if !c.Helps(helper) {
			return fmt.Errorf("%w: only somebody who is in the conversation can take it over like this", ErrPhase)
		}
		if err := w.dropTransfer(ctx, c, by(caller.Person)); err != nil {
			return err
		}
		if _, err := w.Exec(ctx, `update reservations set role = 'helper' where id = $1`, owner.ID); err != nil {
			return fmt.Errorf("make the owner of conversation %s a helper: %w", id, err)
		}
		if err := w.promote(ctx, c, helper); err != nil {
			return err
		}
		c.Helpers = append(c.Helpers, conversation.Helper{Person: owner.agent(), Since: w.Now})
		_, err = w.Append(c, conversation.Draft{Kind: conversation.HelperJoined, Actor: by(caller.Person), Body: conversation.HelperBody{Agent: owner.agent(), ReservationID: owner.ID}})
		return err
	})
}

// leaveTo ends the owner's part and makes a helper the owner.
func (w *work) leaveTo(ctx context.Context, c *conversation.Conversation, owner reservation, helper uuid.UUID, actor conversation.Actor, state, reason string) error {
	if c.Transfer != nil {
		if err := w.dropTransfer(ctx, c, actor); err != nil {
			return err
		}
	}
	if err := w.end(ctx, owner, state, reason); err != nil {
		return err
	}
	if err := w.setRequest(ctx, owner.RequestID, "done"); err != nil {
		return err
	}
	return w.promote(ctx, c, helper)
}

// promote makes a helper the owner; there is none at this moment.
func (w *work) promote(ctx context.Context, c *conversation.Conversation, helper uuid.UUID) error {
	r, err := w.part(ctx, c, helper)
	if err != nil {
		return err
	}
	w.dropName(c, helper)
	batch := &pgx.Batch{}
	batch.Queue(`update reservations set role = 'owner' where id = $1`, r.ID)
	batch.Queue(`update contacts set last_agent = $2 where id = $1`, c.ContactID, helper)
	if err := w.Run(ctx, batch); err != nil {
		return fmt.Errorf("make helper %s the owner of conversation %s: %w", helper, c.ID, err)
	}
	w.TouchAgent(helper)
	if _, err := w.Append(c, conversation.Draft{Kind: conversation.HelperLeft, Actor: by(r.agent()), Body: conversation.HelperBody{Agent: r.agent(), ReservationID: r.ID, Reason: "passed"}}); err != nil {
		return err
	}
	return w.assign(c, r, conversation.AssignedBody{How: "passed"})
}

// part is a helper's reservation.
func (w *work) part(ctx context.Context, c *conversation.Conversation, helper uuid.UUID) (reservation, error) {
	all, err := w.reservations(ctx, `where r.conversation_id = $1 and r.agent_id = $2 and r.state = 'accepted' and r.role = 'helper'`, c.ID, helper)
	if err == nil && len(all) == 0 {
		err = ErrNoReservation
	}
	if err != nil {
		return reservation{}, fmt.Errorf("find the part of helper %s in conversation %s: %w", helper, c.ID, err)
	}
	return all[0], nil
}

func (w *work) dropName(c *conversation.Conversation, helper uuid.UUID) {
	c.Helpers = slices.DeleteFunc(slices.Clone(c.Helpers), func(h conversation.Helper) bool { return h.ID == helper })
}

// dropHelper ends a helper's part; nothing happens to who is none.
func (w *work) dropHelper(ctx context.Context, c *conversation.Conversation, helper uuid.UUID, reason string) error {
	if !c.Helps(helper) {
		return nil
	}
	r, err := w.part(ctx, c, helper)
	if err != nil {
		return err
	}
	w.dropName(c, helper)
	if err := w.end(ctx, r, "completed", reason); err != nil {
		return err
	}
	if err := w.setRequest(ctx, r.RequestID, "done"); err != nil {
		return err
	}
	_, err = w.Append(c, conversation.Draft{Kind: conversation.HelperLeft, Actor: by(r.agent()), Body: conversation.HelperBody{Agent: r.agent(), ReservationID: r.ID, Reason: reason}})
	return err
}

// dropHelpers ends the part of every helper, because the owner's ends.
func (w *work) dropHelpers(ctx context.Context, c *conversation.Conversation) error {
	for _, h := range c.Helpers {
		if err := w.dropHelper(ctx, c, h.ID, "ended"); err != nil {
			return err
		}
	}
	return nil
}

// dropHelperEverywhere ends every part that an agent who is gone has as a helper.
func (w *work) dropHelperEverywhere(ctx context.Context, agent uuid.UUID) error {
	parts, err := w.reservations(ctx, `where r.agent_id = $1 and r.state = 'accepted' and r.role = 'helper'`, agent)
	if err != nil {
		return err
	}
	for _, r := range parts {
		c, err := w.Lock(ctx, r.ConversationID)
		if err != nil {
			return err
		}
		if err := w.dropHelper(ctx, c, agent, "agent_lost"); err != nil {
			return err
		}
	}
	return nil
}
