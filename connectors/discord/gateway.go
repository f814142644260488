package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"seax/connectors"
)

// The operations of the gateway.
const (
	opDispatch       = 0
	opHeartbeat      = 1
	opIdentify       = 2
	opResume         = 6
	opReconnect      = 7
	opInvalidSession = 9
	opHello          = 10
	opHeartbeatAck   = 11
)

// intents are what the bot wants to be told: direct messages, reactions to them and typing. What is said in direct messages is told
// without the privileged intent for contents.
const intents = 1<<12 | 1<<13 | 1<<14

// maxPayload bounds one payload, in bytes; maxHeartbeat what the gateway may want between heartbeats, in milliseconds.
const (
	maxPayload   = 8 << 20
	maxHeartbeat = 60 * 60 * 1000
)

// payload is what goes over the gateway.
type payload struct {
	Op   int             `json:"op"`
	Data json.RawMessage `json:"d"`
	Seq  *int64          `json:"s,omitempty"`
	Type string          `json:"t,omitempty"`
}

// session is what a listener needs to go on where it was.
type session struct {
	ID        string `json:"session_id,omitempty"`
	ResumeURL string `json:"resume_url,omitempty"`
	Seq       int64  `json:"seq,omitempty"`
	// Self is the bot's own id, Ours its newest messages: Discord does not say who wrote a message that was deleted.
	Self string   `json:"self,omitempty"`
	Ours []string `json:"ours,omitempty"`
}

// remembered is how many messages of ours a session knows.
const remembered = 200

func (s *session) remember(id string) {
	s.Ours = append(s.Ours, id)
	if len(s.Ours) > remembered {
		s.Ours = s.Ours[len(s.Ours)-remembered:]
	}
}

func (s *session) encode() []byte {
	encoded, _ := json.Marshal(s) //nolint:errchkjson // strings and numbers only
	return encoded
}

// gatewayHost reports whether an address is of Discord's gateway.
func gatewayHost(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "wss" && u.User == nil && (u.Hostname() == "gateway.discord.gg" || strings.HasSuffix(u.Hostname(), ".discord.gg"))
}

// Listen implements connectors.Listener. A connection that was lost is resumed: Discord sends again what was not accepted.
func (c *Connector) Listen(ctx context.Context, account connectors.Account, feed connectors.Feed) error {
	for {
		again, err := c.connect(ctx, account, feed)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !again || err != nil {
			return err
		}
	}
}

// connect holds one connection. again says that Discord wants another one at once.
func (c *Connector) connect(ctx context.Context, account connectors.Account, feed connectors.Feed) (again bool, err error) {
	saved, err := feed.State(ctx)
	if err != nil {
		return false, err
	}
	g := &gateway{connector: c, account: account, feed: feed}
	// What cannot be read begins a new session.
	_ = json.Unmarshal(saved, &g.session)
	address := g.session.ResumeURL
	if g.session.ID == "" || !gatewayHost(address) {
		g.session.ID = ""
		if address, err = c.gatewayURL(ctx, account); err != nil {
			return false, err
		}
	}
	ctx, g.cancel = context.WithCancelCause(ctx)
	defer g.cancel(nil)
	client := *c.deps.HTTP
	//nolint:bodyclose // the connection's, which is closed
	conn, _, err := websocket.Dial(ctx, address+"/?v=10&encoding=json", &websocket.DialOptions{HTTPClient: &client, HTTPHeader: http.Header{"User-Agent": {c.userAgent()}}})
	if err != nil {
		return false, &connectors.SendError{Code: connectors.CodeConnection, Words: "Discord's gateway could not be reached.", Cause: err}
	}
	// Not closed by a handshake: that would end the session, which is to be resumed.
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(maxPayload)
	g.conn = conn
	again, err = g.run(ctx)
	if cause := context.Cause(ctx); errors.Is(cause, errSilent) {
		err = cause
	}
	if again || err == nil {
		return again, nil
	}
	return false, g.ended(ctx, err)
}

// gatewayURL asks where the gateway is, and whether another session may be begun.
func (c *Connector) gatewayURL(ctx context.Context, account connectors.Account) (string, error) {
	var found struct {
		URL   string `json:"url"`
		Limit struct {
			Remaining  int   `json:"remaining"`
			ResetAfter int64 `json:"reset_after"`
		} `json:"session_start_limit"`
	}
	if err := c.call(ctx, account, http.MethodGet, "/gateway/bot", nil, &found); err != nil {
		return "", beside(err)
	}
	if found.Limit.Remaining == 0 {
		// Beginning too many takes the bot's token away.
		return "", &connectors.SendError{Code: connectors.CodeThrottled, Words: "Discord allows no more connections of this bot today.", RetryAfter: time.Duration(found.Limit.ResetAfter) * time.Millisecond}
	}
	if !gatewayHost(found.URL) {
		return "", &connectors.SendError{Code: connectors.CodeProvider, Words: "Discord does not say where its gateway is."}
	}
	return strings.TrimSuffix(found.URL, "/"), nil
}

// gateway is one connection.
type gateway struct {
	connector *Connector
	account   connectors.Account
	feed      connectors.Feed
	conn      *websocket.Conn
	cancel    context.CancelCauseFunc
	session   session
	// seq is the newest dispatch that was accepted, acknowledged whether the last heartbeat was.
	seq          atomic.Int64
	acknowledged atomic.Bool
}

// errSilent says that heartbeats are not answered any more.
var errSilent = errors.New("the gateway does not answer heartbeats")

func (g *gateway) run(ctx context.Context) (again bool, err error) {
	hello, err := g.read(ctx)
	if err != nil {
		return false, err
	}
	var every struct {
		Interval int64 `json:"heartbeat_interval"`
	}
	if err := json.Unmarshal(hello.Data, &every); err != nil || hello.Op != opHello || every.Interval <= 0 || every.Interval > maxHeartbeat {
		return false, fmt.Errorf("the gateway began with op %d", hello.Op)
	}
	g.seq.Store(g.session.Seq)
	g.acknowledged.Store(true)
	beating := make(chan struct{})
	go func() {
		defer close(beating)
		g.beat(ctx, time.Duration(every.Interval)*time.Millisecond)
	}()
	defer func() {
		g.cancel(nil)
		<-beating
	}()
	if err := g.begin(ctx); err != nil {
		return false, err
	}
	for {
		p, err := g.read(ctx)
		if err != nil {
			return false, err
		}
		switch p.Op {
		case opDispatch:
			err = g.dispatch(ctx, p)
		case opHeartbeat:
			err = g.heartbeat(ctx)
		case opHeartbeatAck:
			g.acknowledged.Store(true)
			g.feed.Connected()
		case opReconnect:
			return true, nil
		case opInvalidSession:
			// Listen is called again after a pause, as Discord wants it.
			return false, g.invalid(ctx, p.Data)
		}
		if err != nil {
			return false, err
		}
	}
}

// begin resumes the session there was, or makes one.
func (g *gateway) begin(ctx context.Context) error {
	token := g.connector.setting(g.account, settingToken)
	if g.session.ID != "" {
		return g.write(ctx, opResume, map[string]any{"token": token, "session_id": g.session.ID, "seq": g.session.Seq})
	}
	g.session = session{}
	g.seq.Store(0)
	return g.write(ctx, opIdentify, map[string]any{
		"token": token, "intents": intents, "properties": map[string]string{"os": "linux", "browser": "seax", "device": "seax"},
	})
}

// invalid is Discord's word that the session cannot be resumed, or not on this connection.
func (g *gateway) invalid(ctx context.Context, resumable json.RawMessage) error {
	if string(resumable) == "true" {
		return nil
	}
	_, err := g.feed.Accept(ctx, nil, (&session{}).encode())
	return err
}

func (g *gateway) read(ctx context.Context) (payload, error) {
	var p payload
	_, data, err := g.conn.Read(ctx)
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(data, &p)
}

func (g *gateway) write(ctx context.Context, op int, data any) error {
	encoded, err := json.Marshal(map[string]any{"op": op, "d": data})
	if err != nil {
		return err
	}
	return g.conn.Write(ctx, websocket.MessageText, encoded)
}

func (g *gateway) heartbeat(ctx context.Context) error {
	var seq *int64
	if n := g.seq.Load(); n > 0 {
		seq = &n
	}
	return g.write(ctx, opHeartbeat, seq)
}

// beat sends heartbeats, and gives the connection up when they are not answered.
func (g *gateway) beat(ctx context.Context, every time.Duration) {
	timer := time.NewTimer(time.Duration(float64(every) * rand.Float64()))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if !g.acknowledged.Swap(false) {
			g.cancel(errSilent)
			return
		}
		if g.heartbeat(ctx) != nil {
			// The reader meets the same error.
			return
		}
		timer.Reset(every)
	}
}

// dispatch takes in one event. It counts as seen only once it is durable.
func (g *gateway) dispatch(ctx context.Context, p payload) error {
	if p.Seq != nil {
		g.session.Seq = *p.Seq
	}
	switch p.Type {
	case "READY":
		return g.ready(ctx, p.Data)
	case "RESUMED":
		g.feed.Connected()
	}
	g.own(p)
	all, err := events(p.Type, p.Data, g.session.Self, func(id string) bool { return slices.Contains(g.session.Ours, id) })
	if err != nil {
		// One event in a form that nobody knows must not keep all that follow from being heard.
		g.note(p.Type, err)
	}
	if len(all) > 0 {
		if _, err := g.feed.Accept(ctx, all, g.session.encode()); err != nil {
			return err
		}
	}
	g.seq.Store(g.session.Seq)
	if p.Type == "INTERACTION_CREATE" {
		g.acknowledge(ctx, p.Data)
	}
	return nil
}

func (g *gateway) ready(ctx context.Context, data json.RawMessage) error {
	var r struct {
		SessionID string `json:"session_id"`
		ResumeURL string `json:"resume_gateway_url"`
		User      user   `json:"user"`
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return fmt.Errorf("READY: %w", err)
	}
	g.session.ID, g.session.ResumeURL, g.session.Self = r.SessionID, strings.TrimSuffix(r.ResumeURL, "/"), r.User.ID
	if _, err := g.feed.Accept(ctx, nil, g.session.encode()); err != nil {
		return err
	}
	g.seq.Store(g.session.Seq)
	g.feed.Connected()
	return nil
}

// own remembers messages of the bot's own, which come over the gateway, too.
func (g *gateway) own(p payload) {
	if p.Type != "MESSAGE_CREATE" {
		return
	}
	var m struct {
		ID     string `json:"id"`
		Author user   `json:"author"`
	}
	if json.Unmarshal(p.Data, &m) == nil && m.ID != "" && m.Author.ID == g.session.Self && g.session.Self != "" {
		g.session.remember(m.ID)
	}
}

// acknowledge answers a tap or a command, which Discord wants within three seconds. It is a courtesy: the event is durable already.
func (g *gateway) acknowledge(ctx context.Context, data json.RawMessage) {
	var i interaction
	if json.Unmarshal(data, &i) != nil || !snowflake.MatchString(i.ID) || i.Token == "" {
		return
	}
	path := "/interactions/" + i.ID + "/" + url.PathEscape(i.Token) + "/callback"
	if err := g.connector.call(ctx, g.account, http.MethodPost, path, answer(i), nil); err != nil {
		g.note("INTERACTION_CREATE", err)
	}
}

func (g *gateway) note(kind string, err error) {
	if g.connector.deps.Logger != nil {
		g.connector.deps.Logger.Warn("Discord's event could not be handled in full", "channel", g.account.ID, "type", kind, "error", err)
	}
}

// Codes with which the gateway closes a connection.
const (
	closeToken       = 4004
	closeSequence    = 4007
	closeTimedOut    = 4009
	closeFirstConfig = 4010
	closeLastConfig  = 4014
)

// ended says what the end of a connection means.
func (g *gateway) ended(ctx context.Context, err error) error {
	switch code := websocket.CloseStatus(err); {
	case code == closeToken:
		return &connectors.SendError{Code: connectors.CodeConfig, Words: "Discord refuses the bot's token. Reset it in the Developer Portal and enter the new one.", Cause: err}
	case code >= closeFirstConfig && code <= closeLastConfig:
		return &connectors.SendError{Code: connectors.CodeConfig, Words: "Discord refuses the bot's connection; see the application's Bot page in the Developer Portal.", Cause: err}
	case code == closeSequence, code == closeTimedOut:
		// The session is gone.
		if _, err := g.feed.Accept(ctx, nil, (&session{}).encode()); err != nil {
			return err
		}
	}
	return err
}
