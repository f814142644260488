package pgembed

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Root often works below /root, which the user that runs PostgreSQL may not enter.
func TestRootMayHaveItInAClosedFolder(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	closed := t.TempDir()
	require.NoError(t, os.Chmod(closed, 0o700))
	native, err := locate("")
	require.NoError(t, err)
	copied := filepath.Join(closed, "native")
	require.NoError(t, os.CopyFS(copied, os.DirFS(native)))

	server, err := Start(t.Context(), Options{DataDir: filepath.Join(closed, "pg"), BinDir: copied})
	require.NoError(t, err)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", server.Pid()))
	require.NoError(t, err)
	require.NotContains(t, string(status), "\nUid:\t0\t")
	require.Regexp(t, "\nCapEff:\t000000000000000[24]\n", string(status), "one capability, to pass closed folders")
	require.NoError(t, server.Stop(t.Context()))
}
