-- How the passwords of a tenant's users are hashed that Neo writes: argon2id, or bcrypt where the tenant's application reads that.
alter table tenants add column password_hash text not null default 'argon2id';
