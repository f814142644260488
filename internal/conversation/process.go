package conversation

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// inputPage is how many inputs are read at a time, inputBytes how large they may be together. Temporal carries two megabytes, in which
// a character may take six times as many bytes as here.
const (
	inputPage  = 500
	inputBytes = 256 << 10
)

const eventColumns = `conversation_id, seq, id, kind, actor, body, prev_input, at, provider_at, sla`

// light is an event's body without what only people look at, which may be large.
const light = `body #- '{email,html}' #- '{email,quoted}' #- '{unsupported,raw}'`

// Inputs reads the inputs after a seq, in order, at most a page and at least one if there is any; more says that there are others behind. What only people look at is
// left out of them.
func (l *Log) Inputs(ctx context.Context, id uuid.UUID, after int64) (events []Event, more bool, err error) {
	rows, err := l.pool.Query(ctx, `select conversation_id, seq, id, kind, actor, `+light+`, prev_input, at, provider_at, sla from conversation_events
		where conversation_id = $1 and seq > $2 and prev_input is not null order by seq limit $3`, id, after, inputPage+1)
	if err != nil {
		return nil, false, fmt.Errorf("read inputs of conversation %s: %w", id, err)
	}
	events, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Event, error) {
		e, err := pgx.RowToStructByPos[Event](row)
		return e.ForWorkflow(), err
	})
	if err != nil {
		return nil, false, fmt.Errorf("read inputs of conversation %s: %w", id, err)
	}
	size := 0
	for i, e := range events {
		if size += len(e.Body); i == inputPage || i > 0 && size > inputBytes {
			return events[:i], true, nil
		}
	}
	return events, false, nil
}

// Saying is a message a flow or the bot wants to send.
type Saying struct {
	ID      uuid.UUID
	Kind    Kind
	Actor   Actor
	Message Message
	// Epoch is the ownership it was made in.
	Epoch int
}

// Say logs a flow's or bot's message for delivery. dropped: a person owns the conversation by now, or did in between, so it
// is not said. The same ID again changes nothing and returns the same seq.
func (l *Log) Say(ctx context.Context, id uuid.UUID, saying Saying) (seq int64, dropped bool, err error) {
	err = l.Do(ctx, fmt.Sprintf("say in conversation %s", id), func(ctx context.Context, tx *Tx) error {
		seq, dropped = 0, false
		c, err := tx.Lock(ctx, id)
		if err != nil {
			return err
		}
		said, err := tx.seqOf(ctx, saying.ID)
		if err != nil || said > 0 {
			seq = said
			return err
		}
		if c.Epoch != saying.Epoch || !c.letsSpeak(saying.Kind) {
			dropped = true
			return nil
		}
		e, err := tx.Append(c, Draft{ID: saying.ID, Kind: saying.Kind, Actor: saying.Actor, Body: saying.Message})
		seq = e.Seq
		return err
	})
	return seq, dropped, err
}

// letsSpeak reports whether something that is no person may say a message of this kind: the flow's while it has the
// conversation, the system's also while the customer waits.
func (c *Conversation) letsSpeak(kind Kind) bool {
	waiting := c.Phase == InQueue || c.Phase == InOffer
	return c.Phase == InFlow || waiting && kind == SystemMessage
}

// seqOf finds an event by id; 0 if there is none.
func (tx *Tx) seqOf(ctx context.Context, id uuid.UUID) (int64, error) {
	var seq int64
	err := tx.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&seq) }, `select seq from conversation_events where id = $1`, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return seq, err
}

// Record is what a flow notes besides messages. Zero fields are not noted.
type Record struct {
	Step       *Step
	Attributes map[string]string
	Language   string
	Rating     *Rating
	Attention  string
	Flow       string
}

// Record notes things in a conversation's log. It may be repeated: what it sets is the same, a step is noted twice at worst.
func (l *Log) Record(ctx context.Context, id uuid.UUID, r Record) error {
	return l.Do(ctx, fmt.Sprintf("record in conversation %s", id), func(ctx context.Context, tx *Tx) error {
		c, err := tx.Lock(ctx, id)
		if err != nil {
			return err
		}
		actor := Actor{Kind: ByFlow, Name: c.Flow}
		var drafts []Draft
		if r.Step != nil {
			r.Step.Flow = c.Flow
			drafts = append(drafts, Draft{Kind: FlowStep, Actor: actor, Body: *r.Step})
		}
		if update, changed := c.set(r.Attributes, r.Language); changed {
			drafts = append(drafts, Draft{Kind: Updated, Actor: actor, Body: update})
		}
		if r.Rating != nil {
			c.Rating = &r.Rating.Score
			drafts = append(drafts, Draft{Kind: Rated, Actor: Actor{Kind: ByCustomer, ID: c.ContactID.String()}, Body: *r.Rating})
		}
		if r.Attention != "" && c.Attention != r.Attention {
			c.Attention = r.Attention
			drafts = append(drafts, Draft{Kind: Attention, Actor: System, Body: Reasoned{Reason: r.Attention}})
		}
		if r.Flow != "" && c.Flow != r.Flow {
			c.Flow = r.Flow
			drafts = append(drafts, Draft{Kind: FlowStep, Actor: actor, Body: Step{Flow: r.Flow, Step: "go"}})
		}
		for _, d := range drafts {
			if _, err := tx.Append(c, d); err != nil {
				return err
			}
		}
		return nil
	})
}

// set changes attributes and language and says what has changed.
func (c *Conversation) set(attributes map[string]string, language string) (Update, bool) {
	var update Update
	for name, value := range attributes {
		if c.Attributes[name] == value {
			continue
		}
		if c.Attributes == nil {
			c.Attributes = map[string]string{}
		}
		if update.Attributes == nil {
			update.Attributes = map[string]string{}
		}
		update.Attributes[name] = value
		if c.Attributes[name] = value; value == "" {
			delete(c.Attributes, name)
		}
	}
	if language != "" && language != c.Language {
		c.Language, update.Language = language, language
	}
	return update, len(update.Attributes) > 0 || update.Language != ""
}

// Close closes a conversation if the workflow has taken in every input (cursor is the last) and no person has it. Otherwise
// closed is false and the inputs that came meanwhile are returned. Closing again is no error.
//
// What is closed may still have messages that are to be sent; Unsent lists them.
func (l *Log) Close(ctx context.Context, id uuid.UUID, cursor int64, reason string) (closed bool, newer []Event, err error) {
	err = l.Do(ctx, fmt.Sprintf("close conversation %s", id), func(ctx context.Context, tx *Tx) error {
		closed = false
		c, err := tx.Lock(ctx, id)
		if err != nil {
			return err
		}
		if c.Phase == Done {
			closed = true
			return nil
		}
		if c.LastInputSeq > cursor || c.Phase != InFlow {
			return nil
		}
		closed = true
		c.Phase, c.ClosedAt, c.WaitingSince, c.Unread = Done, &tx.Now, nil, 0
		_, err = tx.Append(c, Draft{Kind: Closed, Actor: System, Body: Reasoned{Reason: reason}})
		return err
	})
	if err != nil || closed {
		return closed, nil, err
	}
	newer, _, err = l.Inputs(ctx, id, cursor)
	return false, newer, err
}

// Unsent lists the messages of a conversation that are still to be sent.
func (l *Log) Unsent(ctx context.Context, id uuid.UUID) ([]int64, error) {
	rows, err := l.pool.Query(ctx, `select seq from deliveries where conversation_id = $1 and status = 'queued' order by seq`, id)
	if err != nil {
		return nil, fmt.Errorf("read what conversation %s has not sent: %w", id, err)
	}
	seqs, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("read what conversation %s has not sent: %w", id, err)
	}
	return seqs, nil
}
