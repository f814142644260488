package crowd

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"seax/api/spec"
)

func textOf(e spec.Event) string {
	var body struct{ Text string }
	_ = json.Unmarshal(e.Body, &body)
	return body.Text
}

// catchUpTalk reads the events the agent has not seen and folds them.
func (a *Agent) catchUpTalk(ctx context.Context, id uuid.UUID, t *talk) error {
	a.mu.Lock()
	stale, after := t.stale, t.seq
	t.stale = false
	a.mu.Unlock()
	if !stale {
		return nil
	}
	events, err := a.Events(ctx, id, after)
	if err != nil {
		return err
	}
	c, err := a.Conversation(ctx, id)
	if err != nil {
		return err
	}
	for _, e := range events {
		after = e.Seq
		t.fold(e, a.ID.String())
	}
	t.phase, t.owner = string(c.Phase), ""
	if c.Agent != nil && (c.Phase == spec.PhaseAssigned || c.Phase == spec.PhaseWrapping) {
		t.owner = c.Agent.Id.String()
	}
	a.mu.Lock()
	t.seq = after
	a.mu.Unlock()
	return nil
}

// fold counts what was said since this agent has the conversation.
func (t *talk) fold(e spec.Event, me string) {
	switch e.Kind {
	case "conversation.assigned":
		// What the customer said before, the first message answers.
		t.said, t.waiting = 0, false
	case "agent.message":
		if e.Actor.Id != nil && *e.Actor.Id == me {
			t.said, t.waiting = t.said+1, true
		}
	case "customer.message":
		t.left, t.waiting = false, false
	case "customer.left":
		t.left = true
	case "conversation.transferred":
		t.transferred = true
	case "conversation.parked":
		t.parked = true
	}
}
