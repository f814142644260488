// Package pacing keeps accounts to the rate their provider allows, in all and to one customer, so that messages wait here and not as
// errors there. It is kept in memory, by each process for itself.
package pacing

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"seax/connectors"
)

// Pacer says how long messages have to wait. Safe for concurrent use.
type Pacer struct {
	clock func() time.Time

	mu       sync.Mutex
	accounts map[string]*bucket
	// recent are the customers written to since it was last full, older those in the time before.
	recent, older map[contact]*rate.Limiter
}

type bucket struct {
	pace    connectors.Pace
	limiter *rate.Limiter
}

type contact struct{ account, address string }

// contacts bounds how many customers are remembered: at most twice as many.
const contacts = 50_000

// New returns a pacer.
func New(clock func() time.Time) *Pacer {
	return &Pacer{clock: clock, accounts: map[string]*bucket{}, recent: map[contact]*rate.Limiter{}}
}

// Take has one message of an account to an address wait for its turn: it returns 0 if it may go now, which it then must. Otherwise it
// returns how long to wait before asking again; nothing is used up.
func (p *Pacer) Take(account, address string, pace connectors.Pace) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	all := p.account(account, pace).ReserveN(now, 1)
	one := p.contact(contact{account, address}, pace).ReserveN(now, 1)
	wait := max(all.DelayFrom(now), one.DelayFrom(now))
	if wait > 0 {
		one.CancelAt(now)
		all.CancelAt(now)
	}
	return wait
}

func (p *Pacer) account(id string, pace connectors.Pace) *rate.Limiter {
	b, ok := p.accounts[id]
	if !ok || b.pace != pace {
		limit := rate.Inf
		if pace.PerSecond > 0 {
			limit = rate.Limit(pace.PerSecond)
		}
		b = &bucket{pace, rate.NewLimiter(limit, max(pace.Burst, 1))}
		p.accounts[id] = b
	}
	return b.limiter
}

func (p *Pacer) contact(c contact, pace connectors.Pace) *rate.Limiter {
	limit := rate.Inf
	if pace.ContactEvery > 0 {
		limit = rate.Every(pace.ContactEvery)
	}
	burst := max(pace.ContactBurst, 1)
	l, ok := p.recent[c]
	if !ok {
		if l, ok = p.older[c]; !ok {
			l = rate.NewLimiter(limit, burst)
		}
		if len(p.recent) >= contacts {
			p.recent, p.older = map[contact]*rate.Limiter{}, p.recent
		}
		p.recent[c] = l
	}
	if math.Abs(float64(l.Limit()-limit)) > 1e-9 || l.Burst() != burst {
		l.SetLimitAt(p.clock(), limit)
		l.SetBurstAt(p.clock(), burst)
	}
	return l
}
