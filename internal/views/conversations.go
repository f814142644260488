// Package views reads what people see: conversations, events, offers and live numbers, in the types of the API, so that an
// answer to a request and a push over a socket show the same thing.
package views

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"seax/api/spec"
	"seax/connectors"
	"seax/internal/conversation"
	"seax/internal/sla"
)

// Signer makes the addresses under which browsers get files.
type Signer interface {
	Sign(a conversation.Attachment) conversation.Attachment
}

// Views reads from Postgres. Safe for concurrent use.
type Views struct {
	pool     *pgxpool.Pool
	registry *connectors.Registry
	files    Signer
}

// New returns views on the pool.
func New(pool *pgxpool.Pool, registry *connectors.Registry, files Signer) *Views {
	return &Views{pool: pool, registry: registry, files: files}
}

const conversationSelect = `select c.id, c.number, c.channel_id, c.channel_kind, ch.name, c.contact_id, ct.name, c.address, c.flow, c.phase, c.queue_id,
		c.agent_id, coalesce(p.name, ''), c.last_seq, c.language, c.priority, c.attributes, c.preview, c.preview_from, c.preview_kind, c.last_message_at, c.waiting_since, c.reply_by,
		c.unread, c.transfer, c.helpers, c.parked_until, c.attention, c.outcome, c.rating, c.opened_at, c.closed_at,
		case when c.phase = 'wrapping' then (select deadline from reservations r where r.conversation_id = c.id and r.state = 'wrapping') end, c.sla,
		ch.settings, ch.paused, h.outage_since, c.last_inbound,
		exists (select from identities i where i.kind = c.channel_kind and i.realm = c.channel_id and i.address = c.address and i.opted_out_at is not null)
	from conversations c join channels ch on ch.id = c.channel_id join contacts ct on ct.id = c.contact_id
	left join people p on p.id = c.agent_id left join channel_health h on h.channel_id = c.channel_id `

func (v *Views) scanConversation(row pgx.CollectableRow) (spec.Conversation, error) {
	var c spec.Conversation
	var agentID *uuid.UUID
	var agentName string
	var transfer *conversation.Transfer
	var helpers []conversation.Helper
	var clocks *sla.State
	var account connectors.Account
	var lastInbound *conversation.LastInbound
	var optedOut bool
	var previewKind spec.ConversationPreviewKind
	err := row.Scan(&c.Id, &c.Number, &c.Channel.Id, &c.Channel.Kind, &c.Channel.Name, &c.Contact.Id, &c.Contact.Name, &c.Address, &c.Flow, &c.Phase, &c.Queue,
		&agentID, &agentName, &c.LastSeq, &c.Language, &c.Priority, &c.Attributes, &c.Preview, &c.PreviewFrom, &previewKind, &c.LastMessageAt, &c.WaitingSince, &c.ReplyBy,
		&c.Unread, &transfer, &helpers, &c.ParkedUntil, &c.Attention, &c.Outcome, &c.Rating, &c.OpenedAt, &c.ClosedAt, &c.WrapupDeadline, &clocks,
		&account.Settings, &account.Paused, &c.Channel.OutageSince, &lastInbound, &optedOut)
	if err != nil {
		return c, err
	}
	if c.PreviewFrom == spec.ConversationPreviewFrom(conversation.ByFlow) {
		// What a flow says is the bot's side for whoever reads.
		c.PreviewFrom = spec.ConversationPreviewFrom(conversation.ByBot)
	}
	if previewKind != "" {
		c.PreviewKind = &previewKind
	}
	if c.Attributes == nil {
		c.Attributes = map[string]string{}
	}
	if agentID != nil {
		c.Agent = &spec.PersonRef{Id: *agentID, Name: agentName}
	}
	if transfer != nil {
		c.Transfer = transferState(*transfer)
	}
	if len(helpers) > 0 {
		shown := make([]spec.PersonRef, len(helpers))
		for i, h := range helpers {
			shown[i] = spec.PersonRef{Id: h.ID, Name: h.Name}
		}
		c.Helpers = &shown
	}
	c.Sla = slaOf(clocks, time.Now())
	if account.Paused {
		c.Channel.Paused = &account.Paused
	}
	if optedOut {
		c.OptedOut = &optedOut
	}
	if lastInbound != nil {
		c.LastInboundAt = &lastInbound.At
	}
	if connector, ok := v.registry.Get(c.Channel.Kind); ok {
		account.ID, account.Kind, account.Name = c.Channel.Id, c.Channel.Kind, c.Channel.Name
		can := connectors.CapabilitiesOf(connector, account)
		capabilities := Capabilities(can)
		c.Capabilities, c.ReplyUntil = &capabilities, ReplyUntil(can, lastInbound, c.OpenedAt)
	}
	return c, nil
}

// ReplyUntil is when the reply window closes for people; nil: never. Who never wrote has not opened one: it closed when the conversation
// was opened.
func ReplyUntil(can connectors.Capabilities, last *conversation.LastInbound, opened time.Time) *time.Time {
	if can.ReplyWindow == 0 {
		return nil
	}
	if last == nil {
		return &opened
	}
	until := last.At.Add(max(can.ReplyWindow, can.PersonWindow))
	return &until
}

func transferState(t conversation.Transfer) *spec.TransferState {
	state := &spec.TransferState{Since: t.Since, ToQueue: optional(t.ToQueue), Note: optional(t.Note)}
	if t.Warm {
		state.Warm = &t.Warm
	}
	if t.ToAgent != nil {
		state.ToAgent = &spec.PersonRef{Id: t.ToAgent.ID, Name: t.ToAgent.Name}
	}
	return state
}

// Capabilities puts a channel's capabilities into the API's type.
func Capabilities(c connectors.Capabilities) spec.Capabilities {
	out := spec.Capabilities{
		MaxText: c.MaxText, TextUnit: spec.CapabilitiesTextUnitCharacters, Segments: c.Segments, MaxCaption: c.MaxCaption, MaxFiles: max(c.MaxFiles, 1), MaxFileBytes: c.MaxFileBytes,
		FileTypes: append([]string{}, c.FileTypes...), Options: c.Options.Max > 0, MaxOptions: c.Options.Max, MaxOptionLabel: c.Options.MaxLabel, OptionsWithFiles: &c.Options.WithFiles,
		Typing: c.Typing, ReadMarks: c.ReadMarks, Receipts: c.Receipts, Replies: c.Replies, Reactions: c.Reactions, Edits: c.Edits, Deletes: c.Deletes,
		Templates: c.Templates, CanStart: c.CanStart, StartByTemplate: c.StartByTemplate,
		ReplyWindowS: seconds(c.ReplyWindow), PersonWindowS: seconds(max(c.PersonWindow, c.ReplyWindow)),
	}
	if c.TextUnit != connectors.Characters {
		out.TextUnit = spec.CapabilitiesTextUnit(c.TextUnit)
	}
	out.Media = make([]mediaRule, len(c.Media))
	for i, rule := range c.Media {
		out.Media[i] = mediaRule{MaxBytes: rule.MaxBytes, Types: rule.Types}
	}
	return out
}

// mediaRule has the shape the API's generated type has in place.
type mediaRule = struct {
	MaxBytes int64    `json:"max_bytes"`
	Types    []string `json:"types"`
}

func seconds(d time.Duration) *int {
	if d == 0 {
		return nil
	}
	s := int(d / time.Second)
	return &s
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Conversation reads one conversation; conversation.ErrNotFound if there is none.
func (v *Views) Conversation(ctx context.Context, id uuid.UUID) (spec.Conversation, error) {
	rows, err := v.pool.Query(ctx, conversationSelect+`where c.id = $1`, id)
	if err != nil {
		return spec.Conversation{}, fmt.Errorf("read conversation %s: %w", id, err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, v.scanConversation)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, fmt.Errorf("%w: %s", conversation.ErrNotFound, id)
	}
	if err != nil {
		return c, fmt.Errorf("read conversation %s: %w", id, err)
	}
	return c, nil
}

// LastInbound is the newest message from an address on a channel, in whichever conversation; nil: there is none.
func (v *Views) LastInbound(ctx context.Context, channelID, address string) (*conversation.LastInbound, error) {
	var last *conversation.LastInbound
	err := v.pool.QueryRow(ctx, `select last_inbound from conversations where channel_id = $1 and address = $2 and last_inbound is not null
		order by opened_at desc limit 1`, channelID, address).Scan(&last)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("find last message from an address of channel %s: %w", channelID, err)
	}
	return last, nil
}

// Referral says what first led the customer of a conversation here; nil: nothing that we know.
func (v *Views) Referral(ctx context.Context, id uuid.UUID) (map[string]string, error) {
	var referral map[string]string
	err := v.pool.QueryRow(ctx, `select body->'referral' from conversation_events where conversation_id = $1
		and kind in ('customer.message', 'customer.automatic') and body ? 'referral' order by seq limit 1`, id).Scan(&referral)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("read what led the customer to conversation %s: %w", id, err)
	}
	return referral, nil
}

// Outages says since when the providers of channels take no messages, by the channel's id.
func (v *Views) Outages(ctx context.Context) (map[string]*time.Time, error) {
	rows, err := v.pool.Query(ctx, `select channel_id, outage_since from channel_health where outage_since is not null`)
	if err != nil {
		return nil, fmt.Errorf("read outages: %w", err)
	}
	all := map[string]*time.Time{}
	var id string
	var since time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &since}, func() error {
		at := since
		all[id] = &at
		return nil
	})
	return all, err
}

// Event puts an event that was just logged into the API's type.
func (v *Views) Event(e conversation.Event) spec.Event {
	event := spec.Event{
		ConversationId: e.ConversationID, Seq: e.Seq, Id: e.ID, Kind: string(e.Kind), At: e.At,
		Actor: spec.Actor{Kind: spec.ActorKind(e.Actor.Kind), Id: optional(e.Actor.ID), Name: optional(e.Actor.Name)},
		Body:  v.signed(e),
	}
	if e.Kind.SentToCustomer() {
		// As it is logged; what became of it is in the events behind it.
		event.Delivery = &spec.Delivery{Status: spec.DeliveryStatusQueued}
	}
	return event
}

// signed is the event's body with addresses for its attachments.
func (v *Views) signed(e conversation.Event) json.RawMessage {
	if e.Kind == conversation.AttachmentDone {
		return v.signedUpdate(e)
	}
	if !e.Kind.Message() || !bytes.Contains(e.Body, []byte(`"attachments"`)) {
		return e.Body
	}
	var m conversation.Message
	if err := e.Decode(&m); err != nil {
		return e.Body
	}
	for i := range m.Attachments {
		m.Attachments[i] = v.files.Sign(m.Attachments[i])
	}
	body, err := json.Marshal(m)
	if err != nil {
		return e.Body
	}
	return body
}

// signedUpdate is the same for a file that has come after its message.
func (v *Views) signedUpdate(e conversation.Event) json.RawMessage {
	var update conversation.AttachmentUpdate
	if err := e.Decode(&update); err != nil {
		return e.Body
	}
	update.Attachment = v.files.Sign(update.Attachment)
	body, err := json.Marshal(update)
	if err != nil {
		return e.Body
	}
	return body
}

const eventSelect = `select e.conversation_id, e.seq, e.id, e.kind, e.actor, e.body, e.at, d.status, d.error
	from conversation_events e left join deliveries d on d.event_id = e.id `

func (v *Views) scanEvent(row pgx.CollectableRow) (spec.Event, error) {
	var e conversation.Event
	var status *string
	var failure *conversation.DeliveryError
	if err := row.Scan(&e.ConversationID, &e.Seq, &e.ID, &e.Kind, &e.Actor, &e.Body, &e.At, &status, &failure); err != nil {
		return spec.Event{}, err
	}
	event := v.Event(e)
	event.Delivery = nil
	if status != nil {
		event.Delivery = &spec.Delivery{Status: spec.DeliveryStatus(*status)}
		if failure != nil {
			event.Delivery.Error, event.Delivery.Code = &failure.Words, &failure.Code
		}
	}
	return event, nil
}

// EventsAfter reads events in order from behind a seq; more: there are others behind them.
func (v *Views) EventsAfter(ctx context.Context, id uuid.UUID, after int64, limit int) (events []spec.Event, more bool, err error) {
	return v.events(ctx, limit, false, `where e.conversation_id = $1 and e.seq > $2 order by e.seq limit $3`, id, after)
}

// EventsBefore reads the last events before a seq, in order; more: there are others before them.
func (v *Views) EventsBefore(ctx context.Context, id uuid.UUID, before int64, limit int) (events []spec.Event, more bool, err error) {
	return v.events(ctx, limit, true, `where e.conversation_id = $1 and e.seq < $2 order by e.seq desc limit $3`, id, before)
}

func (v *Views) events(ctx context.Context, limit int, backwards bool, where string, id uuid.UUID, seq int64) ([]spec.Event, bool, error) {
	rows, err := v.pool.Query(ctx, eventSelect+where, id, seq, limit+1)
	if err != nil {
		return nil, false, fmt.Errorf("read events of conversation %s: %w", id, err)
	}
	events, err := pgx.CollectRows(rows, v.scanEvent)
	if err != nil {
		return nil, false, fmt.Errorf("read events of conversation %s: %w", id, err)
	}
	more := len(events) > limit
	if more {
		events = events[:limit]
	}
	if backwards {
		for i, j := 0, len(events)-1; i < j; i, j = i+1, j-1 {
			events[i], events[j] = events[j], events[i]
		}
	}
	return events, more, nil
}
