package reports

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"seax/internal/conversation"
)

// projectLock is the advisory lock of whoever changes the numbers.
const projectLock = 0x5eb

const (
	// pageSize is how much of the log one transaction takes in at most.
	pageSize = 1000
	// atMostEvery bounds how often the numbers are brought up to date: what comes meanwhile goes together.
	atMostEvery = 250 * time.Millisecond
	// sweepEvery is how often one looks for what a dead process left.
	sweepEvery = 10 * time.Second
)

// Projector brings the numbers up to date with what is committed. It implements conversation.Sink. Any number of processes may
// run one; they take turns.
type Projector struct {
	pool    *pgxpool.Pool
	logger  *slog.Logger
	changed func()
	wake    chan struct{}
}

// NewProjector returns a projector. changed is called after numbers have changed; it must not block.
func NewProjector(pool *pgxpool.Pool, logger *slog.Logger, changed func()) *Projector {
	return &Projector{pool: pool, logger: logger, changed: changed, wake: make(chan struct{}, 1)}
}

// Committed implements conversation.Sink.
func (p *Projector) Committed(commit conversation.Commit) {
	counts := len(commit.Agents) > 0
	for _, change := range commit.Changes {
		for _, e := range change.Events {
			counts = counts || e.Kind.Counted()
		}
	}
	if !counts {
		return
	}
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Run follows the log until the context ends.
func (p *Projector) Run(ctx context.Context) error {
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	for {
		if err := p.CatchUp(ctx); err != nil && ctx.Err() == nil {
			p.logger.Warn("bring reports up to date", "error", err)
		}
		rest := time.NewTimer(atMostEvery)
		select {
		case <-ctx.Done():
			rest.Stop()
			return nil
		case <-rest.C:
		}
		select {
		case <-ctx.Done():
			return nil
		case <-p.wake:
		case <-sweep.C:
		}
	}
}

// CatchUp takes in everything that is committed by now.
func (p *Projector) CatchUp(ctx context.Context) error {
	for more := true; more; {
		var l *ledger
		err := pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) (err error) {
			if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, projectLock); err != nil {
				return fmt.Errorf("wait for one's turn: %w", err)
			}
			l, more, err = p.page(ctx, tx)
			return err
		})
		if err != nil {
			return err
		}
		if !l.empty() {
			p.changed()
		}
	}
	return nil
}

// page takes in what fits into one transaction; more says that there may be more.
func (p *Projector) page(ctx context.Context, tx pgx.Tx) (*ledger, bool, error) {
	l := newLedger()
	rows, err := tx.Query(ctx, `delete from report_inbox where (conversation_id, seq) in (select conversation_id, seq from report_inbox limit $1) returning conversation_id`, pageSize)
	if err != nil {
		return l, false, fmt.Errorf("take what is to be counted: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return l, false, fmt.Errorf("take what is to be counted: %w", err)
	}
	if err := p.conversations(ctx, tx, l, ids); err != nil {
		return l, false, err
	}
	states, err := p.agents(ctx, tx, l)
	if err != nil {
		return l, false, err
	}
	return l, len(ids) == pageSize || states == pageSize, l.write(ctx, tx)
}

// known is how far a conversation is in the numbers.
type known struct {
	id       uuid.UUID
	channel  string
	seq      int64
	progress *progress
}

// conversations takes in what is new in some conversations.
func (p *Projector) conversations(ctx context.Context, tx pgx.Tx, l *ledger, ids []uuid.UUID) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `select c.id, c.channel_id, coalesce(r.seq, 0), r.progress from conversations c left join report_progress r on r.conversation_id = c.id where c.id = any($1)`, ids)
	if err != nil {
		return fmt.Errorf("read how far conversations are counted: %w", err)
	}
	all := map[uuid.UUID]*known{}
	var k known
	_, err = pgx.ForEachRow(rows, []any{&k.id, &k.channel, &k.seq, &k.progress}, func() error {
		one := k
		all[one.id], k.progress = &one, nil
		return nil
	})
	if err != nil {
		return fmt.Errorf("read how far conversations are counted: %w", err)
	}
	return p.fold(ctx, tx, l, all)
}

// fold takes in the events that conversations have beyond what is known of them, and writes down how far they are then.
func (p *Projector) fold(ctx context.Context, tx pgx.Tx, l *ledger, all map[uuid.UUID]*known) error {
	ids, seqs := make([]uuid.UUID, 0, len(all)), make([]int64, 0, len(all))
	for id, k := range all {
		ids, seqs = append(ids, id), append(seqs, k.seq)
	}
	rows, err := tx.Query(ctx, `select e.conversation_id, e.seq, e.kind, e.actor, e.body, e.at
		from unnest($1::uuid[], $2::bigint[]) as k (id, seq) join conversation_events e on e.conversation_id = k.id and e.seq > k.seq
		where e.kind = any($3) order by e.conversation_id, e.seq`, ids, seqs, conversation.CountedKinds())
	if err != nil {
		return fmt.Errorf("read what is to be counted: %w", err)
	}
	var e conversation.Event
	_, err = pgx.ForEachRow(rows, []any{&e.ConversationID, &e.Seq, &e.Kind, &e.Actor, &e.Body, &e.At}, func() error {
		k := all[e.ConversationID]
		if k.progress == nil {
			k.progress = &progress{}
		}
		f := folder{progress: k.progress, ledger: l, channel: k.channel}
		if err := f.fold(e); err != nil {
			p.logger.Warn("an event is not in the reports", "error", err)
		}
		if k.seq = e.Seq; e.Kind == conversation.Closed {
			k.progress = nil
		}
		e = conversation.Event{}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read what is to be counted: %w", err)
	}
	type row struct {
		ID       uuid.UUID `json:"conversation_id"`
		Seq      int64     `json:"seq"`
		Progress *progress `json:"progress"`
	}
	written := make([]row, 0, len(all))
	for id, k := range all {
		if k.seq > 0 {
			written = append(written, row{id, k.seq, k.progress})
		}
	}
	_, err = tx.Exec(ctx, `insert into report_progress (conversation_id, seq, progress)
		select conversation_id, seq, progress from jsonb_to_recordset($1) as r (conversation_id uuid, seq bigint, progress jsonb)
		on conflict (conversation_id) do update set seq = excluded.seq, progress = excluded.progress`, written)
	if err != nil {
		return fmt.Errorf("write how far conversations are counted: %w", err)
	}
	return nil
}

// agents takes in what agents did with their time up to their newest states, at most a page of them; it returns how many.
func (p *Projector) agents(ctx context.Context, tx pgx.Tx, l *ledger) (int, error) {
	rows, err := tx.Query(ctx, `select s.n, s.agent_id, s.at, b.at, b.presence, b.offers_work, b.connected, b.handling
		from agent_states s left join lateral (select * from agent_states b where b.agent_id = s.agent_id and b.n < s.n order by b.n desc limit 1) b on true
		where s.n > (select n from report_cursor) order by s.n limit $1`, pageSize)
	if err != nil {
		return 0, fmt.Errorf("read states of agents: %w", err)
	}
	var n int64
	var agent uuid.UUID
	var until time.Time
	var from *time.Time
	var presence *string
	var offers, connected *bool
	var handling *int
	read := 0
	_, err = pgx.ForEachRow(rows, []any{&n, &agent, &until, &from, &presence, &offers, &connected, &handling}, func() error {
		read++
		if from != nil {
			stand{Agent: agent, At: *from, Presence: *presence, OffersWork: *offers, Connected: *connected, Handling: *handling}.spend(until, l.time)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("read states of agents: %w", err)
	}
	if read > 0 {
		if _, err := tx.Exec(ctx, `update report_cursor set n = $1`, n); err != nil {
			return 0, fmt.Errorf("write how far states of agents are counted: %w", err)
		}
	}
	return read, nil
}

// write adds what is in the ledger to the numbers.
func (l *ledger) write(ctx context.Context, tx pgx.Tx) error {
	batch := &pgx.Batch{}
	type count struct {
		place
		*Counts
	}
	queueAdd(batch, "report_counts", reflect.TypeFor[place](), reflect.TypeFor[Counts](), rowsOf(l.counts, func(p place, c *Counts) any { return count{p, c} }))
	type n struct {
		N int64 `json:"n"`
	}
	type answer struct {
		answerPlace
		n
	}
	queueAdd(batch, "report_answers", reflect.TypeFor[answerPlace](), reflect.TypeFor[n](), rowsOf(l.answers, func(p answerPlace, i int64) any { return answer{p, n{i}} }))
	type rejection struct {
		rejectionPlace
		n
	}
	queueAdd(batch, "report_rejections", reflect.TypeFor[rejectionPlace](), reflect.TypeFor[n](), rowsOf(l.rejections, func(p rejectionPlace, i int64) any { return rejection{p, n{i}} }))
	type spent struct {
		timePlace
		*Times
	}
	queueAdd(batch, "report_times", reflect.TypeFor[timePlace](), reflect.TypeFor[Times](), rowsOf(l.times, func(p timePlace, t *Times) any { return spent{p, t} }))
	if batch.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write numbers: %w", err)
	}
	return nil
}

func rowsOf[K comparable, V any](m map[K]V, row func(K, V) any) []any {
	rows := make([]any, 0, len(m))
	for k, v := range m {
		rows = append(rows, row(k, v))
	}
	return rows
}

// queueAdd adds rows to a table: where there is one for the same place, the values are summed.
func queueAdd(batch *pgx.Batch, table string, place, values reflect.Type, rows []any) {
	if len(rows) == 0 {
		return
	}
	keys, sums := columns(place), columns(values)
	set := make([]string, len(sums))
	for i, column := range sums {
		set[i] = fmt.Sprintf("%[1]s = %[2]s.%[1]s + excluded.%[1]s", column, table)
	}
	all := strings.Join(append(keys, sums...), ", ")
	batch.Queue(fmt.Sprintf(`insert into %[1]s (%[2]s) select %[2]s from jsonb_populate_recordset(null::%[1]s, $1) on conflict (%[3]s) do update set %[4]s`,
		table, all, strings.Join(keys, ", "), strings.Join(set, ", ")), rows)
}

// columns are the names of a struct's columns, in the order of its fields.
func columns(of reflect.Type) []string {
	var names []string
	for _, field := range reflect.VisibleFields(of) {
		if !field.Anonymous {
			names = append(names, cmp.Or(field.Tag.Get("json"), field.Name))
		}
	}
	return names
}
