package gbm_test

import (
	"testing"

	"seax/connectors/connectortest"
)

func FuzzParse(f *testing.F) {
	w := newWorld(f)
	of := func(more string) []byte {
		return []byte(`{"agent":"brands/b1/agents/a1","conversationId":"c1","requestId":"r1","sendTime":"2024-03-01T12:00:00Z","context":{"entryPoint":"MAPS","placeId":"p","userInfo":{"displayName":"A","userDeviceLocale":"ko"}},` + more + `}`)
	}
	connectortest.Fuzz(f, w.connector, account, w.Raw(account, nil), of(`"message":{"messageId":"m","text":"hi"}`), of(`"message":{"messageId":"m","text":"https://storage.googleapis.com/x"}`),
		of(`"suggestionResponse":{"postbackData":"a","text":"A"}`), of(`"userStatus":{"isTyping":true}`), of(`"userStatus":{"requestedLiveAgent":true}`),
		of(`"receipts":{"receipts":[{"message":"conversations/c1/messages/m","receiptType":"READ"}]}`), of(`"authenticationResponse":{}`))
}
