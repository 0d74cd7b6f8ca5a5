-- What retention has taken out of the audit: a sealed stub for each time, so that the chain proves the rest.
create table audit_stubs (
    last_seq   bigint primary key,
    first_seq  bigint not null,
    row_count  bigint not null,
    first_at   bigint not null,
    last_at    bigint not null,
    -- Of the row before the first; null where it was the first of all.
    mac_before text,
    -- Of the last row that went.
    mac_after  text not null,
    at         bigint not null,
    actor      text not null,
    -- The key whose audit key made the seal.
    kid        text not null,
    mac        text not null
);

-- A tenant's own part of the audit, and what belongs to one request.
create index audit_subject on audit (subject);
create index audit_request on audit (request_id);
