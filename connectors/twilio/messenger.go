package twilio

import (
	"context"
	"errors"
	"regexp"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"seax/connectors"
)

// Messenger is the kind of Facebook pages that are connected to Twilio.
type Messenger struct {
	base
	buttons
}

var pageID = regexp.MustCompile(`^[0-9]{5,20}$`)

// NewMessenger returns the connector.
func NewMessenger(deps connectors.Deps) *Messenger {
	from := connectors.Field{
		Name: settingFrom, Label: text("Page ID", "페이지 ID"), Type: connectors.FieldText, Required: true, Placeholder: "104738472839",
		Check: func(v string) error {
			if !pageID.MatchString(v) {
				return errors.New("give the Facebook page's number")
			}
			return nil
		},
	}
	return &Messenger{base: base{deps: deps, prefix: "messenger:", description: connectors.Description{
		Kind: KindMessenger, Name: "Facebook Messenger (Twilio)", Fields: fields(from),
		Capabilities: connectors.Capabilities{
			MaxText: maxBody, MaxFiles: 1, MaxFileBytes: 25 << 20, FileTypes: []string{"image/jpeg", "image/png", "image/gif", "audio/*", "video/mp4", "application/pdf"},
			Options: connectors.OptionRules{Max: maxListed, MaxLabel: maxButton, MaxText: 640}, ReadMarks: true, Receipts: true, ReplyWindow: window,
		},
	}}}
}

var (
	_ connectors.Connector    = (*Messenger)(nil)
	_ connectors.Keyed        = (*Messenger)(nil)
	_ connectors.Pacer        = (*Messenger)(nil)
	_ connectors.MediaFetcher = (*Messenger)(nil)
	_ connectors.Checker      = (*Messenger)(nil)
	_ connectors.Instructor   = (*Messenger)(nil)
)

// Pace implements connectors.Pacer.
func (m *Messenger) Pace(account connectors.Account) connectors.Pace {
	return m.pace(account, connectors.Pace{})
}

// Send implements connectors.Connector.
func (m *Messenger) Send(ctx context.Context, account connectors.Account, out connectors.Outgoing) (connectors.Receipt, error) {
	return m.send(ctx, account, out, func(c caller, params *api.CreateMessageParams) error {
		if len(out.Message.Options) > 0 {
			return m.use(c, params, out.Message)
		}
		return nil
	})
}
