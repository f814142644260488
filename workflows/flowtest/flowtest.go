// Package flowtest tests flows: script what the customer, the bot and the agents do, and assert what is said and where it is
// routed. Time is skipped, so a wait of three days takes no time. Every scenario can be run with continue-as-new forced at
// every possible point, which must not change what the customer sees.
package flowtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"seax/internal/conversation"
	"seax/internal/sla"
	"seax/workflows/flow"
)

// Scenario is one conversation to be played.
type Scenario struct {
	// Flow is the flow's name; Flows are all that are known.
	Flow  string
	Flows []flow.Flow
	// Language, ContactName and Queue are facts of the conversation; the defaults are "", "" and "support".
	Language, ContactName, Queue string
	// Bot answers customers; nil: it does not know anything.
	Bot func(flow.BotInput) (flow.BotResult, error)
	// BotTakes is how long the bot thinks before it answers.
	BotTakes time.Duration
	// Activities are the developer's own, by name, for flows that Do them.
	Activities map[string]any
	// Closed lists queues that are closed; Opens is when they open.
	Closed map[string]time.Time
	// Queues that exist; nil: every queue does.
	Queues []string
	// Promises are what queues promise; nil: nothing. They are open at all hours.
	Promises map[string]sla.Targets
	// Local: messages are sent beside the workflow, as on webchat, instead of through a delivery queue.
	Local bool
	// NoFiles: the provider hands no files over, and changes no messages. Stranger: it can be asked who the customer is.
	NoFiles, Stranger bool
	// Lost are messages that an attempt logged whose end was lost: the workflow learns of them when it closes the conversation.
	Lost []int64
	// Renew forces continue-as-new whenever the workflow could go on in a new run.
	Renew bool
	// RenewAfter forces it once: at the first possible moment after so many effects (see Result.Effects). 0: never.
	RenewAfter int
	// Start is when the conversation begins; the default is a fixed Monday noon in UTC.
	Start time.Time

	steps []step
}

type step struct {
	after time.Duration
	do    func(*World)
}

// At adds something that happens some time after the beginning. The moment should not be one at which the flow does something
// by itself.
func (s *Scenario) At(after time.Duration, do func(*World)) *Scenario {
	s.steps = append(s.steps, step{after, do})
	return s
}

// Customer has the customer write.
func Customer(text string) func(*World) {
	return func(w *World) {
		w.input(conversation.CustomerMessage, conversation.Actor{Kind: conversation.ByCustomer}, conversation.Message{Text: text})
	}
}

// CustomerFile has the customer send a file, which the channel's provider has to hand over.
func CustomerFile(name string) func(*World) {
	return func(w *World) {
		file := conversation.Attachment{Name: name, State: conversation.AttachmentPending}
		w.input(conversation.CustomerMessage, conversation.Actor{Kind: conversation.ByCustomer}, conversation.Message{Attachments: []conversation.Attachment{file}})
	}
}

// AgentChanges has somebody of ours want an earlier message to be changed.
func AgentChanges(what conversation.ChangeKind, seq int64) func(*World) {
	return func(w *World) {
		w.input(conversation.ChangeRequested, conversation.Actor{Kind: conversation.ByAgent}, conversation.ChangeRequest{MessageSeq: seq, What: what})
	}
}

// Chooses has the customer tap an option.
func Chooses(id string) func(*World) {
	return func(w *World) {
		w.input(conversation.CustomerMessage, conversation.Actor{Kind: conversation.ByCustomer}, conversation.Message{Choice: id})
	}
}

// GoesOnAt has the customer go on with the conversation on a channel of another kind.
func GoesOnAt(kind string) func(*World) {
	return func(w *World) {
		w.channel = kind
		w.input(conversation.Continued, conversation.System, conversation.Continuation{Place: conversation.Place{ChannelID: kind, ChannelKind: kind, ChannelName: kind, Address: "there"}})
	}
}

// Leaves has the customer end the conversation.
func Leaves() func(*World) {
	return func(w *World) {
		w.input(conversation.CustomerLeft, conversation.Actor{Kind: conversation.ByCustomer}, conversation.Reasoned{Reason: "left"})
	}
}

// Together has several things happen before the workflow hears of the first.
func Together(first func(*World), then ...func(*World)) func(*World) {
	return func(w *World) {
		running := w.running
		w.running = false
		for _, next := range then {
			first(w)
			first = next
		}
		w.running = running
		first(w)
	}
}

// Result is what came of a scenario.
type Result struct {
	*World
	// Runs counts the workflow's runs: 1 and each continue-as-new.
	Runs int
}

// Play plays the scenario until the conversation's workflow ends.
func (s *Scenario) Play(t *testing.T) Result {
	t.Helper()
	if s.Start.IsZero() {
		s.Start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	}
	if s.Queue == "" {
		s.Queue = "support"
	}
	w := newWorld(s)
	result := Result{World: w}
	workflowType, input := s.Flow, any(flow.Input{ConversationID: w.id})
	begun := s.Start
	for {
		result.Runs++
		require.Less(t, result.Runs, 500, "the workflow goes on in new runs for ever")
		env := s.environment(w, begun)
		env.ExecuteWorkflow(workflowType, input)
		require.True(t, env.IsWorkflowCompleted())
		err := env.GetWorkflowError()
		var next *workflow.ContinueAsNewError
		if !errors.As(err, &next) {
			require.NoError(t, err)
			return result
		}
		workflowType = next.WorkflowType.Name
		var carried flow.Input
		require.NoError(t, decode(next, &carried))
		input = carried
		begun = w.now()
	}
}

func decode(next *workflow.ContinueAsNewError, into *flow.Input) error {
	if len(next.Input.GetPayloads()) != 1 {
		return fmt.Errorf("a new run has %d inputs", len(next.Input.GetPayloads()))
	}
	return json.Unmarshal(next.Input.GetPayloads()[0].GetData(), into)
}

// environment is one run of the workflow. What is still to come of the script is laid on its clock.
func (s *Scenario) environment(w *World, begun time.Time) *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartTime(begun)
	env.SetTestTimeout(time.Minute)
	w.env, w.running = env, false
	flow.Register(env, s.Flows...)
	w.register(env)
	for name, fn := range s.Activities {
		register(env, name, fn)
	}
	if s.BotTakes > 0 {
		env.OnActivity(flow.ActivityBot, mock.Anything, mock.Anything).Return(w.bot).After(s.BotTakes)
	}
	for ; w.played < len(s.steps) && !s.Start.Add(s.steps[w.played].after).After(begun); w.played++ {
		// What is due at the very beginning is in the log before the workflow starts.
		s.steps[w.played].do(w)
	}
	w.running = true
	for i := w.played; i < len(s.steps); i++ {
		env.RegisterDelayedCallback(func() {
			w.played = i + 1
			s.steps[i].do(w)
		}, s.Start.Add(s.steps[i].after).Sub(begun))
	}
	env.SetContinueAsNewSuggested(s.Renew)
	return env
}

func register(env *testsuite.TestWorkflowEnvironment, name string, fn any) {
	env.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: name})
}

// quiet keeps the test's output to what matters.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
