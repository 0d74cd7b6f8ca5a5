-- What a tenant had before a backup took its place: kept until what was restored is whole, and taken back otherwise. Locks nothing.
create table replaced_databases (
    tenant_id     text primary key references tenants (id),
    server_id     text not null references servers (id),
    database_name text not null,
    username      text not null,
    -- Sealed to this place, as it was.
    credential    text,
    generation    bigint not null,
    tls_unbound   bigint not null,
    status        text not null,
    version       bigint,
    applied       bigint not null,
    -- 1: Neo made it, and drops it when its time comes.
    made_here     bigint not null
);
