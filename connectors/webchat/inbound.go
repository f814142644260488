package webchat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/connectors"
	"seax/internal/blob"
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
	v, err := c.readToken(account, bearer(r.Header))
	if err != nil {
		return connectors.Caller{}, err
	}
	return connectors.Caller{Address: v.ID, Profile: v.Profile}, nil
}

func bearer(h http.Header) string {
	token, _ := strings.CutPrefix(h.Get("Authorization"), "Bearer ")
	return token
}

// errMalformed is wrapped by everything that is wrong with a request's form.
var errMalformed = errors.New("malformed")

// Parse implements connectors.Connector. Its errors are about what was sent; when we cannot look something up, the batch is empty
// and its answer tells the widget to send everything again.
func (c *Connector) Parse(ctx context.Context, account connectors.Account, caller connectors.Caller, r *connectors.Request) (connectors.Batch, error) {
	events, err := decode(r.Body)
	if err != nil {
		return connectors.Batch{}, err
	}
	if err := c.withinLimits(account, caller, events); err != nil {
		return connectors.Batch{}, err
	}
	var batch connectors.Batch
	var marks watermarks
	// own are the items that events become, nil for those that become none.
	var own []*ownItem
	for _, e := range events {
		in := connectors.Inbound{Address: caller.Address, Profile: caller.Profile, At: c.deps.Clock()}
		switch e.Type {
		case "message":
			in.Type, in.ProviderID = connectors.InMessage, providerID(caller.Address, e.CID.String())
			in.Message, err = c.message(ctx, account, caller, e)
		case "typing":
			in.Type = connectors.InTyping
		case "left":
			in.Type = connectors.InLeft
		case "delivered", "read":
			marks.see(e)
			continue
		default:
			err = fmt.Errorf("%w: there are no events of type %.40q", errMalformed, e.Type)
		}
		if errors.Is(err, errMalformed) {
			return connectors.Batch{}, err
		}
		if err != nil {
			return connectors.Batch{Respond: unavailable}, nil //nolint:nilerr // the answer says it
		}
		item := c.ownItem(account, caller, e, &in)
		batch.Events, own = append(batch.Events, in), append(own, item)
	}
	seen, err := c.statuses(ctx, account, caller, marks)
	if err != nil {
		return connectors.Batch{Respond: unavailable}, nil //nolint:nilerr // the answer says it
	}
	// What was seen comes first: it was there before what is said now.
	batch.Events = append(seen, batch.Events...)
	batch.Respond = func(results []connectors.Result) connectors.Response {
		return c.respond(ctx, account, caller, own, results[len(seen):])
	}
	return batch, nil
}

func decode(body []byte) ([]event, error) {
	if !utf8.Valid(body) {
		return nil, fmt.Errorf("%w: not valid UTF-8", errMalformed)
	}
	var in struct {
		Events []event `json:"events"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(&in); err != nil {
		return nil, fmt.Errorf("%w: not the JSON expected", errMalformed)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows the JSON", errMalformed)
	}
	if len(in.Events) == 0 || len(in.Events) > maxEvents {
		return nil, fmt.Errorf("%w: between 1 and %d events at a time", errMalformed, maxEvents)
	}
	return in.Events, nil
}

func (c *Connector) withinLimits(account connectors.Account, caller connectors.Caller, events []event) error {
	messages := 0
	for _, e := range events {
		if e.Type == "message" {
			messages++
		}
	}
	key := account.ID + "/" + caller.Address
	if err := c.requests.take(key, 1); err != nil {
		return err
	}
	return c.messages.take(key, messages)
}

func (c *Connector) message(ctx context.Context, account connectors.Account, caller connectors.Caller, e event) (conversation.Message, error) {
	m := conversation.Message{Text: clean(e.Text), Choice: e.Choice}
	switch {
	case e.CID == uuid.Nil:
		return m, fmt.Errorf("%w: a message needs a cid (a UUID)", errMalformed)
	case utf8.RuneCountInString(e.Text) > maxText:
		return m, fmt.Errorf("%w: a message has at most %d characters", errMalformed, maxText)
	case len(e.Choice) > maxChoice || clean(e.Choice) != e.Choice:
		return m, fmt.Errorf("%w: the choice is not one of ours", errMalformed)
	case len(e.Attachments) > maxFiles:
		return m, fmt.Errorf("%w: a message has at most %d files", errMalformed, maxFiles)
	case strings.TrimSpace(m.Text) == "" && e.Choice == "" && len(e.Attachments) == 0:
		return m, fmt.Errorf("%w: the message is empty", errMalformed)
	}
	for _, id := range e.Attachments {
		uploader, err := c.deps.Files.Uploader(ctx, id)
		if errors.Is(err, blob.ErrNotFound) || err == nil && uploader != uploaderOf(account, caller.Address) {
			return m, fmt.Errorf("%w: there is no file %s of this visitor", errMalformed, id)
		}
		if err != nil {
			return m, err
		}
		a, err := c.deps.Files.Get(ctx, id)
		if err != nil {
			return m, err
		}
		m.Attachments = append(m.Attachments, a)
	}
	return m, nil
}

// clean takes out control characters, which no store and no screen wants, except line breaks and tabs.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
}

func uploaderOf(account connectors.Account, visitor string) string {
	return "visitor:" + account.ID + ":" + visitor
}

// watermarks are up to where the visitor has received and read.
type watermarks struct{ delivered, read int64 }

func (w *watermarks) see(e event) {
	if e.Type == "read" {
		w.read = max(w.read, e.N)
	} else {
		w.delivered = max(w.delivered, e.N)
	}
}

func (c *Connector) statuses(ctx context.Context, account connectors.Account, caller connectors.Caller, marks watermarks) ([]connectors.Inbound, error) {
	var ns []int64
	var reached []conversation.Status
	if marks.delivered > marks.read {
		ns, reached = append(ns, marks.delivered), append(reached, conversation.StatusDelivered)
	}
	if marks.read > 0 {
		ns, reached = append(ns, marks.read), append(reached, conversation.StatusRead)
	}
	if len(ns) == 0 {
		return nil, nil
	}
	ids, err := c.feed.newest(ctx, account.ID, caller.Address, ns)
	if err != nil {
		return nil, err
	}
	var out []connectors.Inbound
	for i, id := range ids {
		if id == "" {
			continue
		}
		out = append(out, connectors.Inbound{
			Type: connectors.InStatus, Address: caller.Address, Profile: caller.Profile, At: c.deps.Clock(),
			Status: connectors.StatusUpdate{ProviderID: providerID(caller.Address, id), Through: true, Status: reached[i]},
		})
	}
	return out, nil
}

// result is the answer to one message.
type result struct {
	CID    string `json:"cid"`
	Status string `json:"status"`
	// N is the message's number in the feed.
	N  int64  `json:"n"`
	At string `json:"at"`
}

// ownItem is a visitor's own message on its way into their feed.
type ownItem struct {
	Item
	// added: it was not there before.
	added bool
}

// ownItem has a message join the visitor's feed in the transaction that accepts it, so that a reload and other tabs show it. It
// is nil for events that are no messages.
func (c *Connector) ownItem(account connectors.Account, caller connectors.Caller, e event, in *connectors.Inbound) *ownItem {
	if in.Type != connectors.InMessage {
		return nil
	}
	own := &ownItem{Item: itemOf(e.CID.String(), fromCustomer, in.Message, in.At)}
	in.Alongside = func(statements *pgx.Batch) {
		queueAdd(statements, account.ID, caller.Address, &own.Item, &own.added)
	}
	return own
}

// respond answers after the messages were committed, and shows them to the visitor's other tabs. What had come before is looked
// up in the feed.
func (c *Connector) respond(ctx context.Context, account connectors.Account, caller connectors.Caller, own []*ownItem, results []connectors.Result) connectors.Response {
	answers := []result{}
	for i, item := range own {
		if item == nil {
			continue
		}
		if item.N == 0 {
			known := []Item{item.Item}
			if err := c.feed.add(ctx, account.ID, caller.Address, known); err != nil {
				return unavailable(results)
			}
			item.Item = known[0]
		}
		if item.added {
			c.push(ctx, account, caller.Address, itemPush{"item", c.signed(item.Item)})
		}
		answers = append(answers, result{CID: item.ID, Status: string(results[i].Status), N: item.N, At: item.At.Format(timeFormat)})
	}
	return connectors.JSON(http.StatusAccepted, map[string]any{"results": answers})
}

// timeFormat is how JSON writes times.
const timeFormat = "2006-01-02T15:04:05.999999Z07:00"

// unavailable tells the widget to send again.
func unavailable([]connectors.Result) connectors.Response {
	return connectors.JSON(http.StatusServiceUnavailable, map[string]any{
		"title": http.StatusText(http.StatusServiceUnavailable), "status": http.StatusServiceUnavailable, "code": "unavailable", "detail": "Try again in a moment.",
	})
}
