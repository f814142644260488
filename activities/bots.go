package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/temporal"

	"seax/internal/bot"
	"seax/workflows/flow"
)

// Bots has the bot answer customers.
type Bots struct {
	Bot bot.Bot
}

// Register makes the activities known to a worker.
func (a *Bots) Register(r Registry) { register(r, flow.ActivityBot, a.Reply) }

// Reply implements flow.ActivityBot.
func (a *Bots) Reply(ctx context.Context, in flow.BotInput) (flow.BotResult, error) {
	reply, err := a.Bot.Reply(ctx, bot.Turn{
		ConversationID: in.ConversationID, TurnID: in.TurnID, Text: in.Text, Choice: in.Choice, Language: in.Language, Misses: in.Misses,
		Contact: bot.Contact{ID: in.ContactID, Name: in.ContactName},
	})
	if err != nil {
		return flow.BotResult{}, retriable(err)
	}
	return flow.BotResult{Messages: reply.Messages, Unsure: reply.Unsure, Handoff: reply.Handoff, End: reply.End}, nil
}

// retriable marks errors after which the same turn must not be tried again: the bot may have taken it in.
func retriable(err error) error {
	var decided interface{ Retryable() bool }
	if errors.As(err, &decided) && !decided.Retryable() {
		return temporal.NewNonRetryableApplicationError(err.Error(), "bot", err)
	}
	return err
}
