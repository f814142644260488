package views_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/api/spec"
	"seax/connectors"
	"seax/internal/conversation"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/identity"
	"seax/internal/views"
)

// signer signs addresses of files like the blob store does.
type signer struct{}

func (signer) Sign(a conversation.Attachment) conversation.Attachment {
	a.URL = "https://files.test/" + a.ID.String()
	return a
}

type world struct {
	*dispatchtest.Floor

	views    *views.Views
	contacts *identity.Contacts
	boss     conversation.Person
	t        *testing.T
}

func newWorld(t *testing.T) *world {
	t.Helper()
	f := dispatchtest.New(t)
	return &world{f, views.New(f.Pool, connectors.NewRegistry(), signer{}), identity.NewContacts(f.Log), f.Agent("Boss", 1000, nil), t}
}

// pages reads a list to its end, calling between after each page, and returns the ids in order.
func (w *world) pages(f views.Filter, between func(page int)) []uuid.UUID {
	w.t.Helper()
	var all []uuid.UUID
	for page := 0; ; page++ {
		require.Less(w.t, page, 100, "the list has no end")
		rows, next, err := w.views.List(w.t.Context(), f)
		require.NoError(w.t, err)
		require.LessOrEqual(w.t, len(rows), f.Limit)
		for _, c := range rows {
			all = append(all, c.Id)
		}
		if next == "" {
			return all
		}
		require.Len(w.t, rows, f.Limit, "only the last page is short")
		f.Cursor = next
		if between != nil {
			between(page)
		}
	}
}

func (w *world) list(f views.Filter) []uuid.UUID {
	w.t.Helper()
	if f.Limit == 0 {
		f.Limit = 50
	}
	return w.pages(f, nil)
}

func (w *world) conversations(n int) []uuid.UUID {
	w.t.Helper()
	ids := make([]uuid.UUID, n)
	for i := range ids {
		ids[i] = w.Conversation()
	}
	return ids
}

func all(me uuid.UUID) views.Filter { return views.Filter{View: spec.ViewAll, Me: me} }
