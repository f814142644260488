package webchat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
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
	At          time.Time                 `json:"at"`
}

// From is who said it: customer, agent, bot or system.
type From struct {
	Kind string `json:"kind"`
	Name string `json:"name,omitempty"`
}

func itemOf(id string, from From, m conversation.Message, at time.Time) Item {
	return Item{ID: id, From: from, Text: m.Text, Attachments: m.Attachments, Options: m.Options, Article: m.Article, Choice: m.Choice, At: at.UTC()}
}

// feed keeps visitors' feeds.
type feed struct{ pool *pgxpool.Pool }

// add appends an item and returns it with its number. An id that is there already keeps its number and content (added is
// false). A visitor who is not there yet is made.
func (f feed) add(ctx context.Context, channelID, visitor string, item Item) (_ Item, added bool, err error) {
	visitorID, err := uuid.Parse(visitor)
	if err != nil {
		return item, false, fmt.Errorf("visitor %q: %w", visitor, err)
	}
	id, err := uuid.Parse(item.ID)
	if err != nil {
		return item, false, fmt.Errorf("message %q: %w", item.ID, err)
	}
	// One statement, one round trip: the visitor's row is locked by the update, so that numbers have no gaps.
	err = f.pool.QueryRow(ctx, `with known as (
			select n from webchat_feed where channel_id = $1 and visitor_id = $2 and id = $3
		), next as (
			insert into webchat_visitors as v (channel_id, id, last_n) select $1, $2, 1 where not exists (select from known)
			on conflict (channel_id, id) do update set last_n = v.last_n + 1 returning last_n
		), made as (
			insert into webchat_feed (channel_id, visitor_id, n, id, item, at) select $1, $2, last_n, $3, $4, $5 from next returning n
		)
		select n, true from made union all select n, false from known`, channelID, visitorID, id, item, item.At).Scan(&item.N, &added)
	if isDuplicate(err) {
		// The same message was being added at the same time; now it is there.
		err = f.pool.QueryRow(ctx, `select n, false from webchat_feed where channel_id = $1 and visitor_id = $2 and id = $3`, channelID, visitorID, id).Scan(&item.N, &added)
	}
	if err != nil {
		return item, false, fmt.Errorf("add to feed of visitor %s: %w", visitor, err)
	}
	return item, added, nil
}

// read returns items behind a number (or, with before > 0, the last ones before it), in order, and the visitor's last number.
func (f feed) read(ctx context.Context, channelID, visitor string, after, before int64, limit int) (items []Item, last int64, err error) {
	where, order := `n > $3`, `n`
	mark := after
	if before > 0 {
		where, order, mark = `n < $3`, `n desc`, before
	}
	batch := &pgx.Batch{}
	batch.Queue(`select last_n from webchat_visitors where channel_id = $1 and id = $2`, channelID, visitor).QueryRow(func(row pgx.Row) error {
		err := row.Scan(&last)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return err
	})
	batch.Queue(`select n, item from (select n, item from webchat_feed where channel_id = $1 and visitor_id = $2 and `+where+` order by `+order+` limit $4) page order by n`,
		channelID, visitor, mark, limit).Query(func(rows pgx.Rows) error {
		items, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Item, error) {
			var n int64
			var i Item
			err := row.Scan(&n, &i)
			i.N = n
			return i, err
		})
		return err
	})
	if err := f.pool.SendBatch(ctx, batch).Close(); err != nil {
		return nil, 0, fmt.Errorf("read feed of visitor %s: %w", visitor, err)
	}
	if items == nil {
		items = []Item{}
	}
	return items, last, nil
}

// newest returns the id of the newest message to the visitor with a number up to n; "" if there is none.
func (f feed) newest(ctx context.Context, channelID, visitor string, n int64) (string, error) {
	var id uuid.UUID
	err := f.pool.QueryRow(ctx, `select id from webchat_feed where channel_id = $1 and visitor_id = $2 and n <= $3 and item->'from'->>'kind' <> 'customer'
		order by n desc limit 1`, channelID, visitor, n).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("find message %d of visitor %s: %w", n, visitor, err)
	}
	return id.String(), nil
}

// state says whom the visitor talks with.
func (f feed) state(ctx context.Context, channelID, visitor string) (State, error) {
	s := State{Phase: "none"}
	err := f.pool.QueryRow(ctx, `select c.phase, coalesce(case when c.phase in ('assigned', 'wrapping') then p.name end, '')
		from conversations c left join people p on p.id = c.agent_id where c.channel_id = $1 and c.address = $2 order by c.opened_at desc limit 1`,
		channelID, visitor).Scan(&s.Phase, &s.Agent)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return s, fmt.Errorf("read state of visitor %s: %w", visitor, err)
	}
	return s, nil
}

// Send implements connectors.Connector: the message joins the visitor's feed.
func (c *Connector) Send(ctx context.Context, account connectors.Account, out connectors.Outgoing) (connectors.Receipt, error) {
	from := From{Kind: string(out.From.Kind), Name: out.From.Name}
	switch out.From.Kind {
	case conversation.ByFlow, conversation.ByBot:
		from = From{Kind: "bot"}
	case conversation.BySystem:
		from = From{Kind: "system"}
	}
	item, _, err := c.feed.add(ctx, account.ID, out.Address, itemOf(out.ID, from, out.Message, c.deps.Clock()))
	if err != nil {
		return connectors.Receipt{}, err
	}
	c.push(ctx, account, out.Address, itemPush{"item", c.signed(item)})
	return connectors.Receipt{ProviderID: providerID(out.Address, out.ID), Status: conversation.StatusSent}, nil
}

type itemPush struct {
	T    string `json:"t"`
	Item Item   `json:"item"`
}

func (c *Connector) signed(i Item) Item {
	signed := make([]conversation.Attachment, len(i.Attachments))
	for n, a := range i.Attachments {
		signed[n] = c.deps.Files.Sign(a)
	}
	if len(signed) > 0 {
		i.Attachments = signed
	}
	return i
}

// providerID names a message among all of an account's.
func providerID(visitor, id string) string { return visitor + ":" + id }
