package conversation_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
	"seax/internal/dispatch/dispatchtest"
)

// recorder keeps every commit it is told of.
type recorder struct {
	mu      sync.Mutex
	commits []conversation.Commit
}

func (r *recorder) Committed(c conversation.Commit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.commits = append(r.commits, c)
}

func (r *recorder) events() (all []conversation.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.commits {
		for _, change := range c.Changes {
			all = append(all, change.Events...)
		}
	}
	return all
}

type world struct {
	*dispatchtest.Floor

	t *testing.T
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{dispatchtest.New(t), t}
}

// owned opens a conversation that a new agent owns.
func (w *world) owned() (uuid.UUID, conversation.Person) {
	w.t.Helper()
	ana := w.Agent("Ana", 1000, nil)
	id := w.Conversation()
	_, err := w.Desk.TakeOver(w.t.Context(), id, ana, "")
	require.NoError(w.t, err)
	return id, ana
}

func (w *world) do(fn func(tx *conversation.Tx) error) error {
	w.t.Helper()
	return w.Log.Do(w.t.Context(), "test", func(_ context.Context, tx *conversation.Tx) error { return fn(tx) })
}

// append adds one event to a conversation.
func (w *world) append(id uuid.UUID, draft conversation.Draft) (e conversation.Event, err error) {
	w.t.Helper()
	err = w.do(func(tx *conversation.Tx) error {
		c, err := tx.Lock(w.t.Context(), id)
		if err != nil {
			return err
		}
		e, err = tx.Append(c, draft)
		return err
	})
	return e, err
}

// events reads a conversation's log as it is stored.
func (w *world) events(id uuid.UUID) []conversation.Event {
	w.t.Helper()
	rows, err := w.Pool.Query(w.t.Context(), `select conversation_id, seq, id, kind, actor, body, prev_input, at, provider_at, sla
		from conversation_events where conversation_id = $1 order by seq`, id)
	require.NoError(w.t, err)
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[conversation.Event])
	require.NoError(w.t, err)
	for i := range all {
		all[i].At = all[i].At.UTC()
	}
	return all
}

func (w *world) get(id uuid.UUID) conversation.Conversation {
	w.t.Helper()
	c, err := w.Log.Get(w.t.Context(), id)
	require.NoError(w.t, err)
	return c
}

func said(text string) conversation.Draft {
	return conversation.Draft{
		Kind: conversation.CustomerMessage, Actor: conversation.Actor{Kind: conversation.ByCustomer}, Body: conversation.Message{Text: text},
	}
}

// requireChained checks the promises of a log: seqs without gaps, each input naming the one before it, the row's counters.
func (w *world) requireChained(id uuid.UUID) {
	w.t.Helper()
	var last, lastInput int64
	for _, e := range w.events(id) {
		require.Equal(w.t, last+1, e.Seq)
		last = e.Seq
		require.Equal(w.t, e.Kind.Input(), e.PrevInput != nil, e.Kind)
		if e.PrevInput != nil {
			require.Equal(w.t, lastInput, *e.PrevInput)
			lastInput = e.Seq
		}
	}
	c := w.get(id)
	require.Equal(w.t, last, c.LastSeq)
	require.Equal(w.t, lastInput, c.LastInputSeq)
}

var testTime = time.Date(2026, 3, 4, 5, 6, 7, 123456789, time.UTC)
