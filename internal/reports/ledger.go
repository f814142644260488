// Package reports keeps the numbers of the contact center: how queues and agents did, by the quarter of an hour. They are made
// from what was committed, never in the transactions that commit it: a Projector follows the events of conversations and the
// states of agents, and adds what each means. Rebuild makes them anew from the whole log and comes to the same, to the
// millisecond. docs/reports.md defines every number.
package reports

import (
	"time"

	"github.com/google/uuid"
)

// Step is the time that one set of numbers is for. Days of all time zones consist of such steps.
const Step = 15 * time.Minute

// everybody stands in the agent's place of numbers for all agents together, and for what no agent had a part in.
var everybody uuid.UUID

// Counts are what happened in one step in one queue on one channel, with one agent or with everybody. Fields ending in Ms are sums
// of milliseconds. Each is a column of report_counts.
type Counts struct {
	Entered        int64 `json:"entered"`
	Answered       int64 `json:"answered"`
	AnsweredInTime int64 `json:"answered_in_time"`
	Abandoned      int64 `json:"abandoned"`
	AbandonedEarly int64 `json:"abandoned_early"`
	Overflowed     int64 `json:"overflowed"`
	Refused        int64 `json:"refused"`
	Moved          int64 `json:"moved"`
	Offered        int64 `json:"offered"`
	Accepted       int64 `json:"accepted"`
	Rejected       int64 `json:"rejected"`
	Missed         int64 `json:"missed"`
	Withdrawn      int64 `json:"withdrawn"`
	Handled        int64 `json:"handled"`
	Wrapped        int64 `json:"wrapped"`
	Transfers      int64 `json:"transfers"`
	Parked         int64 `json:"parked"`
	Returned       int64 `json:"returned"`
	FirstOffers    int64 `json:"first_offers"`
	FirstReplies   int64 `json:"first_replies"`
	Rated          int64 `json:"rated"`
	ToOfferMs      int64 `json:"to_offer_ms"`
	AnswerMs       int64 `json:"answer_ms"`
	AbandonMs      int64 `json:"abandon_ms"`
	ToAcceptMs     int64 `json:"to_accept_ms"`
	FirstReplyMs   int64 `json:"first_reply_ms"`
	HandleMs       int64 `json:"handle_ms"`
	WrapupMs       int64 `json:"wrapup_ms"`
	// Rating is a sum of thousandths of what could be given.
	Rating int64 `json:"rating"`
}

// Times are what agents did with their time in one step, in milliseconds. Each is a column of report_times.
type Times struct {
	Connected int64 `json:"connected_ms"`
	// Staffed: connected, and in a presence that offers work or with a conversation.
	Staffed int64 `json:"staffed_ms"`
	// Busy: connected, and with a conversation. Worked counts each of several at once.
	Busy   int64 `json:"busy_ms"`
	Worked int64 `json:"worked_ms"`
}

// place is what numbers are for.
type place struct {
	Agent   uuid.UUID `json:"agent_id"`
	At      time.Time `json:"at"`
	Queue   string    `json:"queue_id"`
	Channel string    `json:"channel_id"`
}

type answerPlace struct {
	place
	Slot int `json:"slot"`
}

type rejectionPlace struct {
	place
	Reason string `json:"reason"`
}

type timePlace struct {
	Agent    uuid.UUID `json:"agent_id"`
	At       time.Time `json:"at"`
	Presence string    `json:"presence"`
}

// ledger gathers what is to be added to the numbers.
type ledger struct {
	counts     map[place]*Counts
	answers    map[answerPlace]int64
	rejections map[rejectionPlace]int64
	times      map[timePlace]*Times
}

func newLedger() *ledger {
	return &ledger{
		counts: map[place]*Counts{}, answers: map[answerPlace]int64{}, rejections: map[rejectionPlace]int64{}, times: map[timePlace]*Times{},
	}
}

func (l *ledger) empty() bool { return len(l.counts) == 0 && len(l.times) == 0 }

// stepOf is the step a time is in.
func stepOf(at time.Time) time.Time { return at.UTC().Truncate(Step) }

// both calls add with the agent's place and with everybody's.
func (p place) both(add func(place)) {
	p.At = stepOf(p.At)
	add(p)
	if p.Agent != everybody {
		p.Agent = everybody
		add(p)
	}
}

func (l *ledger) count(at place, add func(*Counts)) {
	at.both(func(p place) {
		c, ok := l.counts[p]
		if !ok {
			c = &Counts{}
			l.counts[p] = c
		}
		add(c)
	})
}

func (l *ledger) answer(at place, took time.Duration) {
	at.both(func(p place) { l.answers[answerPlace{p, slotOf(took)}]++ })
}

func (l *ledger) rejection(at place, reason string) {
	at.both(func(p place) { l.rejections[rejectionPlace{p, reason}]++ })
}

func (l *ledger) time(at timePlace, t Times) {
	for _, agent := range [...]uuid.UUID{at.Agent, everybody} {
		at.Agent = agent
		sum, ok := l.times[at]
		if !ok {
			sum = &Times{}
			l.times[at] = sum
		}
		sum.add(t)
	}
}

func (t *Times) add(other Times) {
	t.Connected += other.Connected
	t.Staffed += other.Staffed
	t.Busy += other.Busy
	t.Worked += other.Worked
}
