package api_test

import (
	"encoding/csv"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/api/spec"
	"seax/internal/auth"
	"seax/internal/conversation"
	"seax/internal/reports"
)

// counted brings the numbers up to date.
func (s *server) counted() {
	s.t.Helper()
	require.NoError(s.t, reports.NewProjector(s.Pool, slog.New(slog.DiscardHandler), func() {}).CatchUp(s.t.Context()))
}

// report asks for the report of today with some more parameters.
func (s *server) report(as option, more ...string) reply {
	s.t.Helper()
	today := time.Now().UTC().Format(time.DateOnly)
	query := url.Values{"from": {today}, "to": {today}, "by": {"day"}}
	for i := 0; i < len(more); i += 2 {
		query.Set(more[i], more[i+1])
	}
	return s.api(http.MethodGet, "/reports?"+query.Encode(), nil, as)
}

func TestReportOverTheAPI(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	chief := s.person(auth.Supervisor)
	ana := s.person(auth.Agent, "support")
	s.Exec(`update people set name = '=HYPERLINK("http://evil")' where id = $1`, ana.ID)
	s.owned(ana)
	id := s.Waiting("support")
	offer, _ := s.Offer(id)
	require.NoError(t, s.Desk.Reject(t.Context(), offer, ana.Person, "+lunch"))
	s.counted()

	var r spec.Report
	s.report(as(chief)).ok(http.StatusOK).json(&r)
	require.Len(t, r.Rows, 1)
	require.Equal(t, [3]int{2, 1, 2}, [3]int{r.Total.Entered, r.Total.Answered, r.Total.Offered})
	require.Equal(t, map[string]int{"+lunch": 1}, *r.Total.RejectedBy)
	s.report(as(chief), "by", "agent", "agent", ana.ID.String(), "queue", "support", "channel", "chat").ok(http.StatusOK).json(&r)
	require.Equal(t, ana.ID.String(), r.Rows[0].Key)

	file := s.report(as(chief), "by", "agent", "format", "csv").ok(http.StatusOK)
	require.Equal(t, "text/csv; charset=utf-8", file.Header.Get("Content-Type"))
	require.Regexp(t, `^attachment; filename="seax-agent-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv"$`, file.Header.Get("Content-Disposition"))
	lines, err := csv.NewReader(strings.NewReader(string(file.Body))).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 2)
	require.Equal(t, `'=HYPERLINK("http://evil")`, lines[1][1])

	var today spec.Today
	s.api(http.MethodGet, "/live/today", nil, as(chief)).ok(http.StatusOK).json(&today)
	require.Len(t, today.Queues, 2)
	require.Equal(t, "support", today.Queues[1].Id)
	require.Equal(t, 2, today.Queues[1].Numbers.Entered)
	require.NotEmpty(t, today.Agents)
}

func TestReportsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	chief := s.person(auth.Supervisor)
	for name, more := range map[string][]string{
		"to":        {"from", "2026-11-02", "to", "2026-11-01"},
		"to ":       {"from", "2024-01-01", "to", "2026-01-01"},
		"to  ":      {"from", "0001-01-01", "to", "9999-12-31"},
		"to   ":     {"by", "hour", "from", "2026-01-01", "to", "2026-02-01"},
		"from":      {"from", "2026-02-30"},
		"from ":     {"from", "yesterday"},
		"by":        {"by", "moon"},
		"time_zone": {"time_zone", "Mars/Olympus"},
		"queue":     {"queue", "nothing"},
		"queue ":    {"queue", "'; drop table queues; --"},
		"agent":     {"agent", uuid.NewString()},
		"agent ":    {"agent", "Ana"},
		"channel":   {"channel", "nothing"},
		"format":    {"format", "exe"},
	} {
		p := s.report(as(chief), more...).refused(http.StatusBadRequest, "invalid")
		require.NotEmpty(t, p.Fields[strings.TrimSpace(name)], "%s: %v", name, p)
	}
	s.api(http.MethodGet, "/reports", nil, as(chief)).refused(http.StatusBadRequest, "invalid")
	s.report(as(chief), "from", "9999-12-30", "to", "9999-12-31").ok(http.StatusOK)
	s.report(as(chief), "from", "0001-01-01", "to", "0001-01-02", "time_zone", "Asia/Seoul").ok(http.StatusOK)
}

// wall makes a wallboard and returns it with its token.
func (s *server) wall(by who, in map[string]any) (spec.Wallboard, string) {
	s.t.Helper()
	var made struct {
		Wallboard spec.Wallboard `json:"wallboard"`
		Token     string         `json:"token"`
	}
	s.api(http.MethodPost, "/wallboards", in, as(by)).ok(http.StatusCreated).json(&made)
	return made.Wallboard, made.Token
}

func (s *server) look(token string, more ...option) reply {
	s.t.Helper()
	return s.api(http.MethodGet, "/wallboard", nil, append(more, header("X-Wallboard-Token", token))...)
}

func TestWallboardFromMakingToRevoking(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	chief, other := s.person(auth.Supervisor), s.person(auth.Supervisor)
	ana := s.person(auth.Agent, "support")
	s.Exec(`update people set name = 'Ana Secret' where id = $1`, ana.ID)
	s.owned(ana)
	s.counted()
	board, token := s.wall(chief, map[string]any{"name": " Entrance ", "queues": []string{"support"}, "language": "ko"})
	require.Equal(t, "Entrance", board.Name)
	require.Equal(t, spec.WallboardThemeAuto, board.Theme)
	require.Equal(t, 0, s.count(`select count(*) from wallboards w where w::text like '%' || $1 || '%'`, token), "the token itself is kept nowhere")
	require.True(t, strings.HasPrefix(token, board.Prefix))

	seen := s.look(token).ok(http.StatusOK)
	require.NotContains(t, string(seen.Body), "Ana")
	require.NotContains(t, string(seen.Body), "Customer")
	require.NotContains(t, string(seen.Body), "billing")
	var view spec.WallboardView
	seen.json(&view)
	require.Equal(t, spec.WallboardLanguageKo, view.Language)
	require.Len(t, view.Queues, 1)
	require.Equal(t, [3]int{1, 1, 1}, [3]int{view.Queues[0].Active, view.Queues[0].Entered, view.Queues[0].Answered})
	require.Nil(t, view.Agents)
	_, names := s.wall(chief, map[string]any{"name": "Names", "queues": []string{"support"}, "language": "en", "show_agents": true})
	named := s.look(names).ok(http.StatusOK)
	require.Contains(t, string(named.Body), "Ana Secret")
	require.NotContains(t, string(named.Body), "@", "no addresses of theirs")

	// Its token opens nothing else.
	for route := range map[string]bool{"/live": true, "/session": true, "/wallboards": true} {
		s.api(http.MethodGet, route, nil, bearer(token), header("X-Wallboard-Token", token)).refused(http.StatusUnauthorized, "unauthorized")
	}
	var all struct{ Items []spec.Wallboard }
	list := s.api(http.MethodGet, "/wallboards", nil, as(other)).ok(http.StatusOK)
	list.json(&all)
	require.Len(t, all.Items, 2)
	require.NotContains(t, string(list.Body), token)
	s.api(http.MethodDelete, "/wallboards/"+board.Id.String(), nil, as(other)).ok(http.StatusNoContent)
	s.api(http.MethodDelete, "/wallboards/"+board.Id.String(), nil, as(other)).ok(http.StatusNoContent)
	s.api(http.MethodDelete, "/wallboards/"+uuid.NewString(), nil, as(other)).refused(http.StatusNotFound, "not_found")
	s.look(token).refused(http.StatusNotFound, "not_found")
	require.Equal(t, 2, s.count(`select count(*) from audit where subject = $1 and action in ('wallboard.create', 'wallboard.revoke')`, board.Id.String()))
}

func TestWallboardExpires(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	_, token := s.wall(s.person(auth.Supervisor), map[string]any{"name": "Fair", "queues": []string{"support"}, "language": "en", "expires_at": s.clock.Now().Add(time.Hour)})
	s.look(token).ok(http.StatusOK)
	s.clock.Pass(time.Hour)
	s.look(token).refused(http.StatusNotFound, "not_found")
}

func TestWallboardsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	chief := s.person(auth.Supervisor)
	good := func() map[string]any {
		return map[string]any{"name": "Wall", "queues": []string{"support"}, "language": "en"}
	}
	for field, value := range map[string]any{
		"name": "  ", "queues": []string{"support", "nothing"}, "language": "fr", "theme": "pink", "expires_at": time.Now().Add(-time.Hour),
	} {
		in := good()
		in[field] = value
		p := s.api(http.MethodPost, "/wallboards", in, as(chief)).refused(http.StatusBadRequest, "invalid")
		require.NotEmpty(t, p.Fields[field], "%s: %v", field, p)
	}
	for _, queues := range []any{[]string{}, []string{"support", "support"}, nil} {
		in := good()
		in["queues"] = queues
		s.api(http.MethodPost, "/wallboards", in, as(chief)).refused(http.StatusBadRequest, "invalid")
	}
	s.api(http.MethodGet, "/wallboard", nil).refused(http.StatusBadRequest, "invalid")
}

func TestGuessingWallboardTokensIsHeldBack(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	_, token := s.wall(s.person(auth.Supervisor), map[string]any{"name": "Wall", "queues": []string{"support"}, "language": "en"})
	for range 60 {
		r := s.look(token[:13]+uuid.NewString(), func(r *http.Request) { r.RemoteAddr = "203.0.113.7:1" })
		if r.Status == http.StatusTooManyRequests {
			r.refused(http.StatusTooManyRequests, "throttled")
			s.look(token, func(r *http.Request) { r.RemoteAddr = "203.0.113.7:1" }).refused(http.StatusTooManyRequests, "throttled")
			s.look(token, func(r *http.Request) { r.RemoteAddr = "203.0.113.8:1" }).ok(http.StatusOK)
			return
		}
		r.refused(http.StatusNotFound, "not_found")
	}
	require.Fail(t, "nobody held back who guessed sixty times")
}

func TestQueueKeepsWhatItPromises(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	var q spec.Queue
	var list struct{ Items []spec.Queue }
	s.api(http.MethodGet, "/queues", nil, as(admin)).ok(http.StatusOK).json(&list)
	q = list.Items[1]
	require.Equal(t, 20, *q.AnswerWithinS)
	seconds := 45
	q.AnswerWithinS = &seconds
	s.api(http.MethodPut, "/queues/support", q, as(admin)).ok(http.StatusOK).json(&q)
	require.Equal(t, 45, *q.AnswerWithinS)
	id := s.Waiting("support")
	var body conversation.Requested
	s.Last(id, conversation.RoutingRequested, &body)
	require.Equal(t, 45, body.AnswerWithin, "the log says what the customer was promised")
	zero := 0
	q.AnswerWithinS = &zero
	s.api(http.MethodPut, "/queues/support", q, as(admin)).refused(http.StatusBadRequest, "invalid")
}
