package flow

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"seax/internal/conversation"
)

// Say says something to the customer. It does not wait until they have received it; what is said is delivered in order. When a
// person owns the conversation by now, nothing is said and ErrTakenOver returned.
func (c *Conversation) Say(ctx workflow.Context, text string) error {
	return c.once(ctx, "say", "", func() error { return c.speak(ctx, conversation.Message{Text: text}) })
}

// Show is like Say for a message with options or attachments.
func (c *Conversation) Show(ctx workflow.Context, message conversation.Message) error {
	return c.once(ctx, "show", "", func() error { return c.speak(ctx, message) })
}

// speak says something as the flow, unless the customer has left or a person took over.
func (c *Conversation) speak(ctx workflow.Context, message conversation.Message) error {
	if err := c.interrupted(); err != nil {
		return err
	}
	dropped, err := c.append(ctx, conversation.BotMessage, conversation.Actor{Kind: conversation.ByFlow, Name: c.flow.Name}, message, c.state.Desk.Epoch)
	if err == nil && dropped {
		// Somebody has taken over and we have not heard of it yet: wait until we have.
		if _, err := c.wait(ctx, "", time.Time{}, func() bool { return c.interrupted() != nil }); err != nil {
			return err
		}
		return c.interrupted()
	}
	return err
}

// append logs a message and puts it in line for delivery. It is idempotent: the id is made of the conversation and a number.
func (c *Conversation) append(ctx workflow.Context, kind conversation.Kind, actor conversation.Actor, message conversation.Message, epoch int) (dropped bool, err error) {
	c.state.Said++
	var result AppendResult
	input := AppendInput{
		ConversationID: c.id, ID: c.idOf(fmt.Sprintf("say/%d", c.state.Said)), Kind: kind, Actor: actor, Message: message, Epoch: epoch,
	}
	if err := c.call(ctx, "Say: "+brief(message.Text), ActivityAppend, input, &result); err != nil {
		return false, err
	}
	if !result.Dropped {
		c.state.deliver(result.Seq)
	}
	return result.Dropped, nil
}

// brief is a text's beginning, for summaries.
func brief(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// next waits for the customer's next message until the deadline. The error is ErrIdle at the deadline, or why the step cannot
// go on. The message leaves the inbox.
func (c *Conversation) next(ctx workflow.Context, summary string, deadline time.Time) (Incoming, error) {
	if err := c.await(ctx, summary, deadline); err != nil {
		return Incoming{}, err
	}
	first := c.state.Inbox[0]
	c.state.Inbox = c.state.Inbox[1:]
	return first, nil
}

// await waits until there is a message in the inbox.
func (c *Conversation) await(ctx workflow.Context, summary string, deadline time.Time) error {
	timedOut, err := c.wait(ctx, summary, deadline, func() bool { return len(c.state.Inbox) > 0 || c.interrupted() != nil })
	switch {
	case err != nil:
		return err
	case c.interrupted() != nil && len(c.state.Inbox) == 0:
		return c.interrupted()
	case c.state.Desk.person() || c.state.Desk.Wrapped:
		return ErrTakenOver
	case timedOut:
		return ErrIdle
	}
	return nil
}

// Wait does nothing for a while. Messages that come meanwhile are kept for the next step. ErrLeft and ErrTakenOver end it.
func (c *Conversation) Wait(ctx workflow.Context, d time.Duration) error {
	var s struct {
		Until time.Time `json:"until"`
	}
	e, done, err := c.begin("wait", "", &s)
	if err != nil || done {
		return err
	}
	if s.Until.IsZero() {
		s.Until = workflow.Now(ctx).Add(d)
	}
	if _, err := c.wait(ctx, "Wait", s.Until, func() bool { return c.interrupted() != nil }); err != nil {
		return err
	}
	if err := c.interrupted(); err != nil {
		return err
	}
	e.Done = true
	return nil
}

// Do runs an activity of the developer's, by name or function, and reads its result into result (a pointer, or nil). options
// follow Temporal's rules; a StartToCloseTimeout is required. The result is kept in the journal: let it be short.
func (c *Conversation) Do(ctx workflow.Context, key string, options workflow.ActivityOptions, activity any, input, result any) error {
	e, done, err := c.begin("do", key, result)
	if err != nil || done {
		return err
	}
	if options.Summary == "" {
		options.Summary = key
	}
	if err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), activity, input).Get(ctx, result); err != nil {
		return fmt.Errorf("do %s: %w", key, err)
	}
	e.Done = true
	return c.record(ctx, key, "")
}

// Go ends this flow and goes on with another, from its beginning. Return its error at once. A flow that loops for ever goes to
// itself now and then, so that its journal starts anew.
func (c *Conversation) Go(flow string) error { return &goError{flow} }

// record notes what the flow did, for people who read the log.
func (c *Conversation) record(ctx workflow.Context, step, detail string) error {
	return c.call(ctx, "Note: "+step, ActivityNote, RecordInput{ConversationID: c.id, Step: &Recorded{Step: step, Detail: detail}}, nil)
}

// Hours says whether a queue is open.
type Hours struct {
	Open bool `json:"open"`
	// Next is when it opens, in the queue's time zone; zero when it is open or never opens.
	Next time.Time `json:"next,omitzero"`
}

// Open says whether a queue is open now, by its hours, holidays and time zone.
func (c *Conversation) Open(ctx workflow.Context, queue string) (Hours, error) {
	var h Hours
	e, done, err := c.begin("open", queue, &h)
	if err != nil || done {
		return h, err
	}
	var result HoursResult
	if err := c.call(ctx, "Is "+queue+" open?", ActivityOpenHours, queue, &result); err != nil {
		return h, err
	}
	if h.Open = result.Open; result.Next != nil {
		h.Next = *result.Next
		if zone, err := time.LoadLocation(result.Zone); err == nil {
			h.Next = h.Next.In(zone)
		}
	}
	e.Done = true
	return h, nil
}
