package line

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"

	"seax/connectors"
)

var (
	userID  = regexp.MustCompile(`^U[0-9a-f]{32}$`)
	groupID = regexp.MustCompile(`^C[0-9a-f]{32}$`)
)

// loading is how long the loading animation is shown, in seconds; a message ends it.
const loading = 5

// Typing implements connectors.Typist. LINE shows it to single customers only.
func (c *Connector) Typing(ctx context.Context, account connectors.Account, to connectors.Customer, _ string) error {
	if !userID.MatchString(to.Address) {
		return nil
	}
	body := map[string]any{"chatId": to.Address, "loadingSeconds": loading}
	return beside(c.call(ctx, account, http.MethodPost, "/v2/bot/chat/loading/start", body, nil, nil))
}

// MarkRead implements connectors.ReadMarker.
func (c *Connector) MarkRead(ctx context.Context, account connectors.Account, to connectors.Customer) error {
	token := handleOf(to.Last).Read
	if token == "" {
		return nil
	}
	return beside(c.call(ctx, account, http.MethodPost, "/v2/bot/chat/markAsRead", map[string]string{"markAsReadToken": token}, nil, nil))
}

// profile is what LINE says of a user or a group.
type profile struct {
	DisplayName string `json:"displayName"`
	Language    string `json:"language"`
	GroupName   string `json:"groupName"`
}

func (c *Connector) profile(ctx context.Context, account connectors.Account, address string) (profile, error) {
	var p profile
	switch {
	case userID.MatchString(address):
		err := c.call(ctx, account, http.MethodGet, "/v2/bot/profile/"+address, nil, nil, &p)
		return p, beside(err)
	case groupID.MatchString(address):
		err := c.call(ctx, account, http.MethodGet, fmt.Sprintf("/v2/bot/group/%s/summary", address), nil, nil, &p)
		p.DisplayName = p.GroupName
		return p, beside(err)
	}
	return p, nil
}

// LookUp implements connectors.ProfileLookup. Of who is no friend, and of rooms, LINE tells nothing.
func (c *Connector) LookUp(ctx context.Context, account connectors.Account, address string) (connectors.Profile, error) {
	p, err := c.profile(ctx, account, address)
	var e *connectors.SendError
	if errors.As(err, &e) && e.Code == connectors.CodeUnreachable {
		return connectors.Profile{}, nil
	}
	return connectors.Profile{Name: p.DisplayName, Locale: p.Language}, err
}

// Start implements connectors.Starter: friends of the account can be written to by their user id.
func (c *Connector) Start(ctx context.Context, account connectors.Account, to string) (string, error) {
	if !userID.MatchString(to) {
		return "", rejected("This is not a LINE user id, which is U and 32 characters.")
	}
	if _, err := c.profile(ctx, account, to); err != nil {
		return "", err
	}
	return to, nil
}

// Link implements connectors.Linker: the text stands behind the question mark as it is. LINE on computers does not know such links.
func (c *Connector) Link(account connectors.Account, _, text string) string {
	id := c.setting(account, settingBasicID)
	if !basicIDPattern.MatchString(id) {
		return ""
	}
	return "https://line.me/R/oaMessage/" + url.QueryEscape(id) + "/?" + url.PathEscape(text)
}

// Check implements connectors.Checker. Where no webhook is set yet, it sets ours.
func (c *Connector) Check(ctx context.Context, account connectors.Account) (string, error) {
	if c.setting(account, settingSecret) == "" {
		return "", &connectors.SendError{Code: connectors.CodeConfig, Words: "The channel secret is not set."}
	}
	var bot struct {
		DisplayName string `json:"displayName"`
		BasicID     string `json:"basicId"`
	}
	if err := c.call(ctx, account, http.MethodGet, "/v2/bot/info", nil, nil, &bot); err != nil {
		return "", beside(err)
	}
	found := fmt.Sprintf("LINE account %s (%s).", bot.DisplayName, bot.BasicID)
	const path = "/v2/bot/channel/webhook/endpoint"
	var hook struct {
		Endpoint string `json:"endpoint"`
		Active   bool   `json:"active"`
	}
	ours := c.deps.WebhookURL(account)
	err := c.call(ctx, account, http.MethodGet, path, nil, nil, &hook)
	var e *connectors.SendError
	switch {
	case errors.As(err, &e) && e.Code == connectors.CodeUnreachable, err == nil && hook.Endpoint == "":
		if err := c.call(ctx, account, http.MethodPut, path, map[string]string{"endpoint": ours}, nil, nil); err != nil {
			return "", beside(err)
		}
		found += " Its webhook was set to this channel."
	case err != nil:
		return "", beside(err)
	case hook.Endpoint != ours:
		return found + " It sends what comes in elsewhere: enter the webhook's address in the LINE Developers console.", nil
	}
	if !hook.Active {
		found += " \"Use webhook\" is off: turn it on in the LINE Developers console."
	}
	return found, nil
}
