package flows

import (
	"errors"
	"net/mail"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"seax/workflows/flow"
)

// findPerson finds a person for the customer. When nobody can be had, the customer says how to go on: wait in line all the same,
// be told when it is their turn, or leave a message. Whoever says nothing waits; nobody is dropped.
func findPerson(ctx workflow.Context, c *flow.Conversation, request flow.Request) (flow.RouteResult, error) {
	request.OfferCallback = true
	result, err := c.Route(ctx, request)
	if err != nil || result.Overflow == "" {
		return result, err
	}
	// From here on it waits in its queue, with the place it had.
	request.Since, request.Anyway, request.Plan = result.Since, true, ""
	if request.Queue == "" {
		request.Queue = c.Queue()
	}
	const wait, call, message = "wait", "callback", "message"
	labels := map[string]string{c.Text(waitInLine): wait, c.Text(flow.CallbackOption): call, c.Text(leaveWord): message}
	prompt := c.Text(nobodyNow[result.Overflow]) + " " + c.Text(howToGoOn)
	chosen, err := c.Choose(ctx, "overflow", prompt, c.Text(waitInLine), c.Text(flow.CallbackOption), c.Text(leaveWord))
	if err != nil && !errors.Is(err, flow.ErrIdle) && !errors.Is(err, flow.ErrNoAnswer) {
		return result, err
	}
	switch labels[chosen] {
	case call:
		if err := c.Say(ctx, c.Text(flow.CallbackTaken)); err != nil {
			return result, err
		}
		request.Callback = true
	case message:
		return takeMessage(ctx, c, request)
	}
	return c.Route(ctx, request)
}

// takeMessage asks for an address and a message, and queues them without holding the customer on the line.
func takeMessage(ctx workflow.Context, c *flow.Conversation, request flow.Request) (flow.RouteResult, error) {
	if _, err := c.Form(ctx,
		flow.Field{Key: "email", Prompt: c.Text(askEmail), Options: []flow.AskOption{flow.Check(checkEmail(c)), flow.Timeout(time.Hour)}},
		flow.Field{Key: "message", Prompt: c.Text(askMessage), Options: []flow.AskOption{flow.Timeout(time.Hour)}},
	); err != nil {
		return flow.RouteResult{}, err
	}
	if err := c.Say(ctx, c.Text(messageTaken)); err != nil {
		return flow.RouteResult{}, err
	}
	request.Reason, request.Quiet, request.Callback, request.Anyway = "left a message", true, true, true
	return c.Route(ctx, request)
}

func checkEmail(c *flow.Conversation) func(string) (string, string) {
	return func(answer string) (string, string) {
		address, err := mail.ParseAddress(answer)
		if err != nil || !strings.Contains(address.Address, ".") {
			return "", c.Text(badEmail)
		}
		return strings.ToLower(address.Address), ""
	}
}
