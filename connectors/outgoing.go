package connectors

import (
	"context"
	"io"
	"time"

	"seax/internal/conversation"
)

// Outgoing is one message to a customer.
type Outgoing struct {
	// ID is the message's id, a UUID, the same at every attempt. A message that was split has one per part.
	ID      string
	Address string
	From    conversation.Actor
	Message conversation.Message
	// Files are Message.Attachments, ready to be handed over.
	Files []File
	// ReplyTo is the provider's id of the message this one answers; "" if there is none.
	ReplyTo string
	// Last is the customer's newest message; its ID is "" if they never wrote.
	Last LastInbound
	// BehindWindow: the reply window is over and only PersonWindow allows the message.
	BehindWindow bool
	At           time.Time
}

// LastInbound is the newest message of a customer: some providers want it named.
type LastInbound = conversation.LastInbound

// File is an attachment on its way out.
type File struct {
	conversation.Attachment
	// PublicURL is where the provider can fetch it, without a session, for at least a day.
	PublicURL string
	// Open reads it from the beginning. Close what it returns.
	Open func(ctx context.Context) (io.ReadCloser, error)
	// Ref is what Upload returned; "" for connectors that are no MediaUploader.
	Ref string
}

// Receipt is what the provider said when it took the message.
type Receipt struct {
	// ProviderID is how later status updates name the message.
	ProviderID string
	// Status: sent, or already delivered; queued if a status update will tell that it was sent.
	Status conversation.Status
}
