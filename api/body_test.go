package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/auth"
)

func TestBadBodies(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	agent, admin := s.person(auth.Agent, "support"), s.person(auth.Admin)
	owned := s.owned(agent)
	messages := "/conversations/" + owned.String() + "/messages"
	message := func(text string) string { return `{"id":"` + uuid.NewString() + `","text":"` + text + `"}` }
	queue := func(change string) string {
		return `{"id":"q","name":{"en":"Q"},"offer_timeout_s":20,"wrapup_s":60,"boost_s":0,"strict":false,"time_zone":"UTC","hours":{},"holidays":[],"outcomes":[]` + change + `}`
	}
	for name, c := range map[string]struct {
		method, route, body string
		by                  who
		media               string
		status              int
		code                string
	}{
		"10 MB of text":               {"POST", messages, message(strings.Repeat("a", 10<<20)), agent, "", 413, "too_large"},
		"more than the API takes":     {"POST", messages, message(strings.Repeat("a", 40001)), agent, "", 400, "invalid"},
		"a queue of 300 kB":           {"POST", "/queues", queue(`,"x":"` + strings.Repeat("a", 300<<10) + `"`), admin, "", 413, "too_large"},
		"cut off":                     {"POST", messages, `{"id":"` + uuid.NewString(), agent, "", 400, "invalid"},
		"not JSON":                    {"POST", messages, `hello`, agent, "", 400, "invalid"},
		"two values":                  {"POST", messages, message("a") + message("b"), agent, "", 400, "invalid"},
		"null":                        {"POST", messages, `null`, agent, "", 400, "invalid"},
		"a list":                      {"POST", messages, `[]`, agent, "", 400, "invalid"},
		"nothing":                     {"POST", messages, ``, agent, "", 400, "invalid"},
		"no fields":                   {"POST", messages, `{}`, agent, "", 400, "invalid"},
		"an id that is none":          {"POST", messages, `{"id":"1","text":"a"}`, agent, "", 400, "invalid"},
		"a text that is a number":     {"POST", messages, `{"id":"` + uuid.NewString() + `","text":1}`, agent, "", 400, "invalid"},
		"neither text nor file":       {"POST", messages, `{"id":"` + uuid.NewString() + `"}`, agent, "", 400, "invalid"},
		"only blanks":                 {"POST", messages, message(` \n\t `), agent, "", 400, "invalid"},
		"a file nobody uploaded":      {"POST", messages, `{"id":"` + uuid.NewString() + `","attachments":["` + uuid.NewString() + `"]}`, agent, "", 400, "invalid"},
		"too many files":              {"POST", messages, `{"id":"` + uuid.NewString() + `","attachments":[` + strings.Repeat(`"`+uuid.NewString()+`",`, 10) + `"` + uuid.NewString() + `"]}`, agent, "", 400, "invalid"},
		"invalid UTF-8":               {"POST", messages, message("a\xff\xfeb"), agent, "", 400, "invalid"},
		"a null character":            {"POST", messages, message(`a\u0000b`), agent, "", 400, "invalid"},
		"a raw null character":        {"POST", messages, message("a\x00b"), agent, "", 400, "invalid"},
		"plain text":                  {"POST", messages, message("a"), agent, "text/plain", 415, "invalid"},
		"a form":                      {"POST", messages, "text=a", agent, "application/x-www-form-urlencoded", 415, "invalid"},
		"JSON that says it is a form": {"POST", messages, message("a"), agent, "multipart/form-data; boundary=x", 415, "invalid"},
		"XML":                         {"POST", "/queues", "<queue/>", admin, "application/xml", 415, "invalid"},
		"a file that is JSON":         {"POST", "/files", `{}`, agent, "", 415, "invalid"},
		"a form without a boundary":   {"POST", "/files", `x`, agent, "multipart/form-data", 415, "invalid"},
		"a form that is cut off":      {"POST", "/files", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc", agent, "multipart/form-data; boundary=x", 400, "invalid"},
		"an empty form":               {"POST", "/files", "--x--\r\n", agent, "multipart/form-data; boundary=x", 400, "invalid"},
		"30 February":                 {"POST", "/conversations/" + owned.String() + "/park", `{"until":"2031-02-30T00:00:00Z"}`, agent, "", 400, "invalid"},
		"no date at all":              {"POST", "/conversations/" + owned.String() + "/park", `{"until":"tomorrow"}`, agent, "", 400, "invalid"},
		"a date without a zone":       {"POST", "/conversations/" + owned.String() + "/park", `{"until":"2031-02-20T00:00:00"}`, agent, "", 400, "invalid"},
		"a holiday that is none":      {"POST", "/queues", strings.Replace(queue(""), `"holidays":[]`, `"holidays":["2031-02-30"]`, 1), admin, "", 400, "invalid"},
		"a number with a point":       {"POST", "/conversations/" + owned.String() + "/read", `{"seq":1.0}`, agent, "", 400, "invalid"},
		"a number out of range":       {"POST", "/conversations/" + owned.String() + "/read", `{"seq":1e300}`, agent, "", 400, "invalid"},
		"a negative number":           {"POST", "/conversations/" + owned.String() + "/read", `{"seq":-1}`, agent, "", 400, "invalid"},
		"a version out of range":      {"PUT", "/queues/support", queue(`,"version":99999999999999999999`), admin, "", 400, "invalid"},
		"a version out of the table":  {"PUT", "/queues/support", queue(`,"version":9999999999`), admin, "", 409, "stale_version"},
		"a timeout of nothing":        {"POST", "/queues", strings.Replace(queue(""), `"offer_timeout_s":20`, `"offer_timeout_s":0`, 1), admin, "", 400, "invalid"},
		"a wrong time of day":         {"POST", "/queues", strings.Replace(queue(""), `"hours":{}`, `"hours":{"mon":[["25:00","26:00"]]}`, 1), admin, "", 400, "invalid"},
		"a wrong weekday":             {"POST", "/queues", strings.Replace(queue(""), `"hours":{}`, `"hours":{"moonday":[["09:00","10:00"]]}`, 1), admin, "", 400, "invalid"},
		"a time zone that is none":    {"POST", "/queues", strings.Replace(queue(""), `"UTC"`, `"Moon/Crater"`, 1), admin, "", 400, "invalid"},
		"a slug with blanks":          {"POST", "/skills", `{"id":"a b","label":{"en":"A"}}`, admin, "", 400, "invalid"},
		"a slug that climbs":          {"POST", "/skills", `{"id":"../a","label":{"en":"A"}}`, admin, "", 400, "invalid"},
		"an empty name":               {"POST", "/people", `{"email":"a@b.example","name":"","role":"agent"}`, admin, "", 400, "invalid"},
		"a role there is not":         {"POST", "/people", `{"email":"a@b.example","name":"A","role":"root"}`, admin, "", 400, "invalid"},
		"an email that is none":       {"POST", "/people", `{"email":"a","name":"A","role":"agent","password":"12345678"}`, admin, "", 400, "invalid"},
		"a person without password":   {"POST", "/people", `{"email":"a@b.example","name":"A","role":"agent"}`, admin, "", 400, "invalid"},
		"a capacity below nothing":    {"POST", "/people", `{"email":"a@b.example","name":"A","role":"agent","password":"12345678","capacity":-1}`, admin, "", 400, "invalid"},
		"nowhere to hand over to":     {"POST", "/conversations/" + owned.String() + "/transfer", `{}`, agent, "", 400, "invalid"},
		"two places to hand over to":  {"POST", "/conversations/" + owned.String() + "/transfer", `{"queue":"billing","agent_id":"` + uuid.NewString() + `"}`, agent, "", 400, "invalid"},
		"a queue there is not":        {"POST", "/conversations/" + owned.String() + "/transfer", `{"queue":"nothing"}`, agent, "", 409, "conflict"},
		"an agent there is not":       {"POST", "/conversations/" + owned.String() + "/transfer", `{"agent_id":"` + uuid.NewString() + `"}`, agent, "", 409, "conflict"},
		"a time that is over":         {"POST", "/conversations/" + owned.String() + "/park", `{"until":"2001-01-01T00:00:00Z"}`, agent, "", 409, "conflict"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var options []option
			if c.media != "" {
				options = append(options, header("Content-Type", c.media))
			}
			var body any = c.body
			if c.body == "" {
				body = nil
			}
			s := *s
			s.t = t
			s.api(c.method, c.route, body, append(options, as(c.by))...).refused(c.status, c.code)
		})
	}
}

func TestBadParameters(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	supervisor := s.person(auth.Supervisor)
	events := "/conversations/" + s.Conversation().String() + "/events"
	for _, target := range []string{
		"/conversations", "/conversations?view=", "/conversations?view=everything", "/conversations?view=all&limit=-1", "/conversations?view=all&limit=0",
		"/conversations?view=all&limit=201", "/conversations?view=all&limit=ten", "/conversations?view=all&limit=99999999999999999999", "/conversations?view=all&limit=1.5",
		"/conversations?view=all&agent=me", "/conversations?view=all&contact=%00", "/conversations?view=all&q=%00", "/conversations?view=all&q=%ff", "/conversations?view=all&queue=%00",
		"/conversations?view=all&q=" + strings.Repeat("a", 201), "/contacts?limit=-5", "/contacts?q=a%00b", events + "?after=-1", events + "?before=0", events + "?after=x",
		events + "?after=99999999999999999999", events + "?limit=-1", "/conversations?view=all&q=%zz",
		"/conversations?view=all&cursor=hello", "/conversations?view=all&cursor=bm90IGpzb24", "/conversations?view=all&cursor=%00",
		"/conversations?view=waiting&cursor=eyJ0IjoxfQ", "/contacts?cursor=!!", "/contacts?cursor=eyJpIjoieCJ9", "/contacts?cursor=" + strings.Repeat("a", 301),
	} {
		p := s.api(http.MethodGet, target, nil, as(supervisor)).refused(http.StatusBadRequest, "invalid")
		require.NotEmpty(t, p.Detail, target)
	}
	for _, target := range []string{
		"/conversations?view=all&unknown=1", "/conversations?view=all&q=%25%5F%5C%27", "/conversations?view=all&queue=nothing", "/contacts?q=%27%3B--",
		events + "?after=9223372036854775807", events + "?before=9223372036854775807", "/conversations?view=all&limit=200",
	} {
		s.api(http.MethodGet, target, nil, as(supervisor)).ok(http.StatusOK)
	}
}

func TestUnknownFieldsAreIgnored(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	r := s.api(http.MethodPost, "/skills", `{"id":"pt","label":{"en":"Portuguese"},"version":77,"is_admin":true,"__proto__":{"x":1}}`, as(admin)).ok(http.StatusCreated)
	require.NotContains(t, string(r.Body), "is_admin")
	require.InEpsilon(t, 1.0, r.field("version"), 0)
	// Nor does somebody become more than they are by saying so.
	agent := s.person(auth.Agent)
	s.api(http.MethodPatch, "/session", `{"locale":"ko","role":"admin","id":"`+uuid.NewString()+`"}`, as(agent)).ok(http.StatusOK)
	require.Equal(t, "agent", s.api(http.MethodGet, "/session", nil, as(agent)).field("role"))
}
