package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/centrifugal/centrifuge"
	"github.com/google/uuid"

	"seax/api/spec"
	"seax/internal/conversation"
	"seax/internal/views"
)

// Person is who is behind an agent's socket.
type Person struct {
	ID uuid.UUID
	// Supervisor may see everything.
	Supervisor bool
}

// Leases keeps connected agents' leases.
type Leases interface {
	Renew(ctx context.Context, agents []uuid.UUID) error
}

// ErrNobody says that a secret is nobody's. Any other error of those who know people means that it cannot be told just now.
var ErrNobody = errors.New("this is nobody we know")

// Deps are what a hub needs. Those who know people answer ErrNobody for strangers.
type Deps struct {
	Views  *views.Views
	Leases Leases
	// Lease is how long a lease lasts; it is renewed three times as often. 0: 30 seconds.
	Lease  time.Duration
	Logger *slog.Logger
	// ByRequest knows people by the cookie of the request that opens the socket.
	ByRequest func(r *http.Request) (Person, error)
	// ByToken knows people by a token sent over the socket.
	ByToken func(ctx context.Context, token string) (Person, error)
	// Visitor returns the channel a webchat visitor's token is for.
	Visitor func(ctx context.Context, token string) (channel string, err error)
	// Today reads the day's numbers.
	Today func(ctx context.Context) (spec.Today, error)
	// Wallboard knows screens on the wall by their token; remote is the network address it comes from.
	Wallboard func(ctx context.Context, remote, token string) (spec.Wallboard, error)
	// Show is what screens on the wall show when these are the numbers.
	Show func(ctx context.Context, boards []spec.Wallboard, live spec.Live, today spec.Today) ([]spec.WallboardView, error)
	// Forget drops what this process remembers of a person, before they connect anew. Nil: nothing is remembered.
	Forget func(person uuid.UUID)
	// SettingsChanged is called when a process that does not route has changed its settings; it must not block. May be nil.
	SettingsChanged func()
	// CheckOrigin decides whether a page may open an agent's socket. Nil: same host only.
	CheckOrigin func(r *http.Request) bool
}

// defaultLease is the lease where none is given.
const defaultLease = 30 * time.Second

// renewEvery is how often connected agents' leases are renewed.
func (h *Hub) renewEvery() time.Duration {
	if h.deps.Lease > 0 {
		return h.deps.Lease / 3
	}
	return defaultLease / 3
}

// Hub holds the sockets of one process.
type Hub struct {
	deps   Deps
	node   *centrifuge.Node
	shards []chan work
	// dirty: queues and agents may stand otherwise; counted: the day's numbers may be others.
	dirty, counted atomic.Bool

	mu     sync.Mutex
	agents map[uuid.UUID]int
	walls  map[uuid.UUID]*wall
}

type work struct {
	fact   fact
	events []conversation.Event
}

// NewHub returns a hub; Run it before serving its handlers.
func NewHub(deps Deps) (*Hub, error) {
	node, err := centrifuge.New(centrifuge.Config{
		LogLevel:   centrifuge.LogLevelWarn,
		LogHandler: func(e centrifuge.LogEntry) { deps.Logger.Debug("realtime: "+e.Message, "fields", e.Fields) },
		Version:    "1", Name: "seax",
		ClientQueueMaxSize: 4 << 20,
	})
	if err != nil {
		return nil, fmt.Errorf("make realtime node: %w", err)
	}
	h := &Hub{deps: deps, node: node, agents: map[uuid.UUID]int{}, walls: map[uuid.UUID]*wall{}}
	for range 8 {
		h.shards = append(h.shards, make(chan work, 4096))
	}
	node.OnConnecting(h.connecting)
	node.OnConnect(h.connected)
	return h, nil
}

// Run pushes and renews leases until the context ends, then closes the sockets so that clients connect elsewhere.
func (h *Hub) Run(ctx context.Context) error {
	if err := h.node.Run(); err != nil {
		return fmt.Errorf("run realtime node: %w", err)
	}
	var wg sync.WaitGroup
	for _, shard := range h.shards {
		wg.Go(func() { h.project(ctx, shard) })
	}
	wg.Go(func() { h.renew(ctx) })
	wg.Go(func() { h.live(ctx) })
	<-ctx.Done()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := h.node.Shutdown(stop)
	wg.Wait()
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("close sockets: %w", err)
	}
	return nil
}

// Receive handles what other processes tell. lost is what Bus.Receiver calls after a gap.
func (h *Hub) Receive(f fact) {
	if f.Access != uuid.Nil {
		h.accessChanged(f.Access)
		return
	}
	if f.Numbers {
		h.counted.Store(true)
		return
	}
	if f.Settings {
		if h.deps.SettingsChanged != nil {
			h.deps.SettingsChanged()
		}
		return
	}
	h.changed(f, nil)
}

// accessChanged makes a person's clients connect anew, so that they are let in as what they are now, or not at all.
func (h *Hub) accessChanged(person uuid.UUID) {
	if h.deps.Forget != nil {
		h.deps.Forget(person)
	}
	if err := h.node.Disconnect(person.String(), centrifuge.WithCustomDisconnect(centrifuge.DisconnectForceReconnect)); err != nil {
		h.deps.Logger.Warn("close sockets", "person", person, "error", err)
	}
}

// Resync makes every client connect anew and fetch what it missed: notices of other processes were lost.
func (h *Hub) Resync() {
	for _, client := range h.node.Hub().Connections() {
		client.Disconnect(centrifuge.DisconnectForceReconnect)
	}
}

type socketKind struct{}

// AgentHandler serves agents' sockets.
func (h *Hub) AgentHandler() http.Handler {
	return h.handler("agent", h.deps.CheckOrigin, func(r *http.Request) (*centrifuge.Credentials, error) {
		person, err := h.deps.ByRequest(r)
		if errors.Is(err, ErrNobody) {
			// They may still have a token.
			return nil, nil
		}
		return credentials(person), err
	})
}

// VisitorHandler serves webchat visitors' sockets, from any page: visitors have a token and no cookie.
func (h *Hub) VisitorHandler() http.Handler {
	return h.handler("visitor", func(*http.Request) bool { return true }, func(*http.Request) (*centrifuge.Credentials, error) { return nil, nil })
}

func (h *Hub) handler(kind string, origin func(*http.Request) bool, who func(*http.Request) (*centrifuge.Credentials, error)) http.Handler {
	socket := centrifuge.NewWebsocketHandler(h.node, centrifuge.WebsocketConfig{CheckOrigin: origin, MessageSizeLimit: 64 << 10})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), socketKind{}, kind)
		c, err := who(r)
		if err != nil {
			h.deps.Logger.Warn("open socket", "error", err)
			http.Error(w, "Try again in a moment.", http.StatusServiceUnavailable)
			return
		}
		if c != nil {
			ctx = centrifuge.SetCredentials(ctx, c)
		}
		socket.ServeHTTP(w, r.WithContext(ctx))
	})
}

func credentials(p Person) *centrifuge.Credentials {
	info, _ := json.Marshal(p)
	return &centrifuge.Credentials{UserID: p.ID.String(), Info: info}
}

func (h *Hub) connecting(ctx context.Context, e centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
	var data struct {
		Token string `json:"token"`
	}
	if len(e.Data) > 0 {
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return centrifuge.ConnectReply{}, centrifuge.DisconnectBadRequest
		}
	}
	if data.Token == "" {
		data.Token = e.Token
	}
	kind, _ := ctx.Value(socketKind{}).(string)
	if kind == wallSocket {
		return h.connectingWall(ctx, data.Token)
	}
	if kind == "visitor" {
		channel, err := h.deps.Visitor(ctx, data.Token)
		if err != nil {
			return centrifuge.ConnectReply{}, h.refusal(err)
		}
		return centrifuge.ConnectReply{
			Credentials:   &centrifuge.Credentials{UserID: channel},
			Subscriptions: map[string]centrifuge.SubscribeOptions{channel: {}},
		}, nil
	}
	creds, known := centrifuge.GetCredentials(ctx)
	if !known {
		person, err := h.deps.ByToken(ctx, data.Token)
		if err != nil {
			return centrifuge.ConnectReply{}, h.refusal(err)
		}
		creds = credentials(person)
	}
	return centrifuge.ConnectReply{Credentials: creds, Subscriptions: map[string]centrifuge.SubscribeOptions{"agent:" + creds.UserID: {}}}, nil
}

// refusal tells strangers that coming back is of no use, and everybody else that it is.
func (h *Hub) refusal(err error) error {
	if errors.Is(err, ErrNobody) {
		return centrifuge.DisconnectInvalidToken
	}
	h.deps.Logger.Warn("open socket", "error", err)
	return centrifuge.DisconnectServerError
}

func personOf(client *centrifuge.Client) (Person, bool) {
	var p Person
	err := json.Unmarshal(client.Info(), &p)
	return p, err == nil && p.ID != uuid.Nil
}

func (h *Hub) connected(client *centrifuge.Client) {
	person, isAgent := personOf(client)
	if board, ok := wallOf(client); ok {
		h.countScreens(board, 1)
		client.OnDisconnect(func(centrifuge.DisconnectEvent) { h.countScreens(board, -1) })
		h.dirty.Store(true)
		return
	}
	client.OnSubscribe(func(e centrifuge.SubscribeEvent, reply centrifuge.SubscribeCallback) {
		go func() {
			if !isAgent || !h.maySubscribe(client.Context(), person, e.Channel) {
				reply(centrifuge.SubscribeReply{}, centrifuge.ErrorPermissionDenied)
				return
			}
			reply(centrifuge.SubscribeReply{}, nil)
		}()
	})
	if !isAgent {
		return
	}
	h.count(person.ID, 1)
	client.OnDisconnect(func(centrifuge.DisconnectEvent) { h.count(person.ID, -1) })
	go h.renewNow(client.Context(), []uuid.UUID{person.ID})
}

func (h *Hub) count(agent uuid.UUID, by int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.agents[agent] += by; h.agents[agent] <= 0 {
		delete(h.agents, agent)
	}
}

// maySubscribe authorises a subscription: what one may read, one may watch.
func (h *Hub) maySubscribe(ctx context.Context, p Person, channel string) bool {
	if channel == QueuesChannel || channel == TodayChannel {
		h.dirty.Store(true)
		h.counted.Store(true)
		return p.Supervisor
	}
	if len(channel) <= len("conversation:") || channel[:len("conversation:")] != "conversation:" {
		return false
	}
	id, err := uuid.Parse(channel[len("conversation:"):])
	if err != nil {
		return false
	}
	if p.Supervisor {
		return true
	}
	visible, err := h.deps.Views.Visible(ctx, p.ID, id)
	if err != nil {
		h.deps.Logger.Warn("authorise subscription", "channel", channel, "error", err)
	}
	return visible
}

// SignedOut closes a person's sockets for good.
func (h *Hub) SignedOut(person uuid.UUID) {
	if err := h.node.Disconnect(person.String(), centrifuge.WithCustomDisconnect(centrifuge.Disconnect{Code: 4501, Reason: "signed out"})); err != nil {
		h.deps.Logger.Warn("close sockets", "person", person, "error", err)
	}
}

func (h *Hub) renew(ctx context.Context) {
	ticker := time.NewTicker(h.renewEvery())
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			h.mu.Lock()
			connected := make([]uuid.UUID, 0, len(h.agents))
			for id := range h.agents {
				connected = append(connected, id)
			}
			h.mu.Unlock()
			h.renewNow(ctx, connected)
		}
	}
}

func (h *Hub) renewNow(ctx context.Context, agents []uuid.UUID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.renewEvery())
	defer cancel()
	if err := h.deps.Leases.Renew(ctx, agents); err != nil {
		h.deps.Logger.Warn("renew leases", "error", err)
	}
}

func (h *Hub) publish(channel string, data []byte) {
	if h.node.Hub().NumSubscribers(channel) == 0 {
		return
	}
	if _, err := h.node.Publish(channel, data); err != nil {
		h.deps.Logger.Warn("publish", "channel", channel, "error", err)
	}
}

func (h *Hub) push(channel string, payload any) {
	data, err := json.Marshal(payload)
	if err != nil {
		h.deps.Logger.Warn("encode push", "channel", channel, "error", err)
		return
	}
	h.publish(channel, data)
}

// changed queues a fact; facts of one conversation are worked on in order.
func (h *Hub) changed(f fact, events []conversation.Event) {
	if f.Routing {
		h.dirty.Store(true)
	}
	key := f.Conversation
	if key == uuid.Nil {
		key = f.Agent
	}
	select {
	case h.shards[int(key[15])%len(h.shards)] <- work{f, events}:
	default:
		h.deps.Logger.Warn("realtime is behind, a push was dropped")
	}
}
