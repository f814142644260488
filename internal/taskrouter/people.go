package taskrouter

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"seax/api/spec"
)

// costs are what one conversation takes of an agent by default, in units, by channel kind; usualCost is that of all others.
var costs = map[string]int{"voice": 100, "email": 10}

const (
	usualCost   = 20
	maxCapacity = 10_000
	maxLevel    = 100
)

// unreachable are task channels that no channel of SeaX corresponds to.
var unreachable = map[string]bool{"default": true, "video": true}

// makePeople makes people of workers, and skills of those that Flex keeps in routing.skills and routing.levels.
func (m *maker) makePeople() {
	highest := m.makeSkills()
	channels := map[string][]workerChannel{}
	for _, c := range m.workerChannels {
		channels[c.worker] = append(channels[c.worker], c)
	}
	emails := map[string]bool{}
	var bare []string
	for i, w := range m.workers {
		at, where := fmt.Sprintf("$.people[%d]", i), fmt.Sprintf("worker %q", w.name)
		if w.attributes == nil {
			bare = append(bare, w.name)
			w.attributes = map[string]any{}
		}
		p := spec.PersonInput{Role: spec.RoleAgent, Email: m.email(where, at, w, emails)}
		p.Name = m.clip(where, at, called(w))
		if roles, _ := w.attributes["roles"].([]any); slices.Contains(roles, any("admin")) || slices.Contains(roles, any("supervisor")) {
			m.note(Check, where, at, "was admin or supervisor in Flex, and is an agent here until an admin gives another role")
		}
		if skills := m.skillsOf(where, at, w, highest); len(skills) > 0 {
			p.Skills = &skills
		}
		attributes := maps.Clone(w.attributes)
		for _, own := range [][2]string{{"sid", w.sid}, {"friendly_name", w.name}} {
			if _, taken := attributes[own[0]]; taken {
				m.note(Changed, where, at, "its attribute %s is kept; an expression that means the worker's own %s finds that", own[0], own[0])
			} else if own[1] != "" {
				attributes[own[0]] = own[1]
			}
		}
		p.Attributes = &attributes
		m.limit(where, at, &p, channels[w.sid])
		delete(channels, w.sid)
		m.file.People = append(m.file.People, p)
	}
	if len(bare) > 0 {
		m.note(Check, "workers", "$.people", "some came without attributes, which Twilio's lists leave out; fetch each by itself and give that too: %s", strings.Join(bare, ", "))
	}
	if len(channels) > 0 {
		m.note(Lost, "worker channels", "$.people", "some are of workers who were not given: %s", strings.Join(slices.Sorted(maps.Keys(channels)), ", "))
	}
	if len(m.workers) > 0 && len(m.workerChannels) == 0 {
		m.note(Check, "workers", "$.people", "no workers' channels were given, so nobody has limits by channel: everybody takes conversations worth 100 units, as is usual")
	}
}

// called is a worker's name: the full one that Flex shows, else the one that is there.
func called(w worker) string {
	if full, is := w.attributes["full_name"].(string); is && strings.TrimSpace(full) != "" {
		return full
	}
	if name := decoded(w.name); isAddress(name) {
		return name
	}
	return w.name
}

func isAddress(text string) bool {
	parsed, err := mail.ParseAddress(text)
	return err == nil && parsed.Address == text
}

// email finds a worker's address, or makes one.
func (m *maker) email(where, at string, w worker, taken map[string]bool) string {
	attribute, _ := w.attributes["email"].(string)
	made := false
	address := ""
	for _, candidate := range []string{attribute, w.name, decoded(w.name)} {
		if isAddress(candidate) {
			address = strings.ToLower(candidate)
			break
		}
	}
	if address == "" {
		address, made = m.id("person", w.name, w.sid)+"@"+cmp.Or(m.options.EmailDomain, NoDomain), true
	}
	for n := 2; taken[address]; n++ {
		local, domain, _ := strings.Cut(address, "@")
		local, _, _ = strings.Cut(local, "+")
		address, made = local+"+"+strconv.Itoa(n)+"@"+domain, true
	}
	if made {
		m.note(Check, where, at, "has no email address of their own; %s is made up", address)
	}
	taken[address] = true
	return address
}

// decoded undoes how Flex writes identities: bob_40example_2Ecom.
func decoded(name string) string {
	var s strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] == '_' && i+2 < len(name) {
			if code, err := strconv.ParseUint(name[i+1:i+3], 16, 8); err == nil {
				s.WriteByte(byte(code))
				i += 2
				continue
			}
		}
		s.WriteByte(name[i])
	}
	return s.String()
}

// flexSkills is what Flex keeps of a worker's skills: their names, and levels of some.
func flexSkills(w worker) (skills []string, levels map[string]any) {
	kept, _ := w.attributes["routing"].(map[string]any)
	list, _ := kept["skills"].([]any)
	for _, item := range list {
		if name, is := item.(string); is && name != "" && !slices.Contains(skills, name) {
			skills = append(skills, name)
		}
	}
	levels, _ = kept["levels"].(map[string]any)
	return skills, levels
}

// makeSkills makes the skills that workers have, and finds the highest level of each.
func (m *maker) makeSkills() map[string]float64 {
	highest := map[string]float64{}
	for _, w := range m.workers {
		skills, levels := flexSkills(w)
		for _, name := range skills {
			highest[name] = max(highest[name], numberOf(levels[name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(highest)) {
		m.skills[name] = m.id("skill", name, "")
		at := fmt.Sprintf("$.skills[%d]", len(m.file.Skills))
		m.file.Skills = append(m.file.Skills, spec.Skill{Id: m.skills[name], Label: spec.LocalText{En: m.clip(fmt.Sprintf("skill %q", name), at, name)}})
		if highest[name] > 0 {
			m.note(Changed, fmt.Sprintf("skill %q", name), at,
				"levels go from 1 to 100 here: %s, the highest that anybody has, becomes 100 and the others in proportion; expressions go by the attributes, which are as they were", decimal(highest[name]))
		}
	}
	return highest
}

func numberOf(v any) float64 {
	switch n := v.(type) {
	case int64:
		return float64(n)
	case float64:
		return n
	default:
		return 0
	}
}

// skillsOf are a worker's skills with their levels.
func (m *maker) skillsOf(where, at string, w worker, highest map[string]float64) map[string]int {
	names, levels := flexSkills(w)
	skills := make(map[string]int, len(names))
	for _, name := range names {
		skills[m.skills[name]] = maxLevel
		level, has := levels[name]
		switch n := numberOf(level); {
		case n > 0:
			skills[m.skills[name]] = max(int(math.Round(maxLevel*n/highest[name])), 1)
		case has && level != nil:
			text, _ := json.Marshal(level)
			m.note(Changed, where, at, "the level %s of %s is no number above 0; it becomes 1", text, name)
			skills[m.skills[name]] = 1
		}
	}
	for _, name := range slices.Sorted(maps.Keys(levels)) {
		if !slices.Contains(names, name) {
			m.note(Lost, where, at, "has a level of %s, but not the skill", name)
		}
	}
	return skills
}

// limit gives a person the limits of a worker's channels, and the capacity to reach them all at once, as in TaskRouter, where
// channels do not share.
func (m *maker) limit(where, at string, p *spec.PersonInput, channels []workerChannel) {
	limits, capacity := map[string]int{}, 0
	for _, c := range channels {
		if kind := m.names.channel(c.channel); unreachable[kind] {
			if c.capacity > 1 {
				m.note(Lost, where, at, "takes %d at once on the task channel %s, which no channel of SeaX is", c.capacity, c.channel)
			}
		} else {
			cost, special := costs[kind]
			if !special {
				cost = usualCost
			}
			limits[kind] += c.capacity
			capacity += c.capacity * cost
		}
	}
	if len(limits) == 0 {
		return
	}
	if capacity > maxCapacity {
		m.note(Changed, where, at, "all limits together are %d units; the most a person may take is %d", capacity, maxCapacity)
		capacity = maxCapacity
	}
	p.ChannelLimits, p.Capacity = &limits, &capacity
}
