-- +goose Up

-- Routing plans: definition is what internal/plan reads, without id and name.
create table plans (
    id         text primary key,
    name       jsonb   not null,
    definition jsonb   not null,
    version    integer not null default 1
);

alter table channels add column plan_id text references plans;

alter table queues
    add column agent_order text not null default 'longest_idle' check (agent_order in ('longest_idle', 'least_loaded', 'most_skilled', 'attributes')),
    -- [{"attribute": "rating", "descending": true}, ...] for the order 'attributes'.
    add column order_by jsonb not null default '[]',
    -- How many agents are asked at once.
    add column width integer not null default 1 check (width between 1 and 50),
    -- How many may wait before the queue is full; null: any number.
    add column max_waiting integer check (max_waiting >= 0),
    -- {"full": {"queue": "x"}, "closed": {"plan": "y"}, "unstaffed": {}, "draining": {}}; {} is back to the flow, absent: they wait anyway.
    add column overflow jsonb not null default '{}',
    -- A condition over agents; who meets it is a member. '': only those who are named.
    add column members_when text not null default '',
    -- {"first_reply_s": 60, "next_reply_s": 300, "resolution_s": 86400, "warn_percent": 80}
    add column sla jsonb not null default '{}',
    add column paused boolean not null default false,
    add column draining boolean not null default false;

alter table agents add column attributes jsonb not null default '{}';

alter table agent_queues
    -- How long a request must have waited in the queue before this agent is asked.
    add column delay_s integer not null default 0 check (delay_s between 0 and 86400),
    -- A member because of the queue's condition; not named by anybody.
    add column auto boolean not null default false;

alter table requests
    -- What the flow asked for: {"queue": ..., "skills": {...}, "preferred": {...}, "priority": 1, "reason": ..., "anyway": true}.
    add column asked jsonb not null default '{}',
    -- The plan, as of which version, and the place in it. Without a plan it waits in its queue for ever.
    add column plan_id text,
    add column plan_version integer not null default 0,
    add column rule text not null default '',
    add column step integer not null default 0,
    add column step_since timestamptz not null default now(),
    add column step_until timestamptz,
    add column queue_since timestamptz not null default now(),
    -- What the step demands besides skills, preferred, priority and queue; null: as the queue has it.
    add column anyone boolean not null default false,
    add column agents_when text not null default '',
    add column agent_order text,
    add column order_by jsonb,
    add column width integer,
    add column offer_timeout_s integer;
create index requests_anyone on requests (rank, id) where state = 'waiting' and anyone;
create index requests_plan on requests (plan_id) where state in ('waiting', 'offered');

-- What people did to the machinery itself, and why; what they did to a conversation is in its log.
create table audit (
    id      bigint generated always as identity primary key,
    at      timestamptz not null default now(),
    person  uuid,
    name    text        not null,
    action  text        not null,
    subject text        not null,
    detail  jsonb       not null default '{}',
    reason  text        not null default ''
);
create index audit_at on audit (at desc);

-- +goose Down

drop table audit;
drop index requests_anyone, requests_plan;
alter table requests drop column asked, drop column plan_id, drop column plan_version, drop column rule, drop column step, drop column step_since,
    drop column step_until, drop column queue_since, drop column anyone, drop column agents_when, drop column agent_order, drop column order_by,
    drop column width, drop column offer_timeout_s;
alter table agent_queues drop column auto, drop column delay_s;
alter table agents drop column attributes;
alter table queues drop column agent_order, drop column order_by, drop column width, drop column max_waiting, drop column overflow,
    drop column members_when, drop column sla, drop column paused, drop column draining;
alter table channels drop column plan_id;
drop table plans;
