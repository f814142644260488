package rcs_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"seax/connectors"
	"seax/connectors/connectortest"
)

// What is wrapped is what is fuzzed.
func FuzzParse(f *testing.F) {
	w := newWorld(f)
	for _, more := range []string{
		`"messageId":"m","text":"hi"`, `"messageId":"m","suggestionResponse":{"postbackData":"a","text":"A"}`, `"messageId":"m","userFile":{"payload":{"mimeType":"image/png","fileName":"a.png","fileSizeBytes":7,"fileUri":"https://x"}}`,
		`"messageId":"m","location":{"latitude":1e308,"longitude":2}`, `"eventId":"e","messageId":"m","eventType":"DELIVERED"`, `"eventId":"e","eventType":"UNSUBSCRIBE"`, `"eventId":"e","messageId":"m","eventType":"TTL_EXPIRATION_REVOKED"`,
		`"eventId":"e","eventType":"IS_TYPING"`, `"eventId":"e","eventType":"x"`, `"messageId":"m","eventType":"READ"`, `"messageId":"m","sendTime":"0000-01-01T00:00:00Z"`,
	} {
		f.Add([]byte(`{"senderPhoneNumber":"+14155550120","agentId":"acme_8f2k1",` + more + `}`))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		wrapped, err := json.Marshal(map[string]any{"message": map[string]any{"data": base64.StdEncoding.EncodeToString(data)}})
		if err != nil {
			t.Fatal(err)
		}
		batch, err := w.connector.Parse(t.Context(), account, connectors.Caller{}, &connectors.Request{Body: wrapped})
		if err == nil {
			connectortest.Sound(t, batch)
		}
	})
}
