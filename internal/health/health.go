// Package health knows how channel accounts do: when they last heard of a customer, what went wrong last, and whether their provider
// takes messages at all. While it does not, messages wait instead of failing one by one (Gate); what there is to say is written down
// every few seconds, never in a message's own transaction (Recorder).
package health

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// every is how often what has happened is written down.
const every = 2 * time.Second

// kept is for how long activity is remembered.
const kept = 24 * time.Hour

// Recorder notes what happens to accounts. A nil Recorder notes nothing. Safe for concurrent use.
type Recorder struct {
	pool   *pgxpool.Pool
	clock  func() time.Time
	logger *slog.Logger

	mu   sync.Mutex
	news map[string]*news
}

// news is what has happened to one account since it was last written down.
type news struct {
	received, sent, failed         int
	inboundAt, sentAt, connectedAt *time.Time
	errorCode, errorWords          string
	errorAt                        *time.Time
	outage                         bool
	outageSince                    *time.Time
}

// New returns a recorder; Run writes down what it has noted.
func New(pool *pgxpool.Pool, clock func() time.Time, logger *slog.Logger) *Recorder {
	return &Recorder{pool: pool, clock: clock, logger: logger, news: map[string]*news{}}
}

func (r *Recorder) note(channelID string, change func(n *news, now *time.Time)) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	n, ok := r.news[channelID]
	if !ok {
		n = &news{}
		r.news[channelID] = n
	}
	now := r.clock().UTC()
	change(n, &now)
}

// Received notes events from customers.
func (r *Recorder) Received(channelID string, events int) {
	if events == 0 {
		return
	}
	r.note(channelID, func(n *news, now *time.Time) { n.received, n.inboundAt = n.received+events, now })
}

// Sent notes a message the provider took.
func (r *Recorder) Sent(channelID string) {
	r.note(channelID, func(n *news, now *time.Time) { n.sent, n.sentAt = n.sent+1, now })
}

// Failed notes that something did not work, in words for an admin. message: it was a message, not a connection or a call beside.
func (r *Recorder) Failed(channelID, code, words string, message bool) {
	r.note(channelID, func(n *news, now *time.Time) {
		if message {
			n.failed++
		}
		n.errorCode, n.errorWords, n.errorAt = code, words, now
	})
}

// Connected notes that a listener's connection works.
func (r *Recorder) Connected(channelID string) {
	r.note(channelID, func(n *news, now *time.Time) { n.connectedAt = now })
}

// Outage notes that the provider does not take messages since a time; nil: that it does again.
func (r *Recorder) Outage(channelID string, since *time.Time) {
	r.note(channelID, func(n *news, _ *time.Time) { n.outage, n.outageSince = true, since })
}

// Run writes down what is noted until the context ends, and what is left then.
func (r *Recorder) Run(ctx context.Context) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), every)
			defer cancel()
			r.write(last)
			return
		case <-ticker.C:
			r.write(ctx)
		}
	}
}

func (r *Recorder) write(ctx context.Context) {
	if err := r.Flush(ctx); err != nil && ctx.Err() == nil {
		r.logger.Warn("write down channels' health", "error", err)
	}
}

// Flush writes down what was noted. What could not be written is lost: the next message says the same.
func (r *Recorder) Flush(ctx context.Context) error {
	r.mu.Lock()
	noted := r.news
	r.news = map[string]*news{}
	now := r.clock().UTC()
	r.mu.Unlock()
	if len(noted) == 0 {
		return nil
	}
	batch := &pgx.Batch{}
	for id, n := range noted {
		var failure map[string]string
		if n.errorAt != nil {
			failure = map[string]string{"code": n.errorCode, "words": n.errorWords}
		}
		// A channel may have been removed meanwhile.
		batch.Queue(`insert into channel_health as h (channel_id, last_inbound_at, last_sent_at, connected_at, last_error, last_error_at, outage_since)
			select id, $2, $3, $4, $5, $6, $8 from channels where id = $1
			on conflict (channel_id) do update set last_inbound_at = greatest(h.last_inbound_at, excluded.last_inbound_at),
				last_sent_at = greatest(h.last_sent_at, excluded.last_sent_at), connected_at = greatest(h.connected_at, excluded.connected_at),
				last_error = coalesce(excluded.last_error, h.last_error), last_error_at = greatest(h.last_error_at, excluded.last_error_at),
				outage_since = case when $7 then excluded.outage_since else h.outage_since end`,
			id, n.inboundAt, n.sentAt, n.connectedAt, failure, n.errorAt, n.outage, n.outageSince)
		if n.received+n.sent+n.failed > 0 {
			batch.Queue(`insert into channel_activity as a (channel_id, minute, received, sent, failed) select id, date_trunc('minute', $2::timestamptz), $3, $4, $5 from channels where id = $1
				on conflict (channel_id, minute) do update set received = a.received + $3, sent = a.sent + $4, failed = a.failed + $5`,
				id, now, n.received, n.sent, n.failed)
		}
	}
	batch.Queue(`delete from channel_activity where minute < $1`, now.Add(-kept))
	if err := r.pool.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write down health of %d channels: %w", len(noted), err)
	}
	return nil
}
