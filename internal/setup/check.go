package setup

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"seax/api/spec"
	"seax/internal/condition"
	"seax/internal/hours"
	"seax/internal/identity"
	"seax/internal/plan"
)

// CheckQueue finds everything that is wrong with a queue, and with what it refers to. nil: nothing.
func CheckQueue(q spec.Queue, names plan.Names) plan.Problems {
	var wrong plan.Problems
	say := func(at string, err error) {
		if err != nil {
			wrong = append(wrong, plan.Problem{At: at, Words: err.Error()})
		}
	}
	say("time_zone", hours.Schedule{Zone: q.TimeZone}.Check())
	for _, day := range slices.Sorted(maps.Keys(q.Hours)) {
		say(field("hours", day), hours.Schedule{Hours: map[string][][]string{day: q.Hours[day]}}.Check())
	}
	seen := map[string]bool{}
	for i, o := range q.Outcomes {
		if seen[o.Id] {
			say(item("outcomes", i)+".id", fmt.Errorf("the outcome %s is there twice", o.Id))
		}
		seen[o.Id] = true
	}
	wrong = append(wrong, plan.CheckOrder(string(value(q.Order, "")), value(q.OrderBy, nil))...)
	if when := value(q.MembersWhen, ""); when != "" {
		wrong = append(wrong, plan.CheckCondition("members_when", when, condition.OfMember)...)
	}
	for _, o := range overflows(q) {
		wrong = append(wrong, o.target.Check("overflow."+o.reason, names)...)
	}
	return append(wrong, checkPromises(q)...)
}

// checkPromises finds what is wrong with what a queue promises.
func checkPromises(q spec.Queue) (wrong plan.Problems) {
	t := value(q.Sla, spec.SlaTargets{})
	if t.FirstReplyS != nil && t.ResolutionS != nil && *t.ResolutionS < *t.FirstReplyS {
		wrong = append(wrong, plan.Problem{At: "sla.resolution_s", Words: "the time until it is resolved is shorter than the time until the first reply"})
	}
	if value(q.RankBy, spec.RankByArrival) == spec.RankBySla && t.FirstReplyS == nil {
		wrong = append(wrong, plan.Problem{At: "rank_by", Words: "to serve by due time, the queue must promise a first reply"})
	}
	return wrong
}

// overflow is where a queue's conversations go, for a reason.
type overflow struct {
	reason string
	target *plan.Target
}

// overflows are a queue's, as far as they are set.
func overflows(q spec.Queue) []overflow {
	all := value(q.Overflow, spec.QueueOverflow{})
	return slices.DeleteFunc([]overflow{{"full", all.Full}, {"closed", all.Closed}, {"unstaffed", all.Unstaffed}, {"draining", all.Draining}},
		func(o overflow) bool { return o.target == nil })
}

// CheckPlan finds everything that is wrong with a plan, and with what it refers to. nil: nothing.
func CheckPlan(p spec.Plan, names plan.Names) plan.Problems { return PlanOf(p).Check(names) }

// maxPosition bounds a presence's place in the list people choose from.
const maxPosition = 10_000

// CheckPresence finds what is wrong with a presence; was is what it is to replace, nil: nothing.
func CheckPresence(p spec.Presence, was *spec.Presence) plan.Problems {
	var wrong plan.Problems
	if position := value(p.Position, 0); position < 0 || position > maxPosition {
		wrong = append(wrong, plan.Problem{At: "position", Words: fmt.Sprintf("the position is a number from 0 to %d", maxPosition)})
	}
	if was != nil && value(was.Builtin, false) && was.OffersWork != p.OffersWork {
		wrong = append(wrong, plan.Problem{At: "offers_work", Words: "whether a built-in presence offers work cannot be changed"})
	}
	return wrong
}

// CheckPerson finds everything that is wrong with a person, and with what they are said to have. names are skills and queues;
// members are queues they are in apart from those that the input names, like those whose condition they meet. nil: nothing.
func CheckPerson(in spec.PersonInput, names plan.Names, members []string) plan.Problems {
	var wrong plan.Problems
	if _, err := identity.NormalEmail(in.Email); err != nil {
		wrong = append(wrong, plan.Problem{At: "email", Words: "this is not an email address"})
	}
	for _, skill := range slices.Sorted(maps.Keys(value(in.Skills, nil))) {
		if !names.Skills[skill] {
			wrong = append(wrong, plan.Problem{At: field("skills", skill), Words: fmt.Sprintf("there is no skill %q", skill)})
		}
	}
	queues := value(in.Queues, nil)
	for _, queue := range slices.Sorted(maps.Keys(queues)) {
		if !names.Queues[queue] {
			wrong = append(wrong, plan.Problem{At: field("queues", queue), Words: fmt.Sprintf("there is no queue %q", queue)})
		}
	}
	for _, queue := range slices.Sorted(maps.Keys(value(in.Delays, nil))) {
		if _, named := queues[queue]; !named && !slices.Contains(members, queue) {
			wrong = append(wrong, plan.Problem{At: field("delays", queue), Words: fmt.Sprintf("they are no member of a queue %q, so there is nothing to delay", queue)})
		}
	}
	return wrong
}

// names are what others may refer to.
func (f File) names() plan.Names {
	return plan.Names{Queues: idsOf(f.Queues, queueID), Skills: idsOf(f.Skills, skillID), Plans: idsOf(f.Plans, planID)}
}

func idsOf[T any](all []T, id func(T) string) map[string]bool {
	set := make(map[string]bool, len(all))
	for _, one := range all {
		set[id(one)] = true
	}
	return set
}

// Circle finds overflows that lead back to where they began; nil: there are none.
func (f File) Circle() []string {
	plans, queues := map[string][]plan.Target{}, map[string][]plan.Target{}
	for _, p := range f.Plans {
		plans[p.Id] = PlanOf(p).Targets()
	}
	for _, q := range f.Queues {
		for _, o := range overflows(q) {
			queues[q.Id] = append(queues[q.Id], *o.target)
		}
	}
	return plan.Circle(plans, queues)
}

// MaxPresences bounds the list of presences people choose from.
const MaxPresences = 100

// check finds everything that is wrong with a file, given what there is and what there will be.
func (s *Source) check(now Present, next File) Problems {
	wrong := s.twice()
	names, presences, people := next.names(), byID(now.Presences, presenceID), byID(next.People, personID)
	checkEach(s, "presences", s.Presences, func(p spec.Presence) plan.Problems { return CheckPresence(p, presences[p.Id]) }, &wrong)
	checkEach(s, "queues", s.Queues, func(q spec.Queue) plan.Problems { return CheckQueue(q, names) }, &wrong)
	checkEach(s, "plans", s.Plans, func(p spec.Plan) plan.Problems { return CheckPlan(p, names) }, &wrong)
	checkEach(s, "people", s.People, func(p spec.PersonInput) plan.Problems {
		id := personID(p)
		if people[id] == nil {
			return plan.Problems{{At: "email", Words: "it is empty"}}
		}
		return append(CheckPerson(*people[id], names, now.ByCondition[id]), now.checkChange(id, p)...)
	}, &wrong)
	if len(next.Presences) > MaxPresences {
		wrong = append(wrong, Problem{At: "presences", Words: fmt.Sprintf("there would be %d presences; %d are the most", len(next.Presences), MaxPresences)})
	}
	if len(s.problems) == 0 && admins(now.File) > 0 && admins(next) == 0 {
		wrong = append(wrong, Problem{At: "people", Words: "nobody would be left who is an admin and active"})
	}
	if circle := next.Circle(); circle != nil {
		wrong = append(wrong, Problem{At: s.pathOf(circle), Words: "the overflows go in a circle: " + strings.Join(circle, " → ")})
	}
	return wrong
}

// checkChange finds what a person cannot be changed to just now.
func (now Present) checkChange(id string, p spec.PersonInput) plan.Problems {
	var wrong plan.Problems
	if load := now.Load[id]; p.Capacity != nil && *p.Capacity < load {
		wrong = append(wrong, plan.Problem{At: "capacity", Words: fmt.Sprintf("they carry %d right now; lower it when they have finished some conversations", load)})
	}
	if id == now.Me && id != "" && (p.Role != spec.RoleAdmin || !value(p.Active, true)) {
		wrong = append(wrong, plan.Problem{At: "role", Words: "you cannot take your own admin rights; ask another admin"})
	}
	return wrong
}

// checkEach checks the entries of a list. What is wrong with a value that could not be read is known already.
func checkEach[T any](s *Source, key string, all []T, check func(T) plan.Problems, wrong *Problems) {
	for i, one := range all {
		at := item(key, i)
		found := behind(at, check(one))
		if s.broken[at] {
			found = slices.DeleteFunc(found, func(p Problem) bool {
				return slices.ContainsFunc(s.problems, func(known Problem) bool { return within(p.At, known.At) || within(known.At, p.At) })
			})
		}
		*wrong = append(*wrong, found...)
	}
}

// twice finds entries that are there twice.
func (s *Source) twice() Problems {
	var wrong Problems
	look := func(l list, ids []string) {
		seen := map[string]int{}
		for i, id := range ids {
			if before, twice := seen[id]; twice && id != "" {
				wrong = append(wrong, Problem{At: item(l.key, i) + "." + l.id, Words: fmt.Sprintf("the %s %s is there twice; it is %s already", l.kind, id, item(l.key, before))})
				continue
			}
			seen[id] = i
		}
	}
	look(lists[0], each(s.Skills, skillID))
	look(lists[1], each(s.Presences, presenceID))
	look(lists[2], each(s.Queues, queueID))
	look(lists[3], each(s.Plans, planID))
	look(lists[4], each(s.People, personID))
	return wrong
}

// pathOf is where the first of a circle stands that the file names.
func (s *Source) pathOf(circle []string) string {
	for _, name := range circle {
		if i := slices.IndexFunc(s.Plans, func(p spec.Plan) bool { return "plan "+p.Id == name }); i >= 0 {
			return item("plans", i)
		}
		if i := slices.IndexFunc(s.Queues, func(q spec.Queue) bool { return "queue "+q.Id == name }); i >= 0 {
			return item("queues", i)
		}
	}
	return ""
}

func admins(f File) int {
	n := 0
	for _, p := range f.People {
		if p.Role == spec.RoleAdmin && value(p.Active, true) {
			n++
		}
	}
	return n
}
