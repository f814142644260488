package dispatch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/internal/conversation"
	"seax/internal/plan"
)

// Stop is where a request was on its way: in a step of its plan, or without a plan in a queue.
type Stop struct {
	At time.Time
	// Reason why it went there: requested, timeout, plan_changed, postponed; or why it waits again, as QueuedBody has it.
	Reason string
	Queue  string
	// Plan and Rule are "" without a plan; Step counts from 0.
	Plan, Rule string
	Step       int
	// Skipped are the steps that were passed over on the way.
	Skipped []plan.Skip
	// Until is when the next step has its turn; nil: never.
	Until *time.Time
}

// PastOffer is an offer as it was made, and what became of it.
type PastOffer struct {
	Agent        conversation.Person
	Queue        string
	At, Deadline time.Time
	// State is pending, accepted, rejected, timed_out, rescinded or canceled; EndedAt is nil while pending.
	State, Reason, TakenBy string
	EndedAt                *time.Time
	Why                    []conversation.Why
	Others                 []conversation.Other
	// Plan, Rule and Step are where the request was; Plan is "" without one.
	Plan, Rule string
	Step       int
}

// Owner says who has a conversation, or had it last, and how they got it: accepted, auto_accepted, taken_over, started.
type Owner struct {
	Agent conversation.Person
	At    time.Time
	How   string
}

// History is what the log says of a conversation's routing.
type History struct {
	// Way is that of the newest request, up to where it is now.
	Way []Stop
	// Offers are the newest ones, in order.
	Offers []PastOffer
	// Owner is nil when nobody has had it.
	Owner *Owner
}

const (
	// maxHistory is how many of the newest events are looked at, maxOffers and maxStops how much of what they say is told.
	maxHistory = 400
	maxOffers  = 20
	maxStops   = 50
)

// history reads what the log says of a conversation's routing.
func (w *work) history(ctx context.Context, id uuid.UUID) (History, error) {
	var events []conversation.Event
	err := w.Query(ctx, func(rows pgx.Rows) (err error) {
		events, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (conversation.Event, error) {
			var e conversation.Event
			err := row.Scan(&e.Kind, &e.Body, &e.At)
			return e, err
		})
		return err
	}, `select kind, body, at from conversation_events where conversation_id = $1 and (kind like 'reservation.%' or kind = any($2)) order by seq desc limit $3`, id,
		[]conversation.Kind{conversation.RoutingRequested, conversation.RoutingStep, conversation.Queued, conversation.Assigned}, maxHistory)
	if err != nil {
		return History{}, fmt.Errorf("read routing of conversation %s: %w", id, err)
	}
	slices.Reverse(events)
	f := folding{offers: map[uuid.UUID]int{}, turns: map[uuid.UUID]conversation.Turn{}}
	for _, e := range events {
		if err := f.take(e); err != nil {
			return History{}, fmt.Errorf("read %s of conversation %s: %w", e.Kind, id, err)
		}
	}
	f.Way, f.Offers = f.Way[max(0, len(f.Way)-maxStops):], f.Offers[max(0, len(f.Offers)-maxOffers):]
	return f.History, nil
}

// folding is a History in the making.
type folding struct {
	History
	// offers are their places by reservation, turns where each request was last.
	offers map[uuid.UUID]int
	turns  map[uuid.UUID]conversation.Turn
}

func (f *folding) take(e conversation.Event) error {
	switch e.Kind {
	case conversation.RoutingRequested:
		var body conversation.Requested
		if err := e.Decode(&body); err != nil {
			return err
		}
		f.Way = nil
		f.stop(e.At, body.RequestID, "requested", body.Queue, body.Turn)
	case conversation.RoutingStep:
		var body conversation.StepBody
		if err := e.Decode(&body); err != nil {
			return err
		}
		f.stop(e.At, body.RequestID, body.Reason, body.Queue, body.Turn)
	case conversation.Queued:
		var body conversation.QueuedBody
		if err := e.Decode(&body); err != nil {
			return err
		}
		f.stop(e.At, body.RequestID, body.Reason, body.Queue, body.Turn)
	case conversation.Assigned:
		var body conversation.AssignedBody
		if err := e.Decode(&body); err != nil {
			return err
		}
		f.Owner = &Owner{Agent: body.Agent, At: e.At, How: body.How}
	case conversation.ReservationCreated:
		var body conversation.Reserved
		if err := e.Decode(&body); err != nil {
			return err
		}
		turn := f.turns[body.RequestID]
		f.offers[body.ReservationID] = len(f.Offers)
		f.Offers = append(f.Offers, PastOffer{
			Agent: body.Agent, Queue: body.Queue, At: e.At, Deadline: body.Deadline, State: "pending", Why: body.Why, Others: body.Others,
			Plan: turn.Plan, Rule: turn.Rule, Step: turn.Step,
		})
	default:
		return f.ended(e)
	}
	return nil
}

func (f *folding) stop(at time.Time, request uuid.UUID, reason, queue string, t conversation.Turn) {
	f.turns[request] = t
	s := Stop{At: at, Reason: reason, Queue: queue, Plan: t.Plan, Rule: t.Rule, Step: t.Step, Until: t.StepUntil}
	for _, text := range t.Skipped {
		var skip plan.Skip
		if _, err := fmt.Sscanf(text, "%d: %s", &skip.Step, &skip.Reason); err == nil {
			skip.Step--
			s.Skipped = append(s.Skipped, skip)
		}
	}
	f.Way = append(f.Way, s)
}

// ended notes how an offer was answered.
func (f *folding) ended(e conversation.Event) error {
	var body conversation.ReservationEnd
	if err := e.Decode(&body); err != nil {
		return err
	}
	if i, known := f.offers[body.ReservationID]; known {
		o := &f.Offers[i]
		o.State, o.Reason, o.TakenBy, o.EndedAt = string(e.Kind[len("reservation."):]), body.Reason, body.TakenBy, &e.At
	}
	return nil
}
