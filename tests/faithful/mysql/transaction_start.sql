-- faithful: setup bank.sql
-- faithful: refused start in a migration
start transaction;
update bank set v = v - 30 where id = 1;
commit;
