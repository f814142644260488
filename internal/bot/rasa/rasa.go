// Package rasa is a bot that asks a Rasa server over its REST channel (POST /webhooks/rest/webhook).
//
// Rasa advances its own record of the conversation with every message, so a turn must not be sent twice: of an Error that is not
// Retryable nobody can tell whether Rasa took the turn in. And Rasa answers 200 with what it had collected, often [], also when
// something failed inside of it: an empty answer is taken for "does not know".
package rasa

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"seax/internal/bot"
)

// Defaults of Options.
const (
	DefaultTimeout  = 10 * time.Second
	DefaultMaxBytes = 256 << 10
)

// Options says which server to ask and how.
type Options struct {
	// BaseURL is what comes before /webhooks/rest/webhook: http or https, with a path if a proxy wants one.
	BaseURL string
	// Token, if not empty, is sent as "Authorization: Bearer <token>", or bare in the header TokenHeader names. Rasa itself asks
	// for none on this route; a proxy in front of it does.
	Token       string
	TokenHeader string
	// Timeout bounds one turn; 0: DefaultTimeout. The context's deadline counts, too.
	Timeout time.Duration
	// MaxBytes is the longest answer read; 0: DefaultMaxBytes.
	MaxBytes int64
	// Transport is the default one unless set.
	Transport http.RoundTripper
}

// Bot asks one Rasa server.
type Bot struct {
	webhook, status string
	options         Options
	client          *http.Client
}

var _ bot.Bot = (*Bot)(nil)

// New checks the options; it does not call the server.
func New(o Options) (*Bot, error) {
	base, err := url.Parse(strings.TrimRight(o.BaseURL, "/"))
	if err != nil {
		return nil, fmt.Errorf("rasa base URL: %w", err)
	}
	if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("rasa base URL %q: want http(s)://host[:port][/path]", o.BaseURL)
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.TokenHeader == "" {
		o.TokenHeader = "Authorization"
		if o.Token != "" {
			o.Token = "Bearer " + o.Token
		}
	}
	return &Bot{
		webhook: base.JoinPath("webhooks", "rest", "webhook").String(),
		status:  base.JoinPath("webhooks", "rest").String() + "/",
		options: o,
		client:  &http.Client{Transport: o.Transport, CheckRedirect: sameHost(base)},
	}, nil
}

// sameHost lets a server move the path, or from http to https, but sends what a customer said to nobody else; and only redirects
// that keep the request what it is (307, 308) are followed.
func sameHost(base *url.URL) func(*http.Request, []*http.Request) error {
	return func(next *http.Request, via []*http.Request) error {
		same := next.URL.Scheme == base.Scheme && next.URL.Host == base.Host
		safer := base.Scheme == "http" && next.URL.Scheme == "https" && next.URL.Hostname() == base.Hostname()
		if !same && !safer || next.Method != via[0].Method || len(via) > 3 {
			return fmt.Errorf("%w to %s", errRedirect, next.URL.Host)
		}
		return nil
	}
}

var errRedirect = errors.New("redirect is not followed")

// request is what the REST channel reads.
type request struct {
	Sender   string   `json:"sender"`
	Message  string   `json:"message"`
	Metadata metadata `json:"metadata"`
}

// metadata reaches Rasa's actions with the message.
type metadata struct {
	ConversationID string      `json:"conversation_id"`
	TurnID         string      `json:"turn_id"`
	Language       string      `json:"language,omitempty"`
	Contact        bot.Contact `json:"contact"`
	Misses         int         `json:"misses"`
}

// Reply asks Rasa. What goes wrong is an *Error, except that the context's own end is returned as it is (wrapped).
func (b *Bot) Reply(ctx context.Context, turn bot.Turn) (bot.Reply, error) {
	message := turn.Text
	if turn.Choice != "" {
		// An option's id is the payload Rasa gave its button.
		message = turn.Choice
	}
	if strings.TrimSpace(message) == "" {
		return bot.Reply{Unsure: true}, nil // only files: Rasa has nothing to read
	}
	body, err := json.Marshal(request{
		Sender: turn.ConversationID.String(), Message: message,
		Metadata: metadata{turn.ConversationID.String(), turn.TurnID, turn.Language, turn.Contact, turn.Misses},
	})
	if err != nil {
		return bot.Reply{}, fmt.Errorf("encode turn %s for rasa: %w", turn.TurnID, err)
	}
	answer, err := b.call(ctx, http.MethodPost, b.webhook, body)
	if err == nil {
		var reply bot.Reply
		if reply, err = read(answer); err == nil {
			return reply, nil
		}
	}
	return bot.Reply{}, fmt.Errorf("ask rasa for turn %s: %w", turn.TurnID, err)
}

// Status asks whether the REST channel is there.
func (b *Bot) Status(ctx context.Context) error {
	answer, err := b.call(ctx, http.MethodGet, b.status, nil)
	if err != nil {
		return fmt.Errorf("rasa status: %w", err)
	}
	var status struct {
		Status string `json:"status"`
	}
	if err := json.Unmarshal(answer, &status); err != nil || status.Status != "ok" {
		return fmt.Errorf("rasa status: %w", &Error{Kind: Garbage, Err: fmt.Errorf("status is %q", status.Status)})
	}
	return nil
}

func (b *Bot) call(ctx context.Context, method, target string, body []byte) ([]byte, error) {
	outer := ctx
	ctx, cancel := context.WithTimeout(ctx, b.options.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if b.options.Token != "" {
		req.Header.Set(b.options.TokenHeader, b.options.Token)
	}
	res, err := b.client.Do(req)
	if err != nil {
		return nil, failure(outer, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 4<<10)) // so that the connection can be used again
		return nil, refusal(res.StatusCode)
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, b.options.MaxBytes+1))
	if err != nil {
		return nil, failure(outer, err)
	}
	if int64(len(answer)) > b.options.MaxBytes {
		return nil, &Error{Kind: TooLarge, Err: fmt.Errorf("more than %d bytes", b.options.MaxBytes)}
	}
	return answer, nil
}
