§create table t (v varchar(3));
§set sql_mode = '';
§insert into t values ('too long; a text');
§show warnings;
§insert ignore into t values (null), ('x');
§drop table if exists nothing_here;
