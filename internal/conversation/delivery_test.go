package conversation_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
)

var statuses = []conversation.Status{
	conversation.StatusQueued, conversation.StatusSent, conversation.StatusUnconfirmed,
	conversation.StatusDelivered, conversation.StatusRead, conversation.StatusFailed,
}

func TestWhichWayAStatusMayMove(t *testing.T) {
	t.Parallel()
	const (
		queued, sent, unsure = conversation.StatusQueued, conversation.StatusSent, conversation.StatusUnconfirmed
		arrived, read, lost  = conversation.StatusDelivered, conversation.StatusRead, conversation.StatusFailed
	)
	allowed := map[conversation.Status][]conversation.Status{
		queued:  {unsure, sent, lost, arrived, read},
		unsure:  {sent, lost, arrived, read},
		sent:    {lost, arrived, read},
		lost:    {arrived, read}, // proof of arrival corrects it
		arrived: {read},
		read:    {},
	}
	for _, from := range statuses {
		for _, to := range statuses {
			require.Equal(t, slices.Contains(allowed[from], to), conversation.Forward(from, to), "%s → %s", from, to)
		}
	}
	require.False(t, conversation.Status("").Known())
	require.False(t, conversation.Status("bounced").Known())
}

// say logs a message of the owner's.
func (w *world) say(id uuid.UUID, by conversation.Person) conversation.Event {
	w.t.Helper()
	e, err := w.Log.Reply(w.t.Context(), id, conversation.NewID(), by, conversation.Message{Text: "hello"})
	require.NoError(w.t, err)
	return e
}

func (w *world) settle(id uuid.UUID, seq int64, outcome conversation.Outcome) {
	w.t.Helper()
	require.NoError(w.t, w.do(func(tx *conversation.Tx) error { return conversation.Settle(w.t.Context(), tx, id, seq, outcome) }))
}

func (w *world) report(id uuid.UUID, update conversation.ProviderStatus) {
	w.t.Helper()
	require.NoError(w.t, w.do(func(tx *conversation.Tx) error {
		_, err := conversation.ApplyStatus(w.t.Context(), tx, "chat", id.String(), update)
		return err
	}))
}

func (w *world) status(event uuid.UUID) (s conversation.Status) {
	w.t.Helper()
	require.NoError(w.t, w.Pool.QueryRow(w.t.Context(), `select status from deliveries where event_id = $1`, event).Scan(&s))
	return s
}

// Whatever providers and attempts report, in whatever order, the log shows each message only moving forward.
func TestStatusesNeverRunBackwards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	var messages []conversation.Event
	for i := range 4 {
		e := w.say(id, ana)
		messages = append(messages, e)
		w.settle(id, e.Seq, conversation.Outcome{Status: conversation.StatusUnconfirmed, ProviderID: strconv.Itoa(i)})
	}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same every time
	for range 60 {
		update := conversation.ProviderStatus{
			ProviderID: strconv.Itoa(random.IntN(len(messages))), Through: random.IntN(3) == 0, Status: statuses[random.IntN(len(statuses))],
		}
		if random.IntN(4) == 0 {
			update.Error = &conversation.DeliveryError{Code: "provider", Words: "why"}
		}
		w.report(id, update)
	}
	last := map[uuid.UUID]conversation.Status{}
	moved := 0
	for _, e := range w.events(id) {
		if e.Kind != conversation.DeliveryUpdated {
			continue
		}
		var body conversation.DeliveryUpdate
		require.NoError(t, e.Decode(&body))
		from, ok := last[body.EventID]
		if !ok {
			from = conversation.StatusQueued
		}
		require.True(t, conversation.Forward(from, conversation.Status(body.Status)), "%s → %s", from, body.Status)
		last[body.EventID] = conversation.Status(body.Status)
		moved++
	}
	require.Greater(t, moved, len(messages))
	for _, m := range messages {
		require.Equal(t, last[m.ID], w.status(m.ID), "the row is what the log says")
	}
	w.requireChained(id)
}

func TestAReadReceiptReachesEarlierMessagesButNotFailedOnes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	failed, sent, named, later := w.say(id, ana), w.say(id, ana), w.say(id, ana), w.say(id, ana)
	w.settle(id, failed.Seq, conversation.Outcome{Status: conversation.StatusFailed, Error: &conversation.DeliveryError{Code: "blocked", Words: "blocked"}})
	for i, e := range []conversation.Event{sent, named, later} {
		w.settle(id, e.Seq, conversation.Outcome{Status: conversation.StatusSent, ProviderID: strconv.Itoa(i)})
	}
	w.report(id, conversation.ProviderStatus{ProviderID: "1", Through: true, Status: conversation.StatusRead})
	require.Equal(t, conversation.StatusFailed, w.status(failed.ID))
	require.Equal(t, conversation.StatusRead, w.status(sent.ID))
	require.Equal(t, conversation.StatusRead, w.status(named.ID))
	require.Equal(t, conversation.StatusSent, w.status(later.ID))
}

func TestReportsWeCannotPlaceChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	e := w.say(id, ana)
	w.settle(id, e.Seq, conversation.Outcome{Status: conversation.StatusSent, ProviderID: "p"})
	before := len(w.events(id))
	w.report(id, conversation.ProviderStatus{ProviderID: "unknown", Status: conversation.StatusRead})
	w.report(id, conversation.ProviderStatus{ProviderID: "p", Status: "bounced"})
	w.report(id, conversation.ProviderStatus{ProviderID: "p", Status: conversation.StatusSent})
	w.report(conversation.NewID(), conversation.ProviderStatus{ProviderID: "p", Status: conversation.StatusRead, Through: true})
	w.settle(id, e.Seq+100, conversation.Outcome{Status: conversation.StatusRead})
	require.NoError(t, w.do(func(tx *conversation.Tx) error {
		_, err := conversation.ApplyStatus(t.Context(), tx, "another channel", id.String(), conversation.ProviderStatus{ProviderID: "p", Status: conversation.StatusRead})
		return err
	}))
	require.Len(t, w.events(id), before)
	require.Equal(t, conversation.StatusSent, w.status(e.ID))
}

// A provider may report on a message before the attempt that sent it has been written down.
func TestAProviderIdThatComesLateIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	e := w.say(id, ana)
	w.settle(id, e.Seq, conversation.Outcome{Status: conversation.StatusDelivered})
	w.settle(id, e.Seq, conversation.Outcome{Status: conversation.StatusSent, ProviderID: "p"})
	require.Equal(t, conversation.StatusDelivered, w.status(e.ID))
	w.report(id, conversation.ProviderStatus{ProviderID: "p", Status: conversation.StatusRead})
	require.Equal(t, conversation.StatusRead, w.status(e.ID))
}

// An attempt of the workflow has logged a message and died before anybody knew: it goes with the next, in its place, or when the
// conversation is over.
func TestAMessageNobodyKnowsOfIsSentWithTheNext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	lost, next, later := w.say(id, ana), w.say(id, ana), w.say(id, ana)
	waiting, _, err := w.Log.Deliverable(t.Context(), id, []int64{next.Seq})
	require.NoError(t, err)
	require.Len(t, waiting, 2)
	require.Equal(t, []int64{lost.Seq, next.Seq}, []int64{waiting[0].Event.Seq, waiting[1].Event.Seq})
	w.settle(id, lost.Seq, conversation.Outcome{Status: conversation.StatusSent})
	unsent, err := w.Log.Unsent(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, []int64{next.Seq, later.Seq}, unsent)
	waiting, _, err = w.Log.Deliverable(t.Context(), id, nil)
	require.NoError(t, err)
	require.Empty(t, waiting)
}

func TestOnlyAPersonSendsAFailedMessageAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	by := conversation.Actor{Kind: conversation.ByAgent, ID: ana.ID.String()}
	ok, failed, unsure := w.say(id, ana), w.say(id, ana), w.say(id, ana)
	w.settle(id, ok.Seq, conversation.Outcome{Status: conversation.StatusSent})
	w.settle(id, failed.Seq, conversation.Outcome{Status: conversation.StatusFailed, Attempts: 3, Error: &conversation.DeliveryError{Code: "x", Words: "no"}})
	w.settle(id, unsure.Seq, conversation.Outcome{Status: conversation.StatusUnconfirmed})
	all := []int64{ok.Seq, failed.Seq, unsure.Seq}
	waiting, _, err := w.Log.Deliverable(t.Context(), id, all)
	require.NoError(t, err)
	require.Empty(t, waiting)

	_, err = w.Log.RetryDelivery(t.Context(), id, ok.ID, by)
	require.ErrorIs(t, err, conversation.ErrNotFailed)
	other, _ := w.owned()
	_, err = w.Log.RetryDelivery(t.Context(), other, failed.ID, by)
	require.ErrorIs(t, err, conversation.ErrNotFailed, "it is not in that conversation")
	for _, e := range []conversation.Event{failed, unsure} {
		_, err = w.Log.RetryDelivery(t.Context(), id, e.ID, by)
		require.NoError(t, err)
		_, err = w.Log.RetryDelivery(t.Context(), id, e.ID, by)
		require.ErrorIs(t, err, conversation.ErrNotFailed, "it is on its way again")
	}
	waiting, _, err = w.Log.Deliverable(t.Context(), id, all)
	require.NoError(t, err)
	require.Len(t, waiting, 2)
	require.Equal(t, failed.ID, waiting[0].Event.ID, "in order")
	require.Equal(t, 3, waiting[0].Attempts)
}
