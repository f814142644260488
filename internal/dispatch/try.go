package dispatch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/internal/condition"
	"seax/internal/conversation"
	"seax/internal/plan"
	"seax/internal/routing"
)

// Trial is a request as it could come.
type Trial struct {
	Queue, Channel, Language      string
	Priority                      int
	Skills                        map[string]int
	Attributes, ContactAttributes map[string]string
	// At is when it comes; zero: now.
	At time.Time
}

// TriedStep is what a step of a plan would do.
type TriedStep struct {
	// Skipped says why it would be passed over; "": it would not.
	Skipped string
	// Queue it asks in, and what it asks for.
	Queue    string
	Demand   plan.Demand
	Eligible []conversation.Person
	// Why are the reasons for the first of them.
	Why []routing.Reason
	// Others are the rest of those who are near: who would come later, then who could not take it, each with why.
	Others []routing.Other
}

// Tried is what a plan would do with a request.
type Tried struct {
	Rule     string
	Steps    []TriedStep
	Overflow plan.Target
}

// triedAgents is how many agents a trial lists for each step.
const triedAgents = 20

// Try says what a plan would do with a request if it came, as things are. Nothing is changed.
func (d *Desk) Try(ctx context.Context, compiled *plan.Compiled, t Trial) (Tried, error) {
	var result Tried
	err := d.log.Do(ctx, "try plan "+compiled.ID, func(ctx context.Context, tx *conversation.Tx) error {
		f := &trialFloor{ctx: ctx, w: &work{Tx: tx, desk: d}, trial: t, now: t.At}
		if f.now.IsZero() {
			f.now = tx.Now
		}
		agents, err := f.w.loadAgents(ctx, `where p.active order by p.name`)
		if err != nil {
			return err
		}
		facts, err := f.Facts("")
		if err != nil {
			return err
		}
		rule := compiled.Choose(facts)
		result = Tried{Rule: compiled.RuleName(rule), Overflow: compiled.OverflowOf(rule)}
		for i := range compiled.Steps(rule) {
			step, err := f.try(compiled, rule, i, agents)
			if err != nil {
				return err
			}
			result.Steps = append(result.Steps, step)
		}
		return nil
	})
	return result, err
}

// trialFloor answers a plan's questions for a request that is not there.
type trialFloor struct {
	ctx   context.Context //nolint:containedctx // it lives as long as the call it is made for
	w     *work
	trial Trial
	now   time.Time
}

func (f *trialFloor) queueOf(queue string) string {
	if queue == "" {
		return f.trial.Queue
	}
	return queue
}

// Facts implements plan.Floor.
func (f *trialFloor) Facts(queue string) (*condition.Facts, error) {
	var facts *condition.Facts
	err := f.w.Query(f.ctx, func(rows pgx.Rows) (err error) {
		for rows.Next() {
			if facts, err = scanFacts(rows, f.now, func(*condition.Facts) []any { return nil }); err != nil {
				return err
			}
		}
		return rows.Err()
	}, `select `+queueFacts+` from queues q cross join (select 20 as cost, $3::text as kind) ch`+queuePeople+` where q.id = $2`,
		f.w.Now, f.queueOf(queue), f.trial.Channel)
	if err != nil {
		return nil, fmt.Errorf("read queue %s: %w", f.queueOf(queue), err)
	}
	if facts == nil {
		return nil, fmt.Errorf("%w: there is no queue %q", ErrUnknown, f.queueOf(queue))
	}
	t := f.trial
	facts.Request = &condition.Request{
		Queue: t.Queue, Channel: t.Channel, ChannelID: t.Channel, Language: t.Language, Priority: t.Priority, Skills: t.Skills, Attributes: t.Attributes, Since: f.now,
	}
	facts.Contact = &condition.Contact{Locale: t.Language, Attributes: t.ContactAttributes}
	return facts, nil
}

// Reachable implements plan.Floor. Whom the customer had last is not known of a customer who is not there.
func (f *trialFloor) Reachable(known string) (bool, error) {
	if known == plan.KnownLast {
		return false, nil
	}
	id, err := f.w.named(f.ctx, &conversation.Conversation{Attributes: f.trial.Attributes}, known)
	return id != uuid.Nil, err
}

// Refuses implements plan.Floor.
func (f *trialFloor) Refuses(queue string) (string, error) {
	q, err := f.w.queue(f.ctx, f.queueOf(queue))
	if err != nil {
		return "", err
	}
	return f.w.refuses(f.ctx, q, f.now)
}

func (f *trialFloor) try(compiled *plan.Compiled, rule, i int, agents []routing.Agent) (TriedStep, error) {
	t := f.trial
	d := compiled.Demand(rule, i, plan.Demand{Skills: t.Skills, Priority: t.Priority})
	step := TriedStep{Queue: f.queueOf(d.Queue), Demand: d}
	entered, skipped, err := compiled.Enter(rule, i, f)
	if err != nil {
		return step, err
	}
	if entered != i {
		step.Skipped = skipped[0].Reason
	}
	facts, err := f.Facts(d.Queue)
	if err != nil {
		return step, err
	}
	r := routing.Request{
		ID: uuid.Max, Queue: step.Queue, Anyone: d.Anyone, ChannelKind: t.Channel, Cost: 20, Skills: d.Skills, Preferred: d.Preferred, Order: d.Order, Width: triedAgents,
	}
	if d.Condition != nil {
		r.Condition = &bound{Condition: d.Condition, facts: *facts}
	}
	if d.Known != "" {
		if r.Known, err = f.w.named(f.ctx, &conversation.Conversation{Attributes: t.Attributes}, d.Known); err != nil {
			return step, err
		}
		r.KnownReachable, r.KnownUntil = r.Known != uuid.Nil, f.w.Now.Add(time.Hour)
		if r.Known == uuid.Nil {
			return step, nil
		}
	}
	names := make(map[uuid.UUID]string, len(agents))
	for _, a := range agents {
		names[a.ID] = a.Name
	}
	for n, decision := range routing.Plan(routing.Snapshot{Agents: agents, Requests: []routing.Request{r}}, f.w.Now) {
		step.Eligible = append(step.Eligible, conversation.Person{ID: decision.Agent, Name: names[decision.Agent]})
		if n == 0 {
			step.Why = decision.Why
		}
	}
	var first uuid.UUID
	if len(step.Eligible) > 0 {
		first = step.Eligible[0].ID
	}
	// Who serves no queue is no news where only members are asked.
	near := slices.DeleteFunc(slices.Clone(agents), func(a routing.Agent) bool { return len(a.Queues) == 0 && !d.Anyone && a.ID != first })
	step.Others = routing.Others(near, r, first, triedAgents, f.w.Now)
	return step, nil
}
