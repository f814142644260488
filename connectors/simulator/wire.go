package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"

	"seax/connectors"
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
	// What tells a request that certainly was not processed from one that may have been.
	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(i httptrace.WroteRequestInfo) { written.Store(i.Err == nil) }})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+account.ID+"/messages", bytes.NewReader(encoded))
	if err != nil {
		return taken{}, &connectors.SendError{Code: connectors.CodeConfig, Words: "The channel's id makes no address.", Cause: err}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(signatureHeader, sign(account.Secret, c.deps.Clock(), encoded))
	if id != "" {
		r.Header.Set(idempotencyKey, id)
	}
	res, err := c.client.Do(r)
	if err != nil {
		if written.Load() {
			return taken{}, ambiguous(err)
		}
		return taken{}, &connectors.SendError{Code: connectors.CodeConnection, Words: "The provider could not be reached.", Cause: err}
	}
	defer func() { _ = res.Body.Close() }()
	read, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return taken{}, ambiguous(err)
	}
	var answer taken
	unreadable := json.Unmarshal(read, &answer)
	if err := refusal(res, answer); err != nil {
		return taken{}, err
	}
	if unreadable != nil {
		return taken{}, ambiguous(fmt.Errorf("answer is not JSON: %w", unreadable))
	}
	return answer, nil
}

func ambiguous(cause error) *connectors.SendError {
	return &connectors.SendError{Code: connectors.CodeAmbiguous, Words: "The provider did not say whether it took the message.", Cause: cause}
}

// refusal makes of an answer's status the error it stands for; nil if the message was taken.
func refusal(res *http.Response, answer taken) error {
	e := &connectors.SendError{Cause: fmt.Errorf("status %d: %s", res.StatusCode, answer.Error)}
	switch status := res.StatusCode; {
	case status < 300:
		return nil
	case status == http.StatusTooManyRequests:
		e.Code, e.Words = connectors.CodeThrottled, "The provider wants us to wait."
		if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil {
			e.RetryAfter = time.Duration(seconds) * time.Second
		}
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		e.Code, e.Words = connectors.CodeConfig, "The provider refuses the channel's credentials."
	case status == http.StatusNotFound, status == http.StatusGone:
		e.Code, e.Words = connectors.CodeUnreachable, "The customer cannot be reached on this channel any more."
	case status == http.StatusServiceUnavailable:
		// This provider answers so before it has done anything.
		e.Code, e.Words = connectors.CodeProvider, "The provider is not available."
	case status >= 500:
		return ambiguous(e.Cause)
	default:
		e.Code, e.Words = connectors.CodeRejected, "The provider refuses this message."
	}
	return e
}
