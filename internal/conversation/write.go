package conversation

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"seax/internal/sla"
)

// What a transaction writes with its commit.

func (tx *Tx) commit(ctx context.Context) error {
	if err := tx.keepClocks(ctx); err != nil {
		return err
	}
	batch := &tx.last
	var events newEvents
	for _, id := range tx.order {
		change := tx.changes[id]
		for _, e := range change.events {
			events.add(change.row, e)
		}
		if change.dirty {
			queueRow(batch, change.row)
		}
	}
	events.queue(batch, tx.Now)
	if !tx.begun && len(batch.QueuedQueries) == 0 {
		return nil
	}
	tx.committing = true
	rolledBack := false
	batch.Queue("commit").Exec(func(tag pgconn.CommandTag) error {
		rolledBack = tag.String() == "ROLLBACK"
		return nil
	})
	if err := tx.Run(ctx, batch); err != nil {
		return err
	}
	if rolledBack {
		return pgx.ErrTxCommitRollback
	}
	return nil
}

// newEvents are the events of a transaction as arrays, one for each column, and what else is written of them.
type newEvents struct {
	conversations, ids []uuid.UUID
	seqs               []int64
	kinds              []string
	actors             []Actor
	bodies             []json.RawMessage
	previousInputs     []*int64
	providerTimes      []*time.Time
	marks              []*sla.Mark
	// deliverOn are the channels of those that are sent to customers; counted: the reports count it.
	deliverOn []*string
	counted   []bool
}

func (n *newEvents) add(c *Conversation, e Event) {
	var channel *string
	if e.Kind.SentToCustomer() {
		channel = &c.ChannelID
	}
	n.conversations, n.ids, n.seqs = append(n.conversations, e.ConversationID), append(n.ids, e.ID), append(n.seqs, e.Seq)
	n.kinds, n.actors, n.bodies = append(n.kinds, string(e.Kind)), append(n.actors, e.Actor), append(n.bodies, e.Body)
	n.previousInputs, n.providerTimes, n.marks = append(n.previousInputs, e.PrevInput), append(n.providerTimes, e.ProviderAt), append(n.marks, e.SLA)
	n.deliverOn, n.counted = append(n.deliverOn, channel), append(n.counted, e.Kind.Counted())
}

// queue adds to a batch the one statement that writes them all: with their places in the outbox, among deliveries and for the reports.
func (n *newEvents) queue(batch *pgx.Batch, now time.Time) {
	if len(n.ids) == 0 {
		return
	}
	batch.Queue(`with new as (select * from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::jsonb[], $6::jsonb[], $7::bigint[], $8::timestamptz[], $9::jsonb[],
				$10::text[], $11::boolean[]) as n (conversation_id, seq, id, kind, actor, body, prev_input, provider_at, sla, deliver_on, counted)),
			relayed as (insert into outbox (conversation_id, seq, at) select conversation_id, seq, $12 from new where prev_input is not null),
			delivered as (insert into deliveries (event_id, conversation_id, seq, channel_id, updated_at)
				select id, conversation_id, seq, deliver_on, $12 from new where deliver_on is not null),
			reported as (insert into report_inbox (conversation_id, seq) select conversation_id, max(seq) from new where counted group by conversation_id)
		insert into conversation_events (conversation_id, seq, id, kind, actor, body, prev_input, at, provider_at, sla)
		select conversation_id, seq, id, kind, actor, body, prev_input, $12, provider_at, sla from new`,
		n.conversations, n.seqs, n.ids, n.kinds, n.actors, n.bodies, n.previousInputs, n.providerTimes, n.marks, n.deliverOn, n.counted, now)
}

func queueRow(batch *pgx.Batch, c *Conversation) {
	mark := c.SLA.Mark()
	batch.Queue(`update conversations set contact_id = $2, flow = $3, phase = $4, queue_id = $5, agent_id = $6, epoch = $7,
		last_seq = $8, last_input_seq = $9, language = $10, priority = $11, attributes = $12, preview = $13, preview_from = $14,
		last_message_at = $15, waiting_since = $16, unread = $17, transfer = $18, parked_until = $19, attention = $20,
		outcome = $21, rating = $22, closed_at = $23, reply_by = $24, replied_at = $25, sla = $26, sla_key = $27, sla_state = $28, sla_due = $29,
		sla_look = $30, helpers = $31, last_inbound = $32, address = $33, channel_id = $34, channel_kind = $35,
		preview_kind = $36, preview_seq = $37 where id = $1`,
		c.ID, c.ContactID, c.Flow, c.Phase, c.QueueID, c.AgentID, c.Epoch, c.LastSeq, c.LastInputSeq, c.Language, c.Priority,
		c.Attributes, c.Preview, c.PreviewFrom, c.LastMessageAt, c.WaitingSince, c.Unread, c.Transfer, c.ParkedUntil, c.Attention,
		c.Outcome, c.Rating, c.ClosedAt, c.ReplyBy, c.RepliedAt, c.SLA, c.SLAKey, c.SLA.Status(), orNone(mark.Due), orNone(mark.Look), noNil(c.Helpers),
		c.LastInbound, c.Address, c.ChannelID, c.ChannelKind, c.PreviewKind, c.PreviewSeq)
}

// noNil makes a list that is written as [] when it is empty.
func noNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
