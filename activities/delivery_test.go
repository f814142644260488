package activities_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"seax/connectors"
	"seax/connectors/simulator"
	"seax/internal/conversation"
	"seax/workflows/flow"
)

func TestMessagesAreSentOnceAndInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	seqs := w.write("one", "two", "three")
	result, err := w.deliver(seqs)
	require.NoError(t, err)
	require.Equal(t, flow.DeliverResult{Sent: 3}, result)
	result, err = w.deliver(seqs)
	require.NoError(t, err)
	require.Equal(t, flow.DeliverResult{}, result, "what was sent is not sent again")
	require.Equal(t, []string{"one", "two", "three"}, w.received())
	require.Equal(t, []string{"sent", "sent", "sent"}, w.statuses())
}

// What cannot be mended by trying again fails at once, in words, and does not hold up what comes behind it.
func TestPermanentFailuresAreFinal(t *testing.T) {
	t.Parallel()
	for code, fault := range map[connectors.ErrorCode]simulator.Fault{
		connectors.CodeRejected: simulator.Rejected(), connectors.CodeUnreachable: simulator.Blocked(), connectors.CodeConfig: simulator.Locked(),
	} {
		t.Run(string(code), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, true)
			w.provider.Misbehave(fault)
			result, err := w.deliver(w.write("one", "two"))
			require.NoError(t, err)
			require.Equal(t, flow.DeliverResult{Failed: 1, Sent: 1}, result)
			require.Equal(t, []string{"failed " + string(code), "sent"}, w.statuses())
			var words string
			require.NoError(t, w.Pool.QueryRow(t.Context(), `select error->>'words' from deliveries where status = 'failed'`).Scan(&words))
			require.NotEmpty(t, words)
		})
	}
}

// What was certainly not processed is tried again by Temporal, when the provider wants it; nothing overtakes it meanwhile.
func TestCertainFailuresAreTriedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault simulator.Fault
		code  connectors.ErrorCode
		wait  time.Duration
	}{
		"throttled":   {simulator.Throttled(42 * time.Second), connectors.CodeThrottled, 42 * time.Second},
		"unavailable": {simulator.Unavailable(), connectors.CodeProvider, 0},
		"unreachable": {simulator.CutBefore(), connectors.CodeConnection, 0},
	} {
		for kind, forgetful := range map[string]bool{"forgetful": true, "careful": false} {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, forgetful)
				seqs := w.write("one", "two", "three")
				w.provider.Misbehave(nil, c.fault)
				_, err := w.deliver(seqs)
				again, ok := err.(*temporal.ApplicationError) //nolint:errorlint // Temporal looks at the outermost error only
				require.True(t, ok, "%T", err)
				require.False(t, again.NonRetryable())
				require.Equal(t, string(c.code), again.Type())
				require.Equal(t, c.wait, again.NextRetryDelay())
				require.Equal(t, []string{"sent", "queued", "queued"}, w.statuses())
				result, err := w.deliver(seqs)
				require.NoError(t, err)
				require.Equal(t, flow.DeliverResult{Sent: 2}, result)
				require.Equal(t, []string{"one", "two", "three"}, w.received())
			})
		}
	}
}

// Nobody knows whether the provider took it: a person is shown so, and it is never sent again by itself.
func TestAmbiguousAttemptsAreNotRepeated(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]simulator.Fault{"broken": simulator.Broken(), "cut": simulator.CutAfter()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, true)
			seqs := w.write("one", "two")
			w.provider.Misbehave(fault)
			result, err := w.deliver(seqs)
			require.NoError(t, err)
			require.Equal(t, flow.DeliverResult{Unconfirmed: 1, Sent: 1}, result)
			for range 3 {
				_, err = w.deliver(seqs)
				require.NoError(t, err)
			}
			require.Equal(t, []string{"unconfirmed ambiguous", "sent"}, w.statuses())
			require.LessOrEqual(t, len(w.received()), 2)
		})
	}
}

func TestAmbiguousAttemptsAreRepeatedWhereTheProviderDropsRepetitions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	seqs := w.write("one")
	w.provider.Misbehave(simulator.CutAfter())
	_, err := w.deliver(seqs)
	require.Error(t, err)
	_, err = w.deliver(seqs)
	require.NoError(t, err)
	require.Equal(t, []string{"one"}, w.received())
	require.Equal(t, []string{"sent"}, w.statuses())
}

// The process dies after the provider took the message and before that was written down.
func TestAProcessThatDiesWhileSendingRepeatsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	seqs := w.write("one", "two")
	ctx, die := context.WithCancel(t.Context())
	w.provider.OnSent = func(simulator.Sent) { die() }
	_, err := w.delivery.Deliver(ctx, flow.DeliverInput{ConversationID: w.id, Seqs: seqs})
	require.Error(t, err)
	require.Equal(t, []string{"queued", "queued"}, w.statuses())
	w.provider.OnSent = nil
	result, err := w.deliver(seqs)
	require.NoError(t, err)
	require.Equal(t, flow.DeliverResult{Unconfirmed: 1, Sent: 1}, result)
	require.Equal(t, []string{"one", "two"}, w.received())
	require.Equal(t, []string{"unconfirmed ambiguous", "sent"}, w.statuses())
}

// A person may decide that it is sent again.
func TestAPersonMaySendAnUnconfirmedMessageAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	seqs := w.write("one")
	w.provider.Misbehave(simulator.CutAfter())
	_, err := w.deliver(seqs)
	require.NoError(t, err)
	// The key under which the provider got it is the message's id.
	id, err := uuid.Parse(w.provider.Sent(w.id.String())[0].Key)
	require.NoError(t, err)
	_, err = w.Log.RetryDelivery(t.Context(), w.id, id, conversation.Actor{Kind: conversation.ByAgent, ID: w.ana.ID.String()})
	require.NoError(t, err)
	result, err := w.deliver(seqs)
	require.NoError(t, err)
	require.Equal(t, flow.DeliverResult{Sent: 1}, result)
	require.Equal(t, []string{"one", "one"}, w.received())
}

func TestAChannelThatIsGoneFailsInWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.accounts.off = true
	result, err := w.deliver(w.write("one"))
	require.NoError(t, err)
	require.Equal(t, flow.DeliverResult{Failed: 1}, result)
	require.Equal(t, []string{"failed config"}, w.statuses())
}

func TestGivingUpFailsWhatIsStillQueued(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	seqs := w.write("one", "two")
	_, err := w.deliver(seqs[:1])
	require.NoError(t, err)
	in := flow.DeliverInput{ConversationID: w.id, Seqs: seqs, Reason: "could not be delivered within a day"}
	for range 2 {
		require.NoError(t, w.delivery.GiveUp(t.Context(), in))
	}
	require.Equal(t, []string{"sent", "failed given_up"}, w.statuses())
}
