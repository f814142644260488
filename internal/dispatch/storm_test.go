package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/invariants"
	"seax/internal/plan"
	"seax/internal/store"
)

// watchers make the database refuse what routing must never do, whichever process does it. They look when a transaction commits,
// so at what it leaves behind.
const watchers = `
create function watch_reservation() returns trigger language plpgsql as $$
declare r requests; held int; most int; other uuid;
begin
	if not exists (select from reservations where id = new.id and state in ('pending', 'accepting')) or new.reason = 'taken_over' then return null; end if;
	select * into r from requests where id = new.request_id;
	select max_conversations into most from agent_channel_limits where agent_id = new.agent_id and channel_kind = new.channel_kind;
	select count(*) into held from reservations where agent_id = new.agent_id and channel_kind = new.channel_kind and state in ('pending', 'accepting', 'accepted', 'wrapping');
	if held > most then raise exception 'BROKEN: agent % has % conversations of at most %', new.agent_id, held, most; end if;
	if exists (select from exclusions x where x.request_id = new.request_id and x.agent_id = new.agent_id and x.since > new.created_at - interval '15 seconds' and x.since < new.created_at) then
		raise exception 'BROKEN: request % was offered again to agent %, who has just had it', new.request_id, new.agent_id;
	end if;
	if r.known_agent is not null or r.anyone then return null; end if;
	select o.id into other from requests o where o.state = 'waiting' and o.queue_id = r.queue_id and (o.rank, o.id) < (r.rank, r.id) and o.cost = r.cost and o.channel_kind = r.channel_kind
		and o.skills = r.skills and o.agents_when = r.agents_when and not o.anyone and o.known_agent is null and coalesce(o.width, 1) = 1
		and not exists (select from exclusions x where x.request_id = o.id and x.agent_id = new.agent_id) limit 1;
	if other is not null then raise exception 'BROKEN: request % was overtaken by %', other, r.id; end if;
	return null;
end $$;
create constraint trigger watch_reservation after insert on reservations deferrable initially deferred for each row execute function watch_reservation();

create function watch_winners() returns trigger language plpgsql as $$
begin
	if (select count(*) from reservations where request_id = new.request_id and answered_at is not null and reason <> 'agent_lost') > 1
		and (select count(*) from reservations where request_id = new.request_id and state in ('accepted', 'wrapping')) > 1 then
		raise exception 'BROKEN: request % has two winners', new.request_id;
	end if;
	if (select count(*) from reservations where request_id = new.request_id and state in ('pending', 'accepting')) > 0
		and exists (select from reservations where request_id = new.request_id and state in ('accepted', 'wrapping')) then
		raise exception 'BROKEN: request % is accepted and still offered', new.request_id;
	end if;
	return null;
end $$;
create constraint trigger watch_winners after insert or update on reservations deferrable initially deferred for each row execute function watch_winners();

create function watch_rank() returns trigger language plpgsql as $$
declare before timestamptz;
begin
	if tg_op = 'UPDATE' then
		if new.virtual_start <> old.virtual_start then raise exception 'BROKEN: request % lost its place', new.id; end if;
		return null;
	end if;
	select virtual_start into before from requests where conversation_id = new.conversation_id and id <> new.id and state not in ('done', 'canceled') order by enqueued_at limit 1;
	if before is not null and new.virtual_start <> before then raise exception 'BROKEN: conversation % came to another place', new.conversation_id; end if;
	return null;
end $$;
create trigger watch_rank after insert or update on requests for each row execute function watch_rank();
`

// The environment by which a process of the storm knows what to do.
const stormDatabase, stormSeed = "SEAX_TEST_STORM_DATABASE", "SEAX_TEST_STORM_SEED"

// Several processes do everything at once that agents, customers and supervisors do. Whatever the order, what routing promises
// holds after every transaction, and at the end nothing waits that could be offered.
func TestManyProcessesAtOnce(t *testing.T) {
	t.Parallel()
	f := dispatchtest.New(t)
	f.Exec(`update queues set max_waiting = 40 where id = 'billing'`)
	f.Exec(`update queues set width = 1`)
	f.Plan(plan.Plan{ID: "wide", Rules: []plan.Rule{{Name: "korean", When: `request.skills.ko > 0`, Steps: []plan.Step{{Agents: `agent.skills.ko >= 60`, Timeout: 1}, {Drop: []string{"*"}}}}},
		Default: plan.Rule{Steps: []plan.Step{{Queue: "support", Timeout: 1}, {Anyone: true}}}})
	f.Plan(plan.Plan{ID: "many", Default: plan.Rule{Steps: []plan.Step{{Width: 3}}}})
	for i := range 12 {
		skills := map[string]int{"en": 80}
		if i%3 == 0 {
			skills["ko"] = 70
		}
		queues := [][]string{{"support"}, {"billing"}, {"support", "billing"}}[i%3]
		p := f.Agent(fmt.Sprintf("Agent %d", i), 20*(1+i%4), skills, queues...)
		if i%4 == 3 {
			f.Exec(`insert into agent_channel_limits values ($1, 'webchat', 2)`, p.ID)
		}
	}
	f.Exec(watchers)

	var processes errgroup.Group
	for seed := range 4 {
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestStormProcess$", "-test.count=1")
		command.Env = append(os.Environ(), stormDatabase+"="+f.Pool.Config().ConnString(), stormSeed+"="+strconv.Itoa(seed+1))
		processes.Go(func() error {
			if out, err := command.CombinedOutput(); err != nil {
				return fmt.Errorf("%w:\n%s", err, out)
			}
			return nil
		})
	}
	require.NoError(t, processes.Wait())

	// Who is away comes back; what was passed on may be offered again; then all of it has been seen to already.
	made, err := f.Desk.Sweep(t.Context())
	require.NoError(t, err)
	require.Zero(t, made.Matches, "a sweep finds nothing that was missed")
	found, err := invariants.Check(t.Context(), f.Pool)
	require.NoError(t, err)
	require.Empty(t, found)
	var happened int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select count(*) from conversation_events where kind = 'conversation.assigned'`).Scan(&happened))
	require.Greater(t, happened, 50, "there was something to watch")
	var lost int
	require.NoError(t, f.Pool.QueryRow(t.Context(), `select count(*) from conversations c where phase not in ('flow', 'parked', 'closed')
		and not exists (select from requests r where r.conversation_id = c.id and r.state in ('waiting', 'offered', 'accepted'))`).Scan(&lost))
	require.Zero(t, lost, "every request ends or waits")
}

// TestStormProcess is one process of the storm; by itself it does nothing.
func TestStormProcess(t *testing.T) {
	url := os.Getenv(stormDatabase)
	if url == "" {
		t.Skip("started by TestManyProcessesAtOnce")
	}
	pool, err := store.Open(t.Context(), url, 4)
	require.NoError(t, err)
	defer pool.Close()
	seed, err := strconv.ParseUint(os.Getenv(stormSeed), 10, 64)
	require.NoError(t, err)
	log := conversation.NewLog(pool, time.Now)
	s := &storm{t: t, dice: rand.New(rand.NewPCG(seed, 7)), log: log, desk: dispatch.New(log, dispatch.Timings{Lease: time.Hour, Misses: 1000})}
	for range 400 {
		s.step(t.Context())
	}
}

type storm struct {
	t    *testing.T
	dice *rand.Rand
	log  *conversation.Log
	desk *dispatch.Desk
}

// step does one thing somebody could do at this moment.
func (s *storm) step(ctx context.Context) {
	type act struct {
		weight int
		do     func() error
	}
	acts := []act{
		{20, func() error { return s.arrive(ctx) }},
		{30, func() error {
			id, agent := s.pick(`select id, agent_id from reservations where state = 'pending'`)
			_, err := s.desk.Accept(ctx, id, agent)
			return err
		}},
		{10, func() error {
			id, agent := s.pick(`select id, agent_id from reservations where state = 'pending'`)
			return s.desk.Reject(ctx, id, agent, "busy")
		}},
		{4, func() error {
			id, _ := s.pick(`select id, agent_id from reservations where state = 'pending'`)
			return s.desk.Timeout(ctx, id)
		}},
		{12, func() error {
			id, agent := s.owned()
			_, err := s.desk.Complete(ctx, id, dispatch.Caller{Person: agent}, dispatch.WrapUpResult{})
			return err
		}},
		{6, func() error {
			id, agent := s.owned()
			_, err := s.desk.WrapUp(ctx, id, dispatch.Caller{Person: agent})
			return err
		}},
		{8, func() error {
			id, agent := s.owned()
			to := dispatch.Transfer{Queue: []string{"support", "billing"}[s.dice.IntN(2)], LetGo: s.dice.IntN(3) == 0}
			if !to.LetGo {
				to.Warm = s.dice.IntN(2) == 0
			}
			_, err := s.desk.Transfer(ctx, id, dispatch.Caller{Person: agent}, to)
			return err
		}},
		{3, func() error {
			id, agent := s.owned()
			_, err := s.desk.Leave(ctx, id, agent)
			return err
		}},
		{3, func() error {
			id, helper := s.pick(`select conversation_id, agent_id from reservations where state = 'accepted' and role = 'helper'`)
			_, err := s.desk.Pass(ctx, id, dispatch.Caller{Supervisor: true}, helper.ID)
			return err
		}},
		{4, func() error {
			id, agent := s.owned()
			_, err := s.desk.Park(ctx, id, dispatch.Caller{Person: agent}, nil, "")
			return err
		}},
		{4, func() error {
			id, _ := s.pick(`select id, id from conversations where phase = 'parked'`)
			_, err := s.desk.Resume(ctx, id, conversation.System, "customer")
			return err
		}},
		{6, func() error {
			id, _ := s.pick(`select id, id from agents`)
			return s.desk.SetPresence(ctx, id, []string{"available", "available", "break"}[s.dice.IntN(3)], false)
		}},
		{3, func() error {
			id, _ := s.pick(`select id, id from agents`)
			if _, err := s.log.Pool().Exec(ctx, `update agents set lease_until = now() - interval '1 second' where id = $1`, id); err != nil {
				return err
			}
			_, err := s.desk.ExpireLeases(ctx)
			return err
		}},
		{6, func() error {
			id, _ := s.pick(`select id, id from agents where lost`)
			return s.desk.Renew(ctx, []uuid.UUID{id})
		}},
		{2, func() error {
			id, owner := s.pick(`select r.conversation_id, r.agent_id from reservations r join agents a on a.id = r.agent_id where r.state = 'accepted' and r.role = 'owner' and a.lost`)
			return s.desk.ReturnToQueue(ctx, id, owner.ID)
		}},
		{3, func() error {
			id, _ := s.pick(`select conversation_id, conversation_id from requests where step_until < now() and state in ('waiting', 'offered')`)
			return s.desk.StepDue(ctx, id)
		}},
		{2, func() error {
			id, _ := s.pick(`select id, id from conversations where phase <> 'closed'`)
			_, boss := s.pick(`select id, id from agents where load + 20 <= capacity`)
			_, err := s.desk.TakeOver(ctx, id, boss, "")
			return err
		}},
		{2, func() error {
			id, _ := s.pick(`select id, id from conversations where phase in ('queued', 'offered', 'assigned')`)
			_, agent := s.pick(`select id, id from agents`)
			_, err := s.desk.Assign(ctx, id, dispatch.Caller{Supervisor: true}, agent.ID, "")
			return err
		}},
		{2, func() error {
			id, _ := s.pick(`select id, id from conversations where phase in ('queued', 'offered')`)
			_, err := s.desk.Abandon(ctx, id, "customer_left")
			return err
		}},
	}
	sum := 0
	for _, a := range acts {
		sum += a.weight
	}
	at := s.dice.IntN(sum)
	for _, a := range acts {
		if at -= a.weight; at >= 0 {
			continue
		}
		if err := a.do(); err != nil && !refusal(err) {
			s.t.Fatal(err)
		}
		return
	}
}

// refusal reports whether an error is one that a person may meet: somebody else was faster, or there was nothing to do it to.
func refusal(err error) bool {
	var gone *dispatch.GoneError
	return errors.As(err, &gone) || errors.Is(err, dispatch.ErrNotOwner) || errors.Is(err, dispatch.ErrPhase) || errors.Is(err, dispatch.ErrCapacity) ||
		errors.Is(err, dispatch.ErrUnknown) || errors.Is(err, dispatch.ErrNoReservation) || errors.Is(err, conversation.ErrNotFound)
}

func (s *storm) arrive(ctx context.Context) error {
	contact, id := conversation.NewID(), conversation.NewID()
	pool := s.log.Pool()
	if _, err := pool.Exec(ctx, `insert into contacts (id, name) values ($1, 'Customer')`, contact); err != nil {
		return err
	}
	if _, err := pool.Exec(ctx, `insert into conversations (id, channel_id, channel_kind, address, contact_id, flow) values ($1, 'chat', 'webchat', $2, $3, 'assistant')`, id, id.String(), contact); err != nil {
		return err
	}
	request := dispatch.Enqueue{RequestID: conversation.NewID(), Queue: []string{"support", "support", "billing"}[s.dice.IntN(3)], Plan: []string{"", "", "wide", "many"}[s.dice.IntN(4)], Priority: s.dice.IntN(3)}
	if s.dice.IntN(3) == 0 {
		request.Skills = map[string]int{"ko": 60}
	}
	return s.desk.Enqueue(ctx, id, request)
}

// pick chooses one of the pairs a statement finds; nobody and nothing if there are none.
func (s *storm) pick(sql string) (uuid.UUID, conversation.Person) {
	var id uuid.UUID
	var who conversation.Person
	err := s.log.Pool().QueryRow(s.t.Context(), `with found (id, who) as (`+sql+`) select f.id, f.who, coalesce(p.name, '') from found f left join people p on p.id = f.who order by random() limit 1`).Scan(&id, &who.ID, &who.Name)
	if err != nil {
		return uuid.Nil, conversation.Person{}
	}
	return id, who
}

func (s *storm) owned() (uuid.UUID, conversation.Person) {
	return s.pick(`select conversation_id, agent_id from reservations where state in ('accepted', 'wrapping')`)
}
