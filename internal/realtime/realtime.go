// Package realtime pushes what has changed to the screens of agents, supervisors and webchat visitors. Every process tells
// what it committed; processes with sockets turn that into pushes for those who are connected to them. Nothing depends on a
// push arriving: clients notice gaps by seq and fetch what they missed.
package realtime

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"

	"github.com/google/uuid"

	"seax/internal/conversation"
)

// Teller tells of commits: to the other processes over the bus, and to this process's own sockets if it has any. It implements
// conversation.Sink.
type Teller struct {
	bus    *Bus
	hub    *Hub
	logger *slog.Logger
}

// NewTeller returns a teller; hub is nil in processes without sockets.
func NewTeller(bus *Bus, hub *Hub, logger *slog.Logger) *Teller {
	return &Teller{bus: bus, hub: hub, logger: logger}
}

// Committed implements conversation.Sink.
func (t *Teller) Committed(commit conversation.Commit) {
	for _, change := range commit.Changes {
		f := factOf(change)
		t.bus.Send(f)
		if t.hub != nil {
			t.hub.changed(f, change.Events)
		}
	}
	for _, agent := range commit.Agents {
		t.changed(fact{Agent: agent, Routing: true})
	}
	if commit.Queues {
		t.changed(fact{Routing: true})
	}
}

func (t *Teller) changed(f fact) {
	t.bus.Send(f)
	if t.hub != nil {
		t.hub.changed(f, nil)
	}
}

func factOf(change conversation.Change) fact {
	c := change.Conversation
	f := fact{Conversation: c.ID, Routing: c.Phase != change.Before.Phase || c.SLA.Status() != change.Before.SLA}
	if n := len(change.Events); n > 0 {
		f.From, f.To = change.Events[0].Seq, change.Events[n-1].Seq
	}
	if c.AgentID != nil {
		f.Owner = *c.AgentID
	}
	if before := change.Before.AgentID; before != nil && *before != f.Owner {
		f.Others = append(f.Others, *before)
	}
	for _, h := range c.Helpers {
		f.Others = append(f.Others, h.ID)
	}
	for _, e := range change.Events {
		if id, err := uuid.Parse(e.Actor.ID); e.Kind == conversation.HelperLeft && err == nil {
			f.Others = append(f.Others, id)
		}
	}
	for _, e := range change.Events {
		f.Offers = f.Offers || e.Kind == conversation.ReservationCreated || endsOffer(e.Kind)
		// A step may lead to another queue.
		f.Routing = f.Routing || e.Kind == conversation.RoutingStep
	}
	return f
}

// Push sends a message to whoever is subscribed to a channel, in whatever process. Best effort.
func (t *Teller) Push(_ context.Context, channel string, payload any) {
	data, err := json.Marshal(payload)
	if err != nil {
		t.logger.Warn("encode push", "channel", channel, "error", err)
		return
	}
	t.bus.Send(fact{Push: &push{Channel: channel, Data: data}})
	if t.hub != nil {
		t.hub.publish(channel, data)
	}
}

// AccessChanged tells every process that what a person may do may have changed.
func (t *Teller) AccessChanged(person uuid.UUID) {
	t.bus.Send(fact{Access: person})
	if t.hub != nil {
		t.hub.accessChanged(person)
	}
}

// NumbersChanged tells every process that what was counted for reports has changed.
func (t *Teller) NumbersChanged() {
	f := fact{Numbers: true}
	t.bus.Send(f)
	if t.hub != nil {
		t.hub.Receive(f)
	}
}

// SettingsChanged tells processes that route that they should look at what waits: settings were changed by one that does not.
func (t *Teller) SettingsChanged() { t.bus.Send(fact{Settings: true}) }

// AgentChannel is the channel of what concerns one agent.
func AgentChannel(id uuid.UUID) string { return "agent:" + id.String() }

// ConversationChannel is the channel of one conversation's events.
func ConversationChannel(id uuid.UUID) string { return "conversation:" + id.String() }

// QueuesChannel is the channel of live numbers.
const QueuesChannel = "queues"

// TodayChannel is the channel of the day's numbers.
const TodayChannel = "today"

// WallboardChannel is the channel of what one screen on the wall shows.
func WallboardChannel(id uuid.UUID) string { return "wallboard:" + id.String() }

// offerKinds are the events that end an offer.
var offerKinds = []conversation.Kind{
	conversation.ReservationAccepted, conversation.ReservationRejected, conversation.ReservationTimedOut,
	conversation.ReservationRescinded, conversation.ReservationCanceled,
}

func endsOffer(k conversation.Kind) bool { return slices.Contains(offerKinds, k) }
