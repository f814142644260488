package api

import (
	"context"

	"seax/api/spec"
	"seax/internal/dispatch"
	"seax/internal/views"
)

// live answers how queues and agents stand now, and lets agents say whether they work.
type live struct {
	desk  *dispatch.Desk
	views *views.Views
	// flows are those a conversation can be given back to.
	flows []string
}

func (h live) GetLive(ctx context.Context, _ spec.GetLiveRequestObject) (spec.GetLiveResponseObject, error) {
	l, err := h.views.Live(ctx)
	return spec.GetLive200JSONResponse(l), err
}

func (h live) ListTargets(ctx context.Context, _ spec.ListTargetsRequestObject) (spec.ListTargetsResponseObject, error) {
	t, err := h.views.Targets(ctx)
	t.Flows = h.flows
	return spec.ListTargets200JSONResponse(t), err
}

func (h live) SetPresence(ctx context.Context, r spec.SetPresenceRequestObject) (spec.SetPresenceResponseObject, error) {
	me := caller(ctx)
	if err := h.desk.SetPresence(ctx, me.ID, r.Body.Presence, value(r.Body.AfterConversation)); err != nil {
		return nil, err
	}
	s, err := h.views.AgentState(ctx, me.ID)
	return spec.SetPresence200JSONResponse(s), err
}
