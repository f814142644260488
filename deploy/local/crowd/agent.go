package crowd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"seax/api/spec"
)

// Agent is a person who works in the agent client, or an admin who sets it up. Safe for concurrent use.
type Agent struct {
	ID          uuid.UUID
	Name, Email string

	password string
	recorder *Recorder
	caller   *caller
	// changed rings when offers, the own state or a watched conversation may have changed.
	changed bell

	mu      sync.Mutex
	socket  *socket
	offers  map[uuid.UUID]spec.Offer
	state   spec.AgentState
	talks   map[uuid.UUID]*talk
	replied []Replied
	broken  error
	// joins counts connections.
	joins int
}

// Replied is a message of an agent's that the server has acknowledged.
type Replied struct {
	Conversation, ID uuid.UUID
	Text             string
}

// NewAgent returns somebody who can sign in. recorder may be nil.
func NewAgent(base, email, password string, recorder *Recorder) *Agent {
	return &Agent{
		Email: email, password: password, recorder: recorder, caller: newCaller(base, 0),
		offers: map[uuid.UUID]spec.Offer{}, talks: map[uuid.UUID]*talk{},
	}
}

const basePath = "/api/v1"

// SignIn starts a session.
func (a *Agent) SignIn(ctx context.Context) error {
	var me spec.Me
	err := persist(ctx, func() error {
		header, err := a.caller.once(ctx, http.MethodPost, basePath+"/session", map[string]string{"email": a.Email, "password": a.password}, &me)
		if err == nil {
			cookie, _, _ := strings.Cut(header.Get("Set-Cookie"), ";")
			a.caller.header.Set("Cookie", cookie)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("sign in %s: %w", a.Email, err)
	}
	a.ID, a.Name = me.Id, me.Name
	return nil
}

// Do calls the API as this person; path is below /api/v1. Use it for what may be repeated.
func (a *Agent) Do(ctx context.Context, method, path string, in, out any) error {
	return a.caller.call(ctx, method, basePath+path, in, out)
}

// Connect opens the socket; the agent's lease is valid once it is open.
func (a *Agent) Connect(ctx context.Context) error {
	header := http.Header{"Cookie": a.caller.header["Cookie"]}
	joined := a.Joins()
	s, err := openSocket(a.caller.base, "/realtime/agent", header, nil, socketUser{connected: a.connected, pushed: a.pushed, ended: a.fail})
	if err != nil {
		return err
	}
	a.mu.Lock()
	a.socket = s
	a.mu.Unlock()
	return a.await(ctx, "the socket", func() bool { return a.joins > joined })
}

// Disconnect closes the socket without signing out: the agent vanishes.
func (a *Agent) Disconnect() {
	a.mu.Lock()
	s := a.socket
	a.socket = nil
	clear(a.offers)
	a.mu.Unlock()
	if s != nil {
		s.close()
	}
}

// Close closes the socket and connections.
func (a *Agent) Close() {
	a.Disconnect()
	a.caller.close()
}

// Joins counts how often the socket was connected.
func (a *Agent) Joins() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.joins
}

// Replies lists what this agent said and the server acknowledged, in order per conversation.
func (a *Agent) Replies() []Replied {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.replied)
}

func (a *Agent) connected() {
	a.mu.Lock()
	a.joins++
	for _, t := range a.talks {
		t.stale = true
	}
	a.mu.Unlock()
	a.changed.ring()
}

func (a *Agent) fail(err error) {
	a.mu.Lock()
	if a.broken == nil {
		a.broken = fmt.Errorf("agent %s: %w", a.Name, err)
	}
	a.mu.Unlock()
	a.changed.ring()
}

// pushed takes what comes on the agent's own channel.
func (a *Agent) pushed(data []byte) {
	var push struct {
		T             string            `json:"t"`
		Offer         spec.Offer        `json:"offer"`
		ReservationID uuid.UUID         `json:"reservation_id"`
		State         json.RawMessage   `json:"state"`
		Conversation  spec.Conversation `json:"conversation"`
	}
	if json.Unmarshal(data, &push) != nil {
		return
	}
	a.mu.Lock()
	switch push.T {
	case "offer":
		a.recorder.end(Offered, push.Offer.Conversation.Address)
		a.offers[push.Offer.Id] = push.Offer
	case "offer_ended":
		delete(a.offers, push.ReservationID)
	case "state":
		_ = json.Unmarshal(push.State, &a.state)
	case "conversation":
		if t := a.talks[push.Conversation.Id]; t != nil {
			t.stale = t.stale || push.Conversation.LastSeq > t.seq
		}
	}
	a.mu.Unlock()
	a.changed.ring()
}

// await returns when cond, called with the lock held, is true.
func (a *Agent) await(ctx context.Context, what string, cond func() bool) error {
	for {
		heard := a.changed.heard()
		a.mu.Lock()
		done, err := cond(), a.broken
		a.mu.Unlock()
		if err != nil || done {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("agent %s awaits %s: %w", a.Name, what, context.Cause(ctx))
		case <-heard:
		}
	}
}

// FetchOffers reads the offers that wait for an answer, as a client does after its socket was away.
func (a *Agent) FetchOffers(ctx context.Context) error {
	var page struct{ Items []spec.Offer }
	if err := a.Do(ctx, http.MethodGet, "/reservations", nil, &page); err != nil {
		return err
	}
	a.mu.Lock()
	clear(a.offers)
	for _, o := range page.Items {
		a.offers[o.Id] = o
	}
	a.mu.Unlock()
	a.changed.ring()
	return nil
}

// AwaitOffer returns the offer of a visitor's conversation once the socket (or, after a reconnect, the API) has brought it.
func (a *Agent) AwaitOffer(ctx context.Context, visitor string) (offer spec.Offer, err error) {
	joins := -1
	for {
		if now := a.Joins(); now != joins {
			joins = now
			if err := a.FetchOffers(ctx); err != nil {
				return offer, err
			}
		}
		found := false
		err = a.await(ctx, "an offer of "+visitor, func() bool {
			for _, o := range a.offers {
				if o.Conversation.Address == visitor {
					offer, found = o, true
				}
			}
			return found || a.joins != joins
		})
		if err != nil || found {
			return offer, err
		}
	}
}

// NextOffer returns the oldest offer that the socket has brought, each once.
func (a *Agent) NextOffer(ctx context.Context) (offer spec.Offer, err error) {
	err = a.await(ctx, "offers", func() bool {
		found := false
		for _, o := range a.offers {
			if !found || o.CreatedAt.Before(offer.CreatedAt) {
				offer, found = o, true
			}
		}
		delete(a.offers, offer.Id)
		return found
	})
	return offer, err
}

// SetPresence changes the presence.
func (a *Agent) SetPresence(ctx context.Context, presence string) error {
	return a.Do(ctx, http.MethodPut, "/presence", map[string]string{"presence": presence}, nil)
}

// Watch puts a conversation on the agent's screen, and tells what comes there from then on. It returns once the server sends.
func (a *Agent) Watch(ctx context.Context, conversation uuid.UUID, told func(spec.Event)) error {
	a.mu.Lock()
	s := a.socket
	a.mu.Unlock()
	if s == nil {
		return fmt.Errorf("agent %s watches %s: there is no socket", a.Name, conversation)
	}
	joined := make(chan struct{})
	once := sync.OnceFunc(func() { close(joined) })
	err := s.watch("conversation:"+conversation.String(), once, func(data []byte) {
		if e, ok := a.heard(data); ok {
			told(e)
		}
	})
	if err != nil {
		return err
	}
	select {
	case <-joined:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("agent %s watches %s: %w", a.Name, conversation, context.Cause(ctx))
	}
}

// heard reads what came on a conversation's channel, if it is an event.
func (a *Agent) heard(data []byte) (spec.Event, bool) {
	var push struct {
		T     string     `json:"t"`
		Event spec.Event `json:"event"`
	}
	if json.Unmarshal(data, &push) != nil || push.T != "event" {
		return push.Event, false
	}
	if push.Event.Kind == "customer.message" {
		a.recorder.end(Seen, textOf(push.Event))
	}
	return push.Event, true
}

// Accept takes an offer.
func (a *Agent) Accept(ctx context.Context, offer uuid.UUID) (c spec.Conversation, err error) {
	a.drop(offer)
	err = a.Do(ctx, http.MethodPost, "/reservations/"+offer.String()+"/accept", nil, &c)
	return c, err
}

// Reject passes an offer on.
func (a *Agent) Reject(ctx context.Context, offer uuid.UUID) error {
	a.drop(offer)
	return a.Do(ctx, http.MethodPost, "/reservations/"+offer.String()+"/reject", map[string]string{"reason": "busy"}, nil)
}

func (a *Agent) drop(offer uuid.UUID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.offers, offer)
}

// Reply says something that was due at a time, and returns when it was acknowledged.
func (a *Agent) Reply(ctx context.Context, conversation uuid.UUID, due time.Time, text string) error {
	r := Replied{Conversation: conversation, ID: uuid.New(), Text: text}
	a.recorder.begin(Answered, r.ID.String(), due)
	if err := a.Do(ctx, http.MethodPost, "/conversations/"+conversation.String()+"/messages", map[string]any{"id": r.ID, "text": text}, nil); err != nil {
		return err
	}
	a.mu.Lock()
	a.replied = append(a.replied, r)
	a.mu.Unlock()
	return nil
}

func (a *Agent) act(ctx context.Context, conversation uuid.UUID, action string, in any) error {
	if in == nil {
		in = map[string]any{}
	}
	return a.Do(ctx, http.MethodPost, "/conversations/"+conversation.String()+"/"+action, in, nil)
}

// WrapUp ends the talk and starts wrap-up.
func (a *Agent) WrapUp(ctx context.Context, conversation uuid.UUID) error {
	return a.act(ctx, conversation, "wrap-up", nil)
}

// Finish ends the agent's part with an outcome. That it has ended already, as after a lost answer, is no error.
func (a *Agent) Finish(ctx context.Context, conversation uuid.UUID) error {
	return past(a.act(ctx, conversation, "close", map[string]string{"outcome": "resolved"}))
}

// Park frees the agent until a time; the zero time: until the customer writes.
func (a *Agent) Park(ctx context.Context, conversation uuid.UUID, until time.Time) error {
	in := map[string]any{"note": "waiting for the warehouse"}
	if !until.IsZero() {
		in["until"] = until.UTC()
	}
	return past(a.act(ctx, conversation, "park", in))
}

// Transfer hands over to a queue; with letGo at once, otherwise when somebody accepts.
func (a *Agent) Transfer(ctx context.Context, conversation uuid.UUID, queue string, letGo bool) error {
	return past(a.act(ctx, conversation, "transfer", map[string]any{"queue": queue, "let_go": letGo}))
}

// TakeOver makes a supervisor the owner.
func (a *Agent) TakeOver(ctx context.Context, conversation uuid.UUID) error {
	return a.act(ctx, conversation, "take-over", nil)
}

// past forgives that something has happened already: a repetition after a lost answer finds the conversation elsewhere.
func past(err error) error {
	switch Refused(err) {
	case "conflict", "not_owner", "not_found":
		return nil
	}
	return err
}

// Events reads a conversation's events after a seq.
func (a *Agent) Events(ctx context.Context, conversation uuid.UUID, after int64) ([]spec.Event, error) {
	var all []spec.Event
	for {
		var page struct {
			Items []spec.Event
			More  bool
		}
		path := fmt.Sprintf("/conversations/%s/events?after=%d&limit=200", conversation, after)
		if err := a.Do(ctx, http.MethodGet, path, nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if !page.More || len(page.Items) == 0 {
			return all, nil
		}
		after = page.Items[len(page.Items)-1].Seq
	}
}

// Conversation reads how a conversation stands.
func (a *Agent) Conversation(ctx context.Context, id uuid.UUID) (c spec.Conversation, err error) {
	err = a.Do(ctx, http.MethodGet, "/conversations/"+id.String(), nil, &c)
	return c, err
}

// Mine lists the conversations the agent has.
func (a *Agent) Mine(ctx context.Context) ([]spec.Conversation, error) {
	var page struct{ Items []spec.Conversation }
	err := a.Do(ctx, http.MethodGet, "/conversations?view=mine&limit=200", nil, &page)
	return page.Items, err
}

// gone reports whether something failed only because the conversation went elsewhere.
func gone(err error) bool {
	var status *StatusError
	return errors.As(err, &status) && slices.Contains([]string{"not_owner", "not_found", "conflict", "offer_gone", "capacity"}, status.Code)
}
