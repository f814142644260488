package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"

	"seax/connectors"
	"seax/internal/conversation"
	"seax/workflows/flow"
)

// Delivery sends messages to customers through connectors.
type Delivery struct {
	Log      *conversation.Log
	Registry *connectors.Registry
	Accounts connectors.Accounts
}

// Register makes the activities known to a worker that works on delivery queues.
func (a *Delivery) Register(r Registry) { register(r, flow.ActivityDeliver, a.Deliver) }

// RegisterLocal makes known what runs beside the workflow: giving up, and the deliveries of local channels.
func (a *Delivery) RegisterLocal(r Registry) {
	register(r, flow.ActivityGiveUp, a.GiveUp)
	a.Register(r)
}

// Deliver implements flow.ActivityDeliver: it sends messages one after the other and records what became of each. Tried again
// after a failure it goes on with those that are still queued. A message whose outcome is unknown is shown as unconfirmed and
// not sent again, unless the channel drops repetitions by id.
func (a *Delivery) Deliver(ctx context.Context, in flow.DeliverInput) (flow.DeliverResult, error) {
	var out flow.DeliverResult
	messages, err := a.Log.Deliverable(ctx, in.ConversationID, in.Seqs)
	if err != nil || len(messages) == 0 {
		return out, err
	}
	address, channelID, err := a.Log.Address(ctx, in.ConversationID)
	if err != nil {
		return out, err
	}
	account, err := a.Accounts.Account(ctx, channelID)
	if err != nil && !errors.Is(err, connectors.ErrNoAccount) {
		return out, err
	}
	// Without an account its kind is "", which no connector has.
	for _, m := range messages {
		outcome, retry := a.send(ctx, account, address, m)
		if retry != nil {
			return out, retry
		}
		if err := a.settle(ctx, m, outcome); err != nil {
			return out, err
		}
		switch outcome.Status {
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

// send makes one attempt. It returns what became of the message, or the error after which Temporal should try again. Where the
// provider does not drop repetitions, an attempt is written down before it is made: what a process did not live to tell, or had
// no answer to, is not repeated.
func (a *Delivery) send(ctx context.Context, account connectors.Account, address string, m conversation.Undelivered) (conversation.Outcome, error) {
	connector, known := a.Registry.Get(account.Kind)
	if !known {
		return failed(&connectors.SendError{Code: connectors.CodeConfig, Words: "The channel is switched off or removed."}), nil
	}
	var message conversation.Message
	if err := json.Unmarshal(m.Event.Body, &message); err != nil {
		return failed(&connectors.SendError{Code: connectors.CodeRejected, Words: "The message cannot be read."}), nil //nolint:nilerr // the outcome says it
	}
	capabilities := connector.Describe().Capabilities
	if !capabilities.Idempotent {
		if m.Begun {
			return unconfirmed(&connectors.SendError{Code: connectors.CodeAmbiguous, Words: "An attempt was interrupted; it is not known whether the message was sent."}), nil
		}
		if err := a.Log.BeginAttempt(ctx, m.Event.ID); err != nil {
			return conversation.Outcome{}, err
		}
	}
	receipt, err := connector.Send(ctx, account, connectors.Outgoing{
		ID: m.Event.ID.String(), Address: address, From: m.Event.Actor, Message: connectors.Split(message, capabilities)[0], At: m.Event.At,
	})
	if err == nil {
		status := receipt.Status
		if status == "" {
			status = conversation.StatusSent
		}
		return conversation.Outcome{Status: status, ProviderID: receipt.ProviderID, Attempts: 1}, nil
	}
	var classified *connectors.SendError
	if !errors.As(err, &classified) {
		return conversation.Outcome{}, fmt.Errorf("send message %s: %w", m.Event.ID, err)
	}
	switch {
	case classified.Permanent():
		return failed(classified), nil
	case classified.Code == connectors.CodeAmbiguous && !capabilities.Idempotent:
		return unconfirmed(classified), nil
	case !capabilities.Idempotent:
		if err := a.Log.TakeBackAttempt(context.WithoutCancel(ctx), m.Event.ID); err != nil {
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

func (a *Delivery) settle(ctx context.Context, m conversation.Undelivered, outcome conversation.Outcome) error {
	return a.Log.Do(ctx, fmt.Sprintf("record delivery of %s", m.Event.ID), func(ctx context.Context, tx *conversation.Tx) error {
		return conversation.Settle(ctx, tx, m.Event.ConversationID, m.Event.Seq, outcome)
	})
}

// GiveUp implements flow.ActivityGiveUp: what is still queued is marked as failed.
func (a *Delivery) GiveUp(ctx context.Context, in flow.DeliverInput) error {
	messages, err := a.Log.Deliverable(ctx, in.ConversationID, in.Seqs)
	if err != nil {
		return err
	}
	for _, m := range messages {
		outcome := conversation.Outcome{Status: conversation.StatusFailed, Error: &conversation.DeliveryError{Code: "given_up", Words: in.Reason}}
		if err := a.settle(ctx, m, outcome); err != nil {
			return err
		}
	}
	return nil
}
