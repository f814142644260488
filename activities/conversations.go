// Package activities holds the side effects of conversations' workflows: small structs, each with just what it needs. Their
// names, inputs and results are declared in workflows/flow, which is all the workflows know of them.
package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"seax/connectors"
	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/sla"
	"seax/workflows/flow"
)

// Registry is where activities are registered: a worker or a test environment.
type Registry interface {
	RegisterActivityWithOptions(a any, options activity.RegisterOptions)
}

func register(r Registry, name string, fn any) {
	r.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: name})
}

// Conversations reads and writes the event log for workflows.
type Conversations struct {
	Log      *conversation.Log
	Registry *connectors.Registry
	// BotAttempts and BotTimeout tell flows how to call the bot this worker has.
	BotAttempts int
	BotTimeout  time.Duration
}

// Register makes the activities known to a worker.
func (a *Conversations) Register(r Registry) {
	register(r, flow.ActivityOpen, a.Open)
	register(r, flow.ActivityInputs, a.Inputs)
	register(r, flow.ActivityAppend, a.Append)
	register(r, flow.ActivityNote, a.Record)
	register(r, flow.ActivityClose, a.Close)
	register(r, flow.ActivitySLADue, a.SLADue)
}

// Open implements flow.ActivityOpen.
func (a *Conversations) Open(ctx context.Context, in flow.OpenInput) (flow.OpenResult, error) {
	var out flow.OpenResult
	f := &out.Facts
	err := a.Log.Pool().QueryRow(ctx, `select c.channel_id, c.channel_kind, ch.name, c.number, c.language, c.attributes, ch.queue_id, coalesce(ch.plan_id, ''), c.phase, c.epoch,
			ct.id, ct.name, ct.locale, ct.attributes, (select count(*) from conversations e where e.contact_id = ct.id and e.opened_at < c.opened_at),
			coalesce((select array_agg(d.seq order by d.seq) from deliveries d where d.conversation_id = c.id and d.status = 'queued'), '{}')
		from conversations c join channels ch on ch.id = c.channel_id join contacts ct on ct.id = c.contact_id where c.id = $1`, in.ConversationID).
		Scan(&f.ChannelID, &f.ChannelKind, &f.ChannelName, &f.Number, &f.Language, &f.Attributes, &f.Queue, &f.Plan, &f.Phase, &f.Epoch,
			&f.Contact.ID, &f.Contact.Name, &f.Contact.Locale, &f.Contact.Attributes, &f.Contact.Earlier, &out.Queued)
	if errors.Is(err, pgx.ErrNoRows) {
		return out, unknown(fmt.Errorf("there is no conversation %s", in.ConversationID))
	}
	if err != nil {
		return out, fmt.Errorf("open conversation %s: %w", in.ConversationID, err)
	}
	if connector, ok := a.Registry.Get(f.ChannelKind); ok {
		f.Local = connector.Describe().Local
		_, asks := connector.(connectors.ProfileLookup)
		out.Stranger = asks && f.Contact.Name == ""
	}
	f.BotAttempts, f.BotTimeout = a.BotAttempts, a.BotTimeout
	out.Inputs, out.More, err = a.Log.Inputs(ctx, in.ConversationID, in.After)
	return out, err
}

// Inputs implements flow.ActivityInputs.
func (a *Conversations) Inputs(ctx context.Context, in flow.InputsInput) ([]conversation.Event, error) {
	events, _, err := a.Log.Inputs(ctx, in.ConversationID, in.After)
	return events, err
}

// Append implements flow.ActivityAppend.
func (a *Conversations) Append(ctx context.Context, in flow.AppendInput) (flow.AppendResult, error) {
	seq, dropped, err := a.Log.Say(ctx, in.ConversationID, conversation.Saying{
		ID: in.ID, Kind: in.Kind, Actor: in.Actor, Message: in.Message, Epoch: in.Epoch,
	})
	return flow.AppendResult{Seq: seq, Dropped: dropped}, final(err)
}

// Record implements flow.ActivityNote.
func (a *Conversations) Record(ctx context.Context, in flow.RecordInput) error {
	r := conversation.Record{Attributes: in.Attributes, Language: in.Language, Attention: in.Attention, Flow: in.Flow}
	if in.Step != nil {
		r.Step = &conversation.Step{Step: in.Step.Step, Detail: in.Step.Detail}
	}
	if in.Rating != nil {
		r.Rating = &conversation.Rating{Score: in.Rating.Score, Of: in.Rating.Of}
	}
	return final(a.Log.Record(ctx, in.ConversationID, r))
}

// Close implements flow.ActivityClose.
func (a *Conversations) Close(ctx context.Context, in flow.CloseInput) (flow.CloseResult, error) {
	closed, newer, err := a.Log.Close(ctx, in.ConversationID, in.Cursor, in.Reason)
	if err != nil || !closed {
		return flow.CloseResult{Inputs: newer}, final(err)
	}
	unsent, err := a.Log.Unsent(ctx, in.ConversationID)
	return flow.CloseResult{Closed: true, Unsent: unsent}, err
}

// SLADue implements flow.ActivitySLADue.
func (a *Conversations) SLADue(ctx context.Context, conversation uuid.UUID) (sla.Mark, error) {
	mark, err := a.Log.SLADue(ctx, conversation)
	return mark, final(err)
}

// Routing changes who has a conversation, for workflows.
type Routing struct {
	Desk *dispatch.Desk
}

// Register makes the activities known to a worker.
func (a *Routing) Register(r Registry) {
	register(r, flow.ActivityEnqueue, a.Enqueue)
	register(r, flow.ActivityStep, a.Step)
	register(r, flow.ActivityRematch, a.Rematch)
	register(r, flow.ActivityCallback, a.Callback)
	register(r, flow.ActivityAbandon, a.Abandon)
	register(r, flow.ActivityTimeout, a.Timeout)
	register(r, flow.ActivityComplete, a.Complete)
	register(r, flow.ActivityReplyDue, a.ReplyDue)
	register(r, flow.ActivityReturn, a.Return)
	register(r, flow.ActivityResume, a.Resume)
	register(r, flow.ActivityPosition, a.Position)
	register(r, flow.ActivityOpenHours, a.Hours)
}

// Enqueue implements flow.ActivityEnqueue.
func (a *Routing) Enqueue(ctx context.Context, in flow.EnqueueInput) error {
	q := in.Request
	return final(a.Desk.Enqueue(ctx, in.ConversationID, dispatch.Enqueue{
		RequestID: in.RequestID, Queue: q.Queue, Plan: q.Plan, Skills: q.Skills, Preferred: q.Preferred, Priority: q.Priority, Known: q.Known, Reason: q.Reason,
		Since: q.Since, Anyway: q.Anyway, Greeting: q.Greeting,
	}))
}

// Step implements flow.ActivityStep.
func (a *Routing) Step(ctx context.Context, conversation uuid.UUID) error {
	return final(a.Desk.StepDue(ctx, conversation))
}

// Rematch implements flow.ActivityRematch.
func (a *Routing) Rematch(ctx context.Context, conversation uuid.UUID) error {
	return final(a.Desk.Rematch(ctx, conversation))
}

// Callback implements flow.ActivityCallback.
func (a *Routing) Callback(ctx context.Context, in flow.CallbackInput) (bool, error) {
	waits, err := a.Desk.Callback(ctx, in.ConversationID, in.Greeting)
	return waits, final(err)
}

// Abandon implements flow.ActivityAbandon.
func (a *Routing) Abandon(ctx context.Context, in flow.AbandonInput) (bool, error) {
	free, err := a.Desk.Abandon(ctx, in.ConversationID, in.Reason)
	return free, final(err)
}

// Timeout implements flow.ActivityTimeout.
func (a *Routing) Timeout(ctx context.Context, reservation uuid.UUID) error {
	return final(a.Desk.Timeout(ctx, reservation))
}

// Complete implements flow.ActivityComplete.
func (a *Routing) Complete(ctx context.Context, in flow.CompleteInput) error {
	return final(a.Desk.CompleteDue(ctx, in.ConversationID, in.Deadline))
}

// ReplyDue implements flow.ActivityReplyDue.
func (a *Routing) ReplyDue(ctx context.Context, conversation uuid.UUID) error {
	return final(a.Desk.ReplyDue(ctx, conversation))
}

// Return implements flow.ActivityReturn.
func (a *Routing) Return(ctx context.Context, in flow.ReturnInput) error {
	return final(a.Desk.ReturnToQueue(ctx, in.ConversationID, in.AgentID))
}

// Resume implements flow.ActivityResume.
func (a *Routing) Resume(ctx context.Context, in flow.ResumeInput) error {
	_, err := a.Desk.Resume(ctx, in.ConversationID, conversation.System, in.Reason)
	return final(err)
}

// Position implements flow.ActivityPosition.
func (a *Routing) Position(ctx context.Context, conversation uuid.UUID) (flow.PositionResult, error) {
	place, err := a.Desk.Place(ctx, conversation)
	return flow.PositionResult{Position: place.Position, Estimate: place.Estimate}, err
}

// Hours implements flow.ActivityOpenHours.
func (a *Routing) Hours(ctx context.Context, queue string) (flow.HoursResult, error) {
	h, err := a.Desk.Hours(ctx, queue)
	if err != nil {
		return flow.HoursResult{}, final(err)
	}
	out := flow.HoursResult{Open: h.Open, Zone: h.Zone}
	if !h.Next.IsZero() {
		out.Next = &h.Next
	}
	return out, nil
}

// final marks errors that trying again cannot mend, so that the workflow can decide on them.
func final(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, dispatch.ErrUnknown), errors.Is(err, conversation.ErrNotFound), errors.Is(err, dispatch.ErrNoReservation):
		return unknown(err)
	default:
		return err
	}
}

func unknown(err error) error {
	return temporal.NewApplicationErrorWithOptions(err.Error(), flow.ErrorUnknown, temporal.ApplicationErrorOptions{
		NonRetryable: true, Cause: err, Category: temporal.ApplicationErrorCategoryBenign,
	})
}
