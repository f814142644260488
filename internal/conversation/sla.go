package conversation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/internal/hours"
	"seax/internal/sla"
)

// withPeople reports whether people have a conversation in this phase, or are being found, and may still answer.
func (p Phase) withPeople() bool {
	return p == InQueue || p == InOffer || p == WithAgent || p == OnHold
}

// Promise tells the transaction what a queue promises, so that it need not read it.
func (tx *Tx) Promise(p sla.Policy) {
	if tx.policies == nil {
		tx.policies = map[string]*sla.Policy{}
	}
	tx.policies[p.Queue] = &p
}

// Reconsider has a locked conversation's clocks go by what its queue promises now.
func (tx *Tx) Reconsider(c *Conversation) {
	if change, ok := tx.changes[c.ID]; ok {
		change.dirty, change.reconsider = true, true
	}
}

// PolicyColumns are what ScanPolicy reads of a queue.
const PolicyColumns = `id, sla, time_zone, hours, holidays`

// ScanPolicy reads a queue's promises from PolicyColumns.
func ScanPolicy(row pgx.CollectableRow) (sla.Policy, error) {
	var queue string
	var targets sla.Targets
	var s hours.Schedule
	err := row.Scan(&queue, &targets, &s.Zone, &s.Hours, &s.Holidays)
	return Policy(queue, targets, s), err
}

// Policy is what a queue promises. The time zone of one that never closes makes no difference.
func Policy(queue string, targets sla.Targets, s hours.Schedule) sla.Policy {
	if len(s.Hours)+len(s.Holidays) == 0 {
		s = hours.Schedule{}
	}
	return sla.Policy{Queue: queue, Targets: targets, Schedule: s}
}

// keepClocks brings the clocks of what this transaction changed in line with how it stands now. What comes of it is written with the
// rest; the workflow learns of it by the last input that is appended anyway, or by one for that alone.
func (tx *Tx) keepClocks(ctx context.Context) error {
	if err := tx.readPolicies(ctx); err != nil {
		return err
	}
	for _, id := range tx.order {
		if change := tx.changes[id]; change.dirty {
			if err := tx.keepClocksOf(change); err != nil {
				return fmt.Errorf("keep clocks of conversation %s: %w", id, err)
			}
		}
	}
	return nil
}

// entered reports whether a conversation has come to people, or to those of another queue.
func (ch *change) entered() bool {
	c := ch.row
	return c.Phase.withPeople() && c.QueueID != nil &&
		(ch.reconsider || !ch.before.Phase.withPeople() || ch.queueBefore == nil || *ch.queueBefore != *c.QueueID)
}

// readPolicies reads what queues promise to which conversations have come, unless that is known.
func (tx *Tx) readPolicies(ctx context.Context) error {
	var missing []string
	for _, change := range tx.changes {
		if change.dirty && change.entered() && tx.policies[*change.row.QueueID] == nil {
			missing = append(missing, *change.row.QueueID)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	err := tx.Query(ctx, func(rows pgx.Rows) error {
		policies, err := pgx.CollectRows(rows, ScanPolicy)
		for _, p := range policies {
			tx.Promise(p)
		}
		return err
	}, `select `+PolicyColumns+` from queues where id = any($1)`, missing)
	if err != nil {
		return fmt.Errorf("read what queues promise: %w", err)
	}
	return nil
}

func (tx *Tx) keepClocksOf(ch *change) error {
	c := ch.row
	var adopt *sla.Policy
	if ch.entered() {
		adopt = tx.policies[*c.QueueID]
	}
	sit := c.situation(ch.events)
	defer func() {
		if sit.Resolved {
			c.RepliedAt = nil
		}
		if sit.Closed {
			c.SLA, c.SLAKey = nil, ""
		}
	}()
	if c.SLA == nil {
		if adopt == nil || !adopt.Targets.Any() {
			return nil
		}
		c.SLA = &sla.State{}
	}
	before := ch.mark
	crossed, ended := c.SLA.Observe(tx.Now, adopt, sit)
	if adopt != nil {
		c.SLAKey = adopt.Key()
	}
	for _, x := range crossed {
		kind := SLAWarned
		if x.Breached {
			kind = SLABreached
		}
		body := SLABody{Target: x.Target, Period: x.Period, Queue: c.SLA.Policy.Queue, Due: x.Due}
		if _, err := tx.Append(c, Draft{Kind: kind, Actor: System, Body: body}); err != nil {
			return err
		}
	}
	for _, o := range ended {
		tx.keepOutcome(ch, o)
	}
	mark := c.SLA.Mark()
	if mark.Equal(before) || ch.told {
		return nil
	}
	last := -1
	for i, e := range ch.events {
		if e.Kind.Input() {
			last = i
		}
	}
	if last < 0 {
		body := SLAChangedBody{Queue: c.SLA.Policy.Queue, State: c.SLA.Status(), Due: orNone(mark.Due)}
		if _, err := tx.Append(c, Draft{Kind: SLAChanged, Actor: System, Body: body}); err != nil {
			return err
		}
		last = len(ch.events) - 1
	}
	ch.events[last].SLA = &mark
	return nil
}

// situation is how the conversation stands after events, as far as clocks go by it.
func (c *Conversation) situation(events []Event) sla.Situation {
	has := func(kind Kind) bool {
		return slices.ContainsFunc(events, func(e Event) bool { return e.Kind == kind })
	}
	sit := sla.Situation{
		Needed: c.Phase.withPeople(), Spoken: c.RepliedAt != nil, Answered: has(AgentMessage),
		Resolved: c.Phase == InWrapUp || has(Wrapped), Closed: c.Phase == Done,
	}
	if c.WaitingSince != nil {
		sit.WaitingSince = *c.WaitingSince
	}
	return sit
}

func (tx *Tx) keepOutcome(ch *change, o sla.Outcome) {
	agent := ch.row.AgentID
	if agent == nil {
		agent = ch.before.AgentID
	}
	tx.Later(`insert into sla_outcomes (conversation_id, period, target, queue_id, agent_id, met, breached, warned, promised_s, used_s, started_at, ended_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		ch.row.ID, o.Period, o.Target, o.Queue, agent, o.Met, !o.BreachedAt.IsZero(), !o.WarnedAt.IsZero(), int(o.Promised.Seconds()), o.Used.Seconds(), o.StartedAt, o.EndAt)
}

// ReplyDue is when the customer would have to be answered if the conversation waited in a queue that makes these promises from now
// on; nil: nothing is promised.
func (c *Conversation) ReplyDue(now time.Time, p sla.Policy) *time.Time {
	sit := c.situation(nil)
	sit.Needed = true
	if c.WaitingSince == nil {
		sit.WaitingSince = now
	}
	return orNone(c.SLA.Expect(now, &p, sit))
}

func orNone(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// SLADue notes what a conversation's clocks have come to by now, in its log and once, and returns when to look again. Called by the
// conversation's workflow; an early or a late call, or one more, does no harm.
func (l *Log) SLADue(ctx context.Context, id uuid.UUID) (sla.Mark, error) {
	var mark sla.Mark
	err := l.Do(ctx, fmt.Sprintf("look at the clocks of conversation %s", id), func(ctx context.Context, tx *Tx) error {
		c, err := tx.Lock(ctx, id)
		if err != nil {
			return err
		}
		mark = c.SLA.Mark()
		if mark.Look.IsZero() || tx.Now.Before(mark.Look) {
			return nil
		}
		// Now rather than with the commit, which finds nothing left to do: the mark is the answer.
		change := tx.changes[id]
		change.dirty, change.told = true, true
		err = tx.keepClocksOf(change)
		mark = c.SLA.Mark()
		return err
	})
	return mark, err
}
