// Package directory keeps what admins set up: people, skills, queues, presences, articles, canned replies, channels and API
// keys. It speaks the API's types. Every change names the version it was made from; who comes second is told.
package directory

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"seax/connectors"
	"seax/internal/plan"
	"seax/internal/secret"
)

// ErrNotFound says that there is no such entry.
var ErrNotFound = errors.New("no such entry")

// ErrStale says that somebody else has changed the entry since it was read.
var ErrStale = errors.New("somebody else has changed this meanwhile")

// ConflictError says in words why a change does not go together with what is.
type ConflictError struct{ Words string }

func (e *ConflictError) Error() string { return e.Words }

// InvalidError says in words what is wrong with one field.
type InvalidError struct{ Field, Words string }

func (e *InvalidError) Error() string { return e.Field + ": " + e.Words }

// Hooks tell others of changes. Nil functions are not called.
type Hooks struct {
	// Routing: agents, queues, skills or presences have changed; what waits may find somebody now.
	Routing func(ctx context.Context)
	// Person: what is known of a person, or of their keys, has changed.
	Person func(id uuid.UUID)
	// Access: what a person may do may have changed; sockets that are open do not know.
	Access func(id uuid.UUID)
}

// Directory is the admins' side of the database. Safe for concurrent use.
type Directory struct {
	pool     *pgxpool.Pool
	registry *connectors.Registry
	flows    []string
	hooks    Hooks
	clock    func() time.Time
	box      *secret.Box
	accounts *accountCache
}

// New returns a directory. flows are the names channels may choose from; box seals channels' secrets.
func New(pool *pgxpool.Pool, registry *connectors.Registry, flows []string, hooks Hooks, box *secret.Box, clock func() time.Time) *Directory {
	d := &Directory{pool: pool, registry: registry, flows: flows, hooks: hooks, box: box, clock: clock}
	d.accounts = newAccountCache(d.readChannel, clock)
	return d
}

func (d *Directory) routingChanged(ctx context.Context) {
	if d.hooks.Routing != nil {
		d.hooks.Routing(ctx)
	}
}

// change runs fn, which changes an entry, in a transaction, and writes down who has changed what of it. what names the entry in
// errors, with the database's refusals put into words.
func (d *Directory) change(ctx context.Context, e entry, what string, fn func(tx pgx.Tx) error) error {
	err := pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error { return d.noted(ctx, tx, e, fn) })
	if err == nil {
		return nil
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		switch refused.Code {
		case "23505":
			return &ConflictError{what + " exists already."}
		case "23503":
			return &ConflictError{inWords(what, refused)}
		case "22P05", "22021":
			return &InvalidError{"body", "The text holds a character that cannot be stored."}
		}
	}
	if isOurs(err) {
		return err
	}
	return fmt.Errorf("change %s: %w", what, err)
}

func isOurs(err error) bool {
	return errors.Is(err, ErrNotFound) || errors.Is(err, ErrStale) || errors.As(err, new(*ConflictError)) || errors.As(err, new(*InvalidError)) || errors.As(err, new(plan.Problems))
}

// notPresent is how Postgres tells which value refers to nothing, and in which table.
var notPresent = regexp.MustCompile(`\)=\((?:.*, )?([^,]*)\) is not present in table "(\w+)"`)

// inWords says what refers to an entry, or which entry it refers to that does not exist.
func inWords(what string, refused *pgconn.PgError) string {
	if missing := notPresent.FindStringSubmatch(refused.Detail); missing != nil {
		return fmt.Sprintf("%s names %q, which is not among the %s.", what, missing[1], strings.ReplaceAll(missing[2], "_", " "))
	}
	return fmt.Sprintf("%s is still in use by %s.", what, strings.ReplaceAll(refused.TableName, "_", " "))
}

// touched turns the count of an update by id and version into an error.
func touched(ctx context.Context, tx pgx.Tx, tag pgconn.CommandTag, table string, id any) error {
	if tag.RowsAffected() > 0 {
		return nil
	}
	var exists bool
	if err := tx.QueryRow(ctx, `select exists (select from `+table+` where id = $1)`, id).Scan(&exists); err != nil {
		return err
	}
	if exists {
		return ErrStale
	}
	return ErrNotFound
}

// stillAt refuses what is not of a version any more; nil: of any.
func stillAt(ctx context.Context, tx pgx.Tx, table string, id any, version *int) error {
	tag, err := tx.Exec(ctx, `select from `+table+` where id = $1`+ofVersion+` for update`, id, only(version))
	if err != nil {
		return err
	}
	return touched(ctx, tx, tag, table, id)
}

// missed turns the lack of a row, of a statement that writes one by id and version, into an error.
func missed(ctx context.Context, tx pgx.Tx, err error, table string, id any) error {
	if !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	return touched(ctx, tx, pgconn.CommandTag{}, table, id)
}

// querier is a transaction, or the pool.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func value[T any](p *T, fallback T) T {
	if p == nil {
		return fallback
	}
	return *p
}

// version is the one a change was made from; one that no entry can have is as good as none.
func version(p *int) int {
	if v := value(p, 0); v >= 0 && v <= math.MaxInt32 {
		return v
	}
	return 0
}

// only is the version an entry is removed at; nil: whichever it has.
func only(p *int) *int {
	if p == nil {
		return nil
	}
	v := version(p)
	return &v
}

// ofVersion restricts a statement's where to the version in $2, if there is one.
const ofVersion = ` and ($2::integer is null or version = $2)`

func known(name string, all []string) bool { return slices.Contains(all, name) }
