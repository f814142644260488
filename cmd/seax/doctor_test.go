package main

import (
	"bytes"
	"fmt"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/config"
	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/plan"
)

// floor is a contact center and the settings under which commands find it.
func floor(t *testing.T) (*dispatchtest.Floor, config.Config) {
	t.Helper()
	f := dispatchtest.New(t)
	return f, config.Config{DatabaseURL: f.Pool.Config().ConnString()}
}

func number(t *testing.T, f *dispatchtest.Floor, id uuid.UUID) (n int64) {
	t.Helper()
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select number from conversations where id = $1`, id).Scan(&n))
	return n
}

func TestDoctorSaysWhyNobodyHasIt(t *testing.T) {
	t.Parallel()
	f, c := floor(t)
	f.Exec(`update queues set sla = '{"first_reply_s": 7200}' where id = 'support'`)
	f.Agent("Ana", 100, map[string]int{"ko": 80}, "support")
	f.Agent("Tom", 10, map[string]int{"en": 80}, "support")
	gone := f.Agent("Uma", 100, map[string]int{"en": 80}, "support")
	f.Exec(`update agents set presence = 'break' where id = $1`, gone.ID)
	id := f.Waiting("support", func(e *dispatch.Enqueue) { e.Skills, e.Priority = map[string]int{"ko": 5, "en": 60}, 7 })
	f.Exec(`update conversations set attention = 'flow_failed' where id = $1`, id)
	f.Exec(`update outbox set at = now() - interval '1 hour' where conversation_id = $1`, id)
	for _, name := range []string{id.String(), strconv.FormatInt(number(t, f, id), 10), fmt.Sprintf("#%d", number(t, f, id))} {
		var out bytes.Buffer
		require.NoError(t, doctor(t.Context(), c, name, &out))
		text := out.String()
		for _, line := range []string{
			id.String(), "Needs attention: flow_failed", "Its workflow has not been told of 1 events; the oldest is 1h0m",
			"Queue support, position 1, priority 7, needs en 60, ko 5, waiting for",
		} {
			require.Contains(t, text, line)
		}
		require.Regexp(t, `SLA first_reply: ok, (1h59m\S+|2h0m0s) of 2h0m0s left, due 20`, text)
		require.Regexp(t, `(?m)^Agent +Why not\nAna +.*en.*\nTom +.*\nUma +.*`, text)
		require.NotContains(t, text, "could take it now")
	}
}

func TestDoctorOfWhatWaitsForNobody(t *testing.T) {
	t.Parallel()
	f, c := floor(t)
	id := f.Conversation()
	var out bytes.Buffer
	require.NoError(t, doctor(t.Context(), c, id.String(), &out))
	require.Contains(t, out.String(), fmt.Sprintf("Conversation #%d", number(t, f, id)))
	require.NotContains(t, out.String(), "Why not")
	require.ErrorContains(t, doctor(t.Context(), c, "999999", &out), "there is no conversation 999999; give its id or its number")
	require.ErrorContains(t, doctor(t.Context(), c, "'; drop table people", &out), "there is no conversation '; drop table people")
	require.ErrorIs(t, doctor(t.Context(), c, conversation.NewID().String(), &out), conversation.ErrNotFound)
	require.ErrorContains(t, doctor(t.Context(), config.Config{}, "1", &out), "SEAX_DATABASE_URL is not set")
}

// A day's work leaves nothing to complain of; what then is broken by hand is found.
func TestCheckFindsWhatIsBroken(t *testing.T) {
	t.Parallel()
	f, c := floor(t)
	ana := f.Agent("Ana", 100, nil, "support")
	id := f.Waiting("support")
	offer, _ := f.Offer(id)
	_, err := f.Desk.Accept(t.Context(), offer, ana)
	require.NoError(t, err)
	_, err = f.Log.Reply(t.Context(), id, conversation.NewID(), ana, conversation.Message{Text: "hello"})
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, check(t.Context(), c, &out))
	require.Equal(t, "All invariants hold.\n", out.String())

	f.Exec(`update agents set load = 40 where id = $1`, ana.ID)
	f.Exec(`delete from conversation_events where conversation_id = $1 and seq = 2`, id)
	out.Reset()
	require.ErrorContains(t, check(t.Context(), c, &out), "violations")
	require.Contains(t, out.String(), "3 sequence numbers without gaps: conversation "+id.String())
	require.Contains(t, out.String(), "4 load within capacity, and as the reservations say: agent "+ana.ID.String())
	require.NotContains(t, out.String(), "All invariants hold")
}

func TestCommands(t *testing.T) { //nolint:paralleltest // the environment is everybody's
	f, c := floor(t)
	t.Setenv("SEAX_DATABASE_URL", c.DatabaseURL)
	id := f.Waiting("support")
	for _, try := range []struct {
		args []string
		says string
	}{
		{nil, "seax doctor ID"},
		{[]string{"help"}, "seax doctor ID"},
		{[]string{"migrate"}, "The database is at version "},
		{[]string{"check"}, "All invariants hold."},
		{[]string{"doctor", id.String()}, "Queue support"},
	} {
		var out bytes.Buffer
		require.NoError(t, run(t.Context(), try.args, &out), "%v", try.args)
		require.Contains(t, out.String(), try.says)
	}
	for _, wrong := range [][]string{{"nothing"}, {"doctor"}, {"flow"}, {"flow", "new"}, {"migrate", "now"}, {"check", "it"}} {
		require.ErrorIs(t, run(t.Context(), wrong, &bytes.Buffer{}), errUsage, "%v", wrong)
	}
	t.Setenv("SEAX_LEASE", "soon")
	require.EqualError(t, run(t.Context(), []string{"check"}, &bytes.Buffer{}), `SEAX_LEASE is "soon"; give a duration like 20s`)
}

func TestDoctorTellsThePlanAndTheOffers(t *testing.T) {
	t.Parallel()
	f, c := floor(t)
	f.Agent("Ana", 100, map[string]int{"ko": 90}, "support")
	f.Agent("Ben", 100, map[string]int{"ko": 20}, "support")
	f.Plan(plan.Plan{ID: "care", Default: plan.Rule{Steps: []plan.Step{{Known: "last", Timeout: 20}, {Agents: `agent.skills.ko >= 60`, Timeout: 30}, {}}}})
	id := f.Waiting("support", func(e *dispatch.Enqueue) { e.Plan = "care" })
	var out bytes.Buffer
	require.NoError(t, doctor(t.Context(), c, id.String(), &out))
	text := out.String()
	require.Contains(t, text, "Agents must meet: agent.skills.ko >= 60")
	require.Regexp(t, `Plan care, rule default, step 2 of 3 since \S+, the next one at \S+\.`, text)
	require.Regexp(t, `default, step 2 in support +requested +step 1: known_agent`, text)
	require.Regexp(t, `Offered to Ana at \S+ \(pending\), because: meets the step's condition; longest idle`, text)
	require.Regexp(t, `Ben +not +not so: agent.skills.ko >= 60`, text)
}
