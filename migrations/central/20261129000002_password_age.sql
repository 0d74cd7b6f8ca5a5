-- When Neo last renewed the password of a tenant's login. Null where it never did: the password is as old as the tenant, and an
-- adopted one's older. Only adds; quick on a database in use.
alter table tenants add column password_made_at bigint;
