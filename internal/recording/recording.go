// Package recording reads from the database what came and who worked over a time, so that internal/simulation can try other
// settings on it.
package recording

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"seax/internal/simulation"
)

// ErrTooMany says that more came than was asked for.
var ErrTooMany = errors.New("more conversations came than can be recorded at a time")

// Options say what to record.
type Options struct {
	// From and To bound when requests began; To is not included.
	From, To time.Time
	// Most is how many arrivals there may be; more are ErrTooMany.
	Most int
	// Zone is where days begin and end, when shifts are made out from what people did.
	Zone *time.Location
	// Shifts are used for everyone, instead of those that were; none: those that were.
	Shifts []simulation.Shift
}

// Read reads a recording. Those whose wait is not over yet are left out, and so are people who did not work. What a customer
// asked for is what they came with; a conversation that came back after it was over has come again. All is read as of one moment.
func Read(ctx context.Context, pool *pgxpool.Pool, o Options) (*simulation.Recording, error) {
	r := &simulation.Recording{From: o.From, To: o.To}
	err := pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
		if r.Arrivals, err = arrivals(ctx, tx, o); err != nil {
			return err
		}
		if r.WaitsAnyway, err = waitsAnyway(ctx, tx, o); err != nil {
			return err
		}
		r.Agents, err = agents(ctx, tx, o)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("record from %s to %s: %w", o.From.Format(time.RFC3339), o.To.Format(time.RFC3339), err)
	}
	return r, nil
}

// came are the requests with which conversations began to wait: of several with the same beginning (given back and waiting
// anyway, transferred, parked) the first.
const came = `came as (
		select distinct on (conversation_id, virtual_start) * from requests where virtual_start >= $1 and virtual_start < $2
		order by conversation_id, virtual_start, enqueued_at, id) `

const arrivalsSelect = `with ` + came + `
	select a.virtual_start, coalesce(nullif(a.asked ->> 'queue', ''), a.queue_id), coalesce(a.asked ->> 'plan', case when a.asked ? 'queue' then '' end, a.plan_id, ''),
		c.channel_kind, c.channel_id, a.cost,
		case when a.asked ? 'queue' then coalesce(a.asked -> 'skills', '{}') else a.skills end,
		case when a.asked ? 'queue' then coalesce(a.asked -> 'preferred', '{}') else a.preferred end,
		case when a.asked ? 'queue' then coalesce((a.asked ->> 'priority')::int, 0) else a.priority end,
		c.language, ct.locale, c.flow, coalesce(a.asked ->> 'reason', ''), c.attributes, ct.attributes, c.contact_id::text,
		(select count(*) from conversations e where e.contact_id = c.contact_id and e.opened_at < c.opened_at),
		coalesce(before.email, ''), served.at, coalesce(served.took, 0)::float8, gone.at, back.at
	from came a join conversations c on c.id = a.conversation_id join contacts ct on ct.id = c.contact_id
	-- Who served the contact last before.
	left join lateral (select p.email from conversations e join reservations r on r.conversation_id = e.id join people p on p.id = r.agent_id
		where e.contact_id = c.contact_id and r.answered_at < a.virtual_start order by r.answered_at desc limit 1) before on true
	-- When they were answered, and how long agents had them.
	left join lateral (select min(r.answered_at) as at, sum(extract(epoch from coalesce(r.ended_at, now()) - r.answered_at)) as took
		from reservations r join requests o on o.id = r.request_id
		where r.conversation_id = a.conversation_id and o.virtual_start = a.virtual_start and r.answered_at is not null) served on true
	-- When they left.
	left join lateral (select min(e.at) as at from conversation_events e where e.conversation_id = a.conversation_id and e.at >= a.enqueued_at
		and e.kind in ('customer.left', 'routing.abandoned', 'conversation.closed')) gone on true
	-- When they were given back, if that was the end.
	left join lateral (select e.at from conversation_events e where e.conversation_id = a.conversation_id and e.kind = 'routing.overflowed'
		and e.body ->> 'request_id' = a.id::text and not exists (
			select from requests o where o.conversation_id = a.conversation_id and o.virtual_start = a.virtual_start and o.id <> a.id) limit 1) back on true
	where not exists (select from requests o where o.conversation_id = a.conversation_id and o.virtual_start = a.virtual_start and o.state in ('waiting', 'offered')
		and served.at is null)
	order by a.virtual_start, a.id limit $3`

func arrivals(ctx context.Context, tx pgx.Tx, o Options) ([]simulation.Arrival, error) {
	rows, err := tx.Query(ctx, arrivalsSelect, o.From, o.To, o.Most+1)
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (simulation.Arrival, error) {
		var a simulation.Arrival
		var answered, left, back *time.Time
		var took float64
		var skills, preferred map[string]int
		err := row.Scan(&a.At, &a.Queue, &a.Plan, &a.Channel, &a.ChannelID, &a.Cost, &skills, &preferred, &a.Priority, &a.Language, &a.Locale, &a.Flow, &a.Reason,
			&a.Attributes, &a.ContactAttributes, &a.Contact, &a.Earlier, &a.LastAgent, &answered, &took, &left, &back)
		a.At, a.Skills, a.Preferred = a.At.UTC(), notEmpty(skills), notEmpty(preferred)
		a.Attributes, a.ContactAttributes = notEmpty(a.Attributes), notEmpty(a.ContactAttributes)
		over := a.At
		switch {
		case answered != nil:
			over, a.Answered, a.Handle = *answered, true, simulation.Duration(took*float64(time.Second))
		case back != nil:
			over, a.GivenBack = *back, true
		case left != nil:
			over = *left
		}
		a.Waited = simulation.Duration(max(over.Sub(a.At), 0))
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("read arrivals: %w", err)
	}
	if len(all) > o.Most {
		return nil, fmt.Errorf("%w: more than %d", ErrTooMany, o.Most)
	}
	return all, nil
}

func notEmpty[K comparable, V any](m map[K]V) map[K]V {
	if len(m) == 0 {
		return nil
	}
	return m
}

// waitsAnyway is the share of those given back who waited all the same; nil: nobody was given back.
func waitsAnyway(ctx context.Context, tx pgx.Tx, o Options) (*float64, error) {
	var share *float64
	err := tx.QueryRow(ctx, `with `+came+`
		select avg(case when exists (select from requests o where o.conversation_id = a.conversation_id and o.virtual_start = a.virtual_start and o.asked ->> 'anyway' = 'true') then 1 else 0 end)::float8
		from came a where exists (select from conversation_events e where e.conversation_id = a.conversation_id and e.kind = 'routing.overflowed' and e.body ->> 'request_id' = a.id::text)`,
		o.From, o.To).Scan(&share)
	if err != nil {
		return nil, fmt.Errorf("count who waited anyway: %w", err)
	}
	return share, nil
}
