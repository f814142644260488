package realtime_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/api/spec"
	"seax/internal/conversation"
	"seax/internal/realtime"
	"seax/internal/reports"
)

// board makes a wallboard of the queue support, as somebody who may.
func (w *world) board(expires *time.Time) (spec.Wallboard, string) {
	w.t.Helper()
	chief := w.Agent("Chief", 0, nil)
	board, token, err := w.boards.Create(w.t.Context(), chief, spec.WallboardInput{Name: "Wall", Queues: []string{"support"}, Language: "en", ExpiresAt: expires})
	require.NoError(w.t, err)
	return board, token
}

type shown struct {
	Queues []struct {
		ID      string `json:"id"`
		Waiting int    `json:"waiting"`
		Entered int    `json:"entered"`
	} `json:"queues"`
	Agents []any `json:"agents"`
}

// shows waits until the screen shows that so many wait, and have come.
func (s *socket) shows(waiting, entered int) shown {
	s.t.Helper()
	var last shown
	s.pushed(func(p push) bool {
		if p.T != "wallboard" {
			return false
		}
		last = shown{}
		require.NoError(s.t, json.Unmarshal(p.Wallboard, &last))
		return len(last.Queues) == 1 && last.Queues[0].Waiting == waiting && last.Queues[0].Entered == entered
	})
	return last
}

func TestWallboardIsShownWhatItsTokenAllows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	board, token := w.board(nil)
	screen := w.connect("/wallboard", token)
	screen.shows(0, 0)
	w.Agent("Ana", 0, nil, "support")
	w.Waiting("billing")
	w.Waiting("support")
	w.count()
	last := screen.shows(1, 1)
	require.Equal(t, "support", last.Queues[0].ID)
	require.Nil(t, last.Agents, "names of agents only if it was made to show them")
	for _, channel := range []string{
		realtime.QueuesChannel, realtime.TodayChannel, "agent:" + board.Id.String(), realtime.ConversationChannel(conversation.NewID()), realtime.WallboardChannel(conversation.NewID()),
	} {
		require.False(t, screen.subscribe(channel), "a screen may subscribe to %s", channel)
	}
	require.False(t, w.leases.of(board.Id), "a screen is no agent")
}

func TestRevokedWallboardGoesDark(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	board, token := w.board(nil)
	screen := w.connect("/wallboard", token)
	require.NoError(t, w.boards.Revoke(t.Context(), conversation.Person{ID: board.Id, Name: "Chief"}, board.Id))
	screen.closed()
	w.refused("/wallboard", token)
}

func TestExpiredWallboardGoesDark(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	soon := time.Now().Add(2 * time.Second)
	_, token := w.board(&soon)
	screen := w.connect("/wallboard", token)
	screen.closed()
	w.refused("/wallboard", token)
}

func TestWallboardWantsItsToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana := w.Agent("Ana", 100, nil, "support")
	w.person(ana, true)
	_, token := w.board(nil)
	for _, wrong := range []string{"", "wall_", "wall_forged", token[:len(token)-1], token + "a", "Ana"} {
		w.refused("/wallboard", wrong)
	}
	w.refused("/agent", token)
	_, ok := w.dial("/wallboard", "https://elsewhere.example", "")
	require.False(t, ok, "other sites' pages show no wallboards")
}

func TestSupervisorsWatchTheDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ana, tom := w.Agent("Ana", 0, nil, "support"), w.Agent("Tom", 0, nil, "support")
	w.person(ana, true)
	w.person(tom, false)
	require.False(t, w.connect("/agent", "Tom").subscribe(realtime.TodayChannel))
	chief := w.connect("/agent", "Ana")
	require.True(t, chief.subscribe(realtime.TodayChannel))
	first := chief.pushedType("today")
	require.NotNil(t, first.Today)
	w.Waiting("support")
	w.count()
	chief.pushed(func(p push) bool {
		if p.T != "today" {
			return false
		}
		for _, q := range p.Today.Queues {
			if q.Id == "support" && q.Numbers.Entered == 1 {
				return true
			}
		}
		return false
	})
}

// count brings the numbers up to date.
func (w *world) count() {
	w.t.Helper()
	require.NoError(w.t, reports.NewProjector(w.Pool, quiet, w.teller.NumbersChanged).CatchUp(w.t.Context()))
}
