package directory

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"seax/api/spec"
	"seax/internal/condition"
	"seax/internal/hours"
	"seax/internal/plan"
)

// Skills lists all skills.
func (d *Directory) Skills(ctx context.Context) ([]spec.Skill, error) {
	rows, err := d.pool.Query(ctx, `select id, label, version from skills order by id`)
	if err != nil {
		return nil, fmt.Errorf("list skills: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (spec.Skill, error) {
		var s spec.Skill
		err := row.Scan(&s.Id, &s.Label, &s.Version)
		return s, err
	})
}

// CreateSkill adds a skill.
func (d *Directory) CreateSkill(ctx context.Context, s spec.Skill) (spec.Skill, error) {
	err := d.change(ctx, "Skill "+s.Id, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `insert into skills (id, label) values ($1, $2) returning version`, s.Id, s.Label).Scan(&s.Version)
	})
	return s, err
}

// UpdateSkill renames a skill.
func (d *Directory) UpdateSkill(ctx context.Context, id string, s spec.Skill) (spec.Skill, error) {
	next := version(s.Version) + 1
	err := d.change(ctx, "Skill "+id, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update skills set label = $3, version = version + 1 where id = $1 and version = $2`, id, version(s.Version), s.Label)
		if err != nil {
			return err
		}
		return touched(ctx, tx, tag, "skills", id)
	})
	s.Id, s.Version = id, &next
	return s, err
}

// DeleteSkill removes a skill that nobody has.
func (d *Directory) DeleteSkill(ctx context.Context, id string) error {
	return d.change(ctx, "Skill "+id, func(tx pgx.Tx) error {
		var holders int
		if err := tx.QueryRow(ctx, `select count(*) from agent_skills where skill = $1`, id).Scan(&holders); err != nil {
			return err
		}
		if holders > 0 {
			return &ConflictError{fmt.Sprintf("%d people still have the skill %s; take it from them first.", holders, id)}
		}
		tag, err := tx.Exec(ctx, `delete from skills where id = $1`, id)
		if err != nil {
			return err
		}
		return touched(ctx, tx, tag, "skills", id)
	})
}

// maxPresences bounds the list people choose from.
const maxPresences = 100

// maxPosition bounds a presence's place in that list.
const maxPosition = 10_000

// Presences lists all presences in their order.
func (d *Directory) Presences(ctx context.Context) ([]spec.Presence, error) {
	rows, err := d.pool.Query(ctx, `select id, label, offers_work, position, builtin, version from presences order by position, id`)
	if err != nil {
		return nil, fmt.Errorf("list presences: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (spec.Presence, error) {
		var p spec.Presence
		err := row.Scan(&p.Id, &p.Label, &p.OffersWork, &p.Position, &p.Builtin, &p.Version)
		return p, err
	})
}

func checkPresence(p spec.Presence) error {
	if position := value(p.Position, 0); position < 0 || position > maxPosition {
		return &InvalidError{"position", fmt.Sprintf("The position is a number from 0 to %d.", maxPosition)}
	}
	return nil
}

// CreatePresence adds a presence.
func (d *Directory) CreatePresence(ctx context.Context, p spec.Presence) (spec.Presence, error) {
	if err := checkPresence(p); err != nil {
		return p, err
	}
	err := d.change(ctx, "Presence "+p.Id, func(tx pgx.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, `select count(*) from presences`).Scan(&n); err != nil {
			return err
		}
		if n >= maxPresences {
			return &ConflictError{fmt.Sprintf("There are %d presences already, which is the most.", maxPresences)}
		}
		return tx.QueryRow(ctx, `insert into presences (id, label, offers_work, position) values ($1, $2, $3, $4) returning position, builtin, version`,
			p.Id, p.Label, p.OffersWork, value(p.Position, 50)).Scan(&p.Position, &p.Builtin, &p.Version)
	})
	return p, err
}

// UpdatePresence changes a presence. Whether a built-in one offers work cannot be changed.
func (d *Directory) UpdatePresence(ctx context.Context, id string, p spec.Presence) (spec.Presence, error) {
	if err := checkPresence(p); err != nil {
		return p, err
	}
	err := d.change(ctx, "Presence "+id, func(tx pgx.Tx) error {
		var builtin, offers bool
		err := tx.QueryRow(ctx, `select builtin, offers_work from presences where id = $1 for update`, id).Scan(&builtin, &offers)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		if builtin && offers != p.OffersWork {
			return &ConflictError{"Whether a built-in presence offers work cannot be changed."}
		}
		tag, err := tx.Exec(ctx, `update presences set label = $3, offers_work = $4, position = coalesce($5, position), version = version + 1 where id = $1 and version = $2`,
			id, version(p.Version), p.Label, p.OffersWork, p.Position)
		if err != nil {
			return err
		}
		if err := touched(ctx, tx, tag, "presences", id); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `select position, builtin, version from presences where id = $1`, id).Scan(&p.Position, &p.Builtin, &p.Version)
	})
	if err == nil {
		d.routingChanged(ctx)
	}
	p.Id = id
	return p, err
}

// DeletePresence removes a presence nobody is in.
func (d *Directory) DeletePresence(ctx context.Context, id string) error {
	return d.change(ctx, "Presence "+id, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `delete from presences where id = $1 and not builtin`, id)
		if err != nil || tag.RowsAffected() > 0 {
			return err
		}
		if err := touched(ctx, tx, tag, "presences", id); !errors.Is(err, ErrStale) {
			return err
		}
		return &ConflictError{"Built-in presences stay."}
	})
}

const queueColumns = `id, name, offer_timeout_s, wrapup_s, first_reply_s, auto_accept, boost_s, strict, time_zone, hours, holidays, outcomes,
	agent_order, order_by, width, max_waiting, overflow, members_when, sla, rank_by, answer_within_s, paused, draining, version`

// Queues lists all queues.
func (d *Directory) Queues(ctx context.Context) ([]spec.Queue, error) {
	rows, err := d.pool.Query(ctx, `select `+queueColumns+` from queues order by id`)
	if err != nil {
		return nil, fmt.Errorf("list queues: %w", err)
	}
	return pgx.CollectRows(rows, d.scanQueue)
}

// Queue reads one queue.
func (d *Directory) Queue(ctx context.Context, id string) (spec.Queue, error) {
	rows, err := d.pool.Query(ctx, `select `+queueColumns+` from queues where id = $1`, id)
	if err != nil {
		return spec.Queue{}, fmt.Errorf("read queue %s: %w", id, err)
	}
	q, err := pgx.CollectExactlyOneRow(rows, d.scanQueue)
	if errors.Is(err, pgx.ErrNoRows) {
		err = ErrNotFound
	}
	return q, err
}

func (d *Directory) scanQueue(row pgx.CollectableRow) (spec.Queue, error) {
	var q spec.Queue
	err := row.Scan(&q.Id, &q.Name, &q.OfferTimeoutS, &q.WrapupS, &q.FirstReplyS, &q.AutoAccept, &q.BoostS, &q.Strict, &q.TimeZone, &q.Hours, &q.Holidays, &q.Outcomes,
		&q.Order, &q.OrderBy, &q.Width, &q.MaxWaiting, &q.Overflow, &q.MembersWhen, &q.Sla, &q.RankBy, &q.AnswerWithinS, &q.Paused, &q.Draining, &q.Version)
	open := scheduleOf(q).Open(d.clock())
	q.Open = &open
	return q, err
}

func scheduleOf(q spec.Queue) hours.Schedule {
	s := hours.Schedule{Zone: q.TimeZone, Hours: q.Hours}
	for _, h := range q.Holidays {
		s.Holidays = append(s.Holidays, h.Format(time.DateOnly))
	}
	return s
}

func checkQueue(q *spec.Queue) error {
	if err := scheduleOf(*q).Check(); err != nil {
		return &InvalidError{"hours", err.Error()}
	}
	if q.Hours == nil {
		q.Hours = map[string][][]string{}
	}
	seen := map[string]bool{}
	for _, o := range q.Outcomes {
		if seen[o.Id] {
			return &InvalidError{"outcomes", fmt.Sprintf("The outcome %s is there twice.", o.Id)}
		}
		seen[o.Id] = true
	}
	if wrong := plan.CheckOrder(string(value(q.Order, "")), value(q.OrderBy, nil)); len(wrong) > 0 {
		return wrong
	}
	if err := checkPromises(q); err != nil {
		return err
	}
	if when := value(q.MembersWhen, ""); when != "" {
		if _, err := condition.Compile(when, condition.OfMember); err != nil {
			return plan.Problems{{At: "members_when", Words: err.Error()}}
		}
	}
	return nil
}

// checkPromises says what is wrong with what a queue promises.
func checkPromises(q *spec.Queue) error {
	t := value(q.Sla, spec.SlaTargets{})
	if t.FirstReplyS != nil && t.ResolutionS != nil && *t.ResolutionS < *t.FirstReplyS {
		return &InvalidError{"sla.resolution_s", "The time until it is resolved is shorter than the time until the first reply."}
	}
	if value(q.RankBy, spec.RankByArrival) == spec.RankBySla && t.FirstReplyS == nil {
		return &InvalidError{"rank_by", "To serve by due time, the queue must promise a first reply."}
	}
	return nil
}

// putQueue runs a statement that writes a queue, after a look at what it refers to, and reads it again.
func (d *Directory) putQueue(ctx context.Context, tx pgx.Tx, q spec.Queue, sql string, more ...any) (spec.Queue, error) {
	if err := checkQueue(&q); err != nil {
		return q, err
	}
	if err := oneAtATime(ctx, tx); err != nil {
		return q, err
	}
	names, err := namesOf(ctx, tx)
	if err != nil {
		return q, err
	}
	names.Queues[q.Id] = true
	overflow := value(q.Overflow, spec.QueueOverflow{})
	for reason, to := range map[string]*plan.Target{"full": overflow.Full, "closed": overflow.Closed, "unstaffed": overflow.Unstaffed, "draining": overflow.Draining} {
		if wrong := to.Check("overflow."+reason, names); len(wrong) > 0 {
			return q, wrong
		}
	}
	args := append([]any{
		q.Id, q.Name, q.OfferTimeoutS, q.WrapupS, q.BoostS, q.Strict, q.TimeZone, q.Hours, q.Holidays, q.Outcomes, q.FirstReplyS, value(q.AutoAccept, false),
		value(q.Order, spec.AgentOrderLongestIdle), value(q.OrderBy, []plan.SortKey{}), value(q.Width, 1), q.MaxWaiting, overflow, value(q.MembersWhen, ""), value(q.Sla, spec.SlaTargets{}),
		value(q.RankBy, spec.RankByArrival), value(q.AnswerWithinS, 20),
	}, more...)
	tag, err := tx.Exec(ctx, sql, args...)
	if err != nil {
		return q, err
	}
	if err := touched(ctx, tx, tag, "queues", q.Id); err != nil {
		return q, err
	}
	rows, err := tx.Query(ctx, `select `+queueColumns+` from queues where id = $1`, q.Id)
	if err != nil {
		return q, err
	}
	return pgx.CollectExactlyOneRow(rows, d.scanQueue)
}

const (
	insertQueue = `insert into queues (id, name, offer_timeout_s, wrapup_s, boost_s, strict, time_zone, hours, holidays, outcomes, first_reply_s, auto_accept,
			agent_order, order_by, width, max_waiting, overflow, members_when, sla, rank_by, answer_within_s)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`
	updateQueue = `update queues set name = $2, offer_timeout_s = $3, wrapup_s = $4, boost_s = $5, strict = $6, time_zone = $7, hours = $8,
			holidays = $9, outcomes = $10, first_reply_s = $11, auto_accept = $12, agent_order = $13, order_by = $14, width = $15, max_waiting = $16,
			overflow = $17, members_when = $18, sla = $19, rank_by = $20, answer_within_s = $21, version = version + 1 where id = $1 and version = $22`
)

// CreateQueue adds a queue.
func (d *Directory) CreateQueue(ctx context.Context, q spec.Queue) (spec.Queue, error) {
	return d.saveQueue(ctx, q, insertQueue)
}

// UpdateQueue changes a queue. What waits in it is looked at anew; new timeouts hold for new offers.
func (d *Directory) UpdateQueue(ctx context.Context, id string, q spec.Queue) (spec.Queue, error) {
	q.Id = id
	return d.saveQueue(ctx, q, updateQueue, version(q.Version))
}

func (d *Directory) saveQueue(ctx context.Context, q spec.Queue, sql string, more ...any) (spec.Queue, error) {
	var saved spec.Queue
	err := d.change(ctx, "Queue "+q.Id, func(tx pgx.Tx) (err error) {
		if saved, err = d.putQueue(ctx, tx, q, sql, more...); err != nil {
			return err
		}
		return checkCircle(ctx, tx)
	})
	if err == nil {
		d.routingChanged(ctx)
	}
	return saved, err
}

// DeleteQueue removes a queue that nothing waits in, ever went through, or is set up with.
func (d *Directory) DeleteQueue(ctx context.Context, id string) error {
	return d.change(ctx, "Queue "+id, func(tx pgx.Tx) error {
		var used int
		if err := tx.QueryRow(ctx, `select count(*) from conversations where queue_id = $1`, id).Scan(&used); err != nil {
			return err
		}
		if used > 0 {
			return &ConflictError{fmt.Sprintf("Queue %s has %d conversations, which name it; it cannot be removed.", id, used)}
		}
		tag, err := tx.Exec(ctx, `delete from queues where id = $1`, id)
		if err != nil {
			return err
		}
		return touched(ctx, tx, tag, "queues", id)
	})
}
