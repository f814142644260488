package health

import (
	"context"
	"errors"
	"sync"
	"time"

	"seax/connectors"
)

// Gate keeps messages back while a provider does not take them, and finds out when it does again: by a harmless call where the connector
// has one (connectors.Checker), otherwise by letting one message through now and then. It knows what its own process has seen.
type Gate struct {
	clock    func() time.Time
	recorder *Recorder

	mu   sync.Mutex
	byID map[string]*state
}

// state is one account's.
type state struct {
	// failures counts those in a row after which nobody can say that the provider works.
	failures int
	// since is when the first of them was, once there are enough.
	first, since time.Time
	// told: the recorder knows that it works. What an earlier process has written may say otherwise.
	told bool
	// probeAt is when the provider may be tried again.
	probeAt time.Time
	version int
}

// limit is how many failures in a row are an outage, probeEvery how often it is then tried whether it is over.
const (
	limit      = 3
	probeEvery = 15 * time.Second
)

// NewGate returns a gate that tells the recorder (may be nil) of outages.
func NewGate(clock func() time.Time, recorder *Recorder) *Gate {
	return &Gate{clock: clock, recorder: recorder, byID: map[string]*state{}}
}

// Enter returns nil if a message may be sent, and otherwise why it has to wait (a *connectors.SendError that may be tried again).
func (g *Gate) Enter(ctx context.Context, connector connectors.Connector, account connectors.Account) error {
	switch g.turn(account) {
	case turnGo:
		return nil
	case turnWait:
		return waiting()
	}
	checker, ok := connector.(connectors.Checker)
	if !ok {
		// This message is the probe.
		return nil
	}
	_, err := checker.Check(ctx, account)
	var e *connectors.SendError
	if err != nil && !(errors.As(err, &e) && e.Permanent()) {
		return waiting()
	}
	// It answers; if only to refuse, the message will tell why.
	g.Left(account, nil)
	return nil
}

func waiting() *connectors.SendError {
	return &connectors.SendError{Code: connectors.CodeProvider, Words: "The provider does not answer; the message waits.", RetryAfter: probeEvery}
}

// turn is what is due for a message.
type turn int

const (
	turnGo turn = iota
	turnWait
	turnProbe
)

func (g *Gate) turn(account connectors.Account) turn {
	g.mu.Lock()
	defer g.mu.Unlock()
	s, ok := g.byID[account.ID]
	if !ok || s.since.IsZero() {
		return turnGo
	}
	now := g.clock()
	if s.version == account.Version && now.Before(s.probeAt) {
		return turnWait
	}
	s.version, s.probeAt = account.Version, now.Add(probeEvery)
	return turnProbe
}

// Left tells the gate what became of a message it let in.
func (g *Gate) Left(account connectors.Account, err error) {
	var e *connectors.SendError
	bad := errors.As(err, &e) && (e.Code == connectors.CodeConnection || e.Code == connectors.CodeProvider || e.Code == connectors.CodeAmbiguous)
	if err != nil && !bad && e == nil {
		// Ours, or the process is stopping: it says nothing of the provider.
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	s, ok := g.byID[account.ID]
	if !ok {
		s = &state{}
		g.byID[account.ID] = s
	}
	if !bad {
		if !s.told || !s.since.IsZero() {
			g.recorder.Outage(account.ID, nil)
		}
		*s = state{told: true}
		return
	}
	now := g.clock()
	if s.failures == 0 {
		s.first, s.version = now, account.Version
	}
	s.failures++
	if s.failures == limit {
		s.since, s.probeAt = s.first, now.Add(probeEvery)
		since := s.since
		g.recorder.Outage(account.ID, &since)
	}
}

// Down lists the accounts whose provider does not take messages.
func (g *Gate) Down() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var ids []string
	for id, s := range g.byID {
		if !s.since.IsZero() {
			ids = append(ids, id)
		}
	}
	return ids
}
