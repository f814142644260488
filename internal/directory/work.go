package directory

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"seax/api/spec"
	"seax/internal/hours"
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

const queueColumns = `id, name, offer_timeout_s, wrapup_s, first_reply_s, auto_accept, boost_s, strict, time_zone, hours, holidays, outcomes, version`

// Queues lists all queues.
func (d *Directory) Queues(ctx context.Context) ([]spec.Queue, error) {
	rows, err := d.pool.Query(ctx, `select `+queueColumns+` from queues order by id`)
	if err != nil {
		return nil, fmt.Errorf("list queues: %w", err)
	}
	return pgx.CollectRows(rows, d.scanQueue)
}

func (d *Directory) scanQueue(row pgx.CollectableRow) (spec.Queue, error) {
	var q spec.Queue
	err := row.Scan(&q.Id, &q.Name, &q.OfferTimeoutS, &q.WrapupS, &q.FirstReplyS, &q.AutoAccept, &q.BoostS, &q.Strict, &q.TimeZone, &q.Hours, &q.Holidays, &q.Outcomes, &q.Version)
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
	return nil
}

// CreateQueue adds a queue.
func (d *Directory) CreateQueue(ctx context.Context, q spec.Queue) (spec.Queue, error) {
	if err := checkQueue(&q); err != nil {
		return q, err
	}
	err := d.change(ctx, "Queue "+q.Id, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `insert into queues (id, name, offer_timeout_s, wrapup_s, boost_s, strict, time_zone, hours, holidays, outcomes, first_reply_s, auto_accept)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning version`,
			q.Id, q.Name, q.OfferTimeoutS, q.WrapupS, q.BoostS, q.Strict, q.TimeZone, q.Hours, q.Holidays, q.Outcomes, q.FirstReplyS, value(q.AutoAccept, false)).Scan(&q.Version)
	})
	open := scheduleOf(q).Open(d.clock())
	q.Open = &open
	return q, err
}

// UpdateQueue changes a queue. What waits in it keeps its rank; new timeouts hold for new offers.
func (d *Directory) UpdateQueue(ctx context.Context, id string, q spec.Queue) (spec.Queue, error) {
	if err := checkQueue(&q); err != nil {
		return q, err
	}
	var changed spec.Queue
	err := d.change(ctx, "Queue "+id, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update queues set name = $3, offer_timeout_s = $4, wrapup_s = $5, boost_s = $6, strict = $7, time_zone = $8, hours = $9,
			holidays = $10, outcomes = $11, first_reply_s = $12, auto_accept = $13, version = version + 1 where id = $1 and version = $2`,
			id, version(q.Version), q.Name, q.OfferTimeoutS, q.WrapupS, q.BoostS, q.Strict, q.TimeZone, q.Hours, q.Holidays, q.Outcomes,
			q.FirstReplyS, value(q.AutoAccept, false))
		if err != nil {
			return err
		}
		if err := touched(ctx, tx, tag, "queues", id); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `select `+queueColumns+` from queues where id = $1`, id)
		if err != nil {
			return err
		}
		changed, err = pgx.CollectExactlyOneRow(rows, d.scanQueue)
		return err
	})
	if err == nil {
		d.routingChanged(ctx)
	}
	return changed, err
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
