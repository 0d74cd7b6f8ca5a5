-- Since when somebody is invited who has no password of their own yet; null: they have one.
alter table admins add column invited_at bigint;

-- A link by which an admin chooses their password, once. Of its secret only the SHA-256 is here; a row that was used, or that another
-- was made after, is gone.
create table admin_links (
    token_hash text primary key,
    admin_id   text not null references admins (id),
    created_at bigint not null,
    expires_at bigint not null
);
create index admin_links_admin on admin_links (admin_id);
