package views

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/api/spec"
)

// AuditFilter chooses what of the audit is read. Zero fields do not filter.
type AuditFilter struct {
	Person  *uuid.UUID
	Kind    spec.AuditKind
	Subject string
	// From is the first moment, To the one behind the last.
	From, To *time.Time
	// Overrides restricts to what was done by hand to conversations and queues.
	Overrides bool
	Cursor    string
	Limit     int
}

// Audit reads a page of who did what, the newest first. next is the cursor of the next page, "" at the end.
func (v *Views) Audit(ctx context.Context, f AuditFilter) (page []spec.AuditEntry, next string, err error) {
	var args []any
	where := []string{"true"}
	add := func(sql string, values ...any) {
		for _, value := range values {
			args = append(args, value)
			sql = strings.Replace(sql, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where = append(where, sql)
	}
	if f.Person != nil {
		add(`a.person = ?`, *f.Person)
	}
	if f.Kind != "" {
		add(`a.action like ?`, string(f.Kind)+".%")
	}
	if f.Subject != "" {
		add(`a.subject = ?`, f.Subject)
	}
	if f.From != nil {
		add(`a.at >= ?`, *f.From)
	}
	if f.To != nil {
		add(`a.at < ?`, *f.To)
	}
	if f.Overrides {
		add(`(a.action like 'conversation.%' or a.action = 'queue.control')`)
	}
	if f.Cursor != "" {
		after, err := parseCursor(f.Cursor)
		if err != nil {
			return nil, "", err
		}
		add(`(a.at, a.id) < (?, ?)`, after.At, after.Rank)
	}
	args = append(args, f.Limit+1)
	rows, err := v.pool.Query(ctx, `select a.id, a.at, a.name, a.person, a.action, a.subject, a.reason, a.detail, c.number, ct.name
		from audit a left join conversations c on c.id = case when a.action like 'conversation.%' then a.subject::uuid end
		left join contacts ct on ct.id = c.contact_id
		where `+strings.Join(where, " and ")+` order by a.at desc, a.id desc limit $`+strconv.Itoa(len(args)), args...)
	if err != nil {
		return nil, "", fmt.Errorf("read audit: %w", err)
	}
	page, err = pgx.CollectRows(rows, scanAudit)
	if err != nil {
		return nil, "", fmt.Errorf("read audit: %w", err)
	}
	if len(page) > f.Limit {
		page = page[:f.Limit]
		last := page[f.Limit-1]
		next = cursor{At: last.At, Rank: last.Id}.String()
	}
	return page, next, nil
}

// noted is what the audit keeps besides, by what was done.
type noted struct {
	Name string `json:"name"`
	// Owner had the conversation that was taken over or ended, Agent is who was to get it.
	Owner, Agent *uuid.UUID
	// From and To are priorities.
	From, To *int
	Fields   []spec.RoutingField  `json:"fields"`
	Entries  []spec.RoutingChange `json:"entries"`
}

func scanAudit(row pgx.CollectableRow) (spec.AuditEntry, error) {
	var e spec.AuditEntry
	var done string
	var detail json.RawMessage
	var customer *string
	if err := row.Scan(&e.Id, &e.At, &e.By, &e.ById, &done, &e.Subject, &e.Reason, &detail, &e.Number, &customer); err != nil {
		return e, err
	}
	kind, action, _ := strings.Cut(done, ".")
	e.Kind, e.Action = spec.AuditKind(kind), action
	var n noted
	if err := json.Unmarshal(detail, &n); err != nil {
		return e, fmt.Errorf("read detail of entry %d: %w", e.Id, err)
	}
	e.About, e.Fields, e.Entries = n.Name, append([]spec.RoutingField{}, n.Fields...), append([]spec.RoutingChange{}, n.Entries...)
	switch done {
	case "conversation.priority":
		e.Fields = append(e.Fields, spec.RoutingField{Path: "priority", From: encode(n.From), To: encode(n.To)})
	case "queue.control", "wallboard.create":
		fields, err := set(detail)
		if err != nil {
			return e, fmt.Errorf("read detail of entry %d: %w", e.Id, err)
		}
		e.Fields = fields
	}
	if kind == "conversation" {
		e.About = ""
		if customer != nil {
			e.About = *customer
		}
		for _, id := range []*uuid.UUID{n.Owner, n.Agent} {
			if id != nil {
				e.Other = &spec.PersonRef{Id: *id, Name: n.Name}
			}
		}
	}
	return e, nil
}

// set are the values that were set, of those that can be.
func set(detail json.RawMessage) ([]spec.RoutingField, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(detail, &all); err != nil {
		return nil, err
	}
	fields := []spec.RoutingField{}
	for _, name := range []string{"paused", "draining", "name", "queues", "show_agents", "expires_at"} {
		if v, there := all[name]; there && string(v) != "null" {
			fields = append(fields, spec.RoutingField{Path: name, To: v})
		}
	}
	return fields, nil
}

func encode(n *int) json.RawMessage {
	if n == nil {
		return nil
	}
	return json.RawMessage(strconv.Itoa(*n))
}
