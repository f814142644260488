package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"seax/connectors"
	"seax/connectors/wire"
)

// base is where the provider is; the name is reserved for nobody.
const base = "https://simulator.invalid/"

// idempotencyKey is the header that carries a message's id.
const idempotencyKey = "Idempotency-Key"

// call makes one request. Its errors are *connectors.SendError.
func (c *Connector) call(ctx context.Context, account connectors.Account, id string, body outgoing) (taken, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return taken{}, &connectors.SendError{Code: connectors.CodeRejected, Words: "The message cannot be written.", Cause: err}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+account.ID+"/messages", bytes.NewReader(encoded))
	if err != nil {
		return taken{}, &connectors.SendError{Code: connectors.CodeConfig, Words: "The channel's id makes no address.", Cause: err}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(signatureHeader, sign(account.Secret, c.deps.Clock(), encoded))
	if id != "" {
		r.Header.Set(idempotencyKey, id)
	}
	answer, err := wire.Do(c.client, r)
	if err != nil {
		return taken{}, err
	}
	var t taken
	if !answer.OK() {
		_ = json.Unmarshal(answer.Body, &t)
		return taken{}, answer.Refusal(c.deps.Clock(), t.Error)
	}
	err = answer.JSON(&t)
	return t, err
}
