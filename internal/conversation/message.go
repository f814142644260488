package conversation

import "github.com/google/uuid"

// Message reports whether events of this kind are messages, in either direction.
func (k Kind) Message() bool {
	return k == CustomerMessage || k == StaffMessage || k == AutoMessage || k.SentToCustomer()
}

// Message is what somebody said.
type Message struct {
	Text        string       `json:"text,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`
	// Options are replies the customer may choose by a tap; a numbered list where the channel has no buttons.
	Options []Option `json:"options,omitempty"`
	// Choice is the id of the option a customer tapped.
	Choice string `json:"choice,omitempty"`
	// Article is the knowledge-base article an answer was taken from.
	Article *ArticleRef `json:"article,omitempty"`
	// Code marks system messages that mean something to programs, like "position".
	Code string `json:"code,omitempty"`
	// Ref is the provider's id of a message that came from one.
	Ref string `json:"ref,omitempty"`
	// ReplyTo is the seq of the message this one answers; 0: none that we know.
	ReplyTo int64 `json:"reply_to,omitempty"`
	// Location is a place somebody sent.
	Location *Location `json:"location,omitempty"`
	// Cards are people somebody sent the addresses of.
	Cards []Card `json:"cards,omitempty"`
	// Template is what the message was made of; Text is how it reads.
	Template *TemplateUse `json:"template,omitempty"`
	// Email is what only an email has.
	Email *Email `json:"email,omitempty"`
	// Referral says what led the customer here (an advertisement, a link), in the provider's words.
	Referral map[string]string `json:"referral,omitempty"`
	// Unsupported: what was sent cannot be shown; Text says as much of it as can be said.
	Unsupported *Unsupported `json:"unsupported,omitempty"`
}

// Location is a place.
type Location struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitempty"`
	Address   string  `json:"address,omitempty"`
}

// Card is a person's addresses.
type Card struct {
	Name   string   `json:"name"`
	Phones []string `json:"phones,omitempty"`
	Emails []string `json:"emails,omitempty"`
}

// TemplateUse is a template with its variables filled in.
type TemplateUse struct {
	ID        string            `json:"id"`
	Name      string            `json:"name,omitempty"`
	Language  string            `json:"language,omitempty"`
	Variables map[string]string `json:"variables,omitempty"`
}

// Email is what an email has beyond a text. Message.Text is what was newly written, without what it quotes.
type Email struct {
	// From is the address of who wrote it: not always the conversation's, others may answer in it.
	From    string `json:"from,omitempty"`
	Subject string `json:"subject,omitempty"`
	// HTML has been sanitised. It includes what is quoted.
	HTML string `json:"html,omitempty"`
	// Quoted is the part of the text that repeats earlier emails.
	Quoted string   `json:"quoted,omitempty"`
	To     []string `json:"to,omitempty"`
	CC     []string `json:"cc,omitempty"`
}

// Unsupported is something a provider sent that we cannot show.
type Unsupported struct {
	// Type is the provider's word for it.
	Type string `json:"type"`
	// Raw is what the provider sent, at most UnsupportedRaw bytes of it.
	Raw string `json:"raw,omitempty"`
}

// UnsupportedRaw is how much of something that cannot be shown is kept, in bytes.
const UnsupportedRaw = 64 << 10

// Attachment is a file in the blob store.
type Attachment struct {
	ID        uuid.UUID `json:"id"`
	Name      string    `json:"name"`
	MediaType string    `json:"media_type"`
	// Size in bytes.
	Size int64 `json:"size"`
	// URL is where a browser gets it; made when the event is shown, never stored.
	URL string `json:"url,omitempty"`
	// State of a file that a provider has to hand over: pending, then "" when it is there, or failed. ID is known from the
	// beginning; the rest may change when the file comes (AttachmentDone).
	State string `json:"state,omitempty"`
	// Error says in words why it failed, Code in one of the words below.
	Error   string `json:"error,omitempty"`
	Code    string `json:"code,omitempty"`
	Voice   bool   `json:"voice,omitempty"`
	Sticker bool   `json:"sticker,omitempty"`
}

// States of attachments that are not there.
const (
	AttachmentPending = "pending"
	AttachmentFailed  = "failed"
)

// Why there is no attachment.
const (
	FileTooLarge = "too_large"
	FileType     = "type"
	// FileRefused: the provider has it no longer, or does not hand it over.
	FileRefused = "refused"
	// FileOff: the channel is switched off or removed, or hands over no files.
	FileOff  = "off"
	FileLate = "late"
)

// Option is one reply to choose from.
type Option struct {
	ID    string `json:"id"`
	Label string `json:"label"`
}

// ArticleRef names a knowledge-base article.
type ArticleRef struct {
	ID    uuid.UUID `json:"id"`
	Title string    `json:"title"`
}

// DeliveryUpdate says how far a message got. Status never runs backwards (queued, sent, delivered, read; failed is
// final unless a person retries).
type DeliveryUpdate struct {
	EventID    uuid.UUID `json:"event_id"`
	MessageSeq int64     `json:"message_seq"`
	Status     string    `json:"status"`
	ProviderID string    `json:"provider_id,omitempty"`
	// Error is in words for the agent; Code says which kind of error it is.
	Error string `json:"error,omitempty"`
	Code  string `json:"code,omitempty"`
}

// Edit says that an earlier message reads differently from now on.
type Edit struct {
	MessageSeq int64 `json:"message_seq"`
	// RequestSeq is that of the ChangeRequested it answers; 0: the customer did it.
	RequestSeq int64 `json:"request_seq,omitempty"`
	Message
}

// Deletion says that an earlier message was taken back: it is not shown any more, and its own event is emptied.
type Deletion struct {
	MessageSeq int64 `json:"message_seq"`
	// RequestSeq is as in Edit.
	RequestSeq int64 `json:"request_seq,omitempty"`
}

// Reaction is the actor's reaction to a message; an empty Emoji takes it back.
type Reaction struct {
	MessageSeq int64  `json:"message_seq"`
	Emoji      string `json:"emoji"`
	// RequestSeq is as in Edit.
	RequestSeq int64 `json:"request_seq,omitempty"`
}

// ChangeRequest says that somebody of ours wants an earlier message to be changed at the provider. What becomes of it is an event of its
// own: MessageEdited, MessageDeleted or MessageReaction once the provider has done it, or ChangeFailed.
type ChangeRequest struct {
	MessageSeq int64      `json:"message_seq"`
	What       ChangeKind `json:"what"`
	// Text belongs to edits.
	Text string `json:"text,omitempty"`
	// Emoji belongs to reactions; an empty one takes ours back.
	Emoji string `json:"emoji,omitempty"`
}

// ChangeKind is what is done to a message.
type ChangeKind string

// The changes.
const (
	ToEdit   ChangeKind = "edit"
	ToDelete ChangeKind = "delete"
	ToReact  ChangeKind = "react"
)

// ChangeFailure says that a message stays as it is.
type ChangeFailure struct {
	MessageSeq int64      `json:"message_seq"`
	RequestSeq int64      `json:"request_seq"`
	What       ChangeKind `json:"what"`
	// Error is in words for the agent; Code says which kind of error it is.
	Error string `json:"error"`
	Code  string `json:"code"`
}

// AttachmentUpdate says that a pending attachment has come, or why it will not.
type AttachmentUpdate struct {
	MessageSeq int64      `json:"message_seq"`
	Attachment Attachment `json:"attachment"`
}
