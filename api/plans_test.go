package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"seax/internal/auth"
)

type finding struct {
	At, Words, Code string
	Args            []string
	Line, Column    int
}

type planCheck struct{ Problems, Doubts []finding }

func planWith(rules ...any) map[string]any {
	rules = append([]any{}, rules...)
	return map[string]any{"plan": map[string]any{
		"id": "express", "name": local("Express"), "rules": rules, "default": map[string]any{"steps": []any{map[string]any{"anyone": true}}},
	}}
}

func rule(name, when string, steps ...any) map[string]any {
	return map[string]any{"name": name, "when": when, "steps": steps}
}

func TestAPlanIsCheckedWhileItIsWritten(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	supervisor := s.person(auth.Supervisor)
	s.person(auth.Agent, "support")
	check := func(body any) (found planCheck) {
		s.api(http.MethodPost, "/plan-checks", body, as(supervisor)).ok(http.StatusOK).json(&found)
		return found
	}

	require.Equal(t, planCheck{Problems: []finding{}, Doubts: []finding{}}, check(planWith()))

	// What is wrong is said with its place, in the plan and in the condition's text.
	found := check(planWith(rule("a", "request.priority > 1 &&\n  request.nothing == 2", map[string]any{"queue": "nowhere"}), rule("a", "true", map[string]any{}, map[string]any{})))
	require.Equal(t, []string{"rules[0].steps[0].queue", "rules[1].name", "rules[1].steps[0].timeout_s", "rules[0].when"}, placesOf(found.Problems))
	require.Equal(t, finding{At: "rules[0].steps[0].queue", Words: `there is no queue "nowhere"`, Code: "unknown_queue", Args: []string{"nowhere"}}, found.Problems[0])
	require.Equal(t, "endless", found.Problems[2].Code)
	condition := found.Problems[3]
	require.Equal(t, "condition_unknown_field", condition.Code)
	require.Equal(t, []int{2, 10}, []int{condition.Line, condition.Column})
	require.Equal(t, []string{"nothing", "", "request"}, condition.Args)
	require.Contains(t, condition.Words, "undefined field 'nothing' of request", "in English, too")
	require.Empty(t, found.Doubts, "nothing is doubted that is wrong anyway")

	// What can do nothing as things are is doubted; it may be saved.
	found = check(planWith(
		rule("never", "false", map[string]any{"anyone": true}), rule("all", "true", map[string]any{"queue": "billing"}), rule("late", "request.priority > 1", map[string]any{"anyone": true})))
	require.Empty(t, found.Problems)
	require.Equal(t, []string{"never_holds", "never_reached", "never_reached", "nobody_for_step"}, codesOf(found.Doubts))
	require.Equal(t, []string{"all"}, found.Doubts[1].Args)

	require.Zero(t, s.count(`select count(*) from plans`), "nothing is saved")
	s.api(http.MethodPost, "/plan-checks", planWith(), as(s.person(auth.Agent))).refused(http.StatusForbidden, "forbidden")
}

func TestACircleOfOverflowsIsSeenBeforeItIsSaved(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	plan := func(id string, overflow any) map[string]any {
		return map[string]any{"id": id, "name": local(id), "default": map[string]any{"steps": []any{map[string]any{"queue": "support", "timeout_s": 60}}}, "overflow": overflow}
	}
	s.api(http.MethodPost, "/plans", plan("first", nil), as(admin)).refused(http.StatusBadRequest, "invalid")
	first := plan("first", map[string]any{})
	made := s.api(http.MethodPost, "/plans", first, as(admin)).ok(http.StatusCreated)
	s.api(http.MethodPost, "/plans", plan("second", map[string]any{"plan": "first"}), as(admin)).ok(http.StatusCreated)

	changed := plan("first", map[string]any{"plan": "second"})
	var found planCheck
	s.api(http.MethodPost, "/plan-checks", map[string]any{"plan": changed}, as(admin)).ok(http.StatusOK).json(&found)
	require.Equal(t, []finding{{
		At: "overflow", Code: "circle", Args: []string{"plan first → plan second → plan first"}, Words: "the overflows go in a circle: plan first → plan second → plan first",
	}}, found.Problems)
	p := s.api(http.MethodPut, "/plans/first", with(changed, "version", made.field("version")), as(admin)).refused(http.StatusBadRequest, "invalid")
	require.Contains(t, p.Detail, "circle")
}

func TestAConditionIsCheckedWhereItStands(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.person(auth.Admin)
	for _, c := range []struct {
		condition, scope string
		column           int
	}{
		{"agent.skills.ko >= 60", "member", 0},
		{"agent.skills.ko >= 60", "agent", 0},
		{"agent.skills.ko >= 60", "request", 1},
		{"request.language == 'ko'", "request", 0},
		{"request.language == 'ko'", "member", 1},
		{"agent.name ==", "member", 14},
		{"local.hour == 25", "request", 15},
	} {
		var found planCheck
		s.api(http.MethodPost, "/condition-checks", map[string]any{"condition": c.condition, "scope": c.scope}, as(admin)).ok(http.StatusOK).json(&found)
		if c.column == 0 {
			require.Empty(t, found.Problems, c)
			continue
		}
		require.Equal(t, c.column, found.Problems[0].Column, c)
	}
}

func TestATrialSaysWhyOthersAreNotAsked(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	supervisor := s.person(auth.Supervisor)
	free, away := s.person(auth.Agent, "support"), s.person(auth.Agent, "support")
	s.Exec(`update agents set lease_until = '-infinity' where id = $1`, away.ID)

	body := planWith()
	body["plan"].(map[string]any)["default"] = map[string]any{"steps": []any{map[string]any{}}}
	body["queue"] = "support"
	var tried struct {
		Steps []struct {
			Eligible []struct{ ID string }
			Others   []struct {
				Agent   struct{ ID string }
				Could   bool
				Reasons []struct{ Code string }
			}
		}
	}
	s.api(http.MethodPost, "/plan-trials", body, as(supervisor)).ok(http.StatusOK).json(&tried)
	step := tried.Steps[0]
	require.Len(t, step.Eligible, 1)
	require.Equal(t, free.ID.String(), step.Eligible[0].ID)
	require.Len(t, step.Others, 1, "who serves no queue is no news")
	require.Equal(t, away.ID.String(), step.Others[0].Agent.ID)
	require.False(t, step.Others[0].Could)
	require.Equal(t, "lease", step.Others[0].Reasons[0].Code)
}

func placesOf(all []finding) []string {
	out := make([]string, len(all))
	for i, f := range all {
		out[i] = f.At
	}
	return out
}

func codesOf(all []finding) []string {
	out := make([]string, len(all))
	for i, f := range all {
		out[i] = f.Code
	}
	return out
}
