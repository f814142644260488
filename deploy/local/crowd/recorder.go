package crowd

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// What is measured. Each counts from when it was due.
const (
	// Accepted: a customer's message until the server has acknowledged it.
	Accepted = "customer's message acknowledged"
	// Seen: a customer's message until the owner's socket has it.
	Seen = "customer's message on the agent's screen"
	// Answered: an agent's reply until the customer's socket has it.
	Answered = "agent's reply on the customer's screen"
	// Offered: a customer's wish for a person until an agent's socket has the offer.
	Offered = "offer on an agent's screen"
	// Fetched counts what a customer had to fetch because their socket, though connected, had not brought it in time.
	Fetched = "missed by the customer's socket"
)

// Recorder collects latencies. The nil Recorder collects nothing. Safe for concurrent use.
type Recorder struct {
	mu    sync.Mutex
	begun map[[2]string]time.Time
	taken map[string][]time.Duration
}

// NewRecorder returns an empty recorder.
func NewRecorder() *Recorder {
	return &Recorder{begun: map[[2]string]time.Time{}, taken: map[string][]time.Duration{}}
}

// Reset forgets what was taken so far; what has begun still counts when it ends.
func (r *Recorder) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.taken)
}

func (r *Recorder) begin(kind, key string, due time.Time) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun[[2]string{kind, key}] = due
}

// end takes the time since begin; ends without a begin, and later ones, do not count.
func (r *Recorder) end(kind, key string) {
	if r == nil {
		return
	}
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	k := [2]string{kind, key}
	if due, ok := r.begun[k]; ok {
		delete(r.begun, k)
		r.taken[kind] = append(r.taken[kind], now.Sub(due))
	}
}

func (r *Recorder) add(kind string, took time.Duration) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken[kind] = append(r.taken[kind], took)
}

// Measured sums up one kind of latency.
type Measured struct {
	Kind               string
	N                  int
	P50, P90, P99, Max time.Duration
}

// Sum sums up times; there must be some.
func Sum(kind string, times []time.Duration) Measured {
	sorted := slices.Sorted(slices.Values(times))
	at := func(q float64) time.Duration { return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)] }
	return Measured{Kind: kind, N: len(sorted), P50: at(0.5), P90: at(0.9), P99: at(0.99), Max: sorted[len(sorted)-1]}
}

func (m Measured) String() string {
	round := func(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }
	return fmt.Sprintf("%-42s n=%d p50=%s p90=%s p99=%s max=%s", m.Kind, m.N, round(m.P50), round(m.P90), round(m.P99), round(m.Max))
}

// Of returns what was taken so far of one kind; zero: nothing.
func (r *Recorder) Of(kind string) Measured {
	for _, m := range r.Measured() {
		if m.Kind == kind {
			return m
		}
	}
	return Measured{Kind: kind}
}

// Measured returns what was taken so far, by kind.
func (r *Recorder) Measured() []Measured {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Measured
	for kind, times := range r.taken {
		all = append(all, Sum(kind, times))
	}
	slices.SortFunc(all, func(a, b Measured) int { return strings.Compare(a.Kind, b.Kind) })
	return all
}
