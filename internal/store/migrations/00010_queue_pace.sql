-- +goose Up

-- How many seconds pass from one accept to the next in a queue: the mean of the last 20 within an hour, but no less than have passed
-- since the last one, so that nobody is promised a minute when nobody has answered for half an hour. Null: not known.
-- +goose StatementBegin
create function queue_pace(queue text, at timestamptz) returns double precision language sql stable parallel safe as $$
    select case when count(*) > 1 then greatest(
        extract(epoch from max(answered_at) - min(answered_at)) / (count(*) - 1), extract(epoch from at - max(answered_at)))::double precision end
    from (select answered_at from reservations where queue_id = queue and answered_at > at - interval '1 hour'
        order by answered_at desc limit 20) last
$$;
-- +goose StatementEnd

-- +goose Down
drop function queue_pace;
