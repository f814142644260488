package pgembed

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLinksOfThePackageAreMade(t *testing.T) {
	t.Parallel()
	native := filepath.Join(t.TempDir(), "native")
	require.NoError(t, os.MkdirAll(filepath.Join(native, "lib"), 0o755))
	library := filepath.Join(native, "lib", "libpq.so.5.18")
	require.NoError(t, os.WriteFile(library, []byte("library"), 0o644))
	listing := `[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]`
	require.NoError(t, os.WriteFile(filepath.Join(native, "pg-symlinks.json"), []byte(listing), 0o644))

	require.NoError(t, hydrate(native))
	require.NoError(t, hydrate(native), "again")
	to, err := os.Readlink(filepath.Join(native, "lib", "libpq.so.5"))
	require.NoError(t, err)
	require.Equal(t, "libpq.so.5.18", to)
}

func TestLinksStayInThePackage(t *testing.T) {
	t.Parallel()
	native := filepath.Join(t.TempDir(), "native")
	require.NoError(t, os.MkdirAll(native, 0o755))
	listing := `[{"source":"native/lib/a","target":"../../a"}]`
	require.NoError(t, os.WriteFile(filepath.Join(native, "pg-symlinks.json"), []byte(listing), 0o644))
	require.ErrorContains(t, hydrate(native), "outside the package")
}
