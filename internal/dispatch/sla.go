package dispatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/internal/conversation"
	"seax/internal/routing"
)

// rankBySLA is the setting of queues that serve by when customers are to be answered.
const rankBySLA = "sla"

// rank is a request's place in the queue's line. By due time it has a head start like any other, and where nothing is promised it
// stands with its arrival.
func (q *queueRow) rank(r *request) int64 {
	from := r.VirtualStart
	if q.RankBy == rankBySLA && r.SLADue != nil {
		from = *r.SLADue
	}
	return routing.Rank(from, r.Priority, q.Boost, q.Strict)
}

// misplaced are the requests whose rank is not what their queue's settings say, with the rank they should have.
const misplaced = `select r.id, place.rank from requests r join queues q on q.id = r.queue_id cross join lateral (
		select (extract(epoch from case when q.rank_by = 'sla' then coalesce(r.sla_due, r.virtual_start) else r.virtual_start end) * 1000000)::bigint
			- r.priority::bigint * case when q.strict then 31536000 else q.boost_s end * 1000000 as rank) place
	where r.state in ('waiting', 'offered') and place.rank <> r.rank`

// dueAgain works out anew when the customer is to be answered, for a request that waits again after somebody had the conversation.
func (w *work) dueAgain(ctx context.Context, c *conversation.Conversation, r *request) error {
	q, err := w.queue(ctx, r.QueueID)
	if err != nil {
		return err
	}
	due := c.ReplyDue(w.Now, q.Policy)
	if due == nil && r.SLADue == nil {
		return nil
	}
	r.SLADue = due
	r.Rank = q.rank(r)
	_, err = w.Exec(ctx, `update requests set sla_due = $2, rank = $3 where id = $1`, r.ID, r.SLADue, r.Rank)
	return err
}

// refreshClocks has the clocks of open conversations go by what their queues promise now, and says how many did not. Elapsed time
// counts on against the new targets.
func (d *Desk) refreshClocks(ctx context.Context) (changed int, err error) {
	keys, err := d.policyKeys(ctx)
	if err != nil {
		return 0, err
	}
	queues, wanted := make([]string, 0, len(keys)), make([]string, 0, len(keys))
	for queue, key := range keys {
		queues, wanted = append(queues, queue), append(wanted, key)
	}
	var last uuid.UUID
	for {
		rows, err := d.pool().Query(ctx, `select c.id from conversations c join unnest($1::text[], $2::text[]) as q (id, key) on q.id = c.queue_id
			where c.closed_at is null and c.phase in ('queued', 'offered', 'assigned', 'parked') and c.sla_key <> q.key and c.id > $3
			order by c.id limit $4`, queues, wanted, last, refreshPage)
		if err != nil {
			return changed, fmt.Errorf("find clocks that go by old targets: %w", err)
		}
		stale, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		if err != nil {
			return changed, fmt.Errorf("find clocks that go by old targets: %w", err)
		}
		if len(stale) == 0 {
			return changed, nil
		}
		err = d.do(ctx, "set clocks by the queues' targets", func(ctx context.Context, w *work) error {
			for _, id := range stale {
				if err := w.resetClocks(ctx, id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return changed, err
		}
		changed += len(stale)
		last = stale[len(stale)-1]
	}
}

// policyKeys are the keys of what each queue promises.
func (d *Desk) policyKeys(ctx context.Context) (map[string]string, error) {
	rows, err := d.pool().Query(ctx, `select `+conversation.PolicyColumns+` from queues`)
	if err != nil {
		return nil, fmt.Errorf("read what queues promise: %w", err)
	}
	policies, err := pgx.CollectRows(rows, conversation.ScanPolicy)
	if err != nil {
		return nil, fmt.Errorf("read what queues promise: %w", err)
	}
	keys := make(map[string]string, len(policies))
	for _, p := range policies {
		keys[p.Queue] = p.Key()
	}
	return keys, nil
}

func (w *work) resetClocks(ctx context.Context, id uuid.UUID) error {
	c, err := w.Lock(ctx, id)
	if err != nil {
		return err
	}
	w.Reconsider(c)
	requests, err := w.requestsWhere(ctx, `where conversation_id = $1 and state in ('waiting', 'offered')`, id)
	if err != nil {
		return fmt.Errorf("read requests of conversation %s: %w", id, err)
	}
	for i := range requests {
		if err := w.dueAgain(ctx, c, &requests[i]); err != nil {
			return err
		}
	}
	return nil
}

// overdueClocks says what clocks have come to of which their workflow has not said so for longer than grace.
func (d *Desk) overdueClocks(ctx context.Context, grace time.Duration) (int, error) {
	rows, err := d.pool().Query(ctx, `select id from conversations where sla_look < now() - $1::interval limit 200`, grace)
	if err != nil {
		return 0, fmt.Errorf("find overdue clocks: %w", err)
	}
	overdue, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return 0, fmt.Errorf("find overdue clocks: %w", err)
	}
	for _, id := range overdue {
		_, dueErr := d.log.SLADue(ctx, id)
		err = errors.Join(err, dueErr)
	}
	return len(overdue), err
}
