// Package rcs joins agents of RCS Business Messaging (RCS for Business), which write to customers' phones in the place of text messages.
package rcs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/google/uuid"
	"github.com/nyaruka/phonenumbers"

	"seax/connectors"
	"seax/connectors/google"
	"seax/internal/conversation"
)

// Kind is this channel's kind.
const Kind = "rcs"

// The settings of an account.
const (
	settingAgent  = "agent_id"
	settingToken  = "client_token"
	settingKey    = "service_account"
	settingRegion = "region"
)

// Limits of messages.
const (
	maxText        = 3072
	maxSuggestions = 11
	maxLabel       = 25
	maxPostback    = 2048
)

// scope is what a service account's tokens are for.
const scope = "https://www.googleapis.com/auth/rcsbusinessmessaging"

// Connector implements connectors.Connector. Safe for concurrent use.
type Connector struct {
	deps        connectors.Deps
	service     *google.Service
	description connectors.Description
}

var (
	agentPattern = regexp.MustCompile(`^[A-Za-z0-9_.@-]{3,128}$`)
	phoneNumber  = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
)

// New returns the connector.
func New(deps connectors.Deps) *Connector {
	both := func(en, ko string) map[string]string { return map[string]string{"en": en, "ko": ko} }
	region := func(value, en, ko string) connectors.Choice {
		return connectors.Choice{Value: value, Label: both(en, ko)}
	}
	return &Connector{deps: deps, service: google.NewService(deps, scope), description: connectors.Description{
		Kind: Kind, Name: "RCS", Fields: []connectors.Field{
			{Name: settingAgent, Label: both("Agent ID", "에이전트 ID"), Type: connectors.FieldText, Required: true, Placeholder: "acme_8f2k1", Check: func(v string) error {
				if !agentPattern.MatchString(v) {
					return errors.New("give the agent's ID as the RCS console shows it")
				}
				return nil
			}},
			{
				Name: settingToken, Label: both("Client token", "클라이언트 토큰(clientToken)"), Type: connectors.FieldSecret, Required: true,
				Help: both("What the console shows next to the webhook: Google signs with it.", "콘솔의 웹훅 설정에 있는 값입니다. Google이 서명에 사용합니다."),
			},
			{
				Name: settingKey, Label: both("Service account key", "서비스 계정 키"), Type: connectors.FieldSecret, Required: true,
				Help: both("The whole JSON file.", "JSON 파일 전체를 붙여 넣으세요."),
			},
			{
				Name: settingRegion, Label: both("Region", "리전"), Type: connectors.FieldChoice, Default: "any", Advanced: true,
				Choices: []connectors.Choice{region("any", "Any", "자동"), region("us", "North America", "북미"), region("europe", "Europe", "유럽"), region("asia", "Asia-Pacific", "아시아 태평양")},
			},
		},
		Capabilities: connectors.Capabilities{
			MaxText: maxText, MaxFiles: 1, MaxFileBytes: 100 << 20,
			FileTypes: []string{"image/jpeg", "image/png", "image/gif", "video/mp4", "video/mpeg", "video/webm", "audio/aac", "audio/mpeg", "audio/mp4", "audio/ogg", "application/pdf"},
			Options:   connectors.OptionRules{Max: maxSuggestions, MaxLabel: maxLabel},
			Typing:    true, ReadMarks: true, Receipts: true, Deletes: true, CanStart: true, StartBy: connectors.ByPhone, Idempotent: true,
		},
	}}
}

var (
	_ connectors.Connector    = (*Connector)(nil)
	_ connectors.Handshaker   = (*Connector)(nil)
	_ connectors.Keyed        = (*Connector)(nil)
	_ connectors.Typist       = (*Connector)(nil)
	_ connectors.ReadMarker   = (*Connector)(nil)
	_ connectors.MediaFetcher = (*Connector)(nil)
	_ connectors.Deleter      = (*Connector)(nil)
	_ connectors.Starter      = (*Connector)(nil)
	_ connectors.Linker       = (*Connector)(nil)
	_ connectors.Checker      = (*Connector)(nil)
	_ connectors.Instructor   = (*Connector)(nil)
)

// Describe implements connectors.Connector.
func (c *Connector) Describe() connectors.Description { return c.description }

func (c *Connector) setting(account connectors.Account, name string) string {
	return c.description.Setting(account, name)
}

// Key implements connectors.Keyed. All agents of a partner may share a webhook.
func (*Connector) Key(account connectors.Account) string { return account.Settings[settingAgent] }

// Setup implements connectors.Instructor.
func (c *Connector) Setup(account connectors.Account) []connectors.SetupItem {
	return []connectors.SetupItem{{
		Label: map[string]string{"en": "Webhook URL", "ko": "웹훅 URL"}, Value: c.deps.WebhookURL(account),
		Help: map[string]string{
			"en": "In the RCS for Business console, under the agent's integrations. Save the client token here before Google verifies the address.",
			"ko": "RCS for Business 콘솔의 에이전트 연동(Integrations)에 입력하세요. Google이 주소를 확인하기 전에 클라이언트 토큰을 먼저 저장해야 합니다.",
		},
	}}
}

// hosts are where the API is, by region.
var hosts = map[string]string{
	"us": "us-rcsbusinessmessaging.googleapis.com", "europe": "europe-rcsbusinessmessaging.googleapis.com", "asia": "asia-rcsbusinessmessaging.googleapis.com",
}

// call makes a call about a customer's phone.
func (c *Connector) call(ctx context.Context, account connectors.Account, method, phone, what string, query url.Values, in any) error {
	agent := c.setting(account, settingAgent)
	if agent == "" {
		return &connectors.SendError{Code: connectors.CodeConfig, Words: "The channel's agent is not set."}
	}
	if !phoneNumber.MatchString(phone) {
		return &connectors.SendError{Code: connectors.CodeUnreachable, Words: "This is not a number that can be written to."}
	}
	host, ok := hosts[c.setting(account, settingRegion)]
	if !ok {
		host = "rcsbusinessmessaging.googleapis.com"
	}
	if query == nil {
		query = url.Values{}
	}
	query.Set("agentId", agent)
	u := url.URL{Scheme: "https", Host: host, Path: "/v1/phones/" + phone + "/" + what, RawQuery: query.Encode()}
	return c.service.Call(ctx, c.setting(account, settingKey), method, u.String(), in, nil)
}

type agentMessage struct {
	Content contentMessage `json:"contentMessage"`
}

type contentMessage struct {
	Text        string       `json:"text,omitempty"`
	Content     *contentInfo `json:"contentInfo,omitempty"`
	Suggestions []suggestion `json:"suggestions,omitempty"`
}

type contentInfo struct {
	URL string `json:"fileUrl"`
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
	m := contentMessage{Text: out.Message.Text}
	if connectors.Length(m.Text, connectors.Characters) > maxText {
		return connectors.Receipt{}, &connectors.SendError{Code: connectors.CodeRejected, Words: "The message is longer than 3,072 characters."}
	}
	if len(out.Files) > 0 {
		m = contentMessage{Content: &contentInfo{out.Files[0].PublicURL}}
	}
	for _, o := range out.Message.Options {
		if o.ID == "" || len(o.ID) > maxPostback {
			return connectors.Receipt{}, &connectors.SendError{Code: connectors.CodeRejected, Words: "A reply's id is empty or too long.", Cause: fmt.Errorf("reply %.40q", o.Label)}
		}
		m.Suggestions = append(m.Suggestions, suggestion{suggestedReply{o.Label, o.ID}})
	}
	err := c.call(ctx, account, http.MethodPost, out.Address, "agentMessages", url.Values{"messageId": {out.ID}}, agentMessage{m})
	if err != nil && !errors.Is(err, google.ErrExists) {
		return connectors.Receipt{}, notRCS(err)
	}
	return connectors.Receipt{ProviderID: out.ID, Status: conversation.StatusSent}, nil
}

// notRCS says of a number that is not there what that means.
func notRCS(err error) error {
	var e *connectors.SendError
	if errors.As(err, &e) && e.Code == connectors.CodeUnreachable {
		return &connectors.SendError{Code: e.Code, Words: "This phone cannot be reached by RCS; try a text message.", Cause: e}
	}
	return err
}

// beside is for calls beside messages, which may be repeated: an unknown outcome is none that matters.
func beside(err error) error {
	var e *connectors.SendError
	switch {
	case errors.Is(err, google.ErrExists):
		return nil
	case errors.As(err, &e) && e.Code == connectors.CodeAmbiguous:
		return &connectors.SendError{Code: connectors.CodeProvider, Words: "Google did not answer.", Cause: e}
	}
	return err
}

// Typing implements connectors.Typist.
func (c *Connector) Typing(ctx context.Context, account connectors.Account, to connectors.Customer, _ string) error {
	return beside(c.call(ctx, account, http.MethodPost, to.Address, "agentEvents", url.Values{"eventId": {uuid.NewString()}}, map[string]string{"eventType": "IS_TYPING"}))
}

// MarkRead implements connectors.ReadMarker.
func (c *Connector) MarkRead(ctx context.Context, account connectors.Account, to connectors.Customer) error {
	if to.Last.ID == "" {
		return nil
	}
	event := map[string]string{"eventType": "READ", "messageId": to.Last.ID}
	return beside(c.call(ctx, account, http.MethodPost, to.Address, "agentEvents", url.Values{"eventId": {uuid.NewString()}}, event))
}

// Delete implements connectors.Deleter: Google can take back what has not been delivered yet.
func (c *Connector) Delete(ctx context.Context, account connectors.Account, target connectors.Target) error {
	if _, err := uuid.Parse(target.ProviderID); err != nil {
		return &connectors.SendError{Code: connectors.CodeRejected, Words: "Only what was sent from here can be taken back.", Cause: err}
	}
	return beside(c.call(ctx, account, http.MethodDelete, target.Address, "agentMessages/"+target.ProviderID, nil, nil))
}

// Start implements connectors.Starter: it asks whether the phone can be reached by RCS.
func (c *Connector) Start(ctx context.Context, account connectors.Account, to string) (string, error) {
	parsed, err := phonenumbers.Parse(to, "")
	if err != nil || !phonenumbers.IsValidNumber(parsed) {
		return "", &connectors.SendError{Code: connectors.CodeRejected, Words: "This is not a phone number with a country code, like +1 415 555 0100.", Cause: err}
	}
	phone := phonenumbers.Format(parsed, phonenumbers.E164)
	return phone, notRCS(c.capable(ctx, account, phone))
}

func (c *Connector) capable(ctx context.Context, account connectors.Account, phone string) error {
	return beside(c.call(ctx, account, http.MethodGet, phone, "capabilities", url.Values{"requestId": {uuid.NewString()}}, nil))
}

// Link implements connectors.Linker, as GSMA RCC.07 writes it. Phones that cannot reach the agent say so: a number to fall back on would be
// another channel, where the code means nothing.
func (c *Connector) Link(account connectors.Account, _, text string) string {
	agent := c.setting(account, settingAgent)
	if !agentPattern.MatchString(agent) {
		return ""
	}
	if !strings.Contains(agent, "@") {
		agent += "@rbm.goog"
	}
	return "sms:" + url.QueryEscape(agent) + "?body=" + url.PathEscape(text)
}

// nobody is a number that is reserved for stories: it has no phone.
const nobody = "+12025550142"

// Check implements connectors.Checker: it asks for the phone nobody has. That there is none proves that the agent may ask.
func (c *Connector) Check(ctx context.Context, account connectors.Account) (string, error) {
	err := c.capable(ctx, account, nobody)
	var e *connectors.SendError
	if err != nil && (!errors.As(err, &e) || e.Code != connectors.CodeUnreachable) {
		return "", err
	}
	return "RCS agent " + c.setting(account, settingAgent) + ".", nil
}

// FetchMedia implements connectors.MediaFetcher.
func (c *Connector) FetchMedia(ctx context.Context, _ connectors.Account, ref connectors.MediaRef) (connectors.Media, error) {
	media, err := c.deps.Fetch.Fetch(ctx, ref.URL, nil, fileHosts...)
	if err == nil && ref.Name != "" {
		media.Name = ref.Name
	}
	return media, err
}

// fileHosts are where Google keeps files of customers.
var fileHosts = []string{".googleapis.com", ".googleusercontent.com"}
