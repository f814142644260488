package connectors

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"seax/internal/conversation"
)

// Batch is what one request held.
type Batch struct {
	Events []Inbound
	// Respond makes the answer the provider expects, after everything was committed. Nil: 200 without a body.
	Respond func(results []Result) Response
}

// Response is the answer to a provider's request.
type Response struct {
	// Status: 0 is 200.
	Status int
	// ContentType belongs to a body that is not empty; "": text/plain.
	ContentType string
	Body        []byte
}

// JSON makes an answer of a value that can be marshalled for certain.
func JSON(status int, body any) Response {
	encoded, err := json.Marshal(body)
	if err != nil {
		return Response{Status: http.StatusInternalServerError}
	}
	return Response{Status: status, ContentType: "application/json", Body: encoded}
}

// InboundType says what an inbound event is.
type InboundType string

// The types of inbound events.
const (
	// InMessage: the customer said something; what cannot be understood has Message.Unsupported.
	InMessage InboundType = "message"
	// InEdited: the customer changed message Target into Message.
	InEdited InboundType = "edited"
	// InDeleted: the customer took message Target back; it is not shown any more, and our copy is emptied.
	InDeleted InboundType = "deleted"
	// InReaction: the customer reacted to message Target, theirs or ours, with Emoji; "" takes the reaction back.
	InReaction InboundType = "reaction"
	// InStatus: how far a message of ours got. An echo of our own message is one, too, with Status.MessageID.
	InStatus InboundType = "status"
	// InTyping: the customer types. It is not stored.
	InTyping InboundType = "typing"
	// InLeft: the customer ended it.
	InLeft InboundType = "left"
	// InContact: something new is known of the customer: Profile, or that they are at Address now and were at Formerly.
	InContact InboundType = "contact"
	// InEcho: somebody of the business has written to the customer elsewhere (another inbox of the same account).
	InEcho InboundType = "echo"
	// InAutomatic: a machine at the customer's end answered (an out-of-office reply, a bounce without a message of ours). It is
	// shown, and neither given to a bot nor does it open a conversation.
	InAutomatic InboundType = "automatic"
)

// Inbound is one normalised event from a provider.
type Inbound struct {
	Type InboundType
	// AccountKey is the provider's id of the account the event belongs to, see Keyed; "": the account of the webhook's address.
	AccountKey string
	// ProviderID identifies the event at the provider for ever; a repeated one is dropped. Required for messages (InMessage,
	// InEcho, InAutomatic), whose id later events name as Target; other types are dropped as repeated if they have one.
	ProviderID string
	// Address is the customer's on this account. Formerly is another under which the customer may be known from before: what is found
	// there moves to Address.
	Address, Formerly string
	// At is the provider's time; zero if it gives none.
	At      time.Time
	Profile Profile
	// Message belongs to InMessage, InEdited, InEcho and InAutomatic. Its ReplyTo is set from ReplyTo below.
	Message conversation.Message
	// Files are to be fetched after the message was accepted (MediaFetcher); they become attachments behind those of Message.
	Files []MediaRef
	// Code is what came with the link by which the customer came, if it is not in the text. The message may have nothing else, and be
	// InAutomatic if the provider tells of it before the customer says anything.
	Code string
	// ReplyTo is the provider's id of the message this one answers, if any: the customer's own, or one of ours.
	ReplyTo string
	// Answers is our id (Outgoing.ID) of a message of ours that this one answers for certain: it carries what we signed. It then belongs
	// to whom that message was written to, whoever sent it.
	Answers string
	// Target is the provider's id of the message that InEdited, InDeleted and InReaction are about.
	Target string
	// Emoji belongs to InReaction.
	Emoji string
	// Status belongs to InStatus.
	Status StatusUpdate
	// Consent says that the customer does not want to be written to any more, or does again.
	Consent Consent
	// Handle is whatever the connector wants back when it acts on this message (a reply or read token); at most 4 KiB.
	Handle string
	// Raw is the event as the provider sent it. It is kept where it is needed to understand what happened: with messages that
	// are unsupported, and with events for accounts nobody knows.
	Raw []byte
	// Digest, if there, tells two events with the same ProviderID apart: the second is then ResultConflict.
	Digest []byte
	// Alongside, if there, adds statements to the transaction in which the message is accepted: for connectors whose own
	// records must stand or fall with it. It is not called for duplicates, and again when the transaction is run again.
	Alongside func(statements *pgx.Batch)
}

// MediaRef is a file that a provider has and we do not yet.
type MediaRef struct {
	// ID or URL (or both) say where it is.
	ID  string `json:"id,omitempty"`
	URL string `json:"url,omitempty"`
	// Name, MediaType and Size (in bytes) as far as the provider says.
	Name      string `json:"name,omitempty"`
	MediaType string `json:"media_type,omitempty"`
	Size      int64  `json:"size,omitempty"`
	// Voice: spoken just now, not a file that was attached. Sticker: a picture that stands for a word.
	Voice   bool `json:"voice,omitempty"`
	Sticker bool `json:"sticker,omitempty"`
	// Header is sent along when the file is fetched from the URL, never to another host.
	Header map[string]string `json:"header,omitempty"`
}

// Consent is what a customer has said of being written to.
type Consent string

// The consents; the zero value says nothing.
const (
	OptedOut Consent = "out"
	OptedIn  Consent = "in"
)

// StatusUpdate says how far a message we sent got. It names the message by MessageID or ProviderID, or by Until.
type StatusUpdate struct {
	// MessageID is Outgoing.ID, where the provider gives it back; it resolves what was unconfirmed.
	MessageID string
	// ProviderID is Receipt.ProviderID of the message; the newest is enough where Through is set. Next to MessageID it is noted
	// as the message's, if none is known yet.
	ProviderID string
	// Through: the status holds for every earlier message to this address too (a read watermark).
	Through bool
	// Until: the status holds for every message to this address that was sent by then, at the provider's clock; zero: it does not.
	Until  time.Time
	Status conversation.Status
	// Error is in words for the agent (failed only); Code says which kind of error it is, if that is known.
	Error string
	Code  ErrorCode
}

// ResultStatus says what became of an inbound event.
type ResultStatus string

// What can become of an inbound event.
const (
	ResultAccepted  ResultStatus = "accepted"
	ResultDuplicate ResultStatus = "duplicate"
	// ResultConflict: the id is known, and was another event's.
	ResultConflict ResultStatus = "conflict"
	// ResultIgnored: there is nothing the event could be about (a message nobody knows).
	ResultIgnored ResultStatus = "ignored"
	// ResultQuarantined: it is for an account nobody knows, and kept.
	ResultQuarantined ResultStatus = "quarantined"
)

// Result says what became of the event in the same place of Batch.Events.
type Result struct {
	ProviderID string
	Status     ResultStatus
}
