// Package ingress is the one way in for what customers send: webhooks, the webchat, long-lived listeners and the public API
// all end in Accept. It commits before anybody is answered, so what was acknowledged cannot be lost.
package ingress

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"seax/connectors"
	"seax/internal/continuation"
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

// message takes in something the customer said.
func (x *intake) message(ctx context.Context, e connectors.Inbound) error {
	known := x.c != nil
	if x.c == nil {
		if was := x.formerly(); was != "" {
			if err := x.moveIdentity(ctx, was, e.Address); err != nil {
				return err
			}
		}
		c, err := continuation.Take(ctx, x.tx, x.channel.Account, e)
		known = c != nil
		if err == nil && c == nil {
			c, err = open(ctx, x.tx, x.channel, e)
		}
		if err != nil {
			return err
		}
		x.c = c
		if err := x.lookAgain(ctx); err != nil {
			return err
		}
	}
	if err := x.recognise(ctx, e); err != nil {
		return err
	}
	if known && came(e) {
		x.heard(e)
		_, err := x.log(x.c, conversation.AutoMessage, customer(x.c, e), x.content(e), e)
		return err
	}
	if err := x.append(e); err != nil {
		return err
	}
	if e.Consent == "" {
		return nil
	}
	identity.Consent(x.tx, identity.Claim{Kind: x.channel.Kind, Realm: x.channel.ID, Address: e.Address}, e.Consent == connectors.OptedOut)
	if e.Consent == connectors.OptedOut {
		return x.left(e, "opted_out")
	}
	return nil
}

// came reports whether the customer has come by a link and said nothing yet. Nobody has to answer that, unless it is how they begin.
func came(e connectors.Inbound) bool {
	m := e.Message
	return e.Code != "" && m.Text == "" && m.Choice == "" && m.Location == nil && m.Unsupported == nil && len(e.Files)+len(m.Attachments)+len(m.Cards) == 0
}

// errRaced makes the log run the transaction again: somebody else just opened the address's conversation, with this very
// message perhaps.
var errRaced = errors.New("the same message is being accepted elsewhere")

// lookAgain looks again for known ids once a new conversation's row is ours: another request may have committed the same
// message between our first look and our insert.
func (x *intake) lookAgain(ctx context.Context) error {
	again := map[string][]byte{}
	batch := &pgx.Batch{}
	x.queueKnown(batch, again)
	if len(batch.QueuedQueries) == 0 {
		return nil
	}
	if err := x.tx.Run(ctx, batch); err != nil {
		return fmt.Errorf("look for known messages: %w", err)
	}
	for id := range again {
		if _, known := x.known[id]; !known {
			return conversation.Retry(errRaced)
		}
	}
	return nil
}

// append logs the customer's message.
func (x *intake) append(e connectors.Inbound) error {
	m := x.content(e)
	x.heard(e)
	event, err := x.log(x.c, conversation.CustomerMessage, customer(x.c, e), m, e)
	if err != nil {
		return err
	}
	if e.Alongside != nil {
		x.tx.LaterWith(e.Alongside)
	}
	for i, ref := range e.Files {
		x.tx.Later(`insert into media (id, conversation_id, seq, ref) values ($1, $2, $3, $4)`,
			m.Attachments[len(m.Attachments)-len(e.Files)+i].ID, event.ConversationID, event.Seq, ref)
	}
	return nil
}

// heard notes that the customer has turned to us, if that is the newest we know of.
func (x *intake) heard(e connectors.Inbound) {
	at := x.tx.Now
	if !e.At.IsZero() && e.At.Before(at) {
		at = e.At.UTC().Truncate(time.Microsecond)
	}
	if last := x.c.LastInbound; last == nil || !at.Before(last.At) {
		x.c.LastInbound = &conversation.LastInbound{ID: e.ProviderID, Handle: e.Handle, At: at}
	}
}

// content is a message as it is logged: with places for files that are still to be fetched, and with what was sent if it cannot be shown.
func (x *intake) content(e connectors.Inbound) conversation.Message {
	m := e.Message
	m.Ref = e.ProviderID
	m.Attachments = slices.Clone(m.Attachments)
	for _, ref := range e.Files {
		m.Attachments = append(m.Attachments, conversation.Attachment{
			ID: conversation.NewID(), Name: ref.Name, MediaType: ref.MediaType, Size: ref.Size, Voice: ref.Voice, Sticker: ref.Sticker, State: conversation.AttachmentPending,
		})
	}
	if u := m.Unsupported; u != nil && u.Raw == "" {
		m.Unsupported = &conversation.Unsupported{Type: u.Type, Raw: clean(string(e.Raw[:min(len(e.Raw), conversation.UnsupportedRaw)]))}
	}
	if at, ok := x.places[e.ReplyTo]; ok && x.c != nil && at.conversation == x.c.ID {
		m.ReplyTo = at.seq
	}
	return m
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

// change takes in what the customer does to an earlier message.
func (x *intake) change(ctx context.Context, e connectors.Inbound) (connectors.ResultStatus, error) {
	at, ok := x.places[e.Target]
	if !ok {
		return connectors.ResultIgnored, nil
	}
	c, err := x.tx.Lock(ctx, at.conversation)
	if err != nil {
		return "", err
	}
	kind, body := conversation.MessageReaction, any(conversation.Reaction{MessageSeq: at.seq, Emoji: e.Emoji})
	switch e.Type {
	case connectors.InEdited:
		kind, body = conversation.MessageEdited, conversation.Edit{MessageSeq: at.seq, Message: x.content(e)}
	case connectors.InDeleted:
		kind, body = conversation.MessageDeleted, conversation.Deletion{MessageSeq: at.seq}
		if err := conversation.Forget(ctx, x.tx, c, at.seq); err != nil {
			return "", err
		}
	}
	_, err = x.log(c, kind, customer(c, e), body, e)
	return connectors.ResultAccepted, err
}

// aside takes in what is said beside the talk: by colleagues elsewhere, or by machines. It goes where the talk is, or was last.
func (x *intake) aside(ctx context.Context, e connectors.Inbound) (connectors.ResultStatus, error) {
	if _, ours := x.places[e.ProviderID]; ours && e.Type == connectors.InEcho {
		// We sent it, and know its id.
		update := conversation.ProviderStatus{ProviderID: e.ProviderID, Status: conversation.StatusSent}
		_, err := conversation.ApplyStatus(ctx, x.tx, x.channel.ID, e.Address, update)
		return connectors.ResultDuplicate, err
	}
	if x.c == nil && e.Type == connectors.InAutomatic && e.Code != "" {
		// The provider tells that they have opened the chat by a link.
		c, err := continuation.Take(ctx, x.tx, x.channel.Account, e)
		if err != nil {
			return "", err
		}
		if c != nil {
			x.c = c
			x.heard(e)
		}
	}
	c := x.c
	if c == nil {
		var id uuid.UUID
		err := x.tx.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&id) },
			`select id from conversations where channel_id = $1 and address = $2 order by opened_at desc limit 1`, x.channel.ID, e.Address)
		if errors.Is(err, pgx.ErrNoRows) {
			return connectors.ResultIgnored, nil
		}
		if err != nil {
			return "", fmt.Errorf("find conversation: %w", err)
		}
		if c, err = x.tx.Lock(ctx, id); err != nil {
			return "", err
		}
	}
	kind, actor := conversation.AutoMessage, customer(c, e)
	if e.Type == connectors.InEcho {
		kind, actor = conversation.StaffMessage, conversation.Actor{Kind: conversation.ByStaff, Name: e.Profile.Name}
	}
	_, err := x.log(c, kind, actor, x.content(e), e)
	return connectors.ResultAccepted, err
}

// left notes that the customer ended it.
func (x *intake) left(e connectors.Inbound, reason string) error {
	if x.c == nil || x.c.Phase == conversation.InWrapUp {
		return nil
	}
	_, err := x.tx.Append(x.c, conversation.Draft{Kind: conversation.CustomerLeft, Actor: customer(x.c, e), Body: conversation.Reasoned{Reason: reason}})
	return err
}

// contact takes in what is new of a customer. Their open conversation has moved already.
func (x *intake) contact(ctx context.Context, e connectors.Inbound) error {
	if e.Consent != "" {
		identity.Consent(x.tx, identity.Claim{Kind: x.channel.Kind, Realm: x.channel.ID, Address: e.Address}, e.Consent == connectors.OptedOut)
	}
	if e.Consent == connectors.OptedOut {
		return x.left(e, "opted_out")
	}
	if e.Formerly != "" && x.c == nil {
		return x.moveIdentity(ctx, e.Formerly, e.Address)
	}
	if x.c == nil {
		return nil
	}
	return x.recognise(ctx, e)
}

// status takes in how far a message of ours got.
func (x *intake) status(ctx context.Context, e connectors.Inbound) (connectors.ResultStatus, error) {
	update := conversation.ProviderStatus{ProviderID: e.Status.ProviderID, Through: e.Status.Through, Until: e.Status.Until, Status: e.Status.Status}
	if id, err := uuid.Parse(e.Status.MessageID); err == nil {
		update.MessageID = id
	}
	if e.Status.Error != "" || e.Status.Code != "" {
		update.Error = &conversation.DeliveryError{Code: string(e.Status.Code), Words: e.Status.Error}
		if e.Status.Code == "" {
			update.Error.Code = "provider"
		}
	}
	if e.Status.Code == connectors.CodeOptedOut {
		identity.Consent(x.tx, identity.Claim{Kind: x.channel.Kind, Realm: x.channel.ID, Address: e.Address}, true)
	}
	placed, err := conversation.ApplyStatus(ctx, x.tx, x.channel.ID, e.Address, update)
	if err != nil || placed {
		return connectors.ResultAccepted, err
	}
	return connectors.ResultIgnored, nil
}

func open(ctx context.Context, tx *conversation.Tx, channel Channel, e connectors.Inbound) (*conversation.Conversation, error) {
	person, err := identity.Resolve(ctx, tx, identity.Claim{Kind: channel.Kind, Realm: channel.ID, Address: e.Address}, known(e.Profile))
	if err != nil {
		return nil, err
	}
	id := conversation.NewID()
	language := languageOf(e, person.Locale)
	inserted, err := tx.Exec(ctx, `insert into conversations (id, channel_id, channel_kind, address, contact_id, flow, language, opened_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
		id, channel.ID, channel.Kind, e.Address, person.ContactID, channel.Flow, language, tx.Now)
	if err != nil {
		return nil, fmt.Errorf("open conversation: %w", err)
	}
	if inserted == 0 {
		return nil, conversation.Retry(errRaced)
	}
	c, err := tx.Lock(ctx, id)
	if err != nil {
		return nil, err
	}
	opened := conversation.Draft{Kind: conversation.Opened, Actor: conversation.System, Body: conversation.OpenedBody{Flow: c.Flow, Channel: channel.ID}}
	if _, err := tx.Append(c, opened); err != nil {
		return nil, err
	}
	return c, linked(tx, c, person)
}

func linked(tx *conversation.Tx, c *conversation.Conversation, person identity.Resolved) error {
	if person.LinkedBy == "" {
		return nil
	}
	body := conversation.Linked{ContactID: person.ContactID, Name: person.Name, Reason: "verified_" + person.LinkedBy}
	_, err := tx.Append(c, conversation.Draft{Kind: conversation.ContactLinked, Actor: conversation.System, Body: body})
	return err
}

// recognise links the open conversation to the person its customer has proven to be; once for all events that prove the same.
func (x *intake) recognise(ctx context.Context, e connectors.Inbound) error {
	if x.proven != nil && *x.proven == e.Profile {
		return nil
	}
	x.proven = &e.Profile
	return recognise(ctx, x.tx, x.channel, x.c, e)
}

func recognise(ctx context.Context, tx *conversation.Tx, channel Channel, c *conversation.Conversation, e connectors.Inbound) error {
	if !e.Profile.Verified {
		return nil
	}
	address := identity.Claim{Kind: channel.Kind, Realm: channel.ID, Address: e.Address}
	person, err := identity.Prove(ctx, tx, c.ContactID, address, known(e.Profile))
	if err != nil || person.ContactID == c.ContactID {
		return err
	}
	c.ContactID = person.ContactID
	return linked(tx, c, person)
}

func known(p connectors.Profile) identity.Known {
	k := identity.Known{Name: p.Name, Locale: p.Locale}
	if p.ExternalID != "" && p.Verified {
		k.Claims = append(k.Claims, identity.Claim{Kind: identity.KindExternal, Address: p.ExternalID, Verified: true})
	}
	if email, err := identity.NormalEmail(p.Email); err == nil {
		k.Claims = append(k.Claims, identity.Claim{Kind: identity.KindEmail, Address: email, Verified: p.Verified})
	}
	if phone, err := identity.NormalPhone(p.Phone, ""); err == nil {
		k.Claims = append(k.Claims, identity.Claim{Kind: identity.KindPhone, Address: phone, Verified: p.Verified})
	}
	return k
}

// languageOf guesses the customer's language: what they write, then what their device says, then what is known of them.
func languageOf(e connectors.Inbound, contactLocale string) string {
	if strings.IndexFunc(e.Message.Text, func(r rune) bool { return unicode.Is(unicode.Hangul, r) }) >= 0 {
		return "ko"
	}
	for _, locale := range []string{e.Profile.Locale, contactLocale} {
		if len(locale) >= 2 {
			return strings.ToLower(locale[:2])
		}
	}
	return ""
}

func customer(c *conversation.Conversation, e connectors.Inbound) conversation.Actor {
	return conversation.Actor{Kind: conversation.ByCustomer, ID: c.ContactID.String(), Name: e.Profile.Name}
}
