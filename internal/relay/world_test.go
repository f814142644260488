package relay_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"seax/internal/conversation"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/relay"
)

const patience = 15 * time.Second

// signal is one call that reached Temporal.
type signal struct {
	workflow, name, flow string
	arg                  any
	options              client.StartWorkflowOptions
}

// upTo is up to which input the signal carries.
func (s signal) upTo() int64 {
	if e, ok := s.arg.(conversation.Event); ok {
		return e.Seq
	}
	return s.arg.(relay.Backlog).UpTo
}

var errDown = errors.New("temporal is down")

// temporal stands in for Temporal's client: it can be down, and it can hold calls until they are let go.
type temporal struct {
	mu       sync.Mutex
	down     bool
	tried    int
	signals  []signal
	inFlight map[string]int
	crowded  bool

	// held, if there, is told of each call, which then waits for a value of release.
	held    chan string
	release chan struct{}
}

func (f *temporal) SignalWithStartWorkflow(ctx context.Context, id, name string, arg any, options client.StartWorkflowOptions, flow any, args ...any) (client.WorkflowRun, error) {
	f.mu.Lock()
	f.tried++
	f.inFlight[id]++
	f.crowded = f.crowded || f.inFlight[id] > 1
	down := f.down
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		f.inFlight[id]--
		f.mu.Unlock()
	}()
	f.mu.Lock()
	held, release := f.held, f.release
	f.mu.Unlock()
	if held != nil {
		held <- id
		select {
		case <-release:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if down {
		return nil, errDown
	}
	if len(args) != 1 || args[0].(relay.Start).ConversationID.String() != id {
		return nil, errors.New("the workflow is started with something else")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.signals = append(f.signals, signal{id, name, flow.(string), arg, options})
	return nil, nil
}

// hold makes calls wait from now on.
func (f *temporal) hold() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held, f.release = make(chan string, 100), make(chan struct{})
}

func (f *temporal) set(down bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = down
}

func (f *temporal) of(id uuid.UUID) (all []signal) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.signals {
		if s.workflow == id.String() {
			all = append(all, s)
		}
	}
	return all
}

func (f *temporal) tries() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tried
}

type world struct {
	*dispatchtest.Floor

	temporal *temporal
	relay    *relay.Relay
	t        *testing.T
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Floor: dispatchtest.New(t), temporal: &temporal{inFlight: map[string]int{}}, t: t}
	w.relay = relay.New(w.Pool, w.temporal, "conversations", slog.New(slog.DiscardHandler))
	return w
}

// attach has the relay hear of commits.
func (w *world) attach() *world {
	w.Log.Attach(w.relay)
	return w
}

// run runs the relay until the function it returns is called, or the test ends.
func (w *world) run() (stop func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.relay.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(w.t, <-ended)
	})
	w.t.Cleanup(stop)
	return stop
}

// write logs one message of a customer and returns its seq.
func (w *world) write(id uuid.UUID, text string) int64 {
	w.t.Helper()
	var seq int64
	require.NoError(w.t, w.Log.Do(context.Background(), "write", func(ctx context.Context, tx *conversation.Tx) error {
		c, err := tx.Lock(ctx, id)
		if err != nil {
			return err
		}
		e, err := tx.Append(c, conversation.Draft{Kind: conversation.CustomerMessage, Actor: conversation.Actor{Kind: conversation.ByCustomer}, Body: conversation.Message{Text: text}})
		seq = e.Seq
		return err
	}))
	return seq
}

func (w *world) outbox() (n int) {
	w.t.Helper()
	require.NoError(w.t, w.Pool.QueryRow(w.t.Context(), `select count(*) from outbox`).Scan(&n))
	return n
}

func (w *world) eventually(condition func() bool) {
	w.t.Helper()
	require.Eventually(w.t, condition, patience, 5*time.Millisecond)
}
