package api_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/api"
	"seax/api/spec"
	"seax/internal/auth"
)

// documented lists the document's routes in the router's notation, and which of them need no sign-in.
func documented(t *testing.T) map[string]bool {
	t.Helper()
	doc, err := spec.GetSwagger()
	require.NoError(t, err)
	routes := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			route := strings.NewReplacer("{", ":", "}", "").Replace(path)
			routes[method+" "+route] = operation.Security != nil && len(*operation.Security) == 0
		}
	}
	return routes
}

// The page at /docs goes by the document's tags: what is under none of them would not be there.
func TestEveryOperationIsUnderATagOfTheDocument(t *testing.T) {
	t.Parallel()
	doc, err := spec.GetSwagger()
	require.NoError(t, err)
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			require.NotEmpty(t, operation.Tags, "%s %s", method, path)
			require.NotNil(t, doc.Tags.Get(operation.Tags[0]), "%s %s is under %q", method, path, operation.Tags[0])
		}
	}
}

func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func TestDocumentRouterAndAccessTableNameTheSameRoutes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	engine, ok := s.handler.(*gin.Engine)
	require.True(t, ok)
	mounted := map[string]bool{}
	for _, r := range engine.Routes() {
		if path, ok := strings.CutPrefix(r.Path, api.BasePath); ok && !strings.HasPrefix(path, "/openapi.") {
			mounted[r.Method+" "+path] = true
		}
	}
	routes := documented(t)
	require.Equal(t, keys(routes), keys(mounted), "openapi.yaml and the router")
	require.Equal(t, keys(routes), keys(api.Access()), "openapi.yaml and the table of access")
	for route, open := range routes {
		require.Equal(t, open, api.Access()[route] == "", "%s: the document and the table disagree whether it needs a sign-in", route)
	}
}

// call makes a request to a route with something in its parameters, as somebody.
func call(s *server, route string, options ...option) reply {
	method, path, _ := strings.Cut(route, " ")
	path = strings.NewReplacer(":id", uuid.NewString(), ":event_id", uuid.NewString(), ":slug", "nothing").Replace(path)
	var body any
	if method != http.MethodGet && method != http.MethodDelete {
		body = "{}"
	}
	return s.api(method, path, body, options...)
}

func TestEveryRouteWantsASession(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for route, role := range api.Access() {
		if role == "" {
			continue
		}
		call(s, route).refused(http.StatusUnauthorized, "unauthorized")
		call(s, route, header("Cookie", api.CookieName+"=forged")).refused(http.StatusUnauthorized, "unauthorized")
		call(s, route, bearer("seax_forged")).refused(http.StatusUnauthorized, "unauthorized")
		call(s, route, header("Authorization", "Basic YTpi")).refused(http.StatusUnauthorized, "unauthorized")
	}
}

func TestEveryRouteWantsItsRoleAndNoMore(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	roles := []auth.Role{auth.Agent, auth.Supervisor, auth.Admin}
	people := map[auth.Role]who{}
	for _, role := range roles {
		people[role] = s.person(role)
	}
	for route, least := range api.Access() {
		if least == "" {
			continue
		}
		for _, role := range roles {
			// A session of its own: signing out is among the routes.
			caller := who{people[role].Person, s.session(people[role].ID)}
			r := call(s, route, as(caller))
			if !role.Includes(least) {
				p := r.refused(http.StatusForbidden, "forbidden")
				require.Contains(t, p.Detail, string(least), "%s as %s", route, role)
				continue
			}
			require.NotContains(t, []int{http.StatusUnauthorized, http.StatusForbidden}, r.Status, "%s as %s: %s", route, role, r.Body)
			require.Less(t, r.Status, 500, "%s as %s: %s", route, role, r.Body)
		}
	}
}

func TestUnknownRoutesAreProblems(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	for _, target := range []string{"/api/v1/nothing", "/api/v2/session", "/api/", "/webhooks/webchat", "/webhooks/webchat/a/b"} {
		s.send(http.MethodGet, target, nil, as(admin)).refused(http.StatusNotFound, "not_found")
		s.send(http.MethodPost, target, "{}", as(admin)).refused(http.StatusNotFound, "not_found")
	}
	for _, route := range []string{"DELETE /queues", "PATCH /queues/support", "PUT /session", "POST /live", "TRACE /session"} {
		method, path, _ := strings.Cut(route, " ")
		s.api(method, path, nil, as(admin)).refused(http.StatusMethodNotAllowed, "invalid")
	}
}

func TestPathsThatAreNoIDs(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	for _, id := range []string{"1", "abc", "00000000-0000-0000-0000-00000000000g", "%00", "%ff%fe", "'; drop table people; --", strings.Repeat("a", 5000)} {
		target := "/conversations/" + strings.ReplaceAll(id, " ", "%20")
		s.api(http.MethodGet, target, nil, as(admin)).refused(http.StatusBadRequest, "invalid")
	}
	s.api(http.MethodGet, "/conversations/..%2f..%2fetc", nil, as(admin)).refused(http.StatusNotFound, "not_found")
	for _, slug := range []string{"%00", "%ff%fe", "a%00b"} {
		s.api(http.MethodDelete, "/queues/"+slug, nil, as(admin)).refused(http.StatusBadRequest, "invalid")
	}
	s.api(http.MethodDelete, "/queues/"+strings.Repeat("a", 61), nil, as(admin)).refused(http.StatusBadRequest, "invalid")
}
