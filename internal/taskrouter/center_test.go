package taskrouter_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/api/spec"
	"seax/internal/condition"
	"seax/internal/hours"
	"seax/internal/plan"
	"seax/internal/routing"
	"seax/internal/setup"
	"seax/internal/taskrouter"
)

// center is a contact center in virtual time: what was imported, carried out by the plans and the planner of the real one.
type center struct {
	t      *testing.T
	now    time.Time
	plan   *plan.Compiled
	queues map[string]spec.Queue
	agents []routing.Agent
	calls  []*call
	// offers is whether somebody in a presence is offered work.
	offers map[string]bool
	emails map[uuid.UUID]string
}

// call is a conversation that waits for somebody.
type call struct {
	id         uuid.UUID
	name       string
	channel    string
	attributes map[string]string
	asked      plan.Demand
	rule, step int
	begun      time.Time
	queueSince time.Time
	until      time.Time
	demand     plan.Demand
	condition  *condition.Condition
	pending    map[uuid.UUID]time.Time
	excluded   map[uuid.UUID]routing.Exclusion
	// with has it; over: it went back to its flow.
	with string
	over bool
}

// costs are what conversations take, by channel; others 20.
var costs = map[string]int{"voice": 100, "email": 10}

func cost(channel string) int {
	if c, special := costs[channel]; special {
		return c
	}
	return 20
}

// monday is when the center opens.
var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// open is a center as it was imported, with everybody available; who is named first has been idle longest.
func open(t *testing.T, r taskrouter.Result) *center {
	t.Helper()
	c := &center{
		t: t, now: monday, queues: map[string]spec.Queue{}, offers: map[string]bool{"available": true, "offline": false}, emails: map[uuid.UUID]string{},
	}
	for _, p := range r.File.Presences {
		c.offers[p.Id] = p.OffersWork
	}
	require.Len(t, r.File.Plans, 1)
	var definition plan.Plan
	text, err := json.Marshal(r.File.Plans[0])
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &definition))
	c.plan, err = plan.Compile(definition)
	require.NoError(t, err)
	for i, p := range r.File.People {
		a := routing.Agent{
			ID: uuid.NewSHA1(uuid.NameSpaceURL, []byte(p.Email)), Name: p.Name, Capacity: 100, Presence: "available", OffersWork: true,
			LeaseUntil: monday.Add(1000 * time.Hour), IdleSince: monday.Add(time.Duration(i-1000) * time.Minute),
			Attributes: viaJSON(t, *p.Attributes), Queues: map[string]int{}, ChannelLoad: map[string]int{},
		}
		c.emails[a.ID] = p.Email
		if p.Capacity != nil {
			a.Capacity = *p.Capacity
		}
		if p.ChannelLimits != nil {
			a.ChannelLimits = *p.ChannelLimits
		}
		if p.Skills != nil {
			a.Skills = *p.Skills
		}
		c.agents = append(c.agents, a)
	}
	for _, q := range r.File.Queues {
		c.queues[q.Id] = q
		if q.MembersWhen == nil {
			continue
		}
		members, err := condition.Compile(*q.MembersWhen, condition.OfMember)
		require.NoError(t, err)
		for i := range c.agents {
			if members.Holds(&condition.Facts{Agent: &c.agents[i]}) {
				c.agents[i].Queues[q.Id] = 1
			}
		}
	}
	return c
}

// written is a result after it was written as YAML and read again.
func written(t *testing.T, r taskrouter.Result) taskrouter.Result {
	t.Helper()
	return writtenAs(t, r)
}

func writtenAs(t require.TestingT, r taskrouter.Result) taskrouter.Result {
	text, err := r.YAML()
	require.NoError(t, err)
	var read setup.File
	require.NoError(t, yaml.UnmarshalWithOptions(text, &read, yaml.Strict()), string(text))
	for _, f := range r.Findings {
		require.Contains(t, string(text), f.String())
	}
	before, err := json.Marshal(r.File)
	require.NoError(t, err)
	after, err := json.Marshal(read)
	require.NoError(t, err)
	require.JSONEq(t, string(before), string(after))
	return taskrouter.Result{File: read}
}

// viaJSON is what Postgres makes of attributes: all numbers are floats.
func viaJSON(t *testing.T, attributes map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(attributes)
	require.NoError(t, err)
	var read map[string]any
	require.NoError(t, json.Unmarshal(text, &read))
	return read
}

func (c *center) agent(name string) *routing.Agent {
	c.t.Helper()
	i := slices.IndexFunc(c.agents, func(a routing.Agent) bool { return a.Name == name })
	require.GreaterOrEqual(c.t, i, 0, "no agent %s", name)
	return &c.agents[i]
}

func (c *center) call(name string) *call {
	c.t.Helper()
	i := slices.IndexFunc(c.calls, func(call *call) bool { return call.name == name })
	require.GreaterOrEqual(c.t, i, 0, "no call %s", name)
	return c.calls[i]
}

// presence puts an agent into a presence; who leaves gives back what they have not answered.
func (c *center) presence(name, presence string) {
	c.t.Helper()
	a := c.agent(name)
	offers, known := c.offers[presence]
	require.True(c.t, known, presence)
	a.Presence, a.OffersWork = presence, offers
	for _, call := range c.calls {
		if _, asked := call.pending[a.ID]; asked && !offers {
			c.passedOn(call, a, "left")
		}
	}
	c.match()
}

// arrive brings a conversation of a channel into the plan. Attributes are written name=value.
func (c *center) arrive(name, channel string, attributes ...string) {
	c.t.Helper()
	n := &call{
		id: uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)), name: name, channel: channel, attributes: map[string]string{}, begun: c.now,
		pending: map[uuid.UUID]time.Time{}, excluded: map[uuid.UUID]routing.Exclusion{},
	}
	for _, pair := range attributes {
		key, value, _ := strings.Cut(pair, "=")
		n.attributes[key] = value
	}
	c.calls = append(c.calls, n)
	n.rule = c.plan.Choose(c.facts(n, ""))
	c.enter(n, 0)
	c.match()
}

// facts are what a plan may go by in a queue now.
func (c *center) facts(n *call, queue string) *condition.Facts {
	f := &condition.Facts{
		Request: &condition.Request{Channel: n.channel, Attributes: n.attributes, Since: n.begun, Priority: n.asked.Priority}, Contact: &condition.Contact{},
		Queue: &condition.Queue{ID: queue}, Agents: &condition.Agents{}, Now: c.now, Schedule: hours.Schedule{Zone: "UTC"},
	}
	for _, a := range c.agents {
		if _, member := a.Queues[queue]; member && a.OffersWork {
			f.Agents.Available++
			limit, limited := a.ChannelLimits[n.channel]
			if a.Load+cost(n.channel) <= a.Capacity && (!limited || a.ChannelLoad[n.channel] < limit) {
				f.Agents.WithCapacity++
			}
		}
	}
	return f
}

// floor answers a plan's questions for a call.
type floor struct {
	c *center
	n *call
}

func (f floor) Facts(queue string) (*condition.Facts, error) { return f.c.facts(f.n, queue), nil }
func (f floor) Reachable(known string) (bool, error)         { return f.c.known(f.n, known) != uuid.Nil, nil }
func (f floor) Refuses(string) (string, error)               { return "", nil }

// known finds whom an attribute names, if they are there.
func (c *center) known(n *call, attribute string) uuid.UUID {
	wanted := n.attributes[attribute]
	for _, a := range c.agents {
		if a.OffersWork && wanted != "" && (a.Name == wanted || c.emails[a.ID] == wanted || a.ID.String() == wanted) {
			return a.ID
		}
	}
	return uuid.Nil
}

// enter takes the first step from one on; when there is none, who is asked may still answer, then the flow goes on.
func (c *center) enter(n *call, from int) {
	step, _, err := c.plan.Enter(n.rule, from, floor{c, n})
	require.NoError(c.t, err)
	if step < 0 {
		n.until = time.Time{}
		n.over = len(n.pending) == 0
		for _, until := range n.pending {
			if at := until.Add(time.Second); at.After(n.until) {
				n.until = at
			}
		}
		return
	}
	d := c.plan.Demand(n.rule, step, n.asked)
	if d.Queue != n.demand.Queue || n.queueSince.IsZero() {
		n.queueSince = c.now
	}
	n.step, n.demand, n.condition, n.until = step, d, d.Condition, c.plan.Deadline(d, c.now, n.begun)
}

// match lets the planner decide over all that waits.
func (c *center) match() {
	var requests []routing.Request
	for _, n := range c.calls {
		if n.with != "" || n.over {
			continue
		}
		q := c.queues[n.demand.Queue]
		r := routing.Request{
			ID: n.id, Queue: n.demand.Queue, Anyone: n.demand.Anyone, Since: n.queueSince, ChannelKind: n.channel, Cost: cost(n.channel), Skills: n.demand.Skills,
			Order: n.demand.Order, Width: n.demand.Width, Excluded: n.excluded, Rank: routing.Rank(n.begun, n.demand.Priority, time.Duration(q.BoostS)*time.Second, q.Strict),
		}
		for id := range n.pending {
			r.Pending = append(r.Pending, id)
		}
		if q.Width != nil && r.Width == 0 {
			r.Width = *q.Width
		}
		if n.condition != nil {
			r.Condition = demanded{n.condition, c.facts(n, n.demand.Queue)}
		}
		if n.demand.Known != "" {
			r.Known, r.KnownUntil = c.known(n, n.demand.Known), n.until
			r.KnownReachable = r.Known != uuid.Nil
		}
		requests = append(requests, r)
	}
	for _, d := range routing.Plan(routing.Snapshot{Agents: c.agents, Requests: requests}, c.now) {
		n := c.calls[slices.IndexFunc(c.calls, func(n *call) bool { return n.id == d.Request })]
		a := &c.agents[slices.IndexFunc(c.agents, func(a routing.Agent) bool { return a.ID == d.Agent })]
		offer := time.Duration(c.queues[n.demand.Queue].OfferTimeoutS) * time.Second
		if n.demand.OfferTimeout > 0 {
			offer = n.demand.OfferTimeout
		}
		n.pending[a.ID] = c.now.Add(offer)
		a.Load += cost(n.channel)
		a.ChannelLoad[n.channel]++
	}
}

type demanded struct {
	condition *condition.Condition
	facts     *condition.Facts
}

func (d demanded) Unmet(a *routing.Agent) string {
	d.facts.Agent = a
	return d.condition.Unmet(d.facts)
}

func (c *center) release(n *call, a *routing.Agent) {
	delete(n.pending, a.ID)
	a.Load -= cost(n.channel)
	a.ChannelLoad[n.channel]--
}

// passedOn ends an offer that was not taken.
func (c *center) passedOn(n *call, a *routing.Agent, reason string) {
	c.release(n, a)
	n.excluded[a.ID] = routing.Exclusion{Reason: reason, Since: c.now, Until: c.now.Add(5 * time.Minute)}
}

// pass lets time go by, with what falls due in it, in order.
func (c *center) pass(d time.Duration) {
	c.t.Helper()
	end := c.now.Add(d)
	for {
		at, due := c.next()
		if at.IsZero() || at.After(end) {
			c.now = end
			c.match()
			return
		}
		c.now = later(c.now, at)
		due()
		c.match()
	}
}

// next is what falls due first: an offer's or a step's end. The time is zero when nothing ever does.
func (c *center) next() (at time.Time, due func()) {
	sooner := func(than time.Time) bool { return at.IsZero() || than.Before(at) }
	for _, n := range c.calls {
		if n.with != "" || n.over {
			continue
		}
		for i := range c.agents {
			a := &c.agents[i]
			if until, asked := n.pending[a.ID]; asked && sooner(until) {
				at, due = until, func() { c.passedOn(n, a, "timed out") }
			}
		}
		if !n.until.IsZero() && sooner(n.until) {
			at, due = n.until, func() { c.enter(n, n.step+1) }
		}
	}
	return at, due
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// accept and reject are agents' answers, finish the end of a conversation.
func (c *center) accept(name, agent string) {
	c.t.Helper()
	n, a := c.call(name), c.agent(agent)
	require.Contains(c.t, n.pending, a.ID, "%s is not asked for %s", agent, name)
	n.with = agent
	delete(n.pending, a.ID)
	for i := range c.agents {
		if _, asked := n.pending[c.agents[i].ID]; asked {
			c.release(n, &c.agents[i])
		}
	}
	c.match()
}

func (c *center) reject(name, agent string) {
	c.t.Helper()
	n, a := c.call(name), c.agent(agent)
	require.Contains(c.t, n.pending, a.ID, "%s is not asked for %s", agent, name)
	c.passedOn(n, a, "rejected")
	c.match()
}

func (c *center) finish(name string) {
	c.t.Helper()
	n := c.call(name)
	a := c.agent(n.with)
	a.Load -= cost(n.channel)
	a.ChannelLoad[n.channel]--
	a.IdleSince = c.now
	n.over = true
	c.match()
}

// wants checks where a call is: "in queue: Ann, Bob" are asked, "with Ann", or "back to the flow".
func (c *center) wants(name, where string) {
	c.t.Helper()
	n := c.call(name)
	var asked []string
	for id := range n.pending {
		asked = append(asked, c.agents[slices.IndexFunc(c.agents, func(a routing.Agent) bool { return a.ID == id })].Name)
	}
	slices.Sort(asked)
	is := "back to the flow"
	switch {
	case n.with != "":
		is = "with " + n.with
	case !n.over && len(asked) == 0:
		is = "waits in " + n.demand.Queue
	case !n.over:
		is = fmt.Sprintf("in %s: %s", n.demand.Queue, strings.Join(asked, ", "))
	}
	require.Equal(c.t, where, is, "%s after %s", name, c.now.Sub(monday))
}
