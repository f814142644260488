package meta

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"seax/connectors"
	"seax/connectors/wire"
	"seax/internal/conversation"
)

// inbox is what Messenger and Instagram share: they have the same Send API.
type inbox struct {
	base
	// objects are what webhooks may be about.
	objects []string
}

// ownMetadata begins the metadata of messages we send, by which their echoes are told from those of other apps.
const ownMetadata = "seax:"

// Limits of quick replies.
const (
	maxQuickReplies = 13
	maxPayload      = 1000
)

// recipient is who something is sent to.
type recipient struct {
	ID string `json:"id"`
}

// sending is a call of the Send API: a message, or something done to one.
type sending struct {
	Recipient recipient      `json:"recipient"`
	Type      string         `json:"messaging_type,omitempty"`
	Tag       string         `json:"tag,omitempty"`
	Message   *inboxMessage  `json:"message,omitempty"`
	ReplyTo   *replyTo       `json:"reply_to,omitempty"`
	Action    string         `json:"sender_action,omitempty"`
	Payload   *actionPayload `json:"payload,omitempty"`
}

type inboxMessage struct {
	Text         string       `json:"text,omitempty"`
	Attachment   *attachment  `json:"attachment,omitempty"`
	QuickReplies []quickReply `json:"quick_replies,omitempty"`
	Metadata     string       `json:"metadata,omitempty"`
}

type attachment struct {
	Type    string            `json:"type"`
	Payload attachmentPayload `json:"payload"`
}

type attachmentPayload struct {
	ID       string `json:"attachment_id,omitempty"`
	URL      string `json:"url,omitempty"`
	Reusable bool   `json:"is_reusable,omitempty"`
}

type quickReply struct {
	ContentType string `json:"content_type"`
	Title       string `json:"title"`
	Payload     string `json:"payload"`
}

type replyTo struct {
	MID string `json:"mid"`
}

type actionPayload struct {
	MessageID string `json:"message_id"`
	Reaction  string `json:"reaction,omitempty"`
}

// send sends one message with a graph that belongs to the account, by the path of its messages.
func (b *inbox) send(ctx context.Context, g graph, self string, out connectors.Outgoing) (connectors.Receipt, error) {
	call := sending{Recipient: recipient{out.Address}, Type: "RESPONSE", Message: &inboxMessage{Text: out.Message.Text, Metadata: ownMetadata + out.ID}}
	if out.BehindWindow {
		call.Type, call.Tag = "MESSAGE_TAG", "HUMAN_AGENT"
	}
	if out.ReplyTo != "" {
		call.ReplyTo = &replyTo{out.ReplyTo}
	}
	can := b.Describe().Capabilities
	if connectors.Length(out.Message.Text, can.TextUnit) > can.MaxText {
		return connectors.Receipt{}, &connectors.SendError{Code: rejected, Words: fmt.Sprintf("The message is longer than %d.", can.MaxText)}
	}
	if len(out.Files) > 0 {
		if out.Message.Text != "" {
			return connectors.Receipt{}, &connectors.SendError{Code: rejected, Words: "Text cannot go with a file; send it as a message of its own."}
		}
		call.Message.Attachment = attached(out.Files[0])
	}
	for _, o := range out.Message.Options {
		if o.ID == "" || len(o.ID) > maxPayload {
			return connectors.Receipt{}, &connectors.SendError{Code: rejected, Words: "A reply's id is empty or longer than 1,000 characters.", Cause: fmt.Errorf("reply %.40q", o.Label)}
		}
		call.Message.QuickReplies = append(call.Message.QuickReplies, quickReply{"text", o.Label, o.ID})
	}
	var made struct {
		ID string `json:"message_id"`
	}
	if err := g.post(ctx, call, &made, self, "messages"); err != nil {
		return connectors.Receipt{}, err
	}
	if made.ID == "" {
		return connectors.Receipt{}, wire.Ambiguous(errNoID)
	}
	return connectors.Receipt{ProviderID: made.ID, Status: conversation.StatusSent}, nil
}

func attached(file connectors.File) *attachment {
	a := &attachment{Type: attachmentType(file.MediaType)}
	if a.Payload.ID = file.Ref; file.Ref == "" {
		a.Payload.URL = file.PublicURL
	}
	return a
}

func attachmentType(mediaType string) string {
	switch family, _, _ := strings.Cut(mediaType, "/"); family {
	case "image", "audio", "video":
		return family
	default:
		return "file"
	}
}

// act does something that is no message. What Meta answers tells nothing.
func (b *inbox) act(ctx context.Context, g graph, self, to, action string, payload *actionPayload) error {
	var done struct{}
	return beside(g.post(ctx, sending{Recipient: recipient{to}, Action: action, Payload: payload}, &done, self, "messages"))
}

// contentHosts are where Meta keeps files of Messenger and Instagram. Whoever has the address may have the file; no token is shown.
var contentHosts = []string{".fbcdn.net", ".fbsbx.com", ".cdninstagram.com"}

// FetchMedia implements connectors.MediaFetcher.
func (b *inbox) FetchMedia(ctx context.Context, _ connectors.Account, ref connectors.MediaRef) (connectors.Media, error) {
	media, err := b.deps.Fetch.Fetch(ctx, ref.URL, nil, contentHosts...)
	if err == nil && ref.Name != "" {
		media.Name = ref.Name
	}
	return media, err
}

// person is who a customer is, as far as Meta tells.
type person struct {
	First    string `json:"first_name"`
	Last     string `json:"last_name"`
	Name     string `json:"name"`
	Username string `json:"username"`
}

// lookUp asks who a customer is. That Meta does not tell is normal: they have not agreed, or the app may not ask.
func (b *inbox) lookUp(ctx context.Context, g graph, address, fields string) (connectors.Profile, error) {
	var p person
	err := g.get(ctx, &p, url.Values{"fields": {fields}}, address)
	var e *connectors.SendError
	if asSendError(err, &e) && e.Permanent() {
		return connectors.Profile{}, nil
	}
	if err != nil {
		return connectors.Profile{}, err
	}
	name := either(p.Name, strings.TrimSpace(p.First+" "+p.Last))
	return connectors.Profile{Name: either(name, p.Username)}, nil
}

// personally is what an account can do if Meta has allowed it the tag for persons.
func (b *inbox) personally(account connectors.Account) connectors.Capabilities {
	can := b.description.Capabilities
	if b.setting(account, settingHumanAgent) == "true" {
		can.PersonWindow = personWindow
	}
	return can
}

func humanAgentField() connectors.Field {
	return connectors.Field{
		Name: settingHumanAgent, Label: text("Agents may answer for seven days", "상담사는 7일까지 답장 가능"), Type: connectors.FieldBool, Default: "false",
		Help: text("Switch it on when Meta has approved the app's Human Agent feature. Otherwise replies are possible for 24 hours.",
			"Meta가 앱의 Human Agent 기능을 승인한 뒤에 켜세요. 그 전에는 24시간까지만 답장할 수 있습니다."),
	}
}
