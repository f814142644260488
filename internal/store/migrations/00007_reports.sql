-- +goose Up

-- Within how many seconds a customer should have an agent: what the queue's service level counts by.
alter table queues add column answer_within_s integer not null default 20 check (answer_within_s between 1 and 86400);

-- How agents stood, one row per change. Written under the lock of decisions, so n has the order in which the changes were
-- committed; a state lasts until the agent's next row.
create table agent_states (
    n           bigint generated always as identity primary key,
    agent_id    uuid        not null,
    at          timestamptz not null,
    presence    text        not null,
    offers_work boolean     not null,
    connected   boolean     not null,
    -- How many conversations they have accepted and not completed.
    handling    integer     not null
);
create index agent_states_agent on agent_states (agent_id, n desc);
insert into agent_states (agent_id, at, presence, offers_work, connected, handling)
    select a.id, now(), a.presence, p.offers_work, not a.lost,
        (select count(*) from reservations r where r.agent_id = a.id and r.state in ('accepted', 'wrapping'))
    from agents a join presences p on p.id = a.presence;

-- Reports: all below is made from conversation_events and agent_states by internal/reports, and can be made anew.

-- What is in the log and not yet in the numbers; written with the events, removed with the numbers.
create table report_inbox (
    conversation_id uuid   not null,
    seq             bigint not null,
    primary key (conversation_id, seq)
);
insert into report_inbox (conversation_id, seq) select id, last_seq from conversations;

-- How far a conversation is in the numbers, and what of it is under way; progress is null when it is closed. It refers to
-- conversations without a foreign key, whose check would wait for whoever is writing in one.
create table report_progress (
    conversation_id uuid primary key,
    seq             bigint not null,
    progress        jsonb
);

-- How far agent_states is in the numbers.
create table report_cursor (
    alone boolean primary key default true check (alone),
    n     bigint not null
);
insert into report_cursor (n) values (0);

-- The numbers of a quarter of an hour (the largest step that every time zone's days consist of). The agent of zeros is all of
-- them together, and nobody; queue_id '' is no queue. Times are sums of milliseconds.
create table report_counts (
    agent_id         uuid        not null,
    at               timestamptz not null,
    queue_id         text        not null,
    channel_id       text        not null,
    entered          bigint      not null default 0,
    answered         bigint      not null default 0,
    answered_in_time bigint      not null default 0,
    abandoned        bigint      not null default 0,
    abandoned_early  bigint      not null default 0,
    overflowed       bigint      not null default 0,
    refused          bigint      not null default 0,
    moved            bigint      not null default 0,
    offered          bigint      not null default 0,
    accepted         bigint      not null default 0,
    rejected         bigint      not null default 0,
    missed           bigint      not null default 0,
    withdrawn        bigint      not null default 0,
    handled          bigint      not null default 0,
    wrapped          bigint      not null default 0,
    transfers        bigint      not null default 0,
    parked           bigint      not null default 0,
    returned         bigint      not null default 0,
    first_offers     bigint      not null default 0,
    first_replies    bigint      not null default 0,
    rated            bigint      not null default 0,
    to_offer_ms      bigint      not null default 0,
    answer_ms        bigint      not null default 0,
    abandon_ms       bigint      not null default 0,
    to_accept_ms     bigint      not null default 0,
    first_reply_ms   bigint      not null default 0,
    handle_ms        bigint      not null default 0,
    wrapup_ms        bigint      not null default 0,
    -- Thousandths of what could be given.
    rating           bigint      not null default 0,
    primary key (agent_id, at, queue_id, channel_id)
) with (fillfactor = 80);

-- Speeds of answer by slot of a logarithmic scale (internal/reports), for percentiles.
create table report_answers (
    agent_id   uuid        not null,
    at         timestamptz not null,
    queue_id   text        not null,
    channel_id text        not null,
    slot       integer     not null,
    n          bigint      not null,
    primary key (agent_id, at, queue_id, channel_id, slot)
) with (fillfactor = 80);

create table report_rejections (
    agent_id   uuid        not null,
    at         timestamptz not null,
    queue_id   text        not null,
    channel_id text        not null,
    reason     text        not null,
    n          bigint      not null,
    primary key (agent_id, at, queue_id, channel_id, reason)
) with (fillfactor = 80);

-- What agents did with their time, in milliseconds.
create table report_times (
    agent_id     uuid        not null,
    at           timestamptz not null,
    presence     text        not null,
    connected_ms bigint      not null default 0,
    -- Connected, and in a presence that offers work or with a conversation.
    staffed_ms   bigint      not null default 0,
    -- Connected, and with a conversation; worked counts each of several at once.
    busy_ms      bigint      not null default 0,
    worked_ms    bigint      not null default 0,
    primary key (agent_id, at, presence)
) with (fillfactor = 80);

-- By agent, numbers are read of all agents of a time. What is written is of about now, so a block has rows of about one time.
create index report_counts_at on report_counts using brin (at) with (autosummarize = on);
create index report_answers_at on report_answers using brin (at) with (autosummarize = on);
create index report_rejections_at on report_rejections using brin (at) with (autosummarize = on);
create index report_times_at on report_times using brin (at) with (autosummarize = on);

-- Screens on the wall: a token that shows some queues' numbers to whoever has it.
create table wallboards (
    id          uuid primary key,
    name        text        not null,
    token_hash  bytea       not null,
    -- The token's beginning, by which it is found and recognised.
    prefix      text        not null unique,
    queues      text[]      not null,
    show_agents boolean     not null default false,
    language    text        not null check (language in ('en', 'ko')),
    theme       text        not null default 'auto' check (theme in ('auto', 'light', 'dark')),
    created_by  uuid references people,
    created_at  timestamptz not null default now(),
    expires_at  timestamptz,
    revoked_at  timestamptz
);

-- +goose Down

drop table wallboards, report_times, report_rejections, report_answers, report_counts, report_cursor, report_progress, report_inbox, agent_states;
alter table queues drop column answer_within_s;
