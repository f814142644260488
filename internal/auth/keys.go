package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// NewKey makes an API key and what is kept of it. The key itself is shown once and stored nowhere.
func NewKey() (key, prefix string, hash []byte, err error) {
	secret, err := newToken()
	if err != nil {
		return "", "", nil, err
	}
	prefix = secret[:6]
	key = "seax_" + secret
	sum := sha256.Sum256([]byte(key))
	return key, prefix, sum[:], nil
}

// ByKey recognises an API key. It acts as the person who made it, with the key's role (never more than theirs).
func (s *Service) ByKey(ctx context.Context, key string) (Principal, error) {
	if !strings.HasPrefix(key, "seax_") {
		return Principal{}, ErrUnauthenticated
	}
	sum := sha256.Sum256([]byte(key))
	if p, ok := s.remembered(sum); ok && p.Session == nil {
		return p, nil
	}
	var p Principal
	var own Role
	err := s.pool.QueryRow(ctx, `update api_keys k set last_used_at = $2 from people p
		where k.key_hash = $1 and k.revoked_at is null and p.id = k.person_id and p.active returning p.id, p.name, p.email, p.locale, k.role, p.role`,
		sum[:], s.clock()).Scan(&p.ID, &p.Name, &p.Email, &p.Locale, &p.Role, &own)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, ErrUnauthenticated
	}
	if err != nil {
		return p, fmt.Errorf("find API key: %w", err)
	}
	if !own.Includes(p.Role) {
		p.Role = own
	}
	s.remember(sum, p)
	return p, nil
}

// Still returns what somebody whom a token names may do now, never more than the token says; false: nothing any more.
func (s *Service) Still(ctx context.Context, token Principal) (Principal, error) {
	p := Principal{ID: token.ID, Role: token.Role}
	var own Role
	err := s.pool.QueryRow(ctx, `select name, email, locale, role from people where id = $1 and active`, token.ID).Scan(&p.Name, &p.Email, &p.Locale, &own)
	if errors.Is(err, pgx.ErrNoRows) {
		return Principal{}, ErrUnauthenticated
	}
	if err != nil {
		return Principal{}, fmt.Errorf("find person %s: %w", token.ID, err)
	}
	if !own.Includes(p.Role) {
		p.Role = own
	}
	return p, nil
}

// InstanceKey returns a secret that every process of this installation shares, made at first use. name tells keys for
// different purposes apart.
func InstanceKey(ctx context.Context, pool *pgxpool.Pool, name string) ([]byte, error) {
	fresh := make([]byte, 32)
	if _, err := rand.Read(fresh); err != nil {
		return nil, fmt.Errorf("make key %s: %w", name, err)
	}
	var key []byte
	err := pool.QueryRow(ctx, `with made as (insert into instance_settings (key, value) values ($1, $2) on conflict do nothing returning value)
		select value from made union all select value from instance_settings where key = $1 limit 1`, name, fresh).Scan(&key)
	if errors.Is(err, pgx.ErrNoRows) {
		// Another process made it between the two halves of the statement.
		err = pool.QueryRow(ctx, `select value from instance_settings where key = $1`, name).Scan(&key)
	}
	if err != nil {
		return nil, fmt.Errorf("read key %s: %w", name, err)
	}
	return key, nil
}

// tokenLife is how long a realtime token may be used to open a socket.
const tokenLife = 2 * time.Minute

// Tokens signs short-lived proofs of who somebody is, for opening sockets without a cookie.
type Tokens struct {
	key   []byte
	clock func() time.Time
}

// NewTokens returns tokens signed with a key.
func NewTokens(key []byte, clock func() time.Time) *Tokens { return &Tokens{key: key, clock: clock} }

type claims struct {
	ID      uuid.UUID `json:"id"`
	Role    Role      `json:"role"`
	Expires int64     `json:"exp"`
}

// Make returns a token for a principal.
func (t *Tokens) Make(p Principal) (string, error) {
	body, err := json.Marshal(claims{ID: p.ID, Role: p.Role, Expires: t.clock().Add(tokenLife).Unix()})
	if err != nil {
		return "", fmt.Errorf("make token: %w", err)
	}
	encoded := base64.RawURLEncoding.EncodeToString(body)
	return encoded + "." + base64.RawURLEncoding.EncodeToString(t.sign(encoded)), nil
}

func (t *Tokens) sign(text string) []byte {
	mac := hmac.New(sha256.New, t.key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// Read returns whom a token is for.
func (t *Tokens) Read(token string) (Principal, bool) {
	encoded, signature, ok := strings.Cut(token, ".")
	given, err := base64.RawURLEncoding.DecodeString(signature)
	if !ok || err != nil || !hmac.Equal(given, t.sign(encoded)) {
		return Principal{}, false
	}
	body, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return Principal{}, false
	}
	var c claims
	if err := json.Unmarshal(body, &c); err != nil || t.clock().Unix() > c.Expires {
		return Principal{}, false
	}
	return Principal{ID: c.ID, Role: c.Role}, true
}
