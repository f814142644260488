package webchat_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/connectortest"
	"seax/connectors/webchat"
	"seax/internal/conversation"
)

func TestConforms(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Harness{
		Features: connectortest.Features{Expires: true, Statuses: true},
		New: func(t *testing.T) *connectortest.Fixture {
			w := newWorld(t, func(d *webchat.Deps) {
				// The suite cuts requests at every byte.
				d.Limits = webchat.Limits{Messages: webchat.Limit{Burst: 1000, Every: time.Second}, Requests: webchat.Limit{Burst: 1000, Every: time.Second}}
			})
			f := &connectortest.Fixture{
				Connector: w.Connector, Account: w.account, AuthHeaders: []string{"Authorization"}, Raw: w.raw,
				Later: func() { w.pass(25 * time.Hour) },
				Request: func(address string, events ...any) *connectors.Request {
					body, err := json.Marshal(map[string]any{"events": events})
					require.NoError(t, err)
					return w.raw(address, body)
				},
				Message: func(_, id, text string) any { return say(id, text) },
				Choice: func(_, id, choice, label string) any {
					return event{"type": "message", "cid": id, "text": label, "choice": choice}
				},
				Typing:   func(string) any { return event{"type": "typing"} },
				Left:     func(string) any { return event{"type": "left"} },
				Sendable: &connectortest.Sendable{Name: "사진.png", MediaType: "image/png", Content: "picture"},
				Unknown:  func(_, id, text string) any { return event{"type": "hologram", "cid": id, "text": text} },
				Status: func(address string, out connectors.Outgoing, _ connectors.Receipt, status conversation.Status) any {
					for _, i := range w.feed(address, "").Items {
						if i.ID == out.ID {
							return event{"type": string(status), "n": i.N}
						}
					}
					t.Fatalf("message %s is not in the feed", out.ID)
					return nil
				},
				Received: func(address string) (got []connectortest.Received) {
					for _, i := range w.feed(address, "").Items {
						r := connectortest.Received{Text: i.Text, Options: i.Options}
						if i.ReplyTo != "" {
							r.ReplyTo = address + ":" + i.ReplyTo
						}
						for _, a := range i.Attachments {
							// The visitor's browser fetches it from where agents' browsers do.
							r.Files = append(r.Files, connectortest.ReceivedFile{MediaType: a.MediaType, Content: "picture"})
						}
						got = append(got, r)
					}
					return got
				},
			}
			for range 8 {
				f.Addresses = append(f.Addresses, newID())
			}
			return f
		},
	})
}
