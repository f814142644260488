package conversation

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// ErrNotOwner says that only the owner and their helpers may speak.
var ErrNotOwner = errors.New("you are not the owner of this conversation")

// ErrClosed says that the conversation is closed.
var ErrClosed = errors.New("the conversation is closed")

// ErrReused says that an id made by a client already names something else.
var ErrReused = errors.New("this id is already used for something else")

// Reply logs the owner's or a helper's message for delivery. The id is the client's: the same id again is the same message.
func (l *Log) Reply(ctx context.Context, conversation, id uuid.UUID, by Person, message Message) (Event, error) {
	return l.write(ctx, conversation, Draft{ID: id, Kind: AgentMessage, Actor: agentActor(by), Body: message}, func(c *Conversation) error {
		if !c.Speaks(by.ID) {
			return ErrNotOwner
		}
		return nil
	})
}

// AddNote logs a note that customers never see. The id is the client's.
func (l *Log) AddNote(ctx context.Context, conversation, id uuid.UUID, by Person, note Note) (Event, error) {
	return l.write(ctx, conversation, Draft{ID: id, Kind: AgentNote, Actor: agentActor(by), Body: note}, func(*Conversation) error { return nil })
}

func agentActor(p Person) Actor { return Actor{Kind: ByAgent, ID: p.ID.String(), Name: p.Name} }

func (l *Log) write(ctx context.Context, conversation uuid.UUID, draft Draft, allowed func(*Conversation) error) (Event, error) {
	var event Event
	err := l.Do(ctx, fmt.Sprintf("%s in conversation %s", draft.Kind, conversation), func(ctx context.Context, tx *Tx) error {
		var c *Conversation
		var known *Event
		batch := &pgx.Batch{}
		tx.queueLock(batch, conversation, func(found *Conversation) { c = found })
		batch.Queue(`select `+eventColumns+` from conversation_events where id = $1`, draft.ID).Query(func(rows pgx.Rows) error {
			e, err := pgx.CollectOneRow(rows, pgx.RowToStructByPos[Event])
			if errors.Is(err, pgx.ErrNoRows) {
				return nil
			}
			known = &e
			return err
		})
		if err := tx.Run(ctx, batch); err != nil {
			return err
		}
		switch {
		case c == nil:
			return ErrNotFound
		case known != nil && (known.ConversationID != c.ID || known.Kind != draft.Kind || known.Actor.ID != draft.Actor.ID):
			return ErrReused
		case known != nil:
			event = *known
			return nil
		}
		if err := allowed(c); err != nil {
			return err
		}
		var err error
		event, err = tx.Append(c, draft)
		return err
	})
	return event, err
}

// MarkRead notes that the owner has seen everything up to a seq. It returns the conversation when that was news. What helpers have
// seen counts for nothing, and is no error: an owner who becomes one may have seen something a moment before.
func (l *Log) MarkRead(ctx context.Context, conversation uuid.UUID, by uuid.UUID, seq int64) (read *Conversation, err error) {
	err = l.Do(ctx, fmt.Sprintf("mark conversation %s read", conversation), func(ctx context.Context, tx *Tx) error {
		read = nil
		c, err := tx.Lock(ctx, conversation)
		if err != nil {
			return err
		}
		switch {
		case c.Helps(by):
			return nil
		case !c.OwnedBy(by):
			return ErrNotOwner
		case c.Unread == 0:
			return nil
		}
		var unread int
		err = tx.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&unread) },
			`select count(*) from conversation_events where conversation_id = $1 and seq > $2 and kind = 'customer.message'`, c.ID, seq)
		if err != nil {
			return err
		}
		if unread < c.Unread {
			c.Unread = unread
			tx.Save(c)
			copied := *c
			read = &copied
		}
		return nil
	})
	return read, err
}

// Change sets attributes (an empty value removes one) and language of a conversation.
func (l *Log) Change(ctx context.Context, conversation uuid.UUID, by Person, attributes map[string]string, language string) (Conversation, error) {
	var result Conversation
	err := l.Do(ctx, fmt.Sprintf("change conversation %s", conversation), func(ctx context.Context, tx *Tx) error {
		c, err := tx.Lock(ctx, conversation)
		if err != nil {
			return err
		}
		if update, changed := c.set(attributes, language); changed {
			_, err = tx.Append(c, Draft{Kind: Updated, Actor: agentActor(by), Body: update})
		}
		result = *c
		return err
	})
	return result, err
}

// Get reads a conversation as it stands.
func (l *Log) Get(ctx context.Context, id uuid.UUID) (Conversation, error) {
	rows, err := l.pool.Query(ctx, `select `+columns+` from conversations where id = $1`, id)
	if err != nil {
		return Conversation{}, fmt.Errorf("read conversation %s: %w", id, err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Conversation])
	if errors.Is(err, pgx.ErrNoRows) {
		return c, fmt.Errorf("%w: %s", ErrNotFound, id)
	}
	return c, err
}

// OpenAt finds the open conversation of an address, if there is one.
func (l *Log) OpenAt(ctx context.Context, channelID, address string) (uuid.UUID, bool) {
	var id uuid.UUID
	err := l.pool.QueryRow(ctx, `select id from conversations where channel_id = $1 and address = $2 and closed_at is null`, channelID, address).Scan(&id)
	return id, err == nil
}
