package webchat

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"seax/connectors"
)

// Limit is how much may come at once and how fast that allowance comes back.
type Limit struct {
	Burst int
	Every time.Duration
}

// Limits hold back floods, per process. A zero Limit has its default.
type Limits struct {
	// Messages, Requests and Uploads of one visitor.
	Messages, Requests, Uploads Limit
	// Sessions from one network address.
	Sessions Limit
}

func (l Limits) withDefaults() Limits {
	fill := func(have *Limit, burst int, every time.Duration) {
		if have.Burst == 0 || have.Every == 0 {
			*have = Limit{burst, every}
		}
	}
	fill(&l.Messages, 30, time.Second)
	fill(&l.Requests, 100, 100*time.Millisecond)
	fill(&l.Uploads, 10, 5*time.Second)
	fill(&l.Sessions, 60, time.Second)
	return l
}

// limitKeys bounds how many are remembered: at most twice as many, the least recently seen are forgotten first.
const limitKeys = 20_000

// limiter limits each key by itself.
type limiter struct {
	limit Limit
	clock func() time.Time

	mu sync.Mutex
	// recent are those seen since it was last full, older those seen in the time before.
	recent, older map[string]*rate.Limiter
}

func newLimiter(limit Limit, clock func() time.Time) *limiter {
	return &limiter{limit: limit, clock: clock, recent: map[string]*rate.Limiter{}}
}

// take uses up n of the key's allowance or, if so many are not there, none; then it returns a connectors.LimitError. More than the
// whole burst costs the burst.
func (l *limiter) take(key string, n int) error {
	if n == 0 {
		return nil
	}
	now := l.clock()
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.of(key).ReserveN(now, min(n, l.limit.Burst))
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return &connectors.LimitError{RetryAfter: wait}
	}
	return nil
}

func (l *limiter) of(key string) *rate.Limiter {
	if found, ok := l.recent[key]; ok {
		return found
	}
	found, ok := l.older[key]
	if !ok {
		found = rate.NewLimiter(rate.Every(l.limit.Every), l.limit.Burst)
	}
	if len(l.recent) >= limitKeys {
		l.older, l.recent = l.recent, make(map[string]*rate.Limiter, limitKeys)
	}
	l.recent[key] = found
	return found
}
