package condition_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/condition"
	"seax/internal/hours"
	"seax/internal/routing"
)

// It is Tuesday 10:30 in Seoul.
var now = time.Date(2026, 11, 24, 1, 30, 0, 0, time.UTC)

func facts() *condition.Facts {
	return &condition.Facts{
		Request: &condition.Request{
			Queue: "support", Channel: "webchat", Language: "ko", Priority: 3, Skills: map[string]int{"ko": 60}, Since: now.Add(-2 * time.Minute),
			Attributes: map[string]string{"vip": "true", "level": "7", "topics": `["refund", "card"]`, "plan": "gold", "customer": `{"tier": "silver", "orders": [{"state": "open"}]}`, "a.b": "c", "sizes": "[1, 2.5, true]"},
		},
		Contact: &condition.Contact{Name: "Bora", Locale: "ko", Earlier: 2, Attributes: map[string]string{"tier": "gold"}},
		Agent: &routing.Agent{
			ID: uuid.Nil, Name: "Jun", Presence: "available", Capacity: 100, Load: 40, Skills: routing.Skills{"ko": 90}, Queues: map[string]int{"support": 1},
			Attributes:  map[string]any{"team": "blue", "rating": 4.5, "languages": []any{"ko", "en"}, "office": map[string]any{"city": "Seoul"}, "levels": []any{3.0}},
			ChannelLoad: map[string]int{"webchat": 2, "sms": 5}, ChannelLimits: map[string]int{"webchat": 3, "sms": 4, "voice": 0, "email": 2},
		},
		Queue:    &condition.Queue{ID: "support", Waiting: 12, LongestWait: 4 * time.Minute, Estimate: 90 * time.Second},
		Agents:   &condition.Agents{Available: 3, WithCapacity: 0},
		Now:      now,
		Schedule: hours.Schedule{Zone: "Asia/Seoul", Hours: map[string][][]string{"tue": {{"09:00", "18:00"}}}, Holidays: []string{"2026-12-25"}},
	}
}

func TestHolds(t *testing.T) {
	t.Parallel()
	cases := []struct {
		text string
		want bool
	}{
		{`request.language == 'ko'`, true},
		{`request.channel in ['sms', 'webchat'] && request.priority >= 3`, true},
		{`request.attributes.vip == 'true'`, true},
		{`num(request.attributes.level) > 5`, true},
		{`num(request.attributes.level) > 7.5`, false},
		{`'refund' in list(request.attributes.topics)`, true},
		{`request.attributes.plan.contains('old')`, true},
		{`contact.attributes.tier == 'gold' && contact.earlier > 1`, true},
		// What is missing is null: no comparison but != holds for it, and an "or" around it still works.
		{`request.attributes.nothing == 'x'`, false},
		{`request.attributes.nothing != 'x'`, true},
		{`num(request.attributes.nothing) > 5`, false},
		{`num(request.attributes.nothing) <= 5`, false},
		{`request.attributes.nothing > 'a' || request.language == 'ko'`, true},
		{`has(request.attributes.nothing)`, false},
		{`has(request.attributes.vip)`, true},
		{`'a' in list(request.attributes.nothing)`, false},
		{`agent.attributes.office.city == 'Seoul'`, true},
		{`agent.attributes.nothing.at.all == 'Seoul'`, false},
		{`agent.skills.ko >= 60`, true},
		{`agent.skills.en >= 60`, false},
		{`!(agent.skills.en >= 60)`, false},
		{`agent.attributes.rating > 4`, true},
		{`'en' in agent.attributes.languages`, true},
		{`agent.attributes.languages.exists(l, l == request.language)`, true},
		{`agent.attributes.levels[0] == 3`, true},
		{`agent.channel_load.webchat < 3 && agent.channel_load.line == 0`, true},
		{`agent.channel_limits.webchat == 3 && !has(agent.channel_limits.line)`, true},
		{`agent.channel_free.webchat == 33 && agent.channel_free.email == 100`, true},
		{`agent.channel_free.sms == 0 && agent.channel_free.voice == 0 && agent.channel_free.line == 100`, true},
		{`'support' in agent.queues && agent.free == 60`, true},
		{`text(agent.attributes.rating) == '4.5'`, true},
		{`text(agent.attributes.languages) == '["ko","en"]' && text(agent.attributes.office) == '{"city":"Seoul"}' && text(list('[1, null, [2.5]]')) == '[1,null,[2.5]]'`, true},
		// Paths lead through maps, lists and texts that spell them, and to null where there is nothing.
		{`at(agent.attributes, 'office.city') == 'Seoul'`, true},
		{`at(agent.attributes, 'levels[0]') == 3 && at(agent.attributes, 'levels[1]') == null && at(agent.attributes, 'levels.x') == null`, true},
		{`at(agent.attributes, 'nothing.at.all') != 'x' && at(agent.attributes, 'team.lead') != 'x' && at(agent.attributes, 'rating[0]') != 'x'`, true},
		{`at(request.attributes, 'customer.tier') == 'silver'`, true},
		{`at(request.attributes, 'customer.orders[0].state') == 'open' && at(request.attributes, 'customer.orders[1].state') == null`, true},
		{`at(request.attributes, 'plan.name') == null && at(request.attributes, '') == null && at(request.attributes, '[0]') == null`, true},
		{`at(agent.attributes.levels, '[0]') == 3 && at('[[7]]', '[0][0]') == 7`, true},
		{`at(request.attributes, 'a.b') == 'c' && at(agent.name, 'x') == null`, true},
		// Texts of what is in a list, however it is written.
		{`'2.5' in texts(request.attributes.sizes) && 'true' in texts(request.attributes.sizes) && !('2' in texts(request.attributes.sizes))`, true},
		{`'3' in texts(agent.attributes.levels) && '7' in texts(request.attributes.level) && texts(request.attributes.nothing) == []`, true},
		{`'b' in texts('a, b') && texts(agent.attributes.office) == []`, true},
		// The time is the queue's.
		{`local.hour == 10 && local.weekday == 'tue' && local.time >= '09:30' && local.date == '2026-11-24'`, true},
		{`hours.open && !hours.holiday`, true},
		{`now - request.since > duration('100s')`, true},
		{`agents.available > 0 && agents.with_capacity == 0`, true},
		{`queue.waiting > 10 && queue.longest_wait >= duration('4m') && queue.eta < duration('2m')`, true},
	}
	for _, c := range cases {
		t.Run(c.text, func(t *testing.T) {
			t.Parallel()
			compiled, err := condition.Compile(c.text, condition.OfAgent)
			require.NoError(t, err)
			require.Equal(t, c.want, compiled.Holds(facts()))
		})
	}
}

func TestMistakesAreShown(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, text string
		scope      condition.Scope
		line, col  int
		words      string
	}{
		{"unknown name", `requst.language == 'ko'`, condition.OfRequest, 1, 1, "requst"},
		{"unknown field", "request.language == 'ko' &&\n  request.lang == 'ko'", condition.OfRequest, 2, 10, "lang"},
		{"out of scope", `agent.skills.ko > 1`, condition.OfRequest, 1, 1, `"agent" is not known here`},
		{"member's scope", `request.priority > 1`, condition.OfMember, 1, 1, `"request" is not known here`},
		{"types", `request.priority == 'high'`, condition.OfRequest, 1, 18, "does not go between a number and a text"},
		{"no answer", `request.priority + 1`, condition.OfRequest, 1, 1, "this is a number, not a yes or no"},
		{"half", `request.priority >`, condition.OfRequest, 1, 19, ""},
		{"garbage", "\x00\xff(((", condition.OfRequest, 1, 1, ""},
		{"empty", "  ", condition.OfRequest, 1, 1, "empty"},
		{"long", strings.Repeat("true && ", 600) + "true", condition.OfRequest, 1, 1, "longer"},
		{"deep", strings.Repeat("(", 2000) + "true" + strings.Repeat(")", 2000), condition.OfRequest, 1, 1, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := condition.Compile(c.text, c.scope)
			var wrong *condition.Error
			require.ErrorAs(t, err, &wrong)
			require.Equal(t, c.line, wrong.Line, wrong)
			if c.words != "" {
				require.Equal(t, c.col, wrong.Column, wrong)
				require.Contains(t, wrong.Words, c.words)
			}
		})
	}
}

// What people get wrong most often has a code and what its words are filled with, so that it can be said in any language.
func TestMistakesHaveCodes(t *testing.T) {
	t.Parallel()
	cases := []struct {
		text  string
		place string
		code  string
		args  []string
	}{
		{`requst.language == 'ko'`, "1:1", condition.Unknown, []string{"requst", "request"}},
		{`language == 'ko'`, "1:1", condition.Unknown, []string{"language", "request.language"}},
		{`weather == 'rain'`, "1:1", condition.Unknown, []string{"weather", ""}},
		{`agent.skills.ko > 1`, "1:1", condition.Elsewhere, []string{"agent"}},
		{"request.priority > 1 &&\n  request.langage == 'ko'", "2:10", condition.UnknownField, []string{"langage", "language", "request"}},
		{`contact.shoesize > 44`, "1:8", condition.UnknownField, []string{"shoesize", "", "contact"}},
		{`request.language.startWith('k')`, "1:18", condition.UnknownFunction, []string{"startWith", "startsWith"}},
		{`number(request.attributes.level) > 5`, "1:1", condition.UnknownFunction, []string{"number", ""}},
		{`numb(request.attributes.level) > 5`, "1:1", condition.UnknownFunction, []string{"numb", "num"}},
		{`request.priority == 'high'`, "1:18", condition.Mismatch, []string{"==", "number", "text"}},
		{`local.time > 9`, "1:12", condition.Mismatch, []string{">", "text", "number"}},
		{`request.queue in 'a,b'`, "1:15", condition.Mismatch, []string{"in", "text", "text"}},
		{`request.skills + 1 > 2`, "1:16", condition.Mismatch, []string{"+", "map", "number"}},
		{`request.sla_left < 120`, "1:18", condition.Seconds, nil},
		{`num(1, 2) > 1`, "1:1", condition.Arguments, []string{"num", "number,number"}},
		{`request.language.startsWith(1)`, "1:18", condition.Arguments, []string{"startsWith", "number"}},
		{`request.priority.foo == 1`, "1:17", condition.NoFields, []string{"number"}},
		{`request.priority + 1`, "1:1", condition.NotBoolean, []string{"number"}},
		{`request.priority && true`, "1:8", condition.NotBoolean, []string{"number"}},
		{`!request.language`, "1:1", condition.NotBoolean, []string{"text"}},
		{`(request.priority > 1`, "1:22", condition.Unclosed, []string{")"}},
		{`request.language in ['a', 'b'`, "1:30", condition.Unclosed, []string{"]"}},
		{`request.priority > 1)`, "1:21", condition.Extra, []string{")"}},
		{`request.priority >`, "1:19", condition.Unfinished, nil},
		{`request.language == 'ko' || `, "1:29", condition.Unfinished, nil},
		{`request.priority = 1`, "1:18", condition.Assigned, nil},
		{`request.language == 'ko`, "1:21", condition.Quote, nil},
		{`request.language == “ko”`, "1:21", condition.Curly, nil},
		{`request.priority > 1 and hours.open`, "1:22", condition.Word, []string{"and", "&&"}},
		{`'a' 'b'`, "1:5", condition.Unexpected, []string{"'b'"}},
		{`true # always`, "1:6", condition.Unexpected, []string{"#"}},
		{`if == 1`, "1:1", condition.Unexpected, []string{"if"}},
		{`timestamp('2026') > now`, "1:11", condition.Instant, []string{"2026"}},
		{`duration('5') > queue.eta`, "1:10", condition.Length, []string{"5"}},
		{strings.Repeat("(", 100) + "true" + strings.Repeat(")", 100), "1:1", condition.Deep, nil},
		{" ", "1:1", condition.Empty, nil},
		{strings.Repeat("true && ", 600) + "true", "1:1", condition.Long, []string{"4096"}},
		{`request.priority >= 99999999999999999999`, "1:21", condition.Other, []string{"invalid int literal"}},
	}
	for _, c := range cases {
		t.Run(c.text[:min(len(c.text), 60)], func(t *testing.T) {
			t.Parallel()
			_, err := condition.Compile(c.text, condition.OfRequest)
			var wrong *condition.Error
			require.ErrorAs(t, err, &wrong)
			require.Equal(t, c.code, wrong.Code, wrong)
			require.ElementsMatch(t, c.args, wrong.Args, wrong)
			require.Equal(t, c.place, fmt.Sprintf("%d:%d", wrong.Line, wrong.Column), wrong)
			require.NotEmpty(t, wrong.Words)
			require.NotContains(t, wrong.Words, "%!")
		})
	}
}

// What compiles and never holds because there is no such hour, day or zone is found, too, where it is written.
func TestImpossibleComparisonsAreFound(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`local.hour >= 18 && local.hour < 24`:                        "",
		`local.hour == 25`:                                           "1:15 condition_hour [25]",
		"true &&\n local.hour in [9, 30]":                            "2:20 condition_hour [30]",
		`local.time >= '09:30' && local.time < '24:00'`:              "",
		`local.time >= '9:30'`:                                       "1:15 condition_time [9:30]",
		`'25:00' > local.time`:                                       "1:1 condition_time [25:00]",
		`local.weekday == 'sat'`:                                     "",
		`local.weekday in ['sat', 'sunday']`:                         "1:26 condition_weekday [sunday]",
		`local.date == '2026-13-01'`:                                 "1:15 condition_date [2026-13-01]",
		`now.getHours('Asia/Seoul') > 9 && now.getHours('+09:00')>1`: "",
		`now.getHours('Asia/Seul') > 9`:                              "1:14 condition_zone [Asia/Seul]",
		`request.language == 'monday'`:                               "",
		`nonsense ==`:                                                "",
	} {
		err := condition.Check(text, condition.OfRequest)
		if want == "" {
			require.NoError(t, err, text)
			continue
		}
		var wrong *condition.Error
		require.ErrorAs(t, err, &wrong, text)
		require.Equal(t, want, fmt.Sprintf("%d:%d %s %v", wrong.Line, wrong.Column, wrong.Code, wrong.Args), text)
		_, err = condition.Compile(text, condition.OfRequest)
		require.NoError(t, err, "what was saved before goes on working")
	}
}

// What is not met is named, by the part that is not.
func TestUnmetNamesTheClause(t *testing.T) {
	t.Parallel()
	c, err := condition.Compile(`agent.skills.ko >= 60 && (agent.attributes.team == 'red' || agent.load == 0) && agent.free > 10`, condition.OfAgent)
	require.NoError(t, err)
	require.Equal(t, `agent.attributes.team == "red" || agent.load == 0`, c.Unmet(facts()))
	require.Empty(t, (*condition.Condition)(nil).Unmet(facts()))
}

func TestOnlyAgent(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`agent.skills.ko >= 60`:                                       true,
		`agent.attributes.languages.exists(l, l == 'ko')`:             true,
		`agent.attributes.languages.exists(l, l == request.language)`: false,
		`agent.skills.ko >= 60 && hours.open`:                         false,
		`now > timestamp('2026-01-01T00:00:00Z')`:                     false,
	} {
		c, err := condition.Compile(text, condition.OfAgent)
		require.NoError(t, err)
		require.Equal(t, want, c.OnlyAgent(), text)
	}
}

// A condition that would compute for long is stopped, and is "no".
func TestCostIsLimited(t *testing.T) {
	t.Parallel()
	many := make([]any, 300)
	for i := range many {
		many[i] = float64(i)
	}
	f := facts()
	f.Agent.Attributes["many"] = many
	c, err := condition.Compile(`agent.attributes.many.all(a, agent.attributes.many.all(b, agent.attributes.many.all(c, a + b + c >= 0)))`, condition.OfAgent)
	require.NoError(t, err)
	require.False(t, c.Holds(f))
}

func BenchmarkUnmet(b *testing.B) {
	c, err := condition.Compile(`agent.attributes.team == 'blue' && agent.skills.ko >= 60 && agent.attributes.rating > 4.0`, condition.OfAgent)
	require.NoError(b, err)
	f := facts()
	for b.Loop() {
		if c.Unmet(f) != "" {
			b.Fatal("should hold")
		}
	}
}
