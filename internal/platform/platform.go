// Package platform puts SeaX together from a configuration: what one process holds (Parts), and what it runs (API, worker).
// "seax api" and "seax worker" run one of them, the local stack runs both in one process.
package platform

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/log"

	"seax/api"
	"seax/api/spec"
	"seax/connectors"
	"seax/connectors/webchat"
	"seax/internal/auth"
	"seax/internal/blob"
	"seax/internal/bot"
	"seax/internal/bot/kb"
	"seax/internal/bot/rasa"
	"seax/internal/config"
	"seax/internal/conversation"
	"seax/internal/directory"
	"seax/internal/dispatch"
	"seax/internal/health"
	"seax/internal/identity"
	"seax/internal/ingress"
	"seax/internal/realtime"
	"seax/internal/relay"
	"seax/internal/reports"
	"seax/internal/secret"
	"seax/internal/store"
	"seax/internal/views"
	"seax/internal/wallboard"
	"seax/web"
	"seax/worker"
	"seax/workflows"
	"seax/workflows/flow"
)

// Roles say what a process does.
type Roles struct{ API, Worker bool }

// Platform is one process's SeaX.
type Platform struct {
	Config   config.Config
	Pool     *pgxpool.Pool
	Log      *conversation.Log
	Desk     *dispatch.Desk
	Temporal client.Client

	// door is where what customers send comes in.
	door      *pgxpool.Pool
	roles     Roles
	logger    *slog.Logger
	bus       *realtime.Bus
	hub       *realtime.Hub
	relay     *relay.Relay
	projector *reports.Projector
	files     *blob.Store
	registry  *connectors.Registry
	health    *health.Recorder
	directory *directory.Directory
	handler   http.Handler
	inbox     inbox
	bot       bot.Bot
	// settings holds a sign that settings of routing were changed elsewhere.
	settings chan struct{}
}

// doorConns is how many connections are kept for what customers send: it waits for no agent, no report and no decision about
// routing, also when everybody is back at once after Postgres was away.
const doorConns = 8

// New connects to Postgres and prepares the rest. Temporal need not be reachable yet.
func New(ctx context.Context, c config.Config, roles Roles, logger *slog.Logger) (*Platform, error) {
	if err := c.NeedDatabase(); err != nil {
		return nil, err
	}
	pool, err := store.Open(ctx, c.DatabaseURL, c.DatabaseConns)
	if err != nil {
		return nil, err
	}
	door, err := store.Open(ctx, c.DatabaseURL, doorConns)
	if err != nil {
		pool.Close()
		return nil, err
	}
	p := &Platform{Config: c, Pool: pool, door: door, roles: roles, logger: logger, settings: make(chan struct{}, 1)}
	if err := p.assemble(ctx); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (p *Platform) assemble(ctx context.Context) (err error) {
	if err := store.CheckMigrated(ctx, p.Pool); err != nil {
		return err
	}
	if p.Temporal, err = dial(p.logger); err != nil {
		return err
	}
	keys := map[string][]byte{}
	for _, name := range []string{"files", "realtime", "secrets"} {
		if keys[name], err = auth.InstanceKey(ctx, p.Pool, name); err != nil {
			return err
		}
	}
	if p.files, err = blob.Open(ctx, p.Config.FilesURL, p.Pool, keys["files"]); err != nil {
		return err
	}
	p.Log = conversation.NewLog(p.Pool, time.Now)
	p.Desk = dispatch.New(p.Log, dispatch.Timings{Lease: p.Config.Lease, ReturnGrace: p.Config.ReturnGrace})
	p.bus = realtime.NewBus(p.Pool, p.logger)
	pusher := &latePusher{}
	chat := webchat.New(webchat.Deps{Pool: p.Pool, Pusher: pusher, Files: p.files, FileTypes: blob.DefaultTypes, Clock: time.Now})
	p.registry = p.connectors(chat)
	box, err := secret.New(append(slices.Clone(p.Config.SecretKeys), keys["secrets"])...)
	if err != nil {
		return err
	}
	p.health = health.New(p.Pool, time.Now, p.logger)
	service := auth.New(p.Pool, time.Now)
	hooks := directory.Hooks{Routing: p.routingChanged, Person: service.Forget, Access: pusher.accessChanged}
	// At the door, because every webhook looks its channel up.
	p.directory = directory.New(p.door, p.registry, workflows.Names(), hooks, box, time.Now)
	if err := p.directory.SealSecrets(ctx); err != nil {
		return err
	}
	arrivals := conversation.NewLog(p.door, time.Now)
	p.inbox = inbox{directory: p.directory, ingress: ingress.New(arrivals), health: p.health, log: p.Log, pusher: pusher}
	shown := views.New(p.Pool, p.registry, p.files)
	tokens := auth.NewTokens(keys["realtime"], time.Now)
	numbers := reports.NewReader(p.Pool, time.Now)
	boards := wallboard.New(p.Pool, wallboard.Sources{
		Live: shown.Live, Today: numbers.Today, Presences: p.directory.Presences, Revoked: pusher.accessChanged,
	}, time.Now)
	if p.roles.API {
		if err := p.assembleAPI(service, tokens, shown, numbers, boards, chat, pusher); err != nil {
			return err
		}
	}
	if p.roles.Worker {
		if p.bot, err = newBot(p.Config, p.Pool); err != nil {
			return err
		}
	}
	teller := realtime.NewTeller(p.bus, p.hub, p.logger)
	pusher.set(teller)
	p.relay = relay.New(p.Pool, p.Temporal, flow.TaskQueue, p.logger)
	p.projector = reports.NewProjector(p.Pool, p.logger, teller.NumbersChanged)
	shower := &stateShower{registry: p.registry, accounts: p.directory, logger: p.logger, people: p.Pool}
	for _, sink := range []conversation.Sink{p.relay, p.projector, teller, shower} {
		p.Log.Attach(sink)
		arrivals.Attach(sink)
	}
	return nil
}

func (p *Platform) assembleAPI(service *auth.Service, tokens *auth.Tokens, shown *views.Views, numbers *reports.Reader, boards *wallboard.Boards, chat *webchat.Connector, pusher *latePusher) (err error) {
	person := func(who auth.Principal, err error) (realtime.Person, error) {
		if errors.Is(err, auth.ErrUnauthenticated) {
			err = realtime.ErrNobody
		}
		return realtime.Person{ID: who.ID, Supervisor: who.Supervisor()}, err
	}
	p.hub, err = realtime.NewHub(realtime.Deps{
		Views: shown, Leases: p.Desk, Lease: p.Desk.Timings().Lease, Logger: p.logger,
		ByRequest: func(r *http.Request) (realtime.Person, error) {
			cookie, err := r.Cookie(api.CookieName)
			if err != nil {
				return realtime.Person{}, realtime.ErrNobody
			}
			return person(service.BySession(r.Context(), cookie.Value))
		},
		ByToken: func(ctx context.Context, token string) (realtime.Person, error) {
			who, ok := tokens.Read(token)
			if !ok {
				return realtime.Person{}, realtime.ErrNobody
			}
			return person(service.Still(ctx, who))
		},
		Forget: service.Forget,
		Today:  numbers.Today,
		Show:   boards.Show,
		Wallboard: func(ctx context.Context, remote, token string) (board spec.Wallboard, err error) {
			err = service.Try(ctx, api.WallboardSecret, remote, wallboard.ErrUnknown, func() (err error) {
				board, err = boards.Open(ctx, token)
				return err
			})
			if errors.Is(err, wallboard.ErrUnknown) {
				err = realtime.ErrNobody
			}
			return board, err
		},
		SettingsChanged: func() {
			select {
			case p.settings <- struct{}{}:
			default: // It will be looked at anyway.
			}
		},
		Visitor: func(ctx context.Context, token string) (string, error) {
			channel, err := chat.Channel(ctx, p.directory, token)
			if errors.Is(err, connectors.ErrUnauthenticated) {
				err = realtime.ErrNobody
			}
			return channel, err
		},
	})
	if err != nil {
		return err
	}
	p.handler, err = api.New(api.Deps{
		Pool: p.Pool, Auth: service, Tokens: tokens, Directory: p.directory, Log: p.Log, Desk: p.Desk, Views: shown,
		Contacts: identity.NewContacts(p.Log), Ingress: p.inbox.ingress, Reports: numbers, Boards: boards, Files: p.files, Registry: p.registry, Health: p.health, Pusher: pusher,
		Agents: p.hub.AgentHandler(), Visitors: p.hub.VisitorHandler(), Walls: p.hub.WallHandler(), SignedOut: func(who auth.Principal) { p.hub.SignedOut(who.ID) },
		Web: web.Files(), PublicURL: p.Config.PublicURL, TemporalUI: p.workflowPage(), TrustProxy: p.Config.TrustProxy, Logger: p.logger,
		Ready: map[string]func(context.Context) error{
			"postgres":   p.Pool.Ping,
			"migrations": func(ctx context.Context) error { return store.CheckMigrated(ctx, p.Pool) },
			"temporal": func(ctx context.Context) error {
				_, err := p.Temporal.CheckHealth(ctx, &client.CheckHealthRequest{})
				return err
			},
		},
	})
	return err
}

// workflowPage is the prefix of a conversation's page in the Temporal UI.
func (p *Platform) workflowPage() string {
	if p.Config.TemporalUI == "" {
		return ""
	}
	return p.Config.TemporalUI + "/namespaces/" + p.Config.TemporalNamespace + "/workflows/"
}

func dial(logger *slog.Logger) (client.Client, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return nil, fmt.Errorf("read Temporal's settings: %w", err)
	}
	options.Logger = log.NewStructuredLogger(slog.New(quieter{logger.Handler()}))
	c, err := client.NewLazyClient(options)
	if err != nil {
		return nil, fmt.Errorf("make Temporal client: %w", err)
	}
	return c, nil
}

func newBot(c config.Config, pool *pgxpool.Pool) (bot.Bot, error) {
	if c.Bot == "rasa" {
		return rasa.New(rasa.Options{BaseURL: c.RasaURL, Token: c.RasaToken, Timeout: c.BotTimeout})
	}
	return kb.New(pool), nil
}

// routingChanged looks for work for everybody after admins have changed who may do what.
func (p *Platform) routingChanged(ctx context.Context) {
	if _, err := p.Desk.Sweep(ctx); err != nil {
		p.logger.Warn("match after a change of settings", "error", err)
	}
}

// followSettings looks for work after a process that does not route, like seax apply, has changed settings.
func (p *Platform) followSettings(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.settings:
			p.routingChanged(ctx)
		}
	}
}

// Run runs the process's roles until the context ends; ready is called when the API (if any) listens.
func (p *Platform) Run(ctx context.Context, ready func()) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	run := func(name string, fn func(context.Context) error) {
		wg.Go(func() {
			if err := fn(ctx); err != nil && ctx.Err() == nil {
				cancel(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	run("relay", p.relay.Run)
	run("reports", p.projector.Run)
	run("bus", func(ctx context.Context) error { p.bus.Sender(ctx); return nil })
	run("channels' health", func(ctx context.Context) error { p.health.Run(ctx); return nil })
	if p.roles.API {
		run("realtime", p.hub.Run)
		run("bus", func(ctx context.Context) error { p.bus.Receiver(ctx, p.hub.Receive, p.hub.Resync); return nil })
		run("settings", p.followSettings)
		run("API", func(ctx context.Context) error { return p.serve(ctx, ready) })
	} else if ready != nil {
		ready()
	}
	if p.roles.Worker {
		run("worker", p.work)
		run("files", p.tidyFiles)
	}
	<-ctx.Done()
	wg.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// tidyFiles removes, once a day, what crashed uploads have left.
func (p *Platform) tidyFiles(ctx context.Context) error {
	ticker := time.NewTicker(24 * time.Hour)
	defer ticker.Stop()
	for {
		if _, err := p.files.RemoveOrphans(ctx, time.Now().Add(-24*time.Hour)); err != nil && ctx.Err() == nil {
			p.logger.Warn("remove files nobody refers to", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// startRetry is how long a worker waits before it tries to reach Temporal again.
const startRetry = 2 * time.Second

// work runs the worker; while Temporal cannot be reached it keeps trying.
func (p *Platform) work(ctx context.Context) error {
	attempts := 1
	if p.Config.Bot == "kb" {
		// The knowledge base only reads: a turn may be tried again.
		attempts = 3
	}
	deps := worker.Deps{
		Temporal: p.Temporal, Log: p.Log, Desk: p.Desk, Registry: p.registry, Accounts: p.directory, Inbox: p.inbox, Files: p.files, PublicURL: p.Config.PublicURL,
		Health: p.health, Bot: p.bot,
		BotAttempts: attempts, BotTimeout: p.Config.BotTimeout, Logger: p.logger, Cached: p.Config.WorkflowCache,
	}
	for {
		if err := worker.Run(ctx, deps); err != nil && ctx.Err() == nil {
			p.logger.Warn("worker stopped; trying again", "error", err)
		} else {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(startRetry):
		}
	}
}

// shutdownTimeout is how long requests under way may take to end.
const shutdownTimeout = 10 * time.Second

func (p *Platform) serve(ctx context.Context, ready func()) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", p.Config.HTTPAddr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", p.Config.HTTPAddr, err)
	}
	server := &http.Server{Handler: p.handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		if err := server.Shutdown(stop); err != nil {
			_ = server.Close()
		}
	}()
	if ready != nil {
		ready()
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	<-stopped
	return nil
}

// Close lets go of connections. Call it after Run has returned.
func (p *Platform) Close() {
	if p.Temporal != nil {
		p.Temporal.Close()
	}
	if p.files != nil {
		_ = p.files.Close()
	}
	p.door.Close()
	p.Pool.Close()
}
