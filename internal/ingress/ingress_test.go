package ingress_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/internal/conversation"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/ingress"
)

var chat = ingress.Channel{Account: connectors.Account{ID: "chat", Kind: "webchat"}, Flow: "assistant"}

func message(address, id, text string) connectors.Inbound {
	return connectors.Inbound{Type: connectors.InMessage, Address: address, ProviderID: id, Message: conversation.Message{Text: text}}
}

func openID(t *testing.T, f *dispatchtest.Floor, address string) uuid.UUID {
	t.Helper()
	var id uuid.UUID
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select id from conversations where address = $1 and closed_at is null`, address).Scan(&id))
	return id
}

// requireGapless checks the log's promises: seqs without gaps, inputs chained.
func requireGapless(t *testing.T, f *dispatchtest.Floor, id uuid.UUID) {
	t.Helper()
	rows, err := f.Pool.Query(t.Context(), `select seq, prev_input from conversation_events where conversation_id = $1 order by seq`, id)
	require.NoError(t, err)
	defer rows.Close()
	var expected, lastInput int64
	for rows.Next() {
		var seq int64
		var previous *int64
		require.NoError(t, rows.Scan(&seq, &previous))
		expected++
		require.Equal(t, expected, seq)
		if previous != nil {
			require.Equal(t, lastInput, *previous)
			lastInput = seq
		}
	}
	require.NoError(t, rows.Err())
}

func TestFirstMessageOpensAConversation(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	e := message("v1", "m1", "안녕하세요\r\n<b>'; drop table people;--\x00")
	e.Profile = connectors.Profile{Name: "Kim", Locale: "en-US"}
	results, err := in.Accept(t.Context(), chat, []connectors.Inbound{e, message("v1", "m2", "hello")})
	require.NoError(t, err)
	require.Equal(t, []connectors.Result{{ProviderID: "m1", Status: "accepted"}, {ProviderID: "m2", Status: "accepted"}}, results)
	id := openID(t, f, "v1")
	require.Equal(t, []conversation.Kind{conversation.Opened, conversation.CustomerMessage, conversation.CustomerMessage}, f.Kinds(id))
	requireGapless(t, f, id)
	var text, language, preview string
	var unread int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select e.body->>'text', c.language, c.preview, c.unread from conversation_events e join conversations c on c.id = e.conversation_id
		where e.conversation_id = $1 and e.seq = 2`, id).Scan(&text, &language, &preview, &unread))
	require.Equal(t, "안녕하세요\n<b>'; drop table people;--", text)
	require.Equal(t, "ko", language)
	require.Equal(t, "hello", preview)
	require.Equal(t, 2, unread)
	var outbox int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select count(*) from outbox`).Scan(&outbox))
	require.Equal(t, 2, outbox)
}

func TestRepeatedMessagesAreDropped(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	for range 3 {
		_, err := in.Accept(t.Context(), chat, []connectors.Inbound{message("v1", "m1", "hi"), message("v1", "m1", "hi")})
		require.NoError(t, err)
	}
	id := openID(t, f, "v1")
	require.Len(t, f.Kinds(id), 2)
	closed, _, err := f.Log.Close(t.Context(), id, 2, "finished")
	require.NoError(t, err)
	require.True(t, closed)
	results, err := in.Accept(t.Context(), chat, []connectors.Inbound{message("v1", "m1", "hi")})
	require.NoError(t, err)
	require.Equal(t, connectors.ResultDuplicate, results[0].Status)
	var open int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select count(*) from conversations where closed_at is null`).Scan(&open))
	require.Zero(t, open, "a repeated message opens nothing")
}

func TestManyAtOnceMakeOneConversation(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	var wg sync.WaitGroup
	errs := make(chan error, 64)
	for i := range 64 {
		wg.Go(func() {
			_, err := in.Accept(context.WithoutCancel(t.Context()), chat, []connectors.Inbound{message("v1", fmt.Sprintf("m%d", i%32), "hi")})
			errs <- err
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	id := openID(t, f, "v1")
	require.Len(t, f.Kinds(id), 33, "each message once, and the opening")
	requireGapless(t, f, id)
}

func TestCloseHandshake(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	_, err := in.Accept(t.Context(), chat, []connectors.Inbound{message("v1", "m1", "hi")})
	require.NoError(t, err)
	id := openID(t, f, "v1")
	_, err = in.Accept(t.Context(), chat, []connectors.Inbound{message("v1", "m2", "wait!")})
	require.NoError(t, err)
	closed, newer, err := f.Log.Close(t.Context(), id, 2, "finished")
	require.NoError(t, err)
	require.False(t, closed, "a conversation cannot close over an unread message")
	require.Len(t, newer, 1)
	closed, _, err = f.Log.Close(t.Context(), id, newer[0].Seq, "finished")
	require.NoError(t, err)
	require.True(t, closed)
	_, err = in.Accept(t.Context(), chat, []connectors.Inbound{message("v1", "m3", "again")})
	require.NoError(t, err)
	require.NotEqual(t, id, openID(t, f, "v1"))
}

func TestVerifiedAddressLinksAcrossChannels(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	f.Exec(`insert into channels (id, kind, name, queue_id, secret) values ('other', 'webchat', 'Other', 'support', 'secret')`)
	other := chat
	other.ID = "other"
	in := ingress.New(f.Log)
	first := message("v1", "m1", "hi")
	first.Profile = connectors.Profile{Name: "Kim", Email: "Kim@Example.com", Verified: true}
	_, err := in.Accept(t.Context(), chat, []connectors.Inbound{first})
	require.NoError(t, err)
	second := message("v2", "m1", "hi")
	second.Profile = connectors.Profile{Email: "kim@example.com", Verified: true}
	_, err = in.Accept(t.Context(), other, []connectors.Inbound{second})
	require.NoError(t, err)
	third := message("v3", "m3", "hi")
	third.Profile = connectors.Profile{Email: "kim@example.com"}
	_, err = in.Accept(t.Context(), other, []connectors.Inbound{third})
	require.NoError(t, err)
	contact := func(address string) (id uuid.UUID) {
		require.NoError(t, f.Pool.QueryRow(t.Context(), `select contact_id from conversations where address = $1`, address).Scan(&id))
		return id
	}
	require.Equal(t, contact("v1"), contact("v2"))
	require.NotEqual(t, contact("v1"), contact("v3"), "an unverified address links nobody")
	require.Contains(t, f.Kinds(openID(t, f, "v2")), conversation.ContactLinked)
}

func TestIdentityProvenLaterLinks(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	known := message("v1", "m1", "hi")
	known.Profile = connectors.Profile{Name: "Kim", ExternalID: "cust-7", Verified: true}
	_, err := in.Accept(t.Context(), chat, []connectors.Inbound{known})
	require.NoError(t, err)
	_, err = in.Accept(t.Context(), chat, []connectors.Inbound{message("v2", "m2", "who am I?")})
	require.NoError(t, err)
	proven := message("v2", "m3", "it is me")
	proven.Profile = connectors.Profile{ExternalID: "cust-7", Verified: true}
	_, err = in.Accept(t.Context(), chat, []connectors.Inbound{proven})
	require.NoError(t, err)
	var contacts int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select count(distinct contact_id) from conversations`).Scan(&contacts))
	require.Equal(t, 1, contacts)
}

func TestBadEvents(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	for _, bad := range []connectors.Inbound{message("", "m1", "hi"), message("v1", "", "hi")} {
		_, err := in.Accept(t.Context(), chat, []connectors.Inbound{bad})
		require.ErrorIs(t, err, ingress.ErrInvalid)
	}
	_, err := in.Accept(t.Context(), chat, []connectors.Inbound{message("v1", "m1", strings.Repeat("글", 10<<20/3)), message("v1", "m2", "\xff\xfe")})
	require.NoError(t, err)
	var longest int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select max(length(body->>'text')) from conversation_events`).Scan(&longest))
	require.Equal(t, ingress.MaxText, longest)
}

func TestStatusesOnlyMoveForward(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	_, err := in.Accept(t.Context(), chat, []connectors.Inbound{message("v1", "m1", "hi")})
	require.NoError(t, err)
	id := openID(t, f, "v1")
	for i := range 3 {
		seq, dropped, err := f.Log.Say(t.Context(), id, conversation.Saying{ID: conversation.NewID(), Kind: conversation.BotMessage, Message: conversation.Message{Text: "x"}})
		require.NoError(t, err)
		require.False(t, dropped)
		settle(t, f, id, seq, conversation.Outcome{Status: conversation.StatusSent, ProviderID: fmt.Sprintf("p%d", i)})
	}
	status := func(provider string, s conversation.Status, through bool) {
		_, err := in.Accept(t.Context(), chat, []connectors.Inbound{{Type: connectors.InStatus, Address: "v1", Status: connectors.StatusUpdate{ProviderID: provider, Status: s, Through: through}}})
		require.NoError(t, err)
	}
	status("p1", conversation.StatusRead, true)
	status("p1", conversation.StatusDelivered, true)
	status("p2", conversation.StatusDelivered, false)
	status("nobody", conversation.StatusRead, false)
	rows, err := f.Pool.Query(t.Context(), `select status from deliveries order by seq`)
	require.NoError(t, err)
	defer rows.Close()
	var got []string
	for rows.Next() {
		var s string
		require.NoError(t, rows.Scan(&s))
		got = append(got, s)
	}
	require.Equal(t, []string{"read", "read", "delivered"}, got)
	requireGapless(t, f, id)
}

func settle(t *testing.T, f *dispatchtest.Floor, id uuid.UUID, seq int64, outcome conversation.Outcome) {
	t.Helper()
	require.NoError(t, f.Log.Do(t.Context(), "settle", func(ctx context.Context, tx *conversation.Tx) error {
		return conversation.Settle(ctx, tx, id, seq, outcome)
	}))
}

func TestStaleBotReplyIsDropped(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	in := ingress.New(f.Log)
	boss := f.Agent("Boss", 100, nil)
	_, err := in.Accept(t.Context(), chat, []connectors.Inbound{message("v1", "m1", "hi")})
	require.NoError(t, err)
	id := openID(t, f, "v1")
	_, err = f.Desk.TakeOver(t.Context(), id, boss, "")
	require.NoError(t, err)
	saying := conversation.Saying{ID: conversation.NewID(), Kind: conversation.BotMessage, Message: conversation.Message{Text: "late"}}
	_, dropped, err := f.Log.Say(t.Context(), id, saying)
	require.NoError(t, err)
	require.True(t, dropped)
	require.NotContains(t, f.Kinds(id), conversation.BotMessage)
}

func TestOnlyTheOwnerSpeaks(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	boss, ana := f.Agent("Boss", 100, nil), f.Agent("Ana", 100, nil)
	id := f.Conversation()
	_, err := f.Desk.TakeOver(t.Context(), id, boss, "")
	require.NoError(t, err)
	cid := conversation.NewID()
	_, err = f.Log.Reply(t.Context(), id, cid, ana, conversation.Message{Text: "hi"})
	require.ErrorIs(t, err, conversation.ErrNotOwner)
	first, err := f.Log.Reply(t.Context(), id, cid, boss, conversation.Message{Text: "hi"})
	require.NoError(t, err)
	again, err := f.Log.Reply(t.Context(), id, cid, boss, conversation.Message{Text: "hi"})
	require.NoError(t, err)
	require.Equal(t, first.Seq, again.Seq)
	_, err = f.Log.AddNote(t.Context(), id, cid, boss, conversation.Note{Text: "hi"})
	require.ErrorIs(t, err, conversation.ErrReused)
	_, err = f.Log.Reply(t.Context(), conversation.NewID(), conversation.NewID(), boss, conversation.Message{Text: "hi"})
	require.ErrorIs(t, err, conversation.ErrNotFound)
	require.True(t, first.At.Before(time.Now().Add(time.Second)))
}
