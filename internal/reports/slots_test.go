package reports

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestQuantilesAreOffByFivePercentAtMost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Int64Range(100, 30*24*3600*1000), 1, 200).Draw(t, "milliseconds")
		q := rapid.Float64Range(0, 1).Draw(t, "q")
		s := Slots{}
		for _, ms := range all {
			s[slotOf(time.Duration(ms)*time.Millisecond)]++
		}
		slices.Sort(all)
		exact := float64(all[max(0, int(math.Ceil(q*float64(len(all))))-1)])
		require.InEpsilon(t, exact, float64(s.Quantile(q).Milliseconds()), 0.051)
	})
}

func TestMergedHistogramsAreThoseOfEverythingTogether(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.SliceOf(rapid.Int64Range(0, 1e9))).Draw(t, "parts")
		whole, merged := newTally(), newTally()
		for _, part := range parts {
			one := newTally()
			for _, ms := range part {
				slot := slotOf(time.Duration(ms) * time.Millisecond)
				one.answers[slot]++
				whole.answers[slot]++
			}
			merged.merge(one)
		}
		require.Equal(t, whole.answers, merged.answers)
	})
}

func TestSlotsHoldWhatIsNothingAndWhatIsTooMuch(t *testing.T) {
	t.Parallel()
	require.Zero(t, Slots{}.Quantile(0.5))
	for _, d := range []time.Duration{0, time.Millisecond, 99 * time.Millisecond} {
		require.Zero(t, slotOf(d))
	}
	require.Equal(t, 1, slotOf(100*time.Millisecond))
	require.Equal(t, 1, slotOf(109*time.Millisecond))
	require.Equal(t, 2, slotOf(110*time.Millisecond))
	require.Positive(t, Slots{slotOf(math.MaxInt64): 1}.Quantile(1))
}
