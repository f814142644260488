package webchat

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"seax/connectors"
)

// How much one visitor may send, and how many sessions one address may open.
const (
	messageBurst = 30
	messageEvery = time.Second
	sessionBurst = 60
	sessionEvery = time.Second
	// limitKeys bounds what is remembered; when it is full it starts anew.
	limitKeys = 50_000
)

// limits hold back floods, per process.
type limits struct {
	mu       sync.Mutex
	messages map[string]*rate.Limiter
	sessions map[string]*rate.Limiter
}

func newLimits() *limits {
	return &limits{messages: map[string]*rate.Limiter{}, sessions: map[string]*rate.Limiter{}}
}

func (l *limits) message(key string) error {
	return l.take(l.messages, key, messageEvery, messageBurst)
}

func (l *limits) session(key string) error {
	return l.take(l.sessions, key, sessionEvery, sessionBurst)
}

func (l *limits) take(all map[string]*rate.Limiter, key string, every time.Duration, burst int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	limiter, ok := all[key]
	if !ok {
		if len(all) >= limitKeys {
			clear(all)
		}
		limiter = rate.NewLimiter(rate.Every(every), burst)
		all[key] = limiter
	}
	r := limiter.Reserve()
	if wait := r.Delay(); wait > 0 {
		r.Cancel()
		return &connectors.LimitError{RetryAfter: wait}
	}
	return nil
}
