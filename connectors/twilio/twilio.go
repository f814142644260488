// Package twilio joins what Twilio carries: text messages (SMS and MMS), WhatsApp, and Facebook Messenger. The three share their API,
// their signatures and their callbacks, and differ in addresses, limits and rules; each is a channel kind of its own.
//
// Twilio has no idempotency key for messages. Instead the address of every message's status callback carries our id of it, so
// whatever Twilio did take reveals itself, also when its answer was lost.
package twilio

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"seax/connectors"
)

// The channel kinds.
const (
	KindSMS       = "sms"
	KindWhatsApp  = "whatsapp-twilio"
	KindMessenger = "messenger-twilio"
)

// maxBody is the longest text of a message.
const maxBody = 1600

// The settings of an account.
const (
	settingAccount   = "account_sid"
	settingToken     = "auth_token"
	settingKey       = "api_key_sid"
	settingKeySecret = "api_key_secret"
	settingFrom      = "from"
	settingService   = "messaging_service_sid"
	settingRate      = "rate"
	settingMMS       = "mms"
	settingRegion    = "region"
	settingEdge      = "edge"
)

// base is what the three kinds share.
type base struct {
	deps        connectors.Deps
	description connectors.Description
	// prefix is what an address has in front at Twilio ("whatsapp:").
	prefix string
	// phones: addresses are phone numbers, for whose owners the network vouches.
	phones bool
}

// setting returns a setting of an account, or its default.
func (b *base) setting(account connectors.Account, name string) string {
	return b.description.Setting(account, name)
}

// Describe implements connectors.Connector.
func (b *base) Describe() connectors.Description { return b.description }

// Key implements connectors.Keyed: the sender that customers write to. One webhook may be used for all senders of a Twilio account.
func (b *base) Key(account connectors.Account) string {
	if service := account.Settings[settingService]; service != "" {
		return service
	}
	return account.Settings[settingFrom]
}

// Setup implements connectors.Instructor.
func (b *base) Setup(account connectors.Account) []connectors.SetupItem {
	return []connectors.SetupItem{{
		Label: map[string]string{"en": "When a message comes in", "ko": "메시지 수신 시(When a message comes in)"},
		Help: map[string]string{
			"en": "Webhook of the number, sender or Messaging Service, by HTTP POST. With the part behind # Twilio tries again when we cannot be reached.",
			"ko": "번호, 발신자 또는 Messaging Service의 웹훅에 HTTP POST로 등록하세요. # 뒤의 값이 있으면 연결되지 않을 때 Twilio가 다시 시도합니다.",
		},
		Value: b.deps.WebhookURL(account) + retries,
	}}
}

// retries asks Twilio to repeat webhooks that were not answered. It is no part of what is signed.
const retries = "#rc=5&rp=5xx,ct,rt"

func text(en, ko string) map[string]string { return map[string]string{"en": en, "ko": ko} }

var (
	sid    = regexp.MustCompile(`^[A-Z]{2}[0-9a-f]{32}$`)
	number = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
)

func checkSID(prefix string) func(string) error {
	return func(v string) error {
		if !sid.MatchString(v) || !strings.HasPrefix(v, prefix) {
			return fmt.Errorf("it begins with %s and has 34 characters", prefix)
		}
		return nil
	}
}

func checkRate(v string) error {
	if rate, err := strconv.ParseFloat(v, 64); err != nil || rate <= 0 || rate > 10_000 {
		return errors.New("give messages per second, like 10")
	}
	return nil
}

// fields are the settings of every kind; from is the one of the sender.
func fields(from connectors.Field, more ...connectors.Field) []connectors.Field {
	all := []connectors.Field{
		{Name: settingAccount, Label: text("Account SID", "계정 SID(Account SID)"), Type: connectors.FieldText, Required: true, Placeholder: "AC…", Check: checkSID("AC")},
		{
			Name: settingToken, Label: text("Auth token", "인증 토큰(Auth token)"), Type: connectors.FieldSecret, Required: true,
			Help: text("The primary one: Twilio signs what it sends with it.", "기본(primary) 토큰을 입력하세요. Twilio가 웹훅 서명에 사용합니다."),
		},
		from,
	}
	all = append(all, more...)
	return append(all,
		connectors.Field{
			Name: settingKey, Label: text("API key SID", "API 키 SID"), Type: connectors.FieldText, Placeholder: "SK…", Check: checkSID("SK"), Advanced: true,
			Help: text("Calls are made with it instead of the auth token.", "인증 토큰 대신 이 키로 API를 호출합니다."),
		},
		connectors.Field{Name: settingKeySecret, Label: text("API key secret", "API 키 비밀번호(Secret)"), Type: connectors.FieldSecret, Advanced: true},
		connectors.Field{
			Name: settingRate, Label: text("Messages per second", "초당 메시지 수"), Type: connectors.FieldNumber, Check: checkRate, Advanced: true,
			Help: text("What your sender is allowed; Twilio itself queues what is faster.", "발신자에게 허용된 속도입니다. 더 빠르면 Twilio가 대기열에 넣습니다."),
		},
		connectors.Field{Name: settingRegion, Label: text("Region", "리전(Region)"), Type: connectors.FieldText, Placeholder: "ie1", Advanced: true, Check: checkHostPart},
		connectors.Field{Name: settingEdge, Label: text("Edge", "엣지(Edge)"), Type: connectors.FieldText, Placeholder: "dublin", Advanced: true, Check: checkHostPart},
	)
}

var hostPart = regexp.MustCompile(`^[a-z0-9-]{1,30}$`)

func checkHostPart(v string) error {
	if !hostPart.MatchString(v) {
		return errors.New("give a name like ie1")
	}
	return nil
}

func (b *base) pace(account connectors.Account, pace connectors.Pace) connectors.Pace {
	if rate, err := strconv.ParseFloat(b.setting(account, settingRate), 64); err == nil && rate > 0 {
		pace.PerSecond, pace.Burst = rate, max(int(rate), 1)
	}
	return pace
}

// start returns the address of a phone number.
func start(to string) (string, error) {
	parsed, err := phonenumbers.Parse(to, "")
	if err != nil || !phonenumbers.IsValidNumber(parsed) {
		return "", &connectors.SendError{Code: connectors.CodeRejected, Words: "This is not a phone number with a country code, like +1 415 555 0100.", Cause: err}
	}
	return phonenumbers.Format(parsed, phonenumbers.E164), nil
}

// Check implements connectors.Checker.
func (b *base) Check(ctx context.Context, account connectors.Account) (string, error) {
	found, err := b.caller(ctx, account).api().FetchAccount(b.setting(account, settingAccount))
	if err != nil {
		return "", unclear(err)
	}
	name, status := value(found.FriendlyName), value(found.Status)
	if status != "active" {
		return "", &connectors.SendError{Code: connectors.CodeConfig, Words: fmt.Sprintf("The Twilio account %s is %s.", name, status)}
	}
	return fmt.Sprintf("Twilio account %s, active.", name), nil
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
