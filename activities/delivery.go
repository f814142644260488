package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/temporal"

	"seax/connectors"
	"seax/internal/conversation"
	"seax/internal/health"
	"seax/internal/identity"
	"seax/internal/pacing"
	"seax/workflows/flow"
)

// Files are what messages carry.
type Files interface {
	// Reader opens a file's content; the caller closes it.
	Reader(ctx context.Context, id uuid.UUID) (conversation.Attachment, io.ReadCloser, error)
	// Sign sets the URL (without scheme and host) by which anybody who has it can fetch the file.
	Sign(a conversation.Attachment) conversation.Attachment
}

// Delivery sends messages to customers through connectors.
type Delivery struct {
	Log      *conversation.Log
	Registry *connectors.Registry
	Accounts connectors.Accounts
	Files    Files
	// PublicURL is how providers reach us, for files they fetch.
	PublicURL string
	Pacer     *pacing.Pacer
	Gate      *health.Gate
	Health    *health.Recorder
	Clock     func() time.Time
}

// Register makes the activities known to a worker that works on delivery queues.
func (a *Delivery) Register(r Registry) {
	register(r, flow.ActivityDeliver, a.Deliver)
	register(r, flow.ActivityChange, a.Change)
}

// RegisterLocal makes known what runs beside the workflow: giving up, and the deliveries of local channels.
func (a *Delivery) RegisterLocal(r Registry) {
	register(r, flow.ActivityGiveUp, a.GiveUp)
	register(r, flow.ActivityUnchanged, a.Unchanged)
	a.Register(r)
}

// Deliver implements flow.ActivityDeliver: it sends messages one after the other and records what became of each. Tried again
// after a failure it goes on with those that are still queued. A message whose outcome is unknown is shown as unconfirmed and
// not sent again, unless the channel drops repetitions by id.
func (a *Delivery) Deliver(ctx context.Context, in flow.DeliverInput) (flow.DeliverResult, error) {
	var out flow.DeliverResult
	messages, to, err := a.Log.Deliverable(ctx, in.ConversationID, in.Seqs)
	if err != nil || len(messages) == 0 {
		return out, err
	}
	account, err := a.Accounts.Account(ctx, to.ChannelID)
	if err != nil && !errors.Is(err, connectors.ErrNoAccount) {
		return out, err
	}
	l := line{Delivery: a, account: account, to: to}
	// Without an account its kind is "", which no connector has.
	if connector, known := a.Registry.Get(account.Kind); known {
		l.connector, l.capabilities = connector, connectors.CapabilitiesOf(connector, account)
	}
	for _, m := range messages {
		status, err := l.deliver(ctx, m)
		if err != nil {
			return out, err
		}
		switch status {
		case conversation.StatusFailed:
			out.Failed++
		case conversation.StatusUnconfirmed:
			out.Unconfirmed++
		default:
			out.Sent++
		}
	}
	return out, nil
}

// line is the way to one customer.
type line struct {
	*Delivery
	account      connectors.Account
	connector    connectors.Connector
	capabilities connectors.Capabilities
	to           conversation.Destination
}

// deliver sends one message, in parts if it must be, and records what became of it. It returns how far it got, or the error after
// which Temporal should try again.
func (l *line) deliver(ctx context.Context, m conversation.Undelivered) (conversation.Status, error) {
	var message conversation.Message
	if err := json.Unmarshal(m.Event.Body, &message); err != nil {
		return l.settle(ctx, m, nil, failed(&connectors.SendError{Code: connectors.CodeRejected, Words: "The message cannot be read."}))
	}
	if refused := l.refuse(m.Event.Actor, message); refused != nil {
		return l.settle(ctx, m, nil, failed(refused))
	}
	parts := m.Parts
	if len(parts) == 0 {
		contents := connectors.Split(message, l.capabilities)
		if len(contents) == 1 {
			return l.once(ctx, m, nil, m.Event.ID, contents[0], m.Begun)
		}
		var err error
		if parts, err = l.Log.Split(ctx, m, l.account.ID, contents); err != nil {
			return "", err
		}
	}
	result := conversation.StatusSent
	for _, p := range parts {
		if p.Status != conversation.StatusQueued {
			continue
		}
		status, err := l.once(ctx, m, &p.ID, p.ID, p.Content, p.Begun)
		if err != nil || status == conversation.StatusFailed {
			// Without this part the rest makes no sense.
			return status, err
		}
		if status == conversation.StatusUnconfirmed {
			result = status
		}
	}
	return result, nil
}

// refuse says why a message need not even be tried; nil if it is.
func (l *line) refuse(by conversation.Actor, message conversation.Message) *connectors.SendError {
	switch {
	case l.connector == nil:
		return &connectors.SendError{Code: connectors.CodeConfig, Words: "The channel is switched off or removed."}
	case l.to.OptedOut:
		return &connectors.SendError{Code: connectors.CodeOptedOut, Words: "The customer does not want to be written to on this channel."}
	case l.windowClosed(by) && message.Template == nil:
		words := "The customer has not written for too long; this channel allows no reply any more."
		if l.capabilities.Templates {
			words = "The customer has not written for too long; only a template may be sent now."
		}
		return &connectors.SendError{Code: connectors.CodeWindowClosed, Words: words}
	}
	return nil
}

// windowClosed reports whether the customer has not written for so long that whoever this is may not write any more.
func (l *line) windowClosed(by conversation.Actor) bool {
	window := l.capabilities.ReplyWindow
	if window == 0 {
		return false
	}
	if by.Kind == conversation.ByAgent {
		window = max(window, l.capabilities.PersonWindow)
	}
	return l.to.Last == nil || l.Clock().Sub(l.to.Last.At) >= window
}

// once makes one attempt to send a message, or a part of one, and records what became of it.
func (l *line) once(ctx context.Context, m conversation.Undelivered, part *uuid.UUID, id uuid.UUID, content conversation.Message, begun bool) (conversation.Status, error) {
	outcome, err := l.attempt(ctx, m, id, content, begun)
	if err != nil {
		return "", err
	}
	return l.settle(ctx, m, part, outcome)
}

// attempt returns what became of a message, or the error after which Temporal should try again. Where the provider does not drop
// repetitions, an attempt is written down before it is made: what a process did not live to tell, or had no answer to, is
// not repeated.
func (l *line) attempt(ctx context.Context, m conversation.Undelivered, id uuid.UUID, content conversation.Message, begun bool) (conversation.Outcome, error) {
	once := !l.capabilities.Idempotent
	if once && begun {
		return unconfirmed(&connectors.SendError{Code: connectors.CodeAmbiguous, Words: "An attempt was interrupted; it is not known whether the message was sent."}), nil
	}
	out := connectors.Outgoing{
		ID: id.String(), Address: l.to.Address, From: m.Event.Actor, Message: content, At: m.Event.At,
		BehindWindow: l.windowClosed(conversation.System),
	}
	if l.to.Last != nil {
		out.Last = *l.to.Last
	}
	if err := l.prepare(ctx, m, &out); err != nil {
		return l.judge(ctx, id, err, false)
	}
	if once {
		if err := l.Log.BeginAttempt(ctx, id); err != nil {
			return conversation.Outcome{}, err
		}
	}
	receipt, err := l.connector.Send(ctx, l.account, out)
	if ctx.Err() == nil {
		l.Gate.Left(l.account, err)
	}
	if err != nil {
		return l.judge(ctx, id, err, once)
	}
	l.Health.Sent(l.account.ID)
	status := receipt.Status
	if status == "" || status == conversation.StatusQueued {
		status = conversation.StatusSent
	}
	return conversation.Outcome{Status: status, ProviderID: receipt.ProviderID, Attempts: 1}, nil
}

// prepare waits until a message may go, and makes ready what it carries. Nothing has been sent when it fails.
func (l *line) prepare(ctx context.Context, m conversation.Undelivered, out *connectors.Outgoing) error {
	if l.account.Paused {
		return &connectors.SendError{Code: connectors.CodeThrottled, Words: "The channel is paused; the message waits.", RetryAfter: pausedFor}
	}
	if err := l.Gate.Enter(ctx, l.connector, l.account); err != nil {
		return err
	}
	if reply := out.Message.ReplyTo; reply > 0 && l.capabilities.Replies {
		var err error
		if out.ReplyTo, err = l.Log.ProviderID(ctx, m.Event.ConversationID, reply); err != nil {
			return err
		}
	}
	for _, attachment := range out.Message.Attachments {
		file := connectors.File{Attachment: attachment, PublicURL: l.PublicURL + l.Files.Sign(attachment).URL}
		file.Open = func(ctx context.Context) (io.ReadCloser, error) {
			_, content, err := l.Files.Reader(ctx, attachment.ID)
			return content, err
		}
		if u, ok := l.connector.(connectors.MediaUploader); ok {
			ref, err := u.UploadMedia(ctx, l.account, file)
			if err != nil {
				return err
			}
			file.Ref = ref
		}
		out.Files = append(out.Files, file)
	}
	return l.pace(ctx)
}

// pausedFor is how often it is looked whether a paused channel goes on.
const pausedFor = 30 * time.Second

// patience is how long a message waits for its turn in here; longer waits are Temporal's.
const patience = 2 * time.Second

func (l *line) pace(ctx context.Context) error {
	p, ok := l.connector.(connectors.Pacer)
	if !ok {
		return nil
	}
	pace := p.Pace(l.account)
	for {
		wait := l.Pacer.Take(l.account.ID, l.to.Address, pace)
		if wait == 0 {
			return nil
		}
		if wait > patience {
			return &connectors.SendError{Code: connectors.CodeThrottled, Words: "The channel sends as fast as its provider allows; the message waits.", RetryAfter: wait}
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// judge says what a failed attempt means for a message: its outcome, or the error after which Temporal should try again.
func (l *line) judge(ctx context.Context, id uuid.UUID, err error, begun bool) (conversation.Outcome, error) {
	var classified *connectors.SendError
	if !errors.As(err, &classified) {
		return conversation.Outcome{}, fmt.Errorf("send message %s: %w", id, err)
	}
	if classified.Fault() != connectors.FaultCustomer && !l.account.Paused {
		l.Health.Failed(l.account.ID, string(classified.Code), classified.Words, classified.Permanent())
	}
	switch {
	case classified.Permanent():
		return failed(classified), nil
	case classified.Code == connectors.CodeAmbiguous && begun:
		return unconfirmed(classified), nil
	case begun:
		if err := l.Log.TakeBackAttempt(context.WithoutCancel(ctx), id); err != nil {
			return conversation.Outcome{}, err
		}
	}
	return conversation.Outcome{}, retryable(classified)
}

func unconfirmed(e *connectors.SendError) conversation.Outcome {
	return conversation.Outcome{Status: conversation.StatusUnconfirmed, Attempts: 1, Error: wordsOf(e)}
}

func failed(e *connectors.SendError) conversation.Outcome {
	return conversation.Outcome{Status: conversation.StatusFailed, Attempts: 1, Error: wordsOf(e)}
}

func wordsOf(e *connectors.SendError) *conversation.DeliveryError {
	return &conversation.DeliveryError{Code: string(e.Code), Words: e.Words}
}

// retryable maps connectors' errors to Temporal's, in this one place.
func retryable(e *connectors.SendError) error {
	return temporal.NewApplicationErrorWithOptions(e.Words, string(e.Code), temporal.ApplicationErrorOptions{
		Cause: e, NextRetryDelay: e.RetryAfter, Category: temporal.ApplicationErrorCategoryBenign,
	})
}

// settle records what became of a message, or a part of one.
func (l *line) settle(ctx context.Context, m conversation.Undelivered, part *uuid.UUID, outcome conversation.Outcome) (conversation.Status, error) {
	err := l.Log.Do(ctx, fmt.Sprintf("record delivery of %s", m.Event.ID), func(ctx context.Context, tx *conversation.Tx) error {
		if e := outcome.Error; e != nil && e.Code == string(connectors.CodeOptedOut) {
			identity.Consent(tx, identity.Claim{Kind: l.account.Kind, Realm: l.account.ID, Address: l.to.Address}, true)
		}
		if part != nil {
			return conversation.SettlePart(ctx, tx, m.Event.ConversationID, m.Event.Seq, *part, outcome)
		}
		return conversation.Settle(ctx, tx, m.Event.ConversationID, m.Event.Seq, outcome)
	})
	return outcome.Status, err
}

// GiveUp implements flow.ActivityGiveUp: what is still queued is marked as failed.
func (a *Delivery) GiveUp(ctx context.Context, in flow.DeliverInput) error {
	messages, _, err := a.Log.Deliverable(ctx, in.ConversationID, in.Seqs)
	if err != nil {
		return err
	}
	for _, m := range messages {
		outcome := conversation.Outcome{Status: conversation.StatusFailed, Error: &conversation.DeliveryError{Code: "given_up", Words: in.Reason}}
		if err := a.Log.Do(ctx, fmt.Sprintf("give up delivery of %s", m.Event.ID), func(ctx context.Context, tx *conversation.Tx) error {
			return conversation.Settle(ctx, tx, m.Event.ConversationID, m.Event.Seq, outcome)
		}); err != nil {
			return err
		}
	}
	return nil
}
