package reports

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
)

// story is a conversation as it goes on, one event after the other.
type story struct {
	t      *testing.T
	ledger *ledger
	folder folder
	now    time.Time
	seq    int64
}

var (
	noon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	ana  = conversation.Person{ID: uuid.MustParse("11111111-1111-1111-1111-111111111111"), Name: "Ana"}
	tom  = conversation.Person{ID: uuid.MustParse("22222222-2222-2222-2222-222222222222"), Name: "Tom"}
)

func begin(t *testing.T) *story {
	t.Helper()
	l := newLedger()
	return &story{t: t, ledger: l, folder: folder{progress: &progress{}, ledger: l, channel: "chat"}, now: noon}
}

// after lets time pass, then something happens. What is known is written down and read again in between, as between two pages.
func (s *story) after(d time.Duration, kind conversation.Kind, body any, by ...conversation.Person) {
	s.t.Helper()
	encoded, err := json.Marshal(body)
	require.NoError(s.t, err)
	s.now, s.seq = s.now.Add(d), s.seq+1
	e := conversation.Event{Seq: s.seq, Kind: kind, Body: encoded, At: s.now}
	if len(by) > 0 {
		e.Actor = conversation.Actor{Kind: conversation.ByAgent, ID: by[0].ID.String()}
	}
	require.NoError(s.t, s.folder.fold(e))
	kept, err := json.Marshal(s.folder.progress)
	require.NoError(s.t, err)
	s.folder.progress = &progress{}
	require.NoError(s.t, json.Unmarshal(kept, s.folder.progress))
}

// offerTo has the conversation offered to somebody after a while and says which offer it is.
func (s *story) offerTo(who conversation.Person, after time.Duration) uuid.UUID {
	s.t.Helper()
	id := uuid.New()
	s.after(after, conversation.ReservationCreated, conversation.Reserved{ReservationID: id, Agent: who, Queue: s.folder.Wait.Queue})
	return id
}

func (s *story) accepted(who conversation.Person, id uuid.UUID, after time.Duration) {
	s.t.Helper()
	s.after(after, conversation.ReservationAccepted, conversation.ReservationEnd{ReservationID: id, Agent: who})
	s.after(0, conversation.Assigned, conversation.AssignedBody{Agent: who, ReservationID: id, Queue: s.folder.Queue})
}

// sum adds up what was counted for somebody in a queue, over all steps.
func (s *story) sum(agent uuid.UUID, queue string) Counts {
	var sum Counts
	for p, c := range s.ledger.counts {
		require.Equal(s.t, "chat", p.Channel)
		if p.Agent != agent || p.Queue != queue {
			continue
		}
		into, from := sum.values(), c.values()
		for i := range into {
			*into[i] += *from[i]
		}
	}
	return sum
}

// requested asks for somebody of the queue support, which promises an answer in 20 seconds.
var requested = conversation.Requested{Queue: "support", Turn: conversation.Turn{AnswerWithin: 20}}

func TestServedFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.after(0, conversation.RoutingRequested, requested)
	first := s.offerTo(ana, 2*time.Second)
	s.after(3*time.Second, conversation.ReservationRejected, conversation.ReservationEnd{ReservationID: first, Agent: ana, Reason: "lunch"})
	second := s.offerTo(tom, 0)
	s.accepted(tom, second, 10*time.Second)
	s.after(5*time.Second, conversation.AgentMessage, conversation.Message{Text: "hello"}, tom)
	s.after(5*time.Second, conversation.AgentMessage, conversation.Message{Text: "still here"}, tom)
	s.after(time.Minute, conversation.Wrapping, conversation.WrappingBody{})
	s.after(30*time.Second, conversation.Wrapped, conversation.WrappedBody{})
	s.after(time.Minute, conversation.Rated, conversation.Rating{Score: 4, Of: 5})
	s.after(0, conversation.Closed, conversation.Reasoned{})

	require.Equal(t, Counts{
		Entered: 1, Offered: 2, FirstOffers: 1, ToOfferMs: 2000, Rejected: 1, Accepted: 1, ToAcceptMs: 10_000,
		Answered: 1, AnsweredInTime: 1, AnswerMs: 15_000, FirstReplies: 1, FirstReplyMs: 20_000,
		Handled: 1, HandleMs: 100_000, Wrapped: 1, WrapupMs: 30_000, Rated: 1, Rating: 800,
	}, s.sum(everybody, "support"))
	require.Equal(t, Counts{Offered: 1, Rejected: 1}, s.sum(ana.ID, "support"))
	require.Equal(t, int64(1), s.sum(tom.ID, "support").Answered)
	require.Equal(t, int64(1), s.ledger.rejections[rejectionPlace{place{ana.ID, noon, "support", "chat"}, "lunch"}])
	require.Equal(t, int64(1), s.ledger.answers[answerPlace{place{everybody, noon, "support", "chat"}, slotOf(15 * time.Second)}])
}

func TestWaitsThatEndOtherwise(t *testing.T) {
	t.Parallel()
	within := 20 * time.Second
	for name, test := range map[string]struct {
		end  func(s *story)
		want Counts
	}{
		"gives up soon":  {func(s *story) { s.after(within, conversation.RoutingAbandoned, conversation.AbandonedBody{}) }, Counts{Entered: 1, Abandoned: 1, AbandonedEarly: 1, AbandonMs: 20_000}},
		"gives up later": {func(s *story) { s.after(within+1e6, conversation.RoutingAbandoned, conversation.AbandonedBody{}) }, Counts{Entered: 1, Abandoned: 1, AbandonMs: 20_001}},
		"was closed":     {func(s *story) { s.after(time.Minute, conversation.Closed, conversation.Reasoned{}) }, Counts{Entered: 1, Abandoned: 1, AbandonMs: 60_000}},
		"overflows": {func(s *story) {
			s.after(within, conversation.RoutingOverflowed, conversation.OverflowBody{Queue: "support"})
		}, Counts{Entered: 1, Overflowed: 1}},
		"too late": {func(s *story) {
			s.accepted(ana, s.offerTo(ana, 0), within+1e6)
		}, Counts{Entered: 1, Offered: 1, FirstOffers: 1, Accepted: 1, ToAcceptMs: 20_001, Answered: 1, AnswerMs: 20_001}},
		"taken over": {func(s *story) {
			s.after(within, conversation.Assigned, conversation.AssignedBody{Agent: ana, Queue: "support", How: "taken_over"})
		}, Counts{Entered: 1, Answered: 1, AnsweredInTime: 1, AnswerMs: 20_000}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t)
			s.after(0, conversation.RoutingRequested, requested)
			test.end(s)
			s.after(0, conversation.Closed, conversation.Reasoned{})
			require.Equal(t, test.want, s.sum(everybody, "support"))
		})
	}
}

func TestWaitThatGoesThroughQueues(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.after(0, conversation.RoutingRequested, requested)
	s.after(30*time.Second, conversation.RoutingStep, conversation.StepBody{Queue: "support", Reason: "timeout"})
	s.after(30*time.Second, conversation.RoutingStep, conversation.StepBody{Queue: "backup", Turn: conversation.Turn{AnswerWithin: 90}})
	s.accepted(ana, s.offerTo(ana, 10*time.Second), 15*time.Second)
	require.Equal(t, Counts{Entered: 1, Moved: 1}, s.sum(everybody, "support"))
	require.Equal(t, Counts{
		Entered: 1, Offered: 1, FirstOffers: 1, ToOfferMs: 70_000, Accepted: 1, ToAcceptMs: 15_000, Answered: 1, AnsweredInTime: 1, AnswerMs: 85_000,
	}, s.sum(everybody, "backup"), "the customer has waited since the beginning, and is owed what the last queue promises")
}

func TestRefusedBeforeWaiting(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.after(0, conversation.RoutingOverflowed, conversation.OverflowBody{Queue: "support", Reason: "closed"})
	require.Equal(t, Counts{Refused: 1}, s.sum(everybody, "support"))
}

func TestHandOverKeepsTheCustomerServed(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.after(0, conversation.RoutingRequested, requested)
	s.accepted(ana, s.offerTo(ana, 0), 0)
	s.after(time.Minute, conversation.Transferred, conversation.TransferBody{ToQueue: "billing", State: "started"})
	id := uuid.New()
	s.after(0, conversation.ReservationCreated, conversation.Reserved{ReservationID: id, Agent: tom, Queue: "billing"})
	s.after(time.Minute, conversation.Transferred, conversation.TransferBody{ToQueue: "billing", State: "completed"}, ana)
	s.after(0, conversation.ReservationAccepted, conversation.ReservationEnd{ReservationID: id, Agent: tom})
	s.after(0, conversation.Assigned, conversation.AssignedBody{Agent: tom, ReservationID: id, Queue: "billing"})
	s.after(time.Second, conversation.AgentMessage, conversation.Message{Text: "hello"}, tom)
	s.after(time.Minute, conversation.Wrapped, conversation.WrappedBody{})
	require.Equal(t, Counts{Offered: 1, Accepted: 1, Answered: 1, AnsweredInTime: 1, Transfers: 1, Handled: 1, HandleMs: 120_000}, s.sum(ana.ID, "support"))
	require.Equal(t, Counts{Offered: 1, Accepted: 1, ToAcceptMs: 60_000, Handled: 1, HandleMs: 61_000}, s.sum(tom.ID, "billing"), "nobody waited: no answer, no first reply")
	require.Zero(t, s.sum(everybody, "billing").Entered)
}

func TestLettingGoMakesTheCustomerWaitAgain(t *testing.T) {
	t.Parallel()
	for reason, want := range map[string]Counts{
		"let_go":     {Offered: 1, Accepted: 1, Answered: 1, AnsweredInTime: 1, Transfers: 1, Handled: 1, HandleMs: 60_000},
		"agent_lost": {Offered: 1, Accepted: 1, Answered: 1, AnsweredInTime: 1, Returned: 1, Handled: 1, HandleMs: 60_000},
		"no_reply":   {Offered: 1, Accepted: 1, Answered: 1, AnsweredInTime: 1, Returned: 1},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			s := begin(t)
			s.after(0, conversation.RoutingRequested, requested)
			s.accepted(ana, s.offerTo(ana, 0), 0)
			s.after(time.Minute, conversation.AgentNote, conversation.Note{})
			if reason == "let_go" {
				s.after(0, conversation.Transferred, conversation.TransferBody{ToQueue: "billing", LetGo: true, State: "started"})
			}
			s.after(0, conversation.Queued, conversation.QueuedBody{Queue: "billing", Reason: reason})
			s.after(0, conversation.Queued, conversation.QueuedBody{Queue: "billing", Reason: "reassigned"})
			s.accepted(tom, s.offerTo(tom, 0), 7*time.Second)
			require.Equal(t, want, s.sum(ana.ID, "support"))
			billing := s.sum(everybody, "billing")
			require.Equal(t, [3]int64{1, 1, 7000}, [3]int64{billing.Entered, billing.Answered, billing.AnswerMs}, "the wait began when it was let go")
		})
	}
}

func TestParkedAndResumed(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.after(0, conversation.RoutingRequested, requested)
	s.accepted(ana, s.offerTo(ana, 0), 0)
	s.after(time.Minute, conversation.Parked, conversation.ParkedBody{})
	s.after(24*time.Hour, conversation.Resumed, conversation.Reasoned{Reason: "customer"})
	s.after(0, conversation.Queued, conversation.QueuedBody{Queue: "support", Reason: "resumed"})
	s.after(time.Minute, conversation.RoutingAbandoned, conversation.AbandonedBody{})
	got := s.sum(everybody, "support")
	require.Equal(t, Counts{Entered: 2, Offered: 1, FirstOffers: 1, Accepted: 1, Answered: 1, AnsweredInTime: 1, Parked: 1, Handled: 1, HandleMs: 60_000, Abandoned: 1, AbandonMs: 60_000}, got)
	tomorrow := s.ledger.counts[place{everybody, noon.Add(24 * time.Hour), "support", "chat"}]
	require.Equal(t, Counts{Entered: 1, Abandoned: 1, AbandonMs: 60_000}, *tomorrow, "each is counted when it happened")
}

func TestAskedAtOnce(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.after(0, conversation.RoutingRequested, requested)
	one, other, third := s.offerTo(ana, 0), s.offerTo(tom, 0), s.offerTo(ana, 0)
	s.after(time.Second, conversation.ReservationTimedOut, conversation.ReservationEnd{ReservationID: third, Agent: ana})
	s.after(0, conversation.ReservationRescinded, conversation.ReservationEnd{ReservationID: other, Agent: tom, TakenBy: "Ana"})
	s.accepted(ana, one, 0)
	s.after(0, conversation.ReservationCanceled, conversation.ReservationEnd{ReservationID: uuid.New(), Agent: tom})
	got := s.sum(everybody, "support")
	require.Equal(t, [5]int64{3, 1, 1, 1, 1}, [5]int64{got.Offered, got.FirstOffers, got.Accepted, got.Missed, got.Withdrawn})
}

func TestWhatCannotBeReadCountsForNothing(t *testing.T) {
	t.Parallel()
	s := begin(t)
	s.after(0, conversation.RoutingRequested, requested)
	for _, kind := range conversation.CountedKinds() {
		if kind == conversation.AgentMessage || kind == conversation.Closed || kind == conversation.RoutingAbandoned || kind == conversation.Parked || kind == conversation.Wrapping || kind == conversation.Wrapped {
			continue
		}
		err := s.folder.fold(conversation.Event{Seq: 2, Kind: kind, Body: json.RawMessage(`[]`), At: noon})
		if kind != conversation.Transferred {
			require.ErrorContains(t, err, string(kind))
		}
	}
	require.Equal(t, Counts{Entered: 1}, s.sum(everybody, "support"))
}

func TestTimeIsSplitAtTheQuarters(t *testing.T) {
	t.Parallel()
	l := newLedger()
	s := stand{Agent: ana.ID, At: noon.Add(10 * time.Minute), Presence: "available", OffersWork: true, Connected: true, Handling: 2}
	s.spend(noon.Add(35*time.Minute), l.time)
	minutes := func(n int64) int64 { return n * 60_000 }
	for step, want := range map[time.Duration]int64{0: minutes(5), Step: minutes(15), 2 * Step: minutes(5)} {
		for _, agent := range []uuid.UUID{ana.ID, everybody} {
			require.Equal(t, Times{Connected: want, Staffed: want, Busy: want, Worked: 2 * want}, *l.times[timePlace{agent, noon.Add(step), "available"}])
		}
	}
	require.Len(t, l.times, 6)
	away := newLedger()
	stand{Agent: ana.ID, At: noon, Presence: "break", Connected: true}.spend(noon.Add(time.Minute), away.time)
	require.Equal(t, Times{Connected: minutes(1)}, *away.times[timePlace{ana.ID, noon, "break"}], "a break is no staffed time")
	stand{Agent: ana.ID, At: noon, Presence: "meeting", Connected: true, Handling: 1}.spend(noon.Add(time.Minute), away.time)
	require.Equal(t, Times{Connected: minutes(1), Staffed: minutes(1), Busy: minutes(1), Worked: minutes(1)}, *away.times[timePlace{ana.ID, noon, "meeting"}], "with a conversation it is")
	gone := newLedger()
	stand{Agent: ana.ID, At: noon, Presence: "available", OffersWork: true, Handling: 1}.spend(noon.Add(time.Hour), gone.time)
	s.spend(noon, gone.time)
	require.Empty(t, gone.times, "without a connection, and backwards, no time passes")
}
