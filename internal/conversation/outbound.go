package conversation

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Undelivered is a message that is still to be sent.
type Undelivered struct {
	Event    Event
	Attempts int
	// Begun: an attempt was begun and never ended, so that nobody knows whether the message was sent.
	Begun bool
	// Parts are what it is sent in, in order; none if it is sent as it is or was not split yet.
	Parts []*Part
}

// Part is one of several messages that together make up one which is too long for its channel.
type Part struct {
	// ID is the part's own, the same at every attempt.
	ID      uuid.UUID
	Content Message
	Status  Status
	Begun   bool

	providerID *string
	failure    *DeliveryError
}

const partColumns = `p.id, p.content, p.status, p.begun_at is not null, p.provider_id, p.error`

func eachPart(rows pgx.Rows, do func(event uuid.UUID, p *Part)) error {
	defer rows.Close()
	for rows.Next() {
		var event uuid.UUID
		p := &Part{}
		if err := rows.Scan(&event, &p.ID, &p.Content, &p.Status, &p.Begun, &p.providerID, &p.failure); err != nil {
			return err
		}
		do(event, p)
	}
	return rows.Err()
}

// advance moves a part on; named: the outcome is of this very part.
func (p *Part) advance(tx *Tx, outcome Outcome, named bool) {
	if named && outcome.ProviderID != "" && p.providerID == nil {
		p.providerID = &outcome.ProviderID
		tx.Later(`update delivery_parts set provider_id = $2 where id = $1`, p.ID, outcome.ProviderID)
	}
	if !named {
		// What is said of the whole message concerns what has been sent; giving up concerns what has not.
		applies := arrived(p.Status)
		if outcome.Status == StatusFailed {
			applies = p.Status == StatusQueued
		}
		if !applies {
			return
		}
	}
	if !Forward(p.Status, outcome.Status) {
		return
	}
	p.Status, p.failure = outcome.Status, outcome.Error
	tx.Later(`update delivery_parts set status = $2, error = $3 where id = $1`, p.ID, outcome.Status, outcome.Error)
}

// together is how far a message got whose parts got so far: failed if one has failed, and otherwise as far as the last of them.
func together(parts []*Part) Outcome {
	least := Outcome{Status: StatusRead}
	for _, p := range parts {
		switch {
		case p.Status == StatusFailed:
			return Outcome{Status: StatusFailed, Error: p.failure}
		case rank[p.Status] < rank[least.Status]:
			least = Outcome{Status: p.Status, Error: p.failure}
		}
	}
	return least
}

// Destination is where a conversation's messages go.
type Destination struct {
	Address, ChannelID string
	// Last is the customer's newest message, nil if they never wrote.
	Last *LastInbound
	// OptedOut: the customer does not want to be written to.
	OptedOut bool
}

// Deliverable reads the messages up to the last of seqs that are still queued, in order, and where they go. One before it that the
// caller does not name was logged by an attempt whose end was lost: it goes along, in its place.
func (l *Log) Deliverable(ctx context.Context, conversation uuid.UUID, seqs []int64) ([]Undelivered, Destination, error) {
	var all []Undelivered
	var to Destination
	batch := &pgx.Batch{}
	batch.Queue(`select e.conversation_id, e.seq, e.id, e.kind, e.actor, e.body, e.prev_input, e.at, e.provider_at, d.attempts, d.begun_at is not null
		from deliveries d join conversation_events e on e.id = d.event_id
		where d.conversation_id = $1 and d.seq <= (select max(s) from unnest($2::bigint[]) s) and d.status = 'queued' order by e.seq`, conversation, seqs).Query(func(rows pgx.Rows) (err error) {
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Undelivered, error) {
			var u Undelivered
			e := &u.Event
			err := row.Scan(&e.ConversationID, &e.Seq, &e.ID, &e.Kind, &e.Actor, &e.Body, &e.PrevInput, &e.At, &e.ProviderAt, &u.Attempts, &u.Begun)
			return u, err
		})
		return err
	})
	batch.Queue(`select p.event_id, `+partColumns+` from delivery_parts p join deliveries d using (event_id)
		where d.conversation_id = $1 and d.seq <= (select max(s) from unnest($2::bigint[]) s) and d.status = 'queued' order by p.part`, conversation, seqs).Query(func(rows pgx.Rows) error {
		return eachPart(rows, func(event uuid.UUID, p *Part) {
			for i := range all {
				if all[i].Event.ID == event {
					all[i].Parts = append(all[i].Parts, p)
				}
			}
		})
	})
	batch.Queue(`select c.address, c.channel_id, c.last_inbound, exists (select from identities i
			where i.kind = c.channel_kind and i.realm = c.channel_id and i.address = c.address and i.opted_out_at is not null)
		from conversations c where c.id = $1`, conversation).QueryRow(func(row pgx.Row) error {
		return row.Scan(&to.Address, &to.ChannelID, &to.Last, &to.OptedOut)
	})
	if err := l.pool.SendBatch(ctx, batch).Close(); err != nil {
		return nil, to, fmt.Errorf("read messages of conversation %s: %w", conversation, err)
	}
	return all, to, nil
}

// Split notes the parts in which a message is sent, and returns them; if it has been split before, as it was then.
func (l *Log) Split(ctx context.Context, m Undelivered, channelID string, contents []Message) ([]*Part, error) {
	var parts []*Part
	ids := make([]uuid.UUID, len(contents))
	for i := range contents {
		ids[i] = uuid.NewSHA1(m.Event.ID, []byte("part/"+strconv.Itoa(i)))
	}
	batch := &pgx.Batch{}
	batch.Queue(`insert into delivery_parts (id, event_id, part, conversation_id, channel_id, content)
		select ($1::uuid[])[c.n], $2, c.n, $3, $4, c.content from jsonb_array_elements($5) with ordinality c (content, n)
		where not exists (select from delivery_parts where event_id = $2) on conflict do nothing`,
		ids, m.Event.ID, m.Event.ConversationID, channelID, contents)
	batch.Queue(`select p.event_id, `+partColumns+` from delivery_parts p where event_id = $1 order by part`, m.Event.ID).Query(func(rows pgx.Rows) error {
		return eachPart(rows, func(_ uuid.UUID, p *Part) { parts = append(parts, p) })
	})
	if err := l.pool.SendBatch(ctx, batch).Close(); err != nil {
		return nil, fmt.Errorf("split message %s: %w", m.Event.ID, err)
	}
	return parts, nil
}

// BeginAttempt notes that a message, or a part of one, is about to be sent on a channel that does not drop repetitions.
func (l *Log) BeginAttempt(ctx context.Context, id uuid.UUID) error {
	if err := l.attempt(ctx, id, `$2`, l.clock()); err != nil {
		return fmt.Errorf("begin to send message %s: %w", id, err)
	}
	return nil
}

// TakeBackAttempt notes that an attempt has ended and the message was certainly not sent.
func (l *Log) TakeBackAttempt(ctx context.Context, id uuid.UUID) error {
	if err := l.attempt(ctx, id, `null`); err != nil {
		return fmt.Errorf("take back attempt to send message %s: %w", id, err)
	}
	return nil
}

func (l *Log) attempt(ctx context.Context, id uuid.UUID, at string, args ...any) error {
	// One of both has the id.
	args = append([]any{id}, args...)
	_, err := l.pool.Exec(ctx, `with whole as (update deliveries set begun_at = `+at+` where event_id = $1 returning 1)
		update delivery_parts set begun_at = `+at+` where id = $1 and not exists (select from whole)`, args...)
	return err
}

// ProviderID returns the id by which a message of a conversation, the customer's or ours, can be answered on the channel where the
// conversation is now; "" if there is none: it was taken back, is not sent yet, or was said on another channel.
func (l *Log) ProviderID(ctx context.Context, conversation uuid.UUID, seq int64) (string, error) {
	var id string
	err := l.pool.QueryRow(ctx, `select coalesce(
			(select k.provider_id from inbound_keys k where k.channel_id = c.channel_id and k.provider_id = e.body->>'ref'),
			case when d.channel_id = c.channel_id then coalesce(d.provider_id,
				(select p.provider_id from delivery_parts p where p.event_id = e.id and p.provider_id is not null order by p.part limit 1)) end, '')
		from conversation_events e join conversations c on c.id = e.conversation_id left join deliveries d on d.event_id = e.id
		where e.conversation_id = $1 and e.seq = $2 and e.body <> '{}'
			and e.kind in ('customer.message', 'staff.message', 'agent.message', 'bot.message', 'system.message')`, conversation, seq).Scan(&id)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("find id of message %d of conversation %s: %w", seq, conversation, err)
	}
	return id, nil
}
