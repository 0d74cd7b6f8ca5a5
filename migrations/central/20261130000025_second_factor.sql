-- What an admin proves beside the password: a secret that is shared with an app on their telephone, sealed. One that is not confirmed
-- counts for nothing.
create table second_factors (
    admin_id     text primary key references admins (id),
    secret       text not null,
    created_at   bigint not null,
    confirmed_at bigint,
    -- The newest step of thirty seconds whose code was used: neither it nor one before is taken again.
    last_step    bigint not null
);

-- Ways in without the telephone. Only hashes are here, and each is worth one sign-in.
create table recovery_codes (
    admin_id   text not null references admins (id),
    code_hash  text not null,
    created_at bigint not null,
    used_at    bigint,
    primary key (admin_id, code_hash)
);

-- Somebody whose password was right and whose second factor is still to come: no session, and nothing else is opened by it.
create table pending_sign_ins (
    -- SHA-256 of the cookie's value.
    id_hash    text primary key,
    admin_id   text not null references admins (id),
    -- The account as it was when the password was verified: one that has changed since lets nobody in.
    valid_from bigint not null,
    awaits     text not null check (awaits in ('code', 'enrolment')),
    created_at bigint not null,
    expires_at bigint not null
);
create index pending_sign_ins_admin on pending_sign_ins (admin_id);
