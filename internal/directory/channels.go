package directory

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"seax/api/spec"
	"seax/connectors"
)

// Channel is a channel account as stored.
type Channel struct {
	connectors.Account
	Flow, Queue   string
	Plan          *string
	Cost          int
	Enabled       bool
	LastInboundAt *time.Time
	Version       int
}

const channelColumns = `id, kind, name, settings, secret, flow, queue_id, plan_id, cost, enabled, last_inbound_at, version`

func scanChannel(row pgx.CollectableRow) (Channel, error) {
	var c Channel
	err := row.Scan(&c.ID, &c.Kind, &c.Name, &c.Settings, &c.Secret, &c.Flow, &c.Queue, &c.Plan, &c.Cost, &c.Enabled, &c.LastInboundAt, &c.Version)
	return c, err
}

// Channels lists channel accounts.
func (d *Directory) Channels(ctx context.Context) ([]Channel, error) {
	rows, err := d.pool.Query(ctx, `select `+channelColumns+` from channels order by id`)
	if err != nil {
		return nil, fmt.Errorf("list channels: %w", err)
	}
	return pgx.CollectRows(rows, scanChannel)
}

// Flows lists the flows channels may choose from.
func (d *Directory) Flows() []string { return slices.Clone(d.flows) }

func (d *Directory) checkChannel(in spec.ChannelInput) (map[string]string, error) {
	connector, ok := d.registry.Get(in.Kind)
	if !ok {
		return nil, &InvalidError{"kind", fmt.Sprintf("There is no channel kind %q; there are %v.", in.Kind, d.registry.Kinds())}
	}
	if !known(in.Flow, d.flows) {
		return nil, &InvalidError{"flow", fmt.Sprintf("There is no flow %q; there are %v.", in.Flow, d.flows)}
	}
	settings := map[string]string{}
	given := value(in.Settings, nil)
	for _, f := range connector.Describe().Fields {
		v, ok := given[f.Name]
		if !ok {
			continue
		}
		if f.Check != nil {
			if err := f.Check(v); err != nil {
				return nil, &InvalidError{"settings." + f.Name, err.Error()}
			}
		}
		settings[f.Name] = v
	}
	for name := range given {
		if _, ok := settings[name]; !ok {
			return nil, &InvalidError{"settings." + name, "This kind of channel has no such setting."}
		}
	}
	return settings, nil
}

// CreateChannel adds a channel account, with a secret of its own.
func (d *Directory) CreateChannel(ctx context.Context, in spec.ChannelInput) (Channel, error) {
	settings, err := d.checkChannel(in)
	if err != nil {
		return Channel{}, err
	}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return Channel{}, fmt.Errorf("make secret: %w", err)
	}
	var c Channel
	err = d.change(ctx, "Channel "+in.Id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `insert into channels (id, kind, name, flow, queue_id, cost, settings, secret, enabled, plan_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, nullif($10, '')) returning `+channelColumns,
			in.Id, in.Kind, in.Name, in.Flow, in.Queue, value(in.Cost, 20), settings, secret, value(in.Enabled, true), value(in.Plan, ""))
		if err != nil {
			return err
		}
		c, err = pgx.CollectExactlyOneRow(rows, scanChannel)
		return err
	})
	return c, err
}

// UpdateChannel changes a channel account; its kind stays.
func (d *Directory) UpdateChannel(ctx context.Context, id string, in spec.ChannelInput) (Channel, error) {
	settings, err := d.checkChannel(in)
	if err != nil {
		return Channel{}, err
	}
	var c Channel
	err = d.change(ctx, "Channel "+id, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update channels set name = $3, flow = $4, queue_id = $5, cost = coalesce($6, cost), settings = $7, enabled = coalesce($8, enabled),
			plan_id = nullif($10, ''), version = version + 1 where id = $1 and version = $2 and kind = $9`,
			id, version(in.Version), in.Name, in.Flow, in.Queue, in.Cost, settings, in.Enabled, in.Kind, value(in.Plan, ""))
		if err != nil {
			return err
		}
		if err := touched(ctx, tx, tag, "channels", id); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `select `+channelColumns+` from channels where id = $1`, id)
		if err != nil {
			return err
		}
		c, err = pgx.CollectExactlyOneRow(rows, scanChannel)
		return err
	})
	d.accounts.forget(id)
	return c, err
}

// DeleteChannel removes a channel account that has no conversations.
func (d *Directory) DeleteChannel(ctx context.Context, id string) error {
	err := d.change(ctx, "Channel "+id, func(tx pgx.Tx) error {
		var used int
		if err := tx.QueryRow(ctx, `select count(*) from conversations where channel_id = $1`, id).Scan(&used); err != nil {
			return err
		}
		if used > 0 {
			return &ConflictError{fmt.Sprintf("Channel %s has %d conversations; switch it off instead of removing it.", id, used)}
		}
		tag, err := tx.Exec(ctx, `delete from channels where id = $1`, id)
		if err != nil {
			return err
		}
		return touched(ctx, tx, tag, "channels", id)
	})
	d.accounts.forget(id)
	return err
}

// Account implements connectors.Accounts.
func (d *Directory) Account(ctx context.Context, id string) (connectors.Account, error) {
	c, err := d.Channel(ctx, id)
	return c.Account, err
}

// Channel returns an enabled channel account, or connectors.ErrNoAccount. It may be a few seconds old.
func (d *Directory) Channel(ctx context.Context, id string) (Channel, error) {
	c, err := d.accounts.get(ctx, id)
	if err == nil && !c.Enabled {
		err = connectors.ErrNoAccount
	}
	return c, err
}

// accountCache saves a round trip for every message. Another process's change is seen after cacheFor.
type accountCache struct {
	pool  *pgxpool.Pool
	clock func() time.Time

	mu   sync.Mutex
	byID map[string]cachedAccount
}

type cachedAccount struct {
	channel Channel
	until   time.Time
}

const cacheFor = 5 * time.Second

func newAccountCache(pool *pgxpool.Pool, clock func() time.Time) *accountCache {
	return &accountCache{pool: pool, clock: clock, byID: map[string]cachedAccount{}}
}

func (a *accountCache) get(ctx context.Context, id string) (Channel, error) {
	a.mu.Lock()
	cached, ok := a.byID[id]
	a.mu.Unlock()
	if ok && a.clock().Before(cached.until) {
		return cached.channel, nil
	}
	if !utf8.ValidString(id) || strings.Contains(id, "\x00") {
		return Channel{}, connectors.ErrNoAccount
	}
	rows, err := a.pool.Query(ctx, `select `+channelColumns+` from channels where id = $1`, id)
	if err != nil {
		return Channel{}, fmt.Errorf("read channel %s: %w", id, err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, scanChannel)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, connectors.ErrNoAccount
	}
	if err != nil {
		return c, fmt.Errorf("read channel %s: %w", id, err)
	}
	a.mu.Lock()
	a.byID[id] = cachedAccount{c, a.clock().Add(cacheFor)}
	a.mu.Unlock()
	return c, nil
}

func (a *accountCache) forget(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.byID, id)
}
