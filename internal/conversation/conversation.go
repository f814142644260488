package conversation

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"seax/internal/sla"
)

// Conversation is the current state of a conversation: a fold of its events, kept as a row.
type Conversation struct {
	ID          uuid.UUID `db:"id"`
	Number      int64     `db:"number"`
	ChannelID   string    `db:"channel_id"`
	ChannelKind string    `db:"channel_kind"`
	// Address is the customer's on this channel; replies always go there.
	Address   string    `db:"address"`
	ContactID uuid.UUID `db:"contact_id"`
	Flow      string    `db:"flow"`
	Phase     Phase     `db:"phase"`
	QueueID   *string   `db:"queue_id"`
	// AgentID is the owner in phases assigned and wrapping; in phase parked who parked it.
	AgentID *uuid.UUID `db:"agent_id"`
	// Epoch counts changes of ownership. What was computed in an earlier epoch must not be said any more.
	Epoch   int   `db:"epoch"`
	LastSeq int64 `db:"last_seq"`
	// LastInputSeq is the seq of the newest event that the workflow must take in.
	LastInputSeq int64             `db:"last_input_seq"`
	Language     string            `db:"language"`
	Priority     int               `db:"priority"`
	Attributes   map[string]string `db:"attributes"`
	// Preview is the newest message's beginning, PreviewFrom the kind of actor who wrote it; PreviewKind says what it is if it has no words.
	Preview     string      `db:"preview"`
	PreviewFrom ActorKind   `db:"preview_from"`
	PreviewKind PreviewKind `db:"preview_kind"`
	// PreviewSeq is that message's, 0 if there is none.
	PreviewSeq    int64      `db:"preview_seq"`
	LastMessageAt *time.Time `db:"last_message_at"`
	// WaitingSince is when the customer wrote the first message nobody has answered.
	WaitingSince *time.Time `db:"waiting_since"`
	// ReplyBy is when an owner who has not said anything yet loses the conversation; nil when nothing is demanded.
	ReplyBy *time.Time `db:"reply_by"`
	// Unread counts customer messages that the owner has not seen.
	Unread   int       `db:"unread"`
	Transfer *Transfer `db:"transfer"`
	// Helpers talk along with the owner, in the order in which they came; only in phase assigned.
	Helpers     []Helper   `db:"helpers"`
	ParkedUntil *time.Time `db:"parked_until"`
	// Attention says why a person should look at it; "" when nobody need.
	Attention string     `db:"attention"`
	Outcome   string     `db:"outcome"`
	Rating    *int       `db:"rating"`
	OpenedAt  time.Time  `db:"opened_at"`
	ClosedAt  *time.Time `db:"closed_at"`
	// RepliedAt is when a person first spoke since one was needed.
	RepliedAt *time.Time `db:"replied_at"`
	// SLA are the clocks of what the queue promises, nil if it never did; SLAKey tells which promises they go by.
	SLA    *sla.State `db:"sla"`
	SLAKey string     `db:"sla_key"`
	// LastInbound is the customer's newest message, also from a conversation before this one; nil if they never wrote.
	LastInbound *LastInbound `db:"last_inbound"`
}

// LastInbound is a customer's newest message at the provider: reply windows count from it, some providers want it named.
type LastInbound struct {
	ID string `json:"id"`
	// Handle is whatever the connector wants back when it acts on the message.
	Handle string    `json:"handle,omitempty"`
	At     time.Time `json:"at"`
}

// Transfer is a hand-over that nobody has accepted yet; the owner stays owner meanwhile.
type Transfer struct {
	RequestID uuid.UUID `json:"request_id"`
	ToQueue   string    `json:"to_queue,omitempty"`
	ToAgent   *Person   `json:"to_agent,omitempty"`
	Note      string    `json:"note,omitempty"`
	By        Person    `json:"by"`
	Since     time.Time `json:"since"`
	// Warm: who accepts joins the owner as a helper, instead of taking their place.
	Warm bool `json:"warm,omitempty"`
}

// Helper is somebody who talks along with the owner: they see everything, may write to the customer and to colleagues, and may
// become the owner.
type Helper struct {
	Person
	Since time.Time `json:"since"`
}

// columns lists the row's columns in the order of the struct's fields.
const columns = `id, number, channel_id, channel_kind, address, contact_id, flow, phase, queue_id, agent_id, epoch,
	last_seq, last_input_seq, language, priority, attributes, preview, preview_from, preview_kind, preview_seq, last_message_at, waiting_since, reply_by,
	unread, transfer, helpers, parked_until, attention, outcome, rating, opened_at, closed_at,
	replied_at, sla, sla_key, last_inbound`

// OwnedBy reports whether this agent owns the conversation now.
func (c *Conversation) OwnedBy(agent uuid.UUID) bool {
	return c.AgentID != nil && *c.AgentID == agent && (c.Phase == WithAgent || c.Phase == InWrapUp)
}

// Helps reports whether this agent is a helper now.
func (c *Conversation) Helps(agent uuid.UUID) bool {
	return slices.ContainsFunc(c.Helpers, func(h Helper) bool { return h.ID == agent })
}

// Speaks reports whether this agent may write to the customer now: the owner and their helpers.
func (c *Conversation) Speaks(agent uuid.UUID) bool {
	return c.Phase == WithAgent && (c.OwnedBy(agent) || c.Helps(agent))
}

// WorkflowID is the id of the conversation's workflow.
func (c *Conversation) WorkflowID() string { return c.ID.String() }

// fold changes the row by what a new event means for it.
func (c *Conversation) fold(e Event, body any) {
	var message Message
	switch b := body.(type) {
	case Message:
		message = b
	case Edit:
		if b.MessageSeq == c.PreviewSeq {
			c.Preview, c.PreviewKind = preview(b.Message)
		}
		return
	case Deletion:
		if b.MessageSeq == c.PreviewSeq {
			c.Preview, c.PreviewKind = "", PreviewDeleted
		}
		return
	default:
		return
	}
	switch e.Kind {
	case CustomerMessage:
		c.Unread++
		if c.WaitingSince == nil {
			at := e.At
			c.WaitingSince = &at
		}
	case AgentMessage:
		c.Unread = 0
		c.WaitingSince, c.ReplyBy = nil, nil
		if c.RepliedAt == nil {
			at := e.At
			c.RepliedAt = &at
		}
	case BotMessage:
		c.WaitingSince = nil
	default:
		return
	}
	c.Preview, c.PreviewKind = preview(message)
	c.PreviewFrom, c.PreviewSeq = e.Actor.Kind, e.Seq
	at := e.At
	c.LastMessageAt = &at
}

// previewLength is how many characters of a message lists show.
const previewLength = 160

// PreviewKind says what the newest message is, if that is not in its preview.
type PreviewKind string

// The kinds of previews. The zero value is one with words.
const (
	PreviewDeleted     PreviewKind = "deleted"
	PreviewChoice      PreviewKind = "choice"
	PreviewReferral    PreviewKind = "referral"
	PreviewLocation    PreviewKind = "location"
	PreviewUnsupported PreviewKind = "unsupported"
	PreviewEmpty       PreviewKind = "empty"
)

func preview(m Message) (string, PreviewKind) {
	text := oneLine(m.Text)
	switch {
	case text != "":
		return text, ""
	case len(m.Attachments) > 0:
		return oneLine("📎 " + m.Attachments[0].Name), ""
	case len(m.Cards) > 0:
		return oneLine("👤 " + m.Cards[0].Name), ""
	case m.Choice != "":
		return "", PreviewChoice
	case m.Location != nil:
		return oneLine(m.Location.Name), PreviewLocation
	case m.Unsupported != nil:
		return "", PreviewUnsupported
	case len(m.Referral) > 0:
		return "", PreviewReferral
	default:
		return "", PreviewEmpty
	}
}

func oneLine(text string) string {
	text = strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "\x00", "")
	if utf8.RuneCountInString(text) <= previewLength {
		return text
	}
	return string([]rune(text)[:previewLength-1]) + "…"
}
