// Package gbm joins agents of Google Business Messages. Google ended the service in July 2024; the protocol is what it was, for who has
// something that speaks it. Its successor is package rcs.
package gbm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/google/uuid"

	"seax/connectors"
	"seax/connectors/google"
	"seax/internal/conversation"
)

// Kind is this channel's kind.
const Kind = "gbm"

// The settings of an account.
const (
	settingAgent   = "agent"
	settingToken   = "client_token"
	settingPartner = "partner_key"
	settingKey     = "service_account"
)

// Limits of messages.
const (
	maxText        = 3072
	maxSuggestions = 13
	maxLabel       = 25
	maxPostback    = 2048
	window         = 30 * 24 * time.Hour
)

// host is where the API was, scope what a service account's tokens are for.
const (
	host  = "businessmessages.googleapis.com"
	scope = "https://www.googleapis.com/auth/businessmessages"
)

// Connector implements connectors.Connector. Safe for concurrent use.
type Connector struct {
	deps        connectors.Deps
	service     *google.Service
	description connectors.Description
}

var agentPattern = regexp.MustCompile(`^brands/[A-Za-z0-9-]+/agents/[A-Za-z0-9-]+$`)

// New returns the connector.
func New(deps connectors.Deps) *Connector {
	both := func(en, ko string) map[string]string { return map[string]string{"en": en, "ko": ko} }
	return &Connector{deps: deps, service: google.NewService(deps, scope), description: connectors.Description{
		Kind: Kind, Name: "Google Business Messages", Retired: "Google ended Business Messages in July 2024. Use RCS instead.",
		Fields: []connectors.Field{
			{Name: settingAgent, Label: both("Agent", "에이전트"), Type: connectors.FieldText, Required: true, Placeholder: "brands/…/agents/…", Check: func(v string) error {
				if !agentPattern.MatchString(v) {
					return errors.New("give the agent's name, like brands/…/agents/…")
				}
				return nil
			}},
			{
				Name: settingPartner, Label: both("Partner key", "파트너 키"), Type: connectors.FieldSecret, Required: true,
				Help: both("Google signs with it.", "Google이 서명에 사용합니다."),
			},
			{Name: settingToken, Label: both("Client token", "클라이언트 토큰(clientToken)"), Type: connectors.FieldSecret, Required: true},
			{
				Name: settingKey, Label: both("Service account key", "서비스 계정 키"), Type: connectors.FieldSecret, Required: true,
				Help: both("The whole JSON file.", "JSON 파일 전체를 붙여 넣으세요."),
			},
		},
		Capabilities: connectors.Capabilities{
			MaxText: maxText, MaxFiles: 1, MaxFileBytes: 5 << 20, FileTypes: []string{"image/jpeg", "image/png"},
			Options: connectors.OptionRules{Max: maxSuggestions, MaxLabel: maxLabel},
			Typing:  true, ReadMarks: true, Receipts: true, ReplyWindow: window, Idempotent: true,
		},
	}}
}

var (
	_ connectors.Connector    = (*Connector)(nil)
	_ connectors.Handshaker   = (*Connector)(nil)
	_ connectors.Keyed        = (*Connector)(nil)
	_ connectors.Typist       = (*Connector)(nil)
	_ connectors.ReadMarker   = (*Connector)(nil)
	_ connectors.StateShower  = (*Connector)(nil)
	_ connectors.MediaFetcher = (*Connector)(nil)
	_ connectors.Instructor   = (*Connector)(nil)
)

// Describe implements connectors.Connector.
func (c *Connector) Describe() connectors.Description { return c.description }

func (c *Connector) setting(account connectors.Account, name string) string {
	return c.description.Setting(account, name)
}

// Key implements connectors.Keyed.
func (*Connector) Key(account connectors.Account) string { return account.Settings[settingAgent] }

// Setup implements connectors.Instructor.
func (c *Connector) Setup(account connectors.Account) []connectors.SetupItem {
	return []connectors.SetupItem{{Label: map[string]string{"en": "Webhook URL", "ko": "웹훅 URL"}, Value: c.deps.WebhookURL(account)}}
}

// talk names a conversation.
var talk = regexp.MustCompile(`^[A-Za-z0-9._-]{1,200}$`)

// call makes a call about a conversation.
func (c *Connector) call(ctx context.Context, account connectors.Account, method, conversationID, what string, query url.Values, in any) error {
	if !talk.MatchString(conversationID) {
		return &connectors.SendError{Code: connectors.CodeUnreachable, Words: "There is no such conversation at Google."}
	}
	u := url.URL{Scheme: "https", Host: host, Path: "/v1/conversations/" + conversationID + "/" + what, RawQuery: query.Encode()}
	return c.service.Call(ctx, c.setting(account, settingKey), method, u.String(), in, nil)
}

// representative is who is shown to the customer as writing.
type representative struct {
	Type string `json:"representativeType"`
	Name string `json:"displayName,omitempty"`
}

func person(name string) representative {
	if name == "" {
		return representative{Type: "BOT"}
	}
	return representative{"HUMAN", name}
}

type outgoing struct {
	ID             string         `json:"messageId"`
	Representative representative `json:"representative"`
	Text           string         `json:"text,omitempty"`
	Image          *image         `json:"image,omitempty"`
	Suggestions    []suggestion   `json:"suggestions,omitempty"`
}

type image struct {
	Info imageInfo `json:"contentInfo"`
}

type imageInfo struct {
	URL string `json:"fileUrl"`
	Alt string `json:"altText"`
}

type suggestion struct {
	Reply suggestedReply `json:"reply"`
}

type suggestedReply struct {
	Text     string `json:"text"`
	Postback string `json:"postbackData"`
}

// Send implements connectors.Connector. The message's id is ours, by which Google drops repetitions.
func (c *Connector) Send(ctx context.Context, account connectors.Account, out connectors.Outgoing) (connectors.Receipt, error) {
	m := outgoing{ID: out.ID, Representative: representative{Type: "BOT"}, Text: out.Message.Text}
	if out.From.Kind == conversation.ByAgent {
		m.Representative = representative{"HUMAN", out.From.Name}
	}
	if connectors.Length(m.Text, connectors.Characters) > maxText {
		return connectors.Receipt{}, &connectors.SendError{Code: connectors.CodeRejected, Words: "The message is longer than 3,072 characters."}
	}
	if len(out.Files) > 0 {
		m.Text, m.Image = "", &image{imageInfo{out.Files[0].PublicURL, out.Files[0].Name}}
	}
	for _, o := range out.Message.Options {
		if o.ID == "" || len(o.ID) > maxPostback {
			return connectors.Receipt{}, &connectors.SendError{Code: connectors.CodeRejected, Words: "A reply's id is empty or too long.", Cause: fmt.Errorf("reply %.40q", o.Label)}
		}
		m.Suggestions = append(m.Suggestions, suggestion{suggestedReply{o.Label, o.ID}})
	}
	if err := c.call(ctx, account, http.MethodPost, out.Address, "messages", nil, m); err != nil && !errors.Is(err, google.ErrExists) {
		return connectors.Receipt{}, err
	}
	return connectors.Receipt{ProviderID: out.ID, Status: conversation.StatusSent}, nil
}

type event struct {
	Type           string         `json:"eventType"`
	Representative representative `json:"representative"`
}

func (c *Connector) tell(ctx context.Context, account connectors.Account, address, what string, who representative) error {
	err := c.call(ctx, account, http.MethodPost, address, "events", url.Values{"eventId": {uuid.NewString()}}, event{what, who})
	if errors.Is(err, google.ErrExists) {
		return nil
	}
	return err
}

// Typing implements connectors.Typist.
func (c *Connector) Typing(ctx context.Context, account connectors.Account, to connectors.Customer, name string) error {
	return c.tell(ctx, account, to.Address, "TYPING_STARTED", person(name))
}

// MarkRead implements connectors.ReadMarker.
func (c *Connector) MarkRead(ctx context.Context, account connectors.Account, to connectors.Customer) error {
	if !talk.MatchString(to.Last.ID) {
		return nil
	}
	return c.call(ctx, account, http.MethodPatch, to.Address, "messages/"+to.Last.ID+"/receipt", nil, map[string]string{"receiptType": "READ"})
}

// ShowState implements connectors.StateShower: customers see that a person has joined, or that none is there any more.
func (c *Connector) ShowState(ctx context.Context, account connectors.Account, address string, _ conversation.Phase, agent string) error {
	if agent == "" {
		return c.tell(ctx, account, address, "REPRESENTATIVE_LEFT", representative{Type: "HUMAN"})
	}
	return c.tell(ctx, account, address, "REPRESENTATIVE_JOINED", person(agent))
}

// FetchMedia implements connectors.MediaFetcher. Pictures are at Google, for a week.
func (c *Connector) FetchMedia(ctx context.Context, _ connectors.Account, ref connectors.MediaRef) (connectors.Media, error) {
	return c.deps.Fetch.Fetch(ctx, ref.URL, nil, fileHost)
}
