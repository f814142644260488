package flow_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"seax/internal/conversation"
	"seax/workflows/flow"
	. "seax/workflows/flowtest"
)

type order struct {
	Number string `json:"number"`
	Parcel string `json:"parcel"`
}

// findOrder looks an order up and tells the customer where its parcel is.
func findOrder(ctx workflow.Context, c *flow.Conversation) error {
	number, err := c.Ask(ctx, "order", "Which order?")
	if err != nil {
		return err
	}
	var found order
	options := workflow.ActivityOptions{StartToCloseTimeout: time.Minute, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 3}}
	if err := c.Do(ctx, "find order", options, "shop.order", number, &found); err != nil {
		return err
	}
	if _, err := c.Ask(ctx, "sure", "Do you want to know where "+found.Number+" is?"); err != nil {
		return err
	}
	return c.Say(ctx, "It is in "+found.Parcel+".")
}

func TestDoRunsADevelopersActivityOnce(t *testing.T) {
	t.Parallel()
	calls := 0
	shop := func(_ context.Context, number string) (order, error) {
		if calls++; calls == 1 {
			return order{}, errors.New("the shop is being restarted")
		}
		return order{Number: number, Parcel: "Busan"}, nil
	}
	play(t, findOrder, func(s *Scenario) {
		calls = 0
		s.Activities = map[string]any{"shop.order": shop}
		s.At(0, Customer("hi")).At(time.Second, Customer("HS-17")).At(time.Minute, Customer("yes")).At(2*time.Minute, func(w *World) {
			require.Equal(t, 2, calls, "it failed once, and what it returned is remembered over new runs")
			require.Contains(t, w.Transcript(), "bot: Do you want to know where HS-17 is?")
			require.Contains(t, w.Transcript(), "bot: It is in Busan.")
		})
	})
}

func TestAnActivityThatFailsForGoodGetsAPerson(t *testing.T) {
	t.Parallel()
	r := play(t, findOrder, func(s *Scenario) {
		s.Activities = map[string]any{"shop.order": func(context.Context, string) (order, error) {
			return order{}, temporal.NewNonRetryableApplicationError("there is no such order", "unknown", nil)
		}}
		s.At(0, Customer("hi")).At(time.Second, Customer("HS-17")).
			At(5*time.Second, Offered("Ana")).At(6*time.Second, Accepted()).At(time.Minute, Completes("resolved"))
	})
	require.Contains(t, r.Attention, "do find order")
	require.Len(t, r.Requests, 1)
}

// What is known of the contact and the conversation, and the time, which is the same in every run.
func TestWhatAFlowKnows(t *testing.T) {
	t.Parallel()
	r := play(t, func(ctx workflow.Context, c *flow.Conversation) error {
		at, err := c.Now(ctx)
		if err != nil {
			return err
		}
		if err := c.Set(ctx, "order", "17"); err != nil {
			return err
		}
		if err := c.Set(ctx, "coupon", "SPRING"); err != nil {
			return err
		}
		if _, err := c.Ask(ctx, "more", c.Contact().Name+" "+c.Channel()+" "+c.Queue()+" "+c.Language()+" "+at.Format("15:04:05")); err != nil {
			return err
		}
		if err := c.Set(ctx, "coupon", ""); err != nil {
			return err
		}
		return c.Say(ctx, "order "+c.Get("order")+", coupon "+c.Get("coupon")+", "+at.Format("15:04:05"))
	}, func(s *Scenario) {
		s.ContactName = "Kim"
		s.At(0, Customer("hi")).At(time.Hour, Customer("no"))
	})
	require.Equal(t, []string{"customer: hi", "bot: Kim webchat support en 12:00:00", "customer: no", "bot: order 17, coupon , 12:00:00"}, r.Transcript())
	require.Equal(t, map[string]string{"order": "17"}, r.Attributes)
}

func TestTheFlowGoesOnWhereTheCustomerDoes(t *testing.T) {
	t.Parallel()
	for _, renew := range []bool{false, true} {
		r := play(t, func(ctx workflow.Context, c *flow.Conversation) error {
			if _, err := c.Ask(ctx, "more", c.Channel()+"?"); err != nil {
				return err
			}
			return c.Say(ctx, c.Channel()+"!")
		}, func(s *Scenario) {
			s.Renew = renew
			s.At(0, Customer("hi")).At(time.Minute, GoesOnAt("sms")).At(2*time.Minute, Customer("here"))
		})
		require.Equal(t, []string{"customer: hi", "bot: webchat?", "customer: here", "bot: sms!"}, r.Transcript())
	}
}

func TestOpenTellsWhenTheQueueOpens(t *testing.T) {
	t.Parallel()
	say := func(ctx workflow.Context, c *flow.Conversation) error {
		support, err := c.Open(ctx, "support")
		if err != nil {
			return err
		}
		sales, err := c.Open(ctx, "sales")
		if err != nil {
			return err
		}
		return c.Say(ctx, map[bool]string{true: "open", false: "closed until " + support.Next.Format("Mon 15:04")}[support.Open]+" "+map[bool]string{true: "open"}[sales.Open])
	}
	r := play(t, say, func(s *Scenario) {
		s.Closed = map[string]time.Time{"support": time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
		s.At(0, Customer("hi"))
	})
	require.Equal(t, "bot: closed until Tue 09:00 open", r.Transcript()[1])
}

func TestAskGivesUpInTimeAndAfterAttempts(t *testing.T) {
	t.Parallel()
	ask := func(ctx workflow.Context, c *flow.Conversation) error {
		_, err := c.Ask(ctx, "pin", "PIN?", flow.Attempts(2), flow.Timeout(time.Minute), flow.Check(func(answer string) (string, string) {
			if answer != "1234" {
				return "", "That is not it."
			}
			return answer, ""
		}))
		switch {
		case errors.Is(err, flow.ErrIdle):
			return c.Say(ctx, "too slow")
		case errors.Is(err, flow.ErrNoAnswer):
			return c.Say(ctx, "too often")
		case err != nil:
			return err
		}
		return c.Say(ctx, "welcome")
	}
	for last, script := range map[string]func(*Scenario){
		"bot: too slow": func(s *Scenario) { s.At(0, Customer("hi")) },
		"bot: too often": func(s *Scenario) {
			s.At(0, Customer("hi")).At(time.Second, Customer("1")).At(2*time.Second, Customer("2"))
		},
		"bot: welcome": func(s *Scenario) {
			s.At(0, Customer("hi")).At(time.Second, Customer("1")).At(50*time.Second, Customer(" 1234 "))
		},
	} {
		r := play(t, ask, script)
		lines := r.Transcript()
		require.Equal(t, last, lines[len(lines)-1])
	}
}

// While the bot thinks, things happen: what it says then is not said.
func TestWhatTheBotThoughtOfTooLateIsNotSaid(t *testing.T) {
	t.Parallel()
	chat := func(ctx workflow.Context, c *flow.Conversation) error {
		result, err := c.ChatWithBot(ctx, "chat", flow.Until(flow.AsksForPerson))
		if err != nil || result.Reason != flow.AskedForPerson {
			return err
		}
		_, err = c.Route(ctx, flow.Request{Quiet: true})
		return err
	}
	for name, script := range map[string]func(*Scenario){
		"a supervisor took over": func(s *Scenario) {
			s.At(2*time.Second, TakenOver("Sora")).At(10*time.Second, Agent("A person here."))
		},
		"the customer asked for a person": func(s *Scenario) {
			s.At(2*time.Second, Customer("live agent")).At(8*time.Second, Offered("Sora")).At(9*time.Second, Accepted()).At(10*time.Second, Agent("A person here."))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := play(t, chat, func(s *Scenario) {
				s.Bot = func(flow.BotInput) (flow.BotResult, error) {
					return flow.BotResult{Messages: []conversation.Message{{Text: "too late"}}}, nil
				}
				s.BotTakes = 4 * time.Second
				s.At(0, Customer("hi"))
				script(s)
				s.At(time.Minute, Completes("resolved"))
			})
			require.NotContains(t, r.Transcript(), "bot: too late")
			require.Contains(t, r.Transcript(), "agent: A person here.")
			require.Empty(t, r.Attention)
			require.Equal(t, conversation.Done, r.Phase())
		})
	}
}
