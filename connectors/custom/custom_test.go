package custom_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/custom"
	"seax/connectors/custom/customfake"
	"seax/connectors/fake"
	"seax/connectors/wire"
	"seax/internal/conversation"
	"seax/internal/egress"
	"seax/internal/standardwebhooks"
)

type event = customfake.Event

// parse does what the API does with a request.
func (w *world) parse(t *testing.T, r *connectors.Request) connectors.Batch {
	t.Helper()
	caller, err := w.connector.Authenticate(t.Context(), account, r)
	require.NoError(t, err)
	batch, err := w.connector.Parse(t.Context(), account, caller, r)
	require.NoError(t, err)
	return batch
}

// Some events of a request make no sense: they are rejected in words, the others are accepted.
func TestEventsAreRejectedOneByOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text := []any{event{"type": "text", "text": "hi"}}
	thread := event{"key": "room-1"}
	batch := w.parse(t, w.Request(account,
		event{"event_id": "1", "type": "message.received", "thread": thread, "message": event{"external_id": "m1", "parts": text}},
		event{"event_id": "2", "type": "message.received", "message": event{"parts": text}},
		event{"event_id": "3", "type": "message.received", "thread": thread, "message": event{"parts": []any{}}},
		event{"type": "message.received", "thread": thread, "message": event{"parts": text}},
		event{"event_id": "5", "type": "message.deleted", "thread": thread},
		event{"event_id": "6", "type": "message.status", "thread": thread, "external_id": "x", "status": "exploded"},
		event{"event_id": "7", "type": "message.status", "status": "read"},
		event{"event_id": "8", "type": "nonsense", "thread": thread},
		event{"event_id": "9", "type": "message.received", "thread": thread, "message": event{"parts": []any{event{"type": "image"}}}},
		event{"event_id": "10", "type": "message.status", "message_id": "ours", "status": "delivered"},
	))
	require.Len(t, batch.Events, 2)
	answer := batch.Respond([]connectors.Result{{Status: connectors.ResultConflict}, {Status: connectors.ResultIgnored}})
	require.Equal(t, http.StatusAccepted, answer.Status)
	var got struct {
		Results []struct {
			EventID string `json:"event_id"`
			Status  string
			Error   string
		}
	}
	require.NoError(t, json.Unmarshal(answer.Body, &got))
	require.Len(t, got.Results, 10)
	for i, r := range got.Results {
		if i == 9 {
			require.Equal(t, "ignored", r.Status)
			continue
		}
		require.Equal(t, "rejected", r.Status, "event %d", i+1)
		require.NotEmpty(t, r.Error)
	}
	require.Contains(t, got.Results[0].Error, "conflict")
	require.Equal(t, "1", got.Results[0].EventID)
}

// The same event again has the same digest; with anything changed it has another.
func TestEventsHaveDigests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	say := func(text string) connectors.Inbound {
		return w.parse(t, w.Request(account, event{"event_id": "1", "type": "message.received", "thread": event{"key": "r"}, "message": event{"external_id": "m", "parts": []any{event{"type": "text", "text": text}}}})).Events[0]
	}
	first := say("a").Digest
	require.Equal(t, first, say("a").Digest)
	require.NotEqual(t, first, say("b").Digest)
}

func TestWhatIsKnownOfAContact(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := w.parse(t, w.Request(account, event{
		"event_id": "1", "type": "message.received", "occurred_at": "2026-03-01T11:59:58.123Z", "thread": event{"key": "room-7", "formerly": "room-6"},
		"contact": event{"key": "u-55", "name": "Ann", "phone": "+821012345678", "email": "ann@example.com", "locale": "en", "verified": true},
		"message": event{"external_id": "m-1", "reply_to": "m-0", "parts": []any{
			event{"type": "text", "text": "look"}, event{"type": "image", "url": "https://files.example/1", "mime": "image/png", "bytes": 1234, "headers": event{"Authorization": "x"}},
			event{"type": "hologram", "text": "and this"},
		}},
	})).Events[0]
	require.Equal(t, "room-7", in.Address)
	require.Equal(t, "room-6", in.Formerly)
	require.Equal(t, "u-55", in.Handle)
	require.Equal(t, connectors.Profile{Name: "Ann", Locale: "en", Phone: "+821012345678", Email: "ann@example.com", Verified: true}, in.Profile)
	require.Equal(t, time.Date(2026, 3, 1, 11, 59, 58, 123e6, time.UTC), in.At)
	require.Equal(t, "look\nand this", in.Message.Text)
	require.Equal(t, "hologram", in.Message.Unsupported.Type)
	require.Equal(t, []connectors.MediaRef{{URL: "https://files.example/1", MediaType: "image/png", Size: 1234, Header: map[string]string{"Authorization": "x"}}}, in.Files)
	in = w.parse(t, w.Request(account, event{"event_id": "2", "type": "contact.updated", "contact": event{"key": "u-55", "name": "Ann B."}})).Events[0]
	require.Equal(t, connectors.InContact, in.Type)
	require.Equal(t, "u-55", in.Address, "without threads the contact is the address")
}

// Who cannot sign shows the token; it is as good as a signature, and another account's is not.
func TestTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var token string
	for _, item := range w.connector.Setup(account) {
		if strings.HasPrefix(item.Value, "seaxc_") {
			token = item.Value
		}
	}
	r := w.Request(account, event{})
	for _, name := range []string{standardwebhooks.HeaderID, standardwebhooks.HeaderTimestamp, standardwebhooks.HeaderSignature} {
		r.Header.Del(name)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	_, err := w.connector.Authenticate(t.Context(), account, r)
	require.NoError(t, err)
	other := account
	other.Secret = []byte(strings.Repeat("o", 32))
	_, err = w.connector.Authenticate(t.Context(), other, r)
	require.ErrorIs(t, err, connectors.ErrUnauthenticated)
	for _, wrong := range []string{"", token[:len(token)-1], token + "0", strings.ToUpper(token)} {
		r.Header.Set("Authorization", "Bearer "+wrong)
		_, err = w.connector.Authenticate(t.Context(), account, r)
		require.ErrorIs(t, err, connectors.ErrUnauthenticated, wrong)
	}
}

// A secret is changed without a pause: the former one works until it is switched off.
func TestSecretsAreChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.Request(account, event{"event_id": "1", "type": "typing", "thread": event{"key": "r"}})
	with := func(number, former string) connectors.Account {
		a := account
		a.Settings = map[string]string{"endpoint_url": account.Settings["endpoint_url"], "secret_number": number, "former_secret": former}
		return a
	}
	_, err := w.connector.Authenticate(t.Context(), with("2", "true"), old)
	require.NoError(t, err)
	_, err = w.connector.Authenticate(t.Context(), with("2", "false"), old)
	require.ErrorIs(t, err, connectors.ErrUnauthenticated)
	require.NotEqual(t, w.connector.Secret(account), w.connector.Secret(with("2", "true")))

	// What is posted meanwhile is signed with both; the system still knows the former only.
	before := w.connector.Secret(account)
	w.Secret = func(connectors.Account) string { return before }
	_, err = w.connector.Check(t.Context(), with("2", "true"))
	require.NoError(t, err)
	_, err = w.connector.Check(t.Context(), with("2", "false"))
	require.Error(t, err)
}

func TestWhatIsPosted(t *testing.T) {
	t.Parallel()
	var encoded []byte
	var id string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		encoded, _ = io.ReadAll(r.Body)
		id = r.Header.Get("Webhook-Id")
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte(`{"status":"queued"}`))
	}))
	t.Cleanup(server.Close)
	connector := custom.New(connectors.Deps{HTTP: wire.NewClient(http.DefaultTransport), Clock: time.Now})
	a := account
	a.Settings = map[string]string{"endpoint_url": server.URL}
	receipt, err := connector.Send(t.Context(), a, connectors.Outgoing{
		ID: "0198c0de", Address: "room-7", From: conversation.Actor{Kind: conversation.ByAgent, Name: "Mina"}, ReplyTo: "m-1", Last: connectors.LastInbound{Handle: "u-55"},
		Message: conversation.Message{Text: "Which?", Options: []conversation.Option{{ID: "a", Label: "A"}}},
	})
	require.NoError(t, err)
	require.Equal(t, connectors.Receipt{ProviderID: "0198c0de", Status: conversation.StatusSent}, receipt)
	require.Equal(t, "0198c0de", id)
	require.JSONEq(t, `{"type":"message.send","channel_id":"kiosk","message":{"id":"0198c0de","thread":{"key":"room-7"},"contact":{"key":"u-55"},
		"author":{"kind":"agent","name":"Mina"},"parts":[{"type":"text","text":"Which?"},{"type":"choices","options":[{"id":"a","label":"A"}]}],"reply_to_external_id":"m-1"}}`, string(encoded))
}

func TestAnswersAreClassified(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		code   connectors.ErrorCode
	}{
		{200, `{"external_id":"m"}`, ""}, {202, ``, ""}, {204, ``, ""}, {409, `{"external_id":"m"}`, ""}, {409, ``, ""}, {200, `<html>`, connectors.CodeAmbiguous},
		{400, `{"error":{"code":"invalid","detail":"no"}}`, connectors.CodeRejected}, {403, `{"error":{"code":"blocked"}}`, connectors.CodeUnreachable},
		{422, `{"error":{"code":"window_closed"}}`, connectors.CodeWindowClosed}, {422, `{"error":{"code":"opted_out"}}`, connectors.CodeOptedOut},
		{422, `{"error":{"code":"something"}}`, connectors.CodeRejected}, {400, `oops`, connectors.CodeRejected}, {401, ``, connectors.CodeConfig}, {404, ``, connectors.CodeConfig},
		{410, ``, connectors.CodeConfig}, {301, ``, connectors.CodeConfig}, {408, ``, connectors.CodeAmbiguous}, {425, ``, connectors.CodeThrottled}, {429, ``, connectors.CodeThrottled},
		{500, `{"error":{"code":"invalid"}}`, connectors.CodeAmbiguous}, {503, ``, connectors.CodeProvider},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.body))
		}))
		connector := custom.New(connectors.Deps{HTTP: wire.NewClient(http.DefaultTransport), Clock: time.Now})
		a := account
		a.Settings = map[string]string{"endpoint_url": server.URL}
		_, err := connector.Send(t.Context(), a, connectors.Outgoing{ID: "id", Address: "r", Message: conversation.Message{Text: "x"}})
		server.Close()
		if c.code == "" {
			require.NoError(t, err, "%d %s", c.status, c.body)
			continue
		}
		var e *connectors.SendError
		require.ErrorAs(t, err, &e, "%d %s", c.status, c.body)
		require.Equal(t, c.code, e.Code, "%d %s", c.status, c.body)
	}
}

// An admin's mistake, or a customer's trick, does not make us call our own network.
func TestPrivateEndpointsAreRefusedInWords(t *testing.T) {
	t.Parallel()
	connector := custom.New(connectors.Deps{HTTP: wire.NewClient(egress.Policy{}.Transport()), Clock: time.Now})
	for _, endpoint := range []string{"http://127.0.0.1:1/", "http://localhost:1/", "http://[::1]:1/", "http://169.254.169.254/latest"} {
		a := account
		a.Settings = map[string]string{"endpoint_url": endpoint}
		_, err := connector.Check(t.Context(), a)
		var e *connectors.SendError
		require.ErrorAs(t, err, &e, endpoint)
		require.Equal(t, connectors.CodeConfig, e.Code, endpoint)
		require.Contains(t, e.Words, "SEAX_PRIVATE_NETWORKS")
	}
	for _, f := range connector.Describe().Fields {
		if f.Name != "endpoint_url" {
			continue
		}
		for _, wrong := range []string{"x", "ftp://a.example", "https://", "https://user:pass@a.example", "javascript:alert(1)", "https://a.example/#x"} {
			require.Error(t, f.Check(wrong), wrong)
		}
	}
}

func TestAnAddressThatDoesNotGiveTheChallengeBack(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, `{"challenge":"guess"}`) }))
	t.Cleanup(server.Close)
	connector := custom.New(connectors.Deps{HTTP: wire.NewClient(http.DefaultTransport), Clock: time.Now})
	a := account
	a.Settings = map[string]string{"endpoint_url": server.URL}
	_, err := connector.Check(t.Context(), a)
	var e *connectors.SendError
	require.ErrorAs(t, err, &e)
	require.Equal(t, connectors.CodeConfig, e.Code)
}

func TestCapabilitiesAreTheAccounts(t *testing.T) {
	t.Parallel()
	connector := custom.New(connectors.Deps{})
	bare := connector.Capabilities(connectors.Account{Kind: custom.Kind, Settings: map[string]string{"files": "false"}})
	require.Equal(t, connectors.Capabilities{MaxText: 4000, Options: connectors.OptionRules{WithFiles: true}, Idempotent: true}, bare)
	full := connector.Capabilities(connectors.Account{Kind: custom.Kind, Settings: map[string]string{"max_text": "100", "max_buttons": "3", "window_hours": "24", "edits": "true"}})
	require.Equal(t, 100, full.MaxText)
	require.Equal(t, 3, full.Options.Max)
	require.Equal(t, 24*time.Hour, full.ReplyWindow)
	require.True(t, full.Edits)
	require.Positive(t, full.MaxFileBytes)
	require.Equal(t, connectors.Pace{PerSecond: 5, Burst: 5}, connector.Pace(connectors.Account{Settings: map[string]string{"rate": "5"}}))
}

// An act that the channel does not have is said to be so.
func TestTheFakeKnowsItsLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.Act(account, fake.Act{Type: "stop", From: "a"})
	require.Error(t, err)
	requests, err := w.Act(account, fake.Act{Type: "message", From: "a", Text: "hi"})
	require.NoError(t, err)
	require.Equal(t, "hi", w.parse(t, requests[0]).Events[0].Message.Text)
}
