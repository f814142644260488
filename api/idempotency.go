package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5"
)

// maxKey bounds an Idempotency-Key.
const maxKey = 200

const (
	// formOverhead is what a form may have around a file, in bytes.
	formOverhead = 64 << 10
	// rememberTimeout bounds writing an answer down.
	rememberTimeout = 5 * time.Second
)

// secret are the routes whose answers hold a secret that is shown once. It is kept nowhere, so their answers are not repeated.
var secret = map[string]bool{basePath + "/api-keys": true, basePath + "/wallboards": true}

// idempotent answers a POST that is repeated with the same Idempotency-Key as it was answered first. A key is remembered for a
// day. An attempt whose process died is taken over after a minute. Of an answer with a secret only is remembered that it was given.
func (s *server) idempotent(c *gin.Context) {
	key := c.GetHeader("Idempotency-Key")
	if key == "" || c.Request.Method != http.MethodPost || c.FullPath() == basePath+"/session" {
		return
	}
	if len(key) > maxKey || !storable(key) {
		answer(c, problem(http.StatusBadRequest, "invalid", "An Idempotency-Key is text of at most %d characters.", maxKey))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, uploadLimit+formOverhead))
	if err != nil {
		fail(c, s.Logger, err)
		return
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	hash := sha256.Sum256(body)
	me, route := caller(c.Request.Context()), c.Request.Method+" "+c.Request.URL.Path
	earlier, err := s.claimKey(c, me, key, route, hash[:])
	if err != nil {
		fail(c, s.Logger, err)
		return
	}
	withheld := func(status int) bool { return secret[c.FullPath()] && status < 400 }
	if earlier != nil && withheld(earlier.status) {
		answer(c, problem(http.StatusConflict, "conflict", "This was done already, and its secret was shown then; it is not kept. Revoke what was made, and make another with a new Idempotency-Key."))
		return
	}
	if earlier != nil {
		c.Abort()
		c.Header("Cache-Control", "no-store")
		c.Data(earlier.status, earlier.media, earlier.body)
		return
	}
	recorder := &recorder{ResponseWriter: c.Writer}
	c.Writer = recorder
	c.Next()
	// Also when the caller has gone meanwhile: that is when they will repeat it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), rememberTimeout)
	defer cancel()
	switch status := recorder.Status(); {
	case status >= 500:
		_, err = s.Pool.Exec(ctx, `delete from idempotency_keys where person_id = $1 and key = $2`, me.ID, key)
	case withheld(status):
		_, err = s.Pool.Exec(ctx, `update idempotency_keys set status = $3 where person_id = $1 and key = $2`, me.ID, key, status)
	default:
		_, err = s.Pool.Exec(ctx, `update idempotency_keys set status = $3, response = $4 where person_id = $1 and key = $2`, me.ID, key, status, recorder.body.Bytes())
	}
	if err != nil {
		s.Logger.Warn("remember answer", "error", err)
	}
}

type earlierAnswer struct {
	status int
	media  string
	body   []byte
}

// claimKey makes a key this request's, or returns what was answered to it before.
func (s *server) claimKey(c *gin.Context, me Principal, key, route string, hash []byte) (*earlierAnswer, error) {
	ctx := c.Request.Context()
	tag, err := s.Pool.Exec(ctx, `insert into idempotency_keys (person_id, key, route, body_hash) values ($1, $2, $3, $4)
		on conflict (person_id, key) do update set created_at = now(), route = excluded.route, body_hash = excluded.body_hash, status = null, response = null
		where idempotency_keys.created_at < now() - interval '1 day'
		   or idempotency_keys.status is null and idempotency_keys.created_at < now() - interval '1 minute'`, me.ID, key, route, hash)
	if err != nil {
		return nil, fmt.Errorf("claim idempotency key: %w", err)
	}
	if tag.RowsAffected() > 0 {
		return nil, nil
	}
	var storedRoute string
	var storedHash []byte
	var status *int
	earlier := &earlierAnswer{media: "application/json"}
	err = s.Pool.QueryRow(ctx, `select route, body_hash, status, response from idempotency_keys where person_id = $1 and key = $2`, me.ID, key).
		Scan(&storedRoute, &storedHash, &status, &earlier.body)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, problem(http.StatusConflict, "conflict", "The first request with this Idempotency-Key has just failed; send it again.")
	case err != nil:
		return nil, fmt.Errorf("read idempotency key: %w", err)
	case storedRoute != route || !bytes.Equal(storedHash, hash):
		return nil, problem(http.StatusConflict, "conflict", "This Idempotency-Key was used for another request; make a new one.")
	case status == nil:
		return nil, problem(http.StatusConflict, "conflict", "The first request with this Idempotency-Key is still being answered.")
	}
	earlier.status = *status
	if earlier.status >= 400 {
		earlier.media = "application/problem+json"
	}
	return earlier, nil
}

// recorder keeps what is answered.
type recorder struct {
	gin.ResponseWriter
	body bytes.Buffer
}

func (r *recorder) Write(b []byte) (int, error) {
	r.body.Write(b)
	return r.ResponseWriter.Write(b)
}
