package meta

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"seax/connectors"
	"seax/connectors/wire"
)

// Messenger is the kind of Facebook pages.
type Messenger struct{ inbox }

// NewMessenger returns the connector.
func NewMessenger(deps connectors.Deps) *Messenger {
	token := connectors.Field{
		Label: text("Page access token", "페이지 액세스 토큰"),
		Help: text("One that does not expire, with pages_messaging and pages_manage_metadata.",
			"만료되지 않는 토큰으로, pages_messaging과 pages_manage_metadata 권한이 필요합니다."),
	}
	return &Messenger{inbox{objects: []string{"page"}, base: base{deps: deps, keySetting: settingPage, description: connectors.Description{
		Kind: KindMessenger, Name: "Facebook Messenger", MaxBody: maxBody,
		Fields: fields(token, idField(settingPage, text("Page ID", "페이지 ID"), nil), humanAgentField()),
		Capabilities: connectors.Capabilities{
			MaxText: 2000, MaxFiles: 1, MaxFileBytes: 25 << 20,
			FileTypes: []string{"image/jpeg", "image/png", "image/gif", "audio/*", "video/mp4", "application/*", "text/plain", "text/csv"},
			Options:   connectors.OptionRules{Max: maxQuickReplies, MaxLabel: maxButton},
			Typing:    true, ReadMarks: true, Receipts: true, Replies: true, Reactions: true, ReplyWindow: window,
		},
	}}}}
}

var (
	_ connectors.Connector     = (*Messenger)(nil)
	_ connectors.Handshaker    = (*Messenger)(nil)
	_ connectors.Keyed         = (*Messenger)(nil)
	_ connectors.Tailored      = (*Messenger)(nil)
	_ connectors.Pacer         = (*Messenger)(nil)
	_ connectors.Typist        = (*Messenger)(nil)
	_ connectors.ReadMarker    = (*Messenger)(nil)
	_ connectors.MediaFetcher  = (*Messenger)(nil)
	_ connectors.MediaUploader = (*Messenger)(nil)
	_ connectors.ProfileLookup = (*Messenger)(nil)
	_ connectors.Reactor       = (*Messenger)(nil)
	_ connectors.Linker        = (*Messenger)(nil)
	_ connectors.Checker       = (*Messenger)(nil)
	_ connectors.Instructor    = (*Messenger)(nil)
)

func (m *Messenger) page(account connectors.Account) string { return m.setting(account, settingPage) }

// Capabilities implements connectors.Tailored.
func (m *Messenger) Capabilities(account connectors.Account) connectors.Capabilities {
	return m.personally(account)
}

// Pace implements connectors.Pacer.
func (m *Messenger) Pace(account connectors.Account) connectors.Pace {
	return m.pace(account, connectors.Pace{PerSecond: 300, Burst: 300})
}

// Send implements connectors.Connector.
func (m *Messenger) Send(ctx context.Context, account connectors.Account, out connectors.Outgoing) (connectors.Receipt, error) {
	return m.send(ctx, m.graph(account), m.page(account), out)
}

// UploadMedia implements connectors.MediaUploader.
func (m *Messenger) UploadMedia(ctx context.Context, account connectors.Account, file connectors.File) (string, error) {
	encoded, err := json.Marshal(map[string]attachment{"attachment": {Type: attachmentType(file.MediaType), Payload: attachmentPayload{Reusable: true}}})
	if err != nil {
		return "", &connectors.SendError{Code: rejected, Words: "The attachment cannot be described.", Cause: err}
	}
	var made struct {
		ID string `json:"attachment_id"`
	}
	if err := m.graph(account).upload(ctx, "filedata", file, []part{{"message", string(encoded)}}, &made, m.page(account), "message_attachments"); err != nil {
		return "", err
	}
	if made.ID == "" {
		return "", beside(wire.Ambiguous(errNoID))
	}
	return made.ID, nil
}

// Typing implements connectors.Typist.
func (m *Messenger) Typing(ctx context.Context, account connectors.Account, to connectors.Customer, _ string) error {
	return m.act(ctx, m.graph(account), m.page(account), to.Address, "typing_on", nil)
}

// MarkRead implements connectors.ReadMarker.
func (m *Messenger) MarkRead(ctx context.Context, account connectors.Account, to connectors.Customer) error {
	return m.act(ctx, m.graph(account), m.page(account), to.Address, "mark_seen", nil)
}

// React implements connectors.Reactor.
func (m *Messenger) React(ctx context.Context, account connectors.Account, target connectors.Target, emoji string) error {
	action := "react"
	if emoji == "" {
		action = "unreact"
	}
	return m.act(ctx, m.graph(account), m.page(account), target.Address, action, &actionPayload{target.ProviderID, emoji})
}

// LookUp implements connectors.ProfileLookup.
func (m *Messenger) LookUp(ctx context.Context, account connectors.Account, address string) (connectors.Profile, error) {
	return m.lookUp(ctx, m.graph(account), address, "first_name,last_name")
}

// Link implements connectors.Linker. The code comes with the tap on "Get started" of who is new, and by itself of who has written before. That
// a page's number may stand in the place of its name is unverified.
func (m *Messenger) Link(account connectors.Account, code, _ string) string {
	if !idPattern.MatchString(m.page(account)) {
		return ""
	}
	return "https://m.me/" + m.page(account) + "?ref=" + url.QueryEscape(code)
}

// wanted are the fields of a page that its app must be subscribed to.
var wanted = []string{"messages", "messaging_postbacks", "message_deliveries", "message_reads", "message_echoes", "message_reactions", "message_edits", "messaging_referrals"}

// Check implements connectors.Checker: whether the page is there, and whether its app hears of what is written to it. Meta ends the
// subscription of a webhook that fails for an hour, and tells nobody.
func (m *Messenger) Check(ctx context.Context, account connectors.Account) (string, error) {
	g := m.graph(account)
	var page struct {
		Name string `json:"name"`
	}
	if err := g.get(ctx, &page, url.Values{"fields": {"name"}}, m.page(account)); err != nil {
		return "", checked(err)
	}
	found := "Facebook page " + page.Name + "."
	var apps struct {
		Data []struct {
			Fields []string `json:"subscribed_fields"`
		} `json:"data"`
	}
	if err := g.get(ctx, &apps, nil, m.page(account), "subscribed_apps"); err != nil {
		return "", checked(err)
	}
	var missing []string
	for _, field := range wanted {
		heard := false
		for _, app := range apps.Data {
			heard = heard || slices.Contains(app.Fields, field)
		}
		if !heard {
			missing = append(missing, field)
		}
	}
	if len(missing) > 0 {
		found += " The app is not subscribed to " + strings.Join(missing, ", ") + " of the page: add them in the app's dashboard, or what customers write does not arrive."
	}
	return found, nil
}
