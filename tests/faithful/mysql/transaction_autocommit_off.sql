-- faithful: setup bank.sql
-- neo: no-transaction
§set autocommit = 0;
§update bank set v = v + 1;
§commit;
§update bank set note = 'kept' where id = 1;
§commit;
§set autocommit = 1;
§update bank set note = 'last' where id = 2;
