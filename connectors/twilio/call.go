package twilio

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
	content "github.com/twilio/twilio-go/rest/content/v1"
	messaging "github.com/twilio/twilio-go/rest/messaging/v2"

	"seax/connectors"
	"seax/connectors/wire"
)

// caller carries the calls of Twilio's library for one account: with a context, and with errors that say whether a call can have been
// processed. It implements client.BaseClient.
type caller struct {
	ctx            context.Context //nolint:containedctx // the library has no other place for it
	http           *http.Client
	clock          func() time.Time
	account        string
	user, password string
	region, edge   string
}

var _ client.BaseClient = caller{}

func (b *base) caller(ctx context.Context, account connectors.Account) caller {
	c := caller{
		ctx: ctx, http: b.deps.HTTP, clock: b.deps.Clock, account: b.setting(account, settingAccount),
		region: b.setting(account, settingRegion), edge: b.setting(account, settingEdge),
	}
	c.user, c.password = c.account, b.setting(account, settingToken)
	if key := b.setting(account, settingKey); key != "" {
		c.user, c.password = key, b.setting(account, settingKeySecret)
	}
	return c
}

func (c caller) handler() *client.RequestHandler {
	return &client.RequestHandler{Client: c, Region: c.region, Edge: c.edge}
}

func (c caller) api() *api.ApiService             { return api.NewApiService(c.handler()) }
func (c caller) content() *content.ApiService     { return content.NewApiService(c.handler()) }
func (c caller) messaging() *messaging.ApiService { return messaging.NewApiService(c.handler()) }

// AccountSid implements client.BaseClient.
func (c caller) AccountSid() string { return c.account }

// SetTimeout implements client.BaseClient: the context and the HTTP client bound a call.
func (caller) SetTimeout(time.Duration) {}

// SetOauth implements client.BaseClient.
func (caller) SetOauth(client.OAuth) {}

// OAuth implements client.BaseClient.
func (caller) OAuth() client.OAuth { return nil }

// SendRequest implements client.BaseClient. Its errors are *connectors.SendError, also for answers that refuse.
func (c caller) SendRequest(method, rawURL string, data url.Values, headers map[string]any, body ...byte) (*http.Response, error) {
	if c.user == "" || c.password == "" {
		return nil, &connectors.SendError{Code: connectors.CodeConfig, Words: "The channel's credentials are not set."}
	}
	payload := body
	contentType, _ := headers["Content-Type"].(string)
	switch {
	case method == http.MethodGet || method == http.MethodDelete:
		if len(data) > 0 {
			rawURL += "?" + data.Encode()
		}
	case contentType != "application/json":
		payload = []byte(data.Encode())
	}
	r, err := http.NewRequestWithContext(c.ctx, method, rawURL, bytes.NewReader(payload))
	if err != nil {
		return nil, &connectors.SendError{Code: connectors.CodeConfig, Words: "The channel's settings make no address.", Cause: err}
	}
	for name, value := range headers {
		if text, ok := value.(string); ok {
			r.Header.Set(name, text)
		}
	}
	r.Header.Set("User-Agent", "seax twilio-go/"+client.LibraryVersion)
	r.SetBasicAuth(c.user, c.password)
	answer, err := wire.Do(c.http, r)
	if err != nil {
		return nil, err
	}
	if !answer.OK() {
		return nil, refusal(answer, c.clock())
	}
	return &http.Response{StatusCode: answer.Status, Header: answer.Header, Body: io.NopCloser(bytes.NewReader(answer.Body))}, nil
}

// unclear makes an error of the library one that says what it means for a message: what it could not read has been processed.
func unclear(err error) error {
	var classified *connectors.SendError
	if errors.As(err, &classified) {
		return classified
	}
	return wire.Ambiguous(err)
}

// beside makes an error of a call beside the message one that may be tried again: no message has been sent.
func beside(err error) error {
	var classified *connectors.SendError
	if errors.As(unclear(err), &classified) && classified.Code == connectors.CodeAmbiguous {
		return &connectors.SendError{Code: connectors.CodeProvider, Words: "The provider did not answer.", Cause: classified}
	}
	return unclear(err)
}

// own reports whether a host is Twilio's.
func own(host string) bool { return strings.HasSuffix(host, ".twilio.com") }
