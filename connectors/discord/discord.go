// Package discord joins Discord bots: what customers write to the bot in direct messages. Messages come over the gateway, a WebSocket that
// one listener per account holds; taps and commands come over it, too, or as signed requests if the application has an endpoint for them.
package discord

import (
	"encoding/base64"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"time"

	"seax/connectors"
)

// Kind is this channel's kind.
const Kind = "discord"

const apiURL = "https://discord.com/api/v10"

// The settings of an account.
const (
	settingToken = "bot_token"
	settingKey   = "public_key"
)

// Limits of messages.
const (
	maxText    = 2000
	maxOptions = 25
	maxRow     = 5
	maxLabel   = 80
	maxChoice  = 100
	maxFiles   = 10
	maxFile    = 10 << 20
)

// Connector implements connectors.Connector. Safe for concurrent use.
type Connector struct {
	deps        connectors.Deps
	description connectors.Description
}

var (
	tokenPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{10,40}\.[A-Za-z0-9_-]{4,10}\.[A-Za-z0-9_-]{20,80}$`)
	keyPattern   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	// snowflake is what ids look like.
	snowflake = regexp.MustCompile(`^[0-9]{1,20}$`)
)

func text(en, ko string) map[string]string { return map[string]string{"en": en, "ko": ko} }

// New returns the connector.
func New(deps connectors.Deps) *Connector {
	fields := []connectors.Field{
		{
			Name: settingToken, Label: text("Bot token", "봇 토큰(Bot token)"), Type: connectors.FieldSecret, Required: true,
			Help: text("On the Bot page of the application in the Discord Developer Portal; press Reset Token to see it.", "Discord Developer Portal의 애플리케이션 Bot 페이지에서 Reset Token을 누르면 보입니다."),
			Check: func(v string) error {
				if !tokenPattern.MatchString(v) {
					return errors.New("it has three parts with dots between them, as the Developer Portal shows it")
				}
				return nil
			},
		},
		{
			Name: settingKey, Label: text("Public key", "공개 키(Public key)"), Type: connectors.FieldText, Advanced: true,
			Help: text("Only if the application has an interactions endpoint. On its General Information page.", "애플리케이션에 Interactions Endpoint를 등록할 때만 필요합니다. General Information 페이지에 있습니다."),
			Check: func(v string) error {
				if !keyPattern.MatchString(v) {
					return errors.New("it has 64 characters, digits and letters from a to f")
				}
				return nil
			},
		},
	}
	return &Connector{deps: deps, description: connectors.Description{
		Kind: Kind, Name: "Discord", Fields: fields,
		Capabilities: connectors.Capabilities{
			MaxText: maxText, TextUnit: connectors.UTF16, MaxCaption: maxText, MaxFiles: maxFiles, MaxFileBytes: maxFile,
			FileTypes: []string{"image/*", "audio/*", "video/*", "application/pdf", "text/plain", "text/csv"},
			Options:   connectors.OptionRules{Max: maxOptions, MaxLabel: maxLabel, WithFiles: true},
			Typing:    true, Replies: true, Reactions: true, Edits: true, Deletes: true, CanStart: true, Idempotent: true,
		},
	}}
}

var (
	_ connectors.Connector     = (*Connector)(nil)
	_ connectors.Listener      = (*Connector)(nil)
	_ connectors.Pacer         = (*Connector)(nil)
	_ connectors.Typist        = (*Connector)(nil)
	_ connectors.MediaFetcher  = (*Connector)(nil)
	_ connectors.ProfileLookup = (*Connector)(nil)
	_ connectors.Editor        = (*Connector)(nil)
	_ connectors.Deleter       = (*Connector)(nil)
	_ connectors.Reactor       = (*Connector)(nil)
	_ connectors.Starter       = (*Connector)(nil)
	_ connectors.Checker       = (*Connector)(nil)
	_ connectors.Instructor    = (*Connector)(nil)
)

// Describe implements connectors.Connector.
func (c *Connector) Describe() connectors.Description { return c.description }

func (c *Connector) setting(account connectors.Account, name string) string {
	return c.description.Setting(account, name)
}

// Pace implements connectors.Pacer: 50 calls a second, and five messages in five seconds to one customer.
func (*Connector) Pace(connectors.Account) connectors.Pace {
	return connectors.Pace{PerSecond: 50, Burst: 50, ContactEvery: time.Second, ContactBurst: 5}
}

// Setup implements connectors.Instructor.
func (c *Connector) Setup(account connectors.Account) []connectors.SetupItem {
	var items []connectors.SetupItem
	if id := application(c.setting(account, settingToken)); id != "" {
		items = append(items, connectors.SetupItem{
			Label: text("Link that adds the bot", "봇을 추가하는 링크"),
			Help: text(
				"Open it to add the bot to your server, and give it to customers: only who shares a server with the bot, or has added it, can be written to.",
				"이 링크로 서버에 봇을 추가하고 고객에게도 알려 주세요. 봇과 같은 서버에 있거나 봇을 추가한 고객과만 대화할 수 있습니다.",
			),
			Value: "https://discord.com/oauth2/authorize?" + url.Values{"client_id": {id}, "scope": {"bot applications.commands"}, "permissions": {"0"}}.Encode(),
		})
	}
	return append(items, connectors.SetupItem{
		Label: text("Interactions endpoint URL (not needed)", "Interactions Endpoint URL(선택 사항)"),
		Help: text(
			"General Information page of the application. Without it taps and commands come over the bot's connection.",
			"애플리케이션의 General Information 페이지에 등록합니다. 등록하지 않으면 버튼과 명령이 봇 연결로 들어옵니다.",
		),
		Value: c.deps.WebhookURL(account),
	})
}

// application is the id of the application a token is of; "" if it is none.
func application(token string) string {
	first, _, _ := strings.Cut(token, ".")
	id, err := base64.RawStdEncoding.DecodeString(first)
	if err != nil || !snowflake.Match(id) {
		return ""
	}
	return string(id)
}
