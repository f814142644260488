// Package routing decides who gets which conversation. It is pure: no database, no clock, no context; the same planner runs
// behind Postgres, in tests and in simulation. internal/dispatch carries its decisions out.
package routing

import (
	"bytes"
	"cmp"
	"fmt"
	"iter"
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
	// Attributes are whatever else is known of the agent, as JSON has it.
	Attributes map[string]any
	// Queues holds the level of each queue the agent is a member of: 1 is served first.
	Queues map[string]int
	// Delays is how long a request must have waited in a queue before this agent is asked; queues not listed: no time.
	Delays map[string]time.Duration
	// ChannelLimits bounds conversations at once by channel kind; ChannelLoad is how many there are.
	ChannelLimits, ChannelLoad map[string]int
	// AutoAccept: what is offered to the agent is accepted at once. Who is asked does not depend on it.
	AutoAccept bool
}

// Exclusion keeps a request from an agent who had it and did not take it.
type Exclusion struct {
	Reason string
	// Since is when it began; for CoolDown after it not even a lack of others brings the request back.
	Since, Until time.Time
}

// CoolDown is how long a request stays away from an agent who rejected or missed it, even if nobody else is left.
const CoolDown = 20 * time.Second

// Condition is a further demand on the agents of a request.
type Condition interface {
	// Unmet is the part of the condition that an agent does not meet, as people would read it; "" they meet it. The planner
	// calls it from one goroutine.
	Unmet(a *Agent) string
}

// Request is one conversation waiting for an agent.
type Request struct {
	ID    uuid.UUID
	Queue string
	// Anyone: every agent may have it, member of the queue or not.
	Anyone bool
	// Since is when it came into its queue.
	Since       time.Time
	ChannelKind string
	Cost        int
	// Skills must be held at the level or above; Preferred ones decide among those who do.
	Skills, Preferred Skills
	// Condition, if any, must be met too. Order says who comes first among those who can; see Order.
	Condition Condition
	Order     Order
	// Width is how many agents may be asked at once; 0 is 1. Pending are those who are being asked.
	Width   int
	Pending []uuid.UUID
	// Paused: nobody is asked for now.
	Paused bool
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
	if r.Paused {
		why = append(why, reason("paused", r.Queue+" is paused", "queue", r.Queue))
	}
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
	if _, member := a.Queues[r.Queue]; !member && !named && !r.Anyone {
		why = append(why, reason("not_member", "not a member of "+r.Queue, "queue", r.Queue))
	}
	if wait := delay(&a, &r, now); wait > 0 && !named {
		why = append(why, reason("delay", fmt.Sprintf("asked only after %s in %s", a.Delays[r.Queue], r.Queue), "queue", r.Queue, "left", wait.Round(time.Second).String()))
	}
	if slices.Contains(r.Pending, a.ID) {
		why = append(why, reason("offered", "is being asked"))
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
		if r.Condition != nil {
			if clause := r.Condition.Unmet(&a); clause != "" {
				why = append(why, reason("condition", "not so: "+clause, "clause", clause))
			}
		}
	}
	return why
}

// delay is how long a request must still wait before an agent is asked.
func delay(a *Agent, r *Request, now time.Time) time.Duration {
	if len(a.Delays) == 0 {
		return 0
	}
	return r.Since.Add(a.Delays[r.Queue]).Sub(now)
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
// first. Among the agents who can take a request the one with the most preferred skills is chosen, then by the request's Order.
// An agent who had the request and did not take it gets it again only when nobody else is left and CoolDown has passed. A
// request that may be offered to several at once is offered to more than one when every request has had its turn. The snapshot
// is not changed.
func Plan(s Snapshot, now time.Time) []Decision {
	agents := make([]*Agent, len(s.Agents))
	for i := range s.Agents {
		a := s.Agents[i]
		a.ChannelLoad = maps.Clone(a.ChannelLoad)
		agents[i] = &a
	}
	return Survey(agents).Plan(s.Requests, now)
}

// Plan is Plan for the floor's agents as they are now. They are changed: what they are offered is added to their load.
func (f *Floor) Plan(waiting []Request, now time.Time) []Decision {
	requests := slices.Clone(waiting)
	slices.SortFunc(requests, func(a, b Request) int {
		if a.Rank != b.Rank {
			return cmp.Compare(a.Rank, b.Rank)
		}
		return bytes.Compare(a.ID[:], b.ID[:])
	})
	for i := range requests {
		requests[i].Pending = slices.Clip(requests[i].Pending)
	}
	// First everyone who has nobody yet, then the further offers of those who may have several.
	decisions := f.round(requests, now, func(r *Request) bool { return len(r.Pending) == 0 })
	for {
		further := f.round(requests, now, func(r *Request) bool { return len(r.Pending) > 0 && len(r.Pending) < r.Width })
		if len(further) == 0 {
			return decisions
		}
		decisions = append(decisions, further...)
	}
}

// round finds one more agent for each request that wants one.
func (f *Floor) round(requests []Request, now time.Time, wants func(*Request) bool) []Decision {
	var decisions []Decision
	served := make([]bool, len(requests))
	for _, level := range f.levels {
		for i := range requests {
			r := &requests[i]
			if served[i] || !wants(r) {
				continue
			}
			chosen, why := f.choose(r, level, now)
			if chosen == nil {
				continue
			}
			served[i] = true
			r.Pending = append(r.Pending, chosen.ID)
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

// Floor is agents who are planned for, again and again if need be: then what has changed of them is seen, except for their ids
// and queues, and nobody has to be copied. Not for concurrent use.
type Floor struct {
	byID map[uuid.UUID]*Agent
	// members are the agents of each queue, at each level.
	members map[string]map[int][]*Agent
	levels  []int
	all     []*Agent
}

// Survey makes a floor of agents. It keeps them.
func Survey(agents []*Agent) *Floor {
	f := &Floor{byID: make(map[uuid.UUID]*Agent, len(agents)), members: map[string]map[int][]*Agent{}, all: agents}
	// A named agent serves at level 1, member or not.
	levels := map[int]bool{1: true}
	for _, a := range agents {
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
func (f *Floor) choose(r *Request, level int, now time.Time) (*Agent, []Reason) {
	if r.Paused {
		return nil, nil
	}
	var best *Agent
	again := false
	for a := range f.asked(r, level, now) {
		if !free(a, r, now) {
			continue
		}
		e, excluded := r.Excluded[a.ID]
		excluded = excluded && now.Before(e.Until)
		if excluded && now.Before(e.Since.Add(CoolDown)) {
			continue
		}
		first := false
		switch {
		case best == nil, again && !excluded:
			first = true
		case excluded && !again:
		case again:
			first = e.Since.Before(r.Excluded[best.ID].Since)
		default:
			first = better(a, best, r)
		}
		// Conditions cost most, so only those who would come first are asked for them.
		if first && meets(a, r, now) {
			best, again = a, excluded
		}
	}
	if best == nil || again && f.anybodyNew(r, now) {
		return nil, nil
	}
	return best, whyChosen(best, r, again, now)
}

// asked are the agents who serve a request at a level: the known agent alone at level 1, everyone at level 1, or the queue's
// members.
func (f *Floor) asked(r *Request, level int, now time.Time) iter.Seq[*Agent] {
	switch known := f.byID[r.Known]; {
	case !r.waitsForKnown(now) && !r.Anyone:
		return slices.Values(f.members[r.Queue][level])
	case level != 1:
	case !r.waitsForKnown(now):
		return slices.Values(f.all)
	case known != nil:
		return slices.Values([]*Agent{known})
	}
	return func(func(*Agent) bool) {}
}

// anybodyNew reports whether somebody who has not had the request can take it, at whatever level.
func (f *Floor) anybodyNew(r *Request, now time.Time) bool {
	for _, level := range f.levels {
		for a := range f.asked(r, level, now) {
			if e, excluded := r.Excluded[a.ID]; available(a, r, now) && (!excluded || !now.Before(e.Until)) {
				return true
			}
		}
	}
	return false
}

// available is Obstacles without words and without exclusions, for speed.
func available(a *Agent, r *Request, now time.Time) bool {
	return free(a, r, now) && meets(a, r, now)
}

// meets reports whether an agent meets a request's condition, which is not for those who are asked by name.
func meets(a *Agent, r *Request, now time.Time) bool {
	return r.Condition == nil || r.waitsForKnown(now) || r.Condition.Unmet(a) == ""
}

// free is available but for the condition.
func free(a *Agent, r *Request, now time.Time) bool {
	if !a.OffersWork || a.Load+r.Cost > a.Capacity || !now.Before(a.LeaseUntil) {
		return false
	}
	if limit, limited := a.ChannelLimits[r.ChannelKind]; limited && a.ChannelLoad[r.ChannelKind] >= limit {
		return false
	}
	if len(r.Pending) > 0 && slices.Contains(r.Pending, a.ID) {
		return false
	}
	if r.waitsForKnown(now) {
		return r.Known == a.ID
	}
	if _, member := a.Queues[r.Queue]; !member && !r.Anyone {
		return false
	}
	if delay(a, r, now) > 0 {
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
	if c := r.Order.compare(a, b, r); c != 0 {
		return c < 0
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
	if _, member := a.Queues[r.Queue]; r.Anyone && !member {
		why = append(why, reason("anyone", "agents of every queue are asked"))
	}
	for _, skill := range sortedKeys(r.Skills) {
		why = append(why, reason("skill", fmt.Sprintf("%s %d ≥ %d", skill, a.Skills[skill], r.Skills[skill]),
			"skill", skill, "has", strconv.Itoa(a.Skills[skill]), "wanted", strconv.Itoa(r.Skills[skill])))
	}
	if r.Condition != nil {
		why = append(why, reason("condition_met", "meets the step's condition"))
	}
	for _, skill := range sortedKeys(r.Preferred) {
		if a.Skills[skill] >= r.Preferred[skill] {
			why = append(why, reason("preferred_skill", "has "+skill, "skill", skill))
		}
	}
	if again {
		return append(why, reason("nobody_else", "everyone else who could take it had it"))
	}
	return append(why, r.Order.why(a, r, now))
}

func sortedKeys(s Skills) []string { return slices.Sorted(maps.Keys(s)) }
