package webchat

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"seax/connectors"
	"seax/internal/conversation"
)

// Item is one line of a visitor's feed, as the widget shows it.
type Item struct {
	// N has no gaps per visitor.
	N           int64                     `json:"n"`
	ID          string                    `json:"id"`
	From        From                      `json:"from"`
	Text        string                    `json:"text,omitempty"`
	Attachments []conversation.Attachment `json:"attachments,omitempty"`
	Options     []conversation.Option     `json:"options,omitempty"`
	Article     *conversation.ArticleRef  `json:"article,omitempty"`
	Choice      string                    `json:"choice,omitempty"`
	// ReplyTo is the id of the item it answers.
	ReplyTo string    `json:"reply_to,omitempty"`
	At      time.Time `json:"at"`
}

// From is who said it: customer, agent, bot or system.
type From struct {
	Kind string `json:"kind"`
	Name string `json:"name,omitempty"`
}

// fromCustomer is the author of what visitors themselves said.
var fromCustomer = From{Kind: "customer"}

func itemOf(id string, from From, m conversation.Message, at time.Time) Item {
	return Item{
		ID: id, From: from, Text: m.Text, Attachments: m.Attachments, Options: m.Options, Article: m.Article, Choice: m.Choice,
		At: at.UTC().Truncate(time.Microsecond),
	}
}

// State is whom a visitor talks with.
type State struct {
	// Phase is none before the first message.
	Phase string `json:"phase"`
	Agent string `json:"agent,omitempty"`
}

// page is a part of a visitor's feed and how things stand.
type page struct {
	Items []Item `json:"items"`
	LastN int64  `json:"last_n"`
	// ReadN is up to which number an agent has read.
	ReadN int64 `json:"read_n"`
	State State `json:"state"`
}

// feed keeps visitors' feeds.
type feed struct{ pool *pgxpool.Pool }

// One statement numbers and adds an item: the update locks the visitor's row, so that numbers have no gaps. An id that is there
// already keeps its number.
const addItem = `with known as (
		select n from webchat_feed where channel_id = $1 and visitor_id = $2 and id = $3
	), next as (
		insert into webchat_visitors as v (channel_id, id, last_n) select $1, $2, 1 where not exists (select from known)
		on conflict (channel_id, id) do update set last_n = v.last_n + 1 returning last_n
	), made as (
		insert into webchat_feed (channel_id, visitor_id, n, id, item, at) select $1, $2, last_n, $3, $4, $5 from next returning n
	)
	select n, true from made union all select n, false from known`

// queueAdd adds an item and tells its number, and whether it was not there before.
func queueAdd(batch *pgx.Batch, channelID, visitor string, item *Item, added *bool) {
	batch.Queue(addItem, channelID, visitor, item.ID, item, item.At).QueryRow(func(row pgx.Row) error {
		return row.Scan(&item.N, added)
	})
}

// Codes of Postgres' refusals.
const (
	uniqueViolation     = "23505"
	foreignKeyViolation = "23503"
)

func refusedWith(err error, code string) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == code
}

// errNoVisitor says that an address is not a visitor's.
var errNoVisitor = errors.New("not a visitor's address")

// add appends items in one round trip and sets their numbers; what is there already stays as it is. A visitor who is not
// there yet is made. It fails with connectors.ErrNoAccount when the channel is gone.
func (f feed) add(ctx context.Context, channelID, visitor string, items []Item) error {
	visitorID, err := uuid.Parse(visitor)
	if err != nil {
		return fmt.Errorf("%w: %q", errNoVisitor, visitor)
	}
	added := make([]bool, len(items))
	for range 3 {
		batch := &pgx.Batch{}
		for i := range items {
			queueAdd(batch, channelID, visitorID.String(), &items[i], &added[i])
		}
		err = f.pool.SendBatch(ctx, batch).Close()
		if !refusedWith(err, uniqueViolation) {
			break
		}
		// One of them was being added at the same time; now it is there.
	}
	switch {
	case refusedWith(err, foreignKeyViolation):
		return fmt.Errorf("add to feed of visitor %s: channel %s: %w", visitor, channelID, connectors.ErrNoAccount)
	case err != nil:
		return fmt.Errorf("add to feed of visitor %s: %w", visitor, err)
	}
	return nil
}

// read returns items behind a number (or, with before > 0, the last ones before it), in order, in one round trip.
func (f feed) read(ctx context.Context, channelID, visitor string, after, before int64, limit int) (page, error) {
	where, order, mark := `n > $3`, `n`, after
	if before > 0 {
		where, order, mark = `n < $3`, `n desc`, before
	}
	p := page{Items: []Item{}}
	var open *State
	batch := &pgx.Batch{}
	batch.Queue(`select last_n, read_n from webchat_visitors where channel_id = $1 and id = $2`, channelID, visitor).QueryRow(func(row pgx.Row) error {
		return ignoreNone(row.Scan(&p.LastN, &p.ReadN))
	})
	batch.Queue(`select n, item from (select n, item from webchat_feed where channel_id = $1 and visitor_id = $2 and `+where+` order by `+order+` limit $4) page order by n`,
		channelID, visitor, mark, limit).Query(func(rows pgx.Rows) (err error) {
		p.Items, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (i Item, err error) {
			var n int64
			err = row.Scan(&n, &i)
			i.N = n
			return i, err
		})
		return err
	})
	batch.Queue(`select c.phase, coalesce(case when c.phase in ('assigned', 'wrapping') then p.name end, '')
		from conversations c left join people p on p.id = c.agent_id where c.channel_id = $1 and c.address = $2 and c.closed_at is null`,
		channelID, visitor).QueryRow(func(row pgx.Row) error {
		var s State
		err := row.Scan(&s.Phase, &s.Agent)
		if err == nil {
			open = &s
		}
		return ignoreNone(err)
	})
	if err := f.pool.SendBatch(ctx, batch).Close(); err != nil {
		return page{}, fmt.Errorf("read feed of visitor %s: %w", visitor, err)
	}
	switch {
	case open != nil:
		p.State = *open
	case p.LastN > 0:
		// Something was said, and nothing is open.
		p.State.Phase = string(conversation.Done)
	default:
		p.State.Phase = "none"
	}
	return p, nil
}

func ignoreNone(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// newest returns the ids of the newest messages to the visitor with numbers up to each of ns; "" where there is none.
func (f feed) newest(ctx context.Context, channelID, visitor string, ns []int64) ([]string, error) {
	ids := make([]string, len(ns))
	batch := &pgx.Batch{}
	for i, n := range ns {
		batch.Queue(`select id::text from webchat_feed where channel_id = $1 and visitor_id = $2 and n <= $3 and item->'from'->>'kind' <> 'customer'
			order by n desc limit 1`, channelID, visitor, n).QueryRow(func(row pgx.Row) error { return ignoreNone(row.Scan(&ids[i])) })
	}
	if err := f.pool.SendBatch(ctx, batch).Close(); err != nil {
		return nil, fmt.Errorf("find messages of visitor %s: %w", visitor, err)
	}
	return ids, nil
}

// markRead notes that an agent has read everything until at and returns up to which number that is.
func (f feed) markRead(ctx context.Context, channelID, visitor string, at time.Time) (n int64, err error) {
	err = ignoreNone(f.pool.QueryRow(ctx, `update webchat_visitors v set read_n = greatest(v.read_n, coalesce(
			(select n from webchat_feed f where f.channel_id = $1 and f.visitor_id = $2 and f.at <= $3 order by n desc limit 1), 0))
		where channel_id = $1 and id = $2 returning read_n`, channelID, visitor, at).Scan(&n))
	if err != nil {
		return 0, fmt.Errorf("mark feed of visitor %s as read: %w", visitor, err)
	}
	return n, nil
}

// Send implements connectors.Connector: the message joins the visitor's feed. It succeeds again, with the same receipt, for an
// id that is there.
func (c *Connector) Send(ctx context.Context, account connectors.Account, out connectors.Outgoing) (connectors.Receipt, error) {
	if uuid.Validate(out.Address) != nil || uuid.Validate(out.ID) != nil {
		return connectors.Receipt{}, &connectors.SendError{Code: connectors.CodeRejected, Words: "This is not the address of a visitor."}
	}
	items := []Item{itemOf(out.ID, author(out.From), out.Message, c.deps.Clock())}
	items[0].ReplyTo = strings.TrimPrefix(out.ReplyTo, providerID(out.Address, ""))
	err := c.feed.add(ctx, account.ID, out.Address, items)
	switch {
	case errors.Is(err, connectors.ErrNoAccount):
		return connectors.Receipt{}, &connectors.SendError{Code: connectors.CodeConfig, Words: "The channel has been removed.", Cause: err}
	case err != nil:
		return connectors.Receipt{}, err
	}
	c.push(ctx, account, out.Address, itemPush{"item", c.signed(items[0])})
	return connectors.Receipt{ProviderID: providerID(out.Address, out.ID), Status: conversation.StatusSent}, nil
}

func author(a conversation.Actor) From {
	switch a.Kind {
	case conversation.ByFlow, conversation.ByBot:
		return From{Kind: "bot"}
	case conversation.BySystem:
		return From{Kind: "system"}
	default:
		return From{Kind: string(a.Kind), Name: a.Name}
	}
}

type itemPush struct {
	T    string `json:"t"`
	Item Item   `json:"item"`
}

// signed gives the item's attachments the URLs that browsers fetch them by.
func (c *Connector) signed(i Item) Item {
	if len(i.Attachments) == 0 {
		return i
	}
	signed := make([]conversation.Attachment, len(i.Attachments))
	for n, a := range i.Attachments {
		signed[n] = c.deps.Files.Sign(a)
	}
	i.Attachments = signed
	return i
}

// providerID names a message among all of an account's.
func providerID(visitor, id string) string { return visitor + ":" + id }
