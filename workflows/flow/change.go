package flow

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// changeFor is how long a change of a message is tried: later nobody expects it any more.
const changeFor = time.Hour

// makeChanges has messages changed at the provider, in the order in which it was asked for, for as long as the workflow lives. It
// waits neither for messages nor for files.
func (c *Conversation) makeChanges(ctx workflow.Context) {
	for {
		if err := workflow.Await(ctx, func() bool { return len(c.state.Changes) > 0 && !c.reading }); err != nil {
			return
		}
		c.changing = true
		if err := c.change(ctx, c.state.Changes[0]); err != nil {
			c.failed = err
		}
		c.state.Changes = c.state.Changes[1:]
		c.changing, c.progressed = false, true
	}
}

func (c *Conversation) change(ctx workflow.Context, seq int64) error {
	input := ErrandInput{ConversationID: c.id, Seq: seq}
	options := workflow.ActivityOptions{
		TaskQueue: DeliveryQueue(c.facts.ChannelKind), StartToCloseTimeout: time.Minute, ScheduleToCloseTimeout: changeFor,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
		Summary:     fmt.Sprintf("Make change %d", seq),
	}
	if err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), ActivityChange, input).Get(ctx, nil); err != nil {
		input.Reason = "The provider did not answer in time."
		return c.call(ctx, "Give up change", ActivityUnchanged, input, nil)
	}
	return nil
}
