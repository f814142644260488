package email

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"golang.org/x/oauth2"

	"seax/connectors"
	"seax/internal/egress"
)

// The ways in which a mailbox is signed in to.
const (
	withPassword = "password"
	withOAuth    = "oauth"
)

// permissions get access tokens for mailboxes that take no passwords. Safe for concurrent use.
type permissions struct {
	http *http.Client

	mu      sync.Mutex
	sources map[[sha256.Size]byte]oauth2.TokenSource
}

// remembered bounds how many accounts' tokens are remembered.
const remembered = 1000

func newPermissions(client *http.Client) *permissions {
	return &permissions{http: client, sources: map[[sha256.Size]byte]oauth2.TokenSource{}}
}

// grant is what a permission is asked for with.
type grant struct{ clientID, clientSecret, refreshToken, tokenURL string }

func (c *Connector) grantOf(account connectors.Account) grant {
	return grant{
		clientID: c.setting(account, settingClientID), clientSecret: c.setting(account, settingClientSecret),
		refreshToken: c.setting(account, settingRefreshToken), tokenURL: c.setting(account, settingTokenURL),
	}
}

func (g grant) key() [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.Join([]string{g.clientID, g.clientSecret, g.refreshToken, g.tokenURL}, "\x00")))
}

// source finds where tokens come from; they are kept until they expire.
func (p *permissions) source(g grant) oauth2.TokenSource {
	p.mu.Lock()
	defer p.mu.Unlock()
	if source, ok := p.sources[g.key()]; ok {
		return source
	}
	if len(p.sources) >= remembered {
		clear(p.sources)
	}
	config := &oauth2.Config{ClientID: g.clientID, ClientSecret: g.clientSecret, Endpoint: oauth2.Endpoint{TokenURL: g.tokenURL, AuthStyle: oauth2.AuthStyleInParams}}
	// A token is for all that is to come, so nothing bounds getting it; the client does.
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, p.http)
	source := config.TokenSource(ctx, &oauth2.Token{RefreshToken: g.refreshToken})
	p.sources[g.key()] = source
	return source
}

// forget makes the next token a new one: the one there is was refused.
func (p *permissions) forget(g grant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.sources, g.key())
}

// oauth reports whether a mailbox is signed in to with a token.
func (c *Connector) oauth(account connectors.Account) bool {
	return c.setting(account, settingAuth) == withOAuth
}

// token returns an access token for an account's mailbox. Its errors are *connectors.SendError.
func (c *Connector) token(ctx context.Context, account connectors.Account) (string, error) {
	g := c.grantOf(account)
	if g.clientID == "" || g.refreshToken == "" || g.tokenURL == "" {
		return "", notSet("The OAuth client ID, the refresh token and the token URL are not set.")
	}
	token, err := c.permissions.source(g).Token()
	if err != nil {
		return "", noToken(err)
	}
	if fresh := token.RefreshToken; fresh != "" && fresh != g.refreshToken && c.deps.Keep != nil {
		// Microsoft gives a new one with each use; the old one ends some day.
		if err := c.deps.Keep(ctx, account, settingRefreshToken, fresh); err != nil && c.deps.Logger != nil {
			c.deps.Logger.Warn("a new refresh token could not be kept; the old one goes on being used", "channel", slog.AnyValue(account), "error", err)
		}
	}
	return token.AccessToken, nil
}

// noToken says why there is no token. What was answered may quote secrets, so only its code is kept.
func noToken(err error) *connectors.SendError {
	var refused *oauth2.RetrieveError
	switch {
	case errors.Is(err, egress.ErrPrivate):
		words := "The token URL is not on the public internet, and its network is not among those that are allowed (SEAX_PRIVATE_NETWORKS)."
		return &connectors.SendError{Code: connectors.CodeConfig, Words: words}
	case !errors.As(err, &refused):
		return &connectors.SendError{Code: connectors.CodeConnection, Words: "The server that gives OAuth tokens could not be reached.", Cause: errors.New("no token")}
	}
	cause := fmt.Errorf("status %d: %s", refused.Response.StatusCode, refused.ErrorCode)
	switch {
	case refused.Response.StatusCode >= http.StatusInternalServerError, refused.Response.StatusCode == http.StatusTooManyRequests:
		return &connectors.SendError{Code: connectors.CodeProvider, Words: "The server that gives OAuth tokens is not available now.", Cause: cause}
	case refused.ErrorCode == "invalid_grant":
		words := "The permission for the mailbox has expired or was revoked. Give it again, and enter the new refresh token."
		return &connectors.SendError{Code: connectors.CodeConfig, Words: words, Cause: cause}
	case refused.ErrorCode == "invalid_client", refused.ErrorCode == "unauthorized_client":
		return &connectors.SendError{Code: connectors.CodeConfig, Words: "The OAuth client ID or the client secret is not right, or the secret has expired.", Cause: cause}
	default:
		return &connectors.SendError{Code: connectors.CodeConfig, Words: "The token URL gives no OAuth token for these settings.", Cause: cause}
	}
}

// tokenRefused says that a server does not take a token which is good in itself.
func tokenRefused(protocol string, cause error) *connectors.SendError {
	words := "The " + protocol + " server refuses the OAuth token. The user must be the mailbox that gave the permission, the permission must be for IMAP and SMTP, and both must be switched on for the mailbox."
	return &connectors.SendError{Code: connectors.CodeConfig, Words: words, Cause: cause}
}

// xoauth2 is the client's side of XOAUTH2, as Google and Microsoft have it. It implements sasl.Client.
type xoauth2 struct{ user, token string }

// Start implements sasl.Client.
func (x xoauth2) Start() (mechanism string, response []byte, err error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next implements sasl.Client: a challenge says what is wrong; the server refuses when it is answered.
func (xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }

func checkTokenURL(v string) error {
	at, err := url.Parse(v)
	if err != nil || at.Scheme != "https" || at.Host == "" || at.User != nil {
		return errors.New("give an address like https://oauth2.googleapis.com/token")
	}
	return nil
}
