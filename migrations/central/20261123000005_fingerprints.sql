-- The fingerprint of a tenant's schema, for the ledger in `ledger_digest`; null when nobody has looked.
alter table tenants add column fingerprint text;
create index tenants_fingerprint on tenants (ledger_digest, fingerprint, status);

-- Every schema that has been seen, once: what a fingerprint stands for. `dialect` is the engine and its major version,
-- since each describes the same schema in its own words.
create table schemas (
    fingerprint text primary key,
    dialect     text not null,
    -- One object a line, sorted.
    lines       text not null,
    seen_at     bigint not null
);

-- The schema that most tenants with one ledger have.
create table norms (
    dialect       text not null,
    ledger_digest text not null,
    fingerprint   text not null,
    agreeing      bigint not null,
    primary key (dialect, ledger_digest)
);

-- How far a file got on an engine that commits each statement: the hashes of the statements that went through, as JSON, so
-- that a mended file is only continued where it says the same up to there.
create table checkpoints (
    tenant_id  text not null references tenants (id),
    version    bigint not null,
    -- up | down: which of the two files it was.
    direction  text not null,
    done       bigint not null,
    hashes     text not null,
    created_at bigint not null,
    primary key (tenant_id, version)
);
