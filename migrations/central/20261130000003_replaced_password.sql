-- When the password of what was replaced was made: it comes back with it. Only adds; quick on a database in use.
alter table replaced_databases add column password_made_at bigint;
