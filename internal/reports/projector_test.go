package reports_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/clocktest"
	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/reports"
)

var quiet = slog.New(slog.DiscardHandler)

// life is a contact center in which all sorts of things happen, by chance.
type life struct {
	*dispatchtest.Floor
	t     *testing.T
	clock *clocktest.Clock
	desk  *dispatch.Desk
	log   *conversation.Log
	chief conversation.Person
	mu    sync.Mutex
	open  []uuid.UUID
}

func newLife(t *testing.T) *life {
	t.Helper()
	l := &life{Floor: dispatchtest.New(t), t: t, clock: clocktest.At(time.Now().Add(-30 * 24 * time.Hour))}
	l.log = conversation.NewLog(l.Pool, l.clock.Now)
	l.desk = dispatch.New(l.log, dispatch.Timings{Misses: 3})
	l.Exec(`insert into channels (id, kind, name, queue_id, secret) values ('mail', 'email', 'Mail', 'billing', 'secret')`)
	l.Exec(`update queues set first_reply_s = 60, width = 2, answer_within_s = 300 where id = 'support'`)
	for _, name := range []string{"Ana", "Tom", "Eva", "Kim"} {
		l.Agent(name, 100, nil, "support", "billing")
	}
	l.Agent("Bo", 40, nil, "billing")
	l.chief = l.Agent("Chief", 1000, nil)
	return l
}

// pick is one of all at random.
func pick[T any](dice *rand.Rand, all ...T) T { return all[dice.IntN(len(all))] }

// conversation is an open one; uuid.Nil if there is none.
func (l *life) conversation(dice *rand.Rand) uuid.UUID {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) == 0 {
		return uuid.Nil
	}
	return pick(dice, l.open...)
}

func (l *life) agent(dice *rand.Rand) (who conversation.Person, err error) {
	err = l.Pool.QueryRow(l.t.Context(), `select id, name from people where id <> $1 order by id offset $2 limit 1`, l.chief.ID, dice.IntN(5)).Scan(&who.ID, &who.Name)
	return who, err
}

// owner is who has a conversation; nobody: the chief, who may do everything.
func (l *life) owner(id uuid.UUID) dispatch.Caller {
	who := dispatch.Caller{Person: l.chief, Supervisor: true}
	_ = l.Pool.QueryRow(l.t.Context(), `select p.id, p.name from conversations c join people p on p.id = c.agent_id where c.id = $1`, id).Scan(&who.ID, &who.Name)
	return who
}

func (l *life) opened(dice *rand.Rand) error {
	id, contact := conversation.NewID(), conversation.NewID()
	if _, err := l.Pool.Exec(l.t.Context(), `with c as (insert into contacts (id) values ($2) returning id)
		insert into conversations (id, channel_id, channel_kind, address, contact_id, flow, opened_at) select $1::uuid, $3, 'webchat', $1::uuid::text, id, 'assistant', $4 from c`,
		id, contact, pick(dice, "chat", "mail"), l.clock.Now()); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = append(l.open, id)
	return nil
}

func (l *life) answer(dice *rand.Rand) error {
	ctx := l.t.Context()
	var offer uuid.UUID
	var who conversation.Person
	err := l.Pool.QueryRow(ctx, `select r.id, p.id, p.name from reservations r join people p on p.id = r.agent_id where r.state = 'pending' order by r.id offset $1 limit 1`, dice.IntN(3)).
		Scan(&offer, &who.ID, &who.Name)
	if err != nil {
		return nil //nolint:nilerr // nothing is offered
	}
	switch dice.IntN(8) {
	case 0:
		return l.desk.Reject(ctx, offer, who, pick(dice, "", "busy", "wrong language"))
	case 1:
		return l.desk.Timeout(ctx, offer)
	default:
		_, err = l.desk.Accept(ctx, offer, who)
		return err
	}
}

func (l *life) presence(dice *rand.Rand) error {
	ctx := l.t.Context()
	who, err := l.agent(dice)
	if err != nil {
		return err
	}
	switch dice.IntN(4) {
	case 0:
		if _, err := l.Pool.Exec(ctx, `update agents set lease_until = '-infinity' where id = $1`, who.ID); err != nil {
			return err
		}
		_, err = l.desk.ExpireLeases(ctx)
	case 1:
		err = l.desk.Renew(ctx, []uuid.UUID{who.ID})
	case 2:
		err = l.desk.SetPresence(ctx, who.ID, pick(dice, "break", "meeting"), dice.IntN(2) == 0)
	default:
		err = l.desk.SetPresence(ctx, who.ID, "available", false)
	}
	return err
}

// happen lets one thing happen. Much of what is tried is not possible at that moment, and refused.
func (l *life) happen(dice *rand.Rand) error {
	ctx, id := l.t.Context(), l.conversation(dice)
	switch roll := dice.IntN(100); {
	case id == uuid.Nil || roll < 10:
		return l.opened(dice)
	case roll < 25:
		return l.desk.Enqueue(ctx, id, dispatch.Enqueue{RequestID: conversation.NewID(), Queue: pick(dice, "support", "billing"), Priority: dice.IntN(3)})
	case roll < 50:
		return l.answer(dice)
	case roll < 58:
		return l.presence(dice)
	case roll < 64:
		_, err := l.log.Reply(ctx, id, conversation.NewID(), l.owner(id).Person, conversation.Message{Text: "hello"})
		return err
	case roll < 68:
		_, err := l.desk.WrapUp(ctx, id, l.owner(id))
		return err
	case roll < 76:
		_, err := l.desk.Complete(ctx, id, l.owner(id), dispatch.WrapUpResult{Outcome: "resolved"})
		return err
	case roll < 80:
		to := dispatch.Transfer{Queue: pick(dice, "support", "billing"), LetGo: dice.IntN(2) == 0}
		if who, err := l.agent(dice); err == nil && dice.IntN(2) == 0 {
			to.Queue, to.Agent = "", who.ID
		}
		_, err := l.desk.Transfer(ctx, id, l.owner(id), to)
		return err
	case roll < 82:
		_, err := l.desk.CancelTransfer(ctx, id, l.owner(id))
		return err
	case roll < 85:
		_, err := l.desk.Park(ctx, id, l.owner(id), nil, "")
		return err
	case roll < 88:
		_, err := l.desk.Resume(ctx, id, conversation.System, "customer")
		return err
	case roll < 91:
		_, err := l.desk.Abandon(ctx, id, "customer_left")
		return err
	case roll < 93:
		_, err := l.desk.TakeOver(ctx, id, l.chief, "")
		return err
	case roll < 94:
		who, err := l.agent(dice)
		if err == nil {
			_, err = l.desk.Assign(ctx, id, dispatch.Caller{Person: l.chief, Supervisor: true}, who.ID, "")
		}
		return err
	case roll < 96:
		return errors.Join(l.desk.ReplyDue(ctx, id), l.desk.ReturnToQueue(ctx, id, l.owner(id).ID))
	case roll < 98:
		return l.log.Record(ctx, id, conversation.Record{Rating: &conversation.Rating{Score: 1 + dice.IntN(5), Of: 5}})
	default:
		var seq int64
		if err := l.Pool.QueryRow(ctx, `select last_input_seq from conversations where id = $1`, id).Scan(&seq); err != nil {
			return err
		}
		_, _, err := l.log.Close(ctx, id, seq, "done")
		return err
	}
}

// refusal reports whether something was merely not possible.
func refusal(err error) bool {
	return errors.Is(err, dispatch.ErrPhase) || errors.Is(err, dispatch.ErrNotOwner) || errors.Is(err, dispatch.ErrCapacity) || errors.Is(err, conversation.ErrNotOwner) ||
		errors.As(err, new(*dispatch.GoneError))
}

func (l *life) live(seed uint64, steps int, between func(dice *rand.Rand) error) error {
	dice := rand.New(rand.NewPCG(seed, 7))
	for n := range steps {
		l.clock.Pass(time.Duration(dice.ExpFloat64() * float64(time.Minute)))
		if err := l.happen(dice); err != nil && !refusal(err) {
			return fmt.Errorf("step %d of %d: %w", n, seed, err)
		}
		if err := between(dice); err != nil {
			return err
		}
	}
	return nil
}

// numbers are all there are, as text that can be compared.
func (l *life) numbers() map[string][]string {
	l.t.Helper()
	all := map[string][]string{}
	for _, table := range []string{"report_progress", "report_counts", "report_answers", "report_rejections", "report_times", "report_cursor", "report_inbox"} {
		rows, err := l.Pool.Query(l.t.Context(), `select to_jsonb(t)::text from `+table+` t order by 1`)
		require.NoError(l.t, err)
		for rows.Next() {
			var row string
			require.NoError(l.t, rows.Scan(&row))
			all[table] = append(all[table], row)
		}
		require.NoError(l.t, rows.Err())
	}
	return all
}

// rebuiltTheSame requires that numbers made anew from the log are those that were kept.
func (l *life) rebuiltTheSame() {
	l.t.Helper()
	kept := l.numbers()
	require.Empty(l.t, kept["report_inbox"], "everything is counted")
	require.NotEmpty(l.t, kept["report_counts"])
	require.NotEmpty(l.t, kept["report_times"])
	_, err := reports.Rebuild(l.t.Context(), l.Pool, quiet)
	require.NoError(l.t, err)
	require.Equal(l.t, kept, l.numbers())
}

func TestKeptNumbersAreThoseOfTheWholeLog(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			l := newLife(t)
			changes := 0
			p := reports.NewProjector(l.Pool, quiet, func() { changes++ })
			require.NoError(t, l.live(seed, 600, func(dice *rand.Rand) error {
				if dice.IntN(10) == 0 {
					return p.CatchUp(t.Context())
				}
				return nil
			}))
			require.NoError(t, p.CatchUp(t.Context()))
			require.Positive(t, changes)
			l.agree()
			l.rebuiltTheSame()
		})
	}
}

// agree compares the numbers with what other tables say.
func (l *life) agree() {
	l.t.Helper()
	same := func(what, counted, found string) {
		l.t.Helper()
		var a, b json.RawMessage
		require.NoError(l.t, l.Pool.QueryRow(l.t.Context(), `select coalesce(jsonb_object_agg(k, v), '{}') from (`+counted+`) x (k, v) where v <> 0`).Scan(&a))
		require.NoError(l.t, l.Pool.QueryRow(l.t.Context(), `select coalesce(jsonb_object_agg(k, v), '{}') from (`+found+`) x (k, v) where v <> 0`).Scan(&b))
		require.JSONEq(l.t, string(b), string(a), what)
	}
	const everybody = `agent_id = '00000000-0000-0000-0000-000000000000'`
	for column, where := range map[string]string{
		"offered":  `true`,
		"accepted": `answered_at is not null`,
		"rejected": `state = 'rejected'`,
		"missed":   `state = 'timed_out'`,
	} {
		same(column, `select agent_id || queue_id, sum(`+column+`) from report_counts where not `+everybody+` group by 1`,
			`select agent_id || queue_id, count(*) from reservations where agent_id <> '`+l.chief.ID.String()+`' and `+where+` group by 1`)
	}
	same("every wait has an end or goes on", `select queue_id, sum(entered - answered - abandoned - overflowed - moved) from report_counts where `+everybody+` group by 1`,
		`select queue_id, count(*) from conversations where phase in ('queued', 'offered') group by 1`)
	same("every offer has an answer or waits for one", `select queue_id, sum(offered - accepted - rejected - missed - withdrawn) from report_counts where `+everybody+` group by 1`,
		`select queue_id, count(*) from reservations where state = 'pending' group by 1`)
	same("answers are in the histogram", `select agent_id::text, sum(n) from report_answers group by 1`, `select agent_id::text, sum(answered) from report_counts group by 1`)
	same("rejections have reasons", `select agent_id::text, sum(n) from report_rejections group by 1`, `select agent_id::text, sum(rejected) from report_counts group by 1`)
	same("everybody is the sum", `select 'handled', sum(handled) from report_counts where not `+everybody, `select 'handled', sum(handled) from report_counts where `+everybody)
	same("time is the sum", `select presence, sum(worked_ms) from report_times where not `+everybody+` group by 1`, `select presence, sum(worked_ms) from report_times where `+everybody+` group by 1`)
	same("connected time is that of the states", `select agent_id::text, sum(connected_ms) from report_times where not `+everybody+` group by 1`,
		`select agent_id::text, sum(floor(extract(epoch from until) * 1000) - floor(extract(epoch from at) * 1000)) from (
			select *, lead(at) over (partition by agent_id order by n) as until from agent_states) s where connected and until > at group by 1`)
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	ctx, stop := context.WithCancel(t.Context())
	var projecting, living sync.WaitGroup
	for range 2 {
		p := reports.NewProjector(l.Pool, quiet, func() {})
		projecting.Go(func() {
			for ctx.Err() == nil {
				if err := p.CatchUp(ctx); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
	}
	projecting.Go(func() {
		for ctx.Err() == nil {
			if _, err := reports.Rebuild(ctx, l.Pool, quiet); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
	})
	for seed := range uint64(4) {
		living.Go(func() {
			if err := l.live(100+seed, 150, func(*rand.Rand) error { return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	living.Wait()
	stop()
	projecting.Wait()
	require.NoError(t, reports.NewProjector(l.Pool, quiet, func() {}).CatchUp(t.Context()))
	l.agree()
	l.rebuiltTheSame()
}
