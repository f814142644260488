package discord

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"seax/connectors"
	"seax/connectors/wire"
	"seax/internal/conversation"
)

// userAgent is in the form that Discord wants; others are turned away.
func (c *Connector) userAgent() string { return "DiscordBot (" + c.deps.PublicURL + ", 1)" }

// outgoing is a message as it is sent.
type outgoing struct {
	Content      string     `json:"content,omitempty"`
	Nonce        string     `json:"nonce,omitempty"`
	EnforceNonce bool       `json:"enforce_nonce,omitempty"`
	Mentions     mentions   `json:"allowed_mentions"`
	Reference    *reference `json:"message_reference,omitempty"`
	Components   []row      `json:"components,omitempty"`
	Attachments  []attached `json:"attachments,omitempty"`
}

// mentions are those that alert somebody: none.
type mentions struct {
	Parse []string `json:"parse"`
}

type reference struct {
	MessageID string `json:"message_id"`
	// Fails: a message that answers one that was deleted is not sent.
	Fails bool `json:"fail_if_not_exists"`
}

type row struct {
	Type       int      `json:"type"`
	Components []button `json:"components"`
}

type button struct {
	Type     int    `json:"type"`
	Style    int    `json:"style"`
	Label    string `json:"label"`
	CustomID string `json:"custom_id"`
}

// attached says what a file of a message is called.
type attached struct {
	ID       string `json:"id"`
	Filename string `json:"filename"`
}

// The types of components, and the style of buttons.
const (
	componentRow    = 1
	componentButton = 2
	styleSecondary  = 2
)

// nonceLength is how long a nonce may be.
const nonceLength = 25

// nonce is what Discord drops repetitions by, for some minutes.
func nonce(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])[:nonceLength]
}

func rejected(words string) *connectors.SendError {
	return &connectors.SendError{Code: connectors.CodeRejected, Words: words}
}

// Send implements connectors.Connector.
func (c *Connector) Send(ctx context.Context, account connectors.Account, out connectors.Outgoing) (connectors.Receipt, error) {
	m, err := compose(out)
	if err != nil {
		return connectors.Receipt{}, err
	}
	channel, err := c.channel(ctx, account, out.Address)
	if err != nil {
		return connectors.Receipt{}, err
	}
	var sent message
	path := "/channels/" + channel + "/messages"
	if len(out.Files) > 0 {
		err = c.upload(ctx, account, path, m, out.Files, &sent)
	} else {
		err = c.call(ctx, account, http.MethodPost, path, m, &sent)
	}
	if err != nil {
		return connectors.Receipt{}, err
	}
	if sent.ID == "" {
		return connectors.Receipt{}, wire.Ambiguous(errNoID)
	}
	return connectors.Receipt{ProviderID: sent.ID, Status: conversation.StatusSent}, nil
}

var errNoID = errors.New("the answer names nothing that was sent")

func compose(out connectors.Outgoing) (outgoing, error) {
	said := out.Message.Text
	switch {
	case connectors.Length(said, connectors.UTF16) > maxText:
		return outgoing{}, rejected("The message is longer than Discord's 2,000 characters.")
	case strings.TrimSpace(said) == "" && len(out.Files) == 0:
		return outgoing{}, rejected("Discord sends no empty messages.")
	}
	m := outgoing{Content: said, Nonce: nonce(out.ID), EnforceNonce: true, Mentions: mentions{[]string{}}}
	if snowflake.MatchString(out.ReplyTo) {
		m.Reference = &reference{MessageID: out.ReplyTo}
	}
	for i, o := range out.Message.Options {
		if len(o.ID) > maxChoice || o.ID == "" {
			return outgoing{}, rejected("A choice's id is longer than what Discord gives back.")
		}
		if i%maxRow == 0 {
			m.Components = append(m.Components, row{Type: componentRow})
		}
		last := &m.Components[len(m.Components)-1]
		last.Components = append(last.Components, button{componentButton, styleSecondary, o.Label, o.ID})
	}
	for i, f := range out.Files {
		m.Attachments = append(m.Attachments, attached{strconv.Itoa(i), filename(f)})
	}
	return m, nil
}

func filename(f connectors.File) string {
	if f.Name == "" {
		return "file"
	}
	return f.Name
}

// channel is the direct channel at an address. Opening one that is open is no harm.
func (c *Connector) channel(ctx context.Context, account connectors.Account, address string) (string, error) {
	if snowflake.MatchString(address) {
		return address, nil
	}
	id, ok := strings.CutPrefix(address, userPrefix)
	if !ok || !snowflake.MatchString(id) {
		return "", rejected("This is not an address that Discord has.")
	}
	return c.open(ctx, account, id)
}

func (c *Connector) open(ctx context.Context, account connectors.Account, userID string) (string, error) {
	var opened struct {
		ID string `json:"id"`
	}
	if err := c.call(ctx, account, http.MethodPost, "/users/@me/channels", map[string]string{"recipient_id": userID}, &opened); err != nil {
		return "", beside(err)
	}
	if !snowflake.MatchString(opened.ID) {
		return "", beside(wire.Ambiguous(errNoID))
	}
	return opened.ID, nil
}

// upload sends a message with files, which are read while they are sent.
func (c *Connector) upload(ctx context.Context, account connectors.Account, path string, m outgoing, files []connectors.File, into any) error {
	readers := make([]io.ReadCloser, 0, len(files))
	defer func() {
		for _, r := range readers {
			_ = r.Close()
		}
	}()
	for _, f := range files {
		r, err := f.Open(ctx)
		if err != nil {
			return &connectors.SendError{Code: connectors.CodeConnection, Words: "The file could not be read.", Cause: err}
		}
		readers = append(readers, r)
	}
	reader, writer := io.Pipe()
	form := multipart.NewWriter(writer)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = writer.CloseWithError(fill(form, m, files, readers))
	}()
	err := c.request(ctx, account, http.MethodPost, path, reader, form.FormDataContentType(), into)
	// Whoever still writes is told that nobody reads any more.
	_ = reader.CloseWithError(io.ErrClosedPipe)
	<-done
	return err
}

func fill(form *multipart.Writer, m outgoing, files []connectors.File, contents []io.ReadCloser) error {
	encoded, err := json.Marshal(m)
	if err != nil {
		return err
	}
	part, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="payload_json"`}, "Content-Type": {"application/json"}})
	if err != nil {
		return err
	}
	if _, err := part.Write(encoded); err != nil {
		return err
	}
	for i, f := range files {
		part, err := form.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {multipart.FileContentDisposition(fmt.Sprintf("files[%d]", i), filename(f))}, "Content-Type": {f.MediaType},
		})
		if err != nil {
			return err
		}
		if _, err := io.Copy(part, contents[i]); err != nil {
			return err
		}
	}
	return form.Close()
}

// call makes one call. Its errors are *connectors.SendError, also for answers that refuse.
func (c *Connector) call(ctx context.Context, account connectors.Account, method, path string, body, into any) error {
	if body == nil {
		return c.request(ctx, account, method, path, nil, "", into)
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return &connectors.SendError{Code: connectors.CodeRejected, Words: "The message cannot be written.", Cause: err}
	}
	return c.request(ctx, account, method, path, bytes.NewReader(encoded), "application/json", into)
}

func (c *Connector) request(ctx context.Context, account connectors.Account, method, path string, body io.Reader, contentType string, into any) error {
	token := c.setting(account, settingToken)
	if !tokenPattern.MatchString(token) {
		return &connectors.SendError{Code: connectors.CodeConfig, Words: "The bot's token is not set, or is none."}
	}
	r, err := http.NewRequestWithContext(ctx, method, apiURL+path, body)
	if err != nil {
		return &connectors.SendError{Code: connectors.CodeRejected, Words: "This is not an address that Discord has.", Cause: err}
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	r.Header.Set("Authorization", "Bot "+token)
	r.Header.Set("User-Agent", c.userAgent())
	got, err := wire.Do(c.deps.HTTP, r)
	if err != nil {
		return err
	}
	if !got.OK() {
		return refusal(got, c.deps.Clock())
	}
	if into == nil || got.Status == http.StatusNoContent {
		return nil
	}
	return got.JSON(into)
}

// meanings are those of Discord's error codes; the answer's status says the rest.
var meanings = map[int]struct {
	code  connectors.ErrorCode
	words string
}{
	10003: {connectors.CodeUnreachable, "The direct message does not exist any more."},
	10008: {connectors.CodeRejected, "The message does not exist any more."},
	10013: {connectors.CodeUnreachable, "Discord knows nobody with this id."},
	20016: {connectors.CodeThrottled, "Discord wants us to wait."},
	20028: {connectors.CodeThrottled, "Discord wants us to wait."},
	40001: {connectors.CodeConfig, "Discord refuses the bot's token."},
	40002: {connectors.CodeConfig, "The bot's account has to be verified at Discord."},
	40003: {connectors.CodeThrottled, "Discord wants us to wait before another conversation is opened."},
	40005: {connectors.CodeRejected, "The file is too large for Discord."},
	40062: {connectors.CodeThrottled, "Discord wants us to wait."},
	40333: {connectors.CodeConfig, "Discord's protection turns our calls away."},
	50001: {connectors.CodeUnreachable, "The bot has no access to this conversation."},
	50007: {connectors.CodeUnreachable, "The customer does not take messages from the bot: they have blocked it, share no server with it, or have closed their direct messages."},
	50013: {connectors.CodeUnreachable, "The bot may not write here."},
	50035: {connectors.CodeRejected, "Discord refuses this message."},
	50278: {connectors.CodeUnreachable, "The customer shares no server with the bot."},
}

// refusal says what an answer that is not OK means.
func refusal(a wire.Answer, now time.Time) *connectors.SendError {
	var body struct {
		Code       int     `json:"code"`
		Message    string  `json:"message"`
		RetryAfter float64 `json:"retry_after"`
	}
	// What is no JSON comes from something in between.
	_ = json.Unmarshal(a.Body, &body)
	e := a.Refusal(now, fmt.Sprintf("code %d: %s", body.Code, body.Message))
	if m, known := meanings[body.Code]; known && a.Status < http.StatusInternalServerError {
		e.Code, e.Words = m.code, m.words
	}
	if e.Code == connectors.CodeThrottled && body.RetryAfter > 0 && body.RetryAfter < 1e6 {
		e.RetryAfter = time.Duration(body.RetryAfter * float64(time.Second))
	}
	return e
}

// beside makes an error of a call beside the message one that may be tried again: no message has been sent.
func beside(err error) error {
	var e *connectors.SendError
	if errors.As(err, &e) && e.Code == connectors.CodeAmbiguous {
		return &connectors.SendError{Code: connectors.CodeProvider, Words: "Discord did not answer.", Cause: err}
	}
	return err
}
