package reports

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Rebuilt says what numbers were made from.
type Rebuilt struct{ Conversations, States int }

// Rebuild makes all numbers anew from the whole log. Until it is done everybody reads the old ones; what happens meanwhile is
// counted afterwards.
func Rebuild(ctx context.Context, pool *pgxpool.Pool, logger *slog.Logger) (Rebuilt, error) {
	var done Rebuilt
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return done, fmt.Errorf("rebuild reports: %w", err)
	}
	defer conn.Release()
	// The snapshot must be taken after the last change of the numbers, so the lock comes before the transaction.
	if _, err := conn.Exec(ctx, `select pg_advisory_lock($1)`, projectLock); err != nil {
		return done, fmt.Errorf("rebuild reports: wait for one's turn: %w", err)
	}
	defer func() { _, _ = conn.Exec(context.WithoutCancel(ctx), `select pg_advisory_unlock($1)`, projectLock) }()
	p := NewProjector(pool, logger, func() {})
	err = pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) (err error) {
		done, err = p.rebuild(ctx, tx)
		return err
	})
	if err != nil {
		return done, fmt.Errorf("rebuild reports: %w", err)
	}
	return done, nil
}

func (p *Projector) rebuild(ctx context.Context, tx pgx.Tx) (Rebuilt, error) {
	var done Rebuilt
	batch := &pgx.Batch{}
	// It takes as long as it takes.
	batch.Queue(`set local statement_timeout = 0`)
	batch.Queue(`set local idle_in_transaction_session_timeout = 0`)
	for _, table := range []string{"report_inbox", "report_progress", "report_counts", "report_answers", "report_rejections", "report_times"} {
		batch.Queue(`delete from ` + table)
	}
	batch.Queue(`update report_cursor set n = 0`)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return done, fmt.Errorf("remove the old numbers: %w", err)
	}
	for last := uuid.Nil; ; {
		page, err := conversationsAfter(ctx, tx, last)
		if err != nil {
			return done, err
		}
		if len(page) == 0 {
			break
		}
		all := make(map[uuid.UUID]*known, len(page))
		for i := range page {
			all[page[i].id] = &page[i]
		}
		l := newLedger()
		if err := p.fold(ctx, tx, l, all); err != nil {
			return done, err
		}
		if err := l.write(ctx, tx); err != nil {
			return done, err
		}
		last = page[len(page)-1].id
		done.Conversations += len(page)
	}
	for read := pageSize; read == pageSize; done.States += read {
		l := newLedger()
		var err error
		if read, err = p.agents(ctx, tx, l); err != nil {
			return done, err
		}
		if err := l.write(ctx, tx); err != nil {
			return done, err
		}
	}
	return done, nil
}

func conversationsAfter(ctx context.Context, tx pgx.Tx, last uuid.UUID) ([]known, error) {
	rows, err := tx.Query(ctx, `select id, channel_id from conversations where id > $1 order by id limit $2`, last, pageSize)
	if err != nil {
		return nil, fmt.Errorf("read conversations: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (known, error) {
		var k known
		err := row.Scan(&k.id, &k.channel)
		return k, err
	})
}
