-- What takes a migration back is frozen with a rollback's run, as what applies it always was. Of other runs, and of those that were begun
-- before this, there is none.
alter table run_migrations add column down_checksum text;
