package flow

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"seax/internal/conversation"
	"seax/internal/sla"
)

// Input starts a conversation's workflow: by the relay with the id alone, by continue-as-new with the state.
type Input struct {
	ConversationID uuid.UUID `json:"conversation_id"`
	State          *State    `json:"state,omitempty"`
}

// State is what a conversation's workflow carries from one run to the next: ids, times and short answers, never the
// transcript. Fields added later must make sense as zero.
type State struct {
	// Cursor is the seq of the last input taken in.
	Cursor int64 `json:"cursor"`
	// Round counts how often the flow began; a message after its end begins it anew.
	Round int `json:"round"`
	// RoundFrom is the cursor at the round's beginning: what came later must not stay unread when the flow ends.
	RoundFrom int64 `json:"round_from"`
	// Journal remembers the flow's steps and their results, so that the flow's code can be run again from its beginning.
	Journal []*entry `json:"journal,omitempty"`
	// Inbox holds customer messages that no step has read yet.
	Inbox []Incoming `json:"inbox,omitempty"`
	// Outbound lists messages to be sent, by seq.
	Outbound []int64 `json:"outbound,omitempty"`
	// Errands are to be run beside the talk.
	Errands []errand `json:"errands,omitempty"`
	// Changes are of messages that were sent, by the seq of the request, to be made at the provider.
	Changes []int64 `json:"changes,omitempty"`
	// Desk is the routing side.
	Desk desk `json:"desk"`
	// Left: the customer has gone.
	Left bool `json:"left,omitempty"`
	// Language and Attributes as the flow has set them.
	Language   string            `json:"language,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	// Said numbers what the flow has said, for ids.
	Said int `json:"said"`
	// Fallback: the flow failed, a person has been asked for instead.
	Fallback bool `json:"fallback,omitempty"`
	// Rating is the one that was asked for last, once nobody waits for it; nil: there is none.
	Rating *rating `json:"rating,omitempty"`
	// SLA says when the clocks of service levels come to something next.
	SLA sla.Mark `json:"sla,omitzero"`
}

// Incoming is a customer's message as a flow sees it.
type Incoming struct {
	Seq     int64                `json:"seq"`
	Message conversation.Message `json:"message"`
}

// desk is what the workflow knows of routing: a fold of the events it has taken in.
type desk struct {
	Phase conversation.Phase `json:"phase"`
	Epoch int                `json:"epoch"`
	Queue string             `json:"queue,omitempty"`
	Agent string             `json:"agent,omitempty"`
	// Offers are unanswered, by reservation.
	Offers []offer `json:"offers,omitempty"`
	// StepUntil is when the plan's next step has its turn.
	StepUntil time.Time `json:"step_until,omitzero"`
	// RematchAt lists times at which somebody may have become eligible by the mere passing of time.
	RematchAt []time.Time `json:"rematch_at,omitempty"`
	WrapUpEnd time.Time   `json:"wrap_up_end,omitzero"`
	ParkedFor time.Time   `json:"parked_for,omitzero"`
	// ReplyBy is when the agent must have said something.
	ReplyBy   time.Time `json:"reply_by,omitzero"`
	ReturnAt  time.Time `json:"return_at,omitzero"`
	LostAgent uuid.UUID `json:"lost_agent,omitzero"`
	// Wake: the customer wrote while parked.
	Wake bool `json:"wake,omitempty"`
	// Outcome and Wrapped tell Route that the person's part is over.
	Outcome string `json:"outcome,omitempty"`
	Wrapped bool   `json:"wrapped,omitempty"`
	// CallbackLabel is the option to be told when it is their turn, once the customer was offered it; CallMe: they have chosen it.
	CallbackLabel string `json:"callback_label,omitempty"`
	CallMe        bool   `json:"call_me,omitempty"`
	// Overflow tells Route why nobody was found, and Since is the place in line to come back with.
	Overflow string    `json:"overflow,omitempty"`
	Since    time.Time `json:"since,omitzero"`
	// GoTo is the flow to which a person has handed the customer.
	GoTo string `json:"go_to,omitempty"`
	// Served names the agent who did it.
	Served string `json:"served,omitempty"`
}

type offer struct {
	ID       uuid.UUID `json:"id"`
	Agent    string    `json:"agent"`
	Deadline time.Time `json:"deadline"`
	// Fired: the deadline has been acted on; the log will say what came of it.
	Fired bool `json:"fired,omitempty"`
}

// entry is one step in the journal.
type entry struct {
	Kind string          `json:"k"`
	Key  string          `json:"n,omitempty"`
	Done bool            `json:"d,omitempty"`
	Data json.RawMessage `json:"v,omitempty"`
	live any
}

// MarshalJSON writes the step as it stands now.
func (e *entry) MarshalJSON() ([]byte, error) {
	type plain entry
	p := plain(*e)
	if e.live != nil {
		data, err := json.Marshal(e.live)
		if err != nil {
			return nil, err
		}
		p.Data = data
	}
	p.live = nil
	return json.Marshal(&p)
}

// person reports whether people have the conversation, or are being found, rather than the flow.
func (d *desk) person() bool { return d.Phase != conversation.InFlow && d.Phase != "" }

// owned reports whether a person has it.
func (d *desk) owned() bool {
	return d.Phase == conversation.WithAgent || d.Phase == conversation.InWrapUp || d.Phase == conversation.OnHold
}

// unread reports whether the customer wrote something during this round that no step has read.
func (s *State) unread() bool {
	return slices.ContainsFunc(s.Inbox, func(in Incoming) bool { return in.Seq > s.RoundFrom })
}

func (d *desk) waiting() bool {
	return d.Phase == conversation.InQueue || d.Phase == conversation.InOffer
}

// asked names those who have an offer.
func (d *desk) asked() string {
	names := make([]string, len(d.Offers))
	for i, o := range d.Offers {
		names[i] = o.Agent
	}
	return strings.Join(names, ", ")
}

func (d *desk) dropOffer(id uuid.UUID) {
	d.Offers = slices.DeleteFunc(d.Offers, func(o offer) bool { return o.ID == id })
	if len(d.Offers) == 0 && d.Phase == conversation.InOffer {
		d.Phase = conversation.InQueue
	}
}

func (d *desk) rematch(at *time.Time) {
	if at != nil && !slices.ContainsFunc(d.RematchAt, at.Equal) {
		d.RematchAt = append(d.RematchAt, *at)
	}
}

// turn notes when the plan goes on, and when else there is to look.
func (d *desk) turn(t conversation.Turn) {
	d.StepUntil = time.Time{}
	if t.StepUntil != nil {
		d.StepUntil = *t.StepUntil
	}
	for i := range t.LookAgain {
		d.rematch(&t.LookAgain[i])
	}
}

// take folds one input into the state. It reports an error only for bodies that cannot be read.
func (s *State) take(e conversation.Event) error {
	s.Cursor = e.Seq
	if e.SLA != nil {
		s.SLA = *e.SLA
	}
	d := &s.Desk
	switch e.Kind {
	case conversation.CustomerMessage:
		return s.takeMessage(e)
	case conversation.CustomerLeft:
		s.Left = true
	case conversation.AgentMessage:
		d.ReplyBy = time.Time{}
		s.deliver(e.Seq)
	case conversation.DeliveryRetried:
		var body conversation.DeliveryUpdate
		if err := e.Decode(&body); err != nil {
			return err
		}
		s.deliver(body.MessageSeq)
	case conversation.ChangeRequested:
		s.Changes = append(s.Changes, e.Seq)
	case conversation.RoutingRequested:
		var body conversation.Requested
		if err := e.Decode(&body); err != nil {
			return err
		}
		// What the customer said until now the agent will read; no step shall answer it.
		s.Inbox = nil
		d.Phase, d.Queue, d.Epoch, d.Wrapped, d.Overflow = conversation.InQueue, body.Queue, body.Epoch, false, ""
		d.rematch(body.KnownUntil)
		d.turn(body.Turn)
	case conversation.RoutingStep:
		var body conversation.StepBody
		if err := e.Decode(&body); err != nil {
			return err
		}
		d.Queue = body.Queue
		d.rematch(body.KnownUntil)
		d.turn(body.Turn)
	case conversation.RoutingOverflowed:
		var body conversation.OverflowBody
		if err := e.Decode(&body); err != nil {
			return err
		}
		*d = desk{Phase: conversation.InFlow, Epoch: body.Epoch, Overflow: body.Reason, Since: body.Since}
	case conversation.ReservationCreated:
		var body conversation.Reserved
		if err := e.Decode(&body); err != nil {
			return err
		}
		d.Offers = append(d.Offers, offer{ID: body.ReservationID, Agent: body.Agent.Name, Deadline: body.Deadline})
		if d.Phase == conversation.InQueue {
			d.Phase = conversation.InOffer
		}
	case conversation.ReservationAccepted, conversation.ReservationRejected, conversation.ReservationTimedOut,
		conversation.ReservationRescinded, conversation.ReservationCanceled:
		var body conversation.ReservationEnd
		if err := e.Decode(&body); err != nil {
			return err
		}
		d.dropOffer(body.ReservationID)
		d.rematch(body.RetryAt)
	default:
		return s.takeOwnership(e)
	}
	return nil
}

func (s *State) takeMessage(e conversation.Event) error {
	var message conversation.Message
	if err := e.Decode(&message); err != nil {
		return err
	}
	s.Left = false
	s.fetches(e.Seq, message)
	switch {
	case s.Desk.Phase == conversation.OnHold:
		s.Desk.Wake = true
	case s.Desk.waiting() && s.Desk.CallbackLabel != "" && chooses(message, callbackChoice, s.Desk.CallbackLabel):
		s.Desk.CallMe = true
	case !s.Desk.person() && !s.takeLateRating(message):
		s.Inbox = append(s.Inbox, Incoming{Seq: e.Seq, Message: message})
	}
	return nil
}

// chooses reports whether a message takes an option that was offered alone: by a tap, its number or its words.
func chooses(m conversation.Message, id, label string) bool {
	text := strings.TrimSpace(m.Text)
	return m.Choice == id || text == "1" || strings.EqualFold(text, label)
}

// takeOwnership folds the events that say who has the conversation.
func (s *State) takeOwnership(e conversation.Event) error {
	d := &s.Desk
	switch e.Kind {
	case conversation.Assigned:
		var body conversation.AssignedBody
		if err := e.Decode(&body); err != nil {
			return err
		}
		s.Inbox = nil
		*d = desk{Phase: conversation.WithAgent, Epoch: body.Epoch, Queue: d.Queue, Agent: body.Agent.Name, Served: body.Agent.Name}
		if body.ReplyBy != nil {
			d.ReplyBy = *body.ReplyBy
		}
		if body.Greeting > 0 {
			s.deliver(body.Greeting)
		}
	case conversation.Queued:
		var body conversation.QueuedBody
		if err := e.Decode(&body); err != nil {
			return err
		}
		*d = desk{Phase: conversation.InQueue, Epoch: body.Epoch, Queue: body.Queue, Offers: d.Offers, Served: d.Served}
		if len(d.Offers) > 0 {
			d.Phase = conversation.InOffer
		}
		d.rematch(body.KnownUntil)
		d.rematch(body.RetryAt)
		d.turn(body.Turn)
	case conversation.Transferred:
		var body conversation.TransferBody
		if err := e.Decode(&body); err != nil {
			return err
		}
		if body.ToFlow != "" {
			*d = desk{Phase: conversation.InFlow, Epoch: body.Epoch, GoTo: body.ToFlow}
			return nil
		}
		if body.State == "started" {
			d.ReplyBy = time.Time{}
			d.rematch(body.KnownUntil)
		}
	case conversation.Parked:
		var body conversation.ParkedBody
		if err := e.Decode(&body); err != nil {
			return err
		}
		*d = desk{Phase: conversation.OnHold, Epoch: body.Epoch, Queue: d.Queue, Agent: d.Agent, Served: d.Served}
		if body.Until != nil {
			d.ParkedFor = *body.Until
		}
	case conversation.Wrapping:
		var body conversation.WrappingBody
		if err := e.Decode(&body); err != nil {
			return err
		}
		d.Phase, d.WrapUpEnd, d.ReturnAt, d.ReplyBy = conversation.InWrapUp, body.Deadline, time.Time{}, time.Time{}
	case conversation.Wrapped:
		var body conversation.WrappedBody
		if err := e.Decode(&body); err != nil {
			return err
		}
		*d = desk{Phase: conversation.InFlow, Epoch: body.Epoch, Wrapped: true, Outcome: body.Outcome, Served: d.Served}
	case conversation.AgentLost:
		var body conversation.AgentGone
		if err := e.Decode(&body); err != nil {
			return err
		}
		if body.ReturnAt != nil {
			d.ReturnAt, d.LostAgent = *body.ReturnAt, body.Agent.ID
		}
	case conversation.AgentBack:
		d.ReturnAt, d.LostAgent = time.Time{}, uuid.Nil
	}
	return nil
}

// deliver puts a message in line to be sent, in the log's order.
func (s *State) deliver(seq int64) {
	i, there := slices.BinarySearch(s.Outbound, seq)
	if !there {
		s.Outbound = slices.Insert(s.Outbound, i, seq)
	}
}
