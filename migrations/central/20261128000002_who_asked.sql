-- Who is answerable for what a run goes on to do, as JSON: name, door, address, request. Null where nobody kept it: the platform.
alter table runs add column asked text;
-- Set while only what failed is tried again: the status that the run has again after it, halted or paused.
alter table runs add column held text;
-- Who asked for this task to be tried again; null: whoever started the run.
alter table tasks add column asked_by text;

-- Browsers from which somebody has signed in before: their tries are counted apart from those of strangers. The cookie is found
-- by the SHA-256 of its nonce, for one account only.
create table known_devices (
    nonce_hash text primary key,
    -- 'central' or 'tenant:<id>', as in sessions
    audience   text not null,
    subject_id text not null,
    -- SHA-256 of the account's name in its canonical form
    login      text not null,
    created_at bigint not null,
    expires_at bigint not null
);
create index known_devices_subject on known_devices (audience, subject_id);
create index known_devices_expiry on known_devices (expires_at);

-- What may happen thousands of times is written into the audit a few times in a window: how often it was seen in this one.
create table audit_windows (
    key     text primary key,
    ends_at bigint not null,
    seen    bigint not null
);
