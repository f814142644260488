package conversation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Delivery is how far one message to a customer got.
type Delivery struct {
	EventID        uuid.UUID      `db:"event_id"`
	ConversationID uuid.UUID      `db:"conversation_id"`
	Seq            int64          `db:"seq"`
	Status         Status         `db:"status"`
	ProviderID     *string        `db:"provider_id"`
	Error          *DeliveryError `db:"error"`
	Attempts       int            `db:"attempts"`
}

// DeliveryError is why a message failed.
type DeliveryError struct {
	Code string `json:"code"`
	// Words are for the agent.
	Words string `json:"words"`
}

const deliveryColumns = `event_id, conversation_id, seq, status, provider_id, error, attempts`

// ProviderStatus is a status update as a provider reports it: for the message with ProviderID, and with Through for every
// earlier message to the same address too.
type ProviderStatus struct {
	ProviderID string
	Through    bool
	Status     Status
	Error      string
}

// ApplyStatus moves messages on as a provider reports. Updates for messages we do not know, and those that would move one
// backwards, change nothing.
func ApplyStatus(ctx context.Context, tx *Tx, channelID, address string, update ProviderStatus) error {
	if !update.Status.Known() {
		return nil
	}
	var named Delivery
	err := tx.Query(ctx, func(rows pgx.Rows) (err error) {
		named, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Delivery])
		return err
	}, `select `+deliveryColumns+` from deliveries where channel_id = $1 and provider_id = $2`, channelID, update.ProviderID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find message %q of channel %s: %w", update.ProviderID, channelID, err)
	}
	c, err := tx.Lock(ctx, named.ConversationID)
	if err != nil {
		return err
	}
	if c.Address != address && update.Through {
		return nil
	}
	from := named.Seq
	if update.Through {
		from = 0
	}
	pending, err := lockDeliveries(ctx, tx, c.ID, from, named.Seq)
	if err != nil {
		return err
	}
	for _, d := range pending {
		if d.Seq != named.Seq && d.Status == StatusFailed {
			continue
		}
		if err := advance(tx, c, d, Outcome{Status: update.Status, Error: wordsOf(update.Error)}); err != nil {
			return err
		}
	}
	return nil
}

func wordsOf(text string) *DeliveryError {
	if text == "" {
		return nil
	}
	return &DeliveryError{Code: "provider", Words: text}
}

func lockDeliveries(ctx context.Context, tx *Tx, conversation uuid.UUID, from, to int64) ([]Delivery, error) {
	var all []Delivery
	err := tx.Query(ctx, func(rows pgx.Rows) (err error) {
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Delivery])
		return err
	}, `select `+deliveryColumns+` from deliveries where conversation_id = $1 and seq between $2 and $3 and status <> 'read'
		order by seq for update`, conversation, from, to)
	if err != nil {
		return nil, fmt.Errorf("lock messages of conversation %s: %w", conversation, err)
	}
	return all, nil
}

// Outcome is what one attempt (or a provider's report) made of a message.
type Outcome struct {
	Status     Status
	ProviderID string
	Error      *DeliveryError
	// Attempts counts attempts made in this run.
	Attempts int
}

// Settle records what became of a message of this conversation.
func Settle(ctx context.Context, tx *Tx, conversation uuid.UUID, seq int64, outcome Outcome) error {
	c, err := tx.Lock(ctx, conversation)
	if err != nil {
		return err
	}
	all, err := lockDeliveries(ctx, tx, conversation, seq, seq)
	if err != nil || len(all) == 0 {
		return err
	}
	return advance(tx, c, all[0], outcome)
}

func advance(tx *Tx, c *Conversation, d Delivery, outcome Outcome) error {
	if !Forward(d.Status, outcome.Status) {
		if outcome.ProviderID != "" && d.ProviderID == nil {
			tx.Later(`update deliveries set provider_id = $2 where event_id = $1`, d.EventID, outcome.ProviderID)
		}
		return nil
	}
	var providerID *string
	if outcome.ProviderID != "" {
		providerID = &outcome.ProviderID
	}
	tx.Later(`update deliveries set status = $2, provider_id = coalesce($3, provider_id), error = $4, attempts = attempts + $5, updated_at = $6
		where event_id = $1`, d.EventID, outcome.Status, providerID, outcome.Error, outcome.Attempts, tx.Now)
	body := DeliveryUpdate{EventID: d.EventID, MessageSeq: d.Seq, Status: string(outcome.Status), ProviderID: outcome.ProviderID}
	if outcome.Error != nil {
		body.Error = outcome.Error.Words
	}
	_, err := tx.Append(c, Draft{Kind: DeliveryUpdated, Actor: System, Body: body})
	return err
}

// Undelivered is a message that is still to be sent.
type Undelivered struct {
	Event    Event
	Attempts int
	// Begun: an attempt was begun and never ended, so that nobody knows whether the message was sent.
	Begun bool
}

// Deliverable reads the messages among seqs that are still queued, in order.
func (l *Log) Deliverable(ctx context.Context, conversation uuid.UUID, seqs []int64) ([]Undelivered, error) {
	rows, err := l.pool.Query(ctx, `select e.conversation_id, e.seq, e.id, e.kind, e.actor, e.body, e.prev_input, e.at, e.provider_at, d.attempts, d.begun_at is not null
		from conversation_events e join deliveries d on d.event_id = e.id
		where e.conversation_id = $1 and e.seq = any($2) and d.status = 'queued' order by e.seq`, conversation, seqs)
	if err != nil {
		return nil, fmt.Errorf("read messages of conversation %s: %w", conversation, err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Undelivered, error) {
		var u Undelivered
		e := &u.Event
		err := row.Scan(&e.ConversationID, &e.Seq, &e.ID, &e.Kind, &e.Actor, &e.Body, &e.PrevInput, &e.At, &e.ProviderAt, &u.Attempts, &u.Begun)
		return u, err
	})
}

// BeginAttempt notes that a message is about to be sent on a channel that does not drop repetitions.
func (l *Log) BeginAttempt(ctx context.Context, event uuid.UUID) error {
	if _, err := l.pool.Exec(ctx, `update deliveries set begun_at = $2 where event_id = $1`, event, l.clock()); err != nil {
		return fmt.Errorf("begin to send message %s: %w", event, err)
	}
	return nil
}

// TakeBackAttempt notes that an attempt has ended and the message was certainly not sent.
func (l *Log) TakeBackAttempt(ctx context.Context, event uuid.UUID) error {
	if _, err := l.pool.Exec(ctx, `update deliveries set begun_at = null where event_id = $1`, event); err != nil {
		return fmt.Errorf("take back attempt to send message %s: %w", event, err)
	}
	return nil
}

// ErrNotFailed says that a message which should be sent again has not failed.
var ErrNotFailed = errors.New("the message has not failed")

// RetryDelivery sends a failed message again, on behalf of a person.
func (l *Log) RetryDelivery(ctx context.Context, conversation, event uuid.UUID, by Actor) (Conversation, error) {
	var result Conversation
	err := l.Do(ctx, fmt.Sprintf("retry message %s", event), func(ctx context.Context, tx *Tx) error {
		c, err := tx.Lock(ctx, conversation)
		if err != nil {
			return err
		}
		var seq int64
		err = tx.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&seq) },
			`update deliveries set status = 'queued', error = null, begun_at = null, updated_at = $3
			 where event_id = $1 and conversation_id = $2 and status in ('failed', 'unconfirmed') returning seq`, event, conversation, tx.Now)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNotFailed
		}
		if err != nil {
			return err
		}
		_, err = tx.Append(c, Draft{Kind: DeliveryRetried, Actor: by, Body: DeliveryUpdate{EventID: event, MessageSeq: seq, Status: string(StatusQueued)}})
		result = *c
		return err
	})
	return result, err
}

// StaleAfter is how long a provider id is remembered for dropping repetitions: providers repeat for up to seven days.
const StaleAfter = 30 * 24 * time.Hour

// Address returns where a conversation's messages go: the customer's address and the channel.
func (l *Log) Address(ctx context.Context, conversation uuid.UUID) (address, channelID string, err error) {
	err = l.pool.QueryRow(ctx, `select address, channel_id from conversations where id = $1`, conversation).Scan(&address, &channelID)
	if err != nil {
		return "", "", fmt.Errorf("find address of conversation %s: %w", conversation, err)
	}
	return address, channelID, nil
}
