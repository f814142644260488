package setup_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"seax/api/spec"
	"seax/internal/setup"
	"seax/internal/setup/setuptest"
)

func to[T any](v T) *T { return &v }

// office is what there is: a skill, two presences, two queues, a plan, an admin and an agent who carries something.
func office(t *testing.T) setup.Present {
	t.Helper()
	f, err := setup.Parse([]byte(`
skills: [{id: ko, label: {en: Korean}, version: 3}]
presences: [{id: available, label: {en: Available}, offers_work: true, position: 0, version: 1}, {id: lunch, label: {en: Lunch}, offers_work: false, position: 5, version: 1}]
queues: [{id: support, name: {en: Support}, version: 7}, {id: billing, name: {en: Billing}, version: 1, overflow: {full: {queue: support}}}]
plans:
  - {id: standard, name: {en: Standard}, version: 2, rules: [{name: vip, when: request.priority > 5, skills: {ko: 5}, steps: [{queue: support}]}, {name: late, when: "!hours.open", steps: [{}]}], default: {steps: [{}]}}
people:
  - {email: leo@desk.example, name: Leo, role: admin, version: 1}
  - {email: kim@desk.example, name: Kim, role: agent, version: 4, capacity: 100, skills: {ko: 60}, queues: {support: 1}, delays: {support: 30, billing: 5}, attributes: {floor: 3}}
`))
	require.NoError(t, err)
	f.Presences[0].Builtin = to(true)
	now := setup.Present{File: f, Load: map[string]int{"kim@desk.example": 40}, ByCondition: map[string][]string{"kim@desk.example": {"billing"}}}
	for i := range now.Queues {
		now.Queues[i] = setup.CompleteQueue(now.Queues[i])
	}
	for i := range now.Plans {
		now.Plans[i] = setup.CompletePlan(now.Plans[i])
	}
	return now
}

func TestWhatDoesNotHoldTogetherIsRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	plan := func(body string) string { return "plans:\n- {id: p, name: {en: P}, " + body + "}" }
	queue := func(body string) string { return "queues:\n- {id: q, name: {en: Q}, " + body + "}" }
	person := func(body string) string {
		return "people:\n- {email: kim@desk.example, name: Kim, role: agent, " + body + "}"
	}
	for name, c := range map[string]struct {
		text  string
		prune bool
		want  []string
	}{
		"unknown queue": {text: plan("default: {steps: [{queue: nowhere}]}, overflow: {queue: none}"), want: []string{
			`2: plans[0].default.steps[0].queue: there is no queue "nowhere"`, `2: plans[0].overflow.queue: there is no queue "none"`}},
		"unknown skill": {text: plan("default: {skills: {fr: 5}, steps: [{drop: [fr]}]}"), want: []string{
			`2: plans[0].default.skills: there is no skill "fr"`, `2: plans[0].default.steps[0].drop: there is no skill "fr"`}},
		"unknown plan": {text: queue("overflow: {full: {plan: express}}"), want: []string{`2: queues[0].overflow.full.plan: there is no plan "express"`}},
		"skills nobody has": {text: person("skills: {fr: 5}, queues: {nowhere: 1}, delays: {support: 5}"), want: []string{
			`2: people[0].skills.fr: there is no skill "fr"`, `2: people[0].queues.nowhere: there is no queue "nowhere"`,
			`2: people[0].delays.support: they are no member of a queue "support", so there is nothing to delay`}},
		"no email":  {text: "people: [{email: kim, name: Kim, role: agent}]", want: []string{"1: people[0].email: this is not an email address"}},
		"time zone": {text: queue("time_zone: Korea/Seoul"), want: []string{`2: queues[0].time_zone: there is no time zone "Korea/Seoul"; use an IANA name like Asia/Seoul`}},
		"hours": {text: queue(`hours: {mon: [["09:00", "09:00"]], someday: []}`), want: []string{
			`2: queues[0].hours.mon: mon: it opens and closes at 09:00`, `2: queues[0].hours.someday: "someday" is no weekday; use mon, tue, wed, thu, fri, sat, sun`}},
		"negative times": {text: plan("default: {steps: [{timeout_s: -1, offer_timeout_s: -5}]}"), want: []string{
			"2: plans[0].default.steps[0].timeout_s: must be at least 0", "2: plans[0].default.steps[0].offer_timeout_s: must be at least 5"}},
		"conditions": {text: "plans:\n- id: p\n  name: {en: P}\n  rules:\n  - name: a\n    when: |\n      request.priority >\n        five\n    steps: [{agents: agent.skils.ko, skip_if: now}]\n  default: {steps: [{}]}", want: []string{
			"6: plans[0].rules[0].when: line 2, column 3: \"five\" is not known here\n    five\n    ^",
			"9: plans[0].rules[0].steps[0].agents: line 1, column 6: undefined field 'skils' of agent; did you mean skills?\n  agent.skils.ko\n       ^",
			"9: plans[0].rules[0].steps[0].skip_if: line 1, column 1: this is a time, not a yes or no\n  now\n  ^"}},
		"a circle": {text: "queues:\n- {id: support, name: {en: S}, overflow: {closed: {plan: standard}}}\nplans:\n- {id: standard, name: {en: S}, default: {steps: [{}], overflow: {queue: billing}}}", want: []string{
			"4: plans[0]: the overflows go in a circle: plan standard → queue billing → queue support → plan standard"}},
		"twice": {text: "queues:\n- {id: q, name: {en: Q}}\n- {id: q, name: {en: R}}\npeople:\n- {email: Kim@desk.example, name: Kim, role: agent}\n- {email: kim@DESK.example, name: Kim, role: agent}", want: []string{
			"3: queues[1].id: the queue q is there twice; it is queues[0] already", "6: people[1].email: the person kim@desk.example is there twice; it is people[0] already"}},
		"outcomes twice": {text: queue("outcomes: [{id: a, label: {en: A}}, {id: a, label: {en: B}}]"), want: []string{"2: queues[0].outcomes[1].id: the outcome a is there twice"}},
		"a built-in presence": {text: "presences: [{id: available, label: {en: A}, offers_work: false, position: 10001}]", want: []string{
			"1: presences[0].offers_work: whether a built-in presence offers work cannot be changed", "1: presences[0].position: the position is a number from 0 to 10000"}},
		"too many presences": {text: "presences:" + strings.Join(func() (all []string) {
			for i := range 99 {
				all = append(all, fmt.Sprintf("\n- {id: p%d, label: {en: P}, offers_work: false}", i))
			}
			return all
		}(), ""), want: []string{"1: presences: there would be 101 presences; 100 are the most"}},
		"less capacity than load": {text: person("capacity: 39"), want: []string{"2: people[0].capacity: they carry 40 right now; lower it when they have finished some conversations"}},
		"no admin left":           {text: "people: [{email: leo@desk.example, name: Leo, role: admin, active: false}]", want: []string{"1: people: nobody would be left who is an admin and active"}},
		"what is in use": {text: "skills: []\nqueues: [{id: billing, name: {en: B}}]\npresences: []", prune: true, want: []string{
			"1: skills: the skill ko cannot be removed: it is still in use by plan standard (rules[0].skills), kim@desk.example",
			"2: queues: the queue support cannot be removed: it is still in use by plan standard (rules[0].steps[0]), kim@desk.example"}},
		"a plan that is in use": {text: "plans: []\nqueues: [{id: support, name: {en: S}, overflow: {unstaffed: {plan: standard}}}, {id: billing, name: {en: B}}]", prune: true, want: []string{
			"1: plans: the plan standard cannot be removed: it is still in use by queue support (overflow.unstaffed)",
			`2: queues[0].overflow.unstaffed.plan: there is no plan "standard"`}},
		"of every kind at once": {text: "flows: 1\nqueues: [{id: Q, name: {en: Q}, time_zone: X}]\n" + plan("default: {steps: [{queue: Q, timeout_s: soon, agents: x}]}"), want: []string{
			"1: flows: is not known here; known are people, plans, presences, queues, skills", `2: queues[0].id: must look like ^[a-z0-9][a-z0-9_-]{0,59}$`,
			`2: queues[0].time_zone: there is no time zone "X"; use an IANA name like Asia/Seoul`, "4: plans[0].default.steps[0].timeout_s: must be of type integer",
			"4: plans[0].default.steps[0].agents: line 1, column 1: \"x\" is not known here\n  x\n  ^"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := setup.Read([]byte(c.text)).Compare(office(t), c.prune)
			var wrong setup.Problems
			require.ErrorAs(t, err, &wrong)
			var said []string
			for _, p := range wrong {
				said = append(said, fmt.Sprintf("%d: %s: %s", p.Line, p.At, p.Words))
			}
			require.Equal(t, c.want, said)
		})
	}
}

// described is a difference in words.
func described(t *testing.T, text string) string {
	t.Helper()
	c, err := setup.Read([]byte(text)).Compare(office(t), false)
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, setup.Describe(&out, c.RoutingDifference))
	return out.String()
}

func TestWhatChangesIsTold(t *testing.T) {
	t.Parallel()
	require.Equal(t, `skills
  + fr  French
      label.en  "French"
  = ko
presences
  ~ lunch  Lunch
      label.ko  (not set) → "점심"
queues
  ~ support  Support
      max_waiting          (not set) → 10
      overflow.full.queue  (not set) → "billing"
      sla.first_reply_s    (not set) → 60
      sla.warn_percent     (not set) → 80
  ~ billing  Billing
      holidays             [] → ["2026-12-25"]
      hours.mon            (not set) → []
      overflow.full.queue  "support" → (not set)
presences the file does not name, left as they are: available
plans the file does not name, left as they are: standard
people the file does not name, left as they are: kim@desk.example, leo@desk.example

1 added, 3 changed, 0 removed, 1 the same.
`, described(t, `
skills: [{id: fr, label: {en: French}}, {id: ko, label: {en: Korean}, version: 1}]
presences: [{id: lunch, label: {en: Lunch, ko: 점심}, offers_work: false}]
queues:
  - {id: support, name: {en: Support}, max_waiting: 10, sla: {first_reply_s: 60}, overflow: {full: {queue: billing}}}
  - {id: billing, name: {en: Billing}, holidays: [2026-12-25], hours: {mon: []}}
`))
}

// Rules are told apart by their name: one that comes before the others does not change them.
func TestRulesAreComparedByName(t *testing.T) {
	t.Parallel()
	require.Equal(t, `plans
  ~ standard  Standard
      rules["new one"].when             (not set) → "request.priority > 9"
      rules["new one"].steps[0].anyone  (not set) → true
      rules[late].when
        was  "!hours.open"
        now  !hours.open
             || request.attributes.tier == 'gold'
      rules[vip].skills.ko              5 → 7
      rules[vip].steps[0].timeout_s     (not set) → 30
      rules[vip].steps[1].queue         (not set) → "billing"
      rules                             ["vip","late"] → ["late","vip"]
      budget                            "step" → "age"
`, strings.Split(described(t, `
plans:
  - id: standard
    name: {en: Standard}
    budget: age
    rules:
      - {name: new one, when: request.priority > 9, steps: [{anyone: true}]}
      - name: late
        when: |
          !hours.open
          || request.attributes.tier == 'gold'
        steps: [{}]
      - {name: vip, when: request.priority > 5, skills: {ko: 7}, steps: [{queue: support, timeout_s: 30}, {queue: billing}]}
    default: {steps: [{}]}
`), "skills the file")[0])
}

// What lists leave out goes, when it is pruned: what is not named, and nothing that is in use, built in, or a person.
func TestPruneRemovesWhatListsLeaveOut(t *testing.T) {
	t.Parallel()
	text := `
skills: [{id: en, label: {en: English}}]
presences: []
queues: [{id: support, name: {en: Support}}, {id: night, name: {en: Night}}]
plans: []
people: [{email: kim@desk.example, name: Kim, role: agent, skills: {en: 5}, queues: {night: 2}}]
`
	c, err := setup.Read([]byte(text)).Compare(office(t), true)
	require.NoError(t, err)
	var removed []string
	for _, e := range c.Entries {
		if e.Action == spec.RoutingChangeActionRemoved {
			removed = append(removed, string(e.Kind)+" "+e.Id)
			require.NotEmpty(t, e.Fields, "what it was is kept in the trail")
		}
	}
	require.Equal(t, []string{"plan standard", "queue billing", "presence lunch", "skill ko"}, removed)
	require.Equal(t, []spec.RoutingRest{{Kind: spec.RoutingKindPresence, Ids: []string{"available"}}, {Kind: spec.RoutingKindPerson, Ids: []string{"leo@desk.example"}}}, c.Left)
	require.Equal(t, map[string]int{"billing": 5}, *c.People["kim@desk.example"].Delays, "who leaves a queue has no delay there")
	require.Equal(t, map[string]any{"floor": 3.0}, *c.People["kim@desk.example"].Attributes, "what is not said of a person stays")

	now := office(t)
	now.Taken = map[setup.Entry][]string{{Kind: spec.RoutingKindQueue, ID: "billing"}: {"channel shop", "12 conversations"}}
	_, err = setup.Read([]byte(text)).Compare(now, true)
	require.EqualError(t, err, "4:1: queues: the queue billing cannot be removed: it is still in use by channel shop, 12 conversations")
	none, err := setup.Read([]byte("people: []")).Compare(office(t), true)
	require.NoError(t, err)
	require.Empty(t, none.Entries, "lists that are not there leave nothing out")
}

func TestWhatWasChangedMeanwhileIsNotOverwritten(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"queues: [{id: support, name: {en: Other}, version: 6}]":                "Somebody has changed the queue support meanwhile: the file was made from version 6, and it is at version 7.",
		"queues: [{id: gone, name: {en: Gone}, version: 2}]":                    "Somebody has removed the queue gone meanwhile, which is in the file as of version 2.",
		"people: [{email: kim@desk.example, name: K, role: agent, version: 1}]": "Somebody has changed the person kim@desk.example meanwhile: the file was made from version 1, and it is at version 4.",
	} {
		_, err := setup.Read([]byte(text)).Compare(office(t), false)
		var stale *setup.StaleError
		require.ErrorAs(t, err, &stale)
		require.Equal(t, says, stale.Words)
	}
	for _, text := range []string{"queues: [{id: support, name: {en: Support}, version: 6}]", "queues: [{id: support, name: {en: Other}, version: 7}]", "queues: [{id: support, name: {en: Other}}]"} {
		_, err := setup.Read([]byte(text)).Compare(office(t), false)
		require.NoError(t, err, text)
	}
}

// A difference is known by what it changes: neither what it leaves alone nor how the file is written counts.
func TestDifferencesAreKnownByTheirHash(t *testing.T) {
	t.Parallel()
	hash := func(text string, change ...func(*setup.Present)) string {
		now := office(t)
		for _, c := range change {
			c(&now)
		}
		c, err := setup.Read([]byte(text)).Compare(now, false)
		require.NoError(t, err)
		return c.Hash
	}
	first := hash("skills: [{id: ko, label: {en: Hangul}}]")
	require.Equal(t, first, hash("# the same\nskills:\n- label:\n    en: Hangul\n  id: ko\n"))
	require.Equal(t, first, hash("skills: [{id: ko, label: {en: Hangul}}]", func(p *setup.Present) { p.Queues = p.Queues[:1]; p.People = p.People[:1] }))
	require.NotEqual(t, first, hash("skills: [{id: ko, label: {en: Hangeul}}]"))
	require.NotEqual(t, first, hash("skills: [{id: ko, label: {en: Hangul}}]", func(p *setup.Present) { p.Skills[0].Label.En = "K" }))
}

// What a file holds does nothing to the terminal it is shown in.
func TestWhatIsShownIsQuiet(t *testing.T) {
	t.Parallel()
	said := described(t, `skills: [{id: fr, label: {en: "\e[2JFrench\a", ko: "a\r\nb\x9bc"}}]`)
	require.Contains(t, said, "[2JFrench")
	_, err := setup.Read([]byte(`people: [{email: a@b.example, name: A, role: agent, skills: {"\e[2J": 5}}]`)).Compare(office(t), false)
	require.Error(t, err)
	plan, err2 := setup.Read([]byte(`plans: [{id: p, name: {en: P}, default: {steps: [{agents: "agent.\e[2Jx"}]}}]`)).Compare(office(t), false)
	require.Error(t, err2, plan.Hash)
	for _, text := range []string{said, err.Error(), err2.Error()} {
		require.NotRegexp(t, `[\x00-\x09\x0b-\x1f\x7f-\x9f]`, text)
	}
}

// What can never match is told, and not refused; so is who cannot sign in yet.
func TestWhatIsOddIsToldAndDone(t *testing.T) {
	t.Parallel()
	c, err := setup.Read([]byte(`plans:
  - id: p
    name: {en: P}
    rules:
      - {name: never, when: 1 > 2, steps: [{}]}
      - {name: nobody, when: request.priority > 5, skills: {ko: 99}, steps: [{queue: support}]}
      - {name: by condition, when: request.priority > 4, steps: [{queue: quiet}]}
      - {name: again, when: request.priority > 5, steps: [{queue: support}]}
      - {name: always, when: "true", steps: [{}]}
    default: {steps: [{}]}
queues: [{id: quiet, name: {en: Quiet}, members_when: agent.attributes.floor == 3}]
`)).Compare(office(t), false)
	require.NoError(t, err)
	var said []string
	for _, w := range c.Warnings {
		said = append(said, fmt.Sprintf("%d: %s: %s", *w.Line, w.At, w.Words))
	}
	require.Equal(t, []string{
		"5: plans[0].rules[0].when: this never holds, so the rule is never chosen",
		"6: plans[0].rules[1].steps[0]: nobody could serve this step: no agent is in its queue, has the skills and meets its condition",
		`8: plans[0].rules[3].when: the rule "nobody" before it has the same condition, so this one is never chosen`,
		`10: plans[0].default: it is never reached: the rule "always" before it always holds`,
	}, said)
	require.Contains(t, described(t, "people: [{email: new@desk.example, name: Noa, role: agent}]"),
		"who is new cannot sign in before an admin has set a password: new@desk.example\n")
}

func TestWhatIsWrittenChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var text bytes.Buffer
		made := setuptest.File(t)
		require.NoError(t, setup.Write(&text, made))
		into, err := setup.Read(text.Bytes()).Compare(setup.Present{}, false)
		require.NoError(t, err)
		now := setup.Present{}
		for _, e := range into.Entries {
			require.Equal(t, spec.RoutingChangeActionAdded, e.Action)
			switch e.Kind {
			case spec.RoutingKindSkill:
				now.Skills = append(now.Skills, *into.Skills[e.Id])
			case spec.RoutingKindPresence:
				now.Presences = append(now.Presences, *into.Presences[e.Id])
			case spec.RoutingKindQueue:
				now.Queues = append(now.Queues, *into.Queues[e.Id])
			case spec.RoutingKindPlan:
				now.Plans = append(now.Plans, *into.Plans[e.Id])
			case spec.RoutingKindPerson:
				now.People = append(now.People, *into.People[e.Id])
			}
		}
		again, err := setup.Read(text.Bytes()).Compare(now, true)
		require.NoError(t, err)
		require.Empty(t, again.Changed())
		text.Reset()
		require.NoError(t, setup.Write(&text, now.File))
		again, err = setup.Read(text.Bytes()).Compare(now, true)
		require.NoError(t, err)
		require.Empty(t, again.Changed())
	})
}
