-- Whoever changes a run tells it in the same transaction: other processes listen (src/bell.rs). One trigger for all writers;
-- every change of a run's tasks or events moves the run's own row too.
create function neo_ring() returns trigger language plpgsql as $$
begin
    perform pg_notify('neo_runs', current_setting('application_name'));
    return null;
end $$;
create trigger runs_ring after insert or update on runs for each statement execute function neo_ring();
