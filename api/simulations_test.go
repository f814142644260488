package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/api/spec"
	"seax/internal/auth"
	"seax/internal/conversation"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// past has somebody come for a queue in the past, and be answered after a while by an agent, or leave (uuid.Nil).
func (s *server) past(at time.Time, queue, skills string, agent uuid.UUID, waited, handle time.Duration) {
	s.t.Helper()
	id, request := s.Conversation(), conversation.NewID()
	s.Exec(`update conversations set opened_at = $2 where id = $1`, id, at)
	s.Exec(`insert into requests (id, conversation_id, queue_id, channel_kind, cost, virtual_start, enqueued_at, rank, state, asked)
		values ($1, $2, $3, 'webchat', 20, $4, $4, 0, 'done', jsonb_build_object('queue', $3::text, 'skills', $5::jsonb))`, request, id, queue, at, skills)
	if agent == uuid.Nil {
		s.Exec(`insert into conversation_events (conversation_id, seq, id, kind, actor, body, at) values ($1, 1, $2, 'customer.left', '{"kind": "system"}', '{}', $3)`,
			id, conversation.NewID(), at.Add(waited))
		return
	}
	s.Exec(`insert into reservations (id, request_id, conversation_id, agent_id, queue_id, channel_kind, cost, state, created_at, deadline, answered_at, ended_at)
		values ($1, $2, $3, $4, $5, 'webchat', 20, 'completed', $6, $7, $7, $8)`,
		conversation.NewID(), request, id, agent, queue, at, at.Add(waited), at.Add(waited+handle))
}

// week is a morning on which one person had too much to do, and another nothing.
func (s *server) week() {
	s.t.Helper()
	busy, idle := s.Agent("Busy", 20, map[string]int{"ko": 80}, "support"), s.Agent("Idle", 20, map[string]int{"ko": 20}, "billing")
	for minute := range 60 {
		at := monday.Add(time.Duration(minute) * time.Minute)
		if minute%5 == 4 {
			s.past(at, "support", `{"ko": 50}`, uuid.Nil, 3*time.Minute, 0)
		} else {
			s.past(at, "support", `{"ko": 50}`, busy.ID, time.Minute, 2*time.Minute)
		}
	}
	s.past(monday, "billing", `{}`, idle.ID, time.Second, 30*time.Second)
	s.past(monday.Add(time.Hour), "billing", `{}`, idle.ID, time.Second, 30*time.Second)
}

type object = map[string]any

// widen is a plan that asks everyone after a while.
func widen() object {
	return object{"id": "widen", "name": object{"en": "Widen"}, "default": object{"steps": []object{{"timeout_s": 20}, {"anyone": true, "drop": []string{"ko"}}}}}
}

func trial(change func(object)) object {
	body := object{"plan": widen(), "queues": []string{"support"}, "from": monday, "to": monday.Add(2 * time.Hour), "time_zone": "Asia/Seoul", "answered_within_s": 30}
	if change != nil {
		change(body)
	}
	return body
}

func TestAPlanIsTriedOnEarlierTraffic(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.week()
	boss := s.person(auth.Supervisor)
	answer := s.api(http.MethodPost, "/simulations", trial(nil), as(boss)).ok(http.StatusOK)
	var got spec.Simulation
	answer.json(&got)
	require.Equal(t, []int{62, 50, 2, 60, 0}, []int{got.Recorded.Customers, got.Recorded.Answered, got.Recorded.Agents, got.ByPlan, got.LeftOut})
	require.InDelta(t, 60, got.Recorded.P50S, 1e-9)
	before, after := got.Comparison.Before, got.Comparison.After
	require.True(t, got.Comparison.Paired)
	require.Equal(t, 62, before.All.Customers)
	require.Positive(t, before.All.Abandoned)
	require.Less(t, after.All.LeftShare, before.All.LeftShare)
	require.Less(t, after.All.MeanWait, before.All.MeanWait)
	require.Greater(t, after.Agents["Idle"].Served, before.Agents["Idle"].Served)
	require.Equal(t, "Asia/Seoul", before.TimeZone)
	require.Positive(t, before.All.Hours[18].Customers, "nine o'clock is eighteen in Seoul")
	require.Len(t, after.Steps, 2)
	// The same seed gives the same result, another one another.
	again := s.api(http.MethodPost, "/simulations", trial(nil), as(boss)).ok(http.StatusOK)
	require.JSONEq(t, string(answer.Body), string(again.Body))
	// What is answered is what the document says.
	doc, err := spec.GetSwagger()
	require.NoError(t, err)
	var body any
	require.NoError(t, json.Unmarshal(answer.Body, &body))
	require.NoError(t, doc.Components.Schemas["Simulation"].Value.VisitJSON(body))
	for _, d := range got.Comparison.All {
		require.NoError(t, doc.Components.Schemas["SimulationDifference"].Value.VisitJSON(decoded(t, d)))
	}
	require.Zero(t, s.count(`select count(*) from plans`), "nothing is saved")
}

func decoded(t *testing.T, v any) (out any) {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &out))
	return out
}

func TestSimulationsThatCannotBe(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	boss := s.person(auth.Supervisor)
	refused := func(change func(object)) problem {
		t.Helper()
		return s.api(http.MethodPost, "/simulations", trial(change), as(boss)).refused(http.StatusBadRequest, "invalid")
	}
	require.Equal(t, "There is nothing to simulate: nobody came for a person in this time.", refused(nil).Detail)
	s.week()
	require.Contains(t, refused(func(b object) { b["to"] = monday }).Fields, "to")
	require.Contains(t, refused(func(b object) { b["to"] = monday.AddDate(0, 2, 0) }).Fields, "to")
	require.Contains(t, refused(func(b object) { b["time_zone"] = "Mars/Olympus" }).Fields, "time_zone")
	require.Contains(t, refused(func(b object) { delete(b, "queues") }).Detail, "Nobody who came in this time goes by this plan")
	wrong := refused(func(b object) { b["plan"].(object)["default"] = object{"steps": []object{{"queue": "nowhere"}}} })
	require.Contains(t, wrong.Fields, "default.steps[0].queue")
	refused(func(b object) { b["seed"] = -1 })
	refused(func(b object) { b["from"] = "soon" })
	s.Exec(`update reservations set answered_at = null, state = 'canceled'`)
	require.Contains(t, refused(nil).Detail, "nobody was answered in this time")
	s.Exec(`delete from reservations`)
	require.Contains(t, refused(nil).Detail, "nobody worked in this time")
}

// What was set up then and is not there any more does not keep the rest from being simulated.
func TestSimulationOfWhatIsGone(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.week()
	s.Exec(`update requests set plan_id = 'gone', asked = asked || '{"plan": "gone", "skills": {"fr": 5}}' where queue_id = 'support'`)
	s.Exec(`update requests set asked = asked || '{"queue": "closed-down"}' where queue_id = 'billing'`)
	var got spec.Simulation
	s.api(http.MethodPost, "/simulations", trial(nil), as(s.person(auth.Supervisor))).ok(http.StatusOK).json(&got)
	require.Equal(t, []int{60, 2}, []int{got.Comparison.Before.All.Customers, got.LeftOut})
	require.Empty(t, got.Comparison.Before.Skills)
}

func TestOneSimulationAtATime(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.week()
	boss := s.person(auth.Supervisor)
	// As long as somebody holds the table, the first one waits.
	tx, err := s.Pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	_, err = tx.Exec(t.Context(), `lock table requests in access exclusive mode`)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan reply, 1)
	go func() {
		first <- s.api(http.MethodPost, "/simulations", trial(nil), as(boss), func(r *http.Request) { *r = *r.WithContext(ctx) })
	}()
	require.Eventually(t, func() bool {
		return s.count(`select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'with came%'`) == 1
	}, 30*time.Second, 10*time.Millisecond)
	busy := s.api(http.MethodPost, "/simulations", trial(nil), as(boss)).refused(http.StatusTooManyRequests, "throttled")
	require.Equal(t, 5, busy.RetryAfter)
	// Who goes away ends theirs.
	cancel()
	require.NotEqual(t, http.StatusOK, (<-first).Status)
	require.NoError(t, tx.Rollback(t.Context()))
	s.api(http.MethodPost, "/simulations", trial(nil), as(boss)).ok(http.StatusOK)
}
