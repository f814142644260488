package views_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/api/spec"
	"seax/internal/views"
)

func TestClocksAreShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain := w.Waiting("billing")
	w.Exec(`update queues set sla = '{"first_reply_s": 600, "resolution_s": 7200}', time_zone = 'UTC' where id = 'support'`)
	id := w.Waiting("support")
	c, err := w.views.Conversation(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, spec.SlaStateOk, c.Sla.State)
	require.Len(t, c.Sla.Clocks, 2)
	first := c.Sla.Clocks[0]
	require.Equal(t, spec.SlaClockTargetFirstReply, first.Target)
	require.Equal(t, 600, first.TargetS)
	require.Equal(t, first.StartedAt.Add(10*time.Minute), *first.DueAt)
	require.Equal(t, first.StartedAt.Add(8*time.Minute), *first.WarnAt)
	require.Equal(t, *first.DueAt, *c.Sla.DueAt)
	require.InDelta(t, 600, first.LeftS, 60)

	// They stand when the flow has it again: how much is left is all there is to say.
	_, err = w.Desk.Abandon(t.Context(), id, "left")
	require.NoError(t, err)
	c, err = w.views.Conversation(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, spec.SlaStatePaused, c.Sla.State)
	require.Nil(t, c.Sla.DueAt)
	require.Nil(t, c.Sla.Clocks[0].DueAt)
	require.InDelta(t, 600, c.Sla.Clocks[0].LeftS, 60)

	c, err = w.views.Conversation(t.Context(), plain)
	require.NoError(t, err)
	require.Nil(t, c.Sla)
}

func TestListsByDueTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []uuid.UUID
	for i, state := range []string{"ok", "breached", "", "warned", "paused", "breached", "ok"} {
		id := w.Waiting("support")
		if state != "" && state != "paused" {
			w.Exec(`update conversations set sla_state = $2, sla_due = '2026-03-01'::timestamptz + make_interval(mins => $3) where id = $1`, id, state, 10*(7-i))
		} else {
			w.Exec(`update conversations set sla_state = $2 where id = $1`, id, state)
		}
		ids = append(ids, id)
	}
	due := []uuid.UUID{ids[6], ids[5], ids[3], ids[1], ids[0], ids[2], ids[4]}
	for _, limit := range []int{1, 2, 3, 10} {
		require.Equal(t, due, w.pages(views.Filter{View: spec.ViewWaiting, Me: w.boss.ID, ByDue: true, Limit: limit}, nil), "pages of %d; those without come last", limit)
	}
	require.Equal(t, []uuid.UUID{ids[5], ids[3], ids[1]}, w.pages(views.Filter{View: spec.ViewOpen, SLA: spec.SlaFilterAtRisk, Me: w.boss.ID, ByDue: true, Limit: 2}, nil))
	require.ElementsMatch(t, []uuid.UUID{ids[1], ids[5]}, w.pages(views.Filter{View: spec.ViewAll, SLA: spec.SlaFilterBreached, Me: w.boss.ID, Limit: 1}, nil))

	live, err := w.views.Live(t.Context())
	require.NoError(t, err)
	for _, q := range live.Queues {
		want := map[string][2]int{"support": {1, 2}}[q.Id]
		require.Equal(t, want, [2]int{q.SlaWarned, q.SlaBreached}, q.Id)
	}
}
