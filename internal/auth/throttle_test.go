package auth_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/internal/auth"
)

func (o *office) requireThrottled(email, remote string) *auth.ThrottledError {
	o.t.Helper()
	_, _, err := o.SignIn(o.t.Context(), email, secret, "test", remote)
	var throttled *auth.ThrottledError
	require.ErrorAs(o.t, err, &throttled)
	return throttled
}

func TestRepeatedFailuresSlowAnEmailDown(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for i := range 5 {
		o.fail(fmt.Sprintf("10.0.0.%d", i))
	}
	first := o.requireThrottled("KIM@example.com", "10.0.9.9")
	require.LessOrEqual(t, first.RetryAfter, 2*time.Second)
	require.Equal(t, "too many attempts; try again in 2s", first.Error())
	o.clock.Pass(2 * time.Second)
	o.fail("10.0.0.1")
	require.Greater(t, o.requireThrottled(kimsEmail, "10.0.0.1").RetryAfter, 3*time.Second, "the next wait is longer")
	_, _, err := o.SignIn(t.Context(), "other@example.com", "wrong", "test", "10.0.0.1")
	require.ErrorIs(t, err, auth.ErrWrong, "others are not slowed down")
}

func TestTheWaitHasAnEnd(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.exec(`insert into login_failures (key, failures, last_at) values ($1, 1000000, $2)`, "email:"+kimsEmail, o.clock.Now())
	require.LessOrEqual(t, o.requireThrottled(kimsEmail, "10.0.0.1").RetryAfter, 5*time.Minute)
	o.clock.Pass(5*time.Minute + time.Second)
	o.signIn()
	for range 5 {
		o.fail("10.0.0.1")
	}
}

func TestFailuresAreForgotten(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.exec(`insert into login_failures (key, failures, last_at) values ($1, 1000, $2)`, "email:"+kimsEmail, o.clock.Now())
	o.clock.Pass(30*time.Minute + time.Second)
	for range 5 {
		o.fail("10.0.0.1")
	}
	o.requireThrottled(kimsEmail, "10.0.0.1")
}

func TestOneAddressCannotTryManyEmails(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.exec(`insert into login_failures (key, failures, last_at) values ('remote:10.0.0.1', 50, $1)`, o.clock.Now())
	o.requireThrottled(kimsEmail, "10.0.0.1")
	_, _, err := o.SignIn(t.Context(), kimsEmail, secret, "test", "10.0.0.2")
	require.NoError(t, err)
}
