-- What somebody has asked for and somebody else is to say yes to, with the plan as it was then. `act`, `needs`, `files`, `asked`
-- and `approved` are documents; `person` is who is behind the asking, however they came in.
create table requests (
    id          text primary key,
    number      bigint not null unique,
    guard       text not null,
    what        text not null,
    act         text not null,
    needs       text not null,
    files       text not null,
    tenants     bigint not null,
    digest      text not null,
    asked       text not null,
    person      text not null,
    state       text not null,
    created_at  bigint not null,
    expires_at  bigint not null,
    approved    text,
    decided_by  text,
    decided_at  bigint,
    word        text,
    -- Whoever is beginning what was approved, and until when they are believed to live.
    holder      text,
    until       bigint,
    run         bigint,
    -- What has changed since, or why nothing comes of it.
    why         text,
    replaced_by bigint
);
create index requests_state on requests (state);
insert into counters (name, value) values ('request', 0);

-- The tenants of its plan, each as it stood.
create table request_tenants (
    request_id text not null references requests (id),
    tenant_id  text not null references tenants (id),
    slug       text not null,
    place      text not null,
    status     text not null,
    version    bigint,
    undone     text not null,
    primary key (request_id, tenant_id)
);
create index request_tenants_tenant on request_tenants (tenant_id);

-- Who let a run begin that wants somebody's yes: a document; null where none was asked for.
alter table runs add column approval text;
