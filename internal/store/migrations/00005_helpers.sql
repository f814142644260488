-- +goose Up

-- Who talks along with the owner: [{"id": ..., "name": ..., "since": ...}], in the order in which they came.
alter table conversations add column helpers jsonb not null default '[]';

-- What an accepted reservation makes of its agent.
alter table reservations add column role text not null default 'owner' check (role in ('owner', 'helper'));
drop index reservations_one_owner;
create unique index reservations_one_owner on reservations (conversation_id) where state in ('accepted', 'wrapping') and role = 'owner';
create unique index reservations_one_part on reservations (conversation_id, agent_id) where state in ('accepted', 'wrapping');

-- +goose Down

drop index reservations_one_part;
drop index reservations_one_owner;
create unique index reservations_one_owner on reservations (conversation_id) where state in ('accepted', 'wrapping');
alter table reservations drop column role;
alter table conversations drop column helpers;
