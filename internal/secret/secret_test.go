package secret_test

import (
	"bytes"
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"

	"seax/internal/secret"
)

func key(b byte) []byte { return bytes.Repeat([]byte{b}, secret.KeyBytes) }

func TestOnlyTheRightKeyAndPlaceOpen(t *testing.T) {
	t.Parallel()
	box, err := secret.New(key(1))
	require.NoError(t, err)
	sealed, err := box.Seal("channel sms", []byte("token"))
	require.NoError(t, err)
	require.NotContains(t, string(sealed), "token")
	opened, err := box.Open("channel sms", sealed)
	require.NoError(t, err)
	require.Equal(t, "token", string(opened))
	again, err := box.Seal("channel sms", []byte("token"))
	require.NoError(t, err)
	require.NotEqual(t, sealed, again, "equal secrets do not look equal")

	_, err = box.Open("channel other", sealed)
	require.ErrorIs(t, err, secret.ErrUnreadable)
	other, err := secret.New(key(2))
	require.NoError(t, err)
	_, err = other.Open("channel sms", sealed)
	require.ErrorIs(t, err, secret.ErrUnreadable)
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		_, err = box.Open("channel sms", changed)
		require.ErrorIs(t, err, secret.ErrUnreadable, "byte %d", i)
	}
	for n := range len(sealed) {
		_, err = box.Open("channel sms", sealed[:n])
		require.ErrorIs(t, err, secret.ErrUnreadable, "%d bytes", n)
	}
}

func TestKeysAreChangedByPuttingANewOneInFront(t *testing.T) {
	t.Parallel()
	before, err := secret.New(key(1))
	require.NoError(t, err)
	old, err := before.Seal("x", []byte("old"))
	require.NoError(t, err)
	both, err := secret.New(key(2), key(1))
	require.NoError(t, err)
	opened, err := both.Open("x", old)
	require.NoError(t, err)
	require.Equal(t, "old", string(opened))
	fresh, err := both.Seal("x", []byte("new"))
	require.NoError(t, err)
	_, err = before.Open("x", fresh)
	require.ErrorIs(t, err, secret.ErrUnreadable, "the new key seals")
}

func TestKeysAsTheyAreConfigured(t *testing.T) {
	t.Parallel()
	a, b := base64.StdEncoding.EncodeToString(key(1)), base64.StdEncoding.EncodeToString(key(2))
	keys, err := secret.ParseKeys(a + ", " + b)
	require.NoError(t, err)
	require.Equal(t, [][]byte{key(1), key(2)}, keys)
	for _, wrong := range []string{"", "x", a + ",", "c2hvcnQ=", a[:20]} {
		_, err := secret.ParseKeys(wrong)
		require.Error(t, err, wrong)
	}
	_, err = secret.New()
	require.Error(t, err)
	_, err = secret.New([]byte("short"))
	require.Error(t, err)
}
