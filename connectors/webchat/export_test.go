package webchat

import (
	"time"

	"seax/connectors"
)

// TakeFrom makes a limiter and returns its take and how many keys it remembers.
func TakeFrom(limit Limit, clock func() time.Time) (take func(key string, n int) error, remembered func() int) {
	l := newLimiter(limit, clock)
	return l.take, func() int { return len(l.recent) + len(l.older) }
}

// LimitKeys is limitKeys.
const LimitKeys = limitKeys

// VisitorKey is the key visitors' tokens are signed with.
func VisitorKey(account connectors.Account) []byte { return derive(account, "visitor") }

// Token makes a visitor's token.
func (c *Connector) Token(account connectors.Account, visitorID string, profile connectors.Profile) string {
	token, _, err := c.makeToken(account, visitor{ID: visitorID, Profile: profile})
	if err != nil {
		panic(err)
	}
	return token
}
