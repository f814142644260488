// Package taskrouter makes SeaX routing of what Twilio TaskRouter had: workflows become plans, task queues queues, workers people,
// activities presences, and expressions conditions in CEL. What does not come over as it was is listed. It is pure; docs/taskrouter.md
// says what becomes what.
package taskrouter

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"seax/api/spec"
	"seax/internal/condition"
	"seax/internal/plan"
	"seax/internal/setup"
)

// Options say what TaskRouter's resources do not.
type Options struct {
	// Channels are channel kinds by task channel, where they are not called the same. DefaultChannels are always there.
	Channels map[string]string
	// EmailDomain is where people have their address who come without one; default NoDomain.
	EmailDomain string
}

// DefaultChannels are the channel kinds of task channels that SeaX calls otherwise.
var DefaultChannels = map[string]string{"chat": "webchat"}

// NoDomain is a domain that cannot exist.
const NoDomain = "example.invalid"

// Result is what was made.
type Result struct {
	File     setup.File
	Findings []Finding
}

// maker makes a file of what was given.
type maker struct {
	given
	options  Options
	names    names
	file     setup.File
	wrong    InputErrors
	findings []Finding
	told     map[Finding]bool
	// ids are those that are taken, by kind.
	ids map[string]map[string]bool
	// queues are by sid and by name, skills are ids by name.
	queues map[string]*madeQueue
	skills map[string]string
}

// Import makes a file of sources, which may come in any order. Errors are InputErrors.
func Import(sources []Source, o Options) (Result, error) {
	r := reader{seen: map[string]string{}, bySid: map[string]int{}}
	for _, s := range sources {
		r.read(s)
	}
	if len(r.wrong) > 0 {
		return Result{}, r.wrong
	}
	if o.EmailDomain != "" && !isAddress("somebody@"+o.EmailDomain) {
		return Result{}, InputErrors{fmt.Sprintf("%q is no domain that addresses can have", o.EmailDomain)}
	}
	channels := maps.Clone(DefaultChannels)
	maps.Copy(channels, o.Channels)
	m := maker{
		given: r.given, options: o, findings: r.findings, told: map[Finding]bool{},
		ids: map[string]map[string]bool{"presence": maps.Clone(presencesThere)}, queues: map[string]*madeQueue{}, skills: map[string]string{},
		names: names{activities: map[string]string{}, channels: channels, taskKeys: map[string]bool{}},
	}
	m.makePresences()
	m.makePeople()
	m.makeQueues()
	m.makePlans()
	if len(m.wrong) == 0 {
		m.check()
	}
	if len(m.wrong) > 0 {
		return Result{}, m.wrong
	}
	slices.SortStableFunc(m.findings, func(a, b Finding) int { return cmp.Compare(gravity[a.Kind], gravity[b.Kind]) })
	return Result{m.file, m.findings}, nil
}

func (m *maker) problem(where, format string, args ...any) {
	m.wrong = append(m.wrong, where+": "+fmt.Sprintf(format, args...))
}

func (m *maker) note(kind Kind, where, at, format string, args ...any) {
	f := Finding{kind, where, fmt.Sprintf(format, args...), at}
	if !m.told[f] {
		m.told[f] = true
		m.findings = append(m.findings, f)
	}
}

// expression makes a condition of an expression; everything about it is said of where, and of at in the file.
func (m *maker) expression(where, at, text string, place place) formula {
	e, err := parse(text)
	if err != nil {
		m.problem(where, "%s", err)
		return never
	}
	t := translator{
		place: place, names: &m.names,
		lost:    func(words string) { m.note(Lost, where, at, "%s", words) },
		changed: func(words string) { m.note(Changed, where, at, "%s", words) },
	}
	return t.translate(e)
}

// id makes an id of a name: one that nothing else of its kind has. otherwise is for a name that has no letters for it.
func (m *maker) id(kind, name, otherwise string) string {
	if m.ids[kind] == nil {
		m.ids[kind] = map[string]bool{}
	}
	base := cmp.Or(slug(name), slug(otherwise), kind)
	id := base
	for n := 2; m.ids[kind][id]; n++ {
		id = base + "-" + strconv.Itoa(n)
	}
	m.ids[kind][id] = true
	return id
}

// slug is a name in the characters of ids, short enough for a number behind it; "" if it has none of them.
func slug(name string) string {
	var s strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case 'a' <= r && r <= 'z' || digit(r) || r == '_' && s.Len() > 0:
			s.WriteRune(r)
		case s.Len() > 0 && !strings.HasSuffix(s.String(), "-"):
			s.WriteByte('-')
		}
	}
	const longest = 50
	return strings.TrimRight(s.String()[:min(s.Len(), longest)], "-")
}

// maxName is how long a name may be.
const maxName = 100

// clip makes a name that can be had of one that is too long, or has more than letters.
func (m *maker) clip(where, at, name string) string {
	if strings.ContainsFunc(name, unicode.IsControl) {
		m.note(Changed, where, at, "the name loses its control characters")
		name = strings.TrimSpace(strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return ' '
			}
			return r
		}, name))
		name = cmp.Or(name, "unnamed")
	}
	runes := []rune(name)
	if len(runes) <= maxName {
		return name
	}
	m.note(Changed, where, at, "the name is longer than %d characters; it ends earlier here", maxName)
	return string(runes[:maxName-1]) + "…"
}

// The presences that every installation has: those that activities may be, with whether they offer work, and all of them.
var (
	builtin        = map[string]bool{"available": true, "offline": false}
	presencesThere = map[string]bool{"available": true, "offline": true, "not_responding": true}
)

// makePresences makes presences of the activities that were given, and of those that workers are in.
func (m *maker) makePresences() {
	all := slices.Clone(m.activities)
	for _, w := range m.workers {
		all = append(all, w.activity)
	}
	for _, a := range all {
		if a.name == "" {
			continue
		}
		id, known := m.names.activities[a.name]
		if !known {
			id = m.presence(a)
		}
		m.names.activities[a.name] = id
		if a.sid != "" {
			m.names.activities[a.sid] = id
		}
	}
}

// presence is the id of the presence that an activity becomes.
func (m *maker) presence(a activity) string {
	name := strings.ToLower(a.name)
	if offers, is := builtin[name]; is && offers == a.available {
		return name
	}
	id := m.id("presence", a.name, a.sid)
	at := fmt.Sprintf("$.presences[%d]", len(m.file.Presences))
	a.name = m.clip(fmt.Sprintf("activity %q", a.name), at, a.name)
	m.file.Presences = append(m.file.Presences, spec.Presence{Id: id, Label: spec.LocalText{En: a.name}, OffersWork: a.available})
	return id
}

// check is the last look: what SeaX would not take is no result.
func (m *maker) check() {
	names := plan.Names{Queues: m.ids["queue"], Skills: m.ids["skill"], Plans: m.ids["plan"]}
	for _, q := range m.file.Queues {
		if q.MembersWhen != nil {
			if _, err := condition.Compile(*q.MembersWhen, condition.OfMember); err != nil {
				m.problem(fmt.Sprintf("queue %q", q.Name.En), "what target_workers becomes: %s", err)
			}
		}
	}
	for _, p := range m.file.Plans {
		var definition plan.Plan
		text, err := json.Marshal(p)
		if err = errors.Join(err, json.Unmarshal(text, &definition)); err != nil {
			m.problem(fmt.Sprintf("workflow %q", p.Name.En), "%s", err)
			continue
		}
		for _, wrong := range definition.Check(names) {
			m.problem(fmt.Sprintf("workflow %q", p.Name.En), "what it becomes: %s: %s", wrong.At, wrong.Words)
		}
	}
}
