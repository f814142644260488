package meta_test

import (
	"testing"

	"seax/connectors"
	"seax/connectors/connectortest"
	"seax/connectors/fake"
	"seax/connectors/meta"
	"seax/connectors/meta/metafake"
	"seax/internal/conversation"
)

// shipped is a template with variables in all places.
var shipped = metafake.Template{
	Name: "order_shipped", Language: "en_US", Status: "APPROVED", Category: "UTILITY", Components: []map[string]any{
		{"type": "HEADER", "format": "TEXT", "text": "Order {{1}}", "example": map[string]any{"header_text": []string{"A-7"}}},
		{"type": "BODY", "text": "Hello {{1}}, parcel {{2}} is on its way.", "example": map[string]any{"body_text": [][]string{{"Ann", "P-1"}}}},
		{"type": "FOOTER", "text": "Acme"},
	},
}

// WhatsApp's customers are known by their number, by a business-scoped id with a number, or by such an id alone.
func TestWhatsAppConforms(t *testing.T) {
	t.Parallel()
	features := connectortest.Features{
		SignsBody: true, KeepsUnknown: true, ManySenders: true, Statuses: true, OurIDs: true, Faults: true, Window: true,
	}
	for name, addresses := range map[string][]string{
		"by number": customers("+1415555012"), "by id": customers("US.1349120865530274191"), "by id with a number": customers("KR.1349120865530274191"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connectortest.Run(t, connectortest.Harness{Features: features, New: func(t *testing.T) *connectortest.Fixture {
				w := newWorld(t)
				if name == "by id with a number" {
					for i, number := range customers("+82105550012") {
						w.Link(addresses[i], number)
					}
				}
				f := w.fixture(meta.NewWhatsApp(w.deps), whatsApp, "phone_number_id", addresses)
				f.StartWith = addresses[0]
				if name == "by number" {
					f.StartWith = "+1 (415) 555-0120"
				}
				w.Approve(whatsApp, shipped)
				f.Template = &conversation.TemplateUse{ID: "order_shipped/en_US", Variables: map[string]string{"header.1": "B-9", "1": "지수", "2": "P-2"}}
				f.Deleted = func(address, target string) any {
					return w.make(whatsApp, fake.Act{Type: "delete", From: address, Target: target})
				}
				f.Location = func(address, id string, at conversation.Location) any {
					e := w.make(whatsApp, fake.Act{Type: "message", ID: id, From: address})
					m := messageOf(e)
					delete(m, "text")
					m["type"], m["location"] = "location", map[string]any{"latitude": at.Latitude, "longitude": at.Longitude, "name": at.Name}
					return e
				}
				f.Status = func(_ string, out connectors.Outgoing, receipt connectors.Receipt, status conversation.Status) any {
					sent, _ := w.Change(receipt.ProviderID, func(*fake.Sent) {})
					sent.Key = out.ID
					return w.Status(whatsApp, sent, string(status), 0)
				}
				return f
			}})
		})
	}
}

// messageOf is the message in an event.
func messageOf(e metafake.Event) map[string]any {
	value, _ := e.Change["value"].(map[string]any)
	messages, _ := value["messages"].([]any)
	m, _ := messages[0].(map[string]any)
	return m
}
