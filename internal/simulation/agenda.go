package simulation

import (
	"container/heap"
	"time"
)

// event is something that will happen.
type event struct {
	at     time.Duration
	serial int
	what   what
	// What it happens to; by what it is, one of these.
	source   int
	kind     int
	customer *customer
	agent    *agent
	offer    *offer
	// turn is what customer.turn or agent.absences was when it was planned: another value, and it does not happen.
	turn int
}

type what int

const (
	// arrives: the next customer of a source comes. leaves: a customer's patience is over.
	arrives what = iota
	leaves
	// accepts, rejects, misses: an offer is answered, or its time is up.
	accepts
	rejects
	misses
	// ends: a conversation is over, wrap-up included.
	ends
	// steps: the time of a plan's step is up. rematches: somebody may have become eligible by the passing of time.
	steps
	rematches
	// shifts: a shift of a kind of agents begins or ends. returns: an agent who did not respond is back.
	shifts
	returns
)

// agenda holds events in the order in which they happen.
type agenda []*event

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	if a[i].at != a[j].at {
		return a[i].at < a[j].at
	}
	return a[i].serial < a[j].serial
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(e any)   { *a = append(*a, e.(*event)) }
func (a *agenda) Pop() any {
	old := *a
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*a = old[:len(old)-1]
	return last
}

// tick is the step in which time goes, as it does in Postgres.
const tick = time.Microsecond

// plan puts an event on the agenda, after a time from now on.
func (r *run) plan(after time.Duration, e event) {
	r.serial++
	e.at, e.serial = (r.now + max(after, 0)).Truncate(tick), r.serial
	heap.Push(&r.agenda, &e)
}
