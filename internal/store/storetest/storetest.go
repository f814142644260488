// Package storetest gives every test a migrated Postgres database of its own. The server is the one that
// SEAX_TEST_DATABASE_URL names; without it, each test program starts the embedded one for itself.
package storetest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"seax/internal/pgembed"
	"seax/internal/store"
)

// New returns a pool on an empty database with the current schema; both go away with the test.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	pool, err := store.Open(t.Context(), URL(t), 16)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// URL is like New for tests that open the database themselves, from several processes for example.
func URL(t testing.TB) string {
	t.Helper()
	server := start(t)
	name := "t_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	require.NoError(t, server.exec(t.Context(), fmt.Sprintf("create database %s template %s", name, server.template)))
	t.Cleanup(func() {
		// The test's context has ended here.
		_ = server.exec(context.Background(), fmt.Sprintf("drop database if exists %s with (force)", name))
	})
	return server.urlFor(name)
}

type server struct {
	base     string
	template string
	// create database from a template needs that nobody else uses the template.
	mu sync.Mutex
}

var (
	once   sync.Once
	shared *server
	failed error
)

func start(t testing.TB) *server {
	t.Helper()
	once.Do(func() { shared, failed = launch() })
	require.NoError(t, failed, "start Postgres for tests")
	return shared
}

func launch() (*server, error) {
	ctx := context.Background()
	base := os.Getenv("SEAX_TEST_DATABASE_URL")
	if base == "" {
		dir, err := os.MkdirTemp("", "seax-storetest-")
		if err != nil {
			return nil, err
		}
		pg, err := pgembed.Start(ctx, pgembed.Options{DataDir: filepath.Join(dir, "pg"), Settings: map[string]string{
			// Nobody needs a test's data after a crash.
			"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
		}})
		if err != nil {
			return nil, err
		}
		stopAtExit(pg, dir)
		base = pg.URL()
	}
	s := &server{base: base, template: "template_" + strings.ReplaceAll(uuid.NewString(), "-", "")}
	if err := s.exec(ctx, "create database "+s.template); err != nil {
		return nil, err
	}
	pool, err := store.Open(ctx, s.urlFor(s.template), 2)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	_, err = store.Migrate(ctx, pool)
	return s, err
}

func (s *server) urlFor(database string) string {
	u, err := url.Parse(s.base)
	if err != nil {
		panic(err)
	}
	u.Path = "/" + database
	return u.String()
}

func (s *server) exec(ctx context.Context, sql string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	conn, err := pgx.Connect(ctx, s.base)
	if err != nil {
		return fmt.Errorf("connect to test server: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, sql)
	return err
}
