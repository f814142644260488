package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"
)

// environment is one in which two tests do not meet.
func environment(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{
		"SEAX_DATA_DIR":         filepath.Join(t.TempDir(), "data"),
		"SEAX_HTTP_ADDR":        "127.0.0.1:0",
		"SEAX_TEMPORAL_ADDR":    "127.0.0.1:0",
		"SEAX_TEMPORAL_UI_ADDR": "127.0.0.1:0",
		"SEAX_LAB_ADDR":         "127.0.0.1:0",
	}
}

func get(env map[string]string) func(string) string {
	return func(name string) string { return env[name] }
}

// begin runs a command and returns its first line; end waits for it to stop cleanly.
func begin(t *testing.T, env map[string]string, args ...string) (line string, end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, args, get(env), write)
		_ = write.CloseWithError(io.EOF)
		ended <- err
	}()
	out := bufio.NewReader(read)
	line, err := out.ReadString('\n')
	if err != nil {
		require.NoError(t, <-ended)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return strings.TrimSpace(line), func() {
		cancel()
		require.NoError(t, <-ended)
	}
}

func TestPostgresAlone(t *testing.T) {
	t.Parallel()
	env := environment(t)
	line, end := begin(t, env, "postgres")
	url, ok := strings.CutPrefix(line, "PostgreSQL is ready: ")
	require.True(t, ok, line)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "create table t()")
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	end()

	again, end := begin(t, env, "postgres")
	require.Equal(t, line, again, "the address is kept")
	_, err = pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	end()
}

func TestTemporalAlone(t *testing.T) {
	t.Parallel()
	line, end := begin(t, environment(t), "temporal")
	defer end()
	addr, _, ok := strings.Cut(strings.TrimPrefix(line, "Temporal is ready: "), ", UI http://")
	require.True(t, ok, line)
	c, err := client.Dial(client.Options{HostPort: addr, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	defer c.Close()
	list, err := c.OperatorService().ListSearchAttributes(t.Context(), &operatorservice.ListSearchAttributesRequest{Namespace: "default"})
	require.NoError(t, err)
	require.Equal(t, enumspb.INDEXED_VALUE_TYPE_KEYWORD, list.GetCustomAttributes()["SeaxPhase"])
	require.Equal(t, enumspb.INDEXED_VALUE_TYPE_DATETIME, list.GetCustomAttributes()["SeaxSLADue"])
}

func TestATakenAddressIsNamedWithItsVariable(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	for variable, command := range map[string]string{
		"SEAX_HTTP_ADDR": "up", "SEAX_LAB_ADDR": "up", "SEAX_TEMPORAL_ADDR": "temporal", "SEAX_TEMPORAL_UI_ADDR": "temporal", "SEAX_POSTGRES_ADDR": "postgres",
	} {
		env := environment(t)
		env[variable] = listener.Addr().String()
		err := run(t.Context(), []string{command}, get(env), io.Discard)
		require.EqualError(t, err, "another program listens on "+listener.Addr().String()+": stop it, or set "+variable+" to another address")
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"": "up", "--reset": "up reset", "up": "up", "temporal --reset": "temporal reset", "--reset postgres": "postgres reset",
	} {
		command, reset, err := parse(strings.Fields(line))
		require.NoError(t, err, line)
		if reset {
			command += " reset"
		}
		require.Equal(t, want, command, line)
	}
	for line, want := range map[string]string{
		"up down": `"down" is one word too many`, "--resett": "not defined: -resett", "-h": "usage",
	} {
		_, _, err := parse(strings.Fields(line))
		require.ErrorContains(t, err, want, line)
	}
	require.ErrorContains(t, run(t.Context(), []string{"sideways"}, get(nil), io.Discard), `there is no "sideways"`)
}

func TestSettings(t *testing.T) {
	t.Parallel()
	s, err := readSettings(get(nil))
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:8080", s.httpAddr)
	require.Equal(t, "127.0.0.1:7233", s.temporalAddr)
	require.Equal(t, "127.0.0.1:8233", s.temporalUIAddr)
	require.Equal(t, "127.0.0.1:8090", s.labAddr)
	require.Zero(t, s.postgresPort)
	require.Equal(t, ".data", filepath.Base(s.dataDir))
	require.FileExists(t, filepath.Join(filepath.Dir(s.dataDir), "deploy", "local", "go.mod"))
	require.False(t, s.reset)

	s, err = readSettings(get(map[string]string{"SEAX_POSTGRES_ADDR": "localhost:5433", "RESET": "1", "SEAX_DATA_DIR": "/data", "SEAX_LAB_ADDR": "off"}))
	require.NoError(t, err)
	require.Equal(t, settings{
		httpAddr: "127.0.0.1:8080", temporalAddr: "127.0.0.1:7233", temporalUIAddr: "127.0.0.1:8233",
		postgresPort: 5433, dataDir: "/data", reset: true,
	}, s)

	for variable, value := range map[string]string{
		"SEAX_HTTP_ADDR": "8080", "SEAX_TEMPORAL_ADDR": "example.org:7233", "SEAX_POSTGRES_ADDR": "0.0.0.0:5433",
	} {
		_, err := readSettings(get(map[string]string{variable: value}))
		require.ErrorContains(t, err, variable+": ")
	}
}
