package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/deploy/local/crowd"
	"seax/deploy/local/stack"
)

// TestCrowd lets 200 customers come at once to 20 agents who accept, reject, ignore and vanish. Every conversation must end,
// and nothing may be wrong at any moment.
func TestCrowd(t *testing.T) {
	const customers, agents = 200, 20
	w := newWorld(t, 10*time.Minute, "SEAX_LEASE=4s", "SEAX_RETURN_GRACE=3s")
	recorder := crowd.NewRecorder()
	for _, desk := range []crowd.Desk{{ID: "front", OfferSeconds: 5, WrapUpSeconds: 5}, {ID: "back", OfferSeconds: 5, WrapUpSeconds: 5}} {
		require.NoError(t, desk.Open(w.ctx, w.admin))
	}
	names := make([]string, agents)
	for i := range names {
		names[i] = fmt.Sprintf("agent%02d", i+1)
	}
	staff, err := crowd.Hire(w.ctx, w.admin, w.BaseURL, names, 100, []string{"front", "back"}, recorder)
	require.NoError(t, err)
	policy := crowd.Policy{
		Rejects: 0.1, Ignores: 0.08, Vanishes: 0.04, Away: 9 * time.Second, Messages: 2, Patience: time.Second, Thinks: 100 * time.Millisecond,
		Transfers: 0.1, TransferTo: "back", Parks: 0.1, ParkFor: 3 * time.Second, WrapsUp: 0.5, Forgets: 0.3,
	}
	working := w.work(staff, policy)

	begun := time.Now()
	visitors := make([]*crowd.Customer, customers)
	story := crowd.Story{Questions: 1, Answers: 50, LeavesWaiting: 0.05, Rates: 0.7, Thinks: 100 * time.Millisecond}
	err = w.play(visitors, func(i int) (*crowd.Customer, crowd.Story) {
		return crowd.NewCustomer(w.BaseURL, "front", i, recorder), story
	})
	t.Logf("%d conversations took %s", customers, time.Since(begun).Round(100*time.Millisecond))
	for _, m := range recorder.Measured() {
		t.Log(m)
	}
	t.Log(w.repairs())
	require.NoError(t, err)
	w.requireInvariants(30 * time.Second)
	require.NoError(t, working())
	for _, c := range visitors {
		w.requireAccount(c)
	}
	w.requireReplies(staff...)
	w.requireWorkflowsEnded(20 * time.Second)
	if !strings.Contains(w.Log(stack.API), "renew leases") {
		// On a machine so busy that a renewal times out, the sweep looks after whom it was for.
		require.Empty(t, w.repairs(), "nothing died, so there is nothing to repair")
	}
}

// work lets agents work until the function returned is called; it returns what went wrong with them.
func (w *world) work(staff []*crowd.Agent, p crowd.Policy) func() error {
	ctx, stop := context.WithCancel(w.ctx)
	var all sync.WaitGroup
	failed := make([]error, len(staff))
	for i, a := range staff {
		all.Go(func() { failed[i] = a.Work(ctx, p, rand.New(rand.NewPCG(uint64(i), 7))) })
	}
	end := sync.OnceValue(func() error {
		stop()
		all.Wait()
		for _, a := range staff {
			a.Close()
		}
		return errors.Join(failed...)
	})
	w.t.Cleanup(func() { _ = end() })
	return end
}

// play lets customers tell their stories, all at once, and returns when all have ended.
func (w *world) play(visitors []*crowd.Customer, next func(i int) (*crowd.Customer, crowd.Story)) error {
	var all sync.WaitGroup
	failed := make([]error, len(visitors))
	due := time.Now()
	for i := range visitors {
		c, story := next(i)
		visitors[i] = c
		all.Go(func() {
			if err := c.Play(w.ctx, story, due, rand.New(rand.NewPCG(uint64(i), 13))); err != nil {
				failed[i] = fmt.Errorf("customer %d: %w", i, err)
			}
		})
		w.t.Cleanup(c.Close)
	}
	all.Wait()
	return errors.Join(failed...)
}
