package line_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/connectortest"
	"seax/connectors/fake"
	"seax/connectors/line/linefake"
	"seax/internal/conversation"
)

func TestConforms(t *testing.T) {
	t.Parallel()
	features := connectortest.Features{SignsBody: true, KeepsUnknown: true, ManySenders: true, Faults: true}
	connectortest.Run(t, connectortest.Harness{Features: features, New: func(t *testing.T) *connectortest.Fixture { return newWorld(t).fixture(account) }})
}

// With free replies messages are not idempotent, and everything else is as it was.
func TestConformsWithFreeReplies(t *testing.T) {
	t.Parallel()
	features := connectortest.Features{SignsBody: true, KeepsUnknown: true, ManySenders: true, Faults: true}
	connectortest.Run(t, connectortest.Harness{Features: features, New: func(t *testing.T) *connectortest.Fixture { return newWorld(t).fixture(replying()) }})
}

func replying() connectors.Account {
	a := account
	a.Settings = map[string]string{"free_replies": "true", "agent_names": "true"}
	return a
}

func (w *world) fixture(account connectors.Account) *connectortest.Fixture {
	act := func(a fake.Act) any { return w.make(a) }
	f := &connectortest.Fixture{
		Connector: w.connector, Account: account, AuthHeaders: []string{"X-Line-Signature"}, Addresses: customers(), StartWith: customers()[0],
		Request: func(_ string, events ...any) *connectors.Request { return w.Request(account, events...) },
		Raw:     func(_ string, body []byte) *connectors.Request { return w.Raw(account, body) },
		Location: func(address, id string, at conversation.Location) any {
			e := w.make(fake.Act{Type: "message", From: address})
			e["message"] = linefake.Event{"id": id, "type": "location", "title": at.Name, "address": "Seoul", "latitude": at.Latitude, "longitude": at.Longitude}
			return e
		},
		Sendable: &connectortest.Sendable{Name: "photo.png", MediaType: "image/png", Content: "picture", PublicURL: fileURL},
	}
	f.Acts(act, connectortest.Deleted, connectortest.Choice, connectortest.Reply, connectortest.OptOut, connectortest.File)
	f.At(w, faults)
	return f
}

var faults = map[connectortest.Fault]fake.Fault{
	connectortest.Throttled: {Status: 429, RetryAfter: 7, Code: "The API rate limit has been exceeded. Try again later."}, connectortest.Unavailable: {Status: 503}, connectortest.Broken: {Status: 500},
	connectortest.Rejected: {Status: 400, Code: "The request body has 1 error(s)"}, connectortest.Blocked: {Status: 400, Code: "Failed to send messages"}, connectortest.Locked: {Status: 401},
	connectortest.CutBefore: {Drop: "before"}, connectortest.CutAfter: {Drop: "after"},
}

// What LINE's documents say of calls and webhooks is what the fake and the connector say: nothing here was made up.
func TestWebhooksAreWhatLINEsDocumentsSay(t *testing.T) {
	t.Parallel()
	documents := connectortest.LoadSpecs(t, specs...)
	w := newWorld(t)
	from := customers()[0]
	for _, a := range []fake.Act{
		{Type: "message", Text: "hi"}, {Type: "message", Text: "hi", ReplyTo: "7"}, {Type: "message", Choice: "a", Text: "A"}, {Type: "delete", Target: "7"}, {Type: "stop"}, {Type: "follow"},
		{Type: "message", Files: []fake.File{{MediaType: "image/png"}}}, {Type: "message", Files: []fake.File{{MediaType: "video/mp4"}}},
		{Type: "message", Files: []fake.File{{MediaType: "audio/mp4"}}}, {Type: "message", Files: []fake.File{{MediaType: "application/pdf", Name: "a.pdf"}}},
	} {
		a.From = from
		documents.Allow(t, "CallbackRequest", w.Request(account, w.make(a)).Body)
	}
	for _, e := range samples(w) {
		documents.Allow(t, "CallbackRequest", w.Request(account, e).Body)
	}
	documents.Allow(t, "CallbackRequest", w.Request(account).Body)
	// The check does look inside of events.
	wrong := w.make(fake.Act{Type: "message", From: from, Text: "hi"})
	wrong["message"] = linefake.Event{"id": "1", "type": "sticker"}
	require.True(t, documents.Disallows(t, "CallbackRequest", map[string]any{"destination": linefake.UserID("x"), "events": []any{wrong}}))
}
