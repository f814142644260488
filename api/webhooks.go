package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5/pgconn"

	"seax/connectors"
	"seax/internal/conversation"
	"seax/internal/directory"
	"seax/internal/ingress"
	"seax/internal/realtime"
	"seax/internal/store"
)

// Pusher sends to whoever is subscribed to a channel.
type Pusher interface {
	Push(ctx context.Context, channel string, payload any)
}

// webhook takes in what a provider (or a visitor's widget) sends: the connector authenticates the raw request before anything
// is read from it; the answer is given after everything was committed.
func (s *server) webhook(c *gin.Context) {
	ctx := c.Request.Context()
	channel, err := s.Directory.Channel(ctx, c.Param("channel"))
	connector, known := s.Registry.Get(c.Param("kind"))
	switch {
	case errors.Is(err, connectors.ErrNoAccount) || err == nil && (!known || channel.Kind != c.Param("kind")):
		answer(c, problem(http.StatusNotFound, "not_found", "There is no such channel."))
		return
	case err != nil:
		fail(c, s.Logger, err)
		return
	}
	s.cors(c, connector, channel.Account)
	if c.IsAborted() {
		return
	}
	if keeper, ok := connector.(connectors.Doorkeeper); ok {
		// What is not let in is not read.
		if err := keeper.Admit(channel.Account, c.Request.Method, c.Request.Header); err != nil {
			answer(c, unauthenticated(err))
			return
		}
	}
	body, err := s.read(c, channel.Kind)
	if err != nil {
		fail(c, s.Logger, err)
		return
	}
	request := &connectors.Request{Method: c.Request.Method, URL: c.Request.URL, Header: c.Request.Header, Body: body}
	if h, ok := connector.(connectors.Handshaker); ok {
		response, shaken, err := h.Handshake(ctx, channel.Account, request)
		if err != nil {
			answer(c, unauthenticated(err))
			return
		}
		if shaken {
			send(c, response)
			return
		}
	}
	who, err := connector.Authenticate(ctx, channel.Account, request)
	if err != nil {
		answer(c, unauthenticated(err))
		return
	}
	batch, err := connector.Parse(ctx, channel.Account, who, request)
	if err != nil {
		if p := malformed(err); p != nil {
			answer(c, p)
			return
		}
		fail(c, s.Logger, err)
		return
	}
	results, err := s.accept(ctx, connector, channel, request, batch.Events)
	if err != nil {
		if errors.Is(err, ingress.ErrInvalid) {
			answer(c, malformed(err))
			return
		}
		fail(c, s.Logger, err)
		return
	}
	s.relayTyping(ctx, channel.ID, batch.Events)
	respond(c, batch, results)
}

// bodyTime is how long a provider may take to send a body.
const bodyTime = time.Minute

// read reads a webhook's body, as far as it may be long and may take.
func (s *server) read(c *gin.Context, kind string) ([]byte, error) {
	// Not every connection can have a deadline; those of tests cannot.
	connection := http.NewResponseController(c.Writer)
	_ = connection.SetReadDeadline(time.Now().Add(bodyTime))
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, s.Registry.MaxBody(kind)))
	switch {
	case err == nil:
		_ = connection.SetReadDeadline(time.Time{})
	case !errors.As(err, new(*http.MaxBytesError)):
		return nil, problem(http.StatusBadRequest, "invalid", "The request's body did not come whole.")
	}
	return body, err
}

// accept commits a request's events, each to the account it is for. What is for an account nobody knows, or one that this request has
// not been signed for, is put aside.
func (s *server) accept(ctx context.Context, connector connectors.Connector, channel directory.Channel, request *connectors.Request, events []connectors.Inbound) ([]connectors.Result, error) {
	own := ""
	if k, ok := connector.(connectors.Keyed); ok {
		own = k.Key(channel.Account)
	}
	var order []string
	byKey := map[string][]int{}
	for i, e := range events {
		key := e.AccountKey
		if key == own {
			key = ""
		}
		if _, ok := byKey[key]; !ok {
			order = append(order, key)
		}
		byKey[key] = append(byKey[key], i)
	}
	results := make([]connectors.Result, len(events))
	var strangers []string
	aside := 0
	for _, key := range order {
		to, err := s.accountFor(ctx, connector, channel, request, key)
		if errors.Is(err, connectors.ErrNoAccount) {
			strangers, aside = append(strangers, key), aside+len(byKey[key])
			for _, i := range byKey[key] {
				results[i] = connectors.Result{ProviderID: events[i].ProviderID, Status: connectors.ResultQuarantined}
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		part := make([]connectors.Inbound, len(byKey[key]))
		for n, i := range byKey[key] {
			part[n] = events[i]
		}
		got, err := s.Ingress.Accept(ctx, ingress.Channel{Account: to.Account, Flow: to.Flow}, part)
		if err != nil {
			return nil, err
		}
		for n, i := range byKey[key] {
			results[i] = got[n]
		}
		s.Health.Received(to.ID, len(part))
	}
	if aside > 0 {
		if err := s.Ingress.Quarantine(ctx, channel.Account, strangers, aside, request.Body); err != nil {
			return nil, err
		}
		s.Logger.Warn("events for unknown accounts were put aside", "channel", channel.ID, "accounts", strangers[:min(len(strangers), 10)], "events", aside)
	}
	return results, nil
}

// accountFor finds the account that the provider calls by this key; "": the one whose webhook was called. The request must be signed
// for it, too.
func (s *server) accountFor(ctx context.Context, connector connectors.Connector, channel directory.Channel, request *connectors.Request, key string) (directory.Channel, error) {
	if key == "" {
		return channel, nil
	}
	to, err := s.Directory.ChannelByKey(ctx, channel.Kind, key)
	if err != nil {
		return to, err
	}
	if _, err := connector.Authenticate(ctx, to.Account, request); err != nil {
		return to, connectors.ErrNoAccount
	}
	return to, nil
}

func unauthenticated(err error) *Problem {
	code := "unauthorized"
	if errors.Is(err, connectors.ErrExpired) {
		code = "visitor_token_expired"
	}
	return problem(http.StatusUnauthorized, code, "The request's signature or token is missing, wrong or too old.")
}

// malformed says what is wrong with a request that could not be parsed; nil: it was not the request's fault.
func malformed(err error) *Problem {
	if errors.As(err, new(*pgconn.PgError)) || store.Unavailable(err) || errors.Is(err, context.Canceled) {
		return nil
	}
	var ready *Problem
	if errors.As(err, &ready) {
		return ready
	}
	var limited *connectors.LimitError
	if errors.As(err, &limited) {
		seconds := max(int(limited.RetryAfter/time.Second), 1)
		p := problem(http.StatusTooManyRequests, "throttled", "Too many messages at once. Try again in %d seconds.", seconds)
		p.RetryAfter = &seconds
		return p
	}
	return problem(http.StatusBadRequest, "invalid", "The request cannot be read: %s.", err.Error())
}

func respond(c *gin.Context, batch connectors.Batch, results []connectors.Result) {
	if batch.Respond == nil {
		c.Status(http.StatusOK)
		return
	}
	send(c, batch.Respond(results))
}

// send gives a connector's answer.
func send(c *gin.Context, r connectors.Response) {
	status := r.Status
	if status == 0 {
		status = http.StatusOK
	}
	if len(r.Body) == 0 {
		c.Status(status)
		return
	}
	contentType := r.ContentType
	if contentType == "" {
		contentType = "text/plain; charset=utf-8"
	}
	c.Data(status, contentType, r.Body)
}

// cors lets pages of other sites call connectors that are made for it.
func (s *server) cors(c *gin.Context, connector connectors.Connector, account connectors.Account) {
	allowed, ok := connector.(connectors.CrossOrigin)
	origin := c.GetHeader("Origin")
	if !ok || origin == "" {
		return
	}
	if !allowed.AllowsOrigin(account, origin) {
		answer(c, problem(http.StatusForbidden, "forbidden", "This page may not use this channel."))
		return
	}
	h := c.Writer.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Add("Vary", "Origin")
	if c.Request.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", "POST")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
		h.Set("Access-Control-Max-Age", "86400")
		c.AbortWithStatus(http.StatusNoContent)
	}
}

// relayTyping shows agents that a customer types. It is not stored.
func (s *server) relayTyping(ctx context.Context, channelID string, events []connectors.Inbound) {
	for _, e := range events {
		if e.Type != connectors.InTyping {
			continue
		}
		if id, open := s.Log.OpenAt(ctx, channelID, e.Address); open {
			s.Pusher.Push(ctx, realtime.ConversationChannel(id), map[string]string{"t": "typing", "from": "customer"})
		}
		return
	}
}

// courtesy implements Courtesy over connectors that can.
type courtesy struct{ deps Deps }

func (c courtesy) each(ctx context.Context, conv conversation.Conversation, do func(connectors.Connector, connectors.Account) error) {
	account, err := c.deps.Directory.Account(ctx, conv.ChannelID)
	if err != nil {
		return
	}
	if connector, ok := c.deps.Registry.Get(account.Kind); ok {
		if err := do(connector, account); err != nil {
			c.deps.Logger.Debug("courtesy to customer", "conversation", conv.ID, "error", err)
		}
	}
}

func customerOf(conv conversation.Conversation) connectors.Customer {
	to := connectors.Customer{Address: conv.Address}
	if conv.LastInbound != nil {
		to.Last = *conv.LastInbound
	}
	return to
}

func (c courtesy) Typing(ctx context.Context, conv conversation.Conversation, name string) {
	c.deps.Pusher.Push(ctx, realtime.ConversationChannel(conv.ID), map[string]string{"t": "typing", "from": "agent", "name": name})
	c.each(ctx, conv, func(connector connectors.Connector, account connectors.Account) error {
		if t, ok := connector.(connectors.Typist); ok {
			return t.Typing(ctx, account, customerOf(conv), name)
		}
		return nil
	})
}

func (c courtesy) Read(ctx context.Context, conv conversation.Conversation) {
	c.each(ctx, conv, func(connector connectors.Connector, account connectors.Account) error {
		if m, ok := connector.(connectors.ReadMarker); ok {
			return m.MarkRead(ctx, account, customerOf(conv))
		}
		return nil
	})
}
