package views

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/api/spec"
	"seax/internal/identity"
)

const contactSelect = `select c.id, c.name, c.locale, c.attributes, c.created_at, (select count(*) from conversations v where v.contact_id = c.id)
	from contacts c `

func scanContact(row pgx.CollectableRow) (spec.Contact, error) {
	var c spec.Contact
	var conversations int
	err := row.Scan(&c.Id, &c.Name, &c.Locale, &c.Attributes, &c.CreatedAt, &conversations)
	if c.Attributes == nil {
		c.Attributes = map[string]string{}
	}
	c.Conversations = &conversations
	return c, err
}

// Contacts reads a page of contacts by words in their name or addresses, newest first.
func (v *Views) Contacts(ctx context.Context, query, after string, limit int) (page []spec.Contact, next string, err error) {
	last := cursor{}
	if after != "" {
		if last, err = parseCursor(after); err != nil {
			return nil, "", err
		}
	}
	rows, err := v.pool.Query(ctx, contactSelect+`where c.merged_into is null
		and ($1 = '' or c.name ilike $2 or exists (select from identities i where i.contact_id = c.id and i.address ilike $2))
		and ($3::uuid = '00000000-0000-0000-0000-000000000000' or (c.created_at, c.id) < ($4, $3)) order by c.created_at desc, c.id desc limit $5`,
		query, "%"+escapeLike(query)+"%", last.ID, last.At, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list contacts: %w", err)
	}
	page, err = pgx.CollectRows(rows, scanContact)
	if err != nil {
		return nil, "", fmt.Errorf("list contacts: %w", err)
	}
	if len(page) > limit {
		page = page[:limit]
		next = cursor{At: page[limit-1].CreatedAt, ID: page[limit-1].Id}.String()
	}
	return page, next, nil
}

// whole is the contact that $1 is now a part of.
const whole = `(with recursive up as (select id, merged_into from contacts where id = $1
		union all select c.id, c.merged_into from contacts c join up on c.id = up.merged_into) select id from up where merged_into is null)`

// Contact reads a contact with addresses, people who may be the same, and merges that can be undone.
func (v *Views) Contact(ctx context.Context, id uuid.UUID) (spec.ContactDetail, error) {
	var d spec.ContactDetail
	batch := &pgx.Batch{}
	batch.Queue(contactSelect+`where c.id = `+whole, id).Query(func(rows pgx.Rows) (err error) {
		d.Contact, err = pgx.CollectExactlyOneRow(rows, scanContact)
		return err
	})
	batch.Queue(`select id, kind, realm, address, verified, since from identities
		where contact_id = `+whole+` order by since`, id).Query(func(rows pgx.Rows) (err error) {
		d.Identities, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (spec.Identity, error) {
			var i spec.Identity
			var realm string
			err := row.Scan(&i.Id, &i.Kind, &realm, &i.Address, &i.Verified, &i.Since)
			i.Realm = optional(realm)
			return i, err
		})
		return err
	})
	if err := v.pool.SendBatch(ctx, batch).Close(); err != nil {
		if errors.Is(err, pgx.ErrNoRows) {
			return d, fmt.Errorf("%w: %s", identity.ErrNotFound, id)
		}
		return d, fmt.Errorf("read contact %s: %w", id, err)
	}
	if err := v.suggest(ctx, &d); err != nil {
		return d, err
	}
	return d, v.merges(ctx, &d)
}

// suggest finds contacts who may be the same person: what customers or agents wrote down equals somebody's address, or the
// same full name.
func (v *Views) suggest(ctx context.Context, d *spec.ContactDetail) error {
	rows, err := v.pool.Query(ctx, `with me as (
			select lower(address) as address, kind from identities where contact_id = $1 and kind in ('email', 'phone')
			union select lower(value), key from contacts, jsonb_each_text(attributes) where id = $1 and key in ('email', 'phone')
			union select lower(a.value), a.key from conversations c, jsonb_each_text(c.attributes) a where c.contact_id = $1 and a.key in ('email', 'phone')),
		others as (
			select contact_id as id, 'same_' || i.kind as reason, 1 as rank from identities i join me on me.kind = i.kind and me.address = lower(i.address)
			union select c.contact_id, 'same_' || a.key, 2 from conversations c, jsonb_each_text(c.attributes) a join me on me.kind = a.key and me.address = lower(a.value)
			union select o.id, 'same_name', 3 from contacts o, contacts m where m.id = $1 and lower(o.name) = lower(m.name) and m.name like '% %')
		select distinct on (c.id) c.id, c.name, c.locale, c.attributes, c.created_at, (select count(*) from conversations v where v.contact_id = c.id), o.reason
		from others o join contacts c on c.id = o.id where c.id <> $1 and c.merged_into is null order by c.id, o.rank limit 5`, d.Contact.Id)
	if err != nil {
		return fmt.Errorf("suggest merges for contact %s: %w", d.Contact.Id, err)
	}
	suggestions, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (suggestion, error) {
		var s suggestion
		var err error
		s.Contact, err = scanContact(extended{row, []any{&s.Reason}})
		return s, err
	})
	if err != nil {
		return fmt.Errorf("suggest merges for contact %s: %w", d.Contact.Id, err)
	}
	d.Suggestions = []suggestion{}
	d.Suggestions = append(d.Suggestions, suggestions...)
	return nil
}

// suggestion has the shape the API's generated type has in place.
type suggestion = struct {
	Contact spec.Contact                        `json:"contact"`
	Reason  spec.ContactDetailSuggestionsReason `json:"reason"`
}

type merge = struct {
	At       time.Time `json:"at"`
	FromName string    `json:"from_name"`
	Id       uuid.UUID `json:"id"`
}

func (v *Views) merges(ctx context.Context, d *spec.ContactDetail) error {
	rows, err := v.pool.Query(ctx, `select m.at, coalesce(nullif(f.name, ''), 'Visitor'), m.id from contact_merges m join contacts f on f.id = m.from_id
		where m.into_id = $1 and m.undone_at is null order by m.at desc`, d.Contact.Id)
	if err != nil {
		return fmt.Errorf("read merges of contact %s: %w", d.Contact.Id, err)
	}
	d.Merges = []merge{}
	merges, err := pgx.CollectRows(rows, pgx.RowToStructByPos[merge])
	if err != nil {
		return fmt.Errorf("read merges of contact %s: %w", d.Contact.Id, err)
	}
	d.Merges = append(d.Merges, merges...)
	return nil
}
