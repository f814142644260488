package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"seax/deploy/local/crowd"
)

// The rows that others are compared with.
const (
	bareCommit   = "baseline: one pgx insert and commit, at 50/s"
	bareWorkflow = "baseline: bare workflow, a signal and a local activity per message, sent without waiting"
	bareInTurn   = "baseline: bare workflow, the next message when the last was handled"
)

// baselines measures what PostgreSQL and Temporal do here without SeaX.
func (b *bench) baselines(ctx context.Context) error {
	if err := b.commits(ctx); err != nil {
		return err
	}
	return b.signals(ctx)
}

// commits inserts rows at the rate of messages for the time each takes, then on eight connections for how many there are.
func (b *bench) commits(ctx context.Context) error {
	var mu sync.Mutex
	if _, err := b.Pool.Exec(ctx, `create table bench_baseline (id uuid primary key, body text)`); err != nil {
		return err
	}
	insert := func(ctx context.Context) error {
		tx, err := b.Pool.Begin(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback(ctx) }()
		if _, err := tx.Exec(ctx, `insert into bench_baseline values ($1, $2)`, uuid.New(), "How long does shipping take?"); err != nil {
			return err
		}
		return tx.Commit(ctx)
	}
	// At the rate at which messages are measured: a machine that is woken for each is slower than one that is busy.
	var taken []time.Duration
	if err := pace(ctx, messageRate, messageRate*int(b.each.Seconds())/2, func(_ int, due time.Time) error {
		err := insert(ctx)
		mu.Lock()
		defer mu.Unlock()
		taken = append(taken, time.Since(due))
		return err
	}); err != nil {
		return err
	}
	var all atomic.Int64
	var writers sync.WaitGroup
	begun := time.Now()
	for range 8 {
		writers.Go(func() {
			for time.Since(begun) < b.each/4 && insert(ctx) == nil {
				all.Add(1)
			}
		})
	}
	writers.Wait()
	rate := float64(all.Load()) / time.Since(begun).Seconds()
	m := crowd.Sum(bareCommit, taken)
	r := row{What: bareCommit, Measured: fmt.Sprintf("%s; %.0f/s on 8 connections", times(m), rate), Values: values(m)}
	r.Values["per_s"] = rate
	b.add(r)
	return nil
}

// bareFlow is a workflow that handles messages with the least that a durable conversation could do for each.
type bareFlow struct {
	// handled rings, by workflow, when a message was.
	handled []chan struct{}
}

// message of a bare workflow; the empty text ends it.
type message struct {
	Flow int
	Text string
}

// noted is the local activity.
func (f *bareFlow) noted(_ context.Context, m message) error {
	select {
	case f.handled[m.Flow] <- struct{}{}:
	default:
	}
	return nil
}

func (f *bareFlow) run(ctx workflow.Context) error {
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{ScheduleToCloseTimeout: 10 * time.Second})
	messages := workflow.GetSignalChannel(ctx, "message")
	for {
		var m message
		if messages.Receive(ctx, &m); m.Text == "" {
			return nil
		}
		if err := workflow.ExecuteLocalActivity(ctx, f.noted, m).Get(ctx, nil); err != nil {
			return err
		}
	}
}

// signals drives bare workflows, as many as there are customers: first each sends on without waiting, so that the server takes
// in several messages with one step; then each waits until a message was handled, as people who talk do.
func (b *bench) signals(ctx context.Context) error {
	c, err := client.Dial(client.Options{HostPort: b.TemporalAddr, Logger: silent{}})
	if err != nil {
		return err
	}
	defer c.Close()
	const queue = "bench"
	flow := &bareFlow{handled: make([]chan struct{}, b.customers)}
	for i := range flow.handled {
		flow.handled[i] = make(chan struct{}, 1)
	}
	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflow(flow.run)
	w.RegisterActivity(flow.noted)
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()
	for _, way := range []struct {
		what  string
		waits bool
	}{{bareWorkflow, false}, {bareInTurn, true}} {
		rate, err := b.drive(ctx, c, queue, flow, way.waits)
		if err != nil {
			return err
		}
		b.add(row{
			What: way.what, Measured: fmt.Sprintf("%.0f messages/s (%d workflows)", rate, b.customers), Values: map[string]float64{"per_s": rate},
		})
	}
	return nil
}

// drive sends messages to new workflows, and returns how many per second were handled.
func (b *bench) drive(ctx context.Context, c client.Client, queue string, flow *bareFlow, waits bool) (float64, error) {
	runs := make([]client.WorkflowRun, b.customers)
	for i := range runs {
		var err error
		if runs[i], err = c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: fmt.Sprintf("bare-%d-%t", i, waits), TaskQueue: queue}, flow.run); err != nil {
			return 0, err
		}
	}
	var sent atomic.Int64
	begun := time.Now()
	err := each(ctx, len(runs), len(runs), func(i int) error {
		signal := func(text string) error {
			return c.SignalWorkflow(ctx, runs[i].GetID(), "", "message", message{Flow: i, Text: text})
		}
		for time.Since(begun) < b.each {
			if err := signal("How long does shipping take?"); err != nil {
				return err
			}
			sent.Add(1)
			if waits {
				<-flow.handled[i]
			}
		}
		// What is handled counts, so the end is waited for.
		if err := signal(""); err != nil {
			return err
		}
		return runs[i].Get(ctx, nil)
	})
	return float64(sent.Load()) / time.Since(begun).Seconds(), err
}

// silent is a logger for Temporal's client.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
