package flows

import (
	"go.temporal.io/sdk/workflow"

	"seax/workflows/flow"
)

// Assistant lets the bot answer everything until the customer asks for a live agent, or the bot gives up or fails; then a
// person takes over, preferably one who speaks the customer's language. At the end it asks how it was.
func Assistant(ctx workflow.Context, c *flow.Conversation) error {
	chat, err := c.ChatWithBot(ctx, "assistant", flow.Until(flow.AsksForPerson))
	if err != nil || chat.Reason == flow.Ended {
		return err
	}
	if chat.Reason == flow.GaveUp {
		if err := c.Say(ctx, c.Text(botGaveUp)); err != nil {
			return err
		}
	}
	if err := c.Say(ctx, c.Text(connecting)); err != nil {
		return err
	}
	result, err := findPerson(ctx, c, flow.Request{Preferred: speaks(c), Reason: chat.Reason})
	if err != nil || !result.Resolved {
		return err
	}
	return rate(ctx, c)
}

// speaks asks for somebody who knows the customer's language well.
func speaks(c *flow.Conversation) map[string]int { return map[string]int{c.Language(): 60} }

// rate asks how it was and thanks for an answer.
func rate(ctx workflow.Context, c *flow.Conversation) error {
	score, err := c.Rate(ctx, c.Text(howWasIt), 5)
	if err != nil || score == 0 {
		return err
	}
	return c.Say(ctx, c.Text(thanks))
}
