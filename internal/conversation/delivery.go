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

	parts []*Part
}

// DeliveryError is why a message failed.
type DeliveryError struct {
	Code string `json:"code"`
	// Words are for the agent.
	Words string `json:"words"`
}

// ProviderStatus is a status update as a provider reports it: for the message that MessageID (ours) or ProviderID names, and with
// Through for every earlier message to the same address too; or with Until for all that were sent by then.
type ProviderStatus struct {
	MessageID  uuid.UUID
	ProviderID string
	Through    bool
	Until      time.Time
	Status     Status
	Error      *DeliveryError
}

// ApplyStatus moves messages on as a provider reports. What would move one backwards changes nothing. An update for a message
// whose id at the provider is not known is kept until it is; placed says whether there was something to move.
func ApplyStatus(ctx context.Context, tx *Tx, channelID, address string, update ProviderStatus) (placed bool, err error) {
	if !update.Status.Known() || update.Status == StatusQueued {
		return false, nil
	}
	if !update.Until.IsZero() {
		return applyUntil(ctx, tx, channelID, address, update)
	}
	named, err := findNamed(ctx, tx, channelID, update)
	if errors.Is(err, pgx.ErrNoRows) {
		if named, err = keepReport(ctx, tx, channelID, update); errors.Is(err, pgx.ErrNoRows) {
			return false, nil
		}
	}
	if err != nil {
		return false, fmt.Errorf("find message %q of channel %s: %w", update.ProviderID, channelID, err)
	}
	c, err := tx.Lock(ctx, named.ConversationID)
	if err != nil {
		return false, err
	}
	if c.Address != address && update.Through {
		return false, nil
	}
	from := named.Seq
	if update.Through {
		from = 0
	}
	pending, err := lockDeliveries(ctx, tx, c.ID, from, named.Seq, "")
	if err != nil {
		return false, err
	}
	for _, d := range pending {
		outcome := Outcome{Status: update.Status, Error: update.Error}
		if d.Seq == named.Seq {
			outcome.ProviderID = update.ProviderID
			err = move(tx, c, d, named.Part, update.Through, outcome)
		} else if arrived(d.Status) {
			err = move(tx, c, d, nil, true, outcome)
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// arrived reports whether the provider certainly has a message, so that what it says of all earlier ones holds for it.
func arrived(s Status) bool { return s == StatusSent || s == StatusDelivered }

// named is the message, or part of one, that a status update is about.
type named struct {
	ConversationID uuid.UUID
	Seq            int64
	Part           *uuid.UUID
}

func findNamed(ctx context.Context, tx *Tx, channelID string, update ProviderStatus) (n named, err error) {
	// Our own id says it best: it stays the same when a message was sent twice.
	err = tx.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&n.ConversationID, &n.Seq, &n.Part) }, `
		select conversation_id, seq, part from (
			select conversation_id, seq, null::uuid as part, event_id = $3 as ours from deliveries where channel_id = $1 and (provider_id = nullif($2, '') or event_id = $3)
			union all
			select d.conversation_id, d.seq, p.id, p.id = $3 from delivery_parts p join deliveries d using (event_id)
			where p.channel_id = $1 and (p.provider_id = nullif($2, '') or p.id = $3)) found
		order by ours desc limit 1`, channelID, update.ProviderID, update.MessageID)
	return n, err
}

// keepReport keeps an update whose message is not known by its id at the provider yet: callbacks may overtake the answer to the call
// that sent it. Whoever notes such an id holds the same lock, so one of both sees the other.
func keepReport(ctx context.Context, tx *Tx, channelID string, update ProviderStatus) (named, error) {
	if update.ProviderID == "" {
		return named{}, pgx.ErrNoRows
	}
	if _, err := tx.Exec(ctx, lockReport, channelID, update.ProviderID); err != nil {
		return named{}, err
	}
	found, err := findNamed(ctx, tx, channelID, update)
	if errors.Is(err, pgx.ErrNoRows) {
		tx.Later(`insert into delivery_reports as r (channel_id, provider_id, status, error, at) values ($1, $2, $3, $4, $5)
			on conflict (channel_id, provider_id) do update set status = excluded.status, error = excluded.error, at = excluded.at
			where array_position(array['queued', 'unconfirmed', 'sent', 'failed', 'delivered', 'read'], excluded.status)
				> array_position(array['queued', 'unconfirmed', 'sent', 'failed', 'delivered', 'read'], r.status)`,
			channelID, update.ProviderID, update.Status, update.Error, tx.Now)
	}
	return found, err
}

const lockReport = `select pg_advisory_xact_lock(hashtextextended('report/' || $1 || '/' || $2, 0))`

// clockSkew is how far a provider's clock may be off from ours.
const clockSkew = 2 * time.Second

func applyUntil(ctx context.Context, tx *Tx, channelID, address string, update ProviderStatus) (bool, error) {
	var id uuid.UUID
	err := tx.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&id) },
		`select id from conversations where channel_id = $1 and address = $2 order by opened_at desc limit 1`, channelID, address)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("find conversation at %q of channel %s: %w", address, channelID, err)
	}
	c, err := tx.Lock(ctx, id)
	if err != nil {
		return false, err
	}
	all, err := lockDeliveries(ctx, tx, c.ID, 0, c.LastSeq,
		`and coalesce(d.begun_at, (select at from conversation_events e where e.id = d.event_id)) <= $4`, update.Until.Add(clockSkew))
	if err != nil {
		return false, err
	}
	for _, d := range all {
		if !arrived(d.Status) {
			continue
		}
		if err := move(tx, c, d, nil, true, Outcome{Status: update.Status, Error: update.Error}); err != nil {
			return false, err
		}
	}
	return true, nil
}

// lockDeliveries locks and reads what became of a conversation's messages so far, but for those that were read, with their parts. only
// is one more condition, with its argument.
func lockDeliveries(ctx context.Context, tx *Tx, conversation uuid.UUID, from, to int64, only string, arg ...any) ([]*Delivery, error) {
	var all []*Delivery
	batch := &pgx.Batch{}
	args := append([]any{conversation, from, to}, arg...)
	batch.Queue(`select event_id, conversation_id, seq, status, provider_id, error, attempts from deliveries d
		where conversation_id = $1 and seq between $2 and $3 and status <> 'read' `+only+` order by seq for update`, args...).Query(func(rows pgx.Rows) (err error) {
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (*Delivery, error) {
			d := &Delivery{}
			return d, row.Scan(&d.EventID, &d.ConversationID, &d.Seq, &d.Status, &d.ProviderID, &d.Error, &d.Attempts)
		})
		return err
	})
	batch.Queue(`select p.event_id, `+partColumns+` from delivery_parts p join deliveries d using (event_id)
		where d.conversation_id = $1 and d.seq between $2 and $3 order by d.seq, p.part for update of p`, conversation, from, to).Query(func(rows pgx.Rows) error {
		return eachPart(rows, func(event uuid.UUID, p *Part) {
			for _, d := range all {
				if d.EventID == event {
					d.parts = append(d.parts, p)
				}
			}
		})
	})
	if err := tx.Run(ctx, batch); err != nil {
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

// Settle records what became of a message of this conversation, or of all that is left of one that is sent in parts.
func Settle(ctx context.Context, tx *Tx, conversation uuid.UUID, seq int64, outcome Outcome) error {
	return settle(ctx, tx, conversation, seq, nil, outcome)
}

// SettlePart records what became of one part of a message.
func SettlePart(ctx context.Context, tx *Tx, conversation uuid.UUID, seq int64, part uuid.UUID, outcome Outcome) error {
	return settle(ctx, tx, conversation, seq, &part, outcome)
}

func settle(ctx context.Context, tx *Tx, conversation uuid.UUID, seq int64, part *uuid.UUID, outcome Outcome) error {
	c, err := tx.Lock(ctx, conversation)
	if err != nil {
		return err
	}
	all, err := lockDeliveries(ctx, tx, conversation, seq, seq, "")
	if err != nil || len(all) == 0 {
		return err
	}
	d := all[0]
	if err := move(tx, c, d, part, part == nil, outcome); err != nil || outcome.ProviderID == "" {
		return err
	}
	report, err := takeReport(ctx, tx, c.ChannelID, outcome.ProviderID)
	if err != nil || report == nil {
		return err
	}
	return move(tx, c, d, part, false, *report)
}

// takeReport returns what the provider has reported of a message before we knew its id there; nil if nothing.
func takeReport(ctx context.Context, tx *Tx, channelID, providerID string) (*Outcome, error) {
	var report *Outcome
	batch := &pgx.Batch{}
	batch.Queue(lockReport, channelID, providerID)
	batch.Queue(`delete from delivery_reports where channel_id = $1 and provider_id = $2 returning status, error`, channelID, providerID).QueryRow(func(row pgx.Row) error {
		var o Outcome
		err := row.Scan(&o.Status, &o.Error)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		report = &o
		return err
	})
	if err := tx.Run(ctx, batch); err != nil {
		return nil, fmt.Errorf("look for reports of message %q: %w", providerID, err)
	}
	return report, nil
}

// move applies an outcome to a message: to one part of it if it has any (through: and to those before; nil: to all).
func move(tx *Tx, c *Conversation, d *Delivery, part *uuid.UUID, through bool, outcome Outcome) error {
	if len(d.parts) == 0 {
		return advance(tx, c, d, outcome)
	}
	for _, p := range d.parts {
		named := part != nil && p.ID == *part
		if part == nil || named || through {
			p.advance(tx, outcome, named)
		}
		if named {
			break
		}
	}
	whole := together(d.parts)
	whole.Attempts = outcome.Attempts
	return advance(tx, c, d, whole)
}

func advance(tx *Tx, c *Conversation, d *Delivery, outcome Outcome) error {
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
	d.Status = outcome.Status
	body := DeliveryUpdate{EventID: d.EventID, MessageSeq: d.Seq, Status: string(outcome.Status), ProviderID: outcome.ProviderID}
	if outcome.Error != nil {
		body.Error, body.Code = outcome.Error.Words, outcome.Error.Code
	}
	_, err := tx.Append(c, Draft{Kind: DeliveryUpdated, Actor: System, Body: body})
	return err
}

// ErrNotFailed says that a message which should be sent again has not failed.
var ErrNotFailed = errors.New("the message has not failed")

// RetryDelivery sends a failed message again, on behalf of a person; of one in parts only what has not been sent.
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
		tx.Later(`update delivery_parts set status = 'queued', error = null, begun_at = null where event_id = $1 and status in ('failed', 'unconfirmed')`, event)
		_, err = tx.Append(c, Draft{Kind: DeliveryRetried, Actor: by, Body: DeliveryUpdate{EventID: event, MessageSeq: seq, Status: string(StatusQueued)}})
		result = *c
		return err
	})
	return result, err
}

// ErrNotUnconfirmed says that it is known already whether a message was sent.
var ErrNotUnconfirmed = errors.New("the message is not unconfirmed")

// ConfirmDelivery notes that a person has found out that an unconfirmed message was sent.
func (l *Log) ConfirmDelivery(ctx context.Context, conversation, event uuid.UUID, by Actor) (Conversation, error) {
	var result Conversation
	err := l.Do(ctx, fmt.Sprintf("confirm message %s", event), func(ctx context.Context, tx *Tx) error {
		c, err := tx.Lock(ctx, conversation)
		if err != nil {
			return err
		}
		var seq int64
		err = tx.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&seq) },
			`update deliveries set status = 'sent', error = null, updated_at = $3 where event_id = $1 and conversation_id = $2 and status = 'unconfirmed' returning seq`,
			event, conversation, tx.Now)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNotUnconfirmed
		}
		if err != nil {
			return err
		}
		tx.Later(`update delivery_parts set status = 'sent', error = null where event_id = $1 and status = 'unconfirmed'`, event)
		_, err = tx.Append(c, Draft{Kind: DeliveryUpdated, Actor: by, Body: DeliveryUpdate{EventID: event, MessageSeq: seq, Status: string(StatusSent)}})
		result = *c
		return err
	})
	return result, err
}

// StaleAfter is how long a provider id is remembered for dropping repetitions: providers repeat for up to seven days.
const StaleAfter = 30 * 24 * time.Hour
