package reports

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"seax/api/spec"
)

// Reader reads the numbers. Safe for concurrent use.
type Reader struct {
	pool  *pgxpool.Pool
	clock func() time.Time

	mu      sync.Mutex
	settled map[ofToday]*settled
}

// NewReader returns a reader; clock is time.Now outside tests.
func NewReader(pool *pgxpool.Pool, clock func() time.Time) *Reader {
	return &Reader{pool: pool, clock: clock, settled: map[ofToday]*settled{}}
}

// values are the counts, in the order of their columns.
func (c *Counts) values() []*int64 {
	v := reflect.ValueOf(c).Elem()
	all := make([]*int64, v.NumField())
	for i := range all {
		all[i] = v.Field(i).Addr().Interface().(*int64) //nolint:forcetypeassert // all are
	}
	return all
}

// sums adds a table's columns up.
func sums(of reflect.Type) string {
	names := columns(of)
	for i, name := range names {
		names[i] = "sum(n." + name + ")::bigint"
	}
	return strings.Join(names, ", ")
}

var (
	countSums = sums(reflect.TypeFor[Counts]())
	timeSums  = sums(reflect.TypeFor[Times]())
)

// lines are the tallies of a report by their key.
type lines map[string]*tally

func (l lines) of(key string) *tally {
	t, ok := l[key]
	if !ok {
		t = newTally()
		l[key] = t
	}
	return t
}

// selection says which rows are wanted and what they are grouped by, in SQL over the table n. join stands behind the table.
type selection struct {
	key, join, where string
	args             []any
	// plain: without the histograms.
	plain bool
}

// counts reads what happened.
func (s selection) counts(ctx context.Context, tx pgx.Tx, into lines) error {
	rows, err := tx.Query(ctx, `select `+s.key+`, `+countSums+` from report_counts n `+s.join+` where `+s.where+` group by 1`, s.args...)
	if err != nil {
		return fmt.Errorf("read counts: %w", err)
	}
	var key string
	var c Counts
	targets := []any{&key}
	for _, v := range c.values() {
		targets = append(targets, v)
	}
	_, err = pgx.ForEachRow(rows, targets, func() error {
		into.of(key).Counts = c
		return nil
	})
	if err != nil {
		return fmt.Errorf("read counts: %w", err)
	}
	var n int64
	if !s.plain {
		rows, err = tx.Query(ctx, `select `+s.key+`, slot, sum(n.n)::bigint from report_answers n `+s.join+` where `+s.where+` group by 1, 2`, s.args...)
		if err != nil {
			return fmt.Errorf("read speeds of answer: %w", err)
		}
		var slot int
		if _, err = pgx.ForEachRow(rows, []any{&key, &slot, &n}, func() error { into.of(key).answers[slot] = n; return nil }); err != nil {
			return fmt.Errorf("read speeds of answer: %w", err)
		}
	}
	rows, err = tx.Query(ctx, `select `+s.key+`, reason, sum(n.n)::bigint from report_rejections n `+s.join+` where `+s.where+` group by 1, 2`, s.args...)
	if err != nil {
		return fmt.Errorf("read rejections: %w", err)
	}
	var reason string
	if _, err = pgx.ForEachRow(rows, []any{&key, &reason, &n}, func() error { into.of(key).rejections[reason] = int(n); return nil }); err != nil {
		return fmt.Errorf("read rejections: %w", err)
	}
	return nil
}

// times reads what agents did with their time.
func (s selection) times(ctx context.Context, tx pgx.Tx, into lines) error {
	rows, err := tx.Query(ctx, `select `+s.key+`, presence, `+timeSums+` from report_times n `+s.join+` where `+s.where+` group by 1, 2`, s.args...)
	if err != nil {
		return fmt.Errorf("read agents' time: %w", err)
	}
	var key, presence string
	var t Times
	_, err = pgx.ForEachRow(rows, []any{&key, &presence, &t.Connected, &t.Staffed, &t.Busy, &t.Worked}, func() error {
		into.of(key).time(presence, t)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read agents' time: %w", err)
	}
	return nil
}

// standing reads how connected agents stand since their newest state that is in the numbers: time that is still passing.
func standing(ctx context.Context, tx pgx.Tx) ([]stand, error) {
	rows, err := tx.Query(ctx, `select a.id, s.at, s.presence, s.offers_work, s.connected, s.handling from agents a cross join lateral (
			select * from agent_states s where s.agent_id = a.id and s.n <= (select n from report_cursor) order by s.n desc limit 1) s where s.connected`)
	if err != nil {
		return nil, fmt.Errorf("read how agents stand: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[stand])
	if err != nil {
		return nil, fmt.Errorf("read how agents stand: %w", err)
	}
	return all, nil
}

// snapshot reads several things as of one moment.
func (r *Reader) snapshot(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, r.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, fn)
}

// Report answers a question. What is wrong with it is an *InvalidError.
func (r *Reader) Report(ctx context.Context, q Query) (spec.Report, error) {
	q.Zone = cmp.Or(q.Zone, "UTC")
	report := spec.Report{By: q.By, TimeZone: q.Zone, Rows: []spec.ReportRow{}}
	report.From.Time, report.To.Time = dateOf(q.From), dateOf(q.To)
	s, err := q.span()
	if err != nil {
		return report, err
	}
	err = r.snapshot(ctx, func(tx pgx.Tx) error {
		if err := q.checkNames(ctx, tx); err != nil {
			return err
		}
		found := lines{}
		if err := r.load(ctx, tx, q, s, found); err != nil {
			return err
		}
		total, err := r.total(ctx, tx, q, s, found)
		if err != nil {
			return err
		}
		report.Total = total.numbers()
		report.Rows, err = q.rows(ctx, tx, s, found)
		return err
	})
	return report, err
}

// checkNames refuses what does not exist.
func (q Query) checkNames(ctx context.Context, tx pgx.Tx) error {
	for _, name := range []struct{ field, value, table string }{
		{"queue", q.Queue, "queues"}, {"channel", q.Channel, "channels"}, {"agent", agentName(q.Agent), "agents"},
	} {
		if name.value == "" {
			continue
		}
		var exists bool
		if err := tx.QueryRow(ctx, `select exists (select from `+name.table+` where id::text = $1)`, name.value).Scan(&exists); err != nil {
			return fmt.Errorf("look for %s %s: %w", name.field, name.value, err)
		}
		if !exists {
			return &InvalidError{name.field, fmt.Sprintf("There is no %s %q.", name.field, name.value)}
		}
	}
	return nil
}

func agentName(id uuid.UUID) string {
	if id == uuid.Nil {
		return ""
	}
	return id.String()
}

// load reads what the question asks for, by key: the number of the period, or an id.
func (r *Reader) load(ctx context.Context, tx pgx.Tx, q Query, s span, into lines) error {
	sel := selection{where: `n.at >= $1 and n.at < $2`, args: []any{s.from(), s.to()}}
	arg := func(v any) string {
		sel.args = append(sel.args, v)
		return "$" + strconv.Itoa(len(sel.args))
	}
	switch q.By {
	case spec.ReportByQueue:
		sel.key = `n.queue_id`
	case spec.ReportByChannel:
		sel.key = `n.channel_id`
	case spec.ReportByAgent:
		sel.key = `n.agent_id::text`
	default:
		sel.key = `width_bucket(n.at, ` + arg(s.starts) + `::timestamptz[])::text`
	}
	switch {
	case q.Agent != uuid.Nil || q.By != spec.ReportByAgent:
		// Without an agent: the rows for everybody.
		sel.where += ` and n.agent_id = ` + arg(q.Agent)
	default:
		sel.where += ` and n.agent_id <> ` + arg(everybody)
	}
	timed := sel
	if q.Queue != "" {
		sel.where += ` and n.queue_id = ` + arg(q.Queue)
	}
	if q.Channel != "" {
		sel.where += ` and n.channel_id = ` + arg(q.Channel)
	}
	if err := sel.counts(ctx, tx, into); err != nil || !q.timed() {
		return err
	}
	if err := timed.times(ctx, tx, into); err != nil {
		return err
	}
	passing, err := standing(ctx, tx)
	if err != nil {
		return err
	}
	for _, one := range passing {
		if q.Agent == uuid.Nil || q.Agent == one.Agent {
			r.pass(one, q, s, into)
		}
	}
	return nil
}

// pass adds the time that is still passing, as far as the report is about it.
func (r *Reader) pass(one stand, q Query, s span, into lines) {
	if one.At.Before(s.from()) {
		one.At = s.from()
	}
	until := r.clock()
	if s.to().Before(until) {
		until = s.to()
	}
	one.spend(until, func(at timePlace, t Times) {
		key := one.Agent.String()
		if q.By != spec.ReportByAgent {
			key = strconv.Itoa(s.find(at.At))
		}
		into.of(key).time(at.Presence, t)
	})
}

// total is everything the report is about in one line.
func (r *Reader) total(ctx context.Context, tx pgx.Tx, q Query, s span, found lines) (*tally, error) {
	if q.By == spec.ReportByAgent && q.Agent == uuid.Nil {
		// What no agent had a part in belongs to it.
		found = lines{}
		q.By = spec.ReportByDay
		if err := r.load(ctx, tx, q, span{location: s.location, starts: s.starts}, found); err != nil {
			return nil, err
		}
	}
	sum := newTally()
	for _, line := range found {
		sum.merge(line)
	}
	return sum, nil
}

// rows puts the lines in order, with names. Periods are all there, also those in which nothing happened.
func (q Query) rows(ctx context.Context, tx pgx.Tx, s span, found lines) ([]spec.ReportRow, error) {
	if q.By == spec.ReportByDay || q.By == spec.ReportByHour {
		rows := make([]spec.ReportRow, len(s.keys))
		for i, key := range s.keys {
			rows[i] = spec.ReportRow{Key: key, Numbers: found.of(strconv.Itoa(i + 1)).numbers()}
		}
		return rows, nil
	}
	names, err := namesOf(ctx, tx, q.By)
	if err != nil {
		return nil, err
	}
	rows := make([]spec.ReportRow, 0, len(found))
	for key, line := range found {
		row := spec.ReportRow{Key: key, Numbers: line.numbers()}
		if name, ok := names[key]; ok {
			row.Name = &name
		}
		rows = append(rows, row)
	}
	title := func(row spec.ReportRow) string {
		if row.Name == nil {
			return ""
		}
		return strings.ToLower(row.Name.En)
	}
	slices.SortFunc(rows, func(a, b spec.ReportRow) int {
		return cmp.Or(cmp.Compare(title(a), title(b)), cmp.Compare(a.Key, b.Key))
	})
	return rows, nil
}

// namesOf reads the names of what a report has lines of.
func namesOf(ctx context.Context, tx pgx.Tx, by spec.ReportBy) (map[string]spec.LocalText, error) {
	sql := map[spec.ReportBy]string{
		spec.ReportByQueue:   `select id, name from queues`,
		spec.ReportByChannel: `select id, jsonb_build_object('en', name) from channels`,
		spec.ReportByAgent:   `select p.id::text, jsonb_build_object('en', p.name) from people p join agents a on a.id = p.id`,
	}[by]
	rows, err := tx.Query(ctx, sql)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	names := map[string]spec.LocalText{}
	var key string
	var name spec.LocalText
	_, err = pgx.ForEachRow(rows, []any{&key, &name}, func() error {
		names[key] = name
		name = spec.LocalText{}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	return names, nil
}
