-- faithful: setup bank.sql
-- faithful: atomic
§update bank set v = v - 30 where id = 1;
§update bank set v = v + 15 where id = 2;
§insert into bank values (4, 5, 'four;');
§delete from bank where id = 3;
§replace into bank values (4, 6, 'again');
