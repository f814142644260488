-- +goose Up

-- The clocks of what a conversation's queue promises: what internal/sla keeps; null: nothing is promised.
alter table conversations
    add column sla jsonb,
    -- Which promises and hours they go by; '': none. It is compared with the queue's.
    add column sla_key text not null default '',
    -- The most urgent of them: ok, warned, breached, paused; '': there is none.
    add column sla_state text not null default '' check (sla_state in ('', 'ok', 'warned', 'breached', 'paused')),
    -- When the earliest of those that run comes, or came, to its end; and when something is to be said of one next.
    add column sla_due timestamptz,
    add column sla_look timestamptz,
    -- When a person first spoke since one was needed.
    add column replied_at timestamptz;
update conversations c set replied_at = (select min(e.at) from conversation_events e where e.conversation_id = c.id and e.kind = 'agent.message')
    where c.phase in ('queued', 'offered', 'assigned', 'parked');
create index conversations_sla_look on conversations (sla_look) where sla_look is not null;

-- What the workflow is to know of the clocks from this event on: {"look": ..., "due": ...}; null: nothing new.
alter table conversation_events add column sla jsonb;

-- What became of each clock, for reports.
create table sla_outcomes (
    conversation_id uuid        not null references conversations on delete cascade,
    -- Numbers the conversation's clocks.
    period          integer     not null,
    target          text        not null check (target in ('first_reply', 'next_reply', 'resolution')),
    -- The queue that made the promise, and the agent who had the conversation at the end.
    queue_id        text        not null,
    agent_id        uuid,
    -- It was done, or fell away because it was no longer to be done.
    met             boolean     not null,
    breached        boolean     not null,
    warned          boolean     not null,
    promised_s      integer     not null,
    -- Seconds within the queue's hours while the customer waited for a person.
    used_s          double precision not null,
    started_at      timestamptz not null,
    ended_at        timestamptz not null,
    primary key (conversation_id, period)
);
create index sla_outcomes_queue on sla_outcomes (queue_id, ended_at);

-- What those who wait are served by: when they came, or when they are to be answered.
alter table queues add column rank_by text not null default 'arrival' check (rank_by in ('arrival', 'sla'));
-- When the customer is to be answered, as it was when the request came into its queue.
alter table requests add column sla_due timestamptz;

-- +goose Down

alter table requests drop column sla_due;
alter table queues drop column rank_by;
drop table sla_outcomes;
alter table conversation_events drop column sla;
drop index conversations_sla_look;
alter table conversations drop column sla, drop column sla_key, drop column sla_state, drop column sla_due, drop column sla_look, drop column replied_at;
