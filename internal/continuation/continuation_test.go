package continuation_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/internal/continuation"
	"seax/internal/conversation"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/ingress"
)

var (
	chat = connectors.Account{ID: "chat", Kind: "webchat", Name: "Chat"}
	text = connectors.Account{ID: "text", Kind: "sms", Name: "Text"}
)

type world struct {
	*dispatchtest.Floor
	t  *testing.T
	in *ingress.Ingress
}

func newWorld(t *testing.T) *world {
	t.Helper()
	f := dispatchtest.New(t)
	f.Exec(`insert into channels (id, kind, name, queue_id, secret) values ('text', 'sms', 'Text', 'support', 'secret')`)
	return &world{f, t, ingress.New(f.Log)}
}

func (w *world) says(on connectors.Account, address, id, words string) {
	w.t.Helper()
	_, err := w.in.Accept(w.t.Context(), ingress.Channel{Account: on, Flow: "assistant"}, []connectors.Inbound{
		{Type: connectors.InMessage, Address: address, ProviderID: id, Message: conversation.Message{Text: words}},
	})
	require.NoError(w.t, err)
}

// open is the open conversation of an address.
func (w *world) open(on connectors.Account, address string) uuid.UUID {
	w.t.Helper()
	id, ok := w.Log.OpenAt(w.t.Context(), on.ID, address)
	require.True(w.t, ok)
	return id
}

func (w *world) offer(id uuid.UUID, to connectors.Account) string {
	w.t.Helper()
	made, err := continuation.Offer(w.t.Context(), w.Log, id, to, false, conversation.Person{ID: uuid.New(), Name: "Ana"})
	require.NoError(w.t, err)
	return made.Code
}

func TestCustomerGoesOnElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.says(chat, "v1", "m1", "hello")
	id := w.open(chat, "v1")
	code := w.offer(id, text)
	w.says(text, "+82101", "s1", "I would like to go on ("+code+")")
	require.Equal(t, id, w.open(text, "+82101"))
	require.Equal(t, []conversation.Kind{conversation.Opened, conversation.CustomerMessage, conversation.Continued, conversation.CustomerMessage}, w.Kinds(id))
	c, err := w.Log.Get(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, []string{"text", "sms", "+82101", "s1"}, []string{c.ChannelID, c.ChannelKind, c.Address, c.LastInbound.ID})
	var people, proven int
	require.NoError(t, w.Pool.QueryRow(t.Context(), `select count(distinct contact_id), count(*) filter (where verified) from identities where address in ('v1', '+82101')`).Scan(&people, &proven))
	require.Equal(t, []int{1, 1}, []int{people, proven})

	// The code was good once, and the old place is free again.
	w.says(chat, "v2", "m2", "and me? "+code)
	w.says(text, "+82102", "s2", code)
	w.says(chat, "v1", "m3", "hello again")
	for _, other := range []uuid.UUID{w.open(chat, "v2"), w.open(text, "+82102"), w.open(chat, "v1")} {
		require.NotEqual(t, id, other)
	}
}

// A code that comes with the link and not in words is shown, and nobody has to answer it.
func TestTheCodeComesWithTheLink(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]connectors.Inbound{
		"start pressed": {Type: connectors.InMessage, Message: conversation.Message{Referral: map[string]string{"start": "x"}}},
		"chat opened":   {Type: connectors.InAutomatic, Message: conversation.Message{Referral: map[string]string{"ref": "x"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.says(chat, "v1", "m1", "hello")
			id := w.open(chat, "v1")
			e.Address, e.ProviderID, e.Code = "+82101", "s1", w.offer(id, text)
			for range 2 {
				_, err := w.in.Accept(t.Context(), ingress.Channel{Account: text, Flow: "assistant"}, []connectors.Inbound{e})
				require.NoError(t, err)
			}
			require.Equal(t, id, w.open(text, "+82101"))
			require.Equal(t, []conversation.Kind{conversation.Opened, conversation.CustomerMessage, conversation.Continued, conversation.AutoMessage}, w.Kinds(id))
			c, err := w.Log.Get(t.Context(), id)
			require.NoError(t, err)
			require.NotNil(t, c.LastInbound, "they may be written to")
			w.says(text, "+82101", "s2", "here I am")
			require.Len(t, w.Kinds(id), 5)
		})
	}
}

// Who begins by a link has begun: only a chat that was merely opened is nothing yet. The code in the words counts beside a link's own.
func TestLinksThatContinueNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	come := func(kind connectors.InboundType, address, code, words string) {
		_, err := w.in.Accept(t.Context(), ingress.Channel{Account: text, Flow: "assistant"}, []connectors.Inbound{
			{Type: kind, Address: address, ProviderID: address, Code: code, Message: conversation.Message{Text: words, Referral: map[string]string{"ref": code}}},
		})
		require.NoError(t, err)
	}
	come(connectors.InAutomatic, "+82101", "summer", "")
	_, opened := w.Log.OpenAt(t.Context(), text.ID, "+82101")
	require.False(t, opened)
	come(connectors.InMessage, "+82102", "summer", "")
	require.Equal(t, []conversation.Kind{conversation.Opened, conversation.CustomerMessage}, w.Kinds(w.open(text, "+82102")))
	w.says(chat, "v1", "m1", "hello")
	id := w.open(chat, "v1")
	come(connectors.InMessage, "+82103", "summer", "go on "+w.offer(id, text))
	require.Equal(t, id, w.open(text, "+82103"))
}

func TestCodesThatDoNothing(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(w *world, id uuid.UUID, code string) string{
		"another channel's": func(w *world, id uuid.UUID, _ string) string {
			w.Exec(`insert into channels (id, kind, name, queue_id, secret) values ('other', 'sms', 'Other', 'support', 'secret')`)
			return w.offer(id, connectors.Account{ID: "other", Kind: "sms"})
		},
		"too old": func(w *world, _ uuid.UUID, code string) string {
			w.Exec(`update continuations set expires_at = $1`, time.Now().Add(-time.Minute))
			return code
		},
		"of a conversation that is over": func(w *world, id uuid.UUID, code string) string {
			closed, _, err := w.Log.Close(w.t.Context(), id, 1000, "done")
			require.NoError(w.t, err)
			require.True(w.t, closed)
			return code
		},
		"made up":   func(*world, uuid.UUID, string) string { return "ABCDE-12345" },
		"no code":   func(*world, uuid.UUID, string) string { return "12345-6789" },
		"cut short": func(_ *world, _ uuid.UUID, code string) string { return code[:10] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.says(chat, "v1", "m1", "hello")
			id := w.open(chat, "v1")
			code := spoil(w, id, w.offer(id, text))
			w.says(text, "+82101", "s1", "go on: "+code)
			require.NotEqual(t, id, w.open(text, "+82101"))
		})
	}
}

func TestWhoTalksThereAlreadyGoesOnTalking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.says(chat, "v1", "m1", "hello")
	w.says(text, "+82101", "s1", "something else")
	there := w.open(text, "+82101")
	w.says(text, "+82101", "s2", w.offer(w.open(chat, "v1"), text))
	require.Equal(t, there, w.open(text, "+82101"))
}

func TestWhatCannotBeOffered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.says(chat, "v1", "m1", "hello")
	id := w.open(chat, "v1")
	_, err := continuation.Offer(t.Context(), w.Log, id, chat, true, conversation.Person{})
	require.ErrorIs(t, err, continuation.ErrSame)
	_, _, err = w.Log.Close(t.Context(), id, 1000, "done")
	require.NoError(t, err)
	_, err = continuation.Offer(t.Context(), w.Log, id, text, true, conversation.Person{})
	require.ErrorIs(t, err, continuation.ErrOver)
	_, err = continuation.Offer(t.Context(), w.Log, uuid.New(), text, true, conversation.Person{})
	require.ErrorIs(t, err, conversation.ErrNotFound)
}
