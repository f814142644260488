package line_test

import (
	"testing"

	"seax/connectors/connectortest"
	"seax/connectors/fake"
)

func FuzzParse(f *testing.F) {
	w := newWorld(f)
	from := customers()[0]
	var bodies [][]byte
	for _, e := range samples(w) {
		bodies = append(bodies, w.Request(account, e).Body)
	}
	for _, a := range []fake.Act{{Type: "message", Text: "hi", ReplyTo: "7"}, {Type: "message", Choice: "a", Text: "A"}, {Type: "delete", Target: "7"}, {Type: "follow"}, {Type: "message", Files: []fake.File{{MediaType: "image/png"}}}} {
		a.From = from
		bodies = append(bodies, w.Request(account, w.make(a)).Body)
	}
	connectortest.Fuzz(f, w.connector, account, w.Request(account), bodies...)
}
