-- +goose Up

-- Which message a conversation's preview is of, and what it is if it has no words.
alter table conversations add column preview_seq bigint not null default 0;
alter table conversations add column preview_kind text not null default '';
update conversations c set preview_seq = coalesce((select e.seq from conversation_events e where e.conversation_id = c.id
    and e.kind in ('customer.message', 'agent.message', 'bot.message') order by e.seq desc limit 1), 0);

-- +goose Down

alter table conversations drop column preview_kind;
alter table conversations drop column preview_seq;
