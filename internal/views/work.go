package views

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/api/spec"
	"seax/internal/conversation"
)

// offerMessages is how many messages an offer shows.
const offerMessages = 4

// Offers reads the offers an agent has not answered, oldest first; only, unless nil, restricts it to one.
func (v *Views) Offers(ctx context.Context, agent uuid.UUID, only *uuid.UUID) ([]spec.Offer, error) {
	rows, err := v.pool.Query(ctx, `select r.id, r.conversation_id, r.created_at, r.deadline, r.queue_id, q.skills, q.virtual_start, r.why, now()
		from reservations r join requests q on q.id = r.request_id
		where r.agent_id = $1 and r.state = 'pending' and ($2::uuid is null or r.id = $2) order by r.created_at`, agent, only)
	if err != nil {
		return nil, fmt.Errorf("read offers of agent %s: %w", agent, err)
	}
	offers, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (spec.Offer, error) {
		var o spec.Offer
		var why []conversation.Why
		err := row.Scan(&o.Id, &o.Conversation.Id, &o.CreatedAt, &o.Deadline, &o.Queue, &o.Skills, &o.WaitingSince, &why, &o.ServerNow)
		o.Why = said(why)
		return o, err
	})
	if err != nil {
		return nil, fmt.Errorf("read offers of agent %s: %w", agent, err)
	}
	for i := range offers {
		if err := v.fillOffer(ctx, &offers[i]); err != nil {
			return nil, err
		}
	}
	return offers, nil
}

func (v *Views) fillOffer(ctx context.Context, o *spec.Offer) error {
	c, err := v.Conversation(ctx, o.Conversation.Id)
	if err != nil {
		return err
	}
	o.Conversation = c
	if c.Transfer != nil {
		o.Note, o.Warm = c.Transfer.Note, c.Transfer.Warm
		if c.Agent != nil {
			o.TransferredBy = &c.Agent.Name
		}
	}
	rows, err := v.pool.Query(ctx, eventSelect+`where e.conversation_id = $1 and e.kind in ('customer.message', 'agent.message', 'bot.message')
		order by e.seq desc limit $2`, c.Id, offerMessages)
	if err != nil {
		return fmt.Errorf("read messages of conversation %s: %w", c.Id, err)
	}
	messages, err := pgx.CollectRows(rows, v.scanEvent)
	if err != nil {
		return fmt.Errorf("read messages of conversation %s: %w", c.Id, err)
	}
	o.Messages = make([]spec.Event, len(messages))
	for i, m := range messages {
		o.Messages[len(messages)-1-i] = m
	}
	return nil
}

// Reason puts a reason into the API's type.
func Reason(code, text string, params map[string]string) spec.Reason {
	r := spec.Reason{Code: code, Text: text}
	if len(params) > 0 {
		r.Params = &params
	}
	return r
}

const stateColumns = `a.presence, a.presence_since, a.next_presence, a.capacity, a.load, a.lease_until > now()`

func stateFields(s *spec.AgentState) []any {
	return []any{&s.Presence, &s.PresenceSince, &s.NextPresence, &s.Capacity, &s.Load, &s.Connected}
}

// AgentState reads an agent's routing state.
func (v *Views) AgentState(ctx context.Context, agent uuid.UUID) (spec.AgentState, error) {
	var s spec.AgentState
	err := v.pool.QueryRow(ctx, `select `+stateColumns+` from agents a where a.id = $1`, agent).Scan(stateFields(&s)...)
	if err != nil {
		return s, fmt.Errorf("read state of agent %s: %w", agent, err)
	}
	return s, nil
}

// Live reads queues and agents as they are now.
func (v *Views) Live(ctx context.Context) (spec.Live, error) {
	live := spec.Live{At: time.Now().UTC(), Queues: []spec.QueueLive{}, Agents: []spec.AgentLive{}}
	var attention int
	var err error
	if live.Queues, err = v.liveQueues(ctx); err != nil {
		return live, err
	}
	if live.Agents, err = v.liveAgents(ctx); err != nil {
		return live, err
	}
	err = v.pool.QueryRow(ctx, `select count(*) filter (where phase = 'flow'), count(*) filter (where attention <> '') from conversations where closed_at is null`).Scan(&live.Bot, &attention)
	if err != nil {
		return live, fmt.Errorf("count conversations: %w", err)
	}
	live.Attention = &attention
	return live, nil
}

func (v *Views) liveQueues(ctx context.Context) ([]spec.QueueLive, error) {
	rows, err := v.pool.Query(ctx, `select q.id, q.name, q.time_zone, q.hours, q.holidays, q.paused, q.draining, control.by, control.reason, control.at,
			coalesce(w.waiting, 0), coalesce(w.offered, 0), pri.waiting, w.longest, coalesce(w.active, 0), coalesce(w.wrapping, 0), coalesce(w.parked, 0),
			coalesce(m.connected, 0), coalesce(m.available, 0), coalesce(m.free, 0), coalesce(w.sla_warned, 0), coalesce(w.sla_breached, 0), queue_pace(q.id, now()) * (coalesce(w.waiting, 0) + 1)
		from queues q
		left join (select queue_id, count(*) filter (where phase = 'queued') as waiting, count(*) filter (where phase = 'offered') as offered,
				min(waiting_since) filter (where phase in ('queued', 'offered')) as longest, count(*) filter (where phase = 'assigned') as active,
				count(*) filter (where phase = 'wrapping') as wrapping, count(*) filter (where phase = 'parked') as parked,
				count(*) filter (where sla_state = 'warned') as sla_warned, count(*) filter (where sla_state = 'breached') as sla_breached
			from conversations where closed_at is null and queue_id is not null group by queue_id) w on w.queue_id = q.id
		left join (select queue_id, jsonb_object_agg(priority, n) as waiting from (
				select r.queue_id, r.priority, count(*) as n from requests r join conversations c on c.id = r.conversation_id and c.phase = 'queued'
				where r.state = 'waiting' group by 1, 2) p group by 1) pri on pri.queue_id = q.id
		left join (select aq.queue_id, count(*) filter (where a.lease_until > now()) as connected,
				count(*) filter (where a.lease_until > now() and pr.offers_work) as available,
				count(*) filter (where a.lease_until > now() and pr.offers_work and a.load + 20 <= a.capacity) as free
			from agent_queues aq join agents a on a.id = aq.agent_id join people p on p.id = a.id and p.active join presences pr on pr.id = a.presence
			group by aq.queue_id) m on m.queue_id = q.id
		left join lateral (select name as by, reason, at from audit where action = 'queue.control' and subject = q.id order by at desc limit 1) control on q.paused or q.draining
		order by q.id`)
	if err != nil {
		return nil, fmt.Errorf("read live queues: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (spec.QueueLive, error) {
		var q spec.QueueLive
		var o opening
		var estimate *float64
		var by, reason *string
		var at *time.Time
		err := row.Scan(&q.Id, &q.Name, &o.zone, &o.hours, &o.holidays, &q.Paused, &q.Draining, &by, &reason, &at, &q.Waiting, &q.Offered, &q.WaitingByPriority, &q.LongestWaitingSince, &q.Active, &q.Wrapping, &q.Parked,
			&q.AgentsConnected, &q.AgentsAvailable, &q.AgentsFree, &q.SlaWarned, &q.SlaBreached, &estimate)
		q.Open = o.open(time.Now())
		if estimate != nil {
			seconds := int(*estimate)
			q.EstimatedWaitS = &seconds
		}
		if by != nil && reason != nil && at != nil {
			q.Control = &struct {
				At     time.Time `json:"at"`
				By     string    `json:"by"`
				Reason string    `json:"reason"`
			}{*at, *by, *reason}
		}
		return q, err
	})
}

func (v *Views) liveAgents(ctx context.Context) ([]spec.AgentLive, error) {
	rows, err := v.pool.Query(ctx, `select a.id, p.name, coalesce((select array_agg(queue_id order by level, queue_id) from agent_queues where agent_id = a.id), '{}'),
			coalesce((select jsonb_object_agg(skill, level) from agent_skills where agent_id = a.id), '{}'),
			coalesce(r.pending, 0), coalesce(r.active, 0), coalesce(r.wrapping, 0), kinds.held, `+stateColumns+`
		from agents a join people p on p.id = a.id
		left join (select agent_id, count(*) filter (where state in ('pending', 'accepting')) as pending, count(*) filter (where state = 'accepted') as active,
				count(*) filter (where state = 'wrapping') as wrapping
			from reservations where state in ('pending', 'accepting', 'accepted', 'wrapping') group by agent_id) r on r.agent_id = a.id
		left join (select agent_id, jsonb_object_agg(channel_kind, n) as held from (select agent_id, channel_kind, count(*) as n
				from reservations where state in ('accepted', 'wrapping') group by 1, 2) k group by 1) kinds on kinds.agent_id = a.id
		where p.active and (p.role = 'agent' or a.load > 0 or exists (select from agent_queues m where m.agent_id = a.id)) order by p.name, a.id`)
	if err != nil {
		return nil, fmt.Errorf("read live agents: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (spec.AgentLive, error) {
		var a spec.AgentLive
		err := row.Scan(append([]any{&a.Id, &a.Name, &a.Queues, &a.Skills, &a.Pending, &a.Active, &a.Wrapping, &a.Channels}, stateFields(&a.State)...)...)
		return a, err
	})
}

// Targets reads where a conversation can be handed over to.
func (v *Views) Targets(ctx context.Context) (spec.Targets, error) {
	var t spec.Targets
	live, err := v.Live(ctx)
	if err != nil {
		return t, err
	}
	t.Queues = append(t.Queues, make([]struct {
		AgentsAvailable int            `json:"agents_available"`
		Id              string         `json:"id"`
		Name            spec.LocalText `json:"name"`
		Open            bool           `json:"open"`
		Waiting         int            `json:"waiting"`
	}, len(live.Queues))...)
	for i, q := range live.Queues {
		target := &t.Queues[i]
		target.Id, target.Name, target.Open, target.Waiting, target.AgentsAvailable = q.Id, q.Name, q.Open, q.Waiting, q.AgentsAvailable
	}
	t.Agents = append(t.Agents, make([]struct {
		Connected bool      `json:"connected"`
		Free      bool      `json:"free"`
		Id        uuid.UUID `json:"id"`
		Name      string    `json:"name"`
		Presence  string    `json:"presence"`
	}, len(live.Agents))...)
	for i, a := range live.Agents {
		target := &t.Agents[i]
		target.Id, target.Name, target.Presence, target.Connected = a.Id, a.Name, a.State.Presence, a.State.Connected
		target.Free = a.State.Capacity-a.State.Load >= 20
	}
	return t, nil
}
