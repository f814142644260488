package store_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"seax/internal/store"
	"seax/internal/store/storetest"
)

func TestManyProcessesMigrateAtOnce(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	pool, err := store.Open(t.Context(), url, 2)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	require.NoError(t, store.CheckMigrated(t.Context(), pool))
	_, err = pool.Exec(t.Context(), `drop schema public cascade`)
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), `create schema public`)
	require.NoError(t, err)
	require.ErrorIs(t, store.CheckMigrated(t.Context(), pool), store.ErrNotMigrated)

	var wg sync.WaitGroup
	versions, failed := make([]int64, 4), make([]error, 4)
	for i := range versions {
		wg.Go(func() {
			own, err := store.Open(t.Context(), url, 2)
			if err != nil {
				failed[i] = err
				return
			}
			defer own.Close()
			versions[i], failed[i] = store.Migrate(t.Context(), own)
		})
	}
	wg.Wait()
	for i := range versions {
		require.NoError(t, failed[i])
		require.Positive(t, versions[i])
		require.Equal(t, versions[0], versions[i])
	}
	require.NoError(t, store.CheckMigrated(t.Context(), pool))
}

func TestADatabaseThatIsNotThereIsNamed(t *testing.T) {
	t.Parallel()
	_, err := store.Open(t.Context(), "postgres://seax:secret@127.0.0.1:1/seax", 1)
	require.ErrorContains(t, err, "reach database at 127.0.0.1:1")
	require.NotContains(t, err.Error(), "secret")
	require.True(t, store.Unavailable(err))
}
