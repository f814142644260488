package realtime

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"seax/api/spec"
	"seax/internal/conversation"
)

// projectTimeout bounds what one push may read.
const projectTimeout = 5 * time.Second

func (h *Hub) project(ctx context.Context, shard chan work) {
	for {
		select {
		case <-ctx.Done():
			return
		case w := <-shard:
			h.projectOne(ctx, w)
		}
	}
}

func (h *Hub) projectOne(ctx context.Context, w work) {
	ctx, cancel := context.WithTimeout(ctx, projectTimeout)
	defer cancel()
	switch f := w.fact; {
	case f.Push != nil:
		h.publish(f.Push.Channel, f.Push.Data)
	case f.Conversation != uuid.Nil:
		if err := h.conversationChanged(ctx, f, w.events); err != nil && ctx.Err() == nil {
			h.deps.Logger.Warn("push conversation", "conversation", f.Conversation, "error", err)
		}
	case f.Agent != uuid.Nil:
		h.agentChanged(ctx, f.Agent)
	}
}

func (h *Hub) watched(channel string) bool { return h.node.Hub().NumSubscribers(channel) > 0 }

func (h *Hub) agentChanged(ctx context.Context, agent uuid.UUID) {
	channel := AgentChannel(agent)
	if !h.watched(channel) {
		return
	}
	state, err := h.deps.Views.AgentState(ctx, agent)
	if err != nil {
		h.deps.Logger.Warn("push agent state", "agent", agent, "error", err)
		return
	}
	h.push(channel, struct {
		T     string          `json:"t"`
		State spec.AgentState `json:"state"`
	}{"state", state})
}

// conversationChanged pushes a conversation's new events to those who watch it, its summary to its owner and helpers (and to who was), and
// offers to those they are made to.
func (h *Hub) conversationChanged(ctx context.Context, f fact, events []conversation.Event) error {
	channel := ConversationChannel(f.Conversation)
	if !f.Offers && !h.watched(channel) && !slices.ContainsFunc(append(f.Others, f.Owner), func(id uuid.UUID) bool { return h.watched(AgentChannel(id)) }) {
		return nil
	}
	summary, err := h.deps.Views.Conversation(ctx, f.Conversation)
	if err != nil {
		return err
	}
	shown := make([]spec.Event, 0, len(events))
	for _, e := range events {
		shown = append(shown, h.deps.Views.Event(e))
	}
	if len(shown) == 0 && f.To > 0 {
		if shown, _, err = h.deps.Views.EventsAfter(ctx, f.Conversation, f.From-1, int(f.To-f.From+1)); err != nil {
			return err
		}
	}
	if h.watched(channel) {
		for _, e := range shown {
			h.push(channel, struct {
				T            string            `json:"t"`
				Event        spec.Event        `json:"event"`
				Conversation spec.Conversation `json:"conversation"`
			}{"event", e, summary})
		}
		if len(shown) == 0 {
			h.push(channel, conversationPush{"conversation", summary})
		}
	}
	if summary.Agent != nil {
		h.tellAgent(summary.Agent.Id, summary)
	}
	for _, id := range f.Others {
		h.tellAgent(id, summary)
	}
	for _, e := range shown {
		if err := h.offerChanged(ctx, e, summary); err != nil {
			return err
		}
	}
	return nil
}

type conversationPush struct {
	T            string            `json:"t"`
	Conversation spec.Conversation `json:"conversation"`
}

func (h *Hub) tellAgent(agent uuid.UUID, summary spec.Conversation) {
	if channel := AgentChannel(agent); h.watched(channel) {
		h.push(channel, conversationPush{"conversation", summary})
	}
}

// offerChanged tells who was asked that an offer is made, or over; c is how the conversation stands now.
func (h *Hub) offerChanged(ctx context.Context, e spec.Event, c spec.Conversation) error {
	kind := conversation.Kind(e.Kind)
	if kind == conversation.ReservationCreated {
		var body conversation.Reserved
		if err := json.Unmarshal(e.Body, &body); err != nil {
			return err
		}
		channel := AgentChannel(body.Agent.ID)
		if !h.watched(channel) {
			return nil
		}
		offers, err := h.deps.Views.Offers(ctx, body.Agent.ID, &body.ReservationID)
		if err != nil || len(offers) == 0 {
			return err
		}
		h.push(channel, struct {
			T     string     `json:"t"`
			Offer spec.Offer `json:"offer"`
		}{"offer", offers[0]})
		return nil
	}
	if !endsOffer(kind) {
		return nil
	}
	var body conversation.ReservationEnd
	if err := json.Unmarshal(e.Body, &body); err != nil {
		return err
	}
	var takenBy string
	if c.Agent != nil && c.Agent.Id != body.Agent.ID {
		takenBy = c.Agent.Name
	}
	h.push(AgentChannel(body.Agent.ID), struct {
		T              string    `json:"t"`
		ReservationID  uuid.UUID `json:"reservation_id"`
		ConversationID uuid.UUID `json:"conversation_id"`
		State          string    `json:"state"`
		TakenBy        string    `json:"taken_by,omitempty"`
	}{"offer_ended", body.ReservationID, e.ConversationId, e.Kind[len("reservation."):], takenBy})
	h.lookAway(ctx, body.Agent.ID, ConversationChannel(e.ConversationId))
	return nil
}

// lookAway ends an agent's subscriptions to a conversation that they may not see any more.
func (h *Hub) lookAway(ctx context.Context, agent uuid.UUID, channel string) {
	if !h.watched(channel) {
		return
	}
	for _, client := range h.node.Hub().UserConnections(agent.String()) {
		if person, ok := personOf(client); ok && client.IsSubscribed(channel) && !h.maySubscribe(ctx, person, channel) {
			client.Unsubscribe(channel)
		}
	}
}
