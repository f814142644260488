package discord

import (
	"encoding/json"
	"testing"
	"time"

	"seax/connectors"
	"seax/connectors/connectortest"
)

// Whatever the gateway or a signed request says, it is nothing or something that can be accepted.
func FuzzParse(f *testing.F) {
	const from = `"id":"1199000000000000000","channel_id":"5","user":{"id":"77","username":"n"},`
	for kind, bodies := range map[string][]string{
		"MESSAGE_CREATE": {
			`{"id":"9","channel_id":"5","author":{"id":"7","global_name":"A"},"content":"hi","attachments":[{"id":"1","url":"https://cdn.discordapp.com/a","size":-1}],"sticker_items":[{"id":"1","name":"s","format_type":3}],"flags":8192}`,
			`{"id":"9","channel_id":"5","author":{"id":"7"},"message_reference":{"type":1},"message_snapshots":[{"message":{"content":"x"}}]}`, `{"id":"9","channel_id":"5","author":{"id":"7"},"content":7}`,
		},
		"MESSAGE_UPDATE":       {`{"id":"9","channel_id":"5","author":{"id":"7"},"content":"x","edited_timestamp":"2026-01-01T00:00:00Z"}`},
		"MESSAGE_DELETE_BULK":  {`{"ids":["1","2"],"channel_id":"5"}`},
		"MESSAGE_REACTION_ADD": {`{"user_id":"7","channel_id":"5","message_id":"9","emoji":{"id":"1","name":"x"}}`},
		"TYPING_START":         {`{"user_id":"7","channel_id":"5"}`},
		"INTERACTION_CREATE": {
			`{` + from + `"type":3,"data":{"custom_id":"a","values":["b"]},"message":{"id":"9","components":[{"components":[{"custom_id":"a","label":"A","options":[{"label":"B","value":"b"}]}]}]}}`,
			`{` + from + `"type":2,"context":1,"data":{"name":"help","options":[{"name":"o","options":[{"name":"n","value":{"a":[1]}}]}]}}`, `{"type":1}`, `{` + from + `"type":4}`, `{` + from + `"type":9}`,
		},
	} {
		for _, body := range bodies {
			f.Add(kind, []byte(body))
		}
	}
	c := New(connectors.Deps{Clock: time.Now})
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		if json.Valid(body) {
			all, err := events(kind, body, "1", func(string) bool { return false })
			if err == nil {
				connectortest.Sound(t, connectors.Batch{Events: all})
			}
		}
		batch, err := c.Parse(t.Context(), connectors.Account{}, connectors.Caller{}, &connectors.Request{Body: body})
		if err == nil {
			connectortest.Sound(t, batch)
		}
	})
}
