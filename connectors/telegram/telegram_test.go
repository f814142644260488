package telegram_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/fake"
	"seax/connectors/telegram"
	"seax/connectors/telegram/telegramfake"
	"seax/internal/conversation"
)

type object = telegramfake.Object

func code(t *testing.T, err error) connectors.ErrorCode {
	t.Helper()
	var e *connectors.SendError
	require.ErrorAs(t, err, &e)
	return e.Code
}

var (
	ann     = object{"id": 1111, "is_bot": false, "first_name": "Ann", "last_name": "L", "username": "ann", "language_code": "en"}
	private = object{"id": 1111, "type": "private", "first_name": "Ann", "username": "ann"}
	group   = object{"id": -100200, "type": "supergroup", "title": "Family"}
)

// message is an update with a message of Ann's.
func message(chat object, more object) object {
	m := object{"message_id": 42, "date": 1700000000, "chat": chat, "from": ann}
	for name, value := range more {
		m[name] = value
	}
	return object{"update_id": 123456789, "message": m}
}

func file(id string, more object) object {
	f := object{"file_id": id, "file_unique_id": "u", "file_size": 7}
	for name, value := range more {
		f[name] = value
	}
	return f
}

func TestEverythingTelegramSends(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	known := connectors.Profile{Name: "Ann L", Locale: "en"}
	said := func(m conversation.Message, files ...connectors.MediaRef) connectors.Inbound {
		return connectors.Inbound{Type: connectors.InMessage, Address: "1111", ProviderID: "1111/42", Profile: known, Message: m, Files: files}
	}
	coded := func(in connectors.Inbound, code string) connectors.Inbound {
		in.Code = code
		return in
	}
	odd := func(kind string) conversation.Message {
		return conversation.Message{Unsupported: &conversation.Unsupported{Type: kind}}
	}
	for name, c := range map[string]struct {
		update object
		want   connectors.Inbound
	}{
		"start":        {message(private, object{"text": "/start ref123"}), coded(said(conversation.Message{Referral: map[string]string{"start": "ref123"}}), "ref123")},
		"start alone":  {message(private, object{"text": "/start"}), said(conversation.Message{Text: "/start"})},
		"photo":        {message(private, object{"caption": "look", "photo": []any{file("s", object{"file_size": 1}), file("l", object{"file_size": 9}), file("m", nil)}}), said(conversation.Message{Text: "look"}, connectors.MediaRef{ID: "l", MediaType: "image/jpeg", Size: 9})},
		"voice":        {message(private, object{"voice": file("v", object{"mime_type": "audio/ogg"})}), said(conversation.Message{}, connectors.MediaRef{ID: "v", MediaType: "audio/ogg", Size: 7, Voice: true})},
		"video":        {message(private, object{"video": file("v", nil)}), said(conversation.Message{}, connectors.MediaRef{ID: "v", MediaType: "video/mp4", Size: 7})},
		"round video":  {message(private, object{"video_note": file("v", nil)}), said(conversation.Message{}, connectors.MediaRef{ID: "v", MediaType: "video/mp4", Size: 7})},
		"audio":        {message(private, object{"audio": file("a", object{"file_name": "a.m4a", "mime_type": "audio/mp4"})}), said(conversation.Message{}, connectors.MediaRef{ID: "a", Name: "a.m4a", MediaType: "audio/mp4", Size: 7})},
		"animation":    {message(private, object{"animation": file("g", nil), "document": file("g", nil)}), said(conversation.Message{}, connectors.MediaRef{ID: "g", MediaType: "video/mp4", Size: 7})},
		"sticker":      {message(private, object{"sticker": file("s", object{"emoji": "👍"})}), said(conversation.Message{}, connectors.MediaRef{ID: "s", MediaType: "image/webp", Size: 7, Sticker: true})},
		"moving":       {message(private, object{"sticker": file("s", object{"emoji": "👍", "is_animated": true, "thumbnail": file("t", nil)})}), said(conversation.Message{}, connectors.MediaRef{ID: "t", MediaType: "image/webp", Size: 7, Sticker: true})},
		"only moving":  {message(private, object{"sticker": file("s", object{"emoji": "👍", "is_animated": true})}), said(conversation.Message{Text: "👍"})},
		"film sticker": {message(private, object{"sticker": file("s", object{"is_video": true})}), said(conversation.Message{}, connectors.MediaRef{ID: "s", MediaType: "video/webm", Size: 7, Sticker: true})},
		"venue":        {message(private, object{"venue": object{"location": object{"latitude": 1.5, "longitude": 2.5}, "title": "Hall", "address": "Road 1"}, "location": object{"latitude": 1.5, "longitude": 2.5}}), said(conversation.Message{Location: &conversation.Location{Latitude: 1.5, Longitude: 2.5, Name: "Hall", Address: "Road 1"}})},
		"contact":      {message(private, object{"contact": object{"phone_number": "+8210", "first_name": "Bo"}}), said(conversation.Message{Cards: []conversation.Card{{Name: "Bo", Phones: []string{"+8210"}}}})},
		"dice":         {message(private, object{"dice": object{"emoji": "🎲", "value": 6}}), said(conversation.Message{Text: "🎲 6"})},
		"poll":         {message(private, object{"poll": object{"question": "?"}, "has_protected_content": true}), said(odd("poll"))},
		"nothing":      {message(private, nil), said(odd("empty"))},
		"a pin":        {message(private, object{"pinned_message": object{"message_id": 1}}), connectors.Inbound{Type: connectors.InAutomatic, Address: "1111", ProviderID: "1111/42", Profile: known, Message: odd("pinned_message")}},
		"in a group":   {message(group, object{"text": "hi"}), connectors.Inbound{Type: connectors.InMessage, Address: "-100200", ProviderID: "-100200/42", Profile: connectors.Profile{Name: "Family"}, Message: conversation.Message{Text: "Ann L: hi"}}},
		"a new member": {message(group, object{"new_chat_members": []any{ann}}), connectors.Inbound{Type: connectors.InAutomatic, Address: "-100200", ProviderID: "-100200/42", Profile: connectors.Profile{Name: "Family"}, Message: odd("new_chat_members")}},
		"a bot":        {message(group, object{"text": "beep", "from": object{"id": 5, "is_bot": true, "first_name": "R2"}}), connectors.Inbound{Type: connectors.InAutomatic, Address: "-100200", ProviderID: "-100200/42", Profile: connectors.Profile{Name: "Family"}, Message: conversation.Message{Text: "R2: beep"}}},
		"moved to":     {message(object{"id": -5, "type": "group", "title": "Family"}, object{"migrate_to_chat_id": -100200}), connectors.Inbound{Type: connectors.InContact, Address: "-100200", Formerly: "-5", ProviderID: "update/123456789", Profile: connectors.Profile{Name: "Family"}}},
		"moved from":   {message(group, object{"migrate_from_chat_id": -5}), connectors.Inbound{Type: connectors.InContact, Address: "-100200", Formerly: "-5", ProviderID: "update/123456789", Profile: connectors.Profile{Name: "Family"}}},
	} {
		got := w.parse(c.update)
		require.Len(t, got, 1, name)
		c.want.At, c.want.Raw = time.Unix(1700000000, 0).UTC(), got[0].Raw
		require.Equal(t, c.want, got[0], name)
		require.NotEmpty(t, got[0].Raw)
	}
}

func TestWhoBlocksAndWhoIsTakenOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for status, want := range map[string]connectors.Consent{"kicked": connectors.OptedOut, "left": connectors.OptedOut, "member": connectors.OptedIn, "administrator": connectors.OptedIn} {
		for _, chat := range []object{private, group} {
			got := w.parse(object{"update_id": 7, "my_chat_member": object{"chat": chat, "from": ann, "date": 1, "new_chat_member": object{"status": status}}})
			require.Len(t, got, 1)
			require.Equal(t, connectors.InContact, got[0].Type)
			require.Equal(t, want, got[0].Consent, status)
		}
	}
}

// Through a connection to a business's own account Telegram also tells what the business wrote, and what was deleted.
func TestBusinessAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	said := message(private, object{"text": "hi", "business_connection_id": "bc1"})["message"]
	got := w.parse(object{"update_id": 1, "business_message": said})
	require.Equal(t, connectors.InMessage, got[0].Type)
	require.Equal(t, "1111@bc1", got[0].Address)
	got = w.parse(object{"update_id": 2, "edited_business_message": said})
	require.Equal(t, connectors.InEdited, got[0].Type)
	require.Equal(t, "1111/42", got[0].Target)
	got = w.parse(object{"update_id": 3, "deleted_business_messages": object{"business_connection_id": "bc1", "chat": private, "message_ids": []int{42, 43}}})
	require.Len(t, got, 2)
	require.Equal(t, connectors.InDeleted, got[1].Type)
	require.Equal(t, "1111/43", got[1].Target)
	require.NotEqual(t, got[0].ProviderID, got[1].ProviderID)
	written := message(private, object{"text": "we are closed", "business_connection_id": "bc1", "from": object{"id": 9, "first_name": "Mina"}})["message"]
	got = w.parse(object{"update_id": 4, "business_message": written})
	require.Equal(t, connectors.InEcho, got[0].Type)
	require.Equal(t, "Mina", got[0].Profile.Name)
	require.Empty(t, w.parse(object{"update_id": 5, "business_connection": object{"id": "bc1", "user": ann, "user_chat_id": 1, "is_enabled": true}}), "no customer")

	receipt, err := w.connector.Send(t.Context(), account, connectors.Outgoing{Address: "1111@bc1", Message: conversation.Message{Text: "hello"}})
	require.NoError(t, err)
	require.Len(t, w.Sent("1111@bc1"), 1)
	require.NoError(t, w.connector.Delete(t.Context(), account, connectors.Target{Address: "1111@bc1", ProviderID: receipt.ProviderID, Ours: true}))
	require.True(t, w.Sent("1111@bc1")[0].Deleted)
}

func TestWhatCannotBeReadIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, u := range []object{
		{"update_id": 1, "guest_message": object{"chat": private, "date": 1, "text": "hi"}},
		{"update_id": 1, "message": object{"chat": private, "message_id": 1, "text": object{"deep": true}}},
		{"update_id": 1, "message": object{"chat": private}},
		{"update_id": 1, "channel_post": object{"chat": object{"id": -7, "type": "channel"}, "message_id": 3, "text": "news"}},
	} {
		got := w.parse(u)
		require.Len(t, got, 1, "%v", u)
		require.NotNil(t, got[0].Message.Unsupported)
		require.Equal(t, "update/1", got[0].ProviderID)
	}
	for _, u := range []object{{"update_id": 1}, {"update_id": 1, "poll": object{"id": "7"}}, {"update_id": 1, "my_chat_member": object{}}, {"update_id": 1, "message": nil}, {"update_id": 1, "callback_query": object{"id": "1"}}, {"update_id": 1, "message_reaction": object{}}} {
		require.Empty(t, w.parse(u), "%v concerns no customer", u)
	}
}

// The answer to a tap stops the button from spinning.
func TestTapsAreAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.make(fake.Act{Type: "message", From: customer, Choice: "en", Text: "English"})
	batch, err := w.connector.Parse(t.Context(), account, connectors.Caller{}, w.Request(account, u))
	require.NoError(t, err)
	answer := batch.Respond(nil)
	require.Equal(t, "application/json", answer.ContentType)
	w.Answer(answer.Body)
	id, _ := u["callback_query"].(object)["id"].(string)
	require.True(t, w.Answered(id))
	require.Equal(t, customer+"/1", batch.Events[0].ReplyTo)

	inline := w.parse(object{"update_id": 1, "callback_query": object{"id": "1", "from": ann, "data": "x", "inline_message_id": "7"}})
	require.Equal(t, "1111", inline[0].Address)
	require.Equal(t, "x", inline[0].Message.Text)
	game := w.parse(object{"update_id": 1, "callback_query": object{"id": "1", "from": ann, "game_short_name": "x"}})
	require.NotNil(t, game[0].Message.Unsupported)
}

func TestReactionsOfPayingUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.parse(object{"update_id": 1, "message_reaction": object{"chat": private, "message_id": 4, "user": ann, "date": 1, "new_reaction": []any{object{"type": "custom_emoji", "custom_emoji_id": "5"}}}})
	require.Equal(t, "❔", got[0].Emoji)
	require.Equal(t, "1111/4", got[0].Target)
}

// The secret is an account's own, and never that of an account without one.
func TestTheSecretIsTheAccountsOwn(t *testing.T) {
	t.Parallel()
	require.Regexp(t, `^[A-Za-z0-9_-]{1,256}$`, telegram.Secret(account))
	other := account
	other.Secret = []byte(strings.Repeat("t", 32))
	require.NotEqual(t, telegram.Secret(account), telegram.Secret(other))
	connector := telegram.New(connectors.Deps{})
	r := &connectors.Request{Method: http.MethodPost, URL: &url.URL{}, Header: http.Header{}, Body: []byte(`{"update_id":1}`)}
	_, err := connector.Authenticate(t.Context(), connectors.Account{Kind: telegram.Kind}, r)
	require.ErrorIs(t, err, connectors.ErrUnauthenticated)
	r.Header.Set("X-Telegram-Bot-Api-Secret-Token", telegram.Secret(account))
	_, err = connector.Authenticate(t.Context(), account, r)
	require.NoError(t, err)
	r.Method = http.MethodGet
	_, err = connector.Authenticate(t.Context(), account, r)
	require.ErrorIs(t, err, connectors.ErrUnauthenticated)
}

func TestACheckTellsTelegramOurAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	found, err := w.connector.Check(t.Context(), account)
	require.NoError(t, err)
	require.Equal(t, "Telegram bot Acme (@acme_bot).", found)
	require.True(t, w.Wants(account.ID, "message_reaction"), "left out unless it is named")
	r := w.Request(account, w.make(fake.Act{Type: "message", From: customer, Text: "hi"}))
	require.Equal(t, "https://desk.example/webhooks/telegram/telegram-1", r.URL.String())
	_, err = w.connector.Authenticate(t.Context(), account, r)
	require.NoError(t, err, "with the secret that was set")

	deps := w.deps
	deps.PublicURL = "http://localhost:8080"
	_, err = telegram.New(deps).Check(t.Context(), account)
	require.Equal(t, connectors.CodeConfig, code(t, err))
	w.Misbehave(fake.Fault{Status: 409, Code: "Conflict: terminated by other getUpdates request"})
	_, err = w.connector.Check(t.Context(), account)
	require.Equal(t, connectors.CodeConfig, code(t, err))
}

func attachment(name, mediaType, content string) connectors.File {
	return connectors.File{
		Attachment: conversation.Attachment{Name: name, MediaType: mediaType, Size: int64(len(content))},
		Open:       func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil },
	}
}

// Files are sent so that Telegram shows or plays them.
func TestFilesAreSentAsWhatTheyAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct{ mediaType, content, method string }{
		{"image/jpeg", "x", "sendPhoto"}, {"image/gif", "x", "sendAnimation"}, {"video/mp4", "x", "sendVideo"}, {"audio/mpeg", "x", "sendAudio"}, {"audio/ogg", "x", "sendVoice"},
		{"application/pdf", "x", "sendDocument"}, {"image/svg+xml", "x", "sendDocument"}, {"image/png", "not a picture", "sendDocument"},
	} {
		out := connectors.Outgoing{Address: customer, Files: []connectors.File{attachment("계약 \"1\".bin", c.mediaType, c.content)}}
		out.Message = conversation.Message{Text: "look", Options: []conversation.Option{{ID: "a", Label: "A"}}}
		out.ReplyTo = customer + "/5"
		_, err := w.connector.Send(t.Context(), account, out)
		require.NoError(t, err, c.mediaType)
		all := w.Sent(customer)
		last := all[len(all)-1]
		require.Equal(t, c.method, last.From, c.mediaType)
		require.Equal(t, []fake.File{{Name: "계약 \"1\".bin", MediaType: c.mediaType, Content: []byte(c.content)}}, last.Files)
		require.Equal(t, "look", last.Text)
		require.Equal(t, customer+"/5", last.ReplyTo)
		require.Len(t, last.Options, 1)
	}
	broken := attachment("a.pdf", "application/pdf", "x")
	broken.Open = func(context.Context) (io.ReadCloser, error) { return nil, errors.New("the store is away") }
	_, err := w.connector.Send(t.Context(), account, connectors.Outgoing{Address: customer, Files: []connectors.File{broken}})
	require.Equal(t, connectors.CodeConnection, code(t, err))
	broken.Open = func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("half"), brokenReader{})), nil
	}
	before := len(w.Sent(customer))
	_, err = w.connector.Send(t.Context(), account, connectors.Outgoing{Address: customer, Files: []connectors.File{broken}})
	require.Error(t, err)
	require.Len(t, w.Sent(customer), before, "half a file is none")
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("the store went away") }

func TestWhatWasSentWithAFileIsItsCaption(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receipt, err := w.connector.Send(t.Context(), account, connectors.Outgoing{Address: customer, Message: conversation.Message{Text: "look"}, Files: []connectors.File{attachment("a.png", "image/png", "x")}})
	require.NoError(t, err)
	target := connectors.Target{Address: customer, ProviderID: receipt.ProviderID, Ours: true}
	for range 2 {
		require.NoError(t, w.connector.Edit(t.Context(), account, target, "look here"), "also when nothing changes")
	}
	require.Equal(t, "look here", w.Sent(customer)[0].Text)
	target.ProviderID = customer + "/999"
	require.Equal(t, connectors.CodeRejected, code(t, w.connector.Edit(t.Context(), account, target, "x")))
	require.NoError(t, w.connector.Delete(t.Context(), account, target), "gone already")
	for _, bad := range []connectors.Target{{Address: "x", ProviderID: "1/1"}, {Address: "1", ProviderID: "x"}, {Address: "1", ProviderID: "1/-1"}} {
		require.Equal(t, connectors.CodeRejected, code(t, w.connector.Delete(t.Context(), account, bad)))
	}
}

func TestReactions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	target := connectors.Target{Address: "1111", ProviderID: "1111/42"}
	require.NoError(t, w.connector.React(t.Context(), account, target, "❤️"))
	require.Equal(t, "❤", w.Reaction(1111, 42))
	require.NoError(t, w.connector.React(t.Context(), account, target, ""))
	require.Empty(t, w.Reaction(1111, 42))
	require.Equal(t, connectors.CodeRejected, code(t, w.connector.React(t.Context(), account, target, "🥨")))
}

func TestGroupsThatHaveMoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Move(-5, -100200)
	receipt, err := w.connector.Send(t.Context(), account, connectors.Outgoing{Address: "-5", Message: conversation.Message{Text: "hi"}})
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(receipt.ProviderID, "-100200/"))
	require.Len(t, w.Sent("-100200"), 1)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	send := func(out connectors.Outgoing) error {
		_, err := w.connector.Send(t.Context(), account, out)
		return err
	}
	hi := conversation.Message{Text: "hi"}
	for fault, want := range map[fake.Fault]connectors.ErrorCode{
		{Status: 400, Code: "Bad Request: chat not found"}: connectors.CodeUnreachable, {Status: 400, Code: "Bad Request: message is too long"}: connectors.CodeRejected,
		{Status: 403, Code: "Forbidden: bot can't initiate conversation with a user"}: connectors.CodeUnreachable, {Status: 404, Code: "Not Found"}: connectors.CodeConfig,
		{Status: 409}: connectors.CodeConfig, {Status: 502}: connectors.CodeAmbiguous, {Status: 413, Code: "Request Entity Too Large"}: connectors.CodeRejected,
	} {
		w.Misbehave(fault)
		require.Equal(t, want, code(t, send(connectors.Outgoing{Address: customer, Message: hi})), "%+v", fault)
	}
	require.Equal(t, connectors.CodeRejected, code(t, send(connectors.Outgoing{Address: "ann", Message: hi})))
	require.Equal(t, connectors.CodeRejected, code(t, send(connectors.Outgoing{Address: customer, Message: conversation.Message{Text: " "}})))
	long := []conversation.Option{{ID: strings.Repeat("x", 65), Label: "x"}}
	require.Equal(t, connectors.CodeRejected, code(t, send(connectors.Outgoing{Address: customer, Message: conversation.Message{Text: "?", Options: long}})))
	w.make(fake.Act{Type: "stop", From: customer})
	require.Equal(t, connectors.CodeUnreachable, code(t, send(connectors.Outgoing{Address: customer, Message: hi})))
	profile, err := w.connector.LookUp(t.Context(), account, "404")
	require.NoError(t, err)
	require.Empty(t, profile)
	_, err = w.connector.Start(t.Context(), account, "404")
	require.Equal(t, connectors.CodeUnreachable, code(t, err))
	profile, err = w.connector.LookUp(t.Context(), account, "1111")
	require.NoError(t, err)
	require.Equal(t, "Ann Lee", profile.Name)
}

// A token that is none makes no address, and shows in no error.
func TestTokensThatAreNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, token := range []string{"", "x", "123:../../x", "123456789:" + strings.Repeat("x", 19), "123456789:AAexampleexampleexampleexample\n", "1234@evil.example:AAexampleexampleexampleexample"} {
		a := account
		a.Secrets = connectors.Secrets{"bot_token": token}
		_, err := w.connector.Send(t.Context(), a, connectors.Outgoing{Address: customer, Message: conversation.Message{Text: "hi"}})
		require.Equal(t, connectors.CodeConfig, code(t, err))
		if len(token) > 10 {
			require.NotContains(t, err.Error(), token)
		}
		if token != "" {
			require.Error(t, telegram.New(connectors.Deps{}).Describe().Fields[0].Check(token))
		}
	}
	encoded, err := json.Marshal(telegram.New(connectors.Deps{}).Setup(account))
	require.NoError(t, err)
	require.NotContains(t, string(encoded), telegram.Secret(account))
}

func TestLink(t *testing.T) {
	t.Parallel()
	connector := telegram.New(connectors.Deps{})
	for name, want := range map[string]string{
		"acme_bot": "https://t.me/acme_bot?start=AB2CD-34EFG", "@acme_bot": "https://t.me/acme_bot?start=AB2CD-34EFG", "": "", "a/b": "", "no": "",
	} {
		a := connectors.Account{Settings: map[string]string{"bot_username": name}}
		require.Equal(t, want, connector.Link(a, "AB2CD-34EFG", "go on (AB2CD-34EFG)"), name)
	}
}
