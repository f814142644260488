package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/api"
	"seax/api/spec"
	"seax/connectors"
	"seax/internal/auth"
	"seax/internal/conversation"
	"seax/internal/views"
)

// parlour is a channel that can do everything.
type parlour struct {
	connectors.Connector
	can  connectors.Capabilities
	fail error
}

func (p *parlour) Describe() connectors.Description {
	return connectors.Description{Kind: "parlour", Name: "Parlour", Capabilities: p.can}
}
func (p *parlour) Edit(context.Context, connectors.Account, connectors.Target, string) error {
	return nil
}
func (p *parlour) Delete(context.Context, connectors.Account, connectors.Target) error { return nil }
func (p *parlour) React(context.Context, connectors.Account, connectors.Target, string) error {
	return nil
}
func (p *parlour) Start(_ context.Context, _ connectors.Account, to string) (string, error) {
	return strings.ToLower(to), p.fail
}

func (p *parlour) Templates(context.Context, connectors.Account) ([]connectors.Template, error) {
	return []connectors.Template{{
		ID: "t1", Name: "order", Language: "en", Body: "Hello {{1}}, order {{2}} is on its way.", Footer: "Haru", Variables: []connectors.TemplateVariable{{Name: "1"}, {Name: "2", Example: "B-9"}},
		Options: []conversation.Option{{ID: "ok", Label: "Thanks"}},
	}}, p.fail
}

// parlourServer is a server with a channel of that kind.
func parlourServer(t *testing.T, can connectors.Capabilities) (*server, *parlour) {
	t.Helper()
	p := &parlour{can: can}
	s := newServer(t, func(d *api.Deps) {
		chat, _ := d.Registry.Get("webchat")
		d.Registry = connectors.NewRegistry(chat, p)
		d.Views = views.New(d.Pool, d.Registry, d.Files)
	})
	s.Exec(`insert into channels (id, kind, name, queue_id, secret, cost) values ('parlour', 'parlour', 'Parlour', 'support', 'secret', 50)`)
	return s, p
}

// everything is what such a channel can do.
var everything = connectors.Capabilities{
	MaxText: 20, Options: connectors.OptionRules{Max: 2, MaxLabel: 5}, MaxFileBytes: 10, FileTypes: []string{"image/*"}, Reactions: true, Edits: true, Deletes: true,
	Templates: true, CanStart: true,
}

func beginning(to, text string) map[string]any {
	return map[string]any{"id": uuid.NewString(), "channel_id": "parlour", "to": to, "message": map[string]any{"id": uuid.NewString(), "text": text}}
}

func TestStartAConversation(t *testing.T) {
	t.Parallel()
	s, p := parlourServer(t, everything)
	ana, tom := s.person(auth.Agent, "support"), s.person(auth.Agent, "support")
	var starters struct {
		Items []spec.Starter `json:"items"`
	}
	s.api(http.MethodGet, "/starters", nil, as(ana)).ok(http.StatusOK).json(&starters)
	require.Len(t, starters.Items, 1, "customers of the webchat write first")
	require.Equal(t, spec.ChannelName{Id: "parlour", Kind: "parlour", Name: "Parlour"}, starters.Items[0].Channel)
	require.Equal(t, spec.StarterAddressKey, starters.Items[0].Address)

	first := beginning("MINA", "Hello")
	var c spec.Conversation
	s.api(http.MethodPost, "/conversations", first, as(ana)).ok(http.StatusCreated).json(&c)
	require.Equal(t, spec.PhaseAssigned, c.Phase)
	require.Equal(t, ana.ID, c.Agent.Id)
	require.Equal(t, "mina", c.Address)
	s.api(http.MethodPost, "/conversations", first, as(ana)).ok(http.StatusCreated)
	require.Equal(t, 1, s.count(`select count(*) from conversations`))

	there := s.api(http.MethodPost, "/conversations", beginning("Mina", "Me too"), as(tom))
	require.Contains(t, there.refused(http.StatusConflict, "already_open").Detail, ana.Name)
	require.Equal(t, c.Id.String(), there.field("conversation_id"))
	s.api(http.MethodPost, "/conversations", beginning("two", "Hello"), as(ana)).ok(http.StatusCreated)
	s.api(http.MethodPost, "/conversations", beginning("three", "Hello"), as(ana)).refused(http.StatusConflict, "capacity")
	s.api(http.MethodPost, "/conversations", beginning("four", " "), as(tom)).refused(http.StatusBadRequest, "invalid")
	webchat := beginning("four", "Hello")
	webchat["channel_id"] = "chat"
	s.api(http.MethodPost, "/conversations", webchat, as(tom)).refused(http.StatusBadRequest, "invalid")
	for code, want := range map[connectors.ErrorCode]struct {
		status int
		code   string
	}{
		connectors.CodeRejected: {http.StatusBadRequest, "invalid"}, connectors.CodeUnreachable: {http.StatusConflict, "unreachable"},
		connectors.CodeOptedOut: {http.StatusConflict, "opted_out"}, connectors.CodeConnection: {http.StatusServiceUnavailable, "unavailable"},
	} {
		p.fail = &connectors.SendError{Code: code, Words: "It does not work."}
		s.api(http.MethodPost, "/conversations", beginning("four", "Hello"), as(tom)).refused(want.status, want.code)
	}
}

func TestWhereTheFirstMessageIsATemplate(t *testing.T) {
	t.Parallel()
	can := everything
	can.StartByTemplate, can.ReplyWindow = true, 24*time.Hour
	s, _ := parlourServer(t, can)
	ana := s.person(auth.Agent, "support")
	s.api(http.MethodPost, "/conversations", beginning("mina", "Hello"), as(ana)).refused(http.StatusConflict, "window_closed")
	in := beginning("mina", "")
	in["message"] = map[string]any{"id": uuid.NewString(), "template": map[string]any{"id": "t1", "language": "en", "variables": map[string]string{"1": "Mina"}}}
	s.api(http.MethodPost, "/conversations", in, as(ana)).refused(http.StatusBadRequest, "invalid")
	in["message"] = map[string]any{"id": uuid.NewString(), "template": map[string]any{"id": "t1", "language": "en", "variables": map[string]string{"1": "Mina", "2": "B-7"}}}
	var c spec.Conversation
	s.api(http.MethodPost, "/conversations", in, as(ana)).ok(http.StatusCreated).json(&c)
	require.Equal(t, "Hello Mina, order B-7 is on its way. Haru", c.Preview)
	require.Equal(t, 1, s.count(`select count(*) from conversation_events where kind = 'agent.message' and body->'template' = '{"id":"t1","name":"order","language":"en","variables":{"1":"Mina","2":"B-7"}}'`))

	route := "/conversations/" + c.Id.String() + "/messages"
	say := map[string]any{"id": uuid.NewString(), "text": "Hello"}
	s.api(http.MethodPost, route, say, as(ana)).refused(http.StatusConflict, "window_closed")
	s.Exec(`update conversations set last_inbound = jsonb_build_object('id', 'in', 'at', now() - interval '23 hours')`)
	s.api(http.MethodPost, route, say, as(ana)).ok(http.StatusOK)
	s.Exec(`update conversations set last_inbound = jsonb_build_object('id', 'in', 'at', now() - interval '25 hours')`)
	say["id"] = uuid.NewString()
	s.api(http.MethodPost, route, say, as(ana)).refused(http.StatusConflict, "window_closed")
	s.Exec(`update identities set opted_out_at = now()`)
	say["template"] = map[string]any{"id": "t1", "language": "en", "variables": map[string]string{"1": "Mina", "2": "B-7"}}
	s.api(http.MethodPost, route, say, as(ana)).refused(http.StatusConflict, "opted_out")
	s.api(http.MethodGet, "/conversations/"+c.Id.String(), nil, as(ana)).ok(http.StatusOK).json(&c)
	require.True(t, *c.OptedOut)
}

func TestMessagesFitTheirChannel(t *testing.T) {
	t.Parallel()
	s, _ := parlourServer(t, everything)
	ana := s.person(auth.Agent, "support")
	var c spec.Conversation
	s.api(http.MethodPost, "/conversations", beginning("mina", "Hello"), as(ana)).ok(http.StatusCreated).json(&c)
	route := "/conversations/" + c.Id.String() + "/messages"
	send := func(more map[string]any) reply {
		more["id"] = uuid.NewString()
		return s.api(http.MethodPost, route, more, as(ana))
	}
	send(map[string]any{"text": strings.Repeat("word ", 20)}).ok(http.StatusOK)
	require.Contains(t, send(map[string]any{"text": strings.Repeat("word ", 60)}).refused(http.StatusBadRequest, "invalid").Detail, "15 messages")
	send(map[string]any{"text": "Which?", "options": []string{"one", "two"}}).ok(http.StatusOK)
	require.Equal(t, 2, s.count(`select jsonb_array_length(body->'options') from conversation_events where body ? 'options'`))
	for _, wrong := range []map[string]any{
		{"text": "Which?", "options": []string{"one", "two", "three"}}, {"text": "Which?", "options": []string{"too long"}}, {"options": []string{"one"}},
		{"template": map[string]any{"id": "none", "language": "en"}},
	} {
		send(wrong).refused(http.StatusBadRequest, "invalid")
	}

	var preview struct {
		Parts []spec.MessagePart `json:"parts"`
	}
	draft := map[string]any{"channel_id": "parlour", "text": "The first part of it and the second", "options": []string{"yes", "never ever"}}
	s.api(http.MethodPost, "/message-previews", draft, as(ana)).ok(http.StatusOK).json(&preview)
	var texts []string
	for _, part := range preview.Parts {
		texts = append(texts, part.Text)
		require.LessOrEqual(t, part.Length, 20)
		require.Empty(t, part.Options, "a label that is too long makes it a list")
	}
	require.Equal(t, []string{"The first part of it", "and the second", "1. yes\n2. never ever"}, texts)
}

func TestMessagesAreChangedWhereTheChannelCan(t *testing.T) {
	t.Parallel()
	s, p := parlourServer(t, everything)
	ana, tom := s.person(auth.Agent, "support"), s.person(auth.Agent, "support")
	var c spec.Conversation
	s.api(http.MethodPost, "/conversations", beginning("mina", "Hello"), as(ana)).ok(http.StatusCreated).json(&c)
	var event uuid.UUID
	require.NoError(t, s.Pool.QueryRow(t.Context(), `select event_id from deliveries`).Scan(&event))
	message := "/conversations/" + c.Id.String() + "/messages/" + event.String()
	edit := map[string]any{"text": "Hello!"}
	s.api(http.MethodPatch, message, edit, as(ana)).refused(http.StatusConflict, "unchangeable")
	s.Exec(`update deliveries set status = 'sent', provider_id = 'p1'`)
	s.api(http.MethodPatch, message, edit, as(tom)).refused(http.StatusForbidden, "not_owner")
	s.api(http.MethodPatch, message, map[string]any{"text": "  "}, as(ana)).refused(http.StatusBadRequest, "invalid")
	s.api(http.MethodPatch, message, map[string]any{"text": strings.Repeat("x", 21)}, as(ana)).refused(http.StatusBadRequest, "invalid")
	s.api(http.MethodPatch, message, edit, as(ana)).ok(http.StatusAccepted)
	s.api(http.MethodPut, message+"/reaction", map[string]any{"emoji": "👍"}, as(ana)).ok(http.StatusAccepted)
	s.api(http.MethodDelete, message, nil, as(ana)).ok(http.StatusAccepted)
	require.Equal(t, 3, s.count(`select count(*) from conversation_events where kind = 'change.requested'`))
	require.Equal(t, 3, s.count(`select count(*) from outbox o join conversation_events e using (conversation_id, seq) where e.kind = 'change.requested'`))

	s.api(http.MethodPost, message+"/confirmation", nil, as(ana)).refused(http.StatusConflict, "conflict")
	s.Exec(`update deliveries set status = 'unconfirmed'`)
	s.api(http.MethodPost, message+"/confirmation", nil, as(ana)).ok(http.StatusOK)
	require.Equal(t, 1, s.count(`select count(*) from deliveries where status = 'sent'`))

	p.can.Edits, p.can.Deletes, p.can.Reactions = false, false, false
	s.api(http.MethodPatch, message, edit, as(ana)).refused(http.StatusConflict, "unchangeable")
	s.api(http.MethodPut, message+"/reaction", map[string]any{"emoji": "👍"}, as(ana)).refused(http.StatusConflict, "unchangeable")
	s.api(http.MethodDelete, message, nil, as(ana)).refused(http.StatusConflict, "unchangeable")
}

func TestAMessageAnswersACertainOne(t *testing.T) {
	t.Parallel()
	can := everything
	can.Replies = true
	s, p := parlourServer(t, can)
	ana := s.person(auth.Agent, "support")
	var c spec.Conversation
	s.api(http.MethodPost, "/conversations", beginning("mina", "Hello"), as(ana)).ok(http.StatusCreated).json(&c)
	route := "/conversations/" + c.Id.String() + "/messages"
	seq := s.count(`select seq from deliveries`)
	answer := func(to int) reply {
		return s.api(http.MethodPost, route, map[string]any{"id": uuid.NewString(), "text": "About that", "reply_to": to}, as(ana))
	}
	answer(seq).refused(http.StatusBadRequest, "invalid")
	s.Exec(`update deliveries set status = 'sent', provider_id = 'p1'`)
	answer(seq).ok(http.StatusOK)
	require.Equal(t, 1, s.count(`select count(*) from conversation_events where kind = 'agent.message' and body->'reply_to' = to_jsonb($1::bigint)`, seq))
	for _, nothing := range []int{1, 99} {
		require.Contains(t, answer(nothing).refused(http.StatusBadRequest, "invalid").Detail, "taken back")
	}
	s.Exec(`update deliveries set channel_id = 'chat'`)
	answer(seq).refused(http.StatusBadRequest, "invalid")
	s.Exec(`update deliveries set channel_id = 'parlour'`)
	s.Exec(`update conversation_events set body = '{}' where seq = $1`, seq)
	answer(seq).refused(http.StatusBadRequest, "invalid")
	p.can.Replies = false
	require.Contains(t, answer(seq).refused(http.StatusBadRequest, "invalid").Detail, "no certain message")
	first := beginning("tom", "Hello")
	first["message"].(map[string]any)["reply_to"] = seq
	s.api(http.MethodPost, "/conversations", first, as(ana)).refused(http.StatusBadRequest, "invalid")
}

func TestAConversationTellsWhatLedToIt(t *testing.T) {
	t.Parallel()
	s, _ := parlourServer(t, everything)
	ana := s.person(auth.Agent, "support")
	var c spec.Conversation
	s.api(http.MethodPost, "/conversations", beginning("mina", "Hello"), as(ana)).ok(http.StatusCreated).json(&c)
	route := "/conversations/" + c.Id.String()
	s.api(http.MethodGet, route, nil, as(ana)).ok(http.StatusOK).json(&c)
	require.Nil(t, c.Referral)
	for i, ref := range []string{"first", "second"} {
		s.Exec(`insert into conversation_events (conversation_id, seq, id, kind, actor, body) values ($1, $2, $3, 'customer.message', '{"kind":"customer"}', jsonb_build_object('referral', jsonb_build_object('start', $4::text)))`,
			c.Id, 90+i, uuid.New(), ref)
	}
	s.api(http.MethodGet, route, nil, as(ana)).ok(http.StatusOK).json(&c)
	require.Equal(t, map[string]string{"start": "first"}, *c.Referral)
}
