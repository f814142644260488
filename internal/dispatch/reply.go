package dispatch

import (
	"context"

	"github.com/google/uuid"

	"seax/internal/conversation"
	"seax/internal/routing"
)

// ReplyDue takes a conversation from an owner who accepted it and then said nothing in the time their queue gives for the first
// word. It goes back to the queue with its rank, that agent is not asked again for a while, and it counts as a miss. Called by
// the conversation's workflow; an owner who has answered, or an earlier call, changes nothing.
func (d *Desk) ReplyDue(ctx context.Context, id uuid.UUID) error {
	_, err := d.change(ctx, "demand the first reply in", id, func(ctx context.Context, w *work, c *conversation.Conversation) error {
		if c.Phase != conversation.WithAgent || c.ReplyBy == nil || w.Now.Add(early).Before(*c.ReplyBy) {
			return nil
		}
		owner, err := w.owning(ctx, c)
		if err != nil || owner == nil {
			return err
		}
		return w.takeBack(ctx, c, *owner)
	})
	return err
}

func (w *work) takeBack(ctx context.Context, c *conversation.Conversation, owner reservation) error {
	if err := w.dropHelpers(ctx, c); err != nil {
		return err
	}
	r, err := w.request(ctx, owner.RequestID)
	if err != nil {
		return err
	}
	gone, err := w.countMiss(ctx, owner.AgentID)
	if err != nil {
		return err
	}
	if err := w.exclude(ctx, owner, "no_reply"); err != nil {
		return err
	}
	if err := w.end(ctx, owner, "canceled", "no_reply"); err != nil {
		return err
	}
	if err := w.setRequest(ctx, r.ID, "waiting"); err != nil {
		return err
	}
	r.KnownUntil = nil
	retryAt := w.Now.Add(routing.CoolDown)
	if err := w.requeued(ctx, c, r, conversation.QueuedBody{Reason: "no_reply", RetryAt: &retryAt}, conversation.System); err != nil {
		return err
	}
	if gone {
		return w.rejectPending(ctx, owner.AgentID, "not_responding")
	}
	return nil
}
