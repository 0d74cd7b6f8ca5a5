-- faithful: lost
-- faithful: setup base.sql
§create temporary table a (id int, v varchar(50));
§insert into a values (99, 'temporary');
§drop temporary table a;
§insert into a values (3, 'three');
