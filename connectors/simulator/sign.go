package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
)

// signatureHeader holds "t=<unix seconds>,v1=<hex HMAC-SHA256 of t.body>", in both directions.
const signatureHeader = "X-Simulator-Signature"

// tolerance is how old a signature may be, or how far ahead its clock.
const tolerance = 5 * time.Minute

func mac(secret []byte, timestamp string, body []byte) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(timestamp))
	h.Write([]byte{'.'})
	h.Write(body)
	return h.Sum(nil)
}

func sign(secret []byte, at time.Time, body []byte) string {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	return "t=" + timestamp + ",v1=" + hex.EncodeToString(mac(secret, timestamp, body))
}

var (
	errSignature = errors.New("the signature is missing or wrong")
	errStale     = errors.New("the signature is too old")
)

// verify checks a signature over the raw body.
func verify(secret []byte, signature string, body []byte, now time.Time) error {
	stamp, rest, ok := strings.Cut(signature, ",")
	timestamp, timed := strings.CutPrefix(stamp, "t=")
	given, signed := strings.CutPrefix(rest, "v1=")
	if !ok || !timed || !signed || len(secret) == 0 {
		return errSignature
	}
	claimed, err := hex.DecodeString(given)
	if err != nil || !hmac.Equal(claimed, mac(secret, timestamp, body)) {
		return errSignature
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return errSignature
	}
	if now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return errStale
	}
	return nil
}
