§create table t (id int);
§analyze no_write_to_binlog table t;
§check table t;
§repair table t;
§insert into t values (1);
