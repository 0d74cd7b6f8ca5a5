create temporary table wanted_now (id int);
insert into wanted_now values (1);
create table kept as select * from wanted_now;
