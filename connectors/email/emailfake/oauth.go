package emailfake

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-sasl"

	"seax/connectors/fake"
)

// TokenPath is where tokens are given, on Host.
const TokenPath = "/oauth2/token"

const xoauth2Name = "XOAUTH2"

// permits are the permissions for mailboxes. What is refreshed is known by the refresh token among an account's secrets.
type permits struct {
	// access are the accounts that tokens are for.
	access map[string]string
	// refresh are refresh tokens that were given in the place of an account's, revoked the accounts whose permission was taken back.
	refresh map[string]string
	revoked map[string]bool
	// rotates: every use of a refresh token gives a new one.
	rotates bool
	given   int
}

func newPermits() permits {
	return permits{access: map[string]string{}, refresh: map[string]string{}, revoked: map[string]bool{}}
}

// Expire ends all access tokens before their time.
func (f *Fake) Expire() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.permits.access)
}

// Revoke takes the permission for an account's mailbox back.
func (f *Fake) Revoke(account string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.permits.revoked[account] = true
	clear(f.permits.access)
}

// Rotates makes every use of a refresh token give a new one, as Microsoft does.
func (f *Fake) Rotates() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.permits.rotates = true
}

// TokensGiven says how many access tokens were given.
func (f *Fake) TokensGiven() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.permits.given
}

// giveToken answers a request for an access token.
func (f *Fake) giveToken(w http.ResponseWriter, r *http.Request) {
	answer := func(status int, body map[string]any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
	if err := r.ParseForm(); err != nil || r.PostForm.Get("grant_type") != "refresh_token" {
		answer(http.StatusBadRequest, map[string]any{"error": "unsupported_grant_type"})
		return
	}
	asked := r.PostForm.Get("refresh_token")
	number := f.number()
	f.mu.Lock()
	given := f.permits.refresh[asked]
	f.mu.Unlock()
	known, ok := f.Find(func(k fake.Known) bool {
		return asked != "" && (k.Secrets["oauth_refresh_token"] == asked || k.ID == given)
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case !ok || f.permits.revoked[known.ID]:
		answer(http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
		return
	case known.Settings["oauth_client_id"] != r.PostForm.Get("client_id") || known.Secrets["oauth_client_secret"] != r.PostForm.Get("client_secret"):
		answer(http.StatusUnauthorized, map[string]any{"error": "invalid_client", "error_description": "The OAuth client was not found."})
		return
	}
	token := "ya29." + number
	f.permits.access[token] = known.ID
	f.permits.given++
	body := map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": 3600}
	if f.permits.rotates {
		fresh := "refresh-" + number
		f.permits.refresh[fresh] = known.ID
		body["refresh_token"] = fresh
	}
	answer(http.StatusOK, body)
}

// permitted finds whose mailbox a user may enter with a token.
func (f *Fake) permitted(user, token string) (fake.Known, bool) {
	f.mu.Lock()
	id := f.permits.access[token]
	f.mu.Unlock()
	return f.Find(func(k fake.Known) bool { return id != "" && k.ID == id && userOf(k.Account) == user })
}

// xoauth2 is the server's side of XOAUTH2: what is wrong is said as a challenge, and who answers that is refused.
type xoauth2 struct {
	fake    *Fake
	in      func(known fake.Known) error
	refused error
	told    bool
}

// Next implements sasl.Server.
func (x *xoauth2) Next(response []byte) (challenge []byte, done bool, err error) {
	if x.told {
		return nil, false, x.refused
	}
	if response == nil {
		return []byte{}, false, nil
	}
	user, rest, _ := bytes.Cut(bytes.TrimPrefix(response, []byte("user=")), []byte("\x01"))
	token, ended := strings.CutSuffix(strings.TrimPrefix(string(rest), "auth=Bearer "), "\x01\x01")
	known, ok := x.fake.permitted(string(user), token)
	if !ended || !ok {
		x.told = true
		return []byte(`{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}`), false, nil
	}
	return nil, true, x.in(known)
}

// AuthenticateMechanisms implements imapserver.SessionSASL.
func (*session) AuthenticateMechanisms() []string { return []string{sasl.Plain, xoauth2Name} }

// Authenticate implements imapserver.SessionSASL.
func (s *session) Authenticate(mechanism string) (sasl.Server, error) {
	if mechanism != xoauth2Name {
		return sasl.NewPlainServer(func(_, username, password string) error { return s.Login(username, password) }), nil
	}
	return &xoauth2{fake: s.fake, refused: imapserver.ErrAuthFailed, in: func(known fake.Known) error {
		s.UserSession = imapmemserver.NewUserSession(s.fake.user(known.Account))
		return nil
	}}, nil
}
