package conversation_test

import (
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
)

func TestARepeatedReplyIsOneMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	cid := conversation.NewID()
	var wg sync.WaitGroup
	seqs := make([]int64, 16)
	errs := make([]error, len(seqs))
	for i := range seqs {
		wg.Go(func() {
			var e conversation.Event
			e, errs[i] = w.Log.Reply(t.Context(), id, cid, ana, conversation.Message{Text: "hello"})
			seqs[i] = e.Seq
		})
	}
	wg.Wait()
	for i := range seqs {
		require.NoError(t, errs[i])
		require.Equal(t, seqs[0], seqs[i])
	}
	var deliveries int
	require.NoError(t, w.Pool.QueryRow(t.Context(), `select count(*) from deliveries where event_id = $1 and conversation_id = $2 and status = 'queued'`, cid, id).Scan(&deliveries))
	require.Equal(t, 1, deliveries)
	w.requireChained(id)
}

func TestAnIdNamesOneThing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	other, _ := w.owned()
	cid := conversation.NewID()
	_, err := w.Log.Reply(t.Context(), id, cid, ana, conversation.Message{Text: "hello"})
	require.NoError(t, err)
	for name, again := range map[string]func() error{
		"as a note": func() error {
			_, err := w.Log.AddNote(t.Context(), id, cid, ana, conversation.Note{Text: "hello"})
			return err
		},
		"in another conversation": func() error {
			_, err := w.Log.Reply(t.Context(), other, cid, ana, conversation.Message{Text: "hello"})
			return err
		},
		"by somebody else": func() error {
			_, err := w.Log.Reply(t.Context(), id, cid, conversation.Person{ID: conversation.NewID(), Name: "Eve"}, conversation.Message{Text: "hello"})
			return err
		},
	} {
		require.ErrorIs(t, again(), conversation.ErrReused, name)
	}
}

// A reply that was accepted stays accepted when it is repeated after the conversation has gone to somebody else.
func TestARepeatedReplyAfterLosingTheConversationIsStillTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	cid := conversation.NewID()
	first, err := w.Log.Reply(t.Context(), id, cid, ana, conversation.Message{Text: "hello"})
	require.NoError(t, err)
	_, err = w.Desk.TakeOver(t.Context(), id, w.Agent("Tom", 100, nil), "")
	require.NoError(t, err)
	again, err := w.Log.Reply(t.Context(), id, cid, ana, conversation.Message{Text: "hello"})
	require.NoError(t, err)
	require.Equal(t, first.Seq, again.Seq)
	_, err = w.Log.Reply(t.Context(), id, conversation.NewID(), ana, conversation.Message{Text: "hello"})
	require.ErrorIs(t, err, conversation.ErrNotOwner)
}

func TestReplyingAnswersTheCustomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	first, err := w.append(id, said("hello?"))
	require.NoError(t, err)
	_, err = w.append(id, said("anyone?"))
	require.NoError(t, err)
	c := w.get(id)
	require.Equal(t, 2, c.Unread)
	require.True(t, first.At.Equal(*c.WaitingSince), "since the first unanswered message")
	_, err = w.Log.AddNote(t.Context(), id, conversation.NewID(), ana, conversation.Note{Text: "looks angry"})
	require.NoError(t, err)
	require.Equal(t, "anyone?", w.get(id).Preview, "a note is not what was said")
	require.NotNil(t, w.get(id).WaitingSince)
	_, err = w.Log.Reply(t.Context(), id, conversation.NewID(), ana, conversation.Message{Text: "here!"})
	require.NoError(t, err)
	c = w.get(id)
	require.Zero(t, c.Unread)
	require.Nil(t, c.WaitingSince)
	require.Equal(t, "here!", c.Preview)
}

func TestReadingUpToASeqLeavesTheRestUnread(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	first, err := w.append(id, said("one"))
	require.NoError(t, err)
	second, err := w.append(id, said("two"))
	require.NoError(t, err)
	read := func(by uuid.UUID, seq int64) *conversation.Conversation {
		c, err := w.Log.MarkRead(t.Context(), id, by, seq)
		require.NoError(t, err)
		return c
	}
	require.Equal(t, 1, read(ana.ID, first.Seq).Unread)
	require.Nil(t, read(ana.ID, first.Seq), "no news")
	require.Nil(t, read(ana.ID, 0), "what was read stays read")
	require.Zero(t, read(ana.ID, second.Seq).Unread)
	_, err = w.Log.MarkRead(t.Context(), id, conversation.NewID(), second.Seq)
	require.ErrorIs(t, err, conversation.ErrNotOwner)
}

func TestChangesAreNotedOnlyWhenSomethingChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, ana := w.owned()
	before := len(w.events(id))
	change := func(attributes map[string]string, language string) conversation.Conversation {
		c, err := w.Log.Change(t.Context(), id, ana, attributes, language)
		require.NoError(t, err)
		return c
	}
	change(nil, "")
	change(map[string]string{"order": ""}, "")
	require.Len(t, w.events(id), before)
	c := change(map[string]string{"order": "17", "size": "L"}, "ko")
	require.Equal(t, map[string]string{"order": "17", "size": "L"}, c.Attributes)
	require.Equal(t, "ko", c.Language)
	change(map[string]string{"order": "17"}, "ko")
	require.Len(t, w.events(id), before+1)
	change(map[string]string{"order": ""}, "")
	require.Equal(t, map[string]string{"size": "L"}, w.get(id).Attributes)
	var body conversation.Update
	require.NoError(t, w.events(id)[before+1].Decode(&body))
	require.Equal(t, conversation.Update{Attributes: map[string]string{"order": ""}}, body)
}
