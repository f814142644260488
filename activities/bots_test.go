package activities_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"seax/activities"
	"seax/connectors"
	"seax/internal/bot"
	"seax/internal/conversation"
	"seax/internal/dispatch/dispatchtest"
	"seax/workflows/flow"
	"seax/workflows/flows"
)

// botFunc is a bot that is a function.
type botFunc func(ctx context.Context, turn bot.Turn) (bot.Reply, error)

func (f botFunc) Reply(ctx context.Context, turn bot.Turn) (bot.Reply, error) { return f(ctx, turn) }

type decided struct{ retryable bool }

func (d decided) Error() string   { return "the bot failed" }
func (d decided) Retryable() bool { return d.retryable }

func TestABotSaysWhetherATurnMayBeTriedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err   error
		again bool
	}{
		"it may have taken it in": {fmt.Errorf("ask: %w", decided{false}), false},
		"it has not seen it":      {fmt.Errorf("ask: %w", decided{true}), true},
		"it does not say":         {errors.New("broken"), true},
	} {
		bots := &activities.Bots{Bot: botFunc(func(context.Context, bot.Turn) (bot.Reply, error) { return bot.Reply{}, c.err })}
		_, err := bots.Reply(t.Context(), flow.BotInput{})
		require.ErrorIs(t, err, c.err, name)
		var stop *temporal.ApplicationError
		require.Equal(t, c.again, !errors.As(err, &stop) || !stop.NonRetryable(), name)
	}
}

func TestABotHearsTheTurnAndItsReplyIsKept(t *testing.T) {
	t.Parallel()
	in := flow.BotInput{ConversationID: uuid.New(), TurnID: "t/1", Text: "hello", Choice: "c", Language: "ko", Misses: 1, ContactID: uuid.New(), ContactName: "Kim"}
	reply := bot.Reply{Messages: []conversation.Message{{Text: "hi"}}, Unsure: true, Handoff: "why", End: true}
	bots := &activities.Bots{Bot: botFunc(func(_ context.Context, turn bot.Turn) (bot.Reply, error) {
		want := bot.Turn{ConversationID: in.ConversationID, TurnID: "t/1", Text: "hello", Choice: "c", Language: "ko", Misses: 1, Contact: bot.Contact{ID: in.ContactID, Name: "Kim"}}
		require.Equal(t, want, turn)
		return reply, nil
	})}
	result, err := bots.Reply(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, flow.BotResult{Messages: reply.Messages, Unsure: true, Handoff: "why", End: true}, result)
}

// The bot does not answer in time: the customer hears an apology and waits for a person, in the real log and at the real desk.
func TestASlowBotEndsInAnApologyAndAPerson(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	id := f.Conversation()
	require.NoError(t, f.Log.Do(t.Context(), "write", func(ctx context.Context, tx *conversation.Tx) error {
		c, err := tx.Lock(ctx, id)
		if err != nil {
			return err
		}
		_, err = tx.Append(c, conversation.Draft{Kind: conversation.CustomerMessage, Actor: conversation.Actor{Kind: conversation.ByCustomer}, Body: conversation.Message{Text: "hello"}})
		return err
	}))
	slow := botFunc(func(ctx context.Context, _ bot.Turn) (bot.Reply, error) {
		<-ctx.Done()
		return bot.Reply{Messages: []conversation.Message{{Text: "too late"}}}, ctx.Err()
	})
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(30 * time.Second)
	flow.Register(env, flows.All()...)
	registry := connectors.NewRegistry()
	(&activities.Conversations{Log: f.Log, Registry: registry, BotAttempts: 1, BotTimeout: time.Second}).Register(env)
	(&activities.Routing{Desk: f.Desk}).Register(env)
	(&activities.Bots{Bot: slow}).Register(env)
	delivery := &activities.Delivery{Log: f.Log, Registry: registry, Accounts: &accounts{off: true}}
	delivery.RegisterLocal(env)
	env.RegisterDelayedCallback(env.CancelWorkflow, time.Hour)
	env.ExecuteWorkflow("assistant", flow.Input{ConversationID: id})

	kinds := f.Kinds(id)
	require.Contains(t, kinds, conversation.RoutingRequested)
	var said []string
	rows, err := f.Pool.Query(t.Context(), `select body->>'text' from conversation_events where conversation_id = $1 and kind = 'bot.message' order by seq`, id)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var text string
		require.NoError(t, rows.Scan(&text))
		said = append(said, text)
	}
	require.NoError(t, rows.Err())
	require.Equal(t, []string{
		"Sorry, I cannot answer right now. Let me connect you with a person.",
		"I am connecting you with a person. One moment, please.",
	}, said[:2])
	require.NotContains(t, said, "too late")
}
