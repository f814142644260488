package simulation

import (
	"math"
	"time"
)

// ErlangC is the M/M/n queue, what a simulation of one kind of customers and agents must come to: the probability of waiting, the mean wait and the share answered within a time. load is the
// offered load by n, handle the mean handle time (Erlang 1917; Gross and Harris, Fundamentals of Queueing Theory, 2.3).
func ErlangC(n int, load float64, handle, within time.Duration) (waits, meanWait, level float64) {
	offered := load * float64(n)
	// Erlang B by its recursion, which no factorial overflows, then C from B.
	blocked := 1.0
	for k := 1; k <= n; k++ {
		blocked = offered * blocked / (float64(k) + offered*blocked)
	}
	waits = blocked / (1 - load*(1-blocked))
	spare := float64(n) * (1 - load) / handle.Seconds()
	return waits, waits / spare, 1 - waits*math.Exp(-spare*within.Seconds())
}

// ErlangA is M/M/n+M: with patience that is exponential too, the share who leave and the mean time in the queue of all who
// came, by summing the birth-death chain (Palm 1957; Mandelbaum and Zeltyn 2007).
func ErlangA(n int, load float64, handle, patience time.Duration) (leave, meanWait float64) {
	arrival, serve, lose := load*float64(n)/handle.Seconds(), 1/handle.Seconds(), 1/patience.Seconds()
	// Weights relative to the state in which all are busy and nobody waits.
	total, waiting := 1.0, 0.0
	for k, weight := n, 1.0; k > 0; k-- {
		weight *= float64(k) * serve / arrival
		total += weight
	}
	for q, weight := 1, 1.0; q < 100_000; q++ {
		weight *= arrival / (float64(n)*serve + float64(q)*lose)
		total += weight
		waiting += float64(q) * weight
		if weight < 1e-15*total && q > 10 {
			break
		}
	}
	queue := waiting / total
	return lose * queue / arrival, queue / arrival
}

// Theory is what a run of one kind of customers and agents must come to.
type Theory struct {
	// Agents, their offered load by their number, the mean handle time, the mean patience (0: they wait for ever), and the
	// service level's time.
	Agents           int
	Load             float64
	Handle, Patience time.Duration
	Within           time.Duration
}

// Scenario is a run that can be compared with the theory.
func (t Theory) Scenario(customers int) Scenario {
	s := Scenario{
		Customers: customers, Warmup: Duration(20 * t.Handle), Answered: Duration(t.Within),
		Arrivals: []Arrivals{{
			Customer: Customer{Queue: "q"}, PerHour: t.Load * float64(t.Agents) * time.Hour.Hours() / t.Handle.Hours(), Handle: Distribution{Mean: Duration(t.Handle)},
		}},
		Agents: []Agents{{Name: "agents", Count: t.Agents, Queues: map[string]int{"q": 1}}},
	}
	if t.Patience > 0 {
		s.Arrivals[0].Patience = &Distribution{Mean: Duration(t.Patience)}
	}
	return s
}

// Check is one figure of a run beside the theory's.
type Check struct {
	What      string
	Want, Got float64
	// Holds: within 2 %, or inside the run's own 99 % interval. What fewer than ten customers are expected to meet with, a run
	// cannot tell: then it holds when only a few did.
	Holds bool
}

// Off is how far the run is from the theory, as a share.
func (c Check) Off() float64 { return math.Abs(c.Got-c.Want) / c.Want }

// Figures of a run that are too rare to be told from nothing.
const (
	rare = 10
	few  = 5 * rare
)

// Check compares a run of Scenario with Erlang C, or with patience with Erlang A.
func (t Theory) Check(r Result) []Check {
	n := float64(r.All.Customers)
	check := func(what string, want, got float64, within Interval, unit float64) Check {
		holds := math.Abs(got-want) <= 0.02*want || within.Contains(want)
		if want*n/unit < rare {
			holds = math.Abs(got-want) <= few*unit/n
		}
		return Check{what, want, got, holds}
	}
	if t.Patience > 0 {
		leave, wait := ErlangA(t.Agents, t.Load, t.Handle, t.Patience)
		return []Check{
			check("share who leave", leave, r.All.LeftShare, r.All.LeftWithin, 1),
			check("mean wait", wait, r.All.MeanWait, r.All.MeanWaitWithin, t.Patience.Seconds()),
		}
	}
	waits, wait, level := ErlangC(t.Agents, t.Load, t.Handle, t.Within)
	late := check("share answered late", 1-level, 1-r.All.Level, Interval{1 - r.All.LevelWithin.High, 1 - r.All.LevelWithin.Low}, 1)
	return []Check{
		check("share who wait", waits, r.All.Waited, r.All.WaitedWithin, 1),
		check("mean wait", wait, r.All.MeanWait, r.All.MeanWaitWithin, t.Handle.Seconds()/float64(t.Agents)),
		{"service level", level, r.All.Level, late.Holds || math.Abs(r.All.Level-level) <= 0.02*level},
	}
}
