package setup_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"seax/internal/setup"
	"seax/internal/setup/setuptest"
)

// problems are what is wrong with a text, in words.
func problems(t *testing.T, text string) []string {
	t.Helper()
	_, err := setup.Parse([]byte(text))
	var all setup.Problems
	require.ErrorAs(t, err, &all)
	return strings.Split(all.Error(), "\n")
}

func TestWhatIsNoRoutingFileIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"nothing":             {"", []string{"the file is empty"}},
		"only remarks":        {"# nothing\n---\n", []string{"3:1: a routing file begins with a list's name: skills, presences, queues, plans or people"}},
		"no lists":            {"- a", []string{"1:1: a routing file begins with a list's name: skills, presences, queues, plans or people"}},
		"no YAML":             {"skills:\n  - {id: a\n", []string{"2:1: this is not YAML: did not find expected ',' or '}'"}},
		"no YAML in line 1":   {"a: b: c", []string{"1:1: this is not YAML: mapping values are not allowed in this context"}},
		"a list that ends":    {"skills:\n  - id: a\n- b", []string{"3:1: this is not YAML: did not find expected key"}},
		"two documents":       {"skills: []\n---\nskills: []\n", []string{"2:1: a second document begins here (---); a routing file is one"}},
		"no UTF-8":            {"skills: []\n# gr\xfc\xdfe", []string{"2:5: this is not text in UTF-8, or a control character"}},
		"UTF-16":              {"\xff\xfea\x00", []string{"1:1: this is not text in UTF-8, or a control character"}},
		"a control character": {"skills:\x1b []", []string{"1:8: this is not text in UTF-8, or a control character"}},
		"a null character":    {`skills: [{id: a, label: {en: "\0"}}]`, []string{"1:26: skills[0].label.en: the text holds a null character, which cannot be stored"}},
		"a null, as a name":   {`"\0": 1`, []string{"1:1: the name of the field holds a null character, which cannot be stored"}},
		"a list that is none": {"plans:\npeople: 3\nskills: {a: 1}", []string{
			"1:1: plans: must not be null", "2:1: people: must be of type array", "3:1: skills: must be of type array",
		}},
		"fields nobody knows": {"skills:\n  - id: a\n    label: {en: A, de: A}\n    colour: red\nflows: []\n", []string{
			"3:20: skills[0].label.de: is not known here; known are en, ko", "4:5: skills[0].colour: is not known here; known are id, label, version",
			"5:1: flows: is not known here; known are people, plans, presences, queues, skills",
		}},
		"fields that are no settings": {"queues: [{id: a, name: {en: A}, open: true, paused: false}]\nplans: [{id: a, name: {en: A}, default: {steps: [{}]}, doubts: []}]", []string{
			"1:33: queues[0].open: says how things are and is not set here; leave it out", "1:45: queues[0].paused: says how things are and is not set here; leave it out",
			"2:56: plans[0].doubts: says how things are and is not set here; leave it out",
		}},
		"a password": {"people: [{email: a@b, name: A, role: agent, password: long enough}]", []string{
			"1:45: people[0].password: is not kept in files; an admin sets it in the admin pages",
		}},
		"twice": {"skills: []\nskills: []\nqueues: [{id: a, id: b, name: {en: A}}]", []string{
			"2:1: skills: is there twice; it stands in line 1 already", "3:18: queues[0].id: is there twice; it stands in line 3 already",
		}},
		"wrong types, all of them": {"queues:\n  - id: A B\n    wrapup_s: soon\n    strict: yes\n    hours: {mon: [[9, 18]]}\n    holidays: [2026-02-30]\n    outcomes: {}\n", []string{
			"2:5: queues[0].id: must look like ^[a-z0-9][a-z0-9_-]{0,59}$", "2:5: queues[0].name: is missing", "3:5: queues[0].wrapup_s: must be of type integer",
			"4:5: queues[0].strict: must be of type boolean", "5:20: queues[0].hours.mon[0][0]: must be of type string", "5:23: queues[0].hours.mon[0][1]: must be of type string",
			"6:16: queues[0].holidays[0]: must be a date like 2026-12-25", "7:5: queues[0].outcomes: must be of type array",
		}},
		"numbers": {"queues:\n  - {id: a, name: {en: A}, wrapup_s: -1, boost_s: 1.5, offer_timeout_s: 1e40, max_waiting: .inf, first_reply_s: 0777}\n" +
			"presences: [{id: a, label: {en: A}, offers_work: true, position: 1e30}]\npeople: [{email: a@b, name: A, role: agent, attributes: {n: 9007199254740993, x: .nan}}]", []string{
			"2:28: queues[0].wrapup_s: must be at least 5", "2:42: queues[0].boost_s: must be of type integer", "2:56: queues[0].offer_timeout_s: must be at most 3600",
			"2:79: queues[0].max_waiting: .inf is no number that can be kept",
			"2:98: queues[0].first_reply_s: 0777 means different numbers to different readers; leave out the leading zero, or put it in quotes",
			"3:56: presences[0].position: cannot be read: it is no number, or too large a one",
			"4:58: people[0].attributes.n: 9007199254740993 is too large to be kept exactly; put it in quotes", "4:79: people[0].attributes.x: .nan is no number that can be kept",
		}},
		"aliases": {"skills: [&a {id: a, label: {en: A}}, *a]\nqueues: [{<<: {id: b}, id: a, name: {en: A}}]", []string{
			"1:10: skills[0]: anchors (&) and aliases (*) are not read here; write it out", "1:38: skills[1]: anchors (&) and aliases (*) are not read here; write it out",
			"2:11: queues[0]: only plain words are names of fields here",
		}},
		"tags": {"skills: [{id: !!binary YQ==, label: {en: !local A}}]", []string{
			"1:11: skills[0].id: the tag !!binary is not read here", "1:38: skills[0].label.en: the tag !local is not read here",
		}},
		"a name that is a list": {"people: [{email: a@b, name: A, role: agent, skills: {? [a] : 1}}]", []string{"1:56: people[0].skills: only plain words are names of fields here"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, problems(t, c.text))
		})
	}
}

// What grows when it is read, or is nested without end, costs no more than reading it.
func TestWhatWouldTakeAllMemoryIsRefused(t *testing.T) {
	t.Parallel()
	laughs := strings.Builder{}
	laughs.WriteString("people:\n  - email: a@b\n    name: A\n    role: agent\n    attributes:\n      a0: &a0 lol\n")
	for i := range 40 {
		fmt.Fprintf(&laughs, "      a%d: &a%d [*a%d%s]\n", i+1, i+1, i, strings.Repeat(fmt.Sprintf(", *a%d", i), 20))
	}
	found := problems(t, laughs.String())
	require.Len(t, found, 41)
	require.Equal(t, "6:7: people[0].attributes.a0: anchors (&) and aliases (*) are not read here; write it out", found[0])
	for _, deep := range []string{strings.Repeat("[", 500_000), strings.Repeat("{a: ", 500_000), strings.Repeat("- ", 500_000)} {
		require.Contains(t, problems(t, deep)[0], "exceeded max depth")
	}
	require.Equal(t, []string{"the file is larger than 4 MB, which is the most that is read"}, problems(t, strings.Repeat("# a remark\n", 10<<20/11+1)))
	many := problems(t, "skills:\n"+strings.Repeat("  - {id: A, label: {en: A}}\n", 10_000))
	require.Len(t, many, 201)
	require.Equal(t, "and 9800 problems more", many[200])
}

func TestWhatAFileSaysIsRead(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/small.yaml")
	require.NoError(t, err)
	f, err := setup.Parse(text)
	require.NoError(t, err)
	require.Equal(t, "한국어", *f.Skills[0].Label.Ko)
	q := f.Queues[0]
	require.Equal(t, []any{20, 120, 600, false, "UTC"}, []any{q.OfferTimeoutS, q.WrapupS, q.BoostS, q.Strict, q.TimeZone}, "what is left out is as the API has it")
	require.Equal(t, map[string][][]string{"mon": {{"09:00", "18:00"}}}, q.Hours)
	require.Equal(t, "2026-12-25", q.Holidays[0].String())
	require.Empty(t, f.Plans[0].Default.Steps[0].Order, "a step has the order of its queue, unless it says so")
	require.Equal(t, "request.priority > 5\n  || contact.attributes.tier == 'gold'\n", (*f.Plans[0].Rules)[0].When)
	require.Equal(t, map[string]int{"no": 50, "1": 60}, *f.People[0].Skills)
	require.Equal(t, map[string]any{"floor": 3.0, "remote": "no", "tags": []any{"a", nil, true, 2.5, "2026-01-01"}}, *f.People[0].Attributes)
	require.NotNil(t, f.Presences, "a list that is there and empty is not one that is left out")
}

// What is written is read as the same, and written the same again, whatever people call things.
func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var first, second bytes.Buffer
		made := setuptest.File(t)
		require.NoError(t, setup.Write(&first, made))
		read, err := setup.Parse(first.Bytes())
		require.NoError(t, err, first.String())
		require.NoError(t, setup.Write(&second, read))
		require.Equal(t, first.String(), second.String())
		again, err := setup.Parse(second.Bytes())
		require.NoError(t, err)
		require.Equal(t, read, again)
		for i, p := range made.People {
			require.Equal(t, p.Name, read.People[i].Name)
			require.Equal(t, p.Attributes, read.People[i].Attributes)
		}
		for i, p := range made.Plans {
			require.Equal(t, setup.PlanOf(p).Default.Steps[0].Agents, read.Plans[i].Default.Steps[0].Agents)
		}
	})
}

func FuzzRead(f *testing.F) {
	small, err := os.ReadFile("testdata/small.yaml")
	require.NoError(f, err)
	f.Add(small)
	f.Add([]byte("skills: [&a {id: *a, ? [b] : c}]\n---\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := setup.Parse(text)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		var out bytes.Buffer
		require.NoError(t, setup.Write(&out, file))
		_, err = setup.Parse(out.Bytes())
		require.NoError(t, err, "%s", out.String())
	})
}

// The schema that editors use is the one that files are read by.
func TestTheSchemaThatIsCommittedIsTheOneInUse(t *testing.T) {
	t.Parallel()
	committed, err := os.ReadFile("../../docs/routing.schema.json")
	require.NoError(t, err)
	require.Equal(t, string(setup.Schema()), string(committed), "run make generate")
	require.NotContains(t, string(committed), "password")
	require.NotContains(t, string(committed), "#/components/")
	var schema struct {
		Definitions map[string]struct {
			Required []string `json:"required"`
		} `json:"definitions"`
	}
	require.NoError(t, json.Unmarshal(committed, &schema))
	require.Equal(t, []string{"id", "name"}, schema.Definitions["Queue"].Required, "what has a default may be left out")
}
