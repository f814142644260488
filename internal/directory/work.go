package directory

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"seax/api/spec"
	"seax/internal/hours"
	"seax/internal/setup"
)

// Skills lists all skills.
func (d *Directory) Skills(ctx context.Context) ([]spec.Skill, error) { return readSkills(ctx, d.pool) }

func readSkills(ctx context.Context, db querier) ([]spec.Skill, error) {
	rows, err := db.Query(ctx, `select id, label, version from skills order by id`)
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
	err := d.change(ctx, entry{spec.AuditKindSkill, s.Id}, "Skill "+s.Id, func(tx pgx.Tx) (err error) {
		s, err = writeSkill(ctx, tx, s, true)
		return err
	})
	return s, err
}

// UpdateSkill renames a skill.
func (d *Directory) UpdateSkill(ctx context.Context, id string, s spec.Skill) (spec.Skill, error) {
	s.Id = id
	err := d.change(ctx, entry{spec.AuditKindSkill, id}, "Skill "+id, func(tx pgx.Tx) (err error) {
		s, err = writeSkill(ctx, tx, s, false)
		return err
	})
	return s, err
}

// writeSkill adds a skill, or changes the one of that version.
func writeSkill(ctx context.Context, tx pgx.Tx, s spec.Skill, isNew bool) (spec.Skill, error) {
	sql := `update skills set label = $2, version = version + 1 where id = $1 and version = $3 returning version`
	args := []any{s.Id, s.Label, version(s.Version)}
	if isNew {
		sql, args = `insert into skills (id, label) values ($1, $2) returning version`, args[:2]
	}
	err := tx.QueryRow(ctx, sql, args...).Scan(&s.Version)
	return s, missed(ctx, tx, err, "skills", s.Id)
}

// DeleteSkill removes a skill that nobody has and no plan asks for.
func (d *Directory) DeleteSkill(ctx context.Context, id string, version *int) error {
	return d.removeUnused(ctx, setup.Entry{Kind: spec.RoutingKindSkill, ID: id}, version)
}

// Presences lists all presences in their order.
func (d *Directory) Presences(ctx context.Context) ([]spec.Presence, error) {
	return readPresences(ctx, d.pool, `order by position, id`)
}

func readPresences(ctx context.Context, db querier, where string, args ...any) ([]spec.Presence, error) {
	rows, err := db.Query(ctx, `select id, label, offers_work, position, builtin, version from presences `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("list presences: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (spec.Presence, error) {
		var p spec.Presence
		err := row.Scan(&p.Id, &p.Label, &p.OffersWork, &p.Position, &p.Builtin, &p.Version)
		return p, err
	})
}

// CreatePresence adds a presence.
func (d *Directory) CreatePresence(ctx context.Context, p spec.Presence) (spec.Presence, error) {
	if wrong := setup.CheckPresence(p, nil); len(wrong) > 0 {
		return p, wrong
	}
	err := d.change(ctx, entry{spec.AuditKindPresence, p.Id}, "Presence "+p.Id, func(tx pgx.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, `select count(*) from presences`).Scan(&n); err != nil {
			return err
		}
		if n >= setup.MaxPresences {
			return &ConflictError{fmt.Sprintf("There are %d presences already, which is the most.", setup.MaxPresences)}
		}
		return writePresence(ctx, tx, &p, true)
	})
	return p, err
}

// UpdatePresence changes a presence. Whether a built-in one offers work cannot be changed.
func (d *Directory) UpdatePresence(ctx context.Context, id string, p spec.Presence) (spec.Presence, error) {
	p.Id = id
	err := d.change(ctx, entry{spec.AuditKindPresence, id}, "Presence "+id, func(tx pgx.Tx) error {
		was, err := readPresences(ctx, tx, `where id = $1 for update`, id)
		if err != nil {
			return err
		}
		if len(was) == 0 {
			return ErrNotFound
		}
		if wrong := setup.CheckPresence(p, &was[0]); len(wrong) > 0 {
			return wrong
		}
		return writePresence(ctx, tx, &p, false)
	})
	if err == nil {
		d.routingChanged(ctx)
	}
	return p, err
}

// writePresence adds a presence, or changes the one of that version; p becomes what there is then.
func writePresence(ctx context.Context, tx pgx.Tx, p *spec.Presence, isNew bool) error {
	sql := `update presences set label = $2, offers_work = $3, position = coalesce($4, position), version = version + 1 where id = $1 and version = $5`
	args := []any{p.Id, p.Label, p.OffersWork, p.Position, version(p.Version)}
	if isNew {
		sql, args = `insert into presences (id, label, offers_work, position) values ($1, $2, $3, coalesce($4, 50))`, args[:4]
	}
	err := tx.QueryRow(ctx, sql+` returning position, builtin, version`, args...).Scan(&p.Position, &p.Builtin, &p.Version)
	return missed(ctx, tx, err, "presences", p.Id)
}

// DeletePresence removes a presence nobody is in.
func (d *Directory) DeletePresence(ctx context.Context, id string, version *int) error {
	return d.removeUnused(ctx, setup.Entry{Kind: spec.RoutingKindPresence, ID: id}, version)
}

const queueColumns = `id, name, offer_timeout_s, wrapup_s, first_reply_s, auto_accept, boost_s, strict, time_zone, hours, holidays, outcomes,
	agent_order, order_by, width, max_waiting, overflow, members_when, sla, rank_by, answer_within_s, paused, draining, version`

// Queues lists all queues.
func (d *Directory) Queues(ctx context.Context) ([]spec.Queue, error) {
	return d.readQueues(ctx, d.pool)
}

func (d *Directory) readQueues(ctx context.Context, db querier) ([]spec.Queue, error) {
	rows, err := db.Query(ctx, `select `+queueColumns+` from queues order by id`)
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

// writeQueue runs a statement that writes a queue, and reads it again.
func (d *Directory) writeQueue(ctx context.Context, tx pgx.Tx, q spec.Queue, isNew bool) (spec.Queue, error) {
	q = setup.CompleteQueue(q)
	sql, args := insertQueue, []any{
		q.Id, q.Name, q.OfferTimeoutS, q.WrapupS, q.BoostS, q.Strict, q.TimeZone, q.Hours, q.Holidays, q.Outcomes, q.FirstReplyS, q.AutoAccept,
		q.Order, q.OrderBy, q.Width, q.MaxWaiting, q.Overflow, q.MembersWhen, q.Sla, q.RankBy, q.AnswerWithinS,
	}
	if !isNew {
		sql, args = updateQueue, append(args, version(q.Version))
	}
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
	return d.saveQueue(ctx, q, true)
}

// UpdateQueue changes a queue. What waits in it is looked at anew; new timeouts hold for new offers.
func (d *Directory) UpdateQueue(ctx context.Context, id string, q spec.Queue) (spec.Queue, error) {
	q.Id = id
	return d.saveQueue(ctx, q, false)
}

func (d *Directory) saveQueue(ctx context.Context, q spec.Queue, isNew bool) (spec.Queue, error) {
	var saved spec.Queue
	err := d.change(ctx, entry{spec.AuditKindQueue, q.Id}, "Queue "+q.Id, func(tx pgx.Tx) error {
		if err := oneAtATime(ctx, tx); err != nil {
			return err
		}
		names, err := namesOf(ctx, tx)
		if err != nil {
			return err
		}
		names.Queues[q.Id] = true
		if wrong := setup.CheckQueue(q, names); len(wrong) > 0 {
			return wrong
		}
		if saved, err = d.writeQueue(ctx, tx, q, isNew); err != nil {
			return err
		}
		return d.checkCircle(ctx, tx)
	})
	if err == nil {
		d.routingChanged(ctx)
	}
	return saved, err
}

// DeleteQueue removes a queue that nothing waits in, ever went through, or is set up with.
func (d *Directory) DeleteQueue(ctx context.Context, id string, version *int) error {
	return d.removeUnused(ctx, setup.Entry{Kind: spec.RoutingKindQueue, ID: id}, version)
}
