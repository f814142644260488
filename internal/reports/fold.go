package reports

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"seax/internal/conversation"
)

// progress is what of a conversation is under way: what later events will be measured against.
type progress struct {
	// Wait is the customer's waiting for an agent; nil: they are not.
	Wait *wait `json:"wait,omitempty"`
	// Offers are those nobody has answered yet.
	Offers map[uuid.UUID]offer `json:"offers,omitempty"`
	// Hold is an agent's having the conversation; nil: nobody has it.
	Hold *hold `json:"hold,omitempty"`
	// Agent had it last, from Queue: a rating is theirs.
	Agent uuid.UUID `json:"agent,omitzero"`
	Queue string    `json:"queue,omitempty"`
}

type wait struct {
	Since time.Time `json:"since"`
	Queue string    `json:"queue"`
	// Within is in how many seconds the customer should have an agent.
	Within  int  `json:"within"`
	Offered bool `json:"offered,omitempty"`
}

func (w *wait) inTime(took time.Duration) bool { return took <= time.Duration(w.Within)*time.Second }

type offer struct {
	Agent uuid.UUID `json:"agent"`
	Queue string    `json:"queue"`
	At    time.Time `json:"at"`
}

type hold struct {
	Agent uuid.UUID `json:"agent"`
	Queue string    `json:"queue"`
	Since time.Time `json:"since"`
	// Waited is since when the customer waits for the agent's first word; nil: it is said, or they had not waited.
	Waited *time.Time `json:"waited,omitempty"`
	// Wrapping is when the talk was over.
	Wrapping *time.Time `json:"wrapping,omitempty"`
}

// defaultWithin is for waits from before the log said what their queue demanded, in seconds.
const defaultWithin = 20

// folder adds the events of one conversation to a ledger, in their order.
type folder struct {
	*progress
	ledger  *ledger
	channel string
}

func (f *folder) at(when time.Time, agent uuid.UUID, queue string) place {
	return place{Agent: agent, At: when, Queue: queue, Channel: f.channel}
}

// between is how much time passed; clocks of several machines may make it look negative.
func between(from, to time.Time) time.Duration { return max(0, to.Sub(from)) }

// read decodes an event's body.
func read[T any](e conversation.Event) (T, error) {
	var body T
	if err := e.Decode(&body); err != nil {
		return body, fmt.Errorf("read event %d (%s) of conversation %s: %w", e.Seq, e.Kind, e.ConversationID, err)
	}
	return body, nil
}

// fold takes in one event. An error says that it could not be read; it counts for nothing then.
func (f *folder) fold(e conversation.Event) error {
	switch e.Kind {
	case conversation.ReservationCreated, conversation.ReservationAccepted, conversation.ReservationRejected, conversation.ReservationTimedOut,
		conversation.ReservationRescinded, conversation.ReservationCanceled:
		return f.offer(e)
	case conversation.Assigned, conversation.AgentMessage, conversation.Transferred, conversation.Parked, conversation.Wrapping, conversation.Wrapped, conversation.Rated:
		return f.handling(e)
	default:
		return f.waiting(e)
	}
}

// waiting follows the customer's place in a queue.
func (f *folder) waiting(e conversation.Event) error {
	switch e.Kind {
	case conversation.RoutingRequested:
		body, err := read[conversation.Requested](e)
		if err == nil {
			f.enter(e.At, body.Queue, body.AnswerWithin)
		}
		return err
	case conversation.Queued:
		body, err := read[conversation.QueuedBody](e)
		if err == nil {
			f.queued(e.At, body)
		}
		return err
	case conversation.RoutingStep:
		body, err := read[conversation.StepBody](e)
		if err == nil && f.Wait != nil {
			f.move(e.At, body.Queue, body.AnswerWithin)
		}
		return err
	case conversation.RoutingOverflowed:
		body, err := read[conversation.OverflowBody](e)
		if err == nil {
			f.overflow(e.At, body.Queue)
		}
		return err
	case conversation.RoutingAbandoned, conversation.Closed:
		f.abandon(e.At)
	}
	return nil
}

func (f *folder) enter(at time.Time, queue string, within int) {
	if within == 0 {
		within = defaultWithin
	}
	f.Wait = &wait{Since: at, Queue: queue, Within: within}
	f.ledger.count(f.at(at, everybody, queue), func(c *Counts) { c.Entered++ })
}

// move takes the wait to another queue: it goes on, with what that queue demands.
func (f *folder) move(at time.Time, queue string, within int) {
	if queue == f.Wait.Queue {
		return
	}
	was := *f.Wait
	f.ledger.count(f.at(at, everybody, was.Queue), func(c *Counts) { c.Moved++ })
	f.enter(at, queue, within)
	f.Wait.Since, f.Wait.Offered = was.Since, was.Offered
}

func (f *folder) queued(at time.Time, body conversation.QueuedBody) {
	if f.Hold != nil {
		if body.Reason == "agent_lost" || body.Reason == "no_reply" {
			f.ledger.count(f.at(at, f.Hold.Agent, f.Hold.Queue), func(c *Counts) { c.Returned++ })
		}
		if body.Reason == "no_reply" {
			// They have not handled it.
			f.Hold = nil
		}
		f.letGo(at)
	}
	if f.Wait != nil {
		f.move(at, body.Queue, body.AnswerWithin)
		return
	}
	f.enter(at, body.Queue, body.AnswerWithin)
}

func (f *folder) overflow(at time.Time, queue string) {
	if f.Wait == nil {
		f.ledger.count(f.at(at, everybody, queue), func(c *Counts) { c.Refused++ })
		return
	}
	f.ledger.count(f.at(at, everybody, f.Wait.Queue), func(c *Counts) { c.Overflowed++ })
	f.Wait = nil
}

func (f *folder) abandon(at time.Time) {
	if f.Wait == nil {
		return
	}
	took := between(f.Wait.Since, at)
	f.ledger.count(f.at(at, everybody, f.Wait.Queue), func(c *Counts) {
		c.Abandoned++
		c.AbandonMs += took.Milliseconds()
		if f.Wait.inTime(took) {
			c.AbandonedEarly++
		}
	})
	f.Wait = nil
}

// offer follows what agents are asked and how they answer.
func (f *folder) offer(e conversation.Event) error {
	if e.Kind == conversation.ReservationCreated {
		body, err := read[conversation.Reserved](e)
		if err == nil {
			f.offered(e.At, body)
		}
		return err
	}
	body, err := read[conversation.ReservationEnd](e)
	if err != nil {
		return err
	}
	made, known := f.Offers[body.ReservationID]
	if !known {
		return nil
	}
	delete(f.Offers, body.ReservationID)
	at := f.at(e.At, made.Agent, made.Queue)
	switch e.Kind {
	case conversation.ReservationAccepted:
		f.Agent, f.Queue = made.Agent, made.Queue
		f.ledger.count(at, func(c *Counts) {
			c.Accepted++
			c.ToAcceptMs += between(made.At, e.At).Milliseconds()
		})
	case conversation.ReservationRejected:
		f.ledger.count(at, func(c *Counts) { c.Rejected++ })
		f.ledger.rejection(at, body.Reason)
	case conversation.ReservationTimedOut:
		f.ledger.count(at, func(c *Counts) { c.Missed++ })
	default:
		f.ledger.count(at, func(c *Counts) { c.Withdrawn++ })
	}
	return nil
}

func (f *folder) offered(at time.Time, body conversation.Reserved) {
	if f.Offers == nil {
		f.Offers = map[uuid.UUID]offer{}
	}
	f.Offers[body.ReservationID] = offer{Agent: body.Agent.ID, Queue: body.Queue, At: at}
	f.ledger.count(f.at(at, body.Agent.ID, body.Queue), func(c *Counts) { c.Offered++ })
	if f.Wait == nil || f.Wait.Offered {
		return
	}
	f.Wait.Offered = true
	f.ledger.count(f.at(at, everybody, f.Wait.Queue), func(c *Counts) {
		c.FirstOffers++
		c.ToOfferMs += between(f.Wait.Since, at).Milliseconds()
	})
}

// handling follows who has the conversation and what they do with it.
func (f *folder) handling(e conversation.Event) error {
	switch e.Kind {
	case conversation.Assigned:
		body, err := read[conversation.AssignedBody](e)
		if err == nil {
			f.assigned(e.At, body)
		}
		return err
	case conversation.Rated:
		body, err := read[conversation.Rating](e)
		if err == nil && body.Of > 0 {
			f.ledger.count(f.at(e.At, f.Agent, f.Queue), func(c *Counts) {
				c.Rated++
				c.Rating += int64(1000 * body.Score / body.Of)
			})
		}
		return err
	case conversation.Transferred:
		body, err := read[conversation.TransferBody](e)
		if err == nil && f.Hold != nil {
			f.transferred(e.At, body)
		}
		return err
	}
	if f.Hold == nil {
		return nil
	}
	at := f.at(e.At, f.Hold.Agent, f.Hold.Queue)
	switch e.Kind {
	case conversation.AgentMessage:
		if f.Hold.Waited == nil || e.Actor.ID != f.Hold.Agent.String() {
			return nil
		}
		took := between(*f.Hold.Waited, e.At)
		f.Hold.Waited = nil
		f.ledger.count(at, func(c *Counts) {
			c.FirstReplies++
			c.FirstReplyMs += took.Milliseconds()
		})
	case conversation.Parked:
		f.ledger.count(at, func(c *Counts) { c.Parked++ })
		f.letGo(e.At)
	case conversation.Wrapping:
		// A second one only prolongs it.
		if f.Hold.Wrapping == nil {
			f.Hold.Wrapping = &e.At
		}
	case conversation.Wrapped:
		if since := f.Hold.Wrapping; since != nil {
			f.ledger.count(at, func(c *Counts) {
				c.Wrapped++
				c.WrapupMs += between(*since, e.At).Milliseconds()
			})
		}
		f.letGo(e.At)
	}
	return nil
}

func (f *folder) assigned(at time.Time, body conversation.AssignedBody) {
	f.letGo(at)
	queue := body.Queue
	if queue == "" {
		queue = f.Queue
	}
	f.Agent, f.Queue = body.Agent.ID, queue
	f.Hold = &hold{Agent: body.Agent.ID, Queue: queue, Since: at}
	if f.Wait == nil {
		return
	}
	took := between(f.Wait.Since, at)
	answered := f.at(at, body.Agent.ID, f.Wait.Queue)
	f.ledger.count(answered, func(c *Counts) {
		c.Answered++
		c.AnswerMs += took.Milliseconds()
		if f.Wait.inTime(took) {
			c.AnsweredInTime++
		}
	})
	f.ledger.answer(answered, took)
	f.Hold.Waited = &f.Wait.Since
	f.Wait = nil
}

func (f *folder) transferred(at time.Time, body conversation.TransferBody) {
	if body.State != "completed" && !body.LetGo {
		return
	}
	f.ledger.count(f.at(at, f.Hold.Agent, f.Hold.Queue), func(c *Counts) { c.Transfers++ })
	f.letGo(at)
}

// letGo ends an agent's part.
func (f *folder) letGo(at time.Time) {
	if f.Hold == nil {
		return
	}
	f.ledger.count(f.at(at, f.Hold.Agent, f.Hold.Queue), func(c *Counts) {
		c.Handled++
		c.HandleMs += between(f.Hold.Since, at).Milliseconds()
	})
	f.Hold = nil
}
