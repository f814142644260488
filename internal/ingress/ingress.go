// Package ingress is the one way in for what customers send: webhooks, the webchat, long-lived listeners and the public API
// all end in Accept. It commits before anybody is answered, so what was acknowledged cannot be lost.
package ingress

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

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
type Ingress struct {
	log *conversation.Log
	// noted says, by channel, when a message was last written down as the channel's newest.
	noted sync.Map
}

// noteEvery is how often, at most, a process notes that a channel lives: people read it in minutes.
const noteEvery = time.Minute

// New returns an ingress that writes to the log.
func New(log *conversation.Log) *Ingress { return &Ingress{log: log} }

// ErrInvalid says that an event cannot be accepted as it is; the text says why.
var ErrInvalid = errors.New("invalid event")

// Accept commits events of one request, in order, and returns what became of each. Messages are dropped when their provider
// id is known (also from an earlier call); an address has at most one open conversation, which is made when needed.
// Typing is not stored and is left to the caller.
func (in *Ingress) Accept(ctx context.Context, channel Channel, events []connectors.Inbound) ([]connectors.Result, error) {
	results := make([]connectors.Result, len(events))
	for start := 0; start < len(events); {
		// Events of one address next to each other share a transaction.
		end := start + 1
		for end < len(events) && events[end].Address == events[start].Address {
			end++
		}
		part := events[start:end]
		for i := range part {
			if err := check(&part[i]); err != nil {
				return nil, err
			}
		}
		var got []connectors.Result
		err := in.log.Do(ctx, "accept from channel "+channel.ID, func(ctx context.Context, tx *conversation.Tx) (err error) {
			got, err = in.accept(ctx, tx, channel, part)
			return err
		})
		if err != nil {
			return nil, err
		}
		copy(results[start:end], got)
		start = end
	}
	return results, nil
}

func check(e *connectors.Inbound) error {
	if e.Address == "" {
		return fmt.Errorf("%w: the sender's address is missing", ErrInvalid)
	}
	if e.Type == connectors.InMessage && e.ProviderID == "" {
		return fmt.Errorf("%w: the message has no id", ErrInvalid)
	}
	e.Message.Text = clean(e.Message.Text)
	return nil
}

// clean makes a text that every store and screen can hold: valid UTF-8, no control characters but line breaks and tabs.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "�")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
	if utf8.RuneCountInString(text) > MaxText {
		text = string([]rune(text)[:MaxText-1]) + "…"
	}
	return text
}

func (in *Ingress) accept(ctx context.Context, tx *conversation.Tx, channel Channel, events []connectors.Inbound) ([]connectors.Result, error) {
	address := events[0].Address
	c, known, err := lockOpen(ctx, tx, channel, address, events)
	if err != nil {
		return nil, err
	}
	results := make([]connectors.Result, len(events))
	for i, e := range events {
		results[i] = connectors.Result{ProviderID: e.ProviderID, Status: "accepted"}
		switch e.Type {
		case connectors.InMessage:
			if known[e.ProviderID] {
				results[i].Status = "duplicate"
				continue
			}
			known[e.ProviderID] = true
			if c == nil {
				if c, err = open(ctx, tx, channel, e); err != nil {
					return nil, err
				}
				if err := checkKeys(ctx, tx, channel.ID, events, known); err != nil {
					return nil, err
				}
			}
			if err := recognise(ctx, tx, channel, c, e); err != nil {
				return nil, err
			}
			if err := appendMessage(tx, channel, c, e); err != nil {
				return nil, err
			}
			in.note(tx, channel.ID)
		case connectors.InLeft:
			if c != nil && c.Phase != conversation.InWrapUp {
				if _, err := tx.Append(c, conversation.Draft{Kind: conversation.CustomerLeft, Actor: customer(c, e), Body: conversation.Reasoned{Reason: "left"}}); err != nil {
					return nil, err
				}
			}
		case connectors.InStatus:
			if err := conversation.ApplyStatus(ctx, tx, channel.ID, e.Address, conversation.ProviderStatus(e.Status)); err != nil {
				return nil, err
			}
		}
	}
	return results, nil
}

// lockOpen locks the address's open conversation, if any, and says which of the events' provider ids are known; the lock
// comes first, so that of two equal messages the second sees the first.
func lockOpen(ctx context.Context, tx *conversation.Tx, channel Channel, address string, events []connectors.Inbound) (*conversation.Conversation, map[string]bool, error) {
	var c *conversation.Conversation
	known := map[string]bool{}
	batch := &pgx.Batch{}
	tx.QueueLockOpen(batch, channel.ID, address, func(found *conversation.Conversation) { c = found })
	queueKeys(batch, channel.ID, events, known)
	if err := tx.Run(ctx, batch); err != nil {
		return nil, nil, fmt.Errorf("find open conversation: %w", err)
	}
	return c, known, nil
}

func queueKeys(batch *pgx.Batch, channelID string, events []connectors.Inbound, known map[string]bool) {
	ids := make([]string, 0, len(events))
	for _, e := range events {
		if e.Type == connectors.InMessage {
			ids = append(ids, e.ProviderID)
		}
	}
	if len(ids) == 0 {
		return
	}
	batch.Queue(`select provider_id from inbound_keys where channel_id = $1 and provider_id = any($2)`, channelID, ids).Query(func(rows pgx.Rows) error {
		var id string
		_, err := pgx.ForEachRow(rows, []any{&id}, func() error { known[id] = true; return nil })
		return err
	})
}

// errRaced makes the log run the transaction again: somebody else just opened the address's conversation, with this very
// message perhaps.
var errRaced = errors.New("the same message is being accepted elsewhere")

// checkKeys looks again for known ids once a new conversation's row is ours: another request may have committed the same
// message between our first look and our insert.
func checkKeys(ctx context.Context, tx *conversation.Tx, channelID string, events []connectors.Inbound, mine map[string]bool) error {
	again := map[string]bool{}
	batch := &pgx.Batch{}
	queueKeys(batch, channelID, events, again)
	if len(batch.QueuedQueries) == 0 {
		return nil
	}
	if err := tx.Run(ctx, batch); err != nil {
		return fmt.Errorf("look for known messages: %w", err)
	}
	for id := range again {
		if mine[id] {
			return conversation.Retry(errRaced)
		}
	}
	return nil
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

// recognise links an open conversation to the person its customer has proven to be.
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

func appendMessage(tx *conversation.Tx, channel Channel, c *conversation.Conversation, e connectors.Inbound) error {
	var at *time.Time
	if !e.At.IsZero() {
		providerAt := e.At.UTC()
		at = &providerAt
	}
	id := uuid.Nil
	event, err := tx.Append(c, conversation.Draft{ID: id, Kind: conversation.CustomerMessage, Actor: customer(c, e), Body: e.Message, ProviderAt: at})
	if err != nil {
		return err
	}
	tx.Later(`insert into inbound_keys (channel_id, provider_id, conversation_id, seq, at) values ($1, $2, $3, $4, $5)`,
		channel.ID, e.ProviderID, c.ID, event.Seq, tx.Now)
	if e.Alongside != nil {
		tx.LaterWith(e.Alongside)
	}
	return nil
}

// note keeps when something last came in on a channel, for admins who look whether it works.
func (in *Ingress) note(tx *conversation.Tx, channelID string) {
	if last, ok := in.noted.Load(channelID); ok && tx.Now.Sub(last.(time.Time)) < noteEvery {
		return
	}
	in.noted.Store(channelID, tx.Now)
	tx.Later(`update channels set last_inbound_at = greatest(last_inbound_at, $2) where id = $1`, channelID, tx.Now)
}

func customer(c *conversation.Conversation, e connectors.Inbound) conversation.Actor {
	return conversation.Actor{Kind: conversation.ByCustomer, ID: c.ContactID.String(), Name: e.Profile.Name}
}
