package api

import (
	"context"

	"github.com/google/uuid"

	"seax/api/spec"
	"seax/internal/identity"
	"seax/internal/views"
)

// contacts answers what is known of the people who write to us.
type contacts struct {
	contacts *identity.Contacts
	views    *views.Views
}

func (h contacts) ListContacts(ctx context.Context, r spec.ListContactsRequestObject) (spec.ListContactsResponseObject, error) {
	page, next, err := h.views.Contacts(ctx, value(r.Params.Q), value(r.Params.Cursor), limitOf(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	return spec.ListContacts200JSONResponse{Items: notNil(page), NextCursor: optional(next)}, nil
}

func (h contacts) GetContact(ctx context.Context, r spec.GetContactRequestObject) (spec.GetContactResponseObject, error) {
	d, err := h.views.Contact(ctx, r.Id)
	return spec.GetContact200JSONResponse(d), err
}

// changed reads a contact after a change.
func (h contacts) changed(ctx context.Context, id uuid.UUID, err error) (spec.ContactDetail, error) {
	if err != nil {
		return spec.ContactDetail{}, err
	}
	return h.views.Contact(ctx, id)
}

func (h contacts) UpdateContact(ctx context.Context, r spec.UpdateContactRequestObject) (spec.UpdateContactResponseObject, error) {
	b := r.Body
	err := h.contacts.Update(ctx, r.Id, identity.Change{Name: b.Name, Locale: b.Locale, Attributes: value(b.Attributes), Email: b.Email, Phone: b.Phone})
	d, err := h.changed(ctx, r.Id, err)
	return spec.UpdateContact200JSONResponse(d), err
}

func (h contacts) MergeContact(ctx context.Context, r spec.MergeContactRequestObject) (spec.MergeContactResponseObject, error) {
	d, err := h.changed(ctx, r.Id, h.contacts.Merge(ctx, r.Id, r.Body.OtherId, caller(ctx).Person()))
	return spec.MergeContact200JSONResponse(d), err
}

func (h contacts) UndoMerge(ctx context.Context, r spec.UndoMergeRequestObject) (spec.UndoMergeResponseObject, error) {
	into, err := h.contacts.Undo(ctx, r.Id, caller(ctx).Person())
	d, err := h.changed(ctx, into, err)
	return spec.UndoMerge200JSONResponse(d), err
}
