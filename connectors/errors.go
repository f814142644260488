package connectors

import (
	"errors"
	"fmt"
	"time"
)

// ErrNoAccount says that there is no enabled channel account with an id.
var ErrNoAccount = errors.New("no such channel account")

// ErrUnauthenticated is what Authenticate wraps when a signature or token is missing, wrong or replayed.
var ErrUnauthenticated = errors.New("request is not authenticated")

// ErrExpired is what Authenticate wraps when a token was ours but is too old.
var ErrExpired = fmt.Errorf("token has expired: %w", ErrUnauthenticated)

// ErrorCode is the closed set of reasons why a message could not be sent.
type ErrorCode string

// The codes. Each has a fixed meaning for retries, see Permanent.
const (
	// CodeConnection: the request was certainly not processed (refused, no route, TLS failed).
	CodeConnection ErrorCode = "connection"
	// CodeThrottled: the provider wants us to wait RetryAfter.
	CodeThrottled ErrorCode = "throttled"
	// CodeProvider: the provider failed (5xx) and said that nothing was processed.
	CodeProvider ErrorCode = "provider"
	// CodeAmbiguous: the request was written, its outcome is unknown. Not repeated unless the channel is idempotent.
	CodeAmbiguous ErrorCode = "ambiguous"
	// CodeConfig: credentials or settings are wrong; an admin must act.
	CodeConfig ErrorCode = "config"
	// CodeRejected: the provider refuses this message's content.
	CodeRejected ErrorCode = "rejected"
	// CodeUnreachable: the customer cannot be reached any more (blocked, left, no such number).
	CodeUnreachable ErrorCode = "unreachable"
	// CodeWindowClosed: the customer has not written for too long; only a template may be sent.
	CodeWindowClosed ErrorCode = "window_closed"
	// CodeOptedOut: the customer does not want to be written to. Noted, so that nothing else is tried.
	CodeOptedOut ErrorCode = "opted_out"
)

// Fault says who has to act on an error.
type Fault string

// Whose fault an error is.
const (
	FaultOurs     Fault = "ours"
	FaultProvider Fault = "provider"
	FaultAdmin    Fault = "admin"
	FaultCustomer Fault = "customer"
)

// SendError is why a message could not be sent. It classifies itself; nobody decides on its text.
type SendError struct {
	Code ErrorCode
	// RetryAfter is how long the provider wants us to wait; 0: it did not say.
	RetryAfter time.Duration
	// Words tell the agent what happened and what they can do.
	Words string
	// Cause is for logs only.
	Cause error
}

func (e *SendError) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("send: %s: %s: %v", e.Code, e.Words, e.Cause)
	}
	return fmt.Sprintf("send: %s: %s", e.Code, e.Words)
}

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Cause }

// Permanent reports whether trying again cannot help.
func (e *SendError) Permanent() bool {
	switch e.Code {
	case CodeConfig, CodeRejected, CodeUnreachable, CodeWindowClosed, CodeOptedOut:
		return true
	default:
		return false
	}
}

// Fault says who has to act.
func (e *SendError) Fault() Fault {
	switch e.Code {
	case CodeConfig:
		return FaultAdmin
	case CodeUnreachable, CodeWindowClosed, CodeOptedOut:
		return FaultCustomer
	case CodeRejected:
		return FaultOurs
	default:
		return FaultProvider
	}
}

// LimitError is what Parse returns when a caller sends too much at once.
type LimitError struct{ RetryAfter time.Duration }

func (e *LimitError) Error() string { return "too many requests; retry after " + e.RetryAfter.String() }
