package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"seax/connectors"
	"seax/internal/health"
	"seax/workflows/listener"
)

// Inbox takes in what listeners hear, as webhooks do.
type Inbox interface {
	Accept(ctx context.Context, account connectors.Account, events []connectors.Inbound) ([]connectors.Result, error)
}

// Listening holds connections to providers.
type Listening struct {
	Pool     *pgxpool.Pool
	Registry *connectors.Registry
	Accounts connectors.Accounts
	Inbox    Inbox
	Health   *health.Recorder
	Clock    func() time.Time
}

// Register makes the activity known to a worker that works on a delivery queue.
func (a *Listening) Register(r Registry) { register(r, listener.ActivityListen, a.Listen) }

// errChanged ends listening because the account has other settings now; errStopping because the worker stops.
var (
	errChanged  = errors.New("the account has changed")
	errStopping = errors.New("the worker stops")
)

const (
	// configRetry is how long an account whose settings do not work is left alone.
	configRetry = time.Minute
	// steady is how long a connection has to have held to be a good one. It is made again after reconnect, and so is one that ends with its
	// worker: Temporal would make each wait longer than the one before, and connections are lost and workers replaced for ever.
	steady    = time.Minute
	reconnect = time.Second
)

// Listen implements listener.ActivityListen.
func (a *Listening) Listen(ctx context.Context, in listener.Input) (listener.Result, error) {
	account, err := a.Accounts.Account(ctx, in.ChannelID)
	if errors.Is(err, connectors.ErrNoAccount) {
		return listener.Result{Gone: true}, nil
	}
	if err != nil {
		return listener.Result{}, err
	}
	connector, _ := a.Registry.Get(account.Kind)
	ears, ok := connector.(connectors.Listener)
	if !ok {
		return listener.Result{Gone: true}, nil
	}
	held, end := context.WithCancelCause(ctx)
	defer end(nil)
	go a.watch(held, end, account)
	begun := a.Clock()
	err = ears.Listen(held, account, &feed{a, account})
	switch cause := context.Cause(held); {
	case errors.Is(cause, errChanged):
		return listener.Result{}, nil
	case errors.Is(cause, errStopping):
		return listener.Result{}, again(cause, reconnect)
	case cause != nil:
		return listener.Result{}, cause
	}
	return listener.Result{}, a.judge(account, err, a.Clock().Sub(begun))
}

// judge says when to listen again after a connection was lost that had held so long, or could not be made.
func (a *Listening) judge(account connectors.Account, err error, held time.Duration) error {
	var wait time.Duration
	if held >= steady {
		wait = reconnect
	}
	var e *connectors.SendError
	if errors.As(err, &e) {
		a.Health.Failed(account.ID, string(e.Code), e.Words, false)
		if e.Permanent() {
			wait = configRetry
		}
		if e.RetryAfter == 0 {
			e.RetryAfter = wait
		}
		return retryable(e)
	}
	if err == nil {
		err = errors.New("the connection has ended")
	}
	a.Health.Failed(account.ID, string(connectors.CodeConnection), "The connection was lost; it is made again.", false)
	return again(err, wait)
}

// again makes an error with which Temporal has the connection made again after a time; 0: by its own.
func again(err error, wait time.Duration) error {
	return temporal.NewApplicationErrorWithOptions(err.Error(), string(connectors.CodeConnection), temporal.ApplicationErrorOptions{
		Cause: err, NextRetryDelay: wait, Category: temporal.ApplicationErrorCategoryBenign,
	})
}

// watch tells Temporal that somebody listens, and ends it when the account changes or the worker stops.
func (a *Listening) watch(ctx context.Context, end context.CancelCauseFunc, account connectors.Account) {
	ticker := time.NewTicker(listener.Beat)
	defer ticker.Stop()
	for {
		activity.RecordHeartbeat(ctx)
		select {
		case <-ctx.Done():
			return
		case <-activity.GetWorkerStopChannel(ctx):
			end(errStopping)
			return
		case <-ticker.C:
		}
		now, err := a.Accounts.Account(ctx, account.ID)
		if errors.Is(err, connectors.ErrNoAccount) || err == nil && now.Version != account.Version {
			end(errChanged)
			return
		}
	}
}

// feed implements connectors.Feed over the database.
type feed struct {
	*Listening
	account connectors.Account
}

// Accept implements connectors.Feed.
func (f *feed) Accept(ctx context.Context, events []connectors.Inbound, state []byte) ([]connectors.Result, error) {
	var results []connectors.Result
	if len(events) > 0 {
		var err error
		if results, err = f.Inbox.Accept(ctx, f.account, events); err != nil {
			return nil, err
		}
	}
	if state == nil {
		return results, nil
	}
	_, err := f.Pool.Exec(ctx, `insert into channel_states (channel_id, state) values ($1, $2) on conflict (channel_id) do update set state = excluded.state`, f.account.ID, state)
	if err != nil {
		return nil, fmt.Errorf("keep state of listener %s: %w", f.account.ID, err)
	}
	return results, nil
}

// State implements connectors.Feed.
func (f *feed) State(ctx context.Context) ([]byte, error) {
	var state []byte
	err := f.Pool.QueryRow(ctx, `select state from channel_states where channel_id = $1`, f.account.ID).Scan(&state)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("read state of listener %s: %w", f.account.ID, err)
	}
	return state, nil
}

// Connected implements connectors.Feed.
func (f *feed) Connected() { f.Health.Connected(f.account.ID) }
