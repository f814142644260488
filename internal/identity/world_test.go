package identity_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/identity"
)

type world struct {
	*dispatchtest.Floor

	contacts *identity.Contacts
	boss     conversation.Person
	t        *testing.T
}

func newWorld(t *testing.T) *world {
	t.Helper()
	f := dispatchtest.New(t)
	return &world{f, identity.NewContacts(f.Log), f.Agent("Boss", 1000, nil), t}
}

func (w *world) do(fn func(ctx context.Context, tx *conversation.Tx) error) {
	w.t.Helper()
	require.NoError(w.t, w.Log.Do(w.t.Context(), "test", fn))
}

func (w *world) resolve(address identity.Claim, known identity.Known) (r identity.Resolved) {
	w.t.Helper()
	w.do(func(ctx context.Context, tx *conversation.Tx) (err error) {
		r, err = identity.Resolve(ctx, tx, address, known)
		return err
	})
	return r
}

func (w *world) prove(contact uuid.UUID, address identity.Claim, known identity.Known) (r identity.Resolved) {
	w.t.Helper()
	w.do(func(ctx context.Context, tx *conversation.Tx) (err error) {
		r, err = identity.Prove(ctx, tx, contact, address, known)
		return err
	})
	return r
}

// visitor is an address on the channel "chat".
func visitor(id string) identity.Claim {
	return identity.Claim{Kind: "webchat", Realm: "chat", Address: id}
}

func email(address string, verified bool) identity.Claim {
	return identity.Claim{Kind: identity.KindEmail, Address: address, Verified: verified}
}

func claims(all ...identity.Claim) identity.Known { return identity.Known{Claims: all} }

// open opens a conversation of a contact.
func (w *world) open(contact uuid.UUID) uuid.UUID {
	w.t.Helper()
	id := w.Conversation()
	w.Exec(`update conversations set contact_id = $2 where id = $1`, id, contact)
	return id
}

func (w *world) contactOf(conv uuid.UUID) uuid.UUID {
	w.t.Helper()
	c, err := w.Log.Get(w.t.Context(), conv)
	require.NoError(w.t, err)
	return c.ContactID
}

// addresses lists a contact's addresses, sorted; verified ones end with a tick.
func (w *world) addresses(contact uuid.UUID) []string {
	w.t.Helper()
	rows, err := w.Pool.Query(w.t.Context(), `select address || case when verified then ' ✓' else '' end from identities where contact_id = $1 order by address`, contact)
	require.NoError(w.t, err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(w.t, err)
	return all
}

func (w *world) name(contact uuid.UUID) (name string) {
	w.t.Helper()
	require.NoError(w.t, w.Pool.QueryRow(w.t.Context(), `select name from contacts where id = $1`, contact).Scan(&name))
	return name
}

func (w *world) lastMerge() (id uuid.UUID) {
	w.t.Helper()
	require.NoError(w.t, w.Pool.QueryRow(w.t.Context(), `select id from contact_merges order by id desc limit 1`).Scan(&id))
	return id
}
