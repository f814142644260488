package flow

import (
	"time"

	"github.com/google/uuid"

	"seax/internal/conversation"
)

// The activities a conversation's workflow calls, by name. package activities implements them; the workflow knows no more of
// them than this. The fast ones run as local activities in the worker that runs the workflow.
const (
	ActivityOpen      = "conversation.open"      // OpenInput → OpenResult, local
	ActivityInputs    = "conversation.inputs"    // InputsInput → []conversation.Event, local
	ActivityAppend    = "conversation.append"    // AppendInput → AppendResult, local
	ActivityNote      = "conversation.record"    // RecordInput, local
	ActivityClose     = "conversation.close"     // CloseInput → CloseResult, local
	ActivitySLADue    = "conversation.sla_due"   // uuid.UUID (conversation) → sla.Mark, local
	ActivityEnqueue   = "routing.enqueue"        // EnqueueInput, local
	ActivityStep      = "routing.step"           // uuid.UUID (conversation), local
	ActivityRematch   = "routing.rematch"        // uuid.UUID (conversation), local
	ActivityCallback  = "routing.callback"       // CallbackInput → bool, local
	ActivityAbandon   = "routing.abandon"        // AbandonInput → bool, local
	ActivityTimeout   = "routing.timeout"        // uuid.UUID (reservation), local
	ActivityComplete  = "routing.complete"       // CompleteInput, local
	ActivityReplyDue  = "routing.reply_due"      // uuid.UUID (conversation), local
	ActivityReturn    = "routing.return"         // ReturnInput, local
	ActivityResume    = "routing.resume"         // ResumeInput, local
	ActivityPosition  = "routing.position"       // uuid.UUID (conversation) → PositionResult, local
	ActivityOpenHours = "routing.hours"          // string (queue) → HoursResult, local
	ActivityDeliver   = "conversation.deliver"   // DeliverInput → DeliverResult, on the channel kind's task queue
	ActivityGiveUp    = "conversation.undeliver" // DeliverInput, local
	ActivityFetch     = "channel.fetch"          // ErrandInput, on the channel kind's task queue
	ActivityFetchLost = "channel.fetch_lost"     // ErrandInput, local
	ActivityLookUp    = "channel.look_up"        // ErrandInput, on the channel kind's task queue
	ActivityChange    = "channel.change"         // ErrandInput, on the channel kind's task queue
	ActivityUnchanged = "channel.unchanged"      // ErrandInput, local
	ActivityBot       = "bot.reply"              // BotInput → BotResult
)

// TaskQueue is where conversations' workflows and fast activities run.
const TaskQueue = "conversations"

// DeliveryQueue is the task queue of a channel kind's deliveries, so that a slow provider slows only itself.
func DeliveryQueue(kind string) string { return "deliver-" + kind }

// ErrorUnknown is the type of application errors that say that something named does not exist.
const ErrorUnknown = "unknown"

// OpenInput asks for a conversation's facts and what the workflow has not taken in yet.
type OpenInput struct {
	ConversationID uuid.UUID `json:"conversation_id"`
	After          int64     `json:"after"`
}

// OpenResult is how things stand at the start of a run.
type OpenResult struct {
	Facts  Facts                `json:"facts"`
	Inputs []conversation.Event `json:"inputs"`
	// More: there are further inputs behind the last one.
	More bool `json:"more"`
	// Queued lists messages that were logged but not sent, when no workflow was there to see to it.
	Queued []int64 `json:"queued,omitempty"`
	// Stranger: nothing is known of the customer, and the channel can be asked.
	Stranger bool `json:"stranger,omitempty"`
}

// Facts are what a flow knows of its conversation.
type Facts struct {
	ChannelID   string             `json:"channel_id"`
	ChannelKind string             `json:"channel_kind"`
	ChannelName string             `json:"channel_name"`
	Number      int64              `json:"number"`
	Contact     Contact            `json:"contact"`
	Language    string             `json:"language"`
	Attributes  map[string]string  `json:"attributes,omitempty"`
	Queue       string             `json:"queue"`
	Plan        string             `json:"plan,omitempty"`
	Phase       conversation.Phase `json:"phase"`
	Epoch       int                `json:"epoch"`
	// Local: the channel's messages are sent beside the workflow, not through its delivery queue.
	Local bool `json:"local,omitempty"`
	// BotAttempts is how often a bot's turn may be tried: 1 for bots whose turns are not idempotent.
	BotAttempts int `json:"bot_attempts"`
	// BotTimeout bounds one attempt.
	BotTimeout time.Duration `json:"bot_timeout"`
}

// Contact is the person behind the conversation.
type Contact struct {
	ID         uuid.UUID         `json:"id"`
	Name       string            `json:"name"`
	Locale     string            `json:"locale"`
	Attributes map[string]string `json:"attributes,omitempty"`
	// Earlier counts this person's earlier conversations.
	Earlier int `json:"earlier"`
}

// InputsInput asks for inputs after a seq.
type InputsInput struct {
	ConversationID uuid.UUID `json:"conversation_id"`
	After          int64     `json:"after"`
}

// AppendInput logs a message to the customer.
type AppendInput struct {
	ConversationID uuid.UUID            `json:"conversation_id"`
	ID             uuid.UUID            `json:"id"`
	Kind           conversation.Kind    `json:"kind"`
	Actor          conversation.Actor   `json:"actor"`
	Message        conversation.Message `json:"message"`
	// Epoch is the ownership this message was made in; in another it is dropped, not said.
	Epoch int `json:"epoch"`
}

// AppendResult says where the message stands. Dropped: somebody else owns the conversation now.
type AppendResult struct {
	Seq     int64 `json:"seq"`
	Dropped bool  `json:"dropped,omitempty"`
}

// RecordInput notes something that is no message: what a flow did, an attribute, a rating, that attention is needed.
type RecordInput struct {
	ConversationID uuid.UUID         `json:"conversation_id"`
	Step           *Recorded         `json:"step,omitempty"`
	Attributes     map[string]string `json:"attributes,omitempty"`
	Language       string            `json:"language,omitempty"`
	Rating         *Score            `json:"rating,omitempty"`
	Attention      string            `json:"attention,omitempty"`
	Flow           string            `json:"flow,omitempty"`
}

// Recorded is one step of a flow, for people who read the log.
type Recorded struct {
	Step   string `json:"step"`
	Detail string `json:"detail,omitempty"`
}

// Score is a rating, as "4 of 5".
type Score struct {
	Score int `json:"score"`
	Of    int `json:"of"`
}

// CloseInput closes a conversation if nothing came after the input with this seq.
type CloseInput struct {
	ConversationID uuid.UUID `json:"conversation_id"`
	Cursor         int64     `json:"cursor"`
	Reason         string    `json:"reason"`
}

// CloseResult says whether it is closed; if not, what came meanwhile.
type CloseResult struct {
	Closed bool                 `json:"closed"`
	Inputs []conversation.Event `json:"inputs,omitempty"`
	// Unsent lists messages of what is closed that are still to be sent. Those that the workflow does not know were logged by an
	// attempt whose end was lost.
	Unsent []int64 `json:"unsent,omitempty"`
}

// EnqueueInput asks for a person.
type EnqueueInput struct {
	ConversationID uuid.UUID `json:"conversation_id"`
	RequestID      uuid.UUID `json:"request_id"`
	Request        Request   `json:"request"`
}

// CallbackInput lets a waiting customer go; Greeting is said when it is their turn. The answer is whether they still wait.
type CallbackInput struct {
	ConversationID uuid.UUID `json:"conversation_id"`
	Greeting       string    `json:"greeting"`
}

// AbandonInput ends what is queued or offered.
type AbandonInput struct {
	ConversationID uuid.UUID `json:"conversation_id"`
	Reason         string    `json:"reason"`
}

// CompleteInput ends a wrap-up if its time was not extended beyond the deadline that has passed.
type CompleteInput struct {
	ConversationID uuid.UUID `json:"conversation_id"`
	Deadline       time.Time `json:"deadline"`
}

// ReturnInput takes a conversation from an agent who is gone.
type ReturnInput struct {
	ConversationID uuid.UUID `json:"conversation_id"`
	AgentID        uuid.UUID `json:"agent_id"`
}

// ResumeInput takes up a parked conversation.
type ResumeInput struct {
	ConversationID uuid.UUID `json:"conversation_id"`
	Reason         string    `json:"reason"`
}

// PositionResult is a waiting conversation's place. Position 0: it does not wait.
type PositionResult struct {
	Position int `json:"position"`
	// Estimate is how long the wait will be, as far as one can tell; 0: unknown.
	Estimate time.Duration `json:"estimate"`
}

// HoursResult says whether a queue is open, and when it opens next.
type HoursResult struct {
	Open bool       `json:"open"`
	Next *time.Time `json:"next,omitempty"`
	Zone string     `json:"zone"`
}

// DeliverInput names messages to send, in order.
type DeliverInput struct {
	ConversationID uuid.UUID `json:"conversation_id"`
	Seqs           []int64   `json:"seqs"`
	Reason         string    `json:"reason,omitempty"`
}

// ErrandInput names what is to be done beside the talk: for the message with Seq, by the request with Seq, or for the customer.
type ErrandInput struct {
	ConversationID uuid.UUID `json:"conversation_id"`
	Seq            int64     `json:"seq,omitempty"`
	// Reason belongs to ActivityFetchLost and ActivityUnchanged.
	Reason string `json:"reason,omitempty"`
}

// DeliverResult counts what became of them, for people who read the history.
type DeliverResult struct {
	Sent        int `json:"sent"`
	Failed      int `json:"failed,omitempty"`
	Unconfirmed int `json:"unconfirmed,omitempty"`
}

// BotInput is one turn of the customer's for the bot.
type BotInput struct {
	ConversationID uuid.UUID `json:"conversation_id"`
	TurnID         string    `json:"turn_id"`
	Text           string    `json:"text"`
	Choice         string    `json:"choice,omitempty"`
	Language       string    `json:"language,omitempty"`
	ContactID      uuid.UUID `json:"contact_id"`
	ContactName    string    `json:"contact_name,omitempty"`
	// Misses is how often in a row the bot did not know.
	Misses int `json:"misses,omitempty"`
}

// BotResult is the bot's turn.
type BotResult struct {
	Messages []conversation.Message `json:"messages"`
	// Unsure: it did not know.
	Unsure bool `json:"unsure,omitempty"`
	// Handoff, if not empty, says why a person should take over.
	Handoff string `json:"handoff,omitempty"`
	// End: as far as the bot is concerned, the talk is over.
	End bool `json:"end,omitempty"`
}
