// Package custom joins any system that speaks HTTP: what its customers do it posts as events, what they are told is posted to it. Both
// ways are signed by Standard Webhooks. The protocol is in docs/connectors.md, with clients to start from in docs/examples.
package custom

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"seax/connectors"
	"seax/internal/standardwebhooks"
)

// Kind is this channel's kind.
const Kind = "custom"

// The settings of an account.
const (
	settingEndpoint   = "endpoint_url"
	settingText       = "max_text"
	settingButtons    = "max_buttons"
	settingFiles      = "files"
	settingReceipts   = "delivery_receipts"
	settingReads      = "read_receipts"
	settingTyping     = "typing"
	settingReplies    = "replies"
	settingReactions  = "reactions"
	settingEdits      = "edits"
	settingDeletes    = "deletes"
	settingStart      = "can_start"
	settingWindow     = "window_hours"
	settingRate       = "rate"
	settingGeneration = "secret_number"
	settingFormer     = "former_secret"
)

// maxFile is the largest file that is handed over, in bytes.
const maxFile = 20 << 20

// Connector implements connectors.Connector. Safe for concurrent use.
type Connector struct {
	deps        connectors.Deps
	description connectors.Description
}

// New returns the connector.
func New(deps connectors.Deps) *Connector {
	return &Connector{deps: deps, description: connectors.Description{
		Kind: Kind, Name: "Custom (HTTP)", Fields: fields(), Capabilities: connectors.Capabilities{MaxText: defaultText, Idempotent: true},
	}}
}

var (
	_ connectors.Connector    = (*Connector)(nil)
	_ connectors.Tailored     = (*Connector)(nil)
	_ connectors.Pacer        = (*Connector)(nil)
	_ connectors.Typist       = (*Connector)(nil)
	_ connectors.ReadMarker   = (*Connector)(nil)
	_ connectors.MediaFetcher = (*Connector)(nil)
	_ connectors.Editor       = (*Connector)(nil)
	_ connectors.Deleter      = (*Connector)(nil)
	_ connectors.Reactor      = (*Connector)(nil)
	_ connectors.Starter      = (*Connector)(nil)
	_ connectors.Checker      = (*Connector)(nil)
	_ connectors.Instructor   = (*Connector)(nil)
)

// defaultText is the longest text unless the account says otherwise.
const defaultText = 4000

func fields() []connectors.Field {
	both := func(en, ko string) map[string]string { return map[string]string{"en": en, "ko": ko} }
	number := func(name, en, ko, fallback string, least, most float64) connectors.Field {
		return connectors.Field{Name: name, Label: both(en, ko), Type: connectors.FieldNumber, Default: fallback, Advanced: true, Check: func(v string) error {
			if n, err := strconv.ParseFloat(v, 64); err != nil || n < least || n > most {
				return fmt.Errorf("give a number from %g to %g", least, most)
			}
			return nil
		}}
	}
	can := func(name, en, ko, fallback string) connectors.Field {
		return connectors.Field{Name: name, Label: both(en, ko), Type: connectors.FieldBool, Default: fallback, Advanced: true}
	}
	endpoint := connectors.Field{
		Name: settingEndpoint, Label: both("Address messages are posted to", "메시지를 보낼 주소"), Type: connectors.FieldText, Required: true,
		Placeholder: "https://connector.example.com/seax", Check: checkEndpoint,
		Help: both("Your system's endpoint. It answers a signed verification when the connection is tested.", "연결할 시스템의 주소입니다. 연결 테스트를 하면 서명된 확인 요청을 보냅니다."),
	}
	former := can(settingFormer, "The former secret still works", "이전 비밀 키도 사용", "false")
	former.Help = both("While your system changes to the new one.", "시스템이 새 키로 바꾸는 동안 켜 두세요.")
	generation := number(settingGeneration, "Secret number", "비밀 키 번호", "1", 1, 1_000_000)
	generation.Help = both("Count up to get another secret.", "번호를 올리면 새 비밀 키가 만들어집니다.")
	return []connectors.Field{
		endpoint,
		number(settingText, "Longest message, in characters", "메시지 최대 글자 수", strconv.Itoa(defaultText), 1, 100_000),
		number(settingButtons, "Most buttons under a message", "메시지당 최대 버튼 수", "0", 0, 50),
		can(settingFiles, "Carries files", "파일 전송", "true"),
		can(settingReceipts, "Tells when messages were delivered", "전달 확인", "false"),
		can(settingReads, "Tells when messages were read", "읽음 확인", "false"),
		can(settingTyping, "Shows that somebody is typing", "입력 중 표시", "false"),
		can(settingReplies, "Messages can answer a certain one", "특정 메시지에 답장", "false"),
		can(settingReactions, "Reactions", "반응(리액션)", "false"),
		can(settingEdits, "Messages can be changed", "메시지 수정", "false"),
		can(settingDeletes, "Messages can be taken back", "메시지 삭제", "false"),
		can(settingStart, "We can write first", "먼저 대화 시작", "false"),
		number(settingWindow, "Hours in which a reply is allowed (0: always)", "답장 가능 시간(시간 단위, 0은 제한 없음)", "0", 0, 8760),
		number(settingRate, "Messages per second (0: no limit)", "초당 메시지 수(0은 제한 없음)", "0", 0, 10_000),
		generation, former,
	}
}

func checkEndpoint(v string) error {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return errors.New("give an address like https://connector.example.com/seax, without credentials in it")
	}
	return nil
}

// Describe implements connectors.Connector.
func (c *Connector) Describe() connectors.Description { return c.description }

func (c *Connector) setting(account connectors.Account, name string) string {
	return c.description.Setting(account, name)
}

func (c *Connector) number(account connectors.Account, name string) float64 {
	n, err := strconv.ParseFloat(c.setting(account, name), 64)
	if err != nil {
		return 0
	}
	return n
}

func (c *Connector) can(account connectors.Account, name string) bool {
	return c.setting(account, name) == "true"
}

// Capabilities implements connectors.Tailored: what an account can do is for its system to say.
func (c *Connector) Capabilities(account connectors.Account) connectors.Capabilities {
	can := connectors.Capabilities{
		MaxText: int(c.number(account, settingText)), Options: connectors.OptionRules{Max: int(c.number(account, settingButtons)), WithFiles: true},
		Receipts: c.can(account, settingReceipts), ReadMarks: c.can(account, settingReads), Typing: c.can(account, settingTyping), Replies: c.can(account, settingReplies),
		Reactions: c.can(account, settingReactions), Edits: c.can(account, settingEdits), Deletes: c.can(account, settingDeletes), CanStart: c.can(account, settingStart),
		ReplyWindow: time.Duration(c.number(account, settingWindow) * float64(time.Hour)), Idempotent: true,
	}
	if c.can(account, settingFiles) {
		can.MaxFiles, can.MaxFileBytes, can.MaxCaption = 10, maxFile, can.MaxText
		can.FileTypes = []string{"image/*", "audio/*", "video/*", "application/pdf", "text/plain", "text/csv"}
	}
	return can
}

// Pace implements connectors.Pacer.
func (c *Connector) Pace(account connectors.Account) connectors.Pace {
	rate := c.number(account, settingRate)
	return connectors.Pace{PerSecond: rate, Burst: max(int(rate), 1)}
}

// secrets are those that sign: the account's own, and the one before while it still works.
func (c *Connector) secrets(account connectors.Account) []standardwebhooks.Secret {
	if len(account.Secret) == 0 {
		return nil
	}
	generation := int(c.number(account, settingGeneration))
	secrets := []standardwebhooks.Secret{derive(account, generation)}
	if generation > 1 && c.can(account, settingFormer) {
		secrets = append(secrets, derive(account, generation-1))
	}
	return secrets
}

// derive makes the secret with a number from what SeaX keeps for the account.
func derive(account connectors.Account, generation int) standardwebhooks.Secret {
	return standardwebhooks.Secret(key(account, fmt.Sprintf("secret %d", generation)))
}

func key(account connectors.Account, purpose string) []byte {
	k, err := hkdf.Key(sha256.New, account.Secret, nil, "seax custom "+purpose, 32)
	if err != nil {
		// Only for impossible lengths.
		panic(err)
	}
	return k
}

// token is what a system may show instead of signing what it posts.
func (c *Connector) token(account connectors.Account) string {
	return "seaxc_" + hex.EncodeToString(key(account, fmt.Sprintf("token %d", int(c.number(account, settingGeneration)))))
}

// Secret is what an account's messages are signed with, as it is written.
func (c *Connector) Secret(account connectors.Account) string { return c.secrets(account)[0].String() }

// Setup implements connectors.Instructor.
func (c *Connector) Setup(account connectors.Account) []connectors.SetupItem {
	if len(account.Secret) == 0 {
		return nil
	}
	return []connectors.SetupItem{
		{
			Label: map[string]string{"en": "Signing secret", "ko": "서명 비밀 키"}, Value: c.Secret(account),
			Help: map[string]string{"en": "Signs both ways, by Standard Webhooks.", "ko": "양방향 요청을 Standard Webhooks 방식으로 서명합니다."},
		},
		{
			Label: map[string]string{"en": "Token", "ko": "토큰"}, Value: c.token(account),
			Help: map[string]string{
				"en": "For systems that cannot sign: sent with events as \"Authorization: Bearer …\".",
				"ko": "서명할 수 없는 시스템은 이벤트를 보낼 때 \"Authorization: Bearer …\"로 보내세요.",
			},
		},
	}
}

// Start implements connectors.Starter: who is written to is known by the system's own key of the thread.
func (*Connector) Start(_ context.Context, _ connectors.Account, to string) (string, error) {
	to = strings.TrimSpace(to)
	if to == "" || strings.ContainsRune(to, 0) {
		return "", &connectors.SendError{Code: connectors.CodeRejected, Words: "Say who is to be written to, by their key in the connected system."}
	}
	return to, nil
}

// FetchMedia implements connectors.MediaFetcher. Whatever the system names must be on the public internet, or in a network that was
// allowed.
func (c *Connector) FetchMedia(ctx context.Context, _ connectors.Account, ref connectors.MediaRef) (connectors.Media, error) {
	header := map[string][]string{}
	for name, value := range ref.Header {
		header[name] = []string{value}
	}
	return c.deps.Fetch.Fetch(ctx, ref.URL, header, "*")
}
