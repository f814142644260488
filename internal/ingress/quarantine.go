package ingress

import (
	"context"
	"fmt"
	"time"

	"seax/connectors"
	"seax/internal/conversation"
)

// Quarantine keeps a request with events for accounts that nobody knows: a mistake in the settings must not lose what customers
// write. keys are the accounts it names, events how many events are theirs.
func (in *Ingress) Quarantine(ctx context.Context, at connectors.Account, keys []string, events int, body []byte) error {
	for i := range keys {
		keys[i] = key(keys[i])
	}
	_, err := in.log.Pool().Exec(ctx, `insert into quarantine (id, kind, channel_id, keys, events, body, at) values ($1, $2, $3, $4, $5, $6, $7)`,
		conversation.NewID(), at.Kind, at.ID, keys, events, body, time.Now())
	if err != nil {
		return fmt.Errorf("put aside a request to channel %s: %w", at.ID, err)
	}
	return nil
}
