package plan_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"seax/internal/condition"
	"seax/internal/plan"
	"seax/internal/routing"
)

var names = plan.Names{
	Queues: map[string]bool{"support": true, "billing": true}, Skills: map[string]bool{"en": true, "ko": true}, Plans: map[string]bool{"other": true},
}

func number(n int) *int { return &n }

func TestMistakesAreFoundWhereTheyAre(t *testing.T) {
	t.Parallel()
	one := plan.Rule{Steps: []plan.Step{{}}}
	cases := []struct {
		name string
		plan plan.Plan
		at   string
		says string
	}{
		{"budget", plan.Plan{Budget: "week", Default: one}, "budget", "week"},
		{"no step", plan.Plan{}, "default.steps", "no step"},
		{"rule without a name", plan.Plan{Rules: []plan.Rule{{When: "true", Steps: one.Steps}}, Default: one}, "rules[0].name", "needs a name"},
		{"two of a name", plan.Plan{Rules: []plan.Rule{{Name: "a", When: "true", Steps: one.Steps}, {Name: "a", When: "true", Steps: one.Steps}}, Default: one}, "rules[1].name", "another rule"},
		{"rule without a condition", plan.Plan{Rules: []plan.Rule{{Name: "a", Steps: one.Steps}}, Default: one}, "rules[0].when", "condition"},
		{"default with one", plan.Plan{Default: plan.Rule{When: "true", Steps: one.Steps}}, "default.when", "no condition"},
		{"unknown queue", plan.Plan{Default: plan.Rule{Steps: []plan.Step{{Queue: "sales"}}}}, "default.steps[0].queue", "sales"},
		{"unknown skill", plan.Plan{Default: plan.Rule{Skills: map[string]int{"fr": 50}, Steps: one.Steps}}, "default.skills", "fr"},
		{"level", plan.Plan{Default: plan.Rule{Skills: map[string]int{"en": 101}, Steps: one.Steps}}, "default.skills", "101"},
		{"negative timeout", plan.Plan{Default: plan.Rule{Steps: []plan.Step{{Timeout: -1}}}}, "default.steps[0].timeout_s", "must be"},
		{"offer timeout", plan.Plan{Default: plan.Rule{Steps: []plan.Step{{OfferTimeout: 4}}}}, "default.steps[0].offer_timeout_s", "5 to 3600"},
		{"width", plan.Plan{Default: plan.Rule{Steps: []plan.Step{{Width: 51}}}}, "default.steps[0].width", "50"},
		{"priority", plan.Plan{Default: plan.Rule{Priority: number(101), Steps: one.Steps}}, "default.priority", "0 to 100"},
		{"dropped skill", plan.Plan{Default: plan.Rule{Steps: []plan.Step{{Drop: []string{"fr"}}}}}, "default.steps[0].drop", "fr"},
		{"lowered by nothing", plan.Plan{Default: plan.Rule{Steps: []plan.Step{{Lower: map[string]int{"en": 0}}}}}, "default.steps[0].lower", "1 to 100"},
		{"order", plan.Plan{Default: plan.Rule{Steps: []plan.Step{{Order: "loudest"}}}}, "default.steps[0].order", "loudest"},
		{"order without keys", plan.Plan{Default: plan.Rule{Steps: []plan.Step{{Order: "attributes"}}}}, "default.steps[0].order_by", "attributes"},
		{"never reached", plan.Plan{Default: plan.Rule{Steps: []plan.Step{{}, {}}}}, "default.steps[0].timeout_s", "never reached"},
		{"two targets", plan.Plan{Default: one, Overflow: &plan.Target{Queue: "support", Plan: "other"}}, "overflow", "not both"},
		{"unknown target", plan.Plan{Default: one, Overflow: &plan.Target{Plan: "gone"}}, "overflow.plan", "gone"},
		{"condition", plan.Plan{Default: plan.Rule{Steps: []plan.Step{{Agents: "agent.skils.ko > 1"}}}}, "default.steps[0].agents", "line 1, column 6"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			wrong := c.plan.Check(names)
			require.NotEmpty(t, wrong)
			require.Contains(t, places(wrong), c.at)
			require.Contains(t, wrong.Error(), c.says)
		})
	}
}

func places(p plan.Problems) (all []string) {
	for _, one := range p {
		all = append(all, one.At)
	}
	return all
}

func TestCircles(t *testing.T) {
	t.Parallel()
	to := func(queue, planID string) []plan.Target { return []plan.Target{{Queue: queue, Plan: planID}} }
	cases := []struct {
		name          string
		plans, queues map[string][]plan.Target
		want          string
	}{
		{"none", map[string][]plan.Target{"a": to("q", "")}, map[string][]plan.Target{"q": to("r", ""), "r": nil}, ""},
		{"itself", nil, map[string][]plan.Target{"q": to("q", "")}, "queue q → queue q"},
		{"two queues", nil, map[string][]plan.Target{"q": to("r", ""), "r": to("q", "")}, "queue q → queue r → queue q"},
		{"over a plan", map[string][]plan.Target{"a": to("q", "")}, map[string][]plan.Target{"q": to("", "a")}, "plan a → queue q → plan a"},
		{"back to the flow", map[string][]plan.Target{"a": {{}}}, nil, ""},
		{"twice the same, no circle", map[string][]plan.Target{"a": {{Queue: "q"}, {Queue: "r"}}}, map[string][]plan.Target{"q": to("r", ""), "r": nil}, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, strings.Join(plan.Circle(c.plans, c.queues), " → "))
		})
	}
}

// shop is a plan with most of what there is.
func shop() plan.Plan {
	return plan.Plan{
		ID: "shop",
		Rules: []plan.Rule{{
			Name: "vip", When: `request.attributes.vip == 'true'`, Priority: number(5), Skills: map[string]int{"en": 50},
			Steps: []plan.Step{
				{Known: plan.KnownLast},
				{Timeout: 30, SkipIf: `agents.with_capacity == 0`},
				{Timeout: 60, Lower: map[string]int{"*": 20}, Priority: number(9)},
				{Queue: "billing", Drop: []string{"ko"}, Lower: map[string]int{"en": 40}, Anyone: true},
			},
			Overflow: &plan.Target{Queue: "billing"},
		}},
		Default:  plan.Rule{Steps: []plan.Step{{}}},
		Overflow: &plan.Target{Plan: "other"},
	}
}

func compiled(t *testing.T, p plan.Plan) *plan.Compiled {
	t.Helper()
	c, err := plan.Compile(p)
	require.NoError(t, err)
	return c
}

func TestRulesAndDemands(t *testing.T) {
	t.Parallel()
	c := compiled(t, shop())
	vip := c.Choose(&condition.Facts{Request: &condition.Request{Attributes: map[string]string{"vip": "true"}}})
	require.Equal(t, 0, vip)
	require.Equal(t, 1, c.Choose(&condition.Facts{Request: &condition.Request{}}), "else the default")
	require.Equal(t, "default", c.RuleName(1))
	require.True(t, c.AsksKnown(0))
	require.False(t, c.AsksKnown(1))
	require.Equal(t, plan.Target{Queue: "billing"}, c.OverflowOf(0))
	require.Equal(t, plan.Target{Plan: "other"}, c.OverflowOf(1))

	asked := plan.Demand{Skills: routing.Skills{"ko": 60, "en": 70}, Priority: 1}
	known := c.Demand(0, 0, asked)
	require.Equal(t, 30*time.Second, known.Timeout, "a known agent is asked for 30 seconds")
	first := c.Demand(0, 1, asked)
	require.Equal(t, routing.Skills{"ko": 60, "en": 70}, first.Skills, "the higher of two levels counts")
	require.Equal(t, 5, first.Priority)
	second := c.Demand(0, 2, asked)
	require.Equal(t, routing.Skills{"ko": 40, "en": 50}, second.Skills)
	require.Equal(t, 9, second.Priority)
	last := c.Demand(0, 3, asked)
	require.Equal(t, routing.Skills{"en": 30}, last.Skills)
	require.Equal(t, 9, last.Priority, "a priority stays until another")
	require.True(t, last.Anyone)
	require.Zero(t, last.Timeout)
	require.Equal(t, routing.Skills{"ko": 60, "en": 70}, asked.Skills, "what was asked for is not changed")
}

// ground is a floor for tests.
type ground struct {
	known    bool
	capacity int
	refuses  map[string]string
}

func (g ground) Facts(string) (*condition.Facts, error) {
	return &condition.Facts{Agents: &condition.Agents{WithCapacity: g.capacity}, Request: &condition.Request{}}, nil
}
func (g ground) Reachable(string) (bool, error) { return g.known, nil }
func (g ground) Refuses(queue string) (string, error) {
	if queue == "broken" {
		return "", errors.New("broken")
	}
	return g.refuses[queue], nil
}

func TestEntering(t *testing.T) {
	t.Parallel()
	c := compiled(t, shop())
	cases := []struct {
		name   string
		ground ground
		from   int
		want   int
		why    []plan.Skip
	}{
		{"the known agent is there", ground{known: true, capacity: 1}, 0, 0, nil},
		{"not there", ground{capacity: 1}, 0, 1, []plan.Skip{{Step: 0, Reason: "known_agent"}}},
		{"nobody has room", ground{}, 0, 2, []plan.Skip{{Step: 0, Reason: "known_agent"}, {Step: 1, Reason: "skip_if"}}},
		{"the queue is full", ground{capacity: 1, refuses: map[string]string{"": "full"}}, 1, 3, []plan.Skip{{Step: 1, Reason: "full"}, {Step: 2, Reason: "full"}}},
		{"behind the last", ground{}, 4, -1, nil},
	}
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			step, skipped, err := c.Enter(0, k.from, k.ground)
			require.NoError(t, err)
			require.Equal(t, k.want, step)
			require.Equal(t, k.why, skipped)
		})
	}
	_, _, err := compiled(t, plan.Plan{Default: plan.Rule{Steps: []plan.Step{{Queue: "broken"}}}}).Enter(0, 0, ground{})
	require.ErrorContains(t, err, "broken")
}

func TestDeadlines(t *testing.T) {
	t.Parallel()
	begun := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	entered := begun.Add(time.Minute)
	d := plan.Demand{Timeout: 90 * time.Second}
	require.Equal(t, entered.Add(90*time.Second), compiled(t, plan.Plan{Default: plan.Rule{Steps: []plan.Step{{}}}}).Deadline(d, entered, begun))
	byAge := compiled(t, plan.Plan{Budget: plan.ByAge, Default: plan.Rule{Steps: []plan.Step{{}}}})
	require.Equal(t, begun.Add(90*time.Second), byAge.Deadline(d, entered, begun), "counted from the beginning")
	require.True(t, byAge.Deadline(plan.Demand{}, entered, begun).IsZero(), "for ever")
}

// Skills are only ever relaxed: no step asks for more than what was asked for and what its rule adds.
func TestRelaxingNeverAsksForMore(t *testing.T) {
	t.Parallel()
	skills := []string{"en", "ko", "vip"}
	rapid.Check(t, func(t *rapid.T) {
		level := rapid.IntRange(1, 100)
		drawSkills := func(label string) map[string]int {
			return rapid.MapOfN(rapid.SampledFrom(skills), level, 0, 3).Draw(t, label)
		}
		rule := plan.Rule{Skills: drawSkills("rule")}
		for range rapid.IntRange(1, 4).Draw(t, "steps") {
			rule.Steps = append(rule.Steps, plan.Step{
				Timeout: 1, Drop: rapid.SliceOfN(rapid.SampledFrom(append([]string{"*"}, skills...)), 0, 2).Draw(t, "drop"), Lower: rapid.MapOfN(rapid.SampledFrom(append([]string{"*"}, skills...)), level, 0, 3).Draw(t, "lower"),
			})
		}
		c, err := plan.Compile(plan.Plan{Default: rule})
		if err != nil {
			t.Fatal(err)
		}
		asked := plan.Demand{Skills: drawSkills("asked")}
		for i := range rule.Steps {
			for skill, wanted := range c.Demand(0, i, asked).Skills {
				if most := max(asked.Skills[skill], rule.Skills[skill]); wanted > most || wanted < 1 {
					t.Fatalf("step %d asks for %s %d, where at most %d was asked for", i, skill, wanted, most)
				}
			}
		}
	})
}

func TestWhatNobodyCanServeIsDoubted(t *testing.T) {
	t.Parallel()
	ana := routing.Agent{ID: uuid.New(), Queues: map[string]int{"support": 1}, Skills: routing.Skills{"en": 80}}
	c := compiled(t, plan.Plan{Default: plan.Rule{Steps: []plan.Step{{Queue: "support", Agents: `agent.skills.ko >= 50`, Timeout: 5}, {Queue: "support"}}}})
	doubts := c.Doubts([]routing.Agent{ana}, "support")
	require.Equal(t, []string{"default.steps[0]"}, places(doubts))
	never := compiled(t, plan.Plan{Default: plan.Rule{Skills: map[string]int{"ko": 10}, Steps: []plan.Step{{Timeout: 5}, {Queue: "billing"}}}})
	require.Equal(t, []string{"default.steps[0]", "default.steps[1]", "default"}, places(never.Doubts([]routing.Agent{ana}, "support")))
	require.Empty(t, compiled(t, plan.Plan{Default: plan.Rule{Steps: []plan.Step{{Anyone: true}}}}).Doubts([]routing.Agent{ana}, "support"))
}
