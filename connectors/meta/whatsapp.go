package meta

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	"seax/connectors"
)

// WhatsApp is the kind of numbers on Meta's WhatsApp Cloud API.
type WhatsApp struct{ base }

// Limits of WhatsApp's messages, in characters.
const (
	maxWhatsAppText = 4096
	maxCaption      = 1024
	// Up to maxButtons replies are buttons, more are a list.
	maxButtons     = 3
	maxListed      = 10
	maxButton      = 20
	maxOptionID    = 200
	maxInteractive = 1024
)

// Media types with long names.
const (
	docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	pptx = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
)

// NewWhatsApp returns the connector.
func NewWhatsApp(deps connectors.Deps) *WhatsApp {
	token := connectors.Field{
		Label: text("Access token", "액세스 토큰"),
		Help: text("A system user's that does not expire, with whatsapp_business_messaging and whatsapp_business_management.",
			"만료되지 않는 시스템 사용자 토큰으로, whatsapp_business_messaging과 whatsapp_business_management 권한이 필요합니다."),
	}
	return &WhatsApp{base{deps: deps, keySetting: settingPhone, description: connectors.Description{
		Kind: KindWhatsApp, Name: "WhatsApp (Cloud API)", MaxBody: maxBody,
		Fields: fields(token,
			idField(settingPhone, text("Phone number ID", "전화번호 ID(Phone number ID)"), text("Under API setup; it is not the number itself.", "API 설정에 있습니다. 전화번호 자체가 아닙니다.")),
			idField(settingBusiness, text("WhatsApp Business account ID", "WhatsApp Business 계정 ID"), nil),
			connectors.Field{
				Name: settingNumber, Label: text("WhatsApp number", "WhatsApp 번호"), Type: connectors.FieldText, Placeholder: "+14155238886", Check: checkNumber, Advanced: true,
				Help: text("With it customers can be sent here by a link.", "입력하면 고객에게 이 채널로 오는 링크를 보낼 수 있습니다."),
			}),
		Capabilities: connectors.Capabilities{
			MaxText: maxWhatsAppText, MaxCaption: maxCaption, CaptionTypes: []string{"image/jpeg", "image/png", "video/*", "application/*", "text/*"}, MaxFiles: 1, MaxFileBytes: 100 << 20,
			FileTypes: []string{
				"image/jpeg", "image/png", "image/webp", "audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "video/mp4", "video/3gpp", "application/pdf",
				"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint", docx, xlsx, pptx, "text/plain", "text/csv",
			},
			Media: []connectors.MediaRule{
				{Types: []string{"image/webp"}, MaxBytes: 100 << 10},
				{Types: []string{"image/jpeg", "image/png"}, MaxBytes: 5 << 20},
				{Types: []string{"audio/*", "video/*"}, MaxBytes: 16 << 20},
			},
			Options: connectors.OptionRules{Max: maxListed, MaxLabel: maxButton, MaxText: maxInteractive},
			Typing:  true, ReadMarks: true, Receipts: true, Replies: true, Reactions: true, Templates: true, CanStart: true, StartBy: connectors.ByPhone, StartByTemplate: true, ReplyWindow: window,
		},
	}}}
}

var (
	_ connectors.Connector     = (*WhatsApp)(nil)
	_ connectors.Handshaker    = (*WhatsApp)(nil)
	_ connectors.Keyed         = (*WhatsApp)(nil)
	_ connectors.Pacer         = (*WhatsApp)(nil)
	_ connectors.Typist        = (*WhatsApp)(nil)
	_ connectors.ReadMarker    = (*WhatsApp)(nil)
	_ connectors.MediaFetcher  = (*WhatsApp)(nil)
	_ connectors.MediaUploader = (*WhatsApp)(nil)
	_ connectors.Templater     = (*WhatsApp)(nil)
	_ connectors.Reactor       = (*WhatsApp)(nil)
	_ connectors.Starter       = (*WhatsApp)(nil)
	_ connectors.Linker        = (*WhatsApp)(nil)
	_ connectors.Checker       = (*WhatsApp)(nil)
	_ connectors.Instructor    = (*WhatsApp)(nil)
)

// Pace implements connectors.Pacer: 80 messages a second, and one in six seconds to one customer, of whom 45 may be ahead.
func (w *WhatsApp) Pace(account connectors.Account) connectors.Pace {
	return w.pace(account, connectors.Pace{PerSecond: 80, Burst: 80, ContactEvery: 6 * time.Second, ContactBurst: 45})
}

// A customer's address is their business-scoped id where WhatsApp tells it, otherwise their number. Who has a username need not show
// their number, and the id stays when they get one; a number alone is what there was before, and what we start with.
var (
	scopedID    = regexp.MustCompile(`^[A-Z]{2}\.[A-Za-z0-9.]{1,160}$`)
	phoneNumber = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	bareNumber  = regexp.MustCompile(`^[1-9][0-9]{6,14}$`)
)

// number writes WhatsApp's id of a number as a number; "" if it is none.
func number(waID string) string {
	if bareNumber.MatchString(waID) {
		return "+" + waID
	}
	if phoneNumber.MatchString(waID) {
		return waID
	}
	return ""
}

// Start implements connectors.Starter.
func (*WhatsApp) Start(_ context.Context, _ connectors.Account, to string) (string, error) {
	if scopedID.MatchString(to) {
		return to, nil
	}
	parsed, err := phonenumbers.Parse(to, "")
	if err != nil || !phonenumbers.IsValidNumber(parsed) {
		return "", &connectors.SendError{Code: rejected, Words: "This is not a phone number with a country code, like +1 415 555 0100.", Cause: err}
	}
	return phonenumbers.Format(parsed, phonenumbers.E164), nil
}

func checkNumber(v string) error {
	if !phoneNumber.MatchString(v) {
		return errors.New("give the number with its country code, like +14155238886")
	}
	return nil
}

// Link implements connectors.Linker.
func (w *WhatsApp) Link(account connectors.Account, _, text string) string {
	number := w.setting(account, settingNumber)
	if !phoneNumber.MatchString(number) {
		return ""
	}
	return "https://wa.me/" + strings.TrimPrefix(number, "+") + "?text=" + url.QueryEscape(text)
}

// Check implements connectors.Checker: whether the number is there, and whether the app hears of what is written to it.
func (w *WhatsApp) Check(ctx context.Context, account connectors.Account) (string, error) {
	g := w.graph(account)
	var phone struct {
		Display string `json:"display_phone_number"`
		Name    string `json:"verified_name"`
		Quality string `json:"quality_rating"`
	}
	if err := g.get(ctx, &phone, url.Values{"fields": {"display_phone_number,verified_name,quality_rating"}}, w.setting(account, settingPhone)); err != nil {
		return "", checked(err)
	}
	found := fmt.Sprintf("WhatsApp number %s, %s", phone.Display, phone.Name)
	if phone.Quality != "" && phone.Quality != "UNKNOWN" && phone.Quality != "NA" {
		found += ", quality " + strings.ToLower(phone.Quality)
	}
	found += "."
	var apps struct {
		Data []any `json:"data"`
	}
	if err := g.get(ctx, &apps, nil, w.setting(account, settingBusiness), "subscribed_apps"); err != nil {
		return "", checked(err)
	}
	if len(apps.Data) == 0 {
		found += " No app receives what is written to it: enter the webhook in the app's dashboard and subscribe to messages."
	}
	return found, nil
}

// checked makes a refusal of a check one that an admin can act on: an object that is not there is a wrong setting.
func checked(err error) error {
	var e *connectors.SendError
	if asSendError(err, &e) && (e.Code == rejected || e.Code == unreachable) {
		return &connectors.SendError{Code: config, Words: "Meta does not know the account by these IDs, or the access token is not for it.", Cause: e}
	}
	return err
}
