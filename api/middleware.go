package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"seax/api/spec"
	"seax/internal/auth"
	"seax/internal/setup"
)

// Principal is who calls.
type Principal = auth.Principal

// caller returns who calls; the middleware has made sure that there is somebody.
func caller(ctx context.Context) Principal {
	p, _ := auth.From(ctx)
	return p
}

func encode(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }

const requestKey = "request"

func requestID(c *gin.Context) string { return c.GetString(requestKey) }

// CookieName is the session's cookie.
const CookieName = "seax_session"

// identify gives every request an id, logs it, and turns panics into problems.
func identify(logger *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		id := uuid.NewString()
		c.Set(requestKey, id)
		c.Header("X-Request-Id", id)
		started := time.Now()
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so, too
					panic(p)
				}
				fail(c, logger, fmt.Errorf("panic: %v", p))
			}
			logger.Debug("request", "request", id, "method", c.Request.Method, "route", c.FullPath(), "status", c.Writer.Status(), "took", time.Since(started))
		}()
		c.Next()
	}
}

// contentPolicy allows what the agent client needs and nothing else: its own scripts, Mantine's inline styles, pictures.
const contentPolicy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; " +
	"font-src 'self' data:; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"

func secure(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), payment=()")
	if c.Request.TLS != nil {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// guard authenticates and authorises a request of the API by the table of routes.
func (s *server) guard(c *gin.Context) {
	route := c.Request.Method + " " + strings.TrimPrefix(c.FullPath(), basePath)
	role, known := access[route]
	if !known {
		answer(c, problem(http.StatusForbidden, "forbidden", "This route is not open to anybody."))
		return
	}
	if role == public {
		return
	}
	p, err := s.who(c.Request)
	if err != nil {
		fail(c, s.Logger, err)
		return
	}
	if !p.Role.Includes(role) {
		answer(c, problem(http.StatusForbidden, "forbidden", "This needs the role %s; yours is %s.", role, p.Role))
		return
	}
	c.Request = c.Request.WithContext(auth.WithPrincipal(c.Request.Context(), p))
}

// who recognises a caller by API key or cookie.
func (s *server) who(r *http.Request) (Principal, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		key, ok := strings.CutPrefix(header, "Bearer ")
		if !ok {
			return Principal{}, auth.ErrUnauthenticated
		}
		return s.Auth.ByKey(r.Context(), key)
	}
	cookie, err := r.Cookie(CookieName)
	if err != nil {
		return Principal{}, auth.ErrUnauthenticated
	}
	return s.Auth.BySession(r.Context(), cookie.Value)
}

// crossOrigin refuses unsafe requests that another site's page makes a browser send.
func crossOrigin() gin.HandlerFunc {
	protection := http.NewCrossOriginProtection()
	return func(c *gin.Context) {
		if err := protection.Check(c.Request); err != nil {
			answer(c, problem(http.StatusForbidden, "forbidden", "Requests from other sites' pages are not accepted."))
		}
	}
}

// Limits of request bodies in bytes. Files have their own, in their handler.
const (
	bodyLimit    = 256 << 10
	messageLimit = 1 << 20
	// A routing file is text in JSON, in which some characters take two bytes.
	routingLimit = 2*setup.MaxSize + 64<<10
)

// validator checks requests against the OpenAPI document.
type validator struct{ router routers.Router }

func newValidator() (*validator, error) {
	doc, err := spec.Document()
	if err != nil {
		return nil, err
	}
	doc.Servers = openapi3.Servers{{URL: basePath}}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		return nil, fmt.Errorf("read OpenAPI document: %w", err)
	}
	return &validator{router}, nil
}

// check refuses requests that do not fit the document.
func (v *validator) check(c *gin.Context) {
	r := c.Request
	upload := c.FullPath() == uploadPath
	prepare := readBody
	if upload {
		prepare = checkForm
	}
	if p := cmp.Or(checkURL(r), prepare(c)); p != nil {
		answer(c, p)
		return
	}
	route, params, err := v.router.FindRoute(r)
	if err != nil {
		answer(c, problem(http.StatusNotFound, "not_found", "There is no such route."))
		return
	}
	options := &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, MultiError: true, ExcludeRequestBody: upload, ExcludeReadOnlyValidations: true}
	err = openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: options})
	if err != nil {
		answer(c, explainInvalid(err))
	}
}

// uploadPath is the one route that takes a form instead of JSON.
const uploadPath = basePath + "/files"

// checkURL refuses what cannot be text in the database.
func checkURL(r *http.Request) *Problem {
	query, err := url.QueryUnescape(r.URL.RawQuery)
	if err != nil || !storable(query) || !storable(r.URL.Path) {
		return problem(http.StatusBadRequest, "invalid", "The address holds characters that are not valid UTF-8, or null characters.")
	}
	return nil
}

func storable(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }

func checkForm(c *gin.Context) *Problem {
	media, params, err := mime.ParseMediaType(c.Request.Header.Get("Content-Type"))
	if err != nil || media != "multipart/form-data" || params["boundary"] == "" {
		return problem(http.StatusUnsupportedMediaType, "invalid", "Send the file as a form (multipart/form-data).")
	}
	return nil
}

func readBody(c *gin.Context) *Problem {
	limit := int64(bodyLimit)
	switch path := c.FullPath(); {
	case strings.HasSuffix(path, "/messages"):
		limit = messageLimit
	case path == basePath+"/routing-file":
		limit = routingLimit
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, limit))
	var size *http.MaxBytesError
	switch {
	case errors.As(err, &size):
		return problem(http.StatusRequestEntityTooLarge, "too_large", "A request here may have at most %d kB.", limit>>10)
	case err != nil:
		return problem(http.StatusBadRequest, "invalid", "The request's body could not be read.")
	case !utf8.Valid(body):
		return problem(http.StatusBadRequest, "invalid", "The request's body is not valid UTF-8.")
	case holdsNull(body):
		return problem(http.StatusBadRequest, "invalid", "The request's body holds a null character, which cannot be stored.")
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) == 0 {
		return nil
	}
	media, _, _ := strings.Cut(c.Request.Header.Get("Content-Type"), ";")
	if media = strings.TrimSpace(strings.ToLower(media)); media != "application/json" {
		return problem(http.StatusUnsupportedMediaType, "invalid", "Send application/json.")
	}
	if !json.Valid(body) {
		return problem(http.StatusBadRequest, "invalid", "The request's body is not valid JSON.")
	}
	return nil
}

// holdsNull reports whether JSON has an escaped null character in it: \u0000 behind an even number of backslashes.
func holdsNull(body []byte) bool {
	escape := []byte(`\u0000`)
	for at := bytes.Index(body, escape); at >= 0; {
		before := body[:at]
		if backslashes := len(before) - len(bytes.TrimRight(before, `\`)); backslashes%2 == 0 {
			return true
		}
		next := bytes.Index(body[at+1:], escape)
		if next < 0 {
			return false
		}
		at += 1 + next
	}
	return false
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// remote is the caller's network address: the connection's, or what a trusted proxy says.
func (s *server) remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if s.TrustProxy {
		if forwarded := r.Header.Get("X-Forwarded-For"); forwarded != "" {
			parts := strings.Split(forwarded, ",")
			return strings.TrimSpace(parts[len(parts)-1])
		}
	}
	return host
}

// https reports whether the caller's browser speaks https with us, or with the proxy before us.
func (s *server) https(r *http.Request) bool {
	return r.TLS != nil || s.TrustProxy && r.Header.Get("X-Forwarded-Proto") == "https"
}
