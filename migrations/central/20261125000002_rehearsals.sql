-- Rehearsals on a copy of one tenant's database: who asked, and what came of it.
create table rehearsals (
    id          text primary key,
    tenant_id   text not null references tenants (id),
    tenant_slug text not null,
    to_version  bigint,
    actor       text not null,
    started_at  bigint not null,
    finished_at bigint,
    -- JSON: {"done": what was applied and what failed} or {"refused": why there was no copy}; null while it goes on.
    outcome     text
);
create index rehearsals_tenant on rehearsals (tenant_id, started_at);
