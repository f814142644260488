package dispatch

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/internal/conversation"
	"seax/internal/identity"
)

// Start is a conversation that somebody of ours begins.
type Start struct {
	// ID is the conversation's, made by the caller: the same id again is the same conversation.
	ID uuid.UUID
	// Channel, Kind and Flow are those of the account; Address is the customer's on it.
	Channel, Kind, Flow, Address string
	// Contact is who is written to; uuid.Nil: whoever has the address, or somebody new.
	Contact uuid.UUID
	// MessageID and Message are what is said first.
	MessageID uuid.UUID
	Message   conversation.Message
}

// OpenError says that the address has an open conversation.
type OpenError struct {
	ID uuid.UUID
	// Agent names who has it; "" if nobody.
	Agent string
}

func (e *OpenError) Error() string { return "there is an open conversation with this address" }

// Start opens a conversation that an agent owns from its beginning, with their first message. It takes of their capacity what one that
// is offered takes; its workflow is started like that of any other.
func (d *Desk) Start(ctx context.Context, agent conversation.Person, in Start) (conversation.Conversation, error) {
	var row conversation.Conversation
	err := d.do(ctx, fmt.Sprintf("start conversation %s", in.ID), func(ctx context.Context, w *work) error {
		again, err := w.started(ctx, in)
		if err != nil {
			return err
		}
		if again != nil {
			row = *again
			return nil
		}
		c, err := w.openFor(ctx, in)
		if err != nil {
			return err
		}
		queue, err := w.defaultQueue(ctx, c)
		if err != nil {
			return err
		}
		r, err := w.newRequest(ctx, c, conversation.NewID(), queue, 0, w.Now)
		if err != nil {
			return err
		}
		r.State = "accepted"
		if err := w.own(ctx, c, r, agent, conversation.AssignedBody{How: "started"}); err != nil {
			return err
		}
		_, err = w.Append(c, conversation.Draft{ID: in.MessageID, Kind: conversation.AgentMessage, Actor: by(agent), Body: in.Message})
		row = *c
		return err
	})
	return row, err
}

// started finds what the same call has made before. Another open conversation with the address is an *OpenError.
func (w *work) started(ctx context.Context, in Start) (*conversation.Conversation, error) {
	var open *conversation.Conversation
	batch := &pgx.Batch{}
	w.QueueLockOpen(batch, in.Channel, in.Address, func(found *conversation.Conversation) { open = found })
	var known bool
	batch.Queue(`select exists (select from conversations where id = $1 or exists (select from conversation_events where id = $2))`, in.ID, in.MessageID).
		QueryRow(func(row pgx.Row) error { return row.Scan(&known) })
	if err := w.Run(ctx, batch); err != nil {
		return nil, err
	}
	switch {
	case open != nil && open.ID == in.ID:
		return open, nil
	case known:
		return nil, conversation.ErrReused
	case open == nil:
		return nil, nil
	}
	has := &OpenError{ID: open.ID}
	owner, err := w.owning(ctx, open)
	if err != nil {
		return nil, err
	}
	if owner != nil {
		has.Agent = owner.AgentName
	}
	return nil, has
}

// openFor opens a conversation with an address nobody has written from just now.
func (w *work) openFor(ctx context.Context, in Start) (*conversation.Conversation, error) {
	person, err := identity.Reach(ctx, w.Tx, identity.Claim{Kind: in.Kind, Realm: in.Channel, Address: in.Address}, in.Contact)
	if err != nil {
		return nil, err
	}
	language := strings.ToLower(person.Locale)
	if len(language) > 2 {
		language = language[:2]
	}
	// Whether they may be written to freely counts from their last message, in whichever conversation.
	inserted, err := w.Exec(ctx, `insert into conversations (id, channel_id, channel_kind, address, contact_id, flow, language, opened_at, last_inbound)
		values ($1, $2, $3, $4, $5, $6, $7, $8, (select last_inbound from conversations
			where channel_id = $2 and address = $4 and last_inbound is not null order by opened_at desc limit 1)) on conflict do nothing`,
		in.ID, in.Channel, in.Kind, in.Address, person.ContactID, in.Flow, language, w.Now)
	if err != nil {
		return nil, fmt.Errorf("open conversation: %w", err)
	}
	if inserted == 0 {
		return nil, conversation.Retry(errWroteFirst)
	}
	c, err := w.Lock(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	_, err = w.Append(c, conversation.Draft{Kind: conversation.Opened, Actor: conversation.System, Body: conversation.OpenedBody{Flow: in.Flow, Channel: in.Channel}})
	return c, err
}

// errWroteFirst makes the log run the transaction again, which then finds the customer's conversation.
var errWroteFirst = errors.New("the customer has just opened a conversation")
