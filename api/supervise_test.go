package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"seax/api/spec"
	"seax/internal/auth"
	"seax/internal/dispatch"
	"seax/internal/plan"
)

func TestPriorityIsChangedWithAReason(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent, supervisor := s.person(auth.Agent, "support"), s.person(auth.Supervisor)
	s.Exec(`update agents set presence = 'break'`)
	id := s.Waiting("support")
	route := "/conversations/" + id.String() + "/priority"
	s.api(http.MethodPost, route, `{"priority":5,"reason":"please"}`, as(agent)).refused(http.StatusForbidden, "forbidden")
	require.Contains(t, s.api(http.MethodPost, route, `{"priority":5}`, as(supervisor)).refused(http.StatusBadRequest, "invalid").Fields, "reason")
	require.Equal(t, "must not be blank", s.api(http.MethodPost, route, `{"priority":5,"reason":" \t"}`, as(supervisor)).refused(http.StatusBadRequest, "invalid").Fields["reason"])
	s.api(http.MethodPost, route, `{"priority":101,"reason":"more"}`, as(supervisor)).refused(http.StatusBadRequest, "invalid")
	var c spec.Conversation
	s.api(http.MethodPost, route, `{"priority":5,"reason":"VIP on the line"}`, as(supervisor)).ok(http.StatusOK).json(&c)
	require.Equal(t, 5, c.Priority)
	require.Equal(t, 5, s.Step(id).Priority)
	require.Equal(t, 1, s.count(`select count(*) from conversation_events where kind = 'conversation.reprioritised' and actor ->> 'name' = $1 and body ->> 'reason' = 'VIP on the line'`, supervisor.Name))
	require.Equal(t, 1, s.count(`select count(*) from audit where person = $1 and reason = 'VIP on the line'`, supervisor.ID))
	s.Exec(`update requests set state = 'canceled'`)
	s.Exec(`update conversations set phase = 'closed', closed_at = now()`)
	s.api(http.MethodPost, route, `{"priority":6,"reason":"late"}`, as(supervisor)).refused(http.StatusConflict, "conflict")
}

func TestASupervisorEndsAnOwnersPart(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent, supervisor := s.person(auth.Agent, "support"), s.person(auth.Supervisor)
	id := s.owned(agent)
	route := "/conversations/" + id.String() + "/force-wrap-up"
	s.api(http.MethodPost, route, `{"reason":"mine"}`, as(agent)).refused(http.StatusForbidden, "forbidden")
	s.api(http.MethodPost, route, `{}`, as(supervisor)).refused(http.StatusBadRequest, "invalid")
	var c spec.Conversation
	s.api(http.MethodPost, route, `{"reason":"went home"}`, as(supervisor)).ok(http.StatusOK).json(&c)
	require.Equal(t, spec.PhaseFlow, c.Phase)
	require.Nil(t, c.Agent)
	s.api(http.MethodPost, route, `{"reason":"again"}`, as(supervisor)).refused(http.StatusConflict, "conflict")
	require.Equal(t, 1, s.count(`select count(*) from audit where action = 'conversation.force_wrap_up' and reason = 'went home'`))
}

func TestLiveQueuesSayWhoPausedThem(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	supervisor := s.person(auth.Supervisor)
	support := func() spec.QueueLive {
		var live spec.Live
		s.api(http.MethodGet, "/live", nil, as(supervisor)).ok(http.StatusOK).json(&live)
		for _, q := range live.Queues {
			if q.Id == "support" {
				return q
			}
		}
		return spec.QueueLive{}
	}
	require.False(t, support().Paused)
	s.api(http.MethodPost, "/queues/support/control", `{"paused":true,"reason":"fire drill"}`, as(supervisor)).ok(http.StatusOK)
	s.api(http.MethodPost, "/queues/support/control", `{"draining":true,"reason":"closing early"}`, as(supervisor)).ok(http.StatusOK)
	q := support()
	require.True(t, q.Paused)
	require.True(t, q.Draining)
	require.Equal(t, supervisor.Name, q.Control.By)
	require.Equal(t, "closing early", q.Control.Reason, "the last word counts")
	s.api(http.MethodPost, "/queues/support/control", `{"paused":false,"draining":false,"reason":"over"}`, as(supervisor)).ok(http.StatusOK)
	require.Nil(t, support().Control)
}

func TestExplainTellsPlanAndOffers(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Agent("Ana", 100, map[string]int{"ko": 90}, "support")
	s.Agent("Ben", 100, map[string]int{"ko": 20}, "support")
	supervisor := s.person(auth.Supervisor)
	s.Plan(plan.Plan{ID: "care", Default: plan.Rule{Steps: []plan.Step{{Known: "last", Timeout: 20}, {Agents: `agent.skills.ko >= 60`, Timeout: 30}, {}}}})
	s.Exec(`update channels set plan_id = 'care'`)
	id := s.Waiting("support", byPlan("care"))
	var x spec.Explanation
	s.api(http.MethodGet, "/conversations/"+id.String()+"/explain", nil, as(supervisor)).ok(http.StatusOK).json(&x)
	require.Len(t, x.Offers, 1)
	offer := x.Offers[0]
	require.Equal(t, "Ana", offer.Agent.Name)
	require.Equal(t, "condition_met", offer.Reasons[0].Code)
	require.Equal(t, "Ben", offer.Others[0].Agent.Name)
	require.False(t, offer.Others[0].Could)
	require.Equal(t, "condition", offer.Others[0].Reasons[0].Code)
	require.Equal(t, 1, x.Request.Plan.Step)
	require.Equal(t, "known_agent", x.Way[0].Skipped[0].Reason)
	require.Equal(t, "agent.skills.ko >= 60", *x.Request.Condition)
}

func byPlan(id string) func(*dispatch.Enqueue) {
	return func(e *dispatch.Enqueue) { e.Plan = id }
}
