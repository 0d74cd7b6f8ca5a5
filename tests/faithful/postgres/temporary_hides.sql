-- faithful: setup base.sql
§create temporary table a (id int, v text);
§insert into a values (99, 'temporary');
§insert into public.a values (3, 'three');
