package connectortest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"seax/connectors"
)

// recorder is a feed that keeps what it is given, like the database would.
type recorder struct {
	mu sync.Mutex
	// heard is everything, events what is left without repetitions.
	heard, events []connectors.Inbound
	state         []byte
	// refuse is how often Accept fails.
	refuse  int
	changed chan struct{}
}

func newRecorder() *recorder { return &recorder{changed: make(chan struct{}, 1)} }

var errNotNow = errors.New("the database is away")

// Accept implements connectors.Feed.
func (r *recorder) Accept(_ context.Context, events []connectors.Inbound, state []byte) ([]connectors.Result, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.tell()
	if r.refuse > 0 {
		r.refuse--
		return nil, errNotNow
	}
	r.heard = append(r.heard, events...)
	results := make([]connectors.Result, len(events))
	for i, e := range events {
		results[i] = connectors.Result{ProviderID: e.ProviderID, Status: connectors.ResultAccepted}
		if e.ProviderID != "" && slices.ContainsFunc(r.events, func(old connectors.Inbound) bool { return old.ProviderID == e.ProviderID }) {
			results[i].Status = connectors.ResultDuplicate
			continue
		}
		r.events = append(r.events, e)
	}
	if state != nil {
		r.state = slices.Clone(state)
	}
	return results, nil
}

// State implements connectors.Feed.
func (r *recorder) State(context.Context) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.state), nil
}

// Connected implements connectors.Feed.
func (r *recorder) Connected() { r.tell() }

func (r *recorder) tell() {
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

func (r *recorder) got() []connectors.Inbound {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

func (r *recorder) all() []connectors.Inbound {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.heard)
}

// listening is a listener at work.
type listening struct {
	*recorder
	stop func() error
}

// listen runs the connector's listener, again whenever it returns, until stop; it returns when the connection works.
func (s *suite) listen(t *testing.T, feed *recorder) *listening {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		var err error
		for ctx.Err() == nil {
			err = s.Connector.(connectors.Listener).Listen(ctx, s.Account, feed)
		}
		done <- err
	}()
	<-feed.changed
	stop := sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { _ = stop() })
	return &listening{feed, stop}
}

// until waits until the feed has so many events.
func (l *listening) until(t *testing.T, n int) []connectors.Inbound {
	t.Helper()
	return l.wait(t, n, l.got)
}

func (l *listening) wait(t *testing.T, n int, list func() []connectors.Inbound) []connectors.Inbound {
	t.Helper()
	for {
		if got := list(); len(got) >= n {
			return got
		}
		select {
		case <-l.changed:
		case <-t.Context().Done():
			t.Fatalf("%d events instead of %d", len(list()), n)
		}
	}
}

// hear listens while events are handed over and returns what the connector makes of them.
func (s *suite) hear(t *testing.T, n int, hand func()) []connectors.Inbound {
	t.Helper()
	if s.ears == nil {
		s.ears = s.listen(t, newRecorder())
	}
	before := len(s.ears.all())
	hand()
	return s.ears.wait(t, before+n, s.ears.all)[before:]
}

func hears(t *testing.T, s *suite) {
	address := s.Addresses[0]
	l := s.listen(t, newRecorder())
	ids := []string{newID(), newID(), newID()}
	for _, id := range ids {
		s.Hand(address, s.Message(address, id, id))
	}
	got := l.until(t, 3)
	for i, id := range ids {
		require.Equal(t, id, got[i].Message.Text)
		require.Equal(t, address, got[i].Address)
		require.NotEmpty(t, got[i].ProviderID)
	}
}

// hearsAgain: what could not be committed is not acknowledged, and comes again.
func hearsAgain(t *testing.T, s *suite) {
	address := s.Addresses[0]
	feed := newRecorder()
	l := s.listen(t, feed)
	feed.mu.Lock()
	feed.refuse = 1
	feed.mu.Unlock()
	s.Hand(address, s.Message(address, newID(), "once"), s.Message(address, newID(), "twice"))
	got := l.until(t, 2)
	require.Equal(t, "once", got[0].Message.Text)
	require.Equal(t, "twice", got[1].Message.Text)
}

// goesOn: what came while nobody listened is heard afterwards, and nothing twice.
func goesOn(t *testing.T, s *suite) {
	address := s.Addresses[0]
	feed := newRecorder()
	first := s.listen(t, feed)
	s.Hand(address, s.Message(address, newID(), "one"))
	first.until(t, 1)
	_ = first.stop()
	s.Hand(address, s.Message(address, newID(), "two"))
	second := s.listen(t, feed)
	s.Hand(address, s.Message(address, newID(), "three"))
	var texts []string
	for _, e := range second.until(t, 3) {
		texts = append(texts, e.Message.Text)
	}
	require.Equal(t, []string{"one", "two", "three"}, texts)
}

func stopsListening(t *testing.T, s *suite) {
	require.ErrorIs(t, s.listen(t, newRecorder()).stop(), context.Canceled)
}

func comesBack(t *testing.T, s *suite) {
	address := s.Addresses[0]
	l := s.listen(t, newRecorder())
	s.Hand(address, s.Message(address, newID(), "one"))
	l.until(t, 1)
	s.Disconnect()
	s.Hand(address, s.Message(address, newID(), "two"))
	require.Equal(t, "two", l.until(t, 2)[1].Message.Text)
}
