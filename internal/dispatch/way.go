package dispatch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/internal/condition"
	"seax/internal/conversation"
	"seax/internal/hours"
	"seax/internal/plan"
	"seax/internal/routing"
	"seax/internal/sla"
)

// asked is what a request came with. Steps of plans are worked out from it, again when the plan changes.
type asked struct {
	// Queue is where it came for, Plan the way it was to go; "": by its queue alone.
	Queue     string         `json:"queue"`
	Plan      string         `json:"plan,omitempty"`
	Skills    map[string]int `json:"skills,omitempty"`
	Preferred map[string]int `json:"preferred,omitempty"`
	Priority  int            `json:"priority,omitempty"`
	Reason    string         `json:"reason,omitempty"`
	// Anyway: a queue that is full, closed, unstaffed or drained takes it all the same.
	Anyway bool `json:"anyway,omitempty"`
	// Greeting is said to the customer when an agent has accepted.
	Greeting string `json:"greeting,omitempty"`
	// Home is the queue that steps without one mean: Queue, or where that one's overflow led.
	Home string `json:"home,omitempty"`
	// Fixed is the priority a supervisor has set, whatever the plan says.
	Fixed *int `json:"fixed,omitempty"`
}

func (a asked) demand() plan.Demand {
	return plan.Demand{Skills: a.Skills, Preferred: a.Preferred, Priority: a.Priority}
}

// Why a queue does not take a request, or a plan has no place for it.
const (
	OverflowFull      = "full"
	OverflowClosed    = "closed"
	OverflowUnstaffed = "unstaffed"
	OverflowDraining  = "draining"
	// OverflowExhausted: every step had its time.
	OverflowExhausted = "exhausted"
)

// maxHops bounds how many overflows are followed for one request. Circles are refused when they are set up; this is for those
// that came about otherwise.
const maxHops = 10

// way is how a request goes: its plan, the rule that was chosen, and whose turn it is.
type way struct {
	*plan.Compiled
	version int
	rule    int
	// home is the queue that steps without one mean.
	home string
}

// compiledPlans keeps what definitions were compiled to, by plan.
type compiledPlans struct {
	mu         sync.Mutex
	plans      map[string]compiledPlan
	conditions map[string]*condition.Condition
}

type compiledPlan struct {
	version int
	*plan.Compiled
}

// errPlanGone: a request names a plan that is no longer there.
var errPlanGone = errors.New("there is no such plan")

// planOf reads a plan as it is now.
func (w *work) planOf(ctx context.Context, id string) (compiledPlan, error) {
	var version int
	var definition json.RawMessage
	err := w.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&version, &definition) }, `select version, definition from plans where id = $1`, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return compiledPlan{}, fmt.Errorf("%w: %w: %q", ErrUnknown, errPlanGone, id)
	}
	if err != nil {
		return compiledPlan{}, fmt.Errorf("read plan %s: %w", id, err)
	}
	return w.desk.compiled.plan(id, version, definition)
}

func (c *compiledPlans) plan(id string, version int, definition []byte) (compiledPlan, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.plans[id]; ok && known.version == version {
		return known, nil
	}
	var p plan.Plan
	if err := json.Unmarshal(definition, &p); err != nil {
		return compiledPlan{}, fmt.Errorf("read plan %s: %w", id, err)
	}
	p.ID = id
	compiled, err := plan.Compile(p)
	if err != nil {
		return compiledPlan{}, fmt.Errorf("compile plan %s: %w", id, err)
	}
	c.plans[id] = compiledPlan{version, compiled}
	return c.plans[id], nil
}

// condition compiles a step's condition on agents once. It was checked when its plan was saved.
func (c *compiledPlans) condition(text string) (*condition.Condition, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no condition is met by everybody
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	known, ok := c.conditions[text]
	if !ok {
		var err error
		if known, err = condition.Compile(text, condition.OfAgent); err != nil {
			return nil, fmt.Errorf("compile condition %q: %w", text, err)
		}
		c.conditions[text] = known
	}
	return known, nil
}

// unmet are those conditions, of the ones that requests were found to have, that speak of the agent alone and are not met by this one. So
// requests can be left out before they are read; those with other conditions are for the planner.
func (c *compiledPlans) unmet(a *routing.Agent) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	texts := []string{}
	for text, known := range c.conditions {
		if known.OnlyAgent() && !known.Holds(&condition.Facts{Agent: a}) {
			texts = append(texts, text)
		}
	}
	return texts
}

// place finds a request's first place: by the plan named (none: its queue alone), and where that has none, where it overflows to.
// reason says why there is none at all; "" it has one.
func (w *work) place(ctx context.Context, c *conversation.Conversation, r *request, planID, home string) (reason string, err error) {
	for range maxHops {
		next, err := w.chooseWay(ctx, c, r, planID, home)
		if err != nil {
			return "", err
		}
		var to plan.Target
		if reason, to, err = w.advance(ctx, c, r, next, 0); err != nil || reason == "" || to == (plan.Target{}) {
			return reason, err
		}
		if planID = to.Plan; to.Queue != "" {
			home = to.Queue
		}
	}
	return reason, nil
}

// chooseWay reads the plan and finds the rule for a request.
func (w *work) chooseWay(ctx context.Context, c *conversation.Conversation, r *request, planID, home string) (way, error) {
	if planID == "" {
		return way{Compiled: plan.ForQueue(home), home: home}, nil
	}
	if r.QueueID == "" {
		// It has no place yet: conditions go by what the queue it comes for promises.
		q, err := w.queue(ctx, home)
		if err != nil {
			return way{}, err
		}
		r.SLADue = c.ReplyDue(w.Now, q.Policy)
	}
	p, err := w.planOf(ctx, planID)
	if err != nil {
		return way{}, err
	}
	facts, err := w.facts(ctx, c.ID, r, home)
	if err != nil {
		return way{}, err
	}
	return way{Compiled: p.Compiled, version: p.version, rule: p.Choose(facts), home: home}, nil
}

// advance puts a request at the first step from one on that takes it. Else it says why none does, and where requests go then.
func (w *work) advance(ctx context.Context, c *conversation.Conversation, r *request, on way, from int) (reason string, to plan.Target, err error) {
	f := &floor{ctx: ctx, w: w, c: c, r: r, home: on.home}
	step, skipped, err := on.Enter(on.rule, from, f)
	if err != nil {
		return "", plan.Target{}, err
	}
	r.skipped, r.asksKnown = skipped, on.AsksKnown(on.rule)
	if step < 0 {
		reason, queue := OverflowExhausted, ""
		if f.refusal != "" {
			reason, queue = f.refusal, f.refused
		}
		to = on.OverflowOf(on.rule)
		if to == (plan.Target{}) && queue != "" {
			row, err := w.queue(ctx, queue)
			if err != nil {
				return "", to, err
			}
			to = row.Overflow[reason]
		}
		return reason, to, nil
	}
	return "", plan.Target{}, w.enter(ctx, r, on, step, f)
}

// enter makes a step's demands the request's.
func (w *work) enter(ctx context.Context, r *request, on way, step int, f *floor) error {
	d := on.Demand(on.rule, step, r.Asked.demand())
	queue := d.Queue
	if queue == "" {
		queue = on.home
	}
	row, err := w.queue(ctx, queue)
	if err != nil {
		return err
	}
	if r.QueueID != queue || r.QueueSince.IsZero() {
		r.QueueID, r.QueueSince = queue, w.Now
	}
	r.PlanID, r.PlanVersion, r.Rule, r.Step, r.StepSince, r.Asked.Home = nil, on.version, on.RuleName(on.rule), step, w.Now, on.home
	if on.ID != "" {
		r.PlanID = &on.ID
	}
	r.Skills, r.Preferred, r.Priority, r.Anyone, r.AgentsWhen = d.Skills, d.Preferred, d.Priority, d.Anyone, d.Condition.String()
	if r.Asked.Fixed != nil {
		r.Priority = *r.Asked.Fixed
	}
	r.AgentOrder, r.OrderBy, r.Width, r.OfferTimeout = orNull(d.Order.By), d.Order.Keys, orNull(d.Width), orNull(int(d.OfferTimeout.Seconds()))
	r.StepUntil = orNull(on.Deadline(d, w.Now, r.VirtualStart))
	if d.Known != "" {
		known := f.known[d.Known]
		r.KnownAgent, r.KnownUntil = &known, r.StepUntil
	}
	r.SLADue = f.c.ReplyDue(w.Now, row.Policy)
	r.Rank = row.rank(r)
	return nil
}

// orNull is nil for zero values.
func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// lookAgain lists when somebody may become eligible for a request by the mere passing of time: members who are asked later.
func (w *work) lookAgain(ctx context.Context, r *request) ([]time.Time, error) {
	if r.Anyone {
		return nil, nil
	}
	row, err := w.queue(ctx, r.QueueID)
	if err != nil {
		return nil, err
	}
	var all []time.Time
	for _, seconds := range row.Delays {
		if at := r.QueueSince.Add(time.Duration(seconds) * time.Second); at.After(w.Now) {
			all = append(all, at)
		}
	}
	return all, nil
}

// queueRow is what routing needs to know of a queue.
type queueRow struct {
	ID         string
	Boost      time.Duration
	Strict     bool
	Overflow   map[string]plan.Target
	MaxWaiting *int
	Draining   bool
	// AnswerWithin is in seconds.
	AnswerWithin int
	Schedule     hours.Schedule
	// RankBy says what who waits is served by: arrival or sla. Policy is what the queue promises.
	RankBy string
	Policy sla.Policy
	// Delays are those of its members, in seconds, without zero.
	Delays []int
}

// queue reads a queue once per transaction; ErrUnknown if there is none of that name.
func (w *work) queue(ctx context.Context, id string) (*queueRow, error) {
	if known, ok := w.queues[id]; ok {
		return known, nil
	}
	q := queueRow{ID: id}
	var boost int
	err := w.QueryRow(ctx, func(row pgx.Row) error {
		return row.Scan(&boost, &q.Strict, &q.Overflow, &q.MaxWaiting, &q.Draining, &q.AnswerWithin, &q.Schedule.Zone, &q.Schedule.Hours, &q.Schedule.Holidays,
			&q.RankBy, &q.Policy.Targets, &q.Delays)
	}, `select boost_s, strict, overflow, max_waiting, draining, answer_within_s, time_zone, hours, holidays, rank_by, sla,
			(select coalesce(array_agg(distinct delay_s), '{}') from agent_queues where queue_id = q.id and delay_s > 0)
		from queues q where id = $1`, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("%w: there is no queue %q", ErrUnknown, id)
	}
	if err != nil {
		return nil, fmt.Errorf("read queue %s: %w", id, err)
	}
	q.Boost = time.Duration(boost) * time.Second
	q.Policy = conversation.Policy(id, q.Policy.Targets, q.Schedule)
	w.Promise(q.Policy)
	if w.queues == nil {
		w.queues = map[string]*queueRow{}
	}
	w.queues[id] = &q
	return &q, nil
}

// floor answers what entering a step asks about.
type floor struct {
	ctx  context.Context //nolint:containedctx // it lives as long as the call it is made for
	w    *work
	c    *conversation.Conversation
	r    *request
	home string
	// known are the agents that steps mean, as far as they are reachable.
	known map[string]uuid.UUID
	// refusal and refused are why a queue did not take the request, and which; the last one.
	refusal, refused string
}

func (f *floor) queueOf(queue string) string {
	if queue == "" {
		return f.home
	}
	return queue
}

// Facts implements plan.Floor.
func (f *floor) Facts(queue string) (*condition.Facts, error) {
	return f.w.facts(f.ctx, f.c.ID, f.r, f.queueOf(queue))
}

// Reachable implements plan.Floor.
func (f *floor) Reachable(known string) (bool, error) {
	id, err := f.w.named(f.ctx, f.c, known)
	if err != nil || id == uuid.Nil {
		return false, err
	}
	if f.known == nil {
		f.known = map[string]uuid.UUID{}
	}
	f.known[known] = id
	return true, nil
}

// named finds the agent a step means, if they are connected and in a presence that offers work; else uuid.Nil.
func (w *work) named(ctx context.Context, c *conversation.Conversation, known string) (uuid.UUID, error) {
	who, arg := `p.id = (select last_agent from contacts where id = $2::uuid)`, c.ContactID.String()
	if known != plan.KnownLast {
		who, arg = `$2 <> '' and (p.id::text = lower($2) or lower(p.email) = lower($2) or p.name = $2)`, c.Attributes[known]
	}
	var id uuid.UUID
	err := w.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&id) }, `select p.id from people p join agents a on a.id = p.id
		join presences pr on pr.id = a.presence where p.active and a.lease_until > $1 and pr.offers_work and `+who+` order by p.id limit 1`, w.Now, arg)
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, nil
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("find the agent that %q means for conversation %s: %w", known, c.ID, err)
	}
	return id, nil
}

// Refuses implements plan.Floor.
func (f *floor) Refuses(queue string) (string, error) {
	q, err := f.w.queue(f.ctx, f.queueOf(queue))
	if err != nil || f.r.Asked.Anyway {
		return "", err
	}
	reason, err := f.w.refuses(f.ctx, q, f.w.Now)
	if reason != "" {
		f.refusal, f.refused = reason, q.ID
	}
	return reason, err
}

// refuses says why a queue takes nothing more at a time of its hours, as full and staffed as it is now; only limits that somebody
// has set count.
func (w *work) refuses(ctx context.Context, q *queueRow, at time.Time) (string, error) {
	if q.Draining {
		return OverflowDraining, nil
	}
	if _, set := q.Overflow[OverflowClosed]; set && !q.Schedule.Open(at) {
		return OverflowClosed, nil
	}
	_, unstaffed := q.Overflow[OverflowUnstaffed]
	if q.MaxWaiting == nil && !unstaffed {
		return "", nil
	}
	var waiting, present int
	err := w.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&waiting, &present) }, `select
			(select count(*) from (select from requests where queue_id = $1 and state = 'waiting' limit $3) r),
			(select count(*) from agent_queues aq join agents a on a.id = aq.agent_id join presences pr on pr.id = a.presence
			 where aq.queue_id = $1 and pr.offers_work and a.lease_until > $2)`, q.ID, w.Now, orMost(q.MaxWaiting))
	switch {
	case err != nil:
		return "", fmt.Errorf("see how full queue %s is: %w", q.ID, err)
	case q.MaxWaiting != nil && waiting >= *q.MaxWaiting:
		return OverflowFull, nil
	case unstaffed && present == 0:
		return OverflowUnstaffed, nil
	default:
		return "", nil
	}
}

func orMost(limit *int) int {
	if limit == nil {
		return 0
	}
	return *limit
}
