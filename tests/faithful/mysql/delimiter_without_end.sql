§create table t (id int);
delimiter //
§insert into t values (1)//
§insert into t values (2)