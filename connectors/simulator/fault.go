package simulator

import (
	"context"
	"net/http"
	"time"
)

// Fault is one way of misbehaving, for one message.
type Fault = *fault

type fault struct {
	name       string
	status     int
	retryAfter time.Duration
	// before and after: no answer; the message was not taken, or it was.
	before, after bool
	// hangs: the caller's patience ends it; reached is closed when it begins.
	hangs   bool
	reached chan struct{}
}

// Throttled answers 429 and wants the sender to wait.
func Throttled(wait time.Duration) Fault {
	return &fault{name: "slow down", status: http.StatusTooManyRequests, retryAfter: wait}
}

// Unavailable answers 503 and has done nothing.
func Unavailable() Fault { return &fault{name: "unavailable", status: http.StatusServiceUnavailable} }

// Broken answers 500; nobody knows what it has done.
func Broken() Fault { return &fault{name: "broken", status: http.StatusInternalServerError} }

// Rejected refuses the message's content.
func Rejected() Fault { return &fault{name: "rejected", status: http.StatusUnprocessableEntity} }

// Blocked says that the customer cannot be reached any more.
func Blocked() Fault { return &fault{name: "blocked", status: http.StatusGone} }

// Locked refuses the account's credentials.
func Locked() Fault { return &fault{name: "locked", status: http.StatusForbidden} }

// CutBefore loses the connection before the request was written.
func CutBefore() Fault { return &fault{name: "cut before", before: true} }

// CutAfter takes the message and loses the connection before it has answered.
func CutAfter() Fault { return &fault{name: "cut after", after: true} }

// HangBefore never gets as far as writing the request. The channel is closed when it hangs.
func HangBefore() (Fault, <-chan struct{}) {
	f := &fault{name: "hang before", before: true, hangs: true, reached: make(chan struct{})}
	return f, f.reached
}

// HangAfter takes the message and never answers. The channel is closed when it hangs.
func HangAfter() (Fault, <-chan struct{}) {
	f := &fault{name: "hang after", after: true, hangs: true, reached: make(chan struct{})}
	return f, f.reached
}

func (f *fault) lose(ctx context.Context) error {
	if !f.hangs {
		return errCut
	}
	close(f.reached)
	<-ctx.Done()
	return ctx.Err()
}
