// Package relay carries committed inputs of conversations to their workflows as signals. The process that committed does so at
// once; a sweep carries what a dead process left. Signals may be doubled, lost or reordered without harm: the workflow takes
// inputs in by their seq and reads what is missing. At most one call per conversation is under way in a process; what comes
// meanwhile is carried as one "backlog" signal, so that the cost per message falls as load rises.
package relay

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"seax/internal/conversation"
)

// BacklogSignal is the name of the signal that says only up to which seq inputs are waiting.
const BacklogSignal = "backlog"

// Backlog is the payload of BacklogSignal.
type Backlog struct {
	UpTo int64 `json:"up_to"`
}

// Start is the input of a conversation's workflow when the relay starts it.
type Start struct {
	ConversationID uuid.UUID `json:"conversation_id"`
}

// Signaler is the part of Temporal's client that the relay uses.
type Signaler interface {
	SignalWithStartWorkflow(ctx context.Context, workflowID, signalName string, signalArg any, options client.StartWorkflowOptions, workflow any, workflowArgs ...any) (client.WorkflowRun, error)
}

// Relay implements conversation.Sink. Run must be running for what Committed was told to be carried.
type Relay struct {
	pool      *pgxpool.Pool
	temporal  Signaler
	taskQueue string
	logger    *slog.Logger
	// slots bounds calls to Temporal under way.
	slots chan struct{}
	done  chan sent

	mu      sync.Mutex
	pending map[uuid.UUID]*queue
	closed  bool
	calls   sync.WaitGroup
}

// queue is what waits for one conversation's call to end.
type queue struct {
	target target
	events []conversation.Event
	upTo   int64
}

// target is what starting the workflow needs.
type target struct {
	id      uuid.UUID
	flow    string
	summary string
}

type sent struct {
	conversation uuid.UUID
	upTo         int64
}

// maxCalls is how many signals are under way at once in one process.
const maxCalls = 64

// maxPayload bounds an event carried in a signal; larger ones are read from the log by the workflow.
const maxPayload = 32 << 10

// New returns a relay that signals workflows on a task queue.
func New(pool *pgxpool.Pool, temporal Signaler, taskQueue string, logger *slog.Logger) *Relay {
	return &Relay{
		pool: pool, temporal: temporal, taskQueue: taskQueue, logger: logger,
		slots: make(chan struct{}, maxCalls), done: make(chan sent, 4*maxCalls), pending: map[uuid.UUID]*queue{},
	}
}

// Committed implements conversation.Sink: it hands inputs over and returns at once.
func (r *Relay) Committed(commit conversation.Commit) {
	for _, change := range commit.Changes {
		var inputs []conversation.Event
		for _, e := range change.Events {
			if e.PrevInput != nil {
				inputs = append(inputs, e)
			}
		}
		if len(inputs) > 0 {
			r.carry(targetOf(change.Conversation), inputs, inputs[len(inputs)-1].Seq)
		}
	}
}

func targetOf(c conversation.Conversation) target {
	return target{id: c.ID, flow: c.Flow, summary: fmt.Sprintf("%s · #%d · %s", c.ChannelKind, c.Number, mask(c.Address))}
}

// mask keeps enough of an address to recognise it; summaries are read by every admin of the cluster.
func mask(address string) string {
	if runes := []rune(address); len(runes) > 8 {
		return string(runes[:4]) + "…" + string(runes[len(runes)-2:])
	}
	return address
}

func (r *Relay) carry(t target, events []conversation.Event, upTo int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	if waiting, busy := r.pending[t.id]; busy {
		waiting.target = t
		waiting.events = append(waiting.events, events...)
		waiting.upTo = max(waiting.upTo, upTo)
		return
	}
	r.pending[t.id] = &queue{}
	r.calls.Add(1)
	go r.send(&queue{target: t, events: events, upTo: upTo})
}

// send carries what a queue holds, then what has come meanwhile, until nothing is left.
func (r *Relay) send(next *queue) {
	defer r.calls.Done()
	for next != nil {
		r.slots <- struct{}{}
		err := r.signal(next)
		<-r.slots
		if err != nil {
			// The sweep tries again. What came meanwhile is in the outbox too.
			r.logger.Warn("signal conversation", "conversation", next.target.id, "error", err)
			r.mu.Lock()
			delete(r.pending, next.target.id)
			r.mu.Unlock()
			return
		}
		r.done <- sent{next.target.id, next.upTo}
		next = r.after(next.target.id)
	}
}

func (r *Relay) after(id uuid.UUID) *queue {
	r.mu.Lock()
	defer r.mu.Unlock()
	waiting := r.pending[id]
	if waiting.upTo == 0 {
		delete(r.pending, id)
		return nil
	}
	r.pending[id] = &queue{}
	return waiting
}

const callTimeout = 10 * time.Second

func (r *Relay) signal(q *queue) error {
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	name, payload := BacklogSignal, any(Backlog{UpTo: q.upTo})
	if len(q.events) == 1 && q.events[0].Seq == q.upTo && len(q.events[0].Body) <= maxPayload {
		name, payload = string(q.events[0].Kind), q.events[0].ForWorkflow()
	}
	options := client.StartWorkflowOptions{
		ID: q.target.id.String(), TaskQueue: r.taskQueue, StaticSummary: q.target.summary,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}
	_, err := r.temporal.SignalWithStartWorkflow(ctx, options.ID, name, payload, options, q.target.flow, Start{ConversationID: q.target.id})
	return err
}

// The sweep's rhythm, and how old an entry must be before another process than the one that committed it carries it.
const (
	sweepEvery = time.Second
	sweepAge   = 2 * time.Second
	sweepLimit = 500
)

// Run removes from the outbox what has been carried and sweeps what is left over, at once and then every second, until the
// context ends; then it waits for calls under way.
func (r *Relay) Run(ctx context.Context) error {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	age := time.Duration(0)
	for {
		if err := r.sweep(ctx, age); err != nil && ctx.Err() == nil {
			r.logger.Warn("sweep outbox", "error", err)
		}
		age = sweepAge
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				return r.finish()
			case first := <-r.done:
				r.forget(ctx, first)
			case <-ticker.C:
				waiting = false
			}
		}
	}
}

func (r *Relay) finish() error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	idle := make(chan struct{})
	go func() { r.calls.Wait(); close(idle) }()
	ctx, cancel := context.WithTimeout(context.Background(), callTimeout)
	defer cancel()
	for {
		select {
		case first := <-r.done:
			r.forget(ctx, first)
		case <-idle:
			if len(r.done) == 0 {
				return nil
			}
			idle = closedChan()
		case <-ctx.Done():
			return nil
		}
	}
}

func closedChan() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// forget removes carried entries, all that have gathered in one statement, also when the process is about to stop.
func (r *Relay) forget(ctx context.Context, first sent) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	ids, upTo := []uuid.UUID{first.conversation}, []int64{first.upTo}
	for range len(r.done) {
		next := <-r.done
		ids, upTo = append(ids, next.conversation), append(upTo, next.upTo)
	}
	_, err := r.pool.Exec(ctx, `delete from outbox o using unnest($1::uuid[], $2::bigint[]) as s(id, up_to)
		where o.conversation_id = s.id and o.seq <= s.up_to`, ids, upTo)
	if err != nil {
		// They will be carried again, and dropped by the workflow.
		r.logger.Warn("remove from outbox", "error", err)
	}
}

// sweep carries what has waited longer than age, as one backlog signal per conversation.
func (r *Relay) sweep(ctx context.Context, age time.Duration) error {
	rows, err := r.pool.Query(ctx, `select c.id, c.flow, c.channel_kind, c.number, c.address, max(o.seq)
		from outbox o join conversations c on c.id = o.conversation_id
		where o.at < now() - $1::interval group by c.id order by min(o.at) limit $2`, age, sweepLimit)
	if err != nil {
		return fmt.Errorf("read outbox: %w", err)
	}
	type leftover struct {
		c    conversation.Conversation
		upTo int64
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (leftover, error) {
		var l leftover
		err := row.Scan(&l.c.ID, &l.c.Flow, &l.c.ChannelKind, &l.c.Number, &l.c.Address, &l.upTo)
		return l, err
	})
	if err != nil {
		return fmt.Errorf("read outbox: %w", err)
	}
	for _, l := range all {
		if !r.busy(l.c.ID) {
			r.carry(targetOf(l.c), nil, l.upTo)
		}
	}
	return nil
}

func (r *Relay) busy(id uuid.UUID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, busy := r.pending[id]
	return busy
}
