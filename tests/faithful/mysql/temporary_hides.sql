-- faithful: lost
-- faithful: setup base.sql
-- faithful: then zoe.sql
§create temporary table a (id int, v varchar(50));
§insert into a values (99, 'temporary');
§create table copied as select * from a;
