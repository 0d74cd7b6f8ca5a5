§create table t (id int);
§set role faithful_reader;
§insert into t values (1);
