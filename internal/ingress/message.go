package ingress

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"

	"seax/connectors"
	"seax/internal/continuation"
	"seax/internal/conversation"
	"seax/internal/identity"
)

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
