package dispatch

import (
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// timeOrPast scans a time; '-infinity' becomes the zero time.
type timeOrPast struct{ into *time.Time }

// ScanTimestamptz implements pgtype.TimestamptzScanner.
func (t *timeOrPast) ScanTimestamptz(v pgtype.Timestamptz) error {
	*t.into = time.Time{}
	if v.Valid && v.InfinityModifier == pgtype.Finite {
		*t.into = v.Time.UTC()
	}
	return nil
}
