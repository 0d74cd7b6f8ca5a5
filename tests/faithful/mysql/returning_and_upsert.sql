-- faithful: atomic
-- faithful: setup base.sql
§insert into a values (1, 'uno') on duplicate key update v = concat(values(v), ';');
§replace into a values (2, 'dos') returning id;
§delete from a where id = 1 returning *;
§insert ignore into a values (2, 'no'), (3, 'tres');
§values (1, 2), (3, 4);
§with x as (select 1 as n) select * from x;
