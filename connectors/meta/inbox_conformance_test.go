package meta_test

import (
	"testing"

	"seax/connectors"
	"seax/connectors/connectortest"
	"seax/connectors/fake"
	"seax/connectors/meta"
	"seax/internal/conversation"
)

var inboxFeatures = connectortest.Features{SignsBody: true, KeepsUnknown: true, ManySenders: true, Statuses: true, Faults: true, Window: true}

func TestMessengerConforms(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Harness{Features: inboxFeatures, New: func(t *testing.T) *connectortest.Fixture {
		w := newWorld(t)
		f := w.fixture(meta.NewMessenger(w.deps), messenger, "page_id", customers("700112233445566"))
		f.Status = func(address string, _ connectors.Outgoing, receipt connectors.Receipt, status conversation.Status) any {
			if status == conversation.StatusRead {
				return w.Item(messenger, address, map[string]any{"read": map[string]any{"watermark": w.clock.Now().UnixMilli()}})
			}
			return w.Item(messenger, address, map[string]any{"delivery": map[string]any{"mids": []any{receipt.ProviderID}, "watermark": w.clock.Now().UnixMilli()}})
		}
		f.Location = func(address, id string, at conversation.Location) any {
			return w.Item(messenger, address, map[string]any{"message": map[string]any{"mid": id, "attachments": []any{map[string]any{
				"type": "location", "title": at.Name, "payload": map[string]any{"coordinates": map[string]any{"lat": at.Latitude, "long": at.Longitude}},
			}}}})
		}
		return f
	}})
}

func TestInstagramConforms(t *testing.T) {
	t.Parallel()
	for _, login := range []string{"facebook", "instagram"} {
		t.Run("by the login of "+login, func(t *testing.T) {
			t.Parallel()
			connectortest.Run(t, connectortest.Harness{Features: inboxFeatures, New: func(t *testing.T) *connectortest.Fixture {
				w := newWorld(t)
				account := instagram
				account.Settings = map[string]string{"instagram_id": instagram.Settings["instagram_id"], "login": login}
				w.Know(account, w.deps.WebhookURL(account))
				f := w.fixture(meta.NewInstagram(w.deps), account, "instagram_id", customers("700198765432101"))
				f.Deleted = func(address, target string) any {
					return w.make(account, fake.Act{Type: "delete", From: address, Target: target})
				}
				f.Status = func(address string, out connectors.Outgoing, receipt connectors.Receipt, status conversation.Status) any {
					if status == conversation.StatusRead {
						return w.Item(account, address, map[string]any{"read": map[string]any{"mid": receipt.ProviderID}})
					}
					return w.Echo(account, address, map[string]any{"mid": receipt.ProviderID, "metadata": "seax:" + out.ID, "text": "hello"})
				}
				return f
			}})
		})
	}
}
