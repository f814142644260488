package pacing_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"seax/connectors"
	"seax/internal/clocktest"
	"seax/internal/pacing"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestWithoutALimitNothingWaits(t *testing.T) {
	t.Parallel()
	p := pacing.New(clocktest.At(start).Now)
	for range 10_000 {
		require.Zero(t, p.Take("a", "x", connectors.Pace{}))
	}
}

func TestAnAccountKeepsItsRate(t *testing.T) {
	t.Parallel()
	clock := clocktest.At(start)
	p, pace := pacing.New(clock.Now), connectors.Pace{PerSecond: 2, Burst: 3}
	for i := range 3 {
		require.Zero(t, p.Take("a", fmt.Sprint(i), pace))
	}
	require.Equal(t, 500*time.Millisecond, p.Take("a", "x", pace))
	require.Equal(t, 500*time.Millisecond, p.Take("a", "x", pace), "who only asks uses nothing up")
	require.Zero(t, p.Take("b", "x", pace), "another account has a rate of its own")
	clock.Pass(500 * time.Millisecond)
	require.Zero(t, p.Take("a", "x", pace))
	require.Positive(t, p.Take("a", "x", pace))
	require.Zero(t, p.Take("a", "x", connectors.Pace{PerSecond: 100}), "a new rate holds at once")
}

func TestACustomerIsNotFlooded(t *testing.T) {
	t.Parallel()
	clock := clocktest.At(start)
	p, pace := pacing.New(clock.Now), connectors.Pace{ContactEvery: 6 * time.Second, ContactBurst: 2}
	require.Zero(t, p.Take("a", "x", pace))
	require.Zero(t, p.Take("a", "x", pace))
	require.Equal(t, 6*time.Second, p.Take("a", "x", pace))
	require.Zero(t, p.Take("a", "y", pace))
	clock.Pass(6 * time.Second)
	require.Zero(t, p.Take("a", "x", pace))
}

// However messages come, no stretch of time has more of them than the rate and the burst allow.
func TestNoStretchOfTimeHasTooMany(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		clock := clocktest.At(start)
		p := pacing.New(clock.Now)
		pace := connectors.Pace{PerSecond: rapid.Float64Range(0.5, 50).Draw(r, "rate"), Burst: rapid.IntRange(1, 10).Draw(r, "burst")}
		var at []time.Duration
		var now time.Duration
		for range rapid.IntRange(1, 100).Draw(r, "messages") {
			for wait := p.Take("a", "x", pace); wait > 0; wait = p.Take("a", "x", pace) {
				clock.Pass(wait)
				now += wait
			}
			at = append(at, now)
			pause := time.Duration(rapid.IntRange(0, 2000).Draw(r, "pause")) * time.Millisecond
			clock.Pass(pause)
			now += pause
		}
		for i := range at {
			for j := i; j < len(at); j++ {
				require.LessOrEqual(r, float64(j-i+1), float64(pace.Burst)+pace.PerSecond*(at[j]-at[i]).Seconds()+1e-6)
			}
		}
	})
}
