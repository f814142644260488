// Package setuptest makes up routing files that hold together, for tests by property.
package setuptest

import (
	"fmt"
	"time"

	"github.com/oapi-codegen/runtime/types"
	"pgregory.net/rapid"

	"seax/api/spec"
	"seax/internal/plan"
	"seax/internal/setup"
)

// The ids that files are made of; some are in a file and some are not.
var (
	skills    = []string{"en", "ko", "vip", "no", "0123"}
	presences = []string{"lunch", "training", "on-call"}
	queues    = []string{"support", "billing", "night", "1", "null"}
	plans     = []string{"standard", "express", "true"}
)

// text is what people write: any letters, more than one line, and what means something in YAML; made for each
// test, because a generator of rapid (v1.2) is not safe for tests that run at once.
func text() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringN(1, 30, 90).Filter(storable),
		rapid.SampledFrom([]string{"no", "~", "null", "1e3", "0x1f", "09:00", "2026-12-25", "- a", "a: b", "#", "'", `"`, "{}", "a\nb", " a ", "a\n", "\n", "|", "&a", "*a", "!a", "<<", "한국어", "\u0085", "\u2028", "\ufeff", "\t"}),
	)
}

func storable(s string) bool {
	for _, r := range s {
		if r == 0 || r == '\ufffd' {
			return false
		}
	}
	return true
}

func local(t *rapid.T) spec.LocalText {
	l := spec.LocalText{En: text().Draw(t, "en")}
	if rapid.Bool().Draw(t, "also in Korean") {
		ko := text().Draw(t, "ko")
		l.Ko = &ko
	}
	return l
}

func maybe[T any](t *rapid.T, what *rapid.Generator[T]) *T {
	if rapid.Bool().Draw(t, "there") {
		v := what.Draw(t, "value")
		return &v
	}
	return nil
}

func some(all []string) *rapid.Generator[[]string] {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, len(all), rapid.ID)
}

// levels of some of what there is.
func levels(t *rapid.T, of []string, least, most int) map[string]int {
	if len(of) == 0 {
		return map[string]int{}
	}
	return rapid.MapOfN(rapid.SampledFrom(of), rapid.IntRange(least, most), 0, len(of)).Draw(t, "levels")
}

// File makes up a file whose entries refer only to each other, and whose overflows go in no circle.
func File(t *rapid.T) setup.File {
	f := setup.File{Skills: []spec.Skill{}, Presences: []spec.Presence{}, Queues: []spec.Queue{}, Plans: []spec.Plan{}, People: []spec.PersonInput{}}
	there := made{skills: some(skills).Draw(t, "skills"), queues: some(queues).Draw(t, "queues")}
	for _, id := range there.skills {
		f.Skills = append(f.Skills, spec.Skill{Id: id, Label: local(t)})
	}
	for _, id := range some(presences).Draw(t, "presences") {
		f.Presences = append(f.Presences, spec.Presence{Id: id, Label: local(t), OffersWork: rapid.Bool().Draw(t, "offers work"), Position: maybe(t, rapid.IntRange(0, 10_000))})
	}
	for i := range there.queues {
		f.Queues = append(f.Queues, there.queue(t, i))
	}
	for _, id := range some(plans).Draw(t, "plans") {
		f.Plans = append(f.Plans, there.plan(t, id))
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "people") {
		f.People = append(f.People, there.person(t, fmt.Sprintf("person%d@desk.example", i)))
	}
	return f
}

// made are the ids that are in a file.
type made struct{ skills, queues []string }

func (m made) queue(t *rapid.T, i int) spec.Queue {
	span := rapid.SampledFrom([][]string{{"09:00", "18:00"}, {"22:00", "06:00"}, {"00:00", "24:00"}})
	q := spec.Queue{
		Id: m.queues[i], Name: local(t), OfferTimeoutS: rapid.IntRange(5, 3600).Draw(t, "offer"), WrapupS: rapid.IntRange(5, 86400).Draw(t, "wrap-up"),
		BoostS: rapid.IntRange(0, 86400).Draw(t, "boost"), Strict: rapid.Bool().Draw(t, "strict"), TimeZone: rapid.SampledFrom([]string{"UTC", "Asia/Seoul"}).Draw(t, "zone"),
		Hours:       rapid.MapOfN(rapid.SampledFrom([]string{"mon", "tue", "sun"}), rapid.SliceOfN(span, 0, 2), 0, 3).Draw(t, "hours"),
		Holidays:    []types.Date{},
		Outcomes:    []spec.Outcome{},
		FirstReplyS: maybe(t, rapid.IntRange(10, 86400)), AutoAccept: maybe(t, rapid.Bool()), Width: maybe(t, rapid.IntRange(1, 50)),
		MaxWaiting: maybe(t, rapid.IntRange(0, 1_000_000)), MembersWhen: maybe(t, rapid.SampledFrom([]string{"", "agent.skills.ko > 5", "agent.name == 'a'\n  || true\n"})),
		Sla: maybe(t, rapid.Just(spec.SlaTargets{})),
	}
	for range rapid.IntRange(0, 3).Draw(t, "holidays") {
		q.Holidays = append(q.Holidays, types.Date{Time: time.Date(2026, 1, rapid.IntRange(1, 366).Draw(t, "day"), 0, 0, 0, 0, time.UTC)})
	}
	for _, id := range some([]string{"done", "spam"}).Draw(t, "outcomes") {
		q.Outcomes = append(q.Outcomes, spec.Outcome{Id: id, Label: local(t)})
	}
	if q.Sla != nil {
		q.Sla.FirstReplyS, q.Sla.WarnPercent = maybe(t, rapid.IntRange(10, 1000)), maybe(t, rapid.IntRange(1, 99))
	}
	if rapid.Bool().Draw(t, "by attributes") {
		order := spec.AgentOrderAttributes
		q.Order, q.OrderBy = &order, &[]plan.SortKey{{Attribute: text().Filter(notBlank).Draw(t, "attribute"), Descending: rapid.Bool().Draw(t, "descending")}}
	}
	// A queue overflows to those behind it: no circle.
	target := func() *plan.Target {
		if !rapid.Bool().Draw(t, "overflows") {
			return nil
		}
		return &plan.Target{Queue: rapid.SampledFrom(append([]string{""}, m.queues[i+1:]...)).Draw(t, "to")}
	}
	q.Overflow = &spec.QueueOverflow{Full: target(), Closed: target(), Unstaffed: target(), Draining: target()}
	return q
}

func notBlank(s string) bool {
	for _, r := range s {
		if r > ' ' && r < 0x7f {
			return true
		}
	}
	return false
}

func (m made) plan(t *rapid.T, id string) spec.Plan {
	p := spec.Plan{Id: id, Name: local(t), Budget: maybe(t, rapid.SampledFrom([]spec.PlanBudget{spec.PlanBudgetStep, spec.PlanBudgetAge})), Overflow: m.target(t), Default: m.rule(t)}
	names := rapid.SliceOfNDistinct(text().Filter(func(s string) bool { return s != "default" }), 0, 3, rapid.ID).Draw(t, "rules")
	rules := make([]plan.Rule, len(names))
	for i, name := range names {
		rules[i] = m.rule(t)
		rules[i].Name = name
		rules[i].When = rapid.SampledFrom([]string{"request.priority > 5", "request.attributes.tier == 'gold' // best\n  && hours.open", "contact.attributes['a\"b'] == null"}).Draw(t, "when")
	}
	if len(rules) > 0 {
		p.Rules = &rules
	}
	return p
}

func (m made) rule(t *rapid.T) plan.Rule {
	r := plan.Rule{Priority: maybe(t, rapid.IntRange(0, 100)), Skills: levels(t, m.skills, 1, 100), Preferred: levels(t, m.skills, 1, 100), Overflow: m.target(t)}
	for range rapid.IntRange(1, 3).Draw(t, "steps") {
		s := plan.Step{
			Timeout: rapid.IntRange(1, 1000).Draw(t, "timeout"), Priority: maybe(t, rapid.IntRange(0, 100)), Lower: levels(t, m.skills, 1, 100),
			Anyone: rapid.Bool().Draw(t, "anyone"), Agents: rapid.SampledFrom([]string{"", "agent.capacity > 50", "agent.attributes.floor == '3'"}).Draw(t, "agents"),
			Known: rapid.SampledFrom([]string{"", plan.KnownLast, "owner"}).Draw(t, "known"), Width: rapid.SampledFrom([]int{0, 1, 50}).Draw(t, "width"),
			OfferTimeout: rapid.SampledFrom([]int{0, 5, 3600}).Draw(t, "offer"), Order: rapid.SampledFrom([]string{"", "longest_idle", "most_skilled"}).Draw(t, "order"),
		}
		if len(m.queues) > 0 {
			s.Queue = rapid.SampledFrom(append([]string{""}, m.queues...)).Draw(t, "queue")
		}
		if len(m.skills) > 0 {
			s.Drop = rapid.SliceOfN(rapid.SampledFrom(append([]string{"*"}, m.skills...)), 0, 2).Draw(t, "drop")
		}
		r.Steps = append(r.Steps, s)
	}
	return r
}

func (m made) target(t *rapid.T) *plan.Target {
	if !rapid.Bool().Draw(t, "overflows") {
		return nil
	}
	return &plan.Target{Queue: rapid.SampledFrom(append([]string{""}, m.queues...)).Draw(t, "to")}
}

func (m made) person(t *rapid.T, email string) spec.PersonInput {
	p := spec.PersonInput{
		Email: email, Name: text().Draw(t, "name"), Role: rapid.SampledFrom([]spec.Role{spec.RoleAgent, spec.RoleSupervisor, spec.RoleAdmin}).Draw(t, "role"),
		Locale: maybe(t, rapid.SampledFrom([]spec.PersonInputLocale{spec.PersonInputLocaleEn, spec.PersonInputLocaleKo})), Active: maybe(t, rapid.Bool()),
		Capacity: maybe(t, rapid.IntRange(0, 10_000)), AutoAccept: maybe(t, rapid.Bool()),
	}
	if rapid.Bool().Draw(t, "work") {
		skills, in := levels(t, m.skills, 1, 100), levels(t, m.queues, 1, 99)
		limits := levels(t, []string{"webchat", "whatsapp"}, 0, 1000)
		delays := map[string]int{}
		for queue := range in {
			if rapid.Bool().Draw(t, "later") {
				delays[queue] = rapid.IntRange(0, 86400).Draw(t, "delay")
			}
		}
		p.Skills, p.Queues, p.Delays, p.ChannelLimits = &skills, &in, &delays, &limits
	}
	if rapid.Bool().Draw(t, "attributes") {
		p.Attributes = attributes(t)
	}
	return p
}

// attributes are any JSON.
func attributes(t *rapid.T) *map[string]any {
	scalar := rapid.OneOf(
		rapid.Just[any](nil), rapid.Map(rapid.Bool(), asAny[bool]), rapid.Map(text(), asAny[string]),
		rapid.Map(rapid.IntRange(-1<<53, 1<<53), func(i int) any { return float64(i) }), rapid.Map(rapid.Float64Range(1e-300, 1e300), asAny[float64]),
	)
	lists := rapid.Map(rapid.SliceOfN(scalar, 0, 3), asAny[[]any])
	maps := rapid.Map(rapid.MapOfN(text(), rapid.OneOf(scalar, lists), 0, 3), asAny[map[string]any])
	all := rapid.MapOfN(text(), rapid.OneOf(scalar, lists, maps), 0, 3).Draw(t, "attributes")
	return &all
}

func asAny[T any](v T) any { return v }
