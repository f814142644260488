package reports

import (
	"math"
	"time"

	"seax/api/spec"
)

// tally is what was counted for one line of a report.
type tally struct {
	Counts
	answers    Slots
	rejections map[string]int
	// times are by presence; nil: whose time it was cannot be told.
	times map[string]Times
}

func newTally() *tally { return &tally{answers: Slots{}, rejections: map[string]int{}} }

func (t *tally) time(presence string, spent Times) {
	if t.times == nil {
		t.times = map[string]Times{}
	}
	sum := t.times[presence]
	sum.add(spent)
	t.times[presence] = sum
}

func (t *tally) merge(other *tally) {
	sums, more := t.values(), other.values()
	for i := range sums {
		*sums[i] += *more[i]
	}
	for slot, n := range other.answers {
		t.answers[slot] += n
	}
	for reason, n := range other.rejections {
		t.rejections[reason] += n
	}
	for presence, spent := range other.times {
		t.time(presence, spent)
	}
}

// numbers works out what people read from what was counted.
func (t *tally) numbers() spec.Numbers {
	n := spec.Numbers{
		Entered: int(t.Entered), Answered: int(t.Answered), AnsweredInTime: int(t.AnsweredInTime), Abandoned: int(t.Abandoned),
		Overflowed: int(t.Overflowed), Refused: int(t.Refused), Moved: int(t.Moved),
		Offered: int(t.Offered), Accepted: int(t.Accepted), Rejected: int(t.Rejected), Missed: int(t.Missed), Withdrawn: int(t.Withdrawn),
		Handled: int(t.Handled), Transfers: int(t.Transfers), Parked: int(t.Parked), Returned: int(t.Returned), Rated: int(t.Rated),
		ServiceLevel: share(t.AnsweredInTime, t.Answered+t.Abandoned-t.AbandonedEarly),
		ToOfferS:     mean(t.ToOfferMs, t.FirstOffers), AnswerS: mean(t.AnswerMs, t.Answered), AbandonS: mean(t.AbandonMs, t.Abandoned),
		ToAcceptS: mean(t.ToAcceptMs, t.Accepted), FirstReplyS: mean(t.FirstReplyMs, t.FirstReplies),
		HandleS: mean(t.HandleMs, t.Handled), WrapupS: mean(t.WrapupMs, t.Wrapped),
	}
	if t.Rated > 0 {
		n.Rating = rounded(5*float64(t.Rating)/float64(1000*t.Rated), 100)
	}
	if len(t.answers) > 0 {
		n.AnswerP50S = rounded(t.answers.Quantile(0.5).Seconds(), 10)
		n.AnswerP95S = rounded(t.answers.Quantile(0.95).Seconds(), 10)
	}
	if len(t.rejections) > 0 {
		n.RejectedBy = &t.rejections
	}
	if t.times != nil {
		t.describeTime(&n)
	}
	return n
}

func (t *tally) describeTime(n *spec.Numbers) {
	var all Times
	presences := make(map[string]int, len(t.times))
	for presence, spent := range t.times {
		all.add(spent)
		presences[presence] = seconds(spent.Connected)
	}
	connected, staffed, busy := seconds(all.Connected), seconds(all.Staffed), seconds(all.Busy)
	n.ConnectedS, n.StaffedS, n.BusyS, n.PresenceS = &connected, &staffed, &busy, &presences
	n.Occupancy = share(all.Busy, all.Staffed)
	if all.Busy > 0 {
		n.Concurrency = rounded(float64(all.Worked)/float64(all.Busy), 100)
	}
}

func seconds(ms int64) int { return int(math.Round(float64(ms) / 1000)) }

// mean is in seconds, to a tenth; nil: there is nothing to take one of.
func mean(ms, n int64) *float64 {
	if n == 0 {
		return nil
	}
	return rounded(float64(ms)/float64(n)/float64(time.Second/time.Millisecond), 10)
}

// share is between 0 and 1, to a hundredth of a percent; nil: of nothing.
func share(part, of int64) *float64 {
	if of <= 0 {
		return nil
	}
	return rounded(float64(part)/float64(of), 10_000)
}

func rounded(v, to float64) *float64 {
	v = math.Round(v*to) / to
	return &v
}
