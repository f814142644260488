package flow_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"seax/internal/conversation"
	"seax/internal/sla"
	"seax/workflows/flow"
	. "seax/workflows/flowtest"
)

// promises of two queues: support a first word in 10 minutes, an answer in 5, the end in an hour; billing a first word in 20.
var promises = map[string]sla.Targets{
	"support": {FirstReply: 600, NextReply: 300, Resolution: 3600, WarnPercent: 50},
	"billing": {FirstReply: 1200, NextReply: 300, Resolution: 3600, WarnPercent: 50},
}

// routed plays a conversation that goes straight to a person, in one run and in as many as can be, which must not differ.
func routed(t *testing.T, script func(*Scenario)) Result {
	t.Helper()
	var results []Result
	for _, renew := range []bool{false, true} {
		s := &Scenario{Flow: "test", Renew: renew, Promises: promises, Flows: []flow.Flow{{Name: "test", Run: func(ctx workflow.Context, c *flow.Conversation) error {
			_, err := c.Route(ctx, flow.Request{Quiet: true})
			return err
		}}}}
		script(s)
		results = append(results, s.Play(t))
	}
	require.Equal(t, results[0].Clocks(), results[1].Clocks(), "continue-as-new must not show")
	require.Greater(t, results[1].Runs, 1)
	return results[0]
}

func TestClocksWarnAndBreachWhenTheirTimeComes(t *testing.T) {
	t.Parallel()
	r := routed(t, func(s *Scenario) {
		s.At(0, Customer("hi")).At(time.Minute, Offered("Ana")).At(61*time.Second, Accepted()).
			At(11*time.Minute, Agent("Hello")).At(12*time.Minute, Customer("My parcel is lost")).At(20*time.Minute, Agent("I am looking")).
			// The customer is silent for a day.
			At(24*time.Hour, Customer("And?")).At(24*time.Hour+2*time.Minute, Agent("Found")).
			At(24*time.Hour+3*time.Minute, WrapsUp(time.Minute))
	})
	require.Equal(t, []string{
		"5m0s warned first_reply", "10m0s breached first_reply", "11m0s late first_reply",
		"14m30s warned next_reply", "17m0s breached next_reply", "20m0s late next_reply",
		"24h2m0s met next_reply", "24h3m0s met resolution",
	}, r.Clocks())
	require.Equal(t, 4, r.Looks(), "once for each")
	require.Equal(t, conversation.Done, r.Phase())
}

func TestClocksStandWhileParked(t *testing.T) {
	t.Parallel()
	r := routed(t, func(s *Scenario) {
		s.At(0, Customer("hi")).At(time.Minute, Offered("Ana")).At(61*time.Second, Accepted()).
			At(4*time.Minute, ParkedFor(time.Hour)).
			At(65*time.Minute+30*time.Second, Offered("Ana")).At(65*time.Minute+40*time.Second, Accepted()).
			At(71*time.Minute, Agent("Here I am")).At(72*time.Minute, ParkedFor(0)).
			At(30*time.Hour, Customer("Are you there?")).At(30*time.Hour+time.Second, Offered("Ana")).At(30*time.Hour+2*time.Second, Accepted()).
			At(30*time.Hour+4*time.Minute, Completes("resolved"))
	})
	require.Equal(t, []string{
		// Four minutes before parking, and the rest after it.
		"1h5m0s warned first_reply", "1h10m0s breached first_reply", "1h11m0s late first_reply",
		"30h2m30s warned next_reply", "30h4m0s met resolution", "30h4m0s canceled next_reply",
	}, r.Clocks())
}

func TestClocksAfterATransfer(t *testing.T) {
	t.Parallel()
	r := routed(t, func(s *Scenario) {
		s.At(0, Customer("hi")).At(time.Minute, Offered("Ana")).At(61*time.Second, Accepted()).
			At(6*time.Minute, LetGo("billing")).
			At(18*time.Minute, Offered("Bill")).At(18*time.Minute+time.Second, Accepted()).At(19*time.Minute, Agent("Hello")).
			// Nothing said, yet sent on: the customer waits for a person again.
			At(21*time.Minute, LetGo("support")).At(25*time.Minute, TakenOver("Sue")).
			At(27*time.Minute, Agent("Sue here")).At(28*time.Minute, Completes(""))
	})
	require.Equal(t, []string{
		"5m0s warned first_reply",
		"10m0s warned first_reply", // 20 minutes now, of which 6 were used
		"19m0s met first_reply",
		"23m30s warned next_reply", "26m0s breached next_reply", "27m0s late next_reply",
		"28m0s met resolution",
	}, r.Clocks())
}

func TestClocksOfACustomerWhoLeaves(t *testing.T) {
	t.Parallel()
	r := routed(t, func(s *Scenario) {
		s.At(0, Customer("hi")).At(6*time.Minute, Leaves())
	})
	require.Equal(t, []string{"5m0s warned first_reply", "6m0s canceled first_reply", "6m0s canceled resolution"}, r.Clocks())
	require.Equal(t, conversation.Done, r.Phase())
	require.Contains(t, r.Happened(), conversation.SLAChanged)
}

// Wherever the workflow goes on in a new run, clocks come to what they come to, once and in time.
func TestClocksAreCarriedOver(t *testing.T) {
	t.Parallel()
	play := func(after int) Result {
		s := &Scenario{Flow: "test", RenewAfter: after, Promises: promises, Flows: []flow.Flow{{Name: "test", Run: func(ctx workflow.Context, c *flow.Conversation) error {
			_, err := c.Route(ctx, flow.Request{})
			return err
		}}}}
		s.At(0, Customer("hi")).At(2*time.Minute, Offered("Ana")).At(3*time.Minute, Offered("Bea")).At(3*time.Minute+time.Second, Accepted()).
			At(7*time.Minute, ParkedFor(10*time.Minute)).At(18*time.Minute, Offered("Bea")).At(18*time.Minute+time.Second, Accepted()).
			At(21*time.Minute, Agent("Hello")).At(25*time.Minute, Customer("Thanks")).At(29*time.Minute, Completes(""))
		return s.Play(t)
	}
	want := play(0)
	require.Equal(t, []string{
		"5m0s warned first_reply", "20m0s breached first_reply", "21m0s late first_reply", "27m30s warned next_reply",
		"29m0s met resolution", "29m0s canceled next_reply",
	}, want.Clocks())
	for after := 1; after <= want.Effects(); after++ {
		require.Equal(t, want.Clocks(), play(after).Clocks(), "in a new run after effect %d", after)
	}
}

func TestWhereNothingIsPromisedNobodyLooks(t *testing.T) {
	t.Parallel()
	r := routed(t, func(s *Scenario) {
		s.Promises = nil
		s.At(0, Customer("hi")).At(time.Minute, Offered("Ana")).At(61*time.Second, Accepted()).At(2*time.Hour, Agent("Hello")).At(3*time.Hour, Completes(""))
	})
	require.Empty(t, r.Clocks())
	require.Zero(t, r.Looks())
}
