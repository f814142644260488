package dispatch_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/dispatch/dispatchtest"
)

// A socket that is still open does not keep somebody at work who has no access any more: what they hold goes back.
func TestWhoHasNoAccessKeepsNoLease(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 100, nil, "support")
	id := f.Waiting("support")
	_, agent := f.Offer(id)
	require.Equal(t, ana.ID, agent)
	tom := f.Agent("Tom", 100, nil, "support")
	f.Exec(`update agents set lease_until = now() - interval '1 second' where id = $1`, ana.ID)
	f.Exec(`update people set active = false where id = $1`, ana.ID)
	require.NoError(t, f.Desk.Renew(t.Context(), []uuid.UUID{ana.ID, tom.ID}))
	n, err := f.Desk.ExpireLeases(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, agent = f.Offer(id)
	require.Equal(t, tom.ID, agent)
}
