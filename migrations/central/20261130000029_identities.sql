-- Who an admin is at the identity provider: what that calls itself, and what it calls them. Neither is told by an email.
create table admin_identities (
    issuer       text not null,
    subject      text not null,
    -- An admin has one.
    admin_id     text not null unique references admins (id),
    created_at   bigint not null,
    last_used_at bigint,
    primary key (issuer, subject)
);

-- 0: they have no password of Neo's, and nobody knows the one whose hash is there.
alter table admins add column has_password bigint not null default 1;
update admins set has_password = 0 where invited_at is not null;

-- A browser that was sent to the provider and is not back yet. Whoever comes back takes the row away first: there is no second time.
-- What it is known by, and what it was sent with, is in the browser and in what the provider sends back; here are hashes alone.
create table provider_visits (
    -- SHA-256 of `state`.
    state_hash  text primary key,
    -- SHA-256 of the cookie.
    ticket_hash text not null,
    -- The session that is to be proven once more, by its hash; none where somebody signs in.
    session     text,
    -- What of ours was proven before it was sent: `totp`, `recovery_code`.
    factor      text,
    -- Where to, once it is whole: a path.
    next        text not null,
    created_at  bigint not null,
    expires_at  bigint not null
);

-- Of a sign-in that came from the provider: whether they are this admin already, or who they are that are to be it (JSON).
alter table pending_sign_ins add column provider text;
