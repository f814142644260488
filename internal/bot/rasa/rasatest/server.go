// Package rasatest is a Rasa server for tests, as far as its REST channel goes: the same routes, statuses and bodies, with a
// script in the place of the trained bot, and with faults that can be switched on.
package rasatest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Message is what reached the bot.
type Message struct {
	// Sender is "default" when the request had none.
	Sender string
	// Text is trimmed, as Rasa does.
	Text         string
	InputChannel string
	Metadata     map[string]any
	// Header is the request's.
	Header http.Header
}

// Output is one message of the bot; what is not set is left out of the answer.
type Output struct {
	RecipientID string   `json:"recipient_id"`
	Text        string   `json:"text,omitempty"`
	Image       string   `json:"image,omitempty"`
	Buttons     []Button `json:"buttons,omitempty"`
	Attachment  any      `json:"attachment,omitempty"`
	Custom      any      `json:"custom,omitempty"`
}

// Button of an Output.
type Button struct {
	Title   string `json:"title"`
	Payload string `json:"payload"`
}

// Script answers a message. An error (or a panic) is what Rasa calls an exception while handling a message: it is logged, and
// what was said before it is answered with status 200. RecipientID is filled in.
type Script func(m Message) ([]Output, error)

// Fault is how the server misbehaves.
type Fault string

// The faults. All but Down happen after the script has run: Rasa has taken the turn in.
const (
	None Fault = ""
	// Slow answers nothing until the client gives up or the server is closed.
	Slow Fault = "slow"
	// Down is a proxy without a server behind it: 503.
	Down Fault = "down"
	// Failing is a 500 of Sanic's.
	Failing Fault = "failing"
	// Garbage is a 200 with a web page.
	Garbage Fault = "garbage"
	// WrongShape is JSON, but not what the channel answers.
	WrongShape Fault = "wrong shape"
	// Huge never stops answering.
	Huge Fault = "huge"
	// HalfClosed promises more than it sends and closes.
	HalfClosed Fault = "half closed"
	// Hangup closes without an answer.
	Hangup Fault = "hangup"
	// RedirectAway sends the client to Server.Elsewhere, RedirectHere to another path of itself; both keep method and body.
	RedirectAway Fault = "redirect away"
	RedirectHere Fault = "redirect here"
	// RedirectGet makes a GET of it (302).
	RedirectGet Fault = "redirect get"
)

// Server is a running fake.
type Server struct {
	// URL is the base URL.
	URL string
	// Token, if set, is asked for as a proxy would: "Authorization: Bearer <token>", else 401. Set it before use.
	Token string
	// Elsewhere is another host, for RedirectAway.
	Elsewhere string

	http   *httptest.Server
	closed chan struct{}

	mu     sync.Mutex
	script Script
	fault  Fault
	seen   []Message
	// locks make messages of one sender wait for each other, as Rasa's lock store does.
	locks map[string]*sync.Mutex
}

// New starts a server that ends with the test. Without a script it echoes, as an untrained bot would not.
func New(t testing.TB, script Script) *Server {
	t.Helper()
	if script == nil {
		script = func(m Message) ([]Output, error) { return []Output{{Text: m.Text}}, nil }
	}
	s := &Server{script: script, closed: make(chan struct{}), locks: map[string]*sync.Mutex{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "Hello from Rasa: 3.6.20")
	})
	mux.HandleFunc("GET /webhooks/rest/{$}", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("POST /webhooks/rest/webhook", s.receive)
	mux.HandleFunc("POST /moved", s.receive)
	s.http = httptest.NewServer(mux)
	s.URL = s.http.URL
	t.Cleanup(func() {
		close(s.closed)
		s.http.Close()
	})
	return s
}

// Misbehave switches a fault on, or off with None.
func (s *Server) Misbehave(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Seen returns what reached the bot, oldest first.
func (s *Server) Seen() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.seen...)
}

// Stop closes the listener: connections are refused from now on.
func (s *Server) Stop() { s.http.Listener.Close() } //nolint:errcheck // it is a test's

func (s *Server) receive(w http.ResponseWriter, r *http.Request) {
	if s.Token != "" && r.Header.Get("Authorization") != "Bearer "+s.Token {
		writeJSON(w, http.StatusUnauthorized, map[string]any{"version": "3.6.20", "status": "failure", "reason": "NotAuthenticated", "code": 401})
		return
	}
	s.mu.Lock()
	fault := s.fault
	s.mu.Unlock()
	switch {
	case fault == Down:
		http.Error(w, "upstream connect error", http.StatusServiceUnavailable)
		return
	case strings.HasPrefix(string(fault), "redirect") && r.URL.Path != "/moved":
		s.redirect(w, r, fault)
		return
	}
	var in struct {
		Sender       any            `json:"sender"`
		Message      *string        `json:"message"`
		InputChannel string         `json:"input_channel"`
		Metadata     map[string]any `json:"metadata"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]any{"description": "Bad Request", "status": 400, "message": "Failed when parsing body as json"})
		return
	}
	m := Message{Sender: "default", InputChannel: "rest", Metadata: in.Metadata, Header: r.Header.Clone()}
	switch sender := in.Sender.(type) {
	case nil:
	case string:
		m.Sender = sender
	default:
		encoded, _ := json.Marshal(sender)
		m.Sender = string(encoded)
	}
	if in.Message != nil {
		m.Text = strings.TrimSpace(*in.Message)
	}
	if in.InputChannel != "" {
		m.InputChannel = in.InputChannel
	}
	outputs := s.handle(m)
	if fault != None && !strings.HasPrefix(string(fault), "redirect") {
		s.fail(w, r, fault)
		return
	}
	if r.URL.Query().Get("stream") == "true" {
		stream(w, outputs)
		return
	}
	writeJSON(w, http.StatusOK, outputs)
}

// handle runs the script, one message of a sender at a time, and never fails: Rasa's exceptions end up in its log.
func (s *Server) handle(m Message) (outputs []Output) {
	s.mu.Lock()
	lock := s.locks[m.Sender]
	if lock == nil {
		lock = &sync.Mutex{}
		s.locks[m.Sender] = lock
	}
	s.mu.Unlock()
	lock.Lock()
	defer lock.Unlock()

	s.mu.Lock()
	s.seen = append(s.seen, m)
	s.mu.Unlock()
	outputs = []Output{}
	defer func() { _ = recover() }()
	said, _ := s.script(m)
	for _, o := range said {
		o.RecipientID = m.Sender
		if o.Text == "" || len(o.Buttons) > 0 {
			outputs = append(outputs, o)
			continue
		}
		// A text without buttons is sent paragraph by paragraph, an image or attachment of it on its own.
		for _, part := range strings.Split(o.Text, "\n\n") {
			outputs = append(outputs, Output{RecipientID: m.Sender, Text: part})
		}
		if o.Image != "" || o.Attachment != nil || o.Custom != nil {
			o.Text = ""
			outputs = append(outputs, o)
		}
	}
	return outputs
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// stream is ?stream=true: an object per line, although the content type says something else.
func stream(w http.ResponseWriter, outputs []Output) {
	w.Header().Set("Content-Type", "text/event-stream")
	flusher, _ := w.(http.Flusher)
	for _, o := range outputs {
		_ = json.NewEncoder(w).Encode(o)
		flusher.Flush()
	}
}
