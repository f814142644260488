package reports

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/api/spec"
)

// day is whose day it is, and since when.
type day struct {
	id    string
	since time.Time
}

// Today reads how queues and agents have done since midnight: in the time zone of the queue, and for agents in that of their
// first queue.
func (r *Reader) Today(ctx context.Context) (spec.Today, error) {
	now := r.clock()
	today := spec.Today{At: now.UTC(), Queues: []spec.QueueToday{}, Agents: []spec.AgentToday{}}
	err := r.snapshot(ctx, func(tx pgx.Tx) error {
		queues, err := days(ctx, tx, now, `select id, time_zone from queues order by id`)
		if err != nil {
			return err
		}
		sel := sinceMidnight(queues, `n.queue_id`, `text`, now)
		sel.where, sel.args = sel.where+` and n.agent_id = $4`, append(sel.args, everybody)
		found := lines{}
		if err := sel.counts(ctx, tx, found); err != nil {
			return err
		}
		for _, q := range queues {
			today.Queues = append(today.Queues, spec.QueueToday{Id: q.id, Since: q.since, Numbers: found.of(q.id).numbers()})
		}
		agents, err := days(ctx, tx, now, `select a.id::text, coalesce((select q.time_zone from agent_queues m join queues q on q.id = m.queue_id
				where m.agent_id = a.id order by m.level, m.queue_id limit 1), 'UTC')
			from agents a join people p on p.id = a.id where p.active order by a.id`)
		if err != nil {
			return err
		}
		today.Agents, err = agentsToday(ctx, tx, agents, now)
		return err
	})
	return today, err
}

func agentsToday(ctx context.Context, tx pgx.Tx, agents []day, now time.Time) ([]spec.AgentToday, error) {
	found := lines{}
	sel := sinceMidnight(agents, `n.agent_id`, `uuid`, now)
	if err := sel.counts(ctx, tx, found); err != nil {
		return nil, err
	}
	if err := sel.times(ctx, tx, found); err != nil {
		return nil, err
	}
	passing, err := standing(ctx, tx)
	if err != nil {
		return nil, err
	}
	since := make(map[string]time.Time, len(agents))
	for _, a := range agents {
		since[a.id] = a.since
	}
	for _, one := range passing {
		key := one.Agent.String()
		midnight, ok := since[key]
		if !ok {
			continue
		}
		if one.At.Before(midnight) {
			one.At = midnight
		}
		one.spend(now, func(at timePlace, t Times) { found.of(key).time(at.Presence, t) })
	}
	all := make([]spec.AgentToday, len(agents))
	for i, a := range agents {
		id, err := uuid.Parse(a.id)
		if err != nil {
			return nil, fmt.Errorf("read agent %s: %w", a.id, err)
		}
		all[i] = spec.AgentToday{Id: id, Since: a.since, Numbers: found.of(a.id).numbers()}
	}
	return all, nil
}

// days reads ids with time zones.
func days(ctx context.Context, tx pgx.Tx, now time.Time, sql string) ([]day, error) {
	rows, err := tx.Query(ctx, sql)
	if err != nil {
		return nil, fmt.Errorf("read time zones: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (day, error) {
		var d day
		var zone string
		if err := row.Scan(&d.id, &zone); err != nil {
			return d, err
		}
		location, err := time.LoadLocation(zone)
		if err != nil {
			location = time.UTC
		}
		d.since = midnight(now.In(location), 0, location)
		return d, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read time zones: %w", err)
	}
	return all, nil
}

// sinceMidnight selects the rows that belong to each of some ids, of the column's type, since its midnight.
func sinceMidnight(of []day, column, kind string, now time.Time) selection {
	ids, since := make([]string, len(of)), make([]time.Time, len(of))
	earliest := now
	for i, d := range of {
		ids[i], since[i] = d.id, d.since
		if d.since.Before(earliest) {
			earliest = d.since
		}
	}
	return selection{
		key: column + `::text`, join: `join unnest($1::text[]::` + kind + `[], $2::timestamptz[]) as d (id, since) on d.id = ` + column,
		where: `n.at >= d.since and n.at >= $3`, args: []any{ids, since, earliest},
	}
}
