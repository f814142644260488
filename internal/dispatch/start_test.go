package dispatch_test

import (
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/identity"
	"seax/internal/ingress"
)

func beginning(to string) dispatch.Start {
	return dispatch.Start{
		ID: conversation.NewID(), Channel: "chat", Kind: "webchat", Flow: "assistant", Address: to,
		MessageID: conversation.NewID(), Message: conversation.Message{Text: "Hello, your order is here."},
	}
}

// write has a customer write to us.
func write(t *testing.T, f *dispatchtest.Floor, from, text string, consent connectors.Consent) {
	t.Helper()
	channel := ingress.Channel{Account: connectors.Account{ID: "chat", Kind: "webchat"}, Flow: "assistant"}
	_, err := ingress.New(f.Log).Accept(t.Context(), channel, []connectors.Inbound{{
		Type: connectors.InMessage, ProviderID: uuid.NewString(), Address: from, Message: conversation.Message{Text: text}, Consent: consent,
	}})
	require.NoError(t, err)
}

func TestAnAgentStartsAConversation(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 40, nil, "support")
	in := beginning("+14155550100")
	c, err := f.Desk.Start(t.Context(), ana, in)
	require.NoError(t, err)
	require.Equal(t, in.ID, c.ID)
	require.Equal(t, conversation.WithAgent, c.Phase)
	require.True(t, c.Speaks(ana.ID))
	require.Equal(t, []conversation.Kind{conversation.Opened, conversation.Assigned, conversation.AgentMessage}, f.Kinds(c.ID))
	load, _ := f.Load(ana.ID)
	require.Equal(t, 20, load)
	var carried, queued int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select count(*) from outbox where conversation_id = $1`, c.ID).Scan(&carried))
	require.Equal(t, 2, carried, "its workflow is told, and so started")
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select count(*) from deliveries where conversation_id = $1 and status = 'queued'`, c.ID).Scan(&queued))
	require.Equal(t, 1, queued)

	again, err := f.Desk.Start(t.Context(), ana, in)
	require.NoError(t, err, "the same id is the same conversation")
	require.Equal(t, c.ID, again.ID)
	require.Len(t, f.Kinds(c.ID), 3)

	write(t, f, "+14155550100", "Thank you!", "")
	require.Equal(t, conversation.CustomerMessage, f.Kinds(c.ID)[3], "the answer comes into the same conversation")
	_, err = f.Desk.Complete(t.Context(), c.ID, dispatch.Caller{Person: ana}, dispatch.WrapUpResult{Outcome: "resolved"})
	require.NoError(t, err)
	load, _ = f.Load(ana.ID)
	require.Zero(t, load)
	sound(t, f)
}

func TestAStartIsRefused(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana, tom := f.Agent("Ana", 40, nil, "support"), f.Agent("Tom", 10, nil, "support")
	c, err := f.Desk.Start(t.Context(), ana, beginning("one"))
	require.NoError(t, err)

	var open *dispatch.OpenError
	_, err = f.Desk.Start(t.Context(), tom, beginning("one"))
	require.ErrorAs(t, err, &open)
	require.Equal(t, dispatch.OpenError{ID: c.ID, Agent: "Ana"}, *open)
	write(t, f, "two", "hi", "")
	_, err = f.Desk.Start(t.Context(), ana, beginning("two"))
	require.ErrorAs(t, err, &open)
	require.Empty(t, open.Agent, "nobody has it")

	_, err = f.Desk.Start(t.Context(), tom, beginning("three"))
	require.ErrorIs(t, err, dispatch.ErrCapacity)
	used := beginning("three")
	used.ID = c.ID
	_, err = f.Desk.Start(t.Context(), ana, used)
	require.ErrorIs(t, err, conversation.ErrReused)

	write(t, f, "four", "STOP", connectors.OptedOut)
	f.Exec(`update conversations set phase = 'closed', closed_at = now() where address = 'four'`)
	_, err = f.Desk.Start(t.Context(), ana, beginning("four"))
	require.ErrorIs(t, err, identity.ErrOptedOut)

	var left int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select count(*) from conversations where address in ('three', 'four') and closed_at is null`).Scan(&left))
	require.Zero(t, left, "what is refused leaves nothing behind")
	load, _ := f.Load(ana.ID)
	require.Equal(t, 20, load)
}

// Whose the conversation is: who has the address, the contact it was started from, who has proven the number, or somebody new.
func TestWhoIsWrittenTo(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 1000, nil, "support")
	contact := func(name string) uuid.UUID {
		id := conversation.NewID()
		f.Exec(`insert into contacts (id, name, locale) values ($1, $2, 'ko-KR')`, id, name)
		return id
	}
	start := func(to string, who uuid.UUID) (conversation.Conversation, error) {
		in := beginning(to)
		in.Contact = who
		return f.Desk.Start(t.Context(), ana, in)
	}
	jisu, leo := contact("Jisu"), contact("Leo")
	c, err := start("+14155550101", jisu)
	require.NoError(t, err)
	require.Equal(t, jisu, c.ContactID)
	require.Equal(t, "ko", c.Language)
	var verified bool
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select verified from identities where kind = 'phone' and address = '+14155550101' and contact_id = $1`, jisu).Scan(&verified))
	require.False(t, verified, "that we write there proves nothing")

	_, err = start("+14155550101", leo)
	require.Error(t, err)
	f.Exec(`update conversations set phase = 'closed', closed_at = now()`)
	f.Exec(`update reservations set state = 'completed'`)
	_, err = start("+14155550101", leo)
	require.ErrorIs(t, err, identity.ErrTaken)
	require.ErrorContains(t, err, "Jisu")

	f.Exec(`insert into identities (id, contact_id, kind, address, verified) values ($1, $2, 'phone', '+14155550102', true)`, conversation.NewID(), leo)
	c, err = start("+14155550102", uuid.Nil)
	require.NoError(t, err)
	require.Equal(t, leo, c.ContactID)
	c, err = start("somebody", uuid.Nil)
	require.NoError(t, err)
	require.NotContains(t, []uuid.UUID{jisu, leo}, c.ContactID)
	_, err = start("nobody", uuid.New())
	require.ErrorIs(t, err, identity.ErrNotFound)
}

// Two agents at once, and the customer too: there is one conversation.
func TestStartsAtTheSameTime(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana, tom := f.Agent("Ana", 1000, nil, "support"), f.Agent("Tom", 1000, nil, "support")
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { _, _ = f.Desk.Start(t.Context(), ana, beginning("one")) })
		wg.Go(func() { _, _ = f.Desk.Start(t.Context(), tom, beginning("one")) })
		wg.Go(func() { write(t, f, "one", "hello", "") })
	}
	wg.Wait()
	var n int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select count(*) from conversations`).Scan(&n))
	require.Equal(t, 1, n)
	sound(t, f)
}
