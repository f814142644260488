package taskrouter_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"seax/internal/condition"
	"seax/internal/plan"
	"seax/internal/routing"
	"seax/internal/taskrouter"
)

var (
	texts      = []string{"a", "b", "a,b", " a, 5", `["a", 5, true]`, "5", "2.5", "true", "x'y", "한국어", ""}
	numbers    = []float64{0, 5, 2.5, -3, 1200}
	orderings  = []string{"==", "!=", "<", "<=", ">", ">="}
	memberOps  = []string{"IN", "NOT IN"}
	haveOps    = []string{"HAS", "NOT HAS"}
	activities = []string{"Available", "Lunch break", "Generally available"}
	days       = []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}
)

// Generators are made where they are drawn from: one of rapid's (v1.2) is not safe for tests that run at once.

func scalar() *rapid.Generator[any] {
	return rapid.OneOf(
		rapid.Custom(func(t *rapid.T) any { return rapid.SampledFrom(texts).Draw(t, "text") }),
		rapid.Custom(func(t *rapid.T) any { return rapid.SampledFrom(numbers).Draw(t, "number") }),
		rapid.Custom(func(t *rapid.T) any { return rapid.Bool().Draw(t, "bool") }),
	)
}

func listOf() *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any { return rapid.SliceOfN(scalar(), 0, 3).Draw(t, "items") })
}

func document() *rapid.Generator[map[string]any] {
	object := rapid.Custom(func(t *rapid.T) any {
		return map[string]any{"c": rapid.OneOf(scalar(), listOf()).Draw(t, "c"), "l": listOf().Draw(t, "l")}
	})
	anything := rapid.OneOf(scalar(), scalar(), listOf(), object)
	return rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "package", "obj", "list"}), anything, 0, 5)
}

func keys(of ...string) *rapid.Generator[term] {
	return rapid.Custom(func(t *rapid.T) term {
		return keyOf(rapid.SampledFrom(of).Draw(t, "of"), rapid.SampledFrom(paths).Draw(t, "path"))
	})
}

func constants() *rapid.Generator[term] {
	return rapid.Map(scalar(), func(v any) term { return term{constant: v} })
}

func lists() *rapid.Generator[term] {
	return rapid.Map(listOf(), func(v any) term { return term{constant: v} })
}

func pick(t *rapid.T, from []string) string { return rapid.SampledFrom(from).Draw(t, "op") }

// comparisons of keys of these documents, and of what else there is to ask where a worker is known.
func comparisons(of ...string) *rapid.Generator[said] {
	key := keys(of...)
	ways := []func(t *rapid.T) said{
		func(t *rapid.T) said {
			return compared{key.Draw(t, "left"), constants().Draw(t, "right"), pick(t, orderings[:2])}
		},
		func(t *rapid.T) said {
			return compared{constants().Draw(t, "left"), key.Draw(t, "right"), pick(t, orderings[:2])}
		},
		func(t *rapid.T) said {
			return compared{key.Draw(t, "left"), term{constant: rapid.SampledFrom(numbers).Draw(t, "right")}, pick(t, orderings)}
		},
		func(t *rapid.T) said {
			return compared{term{constant: rapid.SampledFrom(texts).Draw(t, "left")}, key.Draw(t, "right"), pick(t, orderings)}
		},
		func(t *rapid.T) said { return compared{key.Draw(t, "left"), key.Draw(t, "right"), pick(t, orderings)} },
		func(t *rapid.T) said { return compared{key.Draw(t, "left"), term{}, pick(t, orderings[:2])} },
		func(t *rapid.T) said {
			return compared{key.Draw(t, "left"), lists().Draw(t, "right"), pick(t, memberOps)}
		},
		func(t *rapid.T) said {
			return compared{lists().Draw(t, "left"), key.Draw(t, "right"), pick(t, haveOps)}
		},
		func(t *rapid.T) said {
			return compared{rapid.OneOf(constants(), key).Draw(t, "left"), key.Draw(t, "right"), pick(t, memberOps)}
		},
		func(t *rapid.T) said {
			return compared{key.Draw(t, "left"), rapid.OneOf(constants(), key).Draw(t, "right"), pick(t, haveOps)}
		},
		func(t *rapid.T) said {
			part := rapid.OneOf(key, rapid.Map(rapid.SampledFrom(texts), func(v string) term { return term{constant: v} }))
			return compared{key.Draw(t, "left"), part.Draw(t, "right"), "CONTAINS"}
		},
		func(t *rapid.T) said {
			return compared{constants().Draw(t, "left"), constants().Draw(t, "right"), pick(t, orderings)}
		},
		func(t *rapid.T) said {
			return compared{constants().Draw(t, "left"), lists().Draw(t, "right"), pick(t, memberOps)}
		},
		func(t *rapid.T) said {
			n := rapid.SampledFrom([]float64{0, 1, 2, 50, 100, 33.3}).Draw(t, "right")
			return compared{special(t, of), term{constant: n}, pick(t, orderings)}
		},
		func(t *rapid.T) said {
			return compared{special(t, of), term{constant: []any{1.0, 50.0, 2.5}}, pick(t, memberOps)}
		},
		func(t *rapid.T) said {
			return named(t, "taskrouter.dayOfWeek", days, func(w world) any { return w.at.Format("Mon") })
		},
		func(t *rapid.T) said {
			if !slices.Contains(of, "worker") {
				return compared{term{constant: 1.0}, term{constant: 1.0}, "=="}
			}
			return named(t, "worker.activity_name", activities, func(w world) any { return w.activity })
		},
	}
	return rapid.Custom(func(t *rapid.T) said { return rapid.SampledFrom(ways).Draw(t, "way")(t) })
}

// named compares one of a few names.
func named(t *rapid.T, key string, all []string, find func(w world) any) said {
	left := term{key: key, find: find}
	if rapid.Bool().Draw(t, "several") {
		var several []any
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(all), 1, 3).Draw(t, "names") {
			several = append(several, name)
		}
		return compared{left, term{constant: several}, pick(t, memberOps)}
	}
	return compared{left, term{constant: rapid.SampledFrom(all).Draw(t, "name")}, pick(t, orderings[:2])}
}

// special is a number that neither a worker's nor a task's attributes hold.
func special(t *rapid.T, of []string) term {
	all := []term{
		{key: "taskrouter.currentHour", find: func(w world) any { return float64(w.at.Hour()) }},
		{key: "taskrouter.currentMin", find: func(w world) any { return float64(w.at.Minute()) }},
		{key: "taskrouter.currentTime", find: func(w world) any { return float64(w.at.Hour()*100 + w.at.Minute()) }},
	}
	if slices.Contains(of, "worker") {
		all = append(all,
			term{key: "worker.channel.chat.assigned_tasks", find: func(w world) any { return float64(w.assigned["chat"]) }},
			term{key: "worker.channel.voice.configured_capacity", find: func(w world) any { return float64(w.capacity["voice"]) }},
			term{key: "worker.channel.voice.available_capacity_percentage", find: func(w world) any {
				return float64(100 * (w.capacity["voice"] - w.assigned["voice"]) / w.capacity["voice"])
			}})
	}
	return all[rapid.IntRange(0, len(all)-1).Draw(t, "special")]
}

func expressions(of ...string) *rapid.Generator[said] {
	one := comparisons(of...)
	var deep func(depth int) *rapid.Generator[said]
	deep = func(depth int) *rapid.Generator[said] {
		if depth == 0 {
			return one
		}
		return rapid.OneOf(one, rapid.Custom(func(t *rapid.T) said {
			return joint{rapid.Bool().Draw(t, "and"), rapid.SliceOfN(deep(depth-1), 2, 3).Draw(t, "parts")}
		}))
	}
	return deep(3)
}

func worlds() *rapid.Generator[world] {
	return rapid.Custom(func(t *rapid.T) world {
		upTo := func(n int) int { return rapid.IntRange(0, n).Draw(t, "n") }
		voice := 1 + upTo(2)
		return world{
			worker: document().Draw(t, "worker"), task: document().Draw(t, "task"), activity: rapid.SampledFrom(activities).Draw(t, "activity"),
			assigned: map[string]int{"chat": upTo(3), "voice": upTo(voice)}, capacity: map[string]int{"chat": 3, "voice": voice},
			at: time.Unix(rapid.Int64Range(0, 7*24*3600).Draw(t, "at"), 0).UTC(),
		}
	})
}

// facts are a world as SeaX has it.
func (w world) facts() *condition.Facts {
	attributes := map[string]string{}
	for name, v := range w.task {
		attributes[name] = textual(v).(string)
	}
	presence := map[string]string{"Available": "available", "Lunch break": "lunch-break", "Generally available": "generally-available"}[w.activity]
	load := map[string]int{"webchat": w.assigned["chat"], "voice": w.assigned["voice"]}
	return &condition.Facts{
		Request: &condition.Request{Attributes: attributes, Since: w.at.Add(-w.age)}, Contact: &condition.Contact{}, Queue: &condition.Queue{}, Agents: &condition.Agents{},
		Agent: &routing.Agent{Presence: presence, Attributes: w.worker, ChannelLoad: load, ChannelLimits: map[string]int{"webchat": w.capacity["chat"], "voice": w.capacity["voice"]}},
		Now:   w.at,
	}
}

const activityList = `{"activities": [
	{"sid": "WA1", "friendly_name": "Available", "available": true}, {"sid": "WA2", "friendly_name": "Lunch break", "available": false},
	{"sid": "WA3", "friendly_name": "Generally available", "available": true}]}`

// imported is a workflow with one filter and one target, and its queue.
func imported(filter, target, queue string) (taskrouter.Result, error) {
	config := map[string]any{"task_routing": map[string]any{
		"filters":        []any{map[string]any{"filter_friendly_name": "one", "expression": filter, "targets": []any{map[string]any{"queue": "WQ1", "expression": target}}}},
		"default_filter": map[string]any{"queue": "WQ1"},
	}}
	queues := []any{map[string]any{"sid": "WQ1", "friendly_name": "Everyone", "target_workers": queue}}
	var sources []taskrouter.Source
	for name, content := range map[string]any{"flow.json": config, "queues.json": queues} {
		text, err := json.Marshal(content)
		if err != nil {
			panic(err)
		}
		sources = append(sources, taskrouter.Source{Name: name, Text: text})
	}
	return taskrouter.Import(append(sources, taskrouter.Source{Name: "activities.json", Text: []byte(activityList)}), taskrouter.Options{})
}

func rule(r taskrouter.Result) plan.Rule { return (*r.File.Plans[0].Rules)[0] }

// membersOf is who is in the queue.
func membersOf(r taskrouter.Result) string {
	if r.File.Queues[0].MembersWhen == nil {
		return "false"
	}
	return *r.File.Queues[0].MembersWhen
}

func compiled(t require.TestingT, text string, scope condition.Scope) *condition.Condition {
	if text == "" {
		return nil
	}
	c, err := condition.Compile(text, scope)
	require.NoError(t, err, text)
	return c
}

func checkWorlds(t *rapid.T, e said, text string, holds func(w world) bool) {
	for range 10 {
		w := worlds().Draw(t, "world")
		if want, got := e.holds(w), holds(w); want != got {
			shown, err := json.Marshal(map[string]any{"worker": w.worker, "task": w.task})
			require.NoError(t, err)
			t.Fatalf("TaskRouter says %v, SeaX %v\n%s\nworld: %s %s %v of %v at %s", want, got, text, shown, w.activity, w.assigned, w.capacity, w.at)
		}
	}
}

func drawn(t *rapid.T, of ...string) (said, string) {
	e := expressions(of...).Draw(t, "expression")
	return e, e.written(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "style"), 0)))
}

// A target's expression means of workers and tasks what it meant in TaskRouter.
func TestTargetsMeanTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e, text := drawn(t, "worker", "task")
		r, err := imported("1==1", text, "1==1")
		require.NoError(t, err, text)
		agents := compiled(t, rule(r).Steps[0].Agents, condition.OfAgent)
		checkWorlds(t, e, text+"\n"+agents.String(), func(w world) bool { return agents.Holds(w.facts()) })
	})
}

// So does a filter's of tasks, with or without "task." before its keys.
func TestFiltersMeanTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e, text := drawn(t, "task")
		if rapid.Bool().Draw(t, "bare") {
			text = strings.ReplaceAll(text, "task.", "")
		}
		r, err := imported(text, "1==1", "1==1")
		require.NoError(t, err, text)
		when := compiled(t, rule(r).When, condition.OfRequest)
		checkWorlds(t, e, text+"\n"+when.String(), func(w world) bool { return when.Holds(w.facts()) })
	})
}

// Members of a queue are who meet its target_workers; what changes from moment to moment is asked by each step.
func TestQueuesMeanTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e, text := drawn(t, "worker")
		if rapid.Bool().Draw(t, "bare") {
			text = strings.ReplaceAll(text, "worker.", "")
		}
		r, err := imported("1==1", "1==1", text)
		require.NoError(t, err, text)
		members, agents := compiled(t, membersOf(r), condition.OfMember), compiled(t, rule(r).Steps[0].Agents, condition.OfAgent)
		checkWorlds(t, e, text+"\n"+members.String()+"\n"+agents.String(), func(w world) bool {
			return members.Holds(w.facts()) && agents.Holds(w.facts())
		})
		require.Equal(t, agents.String(), r.File.Plans[0].Default.Steps[0].Agents)
	})
}

func TestExpressionsBecomeConditions(t *testing.T) {
	t.Parallel()
	cases := []struct{ expression, condition string }{
		{`1==1`, ``},
		{`1 == 0`, `false`},
		{`worker.level >= 3 AND (1==1 OR task.x == 1)`, `agent.attributes.level >= 3`},
		{`worker.languages HAS task.language`, `request.attributes.language in texts(agent.attributes.languages)`},
		{`worker.routing.skills HAS "support"`, `'support' in list(at(agent.attributes, 'routing.skills'))`},
		{`worker.sid IN task.preferred_agents`, `text(agent.attributes.sid) in texts(request.attributes.preferred_agents)`},
		{`worker.sid != task.ignore`, `!(request.attributes.ignore != null && request.attributes.ignore == text(agent.attributes.sid))`},
		{`task.vip == true OR task.customers.tier = 'gold'`, `request.attributes.vip == 'true' || text(at(request.attributes, 'customers.tier')) == 'gold'`},
		{`task.amount > 99.5`, `num(request.attributes.amount) > 99.5`},
		{`task.extension != NULL`, `request.attributes.extension != null`},
		{`taskage > 60`, `now - request.since > duration('60s')`},
		{`worker.activity_name in ['Available', 'Generally available']`, `agent.presence in ['available', 'generally-available']`},
		{`worker.activity_sid == 'WA2'`, `agent.presence == 'lunch-break'`},
		{`worker.channel.voice.available_capacity_percentage == 100`, `agent.channel_load.voice == 0`},
		{`worker.channel.chat.available_capacity_percentage >= 50`, `agent.channel_free.webchat >= 50`},
		{`taskrouter.currentTime > 0800 AND taskrouter.dayOfWeek IN ['Mon', 'Fri']`, `now.getHours() * 100 + now.getMinutes() > 800 && now.getDayOfWeek() in [1, 5]`},
		{`taskrouter.currentHour >= '08'`, `now.getHours() >= 8`},
		{`worker.list[2].name CONTAINS 'x'`, `at(agent.attributes, 'list[2].name').contains('x')`},
		{`worker.package == 'in'`, `agent.attributes['package'] == 'in'`},
	}
	for _, c := range cases {
		t.Run(c.expression, func(t *testing.T) {
			t.Parallel()
			r, err := imported("1==1", c.expression, "1==1")
			require.NoError(t, err)
			require.Equal(t, c.condition, rule(r).Steps[0].Agents)
		})
	}
}

// What comparisons say of one worker and one task.
func TestWhatComparisonsSay(t *testing.T) {
	t.Parallel()
	w := world{
		worker: map[string]any{"sid": "WK1", "level": 3.0, "langs": []any{"en", "ko", 7.0, true}, "away": false, "seven": 7.0, "office": map[string]any{"floor": 2.0}, "csv": "x, y", "num": "3"},
		task: map[string]any{
			"type": "call", "n": 3.0, "vip": true, "level": "3", "lang": "ko", "seven": 7.0, "list": []any{"WK1", 7.0, false}, "csv": "WK1, 7", "customer": map[string]any{"tier": "gold", "n": 3.0, "tags": []any{"a", 7.0}},
		},
		activity: "Lunch break", assigned: map[string]int{"chat": 1, "voice": 0}, capacity: map[string]int{"chat": 3, "voice": 1},
		at: time.Date(2026, 3, 5, 8, 5, 0, 0, time.UTC), age: 90 * time.Second,
	}
	for expression, want := range map[string]bool{
		`worker.level == 3`: true, `worker.level == '3'`: false, `worker.num == 3`: false, `worker.level != 3`: false, `3 == worker.level`: true,
		`3 < worker.level`: false, `3 <= worker.level`: true, `2 < worker.level`: true, `4 > worker.level`: true, `3 > worker.level`: false, `3 >= worker.level`: true,
		`worker.num > 2`: false, `worker.num > '2'`: true, `worker.sid > 'WA'`: true, `worker.gone > 1`: false, `worker.gone <= 1`: false,
		`worker.gone == NULL`: true, `worker.gone != NULL`: false, `worker.sid != null`: true, `worker.gone != 'x'`: true, `worker.gone == 'x'`: false,
		`worker.away == false`: true, `worker.away != true`: true, `worker.gone != true`: true, `worker.gone == false`: false,
		`worker.office.floor == 2`: true, `worker.office.room != 3`: true, `worker.office[0] == 2`: false, `worker.langs[1] == 'ko'`: true, `worker.langs[9] != 'ko'`: true,
		`task.n == 3`: true, `task.n == '3'`: true, `task.n > 2.5`: true, `task.n < 3`: false, `task.type > 2`: false, `task.type > 'a'`: true, `task.level >= 3`: true,
		`task.vip == true`: true, `task.vip != true`: false, `task.gone != true`: true, `task.vip == 'true'`: true,
		`task.customer.tier == 'gold'`: true, `task.customer.n == 3`: true, `task.customer.n == '3'`: true, `task.customer.gone != 'x'`: true, `task.customer.tags[0] == 'a'`: true,
		`task.level == worker.level`: true, `worker.level == task.n`: true, `worker.level != task.n`: false, `task.n < worker.level`: false, `task.n <= worker.level`: true,
		`task.gone == worker.gone`: false, `task.gone != worker.gone`: true, `worker.gone == worker.also`: false, `worker.level == worker.num`: false, `task.n == task.level`: true,
		`worker.langs HAS 'ko'`: true, `worker.langs HAS 7`: true, `worker.langs HAS '7'`: false, `worker.langs NOT HAS 'fr'`: true, `worker.gone HAS 'ko'`: false, `worker.gone NOT HAS 'ko'`: true,
		`worker.langs HAS task.lang`: true, `worker.langs HAS task.seven`: true, `worker.langs HAS task.gone`: false, `worker.csv HAS 'y'`: true, `worker.office HAS 'floor'`: false,
		`task.lang IN worker.langs`: true, `task.seven IN worker.langs`: true, `task.lang NOT IN worker.langs`: false, `task.vip IN worker.langs`: true,
		`worker.seven IN task.list`: true, `worker.away IN task.list`: true, `worker.sid IN task.list`: true, `worker.sid IN task.csv`: true, `worker.sid IN task.gone`: false, `worker.sid NOT IN task.gone`: true,
		`task.list HAS 7`: true, `task.csv HAS 7`: true, `task.list HAS 'WK1'`: true, `task.list HAS false`: true, `task.customer.tags HAS 7`: true, `task.customer.tags HAS 'b'`: false, `task.list HAS task.seven`: true,
		`task.type IN ['mail', 'call']`: true, `task.n IN [1, 3]`: true, `task.gone IN ['x']`: false, `task.gone NOT IN ['x']`: true, `worker.level IN [3, 'x']`: true, `worker.level IN ['3']`: false, `'en' IN worker.langs`: true,
		`['call', 'mail'] HAS task.type`: true, `worker.level IN []`: false, `worker.level NOT IN []`: true, `worker.langs HAS worker.sid`: false,
		`task.type CONTAINS 'al'`: true, `worker.sid CONTAINS 'wk'`: false, `worker.level CONTAINS '3'`: false, `task.n CONTAINS '3'`: true, `worker.gone CONTAINS 'x'`: false, `'xkoy' CONTAINS task.lang`: true,
		`worker.channel.voice.available_capacity_percentage == 100`: true, `worker.channel.voice.available_capacity_percentage < 100`: false, `worker.channel.voice.available_capacity_percentage != 100`: false,
		`worker.channel.chat.available_capacity_percentage == 100`: false, `worker.channel.chat.available_capacity_percentage >= 100`: false, `worker.channel.chat.available_capacity_percentage < 100`: true,
		`worker.channel.chat.available_capacity_percentage != 100`: true, `worker.channel.chat.available_capacity_percentage > 66`: false, `worker.channel.chat.available_capacity_percentage >= 66`: true,
		`100 > worker.channel.chat.available_capacity_percentage`: true, `worker.channel.chat.available_capacity_percentage > worker.channel.voice.available_capacity_percentage`: false,
		`worker.channel.chat.assigned_tasks == 1`: true, `worker.channel.chat.assigned_tasks IN [1, 2.5]`: true, `worker.channel.chat.assigned_tasks == 1.5`: false, `worker.channel.chat.assigned_tasks != 1.5`: true,
		`worker.channel.chat.configured_capacity == worker.level`: true, `worker.channel.chat.configured_capacity == task.n`: true, `worker.channel.chat.assigned_tasks < task.n`: true, `worker.channel.voice.assigned_tasks == 'x'`: false,
		`worker.activity_name == 'Lunch break'`: true, `worker.activity_name != 'Lunch break'`: false, `worker.activity_sid IN ['WA1', 'WA2']`: true, `worker.activity_name == 'Nap'`: false, `worker.activity_name != 'Nap'`: true,
		`worker.activity_name NOT IN ['Nap', 'Available']`: true, `'Lunch break' == worker.activity_name`: true,
		`taskrouter.currentHour == 8`: true, `taskrouter.currentHour == '08'`: true, `taskrouter.currentMin < 6`: true, `taskrouter.currentTime == 0805`: true, `taskrouter.currentTime > 0805`: false,
		`taskrouter.dayOfWeek == 'Thu'`: true, `taskrouter.dayOfWeek IN ['Mon', 'thu']`: true, `taskrouter.dayOfWeek != 'Thu'`: false, `taskrouter.dayOfWeek NOT IN ['Sun']`: true,
		`taskage > 89`: true, `task.taskage >= 91`: false, `90 == taskage`: true,
		`1 < 2`: true, `'b' > 'a'`: true, `1 == '1'`: false, `1 != '1'`: true, `'a' IN ['a']`: true, `['a'] NOT HAS 'a'`: false, `'abc' CONTAINS 'b'`: true, `true == true`: true, `1 < 'a'`: false, `'a' < 1`: false,
		`1==0 OR worker.level == 3 AND 1==1`: true, `(1==0 OR worker.level == 3) AND task.n == 4`: false, `1==1 OR worker.level == 4 AND 1==0`: true,
	} {
		t.Run(expression, func(t *testing.T) {
			t.Parallel()
			r, err := imported("1==1", expression, "1==1")
			require.NoError(t, err)
			agents := compiled(t, rule(r).Steps[0].Agents, condition.OfAgent)
			require.Equal(t, want, agents.Holds(w.facts()), agents)
		})
	}
}

// What has no counterpart is never met, and is told.
func TestWhatHasNoCounterpart(t *testing.T) {
	t.Parallel()
	cases := []struct{ filter, target, queue, words string }{
		{"worker.level > 3", "", "", "no worker yet"},
		{"workers.available > 3", "", "", "counted in skip_if alone"},
		{"", "", "task.type == 'x'", "does not look at tasks"},
		{"", "", "taskage > 5", "does not look at tasks"},
		{"taskrouter.currentYear > 2000", "", "", "no taskrouter.currentYear"},
		{"", "worker.channel.voice.available == true", "", "share that is free"},
		{"", "worker.activity_name == task.wanted", "", "compared with constants"},
		{"", "worker.activity_name > 'x'", "", "name or sid of one"},
		{"type IN 'x'", "", "", "need a list"},
		{"type == ['x']", "", "", "compared with IN and HAS"},
		{"type > true", "", "", "have an order"},
		{"taskage IN [5]", "", "", "with one number"},
		{"taskage > 'x'", "", "", "number of seconds"},
		{"taskrouter.dayOfWeek == 'Funday'", "", "", "no day of the week"},
		{"taskrouter.dayOfWeek > 'Mon'", "", "", "no order"},
		{"taskrouter.dayOfWeek IN days", "", "", "an item of a list"},
		{"type CONTAINS 5", "", "", "a text in a text"},
	}
	for _, c := range cases {
		t.Run(c.filter+c.target+c.queue, func(t *testing.T) {
			t.Parallel()
			or := func(text string) string { return map[bool]string{true: "1==1", false: text + " OR 1==0"}[text == ""] }
			r, err := imported(or(c.filter), or(c.target), or(c.queue))
			require.NoError(t, err)
			i := slices.IndexFunc(r.Findings, func(f taskrouter.Finding) bool { return f.Kind == taskrouter.Lost })
			require.GreaterOrEqual(t, i, 0)
			require.Contains(t, r.Findings[i].Words, c.words)
			require.Contains(t, r.Findings[i].Words, "counts as not met")
			require.Contains(t, []string{rule(r).When, rule(r).Steps[0].Agents, membersOf(r)}, "false")
		})
	}
}

func TestMistakesInExpressionsAreShown(t *testing.T) {
	t.Parallel()
	cases := []struct {
		text string
		line string
	}{
		{`type == `, `column 9: it ends where a key`},
		{`type = 'x' AN vip == 1`, `column 12: AN is where AND, OR or the end should be`},
		{`type == 'x`, `column 9: this quote is not closed`},
		{`(type == 'x'`, `column 13: it ends where ")" should be`},
		{`type == 'x')`, `column 12: ) is where AND, OR or the end should be`},
		{`type`, `column 5: it ends where a comparison`},
		{`customer-value == 'x'`, `column 9: a key cannot have a hyphen`},
		{`type == 'x' && a == 1`, `column 13: && is where AND, OR or the end should be`},
		{`type && a`, `column 6: TaskRouter has AND, OR and != instead of &&`},
		{`type NOT CONTAINS 'x'`, `column 10: CONTAINS is where IN or HAS after NOT should be`},
		{`type IN ['a' 'b']`, `column 14: 'b' is where "," or "]" should be`},
		{`type IN ['a', b]`, `column 15: b is where a key`},
		{`list[x] == 1`, `column 6: x is where an index`},
		{`list[1 == 1`, `column 8: == is where "]" should be`},
		{`a..b == 1`, `column 3: . is where a name after "." should be`},
		{`AND == 1`, `column 1: AND is where a key`},
		{`{{task.x}} == 1`, `column 1: "{" is not expected here`},
		{"type == 'x' AND\n  vip ~ 1", `line 2, column 7: "~" is not expected here`},
		{`한국 == '어' AND x @ 1`, `column 17: "@" is not expected here`},
		{strings.Repeat("(", 30) + "1==1" + strings.Repeat(")", 30), `more than 20 parentheses`},
		{strings.Repeat("type == 'x' AND ", 3000) + "1==1", `longer than 32768`},
		{"1 == 1" + strings.Repeat("0", 400), `is too large`},
		{strings.Repeat("type == 'x' AND ", 300) + "1==1", `longer than 4096`},
	}
	for _, c := range cases {
		t.Run(c.text[:min(len(c.text), 40)], func(t *testing.T) {
			t.Parallel()
			_, err := imported(c.text, "1==1", "1==1")
			var wrong taskrouter.InputErrors
			require.ErrorAs(t, err, &wrong)
			require.Contains(t, wrong.Error(), c.line)
			require.Contains(t, wrong.Error(), `workflow "flow"`)
		})
	}
}

// However an expression is written, it is read or refused; what is read can be used.
func FuzzExpressions(f *testing.F) {
	for _, text := range []string{
		`1==1`, `skills HAS 'support' AND (languages HAS "en" OR level >= 3.5)`, `a.b[2] NOT IN ['x', 1, TRUE, NULL]`, `((a = 'it\'s'))`,
		`taskrouter.dayOfWeek IN ['Mon', 'THU'] and taskrouter.currentTime > 0800`, `worker.channel.chat.available_capacity_percentage < 33.3`,
		`taskage>60 OR task.x CONTAINS worker.y`, "\x00", `a == "\\`, `[] HAS x`, `-`, `a.b.c.d[0][1] != -5`, `((((((((((((((((((((1==1))))))))))))))))))))`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, e := range [][3]string{{text, "1==1", "1==1"}, {"1==1", text, "1==1"}, {"1==1", "1==1", text}} {
			r, err := imported(e[0], e[1], e[2])
			var wrong taskrouter.InputErrors
			if err != nil && !errors.As(err, &wrong) {
				t.Fatalf("%q: %v", text, err)
			}
			if err == nil {
				_, err = r.YAML()
				require.NoError(t, err)
			} else if !strings.Contains(err.Error(), "column") && !strings.Contains(err.Error(), "longer") && strings.TrimSpace(text) != "" {
				t.Fatalf("%q: no place in %v", text, err)
			}
		}
	})
}
