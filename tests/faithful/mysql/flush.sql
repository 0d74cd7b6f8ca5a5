§create table t (id int);
§flush tables t;
§insert into t values (1);
