package email_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/email"
	"seax/connectors/email/emailfake"
)

// throughHandler answers requests without a network.
type throughHandler struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (h throughHandler) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), nil
}

// newPermitted is a world whose mailbox takes no password.
func newPermitted(t *testing.T, keep func(setting, value string)) *world {
	t.Helper()
	w := newWorld(t, "imap", map[string]string{
		"auth": "oauth", "oauth_client_id": "seax.apps.example", "oauth_token_url": "https://" + emailfake.Host + emailfake.TokenPath,
	})
	w.account.Secrets = connectors.Secrets{"oauth_client_secret": "of-the-client", "oauth_refresh_token": "1//of-the-mailbox"}
	deps := connectors.Deps{PublicURL: "https://desk.example", Clock: w.clock.Now, HTTP: &http.Client{Transport: throughHandler{w.Fake}}}
	w.connector = email.New(email.Deps{
		Deps: deps, TLS: w.TLS(), Files: w.files, FileTypes: []string{"text/plain"}, Dial: dial,
		Keep: func(_ context.Context, account connectors.Account, setting, value string) error {
			if keep != nil {
				keep(setting, value)
			}
			return nil
		},
	})
	w.Know(w.account, deps.WebhookURL(w.account))
	return w
}

func TestAMailboxIsReadAndSentFromWithAToken(t *testing.T) {
	t.Parallel()
	w := newPermitted(t, nil)
	found, err := w.connector.Check(t.Context(), w.account)
	require.NoError(t, err)
	require.Contains(t, found, "0 emails in INBOX")
	feed := newRecorder()
	w.listen(t, feed)
	w.deliver(t, "hello")
	require.Equal(t, []string{"hello"}, texts(feed.until(t, count(1))))
	w.send(t, out("welcome"))
	require.Len(t, w.Sent("ana@customer.example"), 1)
	require.Equal(t, 1, w.TokensGiven(), "a token is used until it ends")
}

func TestATokenThatEndedEarlyIsReplaced(t *testing.T) {
	t.Parallel()
	w := newPermitted(t, nil)
	w.send(t, out("one"))
	w.Expire()
	_, err := w.connector.Send(t.Context(), w.account, out("two"))
	require.Error(t, err, "the server refuses it once")
	w.send(t, out("two"))
	require.Equal(t, 2, w.TokensGiven())
}

func TestARefreshTokenThatIsReplacedIsKept(t *testing.T) {
	t.Parallel()
	kept := map[string]string{}
	w := newPermitted(t, func(setting, value string) { kept[setting] = value })
	w.Rotates()
	w.send(t, out("one"))
	require.NotEmpty(t, kept["oauth_refresh_token"])
	require.NotEqual(t, w.account.Secrets["oauth_refresh_token"], kept["oauth_refresh_token"])
	w.account.Secrets = connectors.Secrets{"oauth_client_secret": "of-the-client", "oauth_refresh_token": kept["oauth_refresh_token"]}
	w.send(t, out("two"))
}

func TestPermissionsThatDoNotHold(t *testing.T) {
	t.Parallel()
	w := newPermitted(t, nil)
	try := func(setting, secret map[string]string) *connectors.SendError {
		a := w.account
		a.Settings, a.Secrets = map[string]string{}, connectors.Secrets{}
		for name, value := range w.account.Settings {
			a.Settings[name] = value
		}
		for name, value := range w.account.Secrets {
			a.Secrets[name] = value
		}
		for name, value := range setting {
			a.Settings[name] = value
		}
		for name, value := range secret {
			a.Secrets[name] = value
		}
		_, err := w.connector.Check(t.Context(), a)
		var e *connectors.SendError
		require.ErrorAs(t, err, &e)
		require.NotContains(t, e.Error(), "of-the-", "secrets are told nobody")
		return e
	}
	for _, c := range []struct {
		name            string
		setting, secret map[string]string
		words           string
	}{
		{"nothing", nil, map[string]string{"oauth_refresh_token": ""}, "are not set"},
		{"refresh token", nil, map[string]string{"oauth_refresh_token": "another"}, "expired or was revoked"},
		{"client", map[string]string{"oauth_client_id": "another"}, nil, "client ID or the client secret"},
		{"client's secret", nil, map[string]string{"oauth_client_secret": "another"}, "client ID or the client secret"},
		{"address", map[string]string{"oauth_token_url": "https://" + emailfake.Host + "/elsewhere"}, nil, "gives no OAuth token"},
		{"another's mailbox", map[string]string{"username": "boss@shop.example"}, nil, "IMAP server refuses the OAuth token"},
		{"another's letters", map[string]string{"smtp_username": "boss@shop.example"}, nil, "SMTP server refuses the OAuth token"},
	} {
		e := try(c.setting, c.secret)
		require.Equal(t, connectors.CodeConfig, e.Code, c.name)
		require.Contains(t, e.Words, c.words, c.name)
	}
	// What holds once does not for ever: the listener and a message say the same as the test does.
	feed := newRecorder()
	_, err := w.connector.Check(t.Context(), w.account)
	require.NoError(t, err)
	w.Revoke(w.account.ID)
	require.ErrorContains(t, w.connector.Listen(t.Context(), w.account, feed), "refuses the OAuth token")
	require.ErrorContains(t, w.connector.Listen(t.Context(), w.account, feed), "expired or was revoked")
	_, err = w.connector.Send(t.Context(), w.account, out("hello"))
	require.ErrorContains(t, err, "expired or was revoked")
}

func TestAServerWithAPasswordOfItsOwnGetsThat(t *testing.T) {
	t.Parallel()
	w := newPermitted(t, nil)
	w.account.Secrets = connectors.Secrets{"oauth_client_secret": "of-the-client", "oauth_refresh_token": "1//of-the-mailbox", "password": "relay", "smtp_password": "relay"}
	w.Know(w.account, "")
	w.send(t, out("hello"))
	require.Zero(t, w.TokensGiven())
}
