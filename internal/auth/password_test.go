package auth_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"seax/internal/auth"
)

func TestPasswordsAreKeptAsSaltedArgon2id(t *testing.T) {
	t.Parallel()
	first, err := auth.HashPassword(t.Context(), secret)
	require.NoError(t, err)
	second, err := auth.HashPassword(t.Context(), secret)
	require.NoError(t, err)
	require.NotEqual(t, first, second, "each hash has its own salt")
	require.True(t, strings.HasPrefix(first, "$argon2id$v=19$m=19456,t=2,p=1$"), first)
	for password, right := range map[string]bool{secret: true, secret + " ": false, strings.ToUpper(secret): false, "": false} {
		got, err := auth.CheckPassword(t.Context(), password, first)
		require.NoError(t, err)
		require.Equal(t, right, got, password)
	}
}

// The first reference vector of the argon2 command line with the parameters in the hash, not ours.
func TestHashesWithOtherParametersStillWork(t *testing.T) {
	t.Parallel()
	const other = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	right, err := auth.CheckPassword(t.Context(), "password", other)
	require.NoError(t, err)
	require.True(t, right)
}

func TestDamagedHashesAreErrorsAndLetNobodyIn(t *testing.T) {
	t.Parallel()
	const salt, key = "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for name, hash := range map[string]string{
		"empty":           "",
		"plain text":      secret,
		"another kind":    "$argon2i$v=19$m=19456,t=2,p=1$" + salt + "$" + key,
		"another version": "$argon2id$v=16$m=19456,t=2,p=1$" + salt + "$" + key,
		"no parameters":   "$argon2id$v=19$$" + salt + "$" + key,
		"no passes":       "$argon2id$v=19$m=19456,t=0,p=1$" + salt + "$" + key,
		"negative memory": "$argon2id$v=19$m=-1,t=2,p=1$" + salt + "$" + key,
		"too much memory": "$argon2id$v=19$m=99999999,t=2,p=1$" + salt + "$" + key,
		"no threads":      "$argon2id$v=19$m=19456,t=2,p=0$" + salt + "$" + key,
		"salt not base64": "$argon2id$v=19$m=19456,t=2,p=1$!!$" + key,
		"no key":          "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$",
		"a short key":     "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$AAAA",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			right, err := auth.CheckPassword(t.Context(), secret, hash)
			require.Error(t, err)
			require.False(t, right)
		})
	}
}

// An unknown email is checked against the decoy: that must cost what a real check costs, so its parameters are the current ones.
func TestTheDecoyCostsWhatAPasswordCosts(t *testing.T) {
	t.Parallel()
	hash, err := auth.HashPassword(t.Context(), secret)
	require.NoError(t, err)
	shape := func(hash string) []string {
		parts := strings.Split(hash, "$")
		require.Len(t, parts, 6)
		return append(parts[:4], strings.Repeat("x", len(parts[4])), strings.Repeat("x", len(parts[5])))
	}
	require.Equal(t, shape(hash), shape(auth.Decoy))
	right, err := auth.CheckPassword(t.Context(), "", auth.Decoy)
	require.NoError(t, err)
	require.False(t, right)
}
