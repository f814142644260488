package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/api/spec"
	"seax/internal/auth"
	"seax/internal/conversation"
)

// raw is put into a request as it is.
type raw string

// MarshalJSON implements json.Marshaler; what is no JSON is put in later.
func (r raw) MarshalJSON() ([]byte, error) { return json.Marshal("raw:" + string(r)) }

// nasties are values that nobody should send, for a field of any type.
var nasties = map[string]any{
	"SQL":               "'; drop table people; --",
	"HTML":              `"><script>alert(1)</script><img src=x onerror=alert(1)>`,
	"a null character":  "a\x00b",
	"a path":            "../../../../etc/passwd",
	"a long text":       strings.Repeat("x", 100_000),
	"an empty text":     "",
	"blanks":            " \t\n",
	"turned writing":    "photo\u202egnp.exe",
	"a format":          "%s%n%d{{.}}${7*7}",
	"a wild card":       `%_\`,
	"invalid UTF-8":     raw("\"a\xff\xfeb\""),
	"half a character":  raw(`"\ud800"`),
	"a huge number":     raw("1e400"),
	"a large number":    raw("9223372036854775807"),
	"below the least":   raw("-2147483649"),
	"half":              0.5,
	"nothing":           nil,
	"true":              true,
	"a list":            []any{},
	"a list of nothing": []any{nil},
	"an object":         map[string]any{"a": map[string]any{}},
	"__proto__":         map[string]any{"__proto__": "x", "'": "<b>", "\x00": "\x00"},
}

// TestNoValueOfAnyFieldBreaksTheServer puts everything nasty into every field of every request of the document, one at a time,
// and into the parts of the path: the answer is a problem in words, or the value was stored harmlessly.
func TestNoValueOfAnyFieldBreaksTheServer(t *testing.T) {
	t.Parallel()
	doc, err := spec.GetSwagger()
	require.NoError(t, err)
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			if path == "/session" && method == http.MethodPost {
				continue // sign-in is throttled after five of them; it has a test of its own
			}
			t.Run(method+" "+path, func(t *testing.T) {
				t.Parallel()
				s := newServer(t)
				admin := s.person(auth.Admin, "support")
				id := s.owned(admin)
				for name, body := range variants(operation) {
					r := s.api(method, strings.NewReplacer("{id}", id.String(), "{slug}", "support", "{event_id}", uuid.NewString()).Replace(path), body, as(admin))
					harmless(t, name, r)
				}
				for _, part := range []string{"%00", "%ff", "%27%3B--", "%3Cscript%3E", "..%2F..", strings.Repeat("a", 9000)} {
					target := strings.NewReplacer("{id}", part, "{slug}", part, "{event_id}", part).Replace(path)
					if target != path {
						harmless(t, "path "+part[:3], s.api(method, target, "{}", as(admin)))
					}
				}
				require.NotZero(t, s.count(`select count(*) from people`))
				require.NotContains(t, s.log.String(), "panic")
			})
		}
	}
}

func harmless(t *testing.T, name string, r reply) {
	t.Helper()
	require.Less(t, r.Status, 500, "%s: %s", name, r.Body)
	if r.Status >= 400 {
		var p problem
		require.Equal(t, "application/problem+json", r.Header.Get("Content-Type"), "%s: %d %s", name, r.Status, r.Body)
		r.json(&p)
		r.refused(r.Status, p.Code)
	}
	if media := r.Header.Get("Content-Type"); len(r.Body) > 0 && !strings.HasPrefix(media, "text/") && media != "application/yaml" {
		require.True(t, json.Valid(r.Body), "%s: %s", name, r.Body)
	}
}

// variants are requests in which all but one value is right, by what is wrong with it.
func variants(operation *openapi3.Operation) map[string][]byte {
	all := map[string][]byte{"all is right": nil}
	if operation.RequestBody == nil || operation.RequestBody.Value.Content.Get("application/json") == nil {
		return all
	}
	schema := operation.RequestBody.Value.Content.Get("application/json").Schema.Value
	all["all is right"] = encode(example(schema))
	for _, place := range places(schema, nil) {
		for name, value := range nasties {
			body := example(schema)
			if put(body, place, value) {
				all[fmt.Sprintf("%v is %s", place, name)] = encode(body)
			}
		}
	}
	return all
}

// encode writes JSON, with raw values as they are.
func encode(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	for _, n := range nasties {
		if r, ok := n.(raw); ok {
			marked, err := json.Marshal(r)
			if err != nil {
				panic(err)
			}
			text = []byte(strings.ReplaceAll(string(text), string(marked), string(r)))
		}
	}
	return text
}

// fitting are values of fields that must name something; nil: it is left out.
var fitting = map[string]any{
	"kind": "webchat", "flow": "assistant", "queue": "support", "presence": "break", "email": "kim@test.example", "phone": "010-2345-6789", "time_zone": "UTC",
	"skills": map[string]int{"en": 50}, "queues": map[string]int{"support": 1}, "channel_limits": map[string]int{}, "version": 1,
	"settings": nil, "agent_id": nil, "attachments": nil, "current_password": nil, "password": "a long password", "new_password": nil,
}

// example is a value that fits a schema.
func example(s *openapi3.Schema) any {
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.AllOf) > 0:
		all := map[string]any{}
		for _, part := range s.AllOf {
			if fields, ok := example(part.Value).(map[string]any); ok {
				maps.Copy(all, fields)
			}
		}
		return all
	case s.Type.Is("object"):
		fields := map[string]any{}
		for name, property := range s.Properties {
			if value, known := fitting[name]; known && value == nil {
				continue
			} else if known {
				fields[name] = value
			} else {
				fields[name] = example(property.Value)
			}
		}
		return fields
	case s.Type.Is("array"):
		return []any{example(s.Items.Value)}
	case s.Type.Is("integer"), s.Type.Is("number"):
		if s.Min != nil {
			return *s.Min
		}
		return 1
	case s.Type.Is("boolean"):
		return false
	case s.Format == "uuid":
		return conversation.NewID()
	case s.Format == "date-time":
		return time.Now().Add(time.Hour)
	case s.Format == "date":
		return "2031-02-03"
	case s.Type.Is("string"):
		return "a" + strings.ReplaceAll(uuid.NewString(), "-", "")[:max(9, int(s.MinLength))]
	default:
		return map[string]any{}
	}
}

// places lists the ways to every value of a schema.
func places(s *openapi3.Schema, way []string) [][]string {
	all := [][]string{}
	if len(way) > 0 {
		all = append(all, way)
	}
	for _, part := range s.AllOf {
		all = append(all, places(part.Value, way)...)
	}
	for name, property := range s.Properties {
		all = append(all, places(property.Value, append(slices.Clone(way), name))...)
	}
	if s.Items != nil {
		all = append(all, places(s.Items.Value, append(slices.Clone(way), "0"))...)
	}
	return all
}

func put(body any, place []string, value any) bool {
	last := len(place) == 1
	switch b := body.(type) {
	case map[string]any:
		if last {
			b[place[0]] = value
			return true
		}
		return put(b[place[0]], place[1:], value)
	case []any:
		if last {
			b[0] = value
			return true
		}
		return put(b[0], place[1:], value)
	default:
		return false
	}
}

func TestNoParameterOfAnyQueryBreaksTheServer(t *testing.T) {
	t.Parallel()
	doc, err := spec.GetSwagger()
	require.NoError(t, err)
	s := newServer(t)
	admin := s.person(auth.Admin, "support")
	for path, item := range doc.Paths.Map() {
		if item.Get == nil {
			continue
		}
		target := strings.NewReplacer("{id}", s.Conversation().String(), "{slug}", "support").Replace(path)
		for _, p := range item.Get.Parameters {
			if p.Value.In != "query" {
				continue
			}
			for _, value := range []string{"", "%00", "%ff", "%27%3B--", "%3Cscript%3E", "-1", "1e9", "99999999999999999999", "null", "%5B%5D", strings.Repeat("a", 10_000)} {
				harmless(t, target, s.api(http.MethodGet, target+"?view=all&"+p.Value.Name+"="+value, nil, as(admin)))
			}
		}
	}
}

func TestNothingThatIsTypedIntoTheSignInBreaksIt(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for name, value := range nasties {
		for _, field := range []string{"email", "password"} {
			body := map[string]any{"email": uuid.NewString() + "@test.example", "password": "wrong password"}
			body[field] = value
			r := s.api(http.MethodPost, "/session", encode(body))
			harmless(t, name, r)
			require.GreaterOrEqual(t, r.Status, 400, name)
		}
	}
}

// The widget is open to everybody: what it sends may be anything.
func TestNoValueFromAWidgetBreaksTheServer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	v := s.visitor()
	for name, value := range nasties {
		for _, field := range []string{"token", "locale", "identity", "page"} {
			s.clock.Pass(time.Minute)
			harmless(t, field+" is "+name, s.send(http.MethodPost, "/webchat/chat/session", encode(map[string]any{field: value})))
		}
		for _, field := range []string{"type", "cid", "text", "attachments", "choice", "n"} {
			event := map[string]any{"type": "message", "cid": uuid.NewString(), "text": "hello"}
			event[field] = value
			s.clock.Pass(time.Minute)
			harmless(t, field+" is "+name, s.write(v, encode(map[string]any{"events": []any{event}})))
		}
		s.clock.Pass(time.Minute)
		harmless(t, "events are "+name, s.write(v, encode(map[string]any{"events": value})))
	}
	for _, query := range []string{"after=%00", "after=-1", "after=x", "before=0", "before=99999999999999999999", "after=9223372036854775807"} {
		harmless(t, query, s.send(http.MethodGet, "/webchat/chat/feed?"+query, nil, bearer(v.token)))
	}
	r := s.send(http.MethodGet, "/webchat/chat/feed?after=0", nil, bearer(v.token)).ok(http.StatusOK)
	require.Contains(t, string(r.Body), "drop table people", "what could be kept is kept as it is")
}
