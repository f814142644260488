package activities

import (
	"context"
	"errors"
	"fmt"

	"seax/connectors"
	"seax/internal/conversation"
	"seax/workflows/flow"
)

// Change implements flow.ActivityChange: it changes a message at the provider and records what became of that. To do it twice is as good
// as once, so an attempt whose outcome is unknown is made again.
func (a *Delivery) Change(ctx context.Context, in flow.ErrandInput) error {
	wanted, err := a.Log.Wanted(ctx, in.ConversationID, in.Seq)
	if errors.Is(err, conversation.ErrUnchangeable) {
		return a.unchanged(ctx, in, &connectors.SendError{Code: connectors.CodeRejected, Words: "The message cannot be changed any more."})
	}
	if err != nil || wanted == nil {
		return err
	}
	account, err := a.Accounts.Account(ctx, wanted.ChannelID)
	if err != nil && !errors.Is(err, connectors.ErrNoAccount) {
		return err
	}
	var refused *connectors.SendError
	switch err := a.change(ctx, account, *wanted); {
	case err == nil:
		return a.Log.SettleChange(ctx, in.ConversationID, in.Seq, nil)
	case !errors.As(err, &refused):
		return fmt.Errorf("change message %d of conversation %s: %w", wanted.MessageSeq, in.ConversationID, err)
	case refused.Permanent():
		return a.unchanged(ctx, in, refused)
	default:
		return retryable(refused)
	}
}

func (a *Delivery) unchanged(ctx context.Context, in flow.ErrandInput, why *connectors.SendError) error {
	return a.Log.SettleChange(ctx, in.ConversationID, in.Seq, wordsOf(why))
}

// change makes one attempt. A message that was sent in parts is taken back part by part.
func (a *Delivery) change(ctx context.Context, account connectors.Account, wanted conversation.Wanted) error {
	connector, known := a.Registry.Get(account.Kind)
	if !known {
		return &connectors.SendError{Code: connectors.CodeConfig, Words: "The channel is switched off or removed."}
	}
	if len(wanted.ProviderIDs) == 0 {
		return &connectors.SendError{Code: connectors.CodeRejected, Words: "The message is not one of this channel."}
	}
	if account.Paused {
		return &connectors.SendError{Code: connectors.CodeThrottled, Words: "The channel is paused; the change waits.", RetryAfter: pausedFor}
	}
	if err := a.Gate.Enter(ctx, connector, account); err != nil {
		return err
	}
	target := connectors.Target{Address: wanted.Address, ProviderID: wanted.ProviderIDs[0], Ours: wanted.Ours}
	switch wanted.What {
	case conversation.ToEdit:
		if c, ok := connector.(connectors.Editor); ok {
			return c.Edit(ctx, account, target, wanted.Text)
		}
	case conversation.ToReact:
		if c, ok := connector.(connectors.Reactor); ok {
			return c.React(ctx, account, target, wanted.Emoji)
		}
	case conversation.ToDelete:
		if c, ok := connector.(connectors.Deleter); ok {
			for _, id := range wanted.ProviderIDs {
				target.ProviderID = id
				if err := c.Delete(ctx, account, target); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return &connectors.SendError{Code: connectors.CodeRejected, Words: "The channel cannot do that."}
}

// Unchanged implements flow.ActivityUnchanged: what has not been done by now is given up.
func (a *Delivery) Unchanged(ctx context.Context, in flow.ErrandInput) error {
	return a.unchanged(ctx, in, &connectors.SendError{Code: connectors.CodeProvider, Words: in.Reason})
}
