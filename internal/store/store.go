// Package store opens Postgres and brings its schema up to date. The statements themselves stand beside the code that
// means something by them (internal/conversation, internal/dispatch, …).
package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Open connects to Postgres and checks that it answers. maxConns bounds the pool; 0: pgx's default (4 or the number of
// processors). Connections that Postgres dropped (a restart) are replaced on their next use.
func Open(ctx context.Context, url string, maxConns int) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("parse database URL: %w", err)
	}
	if maxConns > 0 {
		config.MaxConns = int32(min(maxConns, 10_000))
	}
	config.MaxConnLifetime = time.Hour
	config.HealthCheckPeriod = 15 * time.Second
	config.ConnConfig.RuntimeParams["application_name"] = "seax"
	// No statement of ours runs for minutes; one that does would hold locks others wait for.
	config.ConnConfig.RuntimeParams["statement_timeout"] = "30s"
	config.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "30s"
	// JIT costs more than it gains on statements of milliseconds.
	config.ConnConfig.RuntimeParams["jit"] = "off"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach database at %s:%d: %w", config.ConnConfig.Host, config.ConnConfig.Port, err)
	}
	return pool, nil
}

// Migrate brings the schema up to date and returns its version. Several processes may call it at once; one does the work.
func Migrate(ctx context.Context, pool *pgxpool.Pool) (int64, error) {
	provider, done, err := migrations(pool, true)
	if err != nil {
		return 0, err
	}
	defer done()
	if _, err := provider.Up(ctx); err != nil {
		return 0, fmt.Errorf("migrate database: %w", err)
	}
	return provider.GetDBVersion(ctx)
}

// ErrNotMigrated says that the schema is older than this program.
var ErrNotMigrated = errors.New("database schema is not up to date: run seax migrate")

// CheckMigrated returns ErrNotMigrated when Migrate has work to do.
func CheckMigrated(ctx context.Context, pool *pgxpool.Pool) error {
	provider, done, err := migrations(pool, false)
	if err != nil {
		return err
	}
	defer done()
	pending, err := provider.HasPending(ctx)
	if err != nil {
		return fmt.Errorf("check database schema: %w", err)
	}
	if pending {
		return ErrNotMigrated
	}
	return nil
}

func migrations(pool *pgxpool.Pool, exclusive bool) (*goose.Provider, func(), error) {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, nil, fmt.Errorf("read migrations: %w", err)
	}
	db := stdlib.OpenDBFromPool(pool)
	options := []goose.ProviderOption{goose.WithVerbose(false)}
	if exclusive {
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, nil, fmt.Errorf("make migration lock: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, options...)
	if err != nil {
		return nil, nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, func() { _ = db.Close() }, nil
}

// Retryable reports whether a transaction failed only because another was in its way, or because Postgres went away before
// it could have committed; running it again is right.
func Retryable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "40001", "40P01", "55P03": // serialization failure, deadlock, lock not available
			return true
		}
		return false
	}
	return pgconn.SafeToRetry(err)
}

// Unavailable reports whether Postgres could not be reached or is going down, as opposed to refusing a statement.
func Unavailable(err error) bool {
	if err == nil {
		return false
	}
	var connect *pgconn.ConnectError
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &connect):
		return true
	case errors.As(err, &pg):
		return pg.Code[:2] == "57" || pg.Code[:2] == "08" || pg.Code == "53300"
	default:
		return errors.Is(err, context.DeadlineExceeded) || pgconn.Timeout(err) || isConnectionLost(err)
	}
}

func isConnectionLost(err error) bool {
	return errors.Is(err, pgx.ErrTxClosed) || pgconn.SafeToRetry(err) || errors.Is(err, io.ErrUnexpectedEOF)
}
