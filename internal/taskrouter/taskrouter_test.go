package taskrouter_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"seax/api/spec"
	"seax/internal/taskrouter"
)

const examples = "../../docs/examples/taskrouter"

func example(t *testing.T) taskrouter.Result {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(examples, "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var sources []taskrouter.Source
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		sources = append(sources, taskrouter.Source{Name: filepath.Base(file), Text: text})
	}
	r, err := taskrouter.Import(sources, taskrouter.Options{})
	require.NoError(t, err)
	return r
}

// What docs/taskrouter.md shows is what comes out.
func TestTheExampleIsAsShown(t *testing.T) {
	t.Parallel()
	shown, err := os.ReadFile(filepath.Join(examples, "routing.yaml"))
	require.NoError(t, err)
	text, err := example(t).YAML()
	require.NoError(t, err)
	require.Equal(t, string(shown), string(text), "in %s: seax import taskrouter *.json > routing.yaml", examples)
}

func TestTheExampleRoutes(t *testing.T) {
	t.Parallel()
	c := open(t, written(t, example(t)))
	gold := func(more ...string) []string {
		return append([]string{`customer={"tier": "gold"}`, "language=ko"}, more...)
	}
	c.arrive("again", "webchat", gold("last_agent=bob@shop.example")...)
	c.wants("again", "in support: Bob Kim")
	c.arrive("new", "webchat", gold("last_agent=nobody")...)
	c.wants("new", "in support: Bob Kim")
	c.arrive("english", "webchat", "customer.tier=platinum", "language=en")
	c.wants("english", "in support: Ann Lee")
	c.reject("english", "Ann Lee")
	c.pass(59 * time.Second)
	c.wants("english", "in support: Ann Lee")
	c.arrive("french", "webchat", gold("language=fr")...)
	c.wants("french", "waits in support")
	require.Equal(t, 50, c.call("french").demand.Priority)
	c.pass(time.Minute)
	c.wants("french", "waits in everyone")
	require.Equal(t, 80, c.call("french").demand.Priority)

	c.presence("Cleo", "training")
	c.arrive("bill", "webchat", "topic=billing")
	c.wants("bill", "in billing: Ann Lee")
	c.arrive("call", "voice", "topic=billing")
	c.wants("call", "in billing: Ann Lee")
	c.arrive("second call", "voice", "topic=billing")
	c.pass(time.Second)
	c.wants("second call", "waits in billing")
	c.presence("Cleo", "available")
	c.wants("second call", "in billing: Cleo")
	c.arrive("to Bob", "webchat", "transfer_to=Bob Kim")
	c.wants("to Bob", "in everyone: Bob Kim")
	c.now = c.now.Add(8 * time.Hour)
	c.arrive("late bill", "email", "topic=billing")
	require.Equal(t, "everyone", c.call("late bill").demand.Queue)
}

// sources are files by name.
func sources(files map[string]string) []taskrouter.Source {
	var all []taskrouter.Source
	for name, text := range files {
		all = append(all, taskrouter.Source{Name: name, Text: []byte(text)})
	}
	return all
}

const everyone = `{"task_queues": [{"sid": "WQ1", "friendly_name": "Everyone", "target_workers": "1==1"}]}`

// Resources are told apart by what is in them, however they come.
func TestFilesOfAllKinds(t *testing.T) {
	t.Parallel()
	config := `{"task_routing": {"filters": [{"expression": "1==1", "targets": [{"queue": "WQ1"}]}], "default_filter": {"queue": "WQ1"}}}`
	for name, files := range map[string]map[string]string{
		"lists of the API": {
			"a.json": `{"meta": {}, "workflows": [{"sid": "WW1", "friendly_name": "Care", "configuration": ` + quoted(config) + `}]}`, "b.json": everyone,
			"c.json": `{"workers": [{"sid": "WK1", "friendly_name": "Ann", "attributes": "{}", "activity_sid": "WA9", "activity_name": "Lunch", "available": false}]}`,
			"d.json": `{"channels": [{"sid": "WC1", "worker_sid": "WK1", "task_channel_unique_name": "chat", "configured_capacity": 4}]}`,
			"e.json": `{"channels": [{"sid": "TC1", "friendly_name": "Voice", "unique_name": "voice", "channel_optimized_routing": false}]}`,
		},
		"lists of the command-line tool": {
			"a.json": `[{"sid": "WW1", "friendlyName": "Care", "configuration": ` + quoted(config) + `, "taskReservationTimeout": 120}]`,
			"b.json": `[{"sid": "WQ1", "friendlyName": "Everyone", "targetWorkers": "1==1", "maxReservedWorkers": 1, "taskOrder": "FIFO"}]`,
			"c.json": `[{"sid": "WK1", "friendlyName": "Ann", "attributes": "{}", "activityName": "Lunch", "activitySid": "WA9", "available": false}]`,
			"d.json": `[{"sid": "WC1", "workerSid": "WK1", "taskChannelUniqueName": "chat", "configuredCapacity": 4}]`,
		},
		"one file, and one resource each": {
			"all.json": `{"workflows": [{"friendly_name": "Care", "configuration": ` + config + `}], "task_queues": [{"sid": "WQ1", "friendly_name": "Everyone"}],
				"worker_channels": [{"worker_sid": "WK1", "task_channel_unique_name": "chat", "configured_capacity": 4}], "activities": [{"friendly_name": "Lunch", "available": false}]}`,
			"list.json":   `{"workers": [{"sid": "WK1", "friendly_name": "Ann", "attributes": null, "activity_name": "Lunch"}]}`,
			"worker.json": `{"sid": "WK1", "friendly_name": "Ann", "attributes": {}, "activity_name": "Lunch"}`,
		},
		"a configuration by itself": {
			"here/Care.json": config, "b.json": everyone, "w.json": `{"sid": "WK1", "friendly_name": "Ann", "attributes": "{}", "activity_name": "Lunch", "available": false}`,
			"d.json": `{"sid": "WC1", "worker_sid": "WK1", "task_channel_unique_name": "chat", "configured_capacity": 4}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := taskrouter.Import(sources(files), taskrouter.Options{})
			require.NoError(t, err)
			require.Equal(t, "care", r.File.Plans[0].Id)
			require.Equal(t, "true", *r.File.Queues[0].MembersWhen)
			require.Equal(t, map[string]int{"webchat": 4}, *r.File.People[0].ChannelLimits)
			require.Equal(t, 80, *r.File.People[0].Capacity)
			require.Equal(t, []spec.Presence{{Id: "lunch", Label: spec.LocalText{En: "Lunch"}}}, r.File.Presences)
		})
	}
}

func quoted(text string) string {
	encoded, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

// What is wrong is said with its place, and all of it at once.
func TestWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	filters := func(filters string) string {
		return `{"task_routing": {"filters": ` + filters + `, "default_filter": {"queue": "WQ1"}}}`
	}
	cases := []struct{ name, text, words string }{
		{"nothing", ``, `x.json: it is empty`},
		{"no JSON", "{\n  \"a\": 1,\n  b}", `x.json: line 3, column 3: not JSON`},
		{"half of it", `{"task_routing": {`, `x.json: line 1, column 18: not JSON: unexpected end`},
		{"a number", `5`, `x.json: an object is needed, not a number`},
		{"something else", `{"name": "x"}`, `x.json: this is no workflow`},
		{"something else in a list", `{"workers": [5]}`, `x.json: workers[0]: an object is needed, not a number`},
		{"no list", `{"workers": {"a": 1}}`, `x.json: workers: a list is needed, not an object`},
		{"nested too deep", strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000), `x.json: line 1, column 10001: not JSON`},
		{"filters", filters(`"all"`), `filters: a list is needed, not a text`},
		{"filter", filters(`["one"]`), `workflow "x", filter 1: an object is needed, not a text`},
		{"no expression", filters(`[{"filter_friendly_name": "A", "targets": [{"queue": "WQ1"}]}]`), `workflow "x", filter 1 "A": expression is missing`},
		{"no targets", filters(`[{"expression": "1==1"}]`), `workflow "x", filter 1: there are no targets`},
		{"targets", filters(`[{"expression": "1==1", "targets": {}}]`), `targets: a list is needed, not an object`},
		{"expression", filters(`[{"expression": 5, "targets": [{"queue": "WQ1"}]}]`), `expression is a text, not a number`},
		{"timeout", filters(`[{"expression": "1==1", "targets": [{"queue": "WQ1", "timeout": -5}]}]`), `target 1: timeout is a whole number`},
		{"priority", filters(`[{"expression": "1==1", "targets": [{"queue": "WQ1", "priority": "high"}]}]`), `priority is a whole number from 0 to 2147483647, not "high"`},
		{"no queue", filters(`[{"expression": "1==1", "targets": [{}]}]`), `target 1: queue is missing`},
		{"unknown queue", filters(`[{"expression": "1==1", "targets": [{"queue": "WQ7"}]}]`), `target 1: there is no queue "WQ7" among those given`},
		{"unknown queue, several", filters(`[{"expression": "type = ", "targets": [{"queue": "WQ8"}]}]`), `there is no queue "WQ8"`},
		{"unknown default", `{"task_routing": {"default_filter": {"queue": "WQ9"}}}`, `default filter: there is no queue "WQ9"`},
		{"empty default", `{"task_routing": {"default_filter": {}}}`, `default filter: queue is missing`},
		{"routing", `{"task_routing": []}`, `an object is needed, not a list`},
		{"no routing", `{"friendly_name": "Care", "configuration": "{}"}`, `task_routing is missing`},
		{"configuration", `{"sid": "WW1", "friendly_name": "Care", "configuration": "{\n oops"}`, `configuration: line 2, column 2: not JSON`},
		{"known worker", filters(`[{"expression": "1==1", "targets": [{"queue": "WQ1", "known_worker_sid": "WK123"}]}]`), `like task.agent; this is "WK123"`},
		{"order", filters(`[{"expression": "1==1", "targets": [{"queue": "WQ1", "order_by": "worker.level UP"}]}]`), `"worker.level UP" is not like worker.level DESC`},
		{"order key", filters(`[{"expression": "1==1", "targets": [{"queue": "WQ1", "order_by": "'x'"}]}]`), `"'x'" is no attribute of workers`},
		{"skip", filters(`[{"expression": "1==1", "targets": [{"queue": "WQ1", "skip_if": "workers.available"}]}]`), `skip_if: line 1, column 18: it ends where a comparison`},
		{"many filters", filters("[" + strings.TrimSuffix(strings.Repeat(`{"expression": "1==1", "targets": [{"queue": "WQ1"}]},`, 150), ",") + "]"), `there are more than 100`},
		{"queue twice", everyone, `WQ1 was given before, by queues.json`},
		{"workflow twice", `[{"sid": "WW1", "friendly_name": "A", "configuration": {"task_routing": {}}}, {"sid": "WW1", "friendly_name": "A", "configuration": {"task_routing": {}}}]`, `WW1 was given before`},
		{"queue without a name", `{"sid": "WQ5", "target_workers": "1==1"}`, `friendly_name is missing`},
		{"queue's workers", `{"sid": "WQ5", "friendly_name": "A", "target_workers": "skills HAS"}`, `queue "A", target_workers: line 1, column 11`},
		{"worker twice", `[{"sid": "WK1", "friendly_name": "A", "attributes": "{}"}, {"sid": "WK1", "friendly_name": "A", "attributes": "{}"}]`, `WK1 was given before, with attributes`},
		{"worker without a name", `{"sid": "WK1"}`, `friendly_name is missing`},
		{"attributes", `{"sid": "WK1", "friendly_name": "A", "attributes": "[1]"}`, `attributes are an object`},
		{"attributes that are none", `{"sid": "WK1", "friendly_name": "A", "attributes": "{"}`, `attributes: line 1, column 1`},
		{"attributes nested too deep", `{"sid": "WK1", "friendly_name": "A", "attributes": {"a": ` + strings.Repeat("[", 60) + strings.Repeat("]", 60) + `}}`, `at most 50 deep`},
		{"channel", `{"sid": "WC1", "configured_capacity": 5}`, `needs worker_sid and task_channel_unique_name`},
		{"activity", `{"sid": "WA1", "available": "yes", "friendly_name": "A"}`, `available is true or false, not a text`},
		{"activity without a name", `{"sid": "WA1", "available": true}`, `friendly_name is missing`},
		{"null in a name", `{"sid": "WK1", "friendly_name": "a\u0000"}`, `the name has null characters`},
		{"workflow without a name", `{"sid": "WW1", "configuration": "{\"task_routing\": {}}"}`, `friendly_name is missing`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := taskrouter.Import([]taskrouter.Source{{Name: "queues.json", Text: []byte(everyone)}, {Name: "x.json", Text: []byte(c.text)}}, taskrouter.Options{})
			var wrong taskrouter.InputErrors
			require.ErrorAs(t, err, &wrong)
			require.Contains(t, wrong.Error(), c.words)
		})
	}
	_, err := taskrouter.Import(nil, taskrouter.Options{EmailDomain: "a b"})
	require.ErrorContains(t, err, `"a b" is no domain`)
	_, err = taskrouter.Import(sources(map[string]string{"x.json": filters(`[{"expression": "a b", "targets": [{"queue": "WQ1"}]}, {"expression": "c d", "targets": [{"queue": "WQ2"}]}]`)}), taskrouter.Options{})
	var wrong taskrouter.InputErrors
	require.ErrorAs(t, err, &wrong)
	require.Len(t, wrong, 5, wrong)
	require.Contains(t, wrong.Error(), "no task queues were given")
}

// Ten megabytes of workers are no trouble.
func TestManyWorkers(t *testing.T) {
	t.Parallel()
	const many = 500
	workers := make([]string, many)
	for i := range workers {
		attributes := fmt.Sprintf(`{"email": "w%d@shop.example", "routing": {"skills": ["s%d"]}, "note": %q}`, i, i%50, strings.Repeat("x", 21_000))
		workers[i] = fmt.Sprintf(`{"sid": "WK%d", "friendly_name": "w%d", "attributes": %q}`, i, i, attributes)
	}
	text := `{"workers": [` + strings.Join(workers, ",") + `]}`
	require.Greater(t, len(text), 10_000_000)
	r, err := taskrouter.Import(sources(map[string]string{"w.json": text, "q.json": everyone}), taskrouter.Options{})
	require.NoError(t, err)
	require.Len(t, r.File.People, many)
	require.Len(t, r.File.Skills, 50)
	_, err = r.YAML()
	require.NoError(t, err)
}

// findings of an import, by kind and words.
func found(r taskrouter.Result) string {
	var all strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintln(&all, f)
	}
	return all.String()
}

func TestPeople(t *testing.T) {
	t.Parallel()
	workers := `[
		{"sid": "WK1", "friendly_name": "ann@shop.example", "attributes": "{\"full_name\": \"Ann\", \"roles\": [\"agent\", \"supervisor\"], \"email\": \"Ann.Lee@Shop.example\"}"},
		{"sid": "WK2", "friendly_name": "bob_40shop_2Eexample", "attributes": "{}"},
		{"sid": "WK3", "friendly_name": "김철수", "attributes": "{\"routing\": {\"skills\": [\"Korean\", \"한국어\", \"tech\"], \"levels\": {\"Korean\": 1, \"tech\": \"high\", \"french\": 3}}}"},
		{"sid": "WK4", "friendly_name": "Cleo", "attributes": "{\"email\": \"ann.lee@shop.example\", \"sid\": \"mine\", \"big\": 12345678901, \"part\": 0.5}"},
		{"sid": "WK5", "friendly_name": "Dan", "attributes": "{\"routing\": {\"skills\": [\"Korean\"], \"levels\": {\"Korean\": 300}}}"},
		{"sid": "WK6", "friendly_name": "Eve", "attributes": null},
		{"sid": "WK7", "friendly_name": "Dan", "attributes": "{}"}]`
	channels := `[{"sid": "WC1", "worker_sid": "WK5", "task_channel_unique_name": "voice", "configured_capacity": 1},
		{"sid": "WC2", "worker_sid": "WK5", "task_channel_unique_name": "chat", "configured_capacity": 3},
		{"sid": "WC3", "worker_sid": "WK5", "task_channel_unique_name": "email", "configured_capacity": 5, "available": false},
		{"sid": "WC4", "worker_sid": "WK5", "task_channel_unique_name": "video", "configured_capacity": 2},
		{"sid": "WC6", "worker_sid": "WK99", "task_channel_unique_name": "sms", "configured_capacity": 1},
		{"sid": "WC5", "worker_sid": "WK7", "task_channel_unique_name": "sms", "configured_capacity": 5000}]`
	r, err := taskrouter.Import(sources(map[string]string{"w.json": workers, "c.json": channels}), taskrouter.Options{
		EmailDomain: "shop.test", Channels: map[string]string{"chat": "whatsapp"},
	})
	require.NoError(t, err)
	people := r.File.People
	require.Equal(t, []string{"Ann", "bob@shop.example", "김철수", "Cleo", "Dan", "Eve", "Dan"}, each(people, func(p spec.PersonInput) string { return p.Name }))
	require.Equal(t, []string{"ann.lee@shop.example", "bob@shop.example", "wk3@shop.test", "ann.lee+2@shop.example", "dan@shop.test", "eve@shop.test", "dan-2@shop.test"},
		each(people, func(p spec.PersonInput) string { return p.Email }))
	require.Equal(t, []string{"korean", "tech", "skill"}, each(r.File.Skills, func(s spec.Skill) string { return s.Id }))
	require.Equal(t, map[string]int{"korean": 1, "skill": 100, "tech": 1}, *people[2].Skills)
	require.Equal(t, map[string]int{"korean": 100}, *people[4].Skills)
	require.Equal(t, map[string]any{"email": "ann.lee@shop.example", "sid": "mine", "friendly_name": "Cleo", "big": int64(12345678901), "part": 0.5}, *people[3].Attributes)
	require.Equal(t, map[string]int{"voice": 1, "whatsapp": 3, "email": 0}, *people[4].ChannelLimits)
	require.Equal(t, 160, *people[4].Capacity)
	require.Equal(t, 10_000, *people[6].Capacity)
	require.Nil(t, people[0].ChannelLimits)
	for _, words := range []string{
		`check: workers: some came without attributes, which Twilio's lists leave out; fetch each by itself and give that too: Eve`,
		`changed: skill "Korean": levels go from 1 to 100 here: 300,`,
		`changed: worker "김철수": the level "high" of tech is no number above 0; it becomes 1`,
		`not carried over: worker "김철수": has a level of french, but not the skill`,
		`check: worker "ann@shop.example": was admin or supervisor in Flex`,
		`not carried over: worker channels: some are of workers who were not given: WK99`,
		`check: worker "Cleo": has no email address of their own; ann.lee+2@shop.example is made up`,
		`changed: worker "Cleo": its attribute sid is kept`,
		`email is switched off for WK5; the limit is 0 until somebody raises it to 5`,
		`not carried over: worker "Dan": takes 2 at once on the task channel video`,
		`changed: worker "Dan": all limits together are 100000 units; the most a person may take is 10000`,
	} {
		require.Contains(t, found(r), words)
	}
}

func each[T any](all []T, of func(T) string) []string {
	texts := make([]string, len(all))
	for i, one := range all {
		texts[i] = of(one)
	}
	return texts
}

// The presences that every installation has are used, if they mean the same.
func TestActivities(t *testing.T) {
	t.Parallel()
	r, err := taskrouter.Import(sources(map[string]string{"a.json": `{"activities": [
		{"sid": "WA1", "friendly_name": "Available", "available": true}, {"sid": "WA2", "friendly_name": "Offline", "available": true},
		{"sid": "WA3", "friendly_name": "Break-time!", "available": false}, {"sid": "WA4", "friendly_name": "휴식", "available": false}]}`}), taskrouter.Options{})
	require.NoError(t, err)
	require.Empty(t, r.Findings)
	require.Equal(t, []spec.Presence{
		{Id: "offline-2", Label: spec.LocalText{En: "Offline"}, OffersWork: true}, {Id: "break-time", Label: spec.LocalText{En: "Break-time!"}},
		{Id: "wa4", Label: spec.LocalText{En: "휴식"}},
	}, r.File.Presences)
}

// What workflows, queues and targets have that SeaX has otherwise, or not at all, is told.
func TestWhatIsTold(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long ", 30)
	cases := []struct{ name, target, more, words string }{
		{"unknown field", `"queue": "WQ1", "colour": "red"`, ``, `not carried over: workflow "Care", filter 1 "A", target 1: colour is not known`},
		{"filter's unknown field", `"queue": "WQ1"}], "colour": "red", "x": [{"a": 1`, ``, `filter 1 "A": colour is not known`},
		{"two known workers", `"queue": "WQ1", "known_worker_sid": "task.a", "known_worker_friendly_name": "task.b"`, ``, `known_worker_friendly_name: a step has one known agent`},
		{"known worker and expression", `"queue": "WQ1", "known_worker_sid": "{{task.a}}", "expression": "worker.x == 1"`, ``, `the agent whom a names is asked whatever the target's expression says`},
		{"known worker, last", `"queue": "WQ1", "known_worker_sid": "task.last"`, ``, `here means who last served the customer`},
		{"no timeout before others", `"queue": "WQ1"}, {"queue": "WQ1"`, ``, `has no timeout, and something behind it: it ends after a day`},
		{"very long", `"queue": "WQ1", "timeout": 1200000}, {"queue": "WQ1", "timeout": 1200000}, {"queue": "WQ1"`, ``, `are 2400000 seconds; the most is 1209600`},
		{"parts of lists", `"queue": "WQ1", "order_by": "worker.levels[0] DESC, worker.a"`, ``, `order_by worker.levels[0]: agents are sorted by attributes, not by parts of lists`},
		{"many keys", `"queue": "WQ1", "order_by": "a,b,c,d,e,f,g,h,i,j,k"`, ``, `order_by k: agents are sorted by at most 10`},
		{"skip by a presence", `"queue": "WQ1", "skip_if": "workers.unavailable > 3 OR workers.WA1 == 0"`, ``, `workers.unavailable > 3: SeaX counts who is there`},
		{"skip with demands", `"queue": "WQ1", "expression": "worker.x == 1", "skip_if": "workers.available < 3"`, ``, `TaskRouter also skips it when nobody meets the target's own demands`},
		{"skip past filters", `"queue": "WQ1", "skip_if": "workers.available == 0"}]}, {"expression": "b == 1", "targets": [{"queue": "WQ1"`, ``, `TaskRouter tries the filters behind this one; here Everyone is next`},
		{"constants", `"queue": "WQ1", "expression": "\"language\" == \"es\""`, ``, `a key is written without quotes`},
		{"activity", `"queue": "WQ1", "expression": "worker.activity_name == 'Nap' OR worker.activity_name IN ['Nap']"`, ``, `no activity "Nap" was given`},
		{"channels", `"queue": "WQ1", "expression": "worker.channel.chat.assigned_tasks == 0"`, ``, `worker.channel: expressions go by workers' channels, none of which were given`},
		{"callbacks", `"queue": "WQ1"`, `, "assignment_callback_url": "https://x.example"`, `assignment_callback_url: an offer is answered by the agent`},
		{"short offers", `"queue": "WQ1"`, `, "task_reservation_timeout": 2`, `task_reservation_timeout 2 becomes 5 seconds`},
		{"long offers", `"queue": "WQ1"`, `, "task_reservation_timeout": 86400`, `task_reservation_timeout 86400 becomes 3600 seconds`},
		{"a long name", `"queue": "WQ1"}]}, {"filter_friendly_name": "` + long + `", "expression": "1==1", "targets": [{"queue": "WQ1"`, ``, `the name is longer than 100 characters`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config := `{"task_routing": {"filters": [{"filter_friendly_name": "A", "expression": "a == 1", "targets": [{` + c.target + `}]}], "default_filter": {"queue": "WQ1"}}}`
			r, err := taskrouter.Import(sources(map[string]string{
				"w.json": `{"sid": "WW1", "friendly_name": "Care", "configuration": ` + config + c.more + `}`, "q.json": everyone,
			}), taskrouter.Options{})
			require.NoError(t, err)
			require.Contains(t, found(r), c.words)
			written(t, r)
		})
	}
	r, err := taskrouter.Import(sources(map[string]string{
		"q.json": `[{"sid": "WQ1", "friendly_name": "A", "max_reserved_workers": 80, "assignment_activity_name": "Busy"}]`,
		"s.json": `{"sid": "WS1", "friendly_name": "Flex", "prioritize_queue_order": "LIFO", "timeout_activity_name": "Away"}`,
	}), taskrouter.Options{})
	require.NoError(t, err)
	for _, words := range []string{"max_reserved_workers 80 becomes 50", `assignment_activity_name "Busy"`, "prioritize_queue_order LIFO", `the activity "Away" after a missed reservation`} {
		require.Contains(t, found(r), words)
	}
}

// Workflows that share a queue and not their reservation timeout keep theirs by step; names that are the same stay apart.
func TestSeveralWorkflows(t *testing.T) {
	t.Parallel()
	workflow := func(timeout int) string {
		return fmt.Sprintf(`{"friendly_name": "Care", "task_reservation_timeout": %d, "configuration": {"task_routing": {"filters": [
			{"filter_friendly_name": "default", "expression": "a == 1", "targets": [{"queue": "WQ1", "timeout": 0, "priority": %d}]},
			{"filter_friendly_name": "default", "expression": "a == 2", "targets": [{"queue": "Own %d"}]}], "default_filter": {"queue": "WQ1"}}}}`, timeout, timeout*1000, timeout)
	}
	r, err := taskrouter.Import([]taskrouter.Source{
		{Name: "w.json", Text: []byte("[" + workflow(30) + "," + workflow(60) + "]")},
		{Name: "q.json", Text: []byte(`[{"sid": "WQ1", "friendly_name": "Shared"}, {"sid": "WQ2", "friendly_name": "Own 30"}, {"sid": "WQ3", "friendly_name": "Own 60"}]`)},
	}, taskrouter.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"care", "care-2"}, each(r.File.Plans, func(p spec.Plan) string { return p.Id }))
	require.Equal(t, []string{"30", "30", "60"}, each(r.File.Queues, func(q spec.Queue) string { return strconv.Itoa(q.OfferTimeoutS) }))
	second := *r.File.Plans[1].Rules
	require.Equal(t, []string{"default (2)", "default (3)"}, []string{second[0].Name, second[1].Name})
	require.Equal(t, 60, second[0].Steps[0].OfferTimeout)
	require.Equal(t, 1, second[0].Steps[0].Timeout)
	require.Equal(t, 100, *second[0].Steps[0].Priority)
	require.Equal(t, 50, *(*r.File.Plans[0].Rules)[0].Steps[0].Priority)
	require.Zero(t, second[1].Steps[0].OfferTimeout)
}

// Whatever texts there are, what is written is read again as it was, and comments stay comments.
func TestAllTextsAreWrittenSafely(t *testing.T) {
	t.Parallel()
	nasty := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("a:#-?\n\r\t '\"\\|>&*{}[]%@`,~=!\u0085\u2028\u00a0\ufeff가0.5e")))).
		Filter(func(s string) bool { return strings.TrimSpace(s) != "" })
	rapid.Check(t, func(t *rapid.T) {
		text := func() string { return nasty.Draw(t, "text") }
		name := func() string { return strings.ReplaceAll(text(), "\x00", "-") }
		worker := map[string]any{"sid": "WK1", "friendly_name": name(), "attributes": map[string]any{text(): text(), "list": []any{text(), map[string]any{text(): text()}}, "full_name": text()}}
		files := map[string]any{
			"w.json": []any{worker},
			"q.json": []any{map[string]any{"sid": "WQ1", "friendly_name": name(), "target_workers": "x HAS " + quoted(text()), "task_order": "LIFO"}},
			"a.json": []any{map[string]any{"sid": "WA1", "friendly_name": name(), "available": true}},
			"c.json": map[string]any{"task_routing": map[string]any{"filters": []any{map[string]any{
				"filter_friendly_name": text(), "expression": "workers.x > 5 OR a == " + quoted(text()), "targets": []any{map[string]any{"queue": "WQ1", text(): text()}},
			}}}},
		}
		var all []taskrouter.Source
		for name, content := range files {
			encoded, err := json.Marshal(content)
			require.NoError(t, err)
			all = append(all, taskrouter.Source{Name: name, Text: encoded})
		}
		r, err := taskrouter.Import(all, taskrouter.Options{})
		require.NoError(t, err)
		writtenAs(t, r)
	})
}

// However a file looks, it is read or refused.
func FuzzFiles(f *testing.F) {
	files, err := filepath.Glob(filepath.Join(examples, "*.json"))
	require.NoError(f, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(text)
	}
	for _, text := range []string{`[null]`, `{"workers": [null, {}]}`, `{"task_routing": {"filters": [{"targets": [null]}], "default_filter": null}}`, `{"sid": "WW", "configuration": "[]"}`, `{"attributes": "null", "friendly_name": "a"}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := taskrouter.Import([]taskrouter.Source{{Name: "x.json", Text: text}, {Name: "queues.json", Text: []byte(everyone)}}, taskrouter.Options{})
		var wrong taskrouter.InputErrors
		if err != nil && !errors.As(err, &wrong) {
			t.Fatal(err)
		}
		if err == nil {
			_, err = r.YAML()
			require.NoError(t, err)
		}
	})
}
