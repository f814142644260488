package realtime

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// fact is what one process tells the others: what has changed, not how it looks. Its JSON stays far below the 8,000 bytes
// that Postgres allows a notification.
type fact struct {
	// Conversation, with the events From…To that were appended (To 0: none).
	Conversation uuid.UUID `json:"c,omitzero"`
	From         int64     `json:"f,omitempty"`
	To           int64     `json:"t,omitempty"`
	// Owner has the conversation now; Others are its helpers, and who had a part in it before and must hear that it is gone.
	Owner  uuid.UUID   `json:"w,omitzero"`
	Others []uuid.UUID `json:"o,omitempty"`
	// Offers: among the events are some about offers.
	Offers bool `json:"x,omitempty"`
	// Agent's routing state changed.
	Agent uuid.UUID `json:"a,omitzero"`
	// Push is a ready message for a channel, as from connectors.
	Push *push `json:"p,omitempty"`
	// Access: what this person may do may have changed.
	Access uuid.UUID `json:"u,omitzero"`
	// Routing: queue numbers may have changed.
	Routing bool `json:"r,omitempty"`
	// Numbers: what was counted for reports has changed.
	Numbers bool `json:"n,omitempty"`
	// Settings of routing were changed by a process that does not route: somebody should see what they mean for what waits.
	Settings bool `json:"s,omitempty"`
}

type push struct {
	Channel string          `json:"ch"`
	Data    json.RawMessage `json:"d"`
}

// notice is one notification: a process's facts of a moment.
type notice struct {
	Node  string `json:"n"`
	Facts []fact `json:"f"`
}

const (
	busChannel = "seax"
	// maxNotice leaves room below Postgres's 8,000 bytes.
	maxNotice = 7600
	// maxFact bounds one fact; a larger push is replaced by a hint to fetch.
	maxFact = 4000
)

// Bus carries facts between processes over Postgres. Sending never waits and never runs inside the writing transaction (NOTIFY
// takes a global lock there); what has gathered while one call was under way goes with the next.
type Bus struct {
	pool   *pgxpool.Pool
	node   string
	logger *slog.Logger
	out    chan fact
}

// NewBus returns a bus; Run sends and receives.
func NewBus(pool *pgxpool.Pool, logger *slog.Logger) *Bus {
	return &Bus{pool: pool, node: uuid.NewString(), logger: logger, out: make(chan fact, 8192)}
}

// Send tells the other processes. When they cannot be told fast enough facts are dropped: clients notice gaps by seq.
func (b *Bus) Send(f fact) {
	select {
	case b.out <- f:
	default:
		b.logger.Warn("realtime bus is full, a notice was dropped")
	}
}

// Sender sends until the context ends.
func (b *Bus) Sender(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case first := <-b.out:
			facts := []fact{first}
			for range len(b.out) {
				facts = append(facts, <-b.out)
			}
			if err := b.notify(ctx, facts); err != nil && ctx.Err() == nil {
				b.logger.Warn("notify other processes", "error", err)
			}
		}
	}
}

// Flush sends what has gathered, in a process that does not run Sender.
func (b *Bus) Flush(ctx context.Context) error {
	var facts []fact
	for range len(b.out) {
		facts = append(facts, <-b.out)
	}
	if len(facts) == 0 {
		return nil
	}
	if err := b.notify(ctx, facts); err != nil {
		return fmt.Errorf("notify other processes: %w", err)
	}
	return nil
}

func (b *Bus) notify(ctx context.Context, facts []fact) error {
	var payloads []string
	var part []json.RawMessage
	size := 0
	flush := func() error {
		if len(part) == 0 {
			return nil
		}
		payload, err := json.Marshal(struct {
			Node  string            `json:"n"`
			Facts []json.RawMessage `json:"f"`
		}{b.node, part})
		payloads, part, size = append(payloads, string(payload)), nil, 0
		return err
	}
	for _, f := range facts {
		encoded, err := json.Marshal(f)
		if err != nil {
			return err
		}
		if len(encoded) > maxFact && f.Push != nil {
			f.Push.Data = json.RawMessage(`{"t":"resync"}`)
			if encoded, err = json.Marshal(f); err != nil {
				return err
			}
		}
		if size+len(encoded) > maxNotice-100 {
			if err := flush(); err != nil {
				return err
			}
		}
		part, size = append(part, encoded), size+len(encoded)+1
	}
	if err := flush(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err := b.pool.Exec(ctx, `select pg_notify($1, payload) from unnest($2::text[]) as payload`, busChannel, payloads)
	return err
}

// Receiver hands what other processes say to handle until the context ends. When the connection was lost, so may be notices:
// lost is called once it is back.
func (b *Bus) Receiver(ctx context.Context, handle func(fact), lost func()) {
	first := true
	for ctx.Err() == nil {
		err := b.receive(ctx, handle, func() {
			if !first {
				lost()
			}
			first = false
		})
		if ctx.Err() != nil {
			return
		}
		b.logger.Warn("listen to other processes", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func (b *Bus) receive(ctx context.Context, handle func(fact), connected func()) error {
	conn, err := pgx.ConnectConfig(ctx, b.pool.Config().ConnConfig.Copy())
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "listen "+busChannel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	connected()
	for {
		notification, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		var n notice
		if err := json.Unmarshal([]byte(notification.Payload), &n); err != nil {
			b.logger.Warn("unreadable notice", "error", err)
			continue
		}
		if n.Node == b.node {
			continue
		}
		for _, f := range n.Facts {
			handle(f)
		}
	}
}
