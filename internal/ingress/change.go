package ingress

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/connectors"
	"seax/internal/continuation"
	"seax/internal/conversation"
	"seax/internal/identity"
)

// change takes in what the customer does to an earlier message.
func (x *intake) change(ctx context.Context, e connectors.Inbound) (connectors.ResultStatus, error) {
	at, ok := x.places[e.Target]
	if !ok {
		return connectors.ResultIgnored, nil
	}
	c, err := x.tx.Lock(ctx, at.conversation)
	if err != nil {
		return "", err
	}
	kind, body := conversation.MessageReaction, any(conversation.Reaction{MessageSeq: at.seq, Emoji: e.Emoji})
	switch e.Type {
	case connectors.InEdited:
		kind, body = conversation.MessageEdited, conversation.Edit{MessageSeq: at.seq, Message: x.content(e)}
	case connectors.InDeleted:
		kind, body = conversation.MessageDeleted, conversation.Deletion{MessageSeq: at.seq}
		if err := conversation.Forget(ctx, x.tx, c, at.seq); err != nil {
			return "", err
		}
	}
	_, err = x.log(c, kind, customer(c, e), body, e)
	return connectors.ResultAccepted, err
}

// aside takes in what is said beside the talk: by colleagues elsewhere, or by machines. It goes where the talk is, or was last.
func (x *intake) aside(ctx context.Context, e connectors.Inbound) (connectors.ResultStatus, error) {
	if _, ours := x.places[e.ProviderID]; ours && e.Type == connectors.InEcho {
		// We sent it, and know its id.
		update := conversation.ProviderStatus{ProviderID: e.ProviderID, Status: conversation.StatusSent}
		_, err := conversation.ApplyStatus(ctx, x.tx, x.channel.ID, e.Address, update)
		return connectors.ResultDuplicate, err
	}
	if x.c == nil && e.Type == connectors.InAutomatic && e.Code != "" {
		// The provider tells that they have opened the chat by a link.
		c, err := continuation.Take(ctx, x.tx, x.channel.Account, e)
		if err != nil {
			return "", err
		}
		if c != nil {
			x.c = c
			x.heard(e)
		}
	}
	c := x.c
	if c == nil {
		var id uuid.UUID
		err := x.tx.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&id) },
			`select id from conversations where channel_id = $1 and address = $2 order by opened_at desc limit 1`, x.channel.ID, e.Address)
		if errors.Is(err, pgx.ErrNoRows) {
			return connectors.ResultIgnored, nil
		}
		if err != nil {
			return "", fmt.Errorf("find conversation: %w", err)
		}
		if c, err = x.tx.Lock(ctx, id); err != nil {
			return "", err
		}
	}
	kind, actor := conversation.AutoMessage, customer(c, e)
	if e.Type == connectors.InEcho {
		kind, actor = conversation.StaffMessage, conversation.Actor{Kind: conversation.ByStaff, Name: e.Profile.Name}
	}
	_, err := x.log(c, kind, actor, x.content(e), e)
	return connectors.ResultAccepted, err
}

// left notes that the customer ended it.
func (x *intake) left(e connectors.Inbound, reason string) error {
	if x.c == nil || x.c.Phase == conversation.InWrapUp {
		return nil
	}
	_, err := x.tx.Append(x.c, conversation.Draft{Kind: conversation.CustomerLeft, Actor: customer(x.c, e), Body: conversation.Reasoned{Reason: reason}})
	return err
}

// contact takes in what is new of a customer. Their open conversation has moved already.
func (x *intake) contact(ctx context.Context, e connectors.Inbound) error {
	if e.Consent != "" {
		identity.Consent(x.tx, identity.Claim{Kind: x.channel.Kind, Realm: x.channel.ID, Address: e.Address}, e.Consent == connectors.OptedOut)
	}
	if e.Consent == connectors.OptedOut {
		return x.left(e, "opted_out")
	}
	if e.Formerly != "" && x.c == nil {
		return x.moveIdentity(ctx, e.Formerly, e.Address)
	}
	if x.c == nil {
		return nil
	}
	return x.recognise(ctx, e)
}

// status takes in how far a message of ours got.
func (x *intake) status(ctx context.Context, e connectors.Inbound) (connectors.ResultStatus, error) {
	update := conversation.ProviderStatus{ProviderID: e.Status.ProviderID, Through: e.Status.Through, Until: e.Status.Until, Status: e.Status.Status}
	if id, err := uuid.Parse(e.Status.MessageID); err == nil {
		update.MessageID = id
	}
	if e.Status.Error != "" || e.Status.Code != "" {
		update.Error = &conversation.DeliveryError{Code: string(e.Status.Code), Words: e.Status.Error}
		if e.Status.Code == "" {
			update.Error.Code = "provider"
		}
	}
	if e.Status.Code == connectors.CodeOptedOut {
		identity.Consent(x.tx, identity.Claim{Kind: x.channel.Kind, Realm: x.channel.ID, Address: e.Address}, true)
	}
	placed, err := conversation.ApplyStatus(ctx, x.tx, x.channel.ID, e.Address, update)
	if err != nil || placed {
		return connectors.ResultAccepted, err
	}
	return connectors.ResultIgnored, nil
}
