package dispatch

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/internal/condition"
	"seax/internal/conversation"
	"seax/internal/routing"
)

// membership is an agent's in a queue, by its condition.
type membership struct {
	agent uuid.UUID
	queue string
}

// refreshMembers makes those members of queues who meet their conditions, and says how many memberships that changed. Who is
// named as a member stays one.
func (d *Desk) refreshMembers(ctx context.Context) (int, error) {
	conditions, err := d.memberConditions(ctx)
	if err != nil {
		return 0, err
	}
	var come, gone []membership
	err = d.log.Do(ctx, "find members by condition", func(ctx context.Context, tx *conversation.Tx) error {
		w := &work{Tx: tx, desk: d}
		come, gone, err = w.compareMembers(ctx, conditions)
		return err
	})
	if err != nil || len(come)+len(gone) == 0 {
		return 0, err
	}
	return len(come) + len(gone), d.do(ctx, "change members by condition", func(ctx context.Context, w *work) error {
		for _, change := range []struct {
			sql  string
			whom []membership
		}{
			{`insert into agent_queues (agent_id, queue_id, auto) select agent, queue, true from unnest($1::uuid[], $2::text[]) as u (agent, queue) on conflict do nothing`, come},
			{`delete from agent_queues aq using unnest($1::uuid[], $2::text[]) as u (agent, queue) where aq.agent_id = u.agent and aq.queue_id = u.queue and aq.auto`, gone},
		} {
			agents, queues := make([]uuid.UUID, len(change.whom)), make([]string, len(change.whom))
			for i, m := range change.whom {
				agents[i], queues[i] = m.agent, m.queue
				w.TouchAgent(m.agent)
			}
			if _, err := w.Exec(ctx, change.sql, agents, queues); err != nil {
				return fmt.Errorf("change members: %w", err)
			}
			w.agents = append(w.agents, agents...)
		}
		return nil
	})
}

// memberConditions are those of the queues that have one, and nil for queues that have members by a condition that is gone.
func (d *Desk) memberConditions(ctx context.Context) (map[string]*condition.Condition, error) {
	rows, err := d.pool().Query(ctx, `select id, members_when from queues q where members_when <> '' or exists (select from agent_queues where queue_id = q.id and auto)`)
	if err != nil {
		return nil, fmt.Errorf("read conditions of membership: %w", err)
	}
	all := map[string]*condition.Condition{}
	var queue, text string
	_, err = pgx.ForEachRow(rows, []any{&queue, &text}, func() error {
		if all[queue] = nil; text == "" {
			return nil
		}
		compiled, err := condition.Compile(text, condition.OfMember)
		all[queue] = compiled
		return err
	})
	return all, err
}

// compareMembers finds who should be a member by condition and is not, and the other way round.
func (w *work) compareMembers(ctx context.Context, conditions map[string]*condition.Condition) (come, gone []membership, err error) {
	if len(conditions) == 0 {
		return nil, nil, nil
	}
	agents, err := w.loadAgents(ctx, `where p.active`)
	if err != nil {
		return nil, nil, err
	}
	auto := map[membership]bool{}
	err = w.Query(ctx, func(rows pgx.Rows) error {
		var m membership
		_, err := pgx.ForEachRow(rows, []any{&m.agent, &m.queue}, func() error { auto[m] = true; return nil })
		return err
	}, `select agent_id, queue_id from agent_queues where auto`)
	if err != nil {
		return nil, nil, fmt.Errorf("read members by condition: %w", err)
	}
	for i := range agents {
		for queue, c := range conditions {
			m := membership{agents[i].ID, queue}
			_, member := agents[i].Queues[queue]
			switch meets := c != nil && c.Holds(&condition.Facts{Agent: withoutQueues(agents[i])}); {
			case meets && !member:
				come = append(come, m)
			case !meets && auto[m]:
				gone = append(gone, m)
			}
		}
	}
	return come, gone, nil
}

// withoutQueues keeps conditions of membership from going by memberships.
func withoutQueues(a routing.Agent) *routing.Agent {
	a.Queues = nil
	return &a
}
