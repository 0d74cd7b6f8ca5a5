§create table t (v text);
§insert into t values ('
.mode csv
.read other.sql
');
§insert into t values ('a') /*
.read other
*/;
