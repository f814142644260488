package temporald

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

// sqlConfig tells the server how to open its file.
//
// Each step of a workflow is a transaction, so the file sets the pace. With 64 workflows that run a local activity for each
// signal, on four cores and an SSD, the server handled about 110 signals/s with SQLite's defaults (a rollback journal,
// synchronous=full), 350/s with a write-ahead log, and 600/s with synchronous=normal on top, which syncs the log at
// checkpoints only. A second connection (MaxConns) makes transactions fail with "database is locked".
//
// Keys of ConnectAttributes that are not SQLite URI parameters become pragmas under exactly that name: "_journal_mode", as
// other drivers have it, would be taken without a word and do nothing. database_test.go looks at what the connection has.
func sqlConfig(file string) *config.SQL {
	return &config.SQL{
		PluginName:   sqliteplugin.PluginName,
		DatabaseName: uriPath(file),
		ConnectAttributes: map[string]string{
			"mode":         "rwc",
			"journal_mode": "wal",
			"synchronous":  "normal",
			"busy_timeout": "10000",
		},
	}
}

// uriPath quotes what SQLite would take for a part of its URI.
func uriPath(file string) string { return (&url.URL{Path: file}).EscapedPath() }

// schemaVersion identifies the server's tables. The server does not migrate SQLite files of its other versions.
const schemaVersion = sqlite.Version + "/" + sqlite.VisibilityVersion

// prepareDatabase makes the tables and the namespace unless they exist.
func prepareDatabase(ctx context.Context, o Options) error {
	file, err := filepath.Abs(o.DBFile)
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+uriPath(file)+"?mode=rwc&_pragma=journal_mode(wal)&_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := makeTables(ctx, db); err != nil {
		return err
	}
	return makeNamespace(o)
}

// makeTables makes all tables in one transaction: a start that was killed half way leaves an empty file.
func makeTables(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	version, err := readVersion(ctx, tx)
	if err != nil || version == schemaVersion {
		return err
	}
	if version != "" {
		return fmt.Errorf("it is of version %s, this server needs %s: begin with a new one", version, schemaVersion)
	}
	if err := sqlite.SetupSchemaOnDB(schemaWriter{tx: tx}); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "create table seax_schema as select ? as version", schemaVersion); err != nil {
		return fmt.Errorf("record schema version: %w", err)
	}
	return tx.Commit()
}

// readVersion returns "" for a file without tables.
func readVersion(ctx context.Context, tx *sql.Tx) (string, error) {
	var tables, marked int
	err := tx.QueryRowContext(ctx, "select count(*), count(*) filter (where name = 'seax_schema') from sqlite_master").Scan(&tables, &marked)
	switch {
	case err != nil:
		return "", fmt.Errorf("read: %w", err)
	case tables == 0:
		return "", nil
	case marked == 0:
		return "", errors.New("it belongs to something else: begin with a new one")
	}
	var version string
	err = tx.QueryRowContext(ctx, "select version from seax_schema").Scan(&version)
	return version, err
}

// schemaWriter runs the server's schema statements in a transaction of ours. They use nothing but Exec.
type schemaWriter struct {
	sqlplugin.AdminDB
	tx *sql.Tx
}

func (w schemaWriter) Exec(statement string, args ...any) error {
	_, err := w.tx.Exec(statement, args...) //nolint:noctx // the server's interface has no context
	return err
}

// makeNamespace makes the namespace, with its search attributes, unless it exists. A running server could do the same, but
// would need seconds to notice.
func makeNamespace(o Options) error {
	namespace, err := sqlite.NewNamespaceConfig(clusterName, o.Namespace, false, o.SearchAttributes)
	if err != nil {
		return fmt.Errorf("define namespace %s: %w", o.Namespace, err)
	}
	namespace.Detail.Config.Retention = durationpb.New(retention)
	if err := sqlite.CreateNamespaces(sqlConfig(o.DBFile), namespace); err != nil {
		return fmt.Errorf("create namespace %s: %w", o.Namespace, err)
	}
	return nil
}
