§create table t (id int);
§pragma user_version = 42;
§pragma application_id = 12345;
§insert into t values (1);
