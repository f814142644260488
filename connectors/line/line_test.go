package line_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/fake"
	"seax/connectors/line"
	"seax/connectors/line/linefake"
	"seax/internal/conversation"
)

// samples are events as LINE's documents show them, by what they are.
func samples(w *world) map[string]linefake.Event {
	event := func(kind string, source linefake.Event, more linefake.Event) linefake.Event {
		e := w.make(fake.Act{Type: "stop", From: customers()[7]})
		e["type"], e["source"] = kind, source
		for name, value := range more {
			e[name] = value
		}
		return e
	}
	user := linefake.Event{"type": "user", "userId": customers()[0]}
	group := linefake.Event{"type": "group", "groupId": groupID}
	token := linefake.Event{"replyToken": "t"}
	with := func(name string, value any) linefake.Event { return linefake.Event{"replyToken": "t", name: value} }
	members := linefake.Event{"members": []any{user}}
	return map[string]linefake.Event{
		"sticker": event("message", user, with("message", linefake.Event{
			"id": "11", "type": "sticker", "packageId": "1", "stickerId": "52002734", "stickerResourceType": "STATIC", "quoteToken": "q", "keywords": []any{"hi"},
		})),
		"image elsewhere": event("message", user, with("message", linefake.Event{
			"id": "12", "type": "image", "quoteToken": "q", "contentProvider": linefake.Event{"type": "external", "originalContentUrl": "https://pictures.example/a.jpg"},
		})),
		"text in a group": event("message", linefake.Event{"type": "group", "groupId": groupID, "userId": customers()[1]}, with("message", linefake.Event{
			"id": "13", "type": "text", "text": "@Acme hi", "quoteToken": "q", "mention": linefake.Event{"mentionees": []any{linefake.Event{"type": "user", "index": 0, "length": 5, "isSelf": true}}},
			"emojis": []any{linefake.Event{"index": 6, "length": 2, "productId": "p", "emojiId": "e"}},
		})),
		"text in a room": event("message", linefake.Event{"type": "room", "roomId": roomID}, with("message", linefake.Event{"id": "14", "type": "text", "text": "hi", "quoteToken": "q"})),
		"join":           event("join", group, token),
		"leave":          event("leave", group, nil),
		"member joined":  event("memberJoined", group, with("joined", members)),
		"member left":    event("memberLeft", group, linefake.Event{"left": members}),
		"rich menu":      event("postback", user, with("postback", linefake.Event{"data": "page=2", "params": linefake.Event{"newRichMenuAliasId": "b", "status": "SUCCESS"}})),
		"date":           event("postback", user, with("postback", linefake.Event{"data": "when", "params": linefake.Event{"date": "2026-03-02"}})),
		"video seen":     event("videoPlayComplete", user, with("videoPlayComplete", linefake.Event{"trackingId": "t"})),
		"beacon":         event("beacon", user, with("beacon", linefake.Event{"hwid": "d41d8cd98f", "type": "enter"})),
		"linked":         event("accountLink", user, with("link", linefake.Event{"result": "ok", "nonce": "n"})),
		"membership":     event("membership", user, with("membership", linefake.Event{"type": "joined", "membershipId": 3189})),
		"unfollow":       event("unfollow", user, nil),
		"first follow":   event("follow", user, with("follow", linefake.Event{"isUnblocked": false})),
	}
}

const (
	groupID = "Ca56f94637ca56f94637ca56f94637ca5"
	roomID  = "Ra8dbf4673ra8dbf4673ra8dbf4673ra8"
)

func TestEverythingLINESends(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := samples(w)
	user := customers()[0]
	for name, want := range map[string]connectors.Inbound{
		"sticker":         {Type: connectors.InMessage, Address: user, ProviderID: "11", Files: []connectors.MediaRef{{URL: "https://stickershop.line-scdn.net/stickershop/v1/sticker/52002734/android/sticker.png", Name: "sticker.png", MediaType: "image/png", Sticker: true}}},
		"image elsewhere": {Type: connectors.InMessage, Address: user, ProviderID: "12", Message: conversation.Message{Text: "https://pictures.example/a.jpg"}},
		"text in a group": {Type: connectors.InMessage, Address: groupID, ProviderID: "13", Message: conversation.Message{Text: "@Acme hi"}},
		"text in a room":  {Type: connectors.InMessage, Address: roomID, ProviderID: "14", Message: conversation.Message{Text: "hi"}},
		"join":            {Type: connectors.InContact, Address: groupID, Consent: connectors.OptedIn},
		"leave":           {Type: connectors.InContact, Address: groupID, Consent: connectors.OptedOut},
		"member joined":   {Type: connectors.InAutomatic, Address: groupID, Message: odd("memberJoined")},
		"member left":     {Type: connectors.InAutomatic, Address: groupID, Message: odd("memberLeft")},
		"rich menu":       {Type: connectors.InMessage, Address: user, Message: conversation.Message{Choice: "page=2", Text: "page=2"}},
		"date":            {Type: connectors.InMessage, Address: user, Message: conversation.Message{Choice: "when", Text: "2026-03-02"}},
		"video seen":      {Type: connectors.InAutomatic, Address: user, Message: odd("videoPlayComplete")},
		"beacon":          {Type: connectors.InAutomatic, Address: user, Message: odd("beacon")},
		"linked":          {Type: connectors.InAutomatic, Address: user, Message: odd("accountLink")},
		"membership":      {Type: connectors.InAutomatic, Address: user, Message: odd("membership")},
		"unfollow":        {Type: connectors.InContact, Address: user, Consent: connectors.OptedOut},
		"first follow":    {Type: connectors.InContact, Address: user, Consent: connectors.OptedIn},
	} {
		got := w.parse(all[name])
		require.Len(t, got, 1, name)
		require.NotEmpty(t, got[0].ProviderID, name)
		require.Equal(t, w.clock.Now(), got[0].At, name)
		require.NotEmpty(t, got[0].Raw, name)
		if want.ProviderID == "" {
			want.ProviderID, _ = all[name]["webhookEventId"].(string)
		}
		want.At, want.Raw, want.Handle = got[0].At, got[0].Raw, got[0].Handle
		require.Equal(t, want, got[0], name)
		delete(all, name)
	}
	require.Empty(t, all)
}

func odd(kind string) conversation.Message {
	return conversation.Message{Unsupported: &conversation.Unsupported{Type: kind}}
}

// While another system of the business has the chat, its messages are shown and open nothing.
func TestStandby(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.make(fake.Act{Type: "message", From: customers()[0], Text: "hi"})
	e["mode"] = "standby"
	got := w.parse(e)
	require.Equal(t, connectors.InAutomatic, got[0].Type)
	require.Equal(t, "hi", got[0].Message.Text)
}

// Events that are about the account and no customer leave the rest of their request alone.
func TestEventsWithoutACustomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	event := func(kind string) linefake.Event {
		return linefake.Event{"type": kind, "mode": "active", "timestamp": 1, "webhookEventId": "01", "deliveryContext": linefake.Event{"isRedelivery": false}}
	}
	got := w.parse(event("botSuspended"), w.make(fake.Act{Type: "message", From: customers()[0], Text: "hi"}), event("module"))
	require.Len(t, got, 1)
	require.Equal(t, "hi", got[0].Message.Text)
	require.Empty(t, w.parse(), "the console's Verify button")
}

// One message that LINE changed the form of does not keep the others from being read.
func TestWhatCannotBeReadIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from := customers()[0]
	for i, message := range []any{
		nil, 7, "text", linefake.Event{}, linefake.Event{"id": "1"}, linefake.Event{"id": 7, "type": "text"}, linefake.Event{"id": "1", "type": "location"}, linefake.Event{"id": "1", "type": "text", "text": ""},
		linefake.Event{"id": "1", "type": "sticker", "stickerId": "../../x"}, linefake.Event{"id": "1", "type": "image", "contentProvider": linefake.Event{"type": "external"}},
	} {
		e := w.make(fake.Act{Type: "message", From: from, Text: "x"})
		e["message"] = message
		got := w.parse(e, w.make(fake.Act{Type: "message", From: from, Text: "next"}))
		require.Len(t, got, 2, i)
		require.NotNil(t, got[0].Message.Unsupported, i)
		require.NotEmpty(t, got[0].ProviderID, i)
		require.Equal(t, "next", got[1].Message.Text)
	}
}

func TestKnownSignature(t *testing.T) {
	t.Parallel()
	a := connectors.Account{Kind: line.Kind, Secrets: connectors.Secrets{"channel_secret": "channel-secret"}}
	const signature = "W3dP9Bhbu4pAfrrGKmS3sZ+m7GXhMWYtP0X+0oJHG4w="
	require.Equal(t, signature, linefake.Sign("channel-secret", []byte(`{"destination":"U0","events":[]}`)))
	connector := line.New(connectors.Deps{})
	for _, name := range []string{"X-Line-Signature", "x-line-signature", "X-LINE-SIGNATURE", "x-Line-signature"} {
		r := &connectors.Request{Method: http.MethodPost, URL: &url.URL{}, Header: http.Header{name: {signature}}, Body: []byte(`{"destination":"U0","events":[]}`)}
		_, err := connector.Authenticate(t.Context(), a, r)
		require.NoError(t, err, name)
		batch, err := connector.Parse(t.Context(), a, connectors.Caller{}, r)
		require.NoError(t, err)
		require.Empty(t, batch.Events)
		r.Header[name] = []string{"A" + signature[1:]}
		_, err = connector.Authenticate(t.Context(), a, r)
		require.ErrorIs(t, err, connectors.ErrUnauthenticated, name)
		r.Header[name] = nil
		_, err = connector.Authenticate(t.Context(), a, r)
		require.ErrorIs(t, err, connectors.ErrUnauthenticated, name)
	}
}

// What is signed are bytes: in any script, escaped or not, and not what they say.
func TestSignaturesAreOfBytes(t *testing.T) {
	t.Parallel()
	a := connectors.Account{Kind: line.Kind, Secrets: connectors.Secrets{"channel_secret": "channel-secret"}}
	connector := line.New(connectors.Deps{})
	for body, signature := range map[string]string{
		`{"destination":"U0","events":[{"type":"message","source":{"type":"user","userId":"U1"},"message":{"id":"1","type":"text","text":"こんにちは 안녕 👋"}}]}`:                                               "ynauABb/Wc3oDh/nLJjVEuEPG5KdSFBmrvQy0w1IvpE=",
		`{"destination":"U0","events":[{"type":"message","source":{"type":"user","userId":"U1"},"message":{"id":"1","type":"text","text":"\u3053\u3093\u306b\u3061\u306f \uc548\ub155 \ud83d\udc4b"}}]}`: "6AFO03MZt433WqXlaM67IwPOwX8IyM9NjFQuRKR+ijQ=",
	} {
		r := &connectors.Request{Method: http.MethodPost, URL: &url.URL{}, Header: http.Header{"X-Line-Signature": {signature}}, Body: []byte(body)}
		_, err := connector.Authenticate(t.Context(), a, r)
		require.NoError(t, err, body)
		batch, err := connector.Parse(t.Context(), a, connectors.Caller{}, r)
		require.NoError(t, err)
		require.Equal(t, "こんにちは 안녕 👋", batch.Events[0].Message.Text)
	}
}

// An event that cannot be read in full does not take the others of its request with it.
func TestOneUnreadableEvent(t *testing.T) {
	t.Parallel()
	connector := line.New(connectors.Deps{})
	body := `{"destination":"U0","events":[{"type":"message","timestamp":99999999999999999999,"webhookEventId":"w","source":{"type":"user","userId":"U1"},"message":{"id":"1","type":"text","text":"a"}},
		{"type":"message","source":{"type":"user","userId":"U1"},"message":{"id":"2","type":"text","text":"b"}}]}`
	batch, err := connector.Parse(t.Context(), account, connectors.Caller{}, &connectors.Request{Body: []byte(body)})
	require.NoError(t, err)
	require.Len(t, batch.Events, 2)
	require.Equal(t, "unreadable message", batch.Events[0].Message.Unsupported.Type)
	require.Equal(t, "w", batch.Events[0].ProviderID)
	require.Contains(t, string(batch.Events[0].Raw), `"text":"a"`)
	require.Equal(t, "b", batch.Events[1].Message.Text)
}

func send(w *world, a connectors.Account, out connectors.Outgoing) error {
	if out.ID == "" {
		out.ID = uuid.NewString()
	}
	_, err := w.connector.Send(w.t.Context(), a, out)
	return err
}

func code(t *testing.T, err error) connectors.ErrorCode {
	t.Helper()
	var e *connectors.SendError
	require.ErrorAs(t, err, &e)
	return e.Code
}

// A reply is used while it is fresh and once; whatever else becomes of it, the message goes out once.
func TestFreeReplies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := replying()
	to := customers()[0]
	out := func(said connectors.Inbound) connectors.Outgoing {
		return connectors.Outgoing{
			ID: uuid.NewString(), Address: to, Message: conversation.Message{Text: "hello"}, From: conversation.Actor{Kind: conversation.ByAgent, Name: "Mina"},
			Last: connectors.LastInbound{ID: said.ProviderID, Handle: said.Handle, At: said.At},
		}
	}
	said := func() connectors.Inbound {
		return w.parse(w.make(fake.Act{Type: "message", From: to, Text: "hi"}))[0]
	}
	first := said()
	require.NoError(t, send(w, a, out(first)))
	require.NoError(t, send(w, a, out(first)))
	got := w.Sent(to)
	require.Len(t, got, 2)
	require.Empty(t, got[0].Key, "a reply")
	require.NotEmpty(t, got[1].Key, "the token was used, so it was pushed")
	require.Equal(t, "Mina", got[0].From)

	late := said()
	w.clock.Pass(30 * time.Second)
	require.NoError(t, send(w, a, out(late)))
	require.NotEmpty(t, w.Sent(to)[2].Key, "too old")

	again := w.make(fake.Act{Type: "message", From: to, Text: "hi"})
	again["deliveryContext"] = linefake.Event{"isRedelivery": true}
	require.NoError(t, send(w, a, out(w.parse(again)[0])))
	require.NotEmpty(t, w.Sent(to)[3].Key, "delivered again: its token is older")

	w.Misbehave(fake.Fault{Drop: "after", Only: "POST /v2/bot/message/reply"})
	require.Equal(t, connectors.CodeAmbiguous, code(t, send(w, a, out(said()))))
	require.Len(t, w.Sent(to), 5, "not pushed as well")
	require.False(t, w.connector.Capabilities(a).Idempotent)
	require.True(t, w.connector.Capabilities(account).Idempotent)
}

// The newest message can be quoted.
func TestQuotes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := customers()[0]
	said := w.parse(w.make(fake.Act{Type: "message", ID: "77", From: to, Text: "hi"}))[0]
	for _, replyTo := range []string{"77", "76", ""} {
		require.NoError(t, send(w, account, connectors.Outgoing{Address: to, ReplyTo: replyTo, Message: conversation.Message{Text: "hello"}, Last: connectors.LastInbound{ID: "77", Handle: said.Handle}}))
	}
	got := w.Sent(to)
	require.Equal(t, []string{"77", "", ""}, []string{got[0].ReplyTo, got[1].ReplyTo, got[2].ReplyTo})
}

// What LINE does not show is sent as a link.
func TestFilesThatAreNoPictures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := customers()[0]
	for _, f := range []conversation.Attachment{
		{Name: "계약서.pdf", MediaType: "application/pdf"}, {Name: "large.png", MediaType: "image/png", Size: 2 << 20}, {Name: "a.mp4", MediaType: "video/mp4"}, {MediaType: "audio/ogg"},
		{Name: strings.Repeat("가", 500) + ".pdf", MediaType: "application/pdf"},
	} {
		require.NoError(t, send(w, account, connectors.Outgoing{Address: to, Files: []connectors.File{{Attachment: f, PublicURL: fileURL}}}))
	}
	got := w.Sent(to)
	require.Len(t, got, 5)
	for i, name := range []string{"계약서.pdf", "large.png", "a.mp4", "audio/ogg"} {
		require.Equal(t, []fake.File{{Name: name, URL: fileURL}}, got[i].Files)
	}
}

func TestChoicesFitWhatLINEGivesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := customers()[0]
	var many []conversation.Option
	for i := range 13 {
		many = append(many, conversation.Option{ID: fmt.Sprint("option ", i), Label: strings.Repeat("가", 20)})
	}
	require.NoError(t, send(w, account, connectors.Outgoing{Address: to, Message: conversation.Message{Text: "?", Options: many}}))
	require.Equal(t, many, w.Sent(to)[0].Options)
	long := conversation.Option{ID: strings.Repeat("x", 280), Label: "Long"}
	require.NoError(t, send(w, account, connectors.Outgoing{Address: to, Message: conversation.Message{Text: "?", Options: []conversation.Option{long}}}))
	tapped := w.make(fake.Act{Type: "message", From: to, Choice: "x"})
	tapped["postback"] = linefake.Event{"data": `{"choice":"` + long.ID + `"}`}
	require.Equal(t, long.ID, w.parse(tapped)[0].Message.Choice)
	require.Equal(t, long.ID, w.parse(tapped)[0].Message.Text)
	long.ID = strings.Repeat("x", 301)
	require.Equal(t, connectors.CodeRejected, code(t, send(w, account, connectors.Outgoing{Address: to, Message: conversation.Message{Text: "?", Options: []conversation.Option{long}}})))
	require.Equal(t, connectors.CodeRejected, code(t, send(w, account, connectors.Outgoing{Address: to, Message: conversation.Message{Text: " \n"}})))
}

// Names that LINE keeps to itself, or that are too long, do not keep a message from being sent.
func TestNamesOfAgents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := customers()[0]
	for name, want := range map[string]string{"Mina Park": "Mina Park", "LINE Support": "", "": "", "Caroline": "Caroline", strings.Repeat("가", 30): strings.Repeat("가", 20)} {
		require.NoError(t, send(w, replying(), connectors.Outgoing{Address: to, Message: conversation.Message{Text: "hi"}, From: conversation.Actor{Kind: conversation.ByAgent, Name: name}}))
		all := w.Sent(to)
		require.Equal(t, want, all[len(all)-1].From)
	}
	require.NoError(t, send(w, replying(), connectors.Outgoing{Address: to, Message: conversation.Message{Text: "hi"}, From: conversation.Actor{Kind: conversation.ByBot, Name: "Bot"}}))
	all := w.Sent(to)
	require.Empty(t, all[len(all)-1].From)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := customers()[0]
	for _, c := range []struct {
		fault fake.Fault
		code  connectors.ErrorCode
	}{
		{fake.Fault{Status: 429, Code: "You have reached your monthly limit."}, connectors.CodeConfig},
		{fake.Fault{Status: 429, Code: "The API rate limit has been exceeded. Try again later."}, connectors.CodeThrottled},
		{fake.Fault{Status: 403, Code: "Access to this API is not available for your account"}, connectors.CodeConfig},
		{fake.Fault{Status: 410}, connectors.CodeUnreachable}, {fake.Fault{Status: 413}, connectors.CodeRejected}, {fake.Fault{Status: 415}, connectors.CodeRejected},
		{fake.Fault{Status: 502}, connectors.CodeAmbiguous},
	} {
		w.Misbehave(c.fault)
		require.Equal(t, c.code, code(t, send(w, account, connectors.Outgoing{Address: to, Message: conversation.Message{Text: "hi"}})), "%+v", c.fault)
	}
	require.Equal(t, connectors.CodeUnreachable, code(t, send(w, account, connectors.Outgoing{Address: "nobody", Message: conversation.Message{Text: "hi"}})))
}

// A video is there only after a while; files that are gone are gone.
func TestFilesThatTakeAWhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.make(fake.Act{Type: "message", From: customers()[0], Files: []fake.File{{Name: "a.mp4", MediaType: "video/mp4", Content: []byte("film")}}})
	ref := w.parse(e)[0].Files[0]
	_, err := w.connector.FetchMedia(t.Context(), account, ref)
	require.Equal(t, connectors.CodeProvider, code(t, err))
	media, err := w.connector.FetchMedia(t.Context(), account, ref)
	require.NoError(t, err)
	content, err := io.ReadAll(media.Body)
	require.NoError(t, err)
	require.NoError(t, media.Body.Close())
	require.Equal(t, "film", string(content))
	require.Equal(t, "video/mp4", media.MediaType)
	for _, bad := range []connectors.MediaRef{
		{ID: "999"}, {ID: "../info"}, {ID: "1/../../x"}, {ID: "1?x=y"}, {URL: "https://api-data.line.me/v2/bot/message/1/content"}, {URL: "https://stickershop.line-scdn.net.evil.example/x"},
		{URL: "https://stickershop.line-scdn.net@evil.example/x"}, {URL: "//stickershop.line-scdn.net/x"},
	} {
		_, err := w.connector.FetchMedia(t.Context(), account, bad)
		var refused *connectors.SendError
		require.ErrorAs(t, err, &refused, "%+v", bad)
		require.True(t, refused.Permanent(), "%+v", bad)
	}
	sticker := w.parse(samples(w)["sticker"])[0].Files[0]
	media, err = w.connector.FetchMedia(t.Context(), account, sticker)
	require.NoError(t, err)
	require.NoError(t, media.Body.Close())
}

func TestWhoCustomersAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for address, want := range map[string]connectors.Profile{customers()[0]: {Name: "지수", Locale: "ko"}, groupID: {Name: "Family"}, roomID: {}, "nobody": {}} {
		got, err := w.connector.LookUp(t.Context(), account, address)
		require.NoError(t, err)
		require.Equal(t, want, got, address)
	}
	w.make(fake.Act{Type: "stop", From: customers()[1]})
	got, err := w.connector.LookUp(t.Context(), account, customers()[1])
	require.NoError(t, err)
	require.Empty(t, got, "no friend any more")
	_, err = w.connector.Start(t.Context(), account, customers()[1])
	require.Equal(t, connectors.CodeUnreachable, code(t, err))
	w.make(fake.Act{Type: "follow", From: customers()[1]})
	_, err = w.connector.Start(t.Context(), account, customers()[1])
	require.NoError(t, err)
}

func TestACheckSetsTheWebhookWhereThereIsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	found, err := w.connector.Check(t.Context(), account)
	require.NoError(t, err)
	require.Contains(t, found, "was set")
	found, err = w.connector.Check(t.Context(), account)
	require.NoError(t, err)
	require.Equal(t, "LINE account Acme (@acme).", found)
	elsewhere := account
	elsewhere.Secrets = connectors.Secrets{"channel_secret": "x", "channel_access_token": "other"}
	elsewhere.ID = "line-2"
	w.Know(elsewhere, "")
	deps := w.deps
	deps.PublicURL = "https://old.example"
	_, err = line.New(deps).Check(t.Context(), elsewhere)
	require.NoError(t, err)
	found, err = w.connector.Check(t.Context(), elsewhere)
	require.NoError(t, err)
	require.Contains(t, found, "enter the webhook's address")
}

// A thousand events, and a hostile one among them, are one request.
func TestAThousandEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var events []any
	for i := range 1000 {
		events = append(events, w.make(fake.Act{Type: "message", From: customers()[i%8], Text: strconv.Itoa(i)}))
	}
	got := w.parse(events...)
	require.Len(t, got, 1000)
	for i, e := range got {
		require.Equal(t, strconv.Itoa(i), e.Message.Text)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	for _, f := range line.New(connectors.Deps{}).Describe().Fields {
		if f.Name != "channel_secret" {
			continue
		}
		require.NoError(t, f.Check(strings.Repeat("0f", 16)))
		for _, wrong := range []string{"short", strings.Repeat("0F", 16), strings.Repeat("0f", 17)} {
			require.Error(t, f.Check(wrong))
		}
	}
	setup := line.New(connectors.Deps{PublicURL: "https://desk.example"}).Setup(account)
	require.Equal(t, "https://desk.example/webhooks/line/line-1", setup[0].Value)
}

// Handles of other makers, or none, are no reason to fail.
func TestHandlesThatAreNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, h := range []string{"", "x", "[]", `{"read":7}`} {
		last := connectors.LastInbound{ID: "1", Handle: h, At: w.clock.Now()}
		require.NoError(t, w.connector.MarkRead(t.Context(), account, connectors.Customer{Address: customers()[0], Last: last}))
		require.NoError(t, send(w, replying(), connectors.Outgoing{Address: customers()[0], Message: conversation.Message{Text: "hi"}, Last: last}))
	}
	require.NoError(t, w.connector.Typing(t.Context(), account, connectors.Customer{Address: groupID}, "Mina"), "groups see nobody typing")
	require.False(t, w.Typing(groupID))
}

func TestLink(t *testing.T) {
	t.Parallel()
	connector := line.New(connectors.Deps{})
	for id, want := range map[string]string{
		"@123abcde": "https://line.me/R/oaMessage/%40123abcde/?go%20on%3F%20%ED%95%9C%20%28AB2CD-34EFG%29",
		"":          "", "123abcde": "", "@x/../y": "",
	} {
		a := connectors.Account{Settings: map[string]string{"basic_id": id}}
		require.Equal(t, want, connector.Link(a, "AB2CD-34EFG", "go on? 한 (AB2CD-34EFG)"), id)
	}
}
