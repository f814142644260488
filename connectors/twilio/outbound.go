package twilio

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"seax/connectors"
	"seax/connectors/wire"
	"seax/internal/conversation"
)

// send sends one message. ready completes the parameters by what the kind has of its own; it makes no message.
func (b *base) send(ctx context.Context, account connectors.Account, out connectors.Outgoing, ready func(caller, *api.CreateMessageParams) error) (connectors.Receipt, error) {
	if connectors.Length(out.Message.Text, connectors.Characters) > maxBody {
		m := meanings[21617]
		return connectors.Receipt{}, &connectors.SendError{Code: m.code, Words: m.words}
	}
	params := &api.CreateMessageParams{}
	params.SetTo(b.prefix + out.Address)
	params.SetStatusCallback(b.deps.WebhookURL(account) + "?" + url.Values{messageParam: {out.ID}}.Encode() + retries)
	if service := b.setting(account, settingService); service != "" {
		params.SetMessagingServiceSid(service)
	} else {
		params.SetFrom(b.prefix + b.setting(account, settingFrom))
	}
	if out.Message.Text != "" {
		params.SetBody(out.Message.Text)
	}
	if len(out.Files) > 0 {
		addresses := make([]string, len(out.Files))
		for i, f := range out.Files {
			addresses[i] = f.PublicURL
		}
		params.SetMediaUrl(addresses)
	}
	c := b.caller(ctx, account)
	if ready != nil {
		if err := ready(c, params); err != nil {
			return connectors.Receipt{}, err
		}
	}
	made, err := c.api().CreateMessage(params)
	if err != nil {
		return connectors.Receipt{}, unclear(err)
	}
	if value(made.Sid) == "" {
		return connectors.Receipt{}, wire.Ambiguous(errNoID)
	}
	return connectors.Receipt{ProviderID: *made.Sid, Status: conversation.StatusSent}, nil
}

// useTemplate has a message made of an approved template.
func useTemplate(params *api.CreateMessageParams, t *conversation.TemplateUse) error {
	params.Body = nil
	params.SetContentSid(t.ID)
	if len(t.Variables) == 0 {
		return nil
	}
	encoded, err := json.Marshal(t.Variables)
	if err != nil {
		return &connectors.SendError{Code: connectors.CodeRejected, Words: "The template's variables cannot be written.", Cause: err}
	}
	params.SetContentVariables(string(encoded))
	return nil
}

// mediaHosts are where Twilio keeps files, and where it sends on to.
var mediaHosts = []string{".twilio.com", ".twiliocdn.com", ".amazonaws.com"}

// FetchMedia implements connectors.MediaFetcher. The credentials go to Twilio's own hosts only, and not to where they send on to.
func (b *base) FetchMedia(ctx context.Context, account connectors.Account, ref connectors.MediaRef) (connectors.Media, error) {
	at, err := url.Parse(ref.URL)
	if err != nil || !own(at.Hostname()) {
		return connectors.Media{}, &connectors.SendError{Code: connectors.CodeRejected, Words: "The file is at an address that is not Twilio's.", Cause: err}
	}
	c := b.caller(ctx, account)
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(c.user, c.password)
	return b.deps.Fetch.Fetch(ctx, ref.URL, r.Header, mediaHosts...)
}
