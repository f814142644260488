// Package crowd simulates a contact center's day from the outside: customers who chat on a web page and agents who answer them,
// by the public HTTP API and sockets only. Tests that end processes under load use it, and so do benchmarks.
//
// Everybody behaves like a real client: what was not acknowledged is sent again under the same id, what a socket missed is
// fetched, a lost connection is made anew. Latencies count from the time something was due, not from the time a slow
// simulation got to it.
package crowd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"time"
)

// StatusError is an answer that says no.
type StatusError struct {
	Method, Path string
	Status       int
	Code, Detail string
	// State of an offer that is gone.
	State      string
	RetryAfter time.Duration
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s %s: %d %s: %s", e.Method, e.Path, e.Status, e.Code, e.Detail)
}

// Refused returns the code of an answer that says no; "" for other errors and none.
func Refused(err error) string {
	var status *StatusError
	if errors.As(err, &status) {
		return status.Code
	}
	return ""
}

// attemptTimeout bounds one HTTP call.
const attemptTimeout = 10 * time.Second

// caller makes one client's HTTP calls.
type caller struct {
	base      string
	header    http.Header
	transport *http.Transport
}

// newCaller returns a caller who comes from an address of its own where the system allows it (Linux has all of 127.0.0.0/8),
// because servers hold back floods by address. from 0 is the usual address.
func newCaller(base string, from int) *caller {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	if from > 0 && runtime.GOOS == "linux" {
		dialer.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 1, byte(from/250%250), byte(2+from%250))}
	}
	return &caller{base: base, header: http.Header{}, transport: &http.Transport{
		DialContext: dialer.DialContext, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, ResponseHeaderTimeout: attemptTimeout,
	}}
}

func (c *caller) close() { c.transport.CloseIdleConnections() }

// once makes a call; out is nil when the answer's body does not matter.
func (c *caller) once(ctx context.Context, method, path string, in, out any) (http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	var body io.Reader
	if in != nil {
		encoded, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", method, path, err)
		}
		body = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	for name, values := range c.header {
		request.Header[name] = values
	}
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := (&http.Client{Transport: c.transport}).Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 8<<20))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if response.StatusCode >= 300 {
		return nil, refusal(method, path, response, answer)
	}
	if out != nil {
		if err := json.Unmarshal(answer, out); err != nil {
			return nil, fmt.Errorf("%s %s: %w", method, path, err)
		}
	}
	return response.Header, nil
}

func refusal(method, path string, response *http.Response, answer []byte) error {
	e := &StatusError{Method: method, Path: path, Status: response.StatusCode}
	var problem struct{ Code, Detail, State string }
	if json.Unmarshal(answer, &problem) == nil {
		e.Code, e.Detail, e.State = problem.Code, problem.Detail, problem.State
	}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	return e
}

// call makes a call, again and again while nobody answers or the server says that it cannot at the moment. Use it only for what
// may be repeated.
func (c *caller) call(ctx context.Context, method, path string, in, out any) error {
	return persist(ctx, func() error {
		_, err := c.once(ctx, method, path, in, out)
		return err
	})
}

// Between two tries of the same thing.
const (
	retryFirst = 50 * time.Millisecond
	retryMost  = time.Second
)

func persist(ctx context.Context, try func() error) error {
	pause := retryFirst
	for {
		err := try()
		if err == nil || !passing(err) {
			return err
		}
		wait := pause/2 + rand.N(pause)
		var status *StatusError
		if errors.As(err, &status) && status.RetryAfter > 0 {
			wait = status.RetryAfter
		}
		if pause = min(2*pause, retryMost); !sleep(ctx, wait) {
			return fmt.Errorf("%w (last: %w)", context.Cause(ctx), err)
		}
	}
}

// passing reports whether the same call may succeed later.
func passing(err error) bool {
	var status *StatusError
	return !errors.As(err, &status) || status.Status >= 500 || status.Status == http.StatusTooManyRequests
}

// sleep waits unless ctx ends first; it reports whether it did not.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// bell wakes whoever waits for something to change.
type bell struct {
	mu sync.Mutex
	c  chan struct{}
}

// heard returns a channel that is closed at the next ring. Take it before looking at what may change.
func (b *bell) heard() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.c == nil {
		b.c = make(chan struct{})
	}
	return b.c
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.c != nil {
		close(b.c)
		b.c = nil
	}
}
