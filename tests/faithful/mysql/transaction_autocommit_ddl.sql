-- faithful: setup bank.sql
-- neo: no-transaction
§set autocommit = 0;
§update bank set v = v + 1;
§create table t (id int);
§set autocommit = 1;
