package flowtest

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"seax/internal/conversation"
	"seax/internal/sla"
)

// clocks are those of a world whose queues promise something, kept as the event log keeps them.
type clocks struct {
	sla.State
	// waiting is since when the customer waits, spoken: a person has spoken.
	waiting time.Time
	spoken  bool
}

// Clocks lists what clocks came to and what became of them, in order, each with the time since the beginning: "5m0s warned
// first_reply", "10m0s breached first_reply", "11m0s late first_reply"; the others are met and canceled.
func (w *World) Clocks() []string { return w.clockLog }

func (w *World) noteClock(what string, target sla.Target) {
	w.clockLog = append(w.clockLog, fmt.Sprintf("%s %s %s", w.now().Sub(w.scenario.Start), what, target))
}

// keepClocks brings the clocks in line after an event, and says on it what the workflow is to know. What they have come to is returned.
func (w *World) keepClocks(e *conversation.Event) []sla.Crossing {
	if w.scenario.Promises == nil {
		return nil
	}
	k := &w.clocks
	switch e.Kind {
	case conversation.CustomerMessage, conversation.RoutingRequested, conversation.Queued:
		if k.waiting.IsZero() {
			k.waiting = w.now()
		}
	case conversation.AgentMessage:
		k.waiting, k.spoken = time.Time{}, true
	case conversation.BotMessage, conversation.Parked, conversation.Wrapping, conversation.Wrapped:
		k.waiting = time.Time{}
	}
	before := k.Mark()
	crossed := w.observe(e.Kind)
	if mark := k.Mark(); e.Kind.Input() && !mark.Equal(before) {
		e.SLA = &mark
	}
	return crossed
}

func (w *World) observe(kind conversation.Kind) []sla.Crossing {
	k := &w.clocks
	sit := sla.Situation{
		WaitingSince: k.waiting, Spoken: k.spoken, Answered: kind == conversation.AgentMessage,
		Resolved: w.phase == conversation.InWrapUp || kind == conversation.Wrapped, Closed: w.phase == conversation.Done,
	}
	var adopt *sla.Policy
	switch w.phase {
	case conversation.InQueue, conversation.InOffer, conversation.WithAgent, conversation.OnHold:
		sit.Needed = true
		adopt = &sla.Policy{Queue: w.queue, Targets: w.scenario.Promises[w.queue]}
	}
	crossed, ended := k.Observe(w.now(), adopt, sit)
	for _, o := range ended {
		how := "canceled"
		switch {
		case o.Met && o.BreachedAt.IsZero():
			how = "met"
		case o.Met:
			how = "late"
		}
		w.noteClock(how, o.Target)
	}
	k.spoken = k.spoken && !sit.Resolved
	return crossed
}

// sayCrossed notes what clocks have come to.
func (w *World) sayCrossed(crossed []sla.Crossing) {
	for _, x := range crossed {
		kind, what := conversation.SLAWarned, "warned"
		if x.Breached {
			kind, what = conversation.SLABreached, "breached"
		}
		w.noteClock(what, x.Target)
		w.append(w.newID(), kind, conversation.System, conversation.SLABody{Target: x.Target, Period: x.Period, Queue: w.queue, Due: x.Due})
	}
}

// stopClocks says that they stand, where no other event says that nobody is needed any more.
func (w *World) stopClocks() {
	if w.clocks.Mark() != (sla.Mark{}) {
		w.append(w.newID(), conversation.SLAChanged, conversation.System, conversation.SLAChangedBody{Queue: w.queue})
	}
}

func (w *World) slaDue(context.Context, uuid.UUID) (sla.Mark, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.effect()
	w.looks++
	w.sayCrossed(w.observe(""))
	return w.clocks.Mark(), nil
}

// Looks counts how often the workflow has asked what clocks have come to.
func (w *World) Looks() int { return w.looks }
