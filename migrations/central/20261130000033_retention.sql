-- What retention has taken away of a run, as JSON: how those tasks stood that are gone, and how many migrations they applied. They are
-- counted with those that are there. Null where nothing is gone.
alter table runs add column pruned text;
-- When something of it was last taken away.
alter table runs add column pruned_at bigint;
-- 1: there may be something to take away once it is old.
alter table runs add column prune_due bigint not null default 1;
alter table run_waves add column pruned text;
create index runs_prune on runs (finished_at) where prune_due = 1;
-- Counting runs reads this and no row.
create index runs_kind on runs (kind, status);

-- The number of its run, so that the newest tasks of a tenant are found without looking at all it ever had. Null of what a Neo that does not
-- know this column yet has begun, until somebody has seen to it. Some minutes where there are ten million tasks; a few seconds
-- for a hundred thousand.
alter table tasks add column run_number bigint;
update tasks set run_number = (select runs.number from runs where runs.id = tasks.run_id);
create index tasks_of_tenant on tasks (tenant_id, run_number);
create index tasks_unnumbered on tasks (run_id) where run_number is null;
-- The one before is in the other's place: each index is paid for with every task.
drop index tasks_tenant;
-- The tasks that have applied something: what a rollback of a tenant looks for.
create index tasks_applied on tasks (tenant_id) where versions <> '[]';

-- Work that one process does for all. Nobody else takes it up before `until`, whether its holder lives or it was done.
create table upkeep (
    name    text primary key,
    holder  text,
    until   bigint not null,
    done_at bigint,
    -- JSON: what came of it.
    told    text
);
insert into upkeep (name, until) values ('sweep', 0), ('retention', 0);
