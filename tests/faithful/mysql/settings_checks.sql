§set unique_checks = 0, check_constraint_checks = 0;
§create table t (id int check (id > 5));
§insert into t values (1);
§set sql_safe_updates = 1;
§set sql_select_limit = 1;
§set group_concat_max_len = 4;
§create table g as select @@group_concat_max_len as v;
