-- What a tenant had before it was moved stays on its server until somebody drops it: since when it is only kept. Until then, null: a
-- move or a restore is under way, and takes it back when it fails. Adds a column only.
alter table replaced_databases add column kept_at bigint;
