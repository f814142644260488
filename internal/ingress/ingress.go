// Package ingress is the one way in for what customers send: webhooks, the webchat, long-lived listeners and the public API
// all end in Accept. It commits before anybody is answered, so what was acknowledged cannot be lost.
package ingress

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"seax/connectors"
	"seax/internal/conversation"
	"seax/internal/identity"
)

// MaxText is how many characters of one inbound message are kept; longer ones are cut, which the message says.
const MaxText = 40_000

// Channel is what ingress needs to know of the account an event came in on.
type Channel struct {
	connectors.Account
	// Flow is the flow that new conversations run.
	Flow string
}

// Ingress accepts inbound events. Safe for concurrent use.
type Ingress struct{ log *conversation.Log }

// New returns an ingress that writes to the log.
func New(log *conversation.Log) *Ingress { return &Ingress{log: log} }

// ErrInvalid says that an event cannot be accepted as it is; the text says why.
var ErrInvalid = errors.New("invalid event")

// parallel is how many customers' events of one request are accepted at a time.
const parallel = 8

// Accept commits events of one request and returns what became of each, in their order. Events of one address are accepted in order, in
// one transaction. What has an id that is known (also from an earlier call) is dropped; an address has at most one open
// conversation, which is made when needed. Typing is not stored and is left to the caller. After an error some of the events
// may have been accepted: all may be handed over again.
func (in *Ingress) Accept(ctx context.Context, channel Channel, events []connectors.Inbound) ([]connectors.Result, error) {
	for i := range events {
		if err := check(&events[i]); err != nil {
			return nil, err
		}
	}
	if err := in.place(ctx, channel, events); err != nil {
		return nil, err
	}
	var order []string
	groups := map[string][]int{}
	for i := range events {
		e := &events[i]
		if _, ok := groups[e.Address]; !ok {
			order = append(order, e.Address)
		}
		groups[e.Address] = append(groups[e.Address], i)
	}
	results := make([]connectors.Result, len(events))
	if len(order) == 1 {
		return results, in.acceptFrom(ctx, channel, events, groups[order[0]], results)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, address := range order {
		group.Go(func() error { return in.acceptFrom(ctx, channel, events, groups[address], results) })
	}
	return results, group.Wait()
}

// place finds whom events belong to that answer a message of ours, see Inbound.Answers. Who answers in somebody else's place is shown
// by name, and not taken for them.
func (in *Ingress) place(ctx context.Context, channel Channel, events []connectors.Inbound) error {
	var ids []uuid.UUID
	for _, e := range events {
		if id, err := uuid.Parse(e.Answers); err == nil {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := in.log.Pool().Query(ctx, `select d.event_id, c.address from deliveries d join conversations c on c.id = d.conversation_id where d.channel_id = $1 and d.event_id = any($2)
		union all select p.id, c.address from delivery_parts p join deliveries d using (event_id) join conversations c on c.id = d.conversation_id where p.channel_id = $1 and p.id = any($2)`,
		channel.ID, ids)
	if err != nil {
		return fmt.Errorf("find whom messages were written to: %w", err)
	}
	addresses := map[string]string{}
	var id uuid.UUID
	var address string
	if _, err := pgx.ForEachRow(rows, []any{&id, &address}, func() error { addresses[id.String()] = address; return nil }); err != nil {
		return fmt.Errorf("find whom messages were written to: %w", err)
	}
	for i := range events {
		e := &events[i]
		if address, ok := addresses[e.Answers]; ok && address != e.Address {
			e.Address, e.Formerly, e.Consent = address, "", ""
			e.Profile = connectors.Profile{Name: e.Profile.Name}
		}
	}
	return nil
}

// acceptFrom accepts the events of one address, which are at these places.
func (in *Ingress) acceptFrom(ctx context.Context, channel Channel, all []connectors.Inbound, places []int, results []connectors.Result) error {
	events := make([]connectors.Inbound, len(places))
	for i, place := range places {
		events[i] = all[place]
	}
	return in.log.Do(ctx, "accept from channel "+channel.ID, func(ctx context.Context, tx *conversation.Tx) error {
		x := intake{tx: tx, channel: channel, events: events}
		if err := x.begin(ctx); err != nil {
			return err
		}
		for i, e := range events {
			status, err := x.accept(ctx, e)
			if err != nil {
				return err
			}
			results[places[i]] = connectors.Result{ProviderID: e.ProviderID, Status: status}
		}
		return nil
	})
}

func check(e *connectors.Inbound) error {
	named := e.Type == connectors.InStatus && e.Status.Until.IsZero() && !e.Status.Through
	if e.Address == "" && !named {
		return fmt.Errorf("%w: the sender's address is missing", ErrInvalid)
	}
	switch e.Type {
	case connectors.InMessage, connectors.InEcho, connectors.InAutomatic:
		if e.ProviderID == "" {
			return fmt.Errorf("%w: the message has no id", ErrInvalid)
		}
	}
	tidy(e)
	return nil
}

// intake is the events of one address on their way in.
type intake struct {
	tx      *conversation.Tx
	channel Channel
	events  []connectors.Inbound
	// c is the address's open conversation; nil if there is none.
	c *conversation.Conversation
	// known are the events' ids that have been accepted, with the digest of what had them.
	known map[string][]byte
	// places are where the messages are that events refer to.
	places map[string]place
	// proven is the profile that was recognised last; nil if none was.
	proven *connectors.Profile
}

// place is where a message is.
type place struct {
	conversation uuid.UUID
	seq          int64
}

// begin locks the address's open conversation, if any, and reads which of the events' ids are known and where the messages are that
// they refer to; the lock comes first, so that of two equal messages the second sees the first.
func (x *intake) begin(ctx context.Context) error {
	x.c, x.known, x.places, x.proven = nil, map[string][]byte{}, map[string]place{}, nil
	var formerly *conversation.Conversation
	address := x.events[0].Address
	batch := &pgx.Batch{}
	if slices.ContainsFunc(x.events, func(e connectors.Inbound) bool { return e.Type != connectors.InStatus }) {
		x.tx.QueueLockOpen(batch, x.channel.ID, address, func(found *conversation.Conversation) { x.c = found })
	}
	if was := x.formerly(); was != "" {
		x.tx.QueueLockOpen(batch, x.channel.ID, was, func(found *conversation.Conversation) { formerly = found })
	}
	x.queueKnown(batch, x.known)
	x.queuePlaces(batch)
	if len(batch.QueuedQueries) > 0 {
		if err := x.tx.Run(ctx, batch); err != nil {
			return fmt.Errorf("find open conversation: %w", err)
		}
	}
	if x.c == nil && formerly != nil {
		x.c = formerly
		return x.readdress(ctx, address)
	}
	return nil
}

// formerly is the address under which the customer may be known from before.
func (x *intake) formerly() string {
	for _, e := range x.events {
		if e.Formerly != "" && e.Formerly != e.Address {
			return e.Formerly
		}
	}
	return ""
}

func (x *intake) queueKnown(batch *pgx.Batch, known map[string][]byte) {
	ids := make([]string, 0, len(x.events))
	for _, e := range x.events {
		if e.ProviderID != "" {
			ids = append(ids, e.ProviderID)
		}
	}
	if len(ids) == 0 {
		return
	}
	batch.Queue(`select provider_id, digest from inbound_keys where channel_id = $1 and provider_id = any($2)`, x.channel.ID, ids).Query(func(rows pgx.Rows) error {
		var id string
		var digest []byte
		_, err := pgx.ForEachRow(rows, []any{&id, &digest}, func() error { known[id] = slices.Clone(digest); return nil })
		return err
	})
}

func (x *intake) queuePlaces(batch *pgx.Batch) {
	var ids []string
	for _, e := range x.events {
		for _, id := range []string{e.Target, e.ReplyTo} {
			if id != "" {
				ids = append(ids, id)
			}
		}
		if e.Type == connectors.InEcho {
			ids = append(ids, e.ProviderID)
		}
	}
	if len(ids) == 0 {
		return
	}
	batch.Queue(`select provider_id, conversation_id, seq from inbound_keys where channel_id = $1 and provider_id = any($2)
		union all select provider_id, conversation_id, seq from deliveries where channel_id = $1 and provider_id = any($2)
		union all select p.provider_id, p.conversation_id, d.seq from delivery_parts p join deliveries d using (event_id) where p.channel_id = $1 and p.provider_id = any($2)`,
		x.channel.ID, ids).Query(func(rows pgx.Rows) error {
		var id string
		var at place
		_, err := pgx.ForEachRow(rows, []any{&id, &at.conversation, &at.seq}, func() error { x.places[id] = at; return nil })
		return err
	})
}

// readdress moves the open conversation, and who has it, to another address.
func (x *intake) readdress(ctx context.Context, address string) error {
	if err := x.moveIdentity(ctx, x.c.Address, address); err != nil {
		return err
	}
	x.c.Address = address
	_, err := x.tx.Append(x.c, conversation.Draft{Kind: conversation.Readdressed, Actor: conversation.System, Body: conversation.Readdressing{Address: address}})
	return err
}

func (x *intake) moveIdentity(ctx context.Context, from, to string) error {
	return identity.Move(ctx, x.tx, identity.Claim{Kind: x.channel.Kind, Realm: x.channel.ID, Address: from}, to)
}

// accept does what one event asks for.
func (x *intake) accept(ctx context.Context, e connectors.Inbound) (connectors.ResultStatus, error) {
	if digest, known := x.known[e.ProviderID]; known && e.ProviderID != "" {
		if len(digest) > 0 && len(e.Digest) > 0 && !bytes.Equal(digest, e.Digest) {
			return connectors.ResultConflict, nil
		}
		return connectors.ResultDuplicate, nil
	}
	switch e.Type {
	case connectors.InMessage:
		return connectors.ResultAccepted, x.message(ctx, e)
	case connectors.InEdited, connectors.InDeleted, connectors.InReaction:
		return x.change(ctx, e)
	case connectors.InEcho, connectors.InAutomatic:
		return x.aside(ctx, e)
	case connectors.InLeft:
		return connectors.ResultAccepted, x.left(e, "left")
	case connectors.InContact:
		return connectors.ResultAccepted, x.contact(ctx, e)
	case connectors.InStatus:
		return x.status(ctx, e)
	default:
		return connectors.ResultAccepted, nil
	}
}

// log appends an event that a provider's event has become, and notes its id.
func (x *intake) log(c *conversation.Conversation, kind conversation.Kind, actor conversation.Actor, body any, e connectors.Inbound) (conversation.Event, error) {
	draft := conversation.Draft{Kind: kind, Actor: actor, Body: body}
	if !e.At.IsZero() {
		at := e.At.UTC()
		draft.ProviderAt = &at
	}
	event, err := x.tx.Append(c, draft)
	if err != nil || e.ProviderID == "" {
		return event, err
	}
	x.known[e.ProviderID] = e.Digest
	x.places[e.ProviderID] = place{c.ID, event.Seq}
	x.tx.Later(`insert into inbound_keys (channel_id, provider_id, conversation_id, seq, at, digest) values ($1, $2, $3, $4, $5, $6)`,
		x.channel.ID, e.ProviderID, c.ID, event.Seq, x.tx.Now, e.Digest)
	return event, nil
}
