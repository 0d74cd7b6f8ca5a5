-- faithful: mend-file
-- faithful: server manual
-- faithful: setup bank.sql
-- neo: no-transaction
§update bank set v = 1 where id = 1;
§start transaction;
§update bank set v = 2 where id = 2;
§rollback;
