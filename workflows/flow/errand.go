package flow

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"seax/internal/conversation"
)

// errand is something that is done beside the talk, which does not wait for it: the channel's provider is asked for files that
// belong to a message, or who the customer is; or a rating that came late is kept.
type errand struct {
	// Seq is the message's whose files are to be fetched; 0, and no Rating: the customer is to be looked up.
	Seq    int64  `json:"seq,omitempty"`
	Rating *Score `json:"rating,omitempty"`
}

// fetches notes that a message's files are to be fetched, if there are any.
func (s *State) fetches(seq int64, m conversation.Message) {
	pending := func(a conversation.Attachment) bool { return a.State == conversation.AttachmentPending }
	if slices.ContainsFunc(m.Attachments, pending) {
		s.Errands = append(s.Errands, errand{Seq: seq})
	}
}

// fetchFor is how long files are tried to be fetched: providers keep them for a limited time.
const fetchFor = 6 * time.Hour

// runErrands runs errands, one after the other, for as long as the workflow lives.
func (c *Conversation) runErrands(ctx workflow.Context) {
	for {
		if err := workflow.Await(ctx, func() bool { return len(c.state.Errands) > 0 && !c.reading }); err != nil {
			return
		}
		c.away = true
		e := c.state.Errands[0]
		if err := c.run(ctx, e); err != nil {
			c.failed = err
		}
		c.state.Errands = c.state.Errands[1:]
		c.away, c.progressed = false, true
	}
}

// run runs one errand. What it could not bring is noted, and no failure of the conversation.
func (c *Conversation) run(ctx workflow.Context, e errand) error {
	if e.Rating != nil {
		return c.ratedLate(ctx, *e.Rating)
	}
	input := ErrandInput{ConversationID: c.id, Seq: e.Seq}
	options := workflow.ActivityOptions{
		TaskQueue: DeliveryQueue(c.facts.ChannelKind), StartToCloseTimeout: 5 * time.Minute, ScheduleToCloseTimeout: fetchFor,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 5 * time.Minute},
	}
	if e.Seq == 0 {
		options.Summary, options.RetryPolicy.MaximumAttempts = "Ask who the customer is", 3
		if err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), ActivityLookUp, input).Get(ctx, nil); err != nil {
			workflow.GetLogger(ctx).Info("the channel does not say who the customer is", "error", err)
		}
		return nil
	}
	options.Summary = fmt.Sprintf("Fetch files of message %d", e.Seq)
	if err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), ActivityFetch, input).Get(ctx, nil); err != nil {
		input.Reason = "The file could not be fetched in time."
		return c.call(ctx, "Give up files", ActivityFetchLost, input, nil)
	}
	return nil
}
