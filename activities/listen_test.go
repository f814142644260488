package activities_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"seax/activities"
	"seax/connectors"
	"seax/connectors/simulator"
	"seax/internal/clocktest"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/health"
	"seax/internal/ingress"
	"seax/workflows/listener"
)

// live is an account that is listened to; it can be changed and switched off.
type live struct {
	mu      sync.Mutex
	account connectors.Account
	off     bool
}

func (l *live) Account(context.Context, string) (connectors.Account, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.off {
		return connectors.Account{}, connectors.ErrNoAccount
	}
	return l.account, nil
}

// desk takes in what is heard and tells of it.
type desk struct {
	*ingress.Ingress
	heard chan string
}

func (d desk) Accept(ctx context.Context, account connectors.Account, events []connectors.Inbound) ([]connectors.Result, error) {
	results, err := d.Ingress.Accept(ctx, ingress.Channel{Account: account, Flow: "assistant"}, events)
	for _, e := range events {
		d.heard <- e.Message.Text
	}
	return results, err
}

// listenWorld has an account at a provider that is listened to. start has the activity listen; it returns how it ends.
type listenWorld struct {
	*dispatchtest.Floor
	provider *simulator.Provider
	live     *live
	health   *health.Recorder
	clock    *clocktest.Clock
	heard    chan string
	start    func(stop <-chan struct{}) <-chan error
}

func newListenWorld(t *testing.T) *listenWorld {
	t.Helper()
	f := dispatchtest.New(t)
	f.Exec(`update channels set kind = $1`, simulator.KindLive)
	w := &listenWorld{Floor: f, provider: simulator.NewProvider(time.Now), live: &live{account: connectors.Account{ID: "chat", Kind: simulator.KindLive, Version: 1}}, heard: make(chan string, 100), clock: clocktest.At(time.Now())}
	w.health = health.New(f.Pool, time.Now, nil)
	a := &activities.Listening{
		Pool: f.Pool, Registry: connectors.NewRegistry(simulator.NewLive(simulator.Deps{Transport: w.provider, Clock: time.Now})), Accounts: w.live,
		Inbox: desk{ingress.New(f.Log), w.heard}, Health: w.health, Clock: w.clock.Now,
	}
	w.start = func(stop <-chan struct{}) <-chan error {
		var suite testsuite.WorkflowTestSuite
		env := suite.NewTestActivityEnvironment()
		env.SetTestTimeout(time.Hour)
		env.SetWorkerStopChannel(stop2(stop))
		env.SetWorkerOptions(worker.Options{})
		env.RegisterActivity(a.Listen)
		ended := make(chan error, 1)
		go func() {
			value, err := env.ExecuteActivity(a.Listen, listener.Input{ChannelID: "chat", Kind: simulator.KindLive})
			var result listener.Result
			if err == nil {
				err = value.Get(&result)
			}
			if err == nil && result.Gone {
				err = errGone
			}
			ended <- err
		}()
		return ended
	}
	return w
}

// stop2 makes a channel of the type that the test environment wants.
func stop2(stop <-chan struct{}) chan struct{} {
	both := make(chan struct{})
	if stop != nil {
		go func() { <-stop; close(both) }()
	}
	return both
}

var errGone = errors.New("gone")

func (w *listenWorld) say(texts ...string) {
	for _, text := range texts {
		w.provider.Hand("chat", simulator.Event{Type: "message", ID: "m " + text, From: "v1", Text: text})
	}
}

// hears waits for a message. One that was committed when listening ended, but not counted as heard, comes again; the log takes it once.
func (w *listenWorld) hears(t *testing.T, text, before string) {
	t.Helper()
	heard := <-w.heard
	for heard == before {
		heard = <-w.heard
	}
	require.Equal(t, text, heard)
}

// waits returns after how long Temporal shall try again; 0: when it thinks so.
func waits(t *testing.T, err error) time.Duration {
	t.Helper()
	var e *temporal.ApplicationError
	require.ErrorAs(t, err, &e)
	require.Equal(t, temporal.ApplicationErrorCategoryBenign, e.Category(), "nobody has to look into it")
	return e.NextRetryDelay()
}

// What is heard is committed before it is counted as heard; a worker that stops, or a connection that is lost, goes on where it was.
func TestListeningGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	w := newListenWorld(t)
	stop := make(chan struct{})
	ended := w.start(stop)
	w.say("one", "two")
	w.hears(t, "one", "")
	w.hears(t, "two", "one")
	close(stop)
	require.Equal(t, time.Second, waits(t, <-ended), "Temporal has it done elsewhere at once, however often that has been before")
	w.say("three")

	ended = w.start(nil)
	w.hears(t, "three", "two")
	w.provider.Drop("chat")
	require.Zero(t, waits(t, <-ended), "to be tried again, each time later")
	ended = w.start(nil)
	w.say("three and a half")
	w.hears(t, "three and a half", "three")
	w.clock.Pass(time.Hour)
	w.provider.Drop("chat")
	require.Equal(t, time.Second, waits(t, <-ended), "it had held")
	w.say("four")
	ended = w.start(nil)
	w.hears(t, "four", "three and a half")
	w.live.mu.Lock()
	w.live.account.Version++
	w.live.mu.Unlock()
	require.NoError(t, <-ended, "with the new settings")

	w.live.mu.Lock()
	w.live.off = true
	w.live.mu.Unlock()
	require.ErrorIs(t, <-w.start(nil), errGone)
	var messages int
	require.NoError(t, w.Pool.QueryRow(t.Context(), `select count(*) from conversation_events where kind = 'customer.message'`).Scan(&messages))
	require.Equal(t, 5, messages)
	require.NoError(t, w.health.Flush(t.Context()))
	all, err := health.Read(t.Context(), w.Pool)
	require.NoError(t, err)
	require.NotNil(t, all["chat"].ConnectedAt)
	require.Equal(t, "connection", all["chat"].ErrorCode)
}
