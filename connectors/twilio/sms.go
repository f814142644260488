package twilio

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strings"

	api "github.com/twilio/twilio-go/rest/api/v2010"

	"seax/connectors"
)

// SMS is the kind of text messages, with pictures where the number can (MMS).
type SMS struct{ base }

// senderPattern is a number, a short code, or a name where networks allow names.
var senderPattern = regexp.MustCompile(`^(\+[1-9][0-9]{6,14}|[0-9]{3,8}|[A-Za-z][A-Za-z0-9 +&_-]{0,10})$`)

// NewSMS returns the connector.
func NewSMS(deps connectors.Deps) *SMS {
	from := connectors.Field{
		Name: settingFrom, Label: text("Number", "발신 번호"), Type: connectors.FieldText, Placeholder: "+14155550100",
		Help: text("With country code. Not needed with a Messaging Service.", "국가 번호를 포함해 입력하세요. Messaging Service를 쓰면 필요하지 않습니다."),
		Check: func(v string) error {
			if !senderPattern.MatchString(v) {
				return errors.New("give a number with country code, like +14155550100, or a short code")
			}
			return nil
		},
	}
	service := connectors.Field{Name: settingService, Label: text("Messaging Service SID", "Messaging Service SID"), Type: connectors.FieldText, Placeholder: "MG…", Check: checkSID("MG")}
	mms := connectors.Field{Name: settingMMS, Label: text("The number can send pictures (MMS)", "사진 전송 가능(MMS)"), Type: connectors.FieldBool, Default: "true"}
	return &SMS{base{deps: deps, phones: true, description: connectors.Description{
		Kind: KindSMS, Name: "SMS (Twilio)", Fields: fields(from, service, mms),
		Capabilities: connectors.Capabilities{
			MaxText: maxBody, MaxCaption: maxBody, MaxFiles: maxMedia, MaxFileBytes: 5 << 20,
			FileTypes: []string{"image/jpeg", "image/png", "image/gif", "audio/*", "video/*", "application/pdf", "text/csv", "text/plain"},
			Media:     []connectors.MediaRule{{Types: []string{"audio/*", "video/*", "application/pdf", "text/csv", "text/plain"}, MaxBytes: 500 << 10}},
			Receipts:  true, CanStart: true, StartBy: connectors.ByPhone, Segments: true,
		},
	}}}
}

var (
	_ connectors.Connector    = (*SMS)(nil)
	_ connectors.Keyed        = (*SMS)(nil)
	_ connectors.Tailored     = (*SMS)(nil)
	_ connectors.Pacer        = (*SMS)(nil)
	_ connectors.MediaFetcher = (*SMS)(nil)
	_ connectors.Starter      = (*SMS)(nil)
	_ connectors.Checker      = (*SMS)(nil)
	_ connectors.Instructor   = (*SMS)(nil)
)

// Capabilities implements connectors.Tailored.
func (s *SMS) Capabilities(account connectors.Account) connectors.Capabilities {
	c := s.description.Capabilities
	if s.setting(account, settingMMS) == "false" {
		c.MaxFileBytes, c.MaxFiles, c.MaxCaption, c.FileTypes, c.Media = 0, 0, 0, nil, nil
	}
	return c
}

// Pace implements connectors.Pacer. Unless the account says otherwise, Twilio's own queue keeps the pace.
func (s *SMS) Pace(account connectors.Account) connectors.Pace {
	return s.pace(account, connectors.Pace{})
}

// Send implements connectors.Connector.
func (s *SMS) Send(ctx context.Context, account connectors.Account, out connectors.Outgoing) (connectors.Receipt, error) {
	return s.send(ctx, account, out, nil)
}

// Check implements connectors.Checker: also whether the number is the account's, and sends here.
func (s *SMS) Check(ctx context.Context, account connectors.Account) (string, error) {
	found, err := s.base.Check(ctx, account)
	from := s.setting(account, settingFrom)
	if err != nil || s.setting(account, settingService) != "" || !number.MatchString(from) {
		return found, err
	}
	params := (&api.ListIncomingPhoneNumberParams{}).SetPhoneNumber(from).SetPageSize(1).SetLimit(1)
	numbers, err := s.caller(ctx, account).api().ListIncomingPhoneNumber(params)
	switch {
	case err != nil:
		return "", beside(err)
	case len(numbers) == 0:
		return "", &connectors.SendError{Code: config, Words: found + " It has no number " + from + "."}
	}
	if hook, _, _ := strings.Cut(value(numbers[0].SmsUrl), "#"); hook != s.deps.WebhookURL(account) {
		found += " The number sends what comes in elsewhere: enter the webhook's address in Twilio's console."
	}
	return found, nil
}

// Link implements connectors.Linker, by RFC 5724; phones read the body though the RFC does not know it.
func (s *SMS) Link(account connectors.Account, _, text string) string {
	from := s.setting(account, settingFrom)
	if !number.MatchString(from) {
		return ""
	}
	return "sms:" + from + "?body=" + url.PathEscape(text)
}

// Start implements connectors.Starter.
func (*SMS) Start(_ context.Context, _ connectors.Account, to string) (string, error) {
	return start(to)
}
