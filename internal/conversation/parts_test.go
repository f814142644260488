package conversation_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"seax/internal/conversation"
)

// split has a message sent in parts and returns them.
func (w *world) split(e conversation.Event, texts ...string) []*conversation.Part {
	w.t.Helper()
	contents := make([]conversation.Message, len(texts))
	for i, text := range texts {
		contents[i] = conversation.Message{Text: text}
	}
	parts, err := w.Log.Split(w.t.Context(), conversation.Undelivered{Event: e}, "chat", contents)
	require.NoError(w.t, err)
	return parts
}

func (w *world) settlePart(e conversation.Event, p *conversation.Part, outcome conversation.Outcome) {
	w.t.Helper()
	require.NoError(w.t, w.do(func(tx *conversation.Tx) error {
		return conversation.SettlePart(w.t.Context(), tx, e.ConversationID, e.Seq, p.ID, outcome)
	}))
}

func (w *world) deliverable(e conversation.Event) []conversation.Undelivered {
	w.t.Helper()
	all, _, err := w.Log.Deliverable(w.t.Context(), e.ConversationID, []int64{e.Seq})
	require.NoError(w.t, err)
	return all
}

// A message is split once: what an attempt before has sent a part of cannot be cut differently by the next.
func TestAMessageIsSplitOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	e := w.say(id, ana)
	first := w.split(e, "one", "two", "three")
	require.Len(t, first, 3)
	require.Equal(t, first, w.split(e, "other", "parts", "and", "more"))
	ids := map[uuid.UUID]bool{e.ID: true}
	for i, p := range first {
		require.Equal(t, []string{"one", "two", "three"}[i], p.Content.Text)
		require.False(t, ids[p.ID])
		ids[p.ID] = true
	}
	require.Equal(t, first, w.deliverable(e)[0].Parts)
}

func TestAMessageIsAsFarAsItsParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	e := w.say(id, ana)
	parts := w.split(e, "one", "two", "three")
	for i, p := range parts {
		require.Equal(t, conversation.StatusQueued, w.status(e.ID))
		w.settlePart(e, p, conversation.Outcome{Status: conversation.StatusSent, ProviderID: strconv.Itoa(i)})
	}
	require.Equal(t, conversation.StatusSent, w.status(e.ID))
	w.report(id, conversation.ProviderStatus{ProviderID: "2", Status: conversation.StatusDelivered})
	w.report(id, conversation.ProviderStatus{ProviderID: "0", Status: conversation.StatusRead})
	require.Equal(t, conversation.StatusSent, w.status(e.ID), "one of them has not arrived")
	w.report(id, conversation.ProviderStatus{MessageID: parts[1].ID, Status: conversation.StatusDelivered})
	require.Equal(t, conversation.StatusDelivered, w.status(e.ID))
	w.report(id, conversation.ProviderStatus{ProviderID: "2", Through: true, Status: conversation.StatusRead})
	require.Equal(t, conversation.StatusRead, w.status(e.ID))
}

func TestOnlyWhatIsMissingIsSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	e := w.say(id, ana)
	parts := w.split(e, "one", "two", "three")
	w.settlePart(e, parts[0], conversation.Outcome{Status: conversation.StatusSent, ProviderID: "0"})
	w.settlePart(e, parts[1], conversation.Outcome{Status: conversation.StatusFailed, Error: &conversation.DeliveryError{Code: "rejected", Words: "no"}})
	require.Equal(t, conversation.StatusFailed, w.status(e.ID))
	require.Empty(t, w.deliverable(e), "the rest makes no sense without it")
	_, err := w.Log.RetryDelivery(t.Context(), id, e.ID, conversation.Actor{Kind: conversation.ByAgent, ID: ana.ID.String()})
	require.NoError(t, err)
	var left []conversation.Status
	for _, p := range w.deliverable(e)[0].Parts {
		left = append(left, p.Status)
	}
	require.Equal(t, []conversation.Status{conversation.StatusSent, conversation.StatusQueued, conversation.StatusQueued}, left)
	w.settle(id, e.Seq, conversation.Outcome{Status: conversation.StatusFailed, Error: &conversation.DeliveryError{Code: "given_up", Words: "a day has passed"}})
	require.Equal(t, conversation.StatusFailed, w.status(e.ID))
	w.requireChained(id)
}

// One part is unconfirmed, the others are sent: so is the message, until a callback resolves it.
func TestACallbackResolvesAnUnconfirmedPart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	e := w.say(id, ana)
	parts := w.split(e, "one", "two")
	w.settlePart(e, parts[0], conversation.Outcome{Status: conversation.StatusUnconfirmed, Error: &conversation.DeliveryError{Code: "ambiguous", Words: "who knows"}})
	require.Equal(t, conversation.StatusQueued, w.status(e.ID))
	w.settlePart(e, parts[1], conversation.Outcome{Status: conversation.StatusSent, ProviderID: "1"})
	require.Equal(t, conversation.StatusUnconfirmed, w.status(e.ID))
	w.report(id, conversation.ProviderStatus{MessageID: parts[0].ID, ProviderID: "0", Status: conversation.StatusDelivered})
	require.Equal(t, conversation.StatusSent, w.status(e.ID))
	w.report(id, conversation.ProviderStatus{ProviderID: "0", Status: conversation.StatusRead})
	w.report(id, conversation.ProviderStatus{ProviderID: "1", Status: conversation.StatusRead})
	require.Equal(t, conversation.StatusRead, w.status(e.ID), "by the id that the callback brought")
}

// An attempt had no answer; the callback names the message by our id, and by the provider's from then on.
func TestACallbackResolvesWhatWasUnconfirmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	e := w.say(id, ana)
	w.settle(id, e.Seq, conversation.Outcome{Status: conversation.StatusUnconfirmed, Error: &conversation.DeliveryError{Code: "ambiguous", Words: "who knows"}})
	w.report(id, conversation.ProviderStatus{MessageID: e.ID, ProviderID: "SM1", Status: conversation.StatusSent})
	require.Equal(t, conversation.StatusSent, w.status(e.ID))
	w.report(id, conversation.ProviderStatus{ProviderID: "SM1", Status: conversation.StatusDelivered})
	require.Equal(t, conversation.StatusDelivered, w.status(e.ID))
	var words *string
	require.NoError(t, w.Pool.QueryRow(t.Context(), `select error->>'words' from deliveries where event_id = $1`, e.ID).Scan(&words))
	require.Nil(t, words)
}

// Callbacks overtake the answer to the call that sent the message, in every interleaving.
func TestReportsThatComeTooEarlyAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	e := w.say(id, ana)
	w.report(id, conversation.ProviderStatus{ProviderID: "p", Status: conversation.StatusDelivered})
	w.report(id, conversation.ProviderStatus{ProviderID: "p", Status: conversation.StatusSent})
	require.Equal(t, conversation.StatusQueued, w.status(e.ID))
	w.settle(id, e.Seq, conversation.Outcome{Status: conversation.StatusSent, ProviderID: "p"})
	require.Equal(t, conversation.StatusDelivered, w.status(e.ID))
	var left int
	require.NoError(t, w.Pool.QueryRow(t.Context(), `select count(*) from delivery_reports`).Scan(&left))
	require.Zero(t, left)

	for i := range 20 {
		e := w.say(id, ana)
		provider := "race " + strconv.Itoa(i)
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := w.Log.Do(context.WithoutCancel(t.Context()), "settle", func(ctx context.Context, tx *conversation.Tx) error {
				return conversation.Settle(ctx, tx, id, e.Seq, conversation.Outcome{Status: conversation.StatusSent, ProviderID: provider})
			}); err != nil {
				t.Errorf("settle: %v", err)
			}
		})
		wg.Go(func() {
			if err := w.Log.Do(context.WithoutCancel(t.Context()), "report", func(ctx context.Context, tx *conversation.Tx) error {
				_, err := conversation.ApplyStatus(ctx, tx, "chat", id.String(), conversation.ProviderStatus{ProviderID: provider, Status: conversation.StatusRead})
				return err
			}); err != nil {
				t.Errorf("report: %v", err)
			}
		})
		wg.Wait()
		require.Equal(t, conversation.StatusRead, w.status(e.ID))
	}
}

// A watermark by time covers what was sent by then, and nothing else.
func TestAWatermarkByTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	sent, failed, unsure := w.say(id, ana), w.say(id, ana), w.say(id, ana)
	w.settle(id, sent.Seq, conversation.Outcome{Status: conversation.StatusSent, ProviderID: "1"})
	w.settle(id, failed.Seq, conversation.Outcome{Status: conversation.StatusFailed})
	w.settle(id, unsure.Seq, conversation.Outcome{Status: conversation.StatusUnconfirmed})
	w.report(id, conversation.ProviderStatus{Until: sent.At.Add(-time.Minute), Status: conversation.StatusRead})
	require.Equal(t, conversation.StatusSent, w.status(sent.ID))
	w.report(id, conversation.ProviderStatus{Until: time.Now().Add(time.Minute), Status: conversation.StatusRead})
	require.Equal(t, conversation.StatusRead, w.status(sent.ID))
	require.Equal(t, conversation.StatusFailed, w.status(failed.ID))
	require.Equal(t, conversation.StatusUnconfirmed, w.status(unsure.ID), "that others were read does not prove that it was sent")
	w.report(conversation.NewID(), conversation.ProviderStatus{Until: time.Now(), Status: conversation.StatusRead})
}

// Whatever is reported of parts, in whatever order, the message only moves forward and is never further than its last part.
func TestPartsNeverRunBackwards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	rapid.Check(t, func(r *rapid.T) {
		e := w.say(id, ana)
		parts := w.split(e, "one", "two", "three")
		for range rapid.IntRange(1, 12).Draw(r, "reports") {
			p := rapid.SampledFrom(parts).Draw(r, "part")
			status := rapid.SampledFrom(statuses[1:]).Draw(r, "status")
			if rapid.Bool().Draw(r, "through") {
				w.report(id, conversation.ProviderStatus{MessageID: p.ID, Status: status, Through: true})
			} else {
				w.settlePart(e, p, conversation.Outcome{Status: status})
			}
		}
		var whole conversation.Status
		var now []conversation.Status
		require.NoError(r, w.Pool.QueryRow(t.Context(), `select d.status, array_agg(p.status) from deliveries d join delivery_parts p using (event_id) where event_id = $1 group by d.status`, e.ID).Scan(&whole, &now))
		for _, s := range now {
			require.False(r, conversation.Forward(s, whole) && whole != conversation.StatusFailed && s != conversation.StatusFailed, "the message is %s, a part %s", whole, s)
		}
	})
	last := map[uuid.UUID]conversation.Status{}
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
	}
	w.requireChained(id)
}

// Postgres' JSON cannot hold NUL; what says something about NUL stays.
func TestNULIsLeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	for text, want := range map[string]string{"a\x00b": "ab", "\x00": "", `\u0000`: `\u0000`, "\\\x00\\": `\\`, "x\x00\x00y": "xy"} {
		e, err := w.Log.Reply(t.Context(), id, conversation.NewID(), ana, conversation.Message{Text: text})
		require.NoError(t, err)
		var m conversation.Message
		require.NoError(t, e.Decode(&m))
		require.Equal(t, want, m.Text, "%q", text)
	}
}
