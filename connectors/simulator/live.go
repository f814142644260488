package simulator

import (
	"context"
	"errors"
	"strconv"

	"seax/connectors"
)

// KindLive is the kind of the simulator whose provider sends nothing: it is listened to.
const KindLive = "simulator_live"

// Live implements connectors.Connector and connectors.Listener over the same provider.
type Live struct{ *Connector }

// NewLive returns the connector. deps.Transport must be a Provider.
func NewLive(deps Deps) *Live { return &Live{New(deps)} }

var (
	_ connectors.Connector = (*Live)(nil)
	_ connectors.Listener  = (*Live)(nil)
)

// Describe implements connectors.Connector.
func (l *Live) Describe() connectors.Description {
	d := l.Connector.Describe()
	d.Kind, d.Name = KindLive, "Simulator (live)"
	return d
}

// errDropped says that the provider has dropped the connection.
var errDropped = errors.New("simulated: the provider has dropped the connection")

// stream is what a provider keeps for one account's listener: numbered from 1.
type stream struct {
	events []Event
	// changed is closed and made anew when there is more to hear; dropped when the connection is.
	changed, dropped chan struct{}
}

// Hand has the provider send events over an account's connection, now or when there is one.
func (p *Provider) Hand(account string, events ...Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stream(account)
	s.events = append(s.events, events...)
	close(s.changed)
	s.changed = make(chan struct{})
}

// Drop has the provider drop an account's connection.
func (p *Provider) Drop(account string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stream(account)
	close(s.dropped)
	s.dropped = make(chan struct{})
}

func (p *Provider) stream(account string) *stream {
	s, ok := p.streams[account]
	if !ok {
		s = &stream{changed: make(chan struct{}), dropped: make(chan struct{})}
		p.streams[account] = s
	}
	return s
}

// after returns what comes behind a number, and what to wait for.
func (p *Provider) after(account string, n int) (events []Event, changed, dropped <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stream(account)
	return s.events[min(n, len(s.events)):], s.changed, s.dropped
}

// Listen implements connectors.Listener: the state is the number of the last event that was accepted.
func (l *Live) Listen(ctx context.Context, account connectors.Account, feed connectors.Feed) error {
	provider, ok := l.deps.Transport.(*Provider)
	if !ok {
		return &connectors.SendError{Code: connectors.CodeConfig, Words: "There is no provider to listen to."}
	}
	state, err := feed.State(ctx)
	if err != nil {
		return err
	}
	// No state yet: from the beginning.
	last, _ := strconv.Atoi(string(state))
	_, _, dropped := provider.after(account.ID, last)
	feed.Connected()
	for {
		events, changed, _ := provider.after(account.ID, last)
		for _, e := range events {
			in, err := parse(e)
			if err != nil {
				return err
			}
			if _, err := feed.Accept(ctx, []connectors.Inbound{in}, []byte(strconv.Itoa(last+1))); err != nil {
				return err
			}
			last++
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-dropped:
			return errDropped
		case <-changed:
		}
	}
}
