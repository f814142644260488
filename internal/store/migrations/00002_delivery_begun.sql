-- +goose Up

-- Set before a message is sent on a channel that does not drop repetitions, cleared when it certainly was not sent: a later
-- attempt that finds it set knows that nobody knows.
alter table deliveries add column begun_at timestamptz;

-- +goose Down

alter table deliveries drop column begun_at;
