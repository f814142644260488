package auth_test

import (
	"crypto/sha256"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/auth"
	"seax/internal/clocktest"
)

func (o *office) newKey(role auth.Role) string {
	o.t.Helper()
	key, prefix, hash, err := auth.NewKey()
	require.NoError(o.t, err)
	o.exec(`insert into api_keys (id, name, key_hash, prefix, role, person_id) values (gen_random_uuid(), 'key', $1, $2, $3, $4)`, hash, prefix, role, o.kim)
	return key
}

func TestKeysAreKeptAsHashes(t *testing.T) {
	t.Parallel()
	key, prefix, hash, err := auth.NewKey()
	require.NoError(t, err)
	sum := sha256.Sum256([]byte(key))
	require.Equal(t, sum[:], hash)
	require.True(t, strings.HasPrefix(key, "seax_"+prefix))
	require.Greater(t, len(key), 40)
	other, _, _, err := auth.NewKey()
	require.NoError(t, err)
	require.NotEqual(t, key, other)
}

func TestAKeyMayNeverDoMoreThanItsMaker(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, c := range []struct{ key, maker, want auth.Role }{
		{auth.Agent, auth.Supervisor, auth.Agent},
		{auth.Admin, auth.Supervisor, auth.Supervisor},
		{auth.Admin, auth.Agent, auth.Agent},
		{auth.Admin, auth.Admin, auth.Admin},
	} {
		o.exec(`update people set role = $1`, c.maker)
		p, err := o.ByKey(t.Context(), o.newKey(c.key))
		require.NoError(t, err)
		require.Equal(t, c.want, p.Role, "%s key of %s", c.key, c.maker)
		require.Equal(t, o.kim, p.ID)
		require.Nil(t, p.Session)
	}
}

func TestKeysEnd(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	key := o.newKey(auth.Agent)
	_, err := o.ByKey(t.Context(), key)
	require.NoError(t, err)
	for _, wrong := range []string{"", "seax_", key[:len(key)-1], strings.TrimPrefix(key, "seax_"), "SEAX_" + key[5:], key + "\x00"} {
		_, err := o.ByKey(t.Context(), wrong)
		require.ErrorIs(t, err, auth.ErrUnauthenticated, wrong)
	}
	o.exec(`update api_keys set revoked_at = now()`)
	o.clock.Pass(3 * time.Second)
	_, err = o.ByKey(t.Context(), key)
	require.ErrorIs(t, err, auth.ErrUnauthenticated, "revoked")

	key = o.newKey(auth.Agent)
	o.exec(`update people set active = false`)
	_, err = o.ByKey(t.Context(), key)
	require.ErrorIs(t, err, auth.ErrUnauthenticated, "its maker is gone")
}

func TestAKeyIsNoSessionAndASessionNoKey(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, token := o.signIn()
	key := o.newKey(auth.Agent)
	_, err := o.ByKey(t.Context(), key)
	require.NoError(t, err)
	_, err = o.BySession(t.Context(), token)
	require.NoError(t, err)
	_, err = o.ByKey(t.Context(), token)
	require.ErrorIs(t, err, auth.ErrUnauthenticated)
	_, err = o.BySession(t.Context(), key)
	require.ErrorIs(t, err, auth.ErrUnauthenticated, "also while this process remembers the key")
}

func TestAllProcessesShareOneInstanceKey(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var wg sync.WaitGroup
	keys := make([][]byte, 8)
	errs := make([]error, len(keys))
	for i := range keys {
		wg.Go(func() { keys[i], errs[i] = auth.InstanceKey(t.Context(), o.pool, "sockets") })
	}
	wg.Wait()
	for i := range keys {
		require.NoError(t, errs[i])
		require.Len(t, keys[i], 32)
		require.Equal(t, keys[0], keys[i])
	}
	other, err := auth.InstanceKey(t.Context(), o.pool, "files")
	require.NoError(t, err)
	require.NotEqual(t, keys[0], other)
}

func TestSocketTokens(t *testing.T) {
	t.Parallel()
	c := clocktest.At(time.Unix(1_800_000_000, 0))
	tokens := auth.NewTokens([]byte("key"), c.Now)
	want := auth.Principal{ID: uuid.New(), Role: auth.Supervisor}
	token, err := tokens.Make(want)
	require.NoError(t, err)
	got, ok := tokens.Read(token)
	require.True(t, ok)
	require.Equal(t, want, got)

	body, signature, _ := strings.Cut(token, ".")
	other, err := tokens.Make(auth.Principal{ID: want.ID, Role: auth.Admin})
	require.NoError(t, err)
	otherBody, _, _ := strings.Cut(other, ".")
	for name, forged := range map[string]string{
		"empty": "", "no signature": body, "empty signature": body + ".", "another's signature": otherBody + "." + signature,
		"signature of nothing": "." + signature, "more behind": token + ".x", "no base64": "%." + signature,
	} {
		_, ok := tokens.Read(forged)
		require.False(t, ok, name)
	}
	_, ok = auth.NewTokens([]byte("another key"), c.Now).Read(token)
	require.False(t, ok, "signed with another key")
	c.Pass(2*time.Minute + time.Second)
	_, ok = tokens.Read(token)
	require.False(t, ok, "too old")
}

// A socket's token outlives a change of rights by minutes; what it stands for does not.
func TestATokenIsWorthWhatThePersonMayStillDo(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	still := func(role auth.Role) (auth.Role, error) {
		p, err := o.Still(t.Context(), auth.Principal{ID: o.kim, Role: role})
		return p.Role, err
	}
	for _, c := range []struct{ token, now, want auth.Role }{
		{auth.Supervisor, auth.Supervisor, auth.Supervisor}, {auth.Supervisor, auth.Agent, auth.Agent}, {auth.Agent, auth.Admin, auth.Agent},
	} {
		o.exec(`update people set role = $1`, c.now)
		role, err := still(c.token)
		require.NoError(t, err)
		require.Equal(t, c.want, role)
	}
	o.exec(`update people set active = false`)
	_, err := still(auth.Agent)
	require.ErrorIs(t, err, auth.ErrUnauthenticated)
	_, err = o.Still(t.Context(), auth.Principal{ID: uuid.New(), Role: auth.Admin})
	require.ErrorIs(t, err, auth.ErrUnauthenticated)
}
