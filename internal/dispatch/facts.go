package dispatch

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/internal/condition"
	"seax/internal/routing"
)

// queueFacts are how the queue q stands; $1 is the time, cost what a conversation takes of an agent.
const queueFacts = `q.id, q.time_zone, q.hours, q.holidays,
		(select count(*) from requests o where o.queue_id = q.id and o.state = 'waiting'),
		(select coalesce(extract(epoch from $1 - min(o.virtual_start)), 0)::float8 from requests o where o.queue_id = q.id and o.state = 'waiting'),
		coalesce(queue_pace(q.id, $1), 0),
		people.available, people.with_capacity `

// queuePeople are the queue's people who are there, and those of them who have room for one more on the channel ch.
const queuePeople = ` cross join lateral (select count(*) as available, count(*) filter (where a.load + ch.cost <= a.capacity and not exists (
			select from agent_channel_limits l where l.agent_id = a.id and l.channel_kind = ch.kind and l.max_conversations <= (
				select count(*) from reservations held where held.agent_id = a.id and held.channel_kind = ch.kind
				  and held.state in ('pending', 'accepting', 'accepted', 'wrapping')))) as with_capacity
		from agent_queues aq join agents a on a.id = aq.agent_id join presences pr on pr.id = a.presence
		where aq.queue_id = q.id and pr.offers_work and a.lease_until > $1) people`

const factsSelect = `select ` + queueFacts + `, c.id, c.channel_kind, c.channel_id, c.language, c.flow, c.attributes, ct.name, ct.locale, ct.attributes,
		(select count(*) from conversations e where e.contact_id = ct.id and e.opened_at < c.opened_at)
	from unnest($2::uuid[], $3::text[]) as wanted (conversation, queue)
	join conversations c on c.id = wanted.conversation join contacts ct on ct.id = c.contact_id join queues q on q.id = wanted.queue
	join channels ch on ch.id = c.channel_id` + queuePeople

// scanFacts reads queueFacts and what comes behind them.
func scanFacts(rows pgx.Rows, now time.Time, more func(f *condition.Facts) []any) (*condition.Facts, error) {
	var longest, interval float64
	f := &condition.Facts{Request: &condition.Request{}, Contact: &condition.Contact{}, Queue: &condition.Queue{}, Agents: &condition.Agents{}, Now: now}
	q := f.Queue
	into := []any{&q.ID, &f.Schedule.Zone, &f.Schedule.Hours, &f.Schedule.Holidays, &q.Waiting, &longest, &interval, &f.Agents.Available, &f.Agents.WithCapacity}
	if err := rows.Scan(append(into, more(f)...)...); err != nil {
		return nil, err
	}
	q.LongestWait = time.Duration(longest * float64(time.Second))
	q.Estimate = time.Duration(float64(q.Waiting+1) * interval * float64(time.Second))
	return f, nil
}

// facts describe a request and a queue as conditions see them.
func (w *work) facts(ctx context.Context, id uuid.UUID, r *request, queue string) (*condition.Facts, error) {
	all, err := w.factsOf(ctx, []uuid.UUID{id}, []string{queue})
	if err != nil {
		return nil, err
	}
	f, found := all[id]
	if !found {
		return nil, fmt.Errorf("%w: there is no queue %q", ErrUnknown, queue)
	}
	r.describe(f)
	return f, nil
}

// describe adds what the request itself says.
func (r *request) describe(f *condition.Facts) {
	to := f.Request
	to.Queue, to.Reason, to.Priority, to.Skills, to.Since = r.Asked.Queue, r.Asked.Reason, r.Asked.Priority, r.Asked.Skills, r.VirtualStart
	if r.SLADue != nil {
		to.SLADue, to.SLALeft = *r.SLADue, f.Schedule.Elapsed(f.Now, *r.SLADue)-f.Schedule.Elapsed(*r.SLADue, f.Now)
	}
}

// factsOf describes several conversations, each with a queue.
func (w *work) factsOf(ctx context.Context, conversations []uuid.UUID, queues []string) (map[uuid.UUID]*condition.Facts, error) {
	all := make(map[uuid.UUID]*condition.Facts, len(conversations))
	err := w.Query(ctx, func(rows pgx.Rows) error {
		for rows.Next() {
			var id uuid.UUID
			f, err := scanFacts(rows, w.Now, func(f *condition.Facts) []any {
				r, ct := f.Request, f.Contact
				return []any{&id, &r.Channel, &r.ChannelID, &r.Language, &r.Flow, &r.Attributes, &ct.Name, &ct.Locale, &ct.Attributes, &ct.Earlier}
			})
			if err != nil {
				return err
			}
			all[id] = f
		}
		return rows.Err()
	}, factsSelect, w.Now, conversations, queues)
	if err != nil {
		return nil, fmt.Errorf("read what conditions go by: %w", err)
	}
	return all, nil
}

// bound is a condition on agents together with the request it is asked for.
type bound struct {
	*condition.Condition
	facts condition.Facts
}

// Unmet implements routing.Condition.
func (b *bound) Unmet(a *routing.Agent) string {
	b.facts.Agent = a
	return b.Condition.Unmet(&b.facts)
}

// bind gives requests the conditions of their steps. What a condition says of more than the agent is read for all in one go.
func (w *work) bind(ctx context.Context, waiting []waitingRequest) error {
	var conversations []uuid.UUID
	var queues []string
	for i := range waiting {
		r := &waiting[i]
		if r.agentsWhen == "" {
			continue
		}
		compiled, err := w.desk.compiled.condition(r.agentsWhen)
		if err != nil {
			return err
		}
		r.Condition = &bound{Condition: compiled, facts: condition.Facts{Now: w.Now}}
		if !compiled.OnlyAgent() {
			conversations, queues = append(conversations, r.conversationID), append(queues, r.Queue)
		}
	}
	if len(conversations) == 0 {
		return nil
	}
	facts, err := w.factsOf(ctx, conversations, queues)
	if err != nil {
		return err
	}
	for i := range waiting {
		r := &waiting[i]
		b, has := r.Condition.(*bound)
		if f := facts[r.conversationID]; has && f != nil {
			b.facts = *f
			(&request{Asked: r.asked, VirtualStart: r.virtualStart, SLADue: r.slaDue}).describe(&b.facts)
		}
	}
	return nil
}
