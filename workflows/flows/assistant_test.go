package flows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
	"seax/workflows/flow"
	"seax/workflows/flows"
	. "seax/workflows/flowtest"
)

func bot(in flow.BotInput) (flow.BotResult, error) {
	switch in.Text {
	case "hello":
		return flow.BotResult{Messages: []conversation.Message{{Text: "Hi, how can I help?"}}}, nil
	case "crash":
		return flow.BotResult{}, ErrBot
	default:
		return flow.BotResult{Messages: []conversation.Message{{Text: "I do not know."}}, Unsure: true}, nil
	}
}

func assistant() *Scenario {
	return &Scenario{Flow: "assistant", Flows: flows.All(), Bot: bot}
}

func story() *Scenario {
	return assistant().
		At(0, Customer("hello")).
		At(30*time.Second, Customer("I want to talk to a person")).
		At(50*time.Second, Offered("Ana")).
		At(60*time.Second, Rejected()).
		At(65*time.Second, Offered("Mina")).
		At(95*time.Second, Offered("Tom")). // Mina misses it
		At(100*time.Second, Accepted()).
		At(110*time.Second, Agent("Hello, this is Tom.")).
		At(120*time.Second, Customer("my parcel is lost")).
		At(130*time.Second, Agent("Let me ask.")).
		At(140*time.Second, ParkedFor(0)).
		At(3*time.Hour, Customer("any news?")).
		At(3*time.Hour+time.Second, Offered("Tom")).
		At(3*time.Hour+2*time.Second, Accepted()).
		At(3*time.Hour+10*time.Second, Agent("It arrives tomorrow.")).
		At(3*time.Hour+20*time.Second, WrapsUp(time.Minute)).
		At(3*time.Hour+40*time.Second, Completes("resolved")).
		At(3*time.Hour+50*time.Second, Chooses("rate/5"))
}

var told = []string{
	"customer: hello",
	"bot: Hi, how can I help?",
	"customer: I want to talk to a person",
	"bot: I am connecting you with a person. One moment, please.",
	"system: You are next in line. [Message me when it is my turn]",
	"agent: Hello, this is Tom.",
	"customer: my parcel is lost",
	"agent: Let me ask.",
	"customer: any news?",
	"agent: It arrives tomorrow.",
	"bot: How did we do, from 1 to 5? [1|2|3|4|5]",
	"customer: [rate/5]",
	"bot: Thank you! Have a good day.",
}

func TestAssistantTellsTheWholeStory(t *testing.T) {
	t.Parallel()
	r := story().Play(t)
	require.Equal(t, told, r.Transcript())
	require.Empty(t, r.Undelivered())
	require.Equal(t, conversation.Done, r.Phase())
	require.Equal(t, 5, r.Rating)
	require.Equal(t, 1, r.Runs)
	require.Equal(t, []flow.Request{{Queue: "support", Preferred: map[string]int{"en": 60}, Reason: flow.AskedForPerson, OfferCallback: true}}, r.Requests)
}

func TestAssistantIsTheSameOverContinueAsNew(t *testing.T) {
	t.Parallel()
	for name, local := range map[string]bool{"delivery queue": false, "local delivery": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tell := func() *Scenario {
				s := story()
				s.Local = local
				return s
			}
			plain := tell().Play(t)
			require.Equal(t, told, plain.Transcript())
			always := tell()
			always.Renew = true
			r := always.Play(t)
			require.Equal(t, told, r.Transcript())
			require.Empty(t, r.Undelivered())
			require.Greater(t, r.Runs, 10, "every wait should have been a chance for a new run")
			require.Equal(t, plain.Happened(), r.Happened())
			for k := 1; k <= plain.Effects(); k++ {
				once := tell()
				once.RenewAfter = k
				r := once.Play(t)
				require.Equal(t, told, r.Transcript(), "new run after effect %d", k)
				require.Equal(t, plain.Happened(), r.Happened(), "new run after effect %d", k)
				require.Empty(t, r.Undelivered(), "new run after effect %d", k)
				require.Equal(t, 5, r.Rating, "new run after effect %d", k)
			}
		})
	}
}

func TestAssistantWhenTheBotFails(t *testing.T) {
	t.Parallel()
	r := assistant().At(0, Customer("crash")).
		At(5*time.Second, Offered("Ana")).At(6*time.Second, Accepted()).
		At(10*time.Second, Completes("resolved")).At(time.Hour, Customer("too late to rate")).Play(t)
	require.Equal(t, []string{
		"customer: crash",
		"bot: Sorry, I cannot answer right now. Let me connect you with a person.",
		"bot: I am connecting you with a person. One moment, please.",
		"bot: How did we do, from 1 to 5? [1|2|3|4|5]",
	}, r.Transcript()[:4])
	require.Equal(t, flow.Failed, r.Requests[0].Reason)
}

func TestAssistantGivesUpAfterTwoMisses(t *testing.T) {
	t.Parallel()
	r := assistant().At(0, Customer("what is the meaning of life?")).At(time.Minute, Customer("but really?")).
		At(2*time.Minute, Leaves()).Play(t)
	require.Equal(t, []string{
		"customer: what is the meaning of life?",
		"bot: I do not know.",
		"customer: but really?",
		"bot: I am not sure about that one.",
		"bot: I am connecting you with a person. One moment, please.",
		"system: You are next in line. [Message me when it is my turn]",
	}, r.Transcript())
	require.Equal(t, conversation.Done, r.Phase())
	require.Contains(t, r.Happened(), conversation.Closed)
}

func TestMessageAfterTheEndBeginsAnew(t *testing.T) {
	t.Parallel()
	// The customer answers the rating with another question: it must not be lost.
	r := assistant().At(0, Customer("live agent please")).
		At(5*time.Second, Offered("Ana")).At(6*time.Second, Accepted()).At(10*time.Second, Completes("resolved")).
		At(20*time.Second, Customer("hello")).At(25*time.Hour, func(*World) {}).Play(t)
	lines := r.Transcript()
	require.Equal(t, "bot: Hi, how can I help?", lines[len(lines)-1])
	require.Equal(t, conversation.Done, r.Phase())
}

func TestWhoWritesAndLeavesIsNotAnsweredAnyMore(t *testing.T) {
	t.Parallel()
	r := assistant().At(0, Customer("live agent please")).
		At(5*time.Second, Offered("Ana")).At(6*time.Second, Accepted()).At(10*time.Second, Completes("resolved")).
		At(20*time.Second, Together(Customer("hello"), Leaves())).
		At(time.Minute, func(w *World) { require.Equal(t, conversation.Done, w.Phase()) }).Play(t)
	require.Equal(t, "customer: hello", r.Transcript()[3])
	require.Len(t, r.Transcript(), 4)
}

// Whose last words cross with the question for a rating has the bot again, and the tap that follows is a rating all the same.
func TestRatingAfterLastWordsThatCrossedWithTheQuestion(t *testing.T) {
	t.Parallel()
	for _, renew := range []bool{false, true} {
		s := assistant().At(0, Customer("live agent please")).
			At(5*time.Second, Offered("Ana")).At(6*time.Second, Accepted()).At(10*time.Second, Completes("resolved")).
			At(20*time.Second, Customer("hello")).At(22*time.Second, Chooses("rate/4")).At(23*time.Second, Chooses("rate/1")).
			At(24*time.Second, Customer("hello")).At(25*time.Second, Chooses("rate/9")).At(25*time.Hour, func(*World) {})
		s.Renew = renew
		r := s.Play(t)
		require.Equal(t, []string{
			"bot: How did we do, from 1 to 5? [1|2|3|4|5]",
			"customer: hello",
			"bot: Hi, how can I help?",
			"customer: [rate/4]",
			"bot: Thank you for your rating.",
			"customer: [rate/1]",
			"customer: hello",
			"bot: Hi, how can I help?",
			"customer: [rate/9]",
			"bot: I do not know.",
		}, r.Transcript()[2:])
		require.Equal(t, 4, r.Rating, "the first counts")
		require.Equal(t, conversation.Done, r.Phase())
	}
}

func TestRatingThatComesTogetherWithLastWords(t *testing.T) {
	t.Parallel()
	for said, transcript := range map[string][]string{
		"hello": {"customer: hello", "customer: [rate/4]", "customer: [rate/2]", "bot: Thank you! Have a good day.", "bot: Hi, how can I help?"},
		"3":     {"customer: 3", "customer: [rate/4]", "customer: [rate/2]", "bot: Thank you! Have a good day.", "bot: I do not know."},
	} {
		r := assistant().At(0, Customer("live agent please")).
			At(5*time.Second, Offered("Ana")).At(6*time.Second, Accepted()).At(10*time.Second, Completes("resolved")).
			At(20*time.Second, Together(Customer(said), Chooses("rate/4"), Chooses("rate/2"))).At(25*time.Hour, func(*World) {}).Play(t)
		require.Equal(t, transcript, r.Transcript()[3:])
		require.Equal(t, 4, r.Rating)
	}
}

func TestRatingThatIsWritten(t *testing.T) {
	t.Parallel()
	r := assistant().At(0, Customer("live agent please")).
		At(5*time.Second, Offered("Ana")).At(6*time.Second, Accepted()).At(10*time.Second, Completes("resolved")).
		At(20*time.Second, Customer(" 3 ")).At(time.Minute, func(w *World) { require.Equal(t, conversation.Done, w.Phase()) }).Play(t)
	require.Equal(t, 3, r.Rating)
}

func TestSupervisorTakesOverFromTheBot(t *testing.T) {
	t.Parallel()
	for _, renew := range []bool{false, true} {
		s := assistant().At(0, Customer("hello")).At(10*time.Second, TakenOver("Sora")).
			At(15*time.Second, Customer("who is there?")).At(20*time.Second, Agent("A person.")).At(30*time.Second, Completes("resolved"))
		s.Renew = renew
		r := s.Play(t)
		require.Equal(t, []string{"customer: hello", "bot: Hi, how can I help?", "customer: who is there?", "agent: A person."}, r.Transcript())
		require.Equal(t, conversation.Done, r.Phase())
		require.Empty(t, r.Undelivered())
	}
}

func TestAgentLostGoesBackToTheQueue(t *testing.T) {
	t.Parallel()
	r := assistant().At(0, Customer("agent")).
		At(5*time.Second, Offered("Ana")).At(6*time.Second, Accepted()).
		At(time.Minute, Vanished(2*time.Minute)).At(2*time.Minute, CameBack()).
		At(10*time.Minute, Agent("still here")).
		At(11*time.Minute, Vanished(2*time.Minute)).
		At(14*time.Minute, Offered("Tom")).At(14*time.Minute+time.Second, Accepted()).At(15*time.Minute, Completes("")).Play(t)
	var queued int
	for _, kind := range r.Happened() {
		if kind == conversation.Queued {
			queued++
		}
	}
	require.Equal(t, 1, queued, "only the second absence was long enough")
}

func TestAcceptedAndIgnoredGoesBackToTheQueue(t *testing.T) {
	t.Parallel()
	for _, renew := range []bool{false, true} {
		s := assistant().At(0, Customer("agent")).
			At(5*time.Second, Offered("Ana")).At(6*time.Second, AcceptedFor(time.Minute)).
			At(2*time.Minute, Offered("Tom")).At(2*time.Minute+time.Second, AcceptedFor(time.Minute)).
			At(2*time.Minute+30*time.Second, Agent("Here I am.")).At(10*time.Minute, Completes("")).
			At(10*time.Minute+5*time.Second, Customer("5"))
		s.Renew = renew
		r := s.Play(t)
		var queued int
		for _, kind := range r.Happened() {
			if kind == conversation.Queued {
				queued++
			}
		}
		require.Equal(t, 1, queued, "who has answered keeps it")
		require.Contains(t, r.Transcript(), "agent: Here I am.")
	}
}

func TestKoreanStory(t *testing.T) {
	t.Parallel()
	s := assistant().At(0, Customer("상담원 연결해 주세요")).At(20*time.Second, Offered("Mina")).At(21*time.Second, Accepted()).
		At(30*time.Second, Agent("안녕하세요")).At(40*time.Second, Completes("resolved")).At(50*time.Second, Customer("4"))
	s.Language = "ko"
	r := s.Play(t)
	require.Equal(t, []string{
		"customer: 상담원 연결해 주세요",
		"bot: 상담사에게 연결해 드리겠습니다. 잠시만 기다려 주세요.",
		"system: 다음 순서이십니다. [차례가 되면 메시지 받기]",
		"agent: 안녕하세요",
		"bot: 오늘 상담은 어떠셨나요? 1점부터 5점까지 선택해 주세요. [1|2|3|4|5]",
		"customer: 4",
		"bot: 감사합니다. 좋은 하루 보내세요!",
	}, r.Transcript())
}
