package custom_test

import (
	"testing"

	"seax/connectors/connectortest"
)

func FuzzParse(f *testing.F) {
	w := newWorld(f)
	of := func(more string) []byte {
		return []byte(`{"events":[{"event_id":"1","occurred_at":"2026-01-01T00:00:00Z","thread":{"key":"a","formerly":"b"},"contact":{"key":"c","name":"N","verified":true},` + more + `}]}`)
	}
	connectortest.Fuzz(f, w.connector, account, w.Raw(account, nil),
		of(`"type":"message.received","message":{"external_id":"m","reply_to":"l","parts":[{"type":"text","text":"t"},{"type":"choice","id":"a","title":"A"},{"type":"image","url":"https://x","headers":{"a":"b"},"bytes":-1},{"type":"location","latitude":1,"longitude":2},{"type":"x"}]}`),
		of(`"type":"message.edited","external_id":"m","message":{"parts":[{"type":"text","text":"t"}]}`), of(`"type":"message.deleted","external_id":"m"`), of(`"type":"reaction","external_id":"m","emoji":"e"`),
		of(`"type":"message.status","message_id":"m","status":"failed","error":{"code":"blocked","detail":"d"}`), of(`"type":"read","external_id":"m"`), of(`"type":"typing"`), of(`"type":"thread.closed"`),
		of(`"type":"contact.updated"`), of(`"type":"message.echo","author":{"name":"A"},"message":{"parts":[{"type":"text","text":"t"}]}`), of(`"type":"poll.created","message":{"parts":[{"type":"poll"}]}`))
}
