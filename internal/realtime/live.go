package realtime

import (
	"context"
	"time"

	"seax/api/spec"
)

// liveEvery is how often, at most, live numbers are pushed.
const liveEvery = 500 * time.Millisecond

func (h *Hub) live(ctx context.Context) {
	ticker := time.NewTicker(liveEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := h.pushNumbers(ctx); err != nil && ctx.Err() == nil {
			h.deps.Logger.Warn("push live numbers", "error", err)
		}
	}
}

// pushNumbers shows supervisors and screens on the wall what has changed since the last time; it reads only what somebody looks at.
func (h *Hub) pushNumbers(ctx context.Context) error {
	boards := h.boards()
	dirty, counted := h.dirty.Load(), h.counted.Load()
	wantsLive := dirty && h.watched(QueuesChannel)
	wantsToday := counted && h.watched(TodayChannel)
	wantsWalls := (dirty || counted) && len(boards) > 0
	if !wantsLive && !wantsToday && !wantsWalls {
		return nil
	}
	h.dirty.Store(false)
	h.counted.Store(false)
	var live spec.Live
	var today spec.Today
	var err error
	if wantsLive || wantsWalls {
		if live, err = h.deps.Views.Live(ctx); err != nil {
			return h.again(err)
		}
	}
	if wantsToday || wantsWalls {
		if today, err = h.deps.Today(ctx); err != nil {
			return h.again(err)
		}
	}
	if wantsLive {
		h.push(QueuesChannel, struct {
			T    string    `json:"t"`
			Live spec.Live `json:"live"`
		}{"live", live})
	}
	if wantsToday {
		h.push(TodayChannel, struct {
			T     string     `json:"t"`
			Today spec.Today `json:"today"`
		}{"today", today})
	}
	if wantsWalls {
		return h.pushWalls(ctx, boards, live, today)
	}
	return nil
}

// again has the numbers read once more at the next occasion.
func (h *Hub) again(err error) error {
	h.dirty.Store(true)
	h.counted.Store(true)
	return err
}

func (h *Hub) pushWalls(ctx context.Context, boards []spec.Wallboard, live spec.Live, today spec.Today) error {
	views, err := h.deps.Show(ctx, boards, live, today)
	if err != nil {
		return h.again(err)
	}
	for i, board := range boards {
		h.push(WallboardChannel(board.Id), struct {
			T         string             `json:"t"`
			Wallboard spec.WallboardView `json:"wallboard"`
		}{"wallboard", views[i]})
	}
	return nil
}
