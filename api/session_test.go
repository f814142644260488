package api_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/api"
	"seax/api/spec"
	"seax/internal/auth"
)

const password = "correct horse"

// withPassword adds somebody who signs in with a password.
func (s *server) withPassword(email string, role spec.Role) spec.Person {
	s.t.Helper()
	secret := password
	p, err := s.deps.Directory.CreatePerson(s.t.Context(), spec.PersonInput{Email: email, Name: "Kim", Role: role, Password: &secret})
	require.NoError(s.t, err)
	return p
}

func (s *server) signIn(email, secret string, options ...option) reply {
	s.t.Helper()
	return s.api(http.MethodPost, "/session", map[string]string{"email": email, "password": secret}, options...)
}

// cookieOf reads the session's cookie of an answer.
func cookieOf(t *testing.T, r reply) *http.Cookie {
	t.Helper()
	for _, c := range (&http.Response{Header: r.Header}).Cookies() {
		if c.Name == api.CookieName {
			return c
		}
	}
	require.Fail(t, "no session cookie")
	return nil
}

func TestSignInWithEmailAndPassword(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.withPassword("kim@desk.example", spec.RoleSupervisor)
	r := s.signIn("KIM@desk.example", password).ok(http.StatusOK)
	require.Equal(t, "supervisor", r.field("role"))
	c := cookieOf(t, r)
	require.True(t, c.HttpOnly)
	require.Equal(t, http.SameSiteLaxMode, c.SameSite)
	require.False(t, c.Secure, "the connection is plain")
	require.NotContains(t, string(r.Body), c.Value)
	me := s.api(http.MethodGet, "/session", nil, as(who{cookie: c.Value})).ok(http.StatusOK)
	require.Equal(t, "kim@desk.example", me.field("email"))
	require.NotContains(t, string(me.Body), "argon2")
	s.api(http.MethodDelete, "/session", nil, as(who{cookie: c.Value})).ok(http.StatusNoContent)
	s.api(http.MethodGet, "/session", nil, as(who{cookie: c.Value})).refused(http.StatusUnauthorized, "unauthorized")
}

func TestCookieIsSecureBehindATrustedProxy(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(d *api.Deps) { d.TrustProxy = true })
	s.withPassword("kim@desk.example", spec.RoleAgent)
	require.True(t, cookieOf(t, s.signIn("kim@desk.example", password, header("X-Forwarded-Proto", "https"))).Secure)
	require.False(t, cookieOf(t, s.signIn("kim@desk.example", password)).Secure)
}

func TestWrongPasswordAndUnknownEmailAreAnsweredAlike(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.withPassword("kim@desk.example", spec.RoleAgent)
	wrong := s.signIn("kim@desk.example", "wrong horse").refused(http.StatusUnauthorized, "unauthorized")
	unknown := s.signIn("nobody@desk.example", password).refused(http.StatusUnauthorized, "unauthorized")
	require.Equal(t, wrong, unknown)
	for _, email := range []string{"' or 1=1 --", "", "kim@desk.example' --", "%", "김@desk.example"} {
		s.signIn(email, "' or '1'='1").refused(http.StatusUnauthorized, "unauthorized")
	}
}

func TestSomebodyDeactivatedCannotSignIn(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	p := s.withPassword("kim@desk.example", spec.RoleAgent)
	cookie := cookieOf(t, s.signIn("kim@desk.example", password)).Value
	admin := s.person(auth.Admin)
	s.api(http.MethodGet, "/session", nil, as(who{cookie: cookie})).ok(http.StatusOK)
	s.api(http.MethodDelete, "/people/"+p.Id.String(), nil, as(admin)).ok(http.StatusNoContent)
	s.api(http.MethodGet, "/session", nil, as(who{cookie: cookie})).refused(http.StatusUnauthorized, "unauthorized")
	s.signIn("kim@desk.example", password).refused(http.StatusUnauthorized, "unauthorized")
}

func TestSignInIsThrottledAfterWrongPasswords(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.withPassword("kim@desk.example", spec.RoleAgent)
	s.withPassword("lee@desk.example", spec.RoleAgent)
	for range 5 {
		s.signIn("kim@desk.example", "wrong").refused(http.StatusUnauthorized, "unauthorized")
	}
	r := s.signIn("Kim@Desk.example", password)
	p := r.refused(http.StatusTooManyRequests, "throttled")
	require.Equal(t, 2, p.RetryAfter)
	require.Equal(t, strconv.Itoa(p.RetryAfter), r.Header.Get("Retry-After"))
	s.signIn("lee@desk.example", password).ok(http.StatusOK)
	s.clock.Pass(time.Duration(p.RetryAfter) * time.Second)
	s.signIn("kim@desk.example", password).ok(http.StatusOK)
}

func TestSignInTakesAnyUserAgent(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.withPassword("kim@desk.example", spec.RoleAgent)
	for _, agent := range []string{"\xff\xfe", strings.Repeat("가", 1000), "<script>", ""} {
		s.signIn("kim@desk.example", password, header("User-Agent", agent)).ok(http.StatusOK)
	}
}

func TestSessionsExpire(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	idle, busy := s.person(auth.Agent), s.person(auth.Agent)
	for range 59 {
		s.clock.Pass(12*time.Hour - time.Minute)
		s.api(http.MethodGet, "/session", nil, as(busy)).ok(http.StatusOK)
	}
	s.api(http.MethodGet, "/session", nil, as(idle)).refused(http.StatusUnauthorized, "unauthorized")
	s.clock.Pass(11 * time.Hour)
	s.api(http.MethodGet, "/session", nil, as(busy)).ok(http.StatusOK)
	s.clock.Pass(3 * time.Hour)
	s.api(http.MethodGet, "/session", nil, as(busy)).refused(http.StatusUnauthorized, "unauthorized")
}

func TestAPIKeysActUntilTheyAreRevoked(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	made := s.api(http.MethodPost, "/api-keys", map[string]string{"name": "CRM", "role": "agent"}, as(admin)).ok(http.StatusCreated)
	key, _ := made.field("key").(string)
	require.True(t, strings.HasPrefix(key, "seax_"))
	require.NotContains(t, string(s.api(http.MethodGet, "/api-keys", nil, as(admin)).ok(http.StatusOK).Body), key)
	s.api(http.MethodGet, "/queues", nil, bearer(key)).ok(http.StatusOK)
	s.api(http.MethodGet, "/people", nil, bearer(key)).refused(http.StatusForbidden, "forbidden")
	id, _ := made.field("id").(string)
	s.api(http.MethodDelete, "/api-keys/"+id, nil, as(admin)).ok(http.StatusNoContent)
	s.api(http.MethodGet, "/queues", nil, bearer(key)).refused(http.StatusUnauthorized, "unauthorized")
	s.api(http.MethodDelete, "/api-keys/"+id, nil, as(admin)).ok(http.StatusNoContent)
}

func TestPasswordChangeNeedsTheCurrentOneAndEndsOtherSessions(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.withPassword("kim@desk.example", spec.RoleAgent)
	mine := who{cookie: cookieOf(t, s.signIn("kim@desk.example", password)).Value}
	other := who{cookie: cookieOf(t, s.signIn("kim@desk.example", password)).Value}
	change := func(current, next string) reply {
		return s.api(http.MethodPatch, "/session", map[string]string{"current_password": current, "new_password": next}, as(mine))
	}
	p := change("wrong", "another horse").refused(http.StatusBadRequest, "invalid")
	require.Contains(t, p.Fields, "current_password")
	p = change(password, "short").refused(http.StatusBadRequest, "invalid")
	require.Contains(t, p.Fields, "new_password")
	change(password, "another horse").ok(http.StatusOK)
	s.api(http.MethodGet, "/session", nil, as(mine)).ok(http.StatusOK)
	s.api(http.MethodGet, "/session", nil, as(other)).refused(http.StatusUnauthorized, "unauthorized")
	s.signIn("kim@desk.example", password).refused(http.StatusUnauthorized, "unauthorized")
	s.signIn("kim@desk.example", "another horse").ok(http.StatusOK)
}

func TestRequestsFromOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent := s.person(auth.Agent)
	id := s.Conversation()
	for _, foreign := range [][]option{
		{header("Origin", "https://evil.example")},
		{header("Sec-Fetch-Site", "cross-site")},
		{header("Sec-Fetch-Site", "same-site"), header("Origin", "https://sub.desk.example")},
		{header("Origin", "null")},
	} {
		for _, call := range []string{"POST /conversations/" + id.String() + "/typing", "PUT /presence", "DELETE /session", "PATCH /session"} {
			method, route, _ := strings.Cut(call, " ")
			s.api(method, route, "{}", append(foreign, as(agent))...).refused(http.StatusForbidden, "forbidden")
		}
		s.signIn("kim@desk.example", password, foreign...).refused(http.StatusForbidden, "forbidden")
	}
	s.api(http.MethodGet, "/session", nil, as(agent), header("Sec-Fetch-Site", "same-origin"), header("Origin", "https://desk.example")).ok(http.StatusOK)
	s.api(http.MethodPut, "/presence", map[string]string{"presence": "break"}, as(agent), header("Origin", "https://desk.example")).ok(http.StatusOK)
}

func TestUnknownPresenceIsRefusedInWords(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent := s.person(auth.Agent)
	p := s.api(http.MethodPut, "/presence", map[string]string{"presence": "<b>nap</b>"}, as(agent)).refused(http.StatusConflict, "conflict")
	require.Contains(t, p.Detail, "<b>nap</b>")
}
