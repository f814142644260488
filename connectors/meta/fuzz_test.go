package meta_test

import (
	"testing"

	"seax/connectors"
	"seax/connectors/connectortest"
	"seax/connectors/fake"
	"seax/connectors/meta"
)

func fuzz(f *testing.F, connector func(connectors.Deps) connectors.Connector, account connectors.Account, from string, more ...string) {
	f.Helper()
	w := newWorld(f)
	var bodies [][]byte
	for _, a := range []fake.Act{
		{Type: "message", Text: "hi", ReplyTo: "7", Name: "Ana"}, {Type: "message", Choice: "a", Text: "A"}, {Type: "edit", Target: "7", Text: "x"}, {Type: "reaction", Target: "7", Emoji: "👍"}, {Type: "echo", Text: "x"},
		{Type: "unknown", Text: "x"}, {Type: "message", Files: []fake.File{{Name: "a.png", MediaType: "image/png"}}},
	} {
		a.From = from
		bodies = append(bodies, w.Request(account, w.make(account, a)).Body)
	}
	for _, body := range more {
		bodies = append(bodies, []byte(body))
	}
	connectortest.Fuzz(f, connector(w.deps), account, w.Raw(account, nil), bodies...)
}

func FuzzParseWhatsApp(f *testing.F) {
	of := func(message string) string {
		return `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"106540352242922"},"contacts":[{"wa_id":"15005550006","user_id":"US.1"}],` + message + `}}]}]}`
	}
	fuzz(f, func(d connectors.Deps) connectors.Connector { return meta.NewWhatsApp(d) }, whatsApp, "15005550006",
		of(`"messages":[{"id":"1","from":"15005550006","timestamp":"1790000000","type":"contacts","contacts":[{"name":{"formatted_name":"A"},"phones":[{"phone":"1"}]}],"referral":{"a":{"b":1}}}]`),
		of(`"messages":[{"id":"1","from_user_id":"US.1","type":"interactive","interactive":{"nfm_reply":{"body":"b","response_json":"{\"a\":[1]}"}}}]`),
		of(`"messages":[{"id":"1","from":"15005550006","type":"system","system":{"wa_id":"15005550007","type":"user_changed_number"}}]`),
		of(`"messages":[{"id":"1","from":"15005550006","type":"order","order":{"text":"t","product_items":[{"product_retailer_id":"p","quantity":1,"item_price":2,"currency":"USD"}]}}]`),
		of(`"messages":[{"id":"1","from":"15005550006","type":"edit","edit":{"original_message_id":"0","message":{"type":"image","image":{"id":"m","caption":"c"}}}}]`),
		of(`"messages":[{"id":"1","from":"15005550006","type":"revoke","revoke":{"original_message_id":"0"}},{"group_id":"g","from":"15005550006","type":"text"}]`),
		of(`"statuses":[{"id":"1","status":"failed","timestamp":"1","recipient_id":"15005550006","biz_opaque_callback_data":"x","errors":[{"code":131047}]}],"message_echoes":[{"id":"1","to":"15005550006","type":"text","text":{"body":"x"}}]`),
		of(`"errors":[{"code":1,"title":"x","error_data":{"details":"y"}}]`))
}

func FuzzParseInbox(f *testing.F) {
	of := func(item string) string {
		return `{"object":"page","entry":[{"id":"104738472839999","messaging":[{"sender":{"id":"7"},"recipient":{"id":"104738472839999"},"timestamp":1790000000000,` + item + `}],"standby":[{"sender":{"id":"7"},` + item + `}]}]}`
	}
	fuzz(f, func(d connectors.Deps) connectors.Connector { return meta.NewMessenger(d) }, messenger, "7001122334455660",
		of(`"message":{"mid":"m","attachments":[{"type":"location","payload":{"coordinates":{"lat":1,"long":2}}},{"type":"image","payload":{"url":"https://x","sticker_id":369239263222822}},{"type":"reel","url":"https://y","payload":{"title":"t"}}],"reply_to":{"story":{"id":"s"}},"referral":{"ref":"r"}}`),
		of(`"message":{"mid":"m","is_deleted":true}`), of(`"message":{"mid":"m","is_echo":true,"metadata":"seax:x"}`), of(`"postback":{"title":"t","payload":"p","referral":{"ref":"r"}}`),
		of(`"reaction":{"mid":"m","action":"react","reaction":"love"}`), of(`"message_edit":{"mid":"m","text":"t","num_edit":1}`), of(`"delivery":{"mids":["a"],"watermark":1}`), of(`"delivery":{"watermark":1790000000000}`),
		of(`"read":{"watermark":"1790000000000"}`), of(`"read":{"mid":"m"}`), of(`"referral":{"ref":"r","source":"ADS"}`),
		`{"object":"page","entry":[{"id":"1","changes":[{"field":"messages","value":{"sender":{"id":"7"},"message":{"text":"x"}}}]}]}`)
}
