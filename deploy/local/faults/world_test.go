package faults

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"seax/deploy/local/crowd"
	"seax/deploy/local/stack"
	"seax/internal/invariants"
)

// programFolder is where the programs are built, once for all tests.
var programFolder string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "seax-faults-")
		if err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		programFolder = dir
		return m.Run()
	}())
}

var build = sync.OnceValues(func() (stack.Programs, error) {
	return stack.Build(context.Background(), programFolder, os.Getenv("SEAX_FAULTS_RACE") != "")
})

// world is a running SeaX with somebody who looks after it.
type world struct {
	*stack.Stack
	t     *testing.T
	ctx   context.Context
	admin *crowd.Agent

	watching   sync.WaitGroup
	stopWatch  context.CancelFunc
	mu         sync.Mutex
	violations []string
	checks     int
}

// newWorld starts one for a test; the test ends with it, and with its deadline.
func newWorld(t *testing.T, most time.Duration, env ...string) *world {
	t.Helper()
	if testing.Short() {
		t.Skip("starts and ends a whole installation")
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), most, fmt.Errorf("the test took longer than %s", most))
	t.Cleanup(cancel)
	programs, err := build()
	require.NoError(t, err)
	begun := time.Now()
	s, err := stack.Start(ctx, t.TempDir(), programs, env...)
	w := &world{Stack: s, t: t, ctx: ctx}
	t.Cleanup(func() {
		if t.Failed() && s != nil {
			t.Log(s.Tails())
		}
		if s != nil {
			took, closed := s.Close()
			t.Logf("stopped: %v", took)
			if closed != nil {
				t.Log(s.Tails())
			}
			require.NoError(t, closed, "clean stop")
			w.requireNoRaces()
		}
	})
	require.NoError(t, err)
	w.admin = crowd.NewAgent(s.BaseURL, stack.Admin, stack.Password, nil)
	require.NoError(t, w.admin.SignIn(ctx))
	t.Cleanup(w.admin.Close)
	t.Logf("started in %s", time.Since(begun).Round(100*time.Millisecond))
	w.watch()
	return w
}

// watch checks the invariants again and again until settle.
func (w *world) watch() {
	ctx, stop := context.WithCancel(w.ctx)
	w.stopWatch = stop
	w.t.Cleanup(func() { stop(); w.watching.Wait() })
	w.watching.Go(func() {
		// The longer a check takes, the longer the pause: what is checked must not be what is busiest.
		pause := 500 * time.Millisecond
		for until(ctx, time.Now().Add(pause)) == nil {
			// While PostgreSQL is away there is nothing to see.
			begun := time.Now()
			found, err := invariants.Check(ctx, w.Pool)
			pause = max(500*time.Millisecond, 10*time.Since(begun))
			if err != nil {
				continue
			}
			w.mu.Lock()
			w.checks++
			for _, v := range found {
				if len(w.violations) < 20 {
					w.violations = append(w.violations, v.String())
				}
			}
			w.mu.Unlock()
		}
	})
}

// requireInvariants checks what was seen until now, and then that the system comes to rest within a time: nothing in the
// outbox, nothing unsent, nobody waiting beside a free agent, every workflow ended.
func (w *world) requireInvariants(most time.Duration) {
	w.t.Helper()
	w.mu.Lock()
	require.Empty(w.t, w.violations, "invariants while things happened")
	require.Positive(w.t, w.checks)
	w.mu.Unlock()
	var found []invariants.Violation
	require.NoError(w.t, w.eventually(most, func() (bool, error) {
		var err error
		found, err = invariants.CheckSettled(w.ctx, w.Pool)
		return err == nil && len(found) == 0, err
	}), "at rest: %v", found)
}

// requireWorkflowsEnded waits until no conversation's workflow runs.
func (w *world) requireWorkflowsEnded(most time.Duration) {
	w.t.Helper()
	c, err := client.NewLazyClient(client.Options{HostPort: w.TemporalAddr, Logger: silent{}})
	require.NoError(w.t, err)
	defer c.Close()
	var left []string
	err = w.eventually(most, func() (bool, error) {
		list, err := c.ListWorkflow(w.ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: "ExecutionStatus != 'Completed' and ExecutionStatus != 'ContinuedAsNew'"})
		left = nil
		for _, e := range list.GetExecutions() {
			id := e.GetExecution().GetWorkflowId()
			left = append(left, fmt.Sprintf("%s %s\n%s\n%s", id, e.GetStatus(), w.Doctor(w.ctx, id), w.history(c, id)))
		}
		return err == nil && len(left) == 0, err
	})
	require.NoError(w.t, err, "workflows of closed conversations still run, or failed: %s", strings.Join(left, "\n"))
}

// history is the end of a workflow's history, for errors.
func (w *world) history(c client.Client, id string) string {
	var lines []string
	events := c.GetWorkflowHistory(w.ctx, id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			return err.Error()
		}
		lines = append(lines, fmt.Sprintf("%3d %s %s %.300s", e.GetEventId(), e.GetEventTime().AsTime().Format("05.000"), e.GetEventType(), e.String()))
	}
	return strings.Join(lines[max(0, len(lines)-30):], "\n")
}

// eventually tries until something holds; the error is the last one.
func (w *world) eventually(most time.Duration, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(w.ctx, most)
	defer cancel()
	for {
		begun := time.Now()
		ok, err := holds()
		if ok {
			return nil
		}
		if until(ctx, time.Now().Add(max(50*time.Millisecond, time.Since(begun)))) == nil {
			continue
		}
		if err != nil {
			return err
		}
		return fmt.Errorf("not within %s", most)
	}
}

var raceFound = regexp.MustCompile(`(?s)WARNING: DATA RACE.*?={18}`)

func (w *world) requireNoRaces() {
	for _, part := range []string{stack.API, stack.Worker} {
		require.Empty(w.t, raceFound.FindString(w.Log(part)), "data race in %s", part)
		require.NotContains(w.t, w.Log(part), "panic:", "panic in %s", part)
	}
}

// repairs are the lines in which the sweep says that it put something right.
func (w *world) repairs() []string {
	var lines []string
	for line := range strings.Lines(w.Log(stack.Worker)) {
		if strings.Contains(line, "sweep repaired") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// silent is a logger for Temporal's client.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
