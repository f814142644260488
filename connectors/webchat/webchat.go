// Package webchat is the channel of chats on web pages. Its "provider" is the visitor's feed in Postgres: what is sent to a
// visitor is appended there and pushed to their socket; what they missed their widget fetches by number. The protocol is in
// docs/ARCHITECTURE.md, the widget in web/widget.
package webchat

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"seax/connectors"
	"seax/internal/conversation"
)

// Kind is this channel's kind.
const Kind = "webchat"

// Limits of a message.
const (
	maxText  = 4000
	maxFile  = 10 << 20
	maxFiles = 5
	// maxOptions is how many replies a visitor is given to choose from.
	maxOptions = 25
	// maxChoice is how long an option's id may be.
	maxChoice = 200
	// maxEvents is how many events one request may hold.
	maxEvents = 50
)

// Pusher sends to whoever is subscribed to a realtime channel. Best effort.
type Pusher interface {
	Push(ctx context.Context, channel string, payload any)
}

// Files keeps attachments. Its errors are those of package blob.
type Files interface {
	Put(ctx context.Context, name, uploadedBy string, maxBytes int64, types []string, r io.Reader) (conversation.Attachment, error)
	Get(ctx context.Context, id uuid.UUID) (conversation.Attachment, error)
	// Uploader returns the uploadedBy of Put: visitors attach only what they uploaded themselves.
	Uploader(ctx context.Context, id uuid.UUID) (string, error)
	// Sign sets the URL a browser fetches the file by.
	Sign(a conversation.Attachment) conversation.Attachment
}

// Deps are what the connector needs.
type Deps struct {
	Pool   *pgxpool.Pool
	Pusher Pusher
	Files  Files
	// FileTypes lists the media types that may be attached, both ways.
	FileTypes []string
	// Limits may be left empty.
	Limits Limits
	Clock  func() time.Time
}

// Connector implements connectors.Connector and most optional abilities. Safe for concurrent use.
type Connector struct {
	deps                                  Deps
	feed                                  feed
	messages, requests, uploads, sessions *limiter
	defaults                              map[string]string
}

// New returns the connector.
func New(deps Deps) *Connector {
	limits := deps.Limits.withDefaults()
	c := &Connector{
		deps: deps, feed: feed{deps.Pool}, defaults: map[string]string{},
		messages: newLimiter(limits.Messages, deps.Clock), requests: newLimiter(limits.Requests, deps.Clock),
		uploads: newLimiter(limits.Uploads, deps.Clock), sessions: newLimiter(limits.Sessions, deps.Clock),
	}
	for _, f := range c.Describe().Fields {
		c.defaults[f.Name] = f.Default
	}
	return c
}

var (
	_ connectors.Connector   = (*Connector)(nil)
	_ connectors.Typist      = (*Connector)(nil)
	_ connectors.ReadMarker  = (*Connector)(nil)
	_ connectors.StateShower = (*Connector)(nil)
	_ connectors.Public      = (*Connector)(nil)
	_ connectors.Embedder    = (*Connector)(nil)
	_ connectors.CrossOrigin = (*Connector)(nil)
	_ connectors.Vouched     = (*Connector)(nil)
	_ connectors.Linker      = (*Connector)(nil)
)

var (
	color      = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	pageOrigin = regexp.MustCompile(`^https?://[^/\s?#]+$`)
)

// Describe implements connectors.Connector.
func (c *Connector) Describe() connectors.Description {
	text := func(name, en, ko string, t connectors.FieldType, fallback string) connectors.Field {
		return connectors.Field{Name: name, Label: map[string]string{"en": en, "ko": ko}, Type: t, Default: fallback}
	}
	tint := text("color", "Colour", "색상", connectors.FieldColor, "#0a7468")
	tint.Check = func(v string) error {
		if !color.MatchString(v) {
			return errors.New("give a colour like #0a7468")
		}
		return nil
	}
	origins := text("origins", "Pages that may show the chat", "채팅을 표시할 수 있는 페이지", connectors.FieldList, "*")
	origins.Help = map[string]string{
		"en": "One origin per line, like https://shop.example; * allows every page.",
		"ko": "한 줄에 하나씩 입력하세요(예: https://shop.example). *는 모든 페이지를 허용합니다.",
	}
	origins.Check = checkOrigins
	page := text("page", "Address of a page with the chat", "채팅이 있는 페이지 주소", connectors.FieldText, "")
	page.Placeholder = "https://shop.example/help"
	page.Help = map[string]string{
		"en": "Customers who write elsewhere can be sent there to go on with their conversation.",
		"ko": "다른 채널의 고객이 이 페이지에서 대화를 이어갈 수 있습니다.",
	}
	page.Check = checkPage
	return connectors.Description{
		Kind: Kind, Name: "Webchat", Local: true,
		Fields: []connectors.Field{
			text("title_en", "Title (English)", "제목(영어)", connectors.FieldText, "Chat with us"),
			text("title_ko", "Title (Korean)", "제목(한국어)", connectors.FieldText, "채팅 상담"),
			text("greeting_en", "Greeting (English)", "인사말(영어)", connectors.FieldTextArea, "Hello! How can we help?"),
			text("greeting_ko", "Greeting (Korean)", "인사말(한국어)", connectors.FieldTextArea, "안녕하세요! 무엇을 도와드릴까요?"),
			tint, origins, page,
		},
		Capabilities: connectors.Capabilities{
			MaxText: maxText, MaxCaption: maxText, MaxFiles: maxFiles, MaxFileBytes: maxFile, FileTypes: c.deps.FileTypes,
			Options: connectors.OptionRules{Max: maxOptions, WithFiles: true}, Typing: true, ReadMarks: true, Receipts: true, Replies: true, Idempotent: true,
		},
	}
}

func (c *Connector) setting(account connectors.Account, name string) string {
	if v, ok := account.Settings[name]; ok {
		return v
	}
	return c.defaults[name]
}

func checkPage(v string) error {
	if at, err := url.Parse(v); err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http" {
		return errors.New("give the whole address, like https://shop.example/help")
	}
	return nil
}

// Link implements connectors.Linker: the widget on the page opens, with the text in its box.
func (c *Connector) Link(account connectors.Account, _, text string) string {
	at, err := url.Parse(c.setting(account, "page"))
	if err != nil || at.Host == "" {
		return ""
	}
	at.Fragment = ""
	return at.String() + "#seax=" + url.QueryEscape(text)
}

func checkOrigins(v string) error {
	for _, line := range strings.Fields(v) {
		if line != "*" && !pageOrigin.MatchString(line) {
			return fmt.Errorf("%q is no origin; give one like https://shop.example, or *", line)
		}
	}
	return nil
}

// AllowsOrigin implements connectors.CrossOrigin.
func (c *Connector) AllowsOrigin(account connectors.Account, origin string) bool {
	return slices.ContainsFunc(strings.Fields(c.setting(account, "origins")), func(allowed string) bool {
		return allowed == "*" || strings.EqualFold(allowed, origin)
	})
}

// Snippet implements connectors.Embedder.
func (c *Connector) Snippet(account connectors.Account, baseURL string) string {
	return fmt.Sprintf(`<script src="%s/widget/seax.js" data-channel="%s" async></script>`, html.EscapeString(baseURL), html.EscapeString(account.ID))
}

// derive makes a key for one purpose from the account's secret.
func derive(account connectors.Account, purpose string) []byte {
	key, err := hkdf.Key(sha256.New, account.Secret, nil, "seax webchat "+purpose, 32)
	if err != nil {
		// Only for impossible lengths.
		panic(err)
	}
	return key
}

// IdentitySecret implements connectors.Vouched: the HS256 secret with which the business signs who its customer is.
func (c *Connector) IdentitySecret(account connectors.Account) string {
	return hex.EncodeToString(derive(account, "identity"))
}

// RealtimeChannel is the realtime channel of a visitor.
func RealtimeChannel(channelID, visitor string) string { return "visitor:" + channelID + ":" + visitor }

// push sends something to a visitor's open widgets.
func (c *Connector) push(ctx context.Context, account connectors.Account, visitor string, payload any) {
	c.deps.Pusher.Push(ctx, RealtimeChannel(account.ID, visitor), payload)
}

// Typing implements connectors.Typist.
func (c *Connector) Typing(ctx context.Context, account connectors.Account, to connectors.Customer, name string) error {
	c.push(ctx, account, to.Address, map[string]string{"t": "typing", "name": name})
	return nil
}

// MarkRead implements connectors.ReadMarker. The mark is kept, so that a reload shows it.
func (c *Connector) MarkRead(ctx context.Context, account connectors.Account, to connectors.Customer) error {
	at := to.Last.At
	n, err := c.feed.markRead(ctx, account.ID, to.Address, at)
	if err != nil || n == 0 {
		return err
	}
	c.push(ctx, account, to.Address, map[string]any{"t": "read", "at": at.UTC(), "n": n})
	return nil
}

// ShowState implements connectors.StateShower.
func (c *Connector) ShowState(ctx context.Context, account connectors.Account, address string, phase conversation.Phase, agent string) error {
	c.push(ctx, account, address, map[string]any{"t": "state", "state": State{string(phase), agent}})
	return nil
}
