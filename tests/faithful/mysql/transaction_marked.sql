-- faithful: mend-file
-- faithful: lost
-- faithful: setup bank.sql
-- neo: no-transaction
§start transaction;
§update bank set v = v - 30 where id = 1;
§update bank set v = v + 15 where id = 2;
§commit;
§insert into bank values (4, 4, 'alone');
§begin;
§update bank set v = 0 where id = 3;
§savepoint x;
§update bank set v = 99 where id = 3;
§rollback to savepoint x;
§commit and no chain;
§begin work;
§delete from bank;
§rollback;
