package wallboard_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/api/spec"
	"seax/internal/clocktest"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/wallboard"
)

func TestAskingOftenReadsNoMore(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	clock := clocktest.At(time.Now())
	reads := 0
	boards := wallboard.New(f.Pool, wallboard.Sources{
		Live: func(context.Context) (spec.Live, error) {
			reads++
			return spec.Live{Queues: []spec.QueueLive{{Id: "billing", Waiting: 7}, {Id: "support", Waiting: reads}, {Id: "secret"}}, At: clock.Now()}, nil
		},
		Today: func(context.Context) (spec.Today, error) { return spec.Today{}, nil },
	}, clock.Now)
	_, token, err := boards.Create(t.Context(), f.Agent("Chief", 0, nil), spec.WallboardInput{Name: "Wall", Queues: []string{"support", "billing"}, Language: "en"})
	require.NoError(t, err)
	look := func() spec.WallboardView {
		board, err := boards.Open(t.Context(), token)
		require.NoError(t, err)
		view, err := boards.View(t.Context(), board)
		require.NoError(t, err)
		return view
	}
	for range 5 {
		view := look()
		require.Len(t, view.Queues, 2)
		require.Equal(t, []string{"support", "billing"}, []string{view.Queues[0].Id, view.Queues[1].Id}, "in the order they were chosen in")
		require.Equal(t, 1, view.Queues[0].Waiting)
	}
	clock.Pass(time.Second)
	require.Equal(t, 2, look().Queues[0].Waiting)
}

func TestTokensThatAreNone(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	boards := wallboard.New(f.Pool, wallboard.Sources{}, time.Now)
	board, token, err := boards.Create(t.Context(), f.Agent("Chief", 0, nil), spec.WallboardInput{Name: "Wall", Queues: []string{"support"}, Language: "en"})
	require.NoError(t, err)
	for _, wrong := range []string{"", "wall_", board.Prefix, token[:len(token)-1], token + "x", "wall_00000000" + token[len(board.Prefix):], token[len("wall_"):]} {
		_, err := boards.Open(t.Context(), wrong)
		require.ErrorIs(t, err, wallboard.ErrUnknown, "%q", wrong)
	}
	_, err = boards.Open(t.Context(), token)
	require.NoError(t, err)
	require.ErrorIs(t, boards.Revoke(t.Context(), f.Agent("Other", 0, nil), f.Agent("nobody", 0, nil).ID), wallboard.ErrNotFound)
}
