package directory

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"seax/api/spec"
	"seax/connectors"
	"seax/internal/secret"
)

// Channel is a channel account as stored.
type Channel struct {
	connectors.Account
	Flow, Queue string
	Plan        *string
	Cost        int
	Enabled     bool
}

const channelColumns = `id, kind, name, settings, secrets, secret, sealed_secret, flow, queue_id, plan_id, cost, enabled, paused, version`

func (d *Directory) scanChannel(row pgx.CollectableRow) (Channel, error) {
	var c Channel
	var credentials, plain, sealed []byte
	err := row.Scan(&c.ID, &c.Kind, &c.Name, &c.Settings, &credentials, &plain, &sealed, &c.Flow, &c.Queue, &c.Plan, &c.Cost, &c.Enabled, &c.Paused, &c.Version)
	if err == nil {
		c.Secrets, err = d.unseal(c.ID, credentials)
	}
	if err == nil {
		c.Secret, err = d.ownSecret(c.ID, plain, sealed)
	}
	return c, err
}

// place is what an account's secrets are bound to.
func place(channelID string) string { return "channel " + channelID }

// unseal reads an account's secrets. With the wrong key there are none: the account says so when it is used, and others go on.
func (d *Directory) unseal(channelID string, sealed []byte) (connectors.Secrets, error) {
	if sealed == nil {
		return nil, nil
	}
	opened, err := d.box.Open(place(channelID), sealed)
	if errors.Is(err, secret.ErrUnreadable) {
		slog.Error("the secrets of a channel cannot be read; enter them again, or set the key they were made with", "channel", channelID)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	secrets := map[string]string{}
	if err := json.Unmarshal(opened, &secrets); err != nil {
		return nil, fmt.Errorf("read secrets of channel %s: %w", channelID, err)
	}
	return secrets, nil
}

func (d *Directory) seal(channelID string, secrets connectors.Secrets) ([]byte, error) {
	if len(secrets) == 0 {
		return nil, nil
	}
	plain, err := json.Marshal(map[string]string(secrets))
	if err != nil {
		return nil, fmt.Errorf("seal secrets of channel %s: %w", channelID, err)
	}
	return d.box.Seal(place(channelID), plain)
}

// ownSecret reads the secret that we have made for an account. With the wrong key it is one that nobody knows: what was signed with
// the other is refused, and nothing can be forged. Saving the channel keeps it.
func (d *Directory) ownSecret(channelID string, plain, sealed []byte) ([]byte, error) {
	if sealed == nil {
		return plain, nil
	}
	opened, err := d.box.Open(ownPlace(channelID), sealed)
	if errors.Is(err, secret.ErrUnreadable) {
		slog.Error("the secret of a channel that signs for it cannot be read; set the key it was made with", "channel", channelID)
		return newSecret(), nil
	}
	return opened, err
}

// ownPlace is what an account's own secret is bound to.
func ownPlace(channelID string) string { return place(channelID) + ", its own" }

func newSecret() []byte {
	made := make([]byte, 32)
	_, _ = rand.Read(made) // Never fails, by its contract.
	return made
}

// SealSecrets seals the own secrets of accounts that were made without a key at hand.
func (d *Directory) SealSecrets(ctx context.Context) error {
	rows, err := d.pool.Query(ctx, `select id, secret from channels where secret is not null`)
	if err != nil {
		return fmt.Errorf("seal secrets of channels: %w", err)
	}
	type open struct {
		ID     string
		Secret []byte
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[open])
	if err != nil {
		return fmt.Errorf("seal secrets of channels: %w", err)
	}
	for _, c := range all {
		sealed, err := d.box.Seal(ownPlace(c.ID), c.Secret)
		if err == nil {
			_, err = d.pool.Exec(ctx, `update channels set sealed_secret = $2, secret = null where id = $1 and secret = $3`, c.ID, sealed, c.Secret)
		}
		if err != nil {
			return fmt.Errorf("seal secret of channel %s: %w", c.ID, err)
		}
	}
	return nil
}

// Channels lists channel accounts.
func (d *Directory) Channels(ctx context.Context) ([]Channel, error) {
	rows, err := d.pool.Query(ctx, `select `+channelColumns+` from channels order by id`)
	if err != nil {
		return nil, fmt.Errorf("list channels: %w", err)
	}
	return pgx.CollectRows(rows, d.scanChannel)
}

// Flows lists the flows channels may choose from.
func (d *Directory) Flows() []string { return slices.Clone(d.flows) }

// Draft is the account that settings would make, whether they are saved or not; before is the one there is, if any. What is missing
// of its secrets is taken from there. Its settings are checked.
func (d *Directory) Draft(id, kind string, given map[string]string, before *Channel) (connectors.Account, connectors.Connector, error) {
	connector, ok := d.registry.Get(kind)
	if !ok {
		return connectors.Account{}, nil, &InvalidError{"kind", fmt.Sprintf("There is no channel kind %q; there are %v.", kind, d.registry.Kinds())}
	}
	account := connectors.Account{ID: id, Kind: kind, Settings: map[string]string{}, Secrets: connectors.Secrets{}}
	if before != nil {
		account.Name, account.Secret, account.Version = before.Name, before.Secret, before.Version
	}
	known := map[string]bool{}
	for _, f := range connector.Describe().Fields {
		known[f.Name] = true
		v, ok := given[f.Name]
		into := account.Settings
		if f.Type == connectors.FieldSecret {
			into = account.Secrets
			if !ok && before != nil {
				v, ok = before.Secrets[f.Name]
			}
		}
		if err := checkField(f, v); err != nil {
			return account, nil, &InvalidError{"settings." + f.Name, err.Error()}
		}
		// An empty value is the default, except where anything goes.
		if ok && (v != "" || f.Check == nil && slices.Contains(free, f.Type)) {
			into[f.Name] = v
		}
	}
	for name := range given {
		if !known[name] {
			return account, nil, &InvalidError{"settings." + name, "This kind of channel has no such setting."}
		}
	}
	return account, connector, nil
}

// DraftOf is the account that settings would make which are not saved; secrets that are missing are taken from the account there is.
func (d *Directory) DraftOf(ctx context.Context, in spec.ChannelCheckInput) (connectors.Account, connectors.Connector, error) {
	id := value(in.Id, "")
	var before *Channel
	if id != "" {
		c, err := d.readChannel(ctx, id)
		switch {
		case err == nil && c.Kind == in.Kind:
			before = &c
		case err != nil && !errors.Is(err, connectors.ErrNoAccount):
			return connectors.Account{}, nil, err
		}
	}
	return d.Draft(id, in.Kind, value(in.Settings, nil), before)
}

// free are the types of settings that may be empty on purpose.
var free = []connectors.FieldType{connectors.FieldText, connectors.FieldTextArea, connectors.FieldList}

func checkField(f connectors.Field, v string) error {
	switch {
	case v == "" && f.Required:
		return errors.New("this is needed")
	case v == "":
		return nil
	case f.Type == connectors.FieldNumber:
		if _, err := strconv.ParseFloat(v, 64); err != nil {
			return errors.New("give a number")
		}
	case f.Type == connectors.FieldBool && v != "true" && v != "false":
		return errors.New("give true or false")
	case f.Type == connectors.FieldChoice && !slices.ContainsFunc(f.Choices, func(c connectors.Choice) bool { return c.Value == v }):
		return errors.New("choose one of the values")
	}
	if f.Check != nil {
		return f.Check(v)
	}
	return nil
}

// providerKey is the provider's id of an account, by which events of several accounts find theirs.
func providerKey(connector connectors.Connector, account connectors.Account) string {
	if k, ok := connector.(connectors.Keyed); ok {
		return k.Key(account)
	}
	return ""
}

func (d *Directory) checkFlow(flow string) error {
	if !known(flow, d.flows) {
		return &InvalidError{"flow", fmt.Sprintf("There is no flow %q; there are %v.", flow, d.flows)}
	}
	return nil
}

// CreateChannel adds a channel account, with a secret of its own.
func (d *Directory) CreateChannel(ctx context.Context, in spec.ChannelInput) (Channel, error) {
	if err := d.checkFlow(in.Flow); err != nil {
		return Channel{}, err
	}
	account, connector, err := d.Draft(in.Id, in.Kind, value(in.Settings, nil), nil)
	if err != nil {
		return Channel{}, err
	}
	account.Secret = newSecret()
	sealed, err := d.seal(in.Id, account.Secrets)
	if err != nil {
		return Channel{}, err
	}
	own, err := d.box.Seal(ownPlace(in.Id), account.Secret)
	if err != nil {
		return Channel{}, err
	}
	var c Channel
	err = d.change(ctx, entry{spec.AuditKindChannel, in.Id}, "Channel "+in.Id, func(tx pgx.Tx) error {
		key := providerKey(connector, account)
		if err := freeKey(ctx, tx, in.Id, in.Kind, key); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `insert into channels (id, kind, name, flow, queue_id, cost, settings, sealed_secret, enabled, plan_id, secrets, provider_key, paused)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, nullif($10, ''), $11, $12, $13) returning `+channelColumns,
			in.Id, in.Kind, in.Name, in.Flow, in.Queue, value(in.Cost, 20), account.Settings, own, value(in.Enabled, true), value(in.Plan, ""),
			sealed, key, value(in.Paused, false))
		if err != nil {
			return err
		}
		c, err = pgx.CollectExactlyOneRow(rows, d.scanChannel)
		return err
	})
	d.accounts.forget(in.Id)
	return c, err
}

// freeKey refuses an account at the provider that another channel has already.
func freeKey(ctx context.Context, tx pgx.Tx, id, kind, key string) error {
	var other string
	err := tx.QueryRow(ctx, `select name from channels where kind = $1 and provider_key = $2 and id <> $3 and $2 <> ''`, kind, key, id).Scan(&other)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return &ConflictError{fmt.Sprintf("Channel %s is connected to this account of the provider already.", other)}
}

// UpdateChannel changes a channel account; its kind stays.
func (d *Directory) UpdateChannel(ctx context.Context, id string, in spec.ChannelInput) (Channel, error) {
	if err := d.checkFlow(in.Flow); err != nil {
		return Channel{}, err
	}
	var c Channel
	err := d.change(ctx, entry{spec.AuditKindChannel, id}, "Channel "+id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select `+channelColumns+` from channels where id = $1 and kind = $2 for update`, id, in.Kind)
		if err != nil {
			return err
		}
		before, err := pgx.CollectExactlyOneRow(rows, d.scanChannel)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		if before.Version != version(in.Version) {
			return ErrStale
		}
		account, connector, err := d.Draft(id, in.Kind, value(in.Settings, nil), &before)
		if err != nil {
			return err
		}
		sealed, err := d.seal(id, account.Secrets)
		if err != nil {
			return err
		}
		own, err := d.box.Seal(ownPlace(id), account.Secret)
		if err != nil {
			return err
		}
		key := providerKey(connector, account)
		if err := freeKey(ctx, tx, id, in.Kind, key); err != nil {
			return err
		}
		rows, err = tx.Query(ctx, `update channels set name = $2, flow = $3, queue_id = $4, cost = coalesce($5, cost), settings = $6, enabled = coalesce($7, enabled),
			plan_id = nullif($8, ''), secrets = $9, provider_key = $10, paused = coalesce($11, paused), sealed_secret = $12, secret = null,
			version = version + 1 where id = $1 returning `+channelColumns,
			id, in.Name, in.Flow, in.Queue, in.Cost, account.Settings, in.Enabled, value(in.Plan, ""), sealed, key, in.Paused, own)
		if err != nil {
			return err
		}
		c, err = pgx.CollectExactlyOneRow(rows, d.scanChannel)
		return err
	})
	d.accounts.forget(id)
	return c, err
}

// ReplaceSecret replaces a secret that an account has by the one that its provider gave in its place. Who has entered another meanwhile
// knows better: theirs stays. Nobody has changed the channel by that, so its version stays, too.
func (d *Directory) ReplaceSecret(ctx context.Context, account connectors.Account, setting, secret string) error {
	err := pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select `+channelColumns+` from channels where id = $1 for update`, account.ID)
		if err != nil {
			return err
		}
		c, err := pgx.CollectExactlyOneRow(rows, d.scanChannel)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && c.Secrets[setting] != account.Secrets[setting] {
			return nil
		}
		if err != nil {
			return err
		}
		c.Secrets[setting] = secret
		sealed, err := d.seal(c.ID, c.Secrets)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update channels set secrets = $2 where id = $1`, c.ID, sealed)
		return err
	})
	if err != nil {
		return fmt.Errorf("replace a secret of channel %s: %w", account.ID, err)
	}
	d.accounts.forget(account.ID)
	return nil
}

// DeleteChannel removes a channel account that has no conversations.
func (d *Directory) DeleteChannel(ctx context.Context, id string, version *int) error {
	err := d.change(ctx, entry{spec.AuditKindChannel, id}, "Channel "+id, func(tx pgx.Tx) error {
		if err := stillAt(ctx, tx, "channels", id, version); err != nil {
			return err
		}
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

// AccountsOf lists the enabled accounts of some kinds.
func (d *Directory) AccountsOf(ctx context.Context, kinds []string) ([]connectors.Account, error) {
	rows, err := d.pool.Query(ctx, `select `+channelColumns+` from channels where enabled and kind = any($1) order by id`, kinds)
	if err != nil {
		return nil, fmt.Errorf("list channels of %v: %w", kinds, err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (connectors.Account, error) {
		c, err := d.scanChannel(row)
		return c.Account, err
	})
}

// ChannelByKey returns the enabled account of a kind that the provider calls by this id, or connectors.ErrNoAccount.
func (d *Directory) ChannelByKey(ctx context.Context, kind, key string) (Channel, error) {
	if key == "" || !storable(key) {
		return Channel{}, connectors.ErrNoAccount
	}
	var id string
	err := d.pool.QueryRow(ctx, `select id from channels where kind = $1 and provider_key = $2`, kind, key).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return Channel{}, connectors.ErrNoAccount
	}
	if err != nil {
		return Channel{}, fmt.Errorf("find channel of %s account %s: %w", kind, key, err)
	}
	return d.Channel(ctx, id)
}

func storable(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }

// accountCache saves a round trip for every message. Another process's change is seen after cacheFor.
type accountCache struct {
	read  func(ctx context.Context, id string) (Channel, error)
	clock func() time.Time

	mu   sync.Mutex
	byID map[string]cachedAccount
}

type cachedAccount struct {
	channel Channel
	until   time.Time
}

const cacheFor = 5 * time.Second

func newAccountCache(read func(ctx context.Context, id string) (Channel, error), clock func() time.Time) *accountCache {
	return &accountCache{read: read, clock: clock, byID: map[string]cachedAccount{}}
}

func (a *accountCache) get(ctx context.Context, id string) (Channel, error) {
	a.mu.Lock()
	cached, ok := a.byID[id]
	a.mu.Unlock()
	if ok && a.clock().Before(cached.until) {
		return cached.channel, nil
	}
	c, err := a.read(ctx, id)
	if err != nil {
		return c, err
	}
	a.mu.Lock()
	a.byID[id] = cachedAccount{c, a.clock().Add(cacheFor)}
	a.mu.Unlock()
	return c, nil
}

// readChannel reads an account from the database.
func (d *Directory) readChannel(ctx context.Context, id string) (Channel, error) {
	if !storable(id) {
		return Channel{}, connectors.ErrNoAccount
	}
	rows, err := d.pool.Query(ctx, `select `+channelColumns+` from channels where id = $1`, id)
	if err != nil {
		return Channel{}, fmt.Errorf("read channel %s: %w", id, err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, d.scanChannel)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, connectors.ErrNoAccount
	}
	if err != nil {
		return c, fmt.Errorf("read channel %s: %w", id, err)
	}
	return c, nil
}

func (a *accountCache) forget(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.byID, id)
}
