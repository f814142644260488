package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"seax/connectors"
)

// path is where a message is.
func (c *Connector) path(ctx context.Context, account connectors.Account, t connectors.Target) (string, error) {
	if !snowflake.MatchString(t.ProviderID) {
		return "", rejected("This is not a message that Discord has.")
	}
	channel, err := c.channel(ctx, account, t.Address)
	return "/channels/" + channel + "/messages/" + t.ProviderID, err
}

// Edit implements connectors.Editor.
func (c *Connector) Edit(ctx context.Context, account connectors.Account, t connectors.Target, text string) error {
	path, err := c.path(ctx, account, t)
	if err != nil {
		return err
	}
	return beside(c.call(ctx, account, http.MethodPatch, path, map[string]any{"content": text, "allowed_mentions": mentions{[]string{}}}, nil))
}

// gone reports whether an error says that there is nothing any more.
func gone(err error) bool {
	var e *connectors.SendError
	return errors.As(err, &e) && strings.Contains(e.Error(), "code 10008")
}

// Delete implements connectors.Deleter.
func (c *Connector) Delete(ctx context.Context, account connectors.Account, t connectors.Target) error {
	path, err := c.path(ctx, account, t)
	if err != nil {
		return err
	}
	if err := c.call(ctx, account, http.MethodDelete, path, nil, nil); !gone(err) {
		return beside(err)
	}
	return nil
}

// React implements connectors.Reactor. Discord lets everybody react with several emojis; of ours there is one.
func (c *Connector) React(ctx context.Context, account connectors.Account, t connectors.Target, emoji string) error {
	path, err := c.path(ctx, account, t)
	if err != nil {
		return err
	}
	var m struct {
		Reactions []struct {
			Me    bool `json:"me"`
			Emoji struct {
				Name string `json:"name"`
			} `json:"emoji"`
		} `json:"reactions"`
	}
	if err := c.call(ctx, account, http.MethodGet, path, nil, &m); err != nil {
		return beside(err)
	}
	at := func(emoji string) string { return path + "/reactions/" + url.PathEscape(emoji) + "/@me" }
	for _, r := range m.Reactions {
		if r.Me && r.Emoji.Name != emoji {
			if err := c.call(ctx, account, http.MethodDelete, at(r.Emoji.Name), nil, nil); err != nil {
				return beside(err)
			}
		}
	}
	if emoji == "" {
		return nil
	}
	return beside(c.call(ctx, account, http.MethodPut, at(emoji), nil, nil))
}

// Typing implements connectors.Typist. It is shown for ten seconds.
func (c *Connector) Typing(ctx context.Context, account connectors.Account, to connectors.Customer, _ string) error {
	channel, err := c.channel(ctx, account, to.Address)
	if err != nil {
		return err
	}
	return beside(c.call(ctx, account, http.MethodPost, "/channels/"+channel+"/typing", nil, nil))
}

// LookUp implements connectors.ProfileLookup.
func (c *Connector) LookUp(ctx context.Context, account connectors.Account, address string) (connectors.Profile, error) {
	var found struct {
		user
		Recipients []user `json:"recipients"`
	}
	path := "/channels/" + address
	if id, ok := strings.CutPrefix(address, userPrefix); ok {
		path = "/users/" + id
	}
	if !snowflake.MatchString(path[strings.LastIndex(path, "/")+1:]) {
		return connectors.Profile{}, nil
	}
	err := c.call(ctx, account, http.MethodGet, path, nil, &found)
	var e *connectors.SendError
	if errors.As(err, &e) && e.Code == connectors.CodeUnreachable {
		return connectors.Profile{}, nil
	}
	who := found.user
	if len(found.Recipients) > 0 {
		who = found.Recipients[0]
	}
	return connectors.Profile{Name: who.name()}, beside(err)
}

// Start implements connectors.Starter: it opens a direct message with somebody who shares a server with the bot, by their id.
func (c *Connector) Start(ctx context.Context, account connectors.Account, to string) (string, error) {
	to = strings.TrimSpace(to)
	if !snowflake.MatchString(to) {
		return "", rejected("Give the user's id, a number. Discord shows it with Copy User ID when its developer mode is on.")
	}
	return c.open(ctx, account, to)
}

// mediaHosts are where Discord keeps files.
var mediaHosts = []string{"cdn.discordapp.com", "media.discordapp.net"}

// FetchMedia implements connectors.MediaFetcher. The addresses are signed, and are good for about a day.
func (c *Connector) FetchMedia(ctx context.Context, _ connectors.Account, ref connectors.MediaRef) (connectors.Media, error) {
	if ref.URL == "" {
		return connectors.Media{}, rejected("The file has no address.")
	}
	media, err := c.deps.Fetch.Fetch(ctx, ref.URL, nil, mediaHosts...)
	if ref.Name != "" {
		media.Name = ref.Name
	}
	return media, err
}

// Check implements connectors.Checker.
func (c *Connector) Check(ctx context.Context, account connectors.Account) (string, error) {
	var app struct {
		Name      string `json:"name"`
		VerifyKey string `json:"verify_key"`
		Endpoint  string `json:"interactions_endpoint_url"`
	}
	if err := c.call(ctx, account, http.MethodGet, "/applications/@me", nil, &app); err != nil {
		return "", beside(err)
	}
	key := c.setting(account, settingKey)
	found := fmt.Sprintf("Discord application %s.", app.Name)
	switch {
	case key != "" && key != app.VerifyKey:
		return "", &connectors.SendError{Code: connectors.CodeConfig, Words: "The public key is not that of the application " + app.Name + "."}
	case app.Endpoint != "" && app.Endpoint != c.deps.WebhookURL(account):
		found += " Taps and commands go elsewhere: remove its interactions endpoint, or enter this channel's address."
	case app.Endpoint != "" && key == "":
		return "", &connectors.SendError{Code: connectors.CodeConfig, Words: "The application sends taps and commands to this channel's address, so its public key is needed."}
	}
	return found, nil
}
