package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
	"seax/internal/simulation"
	"seax/internal/simulation/scenario"
)

func TestRecord(t *testing.T) {
	t.Parallel()
	f, c := floor(t)
	ana := f.Agent("Ana", 100, nil, "support")
	id := f.Waiting("support")
	offer, _ := f.Offer(id)
	_, err := f.Desk.Accept(t.Context(), offer, ana)
	require.NoError(t, err)
	f.Exec(`update reservations set created_at = '2026-03-02T09:00:00Z', answered_at = '2026-03-02T09:00:05Z', ended_at = '2026-03-02T09:04:05Z', state = 'completed'`)
	f.Exec(`update requests set virtual_start = '2026-03-02T09:00:00Z', enqueued_at = '2026-03-02T09:00:00Z', state = 'done'`)

	var out bytes.Buffer
	require.NoError(t, record(t.Context(), c, []string{"--from", "2026-03-02", "--to", "2026-03-03", "--zone", "Asia/Seoul"}, &out))
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "day.jsonl"), out.Bytes(), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "s.yaml"), []byte("recorded: {file: day.jsonl}\n"), 0o600))
	s, err := scenario.Open(filepath.Join(dir, "s.yaml"))
	require.NoError(t, err)
	require.Equal(t, "2026-03-01 15:00:00 +0000 UTC", s.Start.String())
	result, err := simulation.Run(t.Context(), s, 1)
	require.NoError(t, err)
	require.Equal(t, []int{1, 1}, []int{result.All.Customers, result.All.Answered})
	require.Equal(t, conversation.Person{ID: ana.ID, Name: "Ana"}, conversation.Person{ID: ana.ID, Name: result.People[0].Name})

	for want, args := range map[string][]string{
		"it takes --from and --to":      {"--from", "2026-03-02"},
		`there is no time zone "Moon"`:  {"--from", "2026-03-02", "--to", "2026-03-03", "--zone", "Moon"},
		`"yesterday" is no time`:        {"--from", "yesterday", "--to", "2026-03-03"},
		"ends before it begins":         {"--from", "2026-03-04", "--to", "2026-03-03T00:00:00Z"},
		`"9-5" is no shift`:             {"--from", "2026-03-02", "--to", "2026-03-03", "--shifts", "9-5"},
		"flag provided but not defined": {"--until", "2026-03-02"},
	} {
		require.ErrorContains(t, record(t.Context(), c, args, &out), want)
	}
}
