package flow_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"seax/internal/conversation"
	"seax/workflows/flow"
	. "seax/workflows/flowtest"
)

func play(t *testing.T, run func(ctx workflow.Context, c *flow.Conversation) error, script func(*Scenario)) Result {
	t.Helper()
	var results []Result
	for _, renew := range []bool{false, true} {
		s := &Scenario{Flow: "test", Renew: renew, Flows: []flow.Flow{
			{Name: "test", Run: run},
			{Name: "other", Run: func(ctx workflow.Context, c *flow.Conversation) error { return c.Say(ctx, "the other flow") }},
		}}
		script(s)
		results = append(results, s.Play(t))
	}
	require.Equal(t, results[0].Transcript(), results[1].Transcript(), "continue-as-new must not show")
	return results[0]
}

func TestFlowThatPanicsOrErrsGetsAPerson(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(workflow.Context, *flow.Conversation) error{
		"panics": func(ctx workflow.Context, c *flow.Conversation) error {
			if err := c.Say(ctx, "hello"); err != nil {
				return err
			}
			var m map[string]int
			m[c.Language()] = 1 //nolint:staticcheck // it shall panic
			return nil
		},
		"errs": func(ctx workflow.Context, c *flow.Conversation) error {
			if err := c.Say(ctx, "hello"); err != nil {
				return err
			}
			return errors.New("the back end is down")
		},
		"unknown queue": func(ctx workflow.Context, c *flow.Conversation) error {
			if err := c.Say(ctx, "hello"); err != nil {
				return err
			}
			_, err := c.Route(ctx, flow.Request{Queue: "nowhere"})
			return err
		},
		"unknown flow": func(ctx workflow.Context, c *flow.Conversation) error {
			if err := c.Say(ctx, "hello"); err != nil {
				return err
			}
			return c.Go("nowhere")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := play(t, run, func(s *Scenario) {
				s.Queues = []string{"support"}
				s.At(0, Customer("hi")).At(5*time.Second, Offered("Ana")).At(6*time.Second, Accepted()).
					At(8*time.Second, Agent("A person here.")).At(9*time.Second, Completes("resolved"))
			})
			require.Equal(t, []string{"customer: hi", "bot: hello", "agent: A person here."}, r.Transcript())
			require.Contains(t, r.Attention, "Flow test failed")
			require.Equal(t, "support", r.Requests[0].Queue)
			require.Equal(t, conversation.Done, r.Phase())
		})
	}
}

func TestWaitKeepsMessagesForLater(t *testing.T) {
	t.Parallel()
	r := play(t, func(ctx workflow.Context, c *flow.Conversation) error {
		if err := c.Say(ctx, "One moment."); err != nil {
			return err
		}
		if err := c.Wait(ctx, 72*time.Hour); err != nil {
			return err
		}
		return c.Say(ctx, "Three days later.")
	}, func(s *Scenario) {
		s.At(0, Customer("hi")).At(time.Hour, Customer("still there?"))
	})
	require.Equal(t, []string{
		"customer: hi", "bot: One moment.", "customer: still there?", "bot: Three days later.",
		"bot: One moment.", "bot: Three days later.",
	}, r.Transcript(), "the message that nobody read begins the flow anew, once")
}

func TestGoToAnotherFlow(t *testing.T) {
	t.Parallel()
	r := play(t, func(ctx workflow.Context, c *flow.Conversation) error {
		answer, err := c.Ask(ctx, "name", "Who are you?")
		if err != nil {
			return err
		}
		if err := c.Set(ctx, "name", answer); err != nil {
			return err
		}
		return c.Go("other")
	}, func(s *Scenario) { s.At(0, Customer("hi")).At(time.Second, Customer("  Kim  ")) })
	require.Equal(t, []string{"customer: hi", "bot: Who are you?", "customer:   Kim  ", "bot: the other flow"}, r.Transcript())
	require.Equal(t, "Kim", r.Attributes["name"])
	require.Equal(t, "other", r.FinalFlow)
}

func TestFormAndText(t *testing.T) {
	t.Parallel()
	r := play(t, func(ctx workflow.Context, c *flow.Conversation) error {
		if err := c.SetLanguage(ctx, "ko"); err != nil {
			return err
		}
		answers, err := c.Form(ctx, flow.Field{Key: "order", Prompt: "Order number?", Options: []flow.AskOption{flow.Check(func(a string) (string, string) {
			if len(a) != 4 {
				return "", "It has four digits."
			}
			return a, ""
		})}}, flow.Field{Key: "city", Prompt: "City?"})
		if err != nil {
			return err
		}
		return c.Say(ctx, c.Text(flow.Texts{"en": "Thanks", "ko": "감사합니다"})+" "+answers["order"]+" "+answers["city"]+" "+c.Get("city"))
	}, func(s *Scenario) {
		s.At(0, Customer("hi")).At(time.Second, Customer("12")).At(2*time.Second, Customer("1234")).At(3*time.Second, Customer("Seoul"))
	})
	lines := r.Transcript()
	require.Equal(t, "bot: 감사합니다 1234 Seoul Seoul", lines[len(lines)-1])
}

func TestWhatNobodyKnewOfIsSentBeforeItEnds(t *testing.T) {
	t.Parallel()
	r := play(t, func(ctx workflow.Context, c *flow.Conversation) error { return c.Say(ctx, "hello") }, func(s *Scenario) {
		s.Lost = []int64{2, 77}
		s.At(0, Customer("hi"))
	})
	require.Equal(t, []int64{2, 77}, r.Delivered, "what is known is sent once")
}

func TestCustomerWhoLeavesWhileWaiting(t *testing.T) {
	t.Parallel()
	r := play(t, func(ctx workflow.Context, c *flow.Conversation) error {
		result, err := c.Route(ctx, flow.Request{})
		if err == nil && !result.Left {
			err = errors.New("should have left")
		}
		return err
	}, func(s *Scenario) {
		s.At(0, Customer("hi")).At(5*time.Second, Offered("Ana")).At(8*time.Second, Leaves())
	})
	require.Contains(t, r.Happened(), conversation.ReservationCanceled)
	require.Equal(t, conversation.Done, r.Phase())
	require.Empty(t, r.Attention)
}

func TestAsksForPerson(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"live agent": true, "I want to talk to a human": true, "can I speak with someone": true, "agent": true, "Human please!": true,
		"connect me to a representative": true, "get me a real person": true, "I need an agent": true, "talk to an agent please": true,
		"상담원 연결해 주세요": true, "라이브 에이전트": true, "사람이랑 얘기하고 싶어요": true, "상담사 바꿔주세요": true, "직원과 상담하고 싶습니다": true,
		"where is my parcel": false, "do you ship to Korea?": false, "travel agency discount": false, "I don't want an agent": false,
		"배송은 언제 오나요": false, "상담원 말고 그냥 알려줘": false, "the person who delivered it was nice": false, "": false,
	} {
		require.Equal(t, want, flow.AsksForPerson(text, ""), text)
	}
	require.True(t, flow.AsksForPerson("", flow.PersonChoice))
}
