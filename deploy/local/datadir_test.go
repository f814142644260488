package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func open(t *testing.T, s settings, mode int) *dataDir {
	t.Helper()
	data, err := openDataDir(t.Context(), s, mode)
	require.NoError(t, err)
	t.Cleanup(data.close)
	return data
}

func write(t *testing.T, path ...string) {
	t.Helper()
	name := filepath.Join(path...)
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, nil, 0o600))
}

func TestResetRemovesAllData(t *testing.T) {
	t.Parallel()
	s := settings{dataDir: filepath.Join(t.TempDir(), "data"), reset: true}
	open(t, s, alone).close()
	write(t, s.dataDir, "temporal", "temporal.db")

	data := open(t, s, alone)
	require.NoDirExists(t, data.temporal())
	write(t, s.dataDir, "files", "photo")
	data.close()

	s.reset = false
	open(t, s, alone)
	require.FileExists(t, filepath.Join(s.dataDir, "files", "photo"))
}

func TestAFolderOfSomebodyElseIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := settings{dataDir: t.TempDir()}
	write(t, s.dataDir, "thesis.txt")
	for _, s.reset = range []bool{false, true} {
		_, err := openDataDir(t.Context(), s, alone)
		require.ErrorContains(t, err, "not the data folder of a stack")
	}
	require.FileExists(t, filepath.Join(s.dataDir, "thesis.txt"))
	require.NoFileExists(t, filepath.Join(s.dataDir, marker))
}

func TestAFolderHasOneStack(t *testing.T) {
	t.Parallel()
	s := settings{dataDir: t.TempDir()}
	first := open(t, s, alone)
	write(t, s.dataDir, "files", "photo")
	for _, s.reset = range []bool{false, true} {
		for _, mode := range []int{alone, shared} {
			_, err := openDataDir(t.Context(), s, mode)
			require.EqualError(t, err, s.dataDir+" is in use by another running stack: stop it, or set SEAX_DATA_DIR to another folder")
		}
	}
	require.FileExists(t, filepath.Join(s.dataDir, "files", "photo"))
	first.close()

	s.reset = false
	open(t, s, shared)
	open(t, s, shared)
	_, err := openDataDir(t.Context(), s, alone)
	require.ErrorAs(t, err, new(inUseError))
}

func TestResetLeavesSharedFoldersShared(t *testing.T) {
	t.Parallel()
	s := settings{dataDir: t.TempDir(), reset: true}
	open(t, s, shared)
	s.reset = false
	open(t, s, shared)
}
