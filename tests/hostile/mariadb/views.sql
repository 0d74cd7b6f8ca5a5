-- Run by the tenant's own login: the ledger and the users are views, and whoever reads them runs functions of the tenant's.
drop trigger ledger_insert;
drop trigger ledger_update;
drop trigger ledger_delete;
drop trigger users_insert;
drop trigger users_update;
drop trigger users_delete;
rename table _sqlx_migrations to kept_migrations, users to kept_users;
create sql security invoker view _sqlx_migrations as select * from kept_migrations where says('the ledger as a view') is not null;
create sql security invoker view users as select * from kept_users where says('the users as a view') is not null;
