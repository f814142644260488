package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"seax/deploy/local/crowd"
	"seax/internal/condition"
	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/routing"
	"seax/internal/store"
)

// The crowd that the matcher is measured with.
const (
	matchAgents  = 1_000
	matchWaiting = 10_000
	matchQueues  = 50
	// Each agent has room for this many conversations.
	matchRoom = 5
	// Every second request asks for this besides skills.
	matchCondition = `agent.attributes.team == 'blue' && agent.attributes.rating >= 2.0`
	// decisionRate is how many decisions are made in a second while the time to an offer is measured.
	decisionRate = 20
)

// matching measures the planner alone, and what it decides when Postgres holds the facts.
func (b *bench) matching(ctx context.Context) error {
	if err := b.planners(); err != nil {
		return err
	}
	return b.matchesInPostgres(ctx)
}

// planners measures the planner alone, and what ten times the floor costs it.
func (b *bench) planners() error {
	c, err := condition.Compile(matchCondition, condition.OfAgent)
	if err != nil {
		return err
	}
	plain := b.planner(matchAgents, matchWaiting, nil)
	b.add(row{
		What:     fmt.Sprintf("matches by the planner alone, %d agents, %d waiting, %d queues", matchAgents, matchWaiting, matchQueues),
		Measured: fmt.Sprintf("%.0f/s", plain), Goal: "≥ 100,000/s", Met: met(plain >= 100_000), Values: map[string]float64{"per_s": plain},
	})
	conditions := b.planner(matchAgents, matchWaiting, c)
	b.add(row{
		What:     "the same, every second request with a condition in CEL",
		Measured: fmt.Sprintf("%.0f/s", conditions), Compared: fmt.Sprintf("%.2f × without", conditions/plain), Values: map[string]float64{"per_s": conditions},
	})
	large := b.planner(10*matchAgents, 10*matchWaiting, c)
	b.add(row{
		What:     fmt.Sprintf("the same at ten times the size, %d agents, %d waiting", 10*matchAgents, 10*matchWaiting),
		Measured: fmt.Sprintf("%.0f/s", large), Compared: fmt.Sprintf("a match costs %.1f × as much", conditions/large), Values: map[string]float64{"per_s": large},
	})
	return nil
}

// demand is a condition for a request of which nothing else is known.
type demand struct {
	*condition.Condition
	facts condition.Facts
}

// Unmet implements routing.Condition.
func (d *demand) Unmet(a *routing.Agent) string {
	d.facts.Agent = a
	return d.Condition.Unmet(&d.facts)
}

// planner lets the pure planner match everybody who waits with everybody who is free, again and again, and returns the matches
// in a second. Every second request has the condition, if there is one.
func (b *bench) planner(people, waiting int, c *condition.Condition) float64 {
	dice := rand.New(rand.NewPCG(1, 2))
	now := time.Now()
	agents := make([]routing.Agent, people)
	for i := range agents {
		agents[i] = routing.Agent{
			ID: uuid.New(), Capacity: 100, Presence: "available", OffersWork: true, LeaseUntil: now.Add(time.Hour), IdleSince: now.Add(-time.Duration(dice.IntN(1e9))),
			Skills:     routing.Skills{"en": 1 + dice.IntN(100), "ko": 1 + dice.IntN(100)},
			Attributes: map[string]any{"team": []string{"blue", "red"}[dice.IntN(2)], "rating": float64(dice.IntN(6))},
			Queues:     map[string]int{queueName(dice.IntN(matchQueues)): 1, queueName(dice.IntN(matchQueues)): 2, queueName(dice.IntN(matchQueues)): 3},
		}
	}
	requests := make([]routing.Request, waiting)
	for i := range requests {
		requests[i] = routing.Request{
			ID: uuid.New(), Queue: queueName(dice.IntN(matchQueues)), ChannelKind: "webchat", Cost: 20, Skills: routing.Skills{"ko": 1 + dice.IntN(80)},
			Rank: routing.Rank(now.Add(-time.Duration(dice.IntN(1e9))), 0, 0, false),
		}
		if c != nil && i%2 == 0 {
			requests[i].Condition = &demand{Condition: c}
		}
	}
	begun, n := time.Now(), 0
	for time.Since(begun) < b.each/4 {
		n += len(routing.Plan(routing.Snapshot{Agents: agents, Requests: requests}, now))
	}
	return float64(n) / time.Since(begun).Seconds()
}

func queueName(i int) string { return fmt.Sprintf("q%02d", i) }

// matchesInPostgres has agents become available one by one, several at once, in a database of its own where everybody waits.
func (b *bench) matchesInPostgres(ctx context.Context) error {
	pool, err := b.ownDatabase(ctx, "bench_matching")
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := fill(ctx, pool); err != nil {
		return err
	}
	var agents []uuid.UUID
	rows, err := pool.Query(ctx, `select id from agents order by id`)
	if err != nil {
		return err
	}
	for rows.Next() {
		var id uuid.UUID
		if err := rows.Scan(&id); err != nil {
			return err
		}
		agents = append(agents, id)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	desk := dispatch.New(conversation.NewLog(pool, time.Now), dispatch.Timings{Lease: time.Hour})
	var mu sync.Mutex
	var slowest time.Duration
	begun := time.Now()
	if err := each(ctx, 8, len(agents), func(i int) error {
		one := time.Now()
		err := desk.SetPresence(ctx, agents[i], dispatch.PresenceAvailable, false)
		mu.Lock()
		slowest = max(slowest, time.Since(one))
		mu.Unlock()
		return err
	}); err != nil {
		return err
	}
	took := time.Since(begun)
	var matches int
	if err := pool.QueryRow(ctx, `select count(*) from reservations`).Scan(&matches); err != nil {
		return err
	}
	rate := float64(matches) / took.Seconds()
	r := row{
		What:     fmt.Sprintf("matches in Postgres, %d agents with room for %d become free, %d waiting in %d queues, with skills and CEL", matchAgents, matchRoom, matchWaiting, matchQueues),
		Measured: fmt.Sprintf("%.0f/s (%d matches in %d decisions, the slowest %.0f ms)", rate, matches, len(agents), ms(slowest)),
		Goal:     "≥ 1,000/s", Met: met(rate >= 1000), Values: map[string]float64{"per_s": rate, "matches": float64(matches), "slowest_ms": ms(slowest)},
	}
	if commits := b.value(bareCommit, "per_s"); commits > 0 {
		r.Compared = fmt.Sprintf("%.2f × the commit rate", rate/commits)
	}
	b.add(r)
	return b.timeToOffer(ctx, pool, desk)
}

// timeToOffer has agents become free at a rate, on the floor where everybody is busy and thousands wait, and measures from then
// until the next conversation is offered to them and that is committed.
func (b *bench) timeToOffer(ctx context.Context, pool *pgxpool.Pool, desk *dispatch.Desk) error {
	type part struct {
		reservation, conversation uuid.UUID
		agent                     conversation.Person
	}
	n := decisionRate * int(b.each.Seconds())
	rows, err := pool.Query(ctx, `select distinct on (r.agent_id) r.id, r.conversation_id, r.agent_id, p.name from reservations r join people p on p.id = r.agent_id where r.state = 'pending' limit $1`, n)
	if err != nil {
		return err
	}
	parts, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p part, err error) {
		err = row.Scan(&p.reservation, &p.conversation, &p.agent.ID, &p.agent.Name)
		return p, err
	})
	if err != nil {
		return err
	}
	if err := each(ctx, 8, len(parts), func(i int) error {
		_, err := desk.Accept(ctx, parts[i].reservation, parts[i].agent)
		return err
	}); err != nil {
		return err
	}
	var waiting, before, after int
	if err := pool.QueryRow(ctx, `select (select count(*) from requests where state = 'waiting'), (select count(*) from reservations)`).Scan(&waiting, &before); err != nil {
		return err
	}
	taken := make([]time.Duration, len(parts))
	if err := pace(ctx, decisionRate, len(parts), func(i int, due time.Time) error {
		_, err := desk.Complete(ctx, parts[i].conversation, dispatch.Caller{Person: parts[i].agent}, dispatch.WrapUpResult{})
		taken[i] = time.Since(due)
		return err
	}); err != nil {
		return err
	}
	if err := pool.QueryRow(ctx, `select count(*) from reservations`).Scan(&after); err != nil {
		return err
	}
	r := latency(fmt.Sprintf("agent becomes free → next offer committed, at %d decisions/s, %d agents, %d waiting", decisionRate, matchAgents, waiting), crowd.Sum("offer", taken), 20, 100)
	r.Measured += fmt.Sprintf(" (%d of %d got one)", after-before, len(parts))
	b.add(r)
	return nil
}

// ownDatabase makes a database beside that of SeaX.
func (b *bench) ownDatabase(ctx context.Context, name string) (*pgxpool.Pool, error) {
	if _, err := b.Pool.Exec(ctx, `create database `+name); err != nil {
		return nil, err
	}
	at, err := url.Parse(b.DatabaseURL())
	if err != nil {
		return nil, err
	}
	at.Path = "/" + name
	pool, err := store.Open(ctx, at.String(), 10)
	if err != nil {
		return nil, err
	}
	_, err = store.Migrate(ctx, pool)
	return pool, err
}

// fill lets everybody wait: agents offline, each in three queues, and conversations that ask for a skill.
func fill(ctx context.Context, pool *pgxpool.Pool) error {
	statements := []struct {
		sql  string
		args []any
	}{
		{`insert into skills (id, label) values ('en', '{"en":"English"}'), ('ko', '{"en":"Korean"}') on conflict do nothing`, nil},
		{`insert into queues (id, name, offer_timeout_s) select format('q%s', to_char(i, 'FM00')), '{"en":"Queue"}', 3600 from generate_series(0, $1 - 1) i`, []any{matchQueues}},
		{`insert into channels (id, kind, name, queue_id, secret) values ('chat', 'webchat', 'Chat', 'q00', 'secret')`, nil},
		{`insert into people (id, email, name, role) select gen_random_uuid(), 'agent' || i || '@bench.test', 'Agent ' || i, 'agent' from generate_series(1, $1) i`, []any{matchAgents}},
		{`insert into agents (id, capacity, presence, lease_until, lost, idle_since, attributes) select id, $1, 'offline', now() + interval '1 hour', false, now() - random() * interval '1 hour',
			jsonb_build_object('team', (array['blue', 'red'])[1 + (random() * 1.98)::int % 2], 'rating', (random() * 5)::int) from people`, []any{20 * matchRoom}},
		{`insert into agent_skills select id, skill, 1 + (random() * 99)::int from agents, (values ('en'), ('ko')) s(skill)`, nil},
		{`insert into agent_queues select a.id, format('q%s', to_char((row_number() over (order by a.id) * l * 7) % $1, 'FM00')), l from agents a, generate_series(1, 3) l on conflict do nothing`, []any{matchQueues}},
		{`insert into contacts (id, name) select gen_random_uuid(), 'Customer ' || i from generate_series(1, $1) i`, []any{matchWaiting}},
		{`insert into conversations (id, channel_id, channel_kind, address, contact_id, flow, phase, queue_id, waiting_since)
			select gen_random_uuid(), 'chat', 'webchat', id::text, id, 'assistant', 'queued', format('q%s', to_char(row_number() over () % $1, 'FM00')), now() from contacts`, []any{matchQueues}},
		{`insert into requests (id, conversation_id, queue_id, channel_kind, cost, skills, virtual_start, rank, state, agents_when)
			select gen_random_uuid(), id, queue_id, channel_kind, 20, jsonb_build_object('ko', 1 + (random() * 60)::int), opened_at, number, 'waiting', case when number % 2 = 0 then $1 else '' end from conversations`, []any{matchCondition}},
		// What is empty stays unknown, as it is until something is in it: plans made for nothing are bad ones soon.
		{`analyze queues, channels, people, agents, agent_skills, agent_queues, contacts, conversations, requests`, nil},
	}
	for _, s := range statements {
		if _, err := pool.Exec(ctx, s.sql, s.args...); err != nil {
			return fmt.Errorf("fill: %w: %.60s", err, s.sql)
		}
	}
	return nil
}
