package meta

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"seax/connectors"
)

// Instagram is the kind of direct messages to Instagram's professional accounts. Such an account is reached through the Facebook page it
// is linked to, or by its own login.
type Instagram struct{ inbox }

// The ways to reach an account.
const (
	loginFacebook  = "facebook"
	loginInstagram = "instagram"
)

// NewInstagram returns the connector.
func NewInstagram(deps connectors.Deps) *Instagram {
	token := connectors.Field{
		Label: text("Access token", "액세스 토큰"),
		Help: text("Of the linked page with instagram_manage_messages, or the account's own with instagram_business_manage_messages, which has to be renewed every 60 days.",
			"연결된 페이지의 토큰(instagram_manage_messages) 또는 계정 자체의 토큰(instagram_business_manage_messages)입니다. 계정 토큰은 60일마다 갱신해야 합니다."),
	}
	login := connectors.Field{
		Name: settingLogin, Label: text("The token is from", "토큰 종류"), Type: connectors.FieldChoice, Default: loginFacebook, Choices: []connectors.Choice{
			{Value: loginFacebook, Label: text("Facebook login, of the linked page", "Facebook 로그인(연결된 페이지)")},
			{Value: loginInstagram, Label: text("Instagram login, of the account", "Instagram 로그인(계정)")},
		},
	}
	username := connectors.Field{
		Name: settingUsername, Label: text("Username", "사용자 이름"), Type: connectors.FieldText, Placeholder: "acme.shop", Check: checkUsername, Advanced: true,
		Help: text("With it customers can be sent here by a link. New customers bring the link's code only if the account has ice breakers.",
			"입력하면 고객에게 이 채널로 오는 링크를 보낼 수 있습니다. 처음 오는 고객의 코드는 계정에 대화 시작 질문(ice breakers)이 있어야 전달됩니다."),
	}
	return &Instagram{inbox{objects: []string{"instagram", "page"}, base: base{deps: deps, keySetting: settingInstagram, description: connectors.Description{
		Kind: KindInstagram, Name: "Instagram", MaxBody: maxBody,
		Fields: fields(token, idField(settingInstagram, text("Instagram account ID", "Instagram 계정 ID"), text("Of the professional account, as webhooks name it.", "웹훅에 나오는 프로페셔널 계정의 ID입니다.")),
			login, humanAgentField(), username),
		Capabilities: connectors.Capabilities{
			MaxText: 1000, TextUnit: connectors.Bytes, MaxFiles: 1, MaxFileBytes: 25 << 20,
			FileTypes: []string{"image/jpeg", "image/png", "audio/aac", "audio/mp4", "audio/wav", "video/mp4", "video/ogg", "video/quicktime", "application/pdf"},
			Media:     []connectors.MediaRule{{Types: []string{"image/*"}, MaxBytes: 8 << 20}},
			Options:   connectors.OptionRules{Max: maxQuickReplies, MaxLabel: maxButton},
			Typing:    true, ReadMarks: true, Replies: true, Reactions: true, ReplyWindow: window,
		},
	}}}}
}

var (
	_ connectors.Connector     = (*Instagram)(nil)
	_ connectors.Handshaker    = (*Instagram)(nil)
	_ connectors.Keyed         = (*Instagram)(nil)
	_ connectors.Tailored      = (*Instagram)(nil)
	_ connectors.Pacer         = (*Instagram)(nil)
	_ connectors.Typist        = (*Instagram)(nil)
	_ connectors.ReadMarker    = (*Instagram)(nil)
	_ connectors.MediaFetcher  = (*Instagram)(nil)
	_ connectors.ProfileLookup = (*Instagram)(nil)
	_ connectors.Reactor       = (*Instagram)(nil)
	_ connectors.Linker        = (*Instagram)(nil)
	_ connectors.Checker       = (*Instagram)(nil)
	_ connectors.Instructor    = (*Instagram)(nil)
)

var usernamePattern = regexp.MustCompile(`^@?[A-Za-z0-9._]{1,30}$`)

func checkUsername(v string) error {
	if !usernamePattern.MatchString(v) {
		return errors.New("give the account's name as Instagram shows it, like acme.shop")
	}
	return nil
}

// Link implements connectors.Linker. The code comes with the ice breaker that is tapped, with the first message, or by itself.
func (i *Instagram) Link(account connectors.Account, code, _ string) string {
	name := i.setting(account, settingUsername)
	if !usernamePattern.MatchString(name) {
		return ""
	}
	return "https://ig.me/m/" + strings.TrimPrefix(name, "@") + "?ref=" + url.QueryEscape(code)
}

// reach is how an account is called, and by what name it sends.
func (i *Instagram) reach(account connectors.Account) (g graph, self string) {
	g = i.graph(account)
	if i.setting(account, settingLogin) == loginInstagram {
		g.host = instagramHost
		return g, i.setting(account, settingInstagram)
	}
	// The page whose token it is.
	return g, "me"
}

// Capabilities implements connectors.Tailored.
func (i *Instagram) Capabilities(account connectors.Account) connectors.Capabilities {
	return i.personally(account)
}

// Pace implements connectors.Pacer.
func (i *Instagram) Pace(account connectors.Account) connectors.Pace {
	return i.pace(account, connectors.Pace{PerSecond: 100, Burst: 100})
}

// Send implements connectors.Connector. Files go by their address: Instagram fetches them.
func (i *Instagram) Send(ctx context.Context, account connectors.Account, out connectors.Outgoing) (connectors.Receipt, error) {
	g, self := i.reach(account)
	return i.send(ctx, g, self, out)
}

// Typing implements connectors.Typist.
func (i *Instagram) Typing(ctx context.Context, account connectors.Account, to connectors.Customer, _ string) error {
	g, self := i.reach(account)
	return i.act(ctx, g, self, to.Address, "typing_on", nil)
}

// MarkRead implements connectors.ReadMarker.
func (i *Instagram) MarkRead(ctx context.Context, account connectors.Account, to connectors.Customer) error {
	g, self := i.reach(account)
	return i.act(ctx, g, self, to.Address, "mark_seen", nil)
}

// React implements connectors.Reactor. Instagram has a word for the heart; whether it takes other reactions is for it to say.
func (i *Instagram) React(ctx context.Context, account connectors.Account, target connectors.Target, emoji string) error {
	g, self := i.reach(account)
	switch emoji {
	case "":
		return i.act(ctx, g, self, target.Address, "unreact", &actionPayload{MessageID: target.ProviderID})
	case "❤️", "❤":
		emoji = "love"
	}
	return i.act(ctx, g, self, target.Address, "react", &actionPayload{target.ProviderID, emoji})
}

// LookUp implements connectors.ProfileLookup.
func (i *Instagram) LookUp(ctx context.Context, account connectors.Account, address string) (connectors.Profile, error) {
	g, _ := i.reach(account)
	return i.lookUp(ctx, g, address, "name,username")
}

// Check implements connectors.Checker.
func (i *Instagram) Check(ctx context.Context, account connectors.Account) (string, error) {
	g, self := i.reach(account)
	if self == "me" {
		self = i.setting(account, settingInstagram)
	}
	var found person
	if err := g.get(ctx, &found, url.Values{"fields": {"name,username"}}, self); err != nil {
		return "", checked(err)
	}
	return fmt.Sprintf("Instagram account @%s, %s.", found.Username, either(found.Name, found.Username)), nil
}
