// Package conversation holds the event log of conversations: the one ordered record that is transcript, audit trail,
// realtime feed and the workflow's inbox at once. Whatever changes a conversation does it here, in one transaction that
// appends events under the conversation's row lock; what follows from it (signals, screens) is driven by what was committed.
package conversation

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"seax/internal/sla"
)

// Kind names what an event says. Kinds are dotted, past tense where something happened; those that are inputs for the
// workflow are signal names too.
type Kind string

// The kinds, each with the type of its body.
const (
	Opened          Kind = "conversation.opened" // OpenedBody
	CustomerMessage Kind = "customer.message"    // Message
	CustomerLeft    Kind = "customer.left"       // Reasoned
	AgentMessage    Kind = "agent.message"       // Message
	BotMessage      Kind = "bot.message"         // Message
	SystemMessage   Kind = "system.message"      // Message
	StaffMessage    Kind = "staff.message"       // Message, written to the customer elsewhere
	AutoMessage     Kind = "customer.automatic"  // Message, by a machine at the customer's end
	AgentNote       Kind = "agent.note"          // Note
	DeliveryUpdated Kind = "delivery.updated"    // DeliveryUpdate
	DeliveryRetried Kind = "delivery.retried"    // DeliveryUpdate
	MessageEdited   Kind = "message.edited"      // Edit
	MessageDeleted  Kind = "message.deleted"     // Deletion
	MessageReaction Kind = "message.reaction"    // Reaction
	ChangeRequested Kind = "change.requested"    // ChangeRequest
	ChangeFailed    Kind = "change.failed"       // ChangeFailure
	AttachmentDone  Kind = "attachment.updated"  // AttachmentUpdate
	FlowStep        Kind = "flow.step"           // Step

	RoutingRequested     Kind = "routing.requested"     // Requested
	RoutingStep          Kind = "routing.step"          // StepBody
	RoutingOverflowed    Kind = "routing.overflowed"    // OverflowBody
	RoutingAbandoned     Kind = "routing.abandoned"     // AbandonedBody
	ReservationCreated   Kind = "reservation.created"   // Reserved
	ReservationAccepted  Kind = "reservation.accepted"  // ReservationEnd
	ReservationRejected  Kind = "reservation.rejected"  // ReservationEnd
	ReservationTimedOut  Kind = "reservation.timed_out" // ReservationEnd
	ReservationRescinded Kind = "reservation.rescinded" // ReservationEnd
	ReservationCanceled  Kind = "reservation.canceled"  // ReservationEnd

	Assigned    Kind = "conversation.assigned"    // AssignedBody
	Queued      Kind = "conversation.queued"      // QueuedBody
	Transferred Kind = "conversation.transferred" // TransferBody
	Parked      Kind = "conversation.parked"      // ParkedBody
	Resumed     Kind = "conversation.resumed"     // Reasoned
	Wrapping    Kind = "conversation.wrapping"    // WrappingBody
	Wrapped     Kind = "conversation.wrapped"     // WrappedBody
	Closed      Kind = "conversation.closed"      // Reasoned
	Attention   Kind = "conversation.attention"   // Reasoned
	Rated       Kind = "conversation.rated"       // Rating
	Updated     Kind = "conversation.updated"     // Update
	// Reprioritised: by a supervisor.
	Reprioritised Kind = "conversation.reprioritised" // PriorityBody

	HelperJoined Kind = "helper.joined" // HelperBody
	HelperLeft   Kind = "helper.left"   // HelperBody

	AgentLost     Kind = "agent.lost"               // AgentGone
	AgentBack     Kind = "agent.back"               // AgentGone
	ContactLinked Kind = "contact.linked"           // Linked
	Readdressed   Kind = "conversation.readdressed" // Readdressing
	// Continued: on another channel.
	Continued Kind = "conversation.continued" // Continuation

	SLAWarned   Kind = "sla.warned"   // SLABody
	SLABreached Kind = "sla.breached" // SLABody
	SLAChanged  Kind = "sla.changed"  // SLAChangedBody
)

// inputKinds are the kinds for which Input holds.
var inputKinds = []Kind{
	CustomerMessage, CustomerLeft, AgentMessage, DeliveryRetried, ChangeRequested,
	RoutingRequested, RoutingStep, RoutingOverflowed, ReservationCreated, ReservationAccepted, ReservationRejected, ReservationTimedOut,
	ReservationRescinded, ReservationCanceled,
	Assigned, Queued, Transferred, Parked, Resumed, Wrapping, Wrapped, AgentLost, AgentBack,
	SLAChanged, Continued,
}

// Input reports whether events of this kind are inputs for the conversation's workflow: they are carried to it as
// signals, in order, and the conversation cannot close before it has taken them in.
func (k Kind) Input() bool { return slices.Contains(inputKinds, k) }

// InputKinds lists every kind for which Input holds, in a fixed order.
func InputKinds() []Kind { return slices.Clone(inputKinds) }

// countedKinds are the kinds for which Counted holds.
var countedKinds = []Kind{
	RoutingRequested, RoutingStep, RoutingOverflowed, RoutingAbandoned, ReservationCreated, ReservationAccepted, ReservationRejected, ReservationTimedOut,
	ReservationRescinded, ReservationCanceled, Assigned, Queued, Transferred, Parked, Wrapping, Wrapped, Closed, Rated, AgentMessage,
}

// Counted reports whether events of this kind make a difference to reports.
func (k Kind) Counted() bool { return slices.Contains(countedKinds, k) }

// CountedKinds lists every kind for which Counted holds, in a fixed order.
func CountedKinds() []Kind { return slices.Clone(countedKinds) }

// SentToCustomer reports whether events of this kind are messages that a channel delivers.
func (k Kind) SentToCustomer() bool {
	return k == AgentMessage || k == BotMessage || k == SystemMessage
}

// ActorKind says what sort of party did something.
type ActorKind string

// The kinds of actors.
const (
	ByCustomer ActorKind = "customer"
	ByAgent    ActorKind = "agent"
	ByBot      ActorKind = "bot"
	ByFlow     ActorKind = "flow"
	// ByStaff is somebody of the business who wrote elsewhere.
	ByStaff  ActorKind = "staff"
	BySystem ActorKind = "system"
)

// Actor is who caused an event. ID is a contact's or person's id where there is one; Name is as it was at that time.
type Actor struct {
	Kind ActorKind `json:"kind"`
	ID   string    `json:"id,omitempty"`
	Name string    `json:"name,omitempty"`
}

// System is the actor of what SeaX does by itself.
var System = Actor{Kind: BySystem}

// Event is one line of a conversation's log.
type Event struct {
	ConversationID uuid.UUID       `json:"conversation_id"`
	Seq            int64           `json:"seq"`
	ID             uuid.UUID       `json:"id"`
	Kind           Kind            `json:"kind"`
	Actor          Actor           `json:"actor"`
	Body           json.RawMessage `json:"body"`
	// PrevInput is the seq of the input before this one (0: none); nil when the event is no input.
	PrevInput  *int64     `json:"prev_input,omitempty"`
	At         time.Time  `json:"at"`
	ProviderAt *time.Time `json:"provider_at,omitempty"`
	// SLA is what the workflow is to know of the conversation's clocks from here on; nil: nothing new.
	SLA *sla.Mark `json:"sla,omitempty"`
}

// Decode reads the event's body into the type that belongs to its kind.
func (e Event) Decode(body any) error { return json.Unmarshal(e.Body, body) }

// ForWorkflow is the event as its workflow gets it: without what is kept only for people, so that histories stay small.
func (e Event) ForWorkflow() Event {
	if e.Kind == CustomerMessage {
		return e.withoutEmail()
	}
	if e.Kind != ReservationCreated {
		return e
	}
	var body Reserved
	if err := e.Decode(&body); err != nil || len(body.Others) == 0 {
		return e
	}
	body.Others = nil
	if smaller, err := json.Marshal(body); err == nil {
		e.Body = smaller
	}
	return e
}

// withoutEmail leaves out how an email looked and what it quoted.
func (e Event) withoutEmail() Event {
	if !bytes.Contains(e.Body, []byte(`"email"`)) {
		return e
	}
	var body Message
	if err := e.Decode(&body); err != nil || body.Email == nil {
		return e
	}
	body.Email.HTML, body.Email.Quoted = "", ""
	if smaller, err := json.Marshal(body); err == nil {
		e.Body = smaller
	}
	return e
}

// OpenedBody belongs to Opened.
type OpenedBody struct {
	Flow    string `json:"flow"`
	Channel string `json:"channel"`
}

// Reasoned is the body of events that say only why.
type Reasoned struct {
	Reason string `json:"reason,omitempty"`
}

// Note is what agents and supervisors write for each other. Whisper: a supervisor's, for the owner.
type Note struct {
	Text    string `json:"text"`
	Whisper bool   `json:"whisper,omitempty"`
}

// Readdressing says that the customer is reached elsewhere from now on.
type Readdressing struct {
	Address string `json:"address"`
}

// Continuation says that the customer goes on with the conversation on another channel.
type Continuation struct {
	Place
	// Local: the channel's messages are sent beside the workflow, not through its delivery queue.
	Local bool `json:"local,omitempty"`
	// From is where they wrote before.
	From Place `json:"from"`
}

// Place is where a customer writes.
type Place struct {
	ChannelID   string `json:"channel_id"`
	ChannelKind string `json:"channel_kind"`
	ChannelName string `json:"channel_name,omitempty"`
	Address     string `json:"address"`
}

// Step records what a flow did, for people who read the log.
type Step struct {
	Flow   string `json:"flow"`
	Step   string `json:"step"`
	Detail string `json:"detail,omitempty"`
}

// Person names an agent or supervisor.
type Person struct {
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name"`
}

// Requested says that the conversation waits for a person.
type Requested struct {
	RequestID uuid.UUID      `json:"request_id"`
	Queue     string         `json:"queue"`
	Skills    map[string]int `json:"skills,omitempty"`
	Preferred map[string]int `json:"preferred,omitempty"`
	Priority  int            `json:"priority,omitempty"`
	Reason    string         `json:"reason,omitempty"`
	Epoch     int            `json:"epoch"`
	// KnownUntil is until when only an agent who knows the customer is asked.
	KnownUntil *time.Time `json:"known_until,omitempty"`
	Turn
}

// Turn is where a request is in its plan.
type Turn struct {
	// Plan and Rule are by id and name; Step counts from 0.
	Plan string `json:"plan,omitempty"`
	Rule string `json:"rule,omitempty"`
	Step int    `json:"step,omitempty"`
	// Skipped names the steps that were passed over on the way, and why.
	Skipped []string `json:"skipped,omitempty"`
	// StepUntil is when the next step has its turn; nil: never.
	StepUntil *time.Time `json:"step_until,omitempty"`
	// LookAgain lists when somebody may become eligible by the mere passing of time.
	LookAgain []time.Time `json:"look_again,omitempty"`
	// AnswerWithin is in how many seconds the customer should have an agent, by the queue's settings at that time.
	AnswerWithin int `json:"answer_within_s,omitempty"`
}

// StepBody says that the search for an agent goes on in another way, with the rank kept.
type StepBody struct {
	RequestID uuid.UUID      `json:"request_id"`
	Queue     string         `json:"queue"`
	Skills    map[string]int `json:"skills,omitempty"`
	Priority  int            `json:"priority,omitempty"`
	// Reason: timeout, plan_changed, postponed.
	Reason     string     `json:"reason"`
	KnownUntil *time.Time `json:"known_until,omitempty"`
	Turn
}

// OverflowBody says that nobody was found and the flow has the conversation again.
type OverflowBody struct {
	RequestID uuid.UUID `json:"request_id"`
	// Queue is where it waited last, or should have.
	Queue string `json:"queue"`
	// Reason: full, closed, unstaffed, draining, exhausted.
	Reason string `json:"reason"`
	// Since is the place in line, for coming back with it.
	Since time.Time `json:"since"`
	Epoch int       `json:"epoch"`
}

// AbandonedBody says that the customer left while waiting.
type AbandonedBody struct {
	RequestID uuid.UUID `json:"request_id"`
	Queue     string    `json:"queue"`
	Reason    string    `json:"reason"`
}

// Why is one reason of a routing decision, in words and for programs.
type Why struct {
	Code   string            `json:"code"`
	Text   string            `json:"text"`
	Params map[string]string `json:"params,omitempty"`
}

// Reserved says that the conversation is offered to an agent until the deadline.
type Reserved struct {
	ReservationID uuid.UUID `json:"reservation_id"`
	RequestID     uuid.UUID `json:"request_id"`
	Agent         Person    `json:"agent"`
	Queue         string    `json:"queue"`
	Deadline      time.Time `json:"deadline"`
	Why           []Why     `json:"why,omitempty"`
	// Others are who else was looked at, the nearest first; at most MaxOthers. For people who ask why: workflows are not told.
	Others []Other `json:"others,omitempty"`
}

// MaxOthers is how many agents an offer remembers besides the one it is made to.
const MaxOthers = 10

// Other is an agent to whom an offer was not made.
type Other struct {
	Agent Person `json:"agent"`
	// Could: they could have taken it, and come after who was asked. Else they could not.
	Could bool  `json:"could,omitempty"`
	Why   []Why `json:"why,omitempty"`
}

// ReservationEnd says how an offer was answered.
type ReservationEnd struct {
	ReservationID uuid.UUID `json:"reservation_id"`
	Agent         Person    `json:"agent"`
	Reason        string    `json:"reason,omitempty"`
	// TakenBy names who accepted, of several who were asked at once.
	TakenBy string `json:"taken_by,omitempty"`
	// RetryAt is when the same agent may be asked again if nobody else is left (rejected, timed out).
	RetryAt *time.Time `json:"retry_at,omitempty"`
}

// AssignedBody says who owns the conversation from now on.
type AssignedBody struct {
	Agent         Person    `json:"agent"`
	ReservationID uuid.UUID `json:"reservation_id"`
	// Queue is the one it was offered or taken from.
	Queue string `json:"queue,omitempty"`
	// How: accepted, auto_accepted, taken_over, started (they wrote to the customer first), passed (by the owner before, to a helper).
	How string `json:"how"`
	// Reason is what a supervisor who took it over gave as theirs.
	Reason string `json:"reason,omitempty"`
	// ReplyBy is when the conversation goes back to its queue if the agent has not said anything.
	ReplyBy *time.Time `json:"reply_by,omitempty"`
	// Greeting is the seq of what was said to a customer who had asked to be told when it is their turn; 0: nothing was.
	Greeting int64 `json:"greeting,omitempty"`
	// Epoch counts changes of ownership; what was computed in an earlier one is void.
	Epoch int `json:"epoch"`
}

// QueuedBody says that the conversation waits (again), with its rank kept.
type QueuedBody struct {
	RequestID uuid.UUID `json:"request_id"`
	Queue     string    `json:"queue"`
	// Reason: let_go, agent_lost, no_reply, resumed, reassigned.
	Reason string `json:"reason"`
	// Note is what a supervisor who reassigned it gave as their reason.
	Note       string     `json:"note,omitempty"`
	Epoch      int        `json:"epoch"`
	KnownUntil *time.Time `json:"known_until,omitempty"`
	// RetryAt is when the agent it was taken from may be asked again if nobody else is left (no_reply).
	RetryAt *time.Time `json:"retry_at,omitempty"`
	Turn
}

// TransferBody says that the owner hands over, or (Warm) has somebody join. Exactly one of ToQueue, ToAgent and ToFlow is set.
type TransferBody struct {
	ToQueue string  `json:"to_queue,omitempty"`
	ToAgent *Person `json:"to_agent,omitempty"`
	// ToFlow is a flow that goes on with the conversation at once, from its beginning.
	ToFlow string `json:"to_flow,omitempty"`
	Note   string `json:"note,omitempty"`
	LetGo  bool   `json:"let_go,omitempty"`
	Warm   bool   `json:"warm,omitempty"`
	// State: started, completed, canceled.
	State      string     `json:"state"`
	KnownUntil *time.Time `json:"known_until,omitempty"`
	// Epoch belongs to ToFlow, which changes the ownership.
	Epoch int `json:"epoch,omitempty"`
}

// HelperBody says that somebody talks along with the owner from now on, or no more.
type HelperBody struct {
	Agent         Person    `json:"agent"`
	ReservationID uuid.UUID `json:"reservation_id"`
	// Reason (HelperLeft): left, passed (they own it now), ended (the owner's part is over), agent_lost, taken_over.
	Reason string `json:"reason,omitempty"`
}

// ParkedBody says until when; nil: until the customer writes.
type ParkedBody struct {
	Until *time.Time `json:"until,omitempty"`
	Note  string     `json:"note,omitempty"`
	Epoch int        `json:"epoch"`
}

// WrappingBody says when wrap-up completes by itself. Extended: it was under way, and takes longer.
type WrappingBody struct {
	Deadline time.Time `json:"deadline"`
	Extended bool      `json:"extended,omitempty"`
}

// WrappedBody ends the person's part. Auto: the time was up. Forced: somebody else ended it, for a Reason.
type WrappedBody struct {
	Outcome string `json:"outcome,omitempty"`
	Note    string `json:"note,omitempty"`
	Auto    bool   `json:"auto,omitempty"`
	Forced  bool   `json:"forced,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Epoch   int    `json:"epoch"`
}

// Rating is what the customer thought of it.
type Rating struct {
	Score int `json:"score"`
	Of    int `json:"of"`
}

// Update lists attributes that changed; an empty value means removed.
type Update struct {
	Attributes map[string]string `json:"attributes,omitempty"`
	Language   string            `json:"language,omitempty"`
}

// PriorityBody says that the priority was changed, and why.
type PriorityBody struct {
	From   int    `json:"from"`
	To     int    `json:"to"`
	Reason string `json:"reason"`
}

// AgentGone says that the owner's lease ran out, or that they came back in time.
type AgentGone struct {
	Agent Person `json:"agent"`
	// ReturnAt is when the conversation goes back to its queue if they stay away (AgentLost only).
	ReturnAt *time.Time `json:"return_at,omitempty"`
}

// Linked says that the contact was recognised as (or merged into) another.
type Linked struct {
	ContactID uuid.UUID `json:"contact_id"`
	Name      string    `json:"name,omitempty"`
	Reason    string    `json:"reason"`
}

// SLABody says that a clock has come to its warning, or to its end.
type SLABody struct {
	Target sla.Target `json:"target"`
	// Period numbers the conversation's clocks.
	Period int    `json:"period"`
	Queue  string `json:"queue"`
	// Due is when it comes, or came, to its end.
	Due time.Time `json:"due"`
}

// SLAChangedBody says how the clocks stand after something that is in no other event: the queue promises something else now, or
// nobody is needed any more. Due is the earliest of those that run.
type SLAChangedBody struct {
	Queue string     `json:"queue"`
	State sla.Status `json:"state,omitempty"`
	Due   *time.Time `json:"due,omitempty"`
}
