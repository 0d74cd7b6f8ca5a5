§pragma ignore_check_constraints = on;
§create table t (id int check (id > 5));
§insert into t values (1);
§pragma query_only = off;
