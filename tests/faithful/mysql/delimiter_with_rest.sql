§create table t (id int);
delimiter // -- the rest of the line counts for nothing
§insert into t values (1)//
delimiter ; //
§insert into t values (2);
