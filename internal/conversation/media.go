package conversation

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// PendingFile is a file of a message that a provider has and we do not yet.
type PendingFile struct {
	// ID is the attachment's.
	ID uuid.UUID
	// Ref is what the connector knows it by.
	Ref json.RawMessage
}

// PendingFiles lists the files of a message that are to be fetched, and the account whose provider has them.
func (l *Log) PendingFiles(ctx context.Context, conversation uuid.UUID, seq int64) (files []PendingFile, channelID string, err error) {
	batch := &pgx.Batch{}
	batch.Queue(`select channel_id from conversations where id = $1`, conversation).QueryRow(func(row pgx.Row) error { return row.Scan(&channelID) })
	batch.Queue(`select id, ref from media where conversation_id = $1 and seq = $2 and state = 'pending' order by id`, conversation, seq).Query(func(rows pgx.Rows) (err error) {
		files, err = pgx.CollectRows(rows, pgx.RowToStructByPos[PendingFile])
		return err
	})
	if err := l.pool.SendBatch(ctx, batch).Close(); err != nil {
		return nil, "", fmt.Errorf("read files of message %d of conversation %s: %w", seq, conversation, err)
	}
	return files, channelID, nil
}

// SettleFile records that a pending file has come, or (with a State) why it will not. The message's own event shows it from then on;
// AttachmentDone tells those who have read it before. A file of a message that was taken back meanwhile changes nothing.
func (l *Log) SettleFile(ctx context.Context, conversation uuid.UUID, seq int64, file Attachment) error {
	return l.Do(ctx, fmt.Sprintf("record file %s of message %d", file.ID, seq), func(ctx context.Context, tx *Tx) error {
		c, err := tx.Lock(ctx, conversation)
		if err != nil {
			return err
		}
		state := "stored"
		if file.State != "" {
			state = file.State
		}
		settled, err := tx.Exec(ctx, `update media set state = $2 where id = $1 and state = 'pending'`, file.ID, state)
		if err != nil || settled == 0 {
			return err
		}
		tx.Later(`update conversation_events set body = jsonb_set(body, '{attachments}', (
				select jsonb_agg(case when a->>'id' = $3 then (a - 'state') || $4 else a end order by n) from jsonb_array_elements(body->'attachments') with ordinality x (a, n)))
			where conversation_id = $1 and seq = $2 and body ? 'attachments'`, conversation, seq, file.ID.String(), file)
		_, err = tx.Append(c, Draft{Kind: AttachmentDone, Actor: System, Body: AttachmentUpdate{MessageSeq: seq, Attachment: file}})
		return err
	})
}

// Named notes what a channel says of a customer about whom nothing was known; what is known stays.
func (l *Log) Named(ctx context.Context, conversation uuid.UUID, name, locale string) error {
	return l.Do(ctx, fmt.Sprintf("name the customer of conversation %s", conversation), func(ctx context.Context, tx *Tx) error {
		c, err := tx.Lock(ctx, conversation)
		if err != nil {
			return err
		}
		tx.Later(`update contacts set name = case when name = '' then $2 else name end, locale = case when locale = '' then $3 else locale end, version = version + 1
			where id = $1`, c.ContactID, name, locale)
		tx.Save(c)
		return nil
	})
}
