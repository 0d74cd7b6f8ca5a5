§create table t (id int);
delimiter go
§insert into t values (1) go
§insert into t values (2) go
delimiter end_of_it
§create procedure p() begin insert into t values (3); end end_of_it
delimiter ;
§call p();
