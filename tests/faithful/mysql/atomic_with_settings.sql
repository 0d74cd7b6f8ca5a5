-- faithful: setup bank.sql
-- faithful: atomic
-- the settings and questions of such a file touch nothing
§set @by = 5;
§select count(*) from bank;
§update bank set v = v + @by where id = 1;
§insert into bank select id + 10, v, note from bank;
§update bank join (select 1 as id) x using (id) set note = 'joined';
