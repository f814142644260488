// Package wallboard keeps screens on the wall: each has a token that shows some queues' numbers to whoever has it, without
// signing in, and nothing else. Tokens are kept as hashes and are shown once.
package wallboard

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"seax/api/spec"
	"seax/internal/conversation"
)

// What a caller may decide on.
var (
	// ErrUnknown: the token is none, or revoked, or its time is over.
	ErrUnknown = errors.New("this wallboard does not exist (any more)")
	// ErrNotFound: there is no wallboard of that id.
	ErrNotFound = errors.New("no such wallboard")
)

// InvalidError says in words what is wrong with one field.
type InvalidError struct{ Field, Words string }

func (e *InvalidError) Error() string { return e.Field + ": " + e.Words }

// Sources read what screens show.
type Sources struct {
	Live      func(ctx context.Context) (spec.Live, error)
	Today     func(ctx context.Context) (spec.Today, error)
	Presences func(ctx context.Context) ([]spec.Presence, error)
	// Revoked is told whose screens must be closed; may be nil.
	Revoked func(id uuid.UUID)
}

// Boards keeps wallboards. Safe for concurrent use.
type Boards struct {
	pool    *pgxpool.Pool
	sources Sources
	clock   func() time.Time

	mu sync.Mutex
	// live and today are what was read last for somebody who asked, at readAt.
	live   spec.Live
	today  spec.Today
	readAt time.Time
}

// freshFor is how long numbers that were read for one who asks are good for the next: however often somebody asks, it does not
// cost more.
const freshFor = time.Second

// New returns the wallboards of an installation. clock is time.Now outside tests.
func New(pool *pgxpool.Pool, sources Sources, clock func() time.Time) *Boards {
	return &Boards{pool: pool, sources: sources, clock: clock}
}

// Tokens are "wall_", a name of nameLength characters by which they are found, and a secret.
const (
	scheme     = "wall_"
	nameLength = 8
)

func newToken() (token string, err error) {
	secret := make([]byte, 36)
	if _, err := rand.Read(secret); err != nil {
		return "", fmt.Errorf("make token: %w", err)
	}
	return scheme + base64.RawURLEncoding.EncodeToString(secret), nil
}

// nameOf is the part of a token by which it is found; "": it is none.
func nameOf(token string) string {
	if rest, ok := strings.CutPrefix(token, scheme); ok && len(rest) > nameLength {
		return token[:len(scheme)+nameLength]
	}
	return ""
}

const columns = `w.id, w.name, w.prefix, w.queues, w.show_agents, w.language, w.theme, p.name, w.created_at, w.expires_at, w.revoked_at
	from wallboards w left join people p on p.id = w.created_by `

func scan(row pgx.CollectableRow) (spec.Wallboard, error) {
	var b spec.Wallboard
	err := row.Scan(&b.Id, &b.Name, &b.Prefix, &b.Queues, &b.ShowAgents, &b.Language, &b.Theme, &b.CreatedBy, &b.CreatedAt, &b.ExpiresAt, &b.RevokedAt)
	return b, err
}

// All lists the wallboards there are and were, newest first.
func (b *Boards) All(ctx context.Context) ([]spec.Wallboard, error) {
	rows, err := b.pool.Query(ctx, `select `+columns+`order by w.created_at desc, w.id`)
	if err != nil {
		return nil, fmt.Errorf("list wallboards: %w", err)
	}
	return pgx.CollectRows(rows, scan)
}

// Create makes a wallboard; its token is returned this one time. It is audited.
func (b *Boards) Create(ctx context.Context, by conversation.Person, in spec.WallboardInput) (spec.Wallboard, string, error) {
	theme := spec.WallboardThemeAuto
	if in.Theme != nil {
		theme = *in.Theme
	}
	if in.ExpiresAt != nil && !in.ExpiresAt.After(b.clock()) {
		return spec.Wallboard{}, "", &InvalidError{"expires_at", "The time at which it expires must be in the future."}
	}
	if strings.TrimSpace(in.Name) == "" {
		return spec.Wallboard{}, "", &InvalidError{"name", "Give the wallboard a name."}
	}
	token, err := newToken()
	if err != nil {
		return spec.Wallboard{}, "", err
	}
	hash := sha256.Sum256([]byte(token))
	id := conversation.NewID()
	var made spec.Wallboard
	err = pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		if err := checkQueues(ctx, tx, in.Queues); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into wallboards (id, name, token_hash, prefix, queues, show_agents, language, theme, created_by, created_at, expires_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, id, strings.TrimSpace(in.Name), hash[:], nameOf(token), in.Queues,
			in.ShowAgents != nil && *in.ShowAgents, in.Language, theme, by.ID, b.clock(), in.ExpiresAt)
		if err != nil {
			return err
		}
		if err := audit(ctx, tx, by, "wallboard.create", id, map[string]any{"name": in.Name, "queues": in.Queues, "show_agents": in.ShowAgents, "expires_at": in.ExpiresAt}, b.clock()); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `select `+columns+`where w.id = $1`, id)
		if err != nil {
			return err
		}
		made, err = pgx.CollectExactlyOneRow(rows, scan)
		return err
	})
	if err != nil {
		return spec.Wallboard{}, "", fmt.Errorf("create wallboard: %w", err)
	}
	return made, token, nil
}

func checkQueues(ctx context.Context, tx pgx.Tx, queues []string) error {
	rows, err := tx.Query(ctx, `select q from unnest($1::text[]) q where not exists (select from queues where id = q)`, queues)
	if err != nil {
		return err
	}
	missing, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err == nil && len(missing) > 0 {
		err = &InvalidError{"queues", fmt.Sprintf("There is no queue %q.", missing[0])}
	}
	return err
}

func audit(ctx context.Context, tx pgx.Tx, by conversation.Person, action string, id uuid.UUID, detail map[string]any, at time.Time) error {
	_, err := tx.Exec(ctx, `insert into audit (at, person, name, action, subject, detail) values ($1, $2, $3, $4, $5, $6)`, at, by.ID, by.Name, action, id.String(), detail)
	return err
}

// Revoke ends a wallboard's token; its screens are closed. Revoking again is no error. It is audited.
func (b *Boards) Revoke(ctx context.Context, by conversation.Person, id uuid.UUID) error {
	err := pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		var name string
		var before *time.Time
		err := tx.QueryRow(ctx, `select name, revoked_at from wallboards where id = $1 for update`, id).Scan(&name, &before)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil || before != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update wallboards set revoked_at = $2 where id = $1`, id, b.clock()); err != nil {
			return err
		}
		return audit(ctx, tx, by, "wallboard.revoke", id, map[string]any{"name": name}, b.clock())
	})
	if err != nil {
		return fmt.Errorf("revoke wallboard %s: %w", id, err)
	}
	if b.sources.Revoked != nil {
		b.sources.Revoked(id)
	}
	return nil
}

// Open recognises a token. ErrUnknown says that it shows nothing (any more).
func (b *Boards) Open(ctx context.Context, token string) (spec.Wallboard, error) {
	name := nameOf(token)
	if name == "" {
		return spec.Wallboard{}, ErrUnknown
	}
	var hash []byte
	var id uuid.UUID
	err := b.pool.QueryRow(ctx, `select id, token_hash from wallboards where prefix = $1`, name).Scan(&id, &hash)
	if errors.Is(err, pgx.ErrNoRows) {
		return spec.Wallboard{}, ErrUnknown
	}
	if err != nil {
		return spec.Wallboard{}, fmt.Errorf("find wallboard: %w", err)
	}
	given := sha256.Sum256([]byte(token))
	if subtle.ConstantTimeCompare(given[:], hash) != 1 {
		return spec.Wallboard{}, ErrUnknown
	}
	return b.inUse(ctx, id)
}

// inUse reads a wallboard that is neither revoked nor expired.
func (b *Boards) inUse(ctx context.Context, id uuid.UUID) (spec.Wallboard, error) {
	rows, err := b.pool.Query(ctx, `select `+columns+`where w.id = $1 and w.revoked_at is null and (w.expires_at is null or w.expires_at > $2)`, id, b.clock())
	if err != nil {
		return spec.Wallboard{}, fmt.Errorf("read wallboard %s: %w", id, err)
	}
	board, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return board, ErrUnknown
	}
	if err != nil {
		return board, fmt.Errorf("read wallboard %s: %w", id, err)
	}
	return board, nil
}

// View is what a wallboard shows now.
func (b *Boards) View(ctx context.Context, board spec.Wallboard) (spec.WallboardView, error) {
	live, today, err := b.numbers(ctx)
	if err != nil {
		return spec.WallboardView{}, err
	}
	views, err := b.Show(ctx, []spec.Wallboard{board}, live, today)
	if err != nil {
		return spec.WallboardView{}, err
	}
	return views[0], nil
}

func (b *Boards) numbers(ctx context.Context) (spec.Live, spec.Today, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if age := b.clock().Sub(b.readAt); age >= 0 && age < freshFor {
		return b.live, b.today, nil
	}
	live, err := b.sources.Live(ctx)
	if err != nil {
		return spec.Live{}, spec.Today{}, err
	}
	today, err := b.sources.Today(ctx)
	if err != nil {
		return spec.Live{}, spec.Today{}, err
	}
	b.live, b.today, b.readAt = live, today, b.clock()
	return live, today, nil
}

// Show is what wallboards show when these are the numbers.
func (b *Boards) Show(ctx context.Context, boards []spec.Wallboard, live spec.Live, today spec.Today) ([]spec.WallboardView, error) {
	presences := map[string]spec.Presence{}
	if slices.ContainsFunc(boards, func(board spec.Wallboard) bool { return board.ShowAgents }) {
		all, err := b.sources.Presences(ctx)
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			presences[p.Id] = p
		}
	}
	views := make([]spec.WallboardView, len(boards))
	for i, board := range boards {
		views[i] = show(board, live, today, presences)
	}
	return views, nil
}

// show picks what a wallboard may show out of everything there is: the queues it was made for, and agents only if it was made to.
func show(board spec.Wallboard, live spec.Live, today spec.Today, presences map[string]spec.Presence) spec.WallboardView {
	view := spec.WallboardView{Name: board.Name, Language: board.Language, Theme: board.Theme, Queues: []spec.WallboardQueue{}, At: live.At}
	for _, id := range board.Queues {
		at := slices.IndexFunc(live.Queues, func(q spec.QueueLive) bool { return q.Id == id })
		if at < 0 {
			continue
		}
		view.Queues = append(view.Queues, queue(live.Queues[at], today))
	}
	if !board.ShowAgents {
		return view
	}
	agents := []spec.WallboardAgent{}
	for _, a := range live.Agents {
		if !slices.ContainsFunc(a.Queues, func(q string) bool { return slices.Contains(board.Queues, q) }) {
			continue
		}
		presence := presences[a.State.Presence]
		agents = append(agents, spec.WallboardAgent{
			Name: a.Name, Presence: presence.Label, OffersWork: presence.OffersWork, Connected: a.State.Connected, Since: a.State.PresenceSince, Active: a.Active + a.Wrapping,
		})
	}
	view.Agents = &agents
	return view
}

func queue(q spec.QueueLive, today spec.Today) spec.WallboardQueue {
	shown := spec.WallboardQueue{
		Id: q.Id, Name: q.Name, Open: q.Open, Waiting: q.Waiting, Offered: q.Offered, LongestWaitingSince: q.LongestWaitingSince, Active: q.Active,
		AgentsFree: q.AgentsFree, AgentsAvailable: q.AgentsAvailable, EstimatedWaitS: q.EstimatedWaitS,
	}
	if at := slices.IndexFunc(today.Queues, func(t spec.QueueToday) bool { return t.Id == q.Id }); at >= 0 {
		n := today.Queues[at].Numbers
		shown.Entered, shown.Answered, shown.Abandoned, shown.ServiceLevel, shown.AnswerS = n.Entered, n.Answered, n.Abandoned, n.ServiceLevel, n.AnswerS
	}
	return shown
}
