package connectors_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
)

// silent is a connector that only has a kind.
type silent string

func (s silent) Describe() connectors.Description { return connectors.Description{Kind: string(s)} }
func (silent) Authenticate(context.Context, connectors.Account, *connectors.Request) (connectors.Caller, error) {
	return connectors.Caller{}, connectors.ErrUnauthenticated
}
func (silent) Parse(context.Context, connectors.Account, connectors.Caller, *connectors.Request) (connectors.Batch, error) {
	return connectors.Batch{}, nil
}
func (silent) Send(context.Context, connectors.Account, connectors.Outgoing) (connectors.Receipt, error) {
	return connectors.Receipt{}, nil
}

func TestARegistryFindsConnectorsByKind(t *testing.T) {
	t.Parallel()
	r := connectors.NewRegistry(silent("sms"), silent("chat"))
	require.Equal(t, []string{"chat", "sms"}, r.Kinds())
	found, ok := r.Get("sms")
	require.True(t, ok)
	require.Equal(t, silent("sms"), found)
	for _, kind := range []string{"", "SMS", "fax"} {
		_, ok = r.Get(kind)
		require.False(t, ok, kind)
	}
	require.Empty(t, connectors.NewRegistry().Kinds())
	require.PanicsWithValue(t, `connectors: two connectors of kind "sms"`, func() { connectors.NewRegistry(silent("sms"), silent("sms")) })
}

// Retries are decided by the code alone; a new code must be put on one of the sides here.
func TestWhatEachErrorMeans(t *testing.T) {
	t.Parallel()
	for code, want := range map[connectors.ErrorCode]struct {
		permanent bool
		fault     connectors.Fault
	}{
		connectors.CodeConnection:   {false, connectors.FaultProvider},
		connectors.CodeThrottled:    {false, connectors.FaultProvider},
		connectors.CodeProvider:     {false, connectors.FaultProvider},
		connectors.CodeAmbiguous:    {false, connectors.FaultProvider},
		connectors.CodeConfig:       {true, connectors.FaultAdmin},
		connectors.CodeRejected:     {true, connectors.FaultOurs},
		connectors.CodeUnreachable:  {true, connectors.FaultCustomer},
		connectors.CodeWindowClosed: {true, connectors.FaultCustomer},
		connectors.CodeOptedOut:     {true, connectors.FaultCustomer},
	} {
		cause := errors.New("cause")
		err := fmt.Errorf("deliver: %w", &connectors.SendError{Code: code, Words: "words", Cause: cause})
		var e *connectors.SendError
		require.ErrorAs(t, err, &e)
		require.Equal(t, want.permanent, e.Permanent(), code)
		require.Equal(t, want.fault, e.Fault(), code)
		require.ErrorIs(t, err, cause)
		require.EqualError(t, e, "send: "+string(code)+": words: cause")
	}
	require.EqualError(t, &connectors.SendError{Code: connectors.CodeRejected, Words: "words"}, "send: rejected: words")
	require.EqualError(t, &connectors.LimitError{RetryAfter: time.Second}, "too many requests; retry after 1s")
	require.ErrorIs(t, connectors.ErrExpired, connectors.ErrUnauthenticated)
}
