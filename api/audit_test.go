package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"seax/api/spec"
	"seax/internal/auth"
)

type auditPage struct {
	Items      []spec.AuditEntry `json:"items"`
	NextCursor string            `json:"next_cursor"`
}

func (s *server) audit(by who, query ...string) auditPage {
	s.t.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		if query[i+1] != "" {
			values.Set(query[i], query[i+1])
		}
	}
	var page auditPage
	s.api(http.MethodGet, "/audit?"+values.Encode(), nil, as(by)).ok(http.StatusOK).json(&page)
	return page
}

func did(page auditPage) []string {
	all := make([]string, len(page.Items))
	for i, e := range page.Items {
		all[i] = string(e.Kind) + "." + e.Action
	}
	return all
}

func field(t *testing.T, e spec.AuditEntry, path string) spec.RoutingField {
	t.Helper()
	for _, f := range e.Fields {
		if f.Path == path {
			return f
		}
	}
	require.Failf(t, "no such field", "%s in %v", path, e.Fields)
	return spec.RoutingField{}
}

func TestTheAuditTellsWhatSupervisorsDid(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent, supervisor, admin := s.person(auth.Agent, "support"), s.person(auth.Supervisor), s.person(auth.Admin)
	id := s.owned(agent)
	route := "/conversations/" + id.String()
	s.api(http.MethodPost, route+"/priority", `{"priority":7,"reason":"the mayor"}`, as(supervisor)).ok(http.StatusOK)
	s.api(http.MethodPost, route+"/take-over", `{}`, as(admin)).ok(http.StatusOK)
	s.api(http.MethodPost, "/queues/support/control", `{"paused":true,"reason":"fire drill"}`, as(supervisor)).ok(http.StatusOK)
	s.api(http.MethodPost, "/skills", map[string]any{"id": "wine", "label": map[string]string{"en": "Wine"}}, as(admin)).ok(http.StatusCreated)

	s.api(http.MethodGet, "/audit", nil, as(agent)).refused(http.StatusForbidden, "forbidden")
	require.Equal(t, []string{"queue.control", "conversation.take_over", "conversation.priority"}, did(s.audit(supervisor)), "supervisors see what was done by hand")
	require.Empty(t, s.audit(supervisor, "kind", "skill").Items)
	all := s.audit(admin)
	require.Equal(t, []string{"skill.create", "queue.control", "conversation.take_over", "conversation.priority"}, did(all))

	drill, taken, priority := all.Items[1], all.Items[2], all.Items[3]
	require.Equal(t, "fire drill", drill.Reason)
	require.Equal(t, "support", drill.Subject)
	require.JSONEq(t, `true`, string(field(t, drill, "paused").To))
	require.Len(t, drill.Fields, 1, "what was left alone is not told")
	require.Equal(t, agent.ID, taken.Other.Id, "whose it was")
	require.Equal(t, admin.ID, *taken.ById)
	require.Equal(t, supervisor.Name, priority.By)
	require.Equal(t, id.String(), priority.Subject)
	require.NotZero(t, *priority.Number)
	require.NotEmpty(t, priority.About)
	require.JSONEq(t, `0`, string(field(t, priority, "priority").From))
	require.JSONEq(t, `7`, string(field(t, priority, "priority").To))
}

func TestTheAuditTellsToWhomAConversationWasGiven(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	supervisor, agent := s.person(auth.Supervisor), s.person(auth.Agent, "support")
	s.Exec(`update agents set presence = 'break'`)
	id := s.Waiting("support")
	s.api(http.MethodPost, "/conversations/"+id.String()+"/assign", map[string]any{"agent_id": agent.ID, "reason": "knows the case"}, as(supervisor)).ok(http.StatusOK)
	given := s.audit(supervisor, "subject", id.String()).Items
	require.Len(t, given, 1)
	require.Equal(t, "assign", given[0].Action)
	require.Equal(t, agent.ID, given[0].Other.Id)
	require.Equal(t, "knows the case", given[0].Reason)
}

func TestTheAuditIsFilteredAndPaged(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	leo, mia := s.person(auth.Admin), s.person(auth.Admin)
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		s.api(http.MethodPost, "/skills", map[string]any{"id": id, "label": map[string]string{"en": id}}, as(leo)).ok(http.StatusCreated)
	}
	s.api(http.MethodPost, "/presences", map[string]any{"id": "lunch", "label": map[string]string{"en": "Lunch"}, "offers_work": false}, as(mia)).ok(http.StatusCreated)
	s.Exec(`update audit set at = timestamptz '2026-03-01 12:00Z' where subject in ('a', 'b', 'c')`)
	s.Exec(`update audit set at = timestamptz '2026-03-02 12:00Z' where subject in ('d', 'e')`)
	s.Exec(`update audit set at = timestamptz '2026-03-03 12:00Z' where subject = 'lunch'`)

	subjects := func(p auditPage) (all []string) {
		for _, e := range p.Items {
			all = append(all, e.Subject)
		}
		return all
	}
	var read []string
	for cursor, pages := "", 0; ; pages++ {
		require.Less(t, pages, 4)
		page := s.audit(leo, "limit", "2", "cursor", cursor)
		read = append(read, subjects(page)...)
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	require.Equal(t, []string{"lunch", "e", "d", "c", "b", "a"}, read, "nothing twice, nothing left out, though times are the same")
	require.Equal(t, []string{"lunch"}, subjects(s.audit(leo, "person", mia.ID.String())))
	require.Equal(t, []string{"lunch"}, subjects(s.audit(leo, "kind", "presence")))
	require.Equal(t, []string{"b"}, subjects(s.audit(leo, "subject", "b")))
	require.Equal(t, []string{"e", "d"}, subjects(s.audit(leo, "from", "2026-03-02T00:00:00Z", "to", "2026-03-03T12:00:00Z")))
	s.api(http.MethodGet, "/audit?cursor=nonsense", nil, as(leo)).refused(http.StatusBadRequest, "invalid")
	s.api(http.MethodGet, "/audit?kind=weather", nil, as(leo)).refused(http.StatusBadRequest, "invalid")
	s.api(http.MethodGet, "/audit?from=yesterday", nil, as(leo)).refused(http.StatusBadRequest, "invalid")
}

func TestAdminsChangesAreToldWithBeforeAndAfter(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	var queue spec.Queue
	s.api(http.MethodPost, "/queues", map[string]any{"id": "vip", "name": map[string]string{"en": "VIP"}}, as(admin)).ok(http.StatusCreated).json(&queue)
	queue.OfferTimeoutS = 45
	s.api(http.MethodPut, "/queues/vip", queue, as(admin)).ok(http.StatusOK).json(&queue)
	s.api(http.MethodPut, "/queues/vip", queue, as(admin)).ok(http.StatusOK)
	s.api(http.MethodDelete, "/queues/vip", nil, as(admin)).ok(http.StatusNoContent)
	s.api(http.MethodDelete, "/queues/vip", nil, as(admin)).refused(http.StatusNotFound, "not_found")

	all := s.audit(admin, "kind", "queue").Items
	require.Equal(t, []string{"queue.remove", "queue.change", "queue.create"}, did(auditPage{Items: all}), "what changes nothing, or fails, leaves no trace")
	require.Len(t, all[1].Fields, 1)
	timeout := field(t, all[1], "offer_timeout_s")
	require.NotEqual(t, "45", string(timeout.From))
	require.JSONEq(t, `45`, string(timeout.To))
	for _, e := range all {
		require.Equal(t, "VIP", e.About)
		require.Equal(t, admin.Name, e.By)
	}

	// A long text is cut; that it has changed is told.
	var a spec.Article
	s.api(http.MethodPost, "/articles", map[string]string{"locale": "en", "title": "Returns", "body": strings.Repeat("긴 글 ", 2000)}, as(admin)).ok(http.StatusCreated).json(&a)
	made := s.audit(admin, "kind", "article").Items[0]
	require.Equal(t, "Returns", made.About)
	require.Less(t, len(field(t, made, "body").To), 2100)
	require.True(t, json.Valid(field(t, made, "body").To))
}

// What is secret is in no entry: that it was changed is all that is told.
func TestTheAuditHasNoSecrets(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	var p spec.Person
	person := map[string]any{"email": "kim@desk.example", "name": "Kim", "role": "agent", "password": "first secret words"}
	s.api(http.MethodPost, "/people", person, as(admin)).ok(http.StatusCreated).json(&p)
	person["password"], person["version"] = "second secret words", p.Version
	s.api(http.MethodPut, "/people/"+p.Id.String(), person, as(admin)).ok(http.StatusOK).json(&p)
	s.api(http.MethodDelete, "/people/"+p.Id.String(), nil, as(admin)).ok(http.StatusNoContent)
	var key struct{ ID, Key string }
	s.api(http.MethodPost, "/api-keys", map[string]any{"name": "shop", "role": "agent"}, as(admin)).ok(http.StatusCreated).json(&key)
	s.api(http.MethodDelete, "/api-keys/"+key.ID, nil, as(admin)).ok(http.StatusNoContent)
	s.api(http.MethodDelete, "/api-keys/"+key.ID, nil, as(admin)).ok(http.StatusNoContent)
	var board struct{ Token string }
	s.api(http.MethodPost, "/wallboards", map[string]any{"name": "Hall", "queues": []string{"support"}, "language": "en"}, as(admin)).ok(http.StatusCreated).json(&board)

	people, keys, boards := s.audit(admin, "kind", "person"), s.audit(admin, "kind", "key"), s.audit(admin, "kind", "wallboard")
	require.Equal(t, []string{"person.change", "person.change", "person.create"}, did(people))
	require.Equal(t, []string{"key.revoke", "key.create"}, did(keys))
	require.Equal(t, []string{"wallboard.create"}, did(boards))
	require.Equal(t, []spec.RoutingField{{Path: "password"}}, people.Items[1].Fields)
	require.JSONEq(t, `false`, string(field(t, people.Items[0], "active").To))
	require.Equal(t, "Hall", boards.Items[0].About)
	var kept string
	require.NoError(t, s.Pool.QueryRow(t.Context(), `select string_agg(a::text, ' ') from audit a`).Scan(&kept))
	var hash string
	require.NoError(t, s.Pool.QueryRow(t.Context(), `select password_hash from people where id = $1`, p.Id).Scan(&hash))
	for _, secret := range []string{"secret words", hash, key.Key, board.Token} {
		require.NotEmpty(t, secret)
		require.NotContains(t, kept, secret)
	}
}
