package setup

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/oapi-codegen/runtime/types"

	"seax/api/spec"
	"seax/internal/plan"
)

// Present is an installation's routing as it is, every entry complete and with its version, and what a file does not say of it.
type Present struct {
	File
	// ByCondition lists, by email, the queues whose condition somebody meets; Load is what they carry right now, in units.
	ByCondition map[string][]string
	Load        map[string]int
	// Taken says what else keeps an entry from being removed, in words: "channel demo", "12 conversations".
	Taken map[Entry][]string
	// Me is the email of who makes the change; "": nobody who is in it.
	Me string
	// IDs are people's, by email.
	IDs map[string]uuid.UUID
}

// Entry names an entry of a file: a person by their email, the rest by id.
type Entry struct {
	Kind spec.RoutingKind
	ID   string
}

// with is what there will be: the entries that are named over those that there are, less those that go.
func (s *Source) with(now Present, prune bool) File {
	gone := map[Entry]bool{}
	for _, e := range s.Removed(now, prune) {
		gone[e] = true
	}
	keep := func(kind spec.RoutingKind) func(string) bool {
		return func(id string) bool { return !gone[Entry{kind, id}] }
	}
	return File{
		Skills: over(now.Skills, s.Skills, skillID, keep(spec.RoutingKindSkill), func(was *spec.Skill, is spec.Skill) spec.Skill {
			is.Version = versionOf(was, func(w *spec.Skill) *int { return w.Version })
			return is
		}),
		Presences: over(now.Presences, s.Presences, presenceID, keep(spec.RoutingKindPresence), completePresence),
		Queues: over(now.Queues, s.Queues, queueID, keep(spec.RoutingKindQueue), func(was *spec.Queue, is spec.Queue) spec.Queue {
			is.Version = versionOf(was, func(w *spec.Queue) *int { return w.Version })
			return CompleteQueue(is)
		}),
		Plans: over(now.Plans, s.Plans, planID, keep(spec.RoutingKindPlan), func(was *spec.Plan, is spec.Plan) spec.Plan {
			is.Version = versionOf(was, func(w *spec.Plan) *int { return w.Version })
			return CompletePlan(is)
		}),
		People: over(now.People, s.People, personID, keep(spec.RoutingKindPerson), now.completePerson),
	}
}

// Removed are the entries that lists of the file leave out, if it is to be pruned: never people, nor presences that every
// installation has, nor what lists say that are not there at all.
func (s *Source) Removed(now Present, prune bool) []Entry {
	if !prune {
		return nil
	}
	presences := slices.DeleteFunc(slices.Clone(now.Presences), func(p spec.Presence) bool { return value(p.Builtin, false) })
	return slices.Concat(
		left(now.Plans, s.Plans, spec.RoutingKindPlan, planID), left(now.Queues, s.Queues, spec.RoutingKindQueue, queueID),
		left(presences, s.Presences, spec.RoutingKindPresence, presenceID), left(now.Skills, s.Skills, spec.RoutingKindSkill, skillID),
	)
}

// left are the entries that a list leaves out. A list that is not there leaves nothing out.
func left[T any](now, named []T, kind spec.RoutingKind, id func(T) string) []Entry {
	if named == nil {
		return nil
	}
	var all []Entry
	names := idsOf(named, id)
	for _, one := range now {
		if !names[id(one)] {
			all = append(all, Entry{kind, id(one)})
		}
	}
	return all
}

// over lays the entries that are named over those that there are.
func over[T any](now, named []T, id func(T) string, keep func(id string) bool, merge func(was *T, is T) T) []T {
	before := byID(now, id)
	seen := map[string]bool{}
	var all []T
	for _, one := range named {
		if key := id(one); key != "" && !seen[key] {
			seen[key] = true
			all = append(all, merge(before[key], one))
		}
	}
	for _, one := range now {
		if !seen[id(one)] && keep(id(one)) {
			all = append(all, one)
		}
	}
	return all
}

func byID[T any](all []T, id func(T) string) map[string]*T {
	index := make(map[string]*T, len(all))
	for i := range all {
		index[id(all[i])] = &all[i]
	}
	return index
}

func versionOf[T any](was *T, of func(*T) *int) *int {
	if was == nil {
		return nil
	}
	return of(was)
}

func preset[T any](field **T, otherwise T) {
	if *field == nil {
		*field = &otherwise
	}
}

// CompleteQueue fills in what a queue that does not say so has.
func CompleteQueue(q spec.Queue) spec.Queue {
	if q.Hours == nil {
		q.Hours = map[string][][]string{}
	}
	if q.Holidays == nil {
		q.Holidays = []types.Date{}
	}
	if q.Outcomes == nil {
		q.Outcomes = []spec.Outcome{}
	}
	preset(&q.AutoAccept, false)
	preset(&q.Order, spec.AgentOrderLongestIdle)
	preset(&q.OrderBy, []spec.SortKey{})
	preset(&q.Width, 1)
	preset(&q.Overflow, spec.QueueOverflow{})
	preset(&q.MembersWhen, "")
	sla := value(q.Sla, spec.SlaTargets{})
	if sla.FirstReplyS == nil && sla.NextReplyS == nil && sla.ResolutionS == nil {
		sla.WarnPercent = nil
	} else {
		preset(&sla.WarnPercent, 80)
	}
	q.Sla = &sla
	preset(&q.RankBy, spec.RankByArrival)
	preset(&q.AnswerWithinS, 20)
	return q
}

// lean is a queue that does not say what it has anyway.
func lean(q spec.Queue) spec.Queue {
	plain := CompleteQueue(spec.Queue{})
	q = CompleteQueue(q)
	unset(&q.AutoAccept, plain.AutoAccept)
	unset(&q.Order, plain.Order)
	unset(&q.OrderBy, plain.OrderBy)
	unset(&q.Width, plain.Width)
	unset(&q.Overflow, plain.Overflow)
	unset(&q.MembersWhen, plain.MembersWhen)
	unset(&q.Sla, plain.Sla)
	unset(&q.RankBy, plain.RankBy)
	unset(&q.AnswerWithinS, plain.AnswerWithinS)
	return q
}

func unset[T any](field **T, otherwise *T) {
	if reflect.DeepEqual(*field, otherwise) {
		*field = nil
	}
}

// leanPlan is a plan that does not say what it has anyway.
func leanPlan(p spec.Plan) spec.Plan {
	plain := CompletePlan(spec.Plan{})
	p = CompletePlan(p)
	unset(&p.Budget, plain.Budget)
	unset(&p.Rules, plain.Rules)
	return p
}

// CompletePlan fills in what a plan that does not say so has.
func CompletePlan(p spec.Plan) spec.Plan {
	preset(&p.Budget, spec.PlanBudgetStep)
	preset(&p.Rules, []spec.PlanRule{})
	return p
}

// newPosition is a presence's that does not say where it stands among the others.
const newPosition = 50

func completePresence(was *spec.Presence, is spec.Presence) spec.Presence {
	if was == nil {
		was = &spec.Presence{Version: nil}
	}
	is.Version, is.Builtin = was.Version, was.Builtin
	preset(&is.Position, value(was.Position, newPosition))
	return is
}

// completePerson fills in what a file does not say of a person: it stays as it is, and who is new has what people begin with.
func (now Present) completePerson(was *spec.PersonInput, is spec.PersonInput) spec.PersonInput {
	if was == nil {
		was = &spec.PersonInput{Email: Email(is.Email)}
	}
	is.Email, is.Version, is.Password = was.Email, was.Version, nil
	preset(&is.Locale, value(was.Locale, spec.PersonInputLocaleEn))
	preset(&is.Active, value(was.Active, true))
	preset(&is.Capacity, value(was.Capacity, 100))
	preset(&is.AutoAccept, value(was.AutoAccept, false))
	preset(&is.Skills, value(was.Skills, map[string]int{}))
	preset(&is.Queues, value(was.Queues, map[string]int{}))
	preset(&is.ChannelLimits, value(was.ChannelLimits, map[string]int{}))
	preset(&is.Attributes, value(was.Attributes, map[string]any{}))
	delays := map[string]int{}
	if is.Delays != nil {
		maps.Copy(delays, *is.Delays)
	} else {
		// Who leaves a queue has no delay there.
		for queue, seconds := range value(was.Delays, nil) {
			if _, member := (*is.Queues)[queue]; member || slices.Contains(now.ByCondition[personID(is)], queue) {
				delays[queue] = seconds
			}
		}
	}
	maps.DeleteFunc(delays, func(_ string, seconds int) bool { return seconds == 0 })
	is.Delays = &delays
	return is
}

// Uses says what keeps an entry from being removed, in words; nil: nothing does.
func (now Present) Uses(e Entry) []string { return slices.Concat(now.uses(e), now.Taken[e]) }

// mostNamed bounds how many people are named when they are in the way.
const mostNamed = 3

// uses says what in a file refers to an entry.
func (f File) uses(e Entry) []string {
	var all []string
	add := func(kind, id, at string) { all = append(all, fmt.Sprintf("%s %s (%s)", kind, id, at)) }
	for _, q := range f.Queues {
		for _, o := range overflows(q) {
			if leads(o.target, e) && (e.Kind != spec.RoutingKindQueue || e.ID != q.Id) {
				add("queue", q.Id, "overflow."+o.reason)
			}
		}
	}
	for _, p := range f.Plans {
		if e == (Entry{spec.RoutingKindPlan, p.Id}) {
			continue
		}
		if at := placesIn(PlanOf(p), e); len(at) > 0 {
			add("plan", p.Id, strings.Join(at, ", "))
		}
	}
	var people []string
	for _, p := range f.People {
		held := p.Skills
		if e.Kind == spec.RoutingKindQueue {
			held = p.Queues
		}
		if _, has := value(held, nil)[e.ID]; has && (e.Kind == spec.RoutingKindQueue || e.Kind == spec.RoutingKindSkill) {
			people = append(people, p.Email)
		}
	}
	switch more := len(people) - mostNamed; {
	case more > 1:
		all = append(all, fmt.Sprintf("%s and %d people more", strings.Join(people[:mostNamed], ", "), more))
	case len(people) > 0:
		all = append(all, strings.Join(people, ", "))
	}
	return all
}

func leads(t *plan.Target, e Entry) bool {
	return t != nil && (e == (Entry{spec.RoutingKindQueue, t.Queue}) || e == (Entry{spec.RoutingKindPlan, t.Plan}))
}

// placesIn are where a plan refers to an entry.
func placesIn(p plan.Plan, e Entry) []string {
	var all []string
	note := func(at string, refers bool) {
		if refers && !slices.Contains(all, at) {
			all = append(all, at)
		}
	}
	skill := func(levels map[string]int) bool {
		_, has := levels[e.ID]
		return has && e.Kind == spec.RoutingKindSkill
	}
	note("overflow", leads(p.Overflow, e))
	for i, r := range append(slices.Clone(p.Rules), p.Default) {
		at := item("rules", i)
		if i == len(p.Rules) {
			at = "default"
		}
		note(at+".overflow", leads(r.Overflow, e))
		note(at+".skills", skill(r.Skills))
		note(at+".preferred", skill(r.Preferred))
		for n, s := range r.Steps {
			note(item(at+".steps", n), s.Queue == e.ID && e.Kind == spec.RoutingKindQueue || skill(s.Lower) ||
				e.Kind == spec.RoutingKindSkill && slices.Contains(s.Drop, e.ID))
		}
	}
	return all
}
