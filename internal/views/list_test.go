package views_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/api/spec"
	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/views"
)

// Pages of any size make the same list, also where many rows have the same time.
func TestPagesMakeTheWholeList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.conversations(23)
	w.Exec(`update conversations set opened_at = '2026-03-01 12:00:00.123456'`)
	w.Exec(`update conversations set last_message_at = '2026-03-01 12:00:00.123457' where number % 3 = 0`)
	whole := w.list(all(w.boss.ID))
	require.ElementsMatch(t, ids, whole)
	for _, limit := range []int{1, 2, 7, 22, 23, 24} {
		require.Equal(t, whole, w.pages(views.Filter{View: spec.ViewAll, Me: w.boss.ID, Limit: limit}, nil), "pages of %d", limit)
	}
}

// While one reads page after page, messages come and conversations open and close. What did not change is seen exactly once;
// what did, at most once: it has moved to the front, which who reads on has behind them.
func TestRowsThatChangeWhileOneReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.conversations(30)
	for i, id := range ids {
		w.Exec(`update conversations set opened_at = now() - make_interval(hours => $2) where id = $1`, id, i+1)
	}
	var changed []uuid.UUID
	seen := w.pages(views.Filter{View: spec.ViewAll, Me: w.boss.ID, Limit: 4}, func(page int) {
		for _, id := range []uuid.UUID{ids[page], ids[29-page]} {
			w.Exec(`update conversations set last_message_at = now() where id = $1`, id)
			changed = append(changed, id)
		}
		changed = append(changed, w.Conversation())
		w.Exec(`delete from conversations where id = $1`, ids[15])
	})
	times := map[uuid.UUID]int{}
	for _, id := range seen {
		times[id]++
		require.Equal(t, 1, times[id], "a row is there twice")
	}
	for i, id := range ids {
		if !slices.Contains(changed, id) && i != 15 {
			require.Equal(t, 1, times[id], "row %d is missing", i)
		}
	}
}

// Those who wait are listed as they will be served; one who is served meanwhile makes nobody else disappear.
func TestTheWaitingAreListedByRank(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []uuid.UUID
	for i := range 12 {
		id := w.Waiting("support", func(e *dispatch.Enqueue) { e.Priority = []int{0, 50}[i%2] })
		ids = append(ids, id)
	}
	order := w.pages(views.Filter{View: spec.ViewWaiting, Me: w.boss.ID, Limit: 50}, nil)
	require.ElementsMatch(t, ids, order)
	for i, id := range order[:6] {
		require.Equal(t, ids[2*i+1], id, "the urgent first, in their order")
	}
	for i, id := range order[6:] {
		require.Equal(t, ids[2*i], id)
	}
	seen := w.pages(views.Filter{View: spec.ViewWaiting, Me: w.boss.ID, Limit: 5}, func(page int) {
		if page == 0 {
			_, err := w.Desk.TakeOver(t.Context(), order[2], w.boss, "")
			require.NoError(t, err)
			_, err = w.Desk.TakeOver(t.Context(), order[8], w.boss, "")
			require.NoError(t, err)
		}
	})
	require.Equal(t, slices.Delete(order, 8, 9), seen, "who was read before stays read, who was not is gone")
}

func TestWhichViewShowsWhat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana := w.Agent("Ana", 100, nil)
	bot, waiting, mine, parked, closed := w.Conversation(), w.Waiting("support"), w.Conversation(), w.Conversation(), w.Conversation()
	for _, id := range []uuid.UUID{mine, parked} {
		_, err := w.Desk.TakeOver(t.Context(), id, ana, "")
		require.NoError(t, err)
	}
	w.Exec(`update conversations set phase = 'parked' where id = $1`, parked)
	w.Exec(`update conversations set attention = 'flow_failed' where id in ($1, $2)`, waiting, closed)
	done, _, err := w.Log.Close(t.Context(), closed, 0, "finished")
	require.NoError(t, err)
	require.True(t, done)
	for view, want := range map[spec.View][]uuid.UUID{
		spec.ViewMine: {mine, parked}, spec.ViewWaiting: {waiting}, spec.ViewBot: {bot}, spec.ViewOpen: {bot, waiting, mine, parked},
		spec.ViewParked: {parked}, spec.ViewAttention: {waiting}, spec.ViewClosed: {closed}, spec.ViewAll: {bot, waiting, mine, parked, closed},
	} {
		require.ElementsMatch(t, want, w.list(views.Filter{View: view, Me: ana.ID}), view)
	}
	require.Empty(t, w.list(views.Filter{View: spec.ViewMine, Me: w.boss.ID}))
	_, _, err = w.views.List(t.Context(), views.Filter{View: "everything", Limit: 1})
	require.ErrorContains(t, err, "everything")
}

// A list and a single look answer the same question the same way.
func TestAgentsSeeTheirOwnTheirQueuesAndWhatNobodyHas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana, tom := w.Agent("Ana", 100, nil, "support"), w.Agent("Tom", 20, nil, "billing")
	nobodys, toms := w.Conversation(), w.Conversation()
	_, err := w.Desk.TakeOver(t.Context(), toms, tom, "")
	require.NoError(t, err)
	billing, support := w.Waiting("billing"), w.Waiting("support")
	w.Exec(`update conversations set queue_id = 'billing' where id = $1`, toms)
	offer, agent := w.Offer(support)
	require.Equal(t, ana.ID, agent)
	w.Exec(`update conversations set queue_id = 'billing' where id = $1`, support)
	for name, c := range map[string]struct {
		agent uuid.UUID
		sees  []uuid.UUID
	}{
		"Ana": {ana.ID, []uuid.UUID{nobodys, support}},
		"Tom": {tom.ID, []uuid.UUID{nobodys, billing, support, toms}},
	} {
		f := all(c.agent)
		f.Visible = c.agent
		require.ElementsMatch(t, c.sees, w.list(f), name)
		for _, id := range []uuid.UUID{nobodys, billing, support, toms} {
			visible, err := w.views.Visible(t.Context(), c.agent, id)
			require.NoError(t, err)
			require.Equal(t, slices.Contains(c.sees, id), visible, name)
		}
	}
	require.NoError(t, w.Desk.Reject(t.Context(), offer, ana, "busy"))
	visible, err := w.views.Visible(t.Context(), ana.ID, support)
	require.NoError(t, err)
	require.False(t, visible, "an offer that has passed is not theirs any more")
}

func TestSearchTakesWordsLiterally(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.conversations(3)
	for i, text := range []string{`50% off_now \o/`, `500 off now`, `'; drop table people; --`} {
		w.Exec(`insert into conversation_events (conversation_id, seq, id, kind, actor, body) values ($1, 1, gen_random_uuid(), 'customer.message', '{}', jsonb_build_object('text', $2::text))`, ids[i], text)
	}
	w.Exec(`update contacts set name = '김철수' where id = (select contact_id from conversations where id = $1)`, ids[1])
	for query, want := range map[string][]uuid.UUID{
		"50%": {ids[0]}, "f_n": {ids[0]}, `\o`: {ids[0]}, "OFF": {ids[0], ids[1]}, "철수": {ids[1]}, "'; drop": {ids[2]}, "  off  ": {ids[0], ids[1]},
		ids[2].String(): {ids[2]}, "nowhere": nil,
	} {
		f := all(w.boss.ID)
		f.Query = query
		require.ElementsMatch(t, want, w.list(f), query)
	}
}

func TestOnlyOurCursorsAreTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	encode := base64.RawURLEncoding.EncodeToString
	for _, bad := range []string{"x", "%", encode([]byte("null and void")), encode([]byte(`{"t":"yesterday"}`)), encode([]byte(`[]`)), strings.Repeat("A", 5000)} {
		f := all(w.boss.ID)
		f.Limit, f.Cursor = 10, bad
		_, _, err := w.views.List(t.Context(), f)
		require.ErrorIs(t, err, views.ErrCursor, bad)
		_, _, err = w.views.Contacts(t.Context(), "", bad, 10)
		require.ErrorIs(t, err, views.ErrCursor, bad)
	}
}

func TestEventsAreReadForwardsAndBackwards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.Conversation()
	for range 10 {
		_, err := w.Log.AddNote(t.Context(), id, conversation.NewID(), w.boss, conversation.Note{Text: "note"})
		require.NoError(t, err)
	}
	seqs := func(events []spec.Event) (all []int64) {
		for _, e := range events {
			all = append(all, e.Seq)
		}
		return all
	}
	for _, c := range []struct {
		backwards bool
		from      int64
		limit     int
		want      []int64
		more      bool
	}{
		{false, 0, 3, []int64{1, 2, 3}, true},
		{false, 7, 3, []int64{8, 9, 10}, false},
		{false, 10, 3, nil, false},
		{true, 11, 3, []int64{8, 9, 10}, true},
		{true, 3, 3, []int64{1, 2}, false},
		{true, 1, 3, nil, false},
	} {
		read := w.views.EventsAfter
		if c.backwards {
			read = w.views.EventsBefore
		}
		events, more, err := read(t.Context(), id, c.from, c.limit)
		require.NoError(t, err)
		require.Equal(t, c.want, seqs(events))
		require.Equal(t, c.more, more)
	}
}
