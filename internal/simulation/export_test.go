package simulation

import (
	"context"
	"math/rand/v2"
	"time"
)

// Moment is something that happened to a customer.
type Moment struct {
	At       time.Duration
	What     string
	Customer int
	Agent    string
	// Queue and Step are where the customer is, Load and Capacity the agent's.
	Queue          string
	Step           int
	Load, Capacity int
}

// Came is a customer, as they came.
type Came struct {
	Serial           int
	At               time.Duration
	Handle, Patience time.Duration
	WaitsAnyway      bool
	Asked            Customer
	// Contact tells people apart; nil: somebody who comes once.
	Contact any
}

// Trace runs a scenario and tells all that happened.
func Trace(ctx context.Context, s Scenario, seed uint64) (came []Came, moments []Moment, err error) {
	_, err = simulate(ctx, &s, seed, func(r *run, what string, c *customer, a *agent) {
		m := Moment{At: r.now, What: what, Customer: c.serial, Step: c.step}
		if a != nil {
			m.Agent, m.Load, m.Capacity = a.Name, a.Load, a.Capacity
		}
		if c.queue != nil {
			m.Queue = c.queue.ID
		}
		if what == "came" {
			one := Came{Serial: c.serial, At: c.came, Handle: c.handle, Patience: c.patience, WaitsAnyway: c.waitsAnyway, Asked: *c.visit.Customer}
			if c.contact != nil {
				one.Contact = c.contact
			}
			came = append(came, one)
		}
		moments = append(moments, m)
	})
	return came, moments, err
}

func dice(seed uint64, customer, offer, about int) *rand.Rand {
	r := &run{seed: seed, fates: rand.NewPCG(0, 0)}
	r.fateDice = rand.New(r.fates)
	return r.fate(customer, offer, about)
}

// React says what somebody does about an offer: accepts, rejects or misses it.
func React(h *Habits, seed uint64, customer, offer int, timeout time.Duration) (string, time.Duration) {
	what, after := h.react(dice(seed, customer, offer, reaction), timeout)
	return map[any]string{accepts: "accepted", rejects: "rejected", misses: "missed"}[what], after
}

// BackAfter says how long somebody stays away who missed too many offers.
func BackAfter(h *Habits, seed uint64, customer, offer int) time.Duration {
	return h.Back.draw(dice(seed, customer, offer, absence)).Truncate(tick)
}

// The timings of routing that a simulation goes by.
const (
	Exclusion = exclusion
	TooMany   = tooMany
	KnownFor  = knownFor
)
