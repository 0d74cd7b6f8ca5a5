-- Waves, schedules, statements to cancel, quarantine. Only adds; quick on a database in use.

-- The wave that a task belongs to, counted from 1.
alter table tasks add column wave bigint not null default 1;

-- The wave that may be claimed from, and those before it.
alter table runs add column wave bigint not null default 1;
-- The wave that is over and whose successor waits: for a person, or because too much failed. Null while nothing waits.
alter table runs add column gate bigint;
-- Not to be begun before this moment; null means at once.
alter table runs add column not_before bigint;
-- 1: whoever works on it also cancels the statements in flight.
alter table runs add column interrupt bigint not null default 0;

create table run_waves (
    run_id      text not null references runs (id),
    wave        bigint not null,
    -- canary, wave 2, rest
    name        text not null,
    started_at  bigint,
    finished_at bigint,
    primary key (run_id, wave)
);

-- Runs on the fleet that this tenant failed, one after the other, without a success between them.
alter table tenants add column failed_in_a_row bigint not null default 0;
-- Left out of runs on the fleet until then, by whom and why. The hand that did it: person | system.
alter table tenants add column quarantined_until bigint;
alter table tenants add column quarantined_at bigint;
alter table tenants add column quarantine_owner text;
alter table tenants add column quarantine_reason text;
alter table tenants add column quarantine_by text;
create index tenants_quarantined on tenants (quarantined_until);
