package reports_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/api/spec"
	"seax/internal/clocktest"
	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/reports"
)

// desk is a contact center on a day of its own.
type desk struct {
	*dispatchtest.Floor
	*dispatch.Desk
	t      *testing.T
	clock  *clocktest.Clock
	log    *conversation.Log
	reader *reports.Reader
}

// monday is a day long gone, so that leases by the database's clock are valid on it.
var monday = time.Date(2025, 6, 2, 8, 0, 0, 0, time.UTC)

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{Floor: dispatchtest.New(t), t: t, clock: clocktest.At(monday)}
	d.log = conversation.NewLog(d.Pool, d.clock.Now)
	d.Desk = dispatch.New(d.log, dispatch.Timings{})
	d.reader = reports.NewReader(d.Pool, d.clock.Now)
	d.Exec(`update queues set offer_timeout_s = 60 where id = 'billing'`)
	return d
}

// staff adds an agent who has just become available.
func (d *desk) staff(name string, queues ...string) conversation.Person {
	d.t.Helper()
	p := d.Agent(name, 100, nil, queues...)
	d.Exec(`update agents set presence = 'offline' where id = $1`, p.ID)
	require.NoError(d.t, d.SetPresence(d.t.Context(), p.ID, "available", false))
	return p
}

func (d *desk) waits(queue string) uuid.UUID {
	d.t.Helper()
	id := d.Conversation()
	require.NoError(d.t, d.Enqueue(d.t.Context(), id, dispatch.Enqueue{RequestID: conversation.NewID(), Queue: queue}))
	return id
}

func (d *desk) accepts(id uuid.UUID) {
	d.t.Helper()
	offer, agent := d.Offer(id)
	_, err := d.Accept(d.t.Context(), offer, conversation.Person{ID: agent})
	require.NoError(d.t, err)
}

func (d *desk) completes(id uuid.UUID, who conversation.Person) {
	d.t.Helper()
	_, err := d.Complete(d.t.Context(), id, dispatch.Caller{Person: who}, dispatch.WrapUpResult{})
	require.NoError(d.t, err)
}

func (d *desk) caughtUp() *desk {
	d.t.Helper()
	require.NoError(d.t, reports.NewProjector(d.Pool, quiet, func() {}).CatchUp(d.t.Context()))
	return d
}

func (d *desk) report(change func(q *reports.Query)) spec.Report {
	d.t.Helper()
	q := reports.Query{From: monday, To: monday.AddDate(0, 0, 1), By: spec.ReportByDay}
	change(&q)
	r, err := d.reader.Report(d.t.Context(), q)
	require.NoError(d.t, err)
	return r
}

// aDay is a morning at the desk: Ana has two conversations at once, one customer gives up, and the next day there is one more.
func aDay(t *testing.T) (*desk, conversation.Person) {
	t.Helper()
	d := newDesk(t)
	ana := d.staff("Ana", "support", "billing")
	one := d.waits("support")
	d.clock.Pass(10 * time.Second)
	d.accepts(one)
	d.clock.Pass(9*time.Minute + 50*time.Second)
	two := d.waits("billing")
	d.clock.Pass(30 * time.Second)
	d.accepts(two)
	d.clock.Pass(9*time.Minute + 30*time.Second)
	d.completes(one, ana)
	d.clock.Pass(10 * time.Minute)
	d.completes(two, ana)
	require.NoError(t, d.SetPresence(t.Context(), ana.ID, "break", false))
	lost := d.waits("support")
	d.clock.Pass(30 * time.Minute)
	_, err := d.Abandon(t.Context(), lost, "customer_left")
	require.NoError(t, err)
	require.NoError(t, d.SetPresence(t.Context(), ana.ID, "offline", false))
	d.Exec(`update agents set lease_until = '-infinity' where id = $1`, ana.ID)
	_, err = d.ExpireLeases(t.Context())
	require.NoError(t, err)
	d.clock.Pass(24 * time.Hour)
	d.waits("support")
	return d.caughtUp(), ana
}

func value[T any](t *testing.T, p *T) T {
	t.Helper()
	require.NotNil(t, p)
	return *p
}

func TestReportByDay(t *testing.T) {
	t.Parallel()
	d, _ := aDay(t)
	r := d.report(func(*reports.Query) {})
	require.Len(t, r.Rows, 2)
	require.Equal(t, []string{"2025-06-02", "2025-06-03"}, []string{r.Rows[0].Key, r.Rows[1].Key})
	n := r.Rows[0].Numbers
	require.Equal(t, [5]int{3, 2, 1, 1, 2}, [5]int{n.Entered, n.Answered, n.AnsweredInTime, n.Abandoned, n.Handled})
	require.InDelta(t, 1.0/3, value(t, n.ServiceLevel), 0.0001)
	require.InDelta(t, 20, value(t, n.AnswerS), 0.01, "10 and 30 seconds")
	require.InEpsilon(t, 10, value(t, n.AnswerP50S), 0.06)
	require.InEpsilon(t, 30, value(t, n.AnswerP95S), 0.06)
	require.InDelta(t, (1190.0+1170)/2, value(t, n.HandleS), 0.01)
	require.Equal(t, 3600, value(t, n.ConnectedS))
	require.Equal(t, map[string]int{"available": 1800, "break": 1800}, value(t, n.PresenceS))
	require.Equal(t, 1800, value(t, n.StaffedS))
	require.Equal(t, 1790, value(t, n.BusyS))
	require.InDelta(t, 1790.0/1800, value(t, n.Occupancy), 0.001)
	require.InDelta(t, (1190.0+1170)/1790, value(t, n.Concurrency), 0.01)
	require.Equal(t, 1, r.Rows[1].Numbers.Entered)
	require.Nil(t, r.Rows[1].Numbers.AnswerS)
	require.Equal(t, 4, r.Total.Entered)
	require.Equal(t, n.AnswerP95S, r.Total.AnswerP95S)
}

func TestReportByHourInAnotherZone(t *testing.T) {
	t.Parallel()
	d, _ := aDay(t)
	r := d.report(func(q *reports.Query) { q.By, q.Zone, q.To = spec.ReportByHour, "Asia/Kolkata", q.From })
	require.Len(t, r.Rows, 24)
	require.Equal(t, "2025-06-02T13:00:00+05:30", r.Rows[13].Key)
	require.Equal(t, 2, r.Rows[13].Numbers.Entered, "eight o'clock UTC is half past one in India")
	require.Equal(t, 1, r.Rows[14].Numbers.Entered)
	require.Equal(t, 1800, value(t, r.Rows[13].Numbers.ConnectedS), "an hour that begins there at half past")
	require.Equal(t, 1800, value(t, r.Rows[14].Numbers.ConnectedS))
	require.Equal(t, 1, r.Rows[14].Numbers.Abandoned)
}

func TestReportByQueueAgentAndChannel(t *testing.T) {
	t.Parallel()
	d, ana := aDay(t)
	queues := d.report(func(q *reports.Query) { q.By = spec.ReportByQueue })
	require.Len(t, queues.Rows, 2)
	require.Equal(t, "billing", queues.Rows[0].Key)
	require.Equal(t, "Billing", queues.Rows[0].Name.En)
	require.Equal(t, [2]int{1, 0}, [2]int{queues.Rows[0].Numbers.Answered, queues.Rows[0].Numbers.AnsweredInTime})
	require.Nil(t, queues.Rows[0].Numbers.Occupancy, "an agent's time belongs to no queue")

	agents := d.report(func(q *reports.Query) { q.By = spec.ReportByAgent })
	require.Len(t, agents.Rows, 1)
	require.Equal(t, ana.ID.String(), agents.Rows[0].Key)
	require.Equal(t, "Ana", agents.Rows[0].Name.En)
	require.Equal(t, [3]int{2, 2, 0}, [3]int{agents.Rows[0].Numbers.Offered, agents.Rows[0].Numbers.Accepted, agents.Rows[0].Numbers.Abandoned})
	require.NotNil(t, agents.Rows[0].Numbers.Occupancy)
	require.Equal(t, 1, agents.Total.Abandoned, "what no agent had a part in is in the total")

	channels := d.report(func(q *reports.Query) { q.By = spec.ReportByChannel })
	require.Equal(t, "Chat", channels.Rows[0].Name.En)

	billing := d.report(func(q *reports.Query) { q.Queue = "billing" })
	require.Equal(t, 1, billing.Total.Entered)
	require.Nil(t, billing.Total.StaffedS)
	hers := d.report(func(q *reports.Query) { q.Agent = ana.ID })
	require.Equal(t, [2]int{2, 0}, [2]int{hers.Total.Answered, hers.Total.Abandoned})
	require.Equal(t, 1790, value(t, hers.Total.BusyS))
	for field, change := range map[string]func(q *reports.Query){
		"queue": func(q *reports.Query) { q.Queue = "nothing" }, "agent": func(q *reports.Query) { q.Agent = uuid.New() }, "channel": func(q *reports.Query) { q.Channel = "nothing" },
	} {
		q := reports.Query{From: monday, To: monday, By: spec.ReportByDay}
		change(&q)
		_, err := d.reader.Report(t.Context(), q)
		var invalid *reports.InvalidError
		require.ErrorAs(t, err, &invalid)
		require.Equal(t, field, invalid.Field)
	}
}

func TestTimeThatIsStillPassingCounts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ana := d.staff("Ana", "support")
	d.accepts(d.waits("support"))
	d.caughtUp()
	d.clock.Pass(45 * time.Minute)
	for _, by := range []spec.ReportBy{spec.ReportByDay, spec.ReportByHour, spec.ReportByAgent} {
		r := d.report(func(q *reports.Query) { q.By = by })
		require.Equal(t, 2700, value(t, r.Total.BusyS), "by %s", by)
		require.Equal(t, 2700, value(t, r.Total.ConnectedS), "by %s", by)
	}
	yesterday := d.report(func(q *reports.Query) { q.From, q.To = monday.AddDate(0, 0, -1), monday.AddDate(0, 0, -1) })
	require.Nil(t, yesterday.Total.BusyS)
	d.clock.Pass(24 * time.Hour)
	today := d.report(func(q *reports.Query) { q.From, q.To = monday.AddDate(0, 0, 1), monday.AddDate(0, 0, 1) })
	require.Equal(t, int((8*time.Hour + 45*time.Minute).Seconds()), value(t, today.Total.BusyS), "since midnight")
	other := d.report(func(q *reports.Query) { q.Agent = ana.ID; q.To = q.From })
	require.Equal(t, int((16 * time.Hour).Seconds()), value(t, other.Total.BusyS), "until midnight")
}

func TestTodayBeginsWhereTheQueueIs(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	// 08:00 UTC is 17:00 in Seoul, and 22:00 of the day before on Hawaii.
	d.Exec(`update queues set time_zone = 'Asia/Seoul' where id = 'support'`)
	d.Exec(`update queues set time_zone = 'Pacific/Honolulu' where id = 'billing'`)
	ana, tom := d.staff("Ana", "support"), d.staff("Tom", "billing")
	d.accepts(d.waits("support"))
	d.accepts(d.waits("billing"))
	d.clock.Pass(3 * time.Hour)
	d.caughtUp()
	today, err := d.reader.Today(t.Context())
	require.NoError(t, err)
	queues := map[string]spec.QueueToday{}
	for _, q := range today.Queues {
		queues[q.Id] = q
	}
	require.Equal(t, 1, queues["support"].Numbers.Answered)
	require.Equal(t, 0, queues["billing"].Numbers.Answered, "the day has begun an hour ago")
	require.True(t, queues["support"].Since.Equal(time.Date(2025, 6, 1, 15, 0, 0, 0, time.UTC)))
	require.True(t, queues["billing"].Since.Equal(time.Date(2025, 6, 2, 10, 0, 0, 0, time.UTC)))
	agents := map[uuid.UUID]spec.Numbers{}
	for _, a := range today.Agents {
		agents[a.Id] = a.Numbers
	}
	require.Equal(t, 3*3600, value(t, agents[ana.ID].BusyS))
	require.Equal(t, 3600, value(t, agents[tom.ID].BusyS))
	require.Equal(t, [2]int{1, 0}, [2]int{agents[ana.ID].Accepted, agents[tom.ID].Accepted})
}

func TestTodayGoesOnFromWhatIsOver(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ana := d.staff("Ana", "support")
	requires := func(answered, busy int) {
		t.Helper()
		today, err := d.caughtUp().reader.Today(t.Context())
		require.NoError(t, err)
		queue, agent := today.Queues[1], today.Agents[0]
		require.Equal(t, "support", queue.Id)
		require.Equal(t, answered, queue.Numbers.Answered)
		require.Equal(t, ana.ID, agent.Id)
		require.Equal(t, answered, agent.Numbers.Accepted)
		require.Nil(t, agent.Numbers.AnswerP50S, "one agent's percentiles are in reports")
		if busy > 0 {
			require.Equal(t, busy, value(t, agent.Numbers.BusyS))
		}
	}
	one := d.waits("support")
	d.accepts(one)
	d.clock.Pass(40 * time.Minute)
	d.completes(one, ana)
	requires(1, 2400)
	two := d.waits("support")
	d.accepts(two)
	d.clock.Pass(10 * time.Second)
	requires(2, 2410)
	d.clock.Pass(20 * time.Minute)
	d.completes(two, ana)
	requires(2, 3610)
	d.clock.Pass(16 * time.Hour)
	requires(0, 0)
}
