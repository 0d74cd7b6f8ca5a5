-- faithful: setup bank.sql
-- faithful: atomic
§insert into bank with x as (select 7 as id) select id, id, 'cte' from x;
§delete b from bank b join bank c on c.id = b.id and c.id = 1;
§update bank set note = (select x from (select max(note) as x from bank) y);
