package simulation

import (
	"math"
	"math/rand/v2"
	"time"

	"seax/internal/plan"
)

// Distribution is how long something takes.
type Distribution struct {
	// Kind is exponential (default), constant, uniform (from 0 to twice the mean) or lognormal.
	Kind string   `json:"kind,omitempty"`
	Mean Duration `json:"mean"`
	// CV is the coefficient of variation of lognormal: standard deviation by mean; default 1.
	CV float64 `json:"cv,omitempty"`
}

// Limits of distributions: means, and what is drawn.
const (
	maxMean  = 366 * 24 * time.Hour
	maxDrawn = 10 * 366 * 24 * time.Hour
	maxCV    = 100
)

func (d Distribution) check(at string, wrong *plan.Problems) {
	switch d.Kind {
	case "", "exponential", "constant", "uniform", "lognormal":
	default:
		add(wrong, at+".kind", "there is no kind %q; there are exponential, constant, uniform and lognormal", d.Kind)
	}
	if d.Mean <= 0 || time.Duration(d.Mean) > maxMean {
		add(wrong, at+".mean", "must be more than 0, and at most a year")
	}
	if !(d.CV >= 0 && d.CV <= maxCV) {
		add(wrong, at+".cv", "must be from 0 to %d", maxCV)
	}
}

// draw draws one.
func (d Distribution) draw(dice *rand.Rand) time.Duration {
	mean := float64(d.Mean)
	switch d.Kind {
	case "constant":
		return time.Duration(d.Mean)
	case "uniform":
		return time.Duration(2 * mean * dice.Float64())
	case "lognormal":
		// With variance s² of the logarithm: mean = exp(m + s²/2), cv² = exp(s²) - 1.
		variance := math.Log(1 + math.Pow(or(d.CV, 1), 2))
		return time.Duration(min(mean*math.Exp(math.Sqrt(variance)*dice.NormFloat64()-variance/2), float64(maxDrawn)))
	default:
		return time.Duration(min(mean*dice.ExpFloat64(), float64(maxDrawn)))
	}
}
