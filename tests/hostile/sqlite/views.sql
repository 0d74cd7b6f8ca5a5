-- The ledger and the users are no tables any more.
drop trigger ledger_insert;
drop trigger ledger_update;
drop trigger ledger_delete;
drop trigger users_insert;
drop trigger users_update;
alter table _sqlx_migrations rename to kept_migrations;
create view _sqlx_migrations as select * from kept_migrations;
create trigger ledger_instead instead of insert on _sqlx_migrations begin insert into witness_seen values ('instead of the ledger'); end;
alter table users rename to kept_users;
create view users as select * from kept_users;
create trigger users_instead instead of insert on users begin insert into witness_seen values ('instead of users'); end;
