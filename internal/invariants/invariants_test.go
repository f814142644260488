package invariants_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/internal/clocktest"
	"seax/internal/conversation"
	"seax/internal/dispatch"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/ingress"
	"seax/internal/invariants"
)

// day is a contact center in which a few things have happened as they should.
func day(t *testing.T) *dispatchtest.Floor {
	t.Helper()
	clock := clocktest.At(time.Now().Add(-20 * time.Second))
	f := dispatchtest.NewAt(t, clock.Now)
	f.Exec(`update queues set sla = '{"first_reply_s": 10, "next_reply_s": 600, "resolution_s": 3600}'`)
	ctx := t.Context()
	in := ingress.New(f.Log)
	channel := ingress.Channel{Account: connectors.Account{ID: "chat", Kind: "webchat"}, Flow: "assistant"}
	write := func(address, text string) {
		_, err := in.Accept(ctx, channel, []connectors.Inbound{{
			Type: connectors.InMessage, ProviderID: address + ":" + uuid.NewString(), Address: address, Message: conversation.Message{Text: text},
		}})
		require.NoError(t, err)
	}
	open := func(address string) (id uuid.UUID) {
		require.NoError(t, f.Pool.QueryRow(ctx, `select id from conversations where address = $1 and closed_at is null`, address).Scan(&id))
		return id
	}
	ana := f.Agent("Ana", 40, nil, "support")
	caller := dispatch.Caller{Person: ana}

	// One that has ended,
	write("ended", "hello")
	write("ended", "is anybody there?")
	var said string
	require.NoError(t, f.Pool.QueryRow(ctx, `select provider_id from inbound_keys order by seq limit 1`).Scan(&said))
	_, beside := in.Accept(ctx, channel, []connectors.Inbound{
		{Type: connectors.InEdited, ProviderID: "edit", Address: "ended", Target: said, Message: conversation.Message{Text: "hello!"}},
		{Type: connectors.InReaction, ProviderID: "reaction", Address: "ended", Target: said, Emoji: "👍"},
		{Type: connectors.InEcho, ProviderID: "echo", Address: "ended", Message: conversation.Message{Text: "written elsewhere"}},
	})
	require.NoError(t, beside)
	ended := open("ended")
	_, _, err := f.Log.Say(ctx, ended, conversation.Saying{ID: conversation.NewID(), Kind: conversation.BotMessage, Actor: conversation.Actor{Kind: conversation.ByBot}, Message: conversation.Message{Text: "Hi"}})
	require.NoError(t, err)
	require.NoError(t, f.Desk.Enqueue(ctx, ended, dispatch.Enqueue{RequestID: conversation.NewID(), Queue: "support"}))
	offer, _ := f.Offer(ended)
	_, err = f.Desk.Accept(ctx, offer, ana)
	require.NoError(t, err)
	_, err = f.Log.Reply(ctx, ended, conversation.NewID(), ana, conversation.Message{Text: "Yes"})
	require.NoError(t, err)
	_, err = f.Desk.Complete(ctx, ended, caller, dispatch.WrapUpResult{Outcome: "resolved"})
	require.NoError(t, err)
	closed, _, err := f.Log.Close(ctx, ended, 1000, "done")
	require.NoError(t, err)
	require.True(t, closed)
	// one that somebody has, one that is offered, and one that waits.
	for _, address := range []string{"owned", "offered", "waiting"} {
		write(address, "hello")
		require.NoError(t, f.Desk.Enqueue(ctx, open(address), dispatch.Enqueue{RequestID: conversation.NewID(), Queue: "support"}))
		if address == "owned" {
			offer, _ = f.Offer(open(address))
			_, err = f.Desk.Accept(ctx, offer, ana)
			require.NoError(t, err)
		}
	}
	// Its clock has warned and breached.
	for range 2 {
		clock.Pass(9 * time.Second)
		_, err = f.Log.SLADue(ctx, open("waiting"))
		require.NoError(t, err)
	}
	for _, d := range []string{`update deliveries set status = 'sent'`, `delete from outbox`} {
		f.Exec(d)
	}
	return f
}

func numbers(found []invariants.Violation) map[string]bool {
	seen := map[string]bool{}
	for _, v := range found {
		number, _, _ := strings.Cut(v.Invariant, " ")
		seen[number] = true
	}
	return seen
}

func TestAnIntactDayHoldsAllInvariants(t *testing.T) {
	t.Parallel()
	found, err := invariants.CheckSettled(t.Context(), day(t).Pool)
	require.NoError(t, err)
	require.Empty(t, found)
}

// TestEveryCheckCanFail breaks copies of the day, each in one way the database or the code should have prevented.
func TestEveryCheckCanFail(t *testing.T) {
	t.Parallel()
	const ended = `(select id from conversations where address = 'ended')`
	for name, c := range map[string]struct {
		invariant string
		damage    []string
	}{
		"an accepted message is not in the log":  {"1", []string{`update inbound_keys set seq = 999 where conversation_id = ` + ended + ` and seq = 2`}},
		"a message without a provider's id":      {"1", []string{`delete from inbound_keys where conversation_id = ` + ended + ` and seq = 2`}},
		"two open conversations of one address":  {"2", []string{`drop index conversations_open`, `update conversations set address = 'owned' where address = 'waiting'`}},
		"an event is missing":                    {"3", []string{`delete from conversation_events where conversation_id = ` + ended + ` and kind = 'bot.message'`}},
		"an input names the wrong one before it": {"3", []string{`update conversation_events set prev_input = 1 where conversation_id = ` + ended + ` and kind = 'conversation.wrapped'`}},
		"an input stayed in the outbox":          {"3", []string{`insert into outbox (conversation_id, seq, at) select id, 1, now() from conversations where address = 'ended'`}},
		"more load than capacity":                {"4", []string{`alter table agents drop constraint agents_load_within_capacity`, `update agents set load = 60`}},
		"load that nobody holds":                 {"4", []string{`update agents set load = 20`}},
		"two owners":                             {"5", []string{`update reservations set state = 'accepted' where state = 'pending'`}},
		"an end without its time":                {"5", []string{`update reservations set ended_at = null where state = 'completed'`}},
		"an offer that ended twice":              {"5", []string{`insert into conversation_events select conversation_id, 999, gen_random_uuid(), kind, actor, body, null, at, null from conversation_events where kind = 'reservation.accepted' and conversation_id = ` + ended}},
		"waits without a request":                {"6", []string{`update requests set state = 'canceled' where state = 'waiting'`}},
		"offered to nobody":                      {"6", []string{`update reservations set state = 'rejected', ended_at = now() where state = 'pending'`}},
		"somebody is free, and yet it waits":     {"6", []string{`update agents set capacity = 100`}},
		"a message without a delivery":           {"7", []string{`delete from deliveries where conversation_id = ` + ended + ` and seq = (select min(seq) from deliveries where conversation_id = ` + ended + `)`}},
		"a message was sent twice":               {"7", []string{`insert into conversation_events (conversation_id, seq, id, kind, actor, body, at) select ` + ended + `, 900 + n, gen_random_uuid(), 'delivery.updated', '{"kind":"system"}', '{"event_id":"x","status":"sent"}', now() from generate_series(1, 2) n`}},
		"a message was never sent":               {"7", []string{`update deliveries set status = 'queued' where conversation_id = ` + ended}},
		"sent, but for a part of it":             {"7", []string{`update deliveries set status = 'sent' where conversation_id = ` + ended, `insert into delivery_parts (id, event_id, part, conversation_id, channel_id, content) select gen_random_uuid(), event_id, 0, conversation_id, channel_id, '{}' from deliveries where conversation_id = ` + ended}},
		"a visitor sees a message twice":         {"7", []string{`alter table webchat_feed drop constraint if exists webchat_feed_channel_id_visitor_id_id_key`, `drop index if exists webchat_feed_id`, `insert into webchat_visitors (channel_id, id, last_n) values ('chat', '00000000-0000-0000-0000-000000000001', 2)`, `insert into webchat_feed (channel_id, visitor_id, n, id, item, at) select 'chat', '00000000-0000-0000-0000-000000000001', n, '00000000-0000-0000-0000-000000000002', '{}', now() from generate_series(1, 2) n`}},
		"a status that runs backwards":           {"8", []string{`insert into conversation_events (conversation_id, seq, id, kind, actor, body, at) select ` + ended + `, 900 + n, gen_random_uuid(), 'delivery.updated', '{"kind":"system"}', jsonb_build_object('event_id', 'x', 'status', case n when 1 then 'read' else 'delivered' end), now() from generate_series(1, 2) n`}},
		"the bot speaks while a person owns it":  {"9", []string{`insert into conversation_events (conversation_id, seq, id, kind, actor, body, at) select id, last_seq + 1, gen_random_uuid(), 'bot.message', '{"kind":"bot"}', '{"text":"x"}', now() from conversations where address = 'owned'`}},
		"somebody speaks who is not the owner":   {"9", []string{`update conversation_events set actor = jsonb_set(actor, '{id}', '"somebody else"') where kind = 'agent.message'`}},
		"something is said after the end":        {"10", []string{`insert into conversation_events (conversation_id, seq, id, kind, actor, body, at) select id, last_seq + 1, gen_random_uuid(), 'customer.message', '{"kind":"customer"}', '{"text":"x"}', now() from conversations where address = 'ended'`}},
		"a conversation that was closed twice":   {"10", []string{`insert into conversation_events (conversation_id, seq, id, kind, actor, body, at) select id, last_seq + 1, gen_random_uuid(), 'conversation.closed', '{"kind":"system"}', '{}', now() from conversations where address = 'ended'`}},
		"a breach that is said twice":            {"12", []string{`insert into conversation_events select conversation_id, 999, gen_random_uuid(), kind, actor, body, null, at, null from conversation_events where kind = 'sla.breached'`}},
		"a breach that is not said":              {"12", []string{`update conversations set sla = jsonb_set(sla, '{clocks,0,due_at}', to_jsonb(now() - interval '2 minutes')), sla_due = now() - interval '2 minutes' where address = 'owned'`}},
		"a breach that nothing tells of":         {"12", []string{`update conversation_events set kind = 'flow.step' where kind = 'sla.breached'`}},
		"an outcome that did not come about":     {"12", []string{`update sla_outcomes set breached = not breached`}},
		"a due time that no clock has":           {"12", []string{`update conversations set sla_due = null where address = 'owned'`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := day(t)
			for _, sql := range c.damage {
				f.Exec(sql)
			}
			found, err := invariants.CheckSettled(t.Context(), f.Pool)
			require.NoError(t, err)
			require.Contains(t, numbers(found), c.invariant, "%v", found)
		})
	}
}
