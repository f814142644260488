package fake

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"
)

// Fault is one way of misbehaving, for one call.
type Fault struct {
	// Status is what is answered instead of doing anything, with the provider's own Code in its own error format; 0: none.
	Status int    `json:"status,omitempty"`
	Code   string `json:"code,omitempty"`
	// RetryAfter goes with Status, in seconds.
	RetryAfter int `json:"retry_after,omitempty"`
	// Delay is how long the answer takes, in milliseconds.
	Delay int `json:"delay_ms,omitempty"`
	// Drop: "before" the call arrives, or "after" it was carried out, the connection is lost. Without a Line "before" is the moment
	// at which the provider has read the call and done nothing.
	Drop string `json:"drop,omitempty"`
	// Hang, for tests: nothing is ever answered, before or after it was carried out as Drop says; closed when it hangs.
	Hang chan struct{} `json:"-"`
	// Only limits the fault to calls with this method and path prefix ("POST /v1"); "" is any call.
	Only string `json:"only,omitempty"`
}

// Misbehave makes the provider treat the next calls like this, one each.
func (b *Base) Misbehave(faults ...Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, faults...)
}

// Recover forgets faults that have not happened yet.
func (b *Base) Recover() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = nil
}

// next takes the next fault off the list if it is for this call and decide wants it.
func (b *Base) next(r *http.Request, decide func(Fault) bool) (Fault, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.faults) == 0 {
		return Fault{}, false
	}
	f := b.faults[0]
	if call := r.Method + " " + r.URL.Path; f.Only != "" && !hasPrefix(call, f.Only) || !decide(f) {
		return Fault{}, false
	}
	b.faults = b.faults[1:]
	return f, true
}

func hasPrefix(call, prefix string) bool {
	return len(call) >= len(prefix) && call[:len(prefix)] == prefix
}

// Mood is how calls go until it changes, as shares of them (0 to 1). Faults that were ordered come first.
type Mood struct {
	// Throttle are answered 429 and Break 500, without anything being done; Cut are carried out, and the connection is lost.
	Throttle float64 `json:"throttle,omitempty"`
	Break    float64 `json:"break,omitempty"`
	Cut      float64 `json:"cut,omitempty"`
	// RetryAfter goes with those throttled, in seconds.
	RetryAfter int `json:"retry_after,omitempty"`
	// Delay is how long answers take, in milliseconds.
	Delay int `json:"delay_ms,omitempty"`
}

// SetMood changes how calls go from now on.
func (b *Base) SetMood(m Mood) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mood = m
}

// Moods returns how calls go and webhooks travel.
func (b *Base) Moods() (Mood, Weather) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mood, b.hooks.weather
}

// fault is what the mood makes of a call.
func (m Mood) fault() Fault {
	f := Fault{Delay: m.Delay}
	switch dice := rand.Float64(); {
	case dice < m.Throttle:
		f.Status, f.RetryAfter = http.StatusTooManyRequests, m.RetryAfter
	case dice < m.Throttle+m.Break:
		f.Status = http.StatusInternalServerError
	case dice < m.Throttle+m.Break+m.Cut:
		f.Drop = "after"
	}
	return f
}

// ErrCut is what a call that never arrived fails with.
var ErrCut = errors.New("connection refused by a fault")

// Due is what happens to a call of a protocol other than HTTP, which carries it out itself: the next fault that was ordered, or what the
// mood makes of it. It returns after the fault's delay; false: the call is given up meanwhile.
func (b *Base) Due(ctx context.Context) (Fault, bool) {
	b.mu.Lock()
	f := b.mood.fault()
	if len(b.faults) > 0 {
		f, b.faults = b.faults[0], b.faults[1:]
	}
	b.mu.Unlock()
	return f, pause(ctx, time.Duration(f.Delay)*time.Millisecond)
}

// Line is the line to a fake: it loses calls before they arrive, which a server cannot do.
func (b *Base) Line(to http.RoundTripper) http.RoundTripper {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lined = true
	return line{b, to}
}

type line struct {
	base *Base
	to   http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (l line) RoundTrip(r *http.Request) (*http.Response, error) {
	f, ok := l.base.next(r, func(f Fault) bool { return f.Drop == "before" })
	if !ok {
		return l.to.RoundTrip(r)
	}
	if f.Hang != nil {
		close(f.Hang)
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return nil, ErrCut
}

// Refuse writes an error in the provider's own format.
type Refuse func(w http.ResponseWriter, f Fault)

// Serve carries out a call, unless a fault is due: then that happens.
func (b *Base) Serve(w http.ResponseWriter, r *http.Request, refuse Refuse, handle http.HandlerFunc) {
	f, ok := b.next(r, func(f Fault) bool { return f.Drop != "before" || !b.lined })
	if !ok {
		mood, _ := b.Moods()
		f = mood.fault()
	}
	if !pause(r.Context(), time.Duration(f.Delay)*time.Millisecond) {
		return
	}
	switch {
	case f.Status != 0:
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
		}
		refuse(w, f)
	case f.Drop != "":
		if f.Drop == "after" {
			handle(httptest.NewRecorder(), r)
		}
		if f.Hang != nil {
			close(f.Hang)
			<-r.Context().Done()
		}
		// The connection is closed without an answer.
		panic(http.ErrAbortHandler)
	default:
		handle(w, r)
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
