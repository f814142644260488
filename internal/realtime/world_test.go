package realtime_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/websocket"

	"seax/api/spec"
	"seax/connectors"
	"seax/internal/conversation"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/realtime"
	"seax/internal/reports"
	"seax/internal/views"
	"seax/internal/wallboard"
)

const patience = 15 * time.Second

// leases remembers whose leases were renewed.
type leases struct {
	mu      sync.Mutex
	renewed []uuid.UUID
}

func (l *leases) Renew(_ context.Context, agents []uuid.UUID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.renewed = append(l.renewed, agents...)
	return nil
}

func (l *leases) of(agent uuid.UUID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Contains(l.renewed, agent)
}

type signer struct{}

func (signer) Sign(a conversation.Attachment) conversation.Attachment { return a }

// world is a process with sockets, and the log it commits to.
type world struct {
	*dispatchtest.Floor

	hub    *realtime.Hub
	bus    *realtime.Bus
	teller *realtime.Teller
	boards *wallboard.Boards
	leases *leases
	server *httptest.Server
	t      *testing.T

	mu     sync.Mutex
	people map[string]realtime.Person
	// away: who somebody is cannot be told.
	away bool
}

var quiet = slog.New(slog.DiscardHandler)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Floor: dispatchtest.New(t), leases: &leases{}, people: map[string]realtime.Person{}, t: t}
	who := func(secret string) (realtime.Person, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.away {
			return realtime.Person{}, errors.New("the database is away")
		}
		p, ok := w.people[secret]
		if !ok {
			return p, realtime.ErrNobody
		}
		return p, nil
	}
	shown := views.New(w.Pool, connectors.NewRegistry(), signer{})
	numbers := reports.NewReader(w.Pool, time.Now)
	w.boards = wallboard.New(w.Pool, wallboard.Sources{
		Live: shown.Live, Today: numbers.Today, Revoked: func(id uuid.UUID) { w.teller.AccessChanged(id) },
	}, time.Now)
	var err error
	w.hub, err = realtime.NewHub(realtime.Deps{
		Views: shown, Leases: w.leases, Logger: quiet, Today: numbers.Today, Show: w.boards.Show,
		Wallboard: func(ctx context.Context, _, token string) (spec.Wallboard, error) {
			board, err := w.boards.Open(ctx, token)
			if errors.Is(err, wallboard.ErrUnknown) {
				err = realtime.ErrNobody
			}
			return board, err
		},
		ByRequest: func(r *http.Request) (realtime.Person, error) { return who(r.Header.Get("Cookie")) },
		ByToken:   func(_ context.Context, token string) (realtime.Person, error) { return who(token) },
		Visitor: func(_ context.Context, token string) (string, error) {
			id, ok := strings.CutPrefix(token, "visitor ")
			if !ok {
				return "", realtime.ErrNobody
			}
			return "visitor:chat:" + id, nil
		},
	})
	require.NoError(t, err)
	w.bus = realtime.NewBus(w.Pool, quiet)
	w.teller = realtime.NewTeller(w.bus, w.hub, quiet)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = w.hub.Run(ctx) })
	running.Go(func() { w.bus.Sender(ctx) })
	running.Go(func() { w.bus.Receiver(ctx, w.hub.Receive, w.hub.Resync) })
	t.Cleanup(func() { stop(); running.Wait() })
	mux := http.NewServeMux()
	mux.Handle("/agent", w.hub.AgentHandler())
	mux.Handle("/visitor", w.hub.VisitorHandler())
	mux.Handle("/wallboard", w.hub.WallHandler())
	w.server = httptest.NewServer(mux)
	t.Cleanup(w.server.Close)
	return w
}

// person makes somebody known; their secret is their name.
func (w *world) person(p conversation.Person, supervisor bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.people[p.Name] = realtime.Person{ID: p.ID, Supervisor: supervisor}
}

// socket is a client's connection.
type socket struct {
	t     *testing.T
	conn  *websocket.Conn
	lines chan line
	next  int
	// pushes that came and nobody has asked for yet.
	pushes []push
}

// line is one message of the server's.
type line struct {
	ID      int `json:"id"`
	Connect *struct {
		Subs map[string]any `json:"subs"`
	} `json:"connect"`
	Error *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
	Push *struct {
		Channel string `json:"channel"`
		Pub     *struct {
			Data json.RawMessage `json:"data"`
		} `json:"pub"`
		Unsubscribe *struct{} `json:"unsubscribe"`
	} `json:"push"`
}

type push struct {
	channel string
	T       string `json:"t"`
	Event   *struct {
		Seq  int64  `json:"seq"`
		Kind string `json:"kind"`
	} `json:"event"`
	Conversation *struct {
		ID      uuid.UUID `json:"id"`
		LastSeq int64     `json:"last_seq"`
	} `json:"conversation"`
	State     json.RawMessage `json:"state"`
	Wallboard json.RawMessage `json:"wallboard"`
	Today     *spec.Today     `json:"today"`
}

// dial opens a socket without saying anything yet; false: the server does not let it.
func (w *world) dial(path, origin, cookie string) (*socket, bool) {
	w.t.Helper()
	url := "ws" + strings.TrimPrefix(w.server.URL, "http") + path
	config, err := websocket.NewConfig(url, origin)
	require.NoError(w.t, err)
	if cookie != "" {
		config.Header.Set("Cookie", cookie)
	}
	conn, err := config.DialContext(w.t.Context())
	if err != nil {
		return nil, false
	}
	w.t.Cleanup(func() { _ = conn.Close() })
	s := &socket{t: w.t, conn: conn, lines: make(chan line, 1000)}
	go func() {
		defer close(s.lines)
		for {
			var text string
			if err := websocket.Message.Receive(conn, &text); err != nil {
				return
			}
			for scanner := bufio.NewScanner(strings.NewReader(text)); scanner.Scan(); {
				var l line
				if json.Unmarshal(scanner.Bytes(), &l) == nil {
					s.lines <- l
				}
			}
		}
	}()
	return s, true
}

// connect opens a socket with a token and expects to be let in.
func (w *world) connect(path, token string) *socket {
	w.t.Helper()
	s, ok := w.dial(path, w.server.URL, "")
	require.True(w.t, ok)
	answer, ok := s.ask("connect", map[string]any{"data": map[string]string{"token": token}})
	require.True(w.t, ok, "the server closed the socket")
	require.NotNil(w.t, answer.Connect)
	return s
}

// refused opens a socket with a token and expects not to be let in.
func (w *world) refused(path, token string) {
	w.t.Helper()
	s, ok := w.dial(path, w.server.URL, "")
	require.True(w.t, ok)
	_, ok = s.ask("connect", map[string]any{"data": map[string]string{"token": token}})
	require.False(w.t, ok, "%q opens %s", token, path)
}

// ask sends a command and waits for its answer; false: the server has closed the socket instead.
func (s *socket) ask(command string, body any) (line, bool) {
	s.t.Helper()
	s.next++
	encoded, err := json.Marshal(map[string]any{"id": s.next, command: body})
	require.NoError(s.t, err)
	require.NoError(s.t, websocket.Message.Send(s.conn, string(encoded)))
	for {
		l, ok := s.read()
		switch {
		case !ok:
			return line{}, false
		case l.ID == s.next:
			return l, true
		case l.Push != nil:
			s.keep(l)
		}
	}
}

func (s *socket) read() (line, bool) {
	s.t.Helper()
	select {
	case l, ok := <-s.lines:
		return l, ok
	case <-time.After(patience):
		require.Fail(s.t, "nothing came")
		return line{}, false
	}
}

func (s *socket) keep(l line) {
	if l.Push != nil && l.Push.Unsubscribe != nil {
		s.pushes = append(s.pushes, push{channel: l.Push.Channel, T: "unsubscribe"})
	}
	if l.Push == nil || l.Push.Pub == nil {
		return
	}
	p := push{channel: l.Push.Channel}
	require.NoError(s.t, json.Unmarshal(l.Push.Pub.Data, &p))
	s.pushes = append(s.pushes, p)
}

// subscribe reports whether the server allows it.
func (s *socket) subscribe(channel string) bool {
	s.t.Helper()
	answer, ok := s.ask("subscribe", map[string]string{"channel": channel})
	return ok && answer.Error == nil
}

// pushed waits for the next push for which want holds; others stay for later.
func (s *socket) pushed(want func(push) bool) push {
	s.t.Helper()
	for {
		for i, p := range s.pushes {
			if want(p) {
				s.pushes = slices.Delete(s.pushes, i, i+1)
				return p
			}
		}
		l, ok := s.read()
		require.True(s.t, ok, "the server closed the socket")
		s.keep(l)
	}
}

func (s *socket) pushedType(t string) push {
	s.t.Helper()
	return s.pushed(func(p push) bool { return p.T == t })
}

// closed waits until the server has closed the socket.
func (s *socket) closed() {
	s.t.Helper()
	for {
		if _, ok := s.read(); !ok {
			return
		}
	}
}

// write logs a message of a customer through a log of its own, told to the sinks.
func (w *world) write(id uuid.UUID, sinks ...conversation.Sink) {
	w.t.Helper()
	log := conversation.NewLog(w.Pool, time.Now, sinks...)
	require.NoError(w.t, log.Do(context.Background(), "write", func(ctx context.Context, tx *conversation.Tx) error {
		c, err := tx.Lock(ctx, id)
		if err != nil {
			return err
		}
		_, err = tx.Append(c, conversation.Draft{Kind: conversation.CustomerMessage, Actor: conversation.Actor{Kind: conversation.ByCustomer}, Body: conversation.Message{Text: "hello"}})
		return err
	}))
}
