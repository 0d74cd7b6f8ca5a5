-- The central schema. TEXT and BIGINT only; times are epoch milliseconds; ids are opaque text.

create table counters (
    name  text primary key,
    value bigint not null
);
insert into counters (name, value) values ('run', 0), ('audit', 0);

-- One envelope per key, so that a wrong key is noticed at start and not at the first tenant.
create table key_checks (
    kid        text primary key,
    envelope   text not null,
    -- The audit key of a former key, sealed under a newer one: the chain outlives its keys.
    audit_key  text,
    created_at bigint not null
);

create table admins (
    id                  text primary key,
    email               text not null,
    email_canonical     text not null,
    first_name          text not null,
    last_name           text not null,
    role                text not null check (role in ('support', 'admin', 'superadmin')),
    status              text not null check (status in ('active', 'disabled')),
    password_hash       text not null,
    -- Sessions that signed in before this moment are over.
    sessions_valid_from bigint not null,
    last_signed_in_at   bigint,
    created_at          bigint not null,
    updated_at          bigint not null,
    constraint admins_email_canonical_key unique (email_canonical)
);

-- A session is found by the SHA-256 of its id, so a dump of this table is no set of sessions.
create table sessions (
    id_hash          text primary key,
    -- 'central' or 'tenant:<id>'
    audience         text not null,
    subject_id       text,
    data             text not null,
    address          text,
    user_agent       text,
    signed_in_at     bigint,
    created_at       bigint not null,
    last_seen_at     bigint not null,
    idle_ms          bigint not null,
    expires_at       bigint not null
);
create index sessions_subject on sessions (audience, subject_id);
create index sessions_expiry on sessions (expires_at);

-- Sign-in counters per account and per address.
create table throttles (
    key           text primary key,
    failures      bigint not null,
    day           bigint not null,
    day_count     bigint not null,
    blocked_until bigint not null,
    updated_at    bigint not null
);

create table setup_links (
    token_hash text primary key,
    created_at bigint not null,
    expires_at bigint not null,
    used_at    bigint
);

create table servers (
    id              text primary key,
    name            text not null,
    engine          text not null check (engine in ('postgres', 'mysql', 'sqlite')),
    host            text not null,
    port            bigint not null,
    username        text not null,
    credential      text,
    generation      bigint not null,
    tls             text not null check (tls in ('off', 'require', 'verify-full')),
    -- SQLite: the folder of the tenants' files.
    path            text not null,
    max_connections bigint not null,
    created_at      bigint not null,
    updated_at      bigint not null,
    -- The rows of deleted tenants still name their server.
    removed_at      bigint
);
create unique index servers_name_key on servers (name) where removed_at is null;

create table tenants (
    id              text primary key,
    slug            text not null,
    name            text not null,
    status          text not null check (status in ('provisioning', 'active', 'suspended', 'archived', 'deleted', 'failed')),
    server_id       text not null references servers (id),
    database_name   text not null,
    username        text not null,
    credential      text,
    generation      bigint not null,
    -- The cache of the ledger: what the last look at the tenant's own database said.
    version         bigint,
    applied         bigint not null,
    -- Checksum over the applied versions and their checksums; null when nothing may be assumed.
    ledger_digest   text,
    verified_at     bigint,
    -- current | behind | failed | drifted | unreachable | unknown: the outcome of the last look or run
    state           text not null,
    last_error      text,
    last_run        bigint,
    -- How long the last migration run took here: the longest known go first.
    last_ms         bigint,
    created_at      bigint not null,
    updated_at      bigint not null
);
-- A deleted tenant keeps its row, and its names are free again.
create unique index tenants_slug_key on tenants (slug) where status <> 'deleted';
create unique index tenants_database on tenants (server_id, database_name) where status <> 'deleted';
create index tenants_status on tenants (status, slug);
-- Counting the fleet reads this and no row.
create index tenants_counts on tenants (status, state, version);
create index tenants_version on tenants (coalesce(version, -1), id);
create index tenants_name on tenants (lower(name), id);
create index tenants_updated on tenants (updated_at, id);

create table tenant_tags (
    tenant_id text not null references tenants (id),
    tag       text not null,
    primary key (tenant_id, tag)
);
create index tenant_tags_tag on tenant_tags (tag, tenant_id);

-- Provisioning, step by step: all are planned at the start, and a step is `started` before it is done.
create table provision_steps (
    tenant_id   text not null references tenants (id),
    step        text not null,
    position    bigint not null,
    state       text not null check (state in ('planned', 'started', 'succeeded', 'failed', 'undone')),
    attempts    bigint not null,
    started_at  bigint,
    finished_at bigint,
    error       text,
    -- JSON: what the step needs to know. The first admin waits here, with a hash and never a password.
    body        text,
    primary key (tenant_id, step)
);

-- Who is at a tenant's provisioning or deletion. A claim is renewed while its holder lives, and void after `until`.
create table tenant_claims (
    tenant_id text primary key references tenants (id),
    holder    text not null,
    actor     text not null,
    since     bigint not null,
    until     bigint not null
);

create table runs (
    id           text primary key,
    number       bigint not null,
    kind         text not null check (kind in ('migrate', 'rollback', 'verify', 'provision')),
    status       text not null check (status in ('planned', 'queued', 'running', 'paused', 'succeeded', 'failed', 'halted', 'cancelled')),
    -- JSON: what each tenant is to become, how they were chosen, how the run behaves (concurrency, on_error, budget, ...).
    goal         text not null,
    selection    text not null,
    policy       text not null,
    to_version   bigint,
    actor        text not null,
    door         text not null,
    reason       text,
    halt_reason  text,
    -- The status to enter once the running tasks have drained: paused, halted or cancelled.
    wanted       text,
    -- The process that started the run to work it itself; null leaves it to whoever works.
    starter_host    text,
    starter_pid     bigint,
    starter_started bigint,
    total        bigint not null,
    last_seq     bigint not null,
    created_at   bigint not null,
    started_at   bigint,
    finished_at  bigint,
    constraint runs_number_key unique (number)
);
create index runs_status on runs (status, number);

-- The files of a run, frozen when it was planned.
create table run_migrations (
    run_id   text not null references runs (id),
    version  bigint not null,
    engine   text not null,
    name     text not null,
    checksum text not null,
    primary key (run_id, version, engine)
);

create table tasks (
    id           text primary key,
    run_id       text not null references runs (id),
    tenant_id    text not null references tenants (id),
    tenant_slug  text not null,
    server_id    text not null,
    position     bigint not null,
    status       text not null check (status in ('queued', 'running', 'succeeded', 'failed', 'skipped', 'cancelled', 'unknown')),
    -- succeeded: migrated | current; skipped: why; unknown: reconcile, or what the ledger said
    reason       text,
    -- JSON lists of versions: what a rollback is to undo here, and what this task has applied or reverted so far.
    plan         text,
    versions     text not null,
    from_version bigint,
    to_version   bigint,
    applied      bigint not null,
    attempt      bigint not null,
    -- The fencing token: whoever writes a task must hold its newest epoch.
    epoch        bigint not null,
    worker_id    text,
    started_at   bigint,
    finished_at  bigint,
    ms           bigint,
    error        text,
    fingerprint  text,
    constraint tasks_run_id_tenant_id_key unique (run_id, tenant_id)
);
create index tasks_claim on tasks (run_id, status, position);
create index tasks_tenant on tasks (tenant_id, status);
create index tasks_busy on tasks (status, server_id);

-- Every finished try of a task: the history that a rerun keeps.
create table attempts (
    task_id     text not null references tasks (id),
    attempt     bigint not null,
    status      text not null,
    started_at  bigint,
    finished_at bigint,
    ms          bigint,
    applied     bigint not null,
    error       text,
    actor       text,
    primary key (task_id, attempt)
);

create table run_events (
    run_id  text not null references runs (id),
    seq     bigint not null,
    at      bigint not null,
    type    text not null,
    -- The event's other fields, as JSON.
    body    text not null,
    primary key (run_id, seq)
);

create table workers (
    id           text primary key,
    host         text not null,
    pid          bigint not null,
    -- Tells a process from a later one with the same number.
    pid_started  bigint not null,
    -- command | server
    role         text not null,
    -- The one run a command works on; null takes any.
    run_id       text,
    started_at   bigint not null,
    heartbeat_at bigint not null
);

-- Append only. Each row's mac covers the row and the mac before it.
create table audit (
    seq        bigint primary key,
    at         bigint not null,
    actor      text not null,
    door       text not null,
    address    text,
    action     text not null,
    subject    text not null,
    outcome    text not null,
    request_id text not null,
    body       text not null,
    -- The key whose audit key made the mac.
    kid        text not null,
    mac        text not null
);
