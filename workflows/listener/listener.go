// Package listener holds the workflow that keeps a channel account's connection to its provider: there is one for each account that
// has to listen (a mailbox, a gateway). Temporal decides which worker holds the connection, and moves it when that worker dies.
package listener

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"seax/workflows/flow"
)

// Name is the workflow type.
const Name = "listener"

// ID is the id of an account's workflow: there is at most one at a time.
func ID(channelID string) string { return "listener/" + channelID }

// ActivityListen holds the connection: Input → Result, on the channel kind's task queue.
const ActivityListen = "channel.listen"

// Input names the account.
type Input struct {
	ChannelID string `json:"channel_id"`
	Kind      string `json:"kind"`
}

// Result says why listening ended. Gone: the account is switched off or removed. Otherwise its settings have changed.
type Result struct {
	Gone bool `json:"gone"`
}

// Beat is how often who listens says that it is alive; HeartbeatTimeout after how long another takes over.
const (
	Beat             = 4 * time.Second
	HeartbeatTimeout = 15 * time.Second
)

// Register makes the workflow known.
func Register(r flow.Registry) {
	r.RegisterWorkflowWithOptions(Listen, workflow.RegisterOptions{Name: Name})
}

// rounds bounds how often settings may change in one run.
const rounds = 50

// Listen is the workflow. It ends when there is nothing to listen to any more.
func Listen(ctx workflow.Context, in Input) error {
	options := workflow.ActivityOptions{
		TaskQueue: flow.DeliveryQueue(in.Kind), StartToCloseTimeout: 7 * 24 * time.Hour, HeartbeatTimeout: HeartbeatTimeout,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
		Summary:     "Hold the connection of " + in.ChannelID,
	}
	for range rounds {
		var result Result
		if err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), ActivityListen, in).Get(ctx, &result); err != nil {
			return err
		}
		if result.Gone {
			return nil
		}
	}
	return workflow.NewContinueAsNewError(ctx, Name, in)
}
