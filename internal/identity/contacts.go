package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/internal/conversation"
)

// Contacts changes what is known of people. Safe for concurrent use.
type Contacts struct {
	log *conversation.Log
}

// NewContacts returns contacts kept beside the log.
func NewContacts(log *conversation.Log) *Contacts { return &Contacts{log: log} }

// What a caller may decide on.
var (
	// ErrNotFound: there is no such contact (or merge).
	ErrNotFound = errors.New("no such contact")
	// ErrTaken: the address belongs to somebody else; the text says who.
	ErrTaken = errors.New("the address belongs to another contact")
	// ErrMerged: the contact is part of another already.
	ErrMerged = errors.New("the contact has been merged")
)

// Change is what an agent changes of a contact. Nil fields stay as they are; an empty attribute is removed.
type Change struct {
	Name, Locale *string
	Attributes   map[string]string
	Email, Phone *string
}

// Update changes a contact. An email address or phone number written by an agent is noted as unverified.
func (s *Contacts) Update(ctx context.Context, id uuid.UUID, change Change) error {
	var claims []Claim
	if change.Email != nil && *change.Email != "" {
		address, err := NormalEmail(*change.Email)
		if err != nil {
			return err
		}
		claims = append(claims, Claim{Kind: KindEmail, Address: address})
	}
	if change.Phone != nil && *change.Phone != "" {
		address, err := NormalPhone(*change.Phone, "KR")
		if err != nil {
			return err
		}
		claims = append(claims, Claim{Kind: KindPhone, Address: address})
	}
	return s.log.Do(ctx, fmt.Sprintf("update contact %s", id), func(ctx context.Context, tx *conversation.Tx) error {
		updated, err := tx.Exec(ctx, `update contacts set name = coalesce($2, name), locale = coalesce($3, locale), version = version + 1,
			attributes = (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each_text(attributes || $4::jsonb) where value <> '')
			where id = $1 and merged_into is null`, id, change.Name, change.Locale, orEmpty(change.Attributes))
		if err != nil {
			return err
		}
		if updated == 0 {
			return ErrNotFound
		}
		for _, c := range claims {
			owner, err := find(ctx, tx, c, false)
			if err != nil {
				return err
			}
			if owner != nil && owner.ContactID != id {
				return fmt.Errorf("%w: %s", ErrTaken, owner.Name)
			}
		}
		if len(claims) > 0 {
			return claim(ctx, tx, id, claims)
		}
		return nil
	})
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

// Merge makes other a part of contact: their addresses and conversations become the contact's. It can be undone.
func (s *Contacts) Merge(ctx context.Context, contact, other uuid.UUID, by conversation.Person) error {
	if contact == other {
		return fmt.Errorf("%w: a contact cannot be merged into itself", ErrMerged)
	}
	return s.log.Do(ctx, fmt.Sprintf("merge contact %s into %s", other, contact), func(ctx context.Context, tx *conversation.Tx) error {
		both, err := lockBoth(ctx, tx, contact, other)
		if err != nil {
			return err
		}
		if both[contact].merged || both[other].merged {
			return ErrMerged
		}
		var identities, conversations []uuid.UUID
		batch := &pgx.Batch{}
		batch.Queue(`update identities set contact_id = $2 where contact_id = $1 returning id`, other, contact).Query(intoIDs(&identities))
		batch.Queue(`select id from conversations where contact_id = $1 order by id`, other).Query(intoIDs(&conversations))
		batch.Queue(`update contacts set merged_into = $2, version = version + 1 where id = $1`, other, contact)
		batch.Queue(`update contacts set name = case when name = '' then $2 else name end, version = version + 1 where id = $1`, contact, both[other].name)
		if err := tx.Run(ctx, batch); err != nil {
			return err
		}
		for _, id := range conversations {
			if err := move(ctx, tx, id, other, conversation.Linked{ContactID: contact, Name: both[contact].name, Reason: "merged"}, by); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `insert into contact_merges (id, from_id, into_id, identities, conversations, by_person, at) values ($1, $2, $3, $4, $5, $6, $7)`,
			conversation.NewID(), other, contact, notNil(identities), notNil(conversations), by.ID, tx.Now)
		return err
	})
}

func notNil(ids []uuid.UUID) []uuid.UUID {
	if ids == nil {
		return []uuid.UUID{}
	}
	return ids
}

func intoIDs(ids *[]uuid.UUID) func(pgx.Rows) error {
	return func(rows pgx.Rows) (err error) {
		*ids, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		return err
	}
}

type locked struct {
	name   string
	merged bool
}

// lockBoth locks two contacts in a fixed order.
func lockBoth(ctx context.Context, tx *conversation.Tx, a, b uuid.UUID) (map[uuid.UUID]locked, error) {
	both := map[uuid.UUID]locked{}
	err := tx.Query(ctx, func(rows pgx.Rows) error {
		var id uuid.UUID
		var l locked
		_, err := pgx.ForEachRow(rows, []any{&id, &l.name, &l.merged}, func() error {
			both[id] = l
			return nil
		})
		return err
	}, `select id, name, merged_into is not null from contacts where id in ($1, $2) order by id for update`, a, b)
	if err == nil && len(both) < 2 {
		err = ErrNotFound
	}
	return both, err
}

// move makes a conversation another contact's, if it still is the contact's that it was.
func move(ctx context.Context, tx *conversation.Tx, id, from uuid.UUID, body conversation.Linked, by conversation.Person) error {
	c, err := tx.Lock(ctx, id)
	if err != nil || c.ContactID != from {
		return err
	}
	c.ContactID = body.ContactID
	actor := conversation.Actor{Kind: conversation.ByAgent, ID: by.ID.String(), Name: by.Name}
	_, err = tx.Append(c, conversation.Draft{Kind: conversation.ContactLinked, Actor: actor, Body: body})
	return err
}

// Undo takes a merge back and returns the contact that the other had become a part of. What came after the merge stays there. If
// that contact has itself been merged since, that merge must be undone first (ErrMerged).
func (s *Contacts) Undo(ctx context.Context, merge uuid.UUID, by conversation.Person) (uuid.UUID, error) {
	var into uuid.UUID
	err := s.log.Do(ctx, fmt.Sprintf("undo merge %s", merge), func(ctx context.Context, tx *conversation.Tx) error {
		var from uuid.UUID
		var identities, conversations []uuid.UUID
		err := tx.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&from, &into, &identities, &conversations) },
			`update contact_merges set undone_at = $2 where id = $1 and undone_at is null returning from_id, into_id, identities, conversations`, merge, tx.Now)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		both, err := lockBoth(ctx, tx, from, into)
		if err != nil {
			return err
		}
		if both[into].merged {
			return ErrMerged
		}
		batch := &pgx.Batch{}
		batch.Queue(`update contacts set merged_into = null, version = version + 1 where id = $1`, from)
		batch.Queue(`update identities set contact_id = $2 where id = any($1) and contact_id = $3`, identities, from, into)
		if err := tx.Run(ctx, batch); err != nil {
			return err
		}
		for _, id := range conversations {
			if err := move(ctx, tx, id, into, conversation.Linked{ContactID: from, Name: both[from].name, Reason: "merge_undone"}, by); err != nil {
				return err
			}
		}
		return nil
	})
	return into, err
}
