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
