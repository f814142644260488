// Package dispatchtest sets up a contact center's floor in a test database: queues, agents, a channel, conversations.
package dispatchtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/store/storetest"
)

// Floor is a contact center in a database of its own.
type Floor struct {
	Pool *pgxpool.Pool
	Log  *conversation.Log
	Desk *dispatch.Desk

	t      testing.TB
	opened int
}

// New sets up a floor with queues support and billing and a channel "chat" of cost 20.
func New(t testing.TB) *Floor {
	t.Helper()
	return NewAt(t, time.Now)
}

// NewAt is like New with a clock of its own. Agents stay connected for an hour of real time.
func NewAt(t testing.TB, clock func() time.Time) *Floor {
	t.Helper()
	f := &Floor{Pool: storetest.New(t), t: t}
	f.Log = conversation.NewLog(f.Pool, clock)
	f.Desk = dispatch.New(f.Log, dispatch.Timings{})
	f.Exec(`insert into skills (id, label) values ('en', '{"en":"English"}'), ('ko', '{"en":"Korean"}'), ('vip', '{"en":"VIP"}')`)
	f.Exec(`insert into queues (id, name, offer_timeout_s) values ('support', '{"en":"Support"}', 20), ('billing', '{"en":"Billing"}', 20)`)
	f.Exec(`insert into channels (id, kind, name, queue_id, secret) values ('chat', 'webchat', 'Chat', 'support', 'secret')`)
	return f
}

// Exec runs a statement.
func (f *Floor) Exec(sql string, args ...any) {
	f.t.Helper()
	_, err := f.Pool.Exec(f.t.Context(), sql, args...)
	require.NoError(f.t, err)
}

// Agent adds an agent who is connected and available. queues: all at level 1.
func (f *Floor) Agent(name string, capacity int, skills map[string]int, queues ...string) conversation.Person {
	f.t.Helper()
	p := conversation.Person{ID: conversation.NewID(), Name: name}
	f.Exec(`insert into people (id, email, name, role) values ($1, $2, $3, 'agent')`, p.ID, fmt.Sprintf("%s@test", p.ID), name)
	f.Exec(`insert into agents (id, capacity, presence, lease_until, lost, idle_since) values ($1, $2, 'available', now() + interval '1 hour', false, now() - interval '1 hour')`, p.ID, capacity)
	for skill, level := range skills {
		f.Exec(`insert into agent_skills values ($1, $2, $3)`, p.ID, skill, level)
	}
	for _, q := range queues {
		f.Exec(`insert into agent_queues values ($1, $2, 1)`, p.ID, q)
	}
	return p
}

// Conversation opens one in phase flow.
func (f *Floor) Conversation() uuid.UUID {
	f.t.Helper()
	f.opened++
	contact, id := conversation.NewID(), conversation.NewID()
	f.Exec(`insert into contacts (id, name) values ($1, 'Customer')`, contact)
	f.Exec(`insert into conversations (id, channel_id, channel_kind, address, contact_id, flow) values ($1, 'chat', 'webchat', $2, $3, 'assistant')`,
		id, id.String(), contact)
	return id
}

// Waiting opens a conversation and puts it into a queue.
func (f *Floor) Waiting(queue string, change ...func(*dispatch.Enqueue)) uuid.UUID {
	f.t.Helper()
	id := f.Conversation()
	request := dispatch.Enqueue{RequestID: conversation.NewID(), Queue: queue}
	for _, c := range change {
		c(&request)
	}
	require.NoError(f.t, f.Desk.Enqueue(f.t.Context(), id, request))
	return id
}

// Offer returns the unanswered offer of a conversation: its id and the agent; uuid.Nil if there is none.
func (f *Floor) Offer(conversation uuid.UUID) (reservation, agent uuid.UUID) {
	f.t.Helper()
	rows, err := f.Pool.Query(f.t.Context(), `select id, agent_id from reservations where conversation_id = $1 and state = 'pending'`, conversation)
	require.NoError(f.t, err)
	defer rows.Close()
	for rows.Next() {
		require.NoError(f.t, rows.Scan(&reservation, &agent))
	}
	require.NoError(f.t, rows.Err())
	return reservation, agent
}

// Row reads a conversation's row.
func (f *Floor) Row(id uuid.UUID) (phase conversation.Phase, agent *uuid.UUID, epoch int) {
	f.t.Helper()
	require.NoError(f.t, f.Pool.QueryRow(f.t.Context(), `select phase, agent_id, epoch from conversations where id = $1`, id).Scan(&phase, &agent, &epoch))
	return phase, agent, epoch
}

// Load reads an agent's load and presence.
func (f *Floor) Load(agent uuid.UUID) (load int, presence string) {
	f.t.Helper()
	require.NoError(f.t, f.Pool.QueryRow(f.t.Context(), `select load, presence from agents where id = $1`, agent).Scan(&load, &presence))
	return load, presence
}

// Kinds lists the kinds of a conversation's events in order.
func (f *Floor) Kinds(id uuid.UUID) []conversation.Kind {
	f.t.Helper()
	rows, err := f.Pool.Query(f.t.Context(), `select kind from conversation_events where conversation_id = $1 order by seq`, id)
	require.NoError(f.t, err)
	defer rows.Close()
	var kinds []conversation.Kind
	for rows.Next() {
		var k conversation.Kind
		require.NoError(f.t, rows.Scan(&k))
		kinds = append(kinds, k)
	}
	require.NoError(f.t, rows.Err())
	return kinds
}
