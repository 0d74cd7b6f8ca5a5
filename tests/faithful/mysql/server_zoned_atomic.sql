-- faithful: server zoned
-- faithful: setup bank.sql
-- faithful: atomic
§update bank set note = 'C:\' where id = 1;
§update bank set note = 'a;' || 'b' where id = 2;
