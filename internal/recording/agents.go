package recording

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"seax/internal/simulation"
)

// agents reads people as they are set up, with the shifts and the habits they had.
func agents(ctx context.Context, tx pgx.Tx, o Options) ([]simulation.Agents, error) {
	all, err := people(ctx, tx)
	if err != nil {
		return nil, err
	}
	told, err := habits(ctx, tx, o)
	if err != nil {
		return nil, err
	}
	worked, err := shifts(ctx, tx, o)
	if err != nil {
		return nil, err
	}
	var present []simulation.Agents
	for _, a := range all {
		a.Habits = told[a.ID]
		if a.Accept == nil {
			// Nothing can be told of them: they are like the others.
			a.Habits = told[everybody]
		}
		if a.Shifts = worked[a.ID]; len(o.Shifts) > 0 {
			a.Shifts = o.Shifts
		}
		if len(a.Shifts) > 0 {
			present = append(present, a)
		}
	}
	return present, nil
}

func people(ctx context.Context, tx pgx.Tx) ([]simulation.Agents, error) {
	rows, err := tx.Query(ctx, `select p.id::text, p.name, p.email, a.capacity, a.auto_accept, a.attributes,
			coalesce((select jsonb_object_agg(skill, level) from agent_skills where agent_id = p.id), '{}'),
			coalesce((select jsonb_object_agg(queue_id, level) from agent_queues where agent_id = p.id and not auto), '{}'),
			coalesce((select jsonb_object_agg(queue_id, delay_s) from agent_queues where agent_id = p.id and delay_s > 0), '{}'),
			coalesce((select jsonb_object_agg(channel_kind, max_conversations) from agent_channel_limits where agent_id = p.id), '{}')
		from people p join agents a on a.id = p.id where p.active and a.capacity > 0 order by p.name, p.id`)
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (simulation.Agents, error) {
		var a simulation.Agents
		var skills, delays map[string]int
		err := row.Scan(&a.ID, &a.Name, &a.Email, &a.Capacity, &a.AutoAccept, &a.Attributes, &skills, &a.Queues, &delays, &a.ChannelLimits)
		a.Skills, a.Attributes, a.ChannelLimits = notEmpty(skills), notEmpty(a.Attributes), notEmpty(a.ChannelLimits)
		for queue, seconds := range delays {
			if a.Delays == nil {
				a.Delays = map[string]simulation.Duration{}
			}
			a.Delays[queue] = simulation.Duration(time.Duration(seconds) * time.Second)
		}
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	return all, nil
}

// What is known of how somebody answers offers.
const (
	everybody = ""
	// enough offers tell something of one person.
	enough = 20
	// mostPassed is the largest share of offers that are passed on or missed: somebody accepts at last.
	mostPassed = 0.95
)

// habits reads how people answered offers, by id; everybody's are those of all. Offers that were withdrawn, or passed on because
// somebody went away, tell nothing.
func habits(ctx context.Context, tx pgx.Tx, o Options) (map[string]simulation.Habits, error) {
	rows, err := tx.Query(ctx, `select coalesce(agent_id::text, ''), count(*),
			count(*) filter (where state = 'rejected'), count(*) filter (where state = 'timed_out'),
			coalesce(avg(extract(epoch from answered_at - created_at)) filter (where answered_at is not null), 0)::float8
		from reservations where created_at >= $1 and created_at < $2
			and (answered_at is not null or state = 'timed_out' or state = 'rejected' and reason not in ('presence', 'not_responding'))
		group by grouping sets ((agent_id), ())`, o.From, o.To)
	if err != nil {
		return nil, err
	}
	all := map[string]simulation.Habits{}
	var id string
	var offers, rejected, missed float64
	var accept float64
	_, err = pgx.ForEachRow(rows, []any{&id, &offers, &rejected, &missed, &accept}, func() error {
		if offers < enough && id != everybody || offers == 0 {
			return nil
		}
		h := simulation.Habits{Rejects: rejected / offers, Misses: missed / offers}
		if passed := h.Rejects + h.Misses; passed > mostPassed {
			h.Rejects, h.Misses = h.Rejects*mostPassed/passed, h.Misses*mostPassed/passed
		}
		h.Accept = &simulation.Distribution{Mean: simulation.Duration(max(time.Duration(accept*float64(time.Second)), time.Millisecond).Round(time.Millisecond))}
		all[id] = h
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read how offers were answered: %w", err)
	}
	return all, nil
}

// shifts reads when people worked, by id: from the history of their states where there is one, else from what they did.
func shifts(ctx context.Context, tx pgx.Tx, o Options) (map[string][]simulation.Shift, error) {
	if len(o.Shifts) > 0 {
		return nil, nil
	}
	all, err := fromStates(ctx, tx, o)
	if err != nil || len(all) > 0 {
		return all, err
	}
	return fromActivity(ctx, tx, o)
}

// A gap as short as this is no end of a shift.
const shortGap = time.Minute

// join puts stretches of work one behind the other, and those with a short gap between them together.
func join(all []simulation.Shift, from, to time.Time) []simulation.Shift {
	if last := len(all) - 1; last >= 0 && from.Sub(all[last].Ends) <= shortGap {
		if to.After(all[last].Ends) {
			all[last].Ends = to
		}
		return all
	}
	return append(all, simulation.Shift{Begins: from, Ends: to})
}

// fromStates makes shifts of when people were connected and in a presence that offers work. Those who do not respond are at work.
func fromStates(ctx context.Context, tx pgx.Tx, o Options) (map[string][]simulation.Shift, error) {
	rows, err := tx.Query(ctx, `select agent_id::text, greatest(at, $1), least(coalesce(lead(at) over (partition by agent_id order by n), now()), $2)
		, connected and (offers_work or presence = 'not_responding')
		from agent_states s where at < $2 and n >= coalesce((select max(n) from agent_states e where e.agent_id = s.agent_id and e.at <= $1), 0)
		order by agent_id, n`, o.From, o.To)
	if err != nil {
		return nil, err
	}
	all := map[string][]simulation.Shift{}
	var id string
	var from, to time.Time
	var works bool
	_, err = pgx.ForEachRow(rows, []any{&id, &from, &to, &works}, func() error {
		if works && to.After(from) {
			all[id] = join(all[id], from.UTC(), to.UTC())
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the history of agents' states: %w", err)
	}
	return all, nil
}

// fromActivity makes shifts of what people did: on each day from their first offer to the end of their last conversation.
func fromActivity(ctx context.Context, tx pgx.Tx, o Options) (map[string][]simulation.Shift, error) {
	zone := "UTC"
	if o.Zone != nil {
		zone = o.Zone.String()
	}
	rows, err := tx.Query(ctx, `select agent_id::text, min(created_at), least(max(coalesce(ended_at, answered_at, created_at)), $2)
		from reservations where created_at >= $1 and created_at < $2 group by agent_id, (created_at at time zone $3)::date order by agent_id, min(created_at)`,
		o.From, o.To, zone)
	if err != nil {
		return nil, err
	}
	all := map[string][]simulation.Shift{}
	var id string
	var from, to time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &from, &to}, func() error {
		if to.After(from) {
			all[id] = join(all[id], from.UTC(), to.UTC())
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what agents did: %w", err)
	}
	return all, nil
}
