package webchat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"seax/connectors"
	"seax/internal/conversation"
)

// event is what a widget sends.
type event struct {
	Type        string      `json:"type"`
	CID         uuid.UUID   `json:"cid"`
	Text        string      `json:"text"`
	Attachments []uuid.UUID `json:"attachments"`
	Choice      string      `json:"choice"`
	N           int64       `json:"n"`
}

// Authenticate implements connectors.Connector: the visitor's token says who they are.
func (c *Connector) Authenticate(_ context.Context, account connectors.Account, r *connectors.Request) (connectors.Caller, error) {
	if r.Method != http.MethodPost {
		return connectors.Caller{}, fmt.Errorf("method %s: %w", r.Method, connectors.ErrUnauthenticated)
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return connectors.Caller{}, fmt.Errorf("no token: %w", connectors.ErrUnauthenticated)
	}
	v, err := c.readToken(account, token)
	if err != nil {
		return connectors.Caller{}, err
	}
	return connectors.Caller{Address: v.ID, Profile: v.Profile}, nil
}

// errMalformed is wrapped by everything that is wrong with a request's form.
var errMalformed = errors.New("malformed")

// Parse implements connectors.Connector.
func (c *Connector) Parse(ctx context.Context, account connectors.Account, caller connectors.Caller, r *connectors.Request) (connectors.Batch, error) {
	if !utf8.Valid(r.Body) {
		return connectors.Batch{}, fmt.Errorf("%w: not valid UTF-8", errMalformed)
	}
	var body struct {
		Events []event `json:"events"`
	}
	decoder := json.NewDecoder(bytes.NewReader(r.Body))
	if err := decoder.Decode(&body); err != nil {
		return connectors.Batch{}, fmt.Errorf("%w: not the JSON expected", errMalformed)
	}
	if len(body.Events) == 0 || len(body.Events) > maxEvents {
		return connectors.Batch{}, fmt.Errorf("%w: between 1 and %d events at a time", errMalformed, maxEvents)
	}
	var batch connectors.Batch
	for _, e := range body.Events {
		in, err := c.parse(ctx, account, caller, e)
		if err != nil {
			return connectors.Batch{}, err
		}
		if in != nil {
			batch.Events = append(batch.Events, *in)
		}
	}
	batch.Respond = func(results []connectors.Result) (int, any) {
		return c.respond(ctx, account, caller, batch.Events, results)
	}
	return batch, nil
}

func (c *Connector) parse(ctx context.Context, account connectors.Account, caller connectors.Caller, e event) (*connectors.Inbound, error) {
	in := &connectors.Inbound{Address: caller.Address, Profile: caller.Profile, At: c.deps.Clock()}
	switch e.Type {
	case "message":
		if err := c.limits.message(account.ID + "/" + caller.Address); err != nil {
			return nil, err
		}
		message, err := c.message(ctx, account, caller, e)
		if err != nil {
			return nil, err
		}
		in.Type, in.ProviderID, in.Message = connectors.InMessage, providerID(caller.Address, e.CID.String()), message
	case "typing":
		in.Type = connectors.InTyping
	case "left":
		in.Type = connectors.InLeft
	case "delivered", "read":
		id, err := c.feed.newest(ctx, account.ID, caller.Address, e.N)
		if err != nil || id == "" {
			return nil, err
		}
		in.Type = connectors.InStatus
		in.Status = connectors.StatusUpdate{ProviderID: providerID(caller.Address, id), Through: true, Status: conversation.Status(e.Type)}
	default:
		return nil, fmt.Errorf("%w: there are no events of type %q", errMalformed, e.Type)
	}
	return in, nil
}

func (c *Connector) message(ctx context.Context, account connectors.Account, caller connectors.Caller, e event) (conversation.Message, error) {
	m := conversation.Message{Text: e.Text, Choice: e.Choice}
	switch {
	case e.CID == uuid.Nil:
		return m, fmt.Errorf("%w: a message needs a cid (a UUID)", errMalformed)
	case utf8.RuneCountInString(e.Text) > maxText:
		return m, fmt.Errorf("%w: a message has at most %d characters", errMalformed, maxText)
	case len(e.Choice) > 200:
		return m, fmt.Errorf("%w: the choice is too long", errMalformed)
	case len(e.Attachments) > maxFiles:
		return m, fmt.Errorf("%w: a message has at most %d files", errMalformed, maxFiles)
	case strings.TrimSpace(e.Text) == "" && e.Choice == "" && len(e.Attachments) == 0:
		return m, fmt.Errorf("%w: the message is empty", errMalformed)
	}
	for _, id := range e.Attachments {
		uploader, err := c.deps.Files.Uploader(ctx, id)
		if err != nil || uploader != uploaderOf(account, caller.Address) {
			return m, fmt.Errorf("%w: there is no file %s of this visitor", errMalformed, id)
		}
		a, err := c.deps.Files.Get(ctx, id)
		if err != nil {
			return m, err
		}
		m.Attachments = append(m.Attachments, a)
	}
	return m, nil
}

func uploaderOf(account connectors.Account, visitor string) string {
	return "visitor:" + account.ID + ":" + visitor
}

// result is the answer to one message.
type result struct {
	CID    string `json:"cid"`
	Status string `json:"status"`
	N      int64  `json:"n,omitempty"`
}

// respond puts the visitor's own messages into their feed, so that a reload and other tabs show them, and answers. It runs
// after the messages were committed; if the process dies in between, the widget sends again and gets here again.
func (c *Connector) respond(ctx context.Context, account connectors.Account, caller connectors.Caller, events []connectors.Inbound, results []connectors.Result) (int, any) {
	answers := []result{}
	for i, e := range events {
		if e.Type != connectors.InMessage {
			continue
		}
		cid := strings.TrimPrefix(e.ProviderID, caller.Address+":")
		item, added, err := c.feed.add(ctx, account.ID, caller.Address, itemOf(cid, From{Kind: "customer"}, e.Message, c.deps.Clock()))
		if err != nil {
			return http.StatusServiceUnavailable, map[string]any{"title": "Unavailable", "status": 503, "code": "unavailable", "detail": "Try again in a moment."}
		}
		if added {
			c.push(ctx, account, caller.Address, itemPush{"item", c.signed(item)})
		}
		answers = append(answers, result{CID: cid, Status: results[i].Status, N: item.N})
	}
	return http.StatusAccepted, map[string]any{"results": answers}
}

func isDuplicate(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == "23505"
}
