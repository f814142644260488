package webchat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"seax/connectors"
	"seax/internal/conversation"
)

// How long a visitor's token is valid, and how long an expired one still resumes the same visitor.
const (
	tokenLife   = 24 * time.Hour
	tokenRenews = 30 * 24 * time.Hour
)

// visitor is who a token is for.
type visitor struct {
	ID      string
	Profile connectors.Profile
	Expires time.Time
}

// visitorClaims are what a visitor's token says.
type visitorClaims struct {
	jwt.RegisteredClaims
	Locale   string `json:"locale,omitempty"`
	Name     string `json:"name,omitempty"`
	Email    string `json:"email,omitempty"`
	Phone    string `json:"phone,omitempty"`
	External string `json:"ext,omitempty"`
}

func (c *Connector) makeToken(account connectors.Account, v visitor) (string, time.Time, error) {
	now := c.deps.Clock()
	expires := now.Add(tokenLife)
	claims := visitorClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Subject: v.ID, Audience: jwt.ClaimStrings{account.ID}, IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
		},
		Locale: v.Profile.Locale, Name: v.Profile.Name, Email: v.Profile.Email, Phone: v.Profile.Phone, External: v.Profile.ExternalID,
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(derive(account, "visitor"))
	if err != nil {
		return "", expires, fmt.Errorf("sign visitor token: %w", err)
	}
	return token, expires, nil
}

// readToken returns who a token is for. An expired one is connectors.ErrExpired, with the visitor.
func (c *Connector) readToken(account connectors.Account, token string) (visitor, error) {
	var claims visitorClaims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithoutClaimsValidation())
	_, err := parser.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return derive(account, "visitor"), nil })
	if err != nil {
		return visitor{}, fmt.Errorf("visitor token: %w", connectors.ErrUnauthenticated)
	}
	if len(claims.Audience) != 1 || claims.Audience[0] != account.ID || claims.ExpiresAt == nil || uuid.Validate(claims.Subject) != nil {
		return visitor{}, fmt.Errorf("visitor token is for something else: %w", connectors.ErrUnauthenticated)
	}
	v := visitor{ID: claims.Subject, Expires: claims.ExpiresAt.Time, Profile: connectors.Profile{
		Name: claims.Name, Locale: claims.Locale, Email: claims.Email, Phone: claims.Phone, ExternalID: claims.External, Verified: claims.External != "",
	}}
	if !c.deps.Clock().Before(v.Expires) {
		return v, connectors.ErrExpired
	}
	return v, nil
}

// resume returns the visitor of a token, also of one that has expired not too long ago; otherwise a new visitor.
func (c *Connector) resume(account connectors.Account, token string) visitor {
	if token != "" {
		v, err := c.readToken(account, token)
		if err == nil || errors.Is(err, connectors.ErrExpired) && c.deps.Clock().Before(v.Expires.Add(tokenRenews)) {
			return v
		}
	}
	return visitor{ID: conversation.NewID().String()}
}

// identityClaims are what a business signs of its customer.
type identityClaims struct {
	jwt.RegisteredClaims
	Name  string `json:"name"`
	Email string `json:"email"`
	Phone string `json:"phone"`
}

var errIdentity = errors.New("the signed identity is not valid")

// readIdentity verifies what a business says of its customer. A token without an expiry, or with one in the past, is refused.
func (c *Connector) readIdentity(account connectors.Account, token string) (connectors.Profile, error) {
	var claims identityClaims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithTimeFunc(c.deps.Clock))
	_, err := parser.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return []byte(c.IdentitySecret(account)), nil })
	if err != nil || claims.Subject == "" || len(claims.Subject) > 200 || len(claims.Name) > 200 {
		return connectors.Profile{}, errIdentity
	}
	return connectors.Profile{Name: claims.Name, Email: claims.Email, Phone: claims.Phone, ExternalID: claims.Subject, Verified: true}, nil
}

// Channel returns the realtime channel a visitor's token is for; connectors.ErrUnauthenticated if it is for none (any more).
func (c *Connector) Channel(ctx context.Context, accounts connectors.Accounts, token string) (string, error) {
	var claims visitorClaims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &claims); err != nil || len(claims.Audience) != 1 {
		return "", connectors.ErrUnauthenticated
	}
	account, err := accounts.Account(ctx, claims.Audience[0])
	if errors.Is(err, connectors.ErrNoAccount) || err == nil && account.Kind != Kind {
		return "", connectors.ErrUnauthenticated
	}
	if err != nil {
		return "", err
	}
	v, err := c.readToken(account, token)
	if err != nil {
		return "", fmt.Errorf("%w: %w", connectors.ErrUnauthenticated, err)
	}
	return RealtimeChannel(account.ID, v.ID), nil
}
