package api

import (
	"context"

	"seax/api/spec"
	"seax/internal/auth"
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

// ListAudit answers what people did: supervisors what was done by hand to conversations and queues, admins everything.
func (h live) ListAudit(ctx context.Context, r spec.ListAuditRequestObject) (spec.ListAuditResponseObject, error) {
	p := r.Params
	page, next, err := h.views.Audit(ctx, views.AuditFilter{
		Person: p.Person, Kind: value(p.Kind), Subject: value(p.Subject), From: p.From, To: p.To, Overrides: caller(ctx).Role != auth.Admin,
		Cursor: value(p.Cursor), Limit: limitOf(p.Limit),
	})
	if err != nil {
		return nil, err
	}
	return spec.ListAudit200JSONResponse{Items: notNil(page), NextCursor: optional(next)}, nil
}

func (h live) SetPresence(ctx context.Context, r spec.SetPresenceRequestObject) (spec.SetPresenceResponseObject, error) {
	me := caller(ctx)
	if err := h.desk.SetPresence(ctx, me.ID, r.Body.Presence, value(r.Body.AfterConversation)); err != nil {
		return nil, err
	}
	s, err := h.views.AgentState(ctx, me.ID)
	return spec.SetPresence200JSONResponse(s), err
}
