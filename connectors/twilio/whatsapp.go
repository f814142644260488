package twilio

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	api "github.com/twilio/twilio-go/rest/api/v2010"
	messaging "github.com/twilio/twilio-go/rest/messaging/v2"

	"seax/connectors"
)

// WhatsApp is the kind of WhatsApp senders at Twilio.
type WhatsApp struct {
	base
	buttons
}

// window is how long customers may be written to freely after their last message.
const window = 24 * time.Hour

// NewWhatsApp returns the connector.
func NewWhatsApp(deps connectors.Deps) *WhatsApp {
	from := connectors.Field{
		Name: settingFrom, Label: text("WhatsApp number", "WhatsApp 번호"), Type: connectors.FieldText, Required: true, Placeholder: "+14155238886",
		Check: func(v string) error {
			if !number.MatchString(v) {
				return errors.New("give a number with country code, like +14155238886")
			}
			return nil
		},
	}
	return &WhatsApp{base: base{deps: deps, prefix: "whatsapp:", phones: true, description: connectors.Description{
		Kind: KindWhatsApp, Name: "WhatsApp (Twilio)", Fields: fields(from),
		Capabilities: connectors.Capabilities{
			MaxText: maxBody, MaxCaption: 1024, MaxFiles: 1, MaxFileBytes: 16 << 20,
			FileTypes: []string{"image/jpeg", "image/png", "image/webp", "audio/*", "video/mp4", "application/pdf", "text/plain", "text/csv", docx, xlsx},
			Media:     []connectors.MediaRule{{Types: []string{"image/*"}, MaxBytes: 5 << 20}},
			Options:   connectors.OptionRules{Max: maxListed, MaxLabel: maxButton, MaxText: 1024},
			Typing:    true, ReadMarks: true, Receipts: true, Templates: true, CanStart: true, StartBy: connectors.ByPhone, StartByTemplate: true, ReplyWindow: window,
		},
	}}}
}

// Media types with long names.
const (
	docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

var (
	_ connectors.Connector    = (*WhatsApp)(nil)
	_ connectors.Keyed        = (*WhatsApp)(nil)
	_ connectors.Pacer        = (*WhatsApp)(nil)
	_ connectors.Typist       = (*WhatsApp)(nil)
	_ connectors.MediaFetcher = (*WhatsApp)(nil)
	_ connectors.Templater    = (*WhatsApp)(nil)
	_ connectors.Starter      = (*WhatsApp)(nil)
	_ connectors.Checker      = (*WhatsApp)(nil)
	_ connectors.Instructor   = (*WhatsApp)(nil)
)

// Pace implements connectors.Pacer: 80 messages a second, and one in six seconds to one customer, of whom 45 may be ahead.
func (w *WhatsApp) Pace(account connectors.Account) connectors.Pace {
	return w.pace(account, connectors.Pace{PerSecond: 80, Burst: 80, ContactEvery: 6 * time.Second, ContactBurst: 45})
}

// Link implements connectors.Linker.
func (w *WhatsApp) Link(account connectors.Account, _, text string) string {
	from := w.setting(account, settingFrom)
	if !number.MatchString(from) {
		return ""
	}
	return "https://wa.me/" + strings.TrimPrefix(from, "+") + "?text=" + url.QueryEscape(text)
}

// Send implements connectors.Connector.
func (w *WhatsApp) Send(ctx context.Context, account connectors.Account, out connectors.Outgoing) (connectors.Receipt, error) {
	return w.send(ctx, account, out, func(c caller, params *api.CreateMessageParams) error {
		switch {
		case out.Message.Template != nil:
			return useTemplate(params, out.Message.Template)
		case len(out.Message.Options) > 0:
			return w.use(c, params, out.Message)
		}
		return nil
	})
}

// Start implements connectors.Starter.
func (*WhatsApp) Start(_ context.Context, _ connectors.Account, to string) (string, error) {
	return start(to)
}

// Typing implements connectors.Typist. WhatsApp wants to know to which message somebody is answering.
func (w *WhatsApp) Typing(ctx context.Context, account connectors.Account, to connectors.Customer, _ string) error {
	if to.Last.ID == "" {
		return nil
	}
	params := &messaging.CreateTypingIndicatorParams{}
	params.SetChannel("whatsapp").SetMessageId(to.Last.ID)
	_, err := w.caller(ctx, account).messaging().CreateTypingIndicator(params)
	if err != nil {
		return beside(err)
	}
	return nil
}
