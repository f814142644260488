package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"seax/api/spec"
	"seax/internal/rehearsal"
)

// simulations lets supervisors try a changed plan on the customers of an earlier time, one at a time per process.
type simulations struct {
	deps Deps
	// running holds what runs.
	running chan struct{}
}

// Limits of a simulation: the time it looks at, how long it may take, and when to try again while another runs.
const (
	longestRehearsal  = 31 * 24 * time.Hour
	rehearsalTimeout  = 45 * time.Second
	rehearsalAgainIn  = 5
	defaultWithin     = 20
	defaultSimulation = 1
)

var errTooLong = errors.New("the simulation took too long")

// Simulate answers when the simulation is over; it ends when the caller goes.
func (h simulations) Simulate(ctx context.Context, r spec.SimulateRequestObject) (spec.SimulateResponseObject, error) {
	change, err := changeOf(*r.Body)
	if err != nil {
		return nil, err
	}
	if err := h.deps.Directory.CheckPlan(ctx, r.Body.Plan); err != nil {
		return nil, err
	}
	select {
	case h.running <- struct{}{}:
		defer func() { <-h.running }()
	default:
		p := problem(http.StatusTooManyRequests, "throttled", "Another simulation is running. Try again in some seconds.")
		seconds := rehearsalAgainIn
		p.RetryAfter = &seconds
		return nil, p
	}
	ctx, cancel := context.WithTimeoutCause(ctx, rehearsalTimeout, errTooLong)
	defer cancel()
	out, err := rehearsal.Rehearse(ctx, h.deps.Pool, h.deps.Directory, change)
	switch {
	case errors.Is(err, rehearsal.ErrNothing):
		return nil, invalid("from", "%s", sentence(err, rehearsal.ErrNothing))
	case errors.Is(err, rehearsal.ErrUnused):
		return nil, invalid("queues", "Nobody who came in this time goes by this plan. Name the queues whose customers are to go by it.")
	case errors.Is(err, rehearsal.ErrTooMuch), err != nil && errors.Is(context.Cause(ctx), errTooLong):
		return nil, problem(http.StatusRequestEntityTooLarge, "too_large", "This is more than can be simulated at a time. Choose a shorter time.")
	case err != nil && ctx.Err() != nil:
		return nil, problem(http.StatusServiceUnavailable, "unavailable", "The simulation was canceled.")
	case err != nil:
		return nil, err
	}
	return spec.Simulate200JSONResponse(simulationOut(out, change.Within)), nil
}

func changeOf(in spec.SimulationRequest) (rehearsal.Change, error) {
	c := rehearsal.Change{
		Plan: in.Plan, Queues: value(in.Queues), From: in.From, To: in.To, Seed: defaultSimulation, Within: defaultWithin * time.Second,
	}
	if in.Seed != nil {
		c.Seed = uint64(*in.Seed)
	}
	if in.AnsweredWithinS != nil {
		c.Within = time.Duration(*in.AnsweredWithinS) * time.Second
	}
	switch length := c.To.Sub(c.From); {
	case length <= 0:
		return c, invalid("to", "The time ends before it begins.")
	case length > longestRehearsal:
		return c, invalid("to", "The time may be 31 days at most.")
	}
	name := or(value(in.TimeZone), "UTC")
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return c, invalid("time_zone", "There is no time zone %q. Use an IANA name like Asia/Seoul.", name)
	}
	c.Zone = zone
	return c, nil
}

func simulationOut(out rehearsal.Outcome, within time.Duration) spec.Simulation {
	var waits []time.Duration
	var sum time.Duration
	answered, inTime := 0, 0
	for _, a := range out.Recorded.Arrivals {
		wait := time.Duration(a.Waited)
		waits = append(waits, wait)
		sum += wait
		if a.Answered {
			answered++
			if wait <= within {
				inTime++
			}
		}
	}
	slices.Sort(waits)
	n := float64(len(waits))
	at := func(share float64) float64 { return waits[min(int(share*n), len(waits)-1)].Seconds() }
	return spec.Simulation{
		ByPlan: out.ByPlan, LeftOut: out.LeftOut, Comparison: out.Comparison,
		Recorded: spec.SimulationRecorded{
			Customers: len(waits), Answered: answered, LeftShare: 1 - float64(answered)/n, ServiceLevel: float64(inTime) / n,
			MeanWaitS: sum.Seconds() / n, P50S: at(0.5), P95S: at(0.95), Agents: len(out.Recorded.Agents),
		},
	}
}
