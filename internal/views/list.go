package views

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/api/spec"
)

// Filter chooses conversations for a list. Zero fields do not filter.
type Filter struct {
	View  spec.View
	Me    uuid.UUID
	Queue string
	Agent uuid.UUID
	// Contact also lists what was merged into them.
	Contact uuid.UUID
	// Query are words in the contact's name or address, or in messages.
	Query string
	// SLA restricts to those of which a clock is at risk or breached; ByDue lists those first whose clocks are due first.
	SLA    spec.SlaFilter
	ByDue  bool
	Cursor string
	Limit  int
	// Visible, if set, restricts to what this agent may see: their own, their queues', and what nobody has.
	Visible uuid.UUID
}

// ErrCursor says that a cursor is not one of ours.
var ErrCursor = errors.New("the cursor is not valid")

// cursor is the place behind a page's last row.
type cursor struct {
	At   time.Time `json:"t"`
	Rank int64     `json:"r,omitempty"`
	ID   uuid.UUID `json:"i"`
}

func (c cursor) String() string {
	text, _ := json.Marshal(c)
	return base64.RawURLEncoding.EncodeToString(text)
}

func parseCursor(s string) (cursor, error) {
	var c cursor
	text, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return c, ErrCursor
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, ErrCursor
	}
	return c, nil
}

// views are the conditions behind the names of views; $1 is who asks.
var conditions = map[spec.View]string{
	spec.ViewMine: `c.id in (select id from conversations where agent_id = $1 and closed_at is null
		union select conversation_id from reservations where agent_id = $1 and state = 'accepted' and role = 'helper')`,
	spec.ViewWaiting:   `c.phase in ('queued', 'offered')`,
	spec.ViewBot:       `c.phase = 'flow'`,
	spec.ViewOpen:      `c.closed_at is null`,
	spec.ViewParked:    `c.phase = 'parked'`,
	spec.ViewAttention: `c.attention <> '' and c.closed_at is null`,
	spec.ViewClosed:    `c.closed_at is not null`,
	spec.ViewAll:       `true`,
}

// slaStates are the states behind the names of filters by service level.
var slaStates = map[spec.SlaFilter][]string{
	spec.SlaFilterAtRisk:   {"warned", "breached"},
	spec.SlaFilterBreached: {"breached"},
}

// order is how a list is sorted: by an expression, which the place in the cursor holds too where it is a number.
type order struct{ by, place, join string }

var (
	newestFirst = order{by: `coalesce(c.last_message_at, c.opened_at) desc, c.id desc`, place: `0::bigint`}
	byRank      = order{
		by: `coalesce(rq.rank, 0), c.id`, place: `coalesce(rq.rank, 0)`,
		join: ` left join lateral (select rank from requests r where r.conversation_id = c.id and r.state in ('waiting', 'offered') order by enqueued_at desc limit 1) rq on true `,
	}
	byDue = order{by: `c.sla_due, c.id`, place: `coalesce((extract(epoch from c.sla_due) * 1000000)::bigint, 9223372036854775807)`}
)

// List reads a page of conversations: the newest message first, waiting ones by rank, or all by due time. next is the cursor of the
// next page, "" at the end.
func (v *Views) List(ctx context.Context, f Filter) (page []spec.Conversation, next string, err error) {
	condition, ok := conditions[f.View]
	if !ok {
		return nil, "", fmt.Errorf("there is no view %q", f.View)
	}
	args := []any{f.Me}
	where := []string{condition, "$1::uuid is not null"}
	add := func(sql string, values ...any) {
		for _, value := range values {
			args = append(args, value)
			sql = strings.Replace(sql, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where = append(where, sql)
	}
	if f.Queue != "" {
		add(`c.queue_id = ?`, f.Queue)
	}
	if f.Agent != uuid.Nil {
		add(`c.agent_id = ?`, f.Agent)
	}
	if f.Contact != uuid.Nil {
		add(`c.contact_id = ?`, f.Contact)
	}
	if f.SLA != "" {
		add(`c.sla_state = any(?)`, slaStates[f.SLA])
	}
	if f.Visible != uuid.Nil {
		add(visibleTo("?"), f.Visible, f.Visible, f.Visible)
	}
	if q := strings.TrimSpace(f.Query); q != "" {
		like := "%" + escapeLike(q) + "%"
		add(`(ct.name ilike ? or c.address ilike ? or c.preview ilike ? or exists (select from conversation_events e
			where e.conversation_id = c.id and e.kind in ('customer.message', 'agent.message', 'bot.message') and e.body->>'text' ilike ?))`, like, like, like, like)
	}
	in := newestFirst
	switch {
	case f.ByDue:
		in = byDue
	case f.View == spec.ViewWaiting:
		in = byRank
	}
	if f.Cursor != "" {
		after, err := parseCursor(f.Cursor)
		if err != nil {
			return nil, "", err
		}
		if in == newestFirst {
			add(`(coalesce(c.last_message_at, c.opened_at), c.id) < (?, ?)`, after.At, after.ID)
		} else {
			add(`(`+in.place+`, c.id) > (?, ?)`, after.Rank, after.ID)
		}
	}
	args = append(args, f.Limit+1)
	select_ := strings.Replace(conversationSelect, "\n\tfrom conversations c", ", coalesce(c.last_message_at, c.opened_at), "+in.place+" from conversations c", 1)
	rows, err := v.pool.Query(ctx, select_+in.join+` where `+strings.Join(where, " and ")+` order by `+in.by+fmt.Sprintf(" limit $%d", len(args)), args...)
	if err != nil {
		return nil, "", fmt.Errorf("list conversations: %w", err)
	}
	var places []cursor
	page, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (spec.Conversation, error) {
		var place cursor
		c, err := v.scanConversation(extended{row, []any{&place.At, &place.Rank}})
		place.ID = c.Id
		places = append(places, place)
		return c, err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list conversations: %w", err)
	}
	if len(page) > f.Limit {
		page = page[:f.Limit]
		next = places[f.Limit-1].String()
	}
	return page, next, nil
}

// extended scans more columns behind those the inner scan asks for.
type extended struct {
	pgx.CollectableRow
	more []any
}

func (e extended) Scan(into ...any) error { return e.CollectableRow.Scan(append(into, e.more...)...) }

// visibleTo is what an agent may see: what is or was theirs to answer, their queues', and what no person has.
func visibleTo(arg string) string {
	return `(c.agent_id = ` + arg + ` or c.queue_id is null or c.queue_id in (select queue_id from agent_queues where agent_id = ` + arg + `)
		or exists (select from reservations vr where vr.conversation_id = c.id and vr.agent_id = ` + arg + ` and vr.state in ('pending', 'accepted', 'wrapping', 'completed')))`
}

// Visible reports whether an agent may see a conversation.
func (v *Views) Visible(ctx context.Context, agent, id uuid.UUID) (bool, error) {
	var visible bool
	err := v.pool.QueryRow(ctx, `select exists (select from conversations c where c.id = $1 and `+visibleTo("$2")+`)`, id, agent).Scan(&visible)
	if err != nil {
		return false, fmt.Errorf("may agent %s see conversation %s: %w", agent, id, err)
	}
	return visible, nil
}

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}
