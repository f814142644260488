package activities_test

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"seax/activities"
	"seax/connectors"
	"seax/connectors/simulator"
	"seax/internal/conversation"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/health"
	"seax/internal/pacing"
	"seax/workflows/flow"
)

var account = connectors.Account{ID: "chat", Kind: simulator.Kind, Name: "Simulator", Secret: bytes.Repeat([]byte("s"), 32)}

// accounts answers with one account, until it is switched off.
type accounts struct {
	mu  sync.Mutex
	off bool
}

func (a *accounts) Account(context.Context, string) (connectors.Account, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.off {
		return connectors.Account{}, connectors.ErrNoAccount
	}
	return account, nil
}

// world is a conversation whose owner writes, on the simulator's channel.
type world struct {
	*dispatchtest.Floor

	provider *simulator.Provider
	accounts *accounts
	delivery *activities.Delivery
	id       uuid.UUID
	ana      conversation.Person
	t        *testing.T
}

// newWorld sets one up; forgetful: the provider does not drop repetitions.
func newWorld(t *testing.T, forgetful bool) *world {
	t.Helper()
	f := dispatchtest.New(t)
	w := &world{Floor: f, provider: simulator.NewProvider(time.Now), accounts: &accounts{}, ana: f.Agent("Ana", 1000, nil), t: t}
	w.provider.Forgetful = forgetful
	w.provider.Know(account)
	connector := simulator.New(simulator.Deps{Transport: w.provider, Forgetful: forgetful, Clock: time.Now})
	w.delivery = &activities.Delivery{
		Log: f.Log, Registry: connectors.NewRegistry(connector), Accounts: w.accounts, Pacer: pacing.New(time.Now), Gate: health.NewGate(time.Now, nil), Clock: time.Now,
	}
	w.id = w.Conversation()
	_, err := w.Desk.TakeOver(t.Context(), w.id, w.ana, "")
	require.NoError(t, err)
	return w
}

// write has the owner write messages; their seqs are returned.
func (w *world) write(texts ...string) []int64 {
	w.t.Helper()
	var seqs []int64
	for _, text := range texts {
		e, err := w.Log.Reply(w.t.Context(), w.id, conversation.NewID(), w.ana, conversation.Message{Text: text})
		require.NoError(w.t, err)
		seqs = append(seqs, e.Seq)
	}
	return seqs
}

func (w *world) deliver(seqs []int64) (flow.DeliverResult, error) {
	w.t.Helper()
	return w.delivery.Deliver(w.t.Context(), flow.DeliverInput{ConversationID: w.id, Seqs: seqs})
}

// received lists the texts that the customer has got.
func (w *world) received() []string {
	w.t.Helper()
	var texts []string
	for _, s := range w.provider.Sent(w.id.String()) {
		texts = append(texts, s.Text)
	}
	return texts
}

// statuses lists how far the messages got, in order, each with the code of its error if there is one.
func (w *world) statuses() []string {
	w.t.Helper()
	rows, err := w.Pool.Query(w.t.Context(), `select status || coalesce(' ' || (error->>'code'), '') from deliveries where conversation_id = $1 order by seq`, w.id)
	require.NoError(w.t, err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(w.t, err)
	return all
}
