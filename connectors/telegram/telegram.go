// Package telegram joins Telegram bots by the Bot API. What customers do comes as webhooks that carry a secret of ours; Telegram has no
// idempotency key, so a message whose outcome is unknown stays unconfirmed.
package telegram

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"time"

	"seax/connectors"
)

// Kind is this channel's kind.
const Kind = "telegram"

const apiURL = "https://api.telegram.org"

// The settings of an account.
const (
	settingToken = "bot_token"
	settingName  = "bot_username"
)

// Limits of messages, in UTF-16 units where they are of texts and in bytes where they are of data.
const (
	maxText    = 4096
	maxCaption = 1024
	maxOptions = 20
	maxLabel   = 64
	maxData    = 64
	maxFile    = 20 << 20
	maxPhoto   = 10 << 20
)

// Connector implements connectors.Connector. Safe for concurrent use.
type Connector struct {
	deps        connectors.Deps
	description connectors.Description
}

// tokenPattern is a bot's id and its secret.
var tokenPattern = regexp.MustCompile(`^[0-9]{3,20}:[A-Za-z0-9_-]{20,100}$`)

var namePattern = regexp.MustCompile(`^@?[A-Za-z][A-Za-z0-9_]{3,31}$`)

// New returns the connector.
func New(deps connectors.Deps) *Connector {
	token := connectors.Field{
		Name: settingToken, Label: text("Bot token", "봇 토큰(Bot token)"), Type: connectors.FieldSecret, Required: true,
		Help: text("From @BotFather. Then test the connection: that tells Telegram where to send messages.", "@BotFather가 알려 줍니다. 입력한 뒤 연결 테스트를 하면 Telegram에 메시지를 보낼 주소가 등록됩니다."),
		Check: func(v string) error {
			if !tokenPattern.MatchString(v) {
				return errors.New("it looks like 123456789:AA…, as @BotFather shows it")
			}
			return nil
		},
	}
	name := connectors.Field{
		Name: settingName, Label: text("Bot username", "봇 사용자 이름(username)"), Type: connectors.FieldText, Placeholder: "acme_bot", Advanced: true,
		Help: text("With it customers can be sent here by a link; the connection test shows it.", "입력하면 고객에게 이 채널로 오는 링크를 보낼 수 있습니다. 연결 테스트를 하면 이름이 표시됩니다."),
		Check: func(v string) error {
			if !namePattern.MatchString(v) {
				return errors.New("give the bot's username, like acme_bot")
			}
			return nil
		},
	}
	return &Connector{deps: deps, description: connectors.Description{
		Kind: Kind, Name: "Telegram", Fields: []connectors.Field{token, name},
		Capabilities: connectors.Capabilities{
			MaxText: maxText, TextUnit: connectors.UTF16, MaxCaption: maxCaption, MaxFiles: 1, MaxFileBytes: maxFile,
			FileTypes: []string{"image/*", "audio/*", "video/*", "application/pdf", "text/plain", "text/csv"},
			Options:   connectors.OptionRules{Max: maxOptions, MaxLabel: maxLabel, WithFiles: true},
			Typing:    true, Replies: true, Reactions: true, Edits: true, Deletes: true, CanStart: true,
		},
	}}
}

var (
	_ connectors.Connector     = (*Connector)(nil)
	_ connectors.Doorkeeper    = (*Connector)(nil)
	_ connectors.Pacer         = (*Connector)(nil)
	_ connectors.Typist        = (*Connector)(nil)
	_ connectors.MediaFetcher  = (*Connector)(nil)
	_ connectors.ProfileLookup = (*Connector)(nil)
	_ connectors.Editor        = (*Connector)(nil)
	_ connectors.Deleter       = (*Connector)(nil)
	_ connectors.Reactor       = (*Connector)(nil)
	_ connectors.Starter       = (*Connector)(nil)
	_ connectors.Linker        = (*Connector)(nil)
	_ connectors.Checker       = (*Connector)(nil)
	_ connectors.Instructor    = (*Connector)(nil)
)

func text(en, ko string) map[string]string { return map[string]string{"en": en, "ko": ko} }

// Describe implements connectors.Connector.
func (c *Connector) Describe() connectors.Description { return c.description }

// Pace implements connectors.Pacer: 30 messages a second, and one a second to one customer.
func (*Connector) Pace(connectors.Account) connectors.Pace {
	return connectors.Pace{PerSecond: 30, Burst: 30, ContactEvery: time.Second, ContactBurst: 3}
}

// Setup implements connectors.Instructor. Telegram has no console: the connection test tells it our address.
func (*Connector) Setup(connectors.Account) []connectors.SetupItem {
	return []connectors.SetupItem{{
		Label: text("To make a bot, send @BotFather", "봇을 만들려면 @BotFather에게 보내세요"),
		Help:  text("The webhook's address need not be entered anywhere: testing the connection registers it.", "웹훅 주소는 따로 입력하지 않아도 됩니다. 연결 테스트를 하면 등록됩니다."),
		Value: "/newbot",
	}}
}

// Secret is what Telegram shows when it calls an account's webhook.
func Secret(account connectors.Account) string {
	key, err := hkdf.Key(sha256.New, account.Secret, nil, "seax telegram webhook", 32)
	if err != nil {
		// Only for impossible lengths.
		panic(err)
	}
	return hex.EncodeToString(key)
}
