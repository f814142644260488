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
	bareWorkflow = "baseline: bare workflow, a signal per message, a local activity for each"
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

// noted is the local activity of the bare workflow.
func noted(context.Context, string) error { return nil }

// bare handles signals until it is told to end, with the least that a durable conversation could do for each message.
func bare(ctx workflow.Context) error {
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{ScheduleToCloseTimeout: 10 * time.Second})
	messages := workflow.GetSignalChannel(ctx, "message")
	for {
		var text string
		if messages.Receive(ctx, &text); text == "" {
			return nil
		}
		if err := workflow.ExecuteLocalActivity(ctx, noted, text).Get(ctx, nil); err != nil {
			return err
		}
	}
}

// signals drives bare workflows, as many as there are customers, each with one message under way.
func (b *bench) signals(ctx context.Context) error {
	c, err := client.Dial(client.Options{HostPort: b.TemporalAddr, Logger: silent{}})
	if err != nil {
		return err
	}
	defer c.Close()
	const queue = "bench"
	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflow(bare)
	w.RegisterActivity(noted)
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()
	runs := make([]client.WorkflowRun, b.customers)
	for i := range runs {
		if runs[i], err = c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: fmt.Sprintf("bare-%d", i), TaskQueue: queue}, bare); err != nil {
			return err
		}
	}
	var sent atomic.Int64
	var all sync.WaitGroup
	failed := make([]error, len(runs))
	begun := time.Now()
	for i, run := range runs {
		all.Go(func() {
			signal := func(text string) error { return c.SignalWorkflow(ctx, run.GetID(), "", "message", text) }
			for time.Since(begun) < b.each {
				if failed[i] = signal("How long does shipping take?"); failed[i] != nil {
					return
				}
				sent.Add(1)
			}
			// What is handled counts, so the end is waited for.
			if failed[i] = signal(""); failed[i] == nil {
				failed[i] = run.Get(ctx, nil)
			}
		})
	}
	all.Wait()
	if err := firstOf(failed); err != nil {
		return err
	}
	rate := float64(sent.Load()) / time.Since(begun).Seconds()
	b.add(row{
		What: bareWorkflow, Measured: fmt.Sprintf("%.0f messages/s (%d workflows)", rate, len(runs)), Values: map[string]float64{"per_s": rate},
	})
	return nil
}

func firstOf(failed []error) error {
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// silent is a logger for Temporal's client.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
