package discordfake

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"

	"seax/connectors"
	"seax/connectors/fake"
)

// session is a bot's session: what was sent in it is kept, to be sent again.
type session struct {
	id   string
	seq  int64
	log  []sent
	conn *websocket.Conn
	// fresh counts how often the bot began anew, resumed how often it went on.
	fresh, resumed int
}

type sent struct {
	seq  int64
	body []byte
}

// payload is what a bot sends.
type payload struct {
	Op   int             `json:"op"`
	Data json.RawMessage `json:"d"`
}

// wait bounds one write, so that a bot that reads nothing blocks nobody.
const wait = 5 * time.Second

func send(conn *websocket.Conn, body []byte) {
	if conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	// What does not arrive is sent again when the session is resumed.
	_ = conn.Write(ctx, websocket.MessageText, body)
}

func (s *session) dispatch(kind string, data any) {
	s.seq++
	body := encode(Object{"op": 0, "s": s.seq, "t": kind, "d": data})
	s.log = append(s.log, sent{s.seq, body})
	send(s.conn, body)
}

// Hand sends dispatches to an account's bot, now or when it comes back. Without a session they are lost, as with Discord.
func (f *Fake) Hand(account connectors.Account, dispatches ...Dispatch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, d := range dispatches {
		if s := f.sessions[account.ID]; s != nil && s.id != "" {
			s.dispatch(d.Type, d.Data)
		}
	}
}

// Send sends any payload to an account's bot.
func (f *Fake) Send(account connectors.Account, body any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.sessions[account.ID]; s != nil {
		send(s.conn, encode(body))
	}
}

// Invalidate ends an account's session and tells its bot.
func (f *Fake) Invalidate(account connectors.Account) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.sessions[account.ID]; s != nil {
		s.id = ""
		send(s.conn, encode(Object{"op": 9, "d": false}))
	}
}

// Disconnect cuts an account's connection, with a code if there is one.
func (f *Fake) Disconnect(account connectors.Account, code int) {
	f.mu.Lock()
	s := f.sessions[account.ID]
	var conn *websocket.Conn
	if s != nil {
		conn, s.conn = s.conn, nil
	}
	f.mu.Unlock()
	switch {
	case conn == nil:
	case code == 0:
		_ = conn.CloseNow()
	default:
		_ = conn.Close(websocket.StatusCode(code), "as it was told to")
	}
}

// Silence has heartbeats go unanswered, or not any more.
func (f *Fake) Silence(silent bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.silent = silent
}

// Sessions is how often an account's bot has begun a session and resumed one.
func (f *Fake) Sessions(account connectors.Account) (fresh, resumed int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.sessions[account.ID]; s != nil {
		return s.fresh, s.resumed
	}
	return 0, 0
}

// Seq is the number of the newest dispatch in an account's session.
func (f *Fake) Seq(account connectors.Account) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.sessions[account.ID]; s != nil {
		return s.seq
	}
	return 0
}

func (f *Fake) serveGateway(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("v") != "10" || r.URL.Query().Get("encoding") != "json" {
		http.Error(w, "unknown version", http.StatusBadRequest)
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	defer func() { _ = conn.CloseNow() }()
	f.mu.Lock()
	interval := f.Interval
	f.mu.Unlock()
	send(conn, encode(Object{"op": 10, "d": Object{"heartbeat_interval": interval.Milliseconds()}}))
	for {
		_, body, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		var p payload
		if len(body) > 4096 || json.Unmarshal(body, &p) != nil {
			_ = conn.Close(4002, "Decode error")
			return
		}
		if code, why := f.take(conn, p); code != 0 {
			_ = conn.Close(websocket.StatusCode(code), why)
			return
		}
	}
}

// take takes one payload of a bot; code is what the connection is closed with.
func (f *Fake) take(conn *websocket.Conn, p payload) (code int, why string) {
	switch p.Op {
	case 1:
		f.mu.Lock()
		defer f.mu.Unlock()
		if !f.silent {
			send(conn, encode(Object{"op": 11}))
		}
		return 0, ""
	case 2:
		return f.identify(conn, p.Data)
	case 6:
		return f.resume(conn, p.Data)
	default:
		return 4001, "Unknown opcode"
	}
}

func (f *Fake) byToken(token string) (fake.Known, bool) {
	return f.Find(func(k fake.Known) bool { return token != "" && k.Secrets["bot_token"] == token })
}

// privileged are intents that have to be allowed in the portal.
const privileged = 1<<1 | 1<<8 | 1<<15

func (f *Fake) identify(conn *websocket.Conn, data json.RawMessage) (code int, why string) {
	var in struct {
		Token      string            `json:"token"`
		Intents    *int              `json:"intents"`
		Properties map[string]string `json:"properties"`
	}
	if json.Unmarshal(data, &in) != nil || in.Intents == nil || len(in.Properties) == 0 {
		return 4002, "Decode error"
	}
	account, ok := f.byToken(in.Token)
	switch {
	case !ok:
		return 4004, "Authentication failed"
	case *in.Intents&privileged != 0:
		return 4014, "Disallowed intent(s)"
	case *in.Intents&(1<<12) == 0:
		return 4013, "a bot that wants to hear nothing"
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s := &session{id: "session" + f.next(), conn: conn, fresh: 1}
	if before := f.sessions[account.ID]; before != nil {
		s.fresh, s.resumed = before.fresh+1, before.resumed
	}
	f.sessions[account.ID] = s
	s.dispatch("READY", Object{
		"v": 10, "session_id": s.id, "resume_gateway_url": "wss://" + resumeHost, "user": user(bot(account.Account), "Acme", true), "guilds": []any{}, "application": Object{"id": bot(account.Account), "flags": 0},
	})
	return 0, ""
}

func (f *Fake) resume(conn *websocket.Conn, data json.RawMessage) (code int, why string) {
	var in struct {
		Token     string `json:"token"`
		SessionID string `json:"session_id"`
		Seq       int64  `json:"seq"`
	}
	if json.Unmarshal(data, &in) != nil {
		return 4002, "Decode error"
	}
	account, ok := f.byToken(in.Token)
	if !ok {
		return 4004, "Authentication failed"
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.sessions[account.ID]
	if s == nil || s.id == "" || s.id != in.SessionID {
		send(conn, encode(Object{"op": 9, "d": false}))
		return 0, ""
	}
	if in.Seq > s.seq {
		return 4007, "Invalid seq"
	}
	s.conn = conn
	s.resumed++
	for _, one := range s.log {
		if one.seq > in.Seq {
			send(conn, one.body)
		}
	}
	s.seq++
	send(conn, encode(Object{"op": 0, "s": s.seq, "t": "RESUMED", "d": Object{}}))
	return 0, ""
}

func isGateway(host string) bool { return strings.HasSuffix(host, ".discord.gg") }
