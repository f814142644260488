package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"seax/api/spec"
	"seax/deploy/local/crowd"
)

// talk is a customer and an agent who have a conversation, both with their sockets open.
type talk struct {
	customer *crowd.Customer
	agent    *crowd.Agent
	id       uuid.UUID
	// ready is closed when the agent has accepted and watches.
	ready chan struct{}
	// seen receives the texts that came on the agent's screen.
	seen chan string
	said int
}

// floor is a queue with people in it, and those who talk.
type floor struct {
	desk     crowd.Desk
	recorder *crowd.Recorder
	staff    []*crowd.Agent
	talks    []*talk
}

// openFloor opens a queue and has people sign in there, available.
func (b *bench) openFloor(ctx context.Context, name string, agents int) (*floor, error) {
	f := &floor{desk: crowd.Desk{ID: name, OfferSeconds: 60, Cost: 1}, recorder: crowd.NewRecorder()}
	if err := f.desk.Open(ctx, b.admin); err != nil {
		return nil, err
	}
	people := make([]string, agents)
	for i := range people {
		people[i] = fmt.Sprintf("%s%03d", name, i+1)
	}
	var err error
	if f.staff, err = crowd.Hire(ctx, b.admin, b.BaseURL, people, 100, []string{name}, f.recorder); err != nil {
		return nil, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for _, a := range f.staff {
		group.Go(func() error {
			if err := a.SignIn(ctx); err != nil {
				return err
			}
			if err := a.Connect(ctx); err != nil {
				return err
			}
			return a.SetPresence(ctx, "available")
		})
	}
	return f, group.Wait()
}

// close sends everybody home.
func (f *floor) close() {
	for _, t := range f.talks {
		t.customer.Close()
	}
	for _, a := range f.staff {
		a.Close()
	}
}

// customer is a new one.
func (b *bench) customer(f *floor) *crowd.Customer {
	b.visitors++
	return crowd.NewCustomer(b.BaseURL, f.desk.ID, b.visitors, f.recorder)
}

// beginTalks lets customers in who ask for a person, and agents accept.
func (b *bench) beginTalks(ctx context.Context, f *floor) error {
	accepting, stop := context.WithCancel(ctx)
	defer stop()
	byVisitor := map[string]*talk{}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	f.accept(accepting, group, func(a *crowd.Agent, c spec.Conversation) error {
		mu.Lock()
		t := byVisitor[c.Address]
		mu.Unlock()
		t.agent, t.id = a, c.Id
		defer close(t.ready)
		return a.Watch(ctx, c.Id, func(e spec.Event) {
			if e.Kind == "customer.message" {
				select {
				case t.seen <- string(e.Body):
				default:
				}
			}
		})
	})
	for range b.customers {
		t := &talk{customer: b.customer(f), ready: make(chan struct{}), seen: make(chan string, 1)}
		f.talks = append(f.talks, t)
		if err := t.customer.Enter(ctx, true); err != nil {
			return err
		}
		mu.Lock()
		byVisitor[t.customer.Visitor()] = t
		mu.Unlock()
	}
	group.Go(func() error {
		defer stop()
		for _, t := range f.talks {
			if err := t.customer.Say(ctx, crowd.AskForPerson); err != nil {
				return err
			}
		}
		for _, t := range f.talks {
			select {
			case <-t.ready:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	f.recorder.Reset()
	return nil
}

// accept lets every agent take each offer at once, until ctx ends. then is told what they have got.
func (f *floor) accept(ctx context.Context, group *errgroup.Group, then func(*crowd.Agent, spec.Conversation) error) {
	for _, a := range f.staff {
		group.Go(func() error {
			for {
				offer, err := a.NextOffer(ctx)
				if ctx.Err() != nil {
					return nil //nolint:nilerr // the end
				}
				if err != nil {
					return err
				}
				group.Go(func() error {
					c, err := a.Accept(ctx, offer.Id)
					if err == nil {
						err = then(a, c)
					}
					if ctx.Err() != nil {
						return nil //nolint:nilerr // the end
					}
					return err
				})
			}
		})
	}
}

// pace calls something n times at a rate per second, each time with when it was due, and returns when all have ended.
func pace(ctx context.Context, rate float64, n int, do func(i int, due time.Time) error) error {
	group, ctx := errgroup.WithContext(ctx)
	begun := time.Now()
	for i := range n {
		due := begun.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		timer := time.NewTimer(time.Until(due))
		select {
		case <-ctx.Done():
			timer.Stop()
			return group.Wait()
		case <-timer.C:
		}
		group.Go(func() error { return do(i, due) })
	}
	return group.Wait()
}

// messageRate is how many messages customers send in a second, all together.
const messageRate = 50

// messages holds rates of messages between customers and agents who talk.
func (b *bench) messages(ctx context.Context) error {
	f, err := b.openFloor(ctx, "talk", b.agents)
	if err != nil {
		return err
	}
	defer f.close()
	if err := b.beginTalks(ctx, f); err != nil {
		return err
	}
	const rate, replies = messageRate, 20
	say := func(i int, due time.Time) error {
		t := f.talks[i%len(f.talks)]
		return t.customer.SayAt(ctx, due, fmt.Sprintf("message %d of %s", i, t.customer.Visitor()))
	}
	reply := func(i int, due time.Time) error {
		t := f.talks[i%len(f.talks)]
		return t.agent.Reply(ctx, t.id, due, fmt.Sprintf("reply %d to %s", i, t.customer.Visitor()))
	}
	seconds := int(b.each.Seconds())
	if err := pace(ctx, rate, rate*seconds, say); err != nil {
		return err
	}
	if err := b.settled(ctx); err != nil {
		return err
	}
	commit := b.value(bareCommit, "p50_ms")
	r := latency(fmt.Sprintf("webhook → 200, at %d messages/s", rate), f.recorder.Of(crowd.Accepted), 2*commit, 25)
	if commit > 0 {
		r.Compared = fmt.Sprintf("%.1f × a bare commit", ms(f.recorder.Of(crowd.Accepted).P50)/commit)
		r.Goal = "p50 ≤ 2 × a bare commit, p99 ≤ 25 ms"
	}
	b.add(r)
	b.add(latency(fmt.Sprintf("customer's message → agent's socket, at %d messages/s", rate), f.recorder.Of(crowd.Seen), 5, 25))

	f.recorder.Reset()
	if err := pace(ctx, replies, replies*seconds, reply); err != nil {
		return err
	}
	if err := b.settled(ctx); err != nil {
		return err
	}
	b.add(latency(fmt.Sprintf("agent's reply → customer's socket, at %d replies/s", replies), f.recorder.Of(crowd.Answered), 20, 60))

	f.recorder.Reset()
	group, both := errgroup.WithContext(ctx)
	group.Go(func() error { return pace(both, rate, rate*seconds, say) })
	group.Go(func() error { return pace(both, replies, replies*seconds, reply) })
	if err := group.Wait(); err != nil {
		return err
	}
	if err := b.settled(ctx); err != nil {
		return err
	}
	both1, both2 := f.recorder.Of(crowd.Seen), f.recorder.Of(crowd.Answered)
	b.add(row{
		What:     fmt.Sprintf("both at once, %d messages/s and %d replies/s", rate, replies),
		Measured: fmt.Sprintf("message %s; reply %s", times(both1), times(both2)),
		Values:   map[string]float64{"message_p50_ms": ms(both1.P50), "message_p99_ms": ms(both1.P99), "reply_p50_ms": ms(both2.P50), "reply_p99_ms": ms(both2.P99)},
	})
	return nil
}

// throughput lets everybody talk as fast as the other side answers.
func (b *bench) throughput(ctx context.Context) error {
	f, err := b.openFloor(ctx, "fast", b.agents)
	if err != nil {
		return err
	}
	defer f.close()
	if err := b.beginTalks(ctx, f); err != nil {
		return err
	}
	begun := time.Now()
	group, talking := errgroup.WithContext(ctx)
	for _, t := range f.talks {
		group.Go(func() error {
			for time.Since(begun) < b.each {
				if err := t.exchange(talking); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if err := b.settled(ctx); err != nil {
		return err
	}
	took, n := time.Since(begun), 0
	for _, t := range f.talks {
		n += 2 * t.said
	}
	rate, base, inTurn := float64(n)/took.Seconds(), b.value(bareWorkflow, "per_s"), b.value(bareInTurn, "per_s")
	r := row{
		What:     "messages through the whole system, customer → workflow and agent → workflow → customer",
		Measured: fmt.Sprintf("%.0f/s (%d conversations; reply %s)", rate, len(f.talks), times(f.recorder.Of(crowd.Answered))),
		Goal:     "≥ 1 × the bare workflow",
		Values:   map[string]float64{"per_s": rate},
	}
	if base > 0 {
		r.Compared, r.Met = fmt.Sprintf("%.2f × the bare workflow, %.2f × the one in turn", rate/base, rate/inTurn), met(rate >= base)
		r.Values["ratio"], r.Values["ratio_in_turn"] = rate/base, rate/inTurn
	}
	b.add(r)
	return nil
}

// exchange is a message, and the answer to it.
func (t *talk) exchange(ctx context.Context) error {
	t.said++
	if err := t.customer.Say(ctx, fmt.Sprintf("message %d of %s", t.said, t.customer.Visitor())); err != nil {
		return err
	}
	select {
	case <-t.seen:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := t.agent.Reply(ctx, t.id, time.Now(), fmt.Sprintf("reply %d to %s", t.said, t.customer.Visitor())); err != nil {
		return err
	}
	return t.customer.Await(ctx, "the reply", func(feed []crowd.Item, _ crowd.State) bool { return crowd.From(feed, "agent") >= t.said })
}

// settled waits until every accepted message has reached its workflow and every reply was sent.
func (b *bench) settled(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 10*time.Minute, errUnsettled)
	defer cancel()
	for {
		var left int
		err := b.Pool.QueryRow(ctx, `select (select count(*) from outbox) + (select count(*) from deliveries where status = 'queued')`).Scan(&left)
		if err != nil || left == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d left: %w", left, context.Cause(ctx))
		case <-time.After(10 * time.Millisecond):
		}
	}
}
