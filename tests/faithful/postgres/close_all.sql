§create table t as select 1 as id;
§declare a cursor for select * from t;
§close all;
§deallocate all;
§unlisten *;
§insert into t values (2);
