-- When the password of what was replaced was made: it comes back with it. And since when what was replaced is being dropped: until then
-- it comes back. Only adds; quick on a database in use.
alter table replaced_databases add column password_made_at bigint;
alter table replaced_databases add column dropping_at bigint;
