package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"
	"time"

	"seax/connectors"
	"seax/connectors/wire"
	"seax/internal/conversation"
)

// outgoing are the parameters of the calls that send, change and show.
type outgoing struct {
	ChatID             int64        `json:"chat_id"`
	BusinessConnection string       `json:"business_connection_id,omitempty"`
	MessageID          int64        `json:"message_id,omitempty"`
	Text               string       `json:"text,omitempty"`
	Caption            string       `json:"caption,omitempty"`
	Action             string       `json:"action,omitempty"`
	Reply              *replyTo     `json:"reply_parameters,omitempty"`
	Markup             *markup      `json:"reply_markup,omitempty"`
	Reaction           *[]emojiType `json:"reaction,omitempty"`
}

type replyTo struct {
	MessageID int64 `json:"message_id"`
	// Anyway: a message that answers one that was deleted is sent all the same.
	Anyway bool `json:"allow_sending_without_reply"`
}

type markup struct {
	Keyboard [][]button `json:"inline_keyboard"`
}

type button struct {
	Text string `json:"text"`
	Data string `json:"callback_data"`
}

type emojiType struct {
	Type  string `json:"type"`
	Emoji string `json:"emoji"`
}

func rejected(words string) *connectors.SendError {
	return &connectors.SendError{Code: connectors.CodeRejected, Words: words}
}

func nobody() *connectors.SendError { return rejected("This is not an address that Telegram has.") }

// Send implements connectors.Connector.
func (c *Connector) Send(ctx context.Context, account connectors.Account, out connectors.Outgoing) (connectors.Receipt, error) {
	to, ok := peerOf(out.Address)
	if !ok {
		return connectors.Receipt{}, nobody()
	}
	m := outgoing{ChatID: to.chat, BusinessConnection: to.business}
	if id, ok := numberOf(out.ReplyTo); ok {
		m.Reply = &replyTo{id, true}
	}
	for _, o := range out.Message.Options {
		if len(o.ID) > maxData {
			return connectors.Receipt{}, rejected("A choice's id is longer than what Telegram gives back.")
		}
		if m.Markup == nil {
			m.Markup = &markup{}
		}
		m.Markup.Keyboard = append(m.Markup.Keyboard, []button{{o.Label, o.ID}})
	}
	sent, err := c.deliver(ctx, account, m, out)
	var refused *migration
	if errors.As(err, &refused) {
		// The group has another id now; nothing was sent to the old one.
		m.ChatID = refused.to
		sent, err = c.deliver(ctx, account, m, out)
	}
	if err != nil {
		return connectors.Receipt{}, err
	}
	if sent.ID == 0 {
		return connectors.Receipt{}, wire.Ambiguous(errNoID)
	}
	return connectors.Receipt{ProviderID: messageID(sent.Chat.ID, sent.ID), Status: conversation.StatusSent}, nil
}

var errNoID = errors.New("the answer names nothing that was sent")

// deliver sends a text, or one file with its caption.
func (c *Connector) deliver(ctx context.Context, account connectors.Account, m outgoing, out connectors.Outgoing) (sent message, err error) {
	said := out.Message.Text
	if len(out.Files) == 0 {
		switch {
		case connectors.Length(said, connectors.UTF16) > maxText:
			return sent, rejected("The message is longer than Telegram's 4,096 characters.")
		case strings.TrimSpace(said) == "":
			return sent, rejected("Telegram sends no empty messages.")
		}
		m.Text = said
		return sent, c.call(ctx, account, "sendMessage", m, &sent)
	}
	if connectors.Length(said, connectors.UTF16) > maxCaption {
		return sent, rejected("The text is longer than what Telegram puts under a file, 1,024 characters.")
	}
	m.Caption = said
	method, field := methodFor(out.Files[0])
	err = c.upload(ctx, account, method, field, m, out.Files[0], &sent)
	var e *connectors.SendError
	if method == "sendPhoto" && errors.As(err, &e) && e.Code == connectors.CodeRejected && odd.MatchString(e.Error()) {
		// It is no picture that Telegram would show, but a file it is.
		err = c.upload(ctx, account, "sendDocument", "document", m, out.Files[0], &sent)
	}
	return sent, err
}

// odd matches what Telegram says of pictures that are too long, too wide or damaged.
var odd = regexp.MustCompile(`PHOTO_|IMAGE_PROCESS_FAILED`)

// methodFor is the call that sends a file so that it is shown or played, and the field it is in.
func methodFor(f connectors.File) (method, field string) {
	switch f.MediaType {
	case "image/jpeg", "image/png", "image/webp":
		if f.Size <= maxPhoto {
			return "sendPhoto", "photo"
		}
	case "image/gif":
		return "sendAnimation", "animation"
	case "video/mp4":
		return "sendVideo", "video"
	case "audio/mpeg", "audio/mp4", "audio/x-m4a":
		return "sendAudio", "audio"
	case "audio/ogg":
		return "sendVoice", "voice"
	}
	return "sendDocument", "document"
}

// upload calls a method with a file, which is read while it is sent.
func (c *Connector) upload(ctx context.Context, account connectors.Account, method, field string, m outgoing, f connectors.File, into any) error {
	content, err := f.Open(ctx)
	if err != nil {
		return &connectors.SendError{Code: connectors.CodeConnection, Words: "The file could not be read.", Cause: err}
	}
	defer func() { _ = content.Close() }()
	reader, writer := io.Pipe()
	form := multipart.NewWriter(writer)
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := fill(form, field, m, f, content)
		_ = writer.CloseWithError(err)
	}()
	err = c.request(ctx, account, method, reader, form.FormDataContentType(), into)
	// Whoever still writes is told that nobody reads any more.
	_ = reader.CloseWithError(io.ErrClosedPipe)
	<-done
	return err
}

func fill(form *multipart.Writer, field string, m outgoing, f connectors.File, content io.Reader) error {
	encoded, err := json.Marshal(m)
	if err != nil {
		return err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(encoded, &fields); err != nil {
		return err
	}
	for name, value := range fields {
		text := string(value)
		if unquoted := ""; json.Unmarshal(value, &unquoted) == nil {
			text = unquoted
		}
		if err := form.WriteField(name, text); err != nil {
			return err
		}
	}
	name := f.Name
	if name == "" {
		name = "file"
	}
	part, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {multipart.FileContentDisposition(field, name)}, "Content-Type": {f.MediaType},
	})
	if err != nil {
		return err
	}
	if _, err := io.Copy(part, content); err != nil {
		return err
	}
	return form.Close()
}

// call makes one call. Its errors are *connectors.SendError, also for answers that refuse.
func (c *Connector) call(ctx context.Context, account connectors.Account, method string, params, into any) error {
	encoded, err := json.Marshal(params)
	if err != nil {
		return &connectors.SendError{Code: connectors.CodeRejected, Words: "The message cannot be written.", Cause: err}
	}
	return c.request(ctx, account, method, bytes.NewReader(encoded), "application/json", into)
}

func (c *Connector) token(account connectors.Account) (string, error) {
	token := c.description.Setting(account, settingToken)
	if !tokenPattern.MatchString(token) {
		return "", &connectors.SendError{Code: connectors.CodeConfig, Words: "The bot's token is not set, or is none."}
	}
	return token, nil
}

func (c *Connector) request(ctx context.Context, account connectors.Account, method string, body io.Reader, contentType string, into any) error {
	token, err := c.token(account)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, apiURL+"/bot"+token+"/"+method, body)
	if err != nil {
		return &connectors.SendError{Code: connectors.CodeConfig, Words: "The bot's token is none."}
	}
	r.Header.Set("Content-Type", contentType)
	answer, err := wire.Do(c.deps.HTTP, r)
	if err != nil {
		return err
	}
	var said answered
	if !answer.OK() {
		// What is no JSON comes from something in between.
		_ = json.Unmarshal(answer.Body, &said)
		return refusal(answer, said, c.deps.Clock())
	}
	if err := answer.JSON(&said); err != nil {
		return err
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(said.Result, into); err != nil {
		return wire.Ambiguous(fmt.Errorf("the result is not what was expected: %w", err))
	}
	return nil
}

// answered is Telegram's answer.
type answered struct {
	Result      json.RawMessage `json:"result"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter int64 `json:"retry_after"`
		MigratedTo int64 `json:"migrate_to_chat_id"`
	} `json:"parameters"`
}

// migration is the cause of an error that says a group has another id now.
type migration struct{ to int64 }

func (m *migration) Error() string {
	return "the chat has the id " + strconv.FormatInt(m.to, 10) + " now"
}

// gone are descriptions of customers who cannot be written to, beside all that answers 403.
var gone = []string{"chat not found", "user not found", "peer_id_invalid", "chat_write_forbidden", "have no rights to send", "not enough rights", "user is deactivated", "group chat was upgraded"}

// refusal says what an answer that is not OK means.
func refusal(a wire.Answer, said answered, now time.Time) *connectors.SendError {
	e := a.Refusal(now, said.Description)
	description := strings.ToLower(said.Description)
	switch a.Status {
	case http.StatusTooManyRequests:
		if after := said.Parameters.RetryAfter; after > 0 {
			e.RetryAfter = time.Duration(after) * time.Second
		}
	case http.StatusUnauthorized, http.StatusNotFound:
		e.Code, e.Words = connectors.CodeConfig, "Telegram does not know the bot's token. Ask @BotFather for it again."
	case http.StatusConflict:
		e.Code, e.Words = connectors.CodeConfig, "Another program gets this bot's messages."
	case http.StatusForbidden:
		e.Code, e.Words = connectors.CodeUnreachable, "The customer has blocked the bot, or never started it."
	case http.StatusBadRequest:
		if said.Parameters.MigratedTo != 0 {
			e.Cause = &migration{said.Parameters.MigratedTo}
		}
		for _, words := range gone {
			if strings.Contains(description, words) {
				e.Code, e.Words = connectors.CodeUnreachable, "The customer cannot be written to on Telegram any more."
			}
		}
	}
	return e
}

// beside makes an error of a call beside the message one that may be tried again: no message has been sent.
func beside(err error) error {
	var e *connectors.SendError
	if errors.As(err, &e) && e.Code == connectors.CodeAmbiguous {
		return &connectors.SendError{Code: connectors.CodeProvider, Words: "Telegram did not answer.", Cause: err}
	}
	return err
}

// says reports whether an error is a refusal with these words.
func says(err error, words string) bool {
	var e *connectors.SendError
	return errors.As(err, &e) && e.Code == connectors.CodeRejected && strings.Contains(e.Error(), words)
}
