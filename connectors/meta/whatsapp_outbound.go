package meta

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"seax/connectors"
	"seax/connectors/wire"
	"seax/internal/conversation"
)

// whatsAppMessage is a message as it is sent; of what has a pointer there is one.
type whatsAppMessage struct {
	Product     string           `json:"messaging_product"`
	Recipients  string           `json:"recipient_type"`
	To          string           `json:"to,omitempty"`
	Recipient   string           `json:"recipient,omitempty"`
	Type        string           `json:"type"`
	Context     *messageContext  `json:"context,omitempty"`
	Text        *textBody        `json:"text,omitempty"`
	Image       *sentMedia       `json:"image,omitempty"`
	Audio       *sentMedia       `json:"audio,omitempty"`
	Video       *sentMedia       `json:"video,omitempty"`
	Document    *sentMedia       `json:"document,omitempty"`
	Sticker     *sentMedia       `json:"sticker,omitempty"`
	Location    *sentLocation    `json:"location,omitempty"`
	Reaction    *sentReaction    `json:"reaction,omitempty"`
	Interactive *sentInteractive `json:"interactive,omitempty"`
	Template    *sentTemplate    `json:"template,omitempty"`
	// OurID comes back in the statuses of the message.
	OurID string `json:"biz_opaque_callback_data,omitempty"`
}

type messageContext struct {
	MessageID string `json:"message_id"`
}

type textBody struct {
	Body    string `json:"body"`
	Preview bool   `json:"preview_url"`
}

type sentMedia struct {
	ID       string `json:"id,omitempty"`
	Link     string `json:"link,omitempty"`
	Caption  string `json:"caption,omitempty"`
	Filename string `json:"filename,omitempty"`
}

type sentLocation struct {
	Latitude  string `json:"latitude"`
	Longitude string `json:"longitude"`
	Name      string `json:"name,omitempty"`
	Address   string `json:"address,omitempty"`
}

type sentReaction struct {
	MessageID string `json:"message_id"`
	// Emoji is "" to take a reaction back.
	Emoji string `json:"emoji"`
}

type sentInteractive struct {
	Type   string     `json:"type"`
	Body   sentBody   `json:"body"`
	Action sentAction `json:"action"`
}

type sentBody struct {
	Text string `json:"text"`
}

type sentAction struct {
	Buttons  []sentButton  `json:"buttons,omitempty"`
	Button   string        `json:"button,omitempty"`
	Sections []sentSection `json:"sections,omitempty"`
}

type sentButton struct {
	Type  string    `json:"type"`
	Reply sentReply `json:"reply"`
}

type sentReply struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

type sentSection struct {
	Rows []sentReply `json:"rows"`
}

// address says to whom a message goes: by their number if it is known, because WhatsApp always takes it.
func (m *whatsAppMessage) address(to string, last connectors.LastInbound) {
	m.Product, m.Recipients = "whatsapp", "individual"
	switch {
	case !scopedID.MatchString(to):
		m.To = to
	case phoneNumber.MatchString(last.Handle):
		m.To = last.Handle
	default:
		m.Recipient = to
	}
}

// Send implements connectors.Connector.
func (w *WhatsApp) Send(ctx context.Context, account connectors.Account, out connectors.Outgoing) (connectors.Receipt, error) {
	m := whatsAppMessage{OurID: out.ID}
	m.address(out.Address, out.Last)
	if out.ReplyTo != "" {
		m.Context = &messageContext{out.ReplyTo}
	}
	if err := m.fill(out); err != nil {
		return connectors.Receipt{}, err
	}
	id, err := w.deliver(ctx, account, m)
	if err != nil {
		return connectors.Receipt{}, err
	}
	return connectors.Receipt{ProviderID: id, Status: conversation.StatusSent}, nil
}

// deliver sends a message and returns WhatsApp's id of it.
func (w *WhatsApp) deliver(ctx context.Context, account connectors.Account, m whatsAppMessage) (string, error) {
	var made struct {
		Messages []struct {
			ID string `json:"id"`
		} `json:"messages"`
	}
	if err := w.graph(account).post(ctx, m, &made, w.setting(account, settingPhone), "messages"); err != nil {
		return "", err
	}
	if len(made.Messages) == 0 || made.Messages[0].ID == "" {
		return "", wire.Ambiguous(errNoID)
	}
	return made.Messages[0].ID, nil
}

// fill gives a message its content.
func (m *whatsAppMessage) fill(out connectors.Outgoing) error {
	switch in := out.Message; {
	case in.Template != nil:
		template, err := useTemplate(in.Template)
		m.Type, m.Template = "template", template
		return err
	case len(out.Files) > 0:
		return m.attach(out.Files[0], in.Text)
	case len(in.Options) > 0:
		return m.offer(in.Text, in.Options)
	case in.Location != nil:
		place := sentLocation{fmt.Sprint(in.Location.Latitude), fmt.Sprint(in.Location.Longitude), in.Location.Name, in.Location.Address}
		m.Type, m.Location = "location", &place
	default:
		if connectors.Length(in.Text, connectors.Characters) > maxWhatsAppText {
			return &connectors.SendError{Code: rejected, Words: "The message is longer than 4,096 characters."}
		}
		m.Type, m.Text = "text", &textBody{Body: in.Text, Preview: strings.Contains(in.Text, "https://")}
	}
	return nil
}

func (m *whatsAppMessage) attach(file connectors.File, caption string) error {
	media := &sentMedia{ID: file.Ref, Caption: caption}
	if media.ID == "" {
		media.Link = file.PublicURL
	}
	switch family, _, _ := strings.Cut(file.MediaType, "/"); {
	case file.MediaType == "image/webp":
		m.Type, m.Sticker, media.Caption = "sticker", media, ""
	case family == "image":
		m.Type, m.Image = "image", media
	case family == "audio":
		m.Type, m.Audio, media.Caption = "audio", media, ""
	case family == "video":
		m.Type, m.Video = "video", media
	default:
		m.Type, m.Document, media.Filename = "document", media, file.Name
	}
	if caption != "" && media.Caption == "" {
		return &connectors.SendError{Code: rejected, Words: "Text cannot go with this kind of file; send it as a message of its own."}
	}
	return nil
}

// listButton opens a list of replies, in every language.
const listButton = "☰"

// offer makes replies to choose from: buttons, or a list if there are many.
func (m *whatsAppMessage) offer(question string, options []conversation.Option) error {
	m.Type = "interactive"
	m.Interactive = &sentInteractive{Type: "button", Body: sentBody{question}}
	var rows []sentReply
	for _, o := range options {
		if o.ID == "" || len(o.ID) > maxOptionID {
			return &connectors.SendError{Code: rejected, Words: "A reply's id is empty or longer than 200 characters.", Cause: fmt.Errorf("reply %.40q", o.Label)}
		}
		rows = append(rows, sentReply{o.ID, o.Label})
	}
	if len(rows) > maxButtons {
		m.Interactive.Type, m.Interactive.Action = "list", sentAction{Button: listButton, Sections: []sentSection{{rows}}}
		return nil
	}
	for _, row := range rows {
		m.Interactive.Action.Buttons = append(m.Interactive.Action.Buttons, sentButton{"reply", row})
	}
	return nil
}

// React implements connectors.Reactor.
func (w *WhatsApp) React(ctx context.Context, account connectors.Account, target connectors.Target, emoji string) error {
	m := whatsAppMessage{Type: "reaction", Reaction: &sentReaction{target.ProviderID, emoji}}
	m.address(target.Address, connectors.LastInbound{})
	_, err := w.deliver(ctx, account, m)
	return beside(err)
}

// reading says that a message was read, and with Typing that an answer is being written.
type reading struct {
	Product   string      `json:"messaging_product"`
	Status    string      `json:"status"`
	MessageID string      `json:"message_id"`
	Typing    *typingType `json:"typing_indicator,omitempty"`
}

type typingType struct {
	Type string `json:"type"`
}

// MarkRead implements connectors.ReadMarker.
func (w *WhatsApp) MarkRead(ctx context.Context, account connectors.Account, to connectors.Customer) error {
	return w.read(ctx, account, to, nil)
}

// Typing implements connectors.Typist. WhatsApp wants to know which message is being answered, and takes it for read.
func (w *WhatsApp) Typing(ctx context.Context, account connectors.Account, to connectors.Customer, _ string) error {
	return w.read(ctx, account, to, &typingType{"text"})
}

func (w *WhatsApp) read(ctx context.Context, account connectors.Account, to connectors.Customer, typing *typingType) error {
	if to.Last.ID == "" {
		return nil
	}
	var done struct{}
	return beside(w.graph(account).post(ctx, reading{"whatsapp", "read", to.Last.ID, typing}, &done, w.setting(account, settingPhone), "messages"))
}

// UploadMedia implements connectors.MediaUploader.
func (w *WhatsApp) UploadMedia(ctx context.Context, account connectors.Account, file connectors.File) (string, error) {
	var made struct {
		ID string `json:"id"`
	}
	values := []part{{"messaging_product", "whatsapp"}, {"type", file.MediaType}}
	if err := w.graph(account).upload(ctx, "file", file, values, &made, w.setting(account, settingPhone), "media"); err != nil {
		return "", err
	}
	if made.ID == "" {
		return "", beside(wire.Ambiguous(errNoID))
	}
	return made.ID, nil
}

// mediaHost is where WhatsApp keeps files, for five minutes under one address.
const mediaHost = "lookaside.fbsbx.com"

// FetchMedia implements connectors.MediaFetcher: the file's address is asked for anew every time. The access token goes to Meta's host
// for files only.
func (w *WhatsApp) FetchMedia(ctx context.Context, account connectors.Account, ref connectors.MediaRef) (connectors.Media, error) {
	if ref.ID == "" {
		return connectors.Media{}, &connectors.SendError{Code: rejected, Words: "WhatsApp did not say which file this is."}
	}
	g := w.graph(account)
	var at struct {
		URL       string `json:"url"`
		MediaType string `json:"mime_type"`
	}
	if err := g.get(ctx, &at, url.Values{settingPhone: {w.setting(account, settingPhone)}}, ref.ID); err != nil {
		return connectors.Media{}, err
	}
	media, err := w.deps.Fetch.Fetch(ctx, at.URL, http.Header{"Authorization": {"Bearer " + g.token}, "User-Agent": {userAgent}}, mediaHost)
	if err != nil {
		return connectors.Media{}, err
	}
	media.Name = ref.Name
	if at.MediaType != "" {
		media.MediaType = at.MediaType
	}
	return media, nil
}

func asSendError(err error, into **connectors.SendError) bool { return errors.As(err, into) }
