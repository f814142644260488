package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"seax/api/spec"
	"seax/deploy/local/crowd"
)

var errUnsettled = errors.New("the system does not come to rest")

// offers lets customers come at a steady rate, ask for a person, be accepted, and leave when the agent has ended it: whole
// conversations, of which the time to the offer is measured.
func (b *bench) offers(ctx context.Context) error {
	const rate = 10
	f, err := b.openFloor(ctx, "offer", b.agents)
	if err != nil {
		return err
	}
	defer f.close()
	n := rate * int(b.each.Seconds())
	comers := make([]*crowd.Customer, n)
	if err := each(ctx, 8, n, func(i int) error {
		comers[i] = b.newcomer(f, i)
		return comers[i].Enter(ctx, true)
	}); err != nil {
		return err
	}
	defer closeAll(comers)
	b.visitors += n
	working, stop := context.WithCancel(ctx)
	defer stop()
	serving, servingCtx := errgroup.WithContext(working)
	f.accept(servingCtx, serving, func(a *crowd.Agent, c spec.Conversation) error { return a.Finish(ctx, c.Id) })
	err = pace(ctx, rate, n, func(i int, due time.Time) error {
		return comers[i].Ask(ctx, crowd.Story{}, due, rand.New(rand.NewPCG(uint64(i), 3)))
	})
	stop()
	if err := errors.Join(err, serving.Wait()); err != nil {
		return err
	}
	if err := b.settled(ctx); err != nil {
		return err
	}
	b.add(latency(fmt.Sprintf("new conversation → offer on an agent's socket, at %d conversations/s", rate), f.recorder.Of(crowd.Offered), 50, 200))
	return nil
}

// arrivals lets customers come as fast as they are let in, straight to a queue where agents accept at once.
func (b *bench) arrivals(ctx context.Context) error {
	f, err := b.openFloor(ctx, "rush", b.agents)
	if err != nil {
		return err
	}
	defer f.close()
	n := min(100*b.agents, 60*int(b.each.Seconds()))
	comers := make([]*crowd.Customer, n)
	if err := each(ctx, 8, n, func(i int) error {
		comers[i] = b.newcomer(f, i)
		return comers[i].Enter(ctx, false)
	}); err != nil {
		return err
	}
	defer closeAll(comers)
	b.visitors += n
	accepted := make(chan struct{}, n)
	accepting, stop := context.WithCancel(ctx)
	defer stop()
	group, acceptingCtx := errgroup.WithContext(accepting)
	f.accept(acceptingCtx, group, func(*crowd.Agent, spec.Conversation) error {
		accepted <- struct{}{}
		return nil
	})
	begun := time.Now()
	err = each(ctx, 16, n, func(i int) error { return comers[i].BeginAsk(ctx, time.Now()) })
	came := time.Since(begun)
	for i := 0; err == nil && i < n; i++ {
		select {
		case <-accepted:
		case <-acceptingCtx.Done():
			err = context.Cause(acceptingCtx)
		}
	}
	took := time.Since(begun)
	stop()
	if err := errors.Join(err, group.Wait()); err != nil {
		return err
	}
	if err := b.settled(ctx); err != nil {
		return err
	}
	rate := float64(n) / took.Seconds()
	b.add(row{
		What:     "new conversations, straight to a queue, offers keeping up and accepted",
		Measured: fmt.Sprintf("%.0f/s (n=%d; let in at %.0f/s; offer %s)", rate, n, float64(n)/came.Seconds(), times(f.recorder.Of(crowd.Offered))),
		Goal:     "≥ 60/s", Met: met(rate >= 60), Values: map[string]float64{"per_s": rate, "let_in_per_s": float64(n) / came.Seconds()},
	})
	return nil
}

// newcomer is the ith customer after those there were.
func (b *bench) newcomer(f *floor, i int) *crowd.Customer {
	return crowd.NewCustomer(b.BaseURL, f.desk.ID, b.visitors+1+i, f.recorder)
}

func closeAll(all []*crowd.Customer) {
	for _, c := range all {
		c.Close()
	}
}

// each does something n times, a few at a time.
func each(ctx context.Context, atOnce, n int, do func(i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error { return do(i) })
	}
	return group.Wait()
}
