package pgembed

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Where the kernel does not tell a child of its parent's death, the server goes on without one.
func TestAnOrphanedServerIsStopped(t *testing.T) {
	t.Parallel()
	o := Options{DataDir: t.TempDir()}
	native, err := locate("")
	require.NoError(t, err)
	require.NoError(t, hydrate(native))
	c, err := open(native, o)
	require.NoError(t, err)
	require.NoError(t, c.initialise(t.Context(), true))
	name, err := c.name()
	require.NoError(t, err)
	port, err := c.choosePort(0)
	require.NoError(t, err)
	orphan := c.launcher.command(context.Background(), 0, "postgres", c.arguments(name, port, nil)...)
	ended, err := c.launcher.start(orphan)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return readPidFile(c.data).status == "ready" }, 30*time.Second, pollInterval)
	require.NoError(t, c.lock.Close())

	server, err := Start(t.Context(), o)
	require.NoError(t, err)
	require.NoError(t, <-ended, "the orphan was stopped gently")
	require.NoError(t, server.Stop(t.Context()))
}

func TestAPidFileOfTheDeadIsNotBelieved(t *testing.T) {
	t.Parallel()
	o := Options{DataDir: t.TempDir()}
	server, err := Start(t.Context(), o)
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(server.Pid(), syscall.SIGKILL))
	<-server.Done()
	name := filepath.Join(o.DataDir, "data", "postmaster.pid")
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	rest := string(text[len(strconv.Itoa(server.Pid())):])

	zombie := exec.Command("true")
	require.NoError(t, zombie.Start())
	defer func() { _ = zombie.Wait() }()
	for _, owner := range []int{os.Getpid(), zombie.Process.Pid} {
		require.NoError(t, os.WriteFile(name, []byte(strconv.Itoa(owner)+rest), 0o600))
		again, err := Start(t.Context(), o)
		require.NoError(t, err)
		require.NoError(t, again.Stop(t.Context()))
	}
}
