package api

import (
	"context"

	"seax/api/spec"
	"seax/internal/dispatch"
	"seax/internal/views"
)

// reservations answers offers made to agents.
type reservations struct {
	desk  *dispatch.Desk
	views *views.Views
}

func (h reservations) ListReservations(ctx context.Context, _ spec.ListReservationsRequestObject) (spec.ListReservationsResponseObject, error) {
	offers, err := h.views.Offers(ctx, caller(ctx).ID, nil)
	if err != nil {
		return nil, err
	}
	return spec.ListReservations200JSONResponse{Items: notNil(offers)}, nil
}

func (h reservations) AcceptReservation(ctx context.Context, r spec.AcceptReservationRequestObject) (spec.AcceptReservationResponseObject, error) {
	c, err := h.desk.Accept(ctx, r.Id, caller(ctx).Person())
	if err != nil {
		return nil, err
	}
	view, err := h.views.Conversation(ctx, c.ID)
	return spec.AcceptReservation200JSONResponse(view), err
}

func (h reservations) RejectReservation(ctx context.Context, r spec.RejectReservationRequestObject) (spec.RejectReservationResponseObject, error) {
	if err := h.desk.Reject(ctx, r.Id, caller(ctx).Person(), value(r.Body.Reason)); err != nil {
		return nil, err
	}
	return spec.RejectReservation204Response{}, nil
}
