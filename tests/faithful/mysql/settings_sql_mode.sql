§set sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT';
§create table "t" ("id" int, v varchar(20));
§insert into "t" values (1, 'a' || 'b');
§set sql_mode = '';
§insert into t values (2, 5 || 0), ('x', "quoted; text");
§set sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE';
§create view v as select id || 1 as x from t;
