package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"seax/api/spec"
	"seax/internal/conversation"
	"seax/internal/setup"
	"seax/internal/store"
)

// present reads an installation's routing as it is.
func (d *Directory) present(ctx context.Context, tx pgx.Tx) (setup.Present, error) {
	now := setup.Present{ByCondition: map[string][]string{}, Load: map[string]int{}, IDs: map[string]uuid.UUID{}}
	var err error
	if now.Skills, err = readSkills(ctx, tx); err != nil {
		return now, err
	}
	if now.Presences, err = readPresences(ctx, tx, `order by position, id`); err != nil {
		return now, err
	}
	if now.Queues, err = d.readQueues(ctx, tx); err != nil {
		return now, err
	}
	if now.Plans, err = readPlans(ctx, tx, `order by id`); err != nil {
		return now, err
	}
	people, err := readPeople(ctx, tx, `order by lower(p.email)`)
	if err != nil {
		return now, err
	}
	for i := range now.Queues {
		now.Queues[i] = setup.CompleteQueue(now.Queues[i])
	}
	for i := range now.Plans {
		now.Plans[i] = setup.CompletePlan(now.Plans[i])
	}
	for _, p := range people {
		id := setup.Email(p.Email)
		now.IDs[id], now.ByCondition[id] = p.Id, value(p.MemberByCondition, nil)
		now.People = append(now.People, inputOf(p))
	}
	rows, err := tx.Query(ctx, `select p.email, a.load from people p join agents a on a.id = p.id where a.load > 0`)
	if err != nil {
		return now, err
	}
	var email string
	var load int
	_, err = pgx.ForEachRow(rows, []any{&email, &load}, func() error { now.Load[setup.Email(email)] = load; return nil })
	return now, err
}

// inputOf is what one would have to say of a person to have them as they are.
func inputOf(p spec.Person) spec.PersonInput {
	locale := spec.PersonInputLocale(p.Locale)
	delays, attributes := value(p.Delays, map[string]int{}), value(p.Attributes, map[string]any{})
	return spec.PersonInput{
		Email: p.Email, Name: p.Name, Role: p.Role, Locale: &locale, Active: &p.Active, Capacity: &p.Capacity, AutoAccept: p.AutoAccept, Skills: &p.Skills,
		Queues: &p.Queues, Delays: &delays, ChannelLimits: &p.ChannelLimits, Attributes: &attributes, Version: &p.Version,
	}
}

// taken says what else keeps entries from being removed: channels, conversations, people who are in a presence.
func taken(ctx context.Context, tx pgx.Tx, entries []setup.Entry) (map[setup.Entry][]string, error) {
	all := map[setup.Entry][]string{}
	for _, e := range entries {
		sql := map[spec.RoutingKind]string{
			spec.RoutingKindQueue: `select 'channel ' || id from channels where queue_id = $1
				union all select case count(*) when 1 then '1 conversation' else count(*) || ' conversations' end from (select id from conversations where queue_id = $1 union select conversation_id from requests where queue_id = $1) c having count(*) > 0`,
			spec.RoutingKindPlan:     `select 'channel ' || id from channels where plan_id = $1`,
			spec.RoutingKindPresence: `select case count(*) when 1 then 'somebody who is in it' else count(*) || ' people who are in it' end from agents where presence = $1 or next_presence = $1 having count(*) > 0`,
		}[e.Kind]
		if sql == "" {
			continue
		}
		rows, err := tx.Query(ctx, sql, e.ID)
		if err != nil {
			return nil, err
		}
		if all[e], err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// tables are where entries are that can be removed.
var tables = map[spec.RoutingKind]string{
	spec.RoutingKindSkill: "skills", spec.RoutingKindPresence: "presences", spec.RoutingKindQueue: "queues", spec.RoutingKindPlan: "plans",
}

// removeUnused removes an entry that nothing uses, of that version if one is given.
func (d *Directory) removeUnused(ctx context.Context, e setup.Entry, version *int) error {
	what := fmt.Sprintf("The %s %s", e.Kind, e.ID)
	err := d.change(ctx, entry{spec.AuditKind(e.Kind), e.ID}, what, func(tx pgx.Tx) error {
		if err := oneAtATime(ctx, tx); err != nil {
			return err
		}
		// Who has not seen how it is now is told that first, then who uses it.
		if err := stillAt(ctx, tx, tables[e.Kind], e.ID, version); err != nil {
			return err
		}
		now, err := d.present(ctx, tx)
		if err != nil {
			return err
		}
		if now.Taken, err = taken(ctx, tx, []setup.Entry{e}); err != nil {
			return err
		}
		if slices.ContainsFunc(now.Presences, func(p spec.Presence) bool {
			return e.Kind == spec.RoutingKindPresence && p.Id == e.ID && value(p.Builtin, false)
		}) {
			return &ConflictError{"Built-in presences stay."}
		}
		if uses := now.Uses(e); len(uses) > 0 {
			return &ConflictError{fmt.Sprintf("%s is still in use by %s; change that first.", what, strings.Join(uses, ", "))}
		}
		return remove(ctx, tx, e)
	})
	if err == nil {
		d.routingChanged(ctx)
	}
	return err
}

func remove(ctx context.Context, tx pgx.Tx, e setup.Entry) error {
	tag, err := tx.Exec(ctx, `delete from `+tables[e.Kind]+` where id = $1`, e.ID)
	if err != nil {
		return err
	}
	return touched(ctx, tx, tag, tables[e.Kind], e.ID)
}

// ExportRouting reads what a routing file says: everything, people without their passwords; entries' versions if asked for.
func (d *Directory) ExportRouting(ctx context.Context, versions bool) (setup.File, error) {
	var f setup.File
	err := pgx.BeginTxFunc(ctx, d.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		now, err := d.present(ctx, tx)
		f = now.File
		return err
	})
	if err != nil {
		return f, fmt.Errorf("export routing: %w", err)
	}
	if !versions {
		f = f.WithoutVersions()
	}
	return f, nil
}

// Application is how a routing file is put in place.
type Application struct {
	// By is who does it, Name how they are called in the audit trail. No ID: somebody who is nobody here, at a command line.
	By     uuid.UUID
	Name   string
	Reason string
	// Prune removes what lists of the file leave out. DryRun changes nothing.
	Prune, DryRun bool
	// Expect is the hash of the difference that was seen; if something else would change now, nothing is. "": whatever it is.
	Expect string
}

// applyAttempts bounds how often a file is applied anew when others were in the way.
const applyAttempts = 5

// ApplyRouting puts a routing file in place, as a whole or not at all, and says what that has changed, or would change. Errors:
// setup.Problems is everything that is wrong, *setup.StaleError says what somebody else has changed meanwhile.
func (d *Directory) ApplyRouting(ctx context.Context, file *setup.Source, how Application) (spec.RoutingDifference, error) {
	var c setup.Change
	var people []uuid.UUID
	var err error
	for range applyAttempts {
		err = pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) (err error) {
			c, people, err = d.applyRouting(ctx, tx, file, how)
			return err
		})
		if !store.Retryable(err) {
			break
		}
	}
	if errors.As(err, new(setup.Problems)) || errors.As(err, new(*setup.StaleError)) || errors.As(err, new(*ConflictError)) {
		return spec.RoutingDifference{}, err
	}
	if err != nil {
		return spec.RoutingDifference{}, fmt.Errorf("apply routing file: %w", err)
	}
	for _, id := range people {
		d.accessChanged(id)
	}
	if c.Applied && len(c.Changed()) > 0 {
		d.routingChanged(ctx)
	}
	return c.RoutingDifference, nil
}

// access are the fields of a person that say what they may do, and as whom they are known.
var access = []string{"active", "locale", "name", "role"}

// applyRouting applies a file in a transaction. people are those of whom something has changed that others remember.
func (d *Directory) applyRouting(ctx context.Context, tx pgx.Tx, file *setup.Source, how Application) (c setup.Change, people []uuid.UUID, err error) {
	if !how.DryRun {
		if err := oneAtATime(ctx, tx); err != nil {
			return c, nil, err
		}
	}
	now, err := d.present(ctx, tx)
	if err != nil {
		return c, nil, err
	}
	if now.Taken, err = taken(ctx, tx, file.Removed(now, how.Prune)); err != nil {
		return c, nil, err
	}
	for email, id := range now.IDs {
		if id == how.By {
			now.Me = email
		}
	}
	if c, err = file.Compare(now, how.Prune); err != nil {
		return c, nil, err
	}
	if how.Expect != "" && how.Expect != c.Hash {
		return c, nil, &setup.StaleError{Words: "Something else would change by now than what was shown. Look at the difference again."}
	}
	if how.DryRun {
		return c, nil, nil
	}
	for _, e := range c.Changed() {
		if err := d.put(ctx, tx, e, c, now); err != nil {
			return c, nil, meanwhile(e, err)
		}
		concerns := func(f spec.RoutingField) bool { return slices.Contains(access, f.Path) }
		if id, known := now.IDs[e.Id]; known && e.Kind == spec.RoutingKindPerson && slices.ContainsFunc(e.Fields, concerns) {
			people = append(people, id)
		}
	}
	c.Applied = true
	return c, people, audit(ctx, tx, c, how)
}

// put carries out one entry's change.
func (d *Directory) put(ctx context.Context, tx pgx.Tx, e spec.RoutingChange, c setup.Change, now setup.Present) (err error) {
	isNew := e.Action == spec.RoutingChangeActionAdded
	if e.Action == spec.RoutingChangeActionRemoved {
		return remove(ctx, tx, setup.Entry{Kind: e.Kind, ID: e.Id})
	}
	switch e.Kind {
	case spec.RoutingKindSkill:
		_, err = writeSkill(ctx, tx, *c.Skills[e.Id], isNew)
	case spec.RoutingKindPresence:
		err = writePresence(ctx, tx, c.Presences[e.Id], isNew)
	case spec.RoutingKindQueue:
		_, err = d.writeQueue(ctx, tx, *c.Queues[e.Id], isNew)
	case spec.RoutingKindPlan:
		err = writePlan(ctx, tx, *c.Plans[e.Id], isNew)
	case spec.RoutingKindPerson:
		p := c.People[e.Id]
		if isNew {
			err = insertPerson(ctx, tx, conversation.NewID(), *p, p.Email, "")
		} else {
			err = updatePerson(ctx, tx, now.IDs[e.Id], *p, p.Email, "")
		}
	}
	return err
}

// meanwhile makes of what the database refuses, though it was checked, that somebody else was there first.
func meanwhile(e spec.RoutingChange, err error) error {
	var refused *pgconn.PgError
	if errors.Is(err, ErrStale) || errors.Is(err, ErrNotFound) || errors.As(err, &refused) && (refused.Code == "23505" || refused.Code == "23503") {
		return &setup.StaleError{Words: fmt.Sprintf("Somebody has changed the %s %s, or what it has to do with, at the same moment. Try again.", e.Kind, e.Id)}
	}
	return err
}

// audit writes down who has applied a file, why, and what that has changed.
func audit(ctx context.Context, tx pgx.Tx, c setup.Change, how Application) error {
	if len(c.Changed()) == 0 {
		return nil
	}
	var by *uuid.UUID
	if how.By != uuid.Nil {
		by = &how.By
	}
	_, err := tx.Exec(ctx, `insert into audit (person, name, action, subject, detail, reason) values ($1, $2, 'routing.apply', 'routing file', $3, $4)`,
		by, how.Name, map[string]any{"entries": c.Changed(), "prune": how.Prune}, how.Reason)
	return err
}
