// Package scenario reads scenarios for internal/simulation from files: YAML that may refer to a recording, and to a file of
// routing as `seax export` writes it and `seax apply` reads it, so that what is simulated is what is applied.
package scenario

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"seax/api/spec"
	"seax/internal/plan"
	"seax/internal/setup"
	"seax/internal/simulation"
	"seax/internal/sla"
)

// maxFile bounds a file of YAML, in bytes.
const maxFile = 4 << 20

// file is a scenario as it is written. docs/simulation.md describes it.
type file struct {
	simulation.Scenario `yaml:",inline"`
	// Routing is the path of a file of routing; People say how its people work.
	Routing string             `json:"routing"`
	People  *simulation.Habits `json:"people"`
	// Recorded refers to a recording.
	Recorded *recorded `json:"recorded"`
}

type recorded struct {
	File     string                   `json:"file"`
	Patience *simulation.Distribution `json:"patience"`
	Handle   *simulation.Distribution `json:"handle"`
}

// Open reads a scenario and what it refers to, by paths from where it is, and completes it. Errors name the file and the place;
// those that are the file's fault are simulation.ErrScenario.
func Open(path string) (simulation.Scenario, error) {
	f := file{}
	if err := open(path, &f); err != nil {
		return simulation.Scenario{}, err
	}
	s := f.Scenario
	if s.Name == "" {
		s.Name = filepath.Base(path)
	}
	beside := func(name string) string {
		if filepath.IsAbs(name) {
			return name
		}
		return filepath.Join(filepath.Dir(path), name)
	}
	if f.Recorded != nil {
		recording, err := openRecording(beside(f.Recorded.File))
		if err != nil {
			return s, err
		}
		s.Recorded = &simulation.Recorded{Recording: recording, Patience: f.Recorded.Patience, Handle: f.Recorded.Handle}
	}
	if f.Routing != "" {
		var routing setup.File
		if err := open(beside(f.Routing), &routing); err != nil {
			return s, err
		}
		Adopt(&s, routing, f.People)
	}
	Staff(&s)
	if err := s.Complete(); err != nil {
		return s, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func open(path string, into any) error {
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	text, err := io.ReadAll(io.LimitReader(from, maxFile+1))
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if len(text) > maxFile {
		return fmt.Errorf("%s: %w: it is larger than %d MB", path, simulation.ErrScenario, maxFile>>20)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return fmt.Errorf("%s: %w: it is empty", path, simulation.ErrScenario)
	}
	if err := yaml.UnmarshalWithOptions(text, into, yaml.Strict(), yaml.UseJSONUnmarshaler()); err != nil {
		return fmt.Errorf("%s: %w: %s", path, simulation.ErrScenario, strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	return nil
}

func openRecording(path string) (*simulation.Recording, error) {
	from, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = from.Close() }()
	r, err := simulation.ReadRecording(from)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// Adopt gives a scenario the skills, queues, plans and people of a routing file. What the scenario has itself of the same id or
// email counts instead. That a queue is paused or drained at the moment is not adopted.
func Adopt(s *simulation.Scenario, from setup.File, habits *simulation.Habits) {
	for _, skill := range from.Skills {
		if !slices.Contains(s.Skills, skill.Id) {
			s.Skills = append(s.Skills, skill.Id)
		}
	}
	for _, q := range from.Queues {
		if !slices.ContainsFunc(s.Queues, func(own simulation.Queue) bool { return own.ID == q.Id }) {
			s.Queues = append(s.Queues, Queue(q))
		}
	}
	for _, p := range from.Plans {
		if !slices.ContainsFunc(s.Plans, func(own plan.Plan) bool { return own.ID == p.Id }) {
			s.Plans = append(s.Plans, planOf(p))
		}
	}
	for _, p := range from.People {
		a, works := person(p)
		own := slices.IndexFunc(s.Agents, func(own simulation.Agents) bool { return own.Email != "" && strings.EqualFold(own.Email, p.Email) })
		switch {
		case own >= 0:
			s.Agents[own] = over(a, s.Agents[own])
		case works:
			if habits != nil {
				a.Habits = *habits
			}
			s.Agents = append(s.Agents, a)
		}
	}
}

// Staff gives the agents of a scenario, as far as they are known by their email, the habits that a recording tells of them where
// they have none of their own. A scenario without agents gets those of the recording.
func Staff(s *simulation.Scenario) {
	if s.Recorded == nil {
		return
	}
	recorded := s.Recorded.Recording.Agents
	if len(s.Agents) == 0 {
		s.Agents = slices.Clone(recorded)
		return
	}
	for i := range s.Agents {
		a := &s.Agents[i]
		at := slices.IndexFunc(recorded, func(r simulation.Agents) bool { return r.Email != "" && strings.EqualFold(r.Email, a.Email) })
		if at < 0 {
			continue
		}
		told := recorded[at].Habits
		if a.Shifts == nil {
			a.Shifts = told.Shifts
		}
		if a.Accept == nil {
			a.Accept = told.Accept
		}
		if a.Rejects == 0 && a.Misses == 0 {
			a.Rejects, a.Misses = told.Rejects, told.Misses
		}
		if a.Back == nil {
			a.Back = told.Back
		}
	}
}

// Queue is what a simulation needs to know of a queue.
func Queue(q spec.Queue) simulation.Queue {
	boost := q.BoostS
	to := simulation.Queue{
		ID: q.Id, OfferTimeout: q.OfferTimeoutS, Boost: &boost, Strict: q.Strict, AutoAccept: value(q.AutoAccept), TimeZone: q.TimeZone, Hours: q.Hours,
		Order: string(value(q.Order)), OrderBy: value(q.OrderBy), Width: value(q.Width), MaxWaiting: q.MaxWaiting, MembersWhen: value(q.MembersWhen),
		Overflow: map[string]plan.Target{}, RankBy: string(value(q.RankBy)),
	}
	promises := value(q.Sla)
	to.SLA = sla.Targets{
		FirstReply: value(promises.FirstReplyS), NextReply: value(promises.NextReplyS), Resolution: value(promises.ResolutionS), WarnPercent: value(promises.WarnPercent),
	}
	for _, day := range q.Holidays {
		to.Holidays = append(to.Holidays, day.Format(time.DateOnly))
	}
	overflow := value(q.Overflow)
	for reason, target := range map[string]*plan.Target{"full": overflow.Full, "closed": overflow.Closed, "unstaffed": overflow.Unstaffed, "draining": overflow.Draining} {
		if target != nil {
			to.Overflow[reason] = *target
		}
	}
	return to
}

func planOf(p spec.Plan) plan.Plan {
	return plan.Plan{
		ID: p.Id, Name: map[string]string{"en": p.Name.En}, Budget: string(value(p.Budget)), Rules: value(p.Rules), Default: p.Default, Overflow: p.Overflow,
	}
}

// person is an agent as they are set up; works: they can be offered anything.
func person(p spec.PersonInput) (a simulation.Agents, works bool) {
	a = simulation.Agents{
		Name: p.Name, Email: p.Email, Queues: value(p.Queues), Skills: value(p.Skills), Attributes: value(p.Attributes),
		Capacity: value(p.Capacity), ChannelLimits: value(p.ChannelLimits), AutoAccept: value(p.AutoAccept), Delays: map[string]simulation.Duration{},
	}
	for queue, seconds := range value(p.Delays) {
		a.Delays[queue] = simulation.Duration(time.Duration(seconds) * time.Second)
	}
	return a, (p.Active == nil || *p.Active) && (p.Capacity == nil || *p.Capacity > 0)
}

// over is an agent with what is set of another instead.
func over(a, own simulation.Agents) simulation.Agents {
	if own.Name != "" {
		a.Name = own.Name
	}
	if own.Queues != nil {
		a.Queues = own.Queues
	}
	if own.Delays != nil {
		a.Delays = own.Delays
	}
	if own.Skills != nil {
		a.Skills = own.Skills
	}
	if own.Attributes != nil {
		a.Attributes = own.Attributes
	}
	if own.Capacity != 0 {
		a.Capacity = own.Capacity
	}
	if own.ChannelLimits != nil {
		a.ChannelLimits = own.ChannelLimits
	}
	a.ID, a.Count, a.AutoAccept, a.Habits = own.ID, own.Count, a.AutoAccept || own.AutoAccept, own.Habits
	return a
}

func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
