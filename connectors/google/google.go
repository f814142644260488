// Package google has what Google's two messaging APIs share, Business Messages and RCS for Business: service accounts, the handshake of
// webhooks and their signatures, and calls with errors that say what they mean for a message.
package google

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
	goauth "golang.org/x/oauth2/google"

	"seax/connectors"
	"seax/connectors/wire"
)

// SignatureHeader holds base64(HMAC-SHA512(key, what is signed)).
const SignatureHeader = "X-Goog-Signature"

// Signed reports whether a request's signature is one of these bytes.
func Signed(r *connectors.Request, key string, what []byte) bool {
	if key == "" {
		return false
	}
	return hmac.Equal([]byte(r.Header.Get(SignatureHeader)), []byte(Sign(key, what)))
}

// Sign signs as Google does.
func Sign(key string, what []byte) string {
	mac := hmac.New(sha512.New, []byte(key))
	mac.Write(what)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// maxHandshake bounds a handshake's body, in bytes; it is read before anybody is authenticated.
const maxHandshake = 4 << 10

// Handshake answers the call by which Google verifies a webhook's address: it shows the client token and wants the secret back.
func Handshake(r *connectors.Request, clientToken string) (connectors.Response, bool, error) {
	var in struct {
		ClientToken string `json:"clientToken"`
		Secret      string `json:"secret"`
	}
	if r.Method == http.MethodPost && len(r.Body) <= maxHandshake {
		// What cannot be read is no handshake.
		_ = json.Unmarshal(r.Body, &in)
	}
	if in.ClientToken == "" || in.Secret == "" {
		return connectors.Response{}, false, nil
	}
	if clientToken == "" || !hmac.Equal([]byte(in.ClientToken), []byte(clientToken)) {
		return connectors.Response{}, true, fmt.Errorf("client token: %w", connectors.ErrUnauthenticated)
	}
	return connectors.Response{ContentType: "text/plain; charset=utf-8", Body: []byte(in.Secret)}, true, nil
}

// Service makes calls in the name of service accounts. Safe for concurrent use.
type Service struct {
	http  *http.Client
	clock func() time.Time
	scope string

	mu     sync.Mutex
	tokens map[[sha256.Size]byte]oauth2.TokenSource
}

// NewService returns a service whose tokens have a scope.
func NewService(deps connectors.Deps, scope string) *Service {
	return &Service{http: deps.HTTP, clock: deps.Clock, scope: scope, tokens: map[[sha256.Size]byte]oauth2.TokenSource{}}
}

// remembered bounds how many accounts' tokens are remembered.
const remembered = 1000

// source finds where an account's tokens come from; they are kept until they expire.
func (s *Service) source(key string) (oauth2.TokenSource, error) {
	sum := sha256.Sum256([]byte(key))
	s.mu.Lock()
	defer s.mu.Unlock()
	if source, ok := s.tokens[sum]; ok {
		return source, nil
	}
	account, err := goauth.JWTConfigFromJSON([]byte(key), s.scope)
	if err != nil {
		return nil, err
	}
	if len(s.tokens) >= remembered {
		clear(s.tokens)
	}
	// A token is for all calls to come, so none of them bounds getting it; the client does.
	source := account.TokenSource(context.WithValue(context.Background(), oauth2.HTTPClient, s.http))
	s.tokens[sum] = source
	return source, nil
}

func (s *Service) token(key string) (string, error) {
	if key == "" {
		return "", &connectors.SendError{Code: connectors.CodeConfig, Words: "The channel's credentials are not set."}
	}
	source, err := s.source(key)
	if err != nil {
		// What is wrong with it may quote it.
		return "", &connectors.SendError{Code: connectors.CodeConfig, Words: "The service account's key is not one: paste the whole JSON file."}
	}
	token, err := source.Token()
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.Response.StatusCode < http.StatusInternalServerError:
		cause := fmt.Errorf("status %d: %s", refused.Response.StatusCode, refused.ErrorCode)
		return "", &connectors.SendError{Code: connectors.CodeConfig, Words: "Google refuses the service account's key.", Cause: cause}
	case err != nil:
		return "", &connectors.SendError{Code: connectors.CodeConnection, Words: "Google could not be reached.", Cause: errors.New("no token")}
	}
	return token.AccessToken, nil
}

// ErrExists is what a call returns for something that was made before by the same id.
var ErrExists = errors.New("it is there already")

// Call makes one call with an account's key. in is sent as JSON, unless it is nil; the answer is read into out, unless that is nil.
// Errors are *connectors.SendError, or ErrExists.
func (s *Service) Call(ctx context.Context, key, method, address string, in, out any) error {
	token, err := s.token(key)
	if err != nil {
		return err
	}
	var body []byte
	if in != nil {
		if body, err = json.Marshal(in); err != nil {
			return &connectors.SendError{Code: connectors.CodeRejected, Words: "The message cannot be written.", Cause: err}
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return &connectors.SendError{Code: connectors.CodeConfig, Words: "The channel's settings make no address.", Cause: err}
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("User-Agent", "SeaX")
	answer, err := wire.Do(s.http, r)
	switch {
	case err != nil:
		return err
	case answer.Status == http.StatusConflict:
		return ErrExists
	case !answer.OK():
		return s.refusal(answer)
	case out == nil:
		return nil
	}
	return answer.JSON(out)
}

// refusal says what an answer that is not OK means: Google's statuses are HTTP's.
func (s *Service) refusal(a wire.Answer) *connectors.SendError {
	var body struct {
		Error struct {
			Status  string `json:"status"`
			Message string `json:"message"`
		} `json:"error"`
	}
	// What is no JSON comes from something in between.
	_ = json.Unmarshal(a.Body, &body)
	return a.Refusal(s.clock(), body.Error.Status+": "+body.Error.Message)
}
