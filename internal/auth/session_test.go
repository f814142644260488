package auth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"seax/internal/auth"
)

func TestSignInOpensASessionKnownOnlyByItsHash(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p, token, err := o.SignIn(t.Context(), "KIM@example.com", secret, "browser\xff"+strings.Repeat("글", 400), "10.0.0.1")
	require.NoError(t, err)
	require.Equal(t, o.kim, p.ID)
	require.Equal(t, auth.Supervisor, p.Role)
	known, err := o.BySession(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, p, known)
	rows, err := o.pool.Query(t.Context(), `select row_to_json(s)::text from sessions s`)
	require.NoError(t, err)
	kept, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.NotContains(t, kept, token)
	_, err = o.BySession(t.Context(), strings.ToUpper(token))
	require.ErrorIs(t, err, auth.ErrUnauthenticated)
}

func TestSignInTellsNobodyWhatWasWrong(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.exec(`insert into people (id, email, name, role) values (gen_random_uuid(), 'nopassword@example.com', 'New', 'agent')`)
	o.exec(`insert into people (id, email, name, role, password_hash, active)
		select gen_random_uuid(), 'gone@example.com', 'Gone', 'agent', password_hash, false from people where id = $1`, o.kim)
	var texts []string
	for _, try := range []struct{ email, password string }{
		{kimsEmail, "wrong"}, {kimsEmail, ""}, {"nobody@example.com", secret}, {"nopassword@example.com", ""}, {"gone@example.com", secret},
	} {
		p, token, err := o.SignIn(t.Context(), try.email, try.password, "test", "10.0.0.1")
		require.ErrorIs(t, err, auth.ErrWrong, try.email)
		require.Empty(t, token)
		require.Zero(t, p)
		texts = append(texts, err.Error())
	}
	for _, text := range texts {
		require.Equal(t, texts[0], text)
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, o *office, p auth.Principal){
		"after half a day unused": func(_ *testing.T, o *office, _ auth.Principal) { o.clock.Pass(12*time.Hour + time.Second) },
		"after thirty days even when used": func(t *testing.T, o *office, _ auth.Principal) {
			t.Helper()
			o.exec(`update sessions set created_at = $1, expires_at = $2`, o.clock.Now().Add(-30*24*time.Hour), o.clock.Now().Add(time.Hour))
			o.clock.Pass(time.Minute)
		},
		"when signed out": func(t *testing.T, o *office, p auth.Principal) {
			t.Helper()
			require.NoError(t, o.SignOut(t.Context(), p))
		},
		"when the person may no longer work here": func(_ *testing.T, o *office, p auth.Principal) {
			o.exec(`update people set active = false where id = $1`, p.ID)
			o.Forget(p.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			p, token := o.signIn()
			_, err := o.BySession(t.Context(), token)
			require.NoError(t, err)
			end(t, o, p)
			_, err = o.BySession(t.Context(), token)
			require.ErrorIs(t, err, auth.ErrUnauthenticated)
		})
	}
}

func TestUseProlongsASession(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, token := o.signIn()
	for range 5 {
		o.clock.Pass(11 * time.Hour)
		_, err := o.BySession(t.Context(), token)
		require.NoError(t, err)
	}
}

// Processes believe a session for a moment without asking: changed rights arrive then, or at once where they were changed.
func TestChangedRightsArriveWithinSeconds(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p, token := o.signIn()
	role := func() auth.Role {
		known, err := o.BySession(t.Context(), token)
		require.NoError(t, err)
		return known.Role
	}
	require.Equal(t, auth.Supervisor, role())
	o.exec(`update people set role = 'agent'`)
	o.clock.Pass(3 * time.Second)
	require.Equal(t, auth.Agent, role())
	o.exec(`update people set role = 'admin'`)
	o.Forget(p.ID)
	require.Equal(t, auth.Admin, role())
}

func TestANewPasswordEndsTheOtherSessions(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	mine, myToken := o.signIn()
	_, otherToken := o.signIn()
	require.ErrorIs(t, o.ChangePassword(t.Context(), mine, "wrong", "a new long password"), auth.ErrWrong)
	_, err := o.BySession(t.Context(), otherToken)
	require.NoError(t, err)
	require.NoError(t, o.ChangePassword(t.Context(), mine, secret, "a new long password"))
	_, err = o.BySession(t.Context(), otherToken)
	require.ErrorIs(t, err, auth.ErrUnauthenticated)
	_, err = o.BySession(t.Context(), myToken)
	require.NoError(t, err)
	o.fail("10.0.0.1")
	_, _, err = o.SignIn(t.Context(), kimsEmail, "a new long password", "test", "10.0.0.1")
	require.NoError(t, err)
}

func TestWhoHasNoPasswordCannotChangeIt(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.exec(`update people set password_hash = ''`)
	require.ErrorIs(t, o.ChangePassword(t.Context(), auth.Principal{ID: o.kim}, "", "a new long password"), auth.ErrWrong)
}

func TestRolesIncludeTheOnesBelow(t *testing.T) {
	t.Parallel()
	roles := []auth.Role{"", auth.Agent, auth.Supervisor, auth.Admin}
	for i, role := range roles {
		for j, other := range roles {
			require.Equal(t, i > 0 && i >= j, role.Includes(other), "%q includes %q", role, other)
		}
	}
	_, known := auth.From(t.Context())
	require.False(t, known)
	p, known := auth.From(auth.WithPrincipal(t.Context(), auth.Principal{Name: "Kim", Role: auth.Agent}))
	require.True(t, known)
	require.Equal(t, "Kim", p.Person().Name)
	require.False(t, p.Supervisor())
}
