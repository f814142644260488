-- +goose Up

create extension if not exists pg_trgm;

-- People, access ------------------------------------------------------------------------------------------------------

create table people (
    id            uuid primary key,
    email         text        not null,
    name          text        not null,
    password_hash text        not null default '',
    role          text        not null check (role in ('agent', 'supervisor', 'admin')),
    locale        text        not null default 'en',
    active        boolean     not null default true,
    version       integer     not null default 1,
    created_at    timestamptz not null default now()
);
create unique index people_email on people (lower(email));

create table sessions (
    token_hash bytea primary key,
    person_id  uuid        not null references people on delete cascade,
    user_agent text        not null default '',
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index sessions_person on sessions (person_id);

create table api_keys (
    id           uuid primary key,
    name         text        not null,
    key_hash     bytea       not null unique,
    prefix       text        not null,
    role         text        not null check (role in ('agent', 'supervisor', 'admin')),
    person_id    uuid        not null references people on delete cascade,
    created_at   timestamptz not null default now(),
    last_used_at timestamptz,
    revoked_at   timestamptz
);

-- One row per throttled key (an email, a network address): sign-in slows down after repeated failures.
create table login_failures (
    key      text primary key,
    failures integer     not null,
    last_at  timestamptz not null
);

-- A POST repeated with the same Idempotency-Key gets the first answer again.
create table idempotency_keys (
    person_id  uuid        not null,
    key        text        not null,
    route      text        not null,
    body_hash  bytea       not null,
    status     integer,
    response   bytea,
    created_at timestamptz not null default now(),
    primary key (person_id, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);

-- Values every process of one installation must share (token signing keys).
create table instance_settings (
    key   text primary key,
    value bytea not null
);

-- Routing: who can work ----------------------------------------------------------------------------------------------

-- label and name columns of type jsonb hold one text per language: {"en": "...", "ko": "..."}.
create table presences (
    id          text primary key,
    label       jsonb   not null,
    offers_work boolean not null,
    position    integer not null default 0,
    builtin     boolean not null default false,
    version     integer not null default 1
);
insert into presences (id, label, offers_work, position, builtin) values
    ('available',      '{"en": "Available", "ko": "상담 가능"}',       true,  10, true),
    ('break',          '{"en": "Break", "ko": "휴식"}',               false, 20, false),
    ('meeting',        '{"en": "Meeting", "ko": "회의"}',             false, 30, false),
    ('not_responding', '{"en": "Not responding", "ko": "응답 없음"}', false, 90, true),
    ('offline',        '{"en": "Offline", "ko": "오프라인"}',          false, 99, true);

create table skills (
    id      text primary key,
    label   jsonb   not null,
    version integer not null default 1
);

create table queues (
    id              text primary key,
    name            jsonb   not null,
    offer_timeout_s integer not null default 20  check (offer_timeout_s between 5 and 3600),
    wrapup_s        integer not null default 120 check (wrapup_s between 5 and 86400),
    boost_s         integer not null default 600 check (boost_s between 0 and 86400),
    strict          boolean not null default false,
    time_zone       text    not null default 'UTC',
    -- {"mon": [["09:00","18:00"]], ...}; an empty object means always open.
    hours           jsonb   not null default '{}',
    -- ["2026-12-25", ...] in the queue's time zone.
    holidays        jsonb   not null default '[]',
    -- wrap-up codes an agent may choose: [{"id": "resolved", "label": {...}}, ...]
    outcomes        jsonb   not null default '[]',
    version         integer not null default 1
);

-- The routing side of a person. load is written only by the transactions of internal/dispatch.
create table agents (
    id             uuid primary key references people on delete cascade,
    capacity       integer     not null default 100 check (capacity between 0 and 10000),
    load           integer     not null default 0,
    presence       text        not null default 'offline' references presences,
    presence_since timestamptz not null default now(),
    next_presence  text references presences,
    lease_until    timestamptz not null default '-infinity',
    lost           boolean     not null default true,
    idle_since     timestamptz not null default now(),
    misses         integer     not null default 0,
    constraint agents_load_within_capacity check (load >= 0 and load <= capacity)
);
create index agents_lease on agents (lease_until) where not lost;

create table agent_skills (
    agent_id uuid    not null references agents on delete cascade,
    skill    text    not null references skills on delete cascade,
    level    integer not null check (level between 1 and 100),
    primary key (agent_id, skill)
);

create table agent_queues (
    agent_id uuid    not null references agents on delete cascade,
    queue_id text    not null references queues on delete cascade,
    level    integer not null default 1 check (level between 1 and 99),
    primary key (agent_id, queue_id)
);
create index agent_queues_queue on agent_queues (queue_id);

create table agent_channel_limits (
    agent_id         uuid    not null references agents on delete cascade,
    channel_kind     text    not null,
    max_conversations integer not null check (max_conversations >= 0),
    primary key (agent_id, channel_kind)
);

-- Channels, contacts --------------------------------------------------------------------------------------------------

create table channels (
    id              text primary key,
    kind            text        not null,
    name            text        not null,
    flow            text        not null default 'assistant',
    queue_id        text        not null references queues,
    cost            integer     not null default 20 check (cost between 0 and 100),
    settings        jsonb       not null default '{}',
    secret          bytea       not null,
    enabled         boolean     not null default true,
    last_inbound_at timestamptz,
    version         integer     not null default 1,
    created_at      timestamptz not null default now()
);

create table contacts (
    id          uuid primary key,
    name        text        not null default '',
    locale      text        not null default '',
    attributes  jsonb       not null default '{}',
    merged_into uuid references contacts,
    last_agent  uuid references people,
    version     integer     not null default 1,
    created_at  timestamptz not null default now()
);
create index contacts_name on contacts using gin (name gin_trgm_ops);

-- realm is the channel account for ids that mean something only there, and '' for phone numbers and email addresses.
create table identities (
    id         uuid primary key,
    contact_id uuid        not null references contacts,
    kind       text        not null,
    realm      text        not null default '',
    address    text        not null,
    verified   boolean     not null default false,
    since      timestamptz not null default now(),
    unique (kind, realm, address)
);
create index identities_contact on identities (contact_id);

create table contact_merges (
    id            uuid primary key,
    from_id       uuid        not null references contacts,
    into_id       uuid        not null references contacts,
    identities    uuid[]      not null,
    conversations uuid[]      not null,
    by_person     uuid references people,
    at            timestamptz not null default now(),
    undone_at     timestamptz
);

-- Conversations and their event log ---------------------------------------------------------------------------------

create table conversations (
    id              uuid primary key,
    number          bigint generated always as identity,
    channel_id      text        not null references channels,
    channel_kind    text        not null,
    address         text        not null,
    contact_id      uuid        not null references contacts,
    flow            text        not null,
    phase           text        not null default 'flow'
        check (phase in ('flow', 'queued', 'offered', 'assigned', 'parked', 'wrapping', 'closed')),
    queue_id        text references queues,
    agent_id        uuid references people,
    epoch           integer     not null default 0,
    last_seq        bigint      not null default 0,
    last_input_seq  bigint      not null default 0,
    language        text        not null default '',
    priority        integer     not null default 0,
    attributes      jsonb       not null default '{}',
    preview         text        not null default '',
    preview_from    text        not null default '',
    last_message_at timestamptz,
    waiting_since   timestamptz,
    unread          integer     not null default 0,
    transfer        jsonb,
    parked_until    timestamptz,
    attention       text        not null default '',
    outcome         text        not null default '',
    rating          integer,
    opened_at       timestamptz not null default now(),
    closed_at       timestamptz,
    check ((phase = 'closed') = (closed_at is not null)),
    check (phase not in ('assigned', 'wrapping') or agent_id is not null)
);
create unique index conversations_open on conversations (channel_id, address) where closed_at is null;
create index conversations_contact on conversations (contact_id, opened_at desc);
create index conversations_agent on conversations (agent_id, last_message_at desc) where closed_at is null;
create index conversations_open_recent on conversations (opened_at desc) where closed_at is null;
create index conversations_recent on conversations (opened_at desc, id);

create table conversation_events (
    conversation_id uuid        not null references conversations on delete cascade,
    seq             bigint      not null,
    id              uuid        not null unique,
    kind            text        not null,
    actor           jsonb       not null,
    body            jsonb       not null,
    -- The event before this one that the workflow must take in; null for events that are no input to it.
    prev_input      bigint,
    at              timestamptz not null default now(),
    provider_at     timestamptz,
    primary key (conversation_id, seq)
);

-- What a provider has already told us, so that its repetitions are dropped.
create table inbound_keys (
    channel_id      text        not null,
    provider_id     text        not null,
    conversation_id uuid        not null,
    seq             bigint      not null,
    at              timestamptz not null default now(),
    primary key (channel_id, provider_id)
);
create index inbound_keys_age on inbound_keys (at);

create table deliveries (
    event_id        uuid primary key,
    conversation_id uuid        not null,
    seq             bigint      not null,
    channel_id      text        not null,
    status          text        not null default 'queued'
        check (status in ('queued', 'sent', 'delivered', 'read', 'failed', 'unconfirmed')),
    provider_id     text,
    error           jsonb,
    attempts        integer     not null default 0,
    updated_at      timestamptz not null default now()
);
create index deliveries_conversation on deliveries (conversation_id, seq);
create unique index deliveries_provider on deliveries (channel_id, provider_id) where provider_id is not null;

-- Signals still to be sent to workflows; written with the event, removed after the signal was taken by Temporal.
create table outbox (
    conversation_id uuid        not null,
    seq             bigint      not null,
    at              timestamptz not null default now(),
    primary key (conversation_id, seq)
);
create index outbox_age on outbox (at);

-- Routing: what waits --------------------------------------------------------------------------------------------------

create table requests (
    id              uuid primary key,
    conversation_id uuid        not null references conversations on delete cascade,
    queue_id        text        not null references queues,
    channel_kind    text        not null,
    cost            integer     not null,
    -- {"ko": 60, "billing": 1}: least level wanted, by skill.
    skills          jsonb       not null default '{}',
    preferred       jsonb       not null default '{}',
    priority        integer     not null default 0 check (priority between 0 and 100),
    virtual_start   timestamptz not null,
    -- virtual start in microseconds minus the head start its priority gives; smallest is served first.
    rank            bigint      not null,
    known_agent     uuid,
    known_until     timestamptz,
    state           text        not null
        check (state in ('waiting', 'offered', 'accepted', 'parked', 'done', 'canceled')),
    -- The reservation of the agent who is handing over and stays owner until this request is accepted.
    transfer_of     uuid,
    enqueued_at     timestamptz not null default now()
);
create index requests_waiting on requests (queue_id, rank, id) where state = 'waiting';
create index requests_known on requests (known_agent) where state = 'waiting';
create index requests_conversation on requests (conversation_id);

create table reservations (
    id              uuid primary key,
    request_id      uuid        not null references requests on delete cascade,
    conversation_id uuid        not null references conversations on delete cascade,
    agent_id        uuid        not null references agents,
    queue_id        text        not null,
    channel_kind    text        not null,
    cost            integer     not null,
    state           text        not null
        check (state in ('pending', 'accepting', 'accepted', 'wrapping', 'completed', 'rejected', 'timed_out', 'rescinded', 'canceled')),
    reason          text        not null default '',
    why             jsonb       not null default '{}',
    created_at      timestamptz not null default now(),
    deadline        timestamptz not null,
    answered_at     timestamptz,
    ended_at        timestamptz
);
create unique index reservations_one_winner on reservations (request_id) where state in ('accepting', 'accepted', 'wrapping');
create unique index reservations_one_owner on reservations (conversation_id) where state in ('accepted', 'wrapping');
create unique index reservations_one_pending on reservations (request_id, agent_id) where state in ('pending', 'accepting');
create index reservations_agent on reservations (agent_id) where state in ('pending', 'accepting', 'accepted', 'wrapping');
create index reservations_deadline on reservations (deadline) where state in ('pending', 'accepting');
create index reservations_conversation on reservations (conversation_id, created_at desc);
create index reservations_answered on reservations (queue_id, answered_at desc) where answered_at is not null;

create table exclusions (
    request_id uuid        not null references requests on delete cascade,
    agent_id   uuid        not null,
    reason     text        not null,
    since      timestamptz not null default now(),
    until      timestamptz not null,
    primary key (request_id, agent_id)
);
create index exclusions_until on exclusions (until);

-- Knowledge base, canned replies, files ---------------------------------------------------------------------------------

-- Korean has no stemmer here: particles and endings hang on the words. Pairs of neighbouring syllables find the word in them.
-- +goose StatementBegin
create function hangul_pairs(t text) returns tsvector language sql immutable strict parallel safe as $$
    select coalesce(array_to_tsvector(array_agg(distinct substr(run[1], at, 2))), '')
    from regexp_matches(normalize(t, NFC), '[가-힣]+', 'g') run,
         generate_series(1, greatest(length(run[1]) - 1, 1)) at
$$;
-- +goose StatementEnd

create table articles (
    id         uuid primary key,
    locale     text        not null,
    title      text        not null,
    body       text        not null,
    -- other words customers use for it
    keywords   text        not null default '',
    published  boolean     not null default true,
    version    integer     not null default 1,
    updated_at timestamptz not null default now(),
    -- What a word means depends on where it stands: two columns, so that an index alone answers where.
    head_terms tsvector generated always as (
        to_tsvector('english', title || ' ' || keywords) || hangul_pairs(title || ' ' || keywords)) stored,
    body_terms tsvector generated always as (to_tsvector('english', body) || hangul_pairs(body)) stored
);
create index articles_head on articles using gin (head_terms);
create index articles_body on articles using gin (body_terms);
-- How many there are is part of how rare a word is.
create index articles_published on articles (locale) where published;

-- The words of titles and keywords, for questions that misspell one. A word stays when its last article is gone: it then finds nothing.
create table article_words (
    word    text primary key,
    -- Taken apart, so that a Korean syllable with one wrong letter is still similar.
    letters text not null generated always as (normalize(word, NFD)) stored
);
create index article_words_letters on article_words using gin (letters gin_trgm_ops);

-- +goose StatementBegin
create function learn_article_words() returns trigger language plpgsql as $$
begin
    insert into article_words (word)
    select distinct run[1] from regexp_matches(normalize(lower(new.title || ' ' || new.keywords), NFC), '[[:alpha:]]{2,40}', 'g') run
    order by 1 -- in one order, so that two writers do not wait for each other
    on conflict do nothing;
    return null;
end
$$;
-- +goose StatementEnd
create trigger articles_words after insert or update of title, keywords on articles
    for each row execute function learn_article_words();

create table canned_replies (
    id         uuid primary key,
    shortcut   text        not null,
    locale     text        not null,
    title      text        not null,
    body       text        not null,
    version    integer     not null default 1,
    unique (shortcut, locale)
);

create table files (
    id          uuid primary key,
    name        text        not null,
    media_type  text        not null,
    size        bigint      not null,
    sha256      bytea       not null,
    uploaded_by text        not null,
    created_at  timestamptz not null default now()
);

-- Webchat: what a visitor's widget shows ---------------------------------------------------------------------------------

create table webchat_visitors (
    channel_id text        not null references channels on delete cascade,
    id         uuid        not null,
    last_n     bigint      not null default 0,
    read_n     bigint      not null default 0,
    created_at timestamptz not null default now(),
    primary key (channel_id, id)
);

create table webchat_feed (
    channel_id text        not null,
    visitor_id uuid        not null,
    n          bigint      not null,
    id         uuid        not null,
    item       jsonb       not null,
    at         timestamptz not null default now(),
    primary key (channel_id, visitor_id, n),
    foreign key (channel_id, visitor_id) references webchat_visitors on delete cascade
);
create unique index webchat_feed_id on webchat_feed (channel_id, visitor_id, id);

-- +goose Down
drop schema public cascade;
create schema public;
