package dispatch_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/dispatch/dispatchtest"
)

func skilled(skills map[string]int) func(*dispatch.Enqueue) {
	return func(e *dispatch.Enqueue) { e.Skills = skills }
}

func TestOfferAcceptWrapUp(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 100, map[string]int{"en": 80}, "support")
	id := f.Waiting("support", skilled(map[string]int{"en": 60}))
	offer, agent := f.Offer(id)
	require.Equal(t, ana.ID, agent)
	load, _ := f.Load(ana.ID)
	require.Equal(t, 20, load)
	phase, _, _ := f.Row(id)
	require.Equal(t, conversation.InOffer, phase)

	c, err := f.Desk.Accept(t.Context(), offer, ana)
	require.NoError(t, err)
	require.Equal(t, conversation.WithAgent, c.Phase)
	again, err := f.Desk.Accept(t.Context(), offer, ana)
	require.NoError(t, err, "accepting twice is no error")
	require.Equal(t, c.Epoch, again.Epoch)

	me := dispatch.Caller{Person: ana}
	_, err = f.Desk.WrapUp(t.Context(), id, me)
	require.NoError(t, err)
	load, _ = f.Load(ana.ID)
	require.Equal(t, 20, load, "wrap-up counts as work")
	c, err = f.Desk.Complete(t.Context(), id, me, dispatch.WrapUpResult{Outcome: "resolved", Note: "done"})
	require.NoError(t, err)
	require.Equal(t, conversation.InFlow, c.Phase)
	require.Nil(t, c.AgentID)
	load, _ = f.Load(ana.ID)
	require.Zero(t, load)
	require.Equal(t, []conversation.Kind{
		conversation.RoutingRequested, conversation.ReservationCreated, conversation.ReservationAccepted, conversation.Assigned,
		conversation.Wrapping, conversation.Wrapped,
	}, f.Kinds(id))
}

func TestRejectGoesToTheNextBest(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	f.Agent("Ana", 100, nil, "support")
	f.Agent("Tom", 100, nil, "support")
	id := f.Waiting("support")
	first, a1 := f.Offer(id)
	require.NoError(t, f.Desk.Reject(t.Context(), first, conversation.Person{ID: a1}, "busy"))
	second, a2 := f.Offer(id)
	require.NotEqual(t, a1, a2)
	require.NotEqual(t, uuid.Nil, second)
	load, _ := f.Load(a1)
	require.Zero(t, load)

	_, err := f.Desk.Accept(t.Context(), first, conversation.Person{ID: a1})
	var gone *dispatch.GoneError
	require.ErrorAs(t, err, &gone)
	require.Equal(t, "rejected", gone.State)
	require.NoError(t, f.Desk.Reject(t.Context(), second, conversation.Person{ID: a2}, ""))
	_, nobody := f.Offer(id)
	require.Equal(t, uuid.Nil, nobody, "both have just had it")
	phase, _, _ := f.Row(id)
	require.Equal(t, conversation.InQueue, phase)
	f.Exec(`update exclusions set since = since - interval '1 minute'`)
	require.NoError(t, f.Desk.Rematch(t.Context(), id))
	_, a3 := f.Offer(id)
	require.Equal(t, a1, a3, "when everyone has had it, the first is asked again")
}

func TestTwoMissesMeanNotResponding(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 100, nil, "support")
	for range 2 {
		id := f.Waiting("support")
		offer, _ := f.Offer(id)
		require.NotEqual(t, uuid.Nil, offer)
		require.NoError(t, f.Desk.Timeout(t.Context(), offer))
		require.NoError(t, f.Desk.Timeout(t.Context(), offer), "a deadline may be acted on twice")
	}
	load, presence := f.Load(ana.ID)
	require.Zero(t, load)
	require.Equal(t, dispatch.PresenceNotResponding, presence)
	id := f.Waiting("support")
	_, agent := f.Offer(id)
	require.Equal(t, uuid.Nil, agent)
	require.NoError(t, f.Desk.SetPresence(t.Context(), ana.ID, dispatch.PresenceAvailable, false))
	_, agent = f.Offer(id)
	require.Equal(t, ana.ID, agent, "coming back is one click, and work follows at once")
}

func TestAcceptAfterTheDeadline(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 100, nil, "support")
	id := f.Waiting("support")
	offer, _ := f.Offer(id)
	f.Exec(`update reservations set deadline = now() - interval '1 second'`)
	_, err := f.Desk.Accept(t.Context(), offer, ana)
	var gone *dispatch.GoneError
	require.ErrorAs(t, err, &gone)
	require.Equal(t, "timed_out", gone.State)
	_, err = f.Desk.Accept(t.Context(), conversation.NewID(), ana)
	require.ErrorIs(t, err, dispatch.ErrNoReservation)
}

func TestCapacityIsHeldByTheDatabase(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 50, nil, "support")
	ids := []uuid.UUID{f.Waiting("support"), f.Waiting("support"), f.Waiting("support")}
	load, _ := f.Load(ana.ID)
	require.Equal(t, 40, load)
	_, none := f.Offer(ids[2])
	require.Equal(t, uuid.Nil, none)
	_, err := f.Pool.Exec(t.Context(), `update agents set load = 60 where id = $1`, ana.ID)
	require.ErrorContains(t, err, "agents_load_within_capacity")

	first, _ := f.Offer(ids[0])
	_, err = f.Desk.Accept(t.Context(), first, ana)
	require.NoError(t, err)
	_, err = f.Desk.Complete(t.Context(), ids[0], dispatch.Caller{Person: ana}, dispatch.WrapUpResult{})
	require.NoError(t, err)
	_, agent := f.Offer(ids[2])
	require.Equal(t, ana.ID, agent, "what waited longest gets the freed capacity at once")
}

func TestRankPriorityAndSkills(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	korean := f.Waiting("support", skilled(map[string]int{"ko": 60}))
	old := f.Waiting("support")
	urgent := f.Waiting("support", func(e *dispatch.Enqueue) { e.Priority = 10 })
	ana := f.Agent("Ana", 20, map[string]int{"ko": 40}, "support")
	require.NoError(t, f.Desk.SetPresence(t.Context(), ana.ID, "available", false))
	_, agent := f.Offer(urgent)
	require.Equal(t, ana.ID, agent, "priority is a head start")
	for _, id := range []uuid.UUID{korean, old} {
		_, nobody := f.Offer(id)
		require.Equal(t, uuid.Nil, nobody)
	}
	x, err := f.Desk.Explain(t.Context(), korean)
	require.NoError(t, err)
	require.Equal(t, 2, x.Place.Position)
	var texts []string
	for _, o := range x.Agents[0].Obstacles {
		texts = append(texts, o.Text)
	}
	require.Contains(t, texts, "ko 40 < 60")
	require.Contains(t, texts, "at capacity 20/20")
	require.Contains(t, x.Summary, "1 at capacity")
}

func TestKnownAgentIsAskedFirst(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana, tom := f.Agent("Ana", 20, nil, "support"), f.Agent("Tom", 100, nil, "support")
	busy := f.Waiting("support", func(e *dispatch.Enqueue) { e.Known = ana.ID })
	offer, _ := f.Offer(busy)
	_, err := f.Desk.Accept(t.Context(), offer, ana)
	require.NoError(t, err)
	id := f.Waiting("support", func(e *dispatch.Enqueue) { e.Known = ana.ID })
	_, nobody := f.Offer(id)
	require.Equal(t, uuid.Nil, nobody, "Ana is busy but here: she is waited for")
	f.Exec(`update requests set known_until = now() - interval '1 second' where conversation_id = $1`, id)
	require.NoError(t, f.Desk.Rematch(t.Context(), id))
	_, agent := f.Offer(id)
	require.Equal(t, tom.ID, agent)
	f.Exec(`update agents set lease_until = now() - interval '1 second' where id = $1`, ana.ID)
	other := f.Waiting("support", func(e *dispatch.Enqueue) { e.Known = ana.ID })
	_, agent = f.Offer(other)
	require.Equal(t, tom.ID, agent, "somebody who is not here is not waited for")
}

func TestTransferKeepsOwnerAndRank(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana, tom := f.Agent("Ana", 100, nil, "support"), f.Agent("Tom", 100, nil, "billing")
	id := f.Waiting("support")
	offer, _ := f.Offer(id)
	_, err := f.Desk.Accept(t.Context(), offer, ana)
	require.NoError(t, err)
	me := dispatch.Caller{Person: ana}
	_, err = f.Desk.Transfer(t.Context(), id, dispatch.Caller{Person: tom}, dispatch.Transfer{Queue: "billing"})
	require.ErrorIs(t, err, dispatch.ErrNotOwner)
	_, err = f.Desk.Transfer(t.Context(), id, me, dispatch.Transfer{Queue: "nowhere"})
	require.ErrorIs(t, err, dispatch.ErrUnknown)

	c, err := f.Desk.Transfer(t.Context(), id, me, dispatch.Transfer{Queue: "billing", Note: "refund"})
	require.NoError(t, err)
	require.Equal(t, conversation.WithAgent, c.Phase)
	require.True(t, c.OwnedBy(ana.ID), "the sender stays owner until somebody accepts")
	offer, agent := f.Offer(id)
	require.Equal(t, tom.ID, agent)
	require.NoError(t, f.Desk.Reject(t.Context(), offer, tom, ""))
	phase, owner, _ := f.Row(id)
	require.Equal(t, conversation.WithAgent, phase)
	require.Equal(t, ana.ID, *owner)

	c, err = f.Desk.CancelTransfer(t.Context(), id, me)
	require.NoError(t, err)
	require.Nil(t, c.Transfer)
	_, err = f.Desk.Transfer(t.Context(), id, me, dispatch.Transfer{Agent: tom.ID, LetGo: true})
	require.NoError(t, err)
	offer, _ = f.Offer(id)
	c, err = f.Desk.Accept(t.Context(), offer, tom)
	require.NoError(t, err)
	require.True(t, c.OwnedBy(tom.ID))
	load, _ := f.Load(ana.ID)
	require.Zero(t, load)
	var ranks, starts int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select count(distinct rank), count(distinct virtual_start) from requests where conversation_id = $1`, id).Scan(&ranks, &starts))
	require.Equal(t, 1, ranks)
	require.Equal(t, 1, starts)
}

func TestParkFreesCapacityAndComesBack(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 20, nil, "support")
	id := f.Waiting("support")
	offer, _ := f.Offer(id)
	_, err := f.Desk.Accept(t.Context(), offer, ana)
	require.NoError(t, err)
	_, err = f.Desk.Park(t.Context(), id, dispatch.Caller{Person: ana}, nil, "waits for the warehouse")
	require.NoError(t, err)
	load, _ := f.Load(ana.ID)
	require.Zero(t, load)
	c, err := f.Desk.Resume(t.Context(), id, conversation.System, "customer")
	require.NoError(t, err)
	require.Equal(t, conversation.InOffer, c.Phase)
	_, agent := f.Offer(id)
	require.Equal(t, ana.ID, agent)
}

func TestLostAgent(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 100, nil, "support")
	owned := f.Waiting("support")
	offer, _ := f.Offer(owned)
	_, err := f.Desk.Accept(t.Context(), offer, ana)
	require.NoError(t, err)
	offered := f.Waiting("support")
	tom := f.Agent("Tom", 100, nil, "support")

	f.Exec(`update agents set lease_until = now() - interval '1 second' where id = $1`, ana.ID)
	n, err := f.Desk.ExpireLeases(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, agent := f.Offer(offered)
	require.Equal(t, tom.ID, agent, "offers move at once")
	kinds := f.Kinds(owned)
	require.Equal(t, conversation.AgentLost, kinds[len(kinds)-1])
	require.NoError(t, f.Desk.Renew(t.Context(), []uuid.UUID{ana.ID}))
	require.NoError(t, f.Desk.ReturnToQueue(t.Context(), owned, ana.ID))
	phase, owner, _ := f.Row(owned)
	require.Equal(t, conversation.WithAgent, phase, "she came back in time")
	require.Equal(t, ana.ID, *owner)

	f.Exec(`update agents set lease_until = now() - interval '1 second' where id = $1`, ana.ID)
	_, err = f.Desk.ExpireLeases(t.Context())
	require.NoError(t, err)
	require.NoError(t, f.Desk.ReturnToQueue(t.Context(), owned, ana.ID))
	_, agent = f.Offer(owned)
	require.Equal(t, tom.ID, agent)
	load, _ := f.Load(ana.ID)
	require.Zero(t, load)
}

func TestLeavingPassesOffersOn(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 100, nil, "support")
	id := f.Waiting("support")
	tom := f.Agent("Tom", 100, nil, "support")
	require.NoError(t, f.Desk.SetPresence(t.Context(), ana.ID, "break", false))
	_, agent := f.Offer(id)
	require.Equal(t, tom.ID, agent)
	require.ErrorIs(t, f.Desk.SetPresence(t.Context(), ana.ID, "nowhere", false), dispatch.ErrUnknown)

	offer, _ := f.Offer(id)
	_, err := f.Desk.Accept(t.Context(), offer, tom)
	require.NoError(t, err)
	require.NoError(t, f.Desk.SetPresence(t.Context(), tom.ID, "break", true))
	_, presence := f.Load(tom.ID)
	require.Equal(t, "available", presence, "only after the conversation")
	_, err = f.Desk.Complete(t.Context(), id, dispatch.Caller{Person: tom}, dispatch.WrapUpResult{})
	require.NoError(t, err)
	_, presence = f.Load(tom.ID)
	require.Equal(t, "break", presence)
}

func TestSupervisorTakesOverAndAssigns(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	boss := f.Agent("Boss", 100, nil)
	ana := f.Agent("Ana", 100, nil, "support")
	inFlow := f.Conversation()
	c, err := f.Desk.TakeOver(t.Context(), inFlow, boss, "")
	require.NoError(t, err)
	require.True(t, c.OwnedBy(boss.ID))
	offered := f.Waiting("support")
	c, err = f.Desk.TakeOver(t.Context(), offered, boss, "")
	require.NoError(t, err)
	require.True(t, c.OwnedBy(boss.ID))
	load, _ := f.Load(ana.ID)
	require.Zero(t, load)
	_, err = f.Desk.Assign(t.Context(), offered, dispatch.Caller{Person: boss, Supervisor: true}, ana.ID, "")
	require.NoError(t, err)
	offer, agent := f.Offer(offered)
	require.Equal(t, ana.ID, agent)
	c, err = f.Desk.Accept(t.Context(), offer, ana)
	require.NoError(t, err)
	require.True(t, c.OwnedBy(ana.ID))
	c, err = f.Desk.TakeOver(t.Context(), offered, boss, "")
	require.NoError(t, err)
	require.True(t, c.OwnedBy(boss.ID), "from an agent, too")

	waiting := f.Waiting("billing")
	tom := f.Agent("Tom", 100, nil, "support")
	_, err = f.Desk.Assign(t.Context(), waiting, dispatch.Caller{Person: boss, Supervisor: true}, tom.ID, "")
	require.NoError(t, err)
	_, agent = f.Offer(waiting)
	require.Equal(t, tom.ID, agent, "whom a supervisor names needs no membership")
}

// Their own offer is taken back, which sets them free, and they have the conversation in the same transaction: what else waits is not for them.
func TestWhoTakesOverGetsNoMoreThanThat(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	boss := f.Agent("Boss", 20, nil, "support")
	id, other := f.Waiting("support"), f.Waiting("support")
	require.Equal(t, []string{"Boss"}, f.Offered(id))
	_, err := f.Desk.TakeOver(t.Context(), id, boss, "")
	require.NoError(t, err)
	require.Empty(t, f.Offered(other))
	load, _ := f.Load(boss.ID)
	require.Equal(t, 20, load)
}

// What one transaction puts up is offered in its order, whatever order it was found in.
func TestWhoComesFirstIsOfferedFirstWhenAnAgentIsLost(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 40, nil, "support")
	second, first := f.Waiting("support"), f.Waiting("support", func(in *dispatch.Enqueue) { in.Priority = 90 })
	require.Equal(t, []string{"Ana"}, f.Offered(second))
	require.Equal(t, []string{"Ana"}, f.Offered(first))
	f.Agent("Tom", 20, nil, "support")
	f.Exec(`update agents set lease_until = now() - interval '1 second' where id = $1`, ana.ID)
	_, err := f.Desk.ExpireLeases(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"Tom"}, f.Offered(first))
	require.Empty(t, f.Offered(second))
}

// Who is set free by the same transaction that puts a request up serves who is next in line, not that request.
func TestWhoIsSetFreeServesWhoIsNext(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 20, nil, "support")
	held := f.Waiting("support")
	accepted(t, f, held, ana)
	f.Agent("Tom", 20, nil, "billing")
	transfer := func() {
		_, err := f.Desk.Transfer(t.Context(), held, dispatch.Caller{Person: ana}, dispatch.Transfer{Queue: "billing"})
		require.NoError(t, err)
	}
	transfer()
	require.Equal(t, []string{"Tom"}, f.Offered(held))
	next := f.Waiting("billing", func(in *dispatch.Enqueue) { in.Priority = 90 })
	require.Empty(t, f.Offered(next))
	transfer()
	require.Equal(t, []string{"Tom"}, f.Offered(next), "Tom was set free by the first transfer's end")
	require.Empty(t, f.Offered(held))
}

func TestAbandon(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 100, nil, "support")
	id := f.Waiting("support")
	free, err := f.Desk.Abandon(t.Context(), id, "customer_left")
	require.NoError(t, err)
	require.True(t, free)
	load, _ := f.Load(ana.ID)
	require.Zero(t, load)
	other := f.Waiting("support")
	offer, _ := f.Offer(other)
	_, err = f.Desk.Accept(t.Context(), offer, ana)
	require.NoError(t, err)
	free, err = f.Desk.Abandon(t.Context(), other, "customer_left")
	require.NoError(t, err)
	require.False(t, free, "who has accepted keeps it")
}

func TestChannelLimit(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	ana := f.Agent("Ana", 100, nil, "support")
	f.Exec(`insert into agent_channel_limits values ($1, 'webchat', 1)`, ana.ID)
	f.Waiting("support")
	second := f.Waiting("support")
	_, agent := f.Offer(second)
	require.Equal(t, uuid.Nil, agent)
}

func TestPlaceAndEstimate(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	f.Waiting("support")
	second := f.Waiting("support")
	place, err := f.Desk.Place(t.Context(), second)
	require.NoError(t, err)
	require.Equal(t, dispatch.Place{Position: 2}, place)
	place, err = f.Desk.Place(t.Context(), f.Conversation())
	require.NoError(t, err)
	require.Zero(t, place)

	ana := f.Agent("Ana", 100, nil, "support")
	for range 3 {
		offer, _ := f.Offer(f.Waiting("support"))
		_, err := f.Desk.Accept(t.Context(), offer, ana)
		require.NoError(t, err)
	}
	third := f.Waiting("support")
	estimate := func(sinceLast string) time.Duration {
		f.Exec(`update reservations r set answered_at = now() - $1::interval - (n - 1) * interval '2 minutes'
			from (select id, row_number() over (order by id desc) as n from reservations where answered_at is not null) last where r.id = last.id`, sinceLast)
		place, err := f.Desk.Place(t.Context(), third)
		require.NoError(t, err)
		return place.Estimate.Round(time.Minute) / time.Duration(place.Position)
	}
	require.Equal(t, 2*time.Minute, estimate("10 seconds"), "the mean time between accepts")
	require.Equal(t, 17*time.Minute, estimate("17 minutes"), "nobody has accepted for longer than that")
	require.Zero(t, estimate("2 hours"), "that says nothing about now")
}

func TestSweepRepairs(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	id := f.Waiting("support")
	f.Agent("Ana", 100, nil, "support") // appears without anybody being told
	repaired, err := f.Desk.Sweep(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, repaired.Matches)
	f.Exec(`update reservations set deadline = now() - interval '1 minute'`)
	repaired, err = f.Desk.Sweep(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, repaired.Overdue)
	_, agent := f.Offer(id)
	require.Equal(t, uuid.Nil, agent)
}

// A workflow task that is done again repeats its calls after their effects, and what it did afterwards, are there.
func TestAbandoningAgainAfterTheEnd(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	id := f.Waiting("support")
	for range 2 {
		free, err := f.Desk.Abandon(t.Context(), id, "customer_left")
		require.NoError(t, err)
		require.True(t, free)
		closed, _, err := f.Log.Close(t.Context(), id, 100, "left")
		require.NoError(t, err)
		require.True(t, closed)
	}
}
