package telegram

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"seax/connectors"
)

// target is a message as calls name it.
func target(t connectors.Target) (outgoing, error) {
	to, ok := peerOf(t.Address)
	id, known := numberOf(t.ProviderID)
	if !ok || !known {
		return outgoing{}, rejected("This is not a message that Telegram has.")
	}
	return outgoing{ChatID: to.chat, BusinessConnection: to.business, MessageID: id}, nil
}

// Edit implements connectors.Editor. What was sent with a file is its caption.
func (c *Connector) Edit(ctx context.Context, account connectors.Account, t connectors.Target, text string) error {
	m, err := target(t)
	if err != nil {
		return err
	}
	m.Text = text
	err = c.call(ctx, account, "editMessageText", m, nil)
	if says(err, "no text in the message") {
		m.Text, m.Caption = "", text
		err = c.call(ctx, account, "editMessageCaption", m, nil)
	}
	if says(err, "message is not modified") {
		return nil
	}
	return beside(err)
}

// Delete implements connectors.Deleter.
func (c *Connector) Delete(ctx context.Context, account connectors.Account, t connectors.Target) error {
	m, err := target(t)
	if err != nil {
		return err
	}
	if m.BusinessConnection != "" {
		params := map[string]any{"business_connection_id": m.BusinessConnection, "message_ids": []int64{m.MessageID}}
		err = c.call(ctx, account, "deleteBusinessMessages", params, nil)
	} else {
		err = c.call(ctx, account, "deleteMessage", m, nil)
	}
	if says(err, "message to delete not found") {
		return nil
	}
	return beside(err)
}

// React implements connectors.Reactor. Telegram has a list of emojis that bots may react with.
func (c *Connector) React(ctx context.Context, account connectors.Account, t connectors.Target, emoji string) error {
	m, err := target(t)
	if err != nil {
		return err
	}
	m.BusinessConnection = ""
	m.Reaction = &[]emojiType{}
	if emoji != "" {
		// Telegram writes the heart without the mark that makes it a picture.
		m.Reaction = &[]emojiType{{"emoji", strings.TrimSuffix(emoji, "\ufe0f")}}
	}
	err = c.call(ctx, account, "setMessageReaction", m, nil)
	if says(err, "REACTION_INVALID") {
		return rejected("Telegram does not have this emoji as a reaction.")
	}
	return beside(err)
}

// Typing implements connectors.Typist. It is shown for five seconds.
func (c *Connector) Typing(ctx context.Context, account connectors.Account, to connectors.Customer, _ string) error {
	p, ok := peerOf(to.Address)
	if !ok {
		return nobody()
	}
	return beside(c.call(ctx, account, "sendChatAction", outgoing{ChatID: p.chat, BusinessConnection: p.business, Action: "typing"}, nil))
}

func (c *Connector) chat(ctx context.Context, account connectors.Account, p peer) (chat, error) {
	var found chat
	err := c.call(ctx, account, "getChat", outgoing{ChatID: p.chat}, &found)
	return found, beside(err)
}

// LookUp implements connectors.ProfileLookup.
func (c *Connector) LookUp(ctx context.Context, account connectors.Account, address string) (connectors.Profile, error) {
	p, ok := peerOf(address)
	if !ok {
		return connectors.Profile{}, nil
	}
	found, err := c.chat(ctx, account, p)
	var e *connectors.SendError
	if errors.As(err, &e) && e.Code == connectors.CodeUnreachable {
		return connectors.Profile{}, nil
	}
	return connectors.Profile{Name: found.name()}, err
}

// Start implements connectors.Starter: who has started the bot once can be written to by their id.
func (c *Connector) Start(ctx context.Context, account connectors.Account, to string) (string, error) {
	p, ok := peerOf(strings.TrimSpace(to))
	if !ok {
		return "", rejected("Give the id of somebody who has started the bot; Telegram lets bots write to nobody else.")
	}
	if _, err := c.chat(ctx, account, p); err != nil {
		return "", err
	}
	return p.String(), nil
}

// Link implements connectors.Linker: who follows it presses Start, which sends the code.
func (c *Connector) Link(account connectors.Account, code, _ string) string {
	name := c.description.Setting(account, settingName)
	if !namePattern.MatchString(name) {
		return ""
	}
	return "https://t.me/" + strings.TrimPrefix(name, "@") + "?start=" + url.QueryEscape(code)
}

// FetchMedia implements connectors.MediaFetcher. The address of a file holds the bot's token, and is asked for anew each time.
func (c *Connector) FetchMedia(ctx context.Context, account connectors.Account, ref connectors.MediaRef) (connectors.Media, error) {
	if ref.URL != "" || ref.ID == "" {
		return connectors.Media{}, rejected("The file has no id that Telegram could know.")
	}
	var found struct {
		Path string `json:"file_path"`
	}
	if err := c.call(ctx, account, "getFile", map[string]string{"file_id": ref.ID}, &found); err != nil {
		return connectors.Media{}, beside(err)
	}
	if !filePath.MatchString(found.Path) || strings.Contains(found.Path, "..") {
		return connectors.Media{}, rejected("Telegram does not say where the file is.")
	}
	token, err := c.token(account)
	if err != nil {
		return connectors.Media{}, err
	}
	media, err := c.deps.Fetch.Fetch(ctx, apiURL+"/file/bot"+token+"/"+found.Path, http.Header{}, "api.telegram.org")
	// Telegram keeps files under names, and as a type, of its own.
	media.Name, media.MediaType = ref.Name, ref.MediaType
	return media, err
}

var filePath = regexp.MustCompile(`^[A-Za-z0-9_./-]+$`)

// wanted are the updates that Telegram is asked for; without naming them it leaves reactions out.
var wanted = []string{
	"message", "edited_message", "callback_query", "message_reaction", "my_chat_member", "business_connection", "business_message", "edited_business_message", "deleted_business_messages",
}

// Check implements connectors.Checker. It tells Telegram our address: there is no console where an admin could.
func (c *Connector) Check(ctx context.Context, account connectors.Account) (string, error) {
	if len(account.Secret) == 0 {
		return "", &connectors.SendError{Code: connectors.CodeConfig, Words: "The channel is not set up."}
	}
	var me struct {
		FirstName string `json:"first_name"`
		Username  string `json:"username"`
	}
	if err := c.call(ctx, account, "getMe", struct{}{}, &me); err != nil {
		return "", beside(err)
	}
	hook := map[string]any{"url": c.deps.WebhookURL(account), "secret_token": Secret(account), "allowed_updates": wanted, "max_connections": 40}
	if err := c.call(ctx, account, "setWebhook", hook, nil); err != nil {
		var e *connectors.SendError
		if errors.As(err, &e) && e.Code == connectors.CodeRejected {
			return "", &connectors.SendError{Code: connectors.CodeConfig, Words: "Telegram cannot call this server. Its public address must be reachable from the internet by HTTPS.", Cause: err}
		}
		return "", beside(err)
	}
	var info struct {
		Pending int    `json:"pending_update_count"`
		Error   string `json:"last_error_message"`
	}
	if err := c.call(ctx, account, "getWebhookInfo", struct{}{}, &info); err != nil {
		return "", beside(err)
	}
	found := fmt.Sprintf("Telegram bot %s (@%s).", me.FirstName, me.Username)
	if info.Error != "" && info.Pending > 0 {
		found += fmt.Sprintf(" %d messages are waiting; when Telegram last called it met: %s.", info.Pending, info.Error)
	}
	return found, nil
}
