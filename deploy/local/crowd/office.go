package crowd

import (
	"context"
	"fmt"
	"net/http"

	"golang.org/x/sync/errgroup"
)

// Desk is a queue with a web chat that leads to it.
type Desk struct {
	// ID names both.
	ID string
	// OfferSeconds and WrapUpSeconds are the queue's times; 5 is the least.
	OfferSeconds, WrapUpSeconds int
	// Cost of a conversation in units; 0: the default.
	Cost int
	// Flow of the chat; "": assistant.
	Flow string
	// Promises are the queue's targets, as the API has them: first_reply_s and so on; nil: none.
	Promises map[string]int
}

// Open makes the queue and the chat, as an admin does.
func (d Desk) Open(ctx context.Context, admin *Agent) error {
	queue := map[string]any{
		"id": d.ID, "name": map[string]string{"en": d.ID}, "offer_timeout_s": or(d.OfferSeconds, 20), "wrapup_s": or(d.WrapUpSeconds, 120), "boost_s": 600,
		"strict": false, "time_zone": "UTC", "hours": map[string]any{}, "holidays": []string{},
		"outcomes": []any{map[string]any{"id": "resolved", "label": map[string]string{"en": "Resolved"}}},
	}
	if d.Promises != nil {
		queue["sla"] = d.Promises
	}
	if err := admin.create(ctx, "/queues", queue); err != nil {
		return fmt.Errorf("open queue %s: %w", d.ID, err)
	}
	flow := d.Flow
	if flow == "" {
		flow = "assistant"
	}
	channel := map[string]any{"id": d.ID, "kind": "webchat", "name": d.ID, "flow": flow, "queue": d.ID, "enabled": true}
	if d.Cost > 0 {
		channel["cost"] = d.Cost
	}
	if err := admin.create(ctx, "/channels", channel); err != nil {
		return fmt.Errorf("open chat %s: %w", d.ID, err)
	}
	return nil
}

// create makes something; that it is there already, as after a lost answer, is no error.
func (a *Agent) create(ctx context.Context, path string, what any) error {
	err := a.Do(ctx, http.MethodPost, path, what, nil)
	if Refused(err) == "conflict" {
		return nil
	}
	return err
}

// Password is what hired people sign in with.
const Password = "a simulated password"

// Hire makes agents who are members of queues, as an admin does. capacity in units; 0: the default.
func Hire(ctx context.Context, admin *Agent, base string, names []string, capacity int, queues []string, recorder *Recorder) ([]*Agent, error) {
	members := map[string]int{}
	for _, q := range queues {
		members[q] = 1
	}
	agents := make([]*Agent, len(names))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i, name := range names {
		group.Go(func() error {
			agents[i] = NewAgent(base, name+"@crowd.test", Password, recorder)
			person := map[string]any{
				"email": agents[i].Email, "name": name, "role": "agent", "password": Password, "queues": members, "skills": map[string]int{"en": 80},
			}
			if capacity > 0 {
				person["capacity"] = capacity
			}
			if err := admin.create(ctx, "/people", person); err != nil {
				return fmt.Errorf("hire %s: %w", name, err)
			}
			return nil
		})
	}
	return agents, group.Wait()
}

func or(a, b int) int {
	if a != 0 {
		return a
	}
	return b
}
