-- A migration of the fleet. MariaDB gives a function, a trigger or a view the rights of whoever made it, unless it is told to
-- take those of whoever runs it: these tell who that is.

-- Without transactions: what it holds is not taken back by a rollback.
create table witness_seen (
  what    varchar(200),
  who     varchar(200),
  session varchar(200)
) engine = Aria transactional = 0;

delimiter //
create function says(what varchar(200)) returns varchar(200) sql security invoker modifies sql data not deterministic
begin
  insert into witness_seen values (what, current_user(), user());
  return what;
end//

-- Neo writes a row here after every file.
create trigger ledger_insert before insert on _sqlx_migrations for each row
begin
  set @said = says('trigger on insert into the ledger');
end//
create trigger ledger_update before update on _sqlx_migrations for each row
begin
  set @said = says('trigger on update of the ledger');
end//
create trigger ledger_delete before delete on _sqlx_migrations for each row
begin
  set @said = says('trigger on delete from the ledger');
end//
delimiter ;

create sql security invoker view witness_view as select says('view') as says;
