// Package standardwebhooks signs and verifies HTTP messages by the Standard Webhooks specification
// (https://www.standardwebhooks.com): HMAC-SHA256 over id, time and raw body, with secrets that begin with "whsec_".
package standardwebhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of a message. ID is the same at every attempt, Timestamp (unix seconds) is that of the attempt.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

// Tolerance is how old a signature may be, or how far ahead its clock.
const Tolerance = 5 * time.Minute

const (
	prefix  = "whsec_"
	version = "v1"
)

// What Verify returns.
var (
	ErrSignature = errors.New("the signature is missing or wrong")
	ErrStale     = errors.New("the signature is too old, or a clock is wrong")
)

// Secret is what messages are signed with.
type Secret []byte

// ParseSecret reads a secret as it is written: "whsec_" and base64, of at least 24 bytes.
func ParseSecret(text string) (Secret, error) {
	encoded, ok := strings.CutPrefix(text, prefix)
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(key) < 24 {
		return nil, errors.New("a secret is \"whsec_\" and at least 24 bytes in base64")
	}
	return key, nil
}

// String writes a secret as ParseSecret reads it.
func (s Secret) String() string { return prefix + base64.StdEncoding.EncodeToString(s) }

func (s Secret) sign(id, timestamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, s)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return mac.Sum(nil)
}

// Sign returns the value of the signature's header, with one signature for each secret.
func Sign(id string, at time.Time, body []byte, secrets ...Secret) string {
	signatures := make([]string, len(secrets))
	for i, s := range secrets {
		signatures[i] = version + "," + base64.StdEncoding.EncodeToString(s.sign(id, strconv.FormatInt(at.Unix(), 10), body))
	}
	return strings.Join(signatures, " ")
}

// SetHeader signs a message in its header.
func SetHeader(h http.Header, id string, at time.Time, body []byte, secrets ...Secret) {
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, strconv.FormatInt(at.Unix(), 10))
	h.Set(HeaderSignature, Sign(id, at, body, secrets...))
}

// Verify checks a message's header over its raw body: one of its signatures must be of one of the secrets.
func Verify(h http.Header, body []byte, now time.Time, secrets ...Secret) error {
	id, timestamp := h.Get(HeaderID), h.Get(HeaderTimestamp)
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if id == "" || err != nil {
		return ErrSignature
	}
	good := false
	for _, one := range strings.Fields(h.Get(HeaderSignature)) {
		encoded, ok := strings.CutPrefix(one, version+",")
		given, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if !ok || err != nil {
			continue
		}
		for _, s := range secrets {
			good = hmac.Equal(given, s.sign(id, timestamp, body)) && len(s) > 0 || good
		}
	}
	if !good {
		return ErrSignature
	}
	if at := time.Unix(seconds, 0); now.Sub(at).Abs() > Tolerance {
		return fmt.Errorf("signed at %s: %w", at.UTC().Format(time.RFC3339), ErrStale)
	}
	return nil
}
