package dispatch

import (
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/internal/conversation"
	"seax/internal/routing"
)

// nearby is how many agents are read who were no candidates themselves.
const nearby = 5

// nearest are those members of a queue ($1) who are at work at a moment ($2) and closest to being asked, without some ($3): first
// those whose presence offers work. Of a large queue only some members are looked at, so that it costs the same for any.
const nearest = `(select a.*, pr.offers_work, m.level, m.delay_s from (select agent_id, level, delay_s from agent_queues where queue_id = $1 limit 64) m
		cross join lateral (select id, capacity, load, presence, lease_until, idle_since from agents
			where id = m.agent_id and lease_until > $2 and presence <> 'offline' and id <> all($3::uuid[]) offset 0) a
		join presences pr on pr.id = a.presence order by pr.offers_work desc, m.level, a.idle_since limit $4) n `

// nearestBriefly reads of them what most requests go by: skills if there is a need ($5).
const nearestBriefly = `select n.id, p.name, n.capacity, n.load, n.presence, n.offers_work and p.active, n.lease_until, n.idle_since, n.level, n.delay_s,
		case when $5 then (select jsonb_object_agg(skill, level) from agent_skills where agent_id = n.id) end, limits.most,
		case when limits.most is not null then (select jsonb_object_agg(channel_kind, n) from (select channel_kind, count(*) as n from reservations
			where agent_id = n.id and state in ('pending', 'accepting', 'accepted', 'wrapping') group by channel_kind) held) end
	from ` + nearest + `cross join lateral (select name, active from people where id = n.id offset 0) p
	cross join lateral (select jsonb_object_agg(channel_kind, max_conversations) as most from agent_channel_limits where agent_id = n.id) limits`

// queueNearest adds to a batch, before anything is changed, the reading of agents who were near to getting a request and are not
// known already; they are appended to agents.
func (w *work) queueNearest(batch *pgx.Batch, r *waitingRequest, agents *[]routing.Agent) {
	known := make([]uuid.UUID, len(*agents))
	for i, a := range *agents {
		known[i] = a.ID
	}
	sql, args := agentSelect+`join `+nearest+`on n.id = a.id where p.active`, []any{r.Queue, w.Now, known, nearby}
	collect := collectAgents
	if r.Condition == nil && r.Order.By != routing.ByAttributes {
		sql, args = nearestBriefly, append(args, len(r.Skills)+len(r.Preferred) > 0)
		collect = func(rows pgx.Rows) ([]routing.Agent, error) { return collectBriefly(rows, r.Queue) }
	}
	batch.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		near, err := collect(rows)
		*agents = append(slices.Clip(*agents), near...)
		return err
	})
}

// collectBriefly reads members of a queue, as nearestBriefly has them.
func collectBriefly(rows pgx.Rows, queue string) ([]routing.Agent, error) {
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (routing.Agent, error) {
		var a routing.Agent
		var level, delay int
		var skills map[string]int
		err := row.Scan(&a.ID, &a.Name, &a.Capacity, &a.Load, &a.Presence, &a.OffersWork, &timeOrPast{&a.LeaseUntil}, &a.IdleSince, &level, &delay,
			&skills, &a.ChannelLimits, &a.ChannelLoad)
		a.Skills, a.Queues = skills, map[string]int{queue: level}
		if delay > 0 {
			a.Delays = map[string]time.Duration{queue: time.Duration(delay) * time.Second}
		}
		return a, err
	})
}

// remember notes for each offer who else was looked at.
func (w *work) remember(made []reserved, agents []routing.Agent) {
	asked := map[uuid.UUID][]uuid.UUID{}
	looked := make([]routing.Agent, 0, len(agents))
	for i := range made {
		m := &made[i]
		r := m.request.Request
		r.Pending = append(slices.Clip(r.Pending), asked[r.ID]...)
		asked[r.ID] = append(asked[r.ID], m.AgentID)
		looked = looked[:0]
		for _, a := range agents {
			if _, member := a.Queues[r.Queue]; member || r.Anyone || a.ID == m.AgentID || a.ID == r.Known {
				looked = append(looked, a)
			}
		}
		others := routing.Others(looked, r, m.AgentID, conversation.MaxOthers, w.Now)
		m.others = make([]conversation.Other, len(others))
		for n, o := range others {
			m.others[n] = conversation.Other{Agent: conversation.Person{ID: o.Agent, Name: o.Name}, Could: o.Could, Why: whys(o.Why)}
		}
	}
}

func whys(reasons []routing.Reason) []conversation.Why {
	all := make([]conversation.Why, len(reasons))
	for i, r := range reasons {
		all[i] = conversation.Why(r)
	}
	return all
}
