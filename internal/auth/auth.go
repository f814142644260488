package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"seax/internal/conversation"
)

// Role is what a person may do; each includes the ones before it.
type Role string

// The roles.
const (
	Agent      Role = "agent"
	Supervisor Role = "supervisor"
	Admin      Role = "admin"
)

// Includes reports whether a role may do what another may.
func (r Role) Includes(other Role) bool {
	order := map[Role]int{Agent: 1, Supervisor: 2, Admin: 3}
	return order[r] >= order[other] && order[r] > 0
}

// Principal is who calls.
type Principal struct {
	ID     uuid.UUID
	Name   string
	Email  string
	Locale string
	Role   Role
	// Session is the hash of the session's token; nil for API keys.
	Session []byte
}

// Supervisor reports whether the principal may act on what others own.
func (p Principal) Supervisor() bool { return p.Role.Includes(Supervisor) }

// Person names the principal in logs of conversations.
func (p Principal) Person() conversation.Person { return conversation.Person{ID: p.ID, Name: p.Name} }

type principalKey struct{}

// WithPrincipal returns a context that carries who calls.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// From returns who calls; false: nobody has signed in.
func From(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(principalKey{}).(Principal)
	return p, ok
}

// What a caller may decide on.
var (
	// ErrWrong: email or password is wrong; which is not told.
	ErrWrong = errors.New("email or password is wrong")
	// ErrUnauthenticated: the session or key is unknown, expired or revoked.
	ErrUnauthenticated = errors.New("not signed in")
)

// ThrottledError says that there were too many wrong passwords.
type ThrottledError struct{ RetryAfter time.Duration }

func (e *ThrottledError) Error() string {
	return fmt.Sprintf("too many attempts; try again in %s", e.RetryAfter.Round(time.Second))
}

// How long a session lasts: until it was idle for sessionIdle, and never longer than sessionLife.
const (
	sessionIdle = 12 * time.Hour
	sessionLife = 30 * 24 * time.Hour
	// touchEvery is how often, at most, use of a session is written down.
	touchEvery = 10 * time.Minute
	// cacheFor is how long an authenticated session is believed without asking the database.
	cacheFor = 3 * time.Second
)

// Service signs people in and recognises them. Safe for concurrent use.
type Service struct {
	pool  *pgxpool.Pool
	clock func() time.Time

	mu    sync.Mutex
	cache map[[sha256.Size]byte]cached
}

type cached struct {
	principal Principal
	until     time.Time
}

// New returns a service; clock is time.Now outside tests.
func New(pool *pgxpool.Pool, clock func() time.Time) *Service {
	return &Service{pool: pool, clock: clock, cache: map[[sha256.Size]byte]cached{}}
}

func newToken() (string, error) {
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return "", fmt.Errorf("make token: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(secret), nil
}

// SignIn checks a password and opens a session; token goes into the cookie. remote is the caller's network address.
func (s *Service) SignIn(ctx context.Context, email, password, userAgent, remote string) (p Principal, token string, err error) {
	keys := throttleKeys(email, remote)
	if err := s.throttled(ctx, keys); err != nil {
		return p, "", err
	}
	hash := decoy
	err = s.pool.QueryRow(ctx, `select id, name, email, locale, role, password_hash from people where lower(email) = lower($1) and active`, email).
		Scan(&p.ID, &p.Name, &p.Email, &p.Locale, &p.Role, &hash)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return p, "", fmt.Errorf("find person: %w", err)
	}
	unknown := err != nil || hash == ""
	if unknown {
		hash = decoy
	}
	right, err := checkPassword(ctx, password, hash)
	if err != nil {
		return p, "", err
	}
	if !right || unknown {
		return Principal{}, "", errors.Join(ErrWrong, s.failed(ctx, keys))
	}
	if token, err = newToken(); err != nil {
		return p, "", err
	}
	now := s.clock()
	sum := sha256.Sum256([]byte(token))
	p.Session = sum[:]
	batch := &pgx.Batch{}
	batch.Queue(`insert into sessions (token_hash, person_id, user_agent, created_at, expires_at) values ($1, $2, $3, $4, $5)`,
		p.Session, p.ID, trim(strings.ToValidUTF8(userAgent, "?"), 300), now, now.Add(sessionIdle))
	batch.Queue(`delete from login_failures where key = $1`, keys[0])
	batch.Queue(`delete from sessions where expires_at < $1`, now)
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return p, "", fmt.Errorf("open session: %w", err)
	}
	return p, token, nil
}

func trim(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}

// BySession recognises a session's token.
func (s *Service) BySession(ctx context.Context, token string) (Principal, error) {
	sum := sha256.Sum256([]byte(token))
	if p, ok := s.remembered(sum); ok && p.Session != nil {
		return p, nil
	}
	now := s.clock()
	var p Principal
	var expires time.Time
	err := s.pool.QueryRow(ctx, `select p.id, p.name, p.email, p.locale, p.role, s.expires_at
		from sessions s join people p on p.id = s.person_id where s.token_hash = $1 and p.active and s.expires_at > $2 and s.created_at > $3`,
		sum[:], now, now.Add(-sessionLife)).Scan(&p.ID, &p.Name, &p.Email, &p.Locale, &p.Role, &expires)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, ErrUnauthenticated
	}
	if err != nil {
		return p, fmt.Errorf("find session: %w", err)
	}
	p.Session = sum[:]
	if expires.Sub(now) < sessionIdle-touchEvery {
		if _, err := s.pool.Exec(ctx, `update sessions set expires_at = $2 where token_hash = $1`, sum[:], now.Add(sessionIdle)); err != nil {
			return p, fmt.Errorf("prolong session: %w", err)
		}
	}
	s.remember(sum, p)
	return p, nil
}

func (s *Service) remembered(sum [sha256.Size]byte) (Principal, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.cache[sum]
	if !ok || !s.clock().Before(c.until) {
		delete(s.cache, sum)
		return Principal{}, false
	}
	return c.principal, true
}

// cacheSize bounds the cache; when it is full it starts anew.
const cacheSize = 10_000

func (s *Service) remember(sum [sha256.Size]byte, p Principal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.cache) >= cacheSize {
		clear(s.cache)
	}
	s.cache[sum] = cached{p, s.clock().Add(cacheFor)}
}

// Forget drops what this process remembers of a person, after their rights have changed.
func (s *Service) Forget(person uuid.UUID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for sum, c := range s.cache {
		if c.principal.ID == person {
			delete(s.cache, sum)
		}
	}
}

// SignOut ends a session.
func (s *Service) SignOut(ctx context.Context, p Principal) error {
	if _, err := s.pool.Exec(ctx, `delete from sessions where token_hash = $1`, p.Session); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	s.Forget(p.ID)
	return nil
}

// ChangePassword sets a new password after checking the current one, and ends the person's other sessions.
func (s *Service) ChangePassword(ctx context.Context, p Principal, current, next string) error {
	var hash string
	if err := s.pool.QueryRow(ctx, `select password_hash from people where id = $1`, p.ID).Scan(&hash); err != nil {
		return fmt.Errorf("find person %s: %w", p.ID, err)
	}
	if hash == "" {
		return ErrWrong
	}
	right, err := checkPassword(ctx, current, hash)
	if err != nil {
		return err
	}
	if !right {
		return ErrWrong
	}
	if hash, err = HashPassword(ctx, next); err != nil {
		return err
	}
	batch := &pgx.Batch{}
	batch.Queue(`update people set password_hash = $2, version = version + 1 where id = $1`, p.ID, hash)
	batch.Queue(`delete from sessions where person_id = $1 and token_hash is distinct from $2`, p.ID, p.Session)
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("change password of %s: %w", p.ID, err)
	}
	s.Forget(p.ID)
	return nil
}
