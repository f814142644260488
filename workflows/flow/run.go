package flow

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"seax/internal/conversation"
)

// Flow is one way of dealing with a conversation: linear Go that talks with the customer through c.
type Flow struct {
	// Name is the workflow type in Temporal and what channels choose flows by.
	Name string
	// Run is the flow's code. It runs under Temporal's rules for workflow code (no clock, no randomness, no I/O but through
	// c), and every effect goes through c. It may be run again from its beginning at any time; steps that are done return
	// their results again. An error or a panic hands the customer to a person.
	Run func(ctx workflow.Context, c *Conversation) error
}

// Registry is where workflows are registered: a worker, a replayer, a test environment.
type Registry interface {
	RegisterWorkflowWithOptions(w any, options workflow.RegisterOptions)
}

// Register makes flows known. It panics when two have the same name, which is a mistake in the program.
func Register(r Registry, flows ...Flow) {
	names := map[string]bool{}
	for _, f := range flows {
		if f.Name == "" || f.Run == nil || names[f.Name] {
			panic(fmt.Sprintf("flow: %q has no name, no code, or a namesake", f.Name))
		}
		names[f.Name] = true
	}
	for _, f := range flows {
		r.RegisterWorkflowWithOptions(func(ctx workflow.Context, in Input) error {
			return run(ctx, in, f, names)
		}, workflow.RegisterOptions{Name: f.Name})
	}
}

// run is the workflow of every conversation. It returns at one place with a new run, and otherwise when the conversation is
// closed and everything said has been sent.
func run(ctx workflow.Context, in Input, f Flow, names map[string]bool) error {
	c := newConversation(ctx, in, f, names)
	if err := c.open(ctx); err != nil {
		return err
	}
	c.describe(ctx)
	c.listen(ctx)
	workflow.GoNamed(ctx, "deliver", c.deliverAll)
	workflow.GoNamed(ctx, "sla", c.keepClocks)
	workflow.GoNamed(ctx, "errands", c.runErrands)
	workflow.GoNamed(ctx, "changes", c.makeChanges)
	if c.closed {
		c.finished = true
	} else {
		workflow.GoNamed(ctx, "flow", c.play)
	}
	if err := workflow.Await(ctx, func() bool { return c.ended() || c.renewable(ctx) }); err != nil {
		return err
	}
	if c.failed != nil || c.ended() {
		return c.failed
	}
	next := Input{ConversationID: in.ConversationID, State: c.state}
	return workflow.NewContinueAsNewError(ctx, c.nextFlow, next)
}

func newConversation(ctx workflow.Context, in Input, f Flow, names map[string]bool) *Conversation {
	c := &Conversation{id: in.ConversationID, flow: f, names: names, nextFlow: f.Name, state: in.State, pending: map[int64]conversation.Event{}}
	if c.state == nil {
		c.state = &State{Desk: desk{Phase: conversation.InFlow}}
	}
	c.shown.slaDue = c.state.SLA.Risk
	c.local = workflow.LocalActivityOptions{
		StartToCloseTimeout: 15 * time.Second,
		// Without this it would be the 15 seconds, too: a database that is away for longer must not end a conversation.
		ScheduleToCloseTimeout: 365 * 24 * time.Hour,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 10 * time.Second},
	}
	c.startedAt = workflow.GetInfo(ctx).GetCurrentHistoryLength()
	return c
}

// ended reports whether there is nothing left to do.
func (c *Conversation) ended() bool {
	return c.failed != nil || (c.finished && len(c.state.Outbound) == 0 && !c.delivering && len(c.state.Errands) == 0 && len(c.state.Changes) == 0)
}

// renewable reports whether this is a good moment to go on in a new run, and a reason to. Nothing may be under way: what is
// not in the state would be forgotten.
func (c *Conversation) renewable(ctx workflow.Context) bool {
	if !c.quiet || c.delivering || c.reading || c.looking || c.away || c.changing || c.finished || len(c.pending) > 0 {
		return false
	}
	return c.renew || (c.progressed && workflow.GetInfo(ctx).GetContinueAsNewSuggested())
}

// open reads the facts and everything that has come since the state was made.
func (c *Conversation) open(ctx workflow.Context) error {
	var result OpenResult
	input := OpenInput{ConversationID: c.id, After: c.state.Cursor}
	if err := c.call(ctx, "Read the conversation", ActivityOpen, input, &result); err != nil {
		return err
	}
	fresh := c.state.Round == 0
	c.facts = result.Facts
	c.closed = result.Facts.Phase == conversation.Done
	if fresh {
		c.state.Round = 1
		c.state.Language = result.Facts.Language
		c.state.Attributes = result.Facts.Attributes
		if result.Stranger {
			c.state.Errands = append(c.state.Errands, errand{})
		}
	}
	for _, seq := range result.Queued {
		c.state.deliver(seq)
	}
	c.takeAll(result.Inputs)
	for more := result.More; more; {
		var inputs []conversation.Event
		if err := c.call(ctx, "Read what has come", ActivityInputs, InputsInput{ConversationID: c.id, After: c.state.Cursor}, &inputs); err != nil {
			return err
		}
		c.takeAll(inputs)
		more = len(inputs) > 0
	}
	if fresh {
		c.state.RoundFrom = c.state.Cursor
	}
	c.progressed = false
	return nil
}

// takeAll takes in inputs in order; those taken before are skipped.
func (c *Conversation) takeAll(events []conversation.Event) {
	for _, e := range events {
		if e.Seq <= c.state.Cursor {
			continue
		}
		c.progressed = true
		if err := c.state.take(e); err != nil {
			c.failed = temporal.NewNonRetryableApplicationError(fmt.Sprintf("input %d (%s) cannot be read", e.Seq, e.Kind), "unreadable", err)
			return
		}
		if e.Kind == conversation.Continued {
			c.moved(e)
		}
		c.changes++
	}
}

// moved has what comes now go to the channel on which the customer goes on.
func (c *Conversation) moved(e conversation.Event) {
	var to conversation.Continuation
	if err := e.Decode(&to); err != nil {
		c.failed = temporal.NewNonRetryableApplicationError(fmt.Sprintf("input %d (%s) cannot be read", e.Seq, e.Kind), "unreadable", err)
		return
	}
	f := &c.facts
	f.ChannelID, f.ChannelKind, f.ChannelName, f.Local = to.ChannelID, to.ChannelKind, to.ChannelName, to.Local
}

// play runs the flow, again and again until the conversation is closed.
func (c *Conversation) play(ctx workflow.Context) {
	for {
		moved, err := c.settled(ctx, c.attempt(ctx))
		if err == nil && !moved {
			moved, err = c.closeOrRestart(ctx)
		}
		if err != nil {
			c.failed = err
		}
		if moved || err != nil {
			return
		}
	}
}

// settled deals with how the flow's code ended. moved: another flow goes on in a new run.
func (c *Conversation) settled(ctx workflow.Context, result error) (moved bool, err error) {
	var elsewhere *goError
	switch {
	case result == nil, errors.Is(result, ErrLeft), errors.Is(result, ErrIdle):
		return false, nil
	case errors.As(result, &elsewhere) && c.names[elsewhere.flow]:
		return true, c.moveTo(ctx, elsewhere.flow)
	case errors.Is(result, ErrTakenOver):
		if _, err := c.withPerson(ctx, &routeState{Enqueued: true}); errors.As(err, &elsewhere) {
			return c.settled(ctx, err)
		} else {
			return false, err
		}
	case ctx.Err() != nil:
		// An admin has cancelled the workflow.
		return false, ctx.Err()
	default:
		err := c.fallBack(ctx, result)
		if errors.As(err, &elsewhere) && c.names[elsewhere.flow] {
			return c.settled(ctx, err)
		}
		return false, err
	}
}

// attempt runs the flow's code once and turns a panic into an error.
func (c *Conversation) attempt(ctx workflow.Context) (err error) {
	if c.state.Fallback {
		return c.askForPerson(ctx)
	}
	if (c.state.Desk.owned() || c.state.Desk.Wrapped) && len(c.state.Journal) == 0 {
		return ErrTakenOver
	}
	defer func() {
		// When a run is put away its goroutines are unwound without a panic: recover returns nil then.
		if p := recover(); p != nil {
			err = fmt.Errorf("flow %s panicked: %v", c.flow.Name, p)
		}
	}()
	c.step = 0
	return c.flow.Run(ctx, c)
}

// fallBack marks the conversation and asks for a person instead of the flow that failed.
func (c *Conversation) fallBack(ctx workflow.Context, cause error) error {
	workflow.GetLogger(ctx).Warn("flow failed, a person takes over", "flow", c.flow.Name, "error", cause)
	record := RecordInput{ConversationID: c.id, Attention: fmt.Sprintf("Flow %s failed: %v", c.flow.Name, cause)}
	if err := c.call(ctx, "Mark: needs attention", ActivityNote, record, nil); err != nil {
		return err
	}
	c.state.Fallback, c.state.Journal = true, nil
	err := c.askForPerson(ctx)
	if errors.Is(err, ErrLeft) || errors.Is(err, ErrTakenOver) || errors.Is(err, ErrIdle) {
		return nil
	}
	return err
}

func (c *Conversation) askForPerson(ctx workflow.Context) error {
	c.step = 0
	_, err := c.Route(ctx, Request{Reason: "the flow failed", Anyway: true})
	if errors.Is(err, ErrTakenOver) {
		_, err = c.withPerson(ctx, &routeState{Enqueued: true})
	}
	return err
}

// closeOrRestart closes the conversation unless something unread has come; then the flow begins again with that. Who wrote and
// then left waits for no answer.
func (c *Conversation) closeOrRestart(ctx workflow.Context) (done bool, err error) {
	for (c.state.Left || !c.state.unread()) && !c.state.Desk.person() {
		var result CloseResult
		input := CloseInput{ConversationID: c.id, Cursor: c.state.Cursor, Reason: "finished"}
		if c.state.Left {
			input.Reason = "left"
		}
		if err := c.call(ctx, "Close the conversation", ActivityClose, input, &result); err != nil {
			return false, err
		}
		if result.Closed {
			for _, seq := range result.Unsent {
				c.state.deliver(seq)
			}
			c.finished, c.state.Desk.Phase = true, conversation.Done
			c.describe(ctx)
			return true, nil
		}
		c.takeAll(result.Inputs)
	}
	c.state.Round++
	c.state.RoundFrom = c.state.Cursor
	c.state.Journal, c.state.Fallback, c.state.Left = nil, false, false
	c.state.Desk.Wrapped = false
	return false, nil
}

// moveTo goes on with another flow, from its beginning, in a new run.
func (c *Conversation) moveTo(ctx workflow.Context, flow string) error {
	if err := c.call(ctx, "Go to "+flow, ActivityNote, RecordInput{ConversationID: c.id, Flow: flow}, nil); err != nil {
		return err
	}
	c.state.Round++
	c.state.RoundFrom = c.state.Cursor
	c.state.Journal, c.state.Fallback = nil, false
	c.nextFlow, c.renew, c.quiet = flow, true, true
	return nil
}

// call runs a local activity to its end. It fails only for reasons that trying again cannot mend.
func (c *Conversation) call(ctx workflow.Context, summary, activity string, input, result any) error {
	options := c.local
	options.Summary = summary
	return workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, options), activity, input).Get(ctx, result)
}

// listen starts taking in signals. Signals of several names come in no order; what has come is put in order by seq before it
// is taken, and what is missing is read from the log.
func (c *Conversation) listen(ctx workflow.Context) {
	selector := workflow.NewSelector(ctx)
	for _, kind := range conversation.InputKinds() {
		selector.AddReceive(workflow.GetSignalChannel(ctx, string(kind)), func(channel workflow.ReceiveChannel, _ bool) {
			var e conversation.Event
			channel.Receive(ctx, &e)
			c.pending[e.Seq] = e
		})
	}
	selector.AddReceive(workflow.GetSignalChannel(ctx, backlogSignal), func(channel workflow.ReceiveChannel, _ bool) {
		var b backlog
		channel.Receive(ctx, &b)
		c.upTo = max(c.upTo, b.UpTo)
	})
	workflow.GoNamed(ctx, "inbox", func(ctx workflow.Context) {
		for {
			selector.Select(ctx)
			c.reading = true
			for selector.HasPending() {
				selector.Select(ctx)
			}
			if err := c.settle(ctx); err != nil {
				c.failed = err
			}
			c.reading = false
			c.describe(ctx)
		}
	})
}

// backlogSignal and backlog are the relay's signal for "inputs up to this seq are waiting".
const backlogSignal = "backlog"

type backlog struct {
	UpTo int64 `json:"up_to"`
}

// settle takes in what has come, in order, and reads from the log what is missing before it.
func (c *Conversation) settle(ctx workflow.Context) error {
	for {
		c.takePending()
		if len(c.pending) == 0 && c.upTo <= c.state.Cursor {
			return nil
		}
		var inputs []conversation.Event
		if err := c.call(ctx, "Read what has come", ActivityInputs, InputsInput{ConversationID: c.id, After: c.state.Cursor}, &inputs); err != nil {
			return err
		}
		if len(inputs) == 0 {
			// Signaled but not in the log: it was never committed. Nothing to take in.
			c.pending, c.upTo = map[int64]conversation.Event{}, 0
			return nil
		}
		c.takeAll(inputs)
	}
}

func (c *Conversation) takePending() {
	for _, seq := range workflow.DeterministicKeys(c.pending) {
		e := c.pending[seq]
		if seq <= c.state.Cursor {
			delete(c.pending, seq)
			continue
		}
		if e.PrevInput == nil || *e.PrevInput != c.state.Cursor {
			return
		}
		delete(c.pending, seq)
		c.takeAll([]conversation.Event{e})
	}
}

// deliverAll sends messages, one after the other and in the log's order, for as long as the workflow lives.
func (c *Conversation) deliverAll(ctx workflow.Context) {
	for {
		if err := workflow.Await(ctx, func() bool { return len(c.state.Outbound) > 0 && !c.reading }); err != nil {
			return
		}
		c.delivering = true
		batch := DeliverInput{ConversationID: c.id, Seqs: slices.Clone(c.state.Outbound)}
		if err := c.deliver(ctx, batch); err != nil {
			batch.Reason = "could not be delivered within a day"
			if err := c.call(ctx, "Give up delivery", ActivityGiveUp, batch, nil); err != nil {
				c.failed = err
			}
		}
		c.state.Outbound = slices.DeleteFunc(c.state.Outbound, func(seq int64) bool { return slices.Contains(batch.Seqs, seq) })
		c.delivering, c.progressed = false, true
		workflow.SetCurrentDetails(ctx, c.details())
	}
}

// deliver sends through the channel kind's own queue, so that a slow provider slows nobody else; where there is no provider but
// our own database, beside the workflow.
func (c *Conversation) deliver(ctx workflow.Context, batch DeliverInput) error {
	if c.facts.Local {
		return c.call(ctx, deliverSummary(batch), ActivityDeliver, batch, nil)
	}
	options := workflow.ActivityOptions{
		TaskQueue:              DeliveryQueue(c.facts.ChannelKind),
		StartToCloseTimeout:    2 * time.Minute,
		ScheduleToCloseTimeout: 24 * time.Hour,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 500 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: time.Minute},
		Summary:                deliverSummary(batch),
	}
	return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), ActivityDeliver, batch).Get(ctx, nil)
}

func deliverSummary(in DeliverInput) string {
	if len(in.Seqs) == 1 {
		return fmt.Sprintf("Send message %d", in.Seqs[0])
	}
	return fmt.Sprintf("Send %d messages", len(in.Seqs))
}

// idOf makes ids that are the same whenever the same thing is done again.
func (c *Conversation) idOf(what string) uuid.UUID {
	return uuid.NewSHA1(c.id, []byte(what))
}
