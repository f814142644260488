package crowd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"

	"seax/api/spec"
)

// Policy is how a simulated agent works. Odds are between 0 and 1.
type Policy struct {
	// Rejects, Ignores, Vanishes: odds, per offer, that the agent passes it on, does nothing, or loses the connection for Away.
	// Otherwise they accept.
	Rejects, Ignores, Vanishes float64
	// Away is how long a vanished agent is gone.
	Away time.Duration
	// Messages is how often an agent speaks before they end their part.
	Messages int
	// Patience is how long they wait for the customer's answer before they go on without; 0: for ever.
	Patience time.Duration
	// Thinks is how long they take before each message and decision.
	Thinks time.Duration
	// Transfers, Parks: odds that the end of their part is a hand-over to TransferTo, or parking, at most once per conversation.
	Transfers, Parks float64
	TransferTo       string
	// ParkFor: how long at most it is parked.
	ParkFor time.Duration
	// WrapsUp: odds that there is a wrap-up before the outcome; Forgets: odds that the outcome is then left to the queue's
	// wrap-up time.
	WrapsUp, Forgets float64
}

// errVanish ends a shift because the agent's connection is gone.
var errVanish = errors.New("vanished")

// Work signs in, becomes available and works by the policy until ctx ends. dice is this agent's alone.
func (a *Agent) Work(ctx context.Context, p Policy, dice *rand.Rand) error {
	if err := a.SignIn(ctx); err != nil {
		return err
	}
	defer a.Disconnect()
	for ctx.Err() == nil {
		err := a.shift(ctx, p, dice)
		if !errors.Is(err, errVanish) {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		a.Disconnect()
		sleep(ctx, p.Away)
	}
	return nil
}

// shift works from connecting to vanishing.
func (a *Agent) shift(ctx context.Context, p Policy, dice *rand.Rand) error {
	ctx, stop := context.WithCancelCause(ctx)
	if err := a.Connect(ctx); err != nil {
		stop(err)
		return err
	}
	if err := a.SetPresence(ctx, "available"); err != nil {
		stop(err)
		return err
	}
	var serving sync.WaitGroup
	defer serving.Wait()
	defer stop(nil)
	serve := func(id uuid.UUID) {
		seed := dice.Uint64()
		serving.Go(func() {
			if err := a.serve(ctx, id, p, rand.New(rand.NewPCG(seed, 1))); err != nil && ctx.Err() == nil && !gone(err) {
				stop(fmt.Errorf("agent %s serves %s: %w", a.Name, id, err))
			}
		})
	}
	decided := map[uuid.UUID]bool{}
	joins := -1
	for {
		if now := a.Joins(); now != joins {
			joins = now
			if err := a.catchUp(ctx, serve); err != nil {
				return cause(ctx, err)
			}
		}
		offer, err := a.nextOffer(ctx, decided, joins)
		if err != nil {
			return cause(ctx, err)
		}
		if offer == nil {
			if err := a.wakeUp(ctx); err != nil {
				return cause(ctx, err)
			}
			continue
		}
		decided[offer.Id] = true
		if err := a.decide(ctx, *offer, p, dice, serve); err != nil {
			return cause(ctx, err)
		}
	}
}

func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// catchUp reads what the socket may have missed and goes on with what the agent has.
func (a *Agent) catchUp(ctx context.Context, serve func(uuid.UUID)) error {
	if err := a.FetchOffers(ctx); err != nil {
		return err
	}
	var me spec.Me
	if err := a.Do(ctx, "GET", "/session", nil, &me); err != nil {
		return err
	}
	mine, err := a.Mine(ctx)
	if err != nil {
		return err
	}
	a.mu.Lock()
	a.state = me.Agent
	a.mu.Unlock()
	for _, c := range mine {
		serve(c.Id)
	}
	return nil
}

// nextOffer waits for an offer that was not decided on; nil: something else needs looking at.
func (a *Agent) nextOffer(ctx context.Context, decided map[uuid.UUID]bool, joins int) (*spec.Offer, error) {
	var next *spec.Offer
	err := a.await(ctx, "offers", func() bool {
		next = nil
		for id, o := range a.offers {
			if !decided[id] && (next == nil || o.CreatedAt.Before(next.CreatedAt)) {
				next = &o
			}
		}
		return next != nil || a.joins != joins || a.state.Presence == "not_responding"
	})
	return next, err
}

// wakeUp is the one click of an agent who was set to Not responding.
func (a *Agent) wakeUp(ctx context.Context) error {
	a.mu.Lock()
	asleep := a.state.Presence == "not_responding"
	if asleep {
		a.state.Presence = "available"
	}
	a.mu.Unlock()
	if !asleep {
		return nil
	}
	return a.SetPresence(ctx, "available")
}

func (a *Agent) decide(ctx context.Context, o spec.Offer, p Policy, dice *rand.Rand, serve func(uuid.UUID)) error {
	sleep(ctx, p.Thinks)
	what := dice.Float64()
	switch {
	case what < p.Vanishes:
		return errVanish
	case what < p.Vanishes+p.Ignores:
		return nil
	case what < p.Vanishes+p.Ignores+p.Rejects:
		if err := a.Reject(ctx, o.Id); err != nil && !gone(err) {
			return err
		}
		return nil
	}
	c, err := a.Accept(ctx, o.Id)
	if err != nil {
		if gone(err) {
			return nil
		}
		return err
	}
	serve(c.Id)
	return nil
}

// talk is a conversation the agent has on the screen.
type talk struct {
	// seq is the last event seen; the lock of Agent guards it and stale.
	seq   int64
	stale bool
	// again: it was accepted again while this was ending.
	again bool

	// What the events add up to for this agent.
	owner, phase string
	// said counts the agent's own messages; waiting: the customer has not answered the last one.
	said    int
	waiting bool
	// What has happened to the conversation.
	transferred, parked, left bool
}

// open puts a conversation on the screen; nil: it is there already.
func (a *Agent) open(id uuid.UUID) (*talk, *socket) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if known := a.talks[id]; known != nil {
		known.again = true
		return nil, nil
	}
	if a.socket == nil {
		return nil, nil
	}
	t := &talk{stale: true}
	a.talks[id] = t
	return t, a.socket
}

// serve talks with a customer until the conversation is somebody else's, or nobody's.
func (a *Agent) serve(ctx context.Context, id uuid.UUID, p Policy, dice *rand.Rand) error {
	t, s := a.open(id)
	if t == nil {
		return nil
	}
	channel := "conversation:" + id.String()
	defer s.unwatch(channel)
	if err := s.watch(channel, func() { a.touch(t) }, func(data []byte) {
		if _, ok := a.heard(data); ok {
			a.touch(t)
		}
	}); err != nil {
		return err
	}
	for {
		err := a.converse(ctx, id, t, p, dice)
		if !a.leaveTalk(id, t, err) {
			return err
		}
	}
}

// leaveTalk takes a conversation off the screen, unless it has come again.
func (a *Agent) leaveTalk(id uuid.UUID, t *talk, err error) (again bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil && t.again {
		t.again, t.stale = false, true
		return true
	}
	delete(a.talks, id)
	return false
}

func (a *Agent) converse(ctx context.Context, id uuid.UUID, t *talk, p Policy, dice *rand.Rand) error {
	for {
		if err := a.catchUpTalk(ctx, id, t); err != nil {
			return err
		}
		switch {
		case t.owner != a.ID.String():
			return nil
		case t.phase == "wrapping":
			return a.afterWrapUp(ctx, id, p, dice)
		case t.left || !t.waiting && t.said >= p.Messages:
			if err := a.part(ctx, id, t, p, dice); err != nil {
				return err
			}
			a.touch(t)
		case !t.waiting:
			due := time.Now().Add(p.Thinks)
			if !sleep(ctx, p.Thinks) {
				return context.Cause(ctx)
			}
			if err := a.Reply(ctx, id, due, fmt.Sprintf("%s here, message %d", a.Name, t.said+1)); err != nil {
				return err
			}
			a.touch(t)
		}
		if err := a.awaitCustomer(ctx, t, p.Patience); err != nil {
			return err
		}
	}
}

// awaitCustomer waits for news of a conversation. An agent whose patience is over does as if the customer had answered.
func (a *Agent) awaitCustomer(ctx context.Context, t *talk, patience time.Duration) error {
	if patience == 0 {
		return a.await(ctx, "the customer", func() bool { return t.stale })
	}
	patient, stop := context.WithTimeout(ctx, patience)
	defer stop()
	err := a.await(patient, "the customer", func() bool { return t.stale })
	if patient.Err() != nil && ctx.Err() == nil {
		t.waiting = false
		return nil
	}
	return err
}

// touch makes the agent read a conversation again.
func (a *Agent) touch(t *talk) {
	a.mu.Lock()
	t.stale = true
	a.mu.Unlock()
	a.changed.ring()
}

// part ends the agent's part of a conversation.
func (a *Agent) part(ctx context.Context, id uuid.UUID, t *talk, p Policy, dice *rand.Rand) error {
	what := dice.Float64()
	switch {
	case t.left:
	case what < p.Transfers && !t.transferred:
		return a.Transfer(ctx, id, p.TransferTo, dice.IntN(2) == 0)
	case what < p.Transfers+p.Parks && !t.parked:
		var until time.Time
		if dice.IntN(2) == 0 {
			until = time.Now().Add(time.Second + rand.N(p.ParkFor+1))
		}
		return a.Park(ctx, id, until)
	}
	if dice.Float64() >= p.WrapsUp {
		return a.Finish(ctx, id)
	}
	if err := past(a.WrapUp(ctx, id)); err != nil {
		return err
	}
	return a.afterWrapUp(ctx, id, p, dice)
}

func (a *Agent) afterWrapUp(ctx context.Context, id uuid.UUID, p Policy, dice *rand.Rand) error {
	if dice.Float64() < p.Forgets {
		return nil
	}
	return a.Finish(ctx, id)
}
