package rasa

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
)

// Kind says what went wrong with a call.
type Kind string

// The kinds of Error.
const (
	// Unreachable: no connection was made, so Rasa has seen nothing.
	Unreachable Kind = "unreachable"
	// Slow: no answer in time; Rasa may be at work on it still.
	Slow Kind = "slow"
	// Broken: the connection ended before the answer did.
	Broken Kind = "broken"
	// Busy: 429 or 503, the request was not taken.
	Busy Kind = "busy"
	// Failed: another 5xx.
	Failed Kind = "failed"
	// Refused: another status, or a redirect that is not followed: the base URL or the token is wrong.
	Refused Kind = "refused"
	// Garbage: the answer is not what the REST channel answers.
	Garbage Kind = "garbage"
	// TooLarge: the answer is longer than Options.MaxBytes.
	TooLarge Kind = "too_large"
)

// Error is a call that failed.
type Error struct {
	Kind Kind
	// Status of the answer, 0 if there was none (or it was 200).
	Status int
	Err    error
}

func (e *Error) Error() string {
	switch {
	case e.Status != 0:
		return fmt.Sprintf("%s: status %d", e.Kind, e.Status)
	case e.Err != nil:
		return fmt.Sprintf("%s: %v", e.Kind, e.Err)
	default:
		return string(e.Kind)
	}
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Retryable reports whether the same turn may be sent again: Rasa has certainly not seen it.
func (e *Error) Retryable() bool { return e.Kind == Unreachable || e.Kind == Busy }

func refusal(status int) *Error {
	switch {
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		return &Error{Kind: Busy, Status: status}
	case status >= 500:
		return &Error{Kind: Failed, Status: status}
	default:
		return &Error{Kind: Refused, Status: status}
	}
}

// failure classifies what the HTTP client says. outer is the caller's context: its cancellation is no fault of Rasa's.
func failure(outer context.Context, err error) error {
	if errors.Is(outer.Err(), context.Canceled) {
		return context.Cause(outer)
	}
	var dial *net.OpError
	switch {
	case errors.Is(err, errRedirect):
		return &Error{Kind: Refused, Err: err}
	case errors.As(err, &dial) && dial.Op == "dial":
		return &Error{Kind: Unreachable, Err: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Kind: Slow, Err: err}
	default:
		return &Error{Kind: Broken, Err: err}
	}
}
