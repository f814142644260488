package dispatch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/internal/conversation"
	"seax/internal/hours"
	"seax/internal/routing"
)

// Place is where a waiting conversation stands.
type Place struct {
	// Position counts from 1; 0: it does not wait.
	Position int
	// Estimate is the expected wait; 0: unknown.
	Estimate time.Duration
}

// Place returns a waiting conversation's position in its queue and the estimated wait: its position times the queue's pace, which is the
// mean time between its last accepts (20 within an hour), or the time since the last one if that is longer.
func (d *Desk) Place(ctx context.Context, id uuid.UUID) (Place, error) {
	var p Place
	var interval *float64
	err := d.pool().QueryRow(ctx, `select
			(select count(*) from requests o where o.queue_id = r.queue_id and o.state in ('waiting', 'offered') and (o.rank, o.id) <= (r.rank, r.id)),
			queue_pace(r.queue_id, now())
		from requests r where r.conversation_id = $1 and r.state in ('waiting', 'offered') order by r.enqueued_at desc limit 1`, id).Scan(&p.Position, &interval)
	if errors.Is(err, pgx.ErrNoRows) {
		return Place{}, nil
	}
	if err != nil {
		return Place{}, fmt.Errorf("find place of conversation %s: %w", id, err)
	}
	if interval != nil {
		p.Estimate = time.Duration(float64(p.Position) * *interval * float64(time.Second))
	}
	return p, nil
}

// AgentView is one agent as routing sees them for a request.
type AgentView struct {
	Agent     conversation.Person
	Obstacles []routing.Reason
}

// Explanation says what a conversation waits for, or how it came to who has it.
type Explanation struct {
	Conversation conversation.Conversation
	Place        Place
	// Request is nil when nothing waits.
	Request *RequestView
	Agents  []AgentView
	History
	// Summary is in English words.
	Summary string
}

// RequestView is the waiting request.
type RequestView struct {
	Queue        string
	Priority     int
	Skills       map[string]int
	WaitingSince time.Time
	// Plan is nil without one.
	Plan *PlanView
	// Anyone: agents of every queue are asked. Condition is what they must meet besides.
	Anyone    bool
	Condition string
	// Paused: its queue offers nothing for now.
	Paused bool
	// Known is who is asked alone, until KnownUntil; nil: nobody.
	Known      *conversation.Person
	KnownUntil time.Time
}

// PlanView is where a request is in its plan.
type PlanView struct {
	ID, Rule string
	// Step counts from 0; Steps is how many its rule has, 0 if the rule is gone.
	Step, Steps int
	Since       time.Time
	// Until is when the next step has its turn; nil: never.
	Until *time.Time
}

// Explain says why nobody has a waiting conversation yet, per agent, and what happened so far.
func (d *Desk) Explain(ctx context.Context, id uuid.UUID) (Explanation, error) {
	var x Explanation
	err := d.log.Do(ctx, fmt.Sprintf("explain conversation %s", id), func(ctx context.Context, tx *conversation.Tx) error {
		w := &work{Tx: tx, desk: d}
		c, err := tx.Lock(ctx, id)
		if err != nil {
			return err
		}
		x = Explanation{Conversation: *c}
		if x.History, err = w.history(ctx, id); err != nil {
			return err
		}
		waiting, err := w.waiting(ctx, `where r.conversation_id = $1 and r.state in ('waiting', 'offered') order by r.enqueued_at desc limit 1`, id)
		if err != nil || len(waiting) == 0 {
			return err
		}
		agents, err := w.loadAgents(ctx, `where p.active and (p.role = 'agent' or exists (select from agent_queues m where m.agent_id = a.id)) order by p.name`)
		if err != nil {
			return err
		}
		for _, a := range agents {
			x.Agents = append(x.Agents, AgentView{Agent: conversation.Person{ID: a.ID, Name: a.Name}, Obstacles: routing.Obstacles(a, waiting[0].Request, tx.Now)})
		}
		x.Request, err = w.viewOf(ctx, waiting[0])
		return err
	})
	if err != nil {
		return x, err
	}
	if x.Request != nil {
		if x.Place, err = d.Place(ctx, id); err != nil {
			return x, err
		}
	}
	x.Summary = x.summarize()
	return x, nil
}

// viewOf describes a waiting request.
func (w *work) viewOf(ctx context.Context, waiting waitingRequest) (*RequestView, error) {
	r, err := w.request(ctx, waiting.ID)
	if err != nil {
		return nil, err
	}
	v := &RequestView{
		Queue: r.QueueID, Priority: r.Priority, Skills: r.Skills, WaitingSince: r.VirtualStart,
		Anyone: r.Anyone, Condition: r.AgentsWhen, Paused: waiting.Paused,
	}
	if waiting.KnownReachable && w.Now.Before(waiting.KnownUntil) {
		known, err := w.person(ctx, waiting.Known)
		if err != nil {
			return nil, err
		}
		v.Known, v.KnownUntil = &known, waiting.KnownUntil
	}
	if r.PlanID == nil {
		return v, nil
	}
	v.Plan = &PlanView{ID: *r.PlanID, Rule: r.Rule, Step: r.Step, Since: r.StepSince, Until: r.StepUntil}
	on, err := w.wayOf(ctx, &r)
	if err == nil {
		v.Plan.Steps = on.Steps(on.rule)
	} else if !errors.Is(err, errPlanGone) {
		return nil, err
	}
	return v, nil
}

func (x Explanation) summarize() string {
	c := x.Conversation
	switch c.Phase {
	case conversation.InFlow:
		return "The flow " + c.Flow + " (bot or menu) talks with the customer; no person is needed so far."
	case conversation.Done:
		return "The conversation is closed."
	case conversation.OnHold:
		if c.ParkedUntil != nil {
			return "It is parked until " + c.ParkedUntil.UTC().Format(time.RFC3339) + " or the customer's next message."
		}
		return "It is parked until the customer's next message."
	case conversation.WithAgent, conversation.InWrapUp:
		if x.Request == nil {
			return x.whoHas()
		}
	case conversation.InOffer:
		return "It is offered to an agent, who has not answered yet."
	}
	if x.Request == nil {
		return "Nothing is waiting."
	}
	if x.Request.Paused {
		return fmt.Sprintf("Queue %s is paused; nothing is offered from it.", x.Request.Queue)
	}
	counts := map[string]int{}
	free := 0
	for _, a := range x.Agents {
		if len(a.Obstacles) == 0 {
			free++
			continue
		}
		counts[a.Obstacles[0].Code]++
	}
	if free > 0 {
		return fmt.Sprintf("%d agents could take it now; it should be offered at any moment.", free)
	}
	var why []string
	for _, code := range []struct{ code, words string }{
		{"lease", "not connected"}, {"presence", "in a presence without work"}, {"waiting_for_known", "after the agent who is asked first"},
		{"not_member", "not in the queue"}, {"delay", "asked only later"}, {"offered", "being asked"}, {"capacity", "at capacity"}, {"channel_limit", "at their channel limit"},
		{"skill", "without a needed skill"}, {"condition", "not as the plan demands"}, {"excluded", "had it already"},
	} {
		if n := counts[code.code]; n > 0 {
			why = append(why, fmt.Sprintf("%d %s", n, code.words))
		}
	}
	if len(why) == 0 {
		return fmt.Sprintf("It waits in queue %s, which has no agents.", x.Request.Queue)
	}
	return fmt.Sprintf("It waits in queue %s for an eligible agent: %s.", x.Request.Queue, strings.Join(why, ", "))
}

// whoHas says who owns the conversation and how they got it.
func (x Explanation) whoHas() string {
	if x.Owner == nil {
		return "An agent has it."
	}
	how, known := map[string]string{"auto_accepted": "it was accepted for them", "taken_over": "they took it over", "started": "they started it"}[x.Owner.How]
	if !known {
		how = "they accepted it"
	}
	return fmt.Sprintf("%s has it; %s at %s.", x.Owner.Agent.Name, how, x.Owner.At.UTC().Format(time.RFC3339))
}

// Hours says whether a queue is open now, and when it opens next.
type Hours struct {
	Open bool
	Next time.Time
	Zone string
}

// Hours reads a queue's schedule; ErrUnknown if there is no such queue.
func (d *Desk) Hours(ctx context.Context, queue string) (Hours, error) {
	var s hours.Schedule
	err := d.pool().QueryRow(ctx, `select time_zone, hours, holidays from queues where id = $1`, queue).Scan(&s.Zone, &s.Hours, &s.Holidays)
	if errors.Is(err, pgx.ErrNoRows) {
		return Hours{}, fmt.Errorf("%w: there is no queue %q", ErrUnknown, queue)
	}
	if err != nil {
		return Hours{}, fmt.Errorf("read hours of queue %s: %w", queue, err)
	}
	h := Hours{Zone: s.Zone}
	now := time.Now()
	if h.Open = s.Open(now); !h.Open {
		h.Next, _ = s.NextOpen(now)
	}
	return h, nil
}
