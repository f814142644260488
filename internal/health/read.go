package health

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Health is how an account does.
type Health struct {
	LastInboundAt, LastSentAt, ConnectedAt *time.Time
	ErrorCode, ErrorWords                  string
	ErrorAt                                *time.Time
	// OutageSince is since when the provider takes no messages; nil: it does.
	OutageSince *time.Time
	// Received, Sent and Failed count the last five minutes, Waiting what is to be sent now, Quarantined requests of the last day.
	Received, Sent, Failed, Waiting, Quarantined int
}

// Read returns the health of every account there is something to say of, by the channel's id.
func Read(ctx context.Context, pool *pgxpool.Pool) (map[string]Health, error) {
	rows, err := pool.Query(ctx, `select c.id, h.last_inbound_at, h.last_sent_at, h.connected_at, coalesce(h.last_error->>'code', ''), coalesce(h.last_error->>'words', ''), h.last_error_at,
			h.outage_since, coalesce(a.received, 0), coalesce(a.sent, 0), coalesce(a.failed, 0), coalesce(w.n, 0), coalesce(q.n, 0)
		from channels c left join channel_health h on h.channel_id = c.id
		left join (select channel_id, sum(received) as received, sum(sent) as sent, sum(failed) as failed from channel_activity
			where minute > now() - interval '5 minutes' group by 1) a on a.channel_id = c.id
		left join (select channel_id, count(*) as n from deliveries where status = 'queued' group by 1) w on w.channel_id = c.id
		left join (select channel_id, count(*) as n from quarantine where at > now() - interval '1 day' group by 1) q on q.channel_id = c.id`)
	if err != nil {
		return nil, fmt.Errorf("read channels' health: %w", err)
	}
	all := map[string]Health{}
	var id string
	var h Health
	_, err = pgx.ForEachRow(rows, []any{&id, &h.LastInboundAt, &h.LastSentAt, &h.ConnectedAt, &h.ErrorCode, &h.ErrorWords, &h.ErrorAt,
		&h.OutageSince, &h.Received, &h.Sent, &h.Failed, &h.Waiting, &h.Quarantined}, func() error { all[id] = h; return nil })
	if err != nil {
		return nil, fmt.Errorf("read channels' health: %w", err)
	}
	return all, nil
}
