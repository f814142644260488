package flow

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"seax/internal/conversation"
)

// Request says what sort of person is needed.
type Request struct {
	// Queue; "" is the channel's own.
	Queue string `json:"queue"`
	// Plan says which way the search goes; "": the channel's own if no queue is named either, else none: it waits in the queue.
	Plan string `json:"plan,omitempty"`
	// Skills must be held at the level (1–100) or above.
	Skills map[string]int `json:"skills,omitempty"`
	// Preferred skills decide among those who hold the others.
	Preferred map[string]int `json:"preferred,omitempty"`
	// Priority 0–100 is a head start in the queue.
	Priority int `json:"priority,omitempty"`
	// Known is an agent to ask first; uuid.Nil: the one who last served this customer.
	Known uuid.UUID `json:"known,omitzero"`
	// Reason is for people who read the log.
	Reason string `json:"reason,omitempty"`
	// Quiet: do not tell the customer their position.
	Quiet bool `json:"quiet,omitempty"`
	// Since is the place in line to come back with, from an earlier RouteResult; zero: now.
	Since time.Time `json:"since,omitzero"`
	// Callback: the customer need not stay. Leaving does not end the search, and Greeting is said to them when it is their turn; "": a
	// text of ours.
	Callback bool   `json:"callback,omitempty"`
	Greeting string `json:"greeting,omitempty"`
	// OfferCallback lets the customer choose Callback when they are told their position.
	OfferCallback bool `json:"offer_callback,omitempty"`
	// Anyway: wait also where the queue is full, closed or unstaffed.
	Anyway bool `json:"anyway,omitempty"`
}

// RouteResult is how it went with people.
type RouteResult struct {
	// Resolved: an agent has had the conversation and wrapped it up.
	Resolved bool `json:"resolved"`
	// Outcome is the wrap-up code the agent chose, if they did.
	Outcome string `json:"outcome,omitempty"`
	// Agent names who served the customer last.
	Agent string `json:"agent,omitempty"`
	// Left: the customer left before anybody had answered.
	Left bool `json:"left,omitempty"`
	// Overflow, if not empty, says why nobody was found and the flow has the customer again: full, closed, unstaffed, draining
	// (the queue takes nothing more) or exhausted (the plan's steps have had their time). Since is the place in line to come
	// back with.
	Overflow string    `json:"overflow,omitempty"`
	Since    time.Time `json:"since,omitzero"`
}

// routeState is a Route under way.
type routeState struct {
	RouteResult
	RequestID uuid.UUID `json:"request_id"`
	Enqueued  bool      `json:"enqueued,omitempty"`
	Callback  bool      `json:"callback,omitempty"`
	// Greeting is what Callback says, if the customer may choose it.
	Greeting string `json:"greeting,omitempty"`
	// Tell: the customer is told their position while they wait. It is looked at next at TellAt, and then after Look.
	Tell   bool          `json:"tell,omitempty"`
	TellAt time.Time     `json:"tell_at,omitzero"`
	Look   time.Duration `json:"look,omitempty"`
	// Told is the position told last, Again when to tell it although it is the same; Pause is how long that is.
	Told  int           `json:"told,omitempty"`
	Again time.Time     `json:"again,omitzero"`
	Pause time.Duration `json:"pause,omitempty"`
}

// When a waiting customer is told their position: first after a moment, then when it has changed, and at growing intervals
// anyway. The longer the wait, the less often is it looked at: a night in a queue should not fill the history.
const (
	tellFirst = 10 * time.Second
	lookEvery = 30 * time.Second
	lookMost  = 5 * time.Minute
	tellAgain = 3 * time.Minute
	tellMost  = 30 * time.Minute
)

// Route finds a person for the customer and returns when that person has wrapped up. Offers, timeouts, re-offers, transfers,
// parking and agents who vanish are dealt with meanwhile. A customer who leaves before anybody has answered ends it with Left
// and no error; a person who hands the customer to another flow ends it with an error that the flow must return.
func (c *Conversation) Route(ctx workflow.Context, request Request) (RouteResult, error) {
	if request.Queue == "" {
		request.Queue = c.facts.Queue
		if request.Plan == "" {
			request.Plan = c.facts.Plan
		}
	}
	var s routeState
	e, done, err := c.begin("route", request.Queue, &s)
	if err != nil || done {
		return s.RouteResult, err
	}
	if request.Greeting == "" && (request.Callback || request.OfferCallback) {
		request.Greeting = c.Text(textYourTurn)
	}
	if !s.Enqueued {
		if err := c.interrupted(); err != nil {
			return s.RouteResult, err
		}
		s.RequestID = c.idOf(fmt.Sprintf("route/%d/%d", c.state.Round, c.step))
		if err := c.enqueue(ctx, s.RequestID, request); err != nil {
			return s.RouteResult, err
		}
		s.Enqueued, s.Callback = true, request.Callback
		if request.OfferCallback {
			s.Greeting = request.Greeting
		}
		s.Tell = !request.Quiet && !request.Callback
	}
	result, err := c.withPerson(ctx, &s)
	if err == nil {
		s.RouteResult, e.Done = result, true
	}
	return result, err
}

func (c *Conversation) enqueue(ctx workflow.Context, id uuid.UUID, request Request) error {
	if !request.Callback {
		request.Greeting = ""
	}
	input := EnqueueInput{ConversationID: c.id, RequestID: id, Request: request}
	options := c.local
	options.Summary = "Find a person: queue " + request.Queue
	policy := *options.RetryPolicy
	policy.NonRetryableErrorTypes = []string{ErrorUnknown}
	options.RetryPolicy = &policy
	err := workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, options), ActivityEnqueue, input).Get(ctx, nil)
	var application *temporal.ApplicationError
	if errors.As(err, &application) && application.Type() == ErrorUnknown {
		return fmt.Errorf("route to queue %q: %w", request.Queue, err)
	}
	return err
}

// withPerson sees a conversation through while people have it, or are being found: it owns their deadlines.
func (c *Conversation) withPerson(ctx workflow.Context, s *routeState) (RouteResult, error) {
	d := &c.state.Desk
	for {
		switch {
		case d.Wrapped:
			d.Wrapped = false
			return RouteResult{Resolved: true, Outcome: d.Outcome, Agent: d.Served}, nil
		case d.GoTo != "":
			flow := d.GoTo
			d.GoTo = ""
			return RouteResult{}, c.Go(flow)
		case d.Overflow != "":
			result := RouteResult{Overflow: d.Overflow, Since: d.Since}
			d.Overflow, d.Since = "", time.Time{}
			return result, nil
		case c.state.Left && d.waiting() && !s.Callback:
			gone, err := c.abandon(ctx)
			if err != nil || gone {
				return RouteResult{Left: gone}, err
			}
			continue
		case d.CallMe && d.waiting():
			if err := c.callBack(ctx, s); err != nil {
				return RouteResult{}, err
			}
			continue
		case d.Wake && d.Phase == conversation.OnHold:
			d.Wake = false
			if err := c.call(ctx, "Customer wrote: resume", ActivityResume, ResumeInput{ConversationID: c.id, Reason: "customer"}, nil); err != nil {
				return RouteResult{}, err
			}
			continue
		}
		due := c.nextDue(ctx, s)
		seen := c.changes
		timedOut, err := c.wait(ctx, due.summary, due.at, func() bool { return c.changes != seen })
		if err != nil {
			return RouteResult{}, err
		}
		if timedOut {
			if err := due.act(); err != nil {
				return RouteResult{}, err
			}
		}
	}
}

// due is the next thing that time brings about.
type due struct {
	at      time.Time
	summary string
	act     func() error
}

// nextDue finds the earliest deadline. What it does is decided in the database: a deadline that meets an answer in the same
// instant wins or loses there, once, and the log tells.
func (c *Conversation) nextDue(ctx workflow.Context, s *routeState) due {
	d := &c.state.Desk
	var next due
	consider := func(at time.Time, summary string, act func() error) {
		if !at.IsZero() && (next.at.IsZero() || at.Before(next.at)) {
			next = due{at, summary, act}
		}
	}
	for i := range d.Offers {
		o := &d.Offers[i]
		if o.Fired {
			continue
		}
		id := o.ID
		consider(o.Deadline, "Offered to "+o.Agent, func() error {
			for i := range d.Offers {
				d.Offers[i].Fired = d.Offers[i].Fired || d.Offers[i].ID == id
			}
			return c.call(ctx, o.Agent+" did not answer", ActivityTimeout, id, nil)
		})
	}
	if d.waiting() {
		consider(d.StepUntil, "Widen the search", func() error {
			d.StepUntil = time.Time{}
			return c.call(ctx, "The plan's next step", ActivityStep, c.id, nil)
		})
	}
	for _, at := range d.RematchAt {
		consider(at, "Look for an agent again", func() error {
			d.RematchAt = slices.DeleteFunc(d.RematchAt, func(t time.Time) bool { return !t.After(at) })
			return c.call(ctx, "Look for an agent again", ActivityRematch, c.id, nil)
		})
	}
	consider(d.ReplyBy, "First reply of "+d.Agent, func() error {
		d.ReplyBy = time.Time{}
		return c.call(ctx, d.Agent+" accepted and said nothing", ActivityReplyDue, c.id, nil)
	})
	consider(d.WrapUpEnd, "Wrap-up", func() error {
		due := CompleteInput{ConversationID: c.id, Deadline: d.WrapUpEnd}
		d.WrapUpEnd = time.Time{}
		return c.call(ctx, "Wrap-up time is over", ActivityComplete, due, nil)
	})
	consider(d.ParkedFor, "Parked", func() error {
		d.ParkedFor = time.Time{}
		return c.call(ctx, "Parking time is over", ActivityResume, ResumeInput{ConversationID: c.id, Reason: "time"}, nil)
	})
	consider(d.ReturnAt, d.Agent+" is gone", func() error {
		d.ReturnAt = time.Time{}
		return c.call(ctx, d.Agent+" stayed away", ActivityReturn, ReturnInput{ConversationID: c.id, AgentID: d.LostAgent}, nil)
	})
	switch {
	case !d.waiting():
		s.TellAt, s.Look = time.Time{}, 0
	case s.Tell:
		if s.TellAt.IsZero() {
			s.TellAt = workflow.Now(ctx).Add(tellFirst)
		}
		summary := "Waiting in " + d.Queue
		if len(d.Offers) > 0 {
			summary = "Offered to " + d.asked()
		}
		consider(s.TellAt, summary, func() error { return c.tellPosition(ctx, s) })
	}
	return next
}

// tellPosition tells a waiting customer their place and the estimated wait, if that is news.
func (c *Conversation) tellPosition(ctx workflow.Context, s *routeState) error {
	now := workflow.Now(ctx)
	s.Look = min(max(s.Look*3/2, lookEvery), lookMost)
	s.TellAt = now.Add(s.Look)
	var place PositionResult
	if err := c.call(ctx, "Place in the queue", ActivityPosition, c.id, &place); err != nil {
		return err
	}
	if place.Position == 0 || (place.Position == s.Told && now.Before(s.Again)) {
		return nil
	}
	if place.Position != s.Told {
		s.Pause = 0
	}
	s.Pause = min(max(2*s.Pause, tellAgain), tellMost)
	s.Told, s.Again = place.Position, now.Add(s.Pause)
	message := conversation.Message{Text: c.positionText(place), Code: "position"}
	if s.Greeting != "" && c.state.Desk.CallbackLabel == "" {
		c.state.Desk.CallbackLabel = c.Text(CallbackOption)
		message.Options = []conversation.Option{{ID: callbackChoice, Label: c.state.Desk.CallbackLabel}}
	}
	_, err := c.append(ctx, conversation.SystemMessage, conversation.System, message, c.state.Desk.Epoch)
	return err
}

func (c *Conversation) positionText(place PositionResult) string {
	text := fmt.Sprintf(c.Text(textPosition), place.Position)
	if place.Position == 1 {
		text = c.Text(textPositionFirst)
	}
	if place.Estimate > 0 {
		minutes := int(math.Ceil(place.Estimate.Minutes()))
		if minutes <= 1 {
			return text + " " + c.Text(textWaitShort)
		}
		return text + " " + fmt.Sprintf(c.Text(textWait), minutes)
	}
	return text
}

// callbackChoice is the option by which a waiting customer asks to be told when it is their turn.
const callbackChoice = "callback"

// callBack lets a waiting customer go: they keep their place and are told when it is their turn.
func (c *Conversation) callBack(ctx workflow.Context, s *routeState) error {
	c.state.Desk.CallMe = false
	var waits bool
	if err := c.call(ctx, "The customer will be told", ActivityCallback, CallbackInput{ConversationID: c.id, Greeting: s.Greeting}, &waits); err != nil || !waits {
		return err
	}
	s.Callback, s.Tell, s.Greeting = true, false, ""
	_, err := c.append(ctx, conversation.SystemMessage, conversation.System, conversation.Message{Text: c.Text(CallbackTaken), Code: "callback"}, c.state.Desk.Epoch)
	return err
}

// abandon ends the search because the customer has left, and reports whether it did. A person who took the conversation in the
// same instant keeps it; then that is on its way to us.
func (c *Conversation) abandon(ctx workflow.Context) (bool, error) {
	var free bool
	if err := c.call(ctx, "The customer left", ActivityAbandon, AbandonInput{ConversationID: c.id, Reason: "customer_left"}, &free); err != nil {
		return false, err
	}
	if free {
		c.state.Desk = desk{Phase: conversation.InFlow, Epoch: c.state.Desk.Epoch + 1}
		c.describe(ctx)
		return true, nil
	}
	seen := c.changes
	_, err := c.wait(ctx, "", time.Time{}, func() bool { return c.changes != seen })
	return false, err
}
