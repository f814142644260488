package dispatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Repaired counts what a sweep had to put right; in a healthy system nothing.
type Repaired struct {
	// Overdue offers were ended because their workflow had not.
	Overdue int
	// Clocks of service levels had come to something that their workflow had not noted.
	Clocks int
	// Refreshed requests, memberships and clocks were not as plans and queues are set up now.
	Refreshed int
	// Matches were made that should have been made when something changed.
	Matches int
}

// overdueGrace is how long after its deadline an offer is left to its workflow.
const overdueGrace = 15 * time.Second

// Sweep is the safety net: it ends offers long past their deadline, notes what clocks have come to, brings what waits in line with the settings, and offers what
// waits though somebody is free. Called after settings have changed, too.
func (d *Desk) Sweep(ctx context.Context) (Repaired, error) {
	var r Repaired
	overdue, err := d.Overdue(ctx, overdueGrace)
	if err != nil {
		return r, err
	}
	for _, id := range overdue {
		err = errors.Join(err, d.Timeout(ctx, id))
		r.Overdue++
	}
	var clocksErr, refreshErr error
	r.Clocks, clocksErr = d.overdueClocks(ctx, overdueGrace)
	r.Refreshed, refreshErr = d.Refresh(ctx)
	err = errors.Join(err, clocksErr, refreshErr)
	free, freeErr := d.freeAgents(ctx)
	if err = errors.Join(err, freeErr); err != nil || len(free) == 0 {
		return r, err
	}
	var made *work
	err = d.do(ctx, "sweep", func(_ context.Context, w *work) error {
		made = w
		w.agents = append(w.agents, free...)
		return nil
	})
	if err != nil {
		return r, err
	}
	r.Matches = made.offers
	return r, nil
}

// freeAgents lists agents who could be offered something that waits in their queues.
func (d *Desk) freeAgents(ctx context.Context) ([]uuid.UUID, error) {
	rows, err := d.pool().Query(ctx, `select a.id from agents a join presences pr on pr.id = a.presence
		where pr.offers_work and a.lease_until > now() and a.load < a.capacity and exists (
			select from requests r where r.state = 'waiting' and a.load + r.cost <= a.capacity
			  and (r.known_agent = a.id or r.anyone or r.queue_id in (select queue_id from agent_queues where agent_id = a.id)))`)
	if err != nil {
		return nil, fmt.Errorf("find free agents: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}
