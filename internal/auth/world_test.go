package auth_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"seax/internal/auth"
	"seax/internal/clocktest"
	"seax/internal/conversation"
	"seax/internal/store/storetest"
)

// office is a service with one person in it, in a database of its own.
type office struct {
	*auth.Service

	pool  *pgxpool.Pool
	clock *clocktest.Clock
	kim   uuid.UUID
	t     *testing.T
}

const (
	kimsEmail = "kim@example.com"
	secret    = "correct horse battery staple"
)

// kimsHash is made once: hashing is slow on purpose.
var kimsHash = sync.OnceValues(func() (string, error) { return auth.HashPassword(context.Background(), secret) })

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{pool: storetest.New(t), clock: clocktest.At(time.Now()), kim: conversation.NewID(), t: t}
	o.Service = auth.New(o.pool, o.clock.Now)
	hash, err := kimsHash()
	require.NoError(t, err)
	o.exec(`insert into people (id, email, name, role, password_hash) values ($1, $2, 'Kim', 'supervisor', $3)`, o.kim, kimsEmail, hash)
	return o
}

func (o *office) exec(sql string, args ...any) {
	o.t.Helper()
	_, err := o.pool.Exec(o.t.Context(), sql, args...)
	require.NoError(o.t, err)
}

func (o *office) signIn() (auth.Principal, string) {
	o.t.Helper()
	p, token, err := o.SignIn(o.t.Context(), kimsEmail, secret, "test", "10.0.0.1")
	require.NoError(o.t, err)
	return p, token
}

// fail tries a wrong password and expects to be told so.
func (o *office) fail(remote string) {
	o.t.Helper()
	_, _, err := o.SignIn(o.t.Context(), kimsEmail, "wrong", "test", remote)
	require.ErrorIs(o.t, err, auth.ErrWrong)
}
