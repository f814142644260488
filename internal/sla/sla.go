// Package sla keeps the clocks of what queues promise: how long a customer may wait for a person's first word, for each further
// answer, and until their matter is done. It is pure: what a conversation is like and what time it is, it is told. Clocks run while
// the customer waits for a person, and only in the queue's hours; docs/routing.md says it exactly.
package sla

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"seax/internal/hours"
)

// Target names something that is promised.
type Target string

// The targets.
const (
	FirstReply Target = "first_reply"
	NextReply  Target = "next_reply"
	Resolution Target = "resolution"
)

// reply reports whether a person's word meets the target.
func (t Target) reply() bool { return t != Resolution }

// Targets are what a queue promises, in seconds within its hours; 0: nothing. The zero value promises nothing.
type Targets struct {
	FirstReply int `json:"first_reply_s,omitempty"`
	NextReply  int `json:"next_reply_s,omitempty"`
	Resolution int `json:"resolution_s,omitempty"`
	// WarnPercent is when to warn, as a share of the target, 1–99; 0: DefaultWarn.
	WarnPercent int `json:"warn_percent,omitempty"`
}

// DefaultWarn is the share of a target after which it is warned.
const DefaultWarn = 80

// Any reports whether anything is promised.
func (t Targets) Any() bool { return t.FirstReply > 0 || t.NextReply > 0 || t.Resolution > 0 }

func (t Targets) of(target Target) time.Duration {
	seconds := map[Target]int{FirstReply: t.FirstReply, NextReply: t.NextReply, Resolution: t.Resolution}[target]
	return time.Duration(seconds) * time.Second
}

// warnAfter is how much of a target may be used before it is warned.
func (t Targets) warnAfter(target Target) time.Duration {
	percent := t.WarnPercent
	if percent == 0 {
		percent = DefaultWarn
	}
	return t.of(target) * time.Duration(percent) / 100
}

// Policy is what clocks go by: the promises of one queue, and its hours.
type Policy struct {
	Queue    string         `json:"queue"`
	Targets  Targets        `json:"targets"`
	Schedule hours.Schedule `json:"schedule"`
}

// Key tells policies apart: it differs when the queue, its promises or its hours do. It is "" where nothing is promised.
func (p *Policy) Key() string {
	if !p.Targets.Any() {
		return ""
	}
	text, err := json.Marshal(p)
	if err != nil {
		// Texts and numbers can be written.
		panic(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Clock is one promise that is being kept, from its start until it is met or falls away.
type Clock struct {
	Target Target `json:"target"`
	// Period numbers a conversation's clocks. A clock gets a new number when its target changes so that it is to be warned again.
	Period    int       `json:"period"`
	StartedAt time.Time `json:"started_at"`
	// Used is the time it had run by Since. It has run on from there if Running, and stood still if not.
	Used    time.Duration `json:"used_ns"`
	Since   time.Time     `json:"since"`
	Running bool          `json:"running,omitempty"`
	// WarnAt and DueAt are when a running clock comes to the warning and to the end; zero: it stands, or the hours for it never come.
	WarnAt time.Time `json:"warn_at,omitzero"`
	DueAt  time.Time `json:"due_at,omitzero"`
	// WarnedAt and BreachedAt are when that has happened. What is breached stays so until the clock ends.
	WarnedAt   time.Time `json:"warned_at,omitzero"`
	BreachedAt time.Time `json:"breached_at,omitzero"`
}

// Status is how a clock stands, or all of a conversation's together.
type Status string

// The statuses, the most urgent first.
const (
	Breached Status = "breached"
	Warned   Status = "warned"
	OK       Status = "ok"
	Paused   Status = "paused"
	// None: there is no clock.
	None Status = ""
)

// Status is how the clock stands. What is breached is so also while it stands still.
func (c *Clock) Status() Status {
	switch {
	case !c.BreachedAt.IsZero():
		return Breached
	case !c.Running:
		return Paused
	case !c.WarnedAt.IsZero():
		return Warned
	default:
		return OK
	}
}

// State is what is kept of a conversation: the policy and the clocks under way.
type State struct {
	Policy  Policy  `json:"policy"`
	Clocks  []Clock `json:"clocks,omitempty"`
	Periods int     `json:"periods,omitempty"`
}

// Situation is how a conversation stands, as far as clocks go by it.
type Situation struct {
	// Needed: people have the conversation, or are being found.
	Needed bool
	// WaitingSince is since when the customer waits for an answer; zero: they do not.
	WaitingSince time.Time
	// Spoken: a person has spoken since one was needed, perhaps just now. Answered: just now.
	Spoken, Answered bool
	// Resolved: the person's part is over. Closed: the conversation is, whether a person ever took part or not.
	Resolved, Closed bool
}

// Crossing says that a clock came to its warning, or to its end.
type Crossing struct {
	Target Target
	Period int
	// Breached: to its end, else to the warning.
	Breached bool
	// Due is when it comes, or came, to its end.
	Due time.Time
}

// Outcome is what became of a clock.
type Outcome struct {
	Clock
	// Queue made the promise last, Promised is how much time it gave.
	Queue    string
	Promised time.Duration
	// Met: what was promised has been done, in time unless the clock is breached; else it fell away.
	Met   bool
	EndAt time.Time
}

// Observe brings the clocks in line with how a conversation stands now. adopt, unless nil, is the policy from now on: elapsed time
// counts on against its targets. It returns what has been crossed by now and which clocks have ended; doing it again changes nothing.
func (s *State) Observe(now time.Time, adopt *Policy, sit Situation) ([]Crossing, []Outcome) {
	crossed := s.cross(now)
	var ended []Outcome
	if adopt != nil {
		ended = s.adopt(now, adopt)
	}
	ended = append(ended, s.end(now, sit)...)
	if !sit.Resolved && !sit.Closed {
		s.run(now, sit)
	}
	return append(crossed, s.cross(now)...), ended
}

// cross notes which running clocks have come to their warning or end.
func (s *State) cross(now time.Time) []Crossing {
	var crossed []Crossing
	for i := range s.Clocks {
		c := &s.Clocks[i]
		if !c.Running || !c.BreachedAt.IsZero() {
			continue
		}
		switch {
		case passed(c.DueAt, now):
			c.BreachedAt = c.DueAt
			crossed = append(crossed, Crossing{Target: c.Target, Period: c.Period, Breached: true, Due: c.DueAt})
		case c.WarnedAt.IsZero() && passed(c.WarnAt, now):
			c.WarnedAt = c.WarnAt
			crossed = append(crossed, Crossing{Target: c.Target, Period: c.Period, Due: c.DueAt})
		}
	}
	return crossed
}

func passed(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }

// adopt changes the policy. Clocks that it makes no promise for fall away.
func (s *State) adopt(now time.Time, p *Policy) []Outcome {
	if s.Policy.Key() == p.Key() {
		return nil
	}
	for i := range s.Clocks {
		s.settle(&s.Clocks[i], now)
	}
	ended := s.drop(now, func(c *Clock) (bool, bool) { return p.Targets.of(c.Target) == 0, false })
	s.Policy = *p
	for i := range s.Clocks {
		c := &s.Clocks[i]
		if !c.WarnedAt.IsZero() && c.BreachedAt.IsZero() && c.Used < p.Targets.warnAfter(c.Target) {
			s.Periods++
			c.Period, c.WarnedAt = s.Periods, time.Time{}
		}
		s.aim(c)
	}
	return ended
}

// end ends the clocks whose time is over, one way or the other.
func (s *State) end(now time.Time, sit Situation) []Outcome {
	return s.drop(now, func(c *Clock) (over, met bool) {
		met = sit.Answered && c.Target.reply() || sit.Resolved && !c.Target.reply()
		return met || sit.Resolved || sit.Closed, met
	})
}

// drop removes the clocks that over names.
func (s *State) drop(now time.Time, which func(*Clock) (over, met bool)) []Outcome {
	var ended []Outcome
	s.Clocks = slices.DeleteFunc(s.Clocks, func(c Clock) bool {
		over, met := which(&c)
		if over {
			o := Outcome{Queue: s.Policy.Queue, Promised: s.Policy.Targets.of(c.Target), Met: met, EndAt: now}
			s.settle(&c, now)
			o.Clock = c
			ended = append(ended, o)
		}
		return over
	})
	return ended
}

// run starts the clocks there is reason for, and lets all of them run if the customer waits for a person, stand still if not.
func (s *State) run(now time.Time, sit Situation) {
	running := sit.Needed && !sit.WaitingSince.IsZero()
	since := sit.WaitingSince.UTC()
	if since.After(now) {
		since = now
	}
	for i := range s.Clocks {
		switch c := &s.Clocks[i]; {
		case c.Running == running:
		case running:
			// The customer may have begun to wait a little before we were told.
			if since.After(c.Since) {
				c.Since = since
			} else {
				c.Since = now
			}
			c.Running = true
			s.aim(c)
		default:
			s.settle(c, now)
			c.Since, c.Running = now, false
			s.aim(c)
		}
	}
	if !running {
		return
	}
	reply := FirstReply
	if sit.Spoken {
		reply = NextReply
	}
	for _, target := range []Target{reply, Resolution} {
		there := slices.ContainsFunc(s.Clocks, func(c Clock) bool { return c.Target == target })
		if there || s.Policy.Targets.of(target) == 0 {
			continue
		}
		s.Periods++
		c := Clock{Target: target, Period: s.Periods, StartedAt: since, Since: since, Running: true}
		s.aim(&c)
		s.Clocks = append(s.Clocks, c)
	}
}

// settle adds what a running clock has used by now.
func (s *State) settle(c *Clock, now time.Time) {
	if c.Running && now.After(c.Since) {
		c.Used += s.Policy.Schedule.Elapsed(c.Since, now)
		c.Since = now
	}
}

// aim works out when a clock comes to its warning and its end. One that has come to its end did so when it did.
func (s *State) aim(c *Clock) {
	c.WarnAt, c.DueAt = time.Time{}, time.Time{}
	switch {
	case !c.Running:
	case !c.BreachedAt.IsZero():
		c.DueAt = c.BreachedAt
	default:
		c.WarnAt = s.after(c.Since, s.Policy.Targets.warnAfter(c.Target)-c.Used)
		c.DueAt = s.after(c.Since, s.Policy.Targets.of(c.Target)-c.Used)
	}
}

func (s *State) after(from time.Time, d time.Duration) time.Time {
	at, ok := s.Policy.Schedule.After(from, d)
	if !ok {
		return time.Time{}
	}
	return at.UTC()
}

// Mark is what a conversation's workflow keeps of its clocks. The zero value: nothing runs.
type Mark struct {
	// Look is when the next warning or breach comes, if nothing changes; zero: none does.
	Look time.Time `json:"look,omitzero"`
	// Due is when the earliest running clock comes, or came, to its end; zero: none runs.
	Due time.Time `json:"due,omitzero"`
	// Risk is the same for those that have come to their warning or their end; zero: none has.
	Risk time.Time `json:"risk,omitzero"`
}

// Equal reports whether two marks say the same.
func (m Mark) Equal(other Mark) bool {
	return m.Look.Equal(other.Look) && m.Due.Equal(other.Due) && m.Risk.Equal(other.Risk)
}

// Mark is what there is to keep.
func (s *State) Mark() Mark {
	var m Mark
	if s == nil {
		return m
	}
	for i := range s.Clocks {
		c := &s.Clocks[i]
		m.Due = earlier(m.Due, c.DueAt)
		if status := c.Status(); status == Warned || status == Breached {
			m.Risk = earlier(m.Risk, c.DueAt)
		}
		if c.BreachedAt.IsZero() {
			m.Look = earlier(m.Look, c.DueAt)
			if c.WarnedAt.IsZero() {
				m.Look = earlier(m.Look, c.WarnAt)
			}
		}
	}
	return m
}

// earlier is the earlier of two instants, of which zero means none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Status is how the clocks stand together: like the most urgent of them.
func (s *State) Status() Status {
	if s == nil {
		return None
	}
	for _, worst := range []Status{Breached, Warned, OK, Paused} {
		if slices.ContainsFunc(s.Clocks, func(c Clock) bool { return c.Status() == worst }) {
			return worst
		}
	}
	return None
}

// ReplyDue is when the customer is to be answered, first or again; zero: nothing is promised, or the clock stands.
func (s *State) ReplyDue() time.Time {
	for i := range s.Clocks {
		if s.Clocks[i].Target.reply() {
			return s.Clocks[i].DueAt
		}
	}
	return time.Time{}
}

// Left is how much of its time a clock has left; negative: by how much it is over.
func (s *State) Left(c *Clock, now time.Time) time.Duration {
	used := c.Used
	if c.Running {
		used += s.Policy.Schedule.Elapsed(c.Since, now)
	}
	return s.Policy.Targets.of(c.Target) - used
}

// Promised is how much time a target is given.
func (s *State) Promised(target Target) time.Duration { return s.Policy.Targets.of(target) }

// Expect is when the customer would have to be answered if the conversation came under a policy now, in that situation; zero: nothing
// is promised. s may be nil and stays as it is.
func (s *State) Expect(now time.Time, p *Policy, sit Situation) time.Time {
	then := State{}
	if s != nil {
		then = State{Policy: s.Policy, Clocks: slices.Clone(s.Clocks), Periods: s.Periods}
	}
	then.Observe(now, p, sit)
	return then.ReplyDue()
}
