package crowd

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/centrifugal/centrifuge-go"
)

// socket is one client's realtime connection. It connects anew by itself until closed.
type socket struct{ client *centrifuge.Client }

// socketUser is told what happens on a socket, from the socket's own goroutine.
type socketUser struct {
	// connected is called each time: whatever came before may have been missed.
	connected func()
	pushed    func(data []byte)
	// ended is called when the server has said that coming back makes no sense.
	ended func(err error)
}

func openSocket(base, path string, header http.Header, data []byte, user socketUser) (*socket, error) {
	client := centrifuge.NewJsonClient("ws"+strings.TrimPrefix(base, "http")+path, centrifuge.Config{
		Header: header, Data: data, Name: "crowd", HandshakeTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second,
		MinReconnectDelay: 100 * time.Millisecond, MaxReconnectDelay: time.Second, MaxServerPingDelay: 20 * time.Second,
	})
	client.OnConnected(func(centrifuge.ConnectedEvent) { user.connected() })
	client.OnPublication(func(e centrifuge.ServerPublicationEvent) { user.pushed(e.Data) })
	client.OnDisconnected(func(e centrifuge.DisconnectedEvent) {
		// Code 0 is our own closing.
		if e.Code != 0 {
			user.ended(fmt.Errorf("socket %s: %d %s", path, e.Code, e.Reason))
		}
	})
	// When nobody answers it says so, and goes on trying.
	if err := client.Connect(); err != nil && client.State() != centrifuge.StateConnecting {
		return nil, fmt.Errorf("open socket %s: %w", path, err)
	}
	return &socket{client}, nil
}

// watch subscribes to a channel; pushed is told what comes there, joined each time the subscription is made or made anew.
func (s *socket) watch(channel string, joined func(), pushed func(data []byte)) error {
	subscription, err := s.client.NewSubscription(channel)
	if err != nil {
		return fmt.Errorf("watch %s: %w", channel, err)
	}
	subscription.OnSubscribed(func(centrifuge.SubscribedEvent) { joined() })
	subscription.OnPublication(func(e centrifuge.PublicationEvent) { pushed(e.Data) })
	if err := subscription.Subscribe(); err != nil {
		return fmt.Errorf("watch %s: %w", channel, err)
	}
	return nil
}

func (s *socket) unwatch(channel string) {
	if subscription, ok := s.client.GetSubscription(channel); ok {
		_ = subscription.Unsubscribe()
		_ = s.client.RemoveSubscription(subscription)
	}
}

func (s *socket) close() { s.client.Close() }
