package identity_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
	"seax/internal/identity"
)

func TestMergingMovesAddressesAndOpenConversations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kim := w.resolve(visitor("v1"), identity.Known{Name: "Kim"}).ContactID
	double := w.resolve(visitor("v2"), claims(email("kim@example.com", true))).ContactID
	flow, owned, closed := w.open(double), w.open(double), w.open(double)
	_, err := w.Desk.TakeOver(t.Context(), owned, w.boss, "")
	require.NoError(t, err)
	done, _, err := w.Log.Close(t.Context(), closed, 0, "finished")
	require.NoError(t, err)
	require.True(t, done)

	require.NoError(t, w.contacts.Merge(t.Context(), kim, double, w.boss))
	require.Equal(t, []string{"kim@example.com ✓", "v1", "v2"}, w.addresses(kim))
	require.Empty(t, w.addresses(double))
	for _, id := range []uuid.UUID{flow, owned, closed} {
		require.Equal(t, kim, w.contactOf(id))
		kinds := w.Kinds(id)
		require.Equal(t, conversation.ContactLinked, kinds[len(kinds)-1], "the log says so")
	}
	phase, agent, _ := w.Row(owned)
	require.Equal(t, conversation.WithAgent, phase, "who works on it goes on")
	require.Equal(t, w.boss.ID, *agent)
	require.Equal(t, kim, w.resolve(visitor("v2"), identity.Known{}).ContactID, "the address now means the other")
}

func TestAContactWithoutANameTakesTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	nameless := w.resolve(visitor("v1"), identity.Known{}).ContactID
	kim := w.resolve(visitor("v2"), identity.Known{Name: "Kim"}).ContactID
	require.NoError(t, w.contacts.Merge(t.Context(), nameless, kim, w.boss))
	require.Equal(t, "Kim", w.name(nameless))
}

func TestUndoGivesBackWhatTheMergeTook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kim := w.resolve(visitor("v1"), identity.Known{Name: "Kim"}).ContactID
	other := w.resolve(visitor("v2"), identity.Known{Name: "Lee"}).ContactID
	before := w.open(other)
	require.NoError(t, w.contacts.Merge(t.Context(), kim, other, w.boss))
	after := w.open(kim)
	w.resolve(visitor("v1"), claims(email("kim@example.com", true)))

	into, err := w.contacts.Undo(t.Context(), w.lastMerge(), w.boss)
	require.NoError(t, err)
	require.Equal(t, kim, into)
	require.Equal(t, []string{"v2"}, w.addresses(other))
	require.Equal(t, []string{"kim@example.com ✓", "v1"}, w.addresses(kim))
	require.Equal(t, other, w.contactOf(before))
	require.Equal(t, kim, w.contactOf(after), "what came after the merge stays")
	_, err = w.contacts.Undo(t.Context(), w.lastMerge(), w.boss)
	require.ErrorIs(t, err, identity.ErrNotFound, "once is enough")
	require.NoError(t, w.contacts.Merge(t.Context(), kim, other, w.boss), "and it can be merged again")
}

// Of A into B, then B into C, the second must be undone first: B is not whole meanwhile.
func TestMergesAreUndoneFromTheLastOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.resolve(visitor("a"), identity.Known{Name: "A"}).ContactID
	b := w.resolve(visitor("b"), identity.Known{Name: "B"}).ContactID
	c := w.resolve(visitor("c"), identity.Known{Name: "C"}).ContactID
	conv := w.open(a)
	require.NoError(t, w.contacts.Merge(t.Context(), b, a, w.boss))
	first := w.lastMerge()
	require.NoError(t, w.contacts.Merge(t.Context(), c, b, w.boss))
	second := w.lastMerge()
	require.Equal(t, []string{"a", "b", "c"}, w.addresses(c))

	_, err := w.contacts.Undo(t.Context(), first, w.boss)
	require.ErrorIs(t, err, identity.ErrMerged)
	require.Equal(t, c, w.contactOf(conv), "nothing was torn apart")
	_, err = w.contacts.Undo(t.Context(), second, w.boss)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, w.addresses(b))
	require.Equal(t, b, w.contactOf(conv))
	_, err = w.contacts.Undo(t.Context(), first, w.boss)
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, w.addresses(a))
	require.Equal(t, a, w.contactOf(conv))
}

// A conversation whose customer has proven to be somebody else since the merge is theirs.
func TestUndoTakesNothingFromAThirdPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kim := w.resolve(visitor("v1"), identity.Known{Name: "Kim"}).ContactID
	other := w.resolve(visitor("v2"), identity.Known{Name: "Lee"}).ContactID
	third := w.resolve(visitor("v3"), claims(email("park@example.com", true))).ContactID
	conv := w.open(other)
	require.NoError(t, w.contacts.Merge(t.Context(), kim, other, w.boss))
	require.Equal(t, third, w.prove(kim, visitor("v2"), claims(email("park@example.com", true))).ContactID)
	w.Exec(`update conversations set contact_id = $2 where id = $1`, conv, third)
	_, err := w.contacts.Undo(t.Context(), w.lastMerge(), w.boss)
	require.NoError(t, err)
	require.Equal(t, third, w.contactOf(conv))
	require.Equal(t, []string{"park@example.com ✓", "v2", "v3"}, w.addresses(third))
}

func TestWhatCannotBeMerged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.resolve(visitor("a"), identity.Known{}).ContactID
	b := w.resolve(visitor("b"), identity.Known{}).ContactID
	c := w.resolve(visitor("c"), identity.Known{}).ContactID
	require.NoError(t, w.contacts.Merge(t.Context(), a, b, w.boss))
	for name, try := range map[string]struct {
		into, other uuid.UUID
		want        error
	}{
		"with itself":             {a, a, identity.ErrMerged},
		"what has been merged":    {c, b, identity.ErrMerged},
		"into a part of another":  {b, c, identity.ErrMerged},
		"with nobody":             {a, conversation.NewID(), identity.ErrNotFound},
		"nobody with somebody":    {conversation.NewID(), a, identity.ErrNotFound},
		"nobody with nobody else": {conversation.NewID(), conversation.NewID(), identity.ErrNotFound},
	} {
		require.ErrorIs(t, w.contacts.Merge(t.Context(), try.into, try.other, w.boss), try.want, name)
	}
	_, err := w.contacts.Undo(t.Context(), conversation.NewID(), w.boss)
	require.ErrorIs(t, err, identity.ErrNotFound)
}

func TestTwoWhoMergeAtOnceMakeNoCircle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.resolve(visitor("a"), identity.Known{}).ContactID
	b := w.resolve(visitor("b"), identity.Known{}).ContactID
	var wg sync.WaitGroup
	errs := make([]error, 2)
	wg.Go(func() { errs[0] = w.contacts.Merge(t.Context(), a, b, w.boss) })
	wg.Go(func() { errs[1] = w.contacts.Merge(t.Context(), b, a, w.boss) })
	wg.Wait()
	if errs[0] != nil {
		errs[0], errs[1] = errs[1], errs[0]
	}
	require.NoError(t, errs[0])
	require.ErrorIs(t, errs[1], identity.ErrMerged)
}

// A customer opens a conversation in the moment in which an agent merges their contact. It becomes the merged contact's, not one
// of a contact that nobody sees any more.
func TestAConversationOpenedDuringAMergeIsTheMergedContacts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kim := w.resolve(visitor("v1"), identity.Known{Name: "Kim"}).ContactID
	double := w.resolve(visitor("v2"), identity.Known{}).ContactID
	held := w.open(double)
	ctx := t.Context()
	merged, opened := make(chan error, 1), make(chan error, 1)
	conv := conversation.NewID()
	w.do(func(_ context.Context, tx *conversation.Tx) error {
		// The merge stops half-way, at a conversation that it must move.
		if _, err := tx.Lock(ctx, held); err != nil {
			return err
		}
		go func() { merged <- w.contacts.Merge(ctx, kim, double, w.boss) }()
		w.waitForBlocked(1)
		go func() {
			opened <- w.Log.Do(ctx, "open", func(ctx context.Context, tx *conversation.Tx) error {
				person, err := identity.Resolve(ctx, tx, visitor("v2"), identity.Known{})
				if err != nil {
					return err
				}
				_, err = tx.Exec(ctx, `insert into conversations (id, channel_id, channel_kind, address, contact_id, flow) values ($1, 'chat', 'webchat', 'v2', $2, 'assistant')`,
					conv, person.ContactID)
				return err
			})
		}()
		w.waitForBlocked(2)
		return nil
	})
	require.NoError(t, <-merged)
	require.NoError(t, <-opened)
	require.Equal(t, kim, w.contactOf(held))
	require.Equal(t, kim, w.contactOf(conv))
}

// waitForBlocked waits until so many wait for locks in this database.
func (w *world) waitForBlocked(want int) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		var n int
		err := w.Pool.QueryRow(w.t.Context(), `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).Scan(&n)
		return err == nil && n == want
	}, 10*time.Second, 5*time.Millisecond)
}

func TestWhatAgentsChangeOfAContact(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kim := w.resolve(visitor("v1"), identity.Known{Name: "Kim"}).ContactID
	lee := w.resolve(visitor("v2"), identity.Known{Name: "Lee", Claims: []identity.Claim{email("lee@example.com", true)}}).ContactID
	text := func(s string) *string { return &s }
	update := func(id uuid.UUID, change identity.Change) error { return w.contacts.Update(t.Context(), id, change) }

	require.NoError(t, update(kim, identity.Change{Email: text("Kim@example.com"), Phone: text("010-2345-6789"), Attributes: map[string]string{"a": "1", "b": "2"}}))
	require.Equal(t, []string{"+821023456789", "kim@example.com", "v1"}, w.addresses(kim), "noted, not verified")
	require.NoError(t, update(kim, identity.Change{Name: text("Kim J."), Attributes: map[string]string{"a": "", "c": "'; drop table contacts; --"}}))
	require.Equal(t, "Kim J.", w.name(kim))
	var attributes map[string]string
	require.NoError(t, w.Pool.QueryRow(t.Context(), `select attributes from contacts where id = $1`, kim).Scan(&attributes))
	require.Equal(t, map[string]string{"b": "2", "c": "'; drop table contacts; --"}, attributes)

	err := update(kim, identity.Change{Name: text("x"), Email: text("lee@example.com")})
	require.ErrorIs(t, err, identity.ErrTaken)
	require.ErrorContains(t, err, "Lee")
	require.Equal(t, "Kim J.", w.name(kim), "all or nothing")
	require.ErrorIs(t, update(kim, identity.Change{Email: text("kim")}), identity.ErrInvalid)
	require.ErrorIs(t, update(kim, identity.Change{Phone: text("12")}), identity.ErrInvalid)
	require.ErrorIs(t, update(conversation.NewID(), identity.Change{}), identity.ErrNotFound)
	require.NoError(t, w.contacts.Merge(t.Context(), kim, lee, w.boss))
	require.ErrorIs(t, update(lee, identity.Change{}), identity.ErrNotFound, "it is part of another")
}
