package twilio

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	api "github.com/twilio/twilio-go/rest/api/v2010"
	content "github.com/twilio/twilio-go/rest/content/v1"

	"seax/connectors"
	"seax/connectors/wire"
	"seax/internal/conversation"
)

// Limits of replies to choose from: up to maxButtons are buttons, more are a list.
const (
	maxButtons = 3
	maxListed  = 10
	// maxButton is the longest label, in characters.
	maxButton = 20
)

// ownPrefix begins the names of contents that are made for choices; they are no templates.
const ownPrefix = "seax_choices_"

var errNoID = errors.New("the answer names nothing that was made")

// buttons makes the contents that messages with choices need, and remembers them: one for each set of choices, with the text as a
// variable. The zero value is ready. Safe for concurrent use.
type buttons struct {
	mu    sync.Mutex
	known map[string]string
}

// use has a message show its choices.
func (b *buttons) use(c caller, params *api.CreateMessageParams, m conversation.Message) error {
	body, variables := "{{1}}", map[string]string{"1": m.Text}
	if plain.FindString(m.Text) != m.Text {
		// Variables hold one line.
		body, variables = m.Text, nil
	}
	request := content.ContentCreateRequest{Language: "en", Variables: map[string]string{}, Types: choices(body, m.Options)}
	if variables != nil {
		request.Variables["1"] = "text"
	}
	encoded, err := json.Marshal(request)
	if err != nil {
		return &connectors.SendError{Code: connectors.CodeRejected, Words: "The choices cannot be written.", Cause: err}
	}
	sum := sha256.Sum256(append([]byte(c.account+"/"), encoded...))
	name := ownPrefix + hex.EncodeToString(sum[:12])
	id := b.find(name)
	if id == "" {
		request.FriendlyName = name
		made, err := c.content().CreateContent((&content.CreateContentParams{}).SetContentCreateRequest(request))
		if err != nil {
			return beside(err)
		}
		if id = value(made.Sid); id == "" {
			return beside(wire.Ambiguous(errNoID))
		}
		b.remember(name, id)
	}
	return useTemplate(params, &conversation.TemplateUse{ID: id, Variables: variables})
}

// plain matches what a variable can hold.
var plain = regexp.MustCompile(`^[^\n\r\t]*$`)

// remembered bounds how many contents are remembered.
const remembered = 1000

func (b *buttons) find(name string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.known[name]
}

func (b *buttons) remember(name, id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known == nil || len(b.known) >= remembered {
		b.known = map[string]string{}
	}
	b.known[name] = id
}

func choices(body string, options []conversation.Option) content.Types {
	if len(options) <= maxButtons {
		reply := &content.TwilioQuickReply{Body: body}
		for _, o := range options {
			reply.Actions = append(reply.Actions, content.QuickReplyAction{Type: "QUICK_REPLY", Title: o.Label, Id: o.ID})
		}
		return content.Types{TwilioQuickReply: reply}
	}
	list := &content.TwilioListPicker{Body: body, Button: "…"}
	for _, o := range options {
		list.Items = append(list.Items, content.ListItem{Id: o.ID, Item: o.Label})
	}
	return content.Types{TwilioListPicker: list}
}

// listed bounds how many templates are listed.
const listed = 1000

// Templates implements connectors.Templater: the account's contents that WhatsApp has approved.
func (w *WhatsApp) Templates(ctx context.Context, account connectors.Account) ([]connectors.Template, error) {
	params := (&content.ListContentAndApprovalsParams{}).SetPageSize(500).SetLimit(listed)
	all, err := w.caller(ctx, account).content().ListContentAndApprovals(params)
	if err != nil {
		return nil, beside(err)
	}
	var out []connectors.Template
	for _, c := range all {
		t := connectors.Template{ID: value(c.Sid), Name: value(c.FriendlyName), Language: value(c.Language)}
		approval := object(c.ApprovalRequests)
		if approval["status"] != "approved" || strings.HasPrefix(t.Name, ownPrefix) {
			continue
		}
		t.Category, _ = approval["category"].(string)
		t.Category = strings.ToLower(t.Category)
		describe(&t, object(c.Types))
		examples := object(c.Variables)
		for _, name := range slices.Sorted(maps.Keys(examples)) {
			if strings.Contains(t.Body+t.Header, "{{"+name+"}}") {
				example, _ := examples[name].(string)
				t.Variables = append(t.Variables, connectors.TemplateVariable{Name: name, Example: example})
			}
		}
		out = append(out, t)
	}
	return out, nil
}

func object(m *map[string]any) map[string]any {
	if m == nil {
		return nil
	}
	return *m
}

// describe takes a template's text and buttons from its types, of which it has one that counts.
func describe(t *connectors.Template, types map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(types)) {
		one, _ := types[name].(map[string]any)
		body, _ := one["body"].(string)
		if title, ok := one["title"].(string); ok && body == "" {
			body = title
		}
		if body == "" {
			continue
		}
		t.Body = body
		t.Header, _ = one["header_text"].(string)
		t.Footer, _ = one["footer"].(string)
		actions, _ := one["actions"].([]any)
		for _, a := range actions {
			action, _ := a.(map[string]any)
			label, _ := action["title"].(string)
			id, _ := action["id"].(string)
			if label != "" {
				t.Options = append(t.Options, conversation.Option{ID: id, Label: label})
			}
		}
		return
	}
}
