package activities_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/internal/clocktest"
	"seax/internal/conversation"
	"seax/workflows/flow"
)

// change is what the provider was asked to do.
type change struct {
	what, id, text string
	ours           bool
}

// changing is a channel on which messages can be changed.
type changing struct {
	picky
	changes []change
	refuse  []error
}

func (c *changing) do(done change) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.refuse) > 0 {
		err := c.refuse[0]
		c.refuse = c.refuse[1:]
		if err != nil {
			return err
		}
	}
	c.changes = append(c.changes, done)
	return nil
}

func (c *changing) Edit(_ context.Context, _ connectors.Account, t connectors.Target, text string) error {
	return c.do(change{"edit", t.ProviderID, text, t.Ours})
}

func (c *changing) Delete(_ context.Context, _ connectors.Account, t connectors.Target) error {
	return c.do(change{"delete", t.ProviderID, "", t.Ours})
}

func (c *changing) React(_ context.Context, _ connectors.Account, t connectors.Target, emoji string) error {
	return c.do(change{"react", t.ProviderID, emoji, t.Ours})
}

func changingWorld(t *testing.T, c *changing) (*world, *clocktest.Clock) {
	t.Helper()
	c.capabilities.MaxText = max(c.capabilities.MaxText, 10)
	w, clock := pickyWorld(t, &c.picky)
	w.delivery.Registry = connectors.NewRegistry(c)
	return w, clock
}

// request asks for a change of a message and returns the request's seq.
func (w *world) request(seq int64, want conversation.ChangeRequest) int64 {
	w.t.Helper()
	var id uuid.UUID
	require.NoError(w.t, w.Pool.QueryRow(w.t.Context(), `select id from conversation_events where conversation_id = $1 and seq = $2`, w.id, seq).Scan(&id))
	c, err := w.Log.RequestChange(w.t.Context(), w.id, id, w.ana, false, want)
	require.NoError(w.t, err)
	return c.LastSeq
}

// last is the newest event of the conversation.
func (w *world) last() (kind conversation.Kind, body map[string]any) {
	w.t.Helper()
	var raw []byte
	require.NoError(w.t, w.Pool.QueryRow(w.t.Context(), `select kind, body from conversation_events where conversation_id = $1 order by seq desc limit 1`, w.id).Scan(&kind, &raw))
	require.NoError(w.t, json.Unmarshal(raw, &body))
	return kind, body
}

func (w *world) change(seq int64) error {
	return w.delivery.Change(w.t.Context(), flow.ErrandInput{ConversationID: w.id, Seq: seq})
}

func TestMessagesAreChangedAtTheProvider(t *testing.T) {
	t.Parallel()
	c := &changing{}
	w, _ := changingWorld(t, c)
	seqs := w.write("helo")
	_, err := w.deliver(seqs)
	require.NoError(t, err)
	id := c.sent[0].ID

	edit := w.request(seqs[0], conversation.ChangeRequest{What: conversation.ToEdit, Text: "hello"})
	require.NoError(t, w.change(edit))
	kind, body := w.last()
	require.Equal(t, conversation.MessageEdited, kind)
	require.Equal(t, map[string]any{"message_seq": float64(seqs[0]), "request_seq": float64(edit), "text": "hello"}, body)
	require.NoError(t, w.change(edit), "once more changes nothing")

	require.NoError(t, w.change(w.request(seqs[0], conversation.ChangeRequest{What: conversation.ToReact, Emoji: "👍"})))
	kind, _ = w.last()
	require.Equal(t, conversation.MessageReaction, kind)

	require.NoError(t, w.change(w.request(seqs[0], conversation.ChangeRequest{What: conversation.ToDelete})))
	kind, _ = w.last()
	require.Equal(t, conversation.MessageDeleted, kind)
	require.Equal(t, []change{{"edit", id, "hello", true}, {"react", id, "👍", true}, {"delete", id, "", true}}, c.changes)

	var left int
	require.NoError(t, w.Pool.QueryRow(t.Context(), `select count(*) from conversation_events where conversation_id = $1 and body::text ~ 'hel+o'`, w.id).Scan(&left))
	require.Zero(t, left, "what was taken back is nowhere in the log")
}

func TestMessagesInPartsAreTakenBackPartByPart(t *testing.T) {
	t.Parallel()
	c := &changing{}
	w, _ := changingWorld(t, c)
	seqs := w.write("안녕하세요 여러분 반갑습니다")
	_, err := w.deliver(seqs)
	require.NoError(t, err)
	c.refuse = []error{nil, sendError(connectors.CodeProvider)}
	request := w.request(seqs[0], conversation.ChangeRequest{What: conversation.ToDelete})
	requireWaits(t, w.change(request))
	require.NoError(t, w.change(request))
	ids := map[string]bool{}
	for _, done := range c.changes {
		ids[done.id] = true
	}
	require.Equal(t, map[string]bool{c.sent[0].ID: true, c.sent[1].ID: true}, ids)
	_, err = w.Log.RequestChange(t.Context(), w.id, uuid.New(), w.ana, false, conversation.ChangeRequest{What: conversation.ToDelete})
	require.ErrorIs(t, err, conversation.ErrUnchangeable)
}

func TestRefusedChangesAreToldAndMessagesStay(t *testing.T) {
	t.Parallel()
	c := &changing{}
	w, _ := changingWorld(t, c)
	seqs := w.write("hello")
	_, err := w.deliver(seqs)
	require.NoError(t, err)
	c.refuse = []error{&connectors.SendError{Code: connectors.CodeRejected, Words: "Too late."}}
	request := w.request(seqs[0], conversation.ChangeRequest{What: conversation.ToDelete})
	require.NoError(t, w.change(request))
	kind, body := w.last()
	require.Equal(t, conversation.ChangeFailed, kind)
	require.Equal(t, "Too late.", body["error"])
	require.Equal(t, "delete", body["what"])

	request = w.request(seqs[0], conversation.ChangeRequest{What: conversation.ToEdit, Text: "x"})
	require.NoError(t, w.delivery.Unchanged(t.Context(), flow.ErrandInput{ConversationID: w.id, Seq: request, Reason: "Nobody answered."}))
	kind, body = w.last()
	require.Equal(t, conversation.ChangeFailed, kind)
	require.Equal(t, "Nobody answered.", body["error"])
	require.NoError(t, w.change(request))
	require.Empty(t, c.changes, "what was given up is not done later")
}

func TestWhatCannotBeChanged(t *testing.T) {
	t.Parallel()
	c := &changing{}
	w, _ := changingWorld(t, c)
	seqs := w.write("hello", "this is longer than one message", "unsent")
	_, err := w.deliver(seqs[:2])
	require.NoError(t, err)
	ids := map[int64]uuid.UUID{}
	for _, seq := range seqs {
		var id uuid.UUID
		require.NoError(t, w.Pool.QueryRow(t.Context(), `select id from conversation_events where conversation_id = $1 and seq = $2`, w.id, seq).Scan(&id))
		ids[seq] = id
	}
	tom := w.Agent("Tom", 100, nil)
	ask := func(seq int64, by conversation.Person, anybodys bool, what conversation.ChangeKind) error {
		_, err := w.Log.RequestChange(t.Context(), w.id, ids[seq], by, anybodys, conversation.ChangeRequest{What: what, Text: "x", Emoji: "x"})
		return err
	}
	require.ErrorIs(t, ask(seqs[0], tom, true, conversation.ToDelete), conversation.ErrNotOwner)
	for _, what := range []conversation.ChangeKind{conversation.ToEdit, conversation.ToDelete, conversation.ToReact} {
		require.ErrorIs(t, ask(seqs[2], w.ana, false, what), conversation.ErrUnchangeable, "%s before it was sent", what)
	}
	require.ErrorIs(t, ask(seqs[1], w.ana, false, conversation.ToEdit), conversation.ErrUnchangeable, "in parts")
	_, err = w.Desk.TakeOver(t.Context(), w.id, tom, "")
	require.NoError(t, err)
	require.ErrorIs(t, ask(seqs[0], tom, false, conversation.ToDelete), conversation.ErrUnchangeable, "somebody else's")
	require.ErrorIs(t, ask(seqs[0], tom, true, conversation.ToEdit), conversation.ErrUnchangeable, "words are not put into others' mouths")
	require.NoError(t, ask(seqs[0], tom, true, conversation.ToDelete))
	require.NoError(t, ask(seqs[0], tom, false, conversation.ToReact))
}

// Who has found out that an unconfirmed message was sent says so; then it is as if the provider had.
func TestUnconfirmedMessagesAreConfirmedByAPerson(t *testing.T) {
	t.Parallel()
	p := &picky{capabilities: connectors.Capabilities{MaxText: 5}, fail: []error{nil, sendError(connectors.CodeAmbiguous)}}
	w, _ := pickyWorld(t, p)
	_, err := w.deliver(w.write("first other third"))
	require.NoError(t, err)
	require.Equal(t, []string{"unconfirmed ambiguous"}, w.statuses())
	var id uuid.UUID
	require.NoError(t, w.Pool.QueryRow(t.Context(), `select event_id from deliveries`).Scan(&id))
	ana := conversation.Actor{Kind: conversation.ByAgent, ID: w.ana.ID.String(), Name: w.ana.Name}
	_, err = w.Log.ConfirmDelivery(t.Context(), w.id, id, ana)
	require.NoError(t, err)
	require.Equal(t, []string{"sent"}, w.statuses())
	kind, body := w.last()
	require.Equal(t, conversation.DeliveryUpdated, kind)
	require.Equal(t, "sent", body["status"])
	_, err = w.Log.ConfirmDelivery(t.Context(), w.id, id, ana)
	require.ErrorIs(t, err, conversation.ErrNotUnconfirmed)
	require.Equal(t, []string{"first", "third"}, p.texts())
}

func TestChangesWaitForAPausedChannel(t *testing.T) {
	t.Parallel()
	c := &changing{}
	w, _ := changingWorld(t, c)
	seqs := w.write("hello")
	_, err := w.deliver(seqs)
	require.NoError(t, err)
	w.delivery.Accounts = steady{ID: "chat", Kind: pickyKind, Paused: true}
	require.Equal(t, 30*time.Second, requireWaits(t, w.change(w.request(seqs[0], conversation.ChangeRequest{What: conversation.ToDelete}))))
	require.Empty(t, c.changes)
}
