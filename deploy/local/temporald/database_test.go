package temporald

import (
	"database/sql"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/metrics"
	temporalsql "go.temporal.io/server/common/persistence/sql"
	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	"go.temporal.io/server/common/resolver"
)

// The server's connection writes its own settings into a table, for there is no other way to see them.
func TestTheServersConnectionIsFastAndSafe(t *testing.T) {
	t.Parallel()
	// A path may have characters that mean something in a URI.
	file := filepath.Join(t.TempDir(), "a b#c?d%20e.db")
	require.NoError(t, prepareDatabase(t.Context(), Options{DBFile: file, Namespace: "default"}))
	server, err := temporalsql.NewSQLAdminDB(sqlplugin.DbKindUnknown, sqlConfig(file), resolver.NewNoopResolver(), log.NewNoopLogger(), metrics.NoopMetricsHandler)
	require.NoError(t, err)
	require.NoError(t, server.Exec(`create table seen as select j.journal_mode, s.synchronous, b.timeout
		from pragma_journal_mode j, pragma_synchronous s, pragma_busy_timeout b`))

	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: file}).EscapedPath())
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	var journal string
	var synchronous, timeout int
	require.NoError(t, db.QueryRowContext(t.Context(), "select * from seen").Scan(&journal, &synchronous, &timeout))
	require.Equal(t, "wal", journal)
	require.Equal(t, 1, synchronous, "NORMAL")
	require.Equal(t, 10_000, timeout)
	require.FileExists(t, file)
}

func TestAFileOfAnotherVersionIsRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "temporal.db")
	require.NoError(t, prepareDatabase(t.Context(), Options{DBFile: file, Namespace: "default"}))
	db, err := sql.Open("sqlite", file)
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(t.Context(), "update seax_schema set version = '0.1/0.1'")
	require.NoError(t, err)
	require.ErrorContains(t, prepareDatabase(t.Context(), Options{DBFile: file}), "of version 0.1/0.1")
}
