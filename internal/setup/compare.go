package setup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"seax/api/spec"
	"seax/internal/routing"
)

// StaleError says that what a file was made from is not what there is any more.
type StaleError struct{ Words string }

func (e *StaleError) Error() string { return e.Words }

// Change is what a file changes: the difference, and what there will be then, by id (people by email), every entry complete and
// with the version it has now; none: it is new.
type Change struct {
	spec.RoutingDifference
	Skills    map[string]*spec.Skill
	Presences map[string]*spec.Presence
	Queues    map[string]*spec.Queue
	Plans     map[string]*spec.Plan
	People    map[string]*spec.PersonInput
}

// Changed are the entries that do not stay the same.
func (c Change) Changed() []spec.RoutingChange {
	return slices.DeleteFunc(slices.Clone(c.Entries), func(e spec.RoutingChange) bool { return e.Action == spec.RoutingChangeActionSame })
}

// Compare finds what a file changes. Errors are Problems, everything that is wrong with the file, or *StaleError.
func (s *Source) Compare(now Present, prune bool) (Change, error) {
	next := s.with(now, prune)
	wrong := s.check(now, next)
	removed := s.Removed(now, prune)
	for _, e := range removed {
		if uses := slices.Concat(next.uses(e), now.Taken[e]); len(uses) > 0 {
			wrong = append(wrong, Problem{At: listOf(e.Kind).key, Words: fmt.Sprintf("the %s %s cannot be removed: it is still in use by %s", e.Kind, e.ID, strings.Join(uses, ", "))})
		}
	}
	if wrong = s.Problems(wrong); len(wrong) > 0 {
		return Change{}, wrong
	}
	c := Change{
		RoutingDifference: spec.RoutingDifference{Entries: []spec.RoutingChange{}, Left: []spec.RoutingRest{}},
		Skills:            byID(next.Skills, skillID), Presences: byID(next.Presences, presenceID), Queues: byID(next.Queues, queueID),
		Plans: byID(next.Plans, planID), People: byID(next.People, personID),
	}
	var stale []string
	changes(&c, &stale, spec.RoutingKindSkill, s.Skills, now.Skills, c.Skills, skillID, func(e spec.Skill) (string, *int) { return e.Label.En, e.Version })
	changes(&c, &stale, spec.RoutingKindPresence, s.Presences, now.Presences, c.Presences, presenceID, func(e spec.Presence) (string, *int) { return e.Label.En, e.Version })
	changes(&c, &stale, spec.RoutingKindQueue, s.Queues, now.Queues, c.Queues, queueID, func(e spec.Queue) (string, *int) { return e.Name.En, e.Version })
	changes(&c, &stale, spec.RoutingKindPlan, s.Plans, now.Plans, c.Plans, planID, func(e spec.Plan) (string, *int) { return e.Name.En, e.Version })
	changes(&c, &stale, spec.RoutingKindPerson, s.People, now.People, c.People, personID, func(e spec.PersonInput) (string, *int) { return e.Name, e.Version })
	if len(stale) > 0 {
		return Change{}, &StaleError{strings.Join(stale, " ")}
	}
	for _, e := range removed {
		c.Entries = append(c.Entries, now.removal(e))
	}
	c.Hash = hash(c.Entries)
	c.Warnings = s.doubts(Present{File: next, IDs: now.IDs}.Staff())
	return c, nil
}

// doubts are what in a file's plans can never do anything, given the people there will be.
func (s *Source) doubts(staff []routing.Agent) []spec.RoutingProblem {
	var odd Problems
	for i, p := range s.Plans {
		for _, d := range Doubts(p, staff) {
			odd = append(odd, Problem{At: item("plans", i) + "." + d.At, Words: d.Words})
		}
	}
	return s.Locate(odd).ForAPI()
}

func listOf(kind spec.RoutingKind) list {
	return lists[slices.IndexFunc(lists, func(l list) bool { return l.kind == kind })]
}

// changes compares the entries that a list names, and notes the others as left alone.
func changes[T any](c *Change, stale *[]string, kind spec.RoutingKind, named, now []T, after map[string]*T, id func(T) string, about func(T) (string, *int)) {
	before := byID(now, id)
	for _, one := range named {
		is, was := after[id(one)], before[id(one)]
		name, _ := about(*is)
		e := spec.RoutingChange{Kind: kind, Id: id(one), Name: name, Action: spec.RoutingChangeActionAdded, Fields: []spec.RoutingField{}}
		from, to := missing, saidOf(kind, *is)
		current := 0
		if was == nil {
			to = saidOf(kind, brief(*is))
		} else {
			_, version := about(*was)
			from, current, e.Action = saidOf(kind, *was), value(version, 0), spec.RoutingChangeActionChanged
		}
		compare("", from, to, &e.Fields)
		if was != nil && len(e.Fields) == 0 {
			e.Action = spec.RoutingChangeActionSame
		}
		if _, version := about(one); version != nil && *version != current && e.Action != spec.RoutingChangeActionSame {
			*stale = append(*stale, staleWords(kind, e.Id, *version, current))
		}
		c.Entries = append(c.Entries, e)
	}
	names := idsOf(named, id)
	var rest []string
	for _, one := range now {
		if _, stays := after[id(one)]; stays && !names[id(one)] {
			rest = append(rest, id(one))
		}
	}
	if len(rest) > 0 {
		slices.Sort(rest)
		c.Left = append(c.Left, spec.RoutingRest{Kind: kind, Ids: rest})
	}
}

func staleWords(kind spec.RoutingKind, id string, version, current int) string {
	if current == 0 {
		return fmt.Sprintf("Somebody has removed the %s %s meanwhile, which is in the file as of version %d.", kind, id, version)
	}
	return fmt.Sprintf("Somebody has changed the %s %s meanwhile: the file was made from version %d, and it is at version %d.", kind, id, version, current)
}

// Fields are what differs between two states of an entry, as a file would say it; from is nil for a new one, to for one that is removed.
func Fields(kind spec.RoutingKind, from, to any) []spec.RoutingField {
	switch {
	case from == nil:
		return Difference(nil, saidOf(kind, brief(to)))
	case to == nil:
		return Difference(saidOf(kind, brief(from)), nil)
	default:
		return Difference(saidOf(kind, from), saidOf(kind, to))
	}
}

// Difference is what differs between two values, field by field; nil: there is none.
func Difference(from, to any) []spec.RoutingField {
	if from == nil {
		from = missing
	} else {
		from = generic(from)
	}
	if to == nil {
		to = missing
	} else {
		to = generic(to)
	}
	fields := []spec.RoutingField{}
	compare("", from, to, &fields)
	return fields
}

// brief is an entry without what it has anyway.
func brief(entry any) any {
	switch e := entry.(type) {
	case spec.Queue:
		return lean(e)
	case spec.Plan:
		return leanPlan(e)
	case spec.PersonInput:
		none, nothing := map[string]int{}, map[string]any{}
		unset(&e.Skills, &none)
		unset(&e.Queues, &none)
		unset(&e.Delays, &none)
		unset(&e.ChannelLimits, &none)
		unset(&e.Attributes, &nothing)
		return e
	default:
		return entry
	}
}

// removal is the change that takes an entry away.
func (now Present) removal(e Entry) spec.RoutingChange {
	c := spec.RoutingChange{Kind: e.Kind, Id: e.ID, Action: spec.RoutingChangeActionRemoved, Fields: []spec.RoutingField{}}
	var said any
	switch e.Kind {
	case spec.RoutingKindSkill:
		was := *byID(now.Skills, skillID)[e.ID]
		c.Name, said = was.Label.En, saidOf(e.Kind, was)
	case spec.RoutingKindPresence:
		was := *byID(now.Presences, presenceID)[e.ID]
		c.Name, said = was.Label.En, saidOf(e.Kind, was)
	case spec.RoutingKindQueue:
		was := *byID(now.Queues, queueID)[e.ID]
		c.Name, said = was.Name.En, saidOf(e.Kind, brief(was))
	case spec.RoutingKindPlan:
		was := *byID(now.Plans, planID)[e.ID]
		c.Name, said = was.Name.En, saidOf(e.Kind, brief(was))
	}
	compare("", said, missing, &c.Fields)
	return c
}

// saidOf is what a file says of an entry, but for its id and version.
func saidOf(kind spec.RoutingKind, entry any) any {
	said, _ := generic(entry).(map[string]any)
	l := listOf(kind)
	known := theDocument().components[l.schema].Value.Properties
	maps.DeleteFunc(said, func(name string, v any) bool {
		return known[name] == nil || name == l.id || name == "version" || v == nil
	})
	return said
}

// generic is a value as JSON has it.
func generic(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err)) // entries of files always encode
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var all any
	if err := decoder.Decode(&all); err != nil {
		panic(fmt.Sprintf("decode %T: %v", v, err))
	}
	return all
}

// missing is the value of what is not there.
var missing any = struct{ missing bool }{true}

// compare notes field by field what differs. Lists whose entries have names or ids are compared by those.
func compare(at string, from, to any, fields *[]spec.RoutingField) {
	if a, b, both := asMaps(from, to); both {
		for _, name := range slices.SortedFunc(maps.Keys(union(a, b)), byPlace) {
			compare(field(at, name), get(a, name), get(b, name), fields)
		}
		return
	}
	if a, b, both := asLists(from, to); both && key(a, b) != "" {
		compareKeyed(at, a, b, key(a, b), fields)
		return
	} else if both && ofObjects(a, b) {
		for i := range max(len(a), len(b)) {
			compare(item(at, i), at1(a, i), at1(b, i), fields)
		}
		return
	}
	if !reflect.DeepEqual(from, to) {
		*fields = append(*fields, spec.RoutingField{Path: at, From: encoded(from), To: encoded(to)})
	}
}

// asMaps reports whether both values are objects; one that is missing goes with one that has something in it.
func asMaps(from, to any) (a, b map[string]any, both bool) {
	a, isA := from.(map[string]any)
	b, isB := to.(map[string]any)
	return a, b, isA && isB || isA && to == missing && len(a) > 0 || isB && from == missing && len(b) > 0
}

func asLists(from, to any) (a, b []any, both bool) {
	a, isA := from.([]any)
	b, isB := to.([]any)
	return a, b, (isA || from == missing) && (isB || to == missing) && len(a)+len(b) > 0
}

func union(a, b map[string]any) map[string]any {
	all := maps.Clone(b)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, a)
	return all
}

func get(of map[string]any, name string) any {
	if v, there := of[name]; there {
		return v
	}
	return missing
}

func at1(of []any, i int) any {
	if i < len(of) {
		return of[i]
	}
	return missing
}

// key is the field that tells the entries of two lists apart; "": none does.
func key(a, b []any) string {
	for _, name := range []string{"name", "id"} {
		if keyed(a, name) && keyed(b, name) {
			return name
		}
	}
	return ""
}

func keyed(all []any, name string) bool {
	seen := map[string]bool{}
	for _, one := range all {
		object, _ := one.(map[string]any)
		id, _ := object[name].(string)
		if id == "" || seen[id] {
			return false
		}
		seen[id] = true
	}
	return true
}

func ofObjects(a, b []any) bool {
	return !slices.ContainsFunc(slices.Concat(a, b), func(v any) bool { _, isObject := v.(map[string]any); return !isObject })
}

// compareKeyed compares lists of entries that have a key, and then their order.
func compareKeyed(at string, a, b []any, name string, fields *[]spec.RoutingField) {
	before, orderBefore := keys(a, name)
	after, orderAfter := keys(b, name)
	for _, id := range slices.Concat(orderAfter, slices.DeleteFunc(slices.Clone(orderBefore), func(id string) bool { return after[id] != nil })) {
		path := field(at, id)
		if plainKey.MatchString(id) {
			path = at + "[" + id + "]"
		}
		compare(path, get(before, id), get(after, id), fields)
	}
	stay := func(order []string) []string {
		return slices.DeleteFunc(slices.Clone(order), func(id string) bool { return before[id] == nil || after[id] == nil })
	}
	if x, y := stay(orderBefore), stay(orderAfter); !slices.Equal(x, y) {
		*fields = append(*fields, spec.RoutingField{Path: at, From: encoded(x), To: encoded(y)})
	}
}

// keys are entries by their key, without it, and the keys in order.
func keys(all []any, name string) (entries map[string]any, order []string) {
	entries = map[string]any{}
	for _, one := range all {
		rest := maps.Clone(one.(map[string]any))
		id, _ := rest[name].(string)
		delete(rest, name)
		entries[id] = rest
		order = append(order, id)
	}
	return entries, order
}

func encoded(v any) json.RawMessage {
	if v == missing {
		return nil
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err)) // what was decoded encodes again
	}
	return bytes.TrimSpace(text.Bytes())
}

// hash tells what is changed from other changes.
func hash(entries []spec.RoutingChange) string {
	text, err := json.Marshal(entries)
	if err != nil {
		panic(fmt.Sprintf("encode a difference: %v", err))
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
