-- +goose Up

-- How long an agent who has accepted may take for the first word; null: as long as they like.
alter table queues add column first_reply_s integer check (first_reply_s between 10 and 86400);
-- Offers are accepted for the agent: of a queue whatever they are for, or of an agent whatever comes.
alter table queues add column auto_accept boolean not null default false;
alter table agents add column auto_accept boolean not null default false;
-- When the owner must have said something, or the conversation goes back.
alter table conversations add column reply_by timestamptz;

-- +goose Down

alter table conversations drop column reply_by;
alter table agents drop column auto_accept;
alter table queues drop column auto_accept, drop column first_reply_s;
