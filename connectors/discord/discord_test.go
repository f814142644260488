package discord_test

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/connectortest"
	"seax/connectors/discord"
	"seax/connectors/discord/discordfake"
	"seax/connectors/fake"
	"seax/internal/conversation"
)

type object = discordfake.Object

func code(t *testing.T, err error) connectors.ErrorCode {
	t.Helper()
	var e *connectors.SendError
	require.ErrorAs(t, err, &e)
	return e.Code
}

// Messages are what Discord's document says, coming and going; its gateway is in none.
func TestMessagesAreWhatDiscordsDocumentSays(t *testing.T) {
	t.Parallel()
	documents := connectortest.LoadSpecs(t, specs)
	w := newWorld(t)
	from := w.customers()[0]
	for _, a := range []fake.Act{
		{Type: "message", Text: "hi"}, {Type: "message", Text: "hi", ReplyTo: "7"}, {Type: "edit", Target: "7", Text: "hello"},
		{Type: "message", Files: []fake.File{{Name: "a b.png", MediaType: "image/png"}}},
	} {
		a.From = from
		documents.Allow(t, "MessageResponse", w.make(a).Data)
	}
	tapped := w.make(fake.Act{Type: "message", From: from, Choice: "a", Text: "A"})
	documents.Allow(t, "MessageResponse", tapped.Data["message"])
	require.True(t, documents.Disallows(t, "MessageCreateRequest", object{"content": strings.Repeat("x", 4001)}))
	require.True(t, documents.Disallows(t, "MessageResponse", object{"id": "1"}))
}

func TestKnownSignature(t *testing.T) {
	t.Parallel()
	const (
		public    = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
		signature = "c1098e97d711377f30225d53d94b89d43537f92e5b3afaddc590781b1f9f9d4b2eeab335d370be3b9a090bc61a85b86448bc140dcd195f1569c2bff181257607"
	)
	seed := make([]byte, ed25519.SeedSize)
	for i := range seed {
		seed[i] = byte(i)
	}
	require.Equal(t, signature, discordfake.Sign(ed25519.NewKeyFromSeed(seed), "1700000000", []byte(`{"type":1}`)))
	a := connectors.Account{Kind: discord.Kind, Settings: map[string]string{"public_key": public}}
	connector := discord.New(connectors.Deps{})
	request := func() *connectors.Request {
		header := http.Header{}
		header.Set("X-Signature-Ed25519", signature)
		header.Set("X-Signature-Timestamp", "1700000000")
		return &connectors.Request{Method: http.MethodPost, URL: &url.URL{}, Header: header, Body: []byte(`{"type":1}`)}
	}
	_, err := connector.Authenticate(t.Context(), a, request())
	require.NoError(t, err)
	batch, err := connector.Parse(t.Context(), a, connectors.Caller{}, request())
	require.NoError(t, err)
	require.Empty(t, batch.Events)
	require.Equal(t, connectors.Response{Status: http.StatusOK, ContentType: "application/json", Body: []byte(`{"type":1}`)}, batch.Respond(nil))
	for name, change := range map[string]func(r *connectors.Request){
		"another body":      func(r *connectors.Request) { r.Body = []byte(`{"type":2}`) },
		"a space more":      func(r *connectors.Request) { r.Body = append(r.Body, ' ') },
		"another time":      func(r *connectors.Request) { r.Header.Set("X-Signature-Timestamp", "1700000001") },
		"no time":           func(r *connectors.Request) { r.Header.Del("X-Signature-Timestamp") },
		"no signature":      func(r *connectors.Request) { r.Header.Del("X-Signature-Ed25519") },
		"half a signature":  func(r *connectors.Request) { r.Header.Set("X-Signature-Ed25519", signature[:64]) },
		"not hexadecimal":   func(r *connectors.Request) { r.Header.Set("X-Signature-Ed25519", strings.Repeat("z", 128)) },
		"moved to the time": func(r *connectors.Request) { r.Header.Set("X-Signature-Timestamp", `1700000000{`); r.Body = r.Body[1:] },
		"GET":               func(r *connectors.Request) { r.Method = http.MethodGet },
	} {
		r := request()
		change(r)
		_, err := connector.Authenticate(t.Context(), a, r)
		if name == "moved to the time" {
			// The two are signed as one; what is left of the body is no JSON then.
			_, err = connector.Parse(t.Context(), a, connectors.Caller{}, r)
			require.Error(t, err)
			continue
		}
		require.ErrorIs(t, err, connectors.ErrUnauthenticated, name)
	}
	for _, key := range []string{"", "x", public[:62], hex.EncodeToString(make([]byte, 32))} {
		_, err := connector.Authenticate(t.Context(), connectors.Account{Settings: map[string]string{"public_key": key}}, request())
		require.ErrorIs(t, err, connectors.ErrUnauthenticated, "%q", key)
	}
}

// interact is what the connector makes of an interaction that comes as a request.
func (w *world) interact(body any) connectors.Batch {
	w.t.Helper()
	encoded, err := json.Marshal(body)
	require.NoError(w.t, err)
	r := w.Interaction(account, encoded)
	caller, err := w.connector.Authenticate(w.t.Context(), account, r)
	require.NoError(w.t, err)
	batch, err := w.connector.Parse(w.t.Context(), account, caller, r)
	require.NoError(w.t, err)
	return batch
}

func TestInteractionsAsRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from := w.customers()[0]
	nelly := object{"id": "77", "username": "nelly", "global_name": nil}
	tapped := w.interact(w.make(fake.Act{Type: "message", From: from, Choice: "en", Text: "English"}).Data)
	require.Equal(t, from, tapped.Events[0].Address)
	require.Equal(t, "user/90000000000000000", tapped.Events[0].Formerly)
	require.Equal(t, conversation.Message{Choice: "en", Text: "English"}, tapped.Events[0].Message)
	require.JSONEq(t, `{"type":6}`, string(tapped.Respond(nil).Body))

	command := object{"id": "1199000000000000000", "type": 2, "token": "t", "channel_id": "5", "guild_id": "6", "member": object{"user": nelly}, "data": object{
		"name": "help", "options": []any{object{"name": "order", "type": 1, "options": []any{object{"name": "number", "type": 4, "value": 7}}}, object{"name": "why", "value": "late"}},
	}}
	got := w.interact(command)
	require.Equal(t, "user/77", got.Events[0].Address, "said in a server, answered in a direct message")
	require.Empty(t, got.Events[0].Formerly)
	require.Equal(t, "/help order 7 late", got.Events[0].Message.Text)
	require.Equal(t, "nelly", got.Events[0].Profile.Name)
	require.Equal(t, 2024, got.Events[0].At.Year(), "by its id")
	require.Contains(t, string(got.Respond(nil).Body), `"flags":64`)

	selected := w.interact(object{"id": "3", "type": 3, "channel_id": "5", "context": 1, "user": nelly, "data": object{"custom_id": "menu", "component_type": 3, "values": []any{"b"}}, "message": object{
		"id": "9", "channel_id": "5", "components": []any{object{"type": 1, "components": []any{object{"type": 3, "custom_id": "menu", "options": []any{object{"label": "Bee", "value": "b"}}}}}},
	}})
	require.Equal(t, conversation.Message{Choice: "b", Text: "Bee"}, selected.Events[0].Message)
	require.Equal(t, "9", selected.Events[0].ReplyTo)
	require.Equal(t, "user/77", w.interact(object{"id": "3", "type": 3, "channel_id": "5", "context": 2, "user": nelly, "data": object{"custom_id": "a"}}).Events[0].Address, "a chat with others, where the bot cannot write")
	form := w.interact(object{"id": "4", "type": 5, "channel_id": "5", "user": nelly, "data": object{}})
	require.NotNil(t, form.Events[0].Message.Unsupported)
	complete := w.interact(object{"id": "4", "type": 4, "channel_id": "5", "user": nelly})
	require.Empty(t, complete.Events)
	require.JSONEq(t, `{"type":8,"data":{"choices":[]}}`, string(complete.Respond(nil).Body))

	for _, body := range []string{"", "{", "null", "[]", "7", "{}", `{"type":"3"}`, `{"type":3}`, `{"type":-1}`, `{"type":3,"user":{"id":"../x"},"id":"1"}`, `{"type":1}{}`, "{\"type\":1,\"x\":\"\xff\"}", strings.Repeat("[", 50_000)} {
		_, err := w.connector.Parse(t.Context(), account, connectors.Caller{}, w.Interaction(account, []byte(body)))
		require.Error(t, err, "%.40q", body)
	}
}

// ears is a feed that keeps what it hears.
type ears struct {
	events    chan connectors.Inbound
	connected chan struct{}
	state     chan []byte
}

func newEars() *ears {
	e := &ears{events: make(chan connectors.Inbound, 5000), connected: make(chan struct{}, 5000), state: make(chan []byte, 1)}
	e.state <- nil
	return e
}

// Accept implements connectors.Feed.
func (e *ears) Accept(_ context.Context, events []connectors.Inbound, state []byte) ([]connectors.Result, error) {
	for _, one := range events {
		e.events <- one
	}
	if state != nil {
		<-e.state
		e.state <- state
	}
	return make([]connectors.Result, len(events)), nil
}

// State implements connectors.Feed.
func (e *ears) State(context.Context) ([]byte, error) {
	state := <-e.state
	e.state <- state
	return state, nil
}

// Connected implements connectors.Feed.
func (e *ears) Connected() { e.connected <- struct{}{} }

func (e *ears) saved(t *testing.T) (s map[string]any) {
	t.Helper()
	state, err := e.State(t.Context())
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(state, &s))
	return s
}

// listen listens once; the error it ends with comes out of the channel.
func (w *world) listen(feed connectors.Feed) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- w.connector.Listen(w.t.Context(), account, feed) }()
	return ended
}

func message(more object) discordfake.Dispatch {
	m := object{
		"id": "1199000000000000000", "channel_id": "5", "author": object{"id": "77", "username": "nelly", "global_name": "Nelly"}, "content": "hi", "type": 0,
		"timestamp": "2026-01-01T00:00:00.000000+00:00", "edited_timestamp": nil, "attachments": []any{}, "channel_type": 1,
	}
	for name, value := range more {
		m[name] = value
	}
	return discordfake.Dispatch{Type: "MESSAGE_CREATE", Data: m}
}

func TestEverythingTheGatewaySends(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	feed := newEars()
	w.listen(feed)
	<-feed.connected
	said := func(m conversation.Message, files ...connectors.MediaRef) connectors.Inbound {
		return connectors.Inbound{
			Type: connectors.InMessage, ProviderID: "1199000000000000000", Address: "5", Formerly: "user/77", Profile: connectors.Profile{Name: "Nelly"}, Message: m, Files: files,
		}
	}
	odd := func(kind string) conversation.Message {
		return conversation.Message{Unsupported: &conversation.Unsupported{Type: kind}}
	}
	aside := said(odd("message type 6"))
	aside.Type = connectors.InAutomatic
	strange := said(odd("message type 0"))
	strange.Profile = connectors.Profile{}
	file := object{"id": "1", "filename": "a.ogg", "size": 3, "url": "https://cdn.discordapp.com/attachments/1/2/a.ogg?ex=1", "content_type": "audio/ogg"}
	audio := connectors.MediaRef{ID: "1", URL: "https://cdn.discordapp.com/attachments/1/2/a.ogg?ex=1", Name: "a.ogg", MediaType: "audio/ogg", Size: 3}
	voice := audio
	voice.Voice = true
	for name, c := range map[string]struct {
		sent discordfake.Dispatch
		want connectors.Inbound
	}{
		"a file":            {message(object{"attachments": []any{file}}), said(conversation.Message{Text: "hi"}, audio)},
		"spoken":            {message(object{"content": "", "flags": 8192, "attachments": []any{file}}), said(conversation.Message{}, voice)},
		"forwarded":         {message(object{"content": "", "message_reference": object{"type": 1, "message_id": "3"}, "message_snapshots": []any{object{"message": object{"content": "from afar", "attachments": []any{file}}}}}), said(conversation.Message{Text: "from afar"}, audio)},
		"a sticker":         {message(object{"content": "", "sticker_items": []any{object{"id": "8", "name": "Wave", "format_type": 1}}}), said(conversation.Message{}, connectors.MediaRef{URL: "https://cdn.discordapp.com/stickers/8.png", Name: "sticker.png", MediaType: "image/png", Sticker: true})},
		"a moving one":      {message(object{"content": "", "sticker_items": []any{object{"id": "8", "name": "Wave", "format_type": 4}}}), said(conversation.Message{}, connectors.MediaRef{URL: "https://media.discordapp.net/stickers/8.gif", Name: "sticker.gif", MediaType: "image/gif", Sticker: true})},
		"a drawn one":       {message(object{"content": "", "sticker_items": []any{object{"id": "8", "name": "Wave", "format_type": 3}}}), said(conversation.Message{Text: "Wave"})},
		"a hostile sticker": {message(object{"content": "", "sticker_items": []any{object{"id": "../../x", "name": "Wave", "format_type": 1}}}), said(conversation.Message{Text: "Wave"})},
		"a poll":            {message(object{"content": "", "poll": object{}}), said(odd("message type 0"))},
		"a pin":             {message(object{"content": "", "type": 6}), aside},
		"in another form":   {message(object{"attachments": "none"}), strange},
	} {
		w.Hand(account, c.sent)
		got := <-feed.events
		require.NotEmpty(t, got.Raw, name)
		c.want.At, c.want.Raw = got.At, got.Raw
		require.Equal(t, c.want, got, name)
	}

	reaction := object{"user_id": "77", "channel_id": "5", "message_id": "9", "emoji": object{"id": "4", "name": "party"}}
	// None of these is something that a customer of ours said.
	for _, d := range []discordfake.Dispatch{
		message(object{"guild_id": "6"}), message(object{"author": object{"id": "78", "username": "r2", "bot": true}}), message(object{"webhook_id": "1"}), message(object{"author": nil}),
		{Type: "MESSAGE_UPDATE", Data: message(nil).Data}, {Type: "MESSAGE_DELETE", Data: object{"id": "9", "channel_id": "5", "guild_id": "6"}},
		{Type: "MESSAGE_REACTION_ADD", Data: object{"user_id": botID, "channel_id": "5", "message_id": "9", "emoji": object{"name": "👍"}}}, {Type: "TYPING_START", Data: object{"channel_id": "5", "user_id": botID}},
		{Type: "PRESENCE_UPDATE", Data: object{"user": 7}}, {Type: "MESSAGE_CREATE", Data: object{"id": 7}}, {Type: "INTERACTION_CREATE", Data: object{"id": []any{}}}, {Type: "TYPING_START", Data: object{"user_id": 7}},
		{Type: "MESSAGE_DELETE", Data: object{"id": 7}}, {Type: "MESSAGE_REACTION_ADD", Data: object{"emoji": "x"}}, {Type: "CHANNEL_CREATE", Data: object{"id": "5", "type": 1}}, {Type: "INTERACTION_CREATE", Data: nil},
	} {
		w.Hand(account, d)
	}
	w.Hand(account, discordfake.Dispatch{Type: "MESSAGE_REACTION_ADD", Data: reaction})
	got := <-feed.events
	require.Equal(t, connectors.InReaction, got.Type)
	require.Equal(t, ":party:", got.Emoji)
	w.Hand(account, discordfake.Dispatch{Type: "MESSAGE_DELETE_BULK", Data: object{"ids": []any{"8", "9"}, "channel_id": "5"}})
	require.Equal(t, "8", (<-feed.events).Target)
	require.Equal(t, "9", (<-feed.events).Target)

	tapped := w.make(fake.Act{Type: "message", ID: "31", From: w.customers()[0], Choice: "en", Text: "English"})
	w.Hand(account, tapped, message(nil))
	require.Equal(t, "en", (<-feed.events).Message.Choice)
	<-feed.events
	require.Equal(t, 1, w.Answered("31"), "the button does not spin")
}

// What we delete comes over the gateway, too, and is nothing the customer did.
func TestOwnDeletionsAreNotTheCustomers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	feed := newEars()
	w.listen(feed)
	<-feed.connected
	to := w.customers()[0]
	receipt, err := w.connector.Send(t.Context(), account, connectors.Outgoing{ID: "a", Address: to, Message: conversation.Message{Text: "hi"}})
	require.NoError(t, err)
	target := connectors.Target{Address: to, ProviderID: receipt.ProviderID, Ours: true}
	require.NoError(t, w.connector.Edit(t.Context(), account, target, "hello"))
	require.NoError(t, w.connector.Delete(t.Context(), account, target))
	require.NoError(t, w.connector.Delete(t.Context(), account, target), "gone already")
	w.Hand(account, message(nil))
	require.Equal(t, "1199000000000000000", (<-feed.events).ProviderID)
}

func TestTheGatewayWantsAnotherConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	feed := newEars()
	ended := w.listen(feed)
	<-feed.connected
	w.Send(account, object{"op": 7})
	<-feed.connected
	fresh, resumed := w.Sessions(account)
	require.Equal(t, []int{1, 1}, []int{fresh, resumed}, "on a connection of its own, the session goes on")
	w.Send(account, object{"op": 9, "d": true})
	require.NoError(t, <-ended)
	require.NotEmpty(t, feed.saved(t)["session_id"])

	ended = w.listen(feed)
	<-feed.connected
	w.Invalidate(account)
	require.NoError(t, <-ended)
	require.Empty(t, feed.saved(t)["session_id"], "another session after a pause")
	w.listen(feed)
	<-feed.connected
	fresh, _ = w.Sessions(account)
	require.Equal(t, 2, fresh)
}

func TestWhatTheEndOfAConnectionMeans(t *testing.T) {
	t.Parallel()
	for closed, c := range map[int]struct {
		config bool
		keeps  bool
	}{
		4000: {keeps: true}, 4004: {config: true, keeps: true}, 4014: {config: true, keeps: true}, 4010: {config: true, keeps: true}, 4007: {}, 4009: {}, 1001: {keeps: true}, 0: {keeps: true},
	} {
		w := newWorld(t)
		feed := newEars()
		ended := w.listen(feed)
		<-feed.connected
		w.Disconnect(account, closed)
		err := <-ended
		require.Error(t, err, closed)
		var e *connectors.SendError
		require.Equal(t, c.config, errors.As(err, &e) && e.Code == connectors.CodeConfig, "%d: %v", closed, err)
		require.Equal(t, c.keeps, feed.saved(t)["session_id"] != nil, closed)
	}
}

func TestAGatewayThatFallsSilentIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Interval = 50 * time.Millisecond
	feed := newEars()
	ended := make(chan error, 1000)
	go func() {
		for t.Context().Err() == nil {
			ended <- w.connector.Listen(t.Context(), account, feed)
		}
	}()
	for range 3 {
		<-feed.connected
	}
	w.Silence(true)
	require.ErrorContains(t, <-ended, "heartbeats")
	w.Silence(false)
	w.Hand(account, message(nil))
	<-feed.events
	_, resumed := w.Sessions(account)
	require.Positive(t, resumed)
}

// A state that is not ours, or that leads elsewhere, begins a new session at Discord.
func TestStatesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"x", "{}", `{"session_id":"a","resume_url":"wss://evil.example","seq":3}`, `{"session_id":"a","resume_url":"ws://gateway.discord.gg"}`, `{"session_id":"a","resume_url":"wss://x@gateway.discord.gg.evil.example/"}`, `{"session_id":"a"}`} {
		w := newWorld(t)
		feed := newEars()
		_, err := feed.Accept(t.Context(), nil, []byte(state))
		require.NoError(t, err)
		w.listen(feed)
		<-feed.connected
		fresh, resumed := w.Sessions(account)
		require.Equal(t, []int{1, 0}, []int{fresh, resumed}, state)
	}
}

func TestAListenerWithoutAToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := account
	a.Secrets = connectors.Secrets{"bot_token": strings.Replace(account.Secrets["bot_token"], "aZex", "bZex", 1)}
	require.Equal(t, connectors.CodeConfig, code(t, w.connector.Listen(t.Context(), a, newEars())))
	w.Misbehave(fake.Fault{Status: 503})
	require.Equal(t, connectors.CodeProvider, code(t, w.connector.Listen(t.Context(), account, newEars())))
}

// A thousand messages are heard in order, whatever happens to the connection.
func TestAThousandMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	feed := newEars()
	go func() {
		for t.Context().Err() == nil {
			_ = w.connector.Listen(t.Context(), account, feed)
		}
	}()
	<-feed.connected
	for i := range 1000 {
		w.Hand(account, message(object{"id": strconv.Itoa(1199000000000000000 + i)}))
		if i%250 == 100 {
			w.Disconnect(account, 0)
		}
	}
	next := 0
	for next < 1000 {
		got := <-feed.events
		want := strconv.Itoa(1199000000000000000 + next)
		if got.ProviderID == want {
			next++
			continue
		}
		require.Less(t, got.ProviderID, want, "one was left out")
	}
}

func attachment(name, content string) connectors.File {
	return connectors.File{
		Attachment: conversation.Attachment{Name: name, MediaType: "application/pdf", Size: int64(len(content))},
		Open:       func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil },
	}
}

func TestSending(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := w.customers()[0]
	send := func(out connectors.Outgoing) error {
		out.ID = conversation.NewID().String()
		_, err := w.connector.Send(t.Context(), account, out)
		return err
	}
	hi := conversation.Message{Text: "hi @everyone"}
	require.NoError(t, send(connectors.Outgoing{Address: to, Message: hi, ReplyTo: "9"}))
	require.NoError(t, send(connectors.Outgoing{Address: "user/90000000000000000", Message: hi}), "opens the direct message")
	var many []conversation.Option
	for i := range 25 {
		many = append(many, conversation.Option{ID: fmt.Sprint("option ", i), Label: strings.Repeat("가", 80)})
	}
	require.NoError(t, send(connectors.Outgoing{Address: to, Message: conversation.Message{Text: "?", Options: many}}))
	require.NoError(t, send(connectors.Outgoing{Address: to, Files: []connectors.File{attachment("계약 \"1\".pdf", "one"), attachment("", "two")}, Message: conversation.Message{Options: many[:1]}}))
	got := w.Sent(to)
	require.Len(t, got, 4)
	require.Equal(t, "9", got[0].ReplyTo)
	require.Equal(t, many, got[2].Options)
	require.Equal(t, []fake.File{{Name: "계약 \"1\".pdf", MediaType: "application/pdf", Content: []byte("one")}, {Name: "file", MediaType: "application/pdf", Content: []byte("two")}}, got[3].Files)

	for _, out := range []connectors.Outgoing{
		{Address: to, Message: conversation.Message{Text: " \n"}}, {Address: "nelly", Message: hi}, {Address: "user/../x", Message: hi}, {Address: "../../x", Message: hi},
		{Address: to, Message: conversation.Message{Text: "?", Options: []conversation.Option{{ID: strings.Repeat("x", 101), Label: "x"}}}},
	} {
		require.Equal(t, connectors.CodeRejected, code(t, send(out)), "%+v", out)
	}
	require.Equal(t, connectors.CodeUnreachable, code(t, send(connectors.Outgoing{Address: "12345", Message: hi})), "no such channel")
	broken := attachment("a.pdf", "x")
	broken.Open = func(context.Context) (io.ReadCloser, error) { return nil, errors.New("the store is away") }
	require.Equal(t, connectors.CodeConnection, code(t, send(connectors.Outgoing{Address: to, Files: []connectors.File{attachment("b.pdf", "x"), broken}})))
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for fault, want := range map[fake.Fault]connectors.ErrorCode{
		{Status: 403, Code: "50278"}: connectors.CodeUnreachable, {Status: 403, Code: "50001"}: connectors.CodeUnreachable, {Status: 400, Code: "40005"}: connectors.CodeRejected,
		{Status: 403, Code: "40333"}: connectors.CodeConfig, {Status: 403, Code: "40002"}: connectors.CodeConfig, {Status: 400, Code: "40003"}: connectors.CodeThrottled, {Status: 502}: connectors.CodeAmbiguous,
		{Status: 404, Code: "10003"}: connectors.CodeUnreachable, {Status: 413}: connectors.CodeRejected,
	} {
		w.Misbehave(fault)
		_, err := w.connector.Send(t.Context(), account, connectors.Outgoing{ID: "x", Address: w.customers()[0], Message: conversation.Message{Text: "hi"}})
		require.Equal(t, want, code(t, err), "%+v", fault)
	}
}

// Of our reactions there is one: another takes its place.
func TestReactions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from := w.customers()[0]
	id, _ := w.make(fake.Act{Type: "message", From: from, Text: "hi"}).Data["id"].(string)
	target := connectors.Target{Address: from, ProviderID: id}
	for _, emoji := range []string{"👍", "❤️", "❤️"} {
		require.NoError(t, w.connector.React(t.Context(), account, target, emoji))
		require.Equal(t, []string{emoji}, w.Reactions(id))
	}
	require.NoError(t, w.connector.React(t.Context(), account, target, ""))
	require.Empty(t, w.Reactions(id))
	target.ProviderID = "../x"
	require.Equal(t, connectors.CodeRejected, code(t, w.connector.React(t.Context(), account, target, "👍")))
}

func TestWhoCustomersAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for address, want := range map[string]string{w.customers()[0]: "Nelly", "user/77": "Nelly", "user/404": "", "12345": "", "x": "", "user/../x": ""} {
		got, err := w.connector.LookUp(t.Context(), account, address)
		require.NoError(t, err, address)
		require.Equal(t, want, got.Name, address)
	}
	_, err := w.connector.Start(t.Context(), account, "404")
	require.Equal(t, connectors.CodeRejected, code(t, err))
}

func TestACheckFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	check := func(change func(settings map[string]string)) (string, error) {
		a := account
		a.Settings = map[string]string{"public_key": account.Settings["public_key"]}
		change(a.Settings)
		w.Know(a, "")
		return w.connector.Check(t.Context(), a)
	}
	found, err := check(func(map[string]string) {})
	require.NoError(t, err)
	require.Equal(t, "Discord application Acme.", found)
	_, err = check(func(s map[string]string) { s["public_key"] = strings.Repeat("0", 64) })
	require.Equal(t, connectors.CodeConfig, code(t, err))
	_, err = check(func(s map[string]string) {
		s["public_key"], s["fake_endpoint"] = "", "https://desk.example/webhooks/discord/discord-1"
	})
	require.Equal(t, connectors.CodeConfig, code(t, err))
	found, err = check(func(s map[string]string) { s["fake_endpoint"] = "https://elsewhere.example/" })
	require.NoError(t, err)
	require.Contains(t, found, "elsewhere")
}

func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	connector := discord.New(connectors.Deps{PublicURL: "https://desk.example"})
	fields := connector.Describe().Fields
	require.NoError(t, fields[0].Check(account.Secrets["bot_token"]))
	require.NoError(t, fields[1].Check(account.Settings["public_key"]))
	for _, wrong := range []string{"x", "a.b.c", account.Secrets["bot_token"] + "\n", "Bot " + account.Secrets["bot_token"]} {
		require.Error(t, fields[0].Check(wrong))
		require.Error(t, fields[1].Check(wrong))
	}
	setup := connector.Setup(account)
	require.Contains(t, setup[0].Value, "client_id="+botID)
	require.Equal(t, "https://desk.example/webhooks/discord/discord-1", setup[1].Value)
	require.Len(t, connector.Setup(connectors.Account{}), 1, "without a token there is no link")
}
