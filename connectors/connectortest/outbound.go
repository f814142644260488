package connectortest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/internal/conversation"
)

func sends(t *testing.T, s *suite) {
	ids := map[string]bool{}
	for i := range 3 {
		receipt, err := s.Connector.Send(t.Context(), s.Account, s.out(s.Addresses[i%2], fmt.Sprintf("message %d", i)))
		require.NoError(t, err)
		require.NotEmpty(t, receipt.ProviderID)
		require.False(t, ids[receipt.ProviderID], "two messages have the same id at the provider")
		ids[receipt.ProviderID] = true
		require.Contains(t, []conversation.Status{conversation.StatusSent, conversation.StatusDelivered}, receipt.Status)
	}
	require.Equal(t, []Received{{Text: "message 0"}, {Text: "message 2"}}, s.Received(s.Addresses[0]))
	require.Equal(t, []Received{{Text: "message 1"}}, s.Received(s.Addresses[1]))
}

func sendsOnce(t *testing.T, s *suite) {
	if !s.Connector.Describe().Capabilities.Idempotent {
		t.Skip("the provider does not drop repetitions")
	}
	out := s.out(s.Addresses[0], "once")
	first, err := s.Connector.Send(t.Context(), s.Account, out)
	require.NoError(t, err)
	// Attempts may also run side by side, when a worker was thought to be dead.
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			again, err := s.Connector.Send(t.Context(), s.Account, out)
			if err != nil || again != first {
				t.Errorf("repeated: %v, %v; first: %v", again, err, first)
			}
		})
	}
	wg.Wait()
	require.Equal(t, []Received{{Text: "once"}}, s.Received(s.Addresses[0]))

	fresh := s.out(s.Addresses[1], "at once")
	for range 5 {
		wg.Go(func() {
			if _, err := s.Connector.Send(t.Context(), s.Account, fresh); err != nil {
				t.Errorf("side by side: %v", err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, []Received{{Text: "at once"}}, s.Received(s.Addresses[1]))
}

func sendsOptions(t *testing.T, s *suite) {
	if s.Connector.Describe().Capabilities.Options.Max == 0 {
		t.Skip("the channel has no buttons")
	}
	out := s.out(s.Addresses[0], "Which?")
	out.Message.Options = []conversation.Option{{ID: "en", Label: "English"}, {ID: "ko", Label: "한국어"}}
	_, err := s.Connector.Send(t.Context(), s.Account, out)
	require.NoError(t, err)
	require.Equal(t, []Received{{Text: "Which?", Options: out.Message.Options}}, s.Received(s.Addresses[0]))
}

func sendsLong(t *testing.T, s *suite) {
	limit := s.Connector.Describe().Capabilities.MaxText
	fits := strings.Repeat("각", limit)
	_, err := s.Connector.Send(t.Context(), s.Account, s.out(s.Addresses[0], fits))
	require.NoError(t, err)
	over := fits + "!"
	_, err = s.Connector.Send(t.Context(), s.Account, s.out(s.Addresses[1], over))
	if err == nil {
		require.Equal(t, []Received{{Text: over}}, s.Received(s.Addresses[1]), "neither refused nor whole")
		return
	}
	requireCode(t, err, connectors.CodeRejected)
	require.Empty(t, s.Received(s.Addresses[1]))
}

func requireCode(t *testing.T, err error, code connectors.ErrorCode) {
	t.Helper()
	_ = classified(t, err, code)
}

func classified(t *testing.T, err error, code connectors.ErrorCode) *connectors.SendError {
	t.Helper()
	var e *connectors.SendError
	require.ErrorAs(t, err, &e, "errors of Send classify themselves")
	require.Equal(t, code, e.Code)
	require.NotEmpty(t, e.Words, "the agent must be told")
	return e
}

func sendsConcurrently(t *testing.T, s *suite) {
	const each = 10
	var wg sync.WaitGroup
	for _, address := range s.Addresses {
		wg.Go(func() {
			for i := range each {
				if _, err := s.Connector.Send(t.Context(), s.Account, s.out(address, fmt.Sprintf("%s %d", address, i))); err != nil {
					t.Errorf("send to %s: %v", address, err)
				}
			}
		})
	}
	wg.Wait()
	for _, address := range s.Addresses {
		var expected []Received
		for i := range each {
			expected = append(expected, Received{Text: fmt.Sprintf("%s %d", address, i)})
		}
		require.Equal(t, expected, s.Received(address))
	}
}

func stops(t *testing.T, s *suite) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Connector.Send(ctx, s.Account, s.out(s.Addresses[0], "too late"))
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, s.Received(s.Addresses[0]))
}

func classifies(t *testing.T, s *suite) {
	if !s.features.Faults {
		t.Skip("the provider always behaves")
	}
	address := s.Addresses[0]
	for _, c := range []struct {
		fault     Fault
		code      connectors.ErrorCode
		whose     connectors.Fault
		permanent bool
	}{
		{Throttled, connectors.CodeThrottled, connectors.FaultProvider, false},
		{Unavailable, connectors.CodeProvider, connectors.FaultProvider, false},
		{Broken, connectors.CodeAmbiguous, connectors.FaultProvider, false},
		{Rejected, connectors.CodeRejected, connectors.FaultOurs, true},
		{Blocked, connectors.CodeUnreachable, connectors.FaultCustomer, true},
		{Locked, connectors.CodeConfig, connectors.FaultAdmin, true},
	} {
		s.Fail(c.fault)
		_, err := s.Connector.Send(t.Context(), s.Account, s.out(address, string(c.fault)))
		e := classified(t, err, c.code)
		require.Equal(t, c.permanent, e.Permanent(), c.fault)
		require.Equal(t, c.whose, e.Fault(), c.fault)
		if c.fault == Throttled {
			require.Equal(t, RetryAfter, e.RetryAfter)
		}
		require.Empty(t, s.Received(address), "%s, and yet it arrived", c.fault)
	}
	_, err := s.Connector.Send(t.Context(), s.Account, s.out(address, "well again"))
	require.NoError(t, err)
	require.Len(t, s.Received(address), 1)
}

func lostAnswers(t *testing.T, s *suite) {
	if !s.features.Faults {
		t.Skip("the provider always behaves")
	}
	address := s.Addresses[0]
	out := s.out(address, "lost request")
	s.Fail(CutBefore)
	_, err := s.Connector.Send(t.Context(), s.Account, out)
	requireCode(t, err, connectors.CodeConnection)
	require.Empty(t, s.Received(address))
	_, err = s.Connector.Send(t.Context(), s.Account, out)
	require.NoError(t, err)
	require.Len(t, s.Received(address), 1)

	out = s.out(address, "lost answer")
	s.Fail(CutAfter)
	_, err = s.Connector.Send(t.Context(), s.Account, out)
	requireCode(t, err, connectors.CodeAmbiguous)
	require.Len(t, s.Received(address), 2)
	if s.Connector.Describe().Capabilities.Idempotent {
		_, err = s.Connector.Send(t.Context(), s.Account, out)
		require.NoError(t, err)
		require.Len(t, s.Received(address), 2, "the repeated attempt arrived again")
	}
}

func timeouts(t *testing.T, s *suite) {
	if !s.features.Faults {
		t.Skip("the provider always behaves")
	}
	for taken, code := range map[bool]connectors.ErrorCode{false: connectors.CodeConnection, true: connectors.CodeAmbiguous} {
		ctx, cancel := context.WithCancel(t.Context())
		hangs := s.Hang(taken)
		failed := make(chan error, 1)
		go func() {
			_, err := s.Connector.Send(ctx, s.Account, s.out(s.Addresses[0], "slow"))
			failed <- err
		}()
		<-hangs
		cancel()
		err := <-failed
		requireCode(t, err, code)
		require.ErrorIs(t, err, context.Canceled)
	}
}

func courtesies(t *testing.T, s *suite) {
	address := s.Addresses[0]
	to := connectors.Customer{Address: address, Last: connectors.LastInbound{ID: newID(), At: time.Now()}}
	if c, ok := s.Connector.(connectors.Typist); ok {
		require.NoError(t, c.Typing(t.Context(), s.Account, to, "Mina"))
		require.NoError(t, c.Typing(t.Context(), s.Account, to, ""))
	}
	if c, ok := s.Connector.(connectors.ReadMarker); ok {
		require.NoError(t, c.MarkRead(t.Context(), s.Account, to))
	}
	if c, ok := s.Connector.(connectors.StateShower); ok {
		require.NoError(t, c.ShowState(t.Context(), s.Account, address, conversation.WithAgent, "Mina"))
		require.NoError(t, c.ShowState(t.Context(), s.Account, address, conversation.Done, ""))
	}
	if c, ok := s.Connector.(connectors.Public); ok {
		require.NotNil(t, c.Handler(accounts{s.Account}))
	}
	if c, ok := s.Connector.(connectors.Embedder); ok {
		require.Contains(t, c.Snippet(s.Account, "https://chat.example"), "https://chat.example")
	}
}

type accounts []connectors.Account

func (a accounts) Account(_ context.Context, id string) (connectors.Account, error) {
	for _, account := range a {
		if account.ID == id {
			return account, nil
		}
	}
	return connectors.Account{}, errors.Join(connectors.ErrNoAccount)
}
