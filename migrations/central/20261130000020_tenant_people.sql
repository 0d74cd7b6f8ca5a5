-- What is kept of a tenant's users, whose own rows are in the tenant's database.
create table tenant_people (
    tenant_id         text not null,
    user_id           text not null,
    -- The number of the last change to them; 0: none yet. A sign-in that looked them up before it gives no session.
    changed           bigint not null,
    changed_at        bigint not null,
    last_signed_in_at bigint,
    primary key (tenant_id, user_id)
);
insert into counters (name, value) values ('tenant_people', 0);

-- A link by which somebody chooses their password, once. Of its secret only the SHA-256 is here.
create table tenant_user_links (
    token_hash text primary key,
    tenant_id  text not null,
    user_id    text not null,
    email      text not null,
    created_at bigint not null,
    expires_at bigint not null,
    used_at    bigint
);
create index tenant_user_links_user on tenant_user_links (tenant_id, user_id);
