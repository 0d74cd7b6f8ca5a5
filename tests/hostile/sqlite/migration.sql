-- A migration of the fleet. SQLite has neither users nor functions of a tenant's; triggers and views it has.
create table witness_seen (what text);
create trigger ledger_insert after insert on _sqlx_migrations begin insert into witness_seen values ('insert into the ledger'); end;
create trigger ledger_update after update on _sqlx_migrations begin insert into witness_seen values ('update of the ledger'); end;
create trigger ledger_delete after delete on _sqlx_migrations begin insert into witness_seen values ('delete from the ledger'); end;
