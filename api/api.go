// Package api serves everything that comes over HTTP: the API of openapi.yaml, providers' webhooks, realtime sockets, the
// agent client and the webchat widget. This file is where it is put together; handlers stand by resource.
package api

import (
	"context"
	_ "embed"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5/pgxpool"

	"seax/api/spec"
	"seax/connectors"
	"seax/internal/auth"
	"seax/internal/blob"
	"seax/internal/conversation"
	"seax/internal/directory"
	"seax/internal/dispatch"
	"seax/internal/health"
	"seax/internal/identity"
	"seax/internal/ingress"
	"seax/internal/reports"
	"seax/internal/views"
	"seax/internal/wallboard"
)

// basePath is where the API's own routes begin.
const basePath = "/api/v1"

//go:embed openapi.yaml
var document []byte

// Deps are what the API is made of.
type Deps struct {
	Pool      *pgxpool.Pool
	Auth      *auth.Service
	Tokens    *auth.Tokens
	Directory *directory.Directory
	Log       *conversation.Log
	Desk      *dispatch.Desk
	Views     *views.Views
	Contacts  *identity.Contacts
	Ingress   *ingress.Ingress
	Reports   *reports.Reader
	Boards    *wallboard.Boards
	Files     *blob.Store
	Registry  *connectors.Registry
	Health    *health.Recorder
	Pusher    Pusher
	// Agents, Visitors and Walls serve realtime sockets.
	Agents, Visitors, Walls http.Handler
	// SignedOut is called after a person has signed out; may be nil.
	SignedOut func(p Principal)
	// Web is the built web client: index.html, assets/, widget/, demo/.
	Web fs.FS
	// Ready are named checks of what must work before requests are sent here.
	Ready map[string]func(context.Context) error
	// PublicURL is how customers' browsers and providers reach this server, without a trailing slash.
	PublicURL string
	// TemporalUI is the prefix of a workflow's page in the Temporal UI; "" if there is none.
	TemporalUI string
	// TrustProxy believes X-Forwarded-For and X-Forwarded-Proto of the proxy in front.
	TrustProxy bool
	Logger     *slog.Logger
}

// server is the API with what it is made of. The embedded handlers make up spec.StrictServerInterface.
type server struct {
	Deps
	session
	conversations
	reservations
	contacts
	live
	reporting
	admin
	plans
	simulations
	routingFile
	channels
	files
	continuations

	clientAssets *assets
}

// New returns the handler of everything. It fails only when the program itself is broken.
func New(deps Deps) (http.Handler, error) {
	s := &server{
		Deps:    deps,
		session: session{deps: deps},
		conversations: conversations{
			log: deps.Log, desk: deps.Desk, views: deps.Views, files: deps.Files, courtesy: courtesy{deps}, channels: deps.Directory, registry: deps.Registry, flows: deps.Directory.Flows(),
		},
		reservations:  reservations{desk: deps.Desk, views: deps.Views},
		contacts:      contacts{contacts: deps.Contacts, views: deps.Views},
		live:          live{desk: deps.Desk, views: deps.Views, flows: deps.Directory.Flows()},
		reporting:     reporting{deps: deps},
		admin:         admin{directory: deps.Directory},
		plans:         plans{directory: deps.Directory, desk: deps.Desk},
		simulations:   simulations{deps: deps, running: make(chan struct{}, 1)},
		routingFile:   routingFile{directory: deps.Directory},
		channels:      channels{deps: deps},
		continuations: continuations{log: deps.Log, directory: deps.Directory, registry: deps.Registry},
		files:         files{store: deps.Files, registry: deps.Registry},
	}
	s.session.server, s.reporting.server, s.continuations.conversations = s, s, &s.conversations
	validator, err := newValidator()
	if err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.ContextWithFallback = true
	engine.HandleMethodNotAllowed = true
	engine.Use(identify(deps.Logger), secure)
	s.routes(engine, validator)
	s.pages(engine)
	return engine, nil
}

// routes mounts the API, webhooks, sockets and files.
func (s *server) routes(engine *gin.Engine, validator *validator) {
	group := engine.Group(basePath, crossOrigin(), s.guard, validator.check, s.idempotent, s.answerErrors)
	group.Use(func(c *gin.Context) { c.Header("Cache-Control", "no-store") })
	spec.RegisterHandlersWithOptions(group, spec.NewStrictHandler(s, nil), spec.GinServerOptions{
		ErrorHandler: func(c *gin.Context, err error, _ int) { answer(c, unreadableParameter(err)) },
	})
	engine.GET(basePath+"/openapi.yaml", func(c *gin.Context) { c.Data(http.StatusOK, "application/yaml", document) })
	engine.GET("/healthz", func(c *gin.Context) { c.String(http.StatusOK, "ok") })
	engine.GET("/readyz", s.ready)
	engine.Any("/webhooks/:kind/:channel", s.webhook)
	engine.GET("/realtime/agent", gin.WrapH(s.Agents))
	engine.GET("/realtime/visitor", gin.WrapH(s.Visitors))
	engine.GET("/realtime/wallboard", s.remotely(s.Walls))
	engine.Any("/files/*path", gin.WrapH(s.Files.Handler()))
	for _, kind := range s.Registry.Kinds() {
		connector, _ := s.Registry.Get(kind)
		if p, ok := connector.(connectors.Public); ok {
			handler := http.StripPrefix("/"+kind, p.Handler(s.Directory))
			engine.Any("/"+kind+"/*path", s.remotely(handler))
		}
	}
	unknown := func(status int, code, detail string) gin.HandlerFunc {
		return func(c *gin.Context) {
			if strings.HasPrefix(c.Request.URL.Path, "/api/") || strings.HasPrefix(c.Request.URL.Path, "/webhooks/") {
				answer(c, problem(status, code, "%s", detail))
			}
		}
	}
	engine.NoMethod(unknown(http.StatusMethodNotAllowed, "invalid", "This route does not take this method."))
	engine.NoRoute(unknown(http.StatusNotFound, "not_found", "There is no such route."), s.client)
}

// remotely serves with the caller's network address: what is limited by it must not be the proxy's.
func (s *server) remotely(handler http.Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if s.TrustProxy {
			c.Request.RemoteAddr = net.JoinHostPort(s.remote(c.Request), "0")
		}
		handler.ServeHTTP(c.Writer, c.Request)
	}
}

// answerErrors turns what handlers return as errors into problems.
func (s *server) answerErrors(c *gin.Context) {
	c.Next()
	if len(c.Errors) == 0 || c.Writer.Written() {
		return
	}
	err := c.Errors.Last().Err
	if c.Writer.Status() == http.StatusBadRequest {
		// Not the handler's error: the body fits the document's patterns, but not our types (30 February, 1e30 for a count).
		err = unreadable(err)
	}
	fail(c, s.Logger, err)
}

// ready answers whether requests should be sent here.
func (s *server) ready(c *gin.Context) {
	failing := map[string]string{}
	for name, check := range s.Ready {
		if err := check(c.Request.Context()); err != nil {
			s.Logger.Warn("not ready", "check", name, "error", err)
			failing[name] = "failing"
		}
	}
	if len(failing) > 0 {
		p := problem(http.StatusServiceUnavailable, "unavailable", "Not ready yet.")
		p.Fields = &failing
		answer(c, p)
		return
	}
	c.String(http.StatusOK, "ready")
}
