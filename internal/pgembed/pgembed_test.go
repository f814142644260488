package pgembed_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"seax/internal/pgembed"
)

// parentOf names the data folder of the server that this program, started once more by a test, is to start and keep.
const parentOf = "SEAX_PGEMBED_TEST_PARENT_OF"

func TestMain(m *testing.M) {
	if dir := os.Getenv(parentOf); dir != "" {
		server, err := pgembed.Start(context.Background(), pgembed.Options{DataDir: dir})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(server.URL())
		<-server.Done()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// startInAnotherProgram returns a program that has a server running, and that server's URL.
func startInAnotherProgram(t *testing.T, dir string) (program *os.Process, url string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), parentOf+"="+dir)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan())
	require.Contains(t, lines.Text(), "postgres://")
	return cmd.Process, lines.Text()
}

func start(t *testing.T, o pgembed.Options) *pgembed.Server {
	t.Helper()
	server, err := pgembed.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	return server
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func run(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	_, err := conn.Exec(t.Context(), sql)
	require.NoError(t, err)
}

func query[T any](t *testing.T, conn *pgx.Conn, sql string) T {
	t.Helper()
	var value T
	require.NoError(t, conn.QueryRow(t.Context(), sql).Scan(&value))
	return value
}

func TestANewServerIsReadyToUse(t *testing.T) {
	t.Parallel()
	server := start(t, pgembed.Options{DataDir: t.TempDir()})
	conn := connect(t, server.URL())

	require.Equal(t, 1, query[int](t, conn, "select 1"))
	require.Equal(t, "seax", query[string](t, conn, "select current_database()"))
	require.Equal(t, "200", query[string](t, conn, "show max_connections"))
	for _, kept := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		require.Equal(t, "on", query[string](t, conn, "show "+kept), kept)
	}
}

func TestTextOfAllScriptsIsSearchable(t *testing.T) {
	t.Parallel()
	server := start(t, pgembed.Options{DataDir: t.TempDir()})
	conn := connect(t, server.URL())

	run(t, conn, "create extension pg_trgm")
	require.Positive(t, query[float64](t, conn, "select similarity('안녕하세요', '안녕하십니까')"))
	require.Equal(t, "straße ünïcode", query[string](t, conn, "select lower('STRAßE ÜNÏCODE')"))
	require.Equal(t, "UTF8", query[string](t, conn, "show server_encoding"))
}

func TestSettingsTakePrecedence(t *testing.T) {
	t.Parallel()
	server := start(t, pgembed.Options{DataDir: t.TempDir(), Settings: map[string]string{"fsync": "off", "max_connections": "20"}})
	conn := connect(t, server.URL())

	require.Equal(t, "off", query[string](t, conn, "show fsync"))
	require.Equal(t, "20", query[string](t, conn, "show max_connections"))
}

func TestARestartKeepsDataAndAddress(t *testing.T) {
	t.Parallel()
	o := pgembed.Options{DataDir: t.TempDir()}
	first := start(t, o)
	run(t, connect(t, first.URL()), "create table t as select 42 as x")
	require.NoError(t, first.Stop(t.Context()))
	require.NoError(t, first.Wait())

	second := start(t, o)
	require.Equal(t, first.URL(), second.URL())
	require.Equal(t, 42, query[int](t, connect(t, second.URL()), "select x from t"))
}

func TestAKilledServerIsNoticedAndRecovers(t *testing.T) {
	t.Parallel()
	o := pgembed.Options{DataDir: t.TempDir()}
	first := start(t, o)
	conn := connect(t, first.URL())
	run(t, conn, "create table t as select 42 as x")
	go func() {
		// A backend that is busy when its postmaster dies does not notice before it has finished.
		_, _ = conn.Exec(context.Background(), "select count(*) from generate_series(1, 1000000000)")
	}()
	require.NoError(t, syscall.Kill(first.Pid(), syscall.SIGKILL))
	<-first.Done()
	require.ErrorContains(t, first.Wait(), "killed")

	second := start(t, o)
	require.Equal(t, 42, query[int](t, connect(t, second.URL()), "select x from t"))
}

func TestAServerWhoseParentWasKilledIsReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	parent, url := startInAnotherProgram(t, dir)
	conn := connect(t, url)
	run(t, conn, "create table t as select 42 as x")
	_, err := pgembed.Start(t.Context(), pgembed.Options{DataDir: dir})
	require.ErrorIs(t, err, pgembed.ErrInUse)
	require.NoError(t, parent.Kill())
	_, err = parent.Wait()
	require.NoError(t, err)

	server := start(t, pgembed.Options{DataDir: dir})
	require.Equal(t, 42, query[int](t, connect(t, server.URL()), "select x from t"))
}

func TestAFolderIsRemovedUnlessInUse(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg")
	require.NoError(t, pgembed.Remove(t.Context(), dir), "there is none yet")
	parent, _ := startInAnotherProgram(t, dir)
	require.ErrorIs(t, pgembed.Remove(t.Context(), dir), pgembed.ErrInUse)
	require.NoError(t, parent.Kill())
	_, err := parent.Wait()
	require.NoError(t, err)
	require.NoError(t, pgembed.Remove(t.Context(), dir))
	require.NoDirExists(t, dir)
}

func TestAFolderHasOneServer(t *testing.T) {
	t.Parallel()
	o := pgembed.Options{DataDir: t.TempDir()}
	first := start(t, o)
	_, err := pgembed.Start(t.Context(), o)
	require.ErrorIs(t, err, pgembed.ErrInUse)
	require.Equal(t, 1, query[int](t, connect(t, first.URL()), "select 1"))
}

func TestATakenPortIsSaid(t *testing.T) {
	t.Parallel()
	first := start(t, pgembed.Options{DataDir: t.TempDir()})
	config, err := pgx.ParseConfig(first.URL())
	require.NoError(t, err)
	_, err = pgembed.Start(t.Context(), pgembed.Options{DataDir: t.TempDir(), Port: int(config.Port)})
	require.ErrorIs(t, err, pgembed.ErrPortTaken)
}

func TestMissingBinariesAreSaid(t *testing.T) {
	t.Parallel()
	_, err := pgembed.Start(t.Context(), pgembed.Options{DataDir: t.TempDir(), BinDir: t.TempDir()})
	require.ErrorIs(t, err, pgembed.ErrNotInstalled)
}

func TestAWrongSettingIsQuoted(t *testing.T) {
	t.Parallel()
	o := pgembed.Options{DataDir: t.TempDir(), Settings: map[string]string{"max_connections": "many"}}
	_, err := pgembed.Start(t.Context(), o)
	require.ErrorContains(t, err, `invalid value for parameter "max_connections": "many"`)

	o.Settings = nil
	start(t, o)
}

func TestAnInterruptedInitialisationIsDoneAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	halfDone := filepath.Join(dir, "initdb-123")
	require.NoError(t, os.MkdirAll(filepath.Join(halfDone, "base"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "password"), []byte("of the attempt"), 0o600))

	server := start(t, pgembed.Options{DataDir: dir})
	require.Equal(t, 1, query[int](t, connect(t, server.URL()), "select 1"))
	require.NoDirExists(t, halfDone)
}
