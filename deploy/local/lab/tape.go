package lab

import (
	"bytes"
	"crypto/sha256"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Exchange is one request between SeaX and a provider, as it went over the wire.
type Exchange struct {
	N        int       `json:"n"`
	Provider string    `json:"provider"`
	At       time.Time `json:"at"`
	// Out: SeaX called; otherwise the provider did.
	Out    bool     `json:"out"`
	Method string   `json:"method"`
	URL    string   `json:"url"`
	Header []string `json:"header"`
	Body   string   `json:"body"`
	Status int      `json:"status"`
	Answer string   `json:"answer"`
	Millis float64  `json:"ms"`
	// Lost: there was no answer.
	Lost bool `json:"lost,omitempty"`
}

// tape keeps the last exchanges.
type tape struct {
	mu      sync.Mutex
	n       int
	last    []Exchange
	changed func()
	// muted: nothing is kept, for loads that nobody looks at.
	muted bool
}

// Most of a body that is kept, and how many exchanges are.
const (
	keptBytes     = 16 << 10
	keptExchanges = 300
)

func (t *tape) add(e Exchange) {
	if t.muted {
		return
	}
	t.mu.Lock()
	t.n++
	e.N = t.n
	if t.last = append(t.last, e); len(t.last) > keptExchanges {
		t.last = slices.Clone(t.last[len(t.last)-keptExchanges:])
	}
	t.mu.Unlock()
	t.changed()
}

// exchanges are those of a provider, the newest first.
func (t *tape) exchanges(provider string, most int) []Exchange {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := []Exchange{}
	for _, e := range slices.Backward(t.last) {
		if e.Provider == provider && len(all) < most {
			all = append(all, e)
		}
	}
	return all
}

// shown is a body as people read it.
func shown(body []byte) string {
	switch {
	case len(body) > keptBytes:
		body = append(bytes.Clone(body[:keptBytes]), "…"...)
		return strings.ToValidUTF8(string(body), "\uFFFD")
	case !utf8.Valid(body) || bytes.ContainsRune(body, 0):
		return strings.ToValidUTF8(string(bytes.ReplaceAll(body, []byte{0}, nil)), "\uFFFD")
	}
	return string(body)
}

func lines(h http.Header) []string {
	all := []string{}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			all = append(all, name+": "+value)
		}
	}
	return all
}

// out lets a provider answer a call of SeaX's.
func (t *tape) out(provider string, to http.Handler, w http.ResponseWriter, r *http.Request) {
	e := Exchange{Provider: provider, At: time.Now(), Out: true, Method: r.Method, URL: "https://" + r.Host + r.URL.RequestURI(), Header: lines(r.Header)}
	if r.Header.Get("Upgrade") != "" {
		// A connection that stays: what goes over it is shown where it is sent.
		e.Status, e.Answer = http.StatusSwitchingProtocols, "(stays open)"
		t.add(e)
		to.ServeHTTP(w, r)
		return
	}
	if t.muted {
		to.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 128<<20))
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	e.Body, e.Lost = shown(body), true
	answer := httptest.NewRecorder()
	defer func() {
		e.Millis = float64(time.Since(e.At).Microseconds()) / 1000
		t.add(e)
	}()
	to.ServeHTTP(answer, r)
	e.Status, e.Answer, e.Lost = answer.Code, shown(answer.Body.Bytes()), false
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// recorded carries webhooks and keeps them.
type recorded struct {
	lab *Lab
	to  http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t recorded) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	kind, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/webhooks/"), "/")
	e := Exchange{Provider: t.lab.names[t.lab.byKind[kind]], At: time.Now(), Method: r.Method, URL: r.URL.String(), Header: lines(r.Header), Body: shown(body)}
	res, err := t.to.RoundTrip(r)
	e.Millis = float64(time.Since(e.At).Microseconds()) / 1000
	if err != nil {
		e.Lost, e.Answer = true, err.Error()
	} else {
		answer, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
		_ = res.Body.Close()
		res.Body = io.NopCloser(bytes.NewReader(answer))
		e.Status, e.Answer = res.StatusCode, shown(answer)
		t.lab.acknowledged(body, res.StatusCode)
		if t.lab.options.Acked != nil && res.StatusCode < 300 {
			t.lab.options.Acked(kind, time.Since(e.At))
		}
	}
	t.lab.tape.add(e)
	return res, err
}

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return string(sum[:])
}
