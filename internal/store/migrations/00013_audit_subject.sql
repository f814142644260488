-- +goose Up

-- What was done to one thing last: who paused this queue, and why.
create index audit_subject on audit (subject, at desc);

-- +goose Down

drop index audit_subject;
