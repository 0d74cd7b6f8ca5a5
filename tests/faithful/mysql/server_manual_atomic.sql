-- faithful: server manual
-- faithful: setup bank.sql
-- faithful: atomic
§update bank set v = 1 where id = 1;
§update bank set v = 2 where id = 2;
