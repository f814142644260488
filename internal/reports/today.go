package reports

import (
	"context"
	"fmt"
	"slices"
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

// ofToday selects whose numbers of the day are summed up.
type ofToday struct {
	// column names them, in a table of numbers; kind is its type.
	column, kind string
	// agents: their own numbers and their time, without the histograms.
	agents bool
}

var (
	queuesToday = ofToday{column: `n.queue_id`, kind: `text`}
	agentsToday = ofToday{column: `n.agent_id`, kind: `uuid`, agents: true}
)

// settled are sums of the steps of the day that are over: they are read once in a while, and only what is new each time.
type settled struct {
	days   []day
	border time.Time
	readAt time.Time
	lines  lines
}

// settledFor is how long sums of steps that are over are good. Numbers come late to them only after a standstill.
const settledFor = time.Minute

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
		found, err := r.sinceMidnight(ctx, tx, queuesToday, queues, now)
		if err != nil {
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
		if found, err = r.sinceMidnight(ctx, tx, agentsToday, agents, now); err != nil {
			return err
		}
		if err := addPassing(ctx, tx, agents, now, found); err != nil {
			return err
		}
		for _, a := range agents {
			id, err := uuid.Parse(a.id)
			if err != nil {
				return fmt.Errorf("read agent %s: %w", a.id, err)
			}
			today.Agents = append(today.Agents, spec.AgentToday{Id: id, Since: a.since, Numbers: found.of(a.id).numbers()})
		}
		return nil
	})
	return today, err
}

// addPassing adds the time that is still passing.
func addPassing(ctx context.Context, tx pgx.Tx, agents []day, now time.Time, found lines) error {
	passing, err := standing(ctx, tx)
	if err != nil {
		return err
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
	return nil
}

// days reads ids with time zones.
func days(ctx context.Context, tx pgx.Tx, now time.Time, sql string) ([]day, error) {
	rows, err := tx.Query(ctx, sql)
	if err != nil {
		return nil, fmt.Errorf("read time zones: %w", err)
	}
	// Few zones, many agents: each is read from its file once.
	begun := map[string]time.Time{}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (day, error) {
		var d day
		var zone string
		if err := row.Scan(&d.id, &zone); err != nil {
			return d, err
		}
		since, known := begun[zone]
		if !known {
			location, err := time.LoadLocation(zone)
			if err != nil {
				location = time.UTC
			}
			since = midnight(now.In(location), 0, location).UTC()
			begun[zone] = since
		}
		d.since = since
		return d, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read time zones: %w", err)
	}
	return all, nil
}

// sinceMidnight sums up the numbers of each since its midnight.
func (r *Reader) sinceMidnight(ctx context.Context, tx pgx.Tx, who ofToday, of []day, now time.Time) (lines, error) {
	over, err := r.over(ctx, tx, who, of, now)
	if err != nil {
		return nil, err
	}
	found := lines{}
	if err := who.read(ctx, tx, of, over.border, now.Add(Step), found); err != nil {
		return nil, err
	}
	for key, line := range over.lines {
		found.of(key).merge(line)
	}
	return found, nil
}

// over returns the sums of the steps that are over, as they were read a while ago or as they are.
func (r *Reader) over(ctx context.Context, tx pgx.Tx, who ofToday, of []day, now time.Time) (*settled, error) {
	r.mu.Lock()
	known := r.settled[who]
	r.mu.Unlock()
	if known != nil {
		if age := now.Sub(known.readAt); age >= 0 && age < settledFor && slices.Equal(known.days, of) {
			return known, nil
		}
	}
	fresh := &settled{days: of, border: stepOf(now).Add(-Step), readAt: now, lines: lines{}}
	if err := who.read(ctx, tx, of, now.Add(-48*time.Hour), fresh.border, fresh.lines); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settled[who] = fresh
	return fresh, nil
}

// read sums up the steps of a time, as far as they are of each one's day.
func (who ofToday) read(ctx context.Context, tx pgx.Tx, of []day, from, to time.Time, into lines) error {
	ids, since := make([]string, len(of)), make([]time.Time, len(of))
	earliest := to
	for i, d := range of {
		ids[i], since[i] = d.id, d.since
		if d.since.Before(earliest) {
			earliest = d.since
		}
	}
	if from.Before(earliest) {
		from = earliest
	}
	sel := selection{
		key: who.column + `::text`, join: `join unnest($1::text[]::` + who.kind + `[], $2::timestamptz[]) as d (id, since) on d.id = ` + who.column,
		where: `n.at >= d.since and n.at >= $3 and n.at < $4`, args: []any{ids, since, from, to}, plain: who.agents,
	}
	if who.agents {
		if err := sel.times(ctx, tx, into); err != nil {
			return err
		}
	} else {
		sel.where, sel.args = sel.where+` and n.agent_id = $5`, append(sel.args, everybody)
	}
	return sel.counts(ctx, tx, into)
}
