-- +goose Up
-- An account's own secret is sealed, like its credentials; secret holds it only until the next start of a process seals it.
alter table channels add column sealed_secret bytea;
alter table channels alter column secret drop not null;
alter table channels add constraint channels_has_secret check (secret is not null or sealed_secret is not null);

-- +goose Down
alter table channels drop constraint channels_has_secret;
alter table channels alter column secret set not null;
alter table channels drop column sealed_secret;
