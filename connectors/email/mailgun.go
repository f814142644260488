package email

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/textproto"
	"strconv"
	"sync"
	"time"

	"seax/connectors"
)

// tolerance is how far the time in a signature may be off.
const tolerance = 5 * time.Minute

// signMailgun is what Mailgun writes under a timestamp and a token.
func signMailgun(key, timestamp, token string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(timestamp + token))
	return hex.EncodeToString(h.Sum(nil))
}

// verifyMailgun checks the signature that is among the form's fields; nothing else of the form is looked at. It covers no more than
// a time and a token, so a token is good for one body only.
func (c *Connector) verifyMailgun(account connectors.Account, r *connectors.Request) error {
	key := c.setting(account, settingMailgunKey)
	if key == "" {
		return errors.New("the signing key is not set")
	}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	timestamp, token := string(f.fields["timestamp"]), string(f.fields["token"])
	if token == "" || !hmac.Equal(f.fields["signature"], []byte(signMailgun(key, timestamp, token))) {
		return errors.New("wrong signature")
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	now := c.deps.Clock()
	if at := time.Unix(seconds, 0); err != nil || at.Before(now.Add(-tolerance)) || at.After(now.Add(tolerance)) {
		return errors.New("the signature is too old")
	}
	if !c.tokens.take(account.ID+"\n"+token, sha256.Sum256(r.Body), now) {
		return errors.New("the token was another request's")
	}
	return nil
}

// spent remembers which body a token was used for, as long as the token is good.
type spent struct {
	mu     sync.Mutex
	tokens map[string]use
	swept  time.Time
}

type use struct {
	body [sha256.Size]byte
	at   time.Time
}

func newSpent() *spent { return &spent{tokens: map[string]use{}} }

func (s *spent) take(token string, body [sha256.Size]byte, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.swept) > time.Minute {
		s.swept = now
		for old, u := range s.tokens {
			if now.Sub(u.at) > 2*tolerance {
				delete(s.tokens, old)
			}
		}
	}
	if before, used := s.tokens[token]; used {
		return before.body == body
	}
	s.tokens[token] = use{body, now}
	return true
}

// mailgunLetter reads what a route posts: the whole email, or its fields.
func mailgunLetter(r *connectors.Request) (*letter, error) {
	f, err := readForm(r)
	if err != nil {
		return nil, err
	}
	if raw := f.fields["body-mime"]; raw != nil {
		l, err := whole(raw)
		if err != nil {
			return nil, err
		}
		l.recipients = append(l.recipients, normal(f.text("recipient")))
		return l, nil
	}
	header := pairs(f.fields["message-headers"])
	if header == nil {
		header = textproto.MIMEHeader{}
	}
	for name, field := range map[string]string{"From": "from", "Subject": "subject", "Message-Id": "Message-Id", "To": "To", "Date": "Date", "In-Reply-To": "In-Reply-To", "References": "References"} {
		fill(header, name, f.text(field))
	}
	fill(header, "From", f.text("sender"))
	l := f.letter(header)
	if l.from == nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, errNoSender)
	}
	l.recipients = append(l.recipients, normal(f.text("recipient")))
	l.text, l.html, l.raw = f.text("body-plain"), f.text("body-html"), r.Body
	return l, nil
}
