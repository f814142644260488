// Package invariants checks from the database what must hold at every moment (docs/ARCHITECTURE.md, "Invariants"). Tests that
// kill processes and load the system end with it; "seax check" runs it on a living system.
package invariants

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Violation is one place where an invariant does not hold.
type Violation struct {
	// Invariant is its number and name.
	Invariant string
	Detail    string
}

func (v Violation) String() string { return v.Invariant + ": " + v.Detail }

// checks are statements that return one text per violation. They hold in every committed state of the database, but for a clock that
// may be unsaid for longer than a minute while no worker runs.
var checks = []struct{ name, sql string }{
	{"1 every message once, in the provider's order", `
		select format('message %s of channel %s is logged as event %s of conversation %s, which is not there', k.provider_id, k.channel_id, k.seq, k.conversation_id)
		from inbound_keys k left join conversation_events e on e.conversation_id = k.conversation_id and e.seq = k.seq where e.seq is null
			or e.kind not in ('customer.message', 'message.edited', 'message.deleted', 'message.reaction', 'staff.message', 'customer.automatic')
		union all
		select format('conversation %s has %s customer messages and %s provider ids', m.id, m.n, coalesce(k.n, 0))
		from (select conversation_id as id, count(*) as n from conversation_events where kind = 'customer.message' group by 1) m
		left join (select k.conversation_id as id, count(*) as n from inbound_keys k
			join conversation_events e on e.conversation_id = k.conversation_id and e.seq = k.seq and e.kind = 'customer.message' group by 1) k using (id) where m.n <> coalesce(k.n, 0)`},
	{"2 one open conversation per address", `
		select format('channel %s, address %s: %s open conversations', channel_id, address, count(*)) from conversations where closed_at is null
		group by channel_id, address having count(*) > 1`},
	{"3 sequence numbers without gaps", `
		select format('conversation %s: last_seq %s, but %s events up to %s', c.id, c.last_seq, count(e.seq), max(e.seq))
		from conversations c left join conversation_events e on e.conversation_id = c.id group by c.id
		having c.last_seq <> count(e.seq) or (count(e.seq) > 0 and (max(e.seq) <> c.last_seq or min(e.seq) <> 1))
		union all
		select format('conversation %s: input %s names %s as the one before, it is %s', conversation_id, seq, prev_input, coalesce(before, 0))
		from (select conversation_id, seq, prev_input, lag(seq) over (partition by conversation_id order by seq) as before
			from conversation_events where prev_input is not null) i where prev_input <> coalesce(before, 0)`},
	{"4 load within capacity, and as the reservations say", `
		select format('agent %s has load %s of %s, reservations make %s', a.id, a.load, a.capacity, coalesce(sum(r.cost), 0))
		from agents a left join reservations r on r.agent_id = a.id and r.state in ('pending', 'accepting', 'accepted', 'wrapping')
		group by a.id having a.load <> coalesce(sum(r.cost), 0) or a.load > a.capacity or a.load < 0`},
	{"5 a reservation ends once, a conversation has one owner", `
		select format('conversation %s is %s with owner %s, its reservations say %s', c.id, c.phase, c.agent_id, coalesce(string_agg(r.agent_id::text, ', '), 'nobody'))
		from conversations c left join reservations r on r.conversation_id = c.id and r.state in ('accepted', 'wrapping') and r.role = 'owner'
		group by c.id having count(r.id) > 1
			or (c.phase in ('assigned', 'wrapping')) <> (count(r.id) = 1)
			or (count(r.id) = 1 and min(r.agent_id::text) <> c.agent_id::text)
		union all
		select format('conversation %s is %s with helpers %s, its reservations say %s', c.id, c.phase, h.named, r.held) from conversations c
		cross join lateral (select coalesce(string_agg(x ->> 'id', ', ' order by x ->> 'id'), '') as named from jsonb_array_elements(c.helpers) x) h
		cross join lateral (select coalesce(string_agg(v.agent_id::text, ', ' order by v.agent_id::text), '') as held from reservations v
			where v.conversation_id = c.id and v.state = 'accepted' and v.role = 'helper') r
		where h.named <> r.held or h.named <> '' and c.phase <> 'assigned'
		union all
		select format('reservation %s is %s and has %s end', id, state, case when ended_at is null then 'no' else 'an' end) from reservations
		where (state in ('pending', 'accepting', 'accepted', 'wrapping')) <> (ended_at is null)
		union all
		select format('reservation %s has %s final events', body->>'reservation_id', count(*)) from conversation_events
		where kind in ('reservation.accepted', 'reservation.rejected', 'reservation.timed_out', 'reservation.rescinded', 'reservation.canceled')
		group by body->>'reservation_id' having count(*) > 1`},
	{"6 what waits is in a queue", `
		select format('conversation %s is %s but nothing of it waits', c.id, c.phase) from conversations c
		where c.phase in ('queued', 'offered') and not exists (select from requests r where r.conversation_id = c.id and r.state in ('waiting', 'offered'))
		union all
		select format('conversation %s is offered but nobody was asked', c.id) from conversations c
		where c.phase = 'offered' and not exists (select from reservations r where r.conversation_id = c.id and r.state in ('pending', 'accepting'))
		union all
		select format('request %s waits for conversation %s, which is %s', r.id, c.id, c.phase) from requests r join conversations c on c.id = r.conversation_id
		where r.state in ('waiting', 'offered') and c.phase in ('flow', 'closed', 'parked', 'wrapping')
		union all
		select format('request %s is offered but has no offer', r.id) from requests r where r.state = 'offered'
			and not exists (select from reservations v where v.request_id = r.id and v.state in ('pending', 'accepting'))`},
	{"7 a message to a customer is sent once", `
		select format('message %s has %s deliveries recorded as sent', s.id, s.n)
		from (select body->>'event_id' as id, count(*) as n from conversation_events where kind = 'delivery.updated' and body->>'status' = 'sent' group by 1) s
		left join (select body->>'event_id' as id, count(*) as n from conversation_events where kind = 'delivery.retried' group by 1) r using (id)
		where s.n > 1 + coalesce(r.n, 0)
		union all
		select format('message %s of conversation %s has no delivery', e.id, e.conversation_id) from conversation_events e left join deliveries d on d.event_id = e.id
		where e.kind in ('agent.message', 'bot.message', 'system.message') and d.event_id is null
		union all
		select format('message %s is %s and its parts are %s', d.event_id, d.status, string_agg(p.status, ', ' order by p.part))
		from deliveries d join delivery_parts p on p.event_id = d.event_id group by d.event_id
		having d.status not in ('queued', 'failed') and bool_or(p.status in ('queued', 'failed'))
		union all
		select format('visitor %s saw message %s %s times', visitor_id, id, count(*)) from webchat_feed group by channel_id, visitor_id, id having count(*) > 1`},
	{"8 a delivery status never runs backwards", `
		select format('message %s went from %s to %s', id, before, status) from (
			select body->>'event_id' as id, body->>'status' as status, lag(body->>'status') over (partition by body->>'event_id' order by seq) as before
			from conversation_events where kind in ('delivery.updated', 'delivery.retried')) s
		where before is not null and status <> 'queued'
		  and array_position(array['queued', 'unconfirmed', 'sent', 'failed', 'delivered', 'read'], status) <= array_position(array['queued', 'unconfirmed', 'sent', 'failed', 'delivered', 'read'], before)`},
	{"9 only the owner speaks", `
		select format('event %s of conversation %s is a %s while a person owns it', s.seq, s.conversation_id, s.kind) from (
			select conversation_id, seq, kind, (select o.kind from conversation_events o where o.conversation_id = e.conversation_id and o.seq < e.seq
				and o.kind in ('conversation.assigned', 'conversation.queued', 'conversation.parked', 'conversation.wrapped', 'conversation.opened', 'routing.requested')
				order by o.seq desc limit 1) as since
			from conversation_events e where kind = 'bot.message') s where s.since in ('conversation.assigned', 'conversation.parked')
		union all
		select format('agent %s spoke in conversation %s, owned by %s', s.speaker, s.conversation_id, s.owner) from (
			select conversation_id, seq, actor->>'id' as speaker, (select o.body->'agent'->>'id' from conversation_events o where o.conversation_id = e.conversation_id
				and o.seq < e.seq and o.kind = 'conversation.assigned' order by o.seq desc limit 1) as owner
			from conversation_events e where kind = 'agent.message') s where s.speaker is distinct from s.owner
			and coalesce((select h.kind from conversation_events h where h.conversation_id = s.conversation_id and h.seq < s.seq and h.kind in ('helper.joined', 'helper.left')
				and h.body->'agent'->>'id' = s.speaker order by h.seq desc limit 1), 'none') <> 'helper.joined'`},
	{"10 nothing comes after the close", `
		select format('conversation %s has event %s (%s) after its close', e.conversation_id, e.seq, e.kind) from conversation_events e
		join (select conversation_id, min(seq) as seq from conversation_events where kind = 'conversation.closed' group by 1) x on x.conversation_id = e.conversation_id and e.seq > x.seq
		where e.kind in ('customer.message', 'bot.message', 'system.message', 'agent.message')
		union all
		select format('conversation %s has %s closes', conversation_id, count(*)) from conversation_events where kind = 'conversation.closed' group by conversation_id having count(*) > 1`},
	{"12 a clock of a service level warns and breaches once, and in time", `
		select format('clock %s of conversation %s has %s events %s', body->>'period', conversation_id, count(*), kind) from conversation_events
		where kind in ('sla.warned', 'sla.breached') group by conversation_id, kind, body->>'period' having count(*) > 1
		union all
		select format('conversation %s: %s was due at %s, and nothing says that it is breached', c.id, k->>'target', k->>'due_at')
		from conversations c cross join jsonb_array_elements(c.sla->'clocks') k
		where c.closed_at is null and k->>'breached_at' is null and (k->>'due_at')::timestamptz < now() - interval '1 minute'
		  and not exists (select from outbox o where o.conversation_id = c.id)
		union all
		select format('conversation %s: %s is breached without an event', c.id, k->>'target') from conversations c cross join jsonb_array_elements(c.sla->'clocks') k
		where k->>'breached_at' is not null and not exists (select from conversation_events e
			where e.conversation_id = c.id and e.kind = 'sla.breached' and e.body->>'period' = k->>'period')
		union all
		select format('conversation %s: its clock %s, which has ended, is breached: %s; its log says otherwise', o.conversation_id, o.period, o.breached) from sla_outcomes o
		where o.breached <> exists (select from conversation_events e
			where e.conversation_id = o.conversation_id and e.kind = 'sla.breached' and e.body->>'period' = o.period::text)
		union all
		select format('conversation %s is shown as due at %s, its clocks say %s', c.id, c.sla_due, k.due) from conversations c
		left join lateral (select min((k->>'due_at')::timestamptz) as due from jsonb_array_elements(c.sla->'clocks') k) k on true
		where c.sla_due is distinct from k.due`},
}

// Check runs every check in one snapshot of the database and returns what it found; nothing: all invariants hold.
func Check(ctx context.Context, pool *pgxpool.Pool) ([]Violation, error) {
	var found []Violation
	err := pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		for _, c := range checks {
			rows, err := tx.Query(ctx, c.sql)
			if err != nil {
				return fmt.Errorf("check %q: %w", c.name, err)
			}
			details, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				return fmt.Errorf("check %q: %w", c.name, err)
			}
			for _, d := range details {
				found = append(found, Violation{Invariant: c.name, Detail: d})
			}
		}
		return nil
	})
	return found, err
}

// settled are checks that hold when nothing is going on: all workers are up and have caught up.
var settled = []struct{ name, sql string }{
	{"6 what can be offered is offered", `
		select format('request %s waits although agent %s is free', r.id, a.id)
		from requests r join agent_queues q on q.queue_id = r.queue_id join agents a on a.id = q.agent_id join presences p on p.id = a.presence
		where r.state = 'waiting' and p.offers_work and a.lease_until > now() and a.load + r.cost <= a.capacity
		  and not exists (select from exclusions x where x.request_id = r.id and x.agent_id = a.id and x.until > now())
		  and (r.known_agent is null or r.known_until < now() or r.known_agent = a.id)
		  and not exists (select from agent_channel_limits l where l.agent_id = a.id and l.channel_kind = r.channel_kind)
		  and not exists (select from jsonb_each(r.skills) s where not exists (select from agent_skills k where k.agent_id = a.id and k.skill = s.key and k.level >= s.value::int))`},
	{"3 every input was taken in", `select format('conversation %s: event %s was not carried to its workflow', conversation_id, seq) from outbox`},
	{"7 every message was sent or says why not", `select format('message %s of conversation %s is still queued', event_id, conversation_id) from deliveries where status = 'queued'`},
}

// CheckSettled runs the checks of a system at rest.
func CheckSettled(ctx context.Context, pool *pgxpool.Pool) ([]Violation, error) {
	found, err := Check(ctx, pool)
	if err != nil {
		return nil, err
	}
	for _, c := range settled {
		rows, err := pool.Query(ctx, c.sql)
		if err != nil {
			return nil, fmt.Errorf("check %q: %w", c.name, err)
		}
		details, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return nil, fmt.Errorf("check %q: %w", c.name, err)
		}
		for _, d := range details {
			found = append(found, Violation{Invariant: c.name, Detail: d})
		}
	}
	return found, nil
}
