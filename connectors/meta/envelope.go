package meta

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"seax/connectors"
	"seax/internal/conversation"
)

// errMalformed is wrapped by everything that is wrong with a request's form.
var errMalformed = errors.New("malformed")

// entry is what a webhook says of one account: changes of it, or what happened in its inbox. What is in them is read one by one, so that
// one that cannot be read does not take the others with it.
type entry struct {
	ID      string `json:"id"`
	Changes []struct {
		Field string          `json:"field"`
		Value json.RawMessage `json:"value"`
	} `json:"changes"`
	Messaging []json.RawMessage `json:"messaging"`
	// Standby is what happens in threads that another app has.
	Standby []json.RawMessage `json:"standby"`
}

// decode reads a webhook that is about one of these kinds of objects.
func decode(body []byte, objects ...string) ([]entry, error) {
	if !utf8.Valid(body) {
		return nil, fmt.Errorf("%w: not valid UTF-8", errMalformed)
	}
	var in struct {
		Object string  `json:"object"`
		Entry  []entry `json:"entry"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, fmt.Errorf("%w: not the JSON expected", errMalformed)
	}
	if !slices.Contains(objects, in.Object) {
		return nil, fmt.Errorf("%w: it is about %.40q, and here belongs %v", errMalformed, in.Object, objects)
	}
	if in.Entry == nil {
		return nil, fmt.Errorf("%w: it has no entry", errMalformed)
	}
	return in.Entry, nil
}

// received tells Meta that we have everything.
func received([]connectors.Result) connectors.Response {
	return connectors.Response{Body: []byte("EVENT_RECEIVED")}
}

// stamp is a time as Meta writes it: seconds or milliseconds, as a number or a string.
type stamp struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler. What cannot be read is no time.
func (s *stamp) UnmarshalJSON(raw []byte) error {
	n, err := strconv.ParseInt(string(bytes.Trim(raw, `"`)), 10, 64)
	switch {
	case err != nil || n <= 0 || n > 1e14:
		s.Time = time.Time{}
	case n >= 1e12:
		s.Time = time.UnixMilli(n).UTC()
	default:
		s.Time = time.Unix(n, 0).UTC()
	}
	return nil
}

// digest names something that Meta has no id for, the same when it comes again.
func digest(raw []byte) string {
	sum := sha256.Sum256(raw)
	return "sha256/" + hex.EncodeToString(sum[:])
}

// unsupported makes a message of something that cannot be shown.
func unsupported(in *connectors.Inbound, kind string) {
	if kind == "" {
		kind = "unknown"
	}
	in.Message.Unsupported = &conversation.Unsupported{Type: kind}
}
