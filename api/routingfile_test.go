package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"seax/api/spec"
	"seax/internal/auth"
)

// routing is the body of an application of a routing file.
func routing(file string, more ...string) map[string]any {
	body := map[string]any{"file": file}
	for _, name := range more {
		body[name] = true
	}
	return body
}

func TestRoutingIsSeenAsAFileAndChangedByOne(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	exported := s.api(http.MethodGet, "/routing-file", nil, as(admin)).ok(http.StatusOK)
	require.Equal(t, "application/yaml", exported.Header.Get("Content-Type"))
	require.Equal(t, `attachment; filename="routing.yaml"`, exported.Header.Get("Content-Disposition"))
	require.NotContains(t, string(exported.Body), "version:")
	var d spec.RoutingDifference
	s.api(http.MethodPost, "/routing-file", routing(string(exported.Body), "prune"), as(admin)).ok(http.StatusOK).json(&d)
	require.True(t, d.Applied)
	for _, e := range d.Entries {
		require.Equal(t, spec.RoutingChangeActionSame, e.Action, "%s %s", e.Kind, e.Id)
	}

	file := strings.Replace(string(exported.Body), "wrapup_s: 120", "wrapup_s: 33", 1)
	s.api(http.MethodPost, "/routing-file", routing(file, "dry_run"), as(admin)).ok(http.StatusOK).json(&d)
	require.False(t, d.Applied)
	require.Zero(t, s.count(`select count(*) from queues where wrapup_s = 33`))
	var changed []spec.RoutingChange
	for _, e := range d.Entries {
		if e.Action != spec.RoutingChangeActionSame {
			changed = append(changed, e)
		}
	}
	require.Equal(t, []spec.RoutingChange{{Kind: "queue", Id: "billing", Name: "Billing", Action: "changed", Fields: []spec.RoutingField{
		{Path: "wrapup_s", From: json.RawMessage("120"), To: json.RawMessage("33")},
	}}}, changed)

	body := routing(file)
	body["expect"], body["reason"] = d.Hash, "shorter"
	s.api(http.MethodPost, "/routing-file", body, as(admin)).ok(http.StatusOK)
	require.Equal(t, 1, s.count(`select count(*) from queues where wrapup_s = 33`))
	require.Equal(t, 1, s.count(`select count(*) from audit where person = $1 and reason = 'shorter' and detail -> 'entries' -> 0 ->> 'id' = 'billing'`, admin.ID))
	p := s.api(http.MethodPost, "/routing-file", body, as(admin)).refused(http.StatusConflict, "stale_version")
	require.Equal(t, "Something else would change by now than what was shown. Look at the difference again.", p.Detail)
}

// Somebody has the pages open, somebody else applies a file they made before: who comes second is told, whichever it is.
func TestFilesAndPagesDoNotOverwriteEachOther(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	read := func(versions string) string {
		return string(s.api(http.MethodGet, "/routing-file"+versions, nil, as(admin)).ok(http.StatusOK).Body)
	}
	file := strings.Replace(read("?versions=true"), "en: Support", "en: From the file", 1)
	queue := entries()["queue"].body
	inPages := with(with(queue, "name", local("From the pages")), "version", 1)
	s.api(http.MethodPut, "/queues/support", inPages, as(admin)).ok(http.StatusOK)
	p := s.api(http.MethodPost, "/routing-file", routing(file), as(admin)).refused(http.StatusConflict, "stale_version")
	require.Equal(t, "Somebody has changed the queue support meanwhile: the file was made from version 1, and it is at version 2.", p.Detail)
	s.api(http.MethodPost, "/routing-file", routing(strings.Replace(read("?versions=true"), "From the pages", "From the file", 1)), as(admin)).ok(http.StatusOK)
	s.api(http.MethodPut, "/queues/support", with(inPages, "version", 2), as(admin)).refused(http.StatusConflict, "stale_version")
	require.Equal(t, 1, s.count(`select count(*) from queues where id = 'support' and name ->> 'en' = 'From the file' and version = 3`))
}

func TestWhatIsWrongWithARoutingFileIsTold(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	for name, c := range map[string]struct {
		file   string
		status int
		detail string
		first  string
	}{
		"not YAML":         {"queues: [", 400, "Nothing was changed: something is wrong with the file.", "this is not YAML"},
		"nothing":          {"", 400, "Nothing was changed: something is wrong with the file.", "the file is empty"},
		"two problems":     {"queues: [{id: a, name: {en: A}, time_zone: X, wrapup_s: 1}]", 400, "Nothing was changed: 2 things are wrong with the file.", "there is no time zone"},
		"a password":       {"people: [{email: a@b.example, name: A, role: admin, password: let me in}]", 400, "Nothing was changed: something is wrong with the file.", "is not kept in files"},
		"my own rights":    {"people: [{email: " + admin.ID.String() + "@test, name: A, role: agent}]", 400, "Nothing was changed: 2 things are wrong with the file.", ""},
		"much":             {strings.Repeat("# much\n", 700_000), 400, "Nothing was changed: something is wrong with the file.", "the file is larger than 4 MB"},
		"more than enough": {strings.Repeat("# much\n", 1_500_000), 413, "A request here may have at most 8256 kB.", ""},
	} {
		r := s.api(http.MethodPost, "/routing-file", routing(c.file), as(admin))
		p := r.refused(c.status, map[int]string{400: "invalid", 413: "too_large"}[c.status])
		require.Equal(t, c.detail, p.Detail, name)
		var told struct {
			Problems []spec.RoutingProblem `json:"problems"`
		}
		r.json(&told)
		if c.first != "" {
			require.Contains(t, told.Problems[0].Words, c.first, name)
		}
	}
	require.Zero(t, s.count(`select count(*) from audit`))
}
