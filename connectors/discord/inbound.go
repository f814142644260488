package discord

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"unicode/utf8"

	"seax/connectors"
)

// The headers that sign a request: Ed25519 over the timestamp and the raw body.
const (
	signatureHeader = "X-Signature-Ed25519"
	timestampHeader = "X-Signature-Timestamp"
)

// Authenticate implements connectors.Connector. Discord tries whether we refuse what is not signed.
func (c *Connector) Authenticate(_ context.Context, account connectors.Account, r *connectors.Request) (connectors.Caller, error) {
	key, err := hex.DecodeString(c.setting(account, settingKey))
	if err != nil || len(key) != ed25519.PublicKeySize || r.Method != http.MethodPost {
		return connectors.Caller{}, fmt.Errorf("method %s: %w", r.Method, connectors.ErrUnauthenticated)
	}
	signature, err := hex.DecodeString(r.Header.Get(signatureHeader))
	timestamp := r.Header.Get(timestampHeader)
	if err != nil || timestamp == "" || !ed25519.Verify(key, slices.Concat([]byte(timestamp), r.Body), signature) {
		return connectors.Caller{}, connectors.ErrUnauthenticated
	}
	return connectors.Caller{}, nil
}

// errMalformed is wrapped by everything that is wrong with a request's form.
var errMalformed = errors.New("malformed")

// Parse implements connectors.Connector: a request is one interaction.
func (c *Connector) Parse(_ context.Context, _ connectors.Account, _ connectors.Caller, r *connectors.Request) (connectors.Batch, error) {
	if !utf8.Valid(r.Body) {
		return connectors.Batch{}, fmt.Errorf("%w: not valid UTF-8", errMalformed)
	}
	decoder := json.NewDecoder(bytes.NewReader(r.Body))
	var i interaction
	if err := decoder.Decode(&i); err != nil {
		return connectors.Batch{}, fmt.Errorf("%w: not the JSON expected", errMalformed)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) || i.Type <= 0 {
		return connectors.Batch{}, fmt.Errorf("%w: it is no interaction", errMalformed)
	}
	var batch connectors.Batch
	if in, ok := done(i, r.Body); ok {
		batch.Events = append(batch.Events, in)
	} else if i.Type != interactionPing && i.Type != interactionAutocomplete {
		return connectors.Batch{}, fmt.Errorf("%w: the interaction names nobody", errMalformed)
	}
	batch.Respond = func([]connectors.Result) connectors.Response { return connectors.JSON(http.StatusOK, answer(i)) }
	return batch, nil
}
