package faults

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"seax/deploy/local/crowd"
)

// logged is a message in the log.
type logged struct {
	Conversation uuid.UUID
	Seq          int64
	ID           uuid.UUID
	Kind         string
	// CID is the id the customer gave it.
	CID    *string
	Text   string
	Status *string
}

// messages reads every message of a visitor's conversations, in order.
func (w *world) messages(visitor string) []logged {
	w.t.Helper()
	rows, err := w.Pool.Query(w.ctx, `select e.conversation_id, e.seq, e.id, e.kind, k.provider_id, coalesce(e.body->>'text', ''), d.status
		from conversations c join conversation_events e on e.conversation_id = c.id
		left join inbound_keys k on k.conversation_id = e.conversation_id and k.seq = e.seq
		left join deliveries d on d.event_id = e.id
		where c.address = $1 and e.kind in ('customer.message', 'agent.message', 'bot.message', 'system.message') order by c.opened_at, e.seq`, visitor)
	require.NoError(w.t, err)
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[logged])
	require.NoError(w.t, err)
	return all
}

// requireAccount settles accounts with one customer: what was acknowledged is in the log, once and in order; what the log says
// was sent is in the feed, once and in order, and nothing else; every conversation is closed.
func (w *world) requireAccount(c *crowd.Customer) {
	w.t.Helper()
	visitor := c.Visitor()
	require.NoError(w.t, c.Refresh(w.ctx))
	all := w.messages(visitor)
	var open int
	require.NoError(w.t, w.Pool.QueryRow(w.ctx, `select count(*) from conversations where address = $1 and closed_at is null`, visitor).Scan(&open))
	require.Zero(w.t, open, "open conversations of visitor %s", visitor)

	var received, acknowledged []string
	for _, m := range all {
		if m.Kind == "customer.message" {
			require.NotNil(w.t, m.CID)
			received = append(received, strings.TrimPrefix(*m.CID, visitor+":"))
		}
	}
	for _, s := range c.Sent() {
		acknowledged = append(acknowledged, s.CID.String())
	}
	require.Equal(w.t, acknowledged, received, "messages of visitor %s: acknowledged and in the log", visitor)

	var sent, seen, own []string
	for _, m := range all {
		if m.Kind != "customer.message" {
			require.NotNil(w.t, m.Status)
			require.Contains(w.t, []string{"sent", "delivered", "read"}, *m.Status, "message %d of %s", m.Seq, m.Conversation)
			sent = append(sent, m.ID.String())
		}
	}
	for i, item := range c.Feed() {
		require.EqualValues(w.t, i+1, item.N)
		if item.From.Kind == "customer" {
			own = append(own, item.ID)
		} else {
			seen = append(seen, item.ID)
		}
	}
	require.Equal(w.t, sent, seen, "messages to visitor %s: logged and shown", visitor)
	require.Equal(w.t, acknowledged, own, "visitor %s sees their own messages", visitor)
}

// requireReplies makes sure that what agents said and was acknowledged is in the log, once and in order.
func (w *world) requireReplies(agents ...*crowd.Agent) {
	w.t.Helper()
	for _, a := range agents {
		said := map[uuid.UUID][]uuid.UUID{}
		for _, r := range a.Replies() {
			said[r.Conversation] = append(said[r.Conversation], r.ID)
		}
		for conversation, ids := range said {
			rows, err := w.Pool.Query(w.ctx, `select id from conversation_events where conversation_id = $1 and id = any($2) order by seq`, conversation, ids)
			require.NoError(w.t, err)
			found, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
			require.NoError(w.t, err)
			require.Equal(w.t, ids, found, "replies of %s in conversation %s", a.Name, conversation)
		}
	}
}

// explain says where a visitor's conversation stands, for errors.
func (w *world) explain(visitor string) string {
	var id uuid.UUID
	var phase string
	if err := w.Pool.QueryRow(w.ctx, `select id, phase from conversations where address = $1 order by opened_at desc limit 1`, visitor).Scan(&id, &phase); err != nil {
		return "no conversation: " + err.Error()
	}
	rows, err := w.Pool.Query(w.ctx, `select seq, kind, at, body from conversation_events where conversation_id = $1 order by seq desc limit 12`, id)
	if err != nil {
		return err.Error()
	}
	lines := []string{fmt.Sprintf("conversation %s is %s", id, phase), w.Doctor(w.ctx, id.String())}
	for rows.Next() {
		var seq int64
		var kind string
		var at any
		var body json.RawMessage
		if err := rows.Scan(&seq, &kind, &at, &body); err == nil {
			lines = append(lines, fmt.Sprintf("%4d %s %v %.200s", seq, kind, at, body))
		}
	}
	return strings.Join(lines, "\n")
}
