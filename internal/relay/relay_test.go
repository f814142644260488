package relay_test

import (
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"

	"seax/internal/conversation"
	"seax/internal/relay"
)

func TestAnInputIsSignalledAfterItsCommitAndForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run()
	w.waitForFirstSweep()
	w.attach()
	id := w.Conversation()
	seq := w.write(id, "hello")
	w.eventually(func() bool { return w.outbox() == 0 })
	sent := w.temporal.of(id)
	require.Len(t, sent, 1)
	require.Equal(t, string(conversation.CustomerMessage), sent[0].name)
	require.Equal(t, seq, sent[0].upTo())
	require.Equal(t, "assistant", sent[0].flow)
	require.Equal(t, "conversations", sent[0].options.TaskQueue)
	require.Equal(t, enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING, sent[0].options.WorkflowIDConflictPolicy)
	require.NotContains(t, sent[0].options.StaticSummary, id.String(), "the customer's address is masked")
}

func TestOnlyInputsAreSignalled(t *testing.T) {
	t.Parallel()
	w := newWorld(t).attach()
	w.run()
	id, other := w.Conversation(), w.Conversation()
	_, err := w.Log.AddNote(t.Context(), id, conversation.NewID(), w.Agent("Ana", 100, nil), conversation.Note{Text: "note"})
	require.NoError(t, err)
	w.write(other, "hello")
	w.eventually(func() bool { return len(w.temporal.of(other)) > 0 })
	require.Empty(t, w.temporal.of(id))
}

// While one call is under way, what else is committed gathers and goes as one signal.
func TestWhatGathersMeanwhileGoesAsOneSignal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run()
	w.waitForFirstSweep()
	w.attach()
	w.temporal.hold()
	id, other := w.Conversation(), w.Conversation()
	w.write(id, "first")
	require.Equal(t, id.String(), <-w.temporal.held)
	var last int64
	for i := range 20 {
		last = w.write(id, strconv.Itoa(i))
	}
	w.write(other, "hello")
	require.Equal(t, other.String(), <-w.temporal.held, "other conversations do not wait for it")
	require.Empty(t, w.temporal.held, "and nothing else is under way")
	close(w.temporal.release)
	w.eventually(func() bool { return w.outbox() == 0 })
	sent := w.temporal.of(id)
	require.Len(t, sent, 2)
	require.Equal(t, relay.BacklogSignal, sent[1].name)
	require.Equal(t, relay.Backlog{UpTo: last}, sent[1].arg)
	require.False(t, w.temporal.crowded)
}

// Many conversations, written to at once: never two calls for one of them at a time, signals in order, the last input reached.
func TestOneCallPerConversationAndInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run()
	w.waitForFirstSweep()
	w.attach()
	ids := make([]uuid.UUID, 6)
	for i := range ids {
		ids[i] = w.Conversation()
	}
	var wg sync.WaitGroup
	for _, id := range ids {
		wg.Go(func() {
			for range 40 {
				w.write(id, "hello")
			}
		})
	}
	wg.Wait()
	w.eventually(func() bool { return w.outbox() == 0 })
	require.False(t, w.temporal.crowded)
	for _, id := range ids {
		var last int64
		for _, s := range w.temporal.of(id) {
			require.Greater(t, s.upTo(), last)
			last = s.upTo()
		}
		require.EqualValues(t, 40, last)
	}
}

func TestALargeEventIsOnlyAnnounced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run()
	w.waitForFirstSweep()
	w.attach()
	id := w.Conversation()
	seq := w.write(id, strings.Repeat("x", 40<<10))
	w.eventually(func() bool { return len(w.temporal.of(id)) == 1 })
	require.Equal(t, relay.Backlog{UpTo: seq}, w.temporal.of(id)[0].arg)
}

// A process that died has left inputs behind. The next one carries them when it starts, one signal for each conversation.
func TestWhatADeadProcessLeftIsCarriedAtTheStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, other := w.Conversation(), w.Conversation()
	for range 5 {
		w.write(id, "hello")
	}
	w.write(other, "hello")
	require.Equal(t, 6, w.outbox())
	require.Zero(t, w.temporal.tries())
	w.run()
	w.eventually(func() bool { return w.outbox() == 0 })
	require.Len(t, w.temporal.of(id), 1)
	require.Equal(t, relay.Backlog{UpTo: 5}, w.temporal.of(id)[0].arg)
	require.Len(t, w.temporal.of(other), 1)
}

// What another process has just committed is left to it for two seconds.
func TestTheSweepLeavesFreshInputsToWhoCommittedThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run()
	old, fresh := w.Conversation(), w.Conversation()
	w.waitForFirstSweep()
	w.write(fresh, "hello")
	w.write(old, "hello")
	w.Exec(`update outbox set at = now() + interval '1 hour' where conversation_id = $1`, fresh)
	w.Exec(`update outbox set at = now() - interval '3 seconds' where conversation_id = $1`, old)
	w.eventually(func() bool { return len(w.temporal.of(old)) > 0 })
	require.Empty(t, w.temporal.of(fresh))
}

// waitForFirstSweep waits until the sweep at the start, which takes everything, is over.
func (w *world) waitForFirstSweep() {
	w.t.Helper()
	probe := w.Conversation()
	w.write(probe, "probe")
	w.Exec(`update outbox set at = now() - interval '3 seconds' where conversation_id = $1`, probe)
	w.eventually(func() bool { return len(w.temporal.of(probe)) > 0 })
}

func TestTemporalDownThenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t).attach()
	w.temporal.set(true)
	w.run()
	id := w.Conversation()
	for range 3 {
		w.write(id, "hello")
	}
	w.eventually(func() bool { return w.temporal.tries() > 0 })
	require.Empty(t, w.temporal.of(id))
	require.Equal(t, 3, w.outbox(), "nothing is lost")
	w.Exec(`update outbox set at = at - interval '3 seconds'`)
	before := w.temporal.tries()
	w.eventually(func() bool { return w.temporal.tries() > before })
	w.temporal.set(false)
	w.eventually(func() bool { return w.outbox() == 0 })
	sent := w.temporal.of(id)
	require.EqualValues(t, 3, sent[len(sent)-1].upTo())
	w.write(id, "again")
	w.eventually(func() bool { all := w.temporal.of(id); return all[len(all)-1].upTo() == 4 })
}

// What is committed while a call fails is carried later, although nobody commits anything any more.
func TestWhatCameWhileACallFailedIsNotForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t).attach()
	w.temporal.hold()
	w.temporal.set(true)
	w.run()
	id := w.Conversation()
	w.write(id, "one")
	<-w.temporal.held
	w.write(id, "two")
	w.temporal.set(false) // for later calls: the one under way has already failed
	close(w.temporal.release)
	w.Exec(`update outbox set at = at - interval '3 seconds'`)
	w.eventually(func() bool { return w.outbox() == 0 })
	require.Equal(t, relay.Backlog{UpTo: 2}, w.temporal.of(id)[0].arg)
}

func TestStoppingWaitsForCallsUnderWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t).attach()
	w.temporal.hold()
	stop := w.run()
	id := w.Conversation()
	w.write(id, "hello")
	<-w.temporal.held
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	w.temporal.release <- struct{}{}
	<-stopped
	require.Len(t, w.temporal.of(id), 1)
	require.Zero(t, w.outbox())
	tried := w.temporal.tries()
	w.relay.Committed(conversation.Commit{Changes: []conversation.Change{{
		Conversation: conversation.Conversation{ID: id}, Events: []conversation.Event{{Seq: 2, PrevInput: new(int64)}},
	}}})
	require.Equal(t, tried, w.temporal.tries(), "after that it takes nothing any more")
}

// Two processes may carry the same input: the second signal does no harm, and the outbox ends empty.
func TestTwoProcessesShareAnOutbox(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := make([]uuid.UUID, 5)
	for i := range ids {
		ids[i] = w.Conversation()
		w.write(ids[i], "hello")
	}
	second := &world{w.Floor, &temporal{inFlight: map[string]int{}}, nil, t}
	second.relay = relay.New(w.Pool, second.temporal, "conversations", slog.New(slog.DiscardHandler))
	w.run()
	second.run()
	w.eventually(func() bool { return w.outbox() == 0 })
	for _, id := range ids {
		require.NotZero(t, len(w.temporal.of(id))+len(second.temporal.of(id)))
	}
}
