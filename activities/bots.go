package activities

import (
	"context"

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
		return flow.BotResult{}, err
	}
	return flow.BotResult{Messages: reply.Messages, Unsure: reply.Unsure, Handoff: reply.Handoff, End: reply.End}, nil
}
