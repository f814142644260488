// Package bot is the seam between a conversation and what answers before a person does. A bot is asked one turn at a time, from
// a Temporal activity; it sends nothing itself.
package bot

import (
	"context"

	"github.com/google/uuid"

	"seax/internal/conversation"
)

// Bot answers customers. Reply may be called concurrently, also for one conversation when a call before it was given up. An error
// means that the bot failed, not that it does not know: that is Reply.Unsure.
type Bot interface {
	Reply(ctx context.Context, turn Turn) (Reply, error)
}

// Turn is what a customer said since the bot's last reply.
type Turn struct {
	ConversationID uuid.UUID `json:"conversation_id"`
	// TurnID is the same for every attempt at one turn.
	TurnID string `json:"turn_id"`
	// Text is empty when the customer sent only files or tapped an option without a label.
	Text string `json:"text,omitempty"`
	// Choice is the id of the option the customer tapped. It comes from the customer's side: an id no bot offered is possible.
	Choice string `json:"choice,omitempty"`
	// Language of the conversation: "en", "ko", or "" when not known.
	Language string  `json:"language,omitempty"`
	Contact  Contact `json:"contact"`
	// Misses is how many turns before this one, in a row, the bot did not know.
	Misses int `json:"misses,omitempty"`
}

// Contact is who the customer is, as far as is known.
type Contact struct {
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name,omitempty"`
}

// Reply is the bot's turn. One without messages, hand-off or end says nothing to the customer.
type Reply struct {
	Messages []conversation.Message `json:"messages,omitempty"`
	// Unsure: it did not know.
	Unsure bool `json:"unsure,omitempty"`
	// Handoff, if not empty, says why a person should take over.
	Handoff string `json:"handoff,omitempty"`
	// End: as far as the bot is concerned, the talk is over.
	End bool `json:"end,omitempty"`
}

// PersonChoice is the id of the option by which a bot offers a person.
const PersonChoice = "person"
