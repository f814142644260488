package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// After so many failures in a row an email (an address) waits longer and longer, up to throttleMost. Failures are forgotten
// after throttleForget without one.
const (
	freeTriesEmail  = 5
	freeTriesRemote = 50
	throttleBase    = 2 * time.Second
	throttleMost    = 5 * time.Minute
	throttleForget  = 30 * time.Minute
)

func throttleKeys(email, remote string) []string {
	return []string{"email:" + strings.ToLower(trim(email, 200)), "remote:" + remote}
}

func freeTries(key string) int {
	if strings.HasPrefix(key, "email:") {
		return freeTriesEmail
	}
	return freeTriesRemote
}

// Try lets a caller show a secret that is no password, and holds them back when they have failed too often: then it returns a
// *ThrottledError and attempt is not called. wrong is the error by which attempt says that the secret is none; purpose tells
// such secrets apart, remote is the caller's network address.
func (s *Service) Try(ctx context.Context, purpose, remote string, wrong error, attempt func() error) error {
	keys := []string{purpose + ":" + remote}
	if err := s.throttled(ctx, keys); err != nil {
		return err
	}
	err := attempt()
	if errors.Is(err, wrong) {
		return errors.Join(err, s.failed(ctx, keys))
	}
	return err
}

func (s *Service) throttled(ctx context.Context, keys []string) error {
	rows, err := s.pool.Query(ctx, `select key, failures, last_at from login_failures where key = any($1)`, keys)
	if err != nil {
		return fmt.Errorf("read failed sign-ins: %w", err)
	}
	var key string
	var failures int
	var last time.Time
	var wait time.Duration
	_, err = pgx.ForEachRow(rows, []any{&key, &failures, &last}, func() error {
		since := s.clock().Sub(last)
		over := failures - freeTries(key)
		if over < 0 || since > throttleForget {
			return nil
		}
		wait = max(wait, min(throttleBase<<min(over, 16), throttleMost)-since)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read failed sign-ins: %w", err)
	}
	if wait > 0 {
		return &ThrottledError{RetryAfter: wait}
	}
	return nil
}

func (s *Service) failed(ctx context.Context, keys []string) error {
	now := s.clock()
	_, err := s.pool.Exec(ctx, `insert into login_failures (key, failures, last_at) select key, 1, $2 from unnest($1::text[]) as key
		on conflict (key) do update set last_at = excluded.last_at,
			failures = case when login_failures.last_at < $3 then 1 else login_failures.failures + 1 end`, keys, now, now.Add(-throttleForget))
	if err != nil {
		return fmt.Errorf("note failed sign-in: %w", err)
	}
	_, err = s.pool.Exec(ctx, `delete from login_failures where last_at < $1`, now.Add(-24*time.Hour))
	if err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("forget failed sign-ins: %w", err)
	}
	return nil
}
