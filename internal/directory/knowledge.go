package directory

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/api/spec"
	"seax/internal/conversation"
)

const articleColumns = `id, locale, title, body, keywords, published, updated_at, version`

func scanArticle(row pgx.CollectableRow) (spec.Article, error) {
	var a spec.Article
	err := row.Scan(&a.Id, &a.Locale, &a.Title, &a.Body, &a.Keywords, &a.Published, &a.UpdatedAt, &a.Version)
	return a, err
}

// Articles lists articles by words in them, and by language; "" does not restrict.
func (d *Directory) Articles(ctx context.Context, query, locale string) ([]spec.Article, error) {
	like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.TrimSpace(query)) + "%"
	rows, err := d.pool.Query(ctx, `select `+articleColumns+` from articles
		where ($1 = '' or locale = $1) and (title ilike $2 or body ilike $2 or keywords ilike $2) order by title, locale limit 1000`, locale, like)
	if err != nil {
		return nil, fmt.Errorf("list articles: %w", err)
	}
	return pgx.CollectRows(rows, scanArticle)
}

// CreateArticle adds an article.
func (d *Directory) CreateArticle(ctx context.Context, in spec.ArticleInput) (spec.Article, error) {
	var a spec.Article
	id := conversation.NewID()
	err := d.change(ctx, entry{spec.AuditKindArticle, id.String()}, "The article", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `insert into articles (id, locale, title, body, keywords, published, updated_at) values ($1, $2, $3, $4, $5, $6, $7) returning `+articleColumns,
			id, in.Locale, in.Title, in.Body, value(in.Keywords, ""), value(in.Published, true), d.clock())
		if err != nil {
			return err
		}
		a, err = pgx.CollectExactlyOneRow(rows, scanArticle)
		return err
	})
	return a, err
}

// UpdateArticle changes an article.
func (d *Directory) UpdateArticle(ctx context.Context, id uuid.UUID, in spec.ArticleInput) (spec.Article, error) {
	var a spec.Article
	err := d.change(ctx, entry{spec.AuditKindArticle, id.String()}, "The article", func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update articles set locale = $3, title = $4, body = $5, keywords = coalesce($6, keywords), published = coalesce($7, published),
			updated_at = $8, version = version + 1 where id = $1 and version = $2`,
			id, version(in.Version), in.Locale, in.Title, in.Body, in.Keywords, in.Published, d.clock())
		if err != nil {
			return err
		}
		if err := touched(ctx, tx, tag, "articles", id); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `select `+articleColumns+` from articles where id = $1`, id)
		if err != nil {
			return err
		}
		a, err = pgx.CollectExactlyOneRow(rows, scanArticle)
		return err
	})
	return a, err
}

// DeleteArticle removes an article.
func (d *Directory) DeleteArticle(ctx context.Context, id uuid.UUID, version *int) error {
	return d.remove(ctx, spec.AuditKindArticle, "articles", "The article", id, version)
}

func (d *Directory) remove(ctx context.Context, kind spec.AuditKind, table, what string, id uuid.UUID, version *int) error {
	return d.change(ctx, entry{kind, id.String()}, what, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `delete from `+table+` where id = $1`+ofVersion, id, only(version))
		if err != nil {
			return err
		}
		return touched(ctx, tx, tag, table, id)
	})
}

const cannedColumns = `id, shortcut, locale, title, body, version`

func scanCanned(row pgx.CollectableRow) (spec.CannedReply, error) {
	var c spec.CannedReply
	err := row.Scan(&c.Id, &c.Shortcut, &c.Locale, &c.Title, &c.Body, &c.Version)
	return c, err
}

// CannedReplies lists ready-made replies.
func (d *Directory) CannedReplies(ctx context.Context) ([]spec.CannedReply, error) {
	rows, err := d.pool.Query(ctx, `select `+cannedColumns+` from canned_replies order by shortcut, locale`)
	if err != nil {
		return nil, fmt.Errorf("list canned replies: %w", err)
	}
	return pgx.CollectRows(rows, scanCanned)
}

// CreateCannedReply adds a ready-made reply.
func (d *Directory) CreateCannedReply(ctx context.Context, in spec.CannedReplyInput) (spec.CannedReply, error) {
	var c spec.CannedReply
	id := conversation.NewID()
	err := d.change(ctx, entry{spec.AuditKindReply, id.String()}, fmt.Sprintf("/%s (%s)", in.Shortcut, in.Locale), func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `insert into canned_replies (id, shortcut, locale, title, body) values ($1, $2, $3, $4, $5) returning `+cannedColumns,
			id, in.Shortcut, in.Locale, in.Title, in.Body)
		if err != nil {
			return err
		}
		c, err = pgx.CollectExactlyOneRow(rows, scanCanned)
		return err
	})
	return c, err
}

// UpdateCannedReply changes a ready-made reply.
func (d *Directory) UpdateCannedReply(ctx context.Context, id uuid.UUID, in spec.CannedReplyInput) (spec.CannedReply, error) {
	var c spec.CannedReply
	err := d.change(ctx, entry{spec.AuditKindReply, id.String()}, fmt.Sprintf("/%s (%s)", in.Shortcut, in.Locale), func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update canned_replies set shortcut = $3, locale = $4, title = $5, body = $6, version = version + 1 where id = $1 and version = $2`,
			id, version(in.Version), in.Shortcut, in.Locale, in.Title, in.Body)
		if err != nil {
			return err
		}
		if err := touched(ctx, tx, tag, "canned_replies", id); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `select `+cannedColumns+` from canned_replies where id = $1`, id)
		if err != nil {
			return err
		}
		c, err = pgx.CollectExactlyOneRow(rows, scanCanned)
		return err
	})
	return c, err
}

// DeleteCannedReply removes a ready-made reply.
func (d *Directory) DeleteCannedReply(ctx context.Context, id uuid.UUID, version *int) error {
	return d.remove(ctx, spec.AuditKindReply, "canned_replies", "The reply", id, version)
}
