package simulation_test

import (
	"container/heap"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/plan"
	"seax/internal/simulation"
)

// The simulation does what the transactions of internal/dispatch do with the same settings, customers and agents: who is offered
// whom and when, and how it ends.
func TestTheDeskDoesTheSame(t *testing.T) {
	t.Parallel()
	for seed := range uint64(24) {
		t.Run(fmt.Sprintf("floor %d", seed), func(t *testing.T) {
			t.Parallel()
			s := drawFloor(rand.New(rand.NewPCG(seed, 77)))
			require.NoError(t, s.Complete())
			came, moments, err := simulation.Trace(t.Context(), s, seed)
			require.NoError(t, err)
			require.Len(t, came, s.Customers)
			want := told(moments)
			got := newDesk(t, s, seed, came).run()
			for i := range want {
				if i >= len(got) || want[i] != got[i] {
					around := func(all []string) string {
						return strings.Join(all[max(0, min(i, len(all))-12):min(i+4, len(all))], "\n")
					}
					settings, _ := json.MarshalIndent([]any{s.Plans, s.Queues, s.Agents, came}, "", " ")
					t.Fatalf("simulated:\n%s\nin Postgres:\n%s\nat\n%s\n%s", around(want), around(got), want[i], settings)
				}
			}
			// What is over for all customers is not simulated any longer.
			for _, more := range got[len(want):] {
				require.Contains(t, more, "ended")
			}
		})
	}
}

// The timings are those of routing.
func TestTimingsAreThoseOfRouting(t *testing.T) {
	t.Parallel()
	want := dispatch.DefaultTimings
	require.Equal(t, want.Exclusion, simulation.Exclusion)
	require.Equal(t, want.Misses, simulation.TooMany)
	require.Equal(t, want.Known, simulation.KnownFor)
}

// told writes what happened, a line each. What happens in the same moment has no order.
func told(moments []simulation.Moment) []string {
	var all []string
	for _, m := range moments {
		switch m.What {
		case "offered", "accepted", "rejected", "missed", "ended":
			all = append(all, line(m.At, m.What, m.Customer, m.Agent))
		case "entered":
			all = append(all, line(m.At, m.What, m.Customer, fmt.Sprintf("%s/%d", m.Queue, m.Step)))
		case "abandoned", "overflowed":
			all = append(all, line(m.At, m.What, m.Customer, ""))
		}
	}
	slices.Sort(all)
	return all
}

func line(at time.Duration, what string, customer int, more string) string {
	return fmt.Sprintf("%012d %s %d %s", at.Microseconds(), what, customer, more)
}

func pick[T any](dice *rand.Rand, from ...T) T { return from[dice.IntN(len(from))] }

func seconds(n int) simulation.Duration {
	return simulation.Duration(time.Duration(n) * time.Second)
}

// drawFloor makes a small floor with whatever there is. Timeouts are primes, so that they seldom fall together.
func drawFloor(dice *rand.Rand) simulation.Scenario {
	s := simulation.Scenario{
		Customers: 14, Start: time.Date(2026, 3, 2, 9, 58, 0, 0, time.UTC), Skills: []string{"en", "ko", "vip"},
		Queues: []simulation.Queue{drawQueue(dice, "support", "billing"), drawQueue(dice, "billing", "")},
		Plans:  []plan.Plan{drawPlan(dice, "care", "spare"), drawPlan(dice, "spare", "")},
	}
	for i := range 2 + dice.IntN(3) {
		a := simulation.Agents{
			Name: fmt.Sprintf("agent %d", i), ID: uuid.NewSHA1(uuid.Nil, fmt.Append(nil, i)).String(), Email: fmt.Sprintf("a%d@test", i),
			Capacity: pick(dice, 20, 40, 60, 100), Skills: map[string]int{}, Queues: map[string]int{}, Delays: map[string]simulation.Duration{},
			Attributes: map[string]any{"rating": float64(dice.IntN(5)), "team": pick(dice, "red", "blue")},
			Habits: simulation.Habits{
				Accept: &simulation.Distribution{Kind: "uniform", Mean: seconds(pick(dice, 2, 4))}, Rejects: pick(dice, 0, 0.2), Misses: pick(dice, 0, 0.3),
				Back: &simulation.Distribution{Kind: "uniform", Mean: seconds(31)},
			},
		}
		for _, skill := range s.Skills {
			if dice.IntN(3) > 0 {
				a.Skills[skill] = 10 * (1 + dice.IntN(10))
			}
		}
		for _, q := range s.Queues {
			if dice.IntN(4) > 0 {
				a.Queues[q.ID] = 1 + dice.IntN(2)
				if dice.IntN(4) == 0 {
					a.Delays[q.ID] = seconds(13)
				}
			}
		}
		if dice.IntN(4) == 0 {
			a.ChannelLimits = map[string]int{"webchat": 1 + dice.IntN(2)}
		}
		a.AutoAccept = dice.IntN(8) == 0
		if dice.IntN(3) == 0 {
			begins := s.Start.Add(time.Duration(dice.IntN(100)) * time.Second)
			a.Shifts = []simulation.Shift{{Begins: begins, Ends: begins.Add(time.Duration(60+dice.IntN(200)) * time.Second)}}
		}
		s.Agents = append(s.Agents, a)
	}
	// Somebody is there in the end, so that everybody is served.
	s.Agents[0].Shifts, s.Agents[0].Queues, s.Agents[0].Capacity = nil, map[string]int{"support": 1, "billing": 2}, 100
	s.Agents[0].ChannelLimits, s.Agents[0].Skills = nil, map[string]int{"en": 90, "ko": 90, "vip": 90}
	patience := &simulation.Distribution{Kind: "uniform", Mean: seconds(90)}
	for i := range 3 {
		a := simulation.Arrivals{
			Customer: simulation.Customer{
				Queue: pick(dice, "support", "billing"), Plan: pick(dice, "", "care", "care", "spare"), Cost: pick(dice, 20, 40, 100), Priority: pick(dice, 0, 0, 2),
				Language: pick(dice, "en", "ko"), Attributes: map[string]string{"tier": pick(dice, "gold", "silver"), "manager": fmt.Sprintf("a%d@test", dice.IntN(3))},
			},
			PerHour: 90, Handle: simulation.Distribution{Kind: "uniform", Mean: seconds(50)}, Patience: patience, Contacts: dice.IntN(4), WaitsAnyway: 0.5,
		}
		a.ChannelID = fmt.Sprintf("chat%d", i)
		if dice.IntN(2) == 0 {
			a.Skills = map[string]int{pick(dice, s.Skills...): 10 * (1 + dice.IntN(7))}
		}
		if dice.IntN(2) == 0 {
			a.Preferred = map[string]int{pick(dice, s.Skills...): 10 * (1 + dice.IntN(7))}
		}
		s.Arrivals = append(s.Arrivals, a)
	}
	return s
}

func drawQueue(dice *rand.Rand, id, other string) simulation.Queue {
	boost := pick(dice, 0, 60, 600)
	q := simulation.Queue{ID: id, OfferTimeout: pick(dice, 7, 11), Boost: &boost, Strict: dice.IntN(6) == 0, Width: pick(dice, 1, 1, 2), Overflow: map[string]plan.Target{}}
	if q.Order = pick(dice, "longest_idle", "least_loaded", "most_skilled", "attributes"); q.Order == "attributes" {
		q.OrderBy = []plan.SortKey{{Attribute: "rating", Descending: true}, {Attribute: "skills.ko"}}
	}
	if dice.IntN(3) == 0 {
		q.SLA.FirstReply = pick(dice, 10, 60, 600)
		q.RankBy = pick(dice, "arrival", "sla")
	}
	to := plan.Target{}
	if other != "" && dice.IntN(2) == 0 {
		to.Queue = other
	}
	if dice.IntN(3) == 0 {
		most := dice.IntN(3)
		q.MaxWaiting = &most
		if dice.IntN(2) == 0 {
			q.Overflow["full"] = to
		}
	}
	if dice.IntN(3) == 0 {
		q.Overflow["unstaffed"] = to
	}
	if dice.IntN(4) == 0 {
		q.Hours, q.Overflow["closed"] = map[string][][]string{"mon": {{"08:00", "10:01"}}}, to
	}
	if dice.IntN(3) == 0 {
		q.MembersWhen = `agent.attributes.team == "red" && agent.skills.en > 20`
	}
	q.AutoAccept = dice.IntN(10) == 0
	return q
}

func drawPlan(dice *rand.Rand, id, other string) plan.Plan {
	p := plan.Plan{ID: id, Name: map[string]string{"en": id}, Budget: pick(dice, "", plan.PerStep, plan.ByAge), Default: plan.Rule{Steps: drawSteps(dice)}}
	for i, when := range []string{`request.attributes["tier"] == "gold"`, `queue.waiting > 1 || queue.longest_wait > duration("20s")`, `agents.with_capacity == 0 && request.language == "ko"`, `contact.earlier > 0`, `has(request.sla_due) && request.sla_left < duration("30s")`, `queue.eta > duration("10s") || !hours.open`} {
		if dice.IntN(3) == 0 {
			p.Rules = append(p.Rules, plan.Rule{Name: fmt.Sprintf("rule %d", i), When: when, Steps: drawSteps(dice), Priority: drawPriority(dice)})
		}
	}
	switch dice.IntN(4) {
	case 0:
		p.Overflow = &plan.Target{Plan: other}
	case 1:
		p.Overflow = &plan.Target{Queue: "billing"}
	case 2:
		p.Default.Overflow = &plan.Target{}
	}
	return p
}

func drawPriority(dice *rand.Rand) *int {
	if dice.IntN(3) > 0 {
		return nil
	}
	n := dice.IntN(4)
	return &n
}

func drawSteps(dice *rand.Rand) []plan.Step {
	all := make([]plan.Step, 1+dice.IntN(3))
	for i := range all {
		s := &all[i]
		s.Queue, s.Timeout, s.Priority = pick(dice, "", "", "billing", "support"), pick(dice, 17, 23, 37), drawPriority(dice)
		s.Anyone = dice.IntN(6) == 0
		s.Agents = pick(dice, "", "", `agent.attributes.rating >= 2.0`, `agent.load == 0`, `agent.skills.ko > 20 || queue.waiting > 2`, `request.language != "ko" || agent.skills.ko >= 30`)
		s.SkipIf = pick(dice, "", "", "", `agents.available == 0`, `queue.waiting > 2`)
		s.Known = pick(dice, "", "", "", plan.KnownLast, "manager")
		s.OfferTimeout, s.Width = pick(dice, 0, 0, 5), pick(dice, 0, 0, 1, 2, 3)
		if dice.IntN(3) == 0 {
			s.Lower = map[string]int{"*": 30}
		}
		if dice.IntN(4) == 0 {
			s.Drop = []string{"vip"}
		}
		if s.Order = pick(dice, "", "", "least_loaded", "attributes"); s.Order == "attributes" {
			s.OrderBy = []plan.SortKey{{Attribute: "rating"}}
		}
	}
	if last := &all[len(all)-1]; dice.IntN(2) == 0 && last.Known == "" {
		last.Timeout = 0
	}
	return all
}

// desk is a floor in Postgres, at a time of its own, with a workflow's part played by its log.
type desk struct {
	*dispatchtest.Floor
	t        *testing.T
	scenario simulation.Scenario
	seed     uint64
	desk     *dispatch.Desk
	now      time.Duration
	agenda   todo
	jobs     int
	came     []simulation.Came
	// customers by conversation, and the other way round.
	customers map[uuid.UUID]*caller
	agents    map[uuid.UUID]*simulation.Agents
	contacts  map[any]uuid.UUID
	events    []conversation.Event
	told      []string
}

// caller is one customer in the database.
type caller struct {
	simulation.Came
	conversation uuid.UUID
	offers       int
	anyway       bool
	numbers      map[uuid.UUID]int
}

// todo is what is to be done, in order.
type todo []job

type job struct {
	at     time.Duration
	serial int
	do     func()
}

func (t todo) Len() int { return len(t) }
func (t todo) Less(i, j int) bool {
	return t[i].at < t[j].at || t[i].at == t[j].at && t[i].serial < t[j].serial
}
func (t todo) Swap(i, j int) { t[i], t[j] = t[j], t[i] }
func (t *todo) Push(x any)   { *t = append(*t, x.(job)) }
func (t *todo) Pop() any {
	last := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	return last
}

func (d *desk) later(at time.Duration, do func()) {
	d.jobs++
	heap.Push(&d.agenda, job{max(at, d.now), d.jobs, do})
}

// Committed implements conversation.Sink.
func (d *desk) Committed(c conversation.Commit) {
	for _, change := range c.Changes {
		d.events = append(d.events, change.Events...)
	}
}

func newDesk(t *testing.T, s simulation.Scenario, seed uint64, came []simulation.Came) *desk {
	t.Helper()
	d := &desk{
		Floor: dispatchtest.New(t), t: t, scenario: s, seed: seed, came: came,
		customers: map[uuid.UUID]*caller{}, agents: map[uuid.UUID]*simulation.Agents{}, contacts: map[any]uuid.UUID{},
	}
	log := conversation.NewLog(d.Pool, func() time.Time { return s.Start.Add(d.now) }, d)
	d.desk = dispatch.New(log, dispatch.Timings{})
	for _, q := range s.Queues {
		d.Exec(`update queues set offer_timeout_s = $2, boost_s = $3, strict = $4, width = $5, max_waiting = $6, overflow = $7, members_when = $8, agent_order = $9,
			order_by = $10, auto_accept = $11, hours = $12, sla = $13, rank_by = coalesce(nullif($14, ''), 'arrival') where id = $1`,
			q.ID, q.OfferTimeout, *q.Boost, q.Strict, q.Width, q.MaxWaiting, q.Overflow, q.MembersWhen, q.Order, notNil(q.OrderBy), q.AutoAccept, orEmpty(q.Hours), q.SLA, q.RankBy)
	}
	for _, p := range s.Plans {
		d.Plan(p)
	}
	for i, a := range s.Arrivals {
		d.Exec(`insert into channels (id, kind, name, queue_id, secret, cost) values ($1, $2, 'Chat', 'support', 'secret', $3)`, fmt.Sprintf("chat%d", i), a.Channel, a.Cost)
	}
	for i := range s.Agents {
		d.hire(&s.Agents[i])
	}
	_, err := d.desk.Refresh(t.Context())
	require.NoError(t, err)
	return d
}

func notNil[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

func orEmpty[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return map[K]V{}
	}
	return m
}

func (d *desk) hire(a *simulation.Agents) {
	id := uuid.MustParse(a.ID)
	d.agents[id] = a
	d.Exec(`insert into people (id, email, name, role) values ($1, $2, $3, 'agent')`, id, a.Email, a.Name)
	d.Exec(`insert into agents (id, capacity, presence, lease_until, lost, idle_since, attributes, auto_accept) values ($1, $2, 'offline', '2100-01-01', false, $3, $4, $5)`,
		id, a.Capacity, d.scenario.Start, a.Attributes, a.AutoAccept)
	for skill, level := range a.Skills {
		d.Exec(`insert into agent_skills values ($1, $2, $3)`, id, skill, level)
	}
	for queue, level := range a.Queues {
		d.Exec(`insert into agent_queues (agent_id, queue_id, level, delay_s) values ($1, $2, $3, $4)`, id, queue, level, int(time.Duration(a.Delays[queue]).Seconds()))
	}
	for kind, n := range a.ChannelLimits {
		d.Exec(`insert into agent_channel_limits values ($1, $2, $3)`, id, kind, n)
	}
	presence := func(p string) func() {
		return func() { require.NoError(d.t, d.desk.SetPresence(d.t.Context(), id, p, false)) }
	}
	if len(a.Shifts) == 0 {
		d.later(0, presence("available"))
		return
	}
	d.later(a.Shifts[0].Begins.Sub(d.scenario.Start), presence("available"))
	d.later(a.Shifts[0].Ends.Sub(d.scenario.Start), presence("offline"))
}

// run lets it all happen and tells what did.
func (d *desk) run() []string {
	for i := range d.came {
		c := &caller{Came: d.came[i], numbers: map[uuid.UUID]int{}}
		d.later(c.At, func() { d.arrive(c) })
	}
	for len(d.agenda) > 0 {
		next := heap.Pop(&d.agenda).(job)
		d.now = next.at
		next.do()
		for len(d.events) > 0 {
			e := d.events[0]
			d.events = d.events[1:]
			d.take(e)
		}
	}
	slices.Sort(d.told)
	return d.told
}

func (d *desk) say(what string, c *caller, more string) {
	d.told = append(d.told, line(d.now, what, c.Serial, more))
}

func (d *desk) arrive(c *caller) {
	contact, known := d.contacts[c.Contact]
	if !known {
		contact = conversation.NewID()
		d.Exec(`insert into contacts (id, name) values ($1, 'Customer')`, contact)
		if c.Contact != nil {
			d.contacts[c.Contact] = contact
		}
	}
	c.conversation = conversation.NewID()
	d.customers[c.conversation] = c
	d.Exec(`insert into conversations (id, channel_id, channel_kind, address, contact_id, flow, language, attributes, opened_at) values ($1, $2, $3, $4, $5, 'assistant', $6, $7, $8)`,
		c.conversation, c.Asked.ChannelID, c.Asked.Channel, c.conversation.String(), contact, c.Asked.Language, c.Asked.Attributes, d.scenario.Start.Add(d.now))
	d.enqueue(c, dispatch.Enqueue{Plan: c.Asked.Plan})
	if c.Patience >= 0 {
		d.later((c.At + c.Patience).Truncate(time.Microsecond), func() { d.abandon(c) })
	}
}

func (d *desk) enqueue(c *caller, in dispatch.Enqueue) {
	in.RequestID, in.Queue, in.Skills, in.Preferred, in.Priority = conversation.NewID(), c.Asked.Queue, c.Asked.Skills, c.Asked.Preferred, c.Asked.Priority
	require.NoError(d.t, d.desk.Enqueue(d.t.Context(), c.conversation, in))
}

func (d *desk) abandon(c *caller) {
	phase, _, _ := d.Row(c.conversation)
	if phase != conversation.InQueue && phase != conversation.InOffer {
		return
	}
	_, err := d.desk.Abandon(d.t.Context(), c.conversation, "left")
	require.NoError(d.t, err)
	d.say("abandoned", c, "")
}

func (d *desk) since(at time.Time) time.Duration { return at.Sub(d.scenario.Start) }

// take does what a conversation's workflow does about an event, and what its agent does.
func (d *desk) take(e conversation.Event) {
	c := d.customers[e.ConversationID]
	switch e.Kind {
	case conversation.RoutingRequested:
		var body conversation.Requested
		require.NoError(d.t, e.Decode(&body))
		d.turn(c, body.Queue, body.Turn, body.KnownUntil)
	case conversation.RoutingStep:
		var body conversation.StepBody
		require.NoError(d.t, e.Decode(&body))
		if body.Reason == "postponed" {
			d.deadlines(c, body.Turn, nil)
			return
		}
		d.turn(c, body.Queue, body.Turn, body.KnownUntil)
	case conversation.RoutingOverflowed:
		d.overflow(c, e)
	case conversation.ReservationCreated:
		var body conversation.Reserved
		require.NoError(d.t, e.Decode(&body))
		d.offered(c, body)
	case conversation.ReservationAccepted:
		var body conversation.ReservationEnd
		require.NoError(d.t, e.Decode(&body))
		d.say("accepted", c, body.Agent.Name)
		d.later((d.now + c.Handle).Truncate(time.Microsecond), func() {
			_, err := d.desk.Complete(d.t.Context(), c.conversation, dispatch.Caller{Person: body.Agent}, dispatch.WrapUpResult{})
			require.NoError(d.t, err)
			d.say("ended", c, body.Agent.Name)
		})
	case conversation.ReservationRejected, conversation.ReservationTimedOut:
		var body conversation.ReservationEnd
		require.NoError(d.t, e.Decode(&body))
		d.say(map[conversation.Kind]string{conversation.ReservationRejected: "rejected", conversation.ReservationTimedOut: "missed"}[e.Kind], c, body.Agent.Name)
		d.later(d.since(*body.RetryAt), func() { require.NoError(d.t, d.desk.Rematch(d.t.Context(), c.conversation)) })
	}
}

func (d *desk) turn(c *caller, queue string, turn conversation.Turn, known *time.Time) {
	d.say("entered", c, fmt.Sprintf("%s/%d", queue, turn.Step))
	d.deadlines(c, turn, known)
}

func (d *desk) deadlines(c *caller, turn conversation.Turn, known *time.Time) {
	if turn.StepUntil != nil {
		d.later(d.since(*turn.StepUntil), func() { require.NoError(d.t, d.desk.StepDue(d.t.Context(), c.conversation)) })
	}
	again := turn.LookAgain
	if known != nil {
		again = append(again, *known)
	}
	for _, at := range again {
		d.later(d.since(at), func() { require.NoError(d.t, d.desk.Rematch(d.t.Context(), c.conversation)) })
	}
}

func (d *desk) overflow(c *caller, e conversation.Event) {
	if !c.WaitsAnyway || c.anyway {
		d.say("overflowed", c, "")
		return
	}
	var body conversation.OverflowBody
	require.NoError(d.t, e.Decode(&body))
	c.anyway = true
	d.enqueue(c, dispatch.Enqueue{Anyway: true, Since: body.Since})
}

func (d *desk) offered(c *caller, offer conversation.Reserved) {
	c.offers++
	d.say("offered", c, offer.Agent.Name)
	a, ctx := d.agents[offer.Agent.ID], d.t.Context()
	number, deadline := c.offers, d.since(offer.Deadline)
	what, after := simulation.React(&a.Habits, d.seed, c.Serial, number, deadline-d.now)
	d.later(d.now+after, func() {
		var open bool
		require.NoError(d.t, d.Pool.QueryRow(ctx, `select state = 'pending' from reservations where id = $1`, offer.ReservationID).Scan(&open))
		if !open {
			return
		}
		switch what {
		case "accepted":
			_, err := d.desk.Accept(ctx, offer.ReservationID, offer.Agent)
			require.NoError(d.t, err)
		case "rejected":
			require.NoError(d.t, d.desk.Reject(ctx, offer.ReservationID, offer.Agent, ""))
		default:
			d.miss(ctx, c, a, offer, number)
		}
	})
}

func (d *desk) miss(ctx context.Context, c *caller, a *simulation.Agents, offer conversation.Reserved, number int) {
	require.NoError(d.t, d.desk.Timeout(ctx, offer.ReservationID))
	if _, presence := d.Load(offer.Agent.ID); presence != dispatch.PresenceNotResponding {
		return
	}
	d.later(d.now+simulation.BackAfter(&a.Habits, d.seed, c.Serial, number), func() {
		if _, presence := d.Load(offer.Agent.ID); presence == dispatch.PresenceNotResponding {
			require.NoError(d.t, d.desk.SetPresence(ctx, offer.Agent.ID, dispatch.PresenceAvailable, false))
		}
	})
}
