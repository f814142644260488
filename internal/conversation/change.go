package conversation

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Forget empties a message that was taken back: what it said is gone from the log, its files with it. The caller appends
// MessageDeleted, by which screens know.
func Forget(ctx context.Context, tx *Tx, c *Conversation, seq int64) error {
	var m Message
	var kind Kind
	err := tx.QueryRow(ctx, func(row pgx.Row) error { return row.Scan(&kind, &m) },
		`select kind, body from conversation_events where conversation_id = $1 and seq = $2`, c.ID, seq)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read message %d of conversation %s: %w", seq, c.ID, err)
	}
	if !kind.Message() {
		return nil
	}
	if c.Preview == preview(m) {
		c.Preview = ""
	}
	tx.Later(`update conversation_events set body = '{}' where conversation_id = $1 and seq = $2`, c.ID, seq)
	tx.Later(`update conversation_events set body = jsonb_build_object('message_seq', $2::bigint) where conversation_id = $1 and kind = 'message.edited' and body->'message_seq' = to_jsonb($2::bigint)`, c.ID, seq)
	for _, a := range m.Attachments {
		// The content goes when orphans are looked for.
		tx.Later(`delete from files where id = $1`, a.ID)
		tx.Later(`delete from media where id = $1`, a.ID)
	}
	return nil
}
