-- faithful: no-stops its line is no delimiter's
§create table t (id int,
delimiter int);
§insert into t values (1, 2);
