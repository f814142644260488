-- +goose Up

-- What came in a time is read to be simulated. Rows are written about when they begin, so blocks of them tell which to read.
create index requests_start on requests using brin (virtual_start) with (autosummarize = on);

-- +goose Down

drop index requests_start;
