§create table t (id int,
delimiter int);
§insert into t values (1, 2);
