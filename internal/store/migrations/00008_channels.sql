-- +goose Up

-- Secret settings, sealed; and the provider's id of the account, by which events of several accounts in one request find theirs.
alter table channels add column secrets bytea;
alter table channels add column provider_key text not null default '';
create unique index channels_provider_key on channels (kind, provider_key) where provider_key <> '';
alter table channels drop column last_inbound_at;
-- Messages to customers wait; what customers write is taken in.
alter table channels add column paused boolean not null default false;

-- How an account does: written every few seconds by whoever has something to say, never in a message's transaction.
create table channel_health (
    channel_id      text primary key references channels on delete cascade,
    last_inbound_at timestamptz,
    last_sent_at    timestamptz,
    -- A listener's connection, when it was last proven to work.
    connected_at    timestamptz,
    -- {"code", "words"}: the newest failure that was not a single message's or customer's.
    last_error      jsonb,
    last_error_at   timestamptz,
    -- Since when the provider does not take messages; they wait meanwhile.
    outage_since    timestamptz
);

create table channel_activity (
    channel_id text        not null references channels on delete cascade,
    minute     timestamptz not null,
    received   integer     not null default 0,
    sent       integer     not null default 0,
    failed     integer     not null default 0,
    primary key (channel_id, minute)
);
create index channel_activity_age on channel_activity (minute);

-- What a listener wants to know when it goes on (a session, the last number seen).
create table channel_states (
    channel_id text primary key references channels on delete cascade,
    state      bytea not null
);

-- The customer's newest message, {"id", "handle", "at"}: reply windows count from it, some providers want it named.
alter table conversations add column last_inbound jsonb;

-- The customer does not want to be written to at this address.
alter table identities add column opted_out_at timestamptz;

-- Tells two events with one id apart, where a provider promises that there are none.
alter table inbound_keys add column digest bytea;

-- What is to be sent now, by account.
create index deliveries_queued on deliveries (channel_id) where status = 'queued';

-- A message that is too long for its channel is sent in parts; deliveries has how far all of it got.
create table delivery_parts (
    id              uuid primary key,
    event_id        uuid        not null references deliveries on delete cascade,
    part            integer     not null,
    conversation_id uuid        not null,
    channel_id      text        not null,
    content         jsonb       not null,
    status          text        not null default 'queued'
        check (status in ('queued', 'sent', 'delivered', 'read', 'failed', 'unconfirmed')),
    provider_id     text,
    error           jsonb,
    begun_at        timestamptz,
    unique (event_id, part)
);
create unique index delivery_parts_provider on delivery_parts (channel_id, provider_id) where provider_id is not null;

-- What providers have reported of messages before we knew their ids there.
create table delivery_reports (
    channel_id  text        not null,
    provider_id text        not null,
    status      text        not null,
    error       jsonb,
    at          timestamptz not null,
    primary key (channel_id, provider_id)
);
create index delivery_reports_age on delivery_reports (at);

-- Files that providers have and we do not yet; id is the attachment's.
create table media (
    id              uuid primary key,
    conversation_id uuid        not null references conversations on delete cascade,
    seq             bigint      not null,
    ref             jsonb       not null,
    state           text        not null default 'pending' check (state in ('pending', 'stored', 'failed'))
);
create index media_pending on media (conversation_id, seq) where state = 'pending';

-- Requests with events for accounts that nobody knows (any more): kept, so that nothing is lost by a mistake in the settings.
create table quarantine (
    id         uuid primary key,
    kind       text        not null,
    channel_id text        not null,
    -- The accounts that were named.
    keys       text[]      not null,
    events     integer     not null,
    body       bytea       not null,
    at         timestamptz not null
);
create index quarantine_channel on quarantine (channel_id, at desc);

-- +goose Down
drop index deliveries_queued;
drop table quarantine, media, delivery_reports, delivery_parts, channel_states, channel_activity, channel_health;
alter table inbound_keys drop column digest;
alter table identities drop column opted_out_at;
alter table conversations drop column last_inbound;
alter table channels add column last_inbound_at timestamptz;
alter table channels drop column paused, drop column provider_key, drop column secrets;
