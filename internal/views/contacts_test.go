package views_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
	"seax/internal/identity"
)

// contact makes one with an email address.
func (w *world) contact(name, email string) uuid.UUID {
	w.t.Helper()
	id := conversation.NewID()
	w.Exec(`insert into contacts (id, name, created_at) values ($1, $2, now())`, id, name)
	w.Exec(`insert into identities (id, contact_id, kind, address, verified) values (gen_random_uuid(), $1, 'email', $2, true)`, id, email)
	return id
}

func TestContactsInPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []uuid.UUID
	for _, name := range []string{"A", "B", "C", "D", "E", "F", "G"} {
		ids = append(ids, w.contact(name, name+"@example.com"))
	}
	w.Exec(`update contacts set created_at = '2026-03-01 12:00:00.5'`)
	var seen []uuid.UUID
	for cursor, first := "", true; first || cursor != ""; first = false {
		page, next, err := w.views.Contacts(t.Context(), "", cursor, 3)
		require.NoError(t, err)
		for _, c := range page {
			seen = append(seen, c.Id)
		}
		cursor = next
		w.contact("new", uuid.NewString()+"@example.com")
	}
	require.ElementsMatch(t, ids, seen, "once each, and nobody who came meanwhile")
}

func TestContactsAreFoundByNameAndAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kim, lee := w.contact("김철수", "kim_1@example.com"), w.contact("Lee", "lee@example.com")
	for query, want := range map[string][]uuid.UUID{"철수": {kim}, "KIM_1": {kim}, "kim_": {kim}, "lee@": {lee}, "example": {lee, kim}, "%": nil} {
		page, _, err := w.views.Contacts(t.Context(), query, "", 10)
		require.NoError(t, err)
		var found []uuid.UUID
		for _, c := range page {
			found = append(found, c.Id)
		}
		require.ElementsMatch(t, want, found, query)
	}
}

// Old links and logs name contacts that have been merged since, perhaps more than once: they lead to who they are now.
func TestAMergedContactLeadsToTheOneItIsPartOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b, c := w.contact("A", "a@example.com"), w.contact("B", "b@example.com"), w.contact("C", "c@example.com")
	require.NoError(t, w.contacts.Merge(t.Context(), b, a, w.boss))
	require.NoError(t, w.contacts.Merge(t.Context(), c, b, w.boss))
	for _, id := range []uuid.UUID{a, b, c} {
		d, err := w.views.Contact(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, c, d.Contact.Id)
		require.Len(t, d.Identities, 3)
		require.Len(t, d.Merges, 1)
		require.Equal(t, "B", d.Merges[0].FromName)
	}
	_, err := w.views.Contact(t.Context(), conversation.NewID())
	require.ErrorIs(t, err, identity.ErrNotFound)
}

func TestPeopleWhoMayBeTheSameAreSuggested(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kim := w.contact("Kim Chul", "kim@example.com")
	namesake, stranger := w.contact("kim chul", "other@example.com"), w.contact("Lee", "lee@example.com")
	wrote := w.contact("", "third@example.com")
	w.Exec(`update conversations set contact_id = $2, attributes = '{"email": "KIM@example.com"}' where id = $1`, w.Conversation(), wrote)
	d, err := w.views.Contact(t.Context(), kim)
	require.NoError(t, err)
	reasons := map[uuid.UUID]string{}
	for _, s := range d.Suggestions {
		reasons[s.Contact.Id] = string(s.Reason)
	}
	require.Equal(t, map[uuid.UUID]string{namesake: "same_name", wrote: "same_email"}, reasons)
	require.NotContains(t, reasons, stranger)
	require.NoError(t, w.contacts.Merge(t.Context(), kim, namesake, w.boss))
	d, err = w.views.Contact(t.Context(), kim)
	require.NoError(t, err)
	require.Len(t, d.Suggestions, 1, "who has been merged is not suggested again")
}
