package main

import (
	"bytes"
	"io"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"seax/internal/config"
)

func TestRebuildMakesTheNumbersOfWhatIsInTheLog(t *testing.T) {
	t.Parallel()
	f, c := floor(t)
	f.Agent("Ana", 100, nil, "support")
	f.Waiting("support")
	f.Exec(`insert into report_counts (agent_id, at, queue_id, channel_id, entered) values (gen_random_uuid(), now(), 'support', 'chat', 99)`)
	logger := slog.New(slog.DiscardHandler)
	for range 2 {
		var out bytes.Buffer
		require.NoError(t, rebuildReports(t.Context(), c, &out, logger))
		require.Contains(t, out.String(), "made anew from 1 conversations and 0 changes")
	}
	var entered, offered, waiting int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select sum(entered), sum(offered), (select count(*) from report_inbox)
		from report_counts where agent_id = '00000000-0000-0000-0000-000000000000'`).Scan(&entered, &offered, &waiting))
	require.Equal(t, [3]int{1, 1, 0}, [3]int{entered, offered, waiting})
}

func TestRebuildWithoutADatabase(t *testing.T) {
	t.Parallel()
	require.Error(t, rebuildReports(t.Context(), config.Config{}, io.Discard, slog.New(slog.DiscardHandler)))
}
