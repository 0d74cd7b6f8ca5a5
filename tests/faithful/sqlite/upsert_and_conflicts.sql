-- faithful: setup base.sql
§insert into a values (1, 'uno') on conflict (id) do update set v = excluded.v || ';';
§insert or ignore into a values (2, 'no'), (3, 'tres');
§insert or replace into a values (2, 'dos');
§update or ignore a set id = 1 where id = 3;
§delete from a where id = 1 returning v;
