// Package worker puts workflows, activities and the routine work of routing together: what "seax worker" runs. Copies of it
// may run anywhere; Temporal shares the work between them.
package worker

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/worker"

	"seax/activities"
	"seax/connectors"
	"seax/internal/bot"
	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/health"
	"seax/internal/pacing"
	"seax/workflows"
	"seax/workflows/flow"
	"seax/workflows/listener"
)

// Deps are what a worker needs.
type Deps struct {
	Temporal client.Client
	Log      *conversation.Log
	Desk     *dispatch.Desk
	Registry *connectors.Registry
	Accounts Accounts
	// Inbox takes in what listeners hear.
	Inbox activities.Inbox
	Files Files
	// PublicURL is how providers reach us, for files they fetch.
	PublicURL string
	Health    *health.Recorder
	Bot       bot.Bot
	// BotAttempts is how often one turn may be tried: 1 for bots whose turns are not idempotent.
	BotAttempts int
	// BotTimeout bounds one attempt.
	BotTimeout time.Duration
	Logger     *slog.Logger
	// Cached is how many workflows stay in memory, in this process all together; 0: as many as Temporal's SDK holds.
	Cached int
}

// Accounts finds the channel accounts there are.
type Accounts interface {
	connectors.Accounts
	// AccountsOf lists the enabled accounts of some kinds.
	AccountsOf(ctx context.Context, kinds []string) ([]connectors.Account, error)
}

// Files are what messages carry, both ways.
type Files interface {
	activities.Files
	activities.Keeper
}

// stopTimeout is how long activities under way may take to end when the worker stops.
const stopTimeout = 10 * time.Second

// Run works until the context ends. It returns early only when a worker cannot go on.
func Run(ctx context.Context, deps Deps) error {
	if deps.Cached > 0 {
		sdk.SetStickyWorkflowCacheSize(deps.Cached)
	}
	fatal := make(chan error, 8)
	out := delivery(deps)
	workers := []sdk.Worker{conversations(deps, out, fatal)}
	for _, kind := range deps.Registry.Kinds() {
		workers = append(workers, deliveries(deps, out, kind, fatal))
	}
	for i, w := range workers {
		if err := w.Start(); err != nil {
			stop(workers[:i])
			return fmt.Errorf("start worker: %w", err)
		}
	}
	defer stop(workers)
	var wg sync.WaitGroup
	defer wg.Wait()
	routine, cancel := context.WithCancel(ctx)
	defer cancel()
	wg.Go(func() { every(routine, time.Second, func() { expire(routine, deps) }) })
	wg.Go(func() { every(routine, 10*time.Second, func() { sweep(routine, deps) }) })
	wg.Go(func() { every(routine, 15*time.Second, func() { probe(routine, deps, out.Gate) }) })
	wg.Go(func() { every(routine, 10*time.Second, func() { listen(routine, deps) }) })
	select {
	case <-ctx.Done():
		return nil
	case err := <-fatal:
		return fmt.Errorf("worker failed: %w", err)
	}
}

func stop(workers []sdk.Worker) {
	var wg sync.WaitGroup
	for _, w := range workers {
		wg.Go(w.Stop)
	}
	wg.Wait()
}

func options(fatal chan<- error) sdk.Options {
	return sdk.Options{
		WorkerStopTimeout:          stopTimeout,
		WorkflowTaskPollerBehavior: sdk.NewPollerBehaviorAutoscaling(sdk.PollerBehaviorAutoscalingOptions{InitialNumberOfPollers: 16, MinimumNumberOfPollers: 4, MaximumNumberOfPollers: 64}),
		ActivityTaskPollerBehavior: sdk.NewPollerBehaviorAutoscaling(sdk.PollerBehaviorAutoscalingOptions{InitialNumberOfPollers: 16, MinimumNumberOfPollers: 4, MaximumNumberOfPollers: 64}),
		OnFatalError: func(err error) {
			select {
			case fatal <- err:
			default:
			}
		},
	}
}

// conversations is the worker of workflows and fast activities.
func conversations(deps Deps, out *activities.Delivery, fatal chan<- error) sdk.Worker {
	w := sdk.New(deps.Temporal, flow.TaskQueue, options(fatal))
	workflows.Register(w)
	(&activities.Conversations{Log: deps.Log, Registry: deps.Registry, BotAttempts: deps.BotAttempts, BotTimeout: deps.BotTimeout}).Register(w)
	(&activities.Routing{Desk: deps.Desk}).Register(w)
	(&activities.Bots{Bot: deps.Bot}).Register(w)
	out.RegisterLocal(w)
	errands(deps).RegisterLocal(w)
	return w
}

// deliveries is the worker of one channel kind's deliveries.
func deliveries(deps Deps, out *activities.Delivery, kind string, fatal chan<- error) sdk.Worker {
	o := options(fatal)
	o.DisableWorkflowWorker = true
	w := sdk.New(deps.Temporal, flow.DeliveryQueue(kind), o)
	out.Register(w)
	errands(deps).Register(w)
	(&activities.Listening{Pool: deps.Log.Pool(), Registry: deps.Registry, Accounts: deps.Accounts, Inbox: deps.Inbox, Health: deps.Health, Clock: time.Now}).Register(w)
	return w
}

func delivery(deps Deps) *activities.Delivery {
	return &activities.Delivery{
		Log: deps.Log, Registry: deps.Registry, Accounts: deps.Accounts, Files: deps.Files, PublicURL: deps.PublicURL, Pacer: pacing.New(time.Now),
		Gate: health.NewGate(time.Now, deps.Health), Health: deps.Health, Clock: time.Now,
	}
}

func errands(deps Deps) *activities.Errands {
	return &activities.Errands{Log: deps.Log, Registry: deps.Registry, Accounts: deps.Accounts, Files: deps.Files}
}

func every(ctx context.Context, interval time.Duration, do func()) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		do()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// expire moves the offers of agents whose lease has run out.
func expire(ctx context.Context, deps Deps) {
	if _, err := deps.Desk.ExpireLeases(ctx); err != nil && ctx.Err() == nil {
		deps.Logger.Warn("expire leases", "error", err)
	}
}

// sweep repairs what a process that died left undone, and says so: it should find nothing.
func sweep(ctx context.Context, deps Deps) {
	repaired, err := deps.Desk.Sweep(ctx)
	if err != nil && ctx.Err() == nil {
		deps.Logger.Warn("sweep routing", "error", err)
	}
	if repaired.Overdue+repaired.Clocks+repaired.Refreshed+repaired.Matches > 0 {
		deps.Logger.Info("sweep repaired routing", "overdue_offers", repaired.Overdue, "overdue_clocks", repaired.Clocks, "refreshed", repaired.Refreshed, "missed_matches", repaired.Matches)
	}
}

// probe looks whether providers that were down take messages again, so that what waits, and whoever waits, need not.
func probe(ctx context.Context, deps Deps, gate *health.Gate) {
	for _, id := range gate.Down() {
		account, err := deps.Accounts.Account(ctx, id)
		if err != nil {
			continue
		}
		if connector, ok := deps.Registry.Get(account.Kind); ok {
			if _, checks := connector.(connectors.Checker); checks {
				_ = gate.Enter(ctx, connector, account)
			}
		}
	}
}

// listen sees to it that every account that has to be listened to has its workflow. Starting one that runs changes nothing.
func listen(ctx context.Context, deps Deps) {
	var kinds []string
	for _, kind := range deps.Registry.Kinds() {
		connector, _ := deps.Registry.Get(kind)
		if _, ok := connector.(connectors.Listener); ok {
			kinds = append(kinds, kind)
		}
	}
	if len(kinds) == 0 {
		return
	}
	accounts, err := deps.Accounts.AccountsOf(ctx, kinds)
	if err != nil {
		if ctx.Err() == nil {
			deps.Logger.Warn("look for channels to listen to", "error", err)
		}
		return
	}
	for _, a := range accounts {
		options := client.StartWorkflowOptions{
			ID: listener.ID(a.ID), TaskQueue: flow.TaskQueue, WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
			WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, StaticSummary: a.Kind + " · " + a.Name,
		}
		if _, err := deps.Temporal.ExecuteWorkflow(ctx, options, listener.Name, listener.Input{ChannelID: a.ID, Kind: a.Kind}); err != nil && ctx.Err() == nil {
			deps.Logger.Warn("start to listen", "channel", a, "error", err)
		}
	}
}
