package meta_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/connectortest"
	"seax/connectors/fake"
	"seax/connectors/meta"
	"seax/connectors/meta/metafake"
	"seax/internal/conversation"
)

// document is Meta's own of the WhatsApp Cloud API. Messenger and Instagram have none.
const document = "meta_business_messaging_v23.yaml"

// held returns a transport that holds calls about WhatsApp, and their answers, to Meta's document.
func held(t testing.TB, base http.RoundTripper) http.RoundTripper {
	t.Helper()
	specs := connectortest.FindSpecs(t, document)
	if specs == nil {
		return base
	}
	return holding{t, specs, base}
}

type holding struct {
	t     testing.TB
	specs *connectortest.Specs
	base  http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (h holding) RoundTrip(r *http.Request) (*http.Response, error) {
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	ours := r.URL.Host == "graph.facebook.com" && (path[1] != "104738472839999" && path[1] != "me" && !strings.HasPrefix(path[1], "7001"))
	if !ours {
		return h.base.RoundTrip(r)
	}
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	require.Regexp(h.t, `^Bearer\s+[A-Za-z0-9\-_.]+.*$`, r.Header.Get("Authorization"))
	call := r.Method + " " + strings.Join(path[2:], "/")
	if call == "POST messages" {
		h.message(body)
	}
	res, err := h.base.RoundTrip(r)
	if err != nil || res.StatusCode >= 300 {
		return res, err
	}
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(answer))
	h.visit(call+": the fake's answer", h.answer(call, body, answer), answer)
	return res, nil
}

// message holds what is sent to the document.
func (h holding) message(body []byte) {
	var m map[string]any
	require.NoError(h.t, json.Unmarshal(body, &m))
	if m["status"] != nil {
		h.visit("what is marked as read", h.specs.Schema(h.t, "MarkMessageRequestPayload"), body)
		return
	}
	kind, _ := m["type"].(string)
	name := schemaNames[kind]
	require.NotEmpty(h.t, name, "the document has no messages of type %s", kind)
	schema := merged(h.specs.Schema(h.t, name))
	// What comes back in statuses is in the document for other messages only, and ids instead of numbers are younger than it.
	schema.Properties["biz_opaque_callback_data"] = openapi3.NewSchemaRef("", openapi3.NewStringSchema())
	if m["recipient"] != nil {
		m["to"] = m["recipient"]
		delete(m, "recipient")
	}
	// A button's place is between 0 and 9, as the document's own examples have it; its pattern allows neither 0 nor 1.
	if template, ok := m["template"].(map[string]any); ok {
		components, _ := template["components"].([]any)
		for _, c := range components {
			component, _ := c.(map[string]any)
			if index, ok := component["index"].(string); ok {
				require.Regexp(h.t, `^[0-9]$`, index)
				component["index"] = "2"
			}
		}
	}
	if err := schema.VisitJSON(any(m), openapi3.MultiErrors(), openapi3.VisitAsRequest()); err != nil {
		h.t.Errorf("the document does not allow this message: %v\n%s", err, body)
	}
}

var schemaNames = map[string]string{
	"text": "TextMessage", "image": "ImageMessage", "audio": "AudioMessage", "video": "VideoMessage", "document": "DocumentMessage", "sticker": "StickerMessage",
	"location": "LocationMessage", "reaction": "ReactionMessage", "interactive": "InteractiveMessage", "template": "TemplateMessage", "contacts": "ContactsMessage",
}

// answer is the schema of what is answered.
func (h holding) answer(call string, body, answer []byte) *openapi3.Schema {
	path := "/{Version}/{Phone-Number-ID}/media"
	method, _, _ := strings.Cut(call, " ")
	switch {
	case call == "POST messages" && bytes.Contains(body, []byte(`"status":"read"`)):
		return h.specs.Schema(h.t, "MarkMessageResponsePayload")
	case call == "POST messages":
		return h.specs.Schema(h.t, "MessageResponsePayload")
	case call == "GET message_templates":
		path = "/{Version}/{WABA-ID}/message_templates"
	case call == "GET subscribed_apps":
		return h.specs.Schema(h.t, "SubscribedAppsResponse")
	case call == "GET " && bytes.Contains(answer, []byte("display_phone_number")):
		return h.specs.Schema(h.t, "PhoneNumberInfo")
	case call == "GET ":
		path = "/{Version}/{Media-ID}"
	default:
		require.Equal(h.t, "POST media", call, "the document has no such call")
	}
	response := h.specs.Operation(h.t, method, path).Responses.Value("200").Value
	return response.Content.Get("application/json").Schema.Value
}

func (h holding) visit(what string, schema *openapi3.Schema, raw []byte) {
	var v any
	require.NoError(h.t, json.Unmarshal(raw, &v))
	if err := merged(schema).VisitJSON(v, openapi3.MultiErrors()); err != nil {
		h.t.Errorf("%s is not what the document allows: %v\n%s", what, err, raw)
	}
}

// merged makes one schema of those that all must hold. As the document is written, each forbids what the others have.
func merged(s *openapi3.Schema) *openapi3.Schema {
	out := *s
	out.Properties = maps.Clone(s.Properties)
	if out.Properties == nil {
		out.Properties = openapi3.Schemas{}
	}
	out.AllOf, out.Discriminator = nil, nil
	for _, part := range s.AllOf {
		one := merged(part.Value)
		for name, property := range one.Properties {
			if before, twice := out.Properties[name]; !twice || len(before.Value.Enum) == 0 {
				out.Properties[name] = property
			}
		}
		out.Required = append(out.Required, one.Required...)
		if one.AdditionalProperties.Has != nil {
			out.AdditionalProperties = one.AdditionalProperties
		}
	}
	return &out
}

// Whatever can be sent is what the document allows; the transport looks at each.
func TestEveryMessageIsWhatMetasDocumentSays(t *testing.T) {
	t.Parallel()
	connectortest.LoadSpecs(t, document)
	w := newWorld(t)
	connector := meta.NewWhatsApp(w.deps)
	w.Hear(whatsApp, "+14155550120")
	w.Approve(whatsApp, shipped)
	w.Approve(whatsApp, tracked)
	option := func(n string) conversation.Option { return conversation.Option{ID: n, Label: "Choice " + n} }
	few, many := []conversation.Option{option("1"), option("2"), option("3")}, []conversation.Option{option("1"), option("2"), option("3"), option("4")}
	for name, m := range map[string]conversation.Message{
		"text": {Text: "안녕 👋 https://seax.example"}, "buttons": {Text: "Which?", Options: few}, "list": {Text: "Which?", Options: many},
		"location": {Location: &conversation.Location{Latitude: 37.5665, Longitude: 126.978, Name: "시청"}},
		"template": {Template: &conversation.TemplateUse{ID: "order_shipped/en_US", Variables: map[string]string{"header.1": "A", "1": "B", "2": "C"}}},
		"media template": {Template: &conversation.TemplateUse{ID: "track/ko", Variables: map[string]string{
			"header.image": "https://shop.example/a.png", "name": "지수", "button.1": "A-7",
		}}},
	} {
		_, err := connector.Send(t.Context(), whatsApp, connectors.Outgoing{ID: "id", Address: "+14155550120", Message: m, ReplyTo: "wamid.before"})
		require.NoError(t, err, name)
	}
	for _, mediaType := range []string{"image/png", "image/webp", "audio/ogg", "video/mp4", "application/pdf"} {
		file := sendable(mediaType)
		ref, err := connector.UploadMedia(t.Context(), whatsApp, file)
		require.NoError(t, err)
		file.Ref = ref
		_, err = connector.Send(t.Context(), whatsApp, connectors.Outgoing{ID: "id", Address: "+14155550120", Files: []connectors.File{file}})
		require.NoError(t, err, mediaType)
		file.Ref = ""
		_, err = connector.Send(t.Context(), whatsApp, connectors.Outgoing{ID: "id", Address: "+14155550120", Files: []connectors.File{file}})
		require.NoError(t, err, mediaType)
	}
	theirs := connectors.Target{Address: "+14155550120", ProviderID: "wamid.theirs"}
	require.NoError(t, connector.React(t.Context(), whatsApp, theirs, "👍"))
	require.NoError(t, connector.React(t.Context(), whatsApp, theirs, ""))
	to := connectors.Customer{Address: "+14155550120", Last: connectors.LastInbound{ID: "wamid.theirs"}}
	require.NoError(t, connector.Typing(t.Context(), whatsApp, to, ""))
	require.NoError(t, connector.MarkRead(t.Context(), whatsApp, to))
	_, err := connector.Templates(t.Context(), whatsApp)
	require.NoError(t, err)
	_, err = connector.Check(t.Context(), whatsApp)
	require.NoError(t, err)
}

// What the fake's webhooks say is what the document says, as far as it does: of messages that come it has the parts that tell of their
// content, in the frame of those that are sent.
func TestEveryWebhookIsWhatMetasDocumentSays(t *testing.T) {
	t.Parallel()
	specs := connectortest.LoadSpecs(t, document)
	h := holding{t: t, specs: specs}
	w := newWorld(t)
	connector := meta.NewWhatsApp(w.deps)
	from := "+14155550120"
	file := func(mediaType string) fake.Act {
		return fake.Act{Type: "message", From: from, Name: "Ana", Files: []fake.File{{Name: "a.pdf", MediaType: mediaType, Content: []byte("x")}}}
	}
	for name, act := range map[string]fake.Act{
		"text": {Type: "message", From: from, Name: "Ana", Text: "hi"}, "reaction": {Type: "reaction", From: from, Name: "Ana", Target: "wamid.1", Emoji: "👍"},
		"interactive": {Type: "message", From: from, Name: "Ana", Text: "Yes", Choice: "yes"}, "image": file("image/png"), "document": file("application/pdf"), "audio": file("audio/ogg"),
	} {
		value, _ := w.make(whatsApp, act).Change["value"].(map[string]any)
		encoded, err := json.Marshal(value)
		require.NoError(t, err)
		var v map[string]any
		require.NoError(t, json.Unmarshal(encoded, &v))
		messages, _ := v["messages"].([]any)
		h.content(name, messages[0])
		v["messages"] = []any{}
		rest, err := json.Marshal(v)
		require.NoError(t, err)
		h.visit(name+" in its frame", specs.Schema(t, "IncomingMessageValueGeneral"), rest)
	}
	w.Hear(whatsApp, from)
	_, err := connector.Send(t.Context(), whatsApp, connectors.Outgoing{ID: "id", Address: from, Message: conversation.Message{Text: "hi"}})
	require.NoError(t, err)
	_, err = connector.Send(t.Context(), whatsApp, connectors.Outgoing{ID: "id", Address: "+14155550129", Message: conversation.Message{Text: "hi"}})
	require.NoError(t, err)
	for _, r := range w.Callbacks() {
		var envelope struct {
			Entry []struct {
				Changes []struct {
					Value json.RawMessage `json:"value"`
				} `json:"changes"`
			} `json:"entry"`
		}
		require.NoError(t, json.Unmarshal(r.Body, &envelope))
		h.visit("a status", specs.Schema(t, "StatusMessageValue"), envelope.Entry[0].Changes[0].Value)
	}
}

// content holds a message that comes to what the document says of its type. The words for who writes, when and to which message are the
// frame's, which the document has for messages that are sent only.
func (h holding) content(kind string, message any) {
	m, ok := message.(map[string]any)
	require.True(h.t, ok)
	name := schemaNames[kind]
	if kind == "interactive" {
		name = "InteractiveMessageReply"
	}
	schema := merged(h.specs.Schema(h.t, name))
	schema.Required = nil
	for _, frame := range []string{"id", "from", "timestamp", "context"} {
		delete(m, frame)
	}
	if err := schema.VisitJSON(any(m), openapi3.MultiErrors()); err != nil {
		h.t.Errorf("the document has no such %s: %v\n%v", kind, err, m)
	}
}

// tracked is a template with a picture, a variable with a name, and a button with an address.
var tracked = metafake.Template{
	Name: "track", Language: "ko", Status: "APPROVED", Category: "UTILITY", Components: []map[string]any{
		{"type": "HEADER", "format": "IMAGE", "example": map[string]any{"header_handle": []string{"https://scontent.whatsapp.net/x"}}},
		{"type": "BODY", "text": "{{name}} 님의 주문이 출발했습니다.", "example": map[string]any{"body_text_named_params": []map[string]any{{"param_name": "name", "example": "지수"}}}},
		{"type": "BUTTONS", "buttons": []map[string]any{
			{"type": "QUICK_REPLY", "text": "문의"}, {"type": "URL", "text": "배송 조회", "url": "https://shop.example/{{1}}", "example": []string{"https://shop.example/A-1"}},
		}},
	},
}

func sendable(mediaType string) connectors.File {
	file := connectors.File{PublicURL: fileURL, Open: openPicture}
	file.ID, file.Name, file.MediaType, file.Size = conversation.NewID(), "사진 \"1\".bin", mediaType, int64(len("picture"))
	return file
}
