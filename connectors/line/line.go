// Package line joins LINE official accounts by the Messaging API. Events come as webhooks signed with the channel's secret; messages are
// pushed with a retry key, by which LINE drops repetitions.
package line

import (
	"errors"
	"regexp"

	"seax/connectors"
)

// Kind is this channel's kind.
const Kind = "line"

// Where LINE's API is: one host for what is said, one for files.
const (
	apiURL  = "https://api.line.me"
	dataURL = "https://api-data.line.me"
)

// The settings of an account.
const (
	settingSecret  = "channel_secret"
	settingToken   = "channel_access_token"
	settingReplies = "free_replies"
	settingNames   = "agent_names"
	settingBasicID = "basic_id"
)

// Limits of messages, in UTF-16 units where they are of texts.
const (
	maxText    = 5000
	maxOptions = 13
	maxLabel   = 20
	maxData    = 300
	maxName    = 20
	// maxFile bounds files; what LINE does not show itself is sent as a link.
	maxFile = 20 << 20
	// maxImage is the largest picture that is shown: it is its own preview, and previews must not be larger.
	maxImage = 1 << 20
)

// Connector implements connectors.Connector. Safe for concurrent use.
type Connector struct {
	deps        connectors.Deps
	description connectors.Description
}

// New returns the connector.
func New(deps connectors.Deps) *Connector {
	return &Connector{deps: deps, description: connectors.Description{
		Kind: Kind, Name: "LINE", Fields: fields(),
		Capabilities: connectors.Capabilities{
			MaxText: maxText, TextUnit: connectors.UTF16, MaxFiles: 1, MaxFileBytes: maxFile,
			FileTypes: []string{"image/*", "audio/*", "video/*", "application/pdf", "text/plain", "text/csv"},
			Options:   connectors.OptionRules{Max: maxOptions, MaxLabel: maxLabel}, Typing: true, CanStart: true, Idempotent: true,
		},
	}}
}

var (
	_ connectors.Connector     = (*Connector)(nil)
	_ connectors.Tailored      = (*Connector)(nil)
	_ connectors.Pacer         = (*Connector)(nil)
	_ connectors.Typist        = (*Connector)(nil)
	_ connectors.ReadMarker    = (*Connector)(nil)
	_ connectors.MediaFetcher  = (*Connector)(nil)
	_ connectors.ProfileLookup = (*Connector)(nil)
	_ connectors.Starter       = (*Connector)(nil)
	_ connectors.Linker        = (*Connector)(nil)
	_ connectors.Checker       = (*Connector)(nil)
	_ connectors.Instructor    = (*Connector)(nil)
)

func text(en, ko string) map[string]string { return map[string]string{"en": en, "ko": ko} }

var (
	secretPattern  = regexp.MustCompile(`^[0-9a-f]{32}$`)
	basicIDPattern = regexp.MustCompile(`^@[a-z0-9._-]{3,30}$`)
)

func fields() []connectors.Field {
	return []connectors.Field{
		{
			Name: settingSecret, Label: text("Channel secret", "채널 시크릿(Channel secret)"), Type: connectors.FieldSecret, Required: true,
			Help: text("On the channel's Basic settings page in the LINE Developers console.", "LINE Developers 콘솔의 채널 Basic settings 페이지에 있습니다."),
			Check: func(v string) error {
				if !secretPattern.MatchString(v) {
					return errors.New("it has 32 characters, digits and letters from a to f")
				}
				return nil
			},
		},
		{
			Name: settingToken, Label: text("Channel access token (long-lived)", "채널 액세스 토큰(long-lived)"), Type: connectors.FieldSecret, Required: true,
			Help: text("At the bottom of the channel's Messaging API page; press Issue if there is none.", "채널의 Messaging API 페이지 아래쪽에 있습니다. 없으면 Issue를 누르세요."),
		},
		{
			Name: settingReplies, Label: text("Use free replies", "무료 응답 메시지 사용"), Type: connectors.FieldBool, Default: "false", Advanced: true,
			Help: text(
				"Messages within half a minute of the customer's are sent as replies, which cost nothing. LINE does not drop repeated replies, so one whose outcome is unknown is left unconfirmed instead of being tried again.",
				"고객 메시지 후 30초 안에 보내는 메시지를 비용이 들지 않는 응답 메시지로 보냅니다. LINE이 중복 응답을 걸러 주지 않으므로, 결과를 알 수 없는 메시지는 다시 보내지 않고 '확인되지 않음'으로 남깁니다.",
			),
		},
		{
			Name: settingNames, Label: text("Show agents' names", "상담사 이름 표시"), Type: connectors.FieldBool, Default: "false", Advanced: true,
			Help: text("Above what they write, instead of the account's name.", "상담사가 쓴 메시지 위에 계정 이름 대신 상담사 이름이 보입니다."),
		},
		{
			Name: settingBasicID, Label: text("Basic ID or premium ID", "베이직 ID 또는 프리미엄 ID"), Type: connectors.FieldText, Placeholder: "@123abcde", Advanced: true,
			Help: text("With it customers can be sent here by a link; the connection test shows it.", "입력하면 고객에게 이 채널로 오는 링크를 보낼 수 있습니다. 연결 테스트를 하면 ID가 표시됩니다."),
			Check: func(v string) error {
				if !basicIDPattern.MatchString(v) {
					return errors.New("it begins with @, like @123abcde")
				}
				return nil
			},
		},
	}
}

// Describe implements connectors.Connector.
func (c *Connector) Describe() connectors.Description { return c.description }

func (c *Connector) setting(account connectors.Account, name string) string {
	return c.description.Setting(account, name)
}

// Capabilities implements connectors.Tailored: replies have no retry key.
func (c *Connector) Capabilities(account connectors.Account) connectors.Capabilities {
	can := c.description.Capabilities
	can.Idempotent = c.setting(account, settingReplies) != "true"
	return can
}

// Pace implements connectors.Pacer.
func (*Connector) Pace(connectors.Account) connectors.Pace {
	return connectors.Pace{PerSecond: 2000, Burst: 200}
}

// Setup implements connectors.Instructor.
func (c *Connector) Setup(account connectors.Account) []connectors.SetupItem {
	return []connectors.SetupItem{{
		Label: text("Webhook URL", "웹훅 URL(Webhook URL)"),
		Help: text(
			"Messaging API page of the channel. Turn on \"Use webhook\" and \"Webhook redelivery\" there, and turn off auto-reply messages.",
			"채널의 Messaging API 페이지에 등록하세요. 'Use webhook'과 'Webhook redelivery'를 켜고 자동 응답 메시지는 끄세요.",
		),
		Value: c.deps.WebhookURL(account),
	}}
}
