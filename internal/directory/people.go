package directory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"seax/api/spec"
	"seax/internal/auth"
	"seax/internal/conversation"
	"seax/internal/identity"
	"seax/internal/setup"
)

const personSelect = `select p.id, p.email, p.name, p.role, p.locale, p.active, a.capacity, a.auto_accept,
		coalesce((select jsonb_object_agg(skill, level) from agent_skills where agent_id = p.id), '{}'),
		coalesce((select jsonb_object_agg(queue_id, level) from agent_queues where agent_id = p.id and not auto), '{}'),
		coalesce((select jsonb_object_agg(queue_id, delay_s) from agent_queues where agent_id = p.id and delay_s > 0), '{}'),
		coalesce((select array_agg(queue_id order by queue_id) from agent_queues where agent_id = p.id and auto), '{}'), a.attributes,
		coalesce((select jsonb_object_agg(channel_kind, max_conversations) from agent_channel_limits where agent_id = p.id), '{}'), p.version
	from people p join agents a on a.id = p.id `

func scanPerson(row pgx.CollectableRow) (spec.Person, error) {
	var p spec.Person
	err := row.Scan(&p.Id, &p.Email, &p.Name, &p.Role, &p.Locale, &p.Active, &p.Capacity, &p.AutoAccept, &p.Skills, &p.Queues, &p.Delays, &p.MemberByCondition, &p.Attributes, &p.ChannelLimits, &p.Version)
	return p, err
}

// People lists everyone who can sign in, and those who no longer can.
func (d *Directory) People(ctx context.Context) ([]spec.Person, error) {
	return readPeople(ctx, d.pool, `order by p.active desc, p.name, p.id`)
}

func readPeople(ctx context.Context, db querier, where string, args ...any) ([]spec.Person, error) {
	rows, err := db.Query(ctx, personSelect+where, args...)
	if err != nil {
		return nil, fmt.Errorf("list people: %w", err)
	}
	return pgx.CollectRows(rows, scanPerson)
}

func person(ctx context.Context, tx pgx.Tx, id uuid.UUID) (spec.Person, error) {
	all, err := readPeople(ctx, tx, `where p.id = $1`, id)
	if err == nil && len(all) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return spec.Person{}, err
	}
	return all[0], nil
}

// CreatePerson adds a person; they sign in with the password given.
func (d *Directory) CreatePerson(ctx context.Context, in spec.PersonInput) (spec.Person, error) {
	email, hash, err := credentials(ctx, in)
	if err != nil {
		return spec.Person{}, err
	}
	if hash == "" {
		return spec.Person{}, &InvalidError{"password", "A new person needs a password."}
	}
	var created spec.Person
	id := conversation.NewID()
	err = d.change(ctx, entry{spec.AuditKindPerson, id.String()}, "Person "+in.Email, func(tx pgx.Tx) error {
		names, err := namesOf(ctx, tx)
		if err != nil {
			return err
		}
		if wrong := setup.CheckPerson(in, names, nil); len(wrong) > 0 {
			return wrong
		}
		if err := insertPerson(ctx, tx, id, in, email, hash); err != nil {
			return err
		}
		created, err = person(ctx, tx, id)
		return err
	})
	if err == nil {
		d.routingChanged(ctx)
	}
	return created, err
}

// insertPerson adds a person; without a hash of a password they cannot sign in yet.
func insertPerson(ctx context.Context, tx pgx.Tx, id uuid.UUID, in spec.PersonInput, email, hash string) error {
	if _, err := tx.Exec(ctx, `insert into people (id, email, name, password_hash, role, locale, active) values ($1, $2, $3, $4, $5, $6, $7)`,
		id, email, in.Name, hash, in.Role, value(in.Locale, "en"), value(in.Active, true)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into agents (id, capacity, auto_accept) values ($1, $2, $3)`, id, value(in.Capacity, 100), value(in.AutoAccept, false)); err != nil {
		return err
	}
	return setWork(ctx, tx, id, in)
}

func credentials(ctx context.Context, in spec.PersonInput) (email, hash string, err error) {
	if email, err = identity.NormalEmail(in.Email); err != nil {
		return "", "", &InvalidError{"email", "This is not an email address."}
	}
	if in.Password != nil {
		hash, err = auth.HashPassword(ctx, *in.Password)
	}
	return email, hash, err
}

// setWork replaces skills, queues, delays, limits and attributes, as far as they are given.
func setWork(ctx context.Context, tx pgx.Tx, id uuid.UUID, in spec.PersonInput) error {
	for _, set := range []struct {
		values *map[string]int
		clear  string
		insert string
	}{
		{in.Skills, `delete from agent_skills where agent_id = $1 and $2::jsonb is not null`, `insert into agent_skills (agent_id, skill, level) select $1, key, value::int from jsonb_each_text($2::jsonb)`},
		{in.Queues, `delete from agent_queues where agent_id = $1 and not auto and not $2::jsonb ? queue_id`,
			`insert into agent_queues (agent_id, queue_id, level) select $1, key, value::int from jsonb_each_text($2::jsonb)
			on conflict (agent_id, queue_id) do update set level = excluded.level, auto = false`},
		{in.Delays, `update agent_queues set delay_s = 0 where agent_id = $1 and not $2::jsonb ? queue_id`,
			`update agent_queues set delay_s = value::int from jsonb_each_text($2::jsonb) where agent_id = $1 and queue_id = key`},
		{in.ChannelLimits, `delete from agent_channel_limits where agent_id = $1 and $2::jsonb is not null`, `insert into agent_channel_limits (agent_id, channel_kind, max_conversations) select $1, key, value::int from jsonb_each_text($2::jsonb)`},
	} {
		if set.values == nil {
			continue
		}
		if _, err := tx.Exec(ctx, set.clear, id, *set.values); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, set.insert, id, *set.values); err != nil {
			return err
		}
	}
	if in.Attributes == nil {
		return nil
	}
	_, err := tx.Exec(ctx, `update agents set attributes = $2 where id = $1`, id, *in.Attributes)
	return err
}

// UpdatePerson changes a person. me is who does it: nobody takes the admin's role from themselves.
func (d *Directory) UpdatePerson(ctx context.Context, me, id uuid.UUID, in spec.PersonInput) (spec.Person, error) {
	email, hash, err := credentials(ctx, in)
	if err != nil {
		return spec.Person{}, err
	}
	var changed spec.Person
	err = d.change(ctx, entry{spec.AuditKindPerson, id.String()}, "Person "+in.Email, func(tx pgx.Tx) error {
		if me == id && (in.Role != spec.RoleAdmin || !value(in.Active, true)) {
			return &ConflictError{"You cannot take your own admin rights; ask another admin."}
		}
		names, err := namesOf(ctx, tx)
		if err != nil {
			return err
		}
		was, err := person(ctx, tx, id)
		if err != nil {
			return err
		}
		members := value(was.MemberByCondition, nil)
		if in.Queues == nil {
			members = slices.AppendSeq(members, maps.Keys(was.Queues))
		}
		if wrong := setup.CheckPerson(in, names, members); len(wrong) > 0 {
			return wrong
		}
		if err := updatePerson(ctx, tx, id, in, email, hash); err != nil {
			return err
		}
		changed, err = person(ctx, tx, id)
		return err
	})
	if err == nil {
		d.personChanged(ctx, id)
	}
	return changed, err
}

// updatePerson changes a person of that version, as far as something is given; a new password or losing access ends their sessions.
func updatePerson(ctx context.Context, tx pgx.Tx, id uuid.UUID, in spec.PersonInput, email, hash string) error {
	var active bool
	err := tx.QueryRow(ctx, `update people set email = $3, name = $4, role = $5, locale = coalesce($6, locale), active = coalesce($7, active),
		password_hash = case when $8 = '' then password_hash else $8 end, version = version + 1 where id = $1 and version = $2 returning active`,
		id, version(in.Version), email, in.Name, in.Role, in.Locale, in.Active, hash).Scan(&active)
	if err != nil {
		return missed(ctx, tx, err, "people", id)
	}
	if err := setCapacity(ctx, tx, id, in.Capacity); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update agents set auto_accept = coalesce($2, auto_accept) where id = $1`, id, in.AutoAccept); err != nil {
		return err
	}
	if err := setWork(ctx, tx, id, in); err != nil {
		return err
	}
	if hash != "" || !active {
		_, err = tx.Exec(ctx, `delete from sessions where person_id = $1`, id)
	}
	return err
}

func (d *Directory) personChanged(ctx context.Context, id uuid.UUID) {
	d.accessChanged(id)
	d.routingChanged(ctx)
}

func (d *Directory) accessChanged(id uuid.UUID) {
	if d.hooks.Person != nil {
		d.hooks.Person(id)
	}
	if d.hooks.Access != nil {
		d.hooks.Access(id)
	}
}

func setCapacity(ctx context.Context, tx pgx.Tx, id uuid.UUID, capacity *int) error {
	if capacity == nil {
		return nil
	}
	_, err := tx.Exec(ctx, `update agents set capacity = $2 where id = $1`, id, *capacity)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.ConstraintName == "agents_load_within_capacity" {
		return &ConflictError{"This person carries more than that right now; lower the capacity when they have finished some conversations."}
	}
	return err
}

// Deactivate ends a person's access. What they wrote stays, and what they hold goes back when their lease runs out.
func (d *Directory) Deactivate(ctx context.Context, me, id uuid.UUID, version *int) error {
	err := d.change(ctx, entry{spec.AuditKindPerson, id.String()}, "The person", func(tx pgx.Tx) error {
		if me == id {
			return &ConflictError{"You cannot deactivate yourself; ask another admin."}
		}
		tag, err := tx.Exec(ctx, `update people set active = false, version = version + 1 where id = $1`+ofVersion, id, only(version))
		if err != nil {
			return err
		}
		if err := touched(ctx, tx, tag, "people", id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from sessions where person_id = $1`, id); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update api_keys set revoked_at = now() where person_id = $1 and revoked_at is null`, id)
		return err
	})
	if err == nil {
		d.personChanged(ctx, id)
	}
	return err
}

// SetLocale changes a person's own language.
func (d *Directory) SetLocale(ctx context.Context, id uuid.UUID, locale string) error {
	if _, err := d.pool.Exec(ctx, `update people set locale = $2 where id = $1`, id, locale); err != nil {
		return fmt.Errorf("set language of %s: %w", id, err)
	}
	if d.hooks.Person != nil {
		d.hooks.Person(id)
	}
	return nil
}

// ApiKeys lists the keys there are and were.
func (d *Directory) ApiKeys(ctx context.Context) ([]spec.ApiKey, error) {
	rows, err := d.pool.Query(ctx, `select id, name, prefix, role, created_at, last_used_at, revoked_at from api_keys order by created_at desc`)
	if err != nil {
		return nil, fmt.Errorf("list API keys: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (spec.ApiKey, error) {
		var k spec.ApiKey
		err := row.Scan(&k.Id, &k.Name, &k.Prefix, &k.Role, &k.CreatedAt, &k.LastUsedAt, &k.RevokedAt)
		return k, err
	})
}

// CreateApiKey makes a key that acts as its maker with a role; the key is returned this one time.
func (d *Directory) CreateApiKey(ctx context.Context, maker uuid.UUID, name string, role spec.Role) (spec.ApiKey, string, error) {
	key, prefix, hash, err := auth.NewKey()
	if err != nil {
		return spec.ApiKey{}, "", err
	}
	k := spec.ApiKey{Id: conversation.NewID(), Name: name, Prefix: prefix, Role: role}
	err = d.change(ctx, entry{spec.AuditKindKey, k.Id.String()}, "The key", func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `insert into api_keys (id, name, key_hash, prefix, role, person_id) values ($1, $2, $3, $4, $5, $6) returning created_at`,
			k.Id, name, hash, prefix, role, maker).Scan(&k.CreatedAt)
	})
	return k, key, err
}

// RevokeApiKey ends a key.
func (d *Directory) RevokeApiKey(ctx context.Context, id uuid.UUID) error {
	var owner uuid.UUID
	err := d.change(ctx, entry{spec.AuditKindKey, id.String()}, "The key", func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `update api_keys set revoked_at = coalesce(revoked_at, now()) where id = $1 returning person_id`, id).Scan(&owner)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNotFound
		}
		return err
	})
	if err == nil && d.hooks.Person != nil {
		d.hooks.Person(owner)
	}
	return err
}
