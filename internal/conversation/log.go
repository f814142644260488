package conversation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"seax/internal/sla"
	"seax/internal/store"
)

// ErrNotFound says that there is no such conversation.
var ErrNotFound = errors.New("no such conversation")

// Commit is what one transaction changed, for those who act on it.
type Commit struct {
	Changes []Change
	// Agents lists whose routing state (presence, load, lease) changed.
	Agents []uuid.UUID
	// Queues: something about queues changed that those who watch them see.
	Queues bool
}

// Change is one conversation's part of a Commit: its state afterwards and the events that were appended, in order.
type Change struct {
	Conversation Conversation
	// Before is the phase and owner before, so that one can tell what changed.
	Before Ownership
	Events []Event
}

// Ownership is who had the conversation, in which phase, and how its clocks stood.
type Ownership struct {
	Phase   Phase
	AgentID *uuid.UUID
	SLA     sla.Status
}

// Sink is told of every commit of this process, after it is durable and in the committing goroutine: it must not block.
// What a crash keeps from it is caught up elsewhere (the relay's sweep, clients' gap detection).
type Sink interface {
	Committed(Commit)
}

// Log runs the transactions that change conversations.
type Log struct {
	pool  *pgxpool.Pool
	clock func() time.Time
	sinks []Sink
}

// NewLog returns a log on the pool. clock is time.Now outside tests. Add sinks before first use.
func NewLog(pool *pgxpool.Pool, clock func() time.Time, sinks ...Sink) *Log {
	return &Log{pool: pool, clock: clock, sinks: sinks}
}

// Attach adds a sink. Not safe once Do is in use.
func (l *Log) Attach(s Sink) { l.sinks = append(l.sinks, s) }

// Pool returns the pool for reading.
func (l *Log) Pool() *pgxpool.Pool { return l.pool }

// attempts bounds how often Do runs a transaction that others were in the way of.
const attempts = 5

// Do runs fn in one transaction, then writes what it appended and commits, then tells the sinks. fn may run several times (a
// deadlock, a lost connection) and must not have effects outside the transaction. op names the operation in errors.
func (l *Log) Do(ctx context.Context, op string, fn func(ctx context.Context, tx *Tx) error) error {
	var err error
	for attempt := range attempts {
		var tx *Tx
		tx, err = l.try(ctx, fn)
		if err == nil {
			l.tell(tx)
			return nil
		}
		// A commit whose answer was lost may have happened: only the caller can know whether to repeat it.
		unsure := tx != nil && tx.committing && !store.Retryable(err)
		if unsure || ctx.Err() != nil || !worthAnother(err) {
			break
		}
		if !pause(ctx, time.Duration(attempt*attempt)*20*time.Millisecond) {
			break
		}
	}
	return fmt.Errorf("%s: %w", op, err)
}

func worthAnother(err error) bool {
	return errors.As(err, new(retryError)) || store.Retryable(err) || store.Unavailable(err)
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (l *Log) try(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) (_ *Tx, err error) {
	conn, err := l.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	// Postgres keeps microseconds: what we hand out must equal what others will read.
	tx := &Tx{conn: conn, Now: l.clock().UTC().Truncate(time.Microsecond), changes: map[uuid.UUID]*change{}}
	finished := false
	defer func() {
		if !finished && tx.begun {
			rollback(ctx, conn)
		}
	}()
	if err := fn(ctx, tx); err != nil {
		return tx, err
	}
	if err := tx.commit(ctx); err != nil {
		return tx, err
	}
	finished = true
	return tx, nil
}

func rollback(ctx context.Context, conn *pgxpool.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if _, err := conn.Exec(ctx, "rollback"); err != nil {
		_ = conn.Conn().Close(ctx)
	}
}

func (l *Log) tell(tx *Tx) {
	commit := Commit{Agents: tx.agents, Queues: tx.queues}
	for _, id := range tx.order {
		c := tx.changes[id]
		if c.dirty || len(c.events) > 0 {
			commit.Changes = append(commit.Changes, Change{Conversation: *c.row, Before: c.before, Events: c.events})
		}
	}
	if len(commit.Changes) == 0 && len(commit.Agents) == 0 && !commit.Queues {
		return
	}
	for _, sink := range l.sinks {
		sink.Committed(commit)
	}
}

// Tx is one transaction of the log. It begins with its first statement, in the same round trip, and ends in Do.
type Tx struct {
	// Now is the transaction's time, the same for all it writes.
	Now time.Time

	conn       *pgxpool.Conn
	begun      bool
	committing bool
	changes    map[uuid.UUID]*change
	order      []uuid.UUID
	agents     []uuid.UUID
	policies   map[string]*sla.Policy
	queues     bool
	first      pgx.Batch
	last       pgx.Batch
}

type change struct {
	row    *Conversation
	before Ownership
	events []Event
	dirty  bool
	// queueBefore and mark are its queue, and what was to be known of its clocks, before.
	queueBefore *string
	mark        sla.Mark
	// reconsider: its clocks go by what the queue promises now. told: the workflow is told of them by the caller.
	reconsider, told bool
}

// Run sends statements in one round trip; each queued statement's callback runs before it returns.
func (tx *Tx) Run(ctx context.Context, batch *pgx.Batch) error {
	if !tx.begun {
		first := append([]*pgx.QueuedQuery{{SQL: "begin"}}, tx.first.QueuedQueries...)
		batch.QueuedQueries = append(first, batch.QueuedQueries...)
		tx.begun = true
	}
	return tx.conn.SendBatch(ctx, batch).Close()
}

// Exec runs one statement and returns how many rows it touched.
func (tx *Tx) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	var affected int64
	batch := &pgx.Batch{}
	batch.Queue(sql, args...).Exec(func(tag pgconn.CommandTag) error {
		affected = tag.RowsAffected()
		return nil
	})
	return affected, tx.Run(ctx, batch)
}

// Query runs one statement and hands its rows to read.
func (tx *Tx) Query(ctx context.Context, read func(pgx.Rows) error, sql string, args ...any) error {
	batch := &pgx.Batch{}
	batch.Queue(sql, args...).Query(read)
	return tx.Run(ctx, batch)
}

// QueryRow runs one statement and scans its first row; pgx.ErrNoRows if there is none.
func (tx *Tx) QueryRow(ctx context.Context, scan func(pgx.Row) error, sql string, args ...any) error {
	batch := &pgx.Batch{}
	batch.Queue(sql, args...).QueryRow(scan)
	return tx.Run(ctx, batch)
}

// First queues a statement that runs before the transaction's first one, in the same round trip. Its result is not seen. A
// transaction that sends nothing else does not send it either.
func (tx *Tx) First(sql string, args ...any) { tx.first.Queue(sql, args...) }

// Later queues a statement that runs with the commit, in the same round trip. Its result is not seen.
func (tx *Tx) Later(sql string, args ...any) { tx.last.Queue(sql, args...) }

// LaterWith lets add queue statements that run with the commit; their callbacks run before it returns.
func (tx *Tx) LaterWith(add func(*pgx.Batch)) { add(&tx.last) }

// TouchAgent notes that an agent's routing state changed.
func (tx *Tx) TouchAgent(id uuid.UUID) {
	for _, known := range tx.agents {
		if known == id {
			return
		}
	}
	tx.agents = append(tx.agents, id)
}

// TouchQueues notes that something about queues changed that those who watch them see.
func (tx *Tx) TouchQueues() { tx.queues = true }

// Lock reads a conversation and holds its row until the end of the transaction.
func (tx *Tx) Lock(ctx context.Context, id uuid.UUID) (*Conversation, error) {
	if c, ok := tx.changes[id]; ok {
		return c.row, nil
	}
	var row *Conversation
	err := tx.Query(ctx, func(rows pgx.Rows) (err error) {
		row, err = pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByPos[Conversation])
		return err
	}, `select `+columns+` from conversations where id = $1 for update`, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, id)
	}
	if err != nil {
		return nil, fmt.Errorf("lock conversation %s: %w", id, err)
	}
	return tx.Adopt(row), nil
}

// queueLock adds to a batch the lock of a conversation; found is called only if there is one.
func (tx *Tx) queueLock(batch *pgx.Batch, id uuid.UUID, found func(*Conversation)) {
	queueLockWhere(tx, batch, found, `id = $1`, id)
}

// QueueLockOpen adds to a batch the lock of an address's open conversation; found is called only if there is one.
func (tx *Tx) QueueLockOpen(batch *pgx.Batch, channelID, address string, found func(*Conversation)) {
	queueLockWhere(tx, batch, found, `channel_id = $1 and address = $2 and closed_at is null`, channelID, address)
}

// QueueLocks adds to a batch the locks of several conversations; found is called for each that there is.
func (tx *Tx) QueueLocks(batch *pgx.Batch, ids []uuid.UUID, found func(*Conversation)) {
	queueLockWhere(tx, batch, found, `id = any($1)`, ids)
}

func queueLockWhere(tx *Tx, batch *pgx.Batch, found func(*Conversation), where string, args ...any) {
	batch.Queue(`select `+columns+` from conversations where `+where+` for update`, args...).Query(func(rows pgx.Rows) error {
		locked, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByPos[Conversation])
		for _, row := range locked {
			found(tx.Adopt(row))
		}
		return err
	})
}

// Adopt makes a row that this transaction has locked (or inserted) one that Append and Save know.
func (tx *Tx) Adopt(row *Conversation) *Conversation {
	if known, ok := tx.changes[row.ID]; ok {
		return known.row
	}
	tx.changes[row.ID] = &change{
		row: row, before: Ownership{Phase: row.Phase, AgentID: row.AgentID, SLA: row.SLA.Status()}, queueBefore: row.QueueID, mark: row.SLA.Mark(),
	}
	tx.order = append(tx.order, row.ID)
	return row
}

// Draft is an event before it has its place in the log.
type Draft struct {
	// ID identifies the event for ever; the zero value gets a new one.
	ID         uuid.UUID
	Kind       Kind
	Actor      Actor
	Body       any
	ProviderAt *time.Time
}

// Append adds an event to a conversation this transaction has locked, and changes its row by what the event means. It is
// written with the commit.
func (tx *Tx) Append(c *Conversation, draft Draft) (Event, error) {
	change, ok := tx.changes[c.ID]
	if !ok {
		return Event{}, fmt.Errorf("append %s to conversation %s: it is not locked", draft.Kind, c.ID)
	}
	body, err := json.Marshal(draft.Body)
	if err != nil {
		return Event{}, fmt.Errorf("append %s to conversation %s: %w", draft.Kind, c.ID, err)
	}
	body = withoutNUL(body)
	if draft.ID == uuid.Nil {
		draft.ID = NewID()
	}
	c.LastSeq++
	event := Event{
		ConversationID: c.ID, Seq: c.LastSeq, ID: draft.ID, Kind: draft.Kind, Actor: draft.Actor,
		Body: body, At: tx.Now, ProviderAt: draft.ProviderAt,
	}
	if draft.Kind.Input() {
		previous := c.LastInputSeq
		event.PrevInput = &previous
		c.LastInputSeq = event.Seq
	}
	c.fold(event, draft.Body)
	change.events = append(change.events, event)
	change.dirty = true
	return event, nil
}

// withoutNUL takes out of JSON the one character that Postgres' jsonb cannot hold.
func withoutNUL(body []byte) []byte {
	const nul = `\u0000`
	for from := 0; ; {
		at := bytes.Index(body[from:], []byte(nul))
		if at < 0 {
			return body
		}
		at += from
		// Behind an odd number of backslashes it is a text about NUL.
		backslashes := 0
		for at > backslashes && body[at-1-backslashes] == '\\' {
			backslashes++
		}
		if backslashes%2 == 0 {
			body = slices.Delete(body, at, at+len(nul))
			from = at
		} else {
			from = at + len(nul)
		}
	}
}

// Save marks a locked conversation as changed although no event was appended.
func (tx *Tx) Save(c *Conversation) {
	if change, ok := tx.changes[c.ID]; ok {
		change.dirty = true
	}
}

// Events returns what this transaction has appended to a conversation.
func (tx *Tx) Events(id uuid.UUID) []Event {
	if c, ok := tx.changes[id]; ok {
		return c.events
	}
	return nil
}

// NewID makes an id that sorts by time.
func NewID() uuid.UUID {
	id, err := uuid.NewV7()
	if err != nil {
		// Only if the system has no randomness, and then nothing of ours is safe.
		panic(fmt.Sprintf("make id: %v", err))
	}
	return id
}

type retryError struct{ error }

func (e retryError) Unwrap() error { return e.error }

// Retry wraps an error so that Do runs the transaction again.
func Retry(err error) error { return retryError{err} }
