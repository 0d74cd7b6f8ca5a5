-- 1 once the task's failure counts towards its tenant's quarantine: once a run, however often it is rerun.
alter table tasks add column counted bigint not null default 0;
