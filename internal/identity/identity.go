// Package identity knows which addresses belong to which person. The same verified phone number or email is the same person
// on every channel; an id that means something only on one channel account is a person of its own until somebody links them.
package identity

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/nyaruka/phonenumbers"

	"seax/internal/conversation"
)

// The kinds of identities that mean the same person everywhere. Other kinds are channel kinds, valid on one account.
const (
	KindEmail    = "email"
	KindPhone    = "phone"
	KindExternal = "external"
)

// Claim is one address somebody has. Realm is the channel account for scoped ids, "" for those valid everywhere.
type Claim struct {
	Kind, Realm, Address string
	Verified             bool
}

// Known is what a channel says of a customer.
type Known struct {
	Name, Locale string
	// Claims are further addresses of the same person; only verified ones link.
	Claims []Claim
}

// ErrInvalid says that an address is not one.
var ErrInvalid = errors.New("not a valid address")

// NormalEmail returns the form in which an email address is kept.
func NormalEmail(address string) (string, error) {
	parsed, err := mail.ParseAddress(strings.TrimSpace(address))
	if err != nil || parsed.Name != "" {
		return "", fmt.Errorf("email %q: %w", address, ErrInvalid)
	}
	return strings.ToLower(parsed.Address), nil
}

// NormalPhone returns a phone number in E.164. region (ISO 3166, like KR) is used for numbers without a country code.
func NormalPhone(number, region string) (string, error) {
	parsed, err := phonenumbers.Parse(number, region)
	if err != nil || !phonenumbers.IsValidNumber(parsed) {
		return "", fmt.Errorf("phone %q: %w", number, ErrInvalid)
	}
	return phonenumbers.Format(parsed, phonenumbers.E164), nil
}

// Resolved is the person behind an address.
type Resolved struct {
	ContactID uuid.UUID
	Name      string
	Locale    string
	// LinkedBy names the kind of verified address that connected a new address to a known person; "" otherwise.
	LinkedBy string
}

// Resolve finds the person who has this address, or has proven one that a verified claim names, or makes a new one. It notes what is
// newly known. It runs in the caller's transaction.
func Resolve(ctx context.Context, tx *conversation.Tx, address Claim, known Known) (Resolved, error) {
	person, err := find(ctx, tx, address, false)
	if err != nil {
		return Resolved{}, err
	}
	linkedBy := ""
	if person == nil {
		for _, claim := range known.Claims {
			if !claim.Verified {
				continue
			}
			if person, err = find(ctx, tx, claim, true); err != nil {
				return Resolved{}, err
			}
			if person != nil {
				linkedBy = claim.Kind
				break
			}
		}
	}
	if person == nil {
		person = &Resolved{ContactID: conversation.NewID(), Name: known.Name, Locale: known.Locale}
		if _, err := tx.Exec(ctx, `insert into contacts (id, name, locale, created_at) values ($1, $2, $3, $4)`,
			person.ContactID, person.Name, person.Locale, tx.Now); err != nil {
			return Resolved{}, fmt.Errorf("create contact: %w", err)
		}
	} else if person.Name == "" && known.Name != "" {
		person.Name = known.Name
		if _, err := tx.Exec(ctx, `update contacts set name = $2, version = version + 1 where id = $1`, person.ContactID, known.Name); err != nil {
			return Resolved{}, fmt.Errorf("name contact %s: %w", person.ContactID, err)
		}
	}
	person.LinkedBy = linkedBy
	return *person, claim(ctx, tx, person.ContactID, append([]Claim{address}, known.Claims...))
}

// Prove notes verified claims of a contact who was known by an address only. If one of them belongs to somebody else already,
// the address becomes theirs, and they are returned with LinkedBy set; else the contact is returned.
func Prove(ctx context.Context, tx *conversation.Tx, contact uuid.UUID, address Claim, known Known) (Resolved, error) {
	for _, c := range known.Claims {
		if !c.Verified {
			continue
		}
		owner, err := find(ctx, tx, c, true)
		if err != nil {
			return Resolved{}, err
		}
		if owner == nil || owner.ContactID == contact {
			continue
		}
		if _, err := tx.Exec(ctx, `update identities set contact_id = $4 where kind = $1 and realm = $2 and address = $3`,
			address.Kind, address.Realm, address.Address, owner.ContactID); err != nil {
			return Resolved{}, fmt.Errorf("link address to contact %s: %w", owner.ContactID, err)
		}
		owner.LinkedBy = c.Kind
		return *owner, claim(ctx, tx, owner.ContactID, known.Claims)
	}
	if known.Name != "" {
		if _, err := tx.Exec(ctx, `update contacts set name = $2, version = version + 1 where id = $1 and name = ''`, contact, known.Name); err != nil {
			return Resolved{}, fmt.Errorf("name contact %s: %w", contact, err)
		}
	}
	return Resolved{ContactID: contact}, claim(ctx, tx, contact, known.Claims)
}

// Move makes an address of somebody another one of theirs: their provider knows them by it from now on. Where somebody is known at the
// new address already, both stay as they are.
func Move(ctx context.Context, tx *conversation.Tx, from Claim, to string) error {
	_, err := tx.Exec(ctx, `update identities i set address = $4 where kind = $1 and realm = $2 and address = $3
		and not exists (select from identities o where o.kind = i.kind and o.realm = i.realm and o.address = $4)`, from.Kind, from.Realm, from.Address, to)
	if err != nil {
		return fmt.Errorf("move address of a customer: %w", err)
	}
	return nil
}

// Adopt makes an address a contact's who has shown that it is theirs. If it was somebody's who is known by nothing else, their earlier
// conversations stay where they are, for a person to merge.
func Adopt(ctx context.Context, tx *conversation.Tx, contact uuid.UUID, address Claim) error {
	_, err := tx.Exec(ctx, `insert into identities (id, contact_id, kind, realm, address, verified, since) values ($1, $2, $3, $4, $5, true, $6)
		on conflict (kind, realm, address) do update set verified = true, contact_id = excluded.contact_id`,
		conversation.NewID(), contact, address.Kind, address.Realm, address.Address, tx.Now)
	if err != nil {
		return fmt.Errorf("give address to contact %s: %w", contact, err)
	}
	return nil
}

// ErrOptedOut says that somebody does not want to be written to at an address.
var ErrOptedOut = errors.New("the customer does not want to be written to on this channel")

// Reach finds the person whom we write to at an address, before they have written to us: who has it; or else the contact, if there is one,
// whose it becomes; or else who has proven the phone number or email address that it is; or else somebody new. What belongs to another
// than the contact is ErrTaken.
func Reach(ctx context.Context, tx *conversation.Tx, address Claim, contact uuid.UUID) (Resolved, error) {
	var refused bool
	err := tx.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&refused) },
		`select exists (select from identities where kind = $1 and realm = $2 and address = $3 and opted_out_at is not null)`, address.Kind, address.Realm, address.Address)
	if err != nil {
		return Resolved{}, fmt.Errorf("look for consent: %w", err)
	}
	if refused {
		return Resolved{}, ErrOptedOut
	}
	holder, err := find(ctx, tx, address, false)
	if err != nil {
		return Resolved{}, err
	}
	everywhere := known(address)
	switch {
	case holder != nil && contact != uuid.Nil && holder.ContactID != contact:
		return Resolved{}, fmt.Errorf("%w: %s", ErrTaken, holder.Name)
	case holder != nil:
		return *holder, nil
	case contact != uuid.Nil:
		if holder, err = lookUp(ctx, tx, contact); err != nil {
			return Resolved{}, err
		}
		return *holder, claim(ctx, tx, contact, append([]Claim{address}, everywhere...))
	}
	for _, c := range everywhere {
		if holder, err = find(ctx, tx, c, true); err != nil {
			return Resolved{}, err
		}
		if holder != nil {
			return *holder, claim(ctx, tx, holder.ContactID, []Claim{address})
		}
	}
	return Resolve(ctx, tx, address, Known{Claims: everywhere})
}

// known is what an address on a channel says of who has it, wherever else they write from.
func known(address Claim) []Claim {
	if phone, err := NormalPhone(address.Address, ""); err == nil && phone == address.Address {
		return []Claim{{Kind: KindPhone, Address: phone}}
	}
	if email, err := NormalEmail(address.Address); err == nil {
		return []Claim{{Kind: KindEmail, Address: email}}
	}
	return nil
}

func lookUp(ctx context.Context, tx *conversation.Tx, contact uuid.UUID) (*Resolved, error) {
	r := Resolved{ContactID: contact}
	err := tx.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&r.Name, &r.Locale) },
		`select name, locale from contacts where id = $1 and merged_into is null for key share`, contact)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read contact %s: %w", contact, err)
	}
	return &r, nil
}

// Consent notes whether somebody wants to be written to at an address.
func Consent(tx *conversation.Tx, address Claim, optedOut bool) {
	var since *time.Time
	if optedOut {
		since = &tx.Now
	}
	tx.Later(`update identities set opted_out_at = $4 where kind = $1 and realm = $2 and address = $3`, address.Kind, address.Realm, address.Address, since)
}

var errMerging = errors.New("the contact is just being merged")

// find returns who has an address; with proven only somebody who has proven it. A contact found cannot be merged into another
// before the transaction ends.
func find(ctx context.Context, tx *conversation.Tx, c Claim, proven bool) (*Resolved, error) {
	var r Resolved
	var merged bool
	err := tx.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&r.ContactID, &r.Name, &r.Locale, &merged) },
		`select c.id, c.name, c.locale, c.merged_into is not null from identities i join contacts c on c.id = i.contact_id
		 where i.kind = $1 and i.realm = $2 and i.address = $3 and (i.verified or not $4) for key share of c`, c.Kind, c.Realm, c.Address, proven)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("find contact by %s: %w", c.Kind, err)
	case merged:
		// A merge ended while this waited for it: the address has moved.
		return nil, conversation.Retry(errMerging)
	default:
		return &r, nil
	}
}

// claim notes addresses of a contact. A verified claim takes an address from somebody who only claimed it; otherwise an address
// stays whose it is: two people with one verified address are for a person to merge.
func claim(ctx context.Context, tx *conversation.Tx, contact uuid.UUID, claims []Claim) error {
	batch := &pgx.Batch{}
	for _, c := range claims {
		batch.Queue(`insert into identities (id, contact_id, kind, realm, address, verified, since) values ($1, $2, $3, $4, $5, $6, $7)
			on conflict (kind, realm, address) do update set verified = true, contact_id = excluded.contact_id
			where excluded.verified and not identities.verified`,
			conversation.NewID(), contact, c.Kind, c.Realm, c.Address, c.Verified, tx.Now)
	}
	if err := tx.Run(ctx, batch); err != nil {
		return fmt.Errorf("note addresses of contact %s: %w", contact, err)
	}
	return nil
}

// Identity is one address of a contact.
type Identity struct {
	ID       uuid.UUID `db:"id"`
	Kind     string    `db:"kind"`
	Realm    string    `db:"realm"`
	Address  string    `db:"address"`
	Verified bool      `db:"verified"`
	Since    time.Time `db:"since"`
}
