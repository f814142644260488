package conversation

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// ErrUnchangeable says that a message cannot be changed; the text says why.
var ErrUnchangeable = errors.New("the message cannot be changed")

// changed is a message that somebody wants to change.
type changed struct {
	Event
	message Message
	// status is how far one of ours got; "" for the customer's.
	status Status
	// ids are its provider's, one for each part; none: it is not known there, or on another channel.
	ids []string
}

func readChanged(ctx context.Context, tx *Tx, c *Conversation, where string, arg any) (changed, error) {
	var m changed
	err := tx.QueryRow(ctx, func(row pgx.Row) error {
		return row.Scan(&m.ID, &m.Seq, &m.Kind, &m.Actor, &m.Body, &m.status, &m.ids)
	}, `select e.id, e.seq, e.kind, e.actor, e.body, coalesce(d.status, ''), case
			when d.event_id is null then array(select k.provider_id from inbound_keys k where k.channel_id = $2 and k.conversation_id = e.conversation_id and k.seq = e.seq)
			when d.channel_id <> $2 then '{}'
			when exists (select from delivery_parts p where p.event_id = e.id) then
				array(select p.provider_id from delivery_parts p where p.event_id = e.id and p.provider_id is not null order by p.part)
			else array_remove(array[d.provider_id], null) end
		from conversation_events e left join deliveries d on d.event_id = e.id where e.conversation_id = $1 and `+where, c.ID, c.ChannelID, arg)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && !m.Kind.Message() {
		return m, fmt.Errorf("%w: there is no such message", ErrUnchangeable)
	}
	if err == nil {
		err = m.Decode(&m.message)
	}
	if err != nil {
		return m, fmt.Errorf("read message of conversation %s: %w", c.ID, err)
	}
	return m, nil
}

// RequestChange logs that the owner or a helper wants to change a message, for the conversation's workflow to see to it. Whether the
// channel can do it, the caller has made sure. anybodys: also messages that others of ours have written.
func (l *Log) RequestChange(ctx context.Context, conversation, event uuid.UUID, by Person, anybodys bool, want ChangeRequest) (Conversation, error) {
	var result Conversation
	err := l.Do(ctx, fmt.Sprintf("%s message %s", want.What, event), func(ctx context.Context, tx *Tx) error {
		c, err := tx.Lock(ctx, conversation)
		if err != nil {
			return err
		}
		if !c.Speaks(by.ID) {
			return ErrNotOwner
		}
		m, err := readChanged(ctx, tx, c, `e.id = $3`, event)
		if err != nil {
			return err
		}
		if err := m.allows(want, by, anybodys); err != nil {
			return err
		}
		want.MessageSeq = m.Seq
		_, err = tx.Append(c, Draft{Kind: ChangeRequested, Actor: agentActor(by), Body: want})
		result = *c
		return err
	})
	return result, err
}

// allows says why a message cannot be changed like this; nil: it can.
func (m *changed) allows(want ChangeRequest, by Person, anybodys bool) error {
	no := func(why string) error { return fmt.Errorf("%w: %s", ErrUnchangeable, why) }
	if len(m.ids) == 0 {
		return no("it has not been sent on this channel, or the provider does not know it any more")
	}
	if want.What == ToReact {
		return nil
	}
	mine := m.Actor.Kind == ByAgent && m.Actor.ID == by.ID.String()
	switch {
	case !m.Kind.SentToCustomer():
		return no("it is not one of ours")
	case !mine && (!anybodys || want.What != ToDelete):
		return no("somebody else has written it")
	case m.status == StatusQueued, m.status == StatusFailed:
		return no("it has not been sent")
	case want.What == ToDelete:
		return nil
	case len(m.ids) > 1:
		return no("it was sent as several messages. Take it back and write it again")
	case len(m.message.Attachments) > 0 || len(m.message.Options) > 0 || m.message.Template != nil:
		return no("only messages that are nothing but text can be. Take it back and write it again")
	}
	return nil
}

// Wanted is a change that is to be made at the provider.
type Wanted struct {
	ChangeRequest
	ChannelID, Address string
	// ProviderIDs are those of the message, or of the parts it was sent in; Ours tells whether we sent it.
	ProviderIDs []string
	Ours        bool
}

// Wanted reads a change that was requested; nil: it has been seen to.
func (l *Log) Wanted(ctx context.Context, conversation uuid.UUID, seq int64) (*Wanted, error) {
	var wanted *Wanted
	err := l.Do(ctx, fmt.Sprintf("read change %d of conversation %s", seq, conversation), func(ctx context.Context, tx *Tx) error {
		wanted = nil
		c, err := tx.Lock(ctx, conversation)
		if err != nil {
			return err
		}
		_, want, err := tx.requested(ctx, c, seq)
		if err != nil || want == nil {
			return err
		}
		m, err := readChanged(ctx, tx, c, `e.seq = $3`, want.MessageSeq)
		if err != nil {
			return err
		}
		wanted = &Wanted{ChangeRequest: *want, ChannelID: c.ChannelID, Address: c.Address, ProviderIDs: m.ids, Ours: m.Kind.SentToCustomer()}
		return nil
	})
	return wanted, err
}

// requested reads a request for a change; nil: it has been answered.
func (tx *Tx) requested(ctx context.Context, c *Conversation, seq int64) (Event, *ChangeRequest, error) {
	var e Event
	err := tx.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&e.ID, &e.Seq, &e.Actor, &e.Body) },
		`select id, seq, actor, body from conversation_events where conversation_id = $1 and seq = $2 and kind = 'change.requested'`, c.ID, seq)
	if err != nil {
		return e, nil, fmt.Errorf("read request %d of conversation %s: %w", seq, c.ID, err)
	}
	var answered bool
	err = tx.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&answered) },
		`select exists (select from conversation_events where id = $1)`, answerTo(e))
	if err != nil || answered {
		return e, nil, err
	}
	var want ChangeRequest
	return e, &want, e.Decode(&want)
}

// answerTo is the id of the event that answers a request, the same however often it is tried.
func answerTo(request Event) uuid.UUID { return uuid.NewSHA1(request.ID, []byte("answer")) }

// SettleChange logs that a change has been made at the provider, or (failure) why not. Once it is, further calls change nothing.
func (l *Log) SettleChange(ctx context.Context, conversation uuid.UUID, seq int64, failure *DeliveryError) error {
	return l.Do(ctx, fmt.Sprintf("settle change %d of conversation %s", seq, conversation), func(ctx context.Context, tx *Tx) error {
		c, err := tx.Lock(ctx, conversation)
		if err != nil {
			return err
		}
		request, want, err := tx.requested(ctx, c, seq)
		if err != nil || want == nil {
			return err
		}
		answer := Draft{ID: answerTo(request), Actor: request.Actor}
		switch {
		case failure != nil:
			answer.Kind, answer.Actor = ChangeFailed, System
			answer.Body = ChangeFailure{MessageSeq: want.MessageSeq, RequestSeq: seq, What: want.What, Error: failure.Words, Code: failure.Code}
		case want.What == ToEdit:
			answer.Kind, answer.Body = MessageEdited, Edit{MessageSeq: want.MessageSeq, RequestSeq: seq, Message: Message{Text: want.Text}}
		case want.What == ToDelete:
			if err := Forget(ctx, tx, c, want.MessageSeq); err != nil {
				return err
			}
			answer.Kind, answer.Body = MessageDeleted, Deletion{MessageSeq: want.MessageSeq, RequestSeq: seq}
		default:
			answer.Kind, answer.Body = MessageReaction, Reaction{MessageSeq: want.MessageSeq, RequestSeq: seq, Emoji: want.Emoji}
		}
		_, err = tx.Append(c, answer)
		return err
	})
}

// Forget empties a message that was taken back: what it said is gone from the log, its files with it. The caller appends
// MessageDeleted, by which screens know.
func Forget(ctx context.Context, tx *Tx, c *Conversation, seq int64) error {
	var m Message
	var kind Kind
	err := tx.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&kind, &m) },
		`select kind, body from conversation_events where conversation_id = $1 and seq = $2`, c.ID, seq)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read message %d of conversation %s: %w", seq, c.ID, err)
	}
	if !kind.Message() {
		return nil
	}
	tx.Later(`update conversation_events set body = '{}' where conversation_id = $1 and seq = $2`, c.ID, seq)
	tx.Later(`update conversation_events set body = jsonb_build_object('message_seq', $2::bigint) where conversation_id = $1 and kind = 'message.edited' and body->'message_seq' = to_jsonb($2::bigint)`, c.ID, seq)
	tx.Later(`update conversation_events set body = body - 'text' where conversation_id = $1 and kind = 'change.requested' and body->'message_seq' = to_jsonb($2::bigint)`, c.ID, seq)
	for _, a := range m.Attachments {
		// The content goes when orphans are looked for.
		tx.Later(`delete from files where id = $1`, a.ID)
		tx.Later(`delete from media where id = $1`, a.ID)
	}
	return nil
}
