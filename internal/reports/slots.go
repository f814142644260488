package reports

import (
	"math"
	"slices"
	"time"
)

// Slots is a histogram of durations on a logarithmic scale: how many there were, by slot. Histograms are merged by adding. A slot is a
// tenth wider than the one before it, so what is read from one is off by 5 % at most.
type Slots map[int]int64

// slotStarts are the first milliseconds of the slots; the first slot holds everything below a tenth of a second. They are made with
// whole numbers, so that every machine has the same.
var slotStarts = func() []int64 {
	starts := []int64{0}
	for at := int64(100); at < int64(math.MaxInt64/time.Millisecond/2); at += at / 10 {
		starts = append(starts, at)
	}
	return starts
}()

func slotOf(d time.Duration) int {
	n, found := slices.BinarySearch(slotStarts, d.Milliseconds())
	if found {
		return n
	}
	return max(0, n-1)
}

// Quantile estimates the duration that a share q (0 to 1) of all are not longer than; 0 when there are none.
func (s Slots) Quantile(q float64) time.Duration {
	var total int64
	for _, n := range s {
		total += n
	}
	if total == 0 {
		return 0
	}
	rank := max(1, int64(math.Ceil(q*float64(total))))
	slots := make([]int, 0, len(s))
	for slot := range s {
		slots = append(slots, slot)
	}
	slices.Sort(slots)
	for _, slot := range slots {
		if rank -= s[slot]; rank <= 0 {
			return middle(slot)
		}
	}
	return middle(slots[len(slots)-1])
}

// middle is the duration a slot stands for.
func middle(slot int) time.Duration {
	slot = min(max(slot, 0), len(slotStarts)-2)
	return time.Duration((slotStarts[slot]+slotStarts[slot+1])/2) * time.Millisecond
}
