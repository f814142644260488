package crowd

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Item is one line of a visitor's feed.
type Item struct {
	N    int64  `json:"n"`
	ID   string `json:"id"`
	From struct {
		Kind string `json:"kind"`
		Name string `json:"name"`
	} `json:"from"`
	Text    string `json:"text"`
	Choice  string `json:"choice"`
	Options []struct {
		ID    string `json:"id"`
		Label string `json:"label"`
	} `json:"options"`
}

// State is whom a visitor talks with.
type State struct {
	Phase string `json:"phase"`
	Agent string `json:"agent"`
}

// Sent is a message of a customer's that the server has acknowledged.
type Sent struct {
	CID          uuid.UUID
	Text, Choice string
	Due, Acked   time.Time
	Tries        int
}

// Customer is one visitor of a web page. Its methods may be called from several goroutines, but messages should be sent by one,
// as a person does.
type Customer struct {
	Channel  string
	recorder *Recorder
	caller   *caller
	changed  bell

	mu      sync.Mutex
	token   string
	visitor string
	socket  *socket
	sent    []Sent
	feed    []Item
	state   State
	// stale: the socket may have missed something.
	stale  bool
	broken error
}

// NewCustomer returns a customer of a webchat channel who comes from an address of its own. recorder may be nil.
func NewCustomer(base, channel string, number int, recorder *Recorder) *Customer {
	return &Customer{Channel: channel, recorder: recorder, caller: newCaller(base, number+1)}
}

// Enter opens the chat: a session and, with live, a socket.
func (c *Customer) Enter(ctx context.Context, live bool) error {
	var session struct {
		Token     string `json:"token"`
		VisitorID string `json:"visitor_id"`
		State     State  `json:"state"`
	}
	if err := c.caller.call(ctx, http.MethodPost, "/webchat/"+c.Channel+"/session", map[string]string{"locale": "en"}, &session); err != nil {
		return fmt.Errorf("enter: %w", err)
	}
	c.mu.Lock()
	c.token, c.visitor, c.state = session.Token, session.VisitorID, session.State
	c.mu.Unlock()
	c.caller.header.Set("Authorization", "Bearer "+session.Token)
	if !live {
		return nil
	}
	data, err := json.Marshal(map[string]string{"token": session.Token})
	if err != nil {
		return err
	}
	s, err := openSocket(c.caller.base, "/realtime/visitor", nil, data, socketUser{
		connected: c.missed, pushed: c.pushed, ended: c.fail,
	})
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.socket = s
	c.mu.Unlock()
	return nil
}

// Close closes the socket and connections; the conversation stays.
func (c *Customer) Close() {
	c.mu.Lock()
	s := c.socket
	c.socket = nil
	c.mu.Unlock()
	if s != nil {
		s.close()
	}
	c.caller.close()
}

// Visitor is the customer's address.
func (c *Customer) Visitor() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.visitor
}

// Sent lists what was acknowledged, in order.
func (c *Customer) Sent() []Sent {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.sent)
}

// Feed is what the customer has seen, in order.
func (c *Customer) Feed() []Item {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.feed)
}

// State is whom the customer talks with, as far as they know.
func (c *Customer) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// missed notes that the feed must be fetched: the socket was away.
func (c *Customer) missed() {
	c.mu.Lock()
	c.stale = true
	c.mu.Unlock()
	c.changed.ring()
}

func (c *Customer) fail(err error) {
	c.mu.Lock()
	if c.broken == nil {
		c.broken = err
	}
	c.mu.Unlock()
	c.changed.ring()
}

// Say sends a message that is due now and returns when it was acknowledged.
func (c *Customer) Say(ctx context.Context, text string) error {
	return c.send(ctx, Sent{CID: uuid.New(), Text: text, Due: time.Now()})
}

// SayAt is Say for a message that was due earlier.
func (c *Customer) SayAt(ctx context.Context, due time.Time, text string) error {
	return c.send(ctx, Sent{CID: uuid.New(), Text: text, Due: due})
}

// Choose taps an option.
func (c *Customer) Choose(ctx context.Context, option string) error {
	return c.send(ctx, Sent{CID: uuid.New(), Text: option, Choice: option, Due: time.Now()})
}

func (c *Customer) send(ctx context.Context, s Sent) error {
	c.recorder.begin(Seen, s.Text, s.Due)
	event := map[string]any{"type": "message", "cid": s.CID, "text": s.Text}
	if s.Choice != "" {
		event["choice"] = s.Choice
	}
	err := persist(ctx, func() error {
		s.Tries++
		var answer struct {
			Results []struct {
				CID    uuid.UUID `json:"cid"`
				Status string    `json:"status"`
			} `json:"results"`
		}
		if err := c.post(ctx, event, &answer); err != nil {
			return err
		}
		if len(answer.Results) != 1 || answer.Results[0].CID != s.CID {
			return &StatusError{Method: http.MethodPost, Path: "webhook", Status: http.StatusAccepted, Detail: fmt.Sprintf("acknowledged %+v instead of %s", answer, s.CID)}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("say %q: %w", s.Text, err)
	}
	s.Acked = time.Now()
	c.recorder.add(Accepted, s.Acked.Sub(s.Due))
	c.mu.Lock()
	c.sent = append(c.sent, s)
	c.mu.Unlock()
	return nil
}

func (c *Customer) post(ctx context.Context, event map[string]any, answer any) error {
	_, err := c.caller.once(ctx, http.MethodPost, "/webhooks/webchat/"+c.Channel, map[string]any{"events": []any{event}}, answer)
	return err
}

// Leave ends the chat.
func (c *Customer) Leave(ctx context.Context) error {
	return persist(ctx, func() error { return c.post(ctx, map[string]any{"type": "left"}, nil) })
}

// pushed takes what the socket brings.
func (c *Customer) pushed(data []byte) {
	var push struct {
		T     string `json:"t"`
		Item  Item   `json:"item"`
		State State  `json:"state"`
	}
	if json.Unmarshal(data, &push) != nil {
		return
	}
	c.mu.Lock()
	switch push.T {
	case "item":
		switch known := int64(len(c.feed)); {
		case push.Item.N == known+1:
			c.take(push.Item)
		case push.Item.N > known+1:
			c.stale = true
		}
	case "state":
		c.state = push.State
	}
	c.mu.Unlock()
	c.changed.ring()
}

// take adds an item to the feed; the lock is held.
func (c *Customer) take(i Item) {
	if i.N != int64(len(c.feed))+1 {
		c.breakWith("feed of %s goes from %d to %d", c.visitor, len(c.feed), i.N)
	}
	if slices.ContainsFunc(c.feed, func(known Item) bool { return known.ID == i.ID }) {
		c.breakWith("feed of %s shows %s twice", c.visitor, i.ID)
	}
	c.feed = append(c.feed, i)
	if i.From.Kind == "agent" {
		c.recorder.end(Answered, i.ID)
	}
}

func (c *Customer) breakWith(format string, args ...any) {
	if c.broken == nil {
		c.broken = fmt.Errorf(format, args...)
	}
}

// Refresh reads what the feed holds beyond what is known, and the state.
func (c *Customer) Refresh(ctx context.Context) error {
	for {
		known := int64(len(c.Feed()))
		var page struct {
			Items []Item `json:"items"`
			LastN int64  `json:"last_n"`
			State State  `json:"state"`
		}
		path := fmt.Sprintf("/webchat/%s/feed?after=%d", c.Channel, known)
		if err := c.caller.call(ctx, http.MethodGet, path, nil, &page); err != nil {
			return fmt.Errorf("read feed: %w", err)
		}
		c.mu.Lock()
		for _, i := range page.Items {
			// The socket may have brought it meanwhile.
			if i.N > int64(len(c.feed)) {
				c.take(i)
			}
		}
		c.state = page.State
		complete := int64(len(c.feed)) >= page.LastN
		err := c.broken
		c.mu.Unlock()
		if complete || err != nil {
			return err
		}
	}
}

// A customer trusts a silent socket for lookEvery before they look themselves; without a socket they look every lookOften.
const (
	lookEvery = 2 * time.Second
	lookOften = 250 * time.Millisecond
)

// Await returns when a condition holds for what the customer has seen. what names it in the error.
func (c *Customer) Await(ctx context.Context, what string, cond func(feed []Item, state State) bool) error {
	look := false
	for {
		heard := c.changed.heard()
		done, stale, live, err := c.check(cond)
		if err != nil || done {
			return err
		}
		if look || stale {
			before := len(c.Feed())
			if err := c.Refresh(ctx); err != nil {
				return fmt.Errorf("await %s: %w", what, err)
			}
			if !stale && live && len(c.Feed()) > before {
				c.recorder.add(Fetched, 0)
			}
			if done, _, _, err := c.check(cond); err != nil || done {
				return err
			}
		}
		most := lookEvery
		if !live {
			most = lookOften
		}
		timer := time.NewTimer(most)
		select {
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("await %s (visitor %s, phase %s, %d items, last %s): %w", what, c.Visitor(), c.State().Phase, len(c.Feed()), lastOf(c.Feed()), context.Cause(ctx))
		case <-timer.C:
			look = true
		case <-heard:
			look = false
		}
		timer.Stop()
	}
}

// check looks whether a condition holds, and whether the feed must be fetched before one can tell.
func (c *Customer) check(cond func([]Item, State) bool) (done, stale, live bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	done, stale, live = cond(c.feed, c.state), c.stale, c.socket != nil
	c.stale = false
	return done, stale, live, c.broken
}

// lastOf is the end of a feed, for errors.
func lastOf(feed []Item) string {
	lines := make([]string, 0, 6)
	for _, i := range feed[max(0, len(feed)-6):] {
		lines = append(lines, fmt.Sprintf("%s %q", i.From.Kind, i.Text))
	}
	return strings.Join(lines, ", ")
}
