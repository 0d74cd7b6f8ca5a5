-- faithful: setup job.sql
§delete from job where state = 2 || tries > 5;
§create view v as select * from job where state > 3 || tries < 5;
§create table chk (x int, y int, check (x > 0 || y > 0));
§insert into job values (9, 1 || 0, 0 || 0);
