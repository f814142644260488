package simulation

import (
	"math"
	"math/rand/v2"
	"time"
)

// Distribution is how long something takes.
type Distribution struct {
	// Kind is exponential (default), constant, uniform (from 0 to twice the mean) or lognormal.
	Kind string   `yaml:"kind"`
	Mean Duration `yaml:"mean"`
	// CV is the coefficient of variation of lognormal: standard deviation by mean; default 1.
	CV float64 `yaml:"cv"`
}

func (d Distribution) problems(at string) (wrong []string) {
	switch d.Kind {
	case "", "exponential", "constant", "uniform", "lognormal":
	default:
		wrong = append(wrong, at+`: there is no kind "`+d.Kind+`"; there are exponential, constant, uniform and lognormal`)
	}
	if d.Mean <= 0 {
		wrong = append(wrong, at+": mean must be more than 0")
	}
	if d.CV < 0 {
		wrong = append(wrong, at+": cv is negative")
	}
	return wrong
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
		return time.Duration(mean * math.Exp(math.Sqrt(variance)*dice.NormFloat64()-variance/2))
	default:
		return time.Duration(mean * dice.ExpFloat64())
	}
}
