package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/config"
	"seax/internal/dispatch"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/realtime"
	"seax/internal/setup"
)

// routing applies a text and returns what is said.
func routing(t *testing.T, c config.Config, text string, flags ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := apply(t.Context(), c, append([]string{"-f", "-"}, flags...), strings.NewReader(text), &out)
	return out.String(), err
}

func count(t *testing.T, f *dispatchtest.Floor, sql string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, f.Pool.QueryRow(t.Context(), sql, args...).Scan(&n))
	return n
}

const night = `queues:
  - {id: night, name: {en: Night shift}, offer_timeout_s: 30, overflow: {closed: {queue: support}}}
  - {id: support, name: {en: Support, ko: 지원}, hours: {mon: [["09:00", "18:00"]]}, boost_s: 300, members_when: agent.skills.ko > 50 && agent.attributes.remote == true}
  - {id: billing, name: {en: Billing}, wrapup_s: 120}
`

func TestApplySaysWhatItChanges(t *testing.T) {
	t.Parallel()
	f, c := floor(t)
	said, err := routing(t, c, night, "--dry-run")
	require.NoError(t, err)
	text, expect, found := strings.Cut(said, "Nothing was changed (--dry-run). To change exactly this: --expect ")
	require.True(t, found)
	require.Equal(t, `queues
  + night  Night shift
      name.en                "Night shift"
      boost_s                600
      holidays               []
      hours                  {}
      offer_timeout_s        30
      outcomes               []
      overflow.closed.queue  "support"
      strict                 false
      time_zone              "UTC"
      wrapup_s               120
  ~ support  Support
      name.ko       (not set) → "지원"
      boost_s       600 → 300
      hours.mon     (not set) → [["09:00","18:00"]]
      members_when
        was  ""
        now  "agent.skills.ko > 50 && agent.attributes.remote == true"
  = billing
skills the file does not name, left as they are: en, ko, vip
presences the file does not name, left as they are: available, break, meeting, not_responding, offline

1 added, 1 changed, 0 removed, 1 the same.
`, text)
	require.Zero(t, count(t, f, `select count(*) from queues where id = 'night'`))

	// Something else is set up between the look and the change.
	f.Exec(`update queues set boost_s = 60, version = version + 1 where id = 'support'`)
	_, err = routing(t, c, night, "--expect", strings.TrimSpace(expect))
	require.EqualError(t, err, "Something else would change by now than what was shown. Look at the difference again.")
	require.Zero(t, count(t, f, `select count(*) from queues where id = 'night'`))

	_, err = routing(t, c, night, "--reason", "the night shift begins")
	require.NoError(t, err)
	require.Equal(t, 1, count(t, f, `select count(*) from audit where action = 'routing.apply' and person is null and name like '% at %' and reason = 'the night shift begins'
		and detail @@ '$.entries[*].fields[*].path == "hours.mon"'`))
	said, err = routing(t, c, night)
	require.NoError(t, err)
	require.Contains(t, said, "0 added, 0 changed, 0 removed, 3 the same.")
	require.Equal(t, 1, count(t, f, `select count(*) from audit`), "what changes nothing leaves no trace")
}

func TestApplySaysEverythingThatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	f, c := floor(t)
	file := filepath.Join(t.TempDir(), "routing.yaml")
	require.NoError(t, os.WriteFile(file, []byte(`skills: [{id: pt, label: {en: Portuguese}}]
queues:
  - {id: a, name: {en: A}, time_zone: Seoul, wrapup_s: -5}
plans:
  - id: p
    name: {en: P}
    default:
      steps:
        - {queue: nowhere, timeout_s: 30}
        - agents: agent.skils.ko > 5
`), 0o600))
	err := apply(t.Context(), c, []string{"-f", file}, nil, &bytes.Buffer{})
	require.EqualError(t, err, strings.ReplaceAll(`nothing was changed; wrong with FILE:
FILE:3:28: queues[0].time_zone: there is no time zone "Seoul"; use an IANA name like Asia/Seoul
FILE:3:46: queues[0].wrapup_s: must be at least 5
FILE:9:12: plans[0].default.steps[0].queue: there is no queue "nowhere"
FILE:10:11: plans[0].default.steps[1].agents: line 1, column 6: undefined field 'skils' of agent; did you mean skills?
    agent.skils.ko > 5
         ^`, "FILE", file))
	require.Zero(t, count(t, f, `select count(*) from skills where id = 'pt'`))
}

// Conversations wait, in a queue and by a plan, and nobody may serve them. Files make somebody a member and change the plan: a
// process that runs offers them at once.
func TestWhatSeaxAppliesHoldsAtOnceInRunningProcesses(t *testing.T) {
	t.Parallel()
	f, c := floor(t)
	ana := f.Agent("Ana", 100, nil)
	f.Exec(`update people set email = 'ana@desk.example' where id = $1`, ana.ID)
	_, err := routing(t, c, plans("billing"))
	require.NoError(t, err)
	waiting, planned := f.Waiting("support"), f.Waiting("billing", func(e *dispatch.Enqueue) { e.Plan = "p" })

	swept := make(chan error, 10)
	hub, err := realtime.NewHub(realtime.Deps{Logger: slog.New(slog.DiscardHandler), SettingsChanged: func() {
		_, err := f.Desk.Sweep(t.Context())
		swept <- err
	}})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	listening := make(chan struct{})
	go func() {
		defer close(listening)
		realtime.NewBus(f.Pool, slog.New(slog.DiscardHandler)).Receiver(ctx, hub.Receive, func() {})
	}()
	t.Cleanup(func() { cancel(); <-listening })
	require.Eventually(t, func() bool {
		return count(t, f, `select count(*) from pg_stat_activity where query = 'listen seax' and datname = current_database()`) == 1
	}, time.Minute, 10*time.Millisecond)

	_, err = routing(t, c, "people: [{email: ANA@desk.example, name: Ana, role: agent, queues: {support: 1}}]", "--dry-run")
	require.NoError(t, err)
	for name, text := range map[string]string{"a plan": plans("support"), "a person": "people: [{email: ANA@desk.example, name: Ana, role: agent, queues: {support: 1}}]"} {
		_, err = routing(t, c, text)
		require.NoError(t, err)
		select {
		case err := <-swept:
			require.NoError(t, err, name)
		case <-t.Context().Done():
		}
	}
	require.Empty(t, swept, "once for each")
	for _, id := range []uuid.UUID{waiting, planned} {
		_, agent := f.Offer(id)
		require.Equal(t, ana.ID, agent)
	}
}

// plans is a plan that asks one queue.
func plans(queue string) string {
	return "plans: [{id: p, name: {en: P}, default: {steps: [{queue: " + queue + "}]}}]"
}

func TestWhoApplies(t *testing.T) {
	t.Parallel()
	f, c := floor(t)
	leo := f.Agent("Leo", 100, nil)
	f.Exec(`update people set email = 'leo@desk.example', role = 'admin' where id = $1`, leo.ID)
	_, err := routing(t, c, "skills: [{id: pt, label: {en: Portuguese}}]", "--as", "Leo@desk.example")
	require.NoError(t, err)
	require.Equal(t, 1, count(t, f, `select count(*) from audit where person = $1 and name = 'Leo'`, leo.ID))
	_, err = routing(t, c, "people: [{email: leo@desk.example, name: Leo, role: agent}]", "--as", "leo@desk.example")
	require.ErrorContains(t, err, "you cannot take your own admin rights; ask another admin")
	_, err = routing(t, c, "people: [{email: leo@desk.example, name: Leo, role: agent}]")
	require.ErrorContains(t, err, "nobody would be left who is an admin and active")
	for _, email := range []string{"nobody@desk.example", "' or true --"} {
		_, err := routing(t, c, "skills: []", "--as", email, "--dry-run")
		require.ErrorContains(t, err, "is no admin here")
	}
}

// What is exported changes nothing when it is applied, and puts back what was there.
func TestExportIsWhatApplyTakes(t *testing.T) {
	t.Parallel()
	f, c := floor(t)
	ana := f.Agent("Ana", 60, map[string]int{"ko": 80}, "support")
	f.Exec(`update people set email = 'ana@desk.example' where id = $1`, ana.ID)
	file := filepath.Join(t.TempDir(), "routing.yaml")
	require.NoError(t, export(t.Context(), c, []string{"-o", file}, nil))
	var out bytes.Buffer
	require.NoError(t, apply(t.Context(), c, []string{"-f", file, "--prune"}, nil, &out))
	require.Contains(t, out.String(), "0 added, 0 changed, 0 removed, 11 the same.")

	f.Exec(`update queues set boost_s = 0, hours = '{"sun": []}' where id = 'support'`)
	f.Exec(`update agents set capacity = 5, attributes = '{"floor": 3}' where id = $1`, ana.ID)
	f.Exec(`insert into skills (id, label) values ('new', '{"en": "New"}')`)
	f.Exec(`insert into agent_skills values ($1, 'new', 3)`, ana.ID)
	out.Reset()
	require.NoError(t, apply(t.Context(), c, []string{"-f", file, "--prune"}, nil, &out))
	require.Contains(t, out.String(), "0 added, 2 changed, 1 removed, 9 the same.")
	out.Reset()
	require.NoError(t, export(t.Context(), c, nil, &out))
	before, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(before), out.String())

	out.Reset()
	require.NoError(t, export(t.Context(), c, []string{"--versions"}, &out))
	require.Contains(t, out.String(), "version: ")
	f.Exec(`update queues set wrapup_s = 33, version = version + 1 where id = 'support'`)
	_, err = routing(t, c, out.String())
	require.EqualError(t, err, "Somebody has changed the queue support meanwhile: the file was made from version 2, and it is at version 3.")
}

func TestApplyWithoutSense(t *testing.T) {
	t.Parallel()
	_, c := floor(t)
	for _, wrong := range []struct {
		args []string
		says string
	}{
		{nil, "name the file"},
		{[]string{"-f", "nowhere.yaml"}, "nowhere.yaml: no such file or directory"},
		{[]string{"-f", "-", "more"}, `"more" is more than it takes`},
		{[]string{"--force"}, "flag provided but not defined: -force; use it as: seax apply -f FILE"},
	} {
		require.ErrorContains(t, apply(t.Context(), c, wrong.args, strings.NewReader(""), &bytes.Buffer{}), wrong.says)
	}
	require.ErrorContains(t, apply(t.Context(), c, []string{"-f", "-"}, strings.NewReader(strings.Repeat("# much\n", 2<<20)), &bytes.Buffer{}), "larger than 4 MB")
	require.ErrorContains(t, apply(t.Context(), config.Config{}, []string{"-f", "-"}, strings.NewReader(""), &bytes.Buffer{}), "SEAX_DATABASE_URL is not set")
	require.ErrorContains(t, export(t.Context(), c, []string{"file"}, &bytes.Buffer{}), `"file" is more than it takes`)
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"schema"}, &out))
	require.Equal(t, string(setup.Schema()), out.String())
}
