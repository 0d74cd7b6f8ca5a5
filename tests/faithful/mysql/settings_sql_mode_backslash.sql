§create table t (id int, v varchar(20));
§set sql_mode = 'NO_BACKSLASH_ESCAPES';
§insert into t values (1, 'C:\'), (2, '\;');
§set sql_mode = default;
§insert into t values (3, 'it\'s; so');
