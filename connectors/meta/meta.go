// Package meta joins what Meta carries itself: the WhatsApp Cloud API, Facebook Messenger, and Instagram's direct messages. The three
// share the Graph API, the verification of webhooks and their signatures, and differ in payloads, limits and rules; each is a channel
// kind of its own.
//
// Meta has no idempotency key for messages. Instead every message carries our id of it, which comes back in WhatsApp's statuses and in
// Messenger's and Instagram's echoes, so whatever Meta did take reveals itself, also when its answer was lost.
package meta

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"seax/connectors"
)

// The channel kinds.
const (
	KindWhatsApp  = "whatsapp"
	KindMessenger = "messenger"
	KindInstagram = "instagram"
)

// The settings of an account. Each kind has an id of its own, by which events name the account.
const (
	settingPhone      = "phone_number_id"
	settingBusiness   = "business_account_id"
	settingPage       = "page_id"
	settingInstagram  = "instagram_id"
	settingLogin      = "login"
	settingToken      = "access_token"
	settingSecret     = "app_secret"
	settingProof      = "appsecret_proof"
	settingVersion    = "graph_version"
	settingRate       = "rate"
	settingHumanAgent = "human_agent"
	settingNumber     = "number"
	settingUsername   = "username"
)

// Rules that the three kinds share: how long customers may be written to after their last message, and how long persons may.
const (
	window       = 24 * time.Hour
	personWindow = 7 * 24 * time.Hour
)

// maxBody is the largest webhook: up to a thousand updates come together.
const maxBody = 4 << 20

// graphVersion is the version of the Graph API unless the account says otherwise. Meta keeps each for about two years.
const graphVersion = "v25.0"

// base is what the three kinds share.
type base struct {
	deps        connectors.Deps
	description connectors.Description
	// keySetting is the setting with Meta's id of the account.
	keySetting string
}

// setting returns a setting of an account, or its default.
func (b *base) setting(account connectors.Account, name string) string {
	return b.description.Setting(account, name)
}

// Describe implements connectors.Connector.
func (b *base) Describe() connectors.Description { return b.description }

// Key implements connectors.Keyed. An app has one webhook for all its numbers, pages or accounts of a kind.
func (b *base) Key(account connectors.Account) string { return account.Settings[b.keySetting] }

func (b *base) pace(account connectors.Account, pace connectors.Pace) connectors.Pace {
	if rate, err := strconv.ParseFloat(b.setting(account, settingRate), 64); err == nil && rate > 0 {
		pace.PerSecond, pace.Burst = rate, max(int(rate), 1)
	}
	return pace
}

// verifyToken is what an admin pastes next to the webhook's address; Meta shows it when it verifies the address.
func verifyToken(account connectors.Account) string {
	key, err := hkdf.Key(sha256.New, account.Secret, nil, "seax meta verify token", 32)
	if err != nil {
		// Only for impossible lengths.
		panic(err)
	}
	return "seaxv_" + hex.EncodeToString(key)
}

// Handshake implements connectors.Handshaker.
func (b *base) Handshake(_ context.Context, account connectors.Account, r *connectors.Request) (connectors.Response, bool, error) {
	query := r.URL.Query()
	if r.Method != http.MethodGet || query.Get("hub.mode") != "subscribe" {
		return connectors.Response{}, false, nil
	}
	if len(account.Secret) == 0 || !hmac.Equal([]byte(query.Get("hub.verify_token")), []byte(verifyToken(account))) {
		return connectors.Response{}, true, fmt.Errorf("verify token: %w", connectors.ErrUnauthenticated)
	}
	return connectors.Response{ContentType: "text/plain; charset=utf-8", Body: []byte(query.Get("hub.challenge"))}, true, nil
}

// signatureHeader holds the hash of the raw body, keyed by the app's secret.
const signatureHeader = "X-Hub-Signature-256"

// Authenticate implements connectors.Connector. What is signed are the bytes as they came: the same JSON, written anew, has another
// signature.
func (b *base) Authenticate(_ context.Context, account connectors.Account, r *connectors.Request) (connectors.Caller, error) {
	secret := b.setting(account, settingSecret)
	if r.Method != http.MethodPost || secret == "" {
		return connectors.Caller{}, fmt.Errorf("method %s: %w", r.Method, connectors.ErrUnauthenticated)
	}
	if !hmac.Equal([]byte(r.Header.Get(signatureHeader)), []byte("sha256="+sign(secret, r.Body))) {
		return connectors.Caller{}, connectors.ErrUnauthenticated
	}
	return connectors.Caller{}, nil
}

// sign is Meta's way to sign: of webhooks their bodies, of tokens themselves.
func sign(secret string, what []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(what)
	return hex.EncodeToString(mac.Sum(nil))
}

// Setup implements connectors.Instructor.
func (b *base) Setup(account connectors.Account) []connectors.SetupItem {
	if len(account.Secret) == 0 {
		return nil
	}
	return []connectors.SetupItem{
		{
			Label: text("Callback URL", "콜백 URL(Callback URL)"), Value: b.deps.WebhookURL(account),
			Help: text("In the app's dashboard at developers.facebook.com, under webhooks. One address serves all accounts of the app.",
				"developers.facebook.com의 앱 대시보드 웹훅 설정에 입력하세요. 한 주소로 앱의 모든 계정을 받을 수 있습니다."),
		},
		{
			Label: text("Verify token", "확인 토큰(Verify token)"), Value: verifyToken(account),
			Help: text("Next to the callback URL.", "콜백 URL 옆에 입력하세요."),
		},
	}
}

func text(en, ko string) map[string]string { return map[string]string{"en": en, "ko": ko} }

var (
	idPattern      = regexp.MustCompile(`^[0-9]{5,25}$`)
	versionPattern = regexp.MustCompile(`^v[1-9][0-9]\.[0-9]$`)
	tokenPattern   = regexp.MustCompile(`^[\x21-\x7e]+$`)
)

func checkID(v string) error {
	if !idPattern.MatchString(v) {
		return errors.New("give the number that Meta shows as its ID")
	}
	return nil
}

func checkVersion(v string) error {
	if !versionPattern.MatchString(v) {
		return errors.New("give a version like " + graphVersion)
	}
	return nil
}

func checkToken(v string) error {
	if !tokenPattern.MatchString(v) {
		return errors.New("paste it as it is, without spaces")
	}
	return nil
}

func checkRate(v string) error {
	if rate, err := strconv.ParseFloat(v, 64); err != nil || rate <= 0 || rate > 10_000 {
		return errors.New("give messages per second, like 80")
	}
	return nil
}

// fields are the settings of every kind; first are the kind's own.
func fields(token connectors.Field, first ...connectors.Field) []connectors.Field {
	token.Name, token.Type, token.Required, token.Check = settingToken, connectors.FieldSecret, true, checkToken
	return append(first,
		token,
		connectors.Field{
			Name: settingSecret, Label: text("App secret", "앱 시크릿 코드(App secret)"), Type: connectors.FieldSecret, Required: true, Check: checkToken,
			Help: text("In the app's basic settings: Meta signs what it sends with it.", "앱 기본 설정에 있습니다. Meta가 웹훅 서명에 사용합니다."),
		},
		connectors.Field{
			Name: settingProof, Label: text("Prove calls with the app secret", "앱 시크릿으로 호출 증명(appsecret_proof)"), Type: connectors.FieldBool, Default: "true", Advanced: true,
			Help: text("Switch it off if the access token is of another app than the app secret.", "액세스 토큰과 앱 시크릿의 앱이 서로 다르면 끄세요."),
		},
		connectors.Field{
			Name: settingVersion, Label: text("Graph API version", "Graph API 버전"), Type: connectors.FieldText, Default: graphVersion, Check: checkVersion, Advanced: true,
		},
		connectors.Field{
			Name: settingRate, Label: text("Messages per second", "초당 메시지 수"), Type: connectors.FieldNumber, Check: checkRate, Advanced: true,
			Help: text("If Meta allows the account another rate than usual.", "계정에 허용된 속도가 기본값과 다를 때 입력하세요."),
		},
	)
}

func idField(name string, label map[string]string, help map[string]string) connectors.Field {
	return connectors.Field{Name: name, Label: label, Help: help, Type: connectors.FieldText, Required: true, Placeholder: "106540352242922", Check: checkID}
}
