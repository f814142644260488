package conversation_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
)

func TestConcurrentAppendsLeaveNoGap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen := &recorder{}
	w.Log.Attach(seen)
	id := w.Conversation()
	var wg sync.WaitGroup
	errs := make(chan error, 40)
	for i := range 40 {
		wg.Go(func() {
			_, err := w.append(id, said(strconv.Itoa(i)))
			errs <- err
			if i%4 == 0 {
				_, _ = w.append(id, conversation.Draft{Kind: conversation.FlowStep, Actor: conversation.System, Body: conversation.Step{Step: "x"}})
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	require.Len(t, w.events(id), 50)
	w.requireChained(id)
	require.Equal(t, 40, w.get(id).Unread)
	require.Len(t, seen.events(), 50, "sinks hear of every event once")
}

// Half the transactions fail after appending; what they took must be given back.
func TestFailedTransactionsLeaveNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen := &recorder{}
	w.Log.Attach(seen)
	id := w.Conversation()
	mistake := errors.New("mistake")
	for i := range 10 {
		err := w.do(func(tx *conversation.Tx) error {
			c, err := tx.Lock(t.Context(), id)
			require.NoError(t, err)
			_, err = tx.Append(c, said("hello"))
			require.NoError(t, err)
			if i%2 == 0 {
				return mistake
			}
			return nil
		})
		require.Equal(t, i%2 == 0, errors.Is(err, mistake))
	}
	require.Len(t, w.events(id), 5)
	w.requireChained(id)
	require.Len(t, seen.events(), 5)
}

func TestSinksHearExactlyWhatIsStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen := &recorder{}
	log := conversation.NewLog(w.Pool, func() time.Time { return testTime }, seen)
	id := w.Conversation()
	ana := w.Agent("Ana", 100, nil)
	require.NoError(t, log.Do(t.Context(), "test", func(ctx context.Context, tx *conversation.Tx) error {
		c, err := tx.Lock(ctx, id)
		if err != nil {
			return err
		}
		again, err := tx.Lock(ctx, id)
		require.NoError(t, err)
		require.Same(t, c, again, "one transaction knows a conversation once")
		c.Phase, c.AgentID = conversation.WithAgent, &ana.ID
		tx.TouchAgent(ana.ID)
		tx.TouchAgent(ana.ID)
		if _, err = tx.Append(c, said("one")); err != nil {
			return err
		}
		_, err = tx.Append(c, said("two"))
		require.Len(t, tx.Events(id), 2)
		return err
	}))
	require.Len(t, seen.commits, 1)
	commit := seen.commits[0]
	require.Len(t, commit.Agents, 1)
	require.Len(t, commit.Changes, 1)
	change := commit.Changes[0]
	require.Equal(t, conversation.Ownership{Phase: conversation.InFlow}, change.Before)
	stored := w.events(id)
	require.Len(t, stored, 2)
	for i, told := range change.Events {
		require.JSONEq(t, string(stored[i].Body), string(told.Body))
		told.Body, stored[i].Body = nil, nil
		require.Equal(t, stored[i], told, "to the microsecond")
	}
	require.EqualValues(t, 2, change.Conversation.LastSeq)
	require.Equal(t, conversation.WithAgent, change.Conversation.Phase)
	require.Equal(t, conversation.WithAgent, w.get(id).Phase)
}

func TestReadingTellsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen := &recorder{}
	w.Log.Attach(seen)
	id := w.Conversation()
	require.NoError(t, w.do(func(tx *conversation.Tx) error {
		_, err := tx.Lock(t.Context(), id)
		return err
	}))
	require.NoError(t, w.do(func(*conversation.Tx) error { return nil }))
	require.Empty(t, seen.commits)
	require.NoError(t, w.do(func(tx *conversation.Tx) error {
		c, err := tx.Lock(t.Context(), id)
		if err == nil {
			c.Priority = 7
			tx.Save(c)
		}
		return err
	}))
	require.Len(t, seen.commits, 1, "a change without an event is told too")
	require.Equal(t, 7, w.get(id).Priority)
}

func TestOnlyLockedConversationsAreAppendedTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.get(w.Conversation())
	err := w.do(func(tx *conversation.Tx) error {
		_, err := tx.Append(&c, said("hello"))
		return err
	})
	require.ErrorContains(t, err, "it is not locked")
	_, err = w.append(conversation.NewID(), said("hello"))
	require.ErrorIs(t, err, conversation.ErrNotFound)
}

// Two transactions that lock two conversations in opposite orders block each other; Postgres ends one, and it is run again.
func TestDeadlocksAreTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.Conversation(), w.Conversation()
	var holding, wg sync.WaitGroup
	holding.Add(2)
	var runs atomic.Int32
	errs := make(chan error, 2)
	for _, order := range [][2]uuid.UUID{{a, b}, {b, a}} {
		wg.Go(func() {
			var met sync.Once
			errs <- w.do(func(tx *conversation.Tx) error {
				runs.Add(1)
				for _, id := range order {
					c, err := tx.Lock(t.Context(), id)
					if err != nil {
						return err
					}
					if _, err := tx.Append(c, said("hello")); err != nil {
						return err
					}
					met.Do(func() { holding.Done(); holding.Wait() })
				}
				return nil
			})
		})
	}
	wg.Wait()
	require.NoError(t, <-errs)
	require.NoError(t, <-errs)
	require.GreaterOrEqual(t, runs.Load(), int32(3), "one was run again")
	for _, id := range []uuid.UUID{a, b} {
		require.Len(t, w.events(id), 2)
		w.requireChained(id)
	}
}

func TestInputsAreReadInPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.Conversation()
	require.NoError(t, w.do(func(tx *conversation.Tx) error {
		c, err := tx.Lock(t.Context(), id)
		if err != nil {
			return err
		}
		for i := range 1203 {
			draft := said(strconv.Itoa(i))
			if i%2 == 1 {
				draft = conversation.Draft{Kind: conversation.AgentNote, Body: conversation.Note{Text: "n"}}
			}
			if _, err := tx.Append(c, draft); err != nil {
				return err
			}
		}
		return nil
	}))
	var after int64
	var got int
	pages := 0
	for more := true; more; pages++ {
		var events []conversation.Event
		var err error
		events, more, err = w.Log.Inputs(t.Context(), id, after)
		require.NoError(t, err)
		for _, e := range events {
			require.Equal(t, conversation.CustomerMessage, e.Kind)
			require.Equal(t, max(after, 0), *e.PrevInput)
			after = e.Seq
			got++
		}
	}
	require.Equal(t, 602, got)
	require.Equal(t, 2, pages)
}

func TestEveryInputKindIsListedOnce(t *testing.T) {
	t.Parallel()
	seen := map[conversation.Kind]bool{}
	for _, k := range conversation.InputKinds() {
		require.True(t, k.Input(), k)
		require.False(t, seen[k], k)
		seen[k] = true
	}
	for _, k := range []conversation.Kind{conversation.AgentNote, conversation.DeliveryUpdated, conversation.Closed, conversation.Opened, conversation.BotMessage} {
		require.False(t, k.Input(), k)
	}
}

func TestPreviewIsOneShortLine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.Conversation()
	for _, c := range []struct {
		message conversation.Message
		want    string
		kind    conversation.PreviewKind
	}{
		{conversation.Message{Text: " two\n\nlines\t "}, "two lines", ""},
		{conversation.Message{Text: strings.Repeat("글", 160)}, strings.Repeat("글", 160), ""},
		{conversation.Message{Text: strings.Repeat("글", 161)}, strings.Repeat("글", 159) + "…", ""},
		{conversation.Message{Attachments: []conversation.Attachment{{Name: "photo.png"}}}, "📎 photo.png", ""},
		{conversation.Message{Cards: []conversation.Card{{Name: "Mina"}}}, "👤 Mina", ""},
		{conversation.Message{Choice: "a"}, "", conversation.PreviewChoice},
		{conversation.Message{Location: &conversation.Location{Name: "시청"}}, "시청", conversation.PreviewLocation},
		{conversation.Message{Unsupported: &conversation.Unsupported{Type: "poll"}}, "", conversation.PreviewUnsupported},
		{conversation.Message{Referral: map[string]string{"start": "x"}}, "", conversation.PreviewReferral},
		{conversation.Message{}, "", conversation.PreviewEmpty},
	} {
		_, err := w.append(id, conversation.Draft{Kind: conversation.CustomerMessage, Actor: conversation.Actor{Kind: conversation.ByCustomer}, Body: c.message})
		require.NoError(t, err)
		row := w.get(id)
		require.Equal(t, c.want, row.Preview)
		require.Equal(t, c.kind, row.PreviewKind)
		require.Equal(t, conversation.ByCustomer, row.PreviewFrom)
	}
}

func TestPreviewFollowsWhatIsChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.Conversation()
	first, err := w.append(id, said("first"))
	require.NoError(t, err)
	last, err := w.append(id, said("last"))
	require.NoError(t, err)
	change := func(kind conversation.Kind, body any) *conversation.Conversation {
		_, err := w.append(id, conversation.Draft{Kind: kind, Actor: conversation.Actor{Kind: conversation.ByCustomer}, Body: body})
		require.NoError(t, err)
		c := w.get(id)
		return &c
	}
	edit := func(seq int64, text string) *conversation.Conversation {
		return change(conversation.MessageEdited, conversation.Edit{MessageSeq: seq, Message: conversation.Message{Text: text}})
	}
	require.Equal(t, "last", edit(first.Seq, "changed").Preview, "an older message")
	require.Equal(t, "changed, too", edit(last.Seq, "changed, too").Preview)
	require.Equal(t, "changed, too", change(conversation.MessageDeleted, conversation.Deletion{MessageSeq: first.Seq}).Preview)
	gone := change(conversation.MessageDeleted, conversation.Deletion{MessageSeq: last.Seq})
	require.Empty(t, gone.Preview)
	require.Equal(t, conversation.PreviewDeleted, gone.PreviewKind)
	require.Equal(t, conversation.ByCustomer, gone.PreviewFrom)
	_, err = w.append(id, said("newer"))
	require.NoError(t, err)
	require.Equal(t, "newer", w.get(id).Preview)
	require.Empty(t, w.get(id).PreviewKind)
}
