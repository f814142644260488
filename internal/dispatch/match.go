package dispatch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/internal/conversation"
	"seax/internal/routing"
)

// candidateLimit is how many agents are looked at first for one request; they come in the planner's order, so more are
// needed only when exclusions rule all of them out.
const (
	candidateLimit = 64
	everybody      = 1 << 20
)

// pageSize is how many waiting requests are looked at first for one agent, of whom most have room for a few; pageGrowth is how many
// times as many are looked at next.
const (
	pageSize   = 8
	pageGrowth = 4
)

// match offers what this transaction has put up: requests to agents, agents to requests. Everything else that waits has had
// its turn when it was put up itself, so looking at what changed is enough. Requests come first, in their order, and find the best of
// those who were free before; whoever was set free by this transaction serves then who is next in line, which may be another.
func (w *work) match(ctx context.Context) error {
	if len(w.requests) > 1 {
		if err := w.rankRequests(ctx); err != nil {
			return err
		}
	}
	for {
		var err error
		switch {
		case len(w.requests) > 0:
			id := w.requests[0]
			w.requests = without(w.requests, id)
			err = w.matchRequest(ctx, id)
		case len(w.agents) > 0:
			// An offer that is accepted at once may set an agent free, who then is here too.
			id := w.agents[0]
			w.agents = without(w.agents, id)
			err = w.matchAgent(ctx, id)
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// rankRequests puts the requests to be matched in their order.
func (w *work) rankRequests(ctx context.Context) error {
	err := w.Query(ctx, func(rows pgx.Rows) (err error) {
		w.requests, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		return err
	}, `select id from requests where id = any($1) order by rank, id`, w.requests)
	if err != nil {
		return fmt.Errorf("read ranks of requests: %w", err)
	}
	return nil
}

func without(ids []uuid.UUID, id uuid.UUID) []uuid.UUID {
	return slices.DeleteFunc(ids, func(other uuid.UUID) bool { return other == id })
}

func (w *work) matchRequest(ctx context.Context, id uuid.UUID) error {
	waiting, err := w.waiting(ctx, `where r.id = $1 and r.state = 'waiting'`, id)
	if err != nil || len(waiting) == 0 || waiting[0].Paused {
		return err
	}
	r := waiting[0]
	wanted := max(r.Width, 1) - len(r.Pending)
	limit := candidateLimit
	if r.Order.By == routing.ByAttributes {
		// Only the planner knows who comes first.
		limit = everybody
	}
	for {
		agents, err := w.candidates(ctx, r, limit)
		if err != nil {
			return err
		}
		all := len(agents) < limit
		agents = slices.DeleteFunc(agents, func(a routing.Agent) bool { return slices.Contains(w.agents, a.ID) })
		decisions := routing.Plan(routing.Snapshot{Agents: agents, Requests: []routing.Request{r.Request}}, w.Now)
		if len(decisions) >= wanted || all {
			return w.apply(ctx, decisions, waiting, agents)
		}
		limit = everybody
	}
}

func (w *work) matchAgent(ctx context.Context, id uuid.UUID) error {
	agents, err := w.agent(ctx, id)
	if err != nil || len(agents) == 0 {
		return err
	}
	after := position{level: -1}
	// Pages grow: whoever cannot serve the first may have to go through all that wait.
	for size := pageSize; ; size *= pageGrowth {
		agent := agents[0]
		if !agent.OffersWork || agent.Load >= agent.Capacity && agent.Capacity > 0 || !w.Now.Before(agent.LeaseUntil) {
			return nil
		}
		page, next, err := w.servable(ctx, agent, after, size)
		if err != nil || len(page) == 0 {
			return err
		}
		requests := make([]routing.Request, len(page))
		for i := range page {
			requests[i] = page[i].Request
		}
		// Requests that somebody else could take better were offered when they came; here the question is only which of
		// them this agent serves next.
		decisions := routing.Plan(routing.Snapshot{Agents: agents, Requests: requests}, w.Now)
		for i := range decisions {
			decisions[i].Why = routing.NextInLine(decisions[i].Why)
		}
		if err := w.apply(ctx, decisions, page, agents); err != nil {
			return err
		}
		if len(page) < size {
			return nil
		}
		for _, d := range decisions {
			for _, r := range page {
				if r.ID == d.Request {
					agents[0].Load += r.Cost
					agents[0].ChannelLoad[r.ChannelKind]++
				}
			}
		}
		after = next
	}
}

// waitingRequest is a request with what applying a decision needs.
type waitingRequest struct {
	routing.Request
	conversationID uuid.UUID
	transfer       bool
	autoAccept     bool
	offerTimeout   time.Duration
	// agentsWhen, asked, virtualStart and slaDue are what its condition goes by.
	agentsWhen   string
	asked        asked
	virtualStart time.Time
	slaDue       *time.Time
}

const waitingColumns = `select r.id, r.conversation_id, r.queue_id, r.channel_kind, r.cost, r.skills, r.preferred, r.rank,
		coalesce(r.known_agent, '00000000-0000-0000-0000-000000000000'), coalesce(r.known_until, '-infinity'),
		coalesce(ka.lease_until > $2 and kp.offers_work, false), r.transfer_of is not null, coalesce(r.offer_timeout_s, q.offer_timeout_s),
		r.anyone, r.queue_since, r.agents_when, coalesce(r.agent_order, q.agent_order), coalesce(r.order_by, q.order_by),
		coalesce(r.width, q.width), q.paused, q.auto_accept, r.asked, r.virtual_start, r.sla_due,
		coalesce((select jsonb_object_agg(x.agent_id, jsonb_build_object('reason', x.reason, 'since', x.since, 'until', x.until))
			from exclusions x where x.request_id = r.id and x.until > $2), '{}'),
		coalesce((select array_agg(o.agent_id) from reservations o where o.request_id = r.id and o.state in ('pending', 'accepting')), '{}') `

const waitingFrom = ` from requests r join queues q on q.id = r.queue_id
		left join agents ka on ka.id = r.known_agent left join presences kp on kp.id = ka.presence `

func scanWaiting(rows pgx.Rows, extra ...any) (waitingRequest, error) {
	var r waitingRequest
	var seconds int
	var excluded map[uuid.UUID]struct {
		Reason       string
		Since, Until time.Time
	}
	var skills, preferred map[string]int
	into := append([]any{&r.ID, &r.conversationID, &r.Queue, &r.ChannelKind, &r.Cost, &skills, &preferred, &r.Rank,
		&r.Known, &timeOrPast{&r.KnownUntil}, &r.KnownReachable, &r.transfer, &seconds,
		&r.Anyone, &r.Since, &r.agentsWhen, &r.Order.By, &r.Order.Keys, &r.Width, &r.Paused, &r.autoAccept, &r.asked, &r.virtualStart, &r.slaDue, &excluded, &r.Pending}, extra...)
	if err := rows.Scan(into...); err != nil {
		return r, err
	}
	r.Skills, r.Preferred = skills, preferred
	r.offerTimeout = time.Duration(seconds) * time.Second
	r.Excluded = make(map[uuid.UUID]routing.Exclusion, len(excluded))
	for agent, e := range excluded {
		r.Excluded[agent] = routing.Exclusion{Reason: e.Reason, Since: e.Since, Until: e.Until}
	}
	return r, nil
}

// waiting reads requests; $1 is the caller's argument, $2 the time.
func (w *work) waiting(ctx context.Context, where string, arg any) ([]waitingRequest, error) {
	var all []waitingRequest
	err := w.Query(ctx, func(rows pgx.Rows) error {
		for rows.Next() {
			r, err := scanWaiting(rows)
			if err != nil {
				return err
			}
			all = append(all, r)
		}
		return rows.Err()
	}, waitingColumns+waitingFrom+where, arg, w.Now)
	if err != nil {
		return nil, fmt.Errorf("read waiting requests: %w", err)
	}
	return all, w.bind(ctx, all)
}

// position is a place in an agent's order of requests: level, rank, id.
type position struct {
	level int
	rank  int64
	id    uuid.UUID
}

// suits holds for requests r that an agent has the skills for ($7) and that have no condition the agent is known not to meet ($9).
const suits = ` and r.agents_when <> all($9) and not exists (select from jsonb_each(r.skills) s where coalesce(($7::jsonb ->> s.key)::int, 0) < s.value::int)`

// servable reads the next waiting requests that an agent's queues, skills, attributes and name make possible, in the agent's order.
// Queues are read in their own order, line by line until there are enough: what is ruled out in between is not known to the statistics.
func (w *work) servable(ctx context.Context, agent routing.Agent, after position, size int) ([]waitingRequest, position, error) {
	var page []waitingRequest
	next := after
	err := w.Query(ctx, func(rows pgx.Rows) error {
		for rows.Next() {
			var level int
			r, err := scanWaiting(rows, &level)
			if err != nil {
				return err
			}
			page = append(page, r)
			next = position{level: level, rank: r.Rank, id: r.ID}
		}
		return rows.Err()
	}, `with mine as (select * from (
			select r.id, r.rank, aq.level from (select aq.* from agent_queues aq join queues q on q.id = aq.queue_id
					where aq.agent_id = $1 and aq.level >= $4 and not q.paused offset 0) aq
			cross join lateral (select r.id, r.rank from (select * from requests r where r.queue_id = aq.queue_id and r.state = 'waiting'
					and (r.rank, r.id) > (case when aq.level = $4 then $5 else '-9223372036854775808'::bigint end, case when aq.level = $4 then $6 else '00000000-0000-0000-0000-000000000000'::uuid end)
					order by r.rank, r.id offset 0) r
				where r.cost <= $3 and not r.anyone and (aq.delay_s = 0 or r.queue_since + make_interval(secs => aq.delay_s) <= $2)
				  and not coalesce(r.known_agent = $1 and r.known_until > $2, false)`+suits+`
				order by r.rank, r.id limit $8) r
			union all
			select r.id, r.rank, 1 from requests r where r.known_agent = $1 and r.known_until > $2 and r.state = 'waiting' and r.cost <= $3
			  and (1, r.rank, r.id) > ($4, $5, $6)
			union all
			(select r.id, r.rank, 1 from requests r where r.anyone and r.state = 'waiting' and r.cost <= $3
			  and (1, r.rank, r.id) > ($4, $5, $6) and not coalesce(r.known_agent = $1 and r.known_until > $2, false)`+suits+`
			order by r.rank, r.id limit $8)
		) mine order by mine.level, mine.rank, mine.id limit $8) `+waitingColumns+`, mine.level `+waitingFrom+` join mine on mine.id = r.id
		order by mine.level, r.rank, r.id`,
		agent.ID, w.Now, agent.Capacity-agent.Load, after.level, after.rank, after.id, agent.Skills, size, w.desk.compiled.unmet(&agent))
	if err != nil {
		return nil, next, fmt.Errorf("read requests for agent %s: %w", agent.ID, err)
	}
	return page, next, w.bind(ctx, page)
}

const agentSelect = `select a.id, p.name, a.capacity, a.load, a.presence, pr.offers_work and p.active, a.lease_until, a.idle_since,
		coalesce((select jsonb_object_agg(skill, level) from agent_skills where agent_id = a.id), '{}'),
		coalesce((select jsonb_object_agg(queue_id, level) from agent_queues where agent_id = a.id), '{}'),
		(select jsonb_object_agg(queue_id, delay_s) from agent_queues where agent_id = a.id and delay_s > 0), a.attributes,
		coalesce((select jsonb_object_agg(channel_kind, max_conversations) from agent_channel_limits where agent_id = a.id), '{}'),
		coalesce((select jsonb_object_agg(channel_kind, n) from (select channel_kind, count(*) as n from reservations
			where agent_id = a.id and state in ('pending', 'accepting', 'accepted', 'wrapping') group by channel_kind) held), '{}'), a.auto_accept
	from agents a join people p on p.id = a.id join presences pr on pr.id = a.presence `

func collectAgents(rows pgx.Rows) ([]routing.Agent, error) {
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (routing.Agent, error) {
		var a routing.Agent
		var skills, delays map[string]int
		err := row.Scan(&a.ID, &a.Name, &a.Capacity, &a.Load, &a.Presence, &a.OffersWork, &timeOrPast{&a.LeaseUntil}, &a.IdleSince,
			&skills, &a.Queues, &delays, &a.Attributes, &a.ChannelLimits, &a.ChannelLoad, &a.AutoAccept)
		a.Skills = skills
		for queue, seconds := range delays {
			if a.Delays == nil {
				a.Delays = make(map[string]time.Duration, len(delays))
			}
			a.Delays[queue] = time.Duration(seconds) * time.Second
		}
		return a, err
	})
}

// queueAgent adds to a batch, behind what sets an agent free, the reading of how the agent stands then.
func (w *work) queueAgent(batch *pgx.Batch, id uuid.UUID) {
	batch.Queue(agentSelect+`where a.id = $1`, id).Query(func(rows pgx.Rows) error {
		read, err := collectAgents(rows)
		if w.read == nil {
			w.read = map[uuid.UUID][]routing.Agent{}
		}
		w.read[id] = read
		return err
	})
}

// agent is how an agent stands, read again only if this transaction has changed it since; nobody if there is none.
func (w *work) agent(ctx context.Context, id uuid.UUID) ([]routing.Agent, error) {
	if read, known := w.read[id]; known {
		delete(w.read, id)
		return read, nil
	}
	return w.loadAgents(ctx, `where a.id = $1`, id)
}

func (w *work) loadAgents(ctx context.Context, where string, args ...any) ([]routing.Agent, error) {
	var all []routing.Agent
	err := w.Query(ctx, func(rows pgx.Rows) (err error) {
		all, err = collectAgents(rows)
		return err
	}, agentSelect+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read agents: %w", err)
	}
	return all, nil
}

// The orders of agents in SQL, as the planner has them; behind each comes who has been idle longest, the load and the id. $6 and
// $5 are the preferred and the required skills.
var inOrder = map[string]string{
	routing.ByLoad:  `a.load::float8 / greatest(a.capacity, 1), `,
	routing.BySkill: `(select coalesce(sum(k.level), 0) from agent_skills k where k.agent_id = a.id and (($5::jsonb ? k.skill) or ($6::jsonb ? k.skill))) desc, `,
}

// candidates reads agents who may take a request as far as the database can tell, in the planner's order.
func (w *work) candidates(ctx context.Context, r waitingRequest, limit int) ([]routing.Agent, error) {
	return w.loadAgents(ctx, `left join agent_queues aq on aq.agent_id = a.id and aq.queue_id = $1 and not $8
		where p.active and pr.offers_work and a.lease_until > $2 and a.load + $3 <= a.capacity
		  and (aq.agent_id is not null or a.id = $4 or $8)
		  and (aq.delay_s is null or aq.delay_s = 0 or a.id = $4 or $9::timestamptz + make_interval(secs => aq.delay_s) <= $2)
		  and (a.id = $4 or not exists (select from jsonb_each($5::jsonb) s where not exists (
			select from agent_skills k where k.agent_id = a.id and k.skill = s.key and k.level >= s.value::int)))
		order by a.id = $4 desc, coalesce(aq.level, 1),
		  (select count(*) from jsonb_each($6::jsonb) s join agent_skills k on k.agent_id = a.id and k.skill = s.key and k.level >= s.value::int) desc,
		  `+inOrder[r.Order.By]+`a.idle_since, a.load, a.id limit $7`,
		r.Queue, w.Now, r.Cost, r.Known, orEmpty(r.Skills), orEmpty(r.Preferred), limit, r.Anyone, r.Since)
}

// reserved is a decision on its way into the log.
type reserved struct {
	reservation
	request waitingRequest
	why     []conversation.Why
	others  []conversation.Other
	c       *conversation.Conversation
	auto    bool
}

// apply carries decisions out, in one round trip: agents are charged, there are reservations, the requests stand as offered.
// Then the conversations' logs say so, and who else was looked at (agents, and those who were near to the first of them). Where offers are
// accepted automatically they are accepted in the same breath.
func (w *work) apply(ctx context.Context, decisions []routing.Decision, waiting []waitingRequest, agents []routing.Agent) error {
	if len(decisions) == 0 {
		return nil
	}
	made := make([]reserved, len(decisions))
	for i, d := range decisions {
		r := waiting[slices.IndexFunc(waiting, func(r waitingRequest) bool { return r.ID == d.Request })]
		a := agents[slices.IndexFunc(agents, func(a routing.Agent) bool { return a.ID == d.Agent })]
		made[i] = reserved{request: r, why: whys(d.Why), auto: a.AutoAccept || r.autoAccept, reservation: reservation{
			AgentName: a.Name, ID: conversation.NewID(), RequestID: r.ID, ConversationID: r.conversationID, AgentID: d.Agent, QueueID: r.Queue,
			Cost: r.Cost, State: "pending", Deadline: w.Now.Add(r.offerTimeout),
		}}
	}
	batch := &pgx.Batch{}
	if len(agents) <= conversation.MaxOthers {
		w.queueNearest(batch, &made[0].request, &agents)
	}
	w.queueOffers(batch, made)
	if err := w.Run(ctx, batch); err != nil {
		return fmt.Errorf("offer %d conversations, the first %s to agent %s: %w", len(made), made[0].ConversationID, made[0].AgentID, refused(err))
	}
	w.remember(made, agents)
	for i := range made {
		if err := w.announce(&made[i]); err != nil {
			return err
		}
	}
	// Several may be asked at once: the first who accepts automatically has it.
	taken := map[uuid.UUID]bool{}
	for _, m := range made {
		if !m.auto || taken[m.RequestID] {
			continue
		}
		taken[m.RequestID] = true
		if err := w.accept(ctx, m.c, m.reservation, "auto_accepted"); err != nil {
			return err
		}
	}
	return nil
}

// queueOffers adds to a batch what makes offers, a statement for all of them at a time.
func (w *work) queueOffers(batch *pgx.Batch, made []reserved) {
	n := len(made)
	ids, requests, conversations, agents := make([]uuid.UUID, n), make([]uuid.UUID, n), make([]uuid.UUID, n), make([]uuid.UUID, n)
	queues, kinds, costs, deadlines, whys := make([]string, n), make([]string, n), make([]int, n), make([]time.Time, n), make([][]conversation.Why, n)
	for i, m := range made {
		ids[i], requests[i], conversations[i], agents[i] = m.ID, m.RequestID, m.ConversationID, m.AgentID
		queues[i], kinds[i], costs[i], deadlines[i], whys[i] = m.QueueID, m.request.ChannelKind, m.Cost, m.Deadline, m.why
		w.TouchAgent(m.AgentID)
	}
	w.QueueLocks(batch, distinct(conversations), func(c *conversation.Conversation) {
		for i := range made {
			if conversations[i] == c.ID {
				made[i].c = c
			}
		}
	})
	batch.Queue(`update agents a set load = a.load + more.cost
		from (select agent, sum(cost) as cost from unnest($1::uuid[], $2::int[]) as u (agent, cost) group by agent) more where a.id = more.agent`, agents, costs)
	batch.Queue(`insert into reservations (id, request_id, conversation_id, agent_id, queue_id, channel_kind, cost, state, why, created_at, deadline)
		select id, request, conversation, agent, queue, kind, cost, 'pending', $8::jsonb -> (n::int - 1), $9, deadline
		from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::int[], $10::timestamptz[])
			with ordinality as u (id, request, conversation, agent, queue, kind, cost, deadline, n)`,
		ids, requests, conversations, agents, queues, kinds, costs, whys, w.Now, deadlines)
	batch.Queue(`update requests set state = 'offered' where id = any($1)`, everywhere(made))
}

// everywhere are the requests that have as many offers now as they may; one that may be offered to several stays waiting until then.
func everywhere(made []reserved) []uuid.UUID {
	asked := map[uuid.UUID]int{}
	for _, m := range made {
		asked[m.RequestID]++
	}
	var all []uuid.UUID
	for _, m := range made {
		if len(m.request.Pending)+asked[m.RequestID] >= max(m.request.Width, 1) {
			all = append(all, m.RequestID)
		}
	}
	return all
}

// distinct leaves out what was there before: one conversation may be offered to several.
func distinct(ids []uuid.UUID) []uuid.UUID {
	var all []uuid.UUID
	for _, id := range ids {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all
}

// announce puts an offer into its conversation's log.
func (w *work) announce(m *reserved) error {
	if m.c == nil {
		return fmt.Errorf("offer conversation %s: %w", m.ConversationID, conversation.ErrNotFound)
	}
	w.offers++
	if !m.request.transfer || m.c.Phase == conversation.InQueue {
		m.c.Phase = conversation.InOffer
	}
	_, err := w.Append(m.c, conversation.Draft{Kind: conversation.ReservationCreated, Actor: conversation.System, Body: conversation.Reserved{
		ReservationID: m.ID, RequestID: m.RequestID, Agent: m.agent(), Queue: m.QueueID, Deadline: m.Deadline, Why: m.why, Others: m.others,
	}})
	return err
}
