package simulation

import (
	"context"
	"maps"
	"math"
)

// Comparison is two runs side by side.
type Comparison struct {
	Before Result `json:"before"`
	After  Result `json:"after"`
	// Paired: both met the same customers, so differences are those of each customer, and chance plays a much smaller part.
	Paired bool `json:"paired"`
	// Differences of all customers, by queue and by skill, and of how agents were used.
	All    []Difference            `json:"all"`
	Queues map[string][]Difference `json:"queues"`
	Skills map[string][]Difference `json:"skills"`
}

// Difference is how one figure differs, after less before.
type Difference struct {
	// What is customers, service_level, left_share, mean_wait_s, p50_s, p95_s, longest_s, mean_queue, occupancy or spread.
	What   string  `json:"what"`
	Before float64 `json:"before"`
	After  float64 `json:"after"`
	Change float64 `json:"change"`
	// Within holds the true change with 99 % confidence; nil: nothing is known of how much of it is chance.
	Within *Interval `json:"within,omitempty"`
}

// Certain reports whether the change is more than chance.
func (d Difference) Certain() bool { return d.Within != nil && !d.Within.Contains(0) }

// Compare runs two scenarios with the same seed. Where arrivals are the same, they meet the same customers at the same times.
func Compare(ctx context.Context, before, after Scenario, seed uint64) (Comparison, error) {
	first, err := simulate(ctx, &before, seed, nil)
	if err != nil {
		return Comparison{}, err
	}
	second, err := simulate(ctx, &after, seed, nil)
	if err != nil {
		return Comparison{}, err
	}
	c := Comparison{Before: first.results.result(first), After: second.results.result(second), Queues: map[string][]Difference{}, Skills: map[string][]Difference{}}
	p := pairing{first.results, second.results}
	c.Paired = p.same(c)
	all := func(*recorder, *outcome) bool { return true }
	c.All = append(p.differences(c, c.Before.All, c.After.All, all),
		difference("occupancy", c.Before.occupancy(), c.After.occupancy()),
		difference("spread", c.Before.Fairness.Spread, c.After.Fairness.Spread))
	for queue := range union(c.Before.Queues, c.After.Queues) {
		c.Queues[queue] = p.differences(c, c.Before.Queues[queue], c.After.Queues[queue], func(m *recorder, o *outcome) bool { return m.run.queues[o.queue].ID == queue })
	}
	for skill := range union(c.Before.Skills, c.After.Skills) {
		c.Skills[skill] = p.differences(c, c.Before.Skills[skill], c.After.Skills[skill], func(m *recorder, o *outcome) bool { return m.asked(o, skill) })
	}
	return c, nil
}

func union(a, b map[string]Service) map[string]Service {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// occupancy is that of all agents together.
func (r Result) occupancy() float64 {
	load, capacity := 0.0, 0.0
	for _, s := range r.Staffing {
		load, capacity = load+s.Capacity*s.Occupancy, capacity+s.Capacity
	}
	return share(load, capacity)
}

// pairing is two runs of which outcomes are compared one by one.
type pairing struct{ before, after *recorder }

func (p pairing) same(c Comparison) bool {
	return c.Before.Fingerprint == c.After.Fingerprint && len(p.before.outcomes) == len(p.after.outcomes)
}

// pair is one customer's outcomes.
type pair struct{ before, after *outcome }

func (p pairing) differences(c Comparison, before, after Service, of func(*recorder, *outcome) bool) []Difference {
	var pairs []pair
	if c.Paired {
		for i := range p.after.outcomes {
			if of(p.after, &p.after.outcomes[i]) {
				pairs = append(pairs, pair{&p.before.outcomes[i], &p.after.outcomes[i]})
			}
		}
	}
	tested := func(what string, x, y float64, within [2]Interval, value func(*recorder, *outcome) float64) Difference {
		d := difference(what, x, y)
		d.Within = p.within(d, pairs, within, value)
		return d
	}
	all := []Difference{
		difference("customers", float64(before.Customers), float64(after.Customers)),
		tested("service_level", before.Level, after.Level, [2]Interval{before.LevelWithin, after.LevelWithin},
			func(m *recorder, o *outcome) float64 { return indicator(m.inTime(o)) }),
		tested("left_share", before.LeftShare, after.LeftShare, [2]Interval{before.LeftWithin, after.LeftWithin},
			func(_ *recorder, o *outcome) float64 { return indicator(o.how != answered) }),
		tested("mean_wait_s", before.MeanWait, after.MeanWait, [2]Interval{before.MeanWaitWithin, after.MeanWaitWithin},
			func(_ *recorder, o *outcome) float64 { return float64(o.wait) }),
		difference("p50_s", before.P50, after.P50),
		difference("p95_s", before.P95, after.P95),
		difference("longest_s", before.Longest, after.Longest),
	}
	if len(before.Lengths)+len(after.Lengths) > 0 {
		all = append(all, difference("mean_queue", before.MeanQueue, after.MeanQueue))
	}
	return all
}

// within finds how sure a change is: by what it was for each customer, or, if they are not the same ones, by both intervals.
func (p pairing) within(d Difference, pairs []pair, both [2]Interval, value func(*recorder, *outcome) float64) *Interval {
	if len(pairs) >= batches {
		_, within := batchMeans(pairs, func(o *pair) float64 { return value(p.after, o.after) - value(p.before, o.before) })
		return &within
	}
	if margin := math.Hypot(both[0].Margin(), both[1].Margin()); margin > 0 && len(pairs) == 0 {
		return &Interval{d.Change - margin, d.Change + margin}
	}
	return nil
}

func difference(what string, before, after float64) Difference {
	return Difference{What: what, Before: before, After: after, Change: after - before}
}
