-- faithful: setup bank.sql
-- neo: no-transaction
§start transaction;
§update bank set v = 1 where id = 1;
§create table t (id int);
§update bank set v = 2 where id = 2;
§rollback;
§insert into t values (1);
