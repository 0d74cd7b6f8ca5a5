-- neo: no-transaction
§create table t (id int);
§insert into t values (1);
§vacuum;
§pragma user_version = 7;
§insert into t values (2);
