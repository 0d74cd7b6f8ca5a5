-- What an admin proves with a key that never leaves their device. The public half is here, and is no secret.
create table passkeys (
    id            text primary key,
    admin_id      text not null references admins (id),
    -- What the device calls it: base64url. Nobody else has the same.
    credential_id text not null unique,
    -- The public key and what is known of its device, as the library keeps it.
    credential    text not null,
    name          text not null,
    -- How often the device says that it was used: none that is not above it is taken, but for those that do not count.
    counter       bigint not null,
    created_at    bigint not null,
    last_used_at  bigint,
    -- Its counter went back: somebody may have a copy, and it lets nobody in any more.
    stopped_at    bigint
);
create index passkeys_admin on passkeys (admin_id);

-- What was asked of a browser and is not answered yet. Whoever takes the answer takes the row away first: there is no second one.
create table passkey_challenges (
    -- SHA-256 of what this browser was given: the cookie of its session, or of a sign-in that is not whole.
    holder     text not null,
    purpose    text not null check (purpose in ('enrol', 'alone', 'second', 'again')),
    -- Whose keys were asked for; none where nobody has that email.
    admin_id   text references admins (id),
    state      text not null,
    expires_at bigint not null,
    primary key (holder, purpose)
);
