package meta_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/connectortest"
	"seax/connectors/fake"
	"seax/connectors/meta"
	"seax/connectors/meta/metafake"
	"seax/internal/conversation"
)

// Signatures that were computed elsewhere: of the bytes as they come, also where they could be written another way.
func TestKnownSignatures(t *testing.T) {
	t.Parallel()
	connector := meta.NewMessenger(connectors.Deps{})
	account := connectors.Account{Secrets: connectors.Secrets{"app_secret": "app-secret"}}
	for body, signature := range map[string]string{
		`{"object":"page","entry":[{"id":"1","time":1,"messaging":[]}]}`: "sha256=fc2376ddfe0e38b34863069d33c0f785dbf72165805bb08eea915c6cb58f037c",
		`{"text":"caf\u00e9"}`: "sha256=a80b6bee32db96b3efc4286f21de56f93f247b87ef2ae6ca49ef6ac3bebb7010",
	} {
		require.Equal(t, signature, "sha256="+metafake.Sign("app-secret", []byte(body)))
		r := &connectors.Request{Method: http.MethodPost, URL: &url.URL{}, Body: []byte(body), Header: http.Header{"X-Hub-Signature-256": {signature}}}
		_, err := connector.Authenticate(t.Context(), account, r)
		require.NoError(t, err)
		for name, change := range map[string]func(*connectors.Request){
			"written anew": func(r *connectors.Request) { r.Body = []byte(strings.ReplaceAll(body, `\u00e9`, "é") + " ") },
			"upper case":   func(r *connectors.Request) { r.Header.Set("X-Hub-Signature-256", strings.ToUpper(signature)) },
			"without its name": func(r *connectors.Request) {
				r.Header.Set("X-Hub-Signature-256", strings.TrimPrefix(signature, "sha256="))
			},
			"the old signature": func(r *connectors.Request) { r.Header = http.Header{"X-Hub-Signature": {"sha1=" + signature[7:47]}} },
			"a GET":             func(r *connectors.Request) { r.Method = http.MethodGet },
		} {
			other := *r
			other.Header = r.Header.Clone()
			change(&other)
			_, err := connector.Authenticate(t.Context(), account, &other)
			require.ErrorIs(t, err, connectors.ErrUnauthenticated, name)
		}
	}
}

// Whoever knows the address alone cannot have it verified, and gets nothing back.
func TestVerificationWantsTheToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := meta.NewInstagram(w.deps)
	right := token(t, connector, instagram)
	for _, wrong := range []string{"", right[:len(right)-1], right + "x", strings.ToUpper(right)} {
		answer, is, err := connector.Handshake(t.Context(), instagram, w.Verification(instagram, wrong, "<script>"))
		require.True(t, is)
		require.ErrorIs(t, err, connectors.ErrUnauthenticated)
		require.Empty(t, answer.Body)
	}
	answer, _, err := connector.Handshake(t.Context(), instagram, w.Verification(instagram, right, "<script>alert(1)</script>"))
	require.NoError(t, err)
	require.Equal(t, "text/plain; charset=utf-8", answer.ContentType)
	other := instagram
	other.Secret = []byte(strings.Repeat("t", 32))
	require.NotEqual(t, right, token(t, connector, other))
	other.Secret = nil
	_, _, err = connector.Handshake(t.Context(), other, w.Verification(instagram, "", "1"))
	require.ErrorIs(t, err, connectors.ErrUnauthenticated)
}

// parse reads a signed body.
func (w *world) parse(connector connectors.Connector, account connectors.Account, body string) ([]connectors.Inbound, error) {
	w.t.Helper()
	r := w.Raw(account, []byte(body))
	caller, err := connector.Authenticate(w.t.Context(), account, r)
	require.NoError(w.t, err)
	batch, err := connector.Parse(w.t.Context(), account, caller, r)
	return batch.Events, err
}

// said is a WhatsApp webhook with these messages, of a customer with a number.
func said(messages string) string {
	return changed(`"contacts":[{"profile":{"name":"Ana"},"wa_id":"14155550120"}],"messages":[` + messages + `]`)
}

func changed(value string) string {
	return `{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",` +
		`"metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},` + value + `}}]}]}`
}

const frame = `"from":"14155550120","id":"wamid.1","timestamp":"1749416383",`

func TestEverythingCustomersSendOnWhatsApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := meta.NewWhatsApp(w.deps)
	for content, check := range map[string]func(in connectors.Inbound){
		`"type":"image","image":{"id":"71","mime_type":"image/jpeg","sha256":"x","caption":"look"}`: func(in connectors.Inbound) {
			require.Equal(t, "look", in.Message.Text)
			require.Equal(t, []connectors.MediaRef{{ID: "71", MediaType: "image/jpeg"}}, in.Files)
		},
		`"type":"audio","audio":{"id":"72","mime_type":"audio/ogg; codecs=opus","voice":true}`: func(in connectors.Inbound) {
			require.Equal(t, []connectors.MediaRef{{ID: "72", MediaType: "audio/ogg", Voice: true}}, in.Files)
		},
		`"type":"voice","voice":{"id":"72","mime_type":"audio/ogg"}`: func(in connectors.Inbound) { require.True(t, in.Files[0].Voice) },
		`"type":"document","document":{"id":"73","mime_type":"application/pdf","filename":"a.pdf"}`: func(in connectors.Inbound) {
			require.Equal(t, []connectors.MediaRef{{ID: "73", MediaType: "application/pdf", Name: "a.pdf"}}, in.Files)
		},
		`"type":"sticker","sticker":{"id":"74","mime_type":"image/webp"}`: func(in connectors.Inbound) { require.True(t, in.Files[0].Sticker) },
		`"type":"contacts","contacts":[{"name":{"formatted_name":"Lucía"},"phones":[{"phone":"+1 983"}],"emails":[{"email":"l@x.example"}]}]`: func(in connectors.Inbound) {
			require.Equal(t, []conversation.Card{{Name: "Lucía", Phones: []string{"+1 983"}, Emails: []string{"l@x.example"}}}, in.Message.Cards)
		},
		`"type":"button","context":{"from":"1","id":"wamid.0"},"button":{"payload":"P","text":"Yes"}`: func(in connectors.Inbound) {
			require.Equal(t, [3]string{"P", "Yes", "wamid.0"}, [3]string{in.Message.Choice, in.Message.Text, in.ReplyTo})
		},
		`"type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"r1","title":"Row","description":"d"}}`: func(in connectors.Inbound) {
			require.Equal(t, [2]string{"r1", "Row"}, [2]string{in.Message.Choice, in.Message.Text})
		},
		`"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Sent","response_json":"{\"flow_token\":\"x\",\"size\":3,\"colour\":\"red\"}"}}`: func(in connectors.Inbound) {
			require.Equal(t, "Sent\ncolour: red\nsize: 3", in.Message.Text)
		},
		`"type":"order","order":{"catalog_id":"1","text":"soon","product_items":[{"product_retailer_id":"A1","quantity":2,"item_price":30.5,"currency":"USD"}]}`: func(in connectors.Inbound) {
			require.Equal(t, "soon\n2 × A1 (30.5 USD)", in.Message.Text)
			require.Equal(t, "order", in.Message.Unsupported.Type)
		},
		`"type":"unsupported","errors":[{"code":131051,"title":"x","message":"x"}],"unsupported":{"type":"poll"}`: func(in connectors.Inbound) {
			require.Equal(t, "poll", in.Message.Unsupported.Type)
			require.Contains(t, string(in.Raw), "131051")
		},
		`"type":"text","text":{"body":"hi"},"referral":{"source_url":"https:\/\/fb.me\/1","source_type":"ad","ctwa_clid":"Aff","welcome_message":{"text":"Hello"}}`: func(in connectors.Inbound) {
			require.Equal(t, map[string]string{"source_url": "https://fb.me/1", "source_type": "ad", "ctwa_clid": "Aff", "welcome_message.text": "Hello"}, in.Message.Referral)
		},
		`"type":"text","text":{"body":"hi"},"group_id":"g1"`: func(in connectors.Inbound) { require.Equal(t, "group message", in.Message.Unsupported.Type) },
		`"type":"text","text":7`:                             func(in connectors.Inbound) { require.NotNil(t, in.Message.Unsupported) },
		`"type":"hologram"`:                                  func(in connectors.Inbound) { require.Equal(t, "hologram", in.Message.Unsupported.Type) },
		`"type":"image"`:                                     func(in connectors.Inbound) { require.Equal(t, "image", in.Message.Unsupported.Type) },
		`"text":{"body":"hi"}`:                               func(in connectors.Inbound) { require.Equal(t, "unknown", in.Message.Unsupported.Type) },
		`"type":"text","text":{}`:                            func(in connectors.Inbound) { require.Equal(t, "text", in.Message.Unsupported.Type) },
	} {
		got, err := w.parse(connector, whatsApp, said("{"+frame+content+"}"))
		require.NoError(t, err, content)
		require.Len(t, got, 1, content)
		require.Equal(t, connectors.InMessage, got[0].Type)
		require.Equal(t, [4]string{"+14155550120", "wamid.1", "Ana", "106540352242922"}, [4]string{got[0].Address, got[0].ProviderID, got[0].Profile.Name, got[0].AccountKey})
		require.Equal(t, time.Unix(1749416383, 0).UTC(), got[0].At)
		check(got[0])
	}
}

// One webhook may hold events of many numbers, some of them nobody's, and one that cannot be read takes no other with it.
func TestOneBadMessageTakesNoOtherWithIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := meta.NewWhatsApp(w.deps)
	good := `{` + frame + `"type":"text","text":{"body":"hi"}}`
	got, err := w.parse(connector, whatsApp, said(good+`,{"from":"14155550120","type":[1]},7,null,{"type":"text"},`+good))
	require.NoError(t, err)
	require.Len(t, got, 6, "whoever is the only contact has sent what names nobody")
	for _, odd := range got[1:5] {
		require.NotNil(t, odd.Message.Unsupported)
		require.NotEmpty(t, odd.ProviderID)
	}

	elsewhere := strings.ReplaceAll(said(good), "106540352242922", "999999999999999")
	got, err = w.parse(connector, whatsApp, elsewhere)
	require.NoError(t, err)
	require.Equal(t, "999999999999999", got[0].AccountKey)
	got, err = w.parse(connector, whatsApp, strings.ReplaceAll(said(good), `"phone_number_id":"106540352242922"`, `"x":1`))
	require.NoError(t, err)
	require.NotEmpty(t, got[0].AccountKey)
	require.NotEqual(t, connector.Key(whatsApp), got[0].AccountKey, "what is for no number is nobody's")

	// Of one that cannot be read at all nobody knows whose it is: it is put aside, as nobody's.
	got, err = w.parse(connector, whatsApp, changed(`"messages":7`))
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.NotEqual(t, connector.Key(whatsApp), got[0].AccountKey)
	require.NotEmpty(t, got[0].AccountKey)
	connectortest.Sound(t, connectors.Batch{Events: got})

	for _, wrong := range []string{
		strings.Replace(said(good), "whatsapp_business_account", "page", 1), `{"object":"whatsapp_business_account"}`, `{"object":"whatsapp_business_account","entry":7}`,
		said(good) + "x", said(strings.Replace(good, "hi", "\xff\xfe", 1)),
	} {
		_, err := w.parse(connector, whatsApp, wrong)
		require.Error(t, err, wrong)
	}
	for _, quiet := range []string{
		`{"object":"whatsapp_business_account","entry":[]}`, strings.Replace(said(good), `"field":"messages"`, `"field":"message_template_status_update"`, 1),
		changed(`"errors":[{"code":130429,"title":"Rate limit hit"}]`), changed(`"statuses":[{"id":"x","status":"deleted"},{"status":"sent"},7]`),
	} {
		got, err := w.parse(connector, whatsApp, quiet)
		require.NoError(t, err, quiet)
		require.Empty(t, got, quiet)
	}
}

// Who has a username may hide their number. Their id leads, and finds what was known under the number before.
func TestCustomersAreKnownByTheirScopedID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := meta.NewWhatsApp(w.deps)
	one := func(body string) connectors.Inbound {
		got, err := w.parse(connector, whatsApp, body)
		require.NoError(t, err)
		require.Len(t, got, 1)
		return got[0]
	}
	text := `"id":"wamid.1","timestamp":"1749416383000","type":"text","text":{"body":"hi"}`
	both := one(changed(`"contacts":[{"profile":{"name":"Ana","username":"@ana"},"wa_id":"14155550120","user_id":"US.13"}],"messages":[{"from":"14155550120","from_user_id":"US.13",` + text + `}]`))
	require.Equal(t, [4]string{"US.13", "+14155550120", "+14155550120", "Ana"}, [4]string{both.Address, both.Formerly, both.Profile.Phone, both.Profile.Name})
	require.True(t, both.Profile.Verified)
	require.Equal(t, time.UnixMilli(1749416383000).UTC(), both.At, "milliseconds are understood")
	byContact := one(changed(`"contacts":[{"profile":{"name":"Ana"},"wa_id":"14155550120","user_id":"US.13"}],"messages":[{"from":"14155550120",` + text + `}]`))
	require.Equal(t, [2]string{"US.13", "+14155550120"}, [2]string{byContact.Address, byContact.Formerly})
	hidden := one(changed(`"contacts":[{"profile":{"username":"@ana"},"user_id":"US.13"}],"messages":[{"from_user_id":"US.13",` + text + `}]`))
	require.Equal(t, [4]string{"US.13", "", "", "@ana"}, [4]string{hidden.Address, hidden.Formerly, hidden.Profile.Phone, hidden.Profile.Name})
	require.False(t, hidden.Profile.Verified)

	moved := one(changed(`"messages":[{` + frame + `"type":"system","system":{"body":"x","wa_id":"12195555358","type":"user_changed_number"}}]`))
	require.Equal(t, connectors.InContact, moved.Type)
	require.Equal(t, [2]string{"+12195555358", "+14155550120"}, [2]string{moved.Address, moved.Formerly})
	moved = one(changed(`"messages":[{"from_user_id":"US.13","id":"wamid.2","type":"system","system":{"user_id":"US.14","type":"user_changed_user_id"}}]`))
	require.Equal(t, [2]string{"US.14", "US.13"}, [2]string{moved.Address, moved.Formerly})

	// An answer goes to the number if there is one, otherwise to the id.
	w.Link("US.13", "+14155550120")
	for handle, address := range map[string]string{"+14155550120": "US.13", "": "KR.99", "not a number": "KR.98"} {
		_, err := connector.Send(t.Context(), whatsApp, connectors.Outgoing{ID: "id", Address: address, Message: conversation.Message{Text: "hi"}, Last: connectors.LastInbound{Handle: handle}})
		require.NoError(t, err)
		require.Len(t, w.Sent(address), 1)
	}
}

func TestStatusesCarryOurIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := meta.NewWhatsApp(w.deps)
	send := func() (last connectors.StatusUpdate) {
		_, err := connector.Send(t.Context(), whatsApp, connectors.Outgoing{ID: "0198-our-id", Address: "+14155550120", Message: conversation.Message{Text: "hi"}})
		require.NoError(t, err)
		for _, r := range w.Callbacks() {
			batch, err := connector.Parse(t.Context(), whatsApp, connectors.Caller{}, r)
			require.NoError(t, err)
			last = batch.Events[0].Status
			require.Equal(t, "0198-our-id", last.MessageID)
		}
		return last
	}
	failed := send()
	require.Equal(t, conversation.StatusFailed, failed.Status, "they never wrote")
	require.Equal(t, connectors.CodeWindowClosed, failed.Code)
	w.Hear(whatsApp, "+14155550120")
	require.Equal(t, conversation.StatusRead, send().Status)
	w.clock.Pass(24 * time.Hour)
	require.Equal(t, connectors.CodeWindowClosed, send().Code)
	for status, want := range map[string]conversation.Status{"accepted": "sent", "sent": "sent", "delivered": "delivered", "read": "read", "played": "read", "failed": "failed"} {
		got, err := w.parse(connector, whatsApp, changed(`"statuses":[{"id":"wamid.1","status":"`+status+`","timestamp":"1","recipient_id":"14155550120","errors":[{"code":999,"title":"odd"}]}]`))
		require.NoError(t, err)
		require.Equal(t, want, got[0].Status.Status)
	}
}

// The pace keeps to what one customer may be sent; who is faster is told to wait.
func TestTheSameCustomerIsNotWrittenToTooFast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := meta.NewWhatsApp(w.deps)
	pace := connector.Pace(whatsApp)
	send := func() error {
		_, err := connector.Send(t.Context(), whatsApp, connectors.Outgoing{ID: "id", Address: "+14155550120", Message: conversation.Message{Text: "hi"}})
		return err
	}
	for range pace.ContactBurst {
		require.NoError(t, send())
	}
	var e *connectors.SendError
	require.ErrorAs(t, send(), &e)
	require.Equal(t, connectors.CodeThrottled, e.Code)
	require.Equal(t, pace.ContactEvery, e.RetryAfter)
}

func TestErrorsAreClassified(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := meta.NewWhatsApp(w.deps)
	for code, want := range map[string]connectors.ErrorCode{
		"1": connectors.CodeProvider, "1/1357046": connectors.CodeAmbiguous, "2": connectors.CodeProvider, "4": connectors.CodeThrottled, "4/2018022": connectors.CodeThrottled,
		"80007": connectors.CodeThrottled, "130429": connectors.CodeThrottled, "131056": connectors.CodeThrottled, "131048": connectors.CodeThrottled, "131049": connectors.CodeThrottled,
		"131000": connectors.CodeProvider, "131016": connectors.CodeProvider, "131057": connectors.CodeProvider, "133004": connectors.CodeProvider,
		"100": connectors.CodeRejected, "131008": connectors.CodeRejected, "131051": connectors.CodeRejected, "132000": connectors.CodeRejected, "131050": connectors.CodeRejected,
		"131026": connectors.CodeUnreachable, "131047": connectors.CodeWindowClosed, "190": connectors.CodeConfig, "190/463": connectors.CodeConfig, "10": connectors.CodeConfig,
		"200": connectors.CodeConfig, "299": connectors.CodeConfig, "368": connectors.CodeConfig, "131031": connectors.CodeConfig, "133010": connectors.CodeConfig,
		"10/2018278": connectors.CodeWindowClosed, "10/2534022": connectors.CodeWindowClosed, "10/2018108": connectors.CodeUnreachable, "551/1545041": connectors.CodeUnreachable,
		"200/1545041": connectors.CodeUnreachable, "100/2018001": connectors.CodeUnreachable, "100/2534014": connectors.CodeUnreachable, "10/2018300": connectors.CodeRejected,
		"613": connectors.CodeThrottled, "1200": connectors.CodeProvider, "987654": connectors.CodeRejected,
	} {
		w.Misbehave(fake.Fault{Status: 400, Code: code})
		_, err := connector.Send(t.Context(), whatsApp, connectors.Outgoing{ID: "id", Address: "+14155550120", Message: conversation.Message{Text: "hi"}})
		var e *connectors.SendError
		require.ErrorAs(t, err, &e, code)
		require.Equal(t, want, e.Code, code)
		require.NotContains(t, err.Error(), whatsApp.Secrets["access_token"])
	}
	require.Empty(t, w.Sent(""))
}

func TestTemplatesSayWhatFillsThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	connector := meta.NewWhatsApp(w.deps)
	w.Approve(whatsApp, shipped)
	w.Approve(whatsApp, tracked)
	w.Approve(whatsApp, metafake.Template{Name: "waiting", Language: "en", Status: "PENDING", Components: shipped.Components})
	w.Approve(whatsApp, metafake.Template{Name: "form", Language: "en", Status: "APPROVED", Components: []map[string]any{
		{"type": "BODY", "text": "Hi"}, {"type": "BUTTONS", "buttons": []map[string]any{{"type": "FLOW", "text": "Fill in"}}},
	}})
	for i := range 150 {
		w.Approve(whatsApp, metafake.Template{Name: fmt.Sprint("plain_", i), Language: "en", Status: "APPROVED", Components: []map[string]any{{"type": "BODY", "text": "Hi"}}})
	}
	all, err := connector.Templates(t.Context(), whatsApp)
	require.NoError(t, err)
	require.Len(t, all, 152, "from several pages, without those that cannot be sent")
	require.Equal(t, connectors.Template{
		ID: "order_shipped/en_US", Name: "order_shipped", Language: "en_US", Category: "utility", Header: "Order {{header.1}}", Body: "Hello {{1}}, parcel {{2}} is on its way.", Footer: "Acme",
		Variables: []connectors.TemplateVariable{{Name: "header.1", Example: "A-7"}, {Name: "1", Example: "Ann"}, {Name: "2", Example: "P-1"}},
	}, all[0])
	require.Equal(t, []connectors.TemplateVariable{{Name: "header.image", Example: "https://"}, {Name: "name", Example: "지수"}, {Name: "button.1", Example: "https://shop.example/A-1"}}, all[1].Variables)
	require.Equal(t, []conversation.Option{{ID: "0", Label: "문의"}, {ID: "1", Label: "배송 조회"}}, all[1].Options)

	use := func(id string, variables map[string]string) error {
		_, err := connector.Send(t.Context(), whatsApp, connectors.Outgoing{ID: "id", Address: "+14155550120", Message: conversation.Message{Template: &conversation.TemplateUse{ID: id, Variables: variables}}})
		return err
	}
	require.NoError(t, use("track/ko", map[string]string{"header.image": "https://x.example/a.png", "name": "지수", "button.1": "A-9"}))
	require.Equal(t, "지수 님의 주문이 출발했습니다.", w.Sent("")[0].Text)
	for name, wrong := range map[string]error{
		"a variable is missing": use("order_shipped/en_US", map[string]string{"1": "a"}), "another language": use("order_shipped/de", nil), "no language": use("order_shipped", nil),
		"several lines": use("order_shipped/en_US", map[string]string{"header.1": "a", "1": "a\nb", "2": "c"}),
	} {
		var e *connectors.SendError
		require.ErrorAs(t, wrong, &e, name)
		require.Equal(t, connectors.CodeRejected, e.Code, name)
	}
}

// Files are asked for by their id alone, and fetched from Meta's host for files alone: the token must not go elsewhere.
func TestTokensStayWithMeta(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct {
		connector connectors.MediaFetcher
		account   connectors.Account
		ref       connectors.MediaRef
	}{
		"an address":          {meta.NewWhatsApp(w.deps), whatsApp, connectors.MediaRef{URL: "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1"}},
		"a path":              {meta.NewWhatsApp(w.deps), whatsApp, connectors.MediaRef{ID: "../v25.0/me"}},
		"a path that is dots": {meta.NewWhatsApp(w.deps), whatsApp, connectors.MediaRef{ID: ".."}},
		"a query":             {meta.NewWhatsApp(w.deps), whatsApp, connectors.MediaRef{ID: "1?access_token=x"}},
		"a lookalike":         {meta.NewMessenger(w.deps), messenger, connectors.MediaRef{URL: "https://scontent.xx.fbcdn.net.evil.example/v/1"}},
		"another host":        {meta.NewMessenger(w.deps), messenger, connectors.MediaRef{URL: "https://evilfbcdn.net/v/1"}},
		"not secure":          {meta.NewInstagram(w.deps), instagram, connectors.MediaRef{URL: "http://scontent.xx.fbcdn.net/v/1"}},
		"with a password":     {meta.NewInstagram(w.deps), instagram, connectors.MediaRef{URL: "https://a:b@scontent.xx.fbcdn.net/v/1"}},
		"a metadata service":  {meta.NewInstagram(w.deps), instagram, connectors.MediaRef{URL: "https://169.254.169.254/latest"}},
	} {
		_, err := c.connector.FetchMedia(t.Context(), c.account, c.ref)
		var e *connectors.SendError
		require.ErrorAs(t, err, &e, name)
		require.True(t, e.Permanent(), name)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		connector   connectors.Connector
		field       string
		good, wrong []string
	}{
		{meta.NewWhatsApp(connectors.Deps{}), "phone_number_id", []string{"106540352242922"}, []string{"+14155550120", "../x", "12"}},
		{meta.NewWhatsApp(connectors.Deps{}), "graph_version", []string{"v25.0", "v26.0"}, []string{"25.0", "v25.0/..", "latest"}},
		{meta.NewMessenger(connectors.Deps{}), "access_token", []string{"EAAB|x.y-z_"}, []string{"with space", "line\nbreak"}},
		{meta.NewInstagram(connectors.Deps{}), "rate", []string{"1", "80"}, []string{"0", "-1", "fast"}},
	} {
		for _, f := range c.connector.Describe().Fields {
			if f.Name != c.field {
				continue
			}
			for _, v := range c.good {
				require.NoError(t, f.Check(v), "%s: %s", f.Name, v)
			}
			for _, v := range c.wrong {
				require.Error(t, f.Check(v), "%s: %s", f.Name, v)
			}
		}
	}
}

func TestAnIDThatIsNotThereIsAWrongSetting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stranger := whatsApp
	stranger.Settings = map[string]string{"phone_number_id": "111111111111111", "business_account_id": "222222222222222"}
	_, err := meta.NewWhatsApp(w.deps).Check(t.Context(), stranger)
	var e *connectors.SendError
	require.ErrorAs(t, err, &e)
	require.Equal(t, connectors.CodeConfig, e.Code)
	// Nobody hears of what is written to it.
	w.Know(messenger, "")
	found, err := meta.NewMessenger(w.deps).Check(t.Context(), messenger)
	require.NoError(t, err)
	require.Contains(t, found, "not subscribed to messages")
}

// encode writes an inbox's items as Meta would.
func (w *world) items(account connectors.Account, list string, items ...string) string {
	object := map[string]string{meta.KindMessenger: "page", meta.KindInstagram: "instagram"}[account.Kind]
	id, err := json.Marshal(meta.NewMessenger(w.deps).Key(account) + meta.NewInstagram(w.deps).Key(account))
	require.NoError(w.t, err)
	return `{"object":"` + object + `","entry":[{"id":` + string(id) + `,"time":1,"` + list + `":[` + strings.Join(items, ",") + `]}]}`
}

func TestLinks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		linker         connectors.Linker
		setting, value string
		want           string
	}{
		{meta.NewWhatsApp(connectors.Deps{}), "number", "+14155238886", "https://wa.me/14155238886?text=go+on+%28AB2CD-34EFG%29"},
		{meta.NewMessenger(connectors.Deps{}), "page_id", "104738472839999", "https://m.me/104738472839999?ref=AB2CD-34EFG"},
		{meta.NewInstagram(connectors.Deps{}), "username", "@acme.shop", "https://ig.me/m/acme.shop?ref=AB2CD-34EFG"},
	} {
		link := func(value string) string {
			return c.linker.Link(connectors.Account{Settings: map[string]string{c.setting: value}}, "AB2CD-34EFG", "go on (AB2CD-34EFG)")
		}
		require.Equal(t, c.want, link(c.value))
		require.Empty(t, link(""))
		require.Empty(t, link("not/it"))
	}
}
