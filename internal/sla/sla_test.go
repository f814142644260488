package sla_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"seax/internal/hours"
	"seax/internal/sla"
)

// monday is one at nine in UTC.
var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func at(minutes int) time.Time { return monday.Add(time.Duration(minutes) * time.Minute) }

var support = sla.Policy{Queue: "support", Targets: sla.Targets{FirstReply: 600, NextReply: 1200, Resolution: 6000, WarnPercent: 50}}

func waiting(since int) sla.Situation {
	return sla.Situation{Needed: true, WaitingSince: at(since)}
}

// talk plays a conversation's clocks and writes down what they come to, a line each.
type talk struct {
	state sla.State
	lines []string
}

func (x *talk) observe(minute int, adopt *sla.Policy, sit sla.Situation) {
	crossed, ended := x.state.Observe(at(minute), adopt, sit)
	for _, c := range crossed {
		what := "warned"
		if c.Breached {
			what = "breached"
		}
		x.lines = append(x.lines, fmt.Sprintf("%d %s %s", minute, what, c.Target))
	}
	for _, o := range ended {
		what := "canceled"
		switch {
		case o.Met && o.Status() == sla.Breached:
			what = "late"
		case o.Met:
			what = "met"
		}
		x.lines = append(x.lines, fmt.Sprintf("%d %s %s after %s of %s", minute, what, o.Target, o.Used, o.Promised))
	}
}

func (x *talk) due(target sla.Target) string {
	for _, c := range x.state.Clocks {
		if c.Target == target {
			if c.DueAt.IsZero() {
				return string(c.Status())
			}
			return fmt.Sprintf("%s, due at %v", c.Status(), c.DueAt.Sub(monday).Minutes())
		}
	}
	return "none"
}

func TestATalk(t *testing.T) {
	t.Parallel()
	var x talk
	// The customer wrote a minute before routing was asked.
	x.observe(1, &support, waiting(0))
	require.Equal(t, "ok, due at 10", x.due(sla.FirstReply))
	require.Equal(t, "ok, due at 100", x.due(sla.Resolution))
	require.Equal(t, sla.Mark{Look: at(5), Due: at(10)}, x.state.Mark())
	// Early calls change nothing.
	x.observe(4, nil, waiting(0))
	require.Empty(t, x.lines)
	x.observe(5, nil, waiting(0))
	require.Equal(t, "warned, due at 10", x.due(sla.FirstReply))
	require.Equal(t, sla.Warned, x.state.Status())
	require.Equal(t, sla.Mark{Look: at(10), Due: at(10), Risk: at(10)}, x.state.Mark())
	x.observe(6, nil, waiting(0))
	// A person answers: the customer has the word, nothing runs.
	x.observe(8, nil, sla.Situation{Needed: true, Spoken: true, Answered: true})
	require.Equal(t, "paused", x.due(sla.Resolution))
	require.Equal(t, "none", x.due(sla.FirstReply))
	require.Equal(t, sla.Mark{}, x.state.Mark())
	require.Equal(t, sla.Paused, x.state.Status())
	// They write an hour later, and again: it counts from the first.
	again := waiting(68)
	again.Spoken = true
	x.observe(68, nil, again)
	x.observe(75, nil, again)
	require.Equal(t, "ok, due at 88", x.due(sla.NextReply))
	require.Equal(t, "ok, due at 160", x.due(sla.Resolution))
	// Parked for a day.
	x.observe(80, nil, sla.Situation{Needed: true, Spoken: true})
	require.Equal(t, "paused", x.due(sla.NextReply))
	require.Equal(t, 8*time.Minute, x.state.Left(&x.state.Clocks[1], at(1000)))
	back := waiting(1520)
	back.Spoken = true
	x.observe(1520, nil, back)
	require.Equal(t, "warned, due at 1528", x.due(sla.NextReply))
	// Nobody looks in time: what is long past is a breach, and no warning as well.
	x.observe(1700, nil, back)
	require.Equal(t, "breached, due at 1528", x.due(sla.NextReply))
	require.Equal(t, sla.Breached, x.state.Status())
	require.Equal(t, -172*time.Minute, x.state.Left(&x.state.Clocks[1], at(1700)))
	x.observe(1710, nil, sla.Situation{Needed: true, Spoken: true, Answered: true})
	x.observe(1711, nil, sla.Situation{Spoken: true, Resolved: true})
	require.Empty(t, x.state.Clocks)
	require.Equal(t, []string{
		"5 warned first_reply",
		"8 met first_reply after 8m0s of 10m0s",
		"80 warned next_reply",
		"1700 breached resolution", "1700 breached next_reply",
		"1710 late next_reply after 3h22m0s of 20m0s",
		"1711 late resolution after 3h30m0s of 1h40m0s",
	}, x.lines)
}

func TestTransferToAQueueWithOtherTargets(t *testing.T) {
	t.Parallel()
	billing := sla.Policy{Queue: "billing", Targets: sla.Targets{FirstReply: 1800, Resolution: 1200, WarnPercent: 50}}
	var x talk
	x.observe(0, &support, waiting(0))
	x.observe(6, nil, waiting(0))
	x.observe(8, &billing, waiting(0))
	require.Equal(t, "ok, due at 30", x.due(sla.FirstReply), "8 of 30 minutes are used, and it will be warned anew")
	require.Equal(t, "ok, due at 20", x.due(sla.Resolution))
	x.observe(15, nil, waiting(0))
	x.observe(25, nil, waiting(0))
	// Back to where there were but 10: it is breached at this moment.
	x.observe(26, &support, waiting(0))
	require.Equal(t, "breached, due at 26", x.due(sla.FirstReply))
	require.Equal(t, "breached, due at 20", x.due(sla.Resolution), "what was breached stays so")
	// Where nothing is promised, nothing is kept.
	x.observe(27, &sla.Policy{Queue: "sales"}, waiting(0))
	require.Empty(t, x.state.Clocks)
	require.Equal(t, []string{
		"6 warned first_reply", "15 warned first_reply", "15 warned resolution", "25 breached resolution", "26 breached first_reply",
		"27 canceled first_reply after 27m0s of 10m0s", "27 canceled resolution after 27m0s of 1h40m0s",
	}, x.lines)
}

func TestBackInTheFlowTheClocksStand(t *testing.T) {
	t.Parallel()
	var x talk
	x.observe(0, &support, waiting(0))
	x.observe(4, nil, sla.Situation{WaitingSince: at(0)}) // it overflowed
	require.Equal(t, "paused", x.due(sla.FirstReply))
	x.observe(60, nil, waiting(0)) // asks again, and nobody has answered meanwhile
	require.Equal(t, "ok, due at 66", x.due(sla.FirstReply))
	x.observe(63, nil, sla.Situation{})
	x.observe(80, nil, waiting(79)) // the bot had answered; they wait since their last message
	require.Equal(t, "warned, due at 82", x.due(sla.FirstReply))
	x.observe(81, nil, sla.Situation{Closed: true})
	require.Equal(t, []string{
		"63 warned first_reply", "81 canceled first_reply after 9m0s of 10m0s", "81 canceled resolution after 9m0s of 1h40m0s",
	}, x.lines)
}

func TestOnlyTheQueuesHoursCount(t *testing.T) {
	t.Parallel()
	office := support
	office.Schedule = hours.Schedule{Zone: "UTC", Holidays: []string{"2026-03-03"}, Hours: map[string][][]string{"mon": {{"09:00", "17:00"}}, "tue": {{"09:00", "17:00"}}, "wed": {{"09:00", "17:00"}}}}
	var x talk
	x.observe(475, &office, waiting(475)) // five to five
	require.Equal(t, "ok, due at 2885", x.due(sla.FirstReply), "Wednesday, five past nine")
	require.Equal(t, at(480), x.state.Mark().Look)
	x.observe(500, nil, waiting(475))
	require.Equal(t, 5*time.Minute, x.state.Left(&x.state.Clocks[0], at(2000)))
	// Where it never opens there is no due time.
	never := support
	never.Schedule = hours.Schedule{Zone: "UTC", Hours: map[string][][]string{"mon": {}}}
	x.observe(501, &never, waiting(475))
	require.Equal(t, sla.Mark{}, x.state.Mark())
	require.Equal(t, sla.Warned, x.state.Status())
}

func TestExpectLeavesTheStateAlone(t *testing.T) {
	t.Parallel()
	require.Equal(t, at(10), (*sla.State)(nil).Expect(at(2), &support, waiting(0)))
	require.True(t, (*sla.State)(nil).Expect(at(2), &sla.Policy{Queue: "sales"}, waiting(0)).IsZero())
	var x talk
	x.observe(0, &support, waiting(0))
	before, err := json.Marshal(x.state)
	require.NoError(t, err)
	require.Equal(t, at(40), x.state.Expect(at(8), &sla.Policy{Targets: sla.Targets{FirstReply: 2400}}, waiting(0)))
	after, err := json.Marshal(x.state)
	require.NoError(t, err)
	require.JSONEq(t, string(before), string(after))
}

func TestKeysTellPoliciesApart(t *testing.T) {
	t.Parallel()
	other := support
	require.Equal(t, support.Key(), other.Key())
	other.Schedule.Holidays = []string{"2026-12-25"}
	require.NotEqual(t, support.Key(), other.Key())
	require.Empty(t, (&sla.Policy{Queue: "sales", Targets: sla.Targets{WarnPercent: 10}}).Key())
	// What is stored is what is compared.
	text, err := json.Marshal(sla.State{Policy: other})
	require.NoError(t, err)
	var read sla.State
	require.NoError(t, json.Unmarshal(text, &read))
	require.Equal(t, other.Key(), read.Policy.Key())
}

// drawPolicy has targets of a few minutes to some hours, with hours, holidays and nights in which clocks change.
func drawPolicy(t *rapid.T, name string) sla.Policy {
	target := rapid.SampledFrom([]int{0, 600, 3600, 4 * 3600, 26 * 3600})
	p := sla.Policy{Queue: name, Targets: sla.Targets{
		FirstReply: target.Draw(t, "first"), NextReply: target.Draw(t, "next"), Resolution: target.Draw(t, "resolution"),
		WarnPercent: rapid.SampledFrom([]int{0, 10, 50, 90}).Draw(t, "warn"),
	}}
	if rapid.Bool().Draw(t, "hours") {
		p.Schedule.Zone = rapid.SampledFrom([]string{"America/New_York", "Asia/Seoul", "Australia/Lord_Howe"}).Draw(t, "zone")
		p.Schedule.Hours = map[string][][]string{
			"sat": {{"22:00", "03:30"}}, "sun": {{"01:00", "12:00"}}, "mon": {{"09:00", "12:00"}, {"13:00", "18:00"}}, "tue": {{"09:00", "18:00"}}, "wed": {{"00:00", "24:00"}},
		}
		if rapid.Bool().Draw(t, "holiday") {
			p.Schedule.Holidays = []string{"2026-03-09"}
		}
	}
	return p
}

// dstNight is the Saturday before clocks change in New York.
var dstNight = time.Date(2026, 3, 7, 12, 0, 0, 0, time.UTC)

// naive is a clock that is looked at every minute: does it run, is it open?
type naive struct {
	used             int
	running          bool
	stopped          time.Time
	warned, breached bool
}

// count lets a minute pass.
func (n *naive) count(p *sla.Policy, target sla.Target, minute time.Time) {
	if n.running && p.Schedule.Open(minute) {
		n.used++
	}
	n.judge(p, target)
}

func (n *naive) judge(p *sla.Policy, target sla.Target) {
	promised := int(promised(p, target).Minutes())
	n.breached = n.breached || n.running && n.used >= promised
	n.warned = n.warned || n.running && n.used >= promised*percentOf(p)/100
}

// turn lets it run or stand from now on. It runs from when the customer began to wait, if that was while it stood.
func (n *naive) turn(p *sla.Policy, running bool, waitingSince, now time.Time) {
	if running && !n.running && waitingSince.After(n.stopped) {
		for minute := waitingSince; minute.Before(now); minute = minute.Add(time.Minute) {
			if p.Schedule.Open(minute) {
				n.used++
			}
		}
	}
	if n.running && !running {
		n.stopped = now
	}
	n.running = running
}

func percentOf(p *sla.Policy) int {
	if p.Targets.WarnPercent == 0 {
		return sla.DefaultWarn
	}
	return p.Targets.WarnPercent
}

func promised(p *sla.Policy, target sla.Target) time.Duration {
	return (&sla.State{Policy: *p}).Promised(target)
}

// Whatever happens to a conversation, its clocks are where one stands that is looked at every minute.
func TestClocksAreWhatCountingMinutesSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		policies := []sla.Policy{drawPolicy(t, "a"), drawPolicy(t, "b")}
		policy := &policies[0]
		var s sla.State
		var sit sla.Situation
		now := dstNight
		s.Observe(now, policy, sit)
		counted := map[sla.Target]*naive{}
		for range rapid.IntRange(1, 12).Draw(t, "changes") {
			looks := rapid.IntRange(1, 500).Draw(t, "looks")
			for i := range rapid.IntRange(0, 900).Draw(t, "minutes") {
				for target, n := range counted {
					n.count(policy, target, now)
				}
				now = now.Add(time.Minute)
				if i%looks == 0 {
					s.Observe(now, nil, sit)
				}
			}
			var adopt *sla.Policy
			sit.Answered = false
			switch rapid.SampledFrom([]string{"customer writes", "answer", "needed", "parked", "transfer"}).Draw(t, "what") {
			case "customer writes":
				if sit.WaitingSince.IsZero() {
					sit.WaitingSince = now
				}
			case "answer":
				if sit.Needed {
					sit.Spoken, sit.Answered, sit.WaitingSince = true, true, time.Time{}
					delete(counted, sla.FirstReply)
					delete(counted, sla.NextReply)
				}
			case "needed":
				sit.Needed = !sit.Needed
			case "parked":
				sit.WaitingSince = time.Time{}
			case "transfer":
				if next := &policies[rapid.IntRange(0, 1).Draw(t, "policy")]; next != policy {
					policy, adopt = next, next
				}
			}
			follow(counted, policy, adopt != nil, sit, now)
			s.Observe(now, adopt, sit)
			compare(t, &s, now, counted)
			// Written and read again, it is the same.
			text, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			s = sla.State{}
			if err := json.Unmarshal(text, &s); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// follow has the naive clocks follow a change.
func follow(counted map[sla.Target]*naive, p *sla.Policy, adopted bool, sit sla.Situation, now time.Time) {
	running := sit.Needed && !sit.WaitingSince.IsZero()
	for target, n := range counted {
		if promised(p, target) == 0 {
			delete(counted, target)
			continue
		}
		if adopted && !n.breached && n.used < int(promised(p, target).Minutes())*percentOf(p)/100 {
			n.warned = false
		}
		n.turn(p, running, sit.WaitingSince, now)
	}
	reply := sla.FirstReply
	if sit.Spoken {
		reply = sla.NextReply
	}
	for _, target := range []sla.Target{reply, sla.Resolution} {
		if counted[target] == nil && running && promised(p, target) > 0 {
			counted[target] = &naive{}
			counted[target].turn(p, true, sit.WaitingSince, now)
		}
	}
	for target, n := range counted {
		n.judge(p, target)
	}
}

func compare(t *rapid.T, s *sla.State, now time.Time, counted map[sla.Target]*naive) {
	if len(s.Clocks) != len(counted) {
		t.Fatalf("%d clocks, counted %d: %+v", len(s.Clocks), len(counted), s.Clocks)
	}
	for i := range s.Clocks {
		c := &s.Clocks[i]
		n, there := counted[c.Target]
		if !there {
			t.Fatalf("%s runs, nobody counts it", c.Target)
			return
		}
		if left := s.Left(c, now); left != s.Promised(c.Target)-time.Duration(n.used)*time.Minute {
			t.Fatalf("%s has %s left of %s, counted %d minutes used", c.Target, left, s.Promised(c.Target), n.used)
		}
		want := sla.OK
		switch {
		case n.breached:
			want = sla.Breached
		case !n.running:
			want = sla.Paused
		case n.warned:
			want = sla.Warned
		}
		if c.Status() != want {
			t.Fatalf("%s is %s, counted %+v of %s", c.Target, c.Status(), *n, s.Promised(c.Target))
		}
		if !n.running || n.breached {
			continue
		}
		// The due time is when it will have been counted to the end.
		if at, ok := s.Policy.Schedule.After(now, s.Left(c, now)); ok == c.DueAt.IsZero() || ok && !at.Equal(c.DueAt) {
			t.Fatalf("%s is due at %s, not %s", c.Target, c.DueAt, at)
		}
	}
}

// However often and long a clock is stopped, it comes to its end no earlier, and exactly as much later as hours were lost.
func TestPausingNeverShortens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		policy := drawPolicy(t, "a")
		policy.Targets.FirstReply = 4 * 3600
		runs := sla.Situation{Needed: true, WaitingSince: dstNight}
		var s, undisturbed sla.State
		s.Observe(dstNight, &policy, runs)
		undisturbed.Observe(dstNight, &policy, runs)
		due := s.ReplyDue()
		if due.IsZero() {
			t.Skip("it never comes")
		}
		now := dstNight
		for range rapid.IntRange(1, 5).Draw(t, "pauses") {
			now = now.Add(time.Duration(rapid.IntRange(0, 7200).Draw(t, "run")) * time.Second)
			s.Observe(now, nil, sla.Situation{Needed: rapid.Bool().Draw(t, "parked")})
			now = now.Add(time.Duration(rapid.IntRange(0, 100_000).Draw(t, "stand")) * time.Second)
			again := runs
			again.WaitingSince = now
			s.Observe(now, nil, again)
			next := s.ReplyDue()
			if s.Clocks[0].Status() == sla.Breached {
				return
			}
			if next.Before(due) {
				t.Fatalf("due at %s before the pause, at %s after it", due, next)
			}
			if lost := policy.Schedule.Elapsed(undisturbed.ReplyDue(), next); policy.Schedule.Elapsed(now, next) > lost+4*time.Hour {
				t.Fatal("more was lost than the pauses took")
			}
			due = next
		}
	})
}

// Looking, at whatever moments, neither moves a due time nor says anything twice; longer promises come to their end later.
func TestLookingChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		policy := drawPolicy(t, "a")
		longer := policy
		longer.Targets.FirstReply += 600
		longer.Targets.Resolution += 600
		sit := sla.Situation{Needed: true, WaitingSince: dstNight}
		var s, l sla.State
		s.Observe(dstNight, &policy, sit)
		l.Observe(dstNight, &longer, sit)
		for i := range s.Clocks {
			for j := range l.Clocks {
				if s.Clocks[i].Target == l.Clocks[j].Target && !l.Clocks[j].DueAt.IsZero() && !s.Clocks[i].DueAt.Before(l.Clocks[j].DueAt) {
					t.Fatal("a longer promise is due no later")
				}
			}
		}
		said := map[string]int{}
		first := s.Mark()
		now := dstNight
		for range 20 {
			now = now.Add(time.Duration(rapid.IntRange(0, 36_000).Draw(t, "seconds")) * time.Second)
			look := s.Mark().Look
			crossed, ended := s.Observe(now, nil, sit)
			if len(ended) > 0 {
				t.Fatal("a clock ended for no reason")
			}
			if early := look.IsZero() || now.Before(look); early && len(crossed) > 0 {
				t.Fatalf("something happened at %s, before %s", now, look)
			}
			for _, c := range crossed {
				said[fmt.Sprint(c.Target, c.Period, c.Breached)]++
			}
			if !s.Mark().Due.Equal(first.Due) {
				t.Fatal("the due time moved")
			}
		}
		for what, n := range said {
			if n > 1 {
				t.Fatalf("%s %d times", what, n)
			}
		}
	})
}
