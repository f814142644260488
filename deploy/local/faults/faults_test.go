package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/deploy/local/crowd"
	"seax/deploy/local/stack"
)

// fault ends one part in the middle of everything.
type fault struct {
	part string
	// kill: with SIGKILL, else SIGTERM.
	kill bool
	// away is how long the part is gone.
	away time.Duration
}

func (f fault) String() string {
	if f.kill {
		return "kill -9 " + f.part
	}
	return "stop " + f.part
}

var faultsToSurvive = []fault{
	{part: stack.Worker, kill: true, away: time.Second},
	{part: stack.Worker, away: time.Second},
	{part: stack.API, kill: true, away: time.Second},
	{part: stack.API, away: time.Second},
	{part: stack.Temporal, kill: true, away: 2 * time.Second},
	{part: stack.Temporal, away: 2 * time.Second},
	{part: stack.Postgres, kill: true, away: time.Second},
	{part: stack.Postgres, away: time.Second},
}

// TestFaults ends each part, both ways, while customers arrive and whole stories are told: bot, person, offers that are
// accepted, passed on and ignored, replies both ways, hand-overs, parking, wrap-up, rating. Customers and agents go on trying, as
// their clients do. Afterwards nothing acknowledged may be missing, nothing be there twice or out of order, and every
// conversation must have ended.
func TestFaults(t *testing.T) {
	const agents, wave = 12, 20
	w := newWorld(t, 15*time.Minute, "SEAX_LEASE=6s", "SEAX_RETURN_GRACE=4s")
	// So short that clocks warn and breach while things break.
	promises := map[string]int{"first_reply_s": 10, "next_reply_s": 10, "resolution_s": 15, "warn_percent": 30}
	for _, desk := range []crowd.Desk{
		{ID: "front", OfferSeconds: 5, WrapUpSeconds: 5, Promises: promises}, {ID: "back", OfferSeconds: 5, WrapUpSeconds: 5, Promises: promises},
	} {
		require.NoError(t, desk.Open(w.ctx, w.admin))
	}
	names := make([]string, agents)
	for i := range names {
		names[i] = fmt.Sprintf("agent%02d", i+1)
	}
	staff, err := crowd.Hire(w.ctx, w.admin, w.BaseURL, names, 100, []string{"front", "back"}, nil)
	require.NoError(t, err)
	working := w.work(staff, crowd.Policy{
		Rejects: 0.1, Ignores: 0.05, Messages: 3, Patience: 15 * time.Second, Thinks: 150 * time.Millisecond,
		Transfers: 0.15, TransferTo: "back", Parks: 0.15, ParkFor: 2 * time.Second, WrapsUp: 0.5, Forgets: 0.2,
	})
	var visitors []*crowd.Customer
	for i, f := range faultsToSurvive {
		begun := time.Now()
		told := w.wave(i*wave, wave, 3*time.Second)
		w.strike(f, 1500*time.Millisecond)
		came, err := told()
		t.Logf("%s: %d stories took %s", f, wave, time.Since(begun).Round(100*time.Millisecond))
		if err != nil {
			for _, c := range came {
				if c.State().Phase != "closed" {
					t.Log(w.explain(c.Visitor()))
				}
			}
		}
		require.NoError(t, err, f)
		visitors = append(visitors, came...)
	}
	w.requireInvariants(30 * time.Second)
	require.NoError(t, working())
	for _, c := range visitors {
		w.requireAccount(c)
	}
	w.requireReplies(staff...)
	w.requireWorkflowsEnded(30 * time.Second)
	var met, warned, breached int
	require.NoError(t, w.Pool.QueryRow(w.ctx, `select count(*) filter (where met), count(*) filter (where warned), count(*) filter (where breached) from sla_outcomes`).Scan(&met, &warned, &breached))
	t.Logf("of the promises %d were met, %d came to a warning, %d were broken", met, warned, breached)
	require.Positive(t, met)
	require.Positive(t, warned)
}

// wave lets customers arrive one after the other within a time; the function returned waits for the end of their stories.
func (w *world) wave(first, n int, within time.Duration) func() ([]*crowd.Customer, error) {
	visitors := make([]*crowd.Customer, n)
	ended := make(chan error, n)
	for i := range n {
		c := crowd.NewCustomer(w.BaseURL, "front", first+i, nil)
		visitors[i] = c
		w.t.Cleanup(c.Close)
		go func() {
			due := time.Now().Add(within * time.Duration(i) / time.Duration(n))
			if err := until(w.ctx, due); err != nil {
				ended <- err
				return
			}
			story := crowd.Story{Questions: 1, Answers: 50, LeavesWaiting: 0.05, Rates: 0.7, Thinks: 150 * time.Millisecond}
			if err := c.Play(w.ctx, story, due, rand.New(rand.NewPCG(uint64(first+i), 29))); err != nil {
				ended <- fmt.Errorf("customer %d: %w", first+i, err)
				return
			}
			ended <- nil
		}()
	}
	return func() ([]*crowd.Customer, error) {
		var failed error
		for range n {
			if err := <-ended; err != nil && failed == nil {
				failed = err
			}
		}
		return visitors, failed
	}
}

// strike ends a part after a while and starts it again.
func (w *world) strike(f fault, after time.Duration) {
	w.t.Helper()
	require.NoError(w.t, until(w.ctx, time.Now().Add(after)))
	if f.kill {
		require.NoError(w.t, w.Kill(f.part))
	} else {
		took, err := w.Stop(f.part)
		require.NoError(w.t, err, "%s took %s", f, took)
	}
	require.NoError(w.t, until(w.ctx, time.Now().Add(f.away)))
	require.NoError(w.t, w.Begin(w.ctx, f.part))
}

// until waits for a moment of the scenario: when somebody arrives, or something breaks.
func until(ctx context.Context, at time.Time) error {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// TestTemporalAway: while Temporal is gone, messages are accepted and agents see them; afterwards the workflows catch up, in order.
func TestTemporalAway(t *testing.T) {
	w := newWorld(t, 5*time.Minute)
	require.NoError(t, crowd.Desk{ID: "front", OfferSeconds: 30, WrapUpSeconds: 5}.Open(w.ctx, w.admin))
	staff, err := crowd.Hire(w.ctx, w.admin, w.BaseURL, []string{"ana"}, 100, []string{"front"}, nil)
	require.NoError(t, err)
	ana := staff[0]

	before := crowd.NewCustomer(w.BaseURL, "front", 0, nil)
	t.Cleanup(before.Close)
	require.NoError(t, before.Enter(w.ctx, true))
	require.NoError(t, before.Say(w.ctx, "How long does shipping take?"))
	require.NoError(t, before.Await(w.ctx, "the bot", func(feed []crowd.Item, _ crowd.State) bool { return crowd.From(feed, "bot") > 0 }))

	_, err = w.Stop(stack.Temporal)
	require.NoError(t, err)
	fresh := crowd.NewCustomer(w.BaseURL, "front", 1, nil)
	t.Cleanup(fresh.Close)
	require.NoError(t, fresh.Enter(w.ctx, true))
	for i := range 5 {
		require.NoError(t, before.Say(w.ctx, fmt.Sprintf("known customer, %d", i)))
		require.NoError(t, fresh.Say(w.ctx, fmt.Sprintf("new customer, %d", i)))
	}
	for _, c := range []*crowd.Customer{before, fresh} {
		require.Len(t, c.Sent(), len(w.fromCustomer(c.Visitor())), "what was acknowledged is in the log at once")
		require.Contains(t, w.previews(), c.Sent()[len(c.Sent())-1].Text, "and on the screens of those who look at conversations")
	}

	require.NoError(t, w.Begin(w.ctx, stack.Temporal))
	working := w.work([]*crowd.Agent{ana}, crowd.Policy{Messages: 1, Patience: 10 * time.Second, Thinks: 50 * time.Millisecond})
	for _, c := range []*crowd.Customer{before, fresh} {
		require.NoError(t, c.Say(w.ctx, crowd.AskForPerson))
		require.NoError(t, c.Await(w.ctx, "an agent", func(feed []crowd.Item, _ crowd.State) bool { return crowd.From(feed, "agent") > 0 }))
		require.NoError(t, c.Leave(w.ctx))
		require.NoError(t, c.Await(w.ctx, "the end", func(_ []crowd.Item, state crowd.State) bool { return state.Phase == "closed" }))
	}
	w.requireInvariants(20 * time.Second)
	require.NoError(t, working())
	for _, c := range []*crowd.Customer{before, fresh} {
		w.requireAccount(c)
	}
	w.requireWorkflowsEnded(20 * time.Second)
}

// fromCustomer are the texts a customer wrote, as the log has them.
func (w *world) fromCustomer(visitor string) []string {
	var texts []string
	for _, m := range w.messages(visitor) {
		if m.Kind == "customer.message" {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// previews are the newest messages as the list of open conversations shows them.
func (w *world) previews() []string {
	w.t.Helper()
	var page struct {
		Items []struct {
			Preview string `json:"preview"`
		} `json:"items"`
	}
	require.NoError(w.t, w.admin.Do(w.ctx, "GET", "/conversations?view=open", nil, &page))
	var all []string
	for _, c := range page.Items {
		all = append(all, c.Preview)
	}
	return all
}
