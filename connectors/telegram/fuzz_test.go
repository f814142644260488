package telegram_test

import (
	"testing"

	"seax/connectors/connectortest"
	"seax/connectors/fake"
)

func FuzzParse(f *testing.F) {
	w := newWorld(f)
	var bodies [][]byte
	for _, a := range []fake.Act{
		{Type: "message", Text: "hi", ReplyTo: customer + "/7"}, {Type: "message", Choice: "a", Text: "A"}, {Type: "edit", Target: customer + "/7", Text: "x"}, {Type: "reaction", Target: customer + "/7", Emoji: "👍"},
		{Type: "stop"}, {Type: "unknown", Text: "x"}, {Type: "message", Files: []fake.File{{Name: "a.png", MediaType: "image/png"}}},
	} {
		a.From = customer
		bodies = append(bodies, w.Request(account, w.make(a)).Body)
	}
	for _, body := range []string{
		`{"update_id":1,"message":{"message_id":1,"chat":{"id":-7,"type":"group","title":"g"},"from":{"id":7,"first_name":"A"},"migrate_to_chat_id":-9}}`,
		`{"update_id":1,"deleted_business_messages":{"business_connection_id":"b","chat":{"id":7},"message_ids":[1,2]}}`,
		`{"update_id":1,"business_message":{"message_id":1,"business_connection_id":"b","chat":{"id":7},"from":{"id":8},"sticker":{"file_id":"f","is_animated":true,"thumbnail":{"file_id":"t"}}}}`,
		`{"update_id":1,"callback_query":{"id":"q","from":{"id":7},"data":"a","message":{"message_id":2,"chat":{"id":7},"reply_markup":{"inline_keyboard":[[{"text":"A","callback_data":"a"}]]}}}}`,
		`{"update_id":1,"my_chat_member":{"chat":{"id":7},"from":{"id":7},"new_chat_member":{"status":"kicked"}}}`,
		`{"update_id":1,"message":{"message_id":1,"chat":{"id":7},"photo":[{"file_id":"a","file_size":9223372036854775807},{"file_id":"b","file_size":-9223372036854775808}],"caption":"c"}}`,
		`{"update_id":1,"message":{"message_id":1,"chat":{"id":7},"venue":{"location":{"latitude":91,"longitude":1},"title":"t"},"contact":{"phone_number":"1"},"dice":{"emoji":"x","value":1}}}`,
		`{"update_id":1,"poll_answer":{"chat":{"id":7}}}`,
	} {
		bodies = append(bodies, []byte(body))
	}
	connectortest.Fuzz(f, w.connector, account, w.Raw(account, nil), bodies...)
}
