// Package routing decides who gets which conversation. It is pure: no database, no clock, no context; the same planner runs
// behind Postgres, in tests and in simulation. internal/dispatch carries its decisions out.
package routing

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// Skills are levels by skill, 1 to 100.
type Skills map[string]int

// Agent is what routing needs to know of a person who may be offered work.
type Agent struct {
	ID   uuid.UUID
	Name string
	// Capacity and Load are in units; a request takes its Cost of them.
	Capacity, Load int
	Presence       string
	// OffersWork is the presence's flag.
	OffersWork bool
	// LeaseUntil is until when the agent's socket has vouched for them.
	LeaseUntil time.Time
	IdleSince  time.Time
	Skills     Skills
	// Queues holds the level of each queue the agent is a member of: 1 is served first.
	Queues map[string]int
	// ChannelLimits bounds conversations at once by channel kind; ChannelLoad is how many there are.
	ChannelLimits, ChannelLoad map[string]int
}

// Exclusion keeps a request from an agent who had it and did not take it.
type Exclusion struct {
	Reason string
	// Since is when it began; for CoolDown after it not even a lack of others brings the request back.
	Since, Until time.Time
}

// CoolDown is how long a request stays away from an agent who rejected or missed it, even if nobody else is left.
const CoolDown = 20 * time.Second

// Request is one conversation waiting for an agent.
type Request struct {
	ID          uuid.UUID
	Queue       string
	ChannelKind string
	Cost        int
	// Skills must be held at the level or above; Preferred ones decide among those who do.
	Skills, Preferred Skills
	// Rank orders requests; the smallest is served first. See Rank.
	Rank int64
	// Known is an agent who is asked alone until KnownUntil, as long as KnownReachable (leased, in a presence that offers work).
	Known          uuid.UUID
	KnownUntil     time.Time
	KnownReachable bool
	Excluded       map[uuid.UUID]Exclusion
}

func (r *Request) waitsForKnown(now time.Time) bool {
	return r.Known != uuid.Nil && r.KnownReachable && now.Before(r.KnownUntil)
}

// Rank is a request's place in its queue, in microseconds: its virtual start minus a head start of boost per point of
// priority. With strict, priority always comes first. It never changes while the request waits.
func Rank(virtualStart time.Time, priority int, boost time.Duration, strict bool) int64 {
	if strict {
		boost = 365 * 24 * time.Hour
	}
	return virtualStart.UnixMicro() - int64(priority)*boost.Microseconds()
}

// Reason is why an agent was chosen, or could not be: a code for programs, a text in English, and the text's parts.
type Reason struct {
	Code   string
	Text   string
	Params map[string]string
}

func reason(code, text string, params ...string) Reason {
	r := Reason{Code: code, Text: text}
	for i := 0; i+1 < len(params); i += 2 {
		if r.Params == nil {
			r.Params = map[string]string{}
		}
		r.Params[params[i]] = params[i+1]
	}
	return r
}

// Obstacles lists why an agent cannot be offered a request now; none: they can.
func Obstacles(a Agent, r Request, now time.Time) []Reason {
	return append(hardObstacles(a, r, now), exclusion(a, r, now)...)
}

func hardObstacles(a Agent, r Request, now time.Time) []Reason {
	var why []Reason
	if !now.Before(a.LeaseUntil) {
		why = append(why, reason("lease", "not connected"))
	}
	if !a.OffersWork {
		why = append(why, reason("presence", "presence is "+a.Presence, "presence", a.Presence))
	}
	chosen := r.waitsForKnown(now)
	if chosen && r.Known != a.ID {
		why = append(why, reason("waiting_for_known", "another agent is asked first"))
	}
	named := chosen && r.Known == a.ID
	if _, member := a.Queues[r.Queue]; !member && !named {
		why = append(why, reason("not_member", "not a member of "+r.Queue, "queue", r.Queue))
	}
	if a.Load+r.Cost > a.Capacity {
		why = append(why, reason("capacity", fmt.Sprintf("at capacity %d/%d", a.Load, a.Capacity),
			"load", strconv.Itoa(a.Load), "capacity", strconv.Itoa(a.Capacity)))
	}
	if limit, limited := a.ChannelLimits[r.ChannelKind]; limited && a.ChannelLoad[r.ChannelKind] >= limit {
		why = append(why, reason("channel_limit", fmt.Sprintf("at the limit of %d for %s", limit, r.ChannelKind),
			"limit", strconv.Itoa(limit), "channel", r.ChannelKind))
	}
	if !named {
		why = append(why, missingSkills(a, r)...)
	}
	return why
}

func missingSkills(a Agent, r Request) []Reason {
	var why []Reason
	for _, skill := range sortedKeys(r.Skills) {
		if has, wanted := a.Skills[skill], r.Skills[skill]; has < wanted {
			why = append(why, reason("skill", fmt.Sprintf("%s %d < %d", skill, has, wanted),
				"skill", skill, "has", strconv.Itoa(has), "wanted", strconv.Itoa(wanted)))
		}
	}
	return why
}

func exclusion(a Agent, r Request, now time.Time) []Reason {
	e, excluded := r.Excluded[a.ID]
	if !excluded || !now.Before(e.Until) {
		return nil
	}
	ago := now.Sub(e.Since).Truncate(time.Second)
	return []Reason{reason("excluded", fmt.Sprintf("%s %s ago", e.Reason, ago), "reason", e.Reason, "ago", ago.String())}
}

// Snapshot is what the planner looks at.
type Snapshot struct {
	Agents   []Agent
	Requests []Request
}

// Decision gives a request to an agent, with the reasons.
type Decision struct {
	Request, Agent uuid.UUID
	Why            []Reason
}

// Plan matches waiting requests with agents. Requests are served by rank, for an agent in several queues by the queue's level
// first. Among the agents who can take a request the one with the most preferred skills is chosen, then the longest idle,
// then the least loaded, then the smallest id. An agent who had the request and did not take it gets it again only when
// nobody else is left and CoolDown has passed. The snapshot is not changed.
func Plan(s Snapshot, now time.Time) []Decision {
	agents := slices.Clone(s.Agents)
	for i := range agents {
		agents[i].ChannelLoad = maps.Clone(agents[i].ChannelLoad)
	}
	requests := slices.Clone(s.Requests)
	slices.SortFunc(requests, func(a, b Request) int {
		if a.Rank != b.Rank {
			return cmp.Compare(a.Rank, b.Rank)
		}
		return bytes.Compare(a.ID[:], b.ID[:])
	})
	floor := survey(agents)
	var decisions []Decision
	placed := make([]bool, len(requests))
	for _, level := range floor.levels {
		for i := range requests {
			r := &requests[i]
			if placed[i] {
				continue
			}
			chosen, why := floor.choose(r, level, now)
			if chosen == nil {
				continue
			}
			placed[i] = true
			chosen.take(r)
			decisions = append(decisions, Decision{Request: r.ID, Agent: chosen.ID, Why: why})
		}
	}
	return decisions
}

func (a *Agent) take(r *Request) {
	a.Load += r.Cost
	if a.ChannelLoad == nil {
		a.ChannelLoad = map[string]int{}
	}
	a.ChannelLoad[r.ChannelKind]++
}

// floor finds agents fast.
type floor struct {
	byID map[uuid.UUID]*Agent
	// members are the agents of each queue, at each level.
	members map[string]map[int][]*Agent
	levels  []int
}

func survey(agents []Agent) floor {
	f := floor{byID: make(map[uuid.UUID]*Agent, len(agents)), members: map[string]map[int][]*Agent{}}
	// A named agent serves at level 1, member or not.
	levels := map[int]bool{1: true}
	for i := range agents {
		a := &agents[i]
		f.byID[a.ID] = a
		for queue, level := range a.Queues {
			if f.members[queue] == nil {
				f.members[queue] = map[int][]*Agent{}
			}
			f.members[queue][level] = append(f.members[queue][level], a)
			levels[level] = true
		}
	}
	f.levels = slices.Sorted(maps.Keys(levels))
	return f
}

// choose finds who gets a request among the agents who serve it at a level.
func (f floor) choose(r *Request, level int, now time.Time) (*Agent, []Reason) {
	var best *Agent
	again := false
	for _, a := range f.asked(r, level, now) {
		if !available(a, r, now) {
			continue
		}
		e, excluded := r.Excluded[a.ID]
		excluded = excluded && now.Before(e.Until)
		if excluded && now.Before(e.Since.Add(CoolDown)) {
			continue
		}
		switch {
		case best == nil, again && !excluded:
			best, again = a, excluded
		case excluded && !again:
		case again && r.Excluded[a.ID].Since.Before(r.Excluded[best.ID].Since):
			best = a
		case !again && better(a, best, r):
			best = a
		}
	}
	if best == nil || again && f.anybodyNew(r, now) {
		return nil, nil
	}
	return best, whyChosen(best, r, again, now)
}

// asked are the agents who serve a request at a level: the known agent alone at level 1, or the queue's members.
func (f floor) asked(r *Request, level int, now time.Time) []*Agent {
	if !r.waitsForKnown(now) {
		return f.members[r.Queue][level]
	}
	if known := f.byID[r.Known]; known != nil && level == 1 {
		return []*Agent{known}
	}
	return nil
}

// anybodyNew reports whether somebody who has not had the request can take it, at whatever level.
func (f floor) anybodyNew(r *Request, now time.Time) bool {
	for _, level := range f.levels {
		for _, a := range f.asked(r, level, now) {
			if e, excluded := r.Excluded[a.ID]; available(a, r, now) && (!excluded || !now.Before(e.Until)) {
				return true
			}
		}
	}
	return false
}

// available is Obstacles without words and without exclusions, for speed.
func available(a *Agent, r *Request, now time.Time) bool {
	if !a.OffersWork || a.Load+r.Cost > a.Capacity || !now.Before(a.LeaseUntil) {
		return false
	}
	if limit, limited := a.ChannelLimits[r.ChannelKind]; limited && a.ChannelLoad[r.ChannelKind] >= limit {
		return false
	}
	if r.waitsForKnown(now) {
		return r.Known == a.ID
	}
	if _, member := a.Queues[r.Queue]; !member {
		return false
	}
	for skill, wanted := range r.Skills {
		if a.Skills[skill] < wanted {
			return false
		}
	}
	return true
}

func better(a, b *Agent, r *Request) bool {
	if len(r.Preferred) > 0 {
		if has, other := preferred(a, r), preferred(b, r); has != other {
			return has > other
		}
	}
	if !a.IdleSince.Equal(b.IdleSince) {
		return a.IdleSince.Before(b.IdleSince)
	}
	if a.Load != b.Load {
		return a.Load < b.Load
	}
	return bytes.Compare(a.ID[:], b.ID[:]) < 0
}

func preferred(a *Agent, r *Request) int {
	n := 0
	for skill, wanted := range r.Preferred {
		if a.Skills[skill] >= wanted {
			n++
		}
	}
	return n
}

func whyChosen(a *Agent, r *Request, again bool, now time.Time) []Reason {
	var why []Reason
	if r.waitsForKnown(now) && r.Known == a.ID {
		why = append(why, reason("known_agent", "knows this customer, or was asked for"))
	}
	for _, skill := range sortedKeys(r.Skills) {
		why = append(why, reason("skill", fmt.Sprintf("%s %d ≥ %d", skill, a.Skills[skill], r.Skills[skill]),
			"skill", skill, "has", strconv.Itoa(a.Skills[skill]), "wanted", strconv.Itoa(r.Skills[skill])))
	}
	for _, skill := range sortedKeys(r.Preferred) {
		if a.Skills[skill] >= r.Preferred[skill] {
			why = append(why, reason("preferred_skill", "has "+skill, "skill", skill))
		}
	}
	if again {
		return append(why, reason("nobody_else", "everyone else who could take it had it"))
	}
	idle := now.Sub(a.IdleSince).Truncate(time.Second)
	return append(why, reason("longest_idle", fmt.Sprintf("longest idle (%s), load %d/%d", idle, a.Load, a.Capacity),
		"idle", idle.String(), "load", strconv.Itoa(a.Load), "capacity", strconv.Itoa(a.Capacity)))
}

func sortedKeys(s Skills) []string { return slices.Sorted(maps.Keys(s)) }
