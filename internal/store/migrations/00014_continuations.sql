-- +goose Up

-- A code with which a customer goes on with a conversation on another channel; it is good once.
create table continuations (
    code            text        primary key,
    conversation_id uuid        not null references conversations on delete cascade,
    channel_id      text        not null references channels on delete cascade,
    local           boolean     not null,
    by_person       uuid        not null,
    at              timestamptz not null,
    expires_at      timestamptz not null,
    used_at         timestamptz
);
create index continuations_conversation on continuations (conversation_id);

-- +goose Down

drop table continuations;
