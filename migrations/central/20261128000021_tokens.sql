-- Programs' ways in. A token bears its id in the clear; of its secret only the SHA-256 of the whole is here.
create table tokens (
    id                text primary key,
    hash              text not null,
    name              text not null,
    role              text not null check (role in ('support', 'admin', 'superadmin')),
    -- The admin who made it; null: an operator at the machine.
    maker_id          text references admins (id),
    maker             text not null,
    -- JSON: the tags and slugs that it is confined to, and the networks that it is taken from. Empty: all.
    confinement       text not null,
    networks          text not null,
    allow_destructive bigint not null,
    connect           bigint not null,
    created_at        bigint not null,
    -- Null: never.
    expires_at        bigint,
    revoked_at        bigint,
    last_used_at      bigint,
    last_address      text
);
create unique index tokens_name_key on tokens (maker, name) where revoked_at is null;

-- What was answered to a call that somebody may have to ask again. Without an answer somebody is at it, until `until`.
create table idempotency (
    who        text not null,
    function   text not null,
    key        text not null,
    -- Of the body: the same key with another one is a mistake.
    digest     text not null,
    holder     text not null,
    until      bigint not null,
    status     bigint,
    answer     text,
    created_at bigint not null,
    primary key (who, function, key)
);
create index idempotency_age on idempotency (created_at);
