// Package wire makes calls to providers' HTTP APIs. Of a call that failed it says whether the provider can have processed it, which
// is what decides whether a message may be sent again.
package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"seax/connectors"
)

// timeout bounds a call whose context has more time.
const timeout = 30 * time.Second

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 4 << 20

// NewClient returns a client for providers' APIs on a transport. It follows no redirects: an API that moves has to be looked at.
func NewClient(transport http.RoundTripper) *http.Client {
	return &http.Client{Transport: transport, Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Answer is what a provider answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do makes one call and reads the answer, whatever its status. Errors are *connectors.SendError: CodeConnection if the provider
// certainly has not processed the call, CodeAmbiguous if it may have. They wrap the context's error if that is why.
func Do(client *http.Client, r *http.Request) (Answer, error) {
	var written atomic.Bool
	trace := &httptrace.ClientTrace{WroteRequest: func(i httptrace.WroteRequestInfo) {
		if i.Err == nil {
			written.Store(true)
		}
	}}
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), trace))
	res, err := client.Do(r)
	if err != nil {
		// The address is in what net/http says, and may hold a token.
		var in *url.Error
		if errors.As(err, &in) {
			err = in.Err
		}
		return Answer{}, lost(written.Load(), err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	if err != nil {
		return Answer{}, lost(true, err)
	}
	return Answer{Status: res.StatusCode, Header: res.Header, Body: body}, nil
}

func lost(written bool, cause error) *connectors.SendError {
	if written {
		return Ambiguous(cause)
	}
	return &connectors.SendError{Code: connectors.CodeConnection, Words: "The provider could not be reached.", Cause: cause}
}

// Ambiguous is the error of a call whose outcome is unknown.
func Ambiguous(cause error) *connectors.SendError {
	return &connectors.SendError{Code: connectors.CodeAmbiguous, Words: "The provider did not say whether it took the message.", Cause: cause}
}

// OK reports whether the provider did what it was asked to.
func (a Answer) OK() bool { return a.Status >= 200 && a.Status < 300 }

// JSON reads a good answer. One that cannot be read leaves open what was done: the error is ambiguous.
func (a Answer) JSON(into any) error {
	if err := json.Unmarshal(a.Body, into); err != nil {
		return Ambiguous(fmt.Errorf("answer is not the JSON expected: %w", err))
	}
	return nil
}

// RetryAfter is how long the provider wants us to wait, by its header; 0: it does not say.
func (a Answer) RetryAfter(now time.Time) time.Duration {
	value := a.Header.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds > 0 && seconds < 1e6 {
		return time.Duration(seconds * float64(time.Second))
	}
	if at, err := http.ParseTime(value); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

// Refusal classifies an answer that is not OK by its status alone, for what the provider's own codes do not say better. detail is
// the provider's text, for logs.
func (a Answer) Refusal(now time.Time, detail string) *connectors.SendError {
	e := &connectors.SendError{Cause: fmt.Errorf("status %d: %s", a.Status, detail)}
	switch {
	case a.Status == http.StatusTooManyRequests:
		e.Code, e.Words, e.RetryAfter = connectors.CodeThrottled, "The provider wants us to wait.", a.RetryAfter(now)
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden:
		e.Code, e.Words = connectors.CodeConfig, "The provider refuses the channel's credentials."
	case a.Status == http.StatusNotFound, a.Status == http.StatusGone:
		e.Code, e.Words = connectors.CodeUnreachable, "The customer cannot be reached on this channel any more."
	case a.Status == http.StatusServiceUnavailable:
		e.Code, e.Words, e.RetryAfter = connectors.CodeProvider, "The provider is not available.", a.RetryAfter(now)
	case a.Status >= 500, a.Status == http.StatusRequestTimeout:
		return Ambiguous(e.Cause)
	default:
		e.Code, e.Words = connectors.CodeRejected, "The provider refuses this message."
	}
	return e
}

// through sends every request to one server.
type through struct {
	base   http.RoundTripper
	server *url.URL
}

// Through returns a transport that sends every request to one server, whatever its address, with the host it was meant for in its
// Host header: for providers' fakes.
func Through(base http.RoundTripper, server *url.URL) http.RoundTripper { return through{base, server} }

// Divided returns a transport that uses one transport for some hosts, and another for all others.
func Divided(hosts []string, forThem, others http.RoundTripper) http.RoundTripper {
	return divided{hosts, forThem, others}
}

type divided struct {
	hosts           []string
	forThem, others http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (d divided) RoundTrip(r *http.Request) (*http.Response, error) {
	if slices.Contains(d.hosts, r.URL.Hostname()) {
		return d.forThem.RoundTrip(r)
	}
	return d.others.RoundTrip(r)
}

// RoundTrip implements http.RoundTripper.
func (t through) RoundTrip(r *http.Request) (*http.Response, error) {
	there := r.Clone(r.Context())
	if there.Host == "" {
		there.Host = r.URL.Host
	}
	there.URL.Scheme, there.URL.Host = t.server.Scheme, t.server.Host
	return t.base.RoundTrip(there)
}
