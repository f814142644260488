package simulator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"seax/connectors"
	"seax/connectors/connectortest"
	"seax/connectors/simulator"
	"seax/internal/clocktest"
	"seax/internal/conversation"
)

var account = connectors.Account{ID: "sim", Kind: simulator.Kind, Name: "Simulator", Secret: bytes.Repeat([]byte("s"), 32)}

func setUp(forgetful bool) (*simulator.Connector, *simulator.Provider, *clocktest.Clock) {
	at := clocktest.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	provider := simulator.NewProvider(at.Now)
	provider.Forgetful = forgetful
	provider.Know(account)
	return simulator.New(simulator.Deps{Transport: provider, Forgetful: forgetful, Clock: at.Now}), provider, at
}

func fixture(forgetful bool) *connectortest.Fixture {
	connector, provider, at := setUp(forgetful)
	return fixtureOf(connector, provider, at)
}

func fixtureOf(connector connectors.Connector, provider *simulator.Provider, at *clocktest.Clock) *connectortest.Fixture {
	f := &connectortest.Fixture{
		Connector: connector, Account: account, AuthHeaders: []string{"X-Simulator-Signature"},
		Raw:   func(_ string, body []byte) *connectors.Request { return provider.Raw(account, body) },
		Later: func() { at.Pass(6 * time.Minute) },
		Request: func(_ string, events ...any) *connectors.Request {
			body, _ := json.Marshal(map[string]any{"events": events})
			return provider.Raw(account, body)
		},
		Message: func(address, id, text string) any {
			return simulator.Event{Type: "message", ID: id, From: address, Text: text}
		},
		Unknown: func(address, id, text string) any {
			return simulator.Event{Type: "hologram", ID: id, From: address, Text: text}
		},
		Status: func(address string, _ connectors.Outgoing, receipt connectors.Receipt, status conversation.Status) any {
			return simulator.Event{Type: "status", From: address, Of: receipt.ProviderID, Status: string(status)}
		},
		Choice: func(address, id, choice, label string) any {
			return simulator.Event{Type: "message", ID: id, From: address, Text: label, Choice: choice}
		},
		Typing: func(address string) any { return simulator.Event{Type: "typing", From: address} },
		Left:   func(address string) any { return simulator.Event{Type: "left", From: address} },
		Received: func(address string) (out []connectortest.Received) {
			for _, s := range provider.Sent(address) {
				out = append(out, connectortest.Received{Text: s.Text, Options: s.Options})
			}
			return out
		},
		Hang: func(taken bool) <-chan struct{} {
			hang := simulator.HangBefore
			if taken {
				hang = simulator.HangAfter
			}
			fault, reached := hang()
			provider.Misbehave(fault)
			return reached
		},
		Fail: func(f connectortest.Fault) {
			provider.Misbehave(map[connectortest.Fault]simulator.Fault{
				connectortest.Throttled: simulator.Throttled(connectortest.RetryAfter), connectortest.Unavailable: simulator.Unavailable(),
				connectortest.Broken: simulator.Broken(), connectortest.Rejected: simulator.Rejected(), connectortest.Blocked: simulator.Blocked(),
				connectortest.Locked: simulator.Locked(), connectortest.CutBefore: simulator.CutBefore(), connectortest.CutAfter: simulator.CutAfter(),
			}[f])
		},
	}
	for i := range 8 {
		f.Addresses = append(f.Addresses, fmt.Sprintf("customer-%d", i))
	}
	return f
}

var features = connectortest.Features{SignsBody: true, Expires: true, KeepsUnknown: true, ManySenders: true, Statuses: true, Faults: true}

func TestConforms(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Harness{Features: features, New: func(*testing.T) *connectortest.Fixture { return fixture(false) }})
}

func TestConformsWithForgetfulProvider(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Harness{Features: features, New: func(*testing.T) *connectortest.Fixture { return fixture(true) }})
}

// The simulator that is listened to conforms as a listener.
func TestLiveConforms(t *testing.T) {
	t.Parallel()
	features := connectortest.Features{Listens: true, KeepsUnknown: true, ManySenders: true, Statuses: true, Faults: true}
	connectortest.Run(t, connectortest.Harness{Features: features, New: func(*testing.T) *connectortest.Fixture {
		at := clocktest.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		provider := simulator.NewProvider(at.Now)
		live := account
		live.Kind = simulator.KindLive
		provider.Know(live)
		f := fixtureOf(simulator.NewLive(simulator.Deps{Transport: provider, Clock: at.Now}), provider, at)
		f.Account, f.Request, f.Raw, f.Later, f.AuthHeaders = live, nil, nil, nil, nil
		f.Hand = func(_ string, events ...any) {
			for _, e := range events {
				event, _ := e.(simulator.Event)
				provider.Hand(live.ID, event)
			}
		}
		f.Disconnect = func() { provider.Drop(live.ID) }
		return f
	}})
}

func TestSignatureIsOnlyGoodForItsTime(t *testing.T) {
	t.Parallel()
	connector, provider, at := setUp(false)
	r := provider.Request(account, simulator.Event{Type: "typing", From: "a"})
	for _, c := range []struct {
		passes time.Duration
		ok     bool
	}{{0, true}, {5 * time.Minute, true}, {time.Second, false}, {-10 * time.Minute, true}, {-2 * time.Second, false}} {
		at.Pass(c.passes)
		_, err := connector.Authenticate(t.Context(), account, r)
		require.Equal(t, c.ok, err == nil, "after %s: %v", c.passes, err)
	}
}

// Whatever order and repetition callbacks come in, every message ends as read.
func TestCallbacksInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		connector, provider, _ := setUp(false)
		for i := range rapid.IntRange(1, 5).Draw(r, "messages") {
			_, err := connector.Send(t.Context(), account, connectors.Outgoing{ID: strconv.Itoa(i), Address: "a", Message: conversation.Message{Text: "hi"}})
			require.NoError(r, err)
		}
		sent := provider.Sent("a")
		shuffle := simulator.Shuffled(rapid.Uint64().Draw(r, "seed"))
		callbacks := provider.Statuses(func(e []simulator.Event) []simulator.Event { return shuffle(simulator.Doubled(e)) }, sent...)
		request := provider.Request(account, callbacks...)
		batch, err := connector.Parse(t.Context(), account, connectors.Caller{}, request)
		require.NoError(r, err)
		status := map[string]conversation.Status{}
		for _, e := range batch.Events {
			if conversation.Forward(status[e.Status.ProviderID], e.Status.Status) {
				status[e.Status.ProviderID] = e.Status.Status
			}
		}
		for _, s := range sent {
			require.Equal(r, conversation.StatusRead, status[s.ID])
		}
	})
}

func TestProviderTellsWhatItTook(t *testing.T) {
	t.Parallel()
	connector, provider, _ := setUp(false)
	var told []simulator.Sent
	provider.OnSent = func(s simulator.Sent) { told = append(told, s) }
	out := connectors.Outgoing{ID: "m1", Address: "a", Message: conversation.Message{Text: "hi"}}
	for range 2 {
		_, err := connector.Send(t.Context(), account, out)
		require.NoError(t, err)
	}
	require.Len(t, told, 1, "a repetition is not told again")
	require.NoError(t, connector.Typing(t.Context(), account, connectors.Customer{Address: "a"}, "Mina"))
	require.Equal(t, "Mina", provider.Typing("a"))
	require.Equal(t, []string{"sim"}, provider.Accounts())
}
