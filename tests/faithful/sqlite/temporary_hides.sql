-- faithful: setup base.sql
§create temp table a (id int, v text);
§insert into a values (99, 'temporary');
§insert into main.a values (3, 'three');
§create table copied as select * from a;
