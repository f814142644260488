package listener_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"seax/workflows/listener"
)

// play runs the workflow over what listening ends with, time after time.
func play(t *testing.T, ends func(n int) (listener.Result, error)) (calls int, err error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	listener.Register(env)
	env.RegisterActivityWithOptions(func(_ context.Context, in listener.Input) (listener.Result, error) {
		require.Equal(t, listener.Input{ChannelID: "mail", Kind: "email"}, in)
		calls++
		return ends(calls)
	}, activity.RegisterOptions{Name: listener.ActivityListen})
	env.ExecuteWorkflow(listener.Name, listener.Input{ChannelID: "mail", Kind: "email"})
	require.True(t, env.IsWorkflowCompleted())
	return calls, env.GetWorkflowError()
}

func TestListensAgainUntilTheAccountIsGone(t *testing.T) {
	t.Parallel()
	calls, err := play(t, func(n int) (listener.Result, error) {
		switch {
		case n < 5:
			return listener.Result{}, errors.New("the connection was lost")
		case n < 8:
			return listener.Result{}, nil
		default:
			return listener.Result{Gone: true}, nil
		}
	})
	require.NoError(t, err)
	require.Equal(t, 8, calls)
}

func TestGoesOnInANewRun(t *testing.T) {
	t.Parallel()
	_, err := play(t, func(int) (listener.Result, error) { return listener.Result{}, nil })
	require.True(t, workflow.IsContinueAsNewError(err), "%v", err)
}
