// Package rehearsal tries a changed plan on the customers of an earlier time: it records them, and simulates them as things are
// set up and with the change, so that the difference is seen before customers meet it.
package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"seax/api/spec"
	"seax/internal/directory"
	"seax/internal/plan"
	"seax/internal/recording"
	"seax/internal/setup"
	"seax/internal/simulation"
	"seax/internal/simulation/scenario"
)

// What keeps a plan from being tried.
var (
	// ErrNothing: nobody came for a person in that time, nobody worked, or nobody was answered; the text says which.
	ErrNothing = errors.New("there is nothing to simulate")
	// ErrUnused: nobody who came goes by the plan.
	ErrUnused = errors.New("nobody who came in this time goes by the plan")
	// ErrTooMuch: more came than is simulated at a time.
	ErrTooMuch = errors.New("more came than is simulated at a time")
)

// most is how many arrivals are simulated at a time: some seconds of computing.
const most = 100_000

// Change is what is tried, and on whom.
type Change struct {
	// Plan takes the place of the one of its id, or is added. It has been checked.
	Plan spec.Plan
	// Queues are those whose customers go by it too, whatever they went by.
	Queues   []string
	From, To time.Time
	// Zone is where hours of the day are counted.
	Zone *time.Location
	// Within is the service level's time.
	Within time.Duration
	Seed   uint64
}

// Outcome is what came of it.
type Outcome struct {
	// Recorded are the customers as they came in fact, Agents who worked.
	Recorded *simulation.Recording
	// ByPlan counts who goes by the plan, LeftOut who came for queues that are no longer there.
	ByPlan, LeftOut int
	Comparison      simulation.Comparison
}

// Rehearse tries a change. It computes for seconds; when ctx ends, so does it.
func Rehearse(ctx context.Context, pool *pgxpool.Pool, d *directory.Directory, c Change) (Outcome, error) {
	var out Outcome
	recorded, err := recording.Read(ctx, pool, recording.Options{From: c.From, To: c.To, Most: most, Zone: c.Zone})
	if errors.Is(err, recording.ErrTooMany) {
		return out, fmt.Errorf("%w: more than %d", ErrTooMuch, most)
	}
	if err != nil {
		return out, err
	}
	settings, err := settingsOf(ctx, d)
	if err != nil {
		return out, err
	}
	base := simulation.Scenario{
		Name: "today", TimeZone: c.Zone.String(), Start: c.From, Duration: simulation.Duration(c.To.Sub(c.From)), Answered: simulation.Duration(c.Within), Agents: recorded.Agents,
	}
	scenario.Adopt(&base, settings, nil)
	out.Recorded = recorded
	if out.LeftOut = fit(recorded, &base); len(recorded.Arrivals) == 0 {
		return out, fmt.Errorf("%w: nobody came for a person in this time", ErrNothing)
	}
	if len(recorded.Agents) == 0 {
		return out, fmt.Errorf("%w: nobody worked in this time", ErrNothing)
	}
	if !slices.ContainsFunc(recorded.Arrivals, func(a simulation.Arrival) bool { return a.Answered }) {
		return out, fmt.Errorf("%w: nobody was answered in this time, so nothing is known of how long conversations take", ErrNothing)
	}
	before, after := base, base
	before.Recorded = &simulation.Recorded{Recording: recorded}
	after.Name = "changed"
	after.Plans = append(slices.DeleteFunc(slices.Clone(base.Plans), func(p plan.Plan) bool { return p.ID == c.Plan.Id }), setup.PlanOf(c.Plan))
	changed := *recorded
	changed.Arrivals = slices.Clone(recorded.Arrivals)
	for i := range changed.Arrivals {
		a := &changed.Arrivals[i]
		if slices.Contains(c.Queues, a.Queue) {
			a.Plan = c.Plan.Id
		}
		if a.Plan == c.Plan.Id {
			out.ByPlan++
		}
	}
	if out.ByPlan == 0 {
		return out, ErrUnused
	}
	after.Recorded = &simulation.Recorded{Recording: &changed}
	for _, s := range []*simulation.Scenario{&before, &after} {
		// Each has its own: defaults are filled in.
		s.Agents, s.Queues = slices.Clone(s.Agents), slices.Clone(s.Queues)
		if err := s.Complete(); err != nil {
			return out, err
		}
	}
	out.Comparison, err = simulation.Compare(ctx, before, after, c.Seed)
	return out, err
}

// settingsOf reads what is set up.
func settingsOf(ctx context.Context, d *directory.Directory) (f setup.File, err error) {
	if f.Skills, err = d.Skills(ctx); err != nil {
		return f, err
	}
	if f.Queues, err = d.Queues(ctx); err != nil {
		return f, err
	}
	f.Plans, err = d.Plans(ctx)
	return f, err
}

// fit brings a recording in line with what there is now: who came for a queue that is gone is left out, and how many that are it
// says; a plan or skill that is gone is not asked for.
func fit(r *simulation.Recording, s *simulation.Scenario) (leftOut int) {
	queues, plans, skills := map[string]bool{}, map[string]bool{"": true}, map[string]bool{}
	for _, q := range s.Queues {
		queues[q.ID] = true
	}
	for _, p := range s.Plans {
		plans[p.ID] = true
	}
	for _, skill := range s.Skills {
		skills[skill] = true
	}
	gone := func(skill string, _ int) bool { return !skills[skill] }
	came := len(r.Arrivals)
	r.Arrivals = slices.DeleteFunc(r.Arrivals, func(a simulation.Arrival) bool { return !queues[a.Queue] })
	for i := range r.Arrivals {
		a := &r.Arrivals[i]
		if !plans[a.Plan] {
			a.Plan = ""
		}
		maps.DeleteFunc(a.Skills, gone)
		maps.DeleteFunc(a.Preferred, gone)
	}
	return came - len(r.Arrivals)
}
