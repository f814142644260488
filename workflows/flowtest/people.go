package flowtest

import (
	"time"

	"github.com/google/uuid"

	"seax/internal/conversation"
)

// offerFor is how long an agent in a scenario has to answer.
const offerFor = 20 * time.Second

func person(name string) conversation.Person {
	return conversation.Person{ID: uuid.NewSHA1(uuid.NameSpaceDNS, []byte(name)), Name: name}
}

func actor(p conversation.Person) conversation.Actor {
	return conversation.Actor{Kind: conversation.ByAgent, ID: p.ID.String(), Name: p.Name}
}

// Offered has the waiting conversation offered to an agent for 20 seconds.
func Offered(agent string) func(*World) {
	return func(w *World) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.phase != conversation.InQueue {
			return
		}
		w.phase = conversation.InOffer
		w.offer = &conversation.Reserved{ReservationID: w.newID(), RequestID: w.request, Agent: person(agent), Queue: w.queue, Deadline: w.now().Add(offerFor)}
		w.append(w.newID(), conversation.ReservationCreated, conversation.System, *w.offer)
	}
}

// Overflowed gives the waiting conversation back to its flow: nobody is found. reason is full, closed, unstaffed, draining or
// exhausted.
func Overflowed(reason string) func(*World) {
	return func(w *World) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.phase != conversation.InQueue && w.phase != conversation.InOffer {
			return
		}
		w.endOffer(conversation.ReservationCanceled, reason)
		w.phase = conversation.InFlow
		w.epoch++
		w.append(w.newID(), conversation.RoutingOverflowed, conversation.System, conversation.OverflowBody{
			RequestID: w.request, Queue: w.queue, Reason: reason, Since: w.now().Add(-time.Minute), Epoch: w.epoch,
		})
	}
}

// Accepted has the agent who was asked accept.
func Accepted() func(*World) { return AcceptedFor(0) }

// AcceptedFor has the agent who was asked accept, with so much time for the first reply; 0: as long as they like.
func AcceptedFor(firstReply time.Duration) func(*World) {
	return func(w *World) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.offer == nil {
			return
		}
		o := *w.offer
		w.offer = nil
		if firstReply > 0 {
			at := w.now().Add(firstReply)
			w.replyBy = &at
		}
		w.append(w.newID(), conversation.ReservationAccepted, actor(o.Agent), conversation.ReservationEnd{ReservationID: o.ReservationID, Agent: o.Agent})
		w.assign(o.Agent, o.ReservationID, "accepted")
	}
}

func (w *World) assign(p conversation.Person, reservation uuid.UUID, how string) {
	w.phase, w.agent = conversation.WithAgent, p
	w.epoch++
	w.append(w.newID(), conversation.Assigned, actor(p), conversation.AssignedBody{Agent: p, ReservationID: reservation, How: how, ReplyBy: w.replyBy, Epoch: w.epoch})
}

// Rejected has the agent who was asked reject.
func Rejected() func(*World) {
	return func(w *World) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.endOffer(conversation.ReservationRejected, "busy")
	}
}

// TakenOver has a supervisor take the conversation, whoever has it.
func TakenOver(supervisor string) func(*World) {
	return func(w *World) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.endOffer(conversation.ReservationRescinded, "taken_over")
		w.assign(person(supervisor), w.newID(), "taken_over")
	}
}

// Agent has the owner write.
func Agent(text string) func(*World) {
	return func(w *World) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.phase == conversation.WithAgent {
			w.replyBy = nil
			w.append(w.newID(), conversation.AgentMessage, actor(w.agent), conversation.Message{Text: text})
		}
	}
}

// ParkedFor has the owner park the conversation; 0: until the customer writes.
func ParkedFor(d time.Duration) func(*World) {
	return func(w *World) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.phase = conversation.OnHold
		w.epoch++
		body := conversation.ParkedBody{Epoch: w.epoch}
		if d > 0 {
			until := w.now().Add(d)
			body.Until = &until
		}
		w.append(w.newID(), conversation.Parked, actor(w.agent), body)
	}
}

// LetGo has the owner pass the conversation to a queue.
func LetGo(queue string) func(*World) {
	return func(w *World) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.append(w.newID(), conversation.Transferred, actor(w.agent), conversation.TransferBody{ToQueue: queue, LetGo: true, State: "started"})
		w.queue = queue
		w.requeue("let_go")
	}
}

// Vanished has the owner's lease run out; the conversation goes back after the grace.
func Vanished(grace time.Duration) func(*World) {
	return func(w *World) {
		w.mu.Lock()
		defer w.mu.Unlock()
		returnAt := w.now().Add(grace)
		w.append(w.newID(), conversation.AgentLost, conversation.System, conversation.AgentGone{Agent: w.agent, ReturnAt: &returnAt})
	}
}

// CameBack has the owner's socket come back.
func CameBack() func(*World) {
	return func(w *World) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.append(w.newID(), conversation.AgentBack, conversation.System, conversation.AgentGone{Agent: w.agent})
	}
}

// WrapsUp has the owner start wrap-up, which ends by itself after the time given.
func WrapsUp(within time.Duration) func(*World) {
	return func(w *World) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.phase = conversation.InWrapUp
		w.append(w.newID(), conversation.Wrapping, actor(w.agent), conversation.WrappingBody{Deadline: w.now().Add(within)})
	}
}

// Completes has the owner finish with an outcome.
func Completes(outcome string) func(*World) {
	return func(w *World) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.phase == conversation.WithAgent || w.phase == conversation.InWrapUp {
			w.wrapped(outcome, false)
		}
	}
}

// Place sets the position the customer is told.
func Place(position int) func(*World) {
	return func(w *World) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.place = position
	}
}

// ToFlow has the owner hand the customer to another flow.
func ToFlow(flow string) func(*World) {
	return func(w *World) {
		w.mu.Lock()
		defer w.mu.Unlock()
		owner := w.agent
		w.phase, w.agent = conversation.InFlow, conversation.Person{}
		w.epoch++
		w.append(w.newID(), conversation.Transferred, actor(owner), conversation.TransferBody{ToFlow: flow, State: "completed", Epoch: w.epoch})
	}
}

// ExtendsWrapUp gives the owner more time for the wrap-up.
func ExtendsWrapUp(by time.Duration) func(*World) {
	return func(w *World) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.append(w.newID(), conversation.Wrapping, actor(w.agent), conversation.WrappingBody{Deadline: w.now().Add(by), Extended: true})
	}
}
